//! The words of `--workload` and `--why` → which workloads and configs are meant, and who rolls when one changes.
//!
//! Takes the entries of an explanation, gives those that match; where nothing does, an error that lists what is near.

use crate::explain::explanation::{ConfigEntry, Entry, Why};
use crate::kube::config_kind::ConfigKind;
use crate::plan::pair;
use crate::settings::Settings;
use crate::settings::selector::{self, Selector};
use crate::text::locate::{At, Name};
use crate::text::near::edits;
use glob::Pattern;
use std::collections::{BTreeMap, BTreeSet};

/// The workloads that a word matches.
pub(crate) fn only(entries: Vec<Entry>, word: &str) -> Result<Vec<Entry>, String> {
    let selector = Selector::from_word(word)?;
    let matches = |e: &Entry| {
        selector.matches(&selector::Subject {
            group: &e.group,
            kind: &e.name.kind,
            name: &e.name.name,
            namespace: &e.name.namespace,
            labels: &[],
        })
    };
    if !entries.iter().any(matches) {
        let names: Vec<String> = entries.iter().map(|e| e.name.to_string()).collect();
        return Err(format!("no workload matches `{word}`{}", near(word, &names)));
    }
    Ok(entries.into_iter().filter(matches).collect())
}

/// The words of `--why`.
pub(crate) struct Asked {
    kind: Option<ConfigKind>,
    namespace: Option<Pattern>,
    name: Pattern,
}

impl Asked {
    pub(crate) fn parse(word: &str) -> Result<Self, String> {
        let parts: Vec<&str> = word.split('/').collect();
        let (namespace, kind, name) = match parts[..] {
            [name] => (None, None, name),
            [kind, name] if ConfigKind::from_kind(kind).is_some() => (None, ConfigKind::from_kind(kind), name),
            [namespace, name] => (Some(namespace), None, name),
            [namespace, kind, name] if ConfigKind::from_kind(kind).is_some() => {
                (Some(namespace), ConfigKind::from_kind(kind), name)
            }
            _ => {
                return Err(format!(
                    "`{word}` names no config; write NAME, ConfigMap/NAME or Secret/NAME, with NAMESPACE/ before it if needed"
                ));
            }
        };
        Ok(Self {
            kind,
            namespace: namespace.map(selector::parse_name).transpose()?,
            name: selector::parse_name(name)?,
        })
    }

    /// A generated name may be asked for without its hash.
    pub(crate) fn matches(&self, config: &Name) -> bool {
        self.kind.is_none_or(|k| k.as_str() == config.kind)
            && self.namespace.as_ref().is_none_or(|n| n.matches(&config.namespace))
            && [config.name.as_str(), pair::stem(&config.name)].iter().any(|name| self.name.matches(name))
    }

    /// One answer per config, in the order of kind, namespace and name.
    pub(crate) fn answer(&self, entries: &[Entry], configs: &[ConfigEntry], settings: &Settings) -> Vec<Why> {
        let known = configs.iter().map(|c| (&c.name, Some(&c.at)));
        let named = entries.iter().flat_map(Entry::configs).map(|c| (c, None));
        let mut asked: BTreeMap<&Name, Option<&At>> = BTreeMap::new();
        for (name, at) in named.chain(known).filter(|(name, _)| self.matches(name)) {
            asked.insert(name, at.or(asked.get(name).copied().flatten()));
        }
        let one = |(config, at): (&Name, Option<&At>)| {
            let users: Vec<&Entry> = entries.iter().filter(|e| e.configs().any(|c| c == config)).collect();
            let (rolls, silent): (Vec<_>, Vec<_>) = users.into_iter().partition(|e| e.rolls_for(config));
            let user = |e: &Entry| e.user(config, settings.precision);
            Why {
                config: config.clone(),
                at: at.cloned(),
                generated_name: pair::stem(&config.name).len() < config.name.len(),
                rolls: rolls.into_iter().map(user).collect(),
                does_not_roll: silent.into_iter().map(user).collect(),
            }
        };
        asked.into_iter().map(one).collect()
    }

    pub(crate) fn nothing(&self, word: &str, entries: &[Entry], configs: &[ConfigEntry]) -> String {
        let all: BTreeSet<&Name> =
            configs.iter().map(|c| &c.name).chain(entries.iter().flat_map(Entry::configs)).collect();
        let spelled = |n: &&Name| match (self.kind, &self.namespace) {
            (_, None) => n.to_string(),
            (None, Some(_)) => format!("{}/{}", n.namespace, n.name),
            (Some(_), Some(_)) => format!("{}/{n}", n.namespace),
        };
        let names: Vec<String> = all.iter().map(spelled).collect();
        format!("no ConfigMap or Secret matches `{word}`, in the set or referred to{}", near(word, &names))
    }
}

/// The most names that an error lists.
const MOST: usize = 5;

/// `: did you mean …?`, or what there is.
fn near(word: &str, names: &[String]) -> String {
    let last = |n: &str| n.rsplit('/').next().unwrap_or_default().to_lowercase();
    let wanted = last(word);
    let mut close: Vec<(usize, &String)> = names
        .iter()
        .map(|n| {
            let distance = edits(&wanted, &last(n));
            let part = !wanted.is_empty() && last(n).contains(&wanted);
            (if part { distance.min(1) } else { distance }, n)
        })
        .filter(|(d, _)| *d <= 2.max(wanted.len() / 4))
        .collect();
    close.sort();
    close.dedup_by(|a, b| a.1 == b.1);
    let list = |names: Vec<&str>| format!("`{}`", names.join("`, `"));
    if !close.is_empty() {
        return format!("; did you mean {}?", list(close.iter().take(MOST).map(|(_, n)| n.as_str()).collect()));
    }
    let all: BTreeSet<&str> = names.iter().map(String::as_str).collect();
    match all.len() {
        0 => "; there is none at all".to_owned(),
        n if n <= MOST => format!("; there is {}", list(all.into_iter().collect())),
        n => format!("; there are {n}, as {}", list(all.into_iter().take(MOST).collect())),
    }
}

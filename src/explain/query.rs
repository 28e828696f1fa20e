//! The words of `--workload` and `--why` → which workloads and configs are meant, and who rolls when one changes.
//!
//! Takes the entries of an explanation, gives those that match; where nothing does, an error that lists what is near.

use crate::explain::explanation::{ConfigEntry, ConfigUse, Entry, Why};
use crate::explain::name::{self, Name};
use crate::kube::config_kind::ConfigKind;
use crate::settings::Settings;
use crate::settings::selector::{self, Selector};
use crate::text::clean::clean;
use crate::text::lines::At;
use crate::text::near;
use glob::Pattern;
use std::collections::{BTreeMap, BTreeSet};

/// The workloads that a word matches.
pub(crate) fn only(entries: Vec<Entry>, word: &str) -> Result<Vec<Entry>, String> {
    let selector = Selector::from_word(word)?;
    let matches = |e: &Entry| {
        selector.matches(&selector::Subject {
            group: &e.group,
            kind: e.name.kind.shown(),
            name: e.name.name.shown(),
            namespace: e.name.namespace.shown(),
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

/// A config that was asked for.
#[derive(Default)]
struct Found<'e> {
    at: Option<&'e At>,
    users: Vec<(&'e Entry, ConfigUse<'e>)>,
}

impl Asked {
    pub(crate) fn parse(word: &str) -> Result<Self, String> {
        let parts: Vec<&str> = word.split('/').collect();
        let (namespace, kind, name) = match parts[..] {
            [name] => (None, None, name),
            [first, name] if ConfigKind::from_kind(first).is_none() => (Some(first), None, name),
            [kind, name] => (None, ConfigKind::from_kind(kind), name),
            [namespace, kind, name] if ConfigKind::from_kind(kind).is_some() => {
                (Some(namespace), ConfigKind::from_kind(kind), name)
            }
            _ => {
                return Err(format!(
                    "`{word}` names no config; write NAME, ConfigMap/NAME or Secret/NAME, with NAMESPACE/ before it if needed"
                ));
            }
        };
        let namespace = namespace.map(selector::parse_name).transpose()?;
        Ok(Self { kind, namespace, name: selector::parse_name(name)? })
    }

    /// A generated name may be asked for without its hash.
    pub(crate) fn matches(&self, config: &Name) -> bool {
        self.kind.is_none_or(|k| k.as_str() == config.kind.raw())
            && self.namespace.as_ref().is_none_or(|n| n.matches(config.namespace.shown()))
            && [config.name.shown(), name::stem(config.name.shown())].iter().any(|name| self.name.matches(name))
    }

    /// One answer per config, in the order of kind, namespace and name.
    pub(crate) fn answer(&self, entries: &[Entry], configs: &[ConfigEntry], settings: &Settings) -> Vec<Why> {
        let mut asked: BTreeMap<&Name, Found<'_>> = BTreeMap::new();
        for config in configs.iter().filter(|c| self.matches(&c.name)) {
            asked.entry(&config.name).or_default().at = Some(&config.at);
        }
        for entry in entries {
            for used in entry.uses().into_iter().filter(|u| self.matches(u.config)) {
                asked.entry(used.config).or_default().users.push((entry, used));
            }
        }
        let one = |(config, Found { at, users }): (&Name, Found<'_>)| {
            let who = |rolls| {
                let those = users.iter().filter(|(entry, used)| entry.rolls_for(used) == rolls);
                those.map(|(entry, used)| entry.user(used, settings.precision)).collect()
            };
            Why {
                config: config.clone(),
                at: at.cloned(),
                generated_name: name::stem(config.name.shown()) != config.name.shown(),
                rolls: who(true),
                does_not_roll: who(false),
            }
        };
        asked.into_iter().map(one).collect()
    }

    pub(crate) fn nothing(&self, word: &str, entries: &[Entry], configs: &[ConfigEntry]) -> String {
        let all: BTreeSet<&Name> =
            configs.iter().map(|c| &c.name).chain(entries.iter().flat_map(Entry::configs)).collect();
        let spelled = |n: &&Name| match (self.kind, &self.namespace) {
            (_, None) => n.to_string(),
            (None, Some(_)) => format!("{}/{}", clean(n.namespace.shown()), clean(n.name.shown())),
            (Some(_), Some(_)) => format!("{}/{n}", clean(n.namespace.shown())),
        };
        let names: Vec<String> = all.iter().map(spelled).collect();
        format!("no ConfigMap or Secret matches `{word}`, in the set or referred to{}", near(word, &names))
    }
}

/// The most names that an error lists.
const MOST: usize = 5;

/// `; did you mean …?`, or what there is.
fn near(word: &str, names: &[String]) -> String {
    let last = |n: &str| n.rsplit('/').next().unwrap_or_default().to_lowercase();
    let wanted = last(word);
    let apart = |name: &str| {
        let edits = near::edits(&wanted, name);
        if !wanted.is_empty() && name.contains(&wanted) { edits.min(1) } else { edits }
    };
    let all: BTreeSet<&str> = names.iter().map(String::as_str).collect();
    let mut close: Vec<(usize, &str)> = all.iter().map(|n| (apart(&last(n)), *n)).collect();
    close.retain(|(edits, _)| *edits <= 2.max(wanted.len() / 4));
    close.sort();
    let list = |names: &mut dyn Iterator<Item = &str>| names.take(MOST).collect::<Vec<_>>().join("`, `");
    if !close.is_empty() {
        return format!("; did you mean `{}`?", list(&mut close.into_iter().map(|(_, n)| n)));
    }
    match all.len() {
        0 => "; there is none at all".to_owned(),
        n if n <= MOST => format!("; there is `{}`", list(&mut all.into_iter())),
        n => format!("; there are {n}, as `{}`", list(&mut all.into_iter())),
    }
}

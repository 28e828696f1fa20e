//! The words of `--workload` and `--why` → which workloads and configs are meant, and who rolls when one changes.
//!
//! Takes the entries of an explanation, gives those that match; where nothing does, an error that lists what is near.

use crate::explain::explanation::{ConfigEntry, Entry, Why};
use crate::explain::name::{self, Name};
use crate::kube::config_kind::ConfigKind;
use crate::settings::selector::{self, Selector};
use crate::text::clean::clean;
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
    let (found, others): (Vec<Entry>, Vec<Entry>) = entries.into_iter().partition(matches);
    if found.is_empty() {
        let names = others.iter().map(|e| e.name.to_string());
        return Err(format!("no workload matches `{word}`{}", near(word, names)));
    }
    Ok(found)
}

/// The words of `--why`.
pub(crate) struct Asked {
    kind: Option<ConfigKind>,
    namespace: Option<Pattern>,
    name: Pattern,
}

impl Asked {
    pub(crate) fn parse(word: &str) -> Result<Self, String> {
        let mut parts: Vec<&str> = word.split('/').collect();
        let name = parts.pop().unwrap_or_default();
        let kind = parts.pop_if(|part| config_kind(part).is_some()).and_then(config_kind);
        let namespace = match parts[..] {
            [] => None,
            // No namespace has such a letter.
            [kind] if kind.starts_with(char::is_uppercase) => {
                return Err(format!(
                    "`{word}` is no config: --why takes a ConfigMap or Secret; for a workload use --workload {kind}/{name}"
                ));
            }
            [namespace] => Some(selector::parse_name(namespace)?),
            _ => {
                return Err(format!(
                    "`{word}` names no config; write NAME, ConfigMap/NAME or Secret/NAME, with NAMESPACE/ before it if needed"
                ));
            }
        };
        Ok(Self { kind, namespace, name: selector::parse_name(name)? })
    }

    /// A generated name may be asked for without its hash.
    pub(crate) fn matches(&self, config: &Name) -> bool {
        self.kind.is_none_or(|k| k.as_str() == config.kind.raw())
            && self.namespace.as_ref().is_none_or(|n| n.matches(config.namespace.shown()))
            && [config.name.shown(), name::stem(config.name.shown())].iter().any(|name| self.name.matches(name))
    }

    /// One answer per config, in the order of kind, namespace and name.
    pub(crate) fn answer(&self, entries: &[Entry], configs: &[ConfigEntry]) -> Vec<Why> {
        let nobody = |config: &Name| Why {
            config: config.clone(),
            at: None,
            generated_name: name::stem(config.name.shown()) != config.name.shown(),
            rolls: Vec::new(),
            does_not_roll: Vec::new(),
        };
        let mut asked: BTreeMap<&Name, Why> = BTreeMap::new();
        for ConfigEntry { name, at, .. } in configs.iter().filter(|c| self.matches(&c.name)) {
            asked.entry(name).or_insert_with(|| nobody(name)).at = Some(at.clone());
        }
        let found: Vec<&Name> = configs.iter().map(|c| &c.name).filter(|name| self.matches(name)).collect();
        for entry in entries {
            let listed = found.iter().filter_map(|name| entry.by_annotation.find(name));
            for used in entry.uses(listed).iter().filter(|u| self.matches(u.config)) {
                let why = asked.entry(used.config).or_insert_with(|| nobody(used.config));
                let users = if entry.rolls_for(used) { &mut why.rolls } else { &mut why.does_not_roll };
                users.push(entry.user(used));
            }
        }
        asked.into_values().collect()
    }

    pub(crate) fn nothing(&self, word: &str, entries: &[Entry], configs: &[ConfigEntry]) -> String {
        let is_meant = |e: &&Entry| word.eq_ignore_ascii_case(&format!("{}/{}", e.name.kind, e.name.name));
        if let Some(Entry { name, .. }) = entries.iter().find(is_meant) {
            return format!(
                "`{word}` is a workload: use --workload {}/{}",
                clean(name.kind.shown()),
                clean(name.name.shown())
            );
        }
        // What lists select is in the set.
        let used = entries.iter().flat_map(|e| &e.references).map(|r| &r.config);
        let spelled = |n: &Name| match (self.kind, &self.namespace) {
            (_, None) => n.to_string(),
            (None, Some(_)) => format!("{}/{}", clean(n.namespace.shown()), clean(n.name.shown())),
            (Some(_), Some(_)) => format!("{}/{n}", clean(n.namespace.shown())),
        };
        let names = configs.iter().map(|c| &c.name).chain(used).map(spelled);
        format!("no ConfigMap or Secret matches `{word}`, in the set or referred to{}", near(word, names))
    }
}

/// A type of config by its kind, or by what kubectl takes for it.
fn config_kind(word: &str) -> Option<ConfigKind> {
    let long = match word {
        "cm" | "configmap" | "configmaps" => "ConfigMap",
        "secret" | "secrets" => "Secret",
        other => other,
    };
    ConfigKind::from_kind(long)
}

/// The most names that an error lists.
const MOST: usize = 5;

/// `; did you mean …?`, or what there is.
fn near(word: &str, names: impl Iterator<Item = String>) -> String {
    let last = |n: &str| n.rsplit('/').next().unwrap_or_default().to_lowercase();
    let wanted = last(word);
    let apart = |name: &str| {
        let edits = near::edits(&wanted, name);
        if !wanted.is_empty() && name.contains(&wanted) { edits.min(1) } else { edits }
    };
    let all: BTreeSet<String> = names.collect();
    let mut close: Vec<(usize, &str)> = all.iter().map(|n| (apart(&last(n)), n.as_str())).collect();
    close.retain(|(edits, _)| *edits <= 2.max(wanted.len() / 4));
    close.sort();
    let list = |names: &mut dyn Iterator<Item = &str>| names.take(MOST).collect::<Vec<_>>().join("`, `");
    if !close.is_empty() {
        return format!("; did you mean `{}`?", list(&mut close.into_iter().map(|(_, n)| n)));
    }
    match all.len() {
        0 => "; there is none at all".to_owned(),
        n if n <= MOST => format!("; there is `{}`", list(&mut all.iter().map(String::as_str))),
        n => format!("; there are {n}, as `{}`", list(&mut all.iter().map(String::as_str))),
    }
}

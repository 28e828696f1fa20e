//! Objects as explanations and plans name them.

use crate::decide::stamp::Decision;
use crate::text::clean::clean;
use crate::transform::{Config, Outcome};
use serde::Serialize;
use std::collections::HashMap;
use std::fmt;

/// An object as reports name it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub(crate) struct Name {
    /// Index of its set: two clusters may hold objects of the same name.
    #[serde(skip)]
    pub(crate) set: usize,
    pub(crate) kind: String,
    pub(crate) namespace: String,
    /// Empty if the cluster makes it up (`generateName`).
    pub(crate) name: String,
}

impl Name {
    pub(crate) fn new(set: usize, kind: &str, namespace: &str, name: &str) -> Self {
        Self { set, kind: kind.to_owned(), namespace: namespace.to_owned(), name: name.to_owned() }
    }

    pub(crate) fn workload(set: usize, decision: &Decision) -> Self {
        Self::new(set, &decision.resource.kind, &decision.namespace, &decision.resource.name)
    }

    pub(crate) fn config(set: usize, config: &Config) -> Self {
        Self::new(set, config.kind.as_str(), &config.namespace, &config.name)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = if self.name.is_empty() { "(generated)".into() } else { clean(&self.name) };
        write!(f, "{}/{name}", clean(&self.kind))
    }
}

/// The letters of a generator's hash: hexadecimal with `0 1 3 a e` written as `g h k m t` (kustomize `api/hasher`, `encode`).
const LETTERS: &str = "2456789bcdfghkmt";
/// How many of them a name gets.
const LENGTH: usize = 10;

/// A name without the hash of a kustomize generator.
pub(crate) fn stem(name: &str) -> &str {
    let is_hash = |hash: &str| hash.len() == LENGTH && hash.chars().all(|c| LETTERS.contains(c));
    name.rsplit_once('-').filter(|(stem, hash)| !stem.is_empty() && is_hash(hash)).map_or(name, |(stem, _)| stem)
}

/// The Rollouts of a set, by the workload that their workloadRef names.
pub(crate) struct Drivers<'o>(HashMap<(&'o str, &'o str, &'o str), &'o str>);

impl<'o> Drivers<'o> {
    pub(crate) fn new(outcome: &'o Outcome) -> Self {
        let mut drivers = HashMap::new();
        for decision in &outcome.decisions {
            if let Some(target) = &outcome.workload(decision).workload_ref {
                let driven = (target.kind.as_str(), decision.namespace.as_str(), target.name.as_str());
                drivers.entry(driven).or_insert(decision.resource.name.as_str());
            }
        }
        Self(drivers)
    }

    /// The name of the first Rollout that runs the pods of a workload.
    pub(crate) fn of(&self, decision: &Decision) -> Option<&'o str> {
        let workload = (&*decision.resource.kind, &*decision.namespace, &*decision.resource.name);
        self.0.get(&workload).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_paint_no_terminal() {
        let name = Name::new(0, "ConfigMap", "shop", "a\u{1b}[31m\nb\u{202e}c");
        assert_eq!(name.to_string(), "ConfigMap/a\u{241b}[31m b\u{fffd}c");
        assert_eq!(Name::new(0, "Job", "x", "").to_string(), "Job/(generated)");
    }

    #[test]
    fn a_stem_lacks_the_hash_of_a_generator() {
        for (name, wanted) in [
            ("app-g4hk2m5t7b", "app"),
            ("my-app-9ff74c8tk2", "my-app"),
            ("app-production", "app-production"),
            ("app-0123456789", "app-0123456789"),
            ("app-g4hk2m5t7", "app-g4hk2m5t7"),
            ("-g4hk2m5t7b", "-g4hk2m5t7b"),
            ("app", "app"),
        ] {
            assert_eq!(stem(name), wanted);
        }
    }
}

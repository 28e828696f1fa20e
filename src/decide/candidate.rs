//! A name in a pod spec → the config that the finished manifests will have there.
//!
//! Takes an facts, gives an index over its configs; names are resolved in the workload's own namespace, by
//! kustomize's trail where there is one, and across an absent namespace where that cannot be wrong.

use crate::facts::digest::ConfigKind;
use crate::facts::{Config, Facts, Object};
use crate::kube::annotation::Trail;
use std::collections::HashMap;
use std::sync::OnceLock;

/// A config of the set: all objects of one kind, namespace and name.
#[derive(Clone, Debug)]
pub(crate) struct Group<'i> {
    pub(crate) kind: ConfigKind,
    pub(crate) namespace: &'i str,
    pub(crate) name: &'i str,
    /// Indices into the facts's configs, in input order; the last one counts.
    pub(crate) members: Vec<usize>,
}

/// What a name was resolved to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// Index of the group.
    Found(usize),
    /// The same, though only one side names a namespace.
    OtherNamespace(usize),
    Missing,
}

impl Target {
    pub(crate) fn group(self) -> Option<usize> {
        match self {
            Self::Found(group) | Self::OtherNamespace(group) => Some(group),
            Self::Missing => None,
        }
    }
}

/// The configs of a set, by what names them.
pub(crate) struct Index<'i> {
    pub(crate) facts: &'i Facts,
    pub(crate) groups: Vec<Group<'i>>,
    default_namespace: &'i str,
    by_key: HashMap<(ConfigKind, &'i str, &'i str), usize>,
    /// Made when a name is not found in its own namespace, which is rare.
    by_name: OnceLock<[HashMap<String, Vec<usize>>; 2]>,
    by_previous_name: HashMap<(ConfigKind, &'i str), Vec<usize>>,
    by_namespace: HashMap<(ConfigKind, &'i str), Vec<usize>>,
}

impl<'i> Index<'i> {
    /// `default_namespace` is that of objects that name none.
    pub(crate) fn new(facts: &'i Facts, default_namespace: &'i str) -> Self {
        let mut index = Self {
            facts,
            groups: Vec::new(),
            default_namespace,
            by_key: HashMap::new(),
            by_name: OnceLock::new(),
            by_previous_name: HashMap::new(),
            by_namespace: HashMap::new(),
        };
        for (i, config) in facts.configs.iter().enumerate() {
            index.add(i, config);
        }
        index
    }

    fn add(&mut self, i: usize, config: &'i Config) {
        let (kind, namespace, name) = (config.kind, self.namespace(&config.object), config.object.name.as_str());
        let group = *self.by_key.entry((kind, namespace, name)).or_insert_with(|| {
            self.groups.push(Group { kind, namespace, name, members: Vec::with_capacity(1) });
            let group = self.groups.len() - 1;
            self.by_namespace.entry((kind, namespace)).or_default().push(group);
            group
        });
        self.groups[group].members.push(i);
        let trail = config.object.trail.as_deref();
        let previous = trail.into_iter().flat_map(|t| &t.names).map(String::as_str);
        let soon = trail.is_some_and(|t| t.needs_hash).then_some(name);
        for previous in previous.chain(soon) {
            let list = self.by_previous_name.entry((kind, previous)).or_default();
            if list.last() != Some(&group) {
                list.push(group);
            }
        }
    }

    /// The namespace of an object, with the default for one that names none.
    pub(crate) fn namespace(&self, object: &'i Object) -> &'i str {
        object.namespace.as_deref().unwrap_or(self.default_namespace)
    }

    /// The config object of a group that counts: the last one.
    pub(crate) fn config(&self, group: usize) -> &'i Config {
        let last = self.groups[group].members.last().copied().unwrap_or_default();
        &self.facts.configs[last]
    }

    /// All names that a list may call a config by: its own, then those that kustomize took from it.
    pub(crate) fn names(&self, group: usize) -> impl Iterator<Item = &'i str> {
        let config = self.config(group);
        let previous = config.object.trail.iter().flat_map(|t| &t.names).map(String::as_str);
        std::iter::once(config.object.name.as_str()).chain(previous)
    }

    /// The groups of a kind in a namespace.
    pub(crate) fn in_namespace<'a>(&'a self, kind: ConfigKind, namespace: &'a str) -> &'a [usize] {
        self.by_namespace.get(&(kind, namespace)).map_or(&[], Vec::as_slice)
    }

    /// The group of exactly that namespace and current name.
    pub(crate) fn exact(&self, kind: ConfigKind, namespace: &str, name: &str) -> Option<usize> {
        self.by_key.get(&(kind, namespace, name)).copied()
    }

    fn names_of_all(&self) -> &[HashMap<String, Vec<usize>>; 2] {
        self.by_name.get_or_init(|| {
            let mut names: [HashMap<String, Vec<usize>>; 2] = Default::default();
            for (i, group) in self.groups.iter().enumerate() {
                names[group.kind as usize].entry(group.name.to_owned()).or_default().push(i);
            }
            names
        })
    }

    /// The groups of that current name in any namespace.
    pub(crate) fn named(&self, kind: ConfigKind, name: &str) -> &[usize] {
        self.names_of_all()[kind as usize].get(name).map_or(&[], Vec::as_slice)
    }

    /// Resolves a name that a workload refers to.
    pub(crate) fn resolve(&self, workload: &'i Object, kind: ConfigKind, name: &str) -> Target {
        let home = self.namespace(workload);
        match self.by_trail(workload, home, kind, name)[..] {
            [one] => return Target::Found(one),
            // kustomize fails here: never a guess.
            [_, _, ..] => return Target::Missing,
            // kustomize will leave the reference as it stands.
            [] => {}
        }
        let stays = |&group: &usize| !self.needs_hash(group);
        if let Some(group) = self.exact(kind, home, name).filter(stays) {
            return Target::Found(group);
        }
        self.across(workload, kind, name).map_or(Target::Missing, Target::OtherNamespace)
    }

    /// As kustomize will decide when it fixes references (`api/filters/nameref`, `selectReferral`): among those that had
    /// the name before, in the same namespace; of several, those whose prefixes and suffixes go with the workload's, then
    /// those with the same ones.
    fn by_trail(&self, workload: &'i Object, home: &str, kind: ConfigKind, name: &str) -> Vec<usize> {
        let mut left: Vec<usize> = self
            .by_previous_name
            .get(&(kind, name))
            .into_iter()
            .flatten()
            .copied()
            .filter(|&g| self.groups[g].namespace == home)
            .collect();
        for empty_fits in [true, false] {
            if left.len() > 1 {
                left.retain(|&g| same_affixes(workload, &self.config(g).object, empty_fits));
            }
        }
        left
    }

    /// The only config of that kind and name in the whole set, if one side names no namespace. Not one that kustomize
    /// renames: it follows no reference into another namespace.
    fn across(&self, workload: &Object, kind: ConfigKind, name: &str) -> Option<usize> {
        let &[group] = self.named(kind, name) else {
            return None;
        };
        if self.needs_hash(group) {
            return None;
        }
        let members = &self.groups[group].members;
        let absent = members.iter().any(|&i| self.facts.configs[i].object.namespace.is_none());
        (workload.namespace.is_none() || absent).then_some(group)
    }

    /// Whether kustomize will put a hash behind its name.
    fn needs_hash(&self, group: usize) -> bool {
        let trail = self.config(group).object.trail.as_deref();
        trail.is_some_and(|t| t.needs_hash)
    }
}

/// kustomize's `PrefixesSuffixesEquals`: the shorter list is the end of the longer one, and empty only if both are,
/// unless an empty one fits any.
fn same_affixes(a: &Object, b: &Object, empty_fits: bool) -> bool {
    let same_end = |a: &[String], b: &[String]| {
        let (short, long) = if a.len() < b.len() { (a, b) } else { (b, a) };
        if short.is_empty() { empty_fits || long.is_empty() } else { long.ends_with(short) }
    };
    let none = Trail::default();
    let (a, b) = (a.trail.as_deref().unwrap_or(&none), b.trail.as_deref().unwrap_or(&none));
    same_end(&a.prefixes, &b.prefixes) && same_end(&a.suffixes, &b.suffixes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts;
    use crate::settings::Settings;
    use crate::text::source::Source;

    const TRAIL: &str = "internal.config.kubernetes.io/";

    /// An object of one line; the trail as `(key, value)`.
    fn object(kind: &str, name: &str, namespace: &str, trail: &[(&str, &str)]) -> String {
        let annotations: Vec<String> = trail.iter().map(|(key, value)| format!("{TRAIL}{key}: \"{value}\"")).collect();
        let (api, rest) = match kind {
            "Deployment" => (
                "apps/v1",
                "spec: {template: {spec: {containers: [{image: x, envFrom: [{configMapRef: {name: c}}]}]}}}",
            ),
            _ => ("v1", "data: {}"),
        };
        let annotations = annotations.join(", ");
        format!(
            "{{apiVersion: {api}, kind: {kind}, metadata: {{name: {name}, namespace: {namespace}, annotations: {{{annotations}}}}}, {rest}}}"
        )
    }

    fn config(name: &str, trail: &[(&str, &str)]) -> String {
        object("ConfigMap", name, "shop", trail)
    }

    /// The name of the config that `c` of a Deployment with these affixes leads to.
    fn resolved(trail: &[(&str, &str)], configs: &[String]) -> Option<String> {
        let text = format!("{}\n---\n{}\n", object("Deployment", "d", "shop", trail), configs.join("\n---\n"));
        let sources = [Source::new("-", text)];
        let facts = facts::read(&sources, &Settings::default(), false);
        let index = Index::new(&facts, "default");
        let target = index.resolve(&facts.workloads[0].object, ConfigKind::ConfigMap, "c");
        target.group().map(|g| index.groups[g].name.to_owned())
    }

    #[test]
    fn the_earlier_name_wins_over_the_current_one() {
        let renamed = config("p-c", &[("previousNames", "c"), ("prefixes", "p-")]);
        assert_eq!(resolved(&[], &[renamed.clone(), config("c", &[])]).as_deref(), Some("p-c"));
        assert_eq!(resolved(&[("prefixes", "p-")], &[renamed]).as_deref(), Some("p-c"));
    }

    #[test]
    fn a_name_that_gets_a_hash_is_an_earlier_one_too() {
        let base = config("base-c", &[("previousNames", "c"), ("prefixes", "base-")]);
        let top = config("c", &[("needsHashSuffix", "enabled")]);
        let both = [base, top];
        assert_eq!(resolved(&[], &both).as_deref(), Some("c"));
        assert_eq!(resolved(&[("prefixes", "base-")], &both).as_deref(), Some("base-c"));
        // Neither goes with other affixes but the one without any.
        assert_eq!(resolved(&[("prefixes", "x-")], &both).as_deref(), Some("c"));
    }

    #[test]
    fn several_that_fit_are_no_answer() {
        let a = config("a-c", &[("previousNames", "c"), ("prefixes", "a-,t-")]);
        let b = config("b-c", &[("previousNames", "c"), ("prefixes", "b-,t-")]);
        let both = [a, b, config("c", &[])];
        assert_eq!(resolved(&[("prefixes", "t-")], &both), None);
        assert_eq!(resolved(&[("prefixes", "b-,t-")], &both).as_deref(), Some("b-c"));
        // None fits, so the reference stays as it stands.
        assert_eq!(resolved(&[("prefixes", "x-")], &both).as_deref(), Some("c"));
    }

    #[test]
    fn no_reference_is_renamed_into_another_namespace() {
        let renamed = object("ConfigMap", "p-c", "\"\"", &[("previousNames", "c")]);
        assert_eq!(resolved(&[], &[renamed]), None);
        let hashed = object("ConfigMap", "c", "\"\"", &[("needsHashSuffix", "enabled")]);
        assert_eq!(resolved(&[], &[hashed]), None);
        let plain = object("ConfigMap", "c", "\"\"", &[]);
        assert_eq!(resolved(&[], &[plain]).as_deref(), Some("c"));
    }
}

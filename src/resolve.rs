//! A name in a pod spec → the config that the finished manifests will have there.
//!
//! Takes an inventory, gives an index over its configs; names are resolved in the workload's own namespace, by
//! kustomize's trail where there is one, and across an absent namespace where that cannot be wrong.

use crate::annotation::Trail;
use crate::digest::ConfigKind;
use crate::inventory::{Config, Inventory, Object};
use std::collections::HashMap;
use std::sync::OnceLock;

/// A config of the set: all objects of one kind, namespace and name.
#[derive(Clone, Debug)]
pub(crate) struct Group<'i> {
    pub(crate) kind: ConfigKind,
    pub(crate) namespace: &'i str,
    pub(crate) name: &'i str,
    /// Indices into the inventory's configs, in input order; the last one counts.
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
    pub(crate) inventory: &'i Inventory,
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
    pub(crate) fn new(inventory: &'i Inventory, default_namespace: &'i str) -> Self {
        let mut index = Self {
            inventory,
            groups: Vec::new(),
            default_namespace,
            by_key: HashMap::new(),
            by_name: OnceLock::new(),
            by_previous_name: HashMap::new(),
            by_namespace: HashMap::new(),
        };
        for (i, config) in inventory.configs.iter().enumerate() {
            index.add(i, config);
        }
        index
    }

    fn add(&mut self, i: usize, config: &'i Config) {
        let (kind, namespace, name) = (
            config.kind,
            self.namespace(&config.object),
            config.object.name.as_str(),
        );
        let group = *self
            .by_key
            .entry((kind, namespace, name))
            .or_insert_with(|| {
                self.groups.push(Group {
                    kind,
                    namespace,
                    name,
                    members: Vec::with_capacity(1),
                });
                let group = self.groups.len() - 1;
                self.by_namespace
                    .entry((kind, namespace))
                    .or_default()
                    .push(group);
                group
            });
        self.groups[group].members.push(i);
        for previous in config.object.trail.iter().flat_map(|t| &t.names) {
            let list = self.by_previous_name.entry((kind, previous)).or_default();
            if list.last() != Some(&group) {
                list.push(group);
            }
        }
    }

    /// The namespace of an object, with the default for one that names none.
    pub(crate) fn namespace(&self, object: &'i Object) -> &'i str {
        object
            .namespace
            .as_deref()
            .unwrap_or(self.default_namespace)
    }

    /// The config object of a group that counts: the last one.
    pub(crate) fn config(&self, group: usize) -> &'i Config {
        let last = self.groups[group]
            .members
            .last()
            .copied()
            .unwrap_or_default();
        &self.inventory.configs[last]
    }

    /// All names that a list may call a config by: its own, then those that kustomize took from it.
    pub(crate) fn names(&self, group: usize) -> impl Iterator<Item = &'i str> {
        let config = self.config(group);
        let previous = config
            .object
            .trail
            .iter()
            .flat_map(|t| &t.names)
            .map(String::as_str);
        std::iter::once(config.object.name.as_str()).chain(previous)
    }

    /// The groups of a kind in a namespace.
    pub(crate) fn in_namespace<'a>(&'a self, kind: ConfigKind, namespace: &'a str) -> &'a [usize] {
        self.by_namespace
            .get(&(kind, namespace))
            .map_or(&[], Vec::as_slice)
    }

    /// The group of exactly that namespace and current name.
    pub(crate) fn exact(&self, kind: ConfigKind, namespace: &str, name: &str) -> Option<usize> {
        self.by_key.get(&(kind, namespace, name)).copied()
    }

    fn names_of_all(&self) -> &[HashMap<String, Vec<usize>>; 2] {
        self.by_name.get_or_init(|| {
            let mut names: [HashMap<String, Vec<usize>>; 2] = Default::default();
            for (i, group) in self.groups.iter().enumerate() {
                names[group.kind as usize]
                    .entry(group.name.to_owned())
                    .or_default()
                    .push(i);
            }
            names
        })
    }

    /// The groups of that current name in any namespace.
    pub(crate) fn named(&self, kind: ConfigKind, name: &str) -> &[usize] {
        self.names_of_all()[kind as usize]
            .get(name)
            .map_or(&[], Vec::as_slice)
    }

    /// Resolves a name that a workload refers to.
    pub(crate) fn resolve(&self, workload: &'i Object, kind: ConfigKind, name: &str) -> Target {
        let home = self.namespace(workload);
        if let Some(group) = self.by_trail(workload, home, kind, name) {
            return Target::Found(group);
        }
        if let Some(group) = self.exact(kind, home, name) {
            return Target::Found(group);
        }
        self.across(workload, kind, name)
            .map_or(Target::Missing, Target::OtherNamespace)
    }

    /// As kustomize will decide when it fixes references (`api/filters/nameref`, `selectReferral`): among those that had
    /// the name before, in the same namespace; of several, the ones with the workload's own prefixes and suffixes.
    fn by_trail(
        &self,
        workload: &'i Object,
        home: &str,
        kind: ConfigKind,
        name: &str,
    ) -> Option<usize> {
        let had_it = self.by_previous_name.get(&(kind, name))?;
        let here: Vec<usize> = had_it
            .iter()
            .copied()
            .filter(|&g| self.groups[g].namespace == home)
            .collect();
        if let [one] = here[..] {
            return Some(one);
        }
        let like = |among: Vec<usize>, empty_too: bool| -> Vec<usize> {
            let like = |g: &usize| same_affixes(workload, &self.config(*g).object, empty_too);
            among.into_iter().filter(like).collect()
        };
        let mut like_it = like(here, true);
        if like_it.len() > 1 {
            like_it = like(like_it, false);
        }
        match like_it[..] {
            [one] => Some(one),
            _ => None,
        }
    }

    /// The only config of that kind and name in the whole set, if one side names no namespace.
    fn across(&self, workload: &Object, kind: ConfigKind, name: &str) -> Option<usize> {
        let mut there: Vec<usize> = self.named(kind, name).to_vec();
        there.extend(
            self.by_previous_name
                .get(&(kind, name))
                .into_iter()
                .flatten(),
        );
        there.sort_unstable();
        there.dedup();
        let [group] = there[..] else { return None };
        let members = &self.groups[group].members;
        let absent = members
            .iter()
            .any(|&i| self.inventory.configs[i].object.namespace.is_none());
        (workload.namespace.is_none() || absent).then_some(group)
    }
}

/// kustomize's `PrefixesSuffixesEquals`: the shorter list is the end of the longer one. An empty list is like an empty one
/// only, or with `empty_too` like any.
fn same_affixes(a: &Object, b: &Object, empty_too: bool) -> bool {
    let same_end = |a: &[String], b: &[String]| {
        let (short, long) = if a.len() < b.len() { (a, b) } else { (b, a) };
        if short.is_empty() {
            empty_too || long.is_empty()
        } else {
            long.ends_with(short)
        }
    };
    let none = Trail::default();
    let (a, b) = (
        a.trail.as_deref().unwrap_or(&none),
        b.trail.as_deref().unwrap_or(&none),
    );
    same_end(&a.prefixes, &b.prefixes) && same_end(&a.suffixes, &b.suffixes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory;
    use crate::settings::Settings;
    use crate::source::Source;

    /// An object with a trail: its previous name, prefixes and suffixes.
    fn object(kind: &str, name: &str, previous: &str, prefixes: &str, suffixes: &str) -> String {
        let mut text =
            format!("---\nkind: {kind}\nmetadata:\n  name: {name}\n  annotations:\n    a: b\n");
        for (key, value) in [
            ("previousNames", previous),
            ("prefixes", prefixes),
            ("suffixes", suffixes),
        ] {
            if !value.is_empty() {
                text.push_str(&format!(
                    "    internal.config.kubernetes.io/{key}: {value}\n"
                ));
            }
        }
        if kind == "Deployment" {
            text.insert_str(4, "apiVersion: apps/v1\nspec: {template: {spec: {}}}\n");
        }
        text
    }

    fn resolved(configs: &[[&str; 4]], prefixes: &str) -> Option<String> {
        let mut text = object("Deployment", "web", "", prefixes, "");
        for [name, previous, prefixes, suffixes] in configs {
            text.push_str(&object("ConfigMap", name, previous, prefixes, suffixes));
        }
        let inventory = inventory::read(&[Source::new("-", text)], &Settings::default(), false);
        let index = Index::new(&inventory, "default");
        let workload = &inventory.workloads[0].object;
        let group = index
            .resolve(workload, ConfigKind::ConfigMap, "config")
            .group()?;
        Some(index.groups[group].name.to_owned())
    }

    #[test]
    fn a_name_is_followed_as_kustomize_follows_it() {
        for (configs, prefixes, found) in [
            (&[["config", "", "", ""]][..], "", Some("config")),
            (&[["a-config", "config", "a-", ""]], "", Some("a-config")),
            // What was renamed comes before a current name.
            (
                &[["a-config", "config", "a-", ""], ["config", "", "", ""]],
                "",
                Some("a-config"),
            ),
            // Of several, those with the workload's own affixes.
            (
                &[
                    ["a-config", "config", "a-", ""],
                    ["b-config", "config", "b-", ""],
                ],
                "b-",
                Some("b-config"),
            ),
            (
                &[
                    ["a-config", "config", "a-", ""],
                    ["b-config", "config", "b-", ""],
                ],
                "b-,c-",
                None,
            ),
            (
                &[
                    ["a-config", "config", "a-", ""],
                    ["b-config", "config", "b-,c-", ""],
                ],
                "c-",
                Some("b-config"),
            ),
            // One without a prefix is like any, unless another is more so.
            (
                &[
                    ["a-config", "config", "a-", ""],
                    ["config-s", "config", "", "-s"],
                ],
                "b-",
                Some("config-s"),
            ),
            (
                &[
                    ["b-config", "config", "b-", ""],
                    ["config-s", "config", "", "-s"],
                ],
                "b-",
                Some("b-config"),
            ),
            // Never a guess.
            (
                &[
                    ["a-config", "config", "a-", ""],
                    ["b-config", "config", "b-", ""],
                ],
                "",
                None,
            ),
            (&[["other", "", "", ""]], "", None),
        ] {
            assert_eq!(
                resolved(configs, prefixes).as_deref(),
                found,
                "{configs:?} {prefixes}"
            );
        }
    }
}

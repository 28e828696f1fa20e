//! A name in a pod spec → the config that the finished manifests will have there.
//!
//! Takes facts, gives the configs of the set and an index over them; names are resolved in the workload's own namespace,
//! by kustomize's trail where there is one, and across an absent namespace where that cannot be wrong.

use crate::decide::config::{Config, Members};
use crate::decide::select::{Candidate, Entry};
use crate::facts::Facts;
use crate::facts::config::Config as ConfigObject;
use crate::facts::object::Object;
use crate::facts::producer::Producer;
use crate::kube::annotation::Annotations;
use crate::kube::config_kind::ConfigKind;
use crate::kube::trail::{Trail, stem};
use crate::settings::Settings;
use crate::text::budget::Budget;
use crate::text::hidden::Text;
use crate::text::many;
use foldhash::fast::RandomState;
use foldhash::{HashMap, HashMapExt as _};
use hashbrown::HashTable;
use smol_str::SmolStr;
use std::hash::BuildHasher as _;
use std::sync::{Arc, Mutex, OnceLock};

/// Which of the configs of a set: an index into [`crate::Outcome::configs`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConfigId(pub(crate) usize);

impl ConfigId {
    /// Its place in [`crate::Outcome::configs`].
    pub fn index(self) -> usize {
        self.0
    }
}

/// What the config is found by that an object is.
fn key<'f>(object: &'f ConfigObject, default_namespace: &'f str) -> (ConfigKind, &'f str, &'f str) {
    (object.kind, object.object.namespace_or(default_namespace), object.name().raw())
}

/// What a name was resolved to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Found(ConfigId),
    /// The same, though only one side names a namespace.
    OtherNamespace(ConfigId),
    Missing,
}

impl Target {
    pub(crate) fn config(self) -> Option<ConfigId> {
        match self {
            Self::Found(config) | Self::OtherNamespace(config) => Some(config),
            Self::Missing => None,
        }
    }
}

/// Names of configs, in their order.
type Names = Arc<[(String, ConfigId)]>;

/// A pattern of a list, with the kind and the namespace of what it may name.
type Pattern = (ConfigKind, SmolStr, SmolStr);

/// So few names are tested again for each list that has a pattern: that costs less than to remember what came of it.
const FEW: usize = 2;

/// Many lists name nothing.
fn shared(ids: Vec<ConfigId>) -> Arc<[ConfigId]> {
    if ids.is_empty() { Arc::default() } else { ids.into() }
}

/// The configs of a set, by what names them.
pub(crate) struct Configs<'f> {
    pub(crate) facts: &'f Facts,
    all: Vec<Members>,
    default_namespace: &'f str,
    /// By kind, namespace and name.
    by_key: HashTable<ConfigId>,
    state: RandomState,
    /// Made when a name is not found in its own namespace, which is rare.
    by_name: OnceLock<HashMap<(ConfigKind, String), Vec<ConfigId>>>,
    /// Name of a config → what makes it in the cluster; made when it is asked for.
    made: OnceLock<HashMap<String, Vec<usize>>>,
    /// The names without a generator's hash, one a line, of each kind and namespace; made when they are searched.
    stems: Mutex<HashMap<(ConfigKind, String), Arc<Stems>>>,
    /// What patterns of lists name in a kind and namespace: workloads often have the same.
    patterns: Mutex<HashMap<Pattern, Arc<[ConfigId]>>>,
    sorted: Mutex<HashMap<(ConfigKind, SmolStr), Names>>,
    /// For what multiplies: tests of patterns, and lists that are read again.
    pub(crate) budget: Budget,
    by_previous_name: HashMap<(ConfigKind, &'f str), Vec<ConfigId>>,
    /// Made when it is asked for.
    by_namespace: OnceLock<HashMap<(ConfigKind, SmolStr), Vec<ConfigId>>>,
}

impl<'f> Configs<'f> {
    /// `default_namespace` is that of objects that name none; of `bytes` they were read.
    pub(crate) fn new(facts: &'f Facts, default_namespace: &'f str, bytes: usize) -> Self {
        let mut configs = Self {
            facts,
            all: Vec::with_capacity(facts.configs.len()),
            default_namespace,
            by_key: HashTable::with_capacity(facts.configs.len()),
            state: RandomState::default(),
            by_name: OnceLock::new(),
            made: OnceLock::new(),
            stems: Mutex::default(),
            patterns: Mutex::default(),
            sorted: Mutex::default(),
            budget: Budget::new(bytes),
            by_previous_name: HashMap::new(),
            by_namespace: OnceLock::new(),
        };
        facts.configs.iter().enumerate().for_each(|(i, config)| configs.add(i, config));
        configs.all.iter_mut().for_each(|config| config.settle(facts));
        configs
    }

    fn add(&mut self, i: usize, config: &'f ConfigObject) {
        let object = &config.object;
        let (kind, namespace, name) = key(config, self.default_namespace);
        let id = match self.exact(kind, namespace, name) {
            Some(id) => {
                self.all[id.0].join(i);
                id
            }
            None => {
                let id = ConfigId(self.all.len());
                self.all.push(Members::of(i));
                let (facts, all, state, default) = (self.facts, &self.all, &self.state, self.default_namespace);
                let rehash = |id: &ConfigId| state.hash_one(key(&facts.configs[all[id.0].first()], default));
                self.by_key.insert_unique(state.hash_one((kind, namespace, name)), id, rehash);
                id
            }
        };
        let trail = object.trail();
        let previous = trail.into_iter().flat_map(|t| &t.names).map(String::as_str);
        let soon = trail.is_some_and(|t| t.needs_hash).then_some(name);
        for previous in previous.chain(soon) {
            let list = self.by_previous_name.entry((kind, previous)).or_default();
            if list.last() != Some(&id) {
                list.push(id);
            }
        }
    }

    /// The configs, in input order.
    pub(crate) fn into_all(self) -> Vec<Config> {
        let config = |(i, members): (usize, &Members)| Config {
            kind: self.first(ConfigId(i)).kind,
            namespace: self.namespace_of(ConfigId(i)),
            name: self.name(ConfigId(i)).clone(),
            members: members.clone(),
        };
        self.all.iter().enumerate().map(config).collect()
    }

    /// An object of a config, of those that have its kind, its namespace and its name.
    fn first(&self, id: ConfigId) -> &'f ConfigObject {
        &self.facts.configs[self.all[id.0].first()]
    }

    pub(crate) fn name(&self, id: ConfigId) -> &'f Text {
        self.first(id).name()
    }

    /// The namespace of a config, with the default.
    pub(crate) fn namespace_of(&self, id: ConfigId) -> Text {
        let own = self.first(id).object.namespace().cloned();
        own.unwrap_or_else(|| Text::new(self.default_namespace, false))
    }

    /// What a config is found by.
    fn key(&self, id: ConfigId) -> (ConfigKind, &'f str, &'f str) {
        key(self.first(id), self.default_namespace)
    }

    /// The namespace of an object, with the default for one that names none.
    pub(crate) fn namespace(&self, object: &'f Object) -> &'f str {
        object.namespace_or(self.default_namespace)
    }

    pub(crate) fn get(&self, id: ConfigId) -> &Members {
        &self.all[id.0]
    }

    /// The object of a config that counts.
    pub(crate) fn object(&self, id: ConfigId) -> &'f ConfigObject {
        self.get(id).object(self.facts)
    }

    /// All names that a list may call a config by: its own, then those that kustomize took from it.
    pub(crate) fn names(&self, id: ConfigId) -> impl Iterator<Item = &'f str> {
        let config = self.object(id);
        let previous = config.object.trail().into_iter().flat_map(|t| &t.names).map(String::as_str);
        std::iter::once(config.name().raw()).chain(previous)
    }

    /// How much there is to look at of a config, beside what each has.
    pub(crate) fn names_and_parts(&self, id: ConfigId) -> usize {
        let names = self.object(id).object.trail().map_or(0, |trail| trail.names.len());
        self.get(id).len() - 1 + names
    }

    /// The configs of a kind in a namespace.
    pub(crate) fn in_namespace<'a>(&'a self, kind: ConfigKind, namespace: &'a str) -> &'a [ConfigId] {
        let by_namespace = self.by_namespace.get_or_init(|| {
            let mut out: HashMap<_, Vec<ConfigId>> = HashMap::new();
            for id in (0..self.all.len()).map(ConfigId) {
                let (kind, namespace, _) = self.key(id);
                out.entry((kind, namespace.into())).or_default().push(id);
            }
            out
        });
        by_namespace.get(&(kind, namespace.into())).map_or(&[], Vec::as_slice)
    }

    /// The configs of a kind in a namespace that have a name, or had it.
    pub(crate) fn called(&self, kind: ConfigKind, namespace: &str, name: &str) -> Arc<[ConfigId]> {
        let earlier = self.by_previous_name.get(&(kind, name)).into_iter().flatten().copied();
        let here = earlier.take_while(|_| self.budget.spend(1)).filter(|&id| self.key(id).1 == namespace);
        let mut all: Vec<ConfigId> = self.exact(kind, namespace, name).into_iter().chain(here).collect();
        all.sort_unstable();
        all.dedup();
        shared(all)
    }

    /// The same of those that have or had a name which passes the test of a pattern.
    pub(crate) fn matching(&self, kind: ConfigKind, namespace: &str, pattern: &Entry<'_>) -> Arc<[ConfigId]> {
        let (names, [prefix, suffix]) = (self.sorted(kind, namespace), pattern.ends());
        let names = &names[names.partition_point(|(name, _)| name.as_str() < &*prefix)..];
        let begins = |(name, _): &(String, ConfigId)| name.starts_with(&*prefix);
        if self.budget.is_spent() || !names.first().is_some_and(begins) {
            return Arc::default();
        }
        let names = if prefix.is_empty() { names } else { &names[..names.partition_point(begins)] };
        let named = || {
            // A look at the last byte settles most.
            let last = suffix.as_bytes().last();
            let ends = |name: &str| last.is_none() || name.as_bytes().last() == last && name.ends_with(&*suffix);
            let fit = names.iter().filter(|(name, _)| ends(name));
            let fit = fit.filter(|(name, _)| pattern.matches(name, &self.budget));
            let mut named: Vec<ConfigId> = fit.map(|(_, id)| *id).collect();
            // What is refused at a glance is paid for together.
            self.budget.spend(names.len() as u64);
            named.sort_unstable();
            named.dedup();
            shared(named)
        };
        if names.len() <= FEW {
            return named();
        }
        let key = (kind, namespace.into(), pattern.text.into());
        // One thread at a time: what is found twice would be paid for twice, or not.
        many::lock(&self.patterns).entry(key).or_insert_with(named).clone()
    }

    /// The names that the configs of a kind in a namespace have or had, in their order.
    fn sorted(&self, kind: ConfigKind, namespace: &str) -> Names {
        let mut sorted = many::lock(&self.sorted);
        let names = sorted.entry((kind, namespace.into())).or_insert_with(|| {
            let all = self.in_namespace(kind, namespace).iter();
            let mut names: Vec<_> = all.flat_map(|&id| self.names(id).map(move |name| (name.to_owned(), id))).collect();
            names.sort_unstable();
            names.into()
        });
        names.clone()
    }

    /// The only config of a kind in a namespace in whose name, without a generator's hash, a text is found.
    pub(crate) fn only_with(&self, kind: ConfigKind, namespace: &str, text: &str) -> Option<ConfigId> {
        let key = (kind, namespace.to_owned());
        let stems = {
            let mut all = many::lock(&self.stems);
            all.entry(key).or_insert_with(|| Arc::new(Stems::new(self, kind, namespace))).clone()
        };
        stems.only_with(text)
    }

    /// What makes a config of that name in the cluster.
    pub(crate) fn maker(&self, kind: ConfigKind, namespace: &str, name: &str) -> Option<&'f Producer> {
        let made = self.made.get_or_init(|| {
            let mut made: HashMap<_, Vec<_>> = HashMap::new();
            for (i, producer) in self.facts.producers.iter().enumerate() {
                producer.makes.iter().for_each(|name| made.entry(name.raw().to_owned()).or_default().push(i));
            }
            made
        });
        let all = made.get(name)?;
        let mut all = all.iter().take_while(|_| self.budget.spend(1)).map(|&i| &self.facts.producers[i]);
        all.find(|p| self.makes(p, kind, namespace))
    }

    /// Whether something makes a config in the cluster whose name passes a test.
    pub(crate) fn makes_any(&self, kind: ConfigKind, namespace: &str, test: impl Fn(&str) -> bool) -> bool {
        let named = |p: &Producer| p.makes.iter().any(|name| test(name.raw()));
        self.facts
            .producers
            .iter()
            .take_while(|_| self.budget.spend(1))
            .any(|p| self.makes(p, kind, namespace) && named(p))
    }

    /// Whether what a producer makes are configs of a type in a namespace.
    fn makes(&self, producer: &Producer, kind: ConfigKind, namespace: &str) -> bool {
        let object = &producer.object;
        let home = object.namespace_or(self.default_namespace);
        producer.makes_kind() == kind && (producer.anywhere || home == namespace)
    }

    /// Whether a config lacks a key for sure, and the budget allows to look.
    pub(crate) fn lacks(&self, id: ConfigId, key: &str) -> bool {
        self.budget.spend(self.get(id).len() as u64 - 1) && self.get(id).lacks(self.facts, key)
    }

    /// Whether something is to be said of a config that counts for some workload.
    pub(crate) fn is_odd(&self, id: ConfigId) -> bool {
        self.get(id).has_twins() || self.parts(id).any(|part| !part.refused().is_empty())
    }

    /// What holds the content of a config ([`Config::parts`]).
    pub(crate) fn parts(&self, id: ConfigId) -> impl Iterator<Item = &'f ConfigObject> {
        self.get(id).parts(self.facts)
    }

    /// The config of exactly that namespace and current name.
    pub(crate) fn exact(&self, kind: ConfigKind, namespace: &str, name: &str) -> Option<ConfigId> {
        let hash = self.state.hash_one((kind, namespace, name));
        self.by_key.find(hash, |id| self.key(*id) == (kind, namespace, name)).copied()
    }

    /// The configs of that current name in any namespace.
    pub(crate) fn named(&self, kind: ConfigKind, name: &str) -> &[ConfigId] {
        let names = self.by_name.get_or_init(|| {
            let mut names: HashMap<_, Vec<ConfigId>> = HashMap::new();
            for id in (0..self.all.len()).map(ConfigId) {
                names.entry((self.first(id).kind, self.name(id).raw().to_owned())).or_default().push(id);
            }
            names
        });
        names.get(&(kind, name.to_owned())).map_or(&[], Vec::as_slice)
    }

    /// Resolves a name that a workload refers to.
    pub(crate) fn resolve(&self, workload: &'f Object, kind: ConfigKind, name: &str) -> Target {
        let home = self.namespace(workload);
        match self.by_trail(workload, home, kind, name)[..] {
            [one] => return Target::Found(one),
            // kustomize fails here: never a guess.
            [_, _, ..] => return Target::Missing,
            // kustomize will leave the reference as it stands.
            [] => {}
        }
        let stays = |&id: &ConfigId| !self.needs_hash(id);
        if let Some(id) = self.exact(kind, home, name).filter(stays) {
            return Target::Found(id);
        }
        self.across(workload, kind, name).map_or(Target::Missing, Target::OtherNamespace)
    }

    /// As kustomize will decide when it fixes references (`api/filters/nameref`, `selectReferral`): among those that had
    /// the name before, in the same namespace; of several, those whose prefixes and suffixes go with the workload's, then
    /// those with the same ones.
    fn by_trail(&self, workload: &Object, home: &str, kind: ConfigKind, name: &str) -> Vec<ConfigId> {
        let found = self.by_previous_name.get(&(kind, name)).into_iter().flatten().copied();
        let found = found.take_while(|_| self.budget.spend(1));
        let mut left: Vec<ConfigId> = found.filter(|&id| self.key(id).1 == home).collect();
        for empty_fits in [true, false] {
            if left.len() > 1 {
                left.retain(|&id| same_affixes(workload, &self.object(id).object, empty_fits));
            }
        }
        left
    }

    /// The only config of that kind and name in the whole set, if one side names no namespace. Not one that kustomize
    /// renames: it follows no reference into another namespace.
    fn across(&self, workload: &Object, kind: ConfigKind, name: &str) -> Option<ConfigId> {
        let &[id] = self.named(kind, name) else { return None };
        if self.needs_hash(id) {
            return None;
        }
        let absent = self.get(id).objects(self.facts).any(|c| c.object.namespace().is_none());
        (workload.namespace().is_none() || absent).then_some(id)
    }

    /// Whether kustomize will put a hash behind its name.
    pub(crate) fn needs_hash(&self, id: ConfigId) -> bool {
        self.object(id).object.trail().is_some_and(|t| t.needs_hash)
    }
}

/// The configs of a set as rules see them.
#[derive(Clone, Copy)]
pub(crate) struct Candidates<'f> {
    pub(crate) configs: &'f Configs<'f>,
    pub(crate) settings: &'f Settings,
}

impl<'f> Candidates<'f> {
    /// Asks rules about a config; `home` is the namespace of the workload, `referenced` whether a counted reference of it
    /// leads there.
    pub(crate) fn ask<T>(
        &self,
        id: ConfigId,
        home: &str,
        referenced: bool,
        ask: impl FnOnce(&Candidate<'_>) -> T,
    ) -> T {
        let (_, namespace, _) = self.configs.key(id);
        let ask = |names: &[&str], annotations: &[&Annotations], admitted| {
            let in_reach = referenced || namespace == home;
            ask(&Candidate { id: Some(id), namespace, names, annotations, admitted, referenced, in_reach })
        };
        let (object, more) = (self.configs.object(id), self.configs.names_and_parts(id));
        // Where the budget is spent nothing is decided that counts.
        if more == 0 || !self.configs.budget.spend(more as u64) {
            return ask(&[object.name().raw()], &[&object.object.annotations], object.is_admitted(self.settings));
        }
        let parts: Vec<_> = self.configs.parts(id).collect();
        let annotations: Vec<_> = parts.iter().map(|part| &part.object.annotations).collect();
        let names: Vec<_> = self.configs.names(id).collect();
        ask(&names, &annotations, parts.iter().any(|part| part.is_admitted(self.settings)))
    }

    /// What of a config counts.
    pub(crate) fn parts(&self, id: ConfigId) -> impl Iterator<Item = &'f ConfigObject> {
        let settings = self.settings;
        self.configs.parts(id).filter(move |part| part.is_admitted(settings))
    }
}

/// Names, one a line, so that one search goes through all of them.
struct Stems {
    lines: String,
    /// Where each line ends, and the config.
    ends: Vec<(usize, ConfigId)>,
}

impl Stems {
    fn new(configs: &Configs<'_>, kind: ConfigKind, namespace: &str) -> Self {
        let (mut lines, mut ends) = (String::new(), Vec::new());
        for &id in configs.in_namespace(kind, namespace) {
            lines.push_str(stem(configs.name(id).raw()));
            lines.push('\n');
            ends.push((lines.len(), id));
        }
        Self { lines, ends }
    }

    fn only_with(&self, text: &str) -> Option<ConfigId> {
        let find = |from: usize| Some(from + memchr::memmem::find(&self.lines.as_bytes()[from..], text.as_bytes())?);
        let first = find(0)?;
        let (end, id) = *self.ends.get(self.ends.partition_point(|(end, _)| *end <= first))?;
        find(end).is_none().then_some(id)
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
    let (a, b) = (a.trail().unwrap_or(&none), b.trail().unwrap_or(&none));
    same_end(&a.prefixes, &b.prefixes) && same_end(&a.suffixes, &b.suffixes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{self, Keep};
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
        let facts = facts::read(&sources, &Settings::default(), Keep::Stamps);
        let configs = Configs::new(&facts, "default", 0);
        let target = configs.resolve(&facts.workloads[0].object, ConfigKind::ConfigMap, "c");
        target.config().map(|c| configs.name(c).to_string())
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

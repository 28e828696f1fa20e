//! What becomes a config in the cluster alone: producers that differ, with who uses what they make, and configs that
//! neither side holds.
//!
//! Takes a [`Comparison`], gives [`ConfigChange`]s and [`Unseen`]s. What a producer makes goes into no stamp.

use crate::explain::name::Name;
use crate::facts::object::Object;
use crate::facts::producer::Producer;
use crate::kube::config_kind::ConfigKind;
use crate::kube::reference::Reference;
use crate::outcome::{Outcome, View};
use crate::plan::compare::Comparison;
use crate::plan::difference;
use crate::plan::pair::{self, Pair};
use crate::plan::rendering::{Link, Rendering, uses};
use crate::plan::users::Changed;
use crate::plan::{ConfigChange, Unseen, What};
use crate::text::hidden::Text;
use std::cell::LazyCell;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::rc::Rc;

/// Workloads, each with what makes it use some configs.
type Links<'c> = Vec<(usize, Link<'c>)>;

impl<'c> Comparison<'c> {
    /// What differs in producers.
    pub(super) fn producer_changes(&self, rolling: &HashMap<Name, bool>) -> Vec<ConfigChange> {
        let all = [&self.old, &self.new].map(|side| uncounted(side.outcome).collect::<Vec<_>>());
        let named = |outcome: &'c Outcome| {
            let producers = uncounted(outcome).map(|p| &p.object);
            let scope =
                |object: &'c Object| (object.group(), object.kind().raw(), object.namespace_or(&outcome.namespace));
            producers.map(|object| (scope(object), object.name.raw())).collect::<Vec<_>>()
        };
        let pairs = pair::pairs(&named(self.old.outcome), &named(self.new.outcome), false);
        // Looked up where something differs, which is rare.
        let users = [&self.old, &self.new].map(|side| LazyCell::new(move || users(side)));
        let links = |gone: bool, kind, home: &str, names: &[Text]| match gone {
            true => links(&self.old, &users[0], kind, home, names),
            false => links(&self.new, &users[1], kind, home, names),
        };
        pairs.into_iter().filter_map(|pair| self.producer_change(pair, &all, rolling, links)).collect()
    }

    fn producer_change(
        &self,
        pair: Pair,
        all: &[Vec<&'c Producer>; 2],
        rolling: &HashMap<Name, bool>,
        links: impl Fn(bool, ConfigKind, &str, &[Text]) -> Links<'c>,
    ) -> Option<ConfigChange> {
        let (old, new) = (pair.in_old().map(|i| all[0][i]), pair.in_new().map(|i| all[1][i]));
        let (change, side, producer) = match (old, new) {
            (Some(old), Some(new)) if old.recipe.digest == new.recipe.digest && old.makes == new.makes => return None,
            (Some(_), Some(new)) => (What::Changed, &self.new, new),
            (None, Some(new)) => (What::New, &self.new, new),
            (Some(old), None) => (What::Gone, &self.old, old),
            (None, None) => return None,
        };
        let recipe = |producer: Option<&'c Producer>| producer.map(|p| &*p.recipe);
        let keys = Rc::new(difference::made_keys(recipe(old), recipe(new)));
        let (object, kind) = (&producer.object, producer.makes_kind());
        let home = object.namespace().cloned().unwrap_or_else(|| side.outcome.namespace.as_str().into());
        let name = Name::new(side.set.clone(), object.kind().clone(), home.clone(), object.name.clone());
        let never = match producer.is_encrypted() {
            true => ("encrypted", "SOPS has encrypted it, so that no stamp holds it".to_owned()),
            false => ("made-in-cluster", format!("no stamp holds what {name} makes in the cluster")),
        };
        let changed = Changed { keys: &keys, gone: new.is_none(), rolls: false, never: Some(never), rolling };
        let links = links(new.is_none(), kind, home.raw(), &producer.makes);
        let others = self.not_rolling(side, &links, &changed, usize::MAX);
        let made = |made: &Text| Name::new(side.set.clone(), kind.as_str().into(), home.clone(), made.clone());
        Some(ConfigChange {
            at: side.locator.at(&object.location),
            change,
            renamed_from: None,
            makes: producer.makes.iter().filter(|_| !producer.is_encrypted()).map(made).collect(),
            encrypted: producer.is_encrypted(),
            name,
            keys,
            refused: false,
            needed: false,
            rolls: Vec::new(),
            more_rolls: 0,
            does_not_roll: others.named,
            more_do_not_roll: others.more,
            leaves_out_some: others.some_stay,
            unconcerned: others.unconcerned,
        })
    }

    /// Marks configs that are gone and that workloads of NEW cannot start without.
    pub(super) fn mark_needed(&self, configs: &mut [ConfigChange]) {
        if configs.iter().all(|config| config.change != What::Gone) {
            return;
        }
        let made: HashSet<_> = self.new.known().collect();
        let required = self.new.workloads.iter().flat_map(|view| {
            let home = view.home();
            absent(*view).filter(|r| !r.optional).map(move |r| (r.kind, home, r.name.raw()))
        });
        let required =
            required.filter(|config| !made.contains(config) && !self.settings.is_external(config.0, config.2));
        let required: HashSet<_> = required.map(|(kind, home, name)| (kind.as_str(), home, name)).collect();
        let needs = |name: &Name| required.contains(&(name.kind.raw(), name.namespace.raw(), name.name.raw()));
        for config in configs.iter_mut().filter(|config| config.change == What::Gone) {
            config.needed = needs(&config.name) || config.makes.iter().any(needs);
        }
    }

    /// The configs that workloads of both sides refer to and no side holds or makes.
    pub(super) fn unseen(&self) -> Vec<Unseen> {
        // Of many renderings nothing is asked.
        let known =
            LazyCell::new(|| [&self.old, &self.new].into_iter().flat_map(Rendering::known).collect::<HashSet<_>>());
        let mut found: BTreeMap<(ConfigKind, &str, &str), Unseen> = BTreeMap::new();
        let both = self.new.workloads.iter().enumerate().filter(|(i, _)| self.stays[1][*i]);
        for (view, reference) in both.flat_map(|(_, view)| absent(*view).map(move |reference| (view, reference))) {
            let key = (reference.kind, view.home(), reference.name.raw());
            if known.contains(&key) || self.settings.is_external(reference.kind, reference.name.raw()) {
                continue;
            }
            let unseen = found.entry(key).or_insert_with(|| {
                let kind = reference.kind.as_str().into();
                let config = Name::new(self.new.set.clone(), kind, view.namespace(), reference.name.clone());
                Unseen { config, users: Vec::new() }
            });
            let name = self.new.name(*view);
            if unseen.users.last() != Some(&name) {
                unseen.users.push(name);
            }
        }
        found.into_values().collect()
    }
}

/// What makes configs that go into no stamp.
fn uncounted(outcome: &Outcome) -> impl Iterator<Item = &Producer> {
    outcome.facts.producers.iter().filter(|p| !p.counts)
}

/// The references of a workload that lead to nothing in its set.
fn absent<'c>(view: View<'c>) -> impl Iterator<Item = &'c Reference> {
    view.uses().filter(|(_, used)| used.config.is_none()).map(|(reference, _)| reference)
}

impl<'c> Rendering<'c> {
    /// The configs that it holds or makes: kind, namespace and name.
    fn known(&self) -> impl Iterator<Item = (ConfigKind, &'c str, &'c str)> {
        let outcome = self.outcome;
        let own = outcome.configs.iter().map(|c| (c.kind, c.namespace.raw(), c.name.raw()));
        let made = outcome.facts.producers.iter().flat_map(|p| {
            let home = p.object.namespace_or(&outcome.namespace);
            p.makes.iter().map(move |name| (p.makes_kind(), home, name.raw()))
        });
        own.chain(made)
    }
}

/// The workloads of a side by the configs that they refer to, whether the side holds these or not.
type Users<'c> = HashMap<(ConfigKind, &'c str, &'c str), Vec<usize>>;

fn users<'c>(side: &Rendering<'c>) -> Users<'c> {
    let mut users = Users::new();
    for (i, view) in side.workloads.iter().enumerate() {
        for (reference, _) in view.uses() {
            let of_it = users.entry((reference.kind, view.home(), reference.name.raw())).or_default();
            if of_it.last() != Some(&i) {
                of_it.push(i);
            }
        }
    }
    users
}

/// What makes workloads use configs of some names, by workload.
fn links<'c>(side: &Rendering<'c>, users: &Users<'c>, kind: ConfigKind, home: &str, names: &[Text]) -> Links<'c> {
    let workloads: BTreeSet<usize> =
        names.iter().filter_map(|name| users.get(&(kind, home, name.raw()))).flatten().copied().collect();
    let link = |i: usize| {
        let all = uses(side.workloads[i]);
        let named = all.filter(|(r, ..)| r.kind == kind && names.iter().any(|name| name.raw() == r.name.raw()));
        (i, Link { uses: named.collect(), listed: None })
    };
    workloads.into_iter().map(link).collect()
}

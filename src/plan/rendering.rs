//! One side of a comparison: what its workloads use, by pairs of configs.
//!
//! Takes a [`Side`] and the pair of each of its configs, gives look-ups. Knows nothing else of the other side.

use crate::advice::wording;
use crate::decide::action::Use;
use crate::decide::candidate::ConfigId;
use crate::decide::select::Selection;
use crate::explain::name::{Drivers, Name, SetName};
use crate::facts::config::Config as ConfigObject;
use crate::facts::rolling::Update;
use crate::kube::reference::Reference;
use crate::outcome::{Holder, Outcome, View};
use crate::plan::again::{Again, Whole};
use crate::plan::lists::Lists;
use crate::plan::{Place, Side};
use crate::settings::Settings;
use crate::text::hidden::Text;
use crate::text::lines::Locator;
use std::cell::OnceCell;
use std::collections::{BTreeSet, HashSet};

/// One side with what is looked up in it.
pub(crate) struct Rendering<'c> {
    pub(crate) set: SetName,
    pub(crate) outcome: &'c Outcome,
    pub(crate) locator: Locator<'c>,
    pub(crate) drivers: Drivers<'c>,
    /// Without patches, which are no workloads.
    pub(crate) workloads: Vec<View<'c>>,
    /// What holds the content of its configs.
    holders: Vec<Holder<'c>>,
    /// Each config with a pair of what holds its content, in the order of the configs.
    pairs_of: Vec<(ConfigId, usize)>,
    /// References by pair, then by workload, once something is asked for that differs.
    links: OnceCell<Vec<((usize, usize), Used<'c>)>>,
    /// What lists select.
    pub(super) lists: Lists<'c>,
    pub(super) again: Again<'c>,
}

/// A reference, what became of it, and how it reaches a pod that runs.
pub(crate) type Used<'c> = (&'c Reference, &'c Use, Option<Update>);

/// All that makes a workload use one config.
#[derive(Debug, Default)]
pub(crate) struct Link<'c> {
    pub(crate) uses: Vec<Used<'c>>,
    /// What an annotation alone says, and of which config.
    pub(crate) listed: Option<(ConfigId, Selection)>,
}

impl<'c> Rendering<'c> {
    /// `pairs` gives the pair of each of the holders of the side, by their indices.
    pub(crate) fn new(
        set: SetName,
        side: Side<'c>,
        holders: Vec<Holder<'c>>,
        pairs: impl Iterator<Item = (usize, usize)>,
        settings: &'c Settings,
    ) -> Self {
        let mut pairs_of: Vec<_> = pairs
            .flat_map(|(holder, pair)| holders[holder].configs.iter().map(move |config| (*config, pair)))
            .collect();
        pairs_of.sort_by_key(|(config, _)| *config);
        let workloads: Vec<_> = side.outcome.workloads().filter(|w| !w.workload().patch).collect();
        let lists = Lists::new(&workloads, |config| of(&pairs_of, config).iter().map(|(_, pair)| *pair).collect());
        let (locator, drivers) = (Locator::new(side.sources), Drivers::new(side.outcome));
        let (again, links) = (Again::new(side.sources, settings), OnceCell::new());
        Self { set, outcome: side.outcome, locator, drivers, workloads, holders, pairs_of, links, lists, again }
    }

    fn links(&self) -> &[((usize, usize), Used<'c>)] {
        self.links.get_or_init(|| {
            let mut links = Vec::new();
            for (i, view) in self.workloads.iter().enumerate() {
                for used in uses(*view) {
                    let pairs = used.1.config.into_iter().flat_map(|config| self.pairs_of(config));
                    links.extend(pairs.map(|pair| ((pair, i), used)));
                }
            }
            links.sort_by_key(|(place, _)| *place);
            links
        })
    }

    pub(crate) fn holder(&self, i: usize) -> &Holder<'c> {
        &self.holders[i]
    }

    pub(crate) fn content(&self, i: usize) -> &'c ConfigObject {
        self.holders[i].object
    }

    /// The same with the values of its keys.
    pub(super) fn whole(&self, i: usize) -> Whole<'c> {
        self.again.config(self.content(i))
    }

    /// The pairs of what holds the content of a config.
    pub(crate) fn pairs_of(&self, config: ConfigId) -> impl Iterator<Item = usize> {
        of(&self.pairs_of, config).iter().map(|(_, pair)| *pair)
    }

    /// The pairs that make up the stamp of a workload and that it refers to, each once; `None` if it is left alone.
    pub(super) fn used(&self, workload: usize) -> Option<Vec<usize>> {
        let decision = self.workloads[workload].decision;
        let mut known = HashSet::new();
        let all = decision.used().flat_map(|config| self.pairs_of(config)).filter(|pair| known.insert(*pair));
        decision.action.skip().is_none().then(|| all.collect())
    }

    /// What makes a workload use a pair.
    pub(crate) fn link(&self, pair: usize, workload: usize) -> Option<Link<'c>> {
        let uses = of(self.links(), (pair, workload)).iter().map(|(_, used)| *used).collect();
        let link = Link { uses, listed: self.lists.listed(pair, workload) };
        (!link.uses.is_empty() || link.listed.is_some()).then_some(link)
    }

    /// Whether a workload refers to a pair.
    pub(crate) fn refers(&self, pair: usize, workload: usize) -> bool {
        !of(self.links(), (pair, workload)).is_empty()
    }

    /// The workloads that use a pair, in their order, but for some.
    pub(crate) fn users(&self, pair: usize, skipped: impl Fn(usize) -> bool) -> Vec<(usize, Link<'c>)> {
        let links = self.links();
        let from = links.partition_point(|((other, _), _)| *other < pair);
        let referring = links[from..].iter().map(|(place, _)| *place).take_while(|(other, _)| *other == pair);
        let referring = referring.map(|(_, workload)| workload);
        let all = referring.chain(self.lists.who_may_use(pair)).filter(|workload| !skipped(*workload));
        let all: BTreeSet<usize> = all.collect();
        all.into_iter().filter_map(|workload| Some((workload, self.link(pair, workload)?))).collect()
    }

    /// Why a config counts for a workload that uses it or does not: a stable word, and the same in words.
    pub(crate) fn why(&self, view: View<'_>, link: &Link<'_>) -> (&'static str, String) {
        if let Some(skip) = view.action().skip() {
            return (skip.as_str(), wording::skip(skip, view.workload()));
        }
        if let Some((config, selection)) = &link.listed {
            return (selection.rule.as_str(), wording::rule(selection, self.outcome.config(*config).kind));
        }
        let counting = link.uses.iter().find(|(_, used, _)| used.is_selected());
        let decisive = counting.or(link.uses.first());
        decisive.map(|(reference, used, _)| wording::of_use(reference, used)).unwrap_or_default()
    }

    pub(crate) fn name(&self, view: View<'_>) -> Name {
        Name::workload(self.set.clone(), view)
    }

    pub(crate) fn place(&self, view: View<'_>) -> Place {
        Place { name: self.name(view), at: self.locator.at(view.location()) }
    }
}

impl<'c> Link<'c> {
    /// Whether the config counts.
    pub(crate) fn counts(&self) -> bool {
        self.listed.is_some() || self.uses.iter().any(|(_, used, _)| used.is_selected())
    }

    /// The keys that go into the stamp under `precision: keys`; `None` is all.
    pub(crate) fn keys(&self) -> Option<HashSet<&'c str>> {
        if self.listed.is_some() {
            return None;
        }
        let mut out = HashSet::new();
        for (reference, used, _) in self.uses.iter().filter(|(_, used, _)| used.counted) {
            let keys = reference.keys.as_ref().filter(|_| used.selection.entry.is_none())?;
            out.extend(keys.iter().map(Text::shown));
        }
        Some(out)
    }
}

/// What stands beside a key, in a list that is in the order of its keys.
fn of<K: Ord, V>(sorted: &[(K, V)], key: K) -> &[(K, V)] {
    let from = &sorted[sorted.partition_point(|(other, _)| *other < key)..];
    &from[..from.partition_point(|(other, _)| *other == key)]
}

/// The references of a workload.
pub(crate) fn uses<'c>(view: View<'c>) -> impl Iterator<Item = Used<'c>> {
    let mut updates = view.workload().updates().iter();
    view.uses().map(move |(reference, used)| (reference, used, updates.next().copied()))
}

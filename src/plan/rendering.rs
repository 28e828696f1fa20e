//! One side of a comparison: what its workloads use, by pairs of configs.
//!
//! Takes a [`Side`], gives look-ups. Knows nothing of the other side but which configs are paired.

use crate::advice::words;
use crate::decide::select::{Rule, Selection};
use crate::decide::stamp::{Decision, Use};
use crate::explain::name::{Drivers, Name};
use crate::facts::Workload;
use crate::facts::details::Update;
use crate::plan::{Place, Side};
use crate::text::lines::Locator;
use crate::transform::Config;
use std::collections::{BTreeMap, HashMap, HashSet};

/// One side with what is looked up in it.
pub(crate) struct Rendering<'c> {
    /// Index of the set.
    pub(crate) set: usize,
    pub(crate) side: Side<'c>,
    pub(crate) locator: Locator<'c>,
    pub(crate) drivers: Drivers<'c>,
    /// Without patches, which are no workloads.
    pub(crate) decisions: Vec<&'c Decision>,
    /// Config → its pair.
    pub(crate) pair_of: HashMap<usize, usize>,
    /// By pair, then by workload.
    links: BTreeMap<(usize, usize), Link<'c>>,
}

/// All that makes a workload use one config.
#[derive(Debug, Default)]
pub(crate) struct Link<'c> {
    /// Its references, each with its index among those of the workload.
    pub(crate) uses: Vec<(usize, &'c Use)>,
    /// What an annotation alone says, and of which config.
    listed: Option<(usize, &'c Selection)>,
}

impl<'c> Rendering<'c> {
    pub(crate) fn new(set: usize, side: Side<'c>) -> Self {
        let real = |v: &&Decision| !side.outcome.workload(v).patch;
        Self {
            set,
            side,
            locator: Locator::new(side.sources),
            drivers: Drivers::new(side.outcome),
            decisions: side.outcome.decisions.iter().filter(real).collect(),
            pair_of: HashMap::new(),
            links: BTreeMap::new(),
        }
    }

    /// Says which config is of which pair.
    pub(crate) fn join(&mut self, pairs: impl Iterator<Item = (usize, usize)>) {
        self.pair_of = pairs.collect();
        for (i, &decision) in self.decisions.iter().enumerate() {
            for (index, used) in decision.uses.iter().enumerate() {
                if let Some(&pair) = used.config.and_then(|c| self.pair_of.get(&c)) {
                    self.links.entry((pair, i)).or_default().uses.push((index, used));
                }
            }
            for (config, selection) in &decision.by_annotation {
                if let Some(&pair) = self.pair_of.get(config) {
                    self.links.entry((pair, i)).or_default().listed.get_or_insert((*config, selection));
                }
            }
        }
    }

    pub(crate) fn workload(&self, decision: &Decision) -> &'c Workload {
        self.side.outcome.workload(decision)
    }

    pub(crate) fn config(&self, i: usize) -> &'c Config {
        &self.side.outcome.configs[i]
    }

    pub(crate) fn content(&self, i: usize) -> &'c crate::facts::Config {
        &self.side.outcome.facts.configs[self.config(i).index]
    }

    /// The pairs that make up the stamp of a workload, each once.
    pub(crate) fn chosen(&self, workload: usize) -> Vec<usize> {
        let decision = self.decisions[workload];
        if decision.action.skip().is_some() {
            return Vec::new();
        }
        let used = decision.uses.iter().filter(|u| u.counted && u.selection.selected).filter_map(|u| u.config);
        let listed = decision.by_annotation.iter().map(|(config, _)| *config);
        let mut seen = HashSet::new();
        used.chain(listed).filter_map(|c| self.pair_of.get(&c)).copied().filter(|pair| seen.insert(*pair)).collect()
    }

    /// What makes a workload use a pair.
    pub(crate) fn link(&self, pair: usize, workload: usize) -> Option<&Link<'c>> {
        self.links.get(&(pair, workload))
    }

    /// Whether a workload refers to a pair.
    pub(crate) fn refers(&self, pair: usize, workload: usize) -> bool {
        self.link(pair, workload).is_some_and(|link| !link.uses.is_empty())
    }

    /// The workloads that use a pair, in their order.
    pub(crate) fn users(&self, pair: usize) -> impl Iterator<Item = (usize, &Link<'c>)> {
        self.links.range((pair, 0)..(pair + 1, 0)).map(|(&(_, workload), link)| (workload, link))
    }

    /// Why a config counts for a workload or does not.
    pub(crate) fn why(&self, pair: usize, workload: usize) -> Option<String> {
        let decision = self.decisions[workload];
        if let Some(skip) = decision.action.skip() {
            return Some(words::alone(skip, &decision.resource.kind));
        }
        let link = self.link(pair, workload)?;
        if let Some((config, selection)) = link.listed {
            return Some(words::rule(selection, self.config(config).kind));
        }
        link.counting().or(link.first()).map(|used| words::of_use(used).1)
    }

    pub(crate) fn place(&self, decision: &Decision) -> Place {
        Place { name: Name::workload(self.set, decision), at: self.locator.at(&decision.location) }
    }
}

impl<'c> Link<'c> {
    pub(crate) fn first(&self) -> Option<&'c Use> {
        self.uses.first().map(|(_, used)| *used)
    }

    /// A reference that makes the config count.
    fn counting(&self) -> Option<&'c Use> {
        self.uses.iter().map(|(_, used)| *used).find(|u| u.counted && u.selection.selected)
    }

    /// Whether the config counts.
    pub(crate) fn counts(&self) -> bool {
        self.listed.is_some() || self.counting().is_some()
    }

    /// The keys that go into the stamp under `precision: keys`; `None` is all.
    pub(crate) fn keys(&self) -> Option<HashSet<&'c str>> {
        if self.listed.is_some() {
            return None;
        }
        let mut out = HashSet::new();
        for (_, used) in self.uses.iter().filter(|(_, u)| u.counted) {
            let whole = matches!(used.selection.rule, Rule::Listed | Rule::WaveExtra);
            out.extend(used.reference.keys.as_ref().filter(|_| !whole)?.iter().map(String::as_str));
        }
        Some(out)
    }

    /// Whether the kubelet updates all places of the workload that use the config.
    pub(crate) fn is_live(&self, workload: &Workload) -> bool {
        let updates = workload.details.as_ref().map_or(&[][..], |d| &d.updates[..]);
        !self.uses.is_empty() && self.uses.iter().all(|(i, _)| updates.get(*i) == Some(&Update::Live))
    }
}

//! What lists select on one side of a comparison, by pairs of configs: held once for all workloads whose lists select the
//! same.
//!
//! Takes decisions and the pairs of configs, gives look-ups. Knows nothing of the other side.

use crate::decide::candidate::ConfigId;
use crate::decide::listed::ByAnnotation;
use crate::decide::select::Selection;
use crate::outcome::View;
use foldhash::{HashMap, HashMapExt as _};

/// What is shared by some workloads.
#[derive(Default)]
pub(super) struct List {
    /// The pairs, in the order of their first configs.
    pub(super) pairs: Vec<usize>,
    /// Pair → its place in that, and its configs.
    places: HashMap<usize, (usize, Vec<ConfigId>)>,
    workloads: Vec<usize>,
}

impl List {
    pub(super) fn place(&self, pair: usize) -> Option<usize> {
        self.places.get(&pair).map(|(place, _)| *place)
    }
}

/// What the lists of all workloads of a side select.
#[derive(Default)]
pub(super) struct Lists<'c> {
    all: Vec<List>,
    /// Of each workload its list, and what it makes of that.
    of: Vec<Option<(usize, &'c ByAnnotation)>>,
    /// Pair → the lists that have it.
    by_pair: HashMap<usize, Vec<usize>>,
}

impl<'c> Lists<'c> {
    pub(super) fn new(workloads: &[View<'c>], pairs_of: impl Fn(ConfigId) -> Vec<usize>) -> Self {
        let (mut lists, mut known) = (Self::default(), HashMap::new());
        for (i, view) in workloads.iter().enumerate() {
            let listed = &view.decision.by_annotation;
            let list = listed.shared().map(|shared| {
                let at = *known.entry(shared).or_insert_with(|| lists.add(listed, &pairs_of));
                lists.all[at].workloads.push(i);
                (at, listed)
            });
            lists.of.push(list);
        }
        lists
    }

    fn add(&mut self, listed: &ByAnnotation, pairs_of: impl Fn(ConfigId) -> Vec<usize>) -> usize {
        let (at, mut list) = (self.all.len(), List::default());
        for (config, _) in listed.all() {
            for pair in pairs_of(config) {
                let (_, configs) = list.places.entry(pair).or_insert_with(|| {
                    self.by_pair.entry(pair).or_default().push(at);
                    list.pairs.push(pair);
                    (list.pairs.len() - 1, Vec::with_capacity(1))
                });
                configs.push(config);
            }
        }
        self.all.push(list);
        at
    }

    /// The list of a workload, and what tells it apart from others.
    pub(super) fn of(&self, workload: usize) -> Option<(usize, &List)> {
        self.of[workload].map(|(at, _)| (at, &self.all[at]))
    }

    /// What a workload leaves out of its list.
    pub(super) fn without(&self, workload: usize) -> &'c [ConfigId] {
        self.of[workload].map_or(&[], |(_, listed)| listed.without())
    }

    /// The first config of a pair that the list of a workload selects.
    pub(super) fn config(&self, pair: usize, workload: usize) -> Option<ConfigId> {
        let (at, listed) = self.of[workload]?;
        let (_, configs) = self.all[at].places.get(&pair)?;
        configs.iter().copied().find(|config| !listed.is_left_out(*config))
    }

    /// The same with the reason.
    pub(super) fn listed(&self, pair: usize, workload: usize) -> Option<(ConfigId, Selection)> {
        let config = self.config(pair, workload)?;
        Some((config, self.of[workload]?.1.get(config)?))
    }

    /// The workloads whose lists select a pair, and those that leave it out.
    pub(super) fn who_may_use(&self, pair: usize) -> impl Iterator<Item = usize> {
        let lists = self.by_pair.get(&pair).into_iter().flatten();
        lists.flat_map(|list| &self.all[*list].workloads).copied()
    }
}

//! One side of a comparison: what its workloads use, by pairs of configs, and the stamps that they have in the end.
//!
//! Takes a [`Side`], gives look-ups. Knows nothing of the other side but which configs are paired.

use crate::decide::select::Rule;
use crate::decide::action::{Action, Decision, Use};
use crate::facts::rolling::Update;
use crate::kube::kind;
use crate::plan::pair::Named;
use crate::plan::{Place, Side};
use crate::text::locate::{Locator, Name};
use crate::{Config, Outcome};
use std::collections::HashMap;

impl Named for &Decision {
    /// The dead `extensions` is `apps`.
    type Scope = (String, String, String);

    fn scope(&self) -> Self::Scope {
        let group = match kind::group(&self.resource.api_version) {
            "extensions" => "apps",
            group => group,
        };
        (group.to_owned(), self.resource.kind.clone(), self.namespace.clone())
    }

    fn name(&self) -> &str {
        &self.resource.name
    }
}

impl Named for Config {
    type Scope = (&'static str, String);

    fn scope(&self) -> Self::Scope {
        (self.kind.as_str(), self.namespace.clone())
    }

    fn name(&self) -> &str {
        &self.name
    }
}

/// One side with what is looked up in it.
pub(crate) struct Rendering<'c> {
    /// Index of the set.
    pub(crate) set: usize,
    pub(crate) side: Side<'c>,
    pub(crate) locator: Locator<'c>,
    /// Without patches, which are no workloads.
    pub(crate) decisions: Vec<&'c Decision>,
    /// Config → its pair.
    pub(crate) pair_of: HashMap<usize, usize>,
}

impl<'c> Rendering<'c> {
    pub(crate) fn new(set: usize, side: Side<'c>) -> Self {
        let real = |v: &&Decision| !side.outcome.workload(v).patch;
        Self {
            set,
            side,
            locator: Locator::new(side.sources),
            decisions: side.outcome.decisions.iter().filter(real).collect(),
            pair_of: HashMap::new(),
        }
    }

    pub(crate) fn outcome(&self) -> &'c Outcome {
        self.side.outcome
    }

    pub(crate) fn config(&self, i: usize) -> &'c Config {
        &self.outcome().configs[i]
    }

    pub(crate) fn content(&self, i: usize) -> &'c crate::facts::Config {
        &self.outcome().facts.configs[self.config(i).index]
    }

    /// The pairs that make up the stamp of a workload.
    pub(crate) fn chosen(&self, decision: &Decision) -> Vec<usize> {
        if matches!(decision.action, Action::Skip(_)) {
            return Vec::new();
        }
        let used = decision.uses.iter().filter(|u| u.counted && u.selection.selected).filter_map(|u| u.config);
        let listed = decision.by_annotation.iter().map(|(config, _)| *config);
        let mut out: Vec<usize> = Vec::new();
        for pair in used.chain(listed).filter_map(|c| self.pair_of.get(&c)).copied() {
            if !out.contains(&pair) {
                out.push(pair);
            }
        }
        out
    }

    /// The references of a workload that lead to a pair.
    pub(crate) fn uses<'v>(&'v self, decision: &'v Decision, pair: usize) -> impl Iterator<Item = &'v Use> {
        decision.uses.iter().filter(move |u| u.config.and_then(|c| self.pair_of.get(&c)) == Some(&pair))
    }

    pub(crate) fn is_listed(&self, decision: &Decision, pair: usize) -> bool {
        decision.by_annotation.iter().any(|(c, _)| self.pair_of.get(c) == Some(&pair))
    }

    /// Whether a key of a pair goes into the stamp of a workload under `precision: keys`.
    pub(crate) fn sees(&self, decision: &Decision, pair: usize, key: &str) -> bool {
        let listed = |u: &Use| matches!(u.selection.rule, Rule::Listed | Rule::WaveExtra);
        self.is_listed(decision, pair)
            || self
                .uses(decision, pair)
                .filter(|u| u.counted)
                .any(|u| listed(u) || u.reference.keys.as_ref().is_none_or(|keys| keys.iter().any(|k| k == key)))
    }

    pub(crate) fn place(&self, decision: &Decision) -> Place {
        Place { name: Name::workload(self.set, decision), at: self.locator.at(&decision.location) }
    }
}

/// The stamp that a pod template has once the side is stamped and applied.
pub(crate) fn effective(decision: &Decision) -> Option<&str> {
    match decision.action {
        Action::Insert | Action::Replace | Action::Current => decision.stamp.as_deref(),
        Action::Remove | Action::Nothing => None,
        Action::CannotVerify | Action::Skip(_) => decision.current.as_deref(),
    }
}

/// Whether the kubelet updates all places of a workload that use a config.
pub(crate) fn is_live(outcome: &Outcome, decision: &Decision, uses: &[&Use]) -> bool {
    let Some(details) = outcome.workload(decision).details.as_deref() else {
        return false;
    };
    let update = |used: &&Use| {
        let i = decision.uses.iter().position(|u| std::ptr::eq(u, *used));
        i.and_then(|i| details.updates.get(i)).copied()
    };
    !uses.is_empty() && uses.iter().all(|u| update(u) == Some(Update::Live))
}

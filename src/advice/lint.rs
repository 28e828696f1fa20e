//! One workload that something is said of, and what all lints ask of it.

use crate::advice::caret;
use crate::advice::near::Nearby;
use crate::decide::action::{Action, Skip};
use crate::decide::candidate::ConfigId;
use crate::decide::stamp::{Decided, Decider};
use crate::finding::{Finding, Problem};
use crate::kube::annotation::Annotation;
use crate::kube::config_kind::ConfigKind;
use crate::settings::Settings;
use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;

/// Names of configs that a workload refers to.
type Names<'f> = BTreeMap<&'f str, Referred>;

/// What is known of such a name.
#[derive(Clone, Copy)]
pub(super) struct Referred {
    /// A reference to it counts.
    pub(super) counts: bool,
    /// The config that has it.
    pub(super) config: Option<ConfigId>,
}

/// One workload that something is said of.
pub(super) struct Lint<'l, 'f> {
    pub(super) decider: &'l Decider<'f>,
    pub(super) decided: &'l Decided<'f>,
    pub(super) near: &'l Nearby<'l, 'f>,
    /// The source of the workload.
    pub(super) text: &'l str,
    names: OnceCell<[Names<'f>; ConfigKind::ALL.len()]>,
    carets: RefCell<caret::Entries>,
}

impl<'l, 'f> Lint<'l, 'f> {
    pub(super) fn new(
        decider: &'l Decider<'f>,
        decided: &'l Decided<'f>,
        near: &'l Nearby<'l, 'f>,
        text: &'l str,
    ) -> Self {
        Self { decider, decided, near, text, names: OnceCell::new(), carets: RefCell::default() }
    }

    /// The configs of a type that the workload refers to by name.
    pub(super) fn names(&self, kind: ConfigKind) -> &Names<'f> {
        let names = self.names.get_or_init(|| {
            let mut names = ConfigKind::ALL.map(|_| BTreeMap::new());
            for (reference, used) in self.decided.workload.references.iter().zip(&self.decided.decision.uses) {
                let (kind, name) = (reference.kind, reference.name.raw());
                let new =
                    || Referred { counts: false, config: self.decider.configs.exact(kind, self.decided.home, name) };
                names[kind as usize].entry(name).or_insert_with(new).counts |= used.counted;
            }
            names
        });
        &names[kind as usize]
    }

    pub(super) fn settings(&self) -> &Settings {
        self.decider.settings
    }

    pub(super) fn is_patch(&self) -> bool {
        self.decided.decision.action == Action::Skip(Skip::Patch)
    }

    /// Whether the annotations are those of a Rollout that count for another workload of the set, where they are looked at.
    pub(super) fn is_read_elsewhere(&self) -> bool {
        let workload = self.decided.workload;
        let target = workload.workload_ref().filter(|_| workload.site.is_none());
        target.is_some_and(|t| self.decider.target(workload, t).is_some())
    }
}

impl Lint<'_, '_> {
    /// A problem of an entry of a list.
    pub(super) fn at_entry(&self, list: &Annotation, entry: &str, problem: Problem) -> Finding {
        let own = list.location.source == self.decided.workload.object.source();
        let caret = own.then(|| self.carets.borrow_mut().find(self.text, &list.location.range, entry)).flatten();
        at(list, problem).under(caret)
    }
}

/// A problem at an annotation.
pub(super) fn at(annotation: &Annotation, problem: Problem) -> Finding {
    Finding::new(problem).at_location(annotation.location.clone())
}

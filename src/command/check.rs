//! `check`: are all stamps current? Its findings stand in place of those that `stamp` has about its own edits. Or, with
//! `--references`: is all there that workloads refer to?

use crate::advice::stamps;
use crate::command::report::summary;
use crate::command::transformed::Transformed;
use crate::command::{Run, Status, diff};
use crate::facts::Keep;
use crate::finding::Severity;
use crate::input::Set;
use crate::output::findings::Summary;
use crate::settings::Settings;

impl Run<'_, '_> {
    pub(super) fn check(&mut self, sets: Vec<Set>, diff: bool, settings: &Settings) -> anyhow::Result<Status> {
        let mut sets = self.transformed(sets, settings, Keep::Stamps);
        if diff {
            for Transformed { set, outcome } in &sets {
                self.print([diff::diff(&set.sources, outcome)])?;
            }
        }
        checked(&mut sets, settings);
        self.require_objects(&mut sets, Severity::Error);
        let status = self.show_findings(&sets, summary(&sets).for_check());
        self.give_up(sets);
        status
    }

    /// Missing configs and keys of all workloads, selected or not, and nothing else.
    pub(super) fn check_references(&mut self, sets: Vec<Set>, settings: &Settings) -> anyhow::Result<Status> {
        let (mut sets, counts): (Vec<_>, Vec<_>) =
            sets.into_iter().map(|set| Transformed::references(set, settings)).unzip();
        self.require_objects(&mut sets, Severity::Error);
        let summary = Summary { references: Some(counts.iter().sum()), ..summary(&sets) };
        let status = self.show_findings(&sets, summary.for_check());
        self.give_up(sets);
        status
    }
}

/// Puts the findings of a check in place of those about edits.
pub(super) fn checked(sets: &mut [Transformed], settings: &Settings) {
    let all = stamps::removes_all(sets.iter().map(|done| &done.outcome), settings).is_some();
    for done in sets {
        done.outcome.findings = stamps::checked(&done.outcome, all);
    }
}

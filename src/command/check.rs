//! `check`: are all stamps current? Its findings stand in place of those that `stamp` has about its own edits. Or, with
//! `--references`: is all there that workloads refer to?

use crate::advice::stamps;
use crate::command::report::summary;
use crate::command::transformed::Transformed;
use crate::command::{Run, Status, diff};
use crate::facts::Keep;
use crate::finding::Severity;
use crate::output::findings::{FORMATS, Summary};
use crate::settings::Settings;
use std::path::PathBuf;

impl Run<'_, '_> {
    pub(super) fn check(&mut self, paths: &[PathBuf], diff: bool, settings: &Settings) -> anyhow::Result<Status> {
        let mut sets = self.sets(paths, settings, Keep::Stamps);
        for Transformed { set, outcome } in &mut sets {
            if diff {
                self.print([diff::diff(&set.sources, outcome)])?;
            }
            outcome.findings = stamps::checked(outcome);
        }
        self.require_objects(&mut sets, Severity::Error);
        let report = self.report(&sets, summary(&sets).for_check());
        self.show(FORMATS, &report)?;
        Ok(self.status(&sets))
    }

    /// Missing configs and keys of all workloads, selected or not, and nothing else.
    pub(super) fn check_references(&mut self, paths: &[PathBuf], settings: &Settings) -> anyhow::Result<Status> {
        let [sets] = self.read([paths]);
        let (mut sets, counts): (Vec<_>, Vec<_>) =
            sets.into_iter().map(|set| Transformed::references(set, settings)).unzip();
        self.require_objects(&mut sets, Severity::Error);
        let summary = Summary { references: Some(counts.iter().sum()), ..summary(&sets) };
        let report = self.report(&sets, summary.for_check());
        self.show(FORMATS, &report)?;
        Ok(self.status(&sets))
    }
}

//! `check`: are all stamps current? Its findings stand in place of those that `stamp` has about its own edits.

use crate::advice::stamps;
use crate::command::report::summary;
use crate::command::transformed::Transformed;
use crate::command::{Run, Status, diff};
use crate::facts::Keep;
use crate::finding::Severity;
use crate::output::findings::FORMATS;
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
}

//! `check`: are all stamps current? Its findings stand in place of those that `stamp` has about its own edits.

use crate::advice::stamps;
use crate::command::{Run, Status, diff};
use crate::facts::Keep;
use crate::settings::Settings;
use std::path::PathBuf;

impl Run<'_, '_> {
    pub(super) fn check(&mut self, paths: &[PathBuf], diff: bool, settings: &Settings) -> anyhow::Result<Status> {
        let mut sets = self.sets(paths, settings, Keep::Stamps);
        let shown = if diff {
            sets.iter().map(|done| diff::diff(&done.set.sources, &done.outcome)).collect()
        } else {
            String::new()
        };
        for done in &mut sets {
            done.outcome.findings = stamps::checked(&done.outcome);
        }
        self.report_check(&sets, &shown)
    }
}

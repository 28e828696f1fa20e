//! `explain`: per workload what it refers to, what counts and why.

use crate::command::{Run, Status};
use crate::explain::{self, Query};
use crate::facts::Keep;
use crate::finding::Severity;
use crate::output::explain::FORMATS;
use crate::output::kinds;
use crate::settings::Settings;
use std::path::PathBuf;

impl Run<'_, '_> {
    /// The table of kinds.
    pub(super) fn explain_kinds(&mut self) -> anyhow::Result<Status> {
        self.show(kinds::FORMATS, &explain::kinds::kinds())
    }

    pub(super) fn explain(
        &mut self,
        paths: &[PathBuf],
        query: &Query<'_>,
        settings: &Settings,
    ) -> anyhow::Result<Status> {
        let mut sets = self.sets(paths, settings, Keep::All);
        self.require_objects(&mut sets, Severity::Warning);
        let status = self.say_errors(&sets, true);
        let outcomes: Vec<_> = sets.iter().map(|done| (&done.set.sources[..], &done.outcome)).collect();
        let explanation = explain::explain(&outcomes, settings, query).map_err(anyhow::Error::msg)?;
        self.show(FORMATS, &explanation)?;
        Ok(status)
    }
}

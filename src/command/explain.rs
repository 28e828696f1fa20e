//! `explain`: per workload what it refers to, what counts and why.

use crate::command::report::summary;
use crate::command::{Run, Status};
use crate::explain::{self, Query};
use crate::facts::Keep;
use crate::finding::Severity;
use crate::input::Set;
use crate::output::explain::FORMATS;
use crate::output::kinds;
use crate::settings::Settings;

impl Run<'_, '_> {
    /// The table of kinds.
    pub(super) fn explain_kinds(&mut self) -> anyhow::Result<Status> {
        self.show(kinds::FORMATS, &explain::kinds::kinds())
    }

    pub(super) fn explain(&mut self, sets: Vec<Set>, query: &Query<'_>, settings: &Settings) -> anyhow::Result<Status> {
        let mut sets = self.transformed(sets, settings, Keep::Rollouts);
        self.require_objects(&mut sets, Severity::Warning);
        self.record(&sets, summary(&sets))?;
        let status = self.say_errors(&sets, true);
        let outcomes: Vec<_> = sets.iter().map(|done| (&done.set.sources[..], &done.outcome)).collect();
        let explanation = explain::explain(&outcomes, settings, query).map_err(anyhow::Error::msg)?;
        self.show(FORMATS, &explanation)?;
        self.give_up((explanation, sets));
        Ok(status)
    }
}

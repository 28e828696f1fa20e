//! `explain`: per workload what it refers to, what counts and why.

use crate::command::cli::Format;
use crate::command::{Run, Status};
use crate::explain::{self, Query};
use crate::settings::Settings;
use crate::transform::Detail;
use std::path::PathBuf;

impl Run<'_, '_> {
    pub(super) fn explain(
        &mut self,
        paths: &[PathBuf],
        query: &Query<'_>,
        settings: &Settings,
    ) -> anyhow::Result<Status> {
        let sets = self.sets(paths, settings, Detail::Values);
        let status = self.say_errors(&sets);
        let outcomes: Vec<_> = sets.iter().map(|done| (&done.set.sources[..], &done.outcome)).collect();
        let explanation = explain::explain(&outcomes, settings, query).map_err(anyhow::Error::msg)?;
        let text = match self.cli.output.format {
            Format::Json => explanation.json(),
            Format::Mermaid => explanation.mermaid(),
            // No other gets here.
            _ => explanation.text(self.plain_look()),
        };
        self.print([text.as_bytes()])?;
        Ok(status)
    }
}

//! `plan`: what rolls between two renderings, and why.

use crate::command::cli::Format;
use crate::command::set::{Transformed, transformed};
use crate::command::{Run, Status};
use crate::plan::{self, Side};
use crate::settings::Settings;
use crate::transform::Detail;
use std::path::Path;

impl Run<'_, '_> {
    pub(super) fn plan(
        &mut self,
        old: &Path,
        new: &Path,
        exit_code: bool,
        settings: &Settings,
    ) -> anyhow::Result<Status> {
        let supply = self.supply();
        let [old, new] = [old, new].map(|path| {
            let sets = self.read(&[path.to_owned()], supply.as_ref());
            transformed(sets, supply.as_ref(), settings, Detail::Values)
        });
        // A plan of half the manifests would be a wrong one.
        if [&old, &new].map(|sets| self.say_errors(sets)).contains(&Status::Error) {
            return Ok(Status::Error);
        }
        let plan = plan::plan(&sides(&old), &sides(&new), settings);
        let text = match self.cli.output.format {
            Format::Json => plan.json(),
            Format::Markdown => plan.markdown(),
            // No other gets here.
            _ => plan.text(self.plain_look()),
        };
        self.print([text.as_bytes()])?;
        Ok(if exit_code && plan.rolls() { Status::Failed } else { Status::Done })
    }
}

/// The sets of a rendering, to be compared.
fn sides(sets: &[Transformed]) -> Vec<Side<'_>> {
    sets.iter().map(|done| Side { sources: &done.set.sources, outcome: &done.outcome }).collect()
}

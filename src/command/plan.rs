//! `plan`: what rolls between two renderings, and why.

use crate::command::transformed::{Transformed, transformed};
use crate::command::{Run, Status};
use crate::facts::Keep;
use crate::output::plan::FORMATS;
use crate::plan::{self, Side};
use crate::settings::Settings;
use std::path::PathBuf;
use std::slice;

impl Run<'_, '_> {
    pub(super) fn plan(
        &mut self,
        old: &PathBuf,
        new: &PathBuf,
        exit_code: bool,
        settings: &Settings,
    ) -> anyhow::Result<Status> {
        let read = self.read([old, new].map(slice::from_ref));
        let [old, new] = read.map(|sets| transformed(sets, settings, Keep::All));
        // A plan of half the manifests would be a wrong one.
        if [&old, &new].map(|sets| self.say_errors(sets)).contains(&Status::Error) {
            return Ok(Status::Error);
        }
        let plan = plan::plan(&sides(&old), &sides(&new), settings);
        self.show(FORMATS, &plan)?;
        Ok(if exit_code && plan.rolls() { Status::Failed } else { Status::Done })
    }
}

/// The sets of a rendering, to be compared.
fn sides(sets: &[Transformed]) -> Vec<Side<'_>> {
    sets.iter().map(|done| Side { sources: &done.set.sources, outcome: &done.outcome }).collect()
}

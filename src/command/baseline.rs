//! `baseline`: the settings in force with the stamps that are due now, which a workload may then lack.
//!
//! Takes what was decided, gives settings: printed, or put into the settings file. Writes no manifest.

use crate::command::write::{self, Change};
use crate::command::{Run, Status, settings};
use crate::decide::action::Action;
use crate::facts::Keep;
use crate::finding::Severity;
use crate::input::Set;
use crate::settings::{FILE, Settings};
use anyhow::Context as _;
use std::collections::BTreeSet;
use std::path::PathBuf;

impl Run<'_, '_> {
    pub(super) fn baseline(&mut self, sets: Vec<Set>, write: bool, given: &Settings) -> anyhow::Result<Status> {
        let mut sets = self.transformed(sets, given, Keep::Stamps);
        self.require_objects(&mut sets, Severity::Error);
        let decisions = sets.iter().flat_map(|done| &done.outcome.decisions);
        // A plain hash of what has a keyed one would undo what the key is for.
        let due = decisions
            .filter(|d| d.action.skip().is_none() && d.action != Action::OtherKey)
            .filter_map(|d| d.stamp.clone());
        let baseline: BTreeSet<String> = due.collect();
        let stamps = baseline.len();
        let gone = given.baseline.iter().filter(|stamp| !baseline.contains(*stamp)).count();
        let wanted = Settings { baseline: baseline.into_iter().collect(), ..given.clone() };
        if self.status(&sets) != Status::Done {
            return self.say_with(&sets, |summary| summary.baseline = Some((0, None, 0)));
        }
        let file = match write {
            true => Some(self.write_settings(&wanted)?.display().to_string()),
            false => None,
        };
        if file.is_none() {
            let json = self.cli.output.format == "json";
            self.print([if json { wanted.to_json() } else { wanted.to_yaml() }])?;
        }
        self.say_with(&sets, |summary| summary.baseline = Some((stamps, file, gone)))
    }

    /// Puts settings into the file that they come from; into a new one if there is none.
    fn write_settings(&self, wanted: &Settings) -> anyhow::Result<PathBuf> {
        write::possible()?;
        let given = self.cli.settings.config.clone();
        let found = given.clone().or_else(settings::file);
        let Some(path) = found else {
            let path = PathBuf::from(FILE);
            std::fs::write(&path, wanted.to_yaml()).with_context(|| format!("cannot write {FILE}"))?;
            return Ok(path);
        };
        let name = path.display();
        anyhow::ensure!(
            given.is_some() || self.reads_file(),
            "{name} was not read for this input: name it with --config to write into it"
        );
        let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {name}"))?;
        let new = wanted.put_into(&text);
        let new =
            new.with_context(|| format!("{name} cannot be changed as it is written: take what `baseline` prints"))?;
        if new != text {
            let real = std::fs::canonicalize(&path).with_context(|| format!("cannot write {name}"))?;
            write::clean(std::iter::once(&*real))?;
            write::write_all(&[Change { path: &path, real: &real, old: &text, new: vec![(&*new).into()] }])?;
        }
        Ok(path)
    }
}

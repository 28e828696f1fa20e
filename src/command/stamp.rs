//! `stamp`: stamped manifests, printed as one stream or written back into their files.

use crate::command::transformed::{Transformed, edited, transformed};
use crate::command::write::{self, Change};
use crate::command::{Run, Status, join};
use crate::edit;
use crate::facts::Keep;
use crate::finding::Severity;
use crate::outcome::Outcome;
use crate::settings::Settings;
use crate::text::source::SourceId;
use std::path::PathBuf;

impl Run<'_, '_> {
    pub(super) fn stamp_stream(&mut self, paths: &[PathBuf], settings: &Settings) -> anyhow::Result<Status> {
        let [mut sets] = self.read([paths]);
        join::end_lines(&mut sets);
        let mut sets = transformed(sets, settings, Keep::Stamps);
        self.require_objects(&mut sets, Severity::Warning);
        join::refuse(&mut sets);
        if self.status(&sets) == Status::Done {
            join::write(&sets, self.io.stdout)?;
        }
        Ok(self.say(&sets, None))
    }

    pub(super) fn stamp_files(&mut self, paths: &[PathBuf], settings: &Settings) -> anyhow::Result<Status> {
        let mut sets = self.sets(paths, settings, Keep::Stamps);
        write::clean(sets.iter().flat_map(|done| done.set.files.iter().flatten()).map(|file| &*file.real))?;
        self.require_objects(&mut sets, Severity::Warning);
        let written = if self.status(&sets) == Status::Done { Some(write_back(&sets)?) } else { None };
        Ok(self.say(&sets, written))
    }
}

/// Writes the changed files of all sets, all or none; gives how many.
fn write_back(sets: &[Transformed]) -> anyhow::Result<usize> {
    let mut changes = Vec::new();
    for Transformed { set, outcome: Outcome { edits, .. } } in sets {
        for ((id, source), file) in SourceId::each(&set.sources).zip(&set.files) {
            if let Some(file) = file
                && !edit::of_source(edits, id).is_empty()
            {
                let new = edited(source, id, edits)?;
                changes.push(Change { path: &file.path, real: &file.real, old: &source.text, new });
            }
        }
    }
    write::write_all(&changes)
}

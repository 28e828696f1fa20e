//! `stamp`: stamped manifests, printed as one stream or written back into their files.

use crate::command::set::{Transformed, transformed};
use crate::command::{Run, Status, join, write};
use crate::edit;
use crate::facts::Keep;
use crate::settings::Settings;
use crate::text::source::SourceId;
use std::path::{Path, PathBuf};

impl Run<'_, '_> {
    pub(super) fn stamp_stream(&mut self, paths: &[PathBuf], settings: &Settings) -> anyhow::Result<Status> {
        let supply = self.supply();
        let mut sets = self.read(paths, supply.as_ref());
        join::end_lines(&mut sets);
        let sets = transformed(sets, supply.as_ref(), settings, Keep::Stamps);
        if self.status(&sets) == Status::Done {
            join::write(&sets, self.io.stdout)?;
        }
        Ok(self.say(&sets, None))
    }

    pub(super) fn stamp_files(&mut self, paths: &[PathBuf], settings: &Settings) -> anyhow::Result<Status> {
        let sets = self.sets(paths, settings, Keep::Stamps);
        let written = if self.status(&sets) == Status::Done { Some(write_back(&sets)?) } else { None };
        Ok(self.say(&sets, written))
    }
}

/// Writes the changed files of all sets, all or none; gives how many.
fn write_back(sets: &[Transformed]) -> anyhow::Result<usize> {
    let mut files: Vec<(&Path, Vec<&[u8]>)> = Vec::new();
    for Transformed { set, outcome } in sets {
        for ((index, source), file) in SourceId::each(&set.sources).zip(&set.files) {
            let Some(file) = file.as_ref().filter(|_| !edit::of_source(&outcome.edits, index).is_empty()) else {
                continue;
            };
            let parts = edit::apply(source, index, &outcome.edits)
                .map_err(|_| anyhow::anyhow!("edits overlap in {}", file.path.display()))?;
            files.push((&file.path, parts.into_iter().map(str::as_bytes).collect()));
        }
    }
    let count = files.len();
    write::write_all(files)?;
    Ok(count)
}

//! `stamp`: stamped manifests, printed as one stream or written back into their files.

use crate::advice::stamps;
use crate::command::transformed::{Transformed, edited, stamped, unstamped};
use crate::command::write::{self, Change};
use crate::command::{Run, Status, join};
use crate::edit;
use crate::facts::Keep;
use crate::finding::{Finding, Problem, Severity};
use crate::input::Set;
use crate::outcome::Outcome;
use crate::settings::Settings;
use crate::text::source::SourceId;

impl Run<'_, '_> {
    /// Prints sets with the stamps that `becomes` gives them, or without.
    pub(super) fn stamp_stream(
        &mut self,
        mut sets: Vec<Set>,
        settings: &Settings,
        becomes: fn(Vec<Set>, &Settings, Keep) -> Vec<Transformed>,
    ) -> anyhow::Result<Status> {
        join::end_lines(&mut sets);
        let shown = self.progress("deciding");
        let mut sets = becomes(sets, settings, self.keep());
        drop(shown);
        self.require_objects(&mut sets, Severity::Warning);
        join::refuse(&mut sets);
        if self.status(&sets) == Status::Done {
            join::write(&sets, self.io.stdout)?;
        }
        let status = self.say(&sets, None);
        self.give_up(sets);
        status
    }

    pub(super) fn stamp_files(&mut self, sets: Vec<Set>, settings: &Settings) -> anyhow::Result<Status> {
        let mut sets = stamped(sets, settings, self.keep());
        let all = stamps::removes_all(sets.iter().map(|done| &done.outcome), settings);
        if let Some(stamps) = all {
            // None of them goes.
            let said = |finding: &Finding| !matches!(finding.problem, Problem::StampRemoved { .. });
            sets.iter_mut().for_each(|done| done.outcome.findings.retain(said));
            if let Some(first) = sets.first_mut() {
                first.outcome.findings.push(Finding::new(Problem::RemovesAll { stamps }));
            }
        }
        self.write_sets(sets)
    }

    pub(super) fn unstamp_files(&mut self, sets: Vec<Set>, settings: &Settings) -> anyhow::Result<Status> {
        self.write_sets(unstamped(sets, settings, self.keep()))
    }

    fn write_sets(&mut self, mut sets: Vec<Transformed>) -> anyhow::Result<Status> {
        write::possible()?;
        write::clean(sets.iter().flat_map(|done| done.set.files.iter().flatten()).map(|file| &*file.real))?;
        self.require_objects(&mut sets, Severity::Warning);
        let written = if self.status(&sets) == Status::Done { Some(write_back(&sets)?) } else { None };
        let status = self.say(&sets, written);
        self.give_up(sets);
        status
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
                let new = edited(source, id, edits)?.collect();
                changes.push(Change { path: &file.path, real: &file.real, old: &source.text, new });
            }
        }
    }
    write::write_all(&changes)
}

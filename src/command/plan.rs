//! `plan`: what rolls between two renderings, and why.

use crate::command::transformed::{Transformed, transformed};
use crate::command::{Run, Status};
use crate::facts::Keep;
use crate::finding::Severity;
use crate::input::Set;
use crate::output::findings::Summary;
use crate::output::plan::FORMATS;
use crate::plan::{self, Note, Side, Sides};
use crate::settings::Settings;
use crate::text::many;
use std::collections::BTreeMap;
use std::path::Path;

/// Sides of more bytes are looked at at the same time.
const LARGE: usize = 1 << 20;

/// What the flags of `plan` ask for.
#[derive(Clone, Copy)]
pub(super) struct How {
    pub(super) as_written: bool,
    pub(super) exit_code: bool,
}

impl Run<'_, '_> {
    /// Compares two renderings, of which the second one lies at `new`.
    pub(super) fn plan(
        &mut self,
        read: [Vec<Set>; 2],
        new: &Path,
        how: How,
        settings: &Settings,
    ) -> anyhow::Result<Status> {
        let path = new;
        // What kubectl merged is applied as it is, and nothing stamps it before.
        let as_written = how.as_written || read.iter().flatten().any(|set| set.of_kubectl);
        let shown = self.progress("deciding");
        let bytes: usize = read.iter().flatten().flat_map(|set| &set.sources).map(|source| source.text.len()).sum();
        let [old, new] = read.map(|sets| || transformed(sets, settings, Keep::Rollouts));
        let (mut old, mut new) = many::both(bytes > LARGE, old, new);
        drop(shown);
        anyhow::ensure!(!new.is_empty(), "no subfolder of {} holds a manifest", path.display());
        self.require_objects(&mut old, Severity::Warning);
        self.require_objects(&mut new, Severity::Error);
        // A plan of half the manifests would be a wrong one.
        if [&old, &new].map(|sets| self.say_errors(sets, self.cli.output.verbose)).contains(&Status::Error) {
            self.record(old.iter().chain(&new), Summary::default())?;
            return Ok(Status::Error);
        }
        let shown = self.progress("comparing");
        let mut plan = plan::plan(paired(&old, &new), as_written, settings);
        drop(shown);
        plan.notes.extend(not_read("OLD", &old));
        plan.notes.extend(not_read("NEW", &new));
        let mut report = self.report(old.iter().chain(&new), Summary::default());
        let guarded = plan.findings.iter().map(|guarded| &guarded.finding);
        report.sets.last_mut().into_iter().for_each(|set| set.findings.extend(guarded.clone()));
        self.record_report(report)?;
        self.show(FORMATS, &plan)?;
        let fails = how.exit_code && plan.rolls() || !plan.findings.is_empty();
        self.give_up((plan, old, new));
        Ok(if fails { Status::Failed } else { Status::Done })
    }
}

/// The note about what of a side was not read: who looks at the plan sees no other message.
fn not_read(side: &str, sets: &[Transformed]) -> Option<Note> {
    let trees = || sets.iter().flat_map(|done| &done.set.skipped);
    let (n, files) = (trees().count(), trees().map(|tree| tree.files.len()).sum::<usize>());
    let [s, of_files] = [n, files].map(|n| if n == 1 { "" } else { "s" });
    let text = format!(
        "not read in {side}: {n} kustomization{s} or chart{s} with {files} file{of_files}; \
         compare what they build (-v names them)"
    );
    (n > 0).then_some(Note { id: "not-read", text })
}

/// The sets of two sides by their names, in the order of these.
fn paired<'s>(old: &'s [Transformed], new: &'s [Transformed]) -> Vec<Sides<'s>> {
    let mut pairs: BTreeMap<&Option<String>, [Option<Side<'s>>; 2]> = BTreeMap::new();
    for (which, sets) in [old, new].into_iter().enumerate() {
        for Transformed { set, outcome } in sets {
            pairs.entry(&set.name).or_default()[which] = Some(Side { sources: &set.sources, outcome });
        }
    }
    pairs.into_iter().map(|(name, [old, new])| Sides { label: name.clone(), old, new }).collect()
}

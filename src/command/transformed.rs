//! What all commands read: the sets of the paths, and what the core makes of each set.

use crate::advice::stamps;
use crate::command::Run;
use crate::command::cli::InputFlags;
use crate::command::progress::Progress;
use crate::edit::{self, Edit};
use crate::facts::{self, Keep};
use crate::finding::{Finding, Problem, Severity};
use crate::input::walk::Scope;
use crate::input::{self, Set};
use crate::outcome::Outcome;
use crate::output::findings::ReportSet;
use crate::settings::Settings;
use crate::text::source::{Source, SourceId};
use crate::transform;
use std::borrow::Cow;
use std::cell::LazyCell;
use std::path::PathBuf;

/// A set that went through the core.
#[derive(Debug)]
pub(crate) struct Transformed {
    pub(crate) set: Set,
    pub(crate) outcome: Outcome,
}

impl Transformed {
    /// Puts a set through the core.
    pub(crate) fn new(set: Set, settings: &Settings, keep: Keep) -> Self {
        let mut outcome = transform::decide(&set.sources, settings, keep);
        point_at_skipped_trees(&set, &mut outcome.findings);
        Self { set, outcome }
    }

    /// Looks up what the workloads of a set refer to; gives how many references those are too.
    pub(crate) fn references(set: Set, settings: &Settings) -> (Self, usize) {
        let (mut outcome, count) = transform::references(&set.sources, settings);
        point_at_skipped_trees(&set, &mut outcome.findings);
        (Self { set, outcome }, count)
    }

    /// A set whose settings cannot be used: nothing is done with it. Its Secrets stay hidden all the same.
    pub(crate) fn refused(set: Set, finding: Finding) -> Self {
        let facts = facts::read(&set.sources, &Settings::default(), Keep::Stamps);
        Self { set, outcome: Outcome { findings: vec![finding], facts, ..Outcome::default() } }
    }

    /// The findings of the run and of reading.
    pub(crate) fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.outcome.findings.iter().chain(&self.set.findings)
    }

    /// The same for a report.
    pub(crate) fn as_report(&self) -> ReportSet<'_> {
        ReportSet { sources: &self.set.sources, findings: self.findings().collect(), outcome: &self.outcome }
    }

    /// Whether one of them is an error.
    pub(crate) fn has_errors(&self) -> bool {
        self.findings().any(|finding| finding.severity == Severity::Error)
    }
}

/// A missing config may be in a source tree that was skipped.
fn point_at_skipped_trees(set: &Set, findings: &mut [Finding]) {
    // What was skipped is only read if it may explain something.
    let trees = LazyCell::new(|| set.skipped.iter().map(|tree| (tree, tree.configs())).collect::<Vec<_>>());
    for finding in findings {
        let Problem::MissingConfig { kind, name, .. } = &finding.problem else { continue };
        let config = (*kind, name.raw().to_owned());
        if let Some((tree, _)) = trees.iter().find(|(_, configs)| configs.contains(&config)) {
            finding.hint(tree.near());
        }
    }
}

impl Run<'_, '_> {
    /// Reads the sets of each list of paths, and gives them what `--config-from` names.
    pub(super) fn read<const N: usize>(&mut self, lists: [&[PathBuf]; N]) -> [Vec<Set>; N] {
        let _shown = self.progress("reading");
        let supply = self.supply();
        let scope = scope(&self.cli.input);
        let mut lists = lists.map(|paths| input::sets(paths, scope, self.io.stdin));
        supplied(supply, lists.iter_mut().flatten());
        lists
    }

    /// Says of a run in whose input there is no Kubernetes object that this is so; nothing if something else is wrong.
    pub(super) fn require_objects(&self, sets: &mut [Transformed], severity: Severity) {
        if !self.cli.input.allow_empty {
            require_objects(sets, severity);
        }
    }

    /// Reads the direct subfolders of some folders as sets that have names.
    pub(super) fn read_each<const N: usize>(&mut self, folders: [&PathBuf; N]) -> anyhow::Result<[Vec<Set>; N]> {
        for folder in folders {
            anyhow::ensure!(folder.is_dir(), "--each goes with folders, and {} is none", folder.display());
        }
        let _shown = self.progress("reading");
        let supply = self.supply();
        let mut sets = folders.map(|folder| input::each(folder, scope(&self.cli.input)));
        supplied(supply, sets.iter_mut().flatten());
        Ok(sets)
    }

    /// A line for what takes long, until it is dropped: before anything is said.
    pub(super) fn progress(&self, what: &'static str) -> Progress {
        Progress::start(self.io.progress && !self.cli.output.quiet, what)
    }

    fn supply(&mut self) -> Set {
        let flags = &self.cli.input;
        input::config_from(&flags.config_from, scope(flags), self.io.stdin)
    }

    /// Transforms sets one after the other.
    pub(super) fn transformed(&self, sets: Vec<Set>, settings: &Settings, keep: Keep) -> Vec<Transformed> {
        let _shown = self.progress("deciding");
        transformed(sets, settings, keep)
    }
}

/// The same whatever the flags say.
pub(super) fn require_objects(sets: &mut [Transformed], severity: Severity) {
    let has_objects = |done: &Transformed| done.outcome.facts.has_objects && !done.set.is_kustomization();
    let told = |done: &Transformed| done.set.of_kubectl || has_objects(done) || done.has_errors();
    if sets.iter().any(told) {
        return;
    }
    if let Some(first) = sets.first_mut() {
        let finding = first.set.without_objects();
        first.set.findings.push(Finding { severity, ..finding });
    }
}

fn scope(flags: &InputFlags) -> Scope<'_> {
    Scope { include: &flags.include, exclude: &flags.exclude, follow_links: flags.follow_links }
}

/// Lets what `--config-from` names count in all sets. What was wrong with that is said once, with the first set.
fn supplied<'s>(supply: Set, sets: impl Iterator<Item = &'s mut Set>) {
    let mut findings = Some(supply.findings.clone());
    for set in sets {
        set.supply(&supply);
        set.findings.extend(findings.take().into_iter().flatten());
    }
}

/// Stamps sets.
pub(crate) fn stamped(sets: Vec<Set>, settings: &Settings, keep: Keep) -> Vec<Transformed> {
    transformed(sets, settings, keep)
}

/// Takes the stamps out of sets, and says what follows.
pub(crate) fn unstamped(sets: Vec<Set>, settings: &Settings, keep: Keep) -> Vec<Transformed> {
    let one = |set: Set| Transformed { outcome: transform::unstamp(&set.sources, settings, keep), set };
    let mut sets: Vec<_> = sets.into_iter().map(one).collect();
    let found = stamps::taken_out(sets.iter().map(|done| &done.outcome));
    if let Some(first) = sets.first_mut() {
        first.outcome.findings.extend(found);
    }
    sets
}

/// Transforms sets one after the other.
pub(crate) fn transformed(sets: Vec<Set>, settings: &Settings, keep: Keep) -> Vec<Transformed> {
    sets.into_iter().map(|set| Transformed::new(set, settings, keep)).collect()
}

/// The pieces of one source's text as it will be written.
pub(crate) fn edited<'s>(
    source: &'s Source,
    id: SourceId,
    edits: &'s [Edit],
) -> anyhow::Result<impl Iterator<Item = Cow<'s, str>>> {
    edit::apply(source, id, edits).map_err(|_| anyhow::anyhow!("edits overlap in {}", source.name))
}

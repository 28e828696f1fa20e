//! One set on its way through the program: what was read, what was decided, what is written back.

use crate::advice::missing::Elsewhere;
use crate::command::write;
use crate::decide::action::Action;
use crate::edit;
use crate::facts;
use crate::kube::config_kind::ConfigKind;
use crate::finding::{Finding, Id, Severity};
use crate::input::Set;
use crate::output::findings::Summary;
use crate::settings::Settings;
use crate::text::source::{Source, SourceId};
use crate::transform::{Detail, Outcome, Request};
use std::path::Path;

/// A set after its run.
pub(crate) struct Pass {
    /// Its inputs, whose texts have moved into `sources`, and the findings of reading.
    pub(crate) set: Set,
    pub(crate) sources: Vec<Source>,
    pub(crate) outcome: Outcome,
}

impl Pass {
    /// Transforms a set, with what `--config-from` supplies.
    pub(crate) fn new(mut set: Set, supply: Option<&Set>, settings: &Settings, detail: Detail) -> Self {
        if let Some(supply) = supply {
            set.supply(supply);
        }
        let sources = take_sources(&mut set);
        let request = |elsewhere: &[Elsewhere]| Request { sources: &sources, settings, elsewhere, detail }.run();
        let mut outcome = request(&[]);
        // What was skipped is only read if it may explain something.
        if !set.skipped.is_empty() && outcome.findings.iter().any(|f| f.id == Id::MissingConfig) {
            outcome = request(&elsewhere(&set));
        }
        Self { outcome, sources, set }
    }

    /// A set whose settings cannot be used: nothing is done with it. Its Secrets stay hidden all the same.
    pub(crate) fn refused(set: Set, finding: Finding) -> Self {
        let run = Self::new(set, None, &Settings::default(), Detail::Stamps);
        let outcome = Outcome { findings: vec![finding], opaque: run.outcome.opaque, ..Outcome::default() };
        Self { outcome, ..run }
    }

    /// The findings of reading and of the run.
    pub(crate) fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.outcome.findings.iter().chain(&self.set.findings)
    }

    /// Whether one of them forbids writing.
    pub(crate) fn has_errors(&self) -> bool {
        self.findings().any(|f| f.severity == Severity::Error)
    }
}

fn take_sources(set: &mut Set) -> Vec<Source> {
    let inputs = set.inputs.iter_mut();
    inputs.map(|i| std::mem::take(&mut i.source)).collect()
}

/// The configs that skipped source trees hold or generate.
fn elsewhere(set: &Set) -> Vec<Elsewhere> {
    let mut out = Vec::new();
    for tree in &set.skipped {
        // A file that cannot be read explains nothing.
        let texts = tree.files.iter().filter_map(|f| std::fs::read_to_string(f).ok());
        let sources: Vec<Source> = texts.map(|t| Source::new(tree.folder.as_str(), t)).collect();
        let facts = facts::read(&sources, &Settings::default(), false);
        let held = facts.configs.iter().map(|c| (c.kind, c.object.name.clone()));
        let generated = tree.generates.iter().filter_map(|g| {
            let (kind, name) = g.split_once('/')?;
            Some((ConfigKind::from_kind(kind)?, name.to_owned()))
        });
        out.extend(held.chain(generated).map(|(kind, name)| Elsewhere {
            kind,
            name,
            folder: tree.folder.clone(),
            command: tree.command.clone(),
        }));
    }
    out
}

/// Writes the changed files of all sets, all or none; gives how many.
pub(crate) fn write_back(passes: &[Pass]) -> anyhow::Result<usize> {
    let mut files: Vec<(&Path, Vec<&[u8]>)> = Vec::new();
    for pass in passes {
        for (index, input) in pass.set.inputs.iter().enumerate() {
            let index = SourceId(index);
            let Some(path) = input.file.as_deref() else {
                continue;
            };
            if edit::of_source(&pass.outcome.edits, index).is_empty() {
                continue;
            }
            let parts = edit::apply(&pass.sources[..][index], index, &pass.outcome.edits)
                .map_err(|_| anyhow::anyhow!("edits overlap in {}", path.display()))?;
            files.push((path, parts.into_iter().map(str::as_bytes).collect()));
        }
    }
    let count = files.len();
    write::write_all(files)?;
    Ok(count)
}

/// Counts what was decided.
pub(crate) fn summary(passes: &[Pass], written: Option<usize>) -> Summary {
    let count = |action: Action| {
        let actions = passes.iter().flat_map(|p| p.outcome.actions());
        actions.filter(|a| *a == action).count()
    };
    Summary {
        inserted: count(Action::Insert),
        replaced: count(Action::Replace),
        unchanged: count(Action::Current),
        removed: count(Action::Remove),
        kept: count(Action::CannotVerify),
        written,
        skipped_trees: passes.iter().map(|p| p.set.skipped.len()).sum(),
        check: false,
    }
}

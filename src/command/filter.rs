//! The filter: standard input → standard output, manifests or the ResourceList of a KRM function. As a validator it gives
//! back what it got, with what it found.

use crate::command::transformed::{Transformed, edited};
use crate::command::{Run, Status, check, help, settings};
use crate::edit::Edit;
use crate::facts::Keep;
use crate::finding::{Finding, Problem, Severity};
use crate::input::Set;
use crate::input::resource_list::{self, ResourceList};
use crate::settings::{Mode, Settings};
use crate::text::source::SourceId;
use std::borrow::Cow;
use std::slice;

/// The one source of the filter.
const STREAM: SourceId = SourceId(0);

/// A set that went through the core with its settings, if there are any; `keep` is for one that is not only checked.
fn transformed(
    set: Set,
    settings: Result<Settings, Box<Finding>>,
    checks: bool,
    keep: Keep,
) -> (Transformed, Option<Settings>) {
    match settings {
        Ok(settings) => {
            let keep = if checks || settings.mode == Mode::Check { Keep::Stamps } else { keep };
            (Transformed::new(set, &settings, keep), Some(settings))
        }
        Err(finding) => (Transformed::refused(set, *finding), None),
    }
}

/// A piece of a text as what it is written as.
fn bytes(piece: Cow<'_, str>) -> Cow<'_, [u8]> {
    match piece {
        Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
        Cow::Owned(text) => Cow::Owned(text.into_bytes()),
    }
}

impl Run<'_, '_> {
    pub(super) fn filter(&mut self) -> anyhow::Result<Status> {
        if self.io.stdin_is_terminal {
            write!(self.io.stderr, "{}", help::command().render_help())?;
            return Ok(Status::Error);
        }
        let [sets] = self.read([&["-".into()]]);
        let list = settings::only_list(&sets.iter().collect::<Vec<_>>(), !self.cli.input.no_fast_path);
        self.stream(sets, list.as_ref(), false)
    }

    /// Answers the one set of standard input, of which `list` may be all; `checks` whatever its settings say.
    pub(super) fn stream(
        &mut self,
        mut sets: Vec<Set>,
        list: Option<&ResourceList>,
        checks: bool,
    ) -> anyhow::Result<Status> {
        let set = sets.pop().unwrap_or_default();
        let settings = self.settings(&[&set], list);
        let (mut done, mut settings) = transformed(set, settings, checks, self.keep());
        let whole;
        let mut list = list;
        if let Some(parts) = list.and_then(|list| list.in_parts.as_ref())
            && !done.outcome.facts.in_parts.contains(&(STREAM, parts.start))
        {
            whole = settings::only_list(&[&done.set], false);
            list = whole.as_ref();
            (done, settings) = transformed(done.set, self.settings_with(list), checks, self.keep());
        }
        self.checks = checks || settings.as_ref().is_some_and(|settings| settings.mode == Mode::Check);
        if let Some(settings) = settings.filter(|_| self.checks) {
            done.outcome.edits.clear();
            check::checked(slice::from_mut(&mut done), &settings);
        }
        let severity = if self.checks { Severity::Error } else { Severity::Warning };
        if list.is_some_and(|list| list.only_config) {
            done.outcome.findings.push(Finding { severity, ..Finding::new(Problem::OnlyConfig {}) });
        }
        self.require_objects(slice::from_mut(&mut done), severity);
        let told = self.answer(&mut done, list)?;
        let sets = [done];
        let status = self.say_with(&sets, |summary| summary.told = told);
        self.give_up(sets);
        status
    }

    /// Prints the stream: with an error a list alone, and only its results are new. Whether the host shows these beside what
    /// is said on stderr.
    fn answer(&mut self, done: &mut Transformed, list: Option<&ResourceList>) -> anyhow::Result<bool> {
        let failed = self.status(slice::from_ref(done)) == Status::Error;
        let Some(source) = done.set.sources.first().filter(|_| !failed || list.is_some()) else {
            return Ok(false);
        };
        let outcome = &mut done.outcome;
        let mut edits: Vec<Edit> = if failed { Vec::new() } else { std::mem::take(&mut outcome.edits) };
        let mut told = false;
        if let Some(list) = list {
            let added = resource_list::add_results(list, source, &mut edits, &outcome.findings, &outcome.annotation);
            told = list.of_kpt && added.is_ok() && done.set.findings.is_empty();
            outcome.findings.extend(added.err().map(|finding| *finding));
        }
        self.print(edited(source, STREAM, &edits)?.map(bytes))?;
        // With the set they are given up.
        outcome.edits = edits;
        Ok(told)
    }
}

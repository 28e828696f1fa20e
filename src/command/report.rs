//! What a run says: findings and their summary, and the exit status that they mean.

use crate::command::cli::Command;
use crate::command::transformed::Transformed;
use crate::command::{Run, Status};
use crate::facts::Keep;
use crate::finding::{Finding, Id, Severity};
use crate::output::findings::{FORMATS, Report, Summary};
use crate::output::{self, Formats, Look};
use anyhow::Context as _;
use clap::ColorChoice;
use std::path::PathBuf;

/// Findings as text.
const TEXT: fn(&Report<'_>, Look) -> String = FORMATS[0].1;

impl Run<'_, '_> {
    /// Findings and summary on stderr; `written` is how many files were.
    pub(super) fn say(&mut self, sets: &[Transformed], written: Option<usize>) -> anyhow::Result<Status> {
        self.say_with(sets, |summary| summary.written = written)
    }

    /// The same with more in the summary.
    pub(super) fn say_with(&mut self, sets: &[Transformed], more: impl FnOnce(&mut Summary)) -> anyhow::Result<Status> {
        let unstamp = matches!(self.cli.command, Some(Command::Unstamp { .. }));
        let mut summary = Summary { check: self.checks, unstamp, ..summary(sets) };
        more(&mut summary);
        self.record(sets, summary.clone())?;
        let report = self.report(sets, summary);
        let text = self.writer(FORMATS)(&report, self.look(self.io.stderr_is_terminal));
        // A closed stderr is no reason to fail.
        let _ = self.io.stderr.write_all(text.as_bytes());
        Ok(self.status(sets))
    }

    /// The report of findings on stdout.
    pub(super) fn show_findings(&mut self, sets: &[Transformed], summary: Summary) -> anyhow::Result<Status> {
        self.record(sets, summary.clone())?;
        self.show(FORMATS, &self.report(sets, summary))?;
        Ok(self.status(sets))
    }

    /// How much is kept of what is stamped: reports for machines tell of each workload.
    pub(super) fn keep(&self) -> Keep {
        let is_text = self.cli.output.format == FORMATS[0].0 && self.findings_file().is_none();
        if is_text { Keep::Edits } else { Keep::Stamps }
    }

    /// Writes the findings into the file that was asked for, as JSON.
    pub(super) fn record<'a>(
        &self,
        sets: impl IntoIterator<Item = &'a Transformed>,
        summary: Summary,
    ) -> anyhow::Result<()> {
        self.record_report(self.report(sets, summary))
    }

    pub(super) fn record_report(&self, report: Report<'_>) -> anyhow::Result<()> {
        let Some(path) = self.findings_file() else { return Ok(()) };
        let report = Report { quiet: false, ..report };
        let text = output::writer(FORMATS, "json").map(|write| write(&report, self.look(false))).unwrap_or_default();
        std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
    }

    /// Fails where the findings cannot be written in the end.
    pub(super) fn try_findings_file(&self) -> anyhow::Result<()> {
        let Some(path) = self.findings_file() else { return Ok(()) };
        // Whoever reads a pipe would take this for its end.
        if std::fs::metadata(path).is_ok_and(|there| !there.is_file() && !there.is_dir()) {
            return Ok(());
        }
        let opened = std::fs::OpenOptions::new().create(true).append(true).open(path);
        opened.map(drop).with_context(|| format!("cannot write {}", path.display()))
    }

    /// Takes away what an earlier run has written, where this one cannot say what it found.
    pub(super) fn forget(&self) {
        if let Some(path) = self.findings_file() {
            let _ = std::fs::remove_file(path);
        }
    }

    /// Where the findings are written to. A function cannot be given flags; other commands in the same environment would
    /// overwrite what it wrote.
    fn findings_file(&self) -> Option<&PathBuf> {
        let by_environment = self.io.findings.as_ref().filter(|_| !self.reads_file());
        self.cli.output.findings.as_ref().or(by_environment)
    }

    /// Error findings, that there is no object, and if asked what was not read, on stderr, as text whatever the format.
    pub(super) fn say_errors(&mut self, sets: &[Transformed], not_read: bool) -> Status {
        let skipped_trees = summary(sets).skipped_trees;
        let mut report = self.report(sets, Summary { findings_only: true, skipped_trees, ..Summary::default() });
        for set in &mut report.sets {
            let said = |f: &&Finding| match f.id {
                Id::SourceTree => not_read,
                id => id == Id::NoObjects || f.severity == Severity::Error,
            };
            set.findings.retain(said);
        }
        if report.sets.iter().any(|set| !set.findings.is_empty()) {
            let text = TEXT(&report, self.look(self.io.stderr_is_terminal));
            let _ = self.io.stderr.write_all(text.as_bytes());
        }
        self.status(sets)
    }

    /// Prints what was worked out.
    pub(super) fn show<T, W: Copy + Fn(&T, Look) -> String>(
        &mut self,
        formats: Formats<W>,
        what: &T,
    ) -> anyhow::Result<Status> {
        let text = self.writer(formats)(what, self.look(self.io.stdout_is_terminal));
        self.print([text])
    }

    /// The exit status that the findings mean.
    pub(super) fn status(&self, sets: &[Transformed]) -> Status {
        let one = |finding: &Finding| match finding.severity {
            Severity::Error if self.checks && finding.id.fails_check() => Status::Failed,
            Severity::Error => Status::Error,
            Severity::Warning if self.is_strict() => Status::Failed,
            Severity::Warning | Severity::Info => Status::Done,
        };
        sets.iter().flat_map(Transformed::findings).map(one).max().unwrap_or(Status::Done)
    }

    fn is_strict(&self) -> bool {
        matches!(self.cli.command, Some(Command::Check { strict: true, .. }))
    }

    fn look(&self, terminal: bool) -> Look {
        let output = &self.cli.output;
        let color = match output.color {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => self.io.color.unwrap_or(terminal),
        };
        Look { color, verbose: output.verbose, width: self.io.width, terminal }
    }

    /// What writes the format that was asked for; text, the first one, where that is for something else.
    fn writer<W: Copy>(&self, formats: Formats<W>) -> W {
        output::writer(formats, &self.cli.output.format).unwrap_or(formats[0].1)
    }

    /// What there is to say about some sets.
    pub(super) fn report<'a>(&self, sets: impl IntoIterator<Item = &'a Transformed>, summary: Summary) -> Report<'a> {
        let output = &self.cli.output;
        Report {
            sets: sets.into_iter().map(Transformed::as_report).collect(),
            summary,
            strict: self.is_strict(),
            quiet: output.quiet,
            verbose: output.verbose,
        }
    }
}

/// Counts what was decided.
pub(super) fn summary(sets: &[Transformed]) -> Summary {
    let mut summary = Summary::default();
    for done in sets {
        summary.skipped_trees += done.set.skipped.len();
        summary.counts.append(done.outcome.counts);
    }
    summary
}

//! Arguments + streams → exit status. The only file that joins I/O to `transform`.

// The command line.
pub mod cli;

// What `check` says of a set.
pub(crate) mod check;

// Several stamped texts become one stream.
mod join;

// One set on its way through the program.
pub(crate) mod set;

// Changed texts go into their files, all or none.
mod write;

use crate::command::cli::{Cli, Command};
use crate::command::set::Pass;
use crate::edit::{self, Edit};
use crate::explain::{self, Query};
use crate::finding::{Finding, Id, Severity};
use crate::input::resource_list::{self, ResourceList};
use crate::input::walk::Globs;
use crate::input::{self, Set};
use crate::output::findings::{self, Report, ReportSet, Summary};
use crate::output::{self, Formats, Look};
use crate::plan::{self, Side};
use crate::settings::{Layer, Settings, SettingsError};
use crate::text::source::SourceId;
use crate::transform::Detail;
use anyhow::Context as _;
use clap::{ColorChoice, CommandFactory as _};
use std::ffi::OsString;
use std::io::{self, BufWriter, IsTerminal as _, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Pass, or up to date.
const DONE: u8 = 0;
/// `check` would change something, or its policy fails.
const FAILED: u8 = 1;
/// An error finding, or input that cannot be read.
const ERROR: u8 = 2;

/// The streams of a run and what is known of them.
pub struct Io<'a> {
    pub stdin: &'a mut dyn Read,
    pub stdout: &'a mut dyn Write,
    pub stderr: &'a mut dyn Write,
    /// Nothing is piped in.
    pub stdin_is_terminal: bool,
    pub stdout_is_terminal: bool,
    pub stderr_is_terminal: bool,
    /// The environment forbids colour (`NO_COLOR`).
    pub no_color: bool,
    /// Columns of the terminal.
    pub width: usize,
}

/// Runs the program on the process's own streams. `args` begins with the program's name.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let (stdin, stdout, stderr) = (io::stdin(), io::stdout(), io::stderr());
    let mut out = BufWriter::with_capacity(1 << 16, stdout.lock());
    let status = run_with(
        args,
        &mut Io {
            stdin_is_terminal: stdin.is_terminal(),
            stdout_is_terminal: stdout.is_terminal(),
            stderr_is_terminal: stderr.is_terminal(),
            stdin: &mut stdin.lock(),
            stdout: &mut out,
            stderr: &mut stderr.lock(),
            no_color: std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty()),
            width: width(),
        },
    );
    ExitCode::from(status)
}

/// What a command is called, and the formats that it can write.
fn formats(command: Option<&Command>) -> (&'static str, Vec<&'static str>) {
    match command {
        // What goes to stderr is text, or JSON.
        None => ("the filter", output::words(&findings::FORMATS[..2])),
        Some(Command::Stamp { .. }) => ("stamp", output::words(&findings::FORMATS[..2])),
        Some(Command::Check { .. }) => ("check", output::words(findings::FORMATS)),
        Some(Command::Explain { .. }) => ("explain", output::words(output::explain::FORMATS)),
        Some(Command::Plan { .. }) => ("plan", output::words(output::plan::FORMATS)),
        Some(Command::Completions { .. }) => ("completions", vec!["text"]),
        Some(Command::Man) => ("man", vec!["text"]),
    }
}

/// Columns to write for: what the shell says, else what the terminal has, else a hundred.
fn width() -> usize {
    let said = std::env::var("COLUMNS").ok().and_then(|c| c.parse().ok());
    let terminal = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    said.or_else(terminal).unwrap_or(100)
}

/// Runs the program on any streams; gives the exit status.
pub fn run_with(args: impl IntoIterator<Item = OsString>, io: &mut Io<'_>) -> u8 {
    let cli = match Cli::parse(args) {
        Ok(cli) => cli,
        Err(error) => return usage(&error, io),
    };
    let result = Run { cli: &cli, io, joins: false }.command().and_then(|status| {
        io.stdout.flush()?;
        Ok(status)
    });
    match result {
        Ok(status) => status,
        // Whoever reads our output has seen enough.
        Err(error) if is_closed_pipe(&error) => DONE,
        Err(error) => {
            // Nobody is left to tell if stderr is closed too.
            let _ = writeln!(io.stderr, "restamp: error: {error:#}");
            ERROR
        }
    }
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let io = error.chain().find_map(|e| e.downcast_ref::<io::Error>());
    io.is_some_and(|e| e.kind() == io::ErrorKind::BrokenPipe)
}

fn usage(error: &clap::Error, io: &mut Io<'_>) -> u8 {
    let help = !error.use_stderr();
    let (stream, terminal): (&mut dyn Write, bool) =
        if help { (io.stdout, io.stdout_is_terminal) } else { (io.stderr, io.stderr_is_terminal) };
    let text = error.render();
    // A reader that closed the pipe has seen enough of the help.
    let _ = if terminal && !io.no_color { write!(stream, "{}", text.ansi()) } else { write!(stream, "{text}") };
    let _ = stream.flush();
    if help { DONE } else { ERROR }
}

struct Run<'r, 'io> {
    cli: &'r Cli,
    io: &'r mut Io<'io>,
    /// Several inputs are printed as one stream.
    joins: bool,
}

impl Run<'_, '_> {
    fn command(mut self) -> anyhow::Result<u8> {
        // Before anything is read, let alone written.
        let (name, formats) = formats(self.cli.command.as_ref());
        if !formats.contains(&self.cli.output.format.as_str()) {
            anyhow::bail!("{name} has no such format; it has {}", output::listed(&formats));
        }
        match &self.cli.command {
            None => self.filter(),
            Some(Command::Stamp { paths, write }) => self.stamp(&paths.paths, *write),
            Some(Command::Check { paths, diff, strict }) => self.check(&paths.paths, *diff, *strict),
            Some(Command::Completions { shell }) => {
                let mut script = Vec::new();
                clap_complete::generate(*shell, &mut Cli::command(), "restamp", &mut script);
                self.io.stdout.write_all(&script)?;
                Ok(DONE)
            }
            Some(Command::Man) => {
                let mut page = Vec::new();
                clap_mangen::Man::new(Cli::command()).render(&mut page)?;
                self.io.stdout.write_all(&page)?;
                Ok(DONE)
            }
            Some(Command::Explain { paths, workload, why }) => {
                let query = Query { workload: workload.as_deref(), why: why.as_deref() };
                self.explain(&paths.paths, &query)
            }
            Some(Command::Plan { old, new, exit_code }) => self.plan(old, new, *exit_code),
        }
    }

    fn globs(&self) -> anyhow::Result<Globs> {
        let words = |patterns: &[glob::Pattern]| patterns.iter().map(|p| p.as_str().to_owned()).collect::<Vec<_>>();
        Globs::new(&words(&self.cli.input.include), &words(&self.cli.input.exclude))
    }

    /// Settings of the flags and of `--config`; a fault is a finding at its place in that file.
    fn layers(&self) -> anyhow::Result<Result<Vec<Layer>, Box<Finding>>> {
        let mut layers = vec![self.cli.layer()];
        if let Some(path) = &self.cli.settings.config {
            let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
            match Layer::parse(&text) {
                Ok(layer) => layers.push(layer),
                Err(error) => {
                    let position = crate::text::source::Position { line: error.line, column: error.column };
                    let finding = settings_finding(error).in_file(path.display().to_string(), Some(position));
                    return Ok(Err(Box::new(finding)));
                }
            }
        }
        Ok(Ok(layers))
    }

    /// The settings of a command without a list; `None` if they cannot be used, which has been said.
    fn settings(&mut self) -> anyhow::Result<Option<Settings>> {
        match self.layers()? {
            Ok(layers) => Ok(Some(Settings::from_layers(&layers))),
            Err(finding) => {
                self.say(&[], &[*finding], &Summary::default())?;
                Ok(None)
            }
        }
    }

    fn supply(&mut self) -> anyhow::Result<Option<Set>> {
        let paths = &self.cli.input.config_from;
        if paths.is_empty() {
            return Ok(None);
        }
        let globs = self.globs()?;
        Ok(Some(input::config_from(paths, &globs, self.io.stdin)))
    }

    /// Reads and transforms all sets.
    fn sets(&mut self, paths: &[PathBuf], settings: &Settings, detail: Detail) -> anyhow::Result<Vec<Pass>> {
        let globs = self.globs()?;
        let dash = |paths: &[PathBuf]| paths.iter().any(|p| p.as_os_str() == "-");
        if dash(paths) && dash(&self.cli.input.config_from) {
            anyhow::bail!("`-` can be read once only: give PATH or --config-from a file");
        }
        let supply = self.supply()?;
        let mut sets = input::sets(paths, &globs, self.io.stdin);
        // What is printed as one stream is hashed as it will stand there: the line break that joining adds may be part
        // of a block scalar.
        if self.joins {
            let mut inputs: Vec<_> = sets.iter_mut().flat_map(|s| &mut s.inputs).collect();
            inputs.pop();
            for text in inputs.into_iter().map(|i| &mut i.source.text) {
                if !text.is_empty() && !text.ends_with(['\n', '\r']) {
                    text.push('\n');
                }
            }
        }
        // What was wrong with it is said once.
        if let (Some(first), Some(supply)) = (sets.first_mut(), &supply) {
            first.findings.extend(supply.findings.iter().cloned());
        }
        Ok(sets.into_iter().map(|set| Pass::new(set, supply.as_ref(), settings, detail)).collect())
    }

    fn filter(&mut self) -> anyhow::Result<u8> {
        if self.io.stdin_is_terminal {
            let help = Cli::command().render_help();
            write!(self.io.stderr, "{help}")?;
            return Ok(ERROR);
        }
        if self.cli.input.config_from.iter().any(|p| p.as_os_str() == "-") {
            anyhow::bail!("`-` is what is stamped already: give --config-from a file");
        }
        let supply = self.supply()?;
        let mut sets = input::sets(&[PathBuf::from("-")], &Globs::default(), self.io.stdin);
        let mut set = sets.pop().context("standard input gave nothing")?;
        if let Some(supply) = &supply {
            set.findings.extend(supply.findings.iter().cloned());
        }
        let list = set.inputs.first().and_then(|i| resource_list::find(&i.source.text));
        let layers = match self.layers()? {
            Ok(layers) => list_layers(list.as_ref(), layers, self.cli.settings.config.is_some()),
            Err(finding) => Err(finding),
        };
        let (done, annotation) = match layers {
            Ok(layers) => {
                let settings = Settings::from_layers(&layers);
                (Pass::new(set, supply.as_ref(), &settings, Detail::Stamps), settings.annotation)
            }
            Err(finding) => (Pass::refused(set, *finding), String::new()),
        };
        self.answer(done, list.as_ref(), &annotation)
    }

    /// Prints a filtered stream, and its findings.
    fn answer(&mut self, mut done: Pass, list: Option<&ResourceList>, annotation: &str) -> anyhow::Result<u8> {
        let failed = done.has_errors();
        let edits = if failed { &[][..] } else { &done.outcome.edits };
        let source = done.sources.first();
        if let Some(source) = source.filter(|_| !failed || list.is_some()) {
            let mut edits: Vec<Edit> = edits.to_vec();
            if let Some(list) = list {
                match resource_list::with_results(list, source, &edits, &done.outcome.findings, annotation) {
                    Ok(all) => edits = all,
                    Err(finding) => done.outcome.findings.push(*finding),
                }
            }
            let parts = edit::apply(source, SourceId(0), &edits).map_err(|_| anyhow::anyhow!("edits overlap"))?;
            for part in parts {
                self.io.stdout.write_all(part.as_bytes())?;
            }
            self.io.stdout.flush()?;
        }
        let summary = set::summary(std::slice::from_ref(&done), None);
        self.say(std::slice::from_ref(&done), &[], &summary)?;
        Ok(if failed { ERROR } else { DONE })
    }

    fn stamp(&mut self, paths: &[PathBuf], in_place: bool) -> anyhow::Result<u8> {
        let Some(settings) = self.settings()? else {
            return Ok(ERROR);
        };
        self.joins = !in_place;
        let sets = self.sets(paths, &settings, Detail::Stamps)?;
        if sets.iter().any(Pass::has_errors) {
            self.say(&sets, &[], &set::summary(&sets, None))?;
            return Ok(ERROR);
        }
        let mut written = None;
        if in_place {
            if paths.iter().any(|p| p.as_os_str() == "-") {
                anyhow::bail!("`-` cannot be written in place: leave out -w");
            }
            written = Some(set::write_back(&sets)?);
        } else {
            for part in join::parts(&sets.iter().map(|d| (&d.sources[..], &d.outcome)).collect::<Vec<_>>())? {
                self.io.stdout.write_all(part.as_bytes())?;
            }
            self.io.stdout.flush()?;
        }
        self.say(&sets, &[], &set::summary(&sets, written))?;
        Ok(DONE)
    }

    fn check(&mut self, paths: &[PathBuf], diff: bool, strict: bool) -> anyhow::Result<u8> {
        let Some(settings) = self.settings()? else {
            return Ok(ERROR);
        };
        if diff && self.cli.output.format != "text" {
            anyhow::bail!("--diff goes with --format text");
        }
        let mut sets = self.sets(paths, &settings, Detail::Decisions)?;
        let mut shown = String::new();
        for done in &mut sets {
            if diff {
                shown.push_str(&check::diff(&done.sources, &done.outcome));
            }
            done.outcome.findings = check::findings(&done.outcome);
            check::soften(&mut done.outcome.decisions);
        }
        let findings: Vec<&Finding> = sets.iter().flat_map(Pass::findings).collect();
        let status = if findings.iter().any(|f| f.severity == Severity::Error && !check::is_failure(f.id)) {
            ERROR
        } else if findings.iter().any(|f| f.severity == Severity::Error || strict && f.severity == Severity::Warning) {
            FAILED
        } else {
            DONE
        };
        let summary = set::summary(&sets, None).for_check();
        let report = self.report(&sets, &[], &summary);
        let text = shown + &self.written(findings::FORMATS)?(&report, self.look(self.io.stdout_is_terminal));
        self.io.stdout.write_all(text.as_bytes())?;
        Ok(status)
    }

    fn explain(&mut self, paths: &[PathBuf], query: &Query<'_>) -> anyhow::Result<u8> {
        let Some(settings) = self.settings()? else {
            return Ok(ERROR);
        };
        let sets = self.sets(paths, &settings, Detail::Values)?;
        let failed = self.say_errors(&sets);
        let outcomes: Vec<_> = sets.iter().map(|d| (&d.sources[..], &d.outcome)).collect();
        let explanation = explain::explain(&outcomes, &settings, query).map_err(anyhow::Error::msg)?;
        let text = self.written(output::explain::FORMATS)?(&explanation, self.look(self.io.stdout_is_terminal));
        self.io.stdout.write_all(text.as_bytes())?;
        Ok(if failed { ERROR } else { DONE })
    }

    fn plan(&mut self, old: &Path, new: &Path, exit_code: bool) -> anyhow::Result<u8> {
        if old.as_os_str() == "-" && new.as_os_str() == "-" {
            anyhow::bail!("`-` can be read once only: give OLD or NEW a file");
        }
        let Some(settings) = self.settings()? else {
            return Ok(ERROR);
        };
        let old = self.sets(&[old.to_owned()], &settings, Detail::Values)?;
        let new = self.sets(&[new.to_owned()], &settings, Detail::Values)?;
        // A plan of half the manifests would be a wrong one.
        if [&old, &new].map(|sets| self.say_errors(sets)).contains(&true) {
            return Ok(ERROR);
        }
        let plan = plan::plan(&sides(&old), &sides(&new), &settings);
        let text = self.written(output::plan::FORMATS)?(&plan, self.look(self.io.stdout_is_terminal));
        self.io.stdout.write_all(text.as_bytes())?;
        Ok(if exit_code && plan.rolls() { FAILED } else { DONE })
    }

    /// What writes the format that was asked for.
    fn written<W: Copy>(&self, formats: Formats<W>) -> anyhow::Result<W> {
        output::writer(formats, &self.cli.output.format).context("impossible: formats are checked first")
    }

    /// Error findings, and what was not read, on stderr, as text whatever the format; says whether there is an error.
    fn say_errors(&mut self, sets: &[Pass]) -> bool {
        let mut report = self.report(sets, &[], &Summary::default());
        for set in &mut report.sets {
            set.findings.retain(|f| f.severity == Severity::Error || f.id == Id::SourceTree);
        }
        if report.sets.iter().all(|set| set.findings.is_empty()) {
            return false;
        }
        let (_, write) = findings::FORMATS[0];
        let text = write(&report, self.look(self.io.stderr_is_terminal));
        // A closed stderr is no reason to fail.
        let _ = self.io.stderr.write_all(text.as_bytes());
        sets.iter().any(Pass::has_errors)
    }

    fn look(&self, terminal: bool) -> Look {
        let output = &self.cli.output;
        Look {
            color: match output.color {
                ColorChoice::Always => true,
                ColorChoice::Never => false,
                ColorChoice::Auto => terminal && !self.io.no_color,
            },
            verbose: output.verbose,
            width: self.io.width,
        }
    }

    fn report<'a>(&self, sets: &'a [Pass], more: &'a [Finding], summary: &Summary) -> Report<'a> {
        let mut shown: Vec<ReportSet<'a>> = sets
            .iter()
            .map(|done| ReportSet {
                sources: &done.sources,
                findings: done.outcome.findings.iter().chain(&done.set.findings).collect(),
                opaque: &done.outcome.opaque,
                decisions: &done.outcome.decisions,
            })
            .collect();
        if !more.is_empty() {
            shown.push(ReportSet { sources: &[], findings: more.iter().collect(), opaque: &[], decisions: &[] });
        }
        Report {
            sets: shown,
            summary: summary.clone(),
            strict: matches!(&self.cli.command, Some(Command::Check { strict: true, .. })),
            quiet: self.cli.output.quiet,
        }
    }

    /// Findings and summary on stderr.
    fn say(&mut self, sets: &[Pass], more: &[Finding], summary: &Summary) -> anyhow::Result<()> {
        let report = self.report(sets, more, summary);
        let text = self.written(findings::FORMATS)?(&report, self.look(self.io.stderr_is_terminal));
        // A closed stderr is no reason to fail.
        let _ = self.io.stderr.write_all(text.as_bytes());
        Ok(())
    }
}

/// The sets of a rendering, to be compared.
fn sides(sets: &[Pass]) -> Vec<Side<'_>> {
    sets.iter().map(|d| Side { sources: &d.sources, outcome: &d.outcome }).collect()
}

/// Adds the settings of the functionConfig in a list.
fn list_layers(
    list: Option<&ResourceList>,
    mut layers: Vec<Layer>,
    has_config: bool,
) -> Result<Vec<Layer>, Box<Finding>> {
    match list.and_then(|l| l.function_config.clone()) {
        None => {}
        Some(Ok(layer)) => layers.push(layer),
        // With --config the list may carry another tool's configuration.
        Some(Err(error)) if has_config && error.foreign => {}
        Some(Err(error)) => {
            let at = error.offset;
            return Err(Box::new(settings_finding(error).at(SourceId(0), at..at)));
        }
    }
    Ok(layers)
}

fn settings_finding(error: SettingsError) -> Finding {
    let finding = Finding::new(Id::Settings, Severity::Error, error.message);
    match error.remedy {
        Some(remedy) => finding.remedy(remedy),
        None => finding,
    }
}

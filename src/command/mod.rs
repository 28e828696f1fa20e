//! Arguments + streams → exit status. The only room that joins I/O to `transform`; a file for each thing that it does.

// The command line.
pub mod cli;

// What each command's help has of its own.
mod help;

// A line on the terminal for what takes long.
mod progress;

// Standard input → standard output: manifests, or the ResourceList of a KRM function.
mod filter;

// Transformed manifests, printed or written back.
mod stamp;

// Missing, stale and left-over stamps.
mod check;

// What `stamp -w` would change, as a patch.
mod diff;

// Per workload what counts and why.
mod explain;

// What rolls between two renderings.
mod plan;

// The settings with the stamps that are due.
mod baseline;

// What they say of texts in memory.
pub(crate) mod texts;

// What all of them decide by.
mod settings;

// The key of keyed digests.
mod key;

// What all of them read: sets, and what became of these.
mod transformed;

// What all of them say: findings, summary, exit status.
mod report;

// Several stamped texts become one stream.
mod join;

// Changed texts go into their files, all or none.
mod write;

use crate::command::cli::{Cli, Command};
use crate::command::report::summary;
use crate::command::transformed::{Transformed, stamped, unstamped};
use crate::explain::Query;
use crate::input::Set;
use crate::input::read::Stdin;
use crate::settings::Settings;
use crate::text::clean::clean;
use std::ffi::OsString;
use std::io::{self, BufWriter, IoSlice, IsTerminal as _, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::slice;

/// The exit status of a run, the worst last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Status {
    /// Pass, or up to date.
    Done,
    /// `check` would change something, or its policy fails.
    Failed,
    /// An error finding, or input that cannot be read.
    Error,
}

/// The streams of a run and what is known of them.
pub struct Io<'a> {
    pub stdin: &'a mut dyn Stdin,
    pub stdout: &'a mut dyn Write,
    pub stderr: &'a mut dyn Write,
    /// Nothing is piped in.
    pub stdin_is_terminal: bool,
    pub stdout_is_terminal: bool,
    pub stderr_is_terminal: bool,
    /// What the environment says about colour: it forces it (`CLICOLOR_FORCE`), or forbids it (`NO_COLOR`, `TERM=dumb`).
    pub color: Option<bool>,
    /// Somebody looks at standard error, and at what moves there.
    pub progress: bool,
    /// Columns of the terminal.
    pub width: usize,
    /// Where a filter or function writes its findings too (`RESTAMP_FINDINGS`).
    pub findings: Option<PathBuf>,
    /// The process ends with the run, and its memory with it.
    pub ends: bool,
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
            // Not locked: the line about progress is written by another thread.
            stderr: &mut io::stderr(),
            color: color(),
            progress: stderr.is_terminal() && !is_dumb(),
            width: width(),
            findings: std::env::var_os("RESTAMP_FINDINGS").filter(|v| !v.is_empty()).map(PathBuf::from),
            ends: true,
        },
    );
    write::signals::obey();
    ExitCode::from(status)
}

/// What the environment says about colour. Who forbids it is heard first.
fn color() -> Option<bool> {
    let given = |name| std::env::var_os(name).filter(|v| !v.is_empty());
    if given("NO_COLOR").is_some() {
        return Some(false);
    }
    let forced = given("CLICOLOR_FORCE").is_some_and(|v| v != "0");
    let forbidden = is_dumb() || given("CLICOLOR").is_some_and(|v| v == "0");
    if forced { Some(true) } else { forbidden.then_some(false) }
}

/// A terminal that only shows what it gets.
fn is_dumb() -> bool {
    std::env::var_os("TERM").is_some_and(|term| term == "dumb")
}

/// Columns to write for: what the shell says, else what the terminal has, else a hundred.
fn width() -> usize {
    let said = std::env::var("COLUMNS").ok().and_then(|c| c.parse().ok());
    let terminal = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    said.or_else(terminal).unwrap_or(100)
}

/// Runs the program on any streams; gives the exit status.
pub fn run_with(args: impl IntoIterator<Item = OsString>, io: &mut Io<'_>) -> u8 {
    let status = match Cli::parse(args) {
        Ok(cli) => Run { cli: &cli, io, checks: matches!(cli.command, Some(Command::Check { .. })) }.finish(),
        Err(error) => usage(&error, io),
    };
    status as u8
}

fn usage(error: &clap::Error, io: &mut Io<'_>) -> Status {
    let help = !error.use_stderr();
    let (stream, terminal): (&mut dyn Write, bool) =
        if help { (io.stdout, io.stdout_is_terminal) } else { (io.stderr, io.stderr_is_terminal) };
    let text = error.render();
    let said = text.to_string();
    let plain = lines(&said);
    // What acts on a terminal is not from clap: then no colour either.
    let painted = io.color.unwrap_or(terminal) && plain == said;
    // A reader that closed the pipe has seen enough of the help.
    let _ = if painted { write!(stream, "{}", text.ansi()) } else { write!(stream, "{plain}") };
    let _ = stream.flush();
    if help { Status::Done } else { Status::Error }
}

/// A message of several lines, fit for a terminal: words of the command line are in it.
fn lines(message: &str) -> String {
    message.split('\n').map(clean).collect::<Vec<_>>().join("\n")
}

/// Most slices that systems take at once (`IOV_MAX`).
const MOST_SLICES: usize = 1024;

/// One run: what was asked for, and the streams.
struct Run<'r, 'io> {
    cli: &'r Cli,
    io: &'r mut Io<'io>,
    /// It changes nothing and says what is not as it should be: `check`, or a validator.
    checks: bool,
}

impl Run<'_, '_> {
    fn finish(mut self) -> Status {
        let is_closed_pipe = |error: &anyhow::Error| {
            let io = error.chain().find_map(|e| e.downcast_ref::<io::Error>());
            io.is_some_and(|e| e.kind() == io::ErrorKind::BrokenPipe)
        };
        match self.command() {
            Ok(status) => status,
            // Whoever reads our output has seen enough.
            Err(error) if is_closed_pipe(&error) => Status::Done,
            Err(error) => {
                self.forget();
                // Nobody is left to tell if stderr is closed too.
                let _ = writeln!(self.io.stderr, "restamp: error: {}", lines(&format!("{error:#}")));
                Status::Error
            }
        }
    }

    fn command(&mut self) -> anyhow::Result<Status> {
        // Before anything is read, let alone written.
        self.cli.refuse_contradictions()?;
        self.try_findings_file()?;
        match &self.cli.command {
            None => self.filter(),
            Some(Command::Stamp { paths, write }) => self.on_sets(&paths.paths, |run, sets, settings| match write {
                true => run.stamp_files(sets, settings),
                false => run.stamp_stream(sets, settings, stamped),
            }),
            Some(Command::Unstamp { paths, write }) => self.on_sets(&paths.paths, |run, sets, settings| match write {
                true => run.unstamp_files(sets, settings),
                false => run.stamp_stream(sets, settings, unstamped),
            }),
            Some(Command::Baseline { paths, write }) => {
                self.on_sets(&paths.paths, |run, sets, settings| run.baseline(sets, *write, settings))
            }
            Some(Command::Check { paths, diff, references, .. }) => {
                let [sets] = self.read([&paths.paths]);
                // A function is answered as one.
                let asks_for_report = *diff || *references || self.cli.output.format != "text";
                if !self.reads_file()
                    && !asks_for_report
                    && let Some(list) = settings::only_list(&sets.iter().collect::<Vec<_>>(), false)
                {
                    return self.stream(sets, Some(&list), true);
                }
                self.with_settings([sets], |run, [sets], settings| match references {
                    true => run.check_references(sets, settings),
                    false => run.check(sets, *diff, settings),
                })
            }
            Some(Command::Explain { kinds: true, .. }) => self.explain_kinds(),
            Some(Command::Explain { paths, workload, why, .. }) => {
                let query = Query { workload: workload.as_deref(), why: why.as_deref() };
                self.on_sets(paths, |run, sets, settings| run.explain(sets, &query, settings))
            }
            Some(Command::Plan { old, new, as_written, each, exit_code }) => {
                let how = plan::How { as_written: *as_written, exit_code: *exit_code };
                let read = match each {
                    true => self.read_each([old, new])?,
                    false => self.read([old, new].map(slice::from_ref)),
                };
                self.with_settings(read, |run, read, settings| run.plan(read, new, how, settings))
            }
            Some(Command::Completions { shell }) => {
                let mut script = Vec::new();
                clap_complete::generate(*shell, &mut help::command(), "restamp", &mut script);
                self.print([script])
            }
            Some(Command::Man { command }) => self.print([help::manual(command.as_deref())?]),
        }
    }

    /// Reads the sets of some paths and goes on with them.
    fn on_sets(
        &mut self,
        paths: &[PathBuf],
        go_on: impl FnOnce(&mut Self, Vec<Set>, &Settings) -> anyhow::Result<Status>,
    ) -> anyhow::Result<Status> {
        let read = self.read([paths]);
        self.with_settings(read, |run, [sets], settings| go_on(run, sets, settings))
    }

    /// Goes on with sets that were read and the settings for them; if these cannot be used, that is all there is to say.
    fn with_settings<const N: usize>(
        &mut self,
        mut read: [Vec<Set>; N],
        go_on: impl FnOnce(&mut Self, [Vec<Set>; N], &Settings) -> anyhow::Result<Status>,
    ) -> anyhow::Result<Status> {
        let sets: Vec<&Set> = read.iter().flatten().collect();
        match self.settings(&sets, settings::only_list(&sets, false).as_ref()) {
            Ok(settings) => go_on(self, read, &settings),
            Err(finding) => {
                // What was wrong with the input may be the consequence.
                let mut set = read.iter_mut().flatten().next().map(std::mem::take).unwrap_or_default();
                set.findings.clear();
                let sets = [Transformed::refused(set, *finding)];
                match &self.cli.command {
                    // A report that was asked for is written where it was asked for.
                    Some(Command::Check { .. }) => self.show_findings(&sets, summary(&sets).for_check()),
                    _ => self.say(&sets, None),
                }
            }
        }
    }

    /// Gives up what is large once all is said: where the process ends, its memory need not be given back piece by piece.
    fn give_up<T>(&self, owner: T) {
        if self.io.ends {
            std::mem::forget(owner);
        }
    }

    /// Writes parts to standard output.
    fn print(&mut self, parts: impl IntoIterator<Item: AsRef<[u8]>>) -> anyhow::Result<Status> {
        let mut parts = parts.into_iter().peekable();
        while parts.peek().is_some() {
            // Together, so that nothing is copied before the system does it.
            let some: Vec<_> = parts.by_ref().take(MOST_SLICES).collect();
            let mut slices: Vec<IoSlice<'_>> = some.iter().map(|part| IoSlice::new(part.as_ref())).collect();
            let mut rest = &mut slices[..];
            IoSlice::advance_slices(&mut rest, 0);
            while !rest.is_empty() {
                match self.io.stdout.write_vectored(rest) {
                    Ok(0) => return Err(io::Error::from(io::ErrorKind::WriteZero).into()),
                    Ok(written) => IoSlice::advance_slices(&mut rest, written),
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) => return Err(error.into()),
                }
            }
        }
        self.io.stdout.flush()?;
        Ok(Status::Done)
    }
}

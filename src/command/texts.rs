//! The commands over texts in memory: what `stamp`, `explain` and `plan` say of one or two of them, for a host that has
//! neither files nor streams.
//!
//! Takes texts and settings; gives what the program prints as JSON, byte for byte, and the stamped text with the lines that
//! are new in it. Opens no file; of the environment it reads the variable that the settings name for a key.

use crate::command::report::summary;
use crate::command::transformed::{Transformed, edited, require_objects};
use crate::command::{key, settings};
use crate::explain::{self, Query};
use crate::facts::{self, Keep};
use crate::finding::{Finding, Severity};
use crate::input::{Set, resource_list};
use crate::output::escape;
use crate::output::findings::{Report, json};
use crate::plan::{self, Side, Sides};
use crate::settings::{Layer, Settings};
use crate::text::source::{Source, SourceId};
use std::ops::Range;

/// Renderings that went through the core, the one before with the one that comes next.
#[derive(Debug)]
pub struct Texts {
    old: Option<Transformed>,
    new: Transformed,
    /// `None` if they cannot be used: that is all that is said then.
    settings: Option<Settings>,
}

/// What `stamp` prints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamped {
    /// The stamped text; `None` if there is an error.
    pub text: Option<String>,
    /// The lines of it that are new or changed, from 1, in order.
    pub lines: Vec<usize>,
    /// The findings, as `--format json` has them.
    pub findings: String,
}

impl Texts {
    /// Decides for a rendering (NEW), and for the one before it (OLD). `flags` are the settings of the command line, `config`
    /// is the file of `--config`.
    pub fn new(old: Option<Source>, new: Source, flags: Layer, config: Option<&Source>) -> Self {
        match decided(&new, flags, config) {
            Ok(settings) => {
                let through = |source| Transformed::new(Set::of_text(source), &settings, Keep::All);
                Self { old: old.map(through), new: through(new), settings: Some(settings) }
            }
            Err(finding) => Self { old: None, new: Transformed::refused(Set::of_text(new), *finding), settings: None },
        }
    }

    /// `stamp --format json NEW`.
    pub fn stamp(&mut self) -> Stamped {
        stamped(&mut self.new, self.settings.is_some())
    }

    /// The same of OLD, if there is one.
    pub fn stamp_old(&mut self) -> Option<Stamped> {
        self.old.as_mut().map(|old| stamped(old, true))
    }

    /// `explain --format json NEW`.
    pub fn explain(&self) -> Option<String> {
        let outcomes = [(&self.new.set.sources[..], &self.new.outcome)];
        let explanation = explain::explain(&outcomes, self.settings.as_ref()?, &Query::default());
        explanation.ok().map(|it| escape::json(&it))
    }

    /// `plan --format json OLD NEW`. A plan of what has errors would be a wrong one.
    pub fn plan(&self) -> Option<String> {
        let (old, settings) = (self.old.as_ref()?, self.settings.as_ref()?);
        if [old, &self.new].into_iter().any(Transformed::has_errors) || !self.new.outcome.facts.has_objects {
            return None;
        }
        let [old, new] = [old, &self.new].map(|Transformed { set, outcome }| Side { sources: &set.sources, outcome });
        let sides = Sides { label: None, old: Some(old), new: Some(new) };
        Some(escape::json(&plan::plan(vec![sides], false, settings)))
    }
}

/// Whether a text holds something that is never quoted: a Secret, or a document that cannot be read and might be one.
pub fn hides(text: &str) -> bool {
    let sources = [Source::new("", text)];
    !facts::read(&sources, &Settings::default(), Keep::Stamps).opaque.is_empty()
}

/// The settings. Those of a ResourceList count too, as for `stamp`.
fn decided(new: &Source, flags: Layer, config: Option<&Source>) -> Result<Settings, Box<Finding>> {
    let mut layers = vec![flags];
    if let Some(Source { name, text, .. }) = config {
        layers.push(settings::of_text(name.clone(), text)?);
    }
    let list = resource_list::find(&new.text, false);
    layers.extend(settings::of_list(list.as_ref(), config.is_some())?);
    key::with_key(Settings::from_layers(&layers), None, false)
}

fn stamped(done: &mut Transformed, usable: bool) -> Stamped {
    if usable {
        require_objects(std::slice::from_mut(done), Severity::Warning);
    }
    let sets = std::slice::from_ref(done);
    let (sources, edits) = (&done.set.sources, &done.outcome.edits);
    let parts = sources.first().filter(|_| !done.has_errors()).map(|source| edited(source, SourceId(0), edits));
    let text = parts.and_then(Result::ok).map(Iterator::collect);
    let report =
        Report { sets: vec![done.as_report()], summary: summary(sets), strict: false, quiet: false, verbose: false };
    let lines = if text.is_some() { new_lines(&sources[0].text, done) } else { Vec::new() };
    Stamped { text, lines, findings: json(&report) }
}

/// The lines that edits bring into a text or change there.
fn new_lines(text: &str, done: &Transformed) -> Vec<usize> {
    let count = |text: &str| text.matches('\n').count();
    let (mut out, mut at, mut line): (Vec<usize>, _, _) = (Vec::new(), 0, 1);
    for edit in &done.outcome.edits {
        let Range { start, end } = edit.range;
        line += count(&text[at..start]);
        at = end;
        let first = line;
        let new = edit.text.get();
        let brought = new.trim_start_matches(['\r', '\n']);
        line += count(&new) - count(brought);
        let begins = |at: usize| at == 0 || text[..at].ends_with('\n');
        let ends = |at: usize| text[at..].is_empty() || text[at..].starts_with(['\r', '\n']);
        // In the midst of a line it makes a new line of the rest.
        let midst = !begins(start) && brought.len() == new.len();
        let last = line + count(if midst { brought } else { brought.trim_end() });
        let whole = begins(start) && begins(end) || ends(start) && ends(end);
        if !(brought.trim().is_empty() && whole) {
            // The line that it cuts off changes too.
            let cut = !begins(start) && !ends(start) && start < end;
            let known = out.last().copied().unwrap_or_default();
            out.extend((if cut { first } else { line }).max(known + 1)..=last);
        }
        line += count(brought);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::{Io, run_with};
    use crate::settings::Select;
    use rayon::prelude::*;
    use std::ffi::OsString;
    use std::path::{Path, PathBuf};
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
    use walkdir::WalkDir;

    /// What the program prints on its streams, and its exit status.
    fn program(words: &[&str], paths: &[&Path]) -> (String, String, u8) {
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        let words = std::iter::once("restamp").chain(words.iter().copied()).map(OsString::from);
        let io = &mut Io {
            stdin: &mut std::io::empty(),
            stdout: &mut stdout,
            stderr: &mut stderr,
            stdin_is_terminal: false,
            stdout_is_terminal: false,
            stderr_is_terminal: false,
            color: None,
            progress: false,
            width: 100,
            findings: None,
            ends: false,
        };
        let status = run_with(words.chain(paths.iter().map(|path| path.as_os_str().to_owned())), io);
        (String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap(), status)
    }

    fn source(path: &Path) -> Option<Source> {
        Some(Source::new(path.display().to_string(), std::fs::read_to_string(path).ok()?))
    }

    /// Texts of all sorts, good and bad: the fixtures, each as what follows the one before it.
    fn inputs() -> Vec<PathBuf> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
        let files = WalkDir::new(root).sort_by_file_name().into_iter().map(|entry| entry.unwrap().into_path());
        files.filter(|path| path.file_stem().is_some_and(|stem| stem == "input")).collect()
    }

    #[test]
    fn what_is_said_is_what_the_program_says() {
        let paths = inputs();
        assert!(paths.len() > 300, "{} inputs", paths.len());
        let flags = || Layer { select: Some(Select::All), ..Layer::default() };
        let (plans, errors) = (AtomicUsize::new(0), AtomicUsize::new(0));
        paths.par_windows(2).for_each(|pair| {
            let [old, new] = [0, 1].map(|i| pair[i].as_path());
            let Some((before, after)) = source(old).zip(source(new)) else { return };
            let name = new.display();
            let of_list = after.text.contains("functionConfig");
            let mut texts = Texts::new(Some(before), after, flags(), None);
            let said = texts.stamp();
            let words = |command| ["--no-config", "--select", "all", "--format", "json", command];
            let (text, findings, status) = program(&words("stamp"), &[new]);
            assert_eq!((said.text.as_deref().unwrap_or_default(), &*said.findings), (&*text, &*findings), "{name}");
            assert_eq!((said.text.is_none(), texts.new.has_errors()), (status == 2, status == 2), "{name}");
            errors.fetch_add(usize::from(status == 2), Relaxed);
            if let Some(explanation) = texts.explain() {
                assert_eq!(explanation, program(&words("explain"), &[new]).0, "{name}");
            }
            // `plan` takes the settings of no list.
            if !of_list {
                let plan = program(&words("plan"), &[old, new]).0;
                assert_eq!(texts.plan().unwrap_or_default(), plan, "{name}");
                plans.fetch_add(usize::from(!plan.is_empty()), Relaxed);
            }
        });
        let (plans, errors) = (plans.into_inner(), errors.into_inner());
        assert!(plans > 150 && errors > 30, "{plans} plans, {errors} errors");
    }

    /// What stands in each line that is said to be new is not what stood there before.
    #[test]
    fn new_lines_are_those_that_stamps_are_in() {
        let mut seen = 0;
        for path in inputs() {
            let Some(new) = source(&path) else { continue };
            let old = new.text.clone();
            let flags = Layer { select: Some(Select::All), ..Layer::default() };
            let said = Texts::new(None, new, flags, None).stamp();
            let Some(text) = said.text else { continue };
            let new: Vec<&str> = text.split('\n').collect();
            let kept = new.iter().enumerate().filter(|(i, _)| !said.lines.contains(&(i + 1))).map(|(_, line)| line);
            // What is left was there, in this order; what is gone was changed or removed.
            let mut old = old.split('\n');
            kept.for_each(|line| assert!(old.any(|before| before == *line), "{}: {line}", path.display()));
            seen += said.lines.len();
        }
        assert!(seen > 200, "{seen} lines");
    }

    #[test]
    fn settings_that_cannot_be_used_are_all_that_is_said() {
        let new = Source::new("new.yaml", "kind: Pod\n");
        let config =
            Source::new("config.yaml", "apiVersion: restamp.dev/v1alpha1\nkind: Restamp\nspec: {selct: all}\n");
        let mut texts = Texts::new(Some(new.clone()), new, Layer::default(), Some(&config));
        let said = texts.stamp();
        assert!(said.findings.contains("config.yaml") && said.findings.contains("selct"), "{}", said.findings);
        assert_eq!((said.text, texts.stamp_old(), texts.explain(), texts.plan()), (None, None, None, None));
    }

    #[test]
    fn secrets_are_known() {
        assert!(hides("kind: Secret\nstringData: {a: b}\n"));
        assert!(hides("kind: List\nitems:\n- {apiVersion: v1, kind: Secret, data: {a: Yg==}}\n"));
        assert!(hides("kind: Secret\nstringData: {a: [\n"));
        assert!(!hides("kind: ConfigMap\ndata: {a: b}\n"));
    }
}

//! Walks `fixtures/`: each case is a directory (`fixtures/README.md` has the format). `UPDATE=1` writes what is expected
//! anew, `CASE=edit/` runs a part.

use crate::common::library::{Finding, Seen, Settings, Source, applied, configured, ids, position};
use crate::common::{Ran, invariants, invariants_of, outcome, repository, run, same_but_for_stamps, update};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A directory of files: path relative to it → bytes.
type Files = BTreeMap<PathBuf, Vec<u8>>;

#[test]
fn cases() {
    let update = update();
    let part = std::env::var("CASE").unwrap_or_default();
    let root = repository("fixtures");
    let mut names = Vec::new();
    find(&root, &mut names);
    names.sort();
    names.retain(|dir| dir.to_string_lossy().contains(&part));
    assert!(!names.is_empty(), "no case matches {part:?}");
    let fails = |dir: &PathBuf| {
        let why = Case { dir, update }.run().err()?;
        let name = dir.strip_prefix(&root).unwrap_or(dir).display();
        Some(format!("{name}: {why}"))
    };
    let failures: Vec<_> = names.par_iter().filter_map(fails).collect();
    assert!(failures.is_empty(), "{} of {} cases fail\n\n{}\n", failures.len(), names.len(), failures.join("\n\n"));
}

/// The story: `value: A` becomes `value: B`. That changes one line of `use-reloder` and nothing of `no-reloder`, whether
/// the manifests are rendered anew or carry the stamp of the last run.
#[test]
fn the_seed_story() {
    let input = include_str!("../fixtures/seed/value-a/input.yaml");
    let filter = |text: &str| {
        let ran = run([""; 0], text.as_bytes());
        assert_eq!(ran.status, 0, "{}", ran.stderr);
        ran.text()
    };
    let change = |text: &str| text.replacen("value: A", "value: B", 1);
    let old = filter(input);
    let new = filter(&change(input));
    assert_eq!(new, filter(&change(&old)));
    let documents = |text: &str| -> Vec<Vec<String>> {
        let lines = |d: &str| d.lines().map(str::to_owned).collect();
        text.split("---\n").map(lines).collect()
    };
    let (input, old, new) = (documents(input), documents(&old), documents(&new));
    assert_eq!((old.len(), new.len()), (3, 3));
    assert_eq!((&old[1], &new[1]), (&input[1], &input[1]), "no-reloder");
    let changed: Vec<_> = old[2].iter().zip(&new[2]).filter(|(a, b)| a != b).collect();
    assert_eq!(old[2].len(), new[2].len());
    let [(before, after)] = changed[..] else {
        panic!("use-reloder: {changed:?}");
    };
    let stamp = "        restamp.dev/config-hash: \"sha256:";
    assert!(before.starts_with(stamp) && after.starts_with(stamp));
}

/// The cases below a folder: it is one if it holds an input.
fn find(dir: &Path, cases: &mut Vec<PathBuf>) {
    if input(dir).is_some() || dir.join("in").is_dir() {
        cases.push(dir.to_owned());
        return;
    }
    for entry in fs::read_dir(dir).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            find(&entry.path(), cases);
        }
    }
}

/// The input file of a case and what `expected` must be called.
fn input(dir: &Path) -> Option<(PathBuf, PathBuf)> {
    ["yaml", "json"].into_iter().find_map(|extension| {
        let input = dir.join("input").with_extension(extension);
        let expected = dir.join("expected").with_extension(extension);
        input.is_file().then_some((input, expected))
    })
}

struct Case<'c> {
    dir: &'c Path,
    update: bool,
}

impl Case<'_> {
    fn run(&self) -> Result<(), String> {
        match input(self.dir) {
            Some((input, expected)) => self.stream(&fs::read(input).unwrap(), &expected),
            None => self.folder(),
        }
    }

    /// One input through the filter.
    fn stream(&self, bytes: &[u8], expected: &Path) -> Result<(), String> {
        let ran = run(self.args(), bytes);
        let list = memchr::memmem::find(bytes, b"kind: ResourceList").is_some();
        // In a list the settings come with the input, and bytes that are no text never reach `transform`.
        let text = std::str::from_utf8(bytes).ok().filter(|_| !list);
        let settings = self.settings()?;
        let first = text.map(|text| outcome(text, &settings));
        let findings = match (text, &first) {
            (Some(text), Some(first)) => {
                let source = Source::new("-", text);
                first.findings.iter().map(|f| line(f, &source)).collect()
            }
            _ => said(&ran.stderr),
        };
        self.findings(&findings)?;
        let failed = findings.contains(" error ");
        self.status(&ran, if failed { 2 } else { 0 })?;
        if failed && !list {
            if !ran.stdout.is_empty() {
                return Err(format!("an error, and output\n{}", ran.text()));
            }
            self.compare(expected, None)?;
        } else {
            let changed = (ran.stdout != bytes).then_some(&ran.stdout[..]);
            self.compare(expected, changed)?;
            self.again(&ran)?;
        }
        let (Some(text), Some(first)) = (text, first) else { return Ok(()) };
        let new = invariants_of(text, &first, &settings)?;
        if !failed && new.as_deref().map(str::as_bytes) != Some(&ran.stdout[..]) {
            return Err("`transform` and the filter differ".to_owned());
        }
        self.check(text, &first, failed)?;
        self.crlf(text, &first, &settings)?;
        if let Some(cut) = text.strip_suffix('\n') {
            invariants(cut.trim_end_matches('\r'), &settings).map_err(|e| format!("without a final newline: {e}"))?;
        }
        Ok(())
    }

    /// A second run of the filter changes nothing.
    fn again(&self, first: &Ran) -> Result<(), String> {
        let second = run(self.args(), &first.stdout);
        self.status(&second, first.status)?;
        if second.stdout != first.stdout {
            return Err(format!("a second run differs\n{}", second.text()));
        }
        Ok(())
    }

    /// `check` says 1 for exactly what `stamp -w` would change.
    fn check(&self, text: &str, first: &Seen, failed: bool) -> Result<(), String> {
        if failed {
            return Ok(());
        }
        let args = self.args().into_iter().chain(["check", "--allow-empty", "-"].map(Into::into));
        let ran = run(args, text.as_bytes());
        self.status(&ran, i32::from(!first.edits.is_empty())).map_err(|e| format!("check: {e}\n{}", ran.text()))
    }

    /// The same with CRLF: the same stamps, and the same output but for the line ends.
    fn crlf(&self, text: &str, unix: &Seen, settings: &Settings) -> Result<(), String> {
        if text.contains('\r') {
            return Ok(());
        }
        let windows = text.replace('\n', "\r\n");
        let first = outcome(&windows, settings);
        if unix.stamps() != first.stamps() {
            return Err("other stamps with CRLF".to_owned());
        }
        if unix.has_errors() != first.has_errors() {
            return Err("other errors with CRLF".to_owned());
        }
        let Some(new) = invariants_of(&windows, &first, settings).map_err(|e| format!("with CRLF: {e}"))? else {
            return Ok(());
        };
        let unix = applied(text, &unix.edits)?;
        if new != unix.replace('\n', "\r\n") {
            return Err(format!("other output with CRLF\n{new:?}"));
        }
        Ok(())
    }

    /// A folder through `stamp -w`, or through the command line in `args`.
    fn folder(&self) -> Result<(), String> {
        let temporary = tempfile::tempdir().unwrap();
        let before = files(&self.dir.join("in"));
        for (path, bytes) in &before {
            let path = temporary.path().join("in").join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        let mut args = match self.words("args") {
            Some(words) => words,
            None => {
                let mut args = vec!["stamp".into(), "-w".into(), "in".into()];
                args.extend(self.args());
                args
            }
        };
        // Every finding is to be seen.
        if args.iter().any(|a| a == "stamp" || a == "check") {
            args.push("--verbose".into());
        }
        let go = || {
            let mut command = Command::new(env!("CARGO_BIN_EXE_restamp"));
            let command = command.args(&args).current_dir(temporary.path()).env("NO_COLOR", "1");
            Ran::from(command.output().unwrap())
        };
        let ran = go();
        let check = args.iter().any(|a| a == "check");
        let findings = if check { said(&ran.text()) } else { said(&ran.stderr) };
        self.findings(&findings)?;
        if !check {
            self.status(&ran, if findings.contains(" error ") { 2 } else { 0 })?;
            self.compare(&self.dir.join("stdout"), Some(&ran.stdout[..]).filter(|o| !o.is_empty()))?;
        }
        let after = files(&temporary.path().join("in"));
        self.compare_files(&before, &after)?;
        let key = self.settings()?.annotation;
        for (path, bytes) in &after {
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            if !same_but_for_stamps(&text(&before[path]), &text(bytes), &key) {
                return Err(format!("{}: more than stamps differs", path.display()));
            }
        }
        let second = go();
        self.status(&second, if check { second.status } else { ran.status })?;
        if files(&temporary.path().join("in")) != after {
            return Err("a second run differs".to_owned());
        }
        Ok(())
    }

    /// The words of a file with one line of them.
    fn words(&self, name: &str) -> Option<Vec<OsString>> {
        let text = fs::read_to_string(self.dir.join(name)).ok()?;
        Some(text.split_whitespace().map(OsString::from).collect())
    }

    /// The flags of the case.
    fn args(&self) -> Vec<OsString> {
        let mut args = self.words("flags").unwrap_or_default();
        let config = self.dir.join("config.yaml");
        if config.is_file() {
            args.extend(["--config".into(), config.into()]);
        }
        args
    }

    /// What the flags and the configuration mean.
    fn settings(&self) -> Result<Settings, String> {
        let flags = self.words("flags").unwrap_or_default();
        configured(flags, fs::read_to_string(self.dir.join("config.yaml")).ok().as_deref())
    }

    fn status(&self, ran: &Ran, wanted: i32) -> Result<(), String> {
        if ran.status == wanted {
            return Ok(());
        }
        let Ran { status, stderr, .. } = ran;
        Err(format!("exit status {status}, not {wanted}\n{stderr}"))
    }

    fn findings(&self, found: &str) -> Result<(), String> {
        let found = Some(found.as_bytes()).filter(|f| !f.is_empty());
        self.compare(&self.dir.join("findings.txt"), found)
    }

    /// Compares with a file of the case, or writes it; a file that is absent stands for `None`.
    fn compare(&self, file: &Path, found: Option<&[u8]>) -> Result<(), String> {
        let wanted = fs::read(file).ok();
        if wanted.as_deref() == found {
            return Ok(());
        }
        if self.update {
            match found {
                Some(bytes) => fs::write(file, bytes).unwrap(),
                None => fs::remove_file(file).unwrap(),
            }
            return Ok(());
        }
        let show = |bytes: Option<&[u8]>| match bytes {
            Some(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            None => "(nothing)\n".to_owned(),
        };
        Err(format!(
            "{} differs\n--- expected\n{}--- found\n{}",
            file.file_name().unwrap_or_default().display(),
            show(wanted.as_deref()),
            show(found)
        ))
    }

    /// Compares what changed in a folder with `out/`, which holds the changed files only.
    fn compare_files(&self, before: &Files, after: &Files) -> Result<(), String> {
        if !before.keys().eq(after.keys()) {
            return Err(format!("other files: {:?}", after.keys()));
        }
        let out = self.dir.join("out");
        let wanted = files(&out);
        let changed: Files = after
            .iter()
            .filter(|(path, bytes)| before.get(*path) != Some(bytes))
            .map(|(path, bytes)| (path.clone(), bytes.clone()))
            .collect();
        for path in wanted.keys().chain(changed.keys()) {
            let file = out.join(path);
            if self.update && changed.contains_key(path) {
                fs::create_dir_all(file.parent().unwrap()).unwrap();
            }
            self.compare(&file, changed.get(path).map(|b| &b[..]))?;
        }
        Ok(())
    }
}

/// All files below a folder; none if there is no folder.
fn files(root: &Path) -> Files {
    walkdir::WalkDir::new(root)
        .into_iter()
        .filter_map(Result::ok)
        .filter(|e| e.file_type().is_file())
        .map(|e| {
            let path = e.path().strip_prefix(root).unwrap().to_owned();
            (path, fs::read(e.path()).unwrap())
        })
        .collect()
}

/// A finding as a line of `findings.txt`: `line:column severity id message`.
fn line(finding: &Finding, source: &Source) -> String {
    let place = match &finding.at {
        Some(range) => {
            let (line, column) = position(source, range.start);
            format!("{line}:{column}")
        }
        None => "restamp".to_owned(),
    };
    let Finding { severity, message, id, .. } = finding;
    format!("{place} {severity} {id} {message}\n")
}

/// The same out of what the program said: `path:line:column: severity: message [id]`.
fn said(text: &str) -> String {
    let one = |line: &str| {
        let (rest, id) = line.strip_suffix(']')?.rsplit_once(" [")?;
        let id = ids().find(|known| *known == id)?;
        let (place, severity, message) = ["error", "warning", "info"].into_iter().find_map(|severity| {
            let (place, message) = rest.split_once(&format!(": {severity}: "))?;
            Some((place, severity, message))
        })?;
        let place = place.strip_prefix("-:").unwrap_or(place);
        Some(format!("{place} {severity} {id} {message}\n"))
    };
    text.lines().filter_map(one).collect()
}

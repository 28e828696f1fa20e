//! What several modules share: the program in this process, and the proofs that hold for every output.

pub(crate) mod library;
pub(crate) mod styles;

use library::{Seen, Settings, Source, applied, seen, undo};
use restamp::Io;
use serde::Deserialize as _;
use serde_yaml::Value;
use std::ffi::OsString;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// What a run of the program gave.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) status: i32,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

impl Ran {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }
}

impl From<std::process::Output> for Ran {
    fn from(output: std::process::Output) -> Self {
        Self {
            status: output.status.code().unwrap_or(-1),
            stdout: output.stdout,
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// What the program's streams are connected to.
#[derive(Clone, Copy)]
pub(crate) struct Streams {
    pub(crate) stdin_is_terminal: bool,
    pub(crate) output_is_terminal: bool,
    pub(crate) no_color: bool,
    pub(crate) width: usize,
}

impl Streams {
    pub(crate) const PIPES: Self =
        Self { stdin_is_terminal: false, output_is_terminal: false, no_color: true, width: 100 };
}

/// Runs the program in this process, without a terminal.
pub(crate) fn run<S: Into<OsString>>(args: impl IntoIterator<Item = S>, stdin: &[u8]) -> Ran {
    run_on(Streams::PIPES, args, stdin)
}

/// Runs the program in this process.
pub(crate) fn run_on<S: Into<OsString>>(streams: Streams, args: impl IntoIterator<Item = S>, mut stdin: &[u8]) -> Ran {
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let args = std::iter::once("restamp".into()).chain(args.into_iter().map(Into::into));
    let status = restamp::run_with(
        args,
        &mut Io {
            stdin: &mut stdin,
            stdout: &mut stdout,
            stderr: &mut stderr,
            stdin_is_terminal: streams.stdin_is_terminal,
            stdout_is_terminal: streams.output_is_terminal,
            stderr_is_terminal: streams.output_is_terminal,
            color: streams.no_color.then_some(false),
            progress: false,
            width: streams.width,
            findings: None,
            ends: false,
        },
    );
    Ran { status: i32::from(status), stdout, stderr: String::from_utf8_lossy(&stderr).into_owned() }
}

/// A path of the repository.
pub(crate) fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Something that a test needs is not there: said past the capture of the test runner, and a failure with `CI=true`.
pub(crate) fn skipped(why: &str) {
    assert!(std::env::var_os("CI").is_none_or(|v| v != "true"), "{why}, and CI=true requires it");
    let thread = std::thread::current();
    // In one piece, since tests run side by side.
    let line = format!("skipped: {}: {why}\n", thread.name().unwrap_or("a test"));
    let _ = std::io::stderr().write_all(line.as_bytes());
}

/// Whether what a test expects is to be written anew.
pub(crate) fn update() -> bool {
    std::env::var_os("UPDATE").is_some_and(|v| !v.is_empty())
}

/// One text as a set of its own.
pub(crate) fn outcome(text: &str, settings: &Settings) -> Seen {
    seen(&[Source::new("-", text)], settings)
}

/// The invariants of one text: a refused text has an error; else undoing the edits gives it back, a second run changes
/// nothing, the same stamps are due, and nothing but stamps differs. Gives the new text.
pub(crate) fn invariants(text: &str, settings: &Settings) -> Result<Option<String>, String> {
    invariants_of(text, &outcome(text, settings), settings)
}

/// The same where the text has been run already.
pub(crate) fn invariants_of(text: &str, first: &Seen, settings: &Settings) -> Result<Option<String>, String> {
    // Both ways of reading and comparing lead to the same.
    let told = |seen: &Seen| format!("{:?}", (&seen.workloads, &seen.configs, &seen.edits, &seen.findings));
    let long = outcome(text, &Settings { fast_path: false, ..settings.clone() });
    if told(first) != told(&long) {
        return Err(format!("the fast path and the general parser lead to different things\n{first:?}\n{long:?}"));
    }
    // Whatever was found, the edits must be sound.
    let new = applied(text, &first.edits)?;
    let back = applied(&new, &undo(text, &first.edits))?;
    if back != text {
        return Err("undoing the edits does not give the input back".to_owned());
    }
    if let Some(bug) = first.findings.iter().find(|f| f.id == "internal") {
        return Err(format!("{}\n{new}", bug.message));
    }
    if first.has_errors() {
        return Ok(None);
    }
    let second = outcome(&new, settings);
    if second.has_errors() {
        return Err(format!("the output has errors: {:?}\n{new}", second.findings));
    }
    if !second.edits.is_empty() {
        return Err(format!("a second run changes something: {:?}\n{new}", second.edits));
    }
    if first.stamps() != second.stamps() {
        return Err(format!("a second run wants other stamps\n{new}"));
    }
    if !same_but_for_stamps(text, &new, &settings.annotation) {
        return Err(format!("more than stamps differs\n{new}"));
    }
    Ok(Some(new))
}

/// Whether two texts hold the same but for stamps, as another reader sees them. True if that reader cannot read the
/// first one: it is stricter than Kubernetes (duplicate keys, tabs), or reads it otherwise.
pub(crate) fn same_but_for_stamps(before: &str, after: &str, key: &str) -> bool {
    // The other reader follows YAML 1.1, where these end a line; in YAML 1.2 they do not.
    if before == after || before.contains(['\u{85}', '\u{2028}', '\u{2029}']) {
        return true;
    }
    let Some(before) = documents(before) else {
        return true;
    };
    let Some(after) = documents(after) else {
        return false;
    };
    let plain = |documents: Vec<Value>| documents.into_iter().map(|d| without(d, key)).collect::<Vec<_>>();
    plain(before) == plain(after)
}

/// Every document of a text; `None` if one does not parse.
fn documents(text: &str) -> Option<Vec<Value>> {
    if text.trim_start_matches('\u{feff}').trim_start().starts_with('{') {
        let stream = serde_json::Deserializer::from_str(text.trim_start_matches('\u{feff}'));
        let values: Result<Vec<Value>, _> = stream.into_iter().collect();
        if let Ok(values) = values {
            return Some(values);
        }
    }
    serde_yaml::Deserializer::from_str(text).map(|d| Value::deserialize(d).ok()).collect()
}

/// A value without stamps, and without the parents that only hold stamps.
fn without(value: Value, key: &str) -> Option<Value> {
    match value {
        Value::Mapping(map) => {
            let mut out = serde_yaml::Mapping::new();
            for (name, value) in map {
                let Some(mut value) = without(value, key) else {
                    continue;
                };
                let of_stamp = ["annotations", "metadata", "pod", "podAnnotations", "podMetadata", "template"];
                let parents = [&of_stamp[..], &["deployment", "driver", "overrides", "spec"]].concat();
                let parent = name.as_str().is_some_and(|name| parents.contains(&name));
                if matches!(name.as_str(), Some("annotations" | "podAnnotations"))
                    && let Some(annotations) = value.as_mapping_mut()
                {
                    // A tag does not make it another key.
                    annotations.retain(|name, _| name.as_str() != Some(key));
                }
                let empty = value.is_null() || value.as_mapping().is_some_and(|m| m.is_empty());
                if !(parent && empty) {
                    out.insert(name, value);
                }
            }
            Some(Value::Mapping(out))
        }
        Value::Sequence(items) => {
            Some(Value::Sequence(items.into_iter().map(|v| without(v, key).unwrap_or(Value::Null)).collect()))
        }
        Value::Tagged(mut tagged) => {
            tagged.value = without(tagged.value, key)?;
            Some(Value::Tagged(tagged))
        }
        other => Some(other),
    }
}

/// Whether the second text of a ResourceList is the first one with stamps and more results.
pub(crate) fn grown(before: &str, after: &str, said: &str) -> Result<(), String> {
    if said.contains("[internal]") {
        return Err("an edit was refused".to_owned());
    }
    let first = |text: &str| -> Option<Value> {
        let documents = serde_yaml::Deserializer::from_str(text).map(|d| Value::deserialize(d).ok());
        documents.collect::<Option<Vec<_>>>()?.into_iter().find(|v| !v.is_null())
    };
    let Some(mut old) = first(before) else { return Ok(()) };
    let mut new = first(after).ok_or("the output does not parse")?;
    let take = |value: &mut Value| value.as_mapping_mut().and_then(|m| m.remove("results"));
    let (was, is) = (take(&mut old), take(&mut new));
    let [old, new] = [old, new].map(|list| without(list, "restamp.dev/config-hash"));
    if old != new {
        return Err("more than stamps and results differs".to_owned());
    }
    let list = |value: &Option<Value>| value.as_ref().and_then(Value::as_sequence).cloned().unwrap_or_default();
    if was == is || list(&is).starts_with(&list(&was)) && list(&is).len() > list(&was).len() {
        return Ok(());
    }
    Err(format!("other results: {is:?}"))
}

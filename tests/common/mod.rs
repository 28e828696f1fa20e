//! What several tests share: the program in-process, and the proofs that hold for every output.
#![allow(dead_code)] // Each test target uses its part.

use restamp::Io;
use restamp::edit::{self, Edit};
use restamp::finding::Id;
use restamp::settings::Settings;
use restamp::text::source::{Source, SourceId};
use restamp::{Outcome, transform};
use serde::Deserialize as _;
use serde_yaml::Value;
use std::ffi::OsString;

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

/// Runs the program in this process, without a terminal.
pub(crate) fn run<S: Into<OsString>>(args: impl IntoIterator<Item = S>, stdin: &[u8]) -> Ran {
    let mut input = stdin;
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let args = std::iter::once("restamp".into()).chain(args.into_iter().map(Into::into));
    let status = restamp::run_with(
        args,
        &mut Io {
            stdin: &mut input,
            stdout: &mut stdout,
            stderr: &mut stderr,
            stdin_is_terminal: false,
            stdout_is_terminal: false,
            stderr_is_terminal: false,
            no_color: true,
            width: 100,
        },
    );
    Ran { status: i32::from(status), stdout, stderr: String::from_utf8_lossy(&stderr).into_owned() }
}

/// One text as a set of its own.
pub(crate) fn outcome(text: &str, settings: &Settings) -> Outcome {
    transform(&[Source::new("-", text)], settings)
}

/// The text after its edits.
pub(crate) fn applied(text: &str, edits: &[Edit]) -> Result<String, String> {
    edit::apply(&Source::new("-", text), SourceId(0), edits)
        .map(|parts| parts.concat())
        .map_err(|_| "edits overlap, or lie outside the text".to_owned())
}

/// The stamps that are due, in the order of the workloads.
pub(crate) fn stamps(outcome: &Outcome) -> Vec<Option<String>> {
    outcome.decisions.iter().map(|v| v.stamp.clone()).collect()
}

/// The invariants of one text: a refused text has an error; else undoing the edits gives it back, a second run changes
/// nothing, the same stamps are due, and nothing but stamps differs. Gives the new text.
pub(crate) fn invariants(text: &str, settings: &Settings) -> Result<Option<String>, String> {
    let first = outcome(text, settings);
    // Whatever was found, the edits must be sound.
    let new = applied(text, &first.edits)?;
    let back = applied(&new, &edit::undo(text, &first.edits))?;
    if back != text {
        return Err("undoing the edits does not give the input back".to_owned());
    }
    if let Some(bug) = first.findings.iter().find(|f| f.id == Id::Internal) {
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
    if stamps(&first) != stamps(&second) {
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
    let plain = |documents: Vec<Value>| -> Vec<Value> {
        documents.into_iter().map(|d| without(d, key).unwrap_or(Value::Null)).collect()
    };
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
                let parent = matches!(name.as_str(), Some("annotations" | "metadata" | "template"));
                if name.as_str() == Some("annotations")
                    && let Some(annotations) = value.as_mapping_mut()
                {
                    annotations.remove(key);
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
        other => Some(other),
    }
}

//! The envelope of a KRM function: finds the functionConfig in a ResourceList, and writes findings into its `results`.
//!
//! The wire format is that of the KRM Functions Specification v1 (`config.kubernetes.io/v1`, before that `v1beta1` and
//! `v1alpha1`). Its items are objects like any others (`facts`); here is only what is special about the envelope.

use crate::edit::Edit;
use crate::edit::insert::{self, quote};
use crate::finding::Finding;
use crate::input::find_document;
use crate::text::source::{Source, SourceId};
use crate::yaml::{Kind, Ref, Style};
use std::collections::HashSet;
use std::ops::Range;

/// A ResourceList found in a source.
#[derive(Clone, Debug)]
pub(crate) struct ResourceList {
    /// The bytes of its functionConfig, if it has one that is not null.
    pub(crate) function_config: Option<Range<usize>>,
    results: Slot,
    /// What an earlier run has put there.
    there: HashSet<Told>,
}

/// What makes two entries of `results` the same: severity, message, and the names that say what it is about.
type Told = [String; 6];

/// The fields of an entry that are compared.
const TOLD: [&[&str]; 6] = [
    &["severity"],
    &["message"],
    &["resourceRef", "kind"],
    &["resourceRef", "namespace"],
    &["resourceRef", "name"],
    &["file", "path"],
];

fn told(result: &serde_json::Value) -> Told {
    TOLD.map(|path| {
        let text = path.iter().try_fold(result, |value, key| value.get(key));
        text.and_then(serde_json::Value::as_str).unwrap_or_default().to_owned()
    })
}

/// Where entries of `results` go.
#[derive(Clone, Debug)]
enum Slot {
    /// A block sequence goes on after this offset, at this column.
    Block { at: usize, column: usize },
    /// A flow sequence goes on before its bracket; whether it has items.
    Flow { at: usize, comma: bool },
    /// This range (of a null or absent value) is replaced by a whole field in block style.
    BlockField { at: Range<usize>, lead: String },
    /// A field of a flow mapping.
    FlowField { at: Range<usize>, lead: &'static str },
    /// A form that cannot be edited.
    Closed,
}

/// The ResourceList of a text, if its first document is one.
pub(crate) fn find(text: &str) -> Option<ResourceList> {
    memchr::memmem::find(text.as_bytes(), b"ResourceList")?;
    let first = |top: Result<Ref<'_>, _>, chunk: Range<usize>| {
        Some(top.ok().filter(|top| is_resource_list(*top)).map(|top| read(top, text, chunk.start)))
    };
    find_document(text, first).flatten()
}

fn is_resource_list(root: Ref<'_>) -> bool {
    let text = |key: &str| root.get(key).and_then(Ref::text);
    text("kind") == Some("ResourceList") && text("apiVersion").is_some_and(|v| v.starts_with("config.kubernetes.io/"))
}

fn read(root: Ref<'_>, text: &str, base: usize) -> ResourceList {
    // An empty one is none.
    let function_config = root.get("functionConfig").filter(|n| n.entries().next().is_some());
    let there = root.get("results").into_iter().flat_map(Ref::items).map(|item| {
        TOLD.map(|path| {
            let text = item.path(path.iter().copied()).and_then(Ref::text);
            text.unwrap_or_default().to_owned()
        })
    });
    ResourceList {
        function_config: function_config.map(|n| insert::moved(n.range(), base)),
        there: there.collect(),
        results: slot(root, text, base),
    }
}

fn slot(root: Ref<'_>, text: &str, base: usize) -> Slot {
    let flow = root.style() == Style::Flow;
    match insert::entry(root, "results") {
        Err(_) => Slot::Closed,
        Ok(insert::Entry::Absent) if flow => {
            let end = base + root.end() - 1;
            // Keep the blanks before the bracket behind what is added.
            let at = text[..end].trim_end_matches([' ', '\t', '\r', '\n']).len();
            Slot::FlowField { at: at..at, lead: ", " }
        }
        Ok(insert::Entry::Absent) => {
            let at = after_line(text, base + root.end());
            Slot::BlockField { at: at..at, lead: " ".repeat(column(text, base + root.start())) }
        }
        Ok(insert::Entry::Found { key, value }) => {
            let range = insert::moved(value.range(), base);
            match value.kind() {
                Kind::Seq if value.style() == Style::Flow => {
                    Slot::Flow { at: range.end - 1, comma: value.items().next().is_some() }
                }
                Kind::Seq => {
                    let at = after_line(text, range.end);
                    // The span of a sequence begins with its first dash, or after it in an indentless one.
                    let dash = text[..range.start + 1].rfind('-').unwrap_or(range.start);
                    Slot::Block { at, column: column(text, dash) }
                }
                Kind::Scalar if value.is_null() && !value.is_anchored() => {
                    let from = base + key.start();
                    let to = if range.is_empty() { colon(text, base + key.end()) } else { range.end };
                    if flow {
                        Slot::FlowField { at: from..to, lead: "" }
                    } else if range.is_empty() {
                        // A comment behind the key stays where it is.
                        Slot::Block { at: after_line(text, to), column: column(text, from) }
                    } else {
                        Slot::BlockField {
                            at: from - column(text, from)..after_line(text, to),
                            lead: " ".repeat(column(text, from)),
                        }
                    }
                }
                _ => Slot::Closed,
            }
        }
    }
}

/// The offset after a key's colon; the end of the key if it has none.
fn colon(text: &str, end: usize) -> usize {
    let rest = text[end..].trim_start_matches([' ', '\t']);
    if rest.starts_with(':') { text.len() - rest.len() + 1 } else { end }
}

fn column(text: &str, at: usize) -> usize {
    let start = memchr::memrchr(b'\n', &text.as_bytes()[..at]).map_or(0, |i| i + 1);
    text[start..at].trim_start_matches('\u{feff}').chars().count()
}

/// The offset after the line that an offset is on; the offset itself if it begins a line.
fn after_line(text: &str, at: usize) -> usize {
    if at > 0 && text.as_bytes()[at - 1] == b'\n' {
        return at;
    }
    memchr::memchr(b'\n', &text.as_bytes()[at..]).map_or(text.len(), |i| at + i + 1)
}

/// The edit that adds findings to the `results` of a list. Those that an earlier run has put there are not added again.
///
/// `None` if there is nothing to add.
pub(crate) fn results(list: &ResourceList, source: &Source, index: SourceId, findings: &[Finding]) -> Option<Edit> {
    let new: Vec<serde_json::Value> =
        findings.iter().filter(|f| !f.verbose).map(result).filter(|r| !list.there.contains(&told(r))).collect();
    if new.is_empty() {
        return None;
    }
    let text = &source.text;
    let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let flow = || new.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let block = |column: usize| new.iter().map(|r| block_item(r, column, newline)).collect::<String>();
    // A text without a final newline gets its line break before what is added, and none after it.
    let lines = |at: usize, lines: String| {
        if at > 0 && !text[..at].ends_with('\n') {
            format!("{newline}{}", lines.trim_end_matches(newline))
        } else {
            lines
        }
    };
    let (range, text) = match &list.results {
        Slot::Closed => return None,
        Slot::Block { at, column } => (*at..*at, lines(*at, block(*column))),
        Slot::Flow { at, comma } => (*at..*at, format!("{}{}", if *comma { ", " } else { "" }, flow())),
        Slot::BlockField { at, lead } => {
            (at.clone(), lines(at.start, format!("{lead}results:{newline}{}", block(lead.len()))))
        }
        Slot::FlowField { at, lead } => (at.clone(), format!("{lead}\"results\": [{}]", flow())),
    };
    Some(Edit { source: index, range, text })
}

/// One finding as an entry of `results` (KRM Functions Specification, `result`).
fn result(finding: &Finding) -> serde_json::Value {
    let message = match &finding.remedy {
        Some(remedy) => format!("{} ({remedy})", finding.message),
        None => finding.message.clone(),
    };
    let mut out = serde_json::json!({ "message": message, "severity": finding.severity });
    if let Some(resource) = &finding.resource {
        out["resourceRef"] = serde_json::to_value(resource).unwrap_or_default();
    }
    if let Some(path) = &finding.field {
        out["field"] = serde_json::json!({ "path": path });
    }
    if let Some((path, index)) = &finding.file {
        out["file"] = serde_json::json!({ "path": path });
        if let Some(index) = index {
            out["file"]["index"] = (*index).into();
        }
    }
    out["tags"] = serde_json::json!({ "id": finding.id.as_str() });
    out
}

/// A JSON object as an item of a block sequence, one field a line; deeper values stay JSON, which is YAML too.
fn block_item(value: &serde_json::Value, column: usize, newline: &str) -> String {
    let mut out = String::new();
    for (i, (key, value)) in value.as_object().into_iter().flatten().enumerate() {
        let lead = if i == 0 { "- " } else { "  " };
        let value = match value {
            serde_json::Value::String(text) if key == "message" => quote(text),
            serde_json::Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        out.push_str(&format!("{}{lead}{key}: {value}{newline}", " ".repeat(column)));
    }
    out
}

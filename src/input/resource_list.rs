//! The envelope of a KRM function: finds the functionConfig in a ResourceList, and writes findings into its `results`.
//!
//! The wire format is that of the KRM Functions Specification v1 (`config.kubernetes.io/v1`, before that `v1beta1` and
//! `v1alpha1`). Its items are objects like any others (`facts`); here is only what is special about the envelope.

use crate::edit::verify::{self, Meant};
use crate::edit::{self, Edit, List as End};
use crate::finding::{Cut, Finding, MOST_FOR_MACHINES, Problem, Severity};
use crate::kube::kind;
use crate::settings::{Layer, SettingsError};
use crate::text::geometry::Geometry;
use crate::text::source::{Source, SourceId};
use crate::yaml::{Arena, Documents, Kind, List, Part, Ref, Style, cut_items, first_document_with};
use std::collections::HashSet;
use std::ops::Range;
use std::slice;

const RESULTS: &str = "results";

/// How a file indents its lists: kpt alone asks kyaml to remember that, as an annotation of each item.
const OF_KPT: &str = "internal.config.kubernetes.io/seqindent";

/// A ResourceList found in a source.
#[derive(Clone, Debug)]
pub(crate) struct ResourceList {
    /// What its functionConfig says, if it has one that is not null.
    pub(crate) function_config: Option<Result<Layer, SettingsError>>,
    /// The end of its `results`; `None` in a form that cannot be edited.
    results: Option<End>,
    /// What an earlier run has put there.
    there: HashSet<Identity>,
    /// Its only item is its functionConfig: so kustomize calls a generator.
    pub(crate) only_config: bool,
    /// It comes from kpt, which shows `results` and what is said on stderr.
    pub(crate) of_kpt: bool,
    /// Its items have not been read: it counts if each part of them is read alone then.
    pub(crate) in_parts: Option<InParts>,
}

/// A list of whose items only the last part was looked at.
#[derive(Clone, Debug)]
pub(crate) struct InParts {
    /// Where it begins in the source.
    pub(crate) start: usize,
    /// Its text without the other parts, and what was left out of the source.
    text: String,
    left_out: Range<usize>,
}

impl InParts {
    fn new(text: &str, list: &List) -> Option<Self> {
        let (start, last) = (list.base(0), list.items.last()?);
        let (before, behind) = list.header.split_at(list.gap.start - start);
        let text = [before, &text[last.range.clone()], behind].concat();
        Some(Self { start, text, left_out: list.gap.start..last.range.start })
    }

    /// What is left as a source, and an edit of it.
    fn source(&self, edit: &Edit) -> (Source, Edit) {
        let moved = |at: usize| at - self.start - if at < self.left_out.end { 0 } else { self.left_out.len() };
        let range = moved(edit.range.start)..moved(edit.range.end);
        (Source::new("", self.text.clone()), Edit { range, ..edit.clone() })
    }
}

/// What makes two entries of `results` the same: severity, message, and the names that say what it is about.
type Identity = [String; 6];

/// The fields of an entry that are compared.
const COMPARED: [&[&str]; 6] = [
    &["severity"],
    &["message"],
    &["resourceRef", "kind"],
    &["resourceRef", "namespace"],
    &["resourceRef", "name"],
    &["file", "path"],
];

/// The identity of an entry, of which `text` gives the fields.
fn identity<'r>(text: impl Fn(&[&str]) -> Option<&'r str>) -> Identity {
    COMPARED.map(|path| text(path).unwrap_or_default().to_owned())
}

/// The ResourceList of a text, if its first document is one. What is found `in_parts` may be none.
pub(crate) fn find(text: &str, in_parts: bool) -> Option<ResourceList> {
    let cut = |chunk: &Part| cut_items(text, chunk, |top, list| read_in_parts(text, top, list)).map(|(_, found)| found);
    let whole = |top: Ref<'_>, chunk: Range<usize>| {
        let items: Vec<Ref<'_>> = top.get("items").into_iter().flat_map(Ref::items).collect();
        is_resource_list(top).then(|| read(top, &items, |_| chunk.start))
    };
    first_document_with(text, "ResourceList", |chunk| in_parts.then(|| cut(chunk)).flatten().map(Some), whole).flatten()
}

fn is_resource_list(root: Ref<'_>) -> bool {
    let text = |key: &str| root.get(key).and_then(Ref::text);
    text("kind") == Some("ResourceList") && text("apiVersion").is_some_and(|v| v.starts_with("config.kubernetes.io/"))
}

/// The same of a list that was cut at its items, of which this is the top node; `None` if too much depends on these.
fn read_in_parts(text: &str, top: Ref<'_>, list: &List) -> Option<ResourceList> {
    if !is_resource_list(top) {
        return None;
    }
    let mut found = ResourceList { in_parts: Some(InParts::new(text, list)?), ..read(top, &[], |at| list.base(at)) };
    let mut arena = Arena::default();
    // The items are the end of the list: only there is known where it ends.
    let is_last = top.entries().last().is_some_and(|(key, _)| key.scalar() == Some("items"));
    if is_last && top.style() == Style::Block && top.get(RESULTS).is_none() {
        let part = list.items.last()?;
        let text = &text[part.range.clone()];
        let end = Documents::new(text, part).next(&mut arena)?.ok()?.roots().next()?.end();
        let end = part.range.start + Geometry { text }.after_line(end);
        found.results = edit::list(top, RESULTS).ok().map(|list| list.moved_to(end));
    }
    let holds = |range: &Range<usize>| memchr::memmem::find(text[range.clone()].as_bytes(), b"seqindent").is_some();
    if holds(&list.gap) {
        // The first item has it, if any has.
        for part in list.items.iter().filter(|part| holds(&part.range)) {
            let tree = Documents::new(&text[part.range.clone()], part).next(&mut arena)?.ok()?;
            found.of_kpt = tree.roots().flat_map(Ref::items).any(is_of_kpt);
            if found.of_kpt {
                break;
            }
        }
    }
    Some(found)
}

fn is_of_kpt(item: Ref<'_>) -> bool {
    item.resolved().path(["metadata", "annotations", OF_KPT]).is_some()
}

/// `base` is what is to be added to an offset.
fn read(root: Ref<'_>, items: &[Ref<'_>], base: impl Fn(usize) -> usize) -> ResourceList {
    // An empty one is none; what is no mapping is an error.
    let is_empty = |n: Ref<'_>| n.is_null() || n.kind() == Kind::Map && n.entries().next().is_none();
    let function_config = root.get("functionConfig").filter(|n| !is_empty(*n));
    let there = root.get(RESULTS).into_iter().flat_map(Ref::items);
    let there = there.map(|item| identity(|path| item.path(path.iter().copied())?.text()));
    let name = |object: Ref<'_>| {
        [&["apiVersion"][..], &["kind"], &["metadata", "name"]].map(|path| object.path(path.iter().copied())?.word())
    };
    let is_config = |item: Ref<'_>| function_config.is_some_and(|config| name(config) == name(item.resolved()));
    ResourceList {
        only_config: items.len() == 1 && is_config(items[0]),
        of_kpt: items.iter().any(|item| is_of_kpt(*item)),
        function_config: function_config.map(|n| Layer::from_node(n, base(n.start()))),
        there: there.collect(),
        results: edit::list(root, RESULTS).ok().map(|list| list.moved_by(base)),
        in_parts: None,
    }
}

/// Adds to the edits of a list's source the one that adds findings to its `results`. Those that an earlier run has put there
/// are not added again.
///
/// That edit is dropped if it does not come out as it is meant beside the others; the finding says so.
pub(crate) fn add_results(
    list: &ResourceList,
    source: &Source,
    edits: &mut Vec<Edit>,
    findings: &[Finding],
    annotation: &str,
) -> Result<(), Box<Finding>> {
    let is_new = |result: &serde_json::Value| {
        !list.there.contains(&identity(|path| path.iter().try_fold(result, |value, key| value.get(key))?.as_str()))
    };
    let new: Vec<_> = results(findings).into_iter().filter(is_new).collect();
    let Some(results) = list.results.as_ref().filter(|_| !new.is_empty()) else {
        return Ok(());
    };
    let edit = results.append(SourceId(0), &new);
    let at = edits.partition_point(|e| e.range.start <= edit.range.start);
    edits.insert(at, edit.clone());
    let meant = Meant { appended: Some((RESULTS, &new)), ..Meant::stamps(annotation, kind::places()) };
    let holds = match &list.in_parts {
        // Beside the stamps of its items, which are verified alone.
        Some(parts) => {
            let (source, edit) = parts.source(&edit);
            verify::holds(&source, slice::from_ref(&edit), &edit, meant)
        }
        None => verify::holds(source, edits, &edit, meant),
    };
    if holds {
        return Ok(());
    }
    edits.remove(at);
    let finding = Finding::new(Problem::ResultsRefused {}).severe(Severity::Warning);
    Err(Box::new(finding.at(SourceId(0), edit.range)))
}

/// The entries of `results` for some findings: none of what is said for completeness, and of each id so many.
fn results(findings: &[Finding]) -> Vec<serde_json::Value> {
    let mut cut = Cut::at(MOST_FOR_MACHINES);
    let shown = findings.iter().filter(|f| f.severity != Severity::Info && cut.takes(f));
    let mut out: Vec<_> = shown.map(result).collect();
    out.extend(cut.omitted().into_iter().map(|(id, left)| {
        let message = format!("and {left} more");
        serde_json::json!({ "message": message, "severity": id.severity(), "tags": { "id": id.as_str() } })
    }));
    out
}

/// One finding as an entry of `results` (KRM Functions Specification, `result`).
fn result(finding: &Finding) -> serde_json::Value {
    let message = match &finding.remedy {
        Some(remedy) => format!("{} ({remedy})", finding.message),
        None => finding.message.clone(),
    };
    let mut out = serde_json::json!({ "message": message, "severity": finding.severity });
    if let Some(resource) = &finding.resource {
        out["resourceRef"] = serde_json::to_value(&**resource).unwrap_or_default();
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

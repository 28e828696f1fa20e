//! Findings as JSON. The shape is versioned: `docs/schema/findings-v1.json`; fields may be added, none is taken away.
//!
//! Takes a report, gives one JSON object. Quotes no source line.

use serde_json::{Map, Value, json};

use super::{Entry, Place, Places, Report};
use crate::finding::Finding;
use crate::text::source::Location;

/// What tells a reader which shape it is.
const SCHEMA: &str = "restamp.dev/findings/v1";

/// The report as one JSON object; with `quiet` the errors only.
pub(crate) fn json(report: &Report<'_>) -> String {
    let mut findings = Vec::new();
    for set in &report.sets {
        let places = set.places();
        let entries = set.entries(&places, report.quiet);
        findings.extend(entries.iter().map(|e| entry(e, &places)));
    }
    let value = json!({
        "schema": SCHEMA,
        "version": env!("CARGO_PKG_VERSION"),
        "summary": summary(report),
        "findings": findings,
    });
    format!("{value:#}\n")
}

fn summary(report: &Report<'_>) -> Value {
    let (summary, tally) = (&report.summary, report.tally());
    let mut out = json!({
        "check": summary.check,
        "missing": summary.inserted,
        "stale": summary.replaced,
        "leftOver": summary.removed,
        "current": summary.unchanged,
        "kept": summary.kept,
        "skippedSourceTrees": summary.skipped_trees,
        "errors": tally.errors,
        "warnings": tally.warnings,
        "infos": tally.infos,
    });
    if let Some(files) = summary.written {
        out["filesWritten"] = files.into();
    }
    out
}

fn entry(entry: &Entry<'_>, places: &Places<'_>) -> Value {
    let finding = entry.finding;
    let mut out = Map::new();
    out.insert("id".into(), finding.id.as_str().into());
    out.insert("severity".into(), finding.severity.as_str().into());
    out.insert("message".into(), entry.message().into());
    if let Some(remedy) = entry.remedy() {
        out.insert("remedy".into(), remedy.into());
    }
    if let Some(at) = &entry.place {
        out.append(&mut place(at));
    }
    subject(finding, &mut out);
    let related: Vec<_> = finding.related.iter().map(|(at, label)| one_related(places, at, label)).collect();
    if !related.is_empty() {
        out.insert("related".into(), related.into());
    }
    out.into()
}

/// What the finding is about, apart from its place.
fn subject(finding: &Finding, out: &mut Map<String, Value>) {
    if let Some((path, index)) = &finding.file {
        let mut file = json!({ "path": path });
        if let Some(index) = index {
            file["index"] = (*index).into();
        }
        out.insert("file".into(), file);
    }
    if let Some(resource) = &finding.resource {
        out.insert("resource".into(), json!(resource));
    }
    if let Some(field) = &finding.field {
        out.insert("field".into(), field.as_str().into());
    }
}

fn one_related(places: &Places<'_>, at: &Location, label: &str) -> Value {
    let mut out = place(&Place::new(places, at));
    out.insert("label".into(), label.into());
    out.into()
}

fn place(place: &Place<'_>) -> Map<String, Value> {
    let mut out = Map::new();
    out.insert("path".into(), place.path.into());
    if let Some(start) = place.start {
        out.insert("line".into(), start.line.into());
        out.insert("column".into(), start.column.into());
    }
    if let Some(end) = place.end {
        out.insert("endLine".into(), end.line.into());
        out.insert("endColumn".into(), end.column.into());
    }
    out
}

//! Findings as JSON. The shape is versioned: `docs/schema/findings-v1.json`; fields may be added, none is taken away.
//!
//! Takes a report, gives one JSON object. Quotes no source line.

use serde_json::{Value, json};

use super::{Entry, Place, Report, present};
use crate::output::escape;

/// What tells a reader which shape it is.
const SCHEMA: &str = "restamp.dev/findings/v1";

/// The report as one JSON object; with `quiet` the errors only.
pub(super) fn json(report: &Report<'_>) -> String {
    escape::json(&json!({
        "schema": SCHEMA,
        "version": env!("CARGO_PKG_VERSION"),
        "summary": summary(report),
        "findings": report.each(entry),
    }))
}

fn summary(report: &Report<'_>) -> Value {
    let (summary, tally) = (&report.summary, report.tally());
    present(json!({
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
        "filesWritten": summary.written,
    }))
}

fn entry(entry: &Entry<'_>) -> Value {
    let finding = entry.finding;
    let mut out = json!({
        "id": finding.id.as_str(),
        "severity": finding.severity,
        "message": entry.message(),
        "remedy": entry.remedy(),
    });
    if let Some(at) = &entry.place {
        place(&mut out, at);
    }
    out["file"] = json!(finding.file.as_ref().map(|(path, index)| present(json!({ "path": path, "index": index }))));
    out["resource"] = json!(finding.resource);
    out["field"] = json!(finding.field);
    let related = entry.related().map(|(at, label)| {
        let mut out = json!({});
        place(&mut out, &at);
        out["label"] = label.into();
        present(out)
    });
    out["related"] = related.collect();
    present(out)
}

fn place(out: &mut Value, place: &Place<'_>) {
    out["path"] = place.path.into();
    out["line"] = json!(place.start.map(|p| p.line));
    out["column"] = json!(place.start.map(|p| p.column));
    out["endLine"] = json!(place.end.map(|p| p.line));
    out["endColumn"] = json!(place.end.map(|p| p.column));
}

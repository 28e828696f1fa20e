//! Findings as JSON. The shape is versioned: `docs/schema/findings-v1.json`; fields may be added, none is taken away.
//!
//! Takes a report, gives one JSON object. Quotes no source line.

use serde_json::{Map, Value, json};

use super::{Entry, MOST_FOR_MACHINES, Place, Report, by_id, present};
use crate::output::escape;
use crate::text::hidden::Text;
use crate::text::source::Position;

/// What tells a reader which shape it is.
const SCHEMA: &str = "restamp.dev/findings/v1";

/// The report as one JSON object; with `quiet` what fails only.
pub(crate) fn json(report: &Report<'_>) -> String {
    let (findings, omitted) = report.each(MOST_FOR_MACHINES, entry);
    let mut out = json!({
        "schema": SCHEMA,
        "version": env!("CARGO_PKG_VERSION"),
        "summary": summary(report),
        "findings": findings,
    });
    if !omitted.is_empty() {
        out["omitted"] = by_id(&omitted);
    }
    if !report.summary.check {
        out["stamps"] = stamps(report);
    }
    escape::json(&out)
}

/// What is to be done, or was.
fn summary(report: &Report<'_>) -> Value {
    let (summary, tally) = (&report.summary, report.tally());
    // With an error nothing is printed and nothing is written.
    let done = !summary.check && tally.errors == 0;
    let left = |n: usize| if done { 0 } else { n };
    let made = |n: usize| (!summary.check).then_some(if done { n } else { 0 });
    let counts = summary.counts;
    let stamped = counts.inserted + counts.replaced;
    present(json!({
        "check": summary.check,
        "missing": left(counts.inserted),
        "stale": left(counts.replaced),
        "leftOver": left(counts.removed),
        "current": counts.unchanged + made(stamped).unwrap_or_default(),
        "kept": counts.kept,
        "nothingToHash": counts.nothing_to_hash,
        "stamped": made(stamped),
        "removed": made(counts.removed),
        "references": summary.references,
        "skippedSourceTrees": summary.skipped_trees,
        "errors": tally.errors,
        "warnings": tally.warnings,
        "infos": tally.infos,
        "filesWritten": summary.written,
    }))
}

/// The stamps that were written or removed.
fn stamps(report: &Report<'_>) -> Value {
    if report.tally().errors > 0 {
        return json!([]);
    }
    let mut out = Vec::new();
    for set in &report.sets {
        let texts = set.texts();
        for view in set.outcome.workloads().filter(|view| view.decision.action.is_change()) {
            let at = texts.place(&view.location().start());
            let template = view.workload().several.then(|| view.template_path());
            out.push(present(json!({
                "action": view.decision.action.as_word(),
                "resource": view.resource(),
                "template": template,
                "path": at.path,
                "line": at.start.map(|p| p.line),
                "stamp": view.decision.stamp,
                "before": view.current().map(Text::shown),
            })));
        }
    }
    out.into()
}

fn entry(entry: &Entry<'_>) -> Value {
    let finding = entry.finding;
    let mut out = json!({
        "id": finding.id.as_str(),
        "severity": finding.severity,
        "message": entry.message(),
        "remedy": entry.remedy(),
    });
    if let (Some(at), Some(out)) = (&entry.place, out.as_object_mut()) {
        place(out, at);
    }
    out["file"] = json!(finding.file.as_ref().map(|(path, index)| present(json!({ "path": path, "index": index }))));
    out["resource"] = json!(finding.resource.as_deref());
    out["field"] = json!(finding.field);
    let related = entry.related().map(|(at, label)| {
        let mut out = Map::with_capacity(6);
        place(&mut out, &at);
        out.insert("label".to_owned(), label.into());
        Value::from(out)
    });
    out["related"] = related.collect();
    let omitted = entry.omitted();
    out["relatedOmitted"] = json!((omitted > 0).then_some(omitted));
    present(out)
}

fn place(out: &mut Map<String, Value>, place: &Place<'_>) {
    let mut put = |key: &str, value: Value| out.insert(key.to_owned(), value);
    put("path", place.path.into());
    if let Some(Position { line, column }) = place.start {
        put("line", line.into());
        put("column", column.into());
    }
    if let Some(Position { line, column }) = place.end {
        put("endLine", line.into());
        put("endColumn", column.into());
    }
}

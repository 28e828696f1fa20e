//! Findings as SARIF 2.1.0, for code scanning.
//!
//! Takes a report, gives one log with one run. Its rules are all ids, in the order of `docs/findings.md`, each with its
//! section of that page. Quotes no source line.

use serde_json::{Value, json};

use super::{Entry, Place, Places, Report, docs, object_name};
use crate::finding::{Finding, Id, Severity};
use crate::output::escape::uri;

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// Relative paths count from the folder in which restamp ran, as a rule the root of the repository.
const BASE: &str = "%SRCROOT%";

/// The report as a SARIF log; with `quiet` the errors only.
pub(crate) fn sarif(report: &Report<'_>) -> String {
    let mut results = Vec::new();
    for set in &report.sets {
        let places = set.places();
        let entries = set.entries(&places, report.quiet);
        results.extend(entries.iter().map(|e| result(report, e, &places)));
    }
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "restamp",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": Id::ALL.iter().map(|id| rule(*id)).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    format!("{log:#}\n")
}

fn rule(id: Id) -> Value {
    let section = docs::section(id);
    json!({
        "id": id.as_str(),
        "shortDescription": { "text": id.summary() },
        "fullDescription": { "text": id.summary() },
        "help": { "text": section, "markdown": section },
    })
}

fn result(report: &Report<'_>, entry: &Entry<'_>, places: &Places<'_>) -> Value {
    let finding = entry.finding;
    let mut out = json!({
        "ruleId": finding.id.as_str(),
        "ruleIndex": Id::ALL.iter().position(|id| *id == finding.id),
        "level": level(report, finding),
        "message": { "text": message(entry) },
    });
    if let Some(location) = location(entry) {
        out["locations"] = json!([location]);
    }
    let related = finding.related.iter().filter_map(|(at, label)| {
        let mut location = json!({ "physicalLocation": physical(&Place::new(places, at))? });
        location["message"] = json!({ "text": label });
        Some(location)
    });
    let related: Vec<_> = related.collect();
    if !related.is_empty() {
        out["relatedLocations"] = related.into();
    }
    out
}

/// What fails `check` is an error to code scanning, whatever restamp calls it.
fn level(report: &Report<'_>, finding: &Finding) -> &'static str {
    match finding.severity {
        _ if report.fails(finding) => "error",
        Severity::Error | Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

fn message(entry: &Entry<'_>) -> String {
    let message = entry.message();
    match entry.remedy() {
        Some(remedy) => format!("{message}. What to do: {remedy}"),
        None => message.into_owned(),
    }
}

fn location(entry: &Entry<'_>) -> Option<Value> {
    let mut out = json!({});
    if let Some(physical) = entry.place.as_ref().and_then(physical) {
        out["physicalLocation"] = physical;
    }
    if let Some(resource) = &entry.finding.resource {
        out["logicalLocations"] = json!([{
            "fullyQualifiedName": object_name(resource),
            "kind": "object",
        }]);
    }
    out.as_object().is_some_and(|o| !o.is_empty()).then_some(out)
}

/// A place in a file; standard input is none.
fn physical(place: &Place<'_>) -> Option<Value> {
    if place.path == "-" {
        return None;
    }
    let uri = uri(place.path);
    let mut artifact = json!({ "uri": uri });
    if !uri.starts_with("file:") {
        artifact["uriBaseId"] = BASE.into();
    }
    let mut out = json!({ "artifactLocation": artifact });
    if let Some(start) = place.start {
        out["region"] = json!({ "startLine": start.line, "startColumn": start.column });
    }
    if let Some(end) = place.end {
        out["region"]["endLine"] = end.line.into();
        out["region"]["endColumn"] = end.column.into();
    }
    Some(out)
}

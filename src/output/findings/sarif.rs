//! Findings as SARIF 2.1.0, for code scanning.
//!
//! Takes a report, gives one log with one run. Its rules are all ids, in the order of `docs/findings.md`, each with its
//! section of that page. Quotes no source line.

use serde_json::{Value, json};

use super::{Entry, MOST_FOR_MACHINES, Place, Report, by_id, docs, object_name, present};
use crate::finding::Id;
use crate::output::escape::{self, uri};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// Relative paths count from the folder in which restamp ran, as a rule the root of the repository.
const BASE: &str = "%SRCROOT%";

/// The report as a SARIF log; with `quiet` what fails only.
pub(super) fn sarif(report: &Report<'_>) -> String {
    let (results, omitted) = report.each(MOST_FOR_MACHINES, |entry| result(report, entry));
    let properties = (!omitted.is_empty()).then(|| json!({ "omitted": by_id(&omitted) }));
    escape::json(&json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [present(json!({
            "tool": { "driver": {
                "name": "restamp",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": Id::ALL.iter().map(|id| rule(*id)).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
            "properties": properties,
        }))],
    }))
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

fn result(report: &Report<'_>, entry: &Entry<'_>) -> Value {
    let finding = entry.finding;
    let remedy = entry.remedy().map(|remedy| format!(". What to do: {remedy}")).unwrap_or_default();
    let logical = |resource| json!([{ "fullyQualifiedName": object_name(resource), "kind": "object" }]);
    let location = present(json!({
        "physicalLocation": entry.in_file().as_ref().and_then(physical),
        "logicalLocations": finding.resource.as_deref().map(logical),
    }));
    let related = entry
        .related()
        .filter_map(|(at, label)| Some(json!({ "physicalLocation": physical(&at)?, "message": { "text": label } })));
    present(json!({
        "ruleId": finding.id.as_str(),
        "ruleIndex": Id::ALL.iter().position(|id| *id == finding.id),
        // What fails `check` is an error to code scanning, whatever restamp calls it.
        "level": report.level(finding, "note"),
        "message": { "text": entry.message().into_owned() + &remedy },
        "locations": location.as_object().filter(|l| !l.is_empty()).map(|_| [&location]),
        "relatedLocations": related.collect::<Vec<_>>(),
        "properties": (entry.omitted() > 0).then(|| json!({ "relatedOmitted": entry.omitted() })),
    }))
}

/// A place in a file; standard input is none.
fn physical(place: &Place<'_>) -> Option<Value> {
    if place.path == "-" {
        return None;
    }
    let uri = uri(place.path);
    let base = (!uri.starts_with("file:")).then_some(BASE);
    let region = place.start.map(|start| {
        present(json!({
            "startLine": start.line,
            "startColumn": start.column,
            "endLine": place.end.map(|end| end.line),
            "endColumn": place.end.map(|end| end.column),
        }))
    });
    Some(present(json!({ "artifactLocation": present(json!({ "uri": uri, "uriBaseId": base })), "region": region })))
}

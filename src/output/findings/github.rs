//! Findings as workflow commands of GitHub Actions: annotations on the lines of a pull request.
//!
//! Takes a report, gives one command a line. Whatever a message or a file name holds, it stays in its command.

use super::{Entry, Report};
use crate::finding::Severity;
use crate::output::escape::{command_data, command_property, slashed};

/// The report as workflow commands, then the summary as plain text; with `quiet` the errors only.
pub(crate) fn github(report: &Report<'_>) -> String {
    let mut out = String::new();
    for set in &report.sets {
        let places = set.places();
        for entry in set.entries(&places, report.quiet) {
            out.push_str(&command(report, &entry));
            out.push('\n');
        }
    }
    if !report.quiet {
        out.push_str(&report.summary.words(report.tally()));
        out.push('\n');
    }
    out
}

fn command(report: &Report<'_>, entry: &Entry<'_>) -> String {
    let finding = entry.finding;
    let word = match finding.severity {
        _ if report.fails(finding) => "error",
        Severity::Error | Severity::Warning => "warning",
        Severity::Info => "notice",
    };
    let mut properties = Vec::new();
    if let Some(place) = entry.place.as_ref().filter(|p| p.path != "-") {
        let path = slashed(place.path);
        let path = path.strip_prefix("./").unwrap_or(&path);
        properties.push(format!("file={}", command_property(path)));
        if let Some(start) = place.start {
            properties.push(format!("line={},col={}", start.line, start.column));
        }
    }
    let title = command_property(finding.id.as_str());
    properties.push(format!("title=restamp%3A {title}"));
    let mut message = entry.message().into_owned();
    if let Some(remedy) = entry.remedy() {
        message += &format!("\nhelp: {remedy}");
    }
    format!("::{word} {}::{}", properties.join(","), command_data(&message))
}

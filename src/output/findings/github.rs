//! Findings as workflow commands of GitHub Actions: annotations on the lines of a pull request.
//!
//! Takes a report, gives one command a line. Whatever a message or a file name holds, it stays in its command.

use super::{Entry, MOST_FOR_MACHINES, Report};
use crate::output::escape::{command_data, command_property, slashed};

/// The report as workflow commands, then the summary as plain text; with `quiet` what fails only.
pub(super) fn github(report: &Report<'_>) -> String {
    let (commands, omitted) = report.each(MOST_FOR_MACHINES, |entry| command(report, entry));
    let more = omitted.iter().map(|(id, left)| format!("::notice title=restamp%3A {}::and {left} more\n", id.as_str()));
    commands.concat() + &more.collect::<String>() + &report.last_line()
}

fn command(report: &Report<'_>, entry: &Entry<'_>) -> String {
    let word = report.level(entry.finding, "notice");
    let mut properties = Vec::new();
    if let Some(place) = entry.in_file() {
        properties.push(format!("file={}", command_property(&slashed(place.path))));
        properties.extend(place.start.map(|start| format!("line={},col={}", start.line, start.column)));
    }
    properties.push(format!("title=restamp%3A {}", command_property(entry.finding.id.as_str())));
    let remedy = entry.remedy().map(|remedy| format!("\nhelp: {remedy}")).unwrap_or_default();
    format!("::{word} {}::{}\n", properties.join(","), command_data(&(entry.message().into_owned() + &remedy)))
}

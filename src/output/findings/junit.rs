//! The report as JUnit XML: one test case for each workload, and one for each finding that is about none.
//!
//! Takes a report, gives one `testsuites` element. A case fails if `check` does; what else there is to say is its
//! `system-out`. Quotes no source line, holds no time.

use super::{Entry, Report, ReportSet, object_name};
use crate::decide::action::{Action, Decision};
use crate::finding::{Finding, Severity};
use crate::output::escape::xml;

/// One test case on its way to XML.
struct Case<'c> {
    name: String,
    /// The file, as a rule.
    class: &'c str,
    entries: Vec<&'c Entry<'c>>,
}

/// The report as JUnit XML; with `quiet` only cases that fail.
pub(crate) fn junit(report: &Report<'_>) -> String {
    let mut cases = Vec::new();
    for set in &report.sets {
        let places = set.places();
        let entries = set.entries(&places, false);
        for case in set_cases(set, &entries) {
            let failures = case.failures(report).len();
            if failures > 0 || !report.quiet {
                cases.push((case.xml(report), usize::from(failures > 0)));
            }
        }
    }
    let failures: usize = cases.iter().map(|(_, failed)| failed).sum();
    let counts = format!("name=\"restamp\" tests=\"{}\" failures=\"{failures}\" errors=\"0\"", cases.len());
    let mut out =
        format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites {counts}>\n  <testsuite {counts}>\n");
    cases.iter().for_each(|(case, _)| out.push_str(case));
    out.push_str("  </testsuite>\n</testsuites>\n");
    out
}

fn set_cases<'c>(set: &ReportSet<'c>, entries: &'c [Entry<'c>]) -> Vec<Case<'c>> {
    let mut decisions: Vec<&Decision> = set.decisions.iter().collect();
    decisions.sort_by_key(|v| (v.location.source, v.location.range.start));
    let mut own: Vec<Vec<&Entry<'_>>> = decisions.iter().map(|_| Vec::new()).collect();
    let mut others = Vec::new();
    for entry in entries {
        match owner(&decisions, entry.finding) {
            Some(index) => own[index].push(entry),
            None if entry.finding.severity == Severity::Info => {}
            None => others.push(Case {
                name: format!("{}: {}", entry.finding.id.as_str(), entry.message()),
                class: entry.place.as_ref().map_or("restamp", |p| p.path),
                entries: vec![entry],
            }),
        }
    }
    let looked_at = |v: &Decision| !matches!(v.action, Action::Nothing | Action::Skip(_));
    let cases = decisions.into_iter().zip(own);
    let cases = cases.filter(|(v, entries)| looked_at(v) || !entries.is_empty());
    let case = |(decision, entries): (&Decision, _)| Case {
        name: object_name(&decision.resource),
        class: &set.sources[decision.location.source].name,
        entries,
    };
    cases.map(case).chain(others).collect()
}

/// The workload that a finding points into.
fn owner(decisions: &[&Decision], finding: &Finding) -> Option<usize> {
    let at = finding.location()?;
    let start = |v: &Decision| (v.location.source, v.location.range.start);
    let after = decisions.partition_point(|v| start(v) <= (at.source, at.range.start));
    let index = after.checked_sub(1)?;
    let decision = &decisions[index].location;
    (decision.source == at.source && at.range.start < decision.range.end).then_some(index)
}

impl Case<'_> {
    fn failures(&self, report: &Report<'_>) -> Vec<&Entry<'_>> {
        let fails = |e: &&&Entry<'_>| report.fails(e.finding);
        self.entries.iter().filter(fails).copied().collect()
    }

    fn xml(&self, report: &Report<'_>) -> String {
        let (name, class) = (xml(&self.name), xml(self.class));
        let mut out = format!("    <testcase name=\"{name}\" classname=\"{class}\"");
        if self.entries.is_empty() {
            out.push_str("/>\n");
            return out;
        }
        out.push_str(">\n");
        let failures = self.failures(report);
        if let Some(first) = failures.first() {
            let more = match failures.len() - 1 {
                0 => String::new(),
                more => format!(" (and {more} more)"),
            };
            let message = xml(&format!("{}{more}", first.message()));
            let (kind, text) = (first.finding.id.as_str(), xml(&lines(&failures)));
            out += &format!("      <failure message=\"{message}\" type=\"{kind}\">{text}</failure>\n");
        }
        let rest: Vec<_> = self.entries.iter().filter(|e| !report.fails(e.finding)).copied().collect();
        if !rest.is_empty() {
            out += &format!("      <system-out>{}</system-out>\n", xml(&lines(&rest)));
        }
        out.push_str("    </testcase>\n");
        out
    }
}

/// One line for each finding, one more for its remedy.
fn lines(entries: &[&Entry<'_>]) -> String {
    let mut out = Vec::new();
    for entry in entries {
        let finding = entry.finding;
        let (severity, id) = (finding.severity.as_str(), finding.id.as_str());
        let at = entry.place.as_ref().map(|p| match p.start {
            Some(start) => format!("{}:{}:{}: ", p.path, start.line, start.column),
            None => format!("{}: ", p.path),
        });
        let at = at.unwrap_or_default();
        out.push(format!("{at}{severity}: {} [{id}]", entry.message()));
        out.extend(entry.remedy().map(|r| format!("  help: {r}")));
    }
    out.join("\n")
}

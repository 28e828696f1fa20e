//! The report as JUnit XML: one test case for each workload, and one for each finding that is about none.
//!
//! Takes a report, gives one `testsuites` element. A case fails if `check` does; what else there is to say is its
//! `system-out`. Quotes no source line, holds no time.

use super::{Entry, MOST_FOR_MACHINES, Report, ReportSet, object_name};
use crate::finding::Finding;
use crate::outcome::View;
use crate::output::escape::xml;
use crate::text::source::Location;
use std::collections::BTreeSet;

/// One test case on its way to XML.
struct Case<'c, 'e> {
    name: String,
    /// The file, as a rule.
    class: &'c str,
    entries: Vec<&'c Entry<'e>>,
}

/// The report as JUnit XML; with `quiet` only cases that fail.
pub(super) fn junit(report: &Report<'_>) -> String {
    let (mut cases, mut failures) = (Vec::new(), 0);
    let omitted = report.each_set(MOST_FOR_MACHINES, |set, entries| {
        for case in set_cases(set, entries) {
            let fails = case.entries.iter().any(|e| report.fails(e.finding));
            failures += usize::from(fails);
            cases.extend((fails || !report.quiet).then(|| case.xml(report)));
        }
    });
    let more =
        omitted.iter().map(|(id, left)| format!("    <system-out>and {left} more [{}]</system-out>\n", id.as_str()));
    let more: String = more.collect();
    let counts = format!("name=\"restamp\" tests=\"{}\" failures=\"{failures}\" errors=\"0\"", cases.len());
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites {counts}>\n  <testsuite {counts}>\n{}{more}  </testsuite>\n</testsuites>\n",
        cases.concat()
    )
}

fn set_cases<'c, 'e>(set: &'c ReportSet<'_>, entries: &'c [Entry<'e>]) -> Vec<Case<'c, 'e>> {
    let mut workloads: Vec<View<'_>> = set.outcome.workloads().collect();
    workloads.sort_by_key(|w| w.location().order());
    let mut own: Vec<Vec<&Entry<'_>>> = workloads.iter().map(|_| Vec::new()).collect();
    let mut others = Vec::new();
    for entry in entries {
        match owners(&workloads, entry.finding) {
            all if !all.is_empty() => all.into_iter().for_each(|index| own[index].push(entry)),
            _ => others.push(Case {
                name: format!("{}: {}", entry.finding.id.as_str(), entry.message()),
                class: entry.place.as_ref().map_or("restamp", |p| p.path),
                entries: vec![entry],
            }),
        }
    }
    let cases = workloads.into_iter().zip(own);
    let cases = cases.filter(|(w, entries)| w.decision.action.is_about_a_stamp() || !entries.is_empty());
    let case = |(workload, entries): (View<'_>, _)| Case {
        name: object_name(&workload.resource()),
        class: &set.sources[workload.location().source].name,
        entries,
    };
    cases.map(case).chain(others).collect()
}

/// The workloads that a finding is about: the one that it points into, and those of its other places.
fn owners(workloads: &[View<'_>], finding: &Finding) -> BTreeSet<usize> {
    let owner = |at: &Location| {
        let index = Location::last_before(workloads, |w| w.location(), at.order())?;
        let own = workloads[index].location();
        (own.source == at.source && at.range.start < own.range.end).then_some(index)
    };
    let Some(first) = finding.location().and_then(owner) else { return BTreeSet::new() };
    finding.related.iter().filter_map(|(at, _)| owner(at)).chain([first]).collect()
}

impl Case<'_, '_> {
    fn xml(&self, report: &Report<'_>) -> String {
        let case = format!("    <testcase name=\"{}\" classname=\"{}\"", xml(&self.name), xml(self.class));
        if self.entries.is_empty() {
            return case + "/>\n";
        }
        let (failures, rest): (Vec<&Entry<'_>>, Vec<_>) = self.entries.iter().partition(|e| report.fails(e.finding));
        let mut out = case + ">\n";
        if let Some(first) = failures.first() {
            let more = if failures.len() > 1 { format!(" (and {} more)", failures.len() - 1) } else { String::new() };
            let message = xml(&format!("{}{more}", first.message()));
            let (kind, text) = (first.finding.id.as_str(), lines(&failures));
            out += &format!("      <failure message=\"{message}\" type=\"{kind}\">{text}</failure>\n");
        }
        if !rest.is_empty() {
            out += &format!("      <system-out>{}</system-out>\n", lines(&rest));
        }
        out + "    </testcase>\n"
    }
}

/// One line for each finding, one more for its remedy.
fn lines(entries: &[&Entry<'_>]) -> String {
    let mut out = Vec::new();
    for entry in entries {
        let place = entry.shown_place().map(|place| place + ": ").unwrap_or_default();
        let (severity, id) = (entry.finding.severity.as_str(), entry.finding.id.as_str());
        out.push(format!("{place}{severity}: {} [{id}]", entry.message()));
        out.extend(entry.remedy().map(|r| format!("  help: {r}")));
    }
    xml(&out.join("\n"))
}

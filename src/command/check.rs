//! What `check` says of a set: missing, stale and left-over stamps, and which findings make it fail.

use crate::decide::action::{Action, Decision, Skip};
use crate::edit::{self, Edit};
use crate::finding::{self, Finding, Id, Severity};
use crate::text::opaque::Opaque;
use crate::text::lines::Locator;
use crate::text::source::{Location, Source, SourceId};
use crate::transform::Outcome;
use std::fmt::Write as _;
use std::ops::Range;

/// The findings of a check in place of those that `stamp` would say about its own edits.
pub(crate) fn findings(outcome: &Outcome) -> Vec<Finding> {
    let any_stamp = outcome.decisions.iter().any(|v| v.current.is_some());
    let mut out: Vec<Finding> = outcome.findings.iter().filter(|f| f.id != Id::StampRemoved).cloned().collect();
    out.extend(outcome.decisions.iter().filter_map(|v| of_verdict(outcome, v, any_stamp)));
    outcome.facts.name_files(&mut out);
    finding::sort(&mut out);
    out
}

fn of_verdict(outcome: &Outcome, decision: &Decision, any_stamp: bool) -> Option<Finding> {
    let workload = outcome.workload(decision);
    let at = workload.stamp_place();
    let about = format!("{}/{}", decision.resource.kind, decision.resource.name);
    let error = |id, message: String| Finding::new(id, Severity::Error, message);
    let finding = match decision.action {
        // A list may mean a name that the finished build no longer shows.
        Action::Insert | Action::Replace if decision.unmatched_entry => {
            Finding::new(Id::CannotVerify, Severity::Warning, format!("the stamp of {about} cannot be verified: an entry of its lists names nothing in the set"))
                .remedy("if a list means names from before a kustomize build, check the transformer's input; else correct the entry")
        }
        Action::Insert if !any_stamp => error(Id::StampMissing, format!("{about} has no stamp, nor has any other workload: the stamp step did not run"))
            .remedy("run `restamp stamp -w`, or see why the step did nothing: kustomize skips an exec function without a word unless it gets --enable-alpha-plugins --enable-exec, kubectl always does"),
        Action::Insert => error(Id::StampMissing, format!("{about} has no stamp")).remedy("run `restamp stamp -w`, or the step that stamps"),
        Action::Replace => error(Id::StampStale, format!("the stamp of {about} is not that of its configs as they are now"))
            .remedy("run `restamp stamp -w`, or the step that stamps, after the last change of a config"),
        Action::Remove => error(Id::StampLeftOver, format!("{about} carries a stamp, but is no longer selected"))
            .remedy("run `restamp stamp -w` to remove it, which rolls its pods once; or select it again"),
        Action::Skip(why) if why != Skip::Excluded && decision.current.is_some() && decision.current != decision.stamp => {
            Finding::new(Id::StampLeftAlone, Severity::Warning, format!("{about} carries a stamp, but is not stamped: it is left as it is"))
                .remedy("remove the annotation by hand if nothing else keeps it")
        }
        Action::Current | Action::CannotVerify | Action::Nothing | Action::Skip(_) => return None,
    };
    let mut finding = finding.at(decision.location.source, at);
    finding.resource = Some(decision.resource.clone());
    finding.field = Some(format!("{}.metadata.annotations", decision.template_path));
    Some(finding)
}

/// Does not count a stamp as missing or stale that a list of old names may stand for (see [`findings`]).
pub(crate) fn soften(decisions: &mut [Decision]) {
    for decision in decisions.iter_mut().filter(|v| v.unmatched_entry) {
        if matches!(decision.action, Action::Insert | Action::Replace) {
            decision.action = Action::CannotVerify;
        }
    }
}

/// Whether an error finding is a failed check (exit status 1) and not input that cannot be used (2).
pub(crate) fn is_failure(id: Id) -> bool {
    matches!(
        id,
        Id::StampMissing
            | Id::StampStale
            | Id::StampLeftOver
            | Id::MissingConfig
            | Id::MissingKey
            | Id::NothingSelected
    )
}

/// What `stamp -w` would change, as a diff without context lines. A line that also holds something of another object
/// shows only the two stamp values, so that nothing of a Secret is ever printed.
pub(crate) fn diff(sources: &[Source], outcome: &Outcome) -> String {
    let mut own: Vec<&Location> = outcome.decisions.iter().map(|v| &v.location).collect();
    own.sort_by_key(|l| (l.source, l.range.start));
    let lines = Lines { locator: Locator::new(sources), hidden: Opaque::new(&outcome.opaque), own };
    let mut out = String::new();
    for (index, source) in SourceId::each(sources) {
        let edits = edit::of_source(&outcome.edits, index);
        if edits.is_empty() {
            continue;
        }
        let _ = writeln!(out, "--- {0}\n+++ {0}", source.name);
        for edit in edits {
            lines.hunk(&mut out, edit);
        }
    }
    out
}

/// The lines of a set, and what of them may be shown.
struct Lines<'d> {
    locator: Locator<'d>,
    hidden: Opaque,
    /// Where the workloads are.
    own: Vec<&'d Location>,
}

impl Lines<'_> {
    fn hunk(&self, out: &mut String, edit: &Edit) {
        let text = &self.locator.source(edit.source).text;
        let line = self.line(edit);
        let _ = writeln!(out, "@@ line {} @@", self.locator.position(edit.source, edit.range.start).line);
        if edit.range == (line.start..line.start) && edit.text.ends_with(['\n', '\r']) {
            lines(out, '+', &edit.text);
        } else if line.len() < LONG && self.may_be_shown(edit.source, &line) {
            lines(out, '-', &text[line.clone()]);
            let after = text.get(edit.range.end..line.end).unwrap_or_default();
            let new = format!("{}{}{after}", &text[line.start..edit.range.start], edit.text);
            lines(out, '+', &new);
        } else {
            lines(out, '-', &text[edit.range.clone()]);
            lines(out, '+', &edit.text);
        }
    }

    /// The lines that an edit touches, without the last line break.
    fn line(&self, edit: &Edit) -> Range<usize> {
        let lines = self.locator.lines(edit.source);
        // A removal that ends with its line break ends on the line before.
        let removed = &self.locator.source(edit.source).text[edit.range.clone()];
        let last = edit.range.end - usize::from(removed.ends_with(['\n', '\r']));
        lines.line(edit.range.start).start..lines.line(last).end.max(last)
    }

    /// Whether a line holds nothing but the workload that is edited: nothing before it but a dash, nothing after it but a
    /// comment, and nothing that is never quoted.
    fn may_be_shown(&self, source: SourceId, line: &Range<usize>) -> bool {
        if self.hidden.touches(source, line) {
            return false;
        }
        let text = &self.locator.source(source).text;
        let alone = |range: &Range<usize>| {
            let before = &text[line.start..range.start.clamp(line.start, line.end)];
            let after = text[range.end.clamp(line.start, line.end)..line.end].trim();
            before.chars().all(|c| matches!(c, ' ' | '-')) && (after.is_empty() || after.starts_with('#'))
        };
        // Workloads do not overlap: only the last that begins before the end of the line, or one before it, touches it.
        let until = self.own.partition_point(|l| (l.source, l.range.start) <= (source, line.end));
        let touching = self.own[..until].iter().rev().take_while(|l| l.source == source && line.start <= l.range.end);
        touching.into_iter().any(|l| alone(&l.range))
    }
}

/// A line of this length is not shown whole.
const LONG: usize = 2000;

fn lines(out: &mut String, sign: char, text: &str) {
    for line in text.lines().filter(|l| !l.trim().is_empty()) {
        let shown: String = line.chars().filter(|c| !c.is_control() || *c == '\t').collect();
        let _ = writeln!(out, "{sign}{shown}");
    }
}

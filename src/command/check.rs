//! What `check` says of a set: missing, stale and left-over stamps, and which findings make it fail.

use crate::decide::action::{Action, Decision, Skip};
use crate::edit::{self, Edit};
use crate::finding::{self, Finding, Id, Severity};
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
    let mut out = String::new();
    for (index, source) in SourceId::each(sources) {
        let edits = edit::of_source(&outcome.edits, index);
        if edits.is_empty() {
            continue;
        }
        let _ = writeln!(out, "--- {0}\n+++ {0}", source.name);
        for edit in edits {
            hunk(&mut out, source, outcome, edit);
        }
    }
    out
}

fn hunk(out: &mut String, source: &Source, outcome: &Outcome, edit: &Edit) {
    let text = &source.text;
    let line = line(text, edit);
    let _ = writeln!(out, "@@ line {} @@", source.position(edit.range.start).line);
    if edit.range == (line.start..line.start) && edit.text.ends_with(['\n', '\r']) {
        lines(out, '+', &edit.text);
    } else if line.len() < LONG && may_be_shown(text, outcome, edit.source, &line) {
        lines(out, '-', &text[line.clone()]);
        let after = text.get(edit.range.end..line.end).unwrap_or_default();
        let new = format!("{}{}{after}", &text[line.start..edit.range.start], edit.text);
        lines(out, '+', &new);
    } else {
        lines(out, '-', &text[edit.range.clone()]);
        lines(out, '+', &edit.text);
    }
}

/// A line of this length is not shown whole.
const LONG: usize = 2000;

/// The lines that an edit touches, without the last line break.
fn line(text: &str, edit: &Edit) -> Range<usize> {
    let bytes = text.as_bytes();
    let start = memchr::memrchr2(b'\n', b'\r', &bytes[..edit.range.start]).map_or(0, |i| i + 1);
    // A removal that ends with its line break ends on the line before.
    let removed = &text[edit.range.clone()];
    let last = edit.range.end - usize::from(removed.ends_with(['\n', '\r']));
    let end = memchr::memchr2(b'\n', b'\r', &bytes[last..]).map_or(text.len(), |i| last + i);
    start..end
}

/// Whether a line holds nothing but the workload that is edited: nothing before it but a dash, nothing after it but a
/// comment, and nothing that is never quoted.
fn may_be_shown(text: &str, outcome: &Outcome, source: SourceId, line: &Range<usize>) -> bool {
    let opaque = |l: &Location| l.source == source && l.range.start < line.end && line.start < l.range.end;
    if outcome.opaque.iter().any(opaque) {
        return false;
    }
    let alone = |range: &Range<usize>| {
        let before = &text[line.start..range.start.clamp(line.start, line.end)];
        let after = text[range.end.clamp(line.start, line.end)..line.end].trim();
        before.chars().all(|c| matches!(c, ' ' | '-')) && (after.is_empty() || after.starts_with('#'))
    };
    let touched = |range: &Range<usize>| range.start <= line.end && line.start <= range.end;
    let mut own = outcome.decisions.iter().map(|v| &v.location).filter(|l| l.source == source);
    own.any(|l| touched(&l.range) && alone(&l.range))
}

fn lines(out: &mut String, sign: char, text: &str) {
    for line in text.lines().filter(|l| !l.trim().is_empty()) {
        let shown: String = line.chars().filter(|c| !c.is_control() || *c == '\t').collect();
        let _ = writeln!(out, "{sign}{shown}");
    }
}

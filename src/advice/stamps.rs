//! What happens to stamps, as `stamp` and `check` say it.

use crate::decide::action::{Action, Skip};
use crate::facts::workload::Workload;
use crate::finding::{self, Finding, Problem};
use crate::outcome::{Outcome, View};

/// What `stamp` has to say about what it does to a stamp.
pub(super) fn happens(workload: &Workload, action: Action) -> Option<Finding> {
    let about = workload.about();
    let problem = match action {
        Action::Remove => Problem::StampRemoved { about },
        Action::CannotVerify => Problem::NothingToVerify { about },
        _ => return None,
    };
    Some(Finding::new(problem).at_location(workload.stamp_place()).about(workload.object.resource_ref()))
}

/// The findings of a check: what is missing, stale and left over, in place of what `stamp` would say about its own edits.
pub(crate) fn checked(outcome: &Outcome) -> Vec<Finding> {
    let any_stamp = outcome.workloads().any(|w| w.current().is_some());
    let edits = |f: &&Finding| !matches!(f.problem, Problem::StampRemoved { .. });
    let mut out: Vec<Finding> = outcome.findings.iter().filter(edits).cloned().collect();
    out.extend(outcome.workloads().filter_map(|w| checked_workload(w, any_stamp)));
    outcome.facts.name_files(&mut out);
    finding::sort(&mut out);
    out
}

fn checked_workload(view: View<'_>, any_stamp: bool) -> Option<Finding> {
    let (workload, decision) = (view.workload(), view.decision);
    let about = workload.about();
    let is_due = || view.current().map(|c| c.raw()) == decision.stamp.as_deref();
    let problem = match decision.action {
        Action::Insert if !any_stamp => Problem::StampStepMissing { about },
        Action::Insert => Problem::StampMissing { about },
        Action::Replace => Problem::StampStale { about },
        Action::Remove => Problem::StampLeftOver { about },
        Action::Skip(why) if why != Skip::Excluded && view.current().is_some() && !is_due() => {
            Problem::StampLeftAlone { about }
        }
        Action::Current | Action::CannotVerify | Action::Nothing | Action::Skip(_) => return None,
    };
    let finding = Finding::new(problem).at_location(workload.stamp_place()).in_field(workload.stamp_path());
    Some(finding.about(workload.object.resource_ref()))
}

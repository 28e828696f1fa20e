//! What happens to stamps, as `stamp` and `check` say it.

use crate::decide::action::{Action, Skip};
use crate::decide::change;
use crate::decide::stamp::Decided;
use crate::facts::digest;
use crate::facts::workload::Workload;
use crate::finding::{self, Finding, NAMED, Problem};
use crate::outcome::{Counts, Outcome, View};
use crate::settings::key::Key;
use crate::settings::{Select, Settings};

/// What `stamp` has to say about what it does to a stamp.
pub(super) fn happens(workload: &Workload, action: Action, settings: &Settings) -> Option<Finding> {
    let about = || workload.about();
    let (own, theirs) = (settings.key.as_ref().map(Key::id), workload.template.find(&settings.annotation));
    let known = theirs.and_then(|stamp| Some((stamp, digest::key_id(stamp.value.raw())?)));
    let problem = match action {
        Action::OtherKey if theirs.is_none() => {
            let theirs = settings.baseline.iter().find_map(|stamp| digest::key_id(stamp))?.to_owned();
            Problem::KeyedBaseline { about: about(), theirs }
        }
        Action::OtherKey | Action::Replace => {
            let (stamp, id) = known.filter(|(_, id)| own != Some(id))?;
            Problem::OtherKey { about: about(), theirs: stamp.value.part(id), own: own.map(str::to_owned) }
        }
        Action::Remove => Problem::StampRemoved { about: about() },
        Action::CannotVerify => Problem::NothingToVerify { about: about() },
        _ => return None,
    };
    Some(Finding::new(problem).at_location(workload.stamp_place()).about(workload.object.resource_ref()))
}

/// A stamp that `unstamp` leaves where it is.
pub(crate) fn left_alone(decided: &Decided<'_>, key: &str) -> Option<Finding> {
    let workload = decided.workload;
    let why = decided.decision.action.skip()?;
    workload.template.find(key).filter(|_| why != Skip::Excluded)?;
    let finding = Finding::new(Problem::StampLeftAlone { about: workload.about() });
    Some(finding.at_location(workload.stamp_place()).about(workload.object.resource_ref()))
}

/// What follows from taking stamps out, once for a run.
pub(crate) fn taken_out<'o>(sets: impl Iterator<Item = &'o Outcome>) -> Option<Finding> {
    let stamps = sets.map(|set| set.counts.removed).sum();
    (stamps > 0).then(|| Finding::new(Problem::StampsTakenOut { stamps }))
}

/// How many stamps go, where that leaves none and no workload asks for one: two or more are no chance.
pub(crate) fn removes_all<'o>(sets: impl Iterator<Item = &'o Outcome>, settings: &Settings) -> Option<usize> {
    // That was meant: what would select is there, and the settings leave all configs out.
    if settings.select == Select::All {
        return None;
    }
    let mut all = Counts::default();
    sets.for_each(|set| all.append(set.counts));
    (all.removed > 1 && !all.is_wanted).then_some(all.removed)
}

/// The findings of a check: what is missing, stale and left over, in place of what `stamp` would say about its own edits.
/// `all`: every stamp is left over.
pub(crate) fn checked(outcome: &Outcome, all: bool) -> Vec<Finding> {
    let any_stamp = outcome.workloads().any(|w| w.current().is_some());
    let edits = |f: &&Finding| !matches!(f.problem, Problem::StampRemoved { .. });
    let mut out: Vec<Finding> = outcome.findings.iter().filter(edits).cloned().collect();
    // What cannot be written is told of as such, and `stamp -w` is no way out.
    let writable = outcome.workloads().filter(|w| change::edit(w.workload(), w.decision, &outcome.annotation).is_ok());
    let (never, some): (Vec<_>, Vec<_>) = writable.partition(|w| !any_stamp && w.action() == Action::Insert);
    out.extend(step_missing(&never));
    out.extend(some.into_iter().filter_map(|w| checked_workload(w, all)));
    outcome.facts.name_files(&mut out);
    finding::sort(&mut out);
    out
}

/// What holds for all workloads of a set is said once, at the first.
fn step_missing(views: &[View<'_>]) -> Option<Finding> {
    let (first, others) = views.split_first()?;
    let users = views.iter().map(|view| view.workload().about()).collect();
    let finding = at_stamp(*first, Problem::StampStepMissing { users });
    Some(others.iter().fold(finding, |f, view| f.with(view.workload().stamp_place(), "no stamp here either")))
}

fn at_stamp(view: View<'_>, problem: Problem) -> Finding {
    let workload = view.workload();
    let finding = Finding::new(problem).at_location(workload.stamp_place()).in_field(workload.stamp_path());
    finding.about(workload.object.resource_ref())
}

fn checked_workload(view: View<'_>, all: bool) -> Option<Finding> {
    let (workload, decision) = (view.workload(), view.decision);
    let about = workload.about();
    let is_due = || view.current().map(|c| c.raw()) == decision.stamp.as_deref();
    let problem = match decision.action {
        Action::Insert => Problem::StampMissing { about },
        Action::Replace => {
            let configs = decision.chosen().map(|id| view.outcome.object(id).object.about());
            let count = decision.used().count() + decision.by_annotation.len();
            Problem::StampStale { about, configs: configs.take(NAMED).collect(), count }
        }
        Action::Remove => Problem::StampLeftOver { about, all },
        Action::Skip(why) if why != Skip::Excluded && view.current().is_some() && !is_due() => {
            Problem::StampLeftAlone { about }
        }
        Action::Current
        | Action::Baseline
        | Action::CannotVerify
        | Action::OtherKey
        | Action::Nothing
        | Action::Skip(_) => {
            return None;
        }
    };
    Some(at_stamp(view, problem))
}

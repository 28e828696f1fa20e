//! `check`: are all stamps current? Its findings stand in place of those that `stamp` has about its own edits.

use crate::command::{Run, Status, diff};
use crate::decide::stamp::{Action, Decision, Skip};
use crate::finding::{self, Finding, Id, Severity};
use crate::settings::Settings;
use crate::transform::{Detail, Outcome};
use std::path::PathBuf;

impl Run<'_, '_> {
    pub(super) fn check(&mut self, paths: &[PathBuf], diff: bool, settings: &Settings) -> anyhow::Result<Status> {
        let mut sets = self.sets(paths, settings, Detail::Decisions);
        let shown = if diff {
            sets.iter().map(|done| diff::diff(&done.set.sources, &done.outcome)).collect()
        } else {
            String::new()
        };
        for done in &mut sets {
            done.outcome.findings = findings(&done.outcome);
        }
        self.report_check(&sets, &shown)
    }
}

fn findings(outcome: &Outcome) -> Vec<Finding> {
    let any_stamp = outcome.decisions.iter().any(|v| v.current.is_some());
    let mut out: Vec<Finding> = outcome.findings.iter().filter(|f| f.id != Id::StampRemoved).cloned().collect();
    out.extend(outcome.decisions.iter().filter_map(|decision| of_decision(outcome, decision, any_stamp)));
    outcome.facts.name_files(&mut out);
    finding::sort(&mut out);
    out
}

fn of_decision(outcome: &Outcome, decision: &Decision, any_stamp: bool) -> Option<Finding> {
    let about = format!("{}/{}", decision.resource.kind, decision.resource.name);
    let error = |id, message: String| Finding::new(id, Severity::Error, message);
    let warning = |id, message: String| Finding::new(id, Severity::Warning, message);
    let finding = match decision.checked() {
        Action::Insert if !any_stamp => error(Id::StampMissing, format!("{about} has no stamp, nor has any other workload: the stamp step did not run"))
            .remedy("run `restamp stamp -w`, or see why the step did nothing: kustomize skips an exec function without a word unless it gets --enable-alpha-plugins --enable-exec, kubectl always does"),
        Action::Insert => error(Id::StampMissing, format!("{about} has no stamp")).remedy("run `restamp stamp -w`, or the step that stamps"),
        Action::Replace => error(Id::StampStale, format!("the stamp of {about} is not that of its configs as they are now"))
            .remedy("run `restamp stamp -w`, or the step that stamps, after the last change of a config"),
        Action::Remove => error(Id::StampLeftOver, format!("{about} carries a stamp, but is no longer selected"))
            .remedy("run `restamp stamp -w` to remove it, which rolls its pods once; or select it again"),
        // Of one that cannot be compared in `stamp` either, the core has said so.
        Action::CannotVerify if decision.action != Action::CannotVerify => warning(Id::CannotVerify, format!("the stamp of {about} cannot be verified: an entry of its lists names nothing in the set"))
            .remedy("if a list means names from before a kustomize build, check the transformer's input; else correct the entry"),
        Action::Skip(why) if why != Skip::Excluded && decision.current.is_some() && decision.current != decision.stamp => {
            warning(Id::StampLeftAlone, format!("{about} carries a stamp, but is not stamped: it is left as it is"))
                .remedy("remove the annotation by hand if nothing else keeps it")
        }
        Action::Current | Action::CannotVerify | Action::Nothing | Action::Skip(_) => return None,
    };
    let mut finding = finding.at(decision.location.source, outcome.workload(decision).stamp_place());
    finding.resource = Some(decision.resource.clone());
    finding.field = Some(format!("{}.metadata.annotations", decision.template_path));
    Some(finding)
}

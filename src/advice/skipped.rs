//! Workloads that ask for a stamp and get none, and why.

use crate::advice::lint::{Lint, at};
use crate::decide::action::{Action, Skip};
use crate::facts::Facts;
use crate::facts::object::Object;
use crate::finding::{Finding, Problem, Severity};
use crate::settings::Settings;
use crate::text::source::Location;

/// The lint of an annotated object of a kind that restamp does not know.
pub(super) fn stray(object: &Object, settings: &Settings) -> Option<Finding> {
    let request = object.annotations.request(&settings.names)?;
    let (group, kind) = (object.group().to_owned(), object.kind.clone());
    let problem = Problem::UnknownKind { about: object.about(), group, kind };
    Some(at(request, problem).about(object.resource_ref()))
}

/// The lint of an annotated object in which the user's own paths find no pod template.
pub(super) fn without_template(object: &Object, paths: &str, settings: &Settings) -> Finding {
    let problem = Problem::NoTemplate { about: object.about(), paths: paths.to_owned() };
    let place = object.annotations.request(&settings.names).map_or(object.start(), |a| a.location.clone());
    Finding::new(problem).at_location(place).about(object.resource_ref())
}

/// Rows of the user's own that find no pod template in any object of their kind, where no annotated one says so already.
pub(super) fn useless_rows(facts: &Facts, settings: &Settings) -> Vec<Finding> {
    let useless = facts.rows.iter().filter(|(_, finds)| !**finds).map(|(i, _)| &settings.pod_templates[*i]);
    let told = |kind: &str| facts.without_template.iter().any(|(o, _)| o.kind.raw() == kind);
    let useless = useless.filter(|row| !told(&row.kind));
    useless.map(|row| Finding::new(Problem::UselessRow { kind: row.kind.clone(), path: row.shown_path() })).collect()
}

impl Lint<'_, '_> {
    /// The object that a workloadRef names is not there.
    pub(super) fn workload_ref(&self, out: &mut Vec<Finding>) {
        let workload = self.decided.workload;
        let Some(target) = &workload.workload_ref else { return };
        if self.decider.target(workload, target).is_none() {
            let problem = Problem::NoWorkloadRef { target: format!("{}/{}", target.kind, target.name) };
            out.push(Finding::new(problem).at(workload.object.source(), target.range.clone()));
        }
    }

    /// Why a workload that asks for a stamp gets none.
    pub(super) fn skipped(&self, out: &mut Vec<Finding>) {
        let Action::Skip(why) = self.decided.decision.action else { return };
        let (workload, names) = (self.decided.workload, &self.settings().names);
        let object = &workload.object;
        let request = object.annotations.request(names).or_else(|| workload.template.request(names));
        let asked = self.decided.decision.selected || request.is_some();
        if !asked && why != Skip::Patch {
            return;
        }
        let about = workload.about();
        let problem = match why {
            Skip::Excluded | Skip::Elsewhere => return,
            Skip::Kind if request.is_none() => return,
            Skip::Kind => Problem::KindNotStamped { about, kind: object.kind.clone() },
            Skip::Patch => Problem::Patch { about },
            Skip::Hook => Problem::Hook { about },
            Skip::Job => Problem::Job { about },
            Skip::NamedRevision => Problem::NamedRevision { about },
        };
        let place = match (&workload.revision, request) {
            (Some(range), _) if why == Skip::NamedRevision => Location::new(object.source(), range.clone()),
            (_, Some(request)) => request.location.clone(),
            (_, None) => object.start(),
        };
        let mut finding = Finding::new(problem).at_location(place);
        // Nobody asked for this one in particular.
        if request.is_none() {
            finding.severity = Severity::Info;
        }
        finding.verbose = !asked;
        out.push(finding);
    }
}

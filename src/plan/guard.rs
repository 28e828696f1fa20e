//! The limits that the settings put to a plan: how many workloads may roll, and which may not.
//!
//! Takes what rolls and the settings, gives findings for the report of the plan.

use crate::explain::name::Name;
use crate::finding::{Finding, Problem};
use crate::outcome::View;
use crate::plan::Change;
use crate::settings::Settings;
use crate::text::lines::At;
use serde::Serialize;

/// A finding about what the settings do not allow.
#[derive(Debug, Serialize)]
pub(crate) struct Guarded {
    pub(crate) id: &'static str,
    pub(crate) message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) remedy: Option<String>,
    /// The workload that rolls, if it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) workload: Option<Name>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) at: Option<At>,
    /// The same for a report of all findings.
    #[serde(skip)]
    pub(crate) finding: Finding,
}

impl Guarded {
    fn new(problem: Problem, change: Option<&Change>) -> Self {
        let finding = Finding::new(problem);
        let Finding { id, message, remedy, .. } = finding.clone();
        let (workload, at) = (change.map(|c| c.name.clone()), change.map(|c| c.at.clone()));
        Self { id: id.as_str(), message, remedy, workload, at, finding }
    }
}

/// The finding about a workload that rolls and is protected.
pub(super) fn protected(change: &Change, view: View<'_>, settings: &Settings) -> Option<Guarded> {
    let subject = view.workload().object.subject(&settings.namespace);
    let protects = settings.plan.protected.iter().any(|selector| selector.matches(&subject));
    protects.then(|| {
        let about = change.name.to_string();
        Guarded::new(Problem::ProtectedRolls { about, home: change.name.home() }, Some(change))
    })
}

/// The finding if more workloads roll than may.
pub(super) fn too_many(rolls: usize, settings: &Settings) -> Option<Guarded> {
    let most = settings.plan.max_rolls.filter(|&most| rolls > most)?;
    Some(Guarded::new(Problem::TooManyRolls { rolls, most }, None))
}

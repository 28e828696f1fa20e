//! What a delivery tool applies when: configs that come later than a workload which is stamped with them.
//!
//! Takes annotations of Argo CD and Helm. Argo CD: phases, then waves (`pkg/sync/sync_tasks.go` and `pkg/sync/syncwaves`
//! of its gitops-engine; Helm's hooks are phases to it). Helm: hooks before and after all else (`pkg/action/hooks.go`).

use crate::decide::action::WorkloadId;
use crate::decide::candidate::ConfigId;
use crate::decide::stamp::{Decided, Decider};
use crate::facts::object::Object;
use crate::finding::{Finding, Problem};
use crate::kube::annotation::{self, Annotation};
use crate::text::clean::clean;
use crate::text::source::Location;
use std::collections::BTreeMap;
use std::sync::Arc;

/// When a word of a hook has its object applied, against all that is no hook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Before,
    /// With what is no hook.
    Sync,
    /// After it, or at other times alone.
    After,
}

/// Where an object stands in the order, and the annotation that says so.
struct Turn<'o> {
    phase: Phase,
    wave: i64,
    hook: Option<&'o Arc<Annotation>>,
    cited: Option<&'o Arc<Annotation>>,
}

impl<'o> Turn<'o> {
    fn of(object: &'o Object) -> Self {
        let own = &object.annotations;
        // Argo CD heeds Helm's hooks only where there are none of its own.
        let hook = own.find(annotation::ARGO_HOOK).or_else(|| own.find(annotation::HELM_HOOK));
        let wave = own.find(annotation::ARGO_SYNC_WAVE);
        let number = wave.and_then(|a| a.value.raw().parse().ok());
        // An object of several phases is applied in the first of them.
        let phases = hook.into_iter().flat_map(|a| annotation::entries(a.value.raw())).map(phase);
        Self {
            phase: phases.min().unwrap_or(Phase::Sync),
            wave: number.unwrap_or(0),
            hook,
            cited: wave.filter(|_| number.is_some()),
        }
    }

    fn order(&self) -> (Phase, i64) {
        (self.phase, self.wave)
    }

    /// In words, with or against something of another phase.
    fn words(&self, phases: bool) -> String {
        match self.hook.filter(|_| phases) {
            Some(hook) => format!("the phase of `{}: {}`", hook.key, clean(hook.value.shown())),
            None if phases => "the sync itself".to_owned(),
            None => format!("sync wave {}", self.wave),
        }
    }

    /// Where it is said, else the object.
    fn place(&self, object: &Object, phases: bool) -> Location {
        let cited = if phases { self.hook } else { self.cited };
        cited.map_or(object.start(), |a| a.location.clone())
    }
}

fn phase(word: &str) -> Phase {
    match word {
        "PreSync" | "pre-install" | "pre-upgrade" | "pre-rollback" | "crd-install" => Phase::Before,
        "Sync" => Phase::Sync,
        _ => Phase::After,
    }
}

/// The configs of a set that are applied later than workloads which are stamped with them.
#[derive(Default)]
pub(super) struct Order {
    later: BTreeMap<ConfigId, Vec<WorkloadId>>,
}

impl Order {
    /// Takes what a workload that may be stamped is stamped with.
    pub(super) fn add(&mut self, decider: &Decider<'_>, decided: &Decided<'_>) {
        let own = Turn::of(&decided.workload.object).order();
        for config in decided.decision.chosen() {
            if Turn::of(&decider.configs.object(config).object).order() > own {
                self.later.entry(config).or_default().push(decided.decision.workload);
            }
        }
    }

    /// One finding for each config, at the place that puts it late, with the places of the workloads.
    pub(super) fn findings(&self, decider: &Decider<'_>) -> Vec<Finding> {
        let one = |(&config, users): (&ConfigId, &Vec<WorkloadId>)| {
            let object = &decider.configs.object(config).object;
            let late = Turn::of(object);
            let turn = |id: &WorkloadId| {
                let workload = decider.workload(*id);
                (workload, Turn::of(&workload.object))
            };
            let phases = |early: &Turn<'_>| early.phase != late.phase;
            let (_, first) = turn(users.first()?);
            let problem = Problem::AppliedLater {
                config: object.about(),
                late: late.words(phases(&first)),
                early: first.words(phases(&first)),
                users: users.iter().map(|id| decider.workload(*id).about()).collect(),
            };
            let finding = Finding::new(problem).at_location(late.place(object, phases(&first)));
            let places = users.iter().map(turn).map(|(w, early)| early.place(&w.object, phases(&early)));
            Some(places.fold(finding.about(object.resource_ref()), |f, place| f.with(place, "the workload")))
        };
        self.later.iter().filter_map(one).collect()
    }
}

//! What a delivery tool applies when: configs, and what makes some, that come later than a workload which is stamped with
//! them; and what changes without being applied.
//!
//! Takes annotations of Argo CD and Helm. Argo CD: phases, then waves (`pkg/sync/sync_tasks.go` and `pkg/sync/syncwaves`
//! of its gitops-engine; Helm's hooks are phases to it). Helm: hooks before and after all else (`pkg/action/hooks.go`).

use crate::advice::Workloads;
use crate::decide::action::{Decision, WorkloadId};
use crate::decide::candidate::ConfigId;
use crate::decide::stamp::Decider;
use crate::facts::config::Config as ConfigObject;
use crate::facts::object::Object;
use crate::facts::recipe::Nature;
use crate::facts::workload::Workload;
use crate::finding::{Finding, Findings, Id, Problem};
use crate::kube::annotation::{self, Annotation};
use crate::text::clean::clean;
use crate::text::source::{Location, SourceId};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// When a word of a hook has its object applied, against all that is no hook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Phase {
    Before,
    /// With what is no hook.
    Sync,
    /// After it, or at other times alone.
    After,
}

/// Where an object stands in the order.
pub(super) type Place = (Phase, i64);

/// The place of a workload.
pub(super) fn place(workload: &Workload) -> Place {
    Turn::of(&workload.object).order()
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

    fn order(&self) -> Place {
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

/// What holds the content of configs and is applied later than workloads which are stamped with it, or makes them only
/// after that.
#[derive(Default)]
pub(super) struct Order<'f> {
    /// By the place of the object.
    parts: BTreeMap<(SourceId, usize), Part<'f>>,
    /// What is late of what lists select, by what is shared of that and the turn of the workloads.
    listed: HashMap<(usize, Place), LateConfigs<'f>>,
}

/// Configs, each with what is late of it.
type LateConfigs<'f> = Arc<[(ConfigId, Late<'f>)]>;

/// An object as a workload sees it that is applied later, or at the same time while it makes configs.
struct Late<'f> {
    object: &'f ConfigObject,
    /// It is applied after the workload.
    is_later: bool,
    /// It is applied with the workload, and makes a Secret after that. What the driver of a class mounts it fetches before
    /// the pod starts.
    is_made_then: bool,
}

impl<'f> Late<'f> {
    /// `own` is the turn of the workload.
    fn of(object: &'f ConfigObject, own: Place) -> Option<Self> {
        let (turn, makes) = (Turn::of(&object.object).order(), object.maker().is_some());
        let is_made_then = makes && object.kind.row().secret && turn == own;
        (turn > own || makes).then_some(Self { object, is_later: turn > own, is_made_then })
    }
}

/// One such object, and who is stamped with it.
struct Part<'f> {
    object: &'f ConfigObject,
    users: Vec<WorkloadId>,
    /// Those of them that it is applied after.
    later: Vec<WorkloadId>,
    /// Those that refer to what it makes, and that it is not applied before.
    late_made: Vec<WorkloadId>,
}

impl<'f> Order<'f> {
    /// Takes what a workload that may be stamped refers to and is stamped with; false if nothing of it is late.
    pub(super) fn add(&mut self, decider: &Decider<'f>, decision: &Decision, own: Place) -> bool {
        let parts = decision.used().flat_map(|config| decider.configs.parts(config));
        let late = parts.filter_map(|part| Late::of(part, own));
        late.fold(false, |_, late| {
            self.note(&late, decision.workload, true);
            true
        })
    }

    /// The same of what its lists select: worked out once for all who have the same.
    pub(super) fn add_listed(&mut self, decider: &Decider<'f>, decision: &Decision, own: Place) -> bool {
        let (id, listed) = (decision.workload, &decision.by_annotation);
        let Some(shared) = listed.shared() else { return false };
        let late = self.listed.entry((shared, own)).or_insert_with(|| {
            let late =
                |config| decider.configs.parts(config).filter_map(move |part| Some((config, Late::of(part, own)?)));
            listed.all().flat_map(|(config, _)| late(config)).collect()
        });
        let late = late.clone();
        let late = late.iter().filter(|(config, _)| !listed.is_left_out(*config));
        late.fold(false, |_, (_, late)| {
            self.note(late, id, false);
            true
        })
    }

    /// Takes what was noted of others.
    pub(super) fn append(&mut self, others: Self) {
        for (place, other) in others.parts {
            match self.parts.entry(place) {
                Entry::Vacant(new) => {
                    new.insert(other);
                }
                Entry::Occupied(mut known) => {
                    let part = known.get_mut();
                    part.users.extend(other.users);
                    part.later.extend(other.later);
                    part.late_made.extend(other.late_made);
                }
            }
        }
    }

    fn note(&mut self, late: &Late<'f>, id: WorkloadId, refers: bool) {
        let object = late.object;
        let new = || Part { object, users: Vec::new(), later: Vec::new(), late_made: Vec::new() };
        let part = self.parts.entry(object.object.location.order()).or_insert_with(new);
        let lists = [
            (&mut part.users, true),
            (&mut part.later, late.is_later),
            (&mut part.late_made, refers && late.is_made_then),
        ];
        for (list, _) in lists.into_iter().filter(|(list, is)| *is && list.last() != Some(&id)) {
            list.push(id);
        }
    }

    /// For each object what is said of it once, with the places of the workloads.
    pub(super) fn findings(&mut self, workloads: Workloads<'_>, out: &mut Findings) {
        for part in self.parts.values_mut() {
            // What a workload refers to and what its lists select were noted at different times.
            for users in [&mut part.users, &mut part.later, &mut part.late_made] {
                users.sort_unstable();
                users.dedup();
            }
        }
        self.parts.values().for_each(|part| part.findings(workloads, out));
    }
}

impl Part<'_> {
    fn about(users: &[WorkloadId], workloads: Workloads<'_>) -> Vec<String> {
        users.iter().map(|id| workloads.get(*id).about()).collect()
    }

    fn findings(&self, workloads: Workloads<'_>, out: &mut Findings) {
        if let Some(first) = self.later.first() {
            out.add(Id::AppliedLater, || self.later(*first, workloads));
        }
        if !self.late_made.is_empty() {
            out.add(Id::MadeLater, || self.made_later(workloads));
        }
        match self.object.maker().map(|recipe| recipe.nature).filter(|_| !self.users.is_empty()) {
            Some(Nature::Rotates) => out.add(Id::Rotation, || self.rotation(workloads)),
            Some(Nature::Unseen) => out.add(Id::Unseen, || self.unseen(workloads)),
            _ => {}
        }
    }

    /// At the place that puts it late.
    fn later(&self, first: WorkloadId, workloads: Workloads<'_>) -> Finding {
        let (object, users) = (&self.object.object, &self.later);
        let late = Turn::of(object);
        let turn = |id: &WorkloadId| {
            let workload = workloads.get(*id);
            (workload, Turn::of(&workload.object))
        };
        let phases = |early: &Turn<'_>| early.phase != late.phase;
        let (_, first) = turn(&first);
        let problem = Problem::AppliedLater {
            config: object.about(),
            late: late.words(phases(&first)),
            early: first.words(phases(&first)),
            users: Self::about(users, workloads),
        };
        let finding = Finding::new(problem).at_location(late.place(object, phases(&first)));
        let places = users.iter().map(turn).map(|(w, early)| early.place(&w.object, phases(&early)));
        places.fold(finding.about(object.resource_ref()), |f, place| f.with(place, "the workload"))
    }

    /// What makes a Secret does so after apply.
    fn made_later(&self, workloads: Workloads<'_>) -> Finding {
        let users = Self::about(&self.late_made, workloads);
        self.said(Problem::MadeLater { maker: self.object.object.about(), users }, &self.late_made, workloads)
    }

    /// What it makes may change although it does not.
    fn rotation(&self, workloads: Workloads<'_>) -> Finding {
        let users = Self::about(&self.users, workloads);
        self.said(Problem::Rotation { maker: self.object.object.about(), users }, &self.users, workloads)
    }

    /// What decides what it makes goes into no stamp.
    fn unseen(&self, workloads: Workloads<'_>) -> Finding {
        let users = Self::about(&self.users, workloads);
        self.said(Problem::Unseen { maker: self.object.object.about(), users }, &self.users, workloads)
    }

    fn said(&self, problem: Problem, users: &[WorkloadId], workloads: Workloads<'_>) -> Finding {
        let object = &self.object.object;
        let finding = Finding::new(problem).at_location(object.start()).about(object.resource_ref());
        let places = users.iter().map(|id| workloads.get(*id).object.start());
        places.fold(finding, |finding, place| finding.with(place, "the workload"))
    }
}

//! Two renderings → a plan: which workloads roll when the new one is applied over the old one, because of which configs
//! and keys or for which other reasons, and which changed configs roll nothing.
//!
//! Takes outcomes that kept their details, gives data that `output` writes out. OLD is what runs, with the stamps of its
//! texts; NEW is stamped first, unless both are taken as they are written. Holds names of keys and fields; never a value,
//! never a digest.

// Which object of one rendering is which of another.
pub(crate) mod pair;

// What differs between two pod templates or contents, by name.
pub(crate) mod difference;

// What is read again where it differs.
mod again;

// What lists select on one side.
mod lists;

// One side of a comparison.
pub(crate) mod rendering;

// Which stamps are compared, and what that means for each workload.
pub(crate) mod stamps;

// What is applied too late.
mod order;

// One set before and after: its workloads.
pub(crate) mod compare;

// One set before and after: its configs.
pub(crate) mod config_change;

// One set before and after: what makes configs in the cluster, and what no side holds.
mod elsewhere;

// Who uses a changed config and does not roll, and what its pods see.
pub(crate) mod users;

// The limits that the settings put to a plan.
pub(crate) mod guard;

use crate::advice::wording::Remark;
use crate::explain::name::{Name, SetName};
use crate::outcome::Outcome;
use crate::plan::compare::{Comparison, Effect};
use crate::plan::difference::Keys;
use crate::plan::guard::Guarded;
use crate::plan::stamps::{Compared, StampChange, Stamps};
use crate::plan::users::NotRolling;
use crate::settings::Settings;
use crate::text::lines::At;
use crate::text::source::Source;
use serde::Serialize;
use std::rc::Rc;

/// One set of a rendering.
#[derive(Clone, Copy)]
pub(crate) struct Side<'s> {
    pub(crate) sources: &'s [Source],
    pub(crate) outcome: &'s Outcome,
}

/// A set before and after; a side that lacks it is `None`.
pub(crate) struct Sides<'s> {
    /// What people call it, where there are several.
    pub(crate) label: Option<String>,
    pub(crate) old: Option<Side<'s>>,
    pub(crate) new: Option<Side<'s>>,
}

/// What `plan` shows; its JSON form is `restamp.dev/plan/v1`.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Plan {
    pub(crate) schema: &'static str,
    pub(crate) summary: Summary,
    /// In their order.
    pub(crate) sets: Vec<SetPlan>,
    /// In the order of the new rendering.
    pub(crate) rolls: Vec<Change>,
    /// Workloads whose pod template differs and that do not roll.
    pub(crate) no_rollout: Vec<Change>,
    pub(crate) configs: Vec<ConfigChange>,
    pub(crate) new_workloads: Vec<Place>,
    pub(crate) gone_workloads: Vec<Place>,
    /// Configs that workloads of both sides refer to and neither side holds: whether they change is not known.
    pub(crate) unseen: Vec<Unseen>,
    /// What the settings do not allow.
    pub(crate) findings: Vec<Guarded>,
    pub(crate) notes: Vec<Note>,
}

/// How many of what.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Summary {
    pub(crate) rolls: usize,
    /// Those of them that get their first stamp.
    pub(crate) first_stamps: usize,
    /// Those of them that lose their stamp.
    pub(crate) removed_stamps: usize,
    /// Those of them that restart no pod now.
    pub(crate) held: usize,
    pub(crate) configs_changed: usize,
    /// Those of them that roll nothing.
    pub(crate) configs_silent: usize,
    /// Changes of configs that apply will refuse.
    pub(crate) refused: usize,
    pub(crate) new_workloads: usize,
    pub(crate) gone_workloads: usize,
}

/// One set of the plan.
#[derive(Debug, Serialize)]
pub(crate) struct SetPlan {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    pub(crate) compared: Compared,
}

/// A workload whose pod template changes.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Change {
    pub(crate) group: String,
    #[serde(flatten)]
    pub(crate) name: Name,
    /// In the new rendering.
    pub(crate) at: At,
    pub(crate) effect: Effect,
    /// Why it does not roll.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) why: Option<String>,
    /// What becomes of its stamp; `None` if it stays.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) stamp: Option<StampChange>,
    pub(crate) causes: Vec<Cause>,
    /// So many more that are not named.
    #[serde(skip_serializing_if = "is_none")]
    pub(crate) more_causes: usize,
    /// Fields of the pod template that differ without us.
    pub(crate) fields: Vec<String>,
    pub(crate) remarks: Vec<Remark>,
}

impl Change {
    /// Whether no pod restarts because of the change itself.
    pub(crate) fn is_held(&self) -> bool {
        self.remarks.iter().any(|r| r.holds)
    }
}

/// A config that makes a workload roll.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Cause {
    pub(crate) config: Name,
    pub(crate) change: What,
    pub(crate) keys: Rc<Keys>,
    /// Why it is (or is no longer) selected, where that is what changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) why: Option<String>,
    /// The stamp differs because of it.
    pub(crate) by_stamp: bool,
    /// A kustomize generator gave it another name, and the name stands in the pod template.
    pub(crate) by_name: bool,
}

fn is_none(more: &usize) -> bool {
    *more == 0
}

/// What happened to a config, or to how a workload uses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum What {
    Changed,
    New,
    Gone,
    /// Another generated name, the same content.
    Renamed,
    /// The workload refers to it now.
    Referenced,
    /// The workload does not refer to it any more.
    Unreferenced,
    /// The workload referred to it before, and now it counts.
    Selected,
    /// The workload still refers to it, and it does not count any more.
    Unselected,
}

/// A config that differs, or what makes one in the cluster.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ConfigChange {
    #[serde(flatten)]
    pub(crate) name: Name,
    /// In the new rendering; in the old one if it is gone.
    pub(crate) at: At,
    pub(crate) change: What,
    /// Its name before, if a generator gave it another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) renamed_from: Option<String>,
    /// The configs that the cluster makes of it (SealedSecret and the like).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) makes: Vec<Name>,
    /// SOPS has encrypted it.
    pub(crate) encrypted: bool,
    pub(crate) keys: Rc<Keys>,
    /// It is immutable, so that apply will refuse the change.
    pub(crate) refused: bool,
    /// It is gone, and a workload of the new rendering cannot start without it.
    pub(crate) needed: bool,
    pub(crate) rolls: Vec<Name>,
    /// So many more that are not named.
    #[serde(skip_serializing_if = "is_none")]
    pub(crate) more_rolls: usize,
    pub(crate) does_not_roll: Vec<NotRolling>,
    /// So many more that are not named.
    #[serde(skip_serializing_if = "is_none")]
    pub(crate) more_do_not_roll: usize,
    /// Somebody who uses it does not restart.
    #[serde(skip)]
    pub(crate) leaves_out_some: bool,
    /// All who use it are workloads that one side alone has: they start or end with it.
    pub(crate) unconcerned: bool,
}

impl ConfigChange {
    /// What it makes under another name than its own.
    pub(crate) fn makes_others(&self) -> impl Iterator<Item = &Name> {
        self.makes.iter().filter(|made| made.name != self.name.name)
    }

    /// Whether nobody refers to it.
    pub(crate) fn is_unused(&self) -> bool {
        self.rolls.is_empty() && self.does_not_roll.is_empty() && !self.unconcerned
    }

    /// Whether it rolls nothing, and no other reason rolls all who use it.
    pub(crate) fn is_silent(&self) -> bool {
        self.rolls.is_empty() && (self.is_unused() || self.leaves_out_some)
    }
}

/// A config that no side holds.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Unseen {
    #[serde(flatten)]
    pub(crate) config: Name,
    pub(crate) users: Vec<Name>,
}

/// A workload of one rendering alone.
#[derive(Debug, Serialize)]
pub(crate) struct Place {
    #[serde(flatten)]
    pub(crate) name: Name,
    pub(crate) at: At,
}

/// Something to know about the two renderings as a whole.
#[derive(Debug, Serialize)]
pub(crate) struct Note {
    pub(crate) id: &'static str,
    pub(crate) text: String,
}

/// The version of the JSON form.
pub(crate) const SCHEMA: &str = "restamp.dev/plan/v1";

/// Compares two renderings, set by set; `as_written` takes the stamps of both sides as they stand in the texts.
pub(crate) fn plan(sets: Vec<Sides<'_>>, as_written: bool, settings: &Settings) -> Plan {
    let empty = Outcome::default();
    let nothing = Side { sources: &[], outcome: &empty };
    let mut plan = Plan { schema: SCHEMA, ..Plan::default() };
    let mut stamps = Stamps::default();
    let mut later = Vec::new();
    for (index, sides) in sets.into_iter().enumerate() {
        let set = SetName { index, label: sides.label.as_deref().map(Into::into) };
        let (old, new) = (sides.old.unwrap_or(nothing), sides.new.unwrap_or(nothing));
        later.extend(order::notes(&new));
        let comparison = Comparison::new(set, old, new, as_written, settings);
        comparison.add_to(&mut plan);
        stamps.add(&comparison);
        plan.sets.push(SetPlan { name: sides.label, compared: comparison.compared });
    }
    plan.notes.extend(stamps.notes());
    plan.notes.extend(later);
    let stamp = |which| plan.rolls.iter().filter(|c| c.stamp == Some(which)).count();
    plan.summary = Summary {
        rolls: plan.rolls.len(),
        first_stamps: stamp(StampChange::First),
        removed_stamps: stamp(StampChange::Removed),
        held: plan.rolls.iter().filter(|c| c.is_held()).count(),
        configs_changed: plan.configs.len(),
        configs_silent: plan.configs.iter().filter(|c| c.is_silent()).count(),
        refused: plan.configs.iter().filter(|c| c.refused).count(),
        new_workloads: plan.new_workloads.len(),
        gone_workloads: plan.gone_workloads.len(),
    };
    plan.findings.extend(guard::too_many(plan.rolls.len(), settings));
    plan
}

impl Plan {
    /// Whether the pod template of some workload changes so that it rolls, even if no pod restarts now.
    pub(crate) fn rolls(&self) -> bool {
        !self.rolls.is_empty()
    }
}

//! Two renderings → a plan: which workloads roll when the new one is applied over the old one, because of which configs
//! and keys or for which other reasons, and which changed configs roll nothing.
//!
//! Takes outcomes that kept their details, gives data that `output` writes out. Compares the stamps that are due, so that
//! stamped and unstamped renderings can be mixed. Holds names of keys and fields; never a value, never a digest.

// Which object of one rendering is which of another.
pub(crate) mod pair;

// What differs between two pod templates or contents, by name.
pub(crate) mod difference;

// One side of a comparison.
pub(crate) mod rendering;

// What is applied too late.
mod order;

// One set before and after: its workloads.
pub(crate) mod compare;

// One set before and after: its configs.
pub(crate) mod config_change;

// What the stamps in two renderings say.
pub(crate) mod stamps;

use crate::advice::wording::Remark;
use crate::explain::name::Name;
use crate::outcome::Outcome;
use crate::plan::compare::{Comparison, Effect};
use crate::plan::difference::Keys;
use crate::plan::stamps::Stamps;
use crate::settings::Settings;
use crate::text::lines::At;
use crate::text::source::Source;
use serde::Serialize;

/// One set of a rendering.
#[derive(Clone, Copy)]
pub(crate) struct Side<'s> {
    pub(crate) sources: &'s [Source],
    pub(crate) outcome: &'s Outcome,
}

/// What `plan` shows; its JSON form is `restamp.dev/plan/v1`.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Plan {
    pub(crate) schema: &'static str,
    pub(crate) summary: Summary,
    /// In the order of the new rendering.
    pub(crate) rolls: Vec<Change>,
    /// Workloads whose pod template differs and that do not roll.
    pub(crate) no_rollout: Vec<Change>,
    pub(crate) configs: Vec<ConfigChange>,
    pub(crate) new_workloads: Vec<Place>,
    pub(crate) gone_workloads: Vec<Place>,
    pub(crate) notes: Vec<Note>,
}

/// How many of what.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Summary {
    pub(crate) rolls: usize,
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

/// A workload whose pod template changes.
#[derive(Debug, Serialize)]
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
    pub(crate) causes: Vec<Cause>,
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
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Cause {
    pub(crate) config: Name,
    pub(crate) change: What,
    pub(crate) keys: Keys,
    /// Why it is (or is no longer) selected, where that is what changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) why: Option<String>,
    /// The stamp differs because of it.
    pub(crate) by_stamp: bool,
    /// A kustomize generator gave it another name, and the name stands in the pod template.
    pub(crate) by_name: bool,
    /// Index of the pair of configs; of no meaning outside.
    #[serde(skip)]
    pub(crate) pair: usize,
}

/// What happened to a config, or to how a workload uses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
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

/// A config that differs.
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
    pub(crate) keys: Keys,
    /// It is immutable, so that apply will refuse the change.
    pub(crate) refused: bool,
    pub(crate) rolls: Vec<Name>,
    pub(crate) does_not_roll: Vec<NotRolling>,
}

impl ConfigChange {
    /// Whether nobody refers to it.
    pub(crate) fn is_unused(&self) -> bool {
        self.rolls.is_empty() && self.does_not_roll.is_empty()
    }
}

/// A workload that uses a changed config and does not roll because of it.
#[derive(Debug, Serialize)]
pub(crate) struct NotRolling {
    pub(crate) workload: Name,
    /// A stable word: a rule, or why it is left alone.
    pub(crate) reason: &'static str,
    /// The same in words.
    pub(crate) why: String,
    /// All its references are mounted files that the kubelet updates.
    pub(crate) live: bool,
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

/// Compares two renderings, set by set. A rendering with fewer sets has empty ones in place of the rest.
pub(crate) fn plan(old: &[Side<'_>], new: &[Side<'_>], settings: &Settings) -> Plan {
    let empty = Outcome::default();
    let nothing = Side { sources: &[], outcome: &empty };
    let mut plan = Plan { schema: SCHEMA, ..Plan::default() };
    let mut stamps = Stamps::default();
    for i in 0..old.len().max(new.len()) {
        let comparison = Comparison::new(i, *old.get(i).unwrap_or(&nothing), *new.get(i).unwrap_or(&nothing), settings);
        let first = plan.rolls.len();
        comparison.add_to(&mut plan);
        stamps.add(&comparison, &plan.rolls[first..]);
    }
    plan.notes = stamps.notes();
    plan.notes.extend(new.iter().flat_map(order::notes));
    plan.summary = Summary {
        rolls: plan.rolls.len(),
        held: plan.rolls.iter().filter(|c| c.is_held()).count(),
        configs_changed: plan.configs.len(),
        configs_silent: plan.configs.iter().filter(|c| c.rolls.is_empty()).count(),
        refused: plan.configs.iter().filter(|c| c.refused).count(),
        new_workloads: plan.new_workloads.len(),
        gone_workloads: plan.gone_workloads.len(),
    };
    plan
}

impl Plan {
    /// Whether the pod template of some workload changes so that it rolls, even if no pod restarts now.
    pub(crate) fn rolls(&self) -> bool {
        !self.rolls.is_empty()
    }
}

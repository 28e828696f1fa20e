//! One set before and after → what changes for each workload and each config.
//!
//! Takes the outcomes of both sides, adds to a [`Plan`]. A workload's pod template changes if the stamp that is due
//! differs, or if the template does without our annotation; a stamp in the text counts only where restamp would leave it.

use crate::advice::wording as words;
use crate::decide::skip;
use crate::decide::action::{Action, Decision, Skip};
use crate::explain::driver;
use crate::kube::kind::{self, Rollout};
use crate::plan::difference::{self, Keys};
use crate::plan::pair::{self, Pair};
use crate::plan::rendering::{Rendering, effective};
use crate::plan::{Cause, Change, Plan, Side, What};
use crate::settings::{Precision, Settings};
use crate::text::locate::Name;
use serde::Serialize;
use std::collections::HashSet;

/// What follows from a changed pod template.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Effect {
    Rolls,
    /// The delivery tool deletes it and makes it anew (Job).
    Recreated,
    /// Apply will fail.
    Refused,
    /// It runs at each sync anyway (hook).
    AtSync,
    /// Nothing replaces the pods (ReplicaSet, Pod).
    None,
}

/// One set before and after.
pub(crate) struct Comparison<'c> {
    pub(crate) old: Rendering<'c>,
    pub(crate) new: Rendering<'c>,
    pub(crate) settings: &'c Settings,
    pub(crate) workloads: Vec<Pair>,
    pub(crate) configs: Vec<Pair>,
    /// The workloads of the old and of the new side that the other has too.
    pub(crate) stays: [HashSet<usize>; 2],
}

impl<'c> Comparison<'c> {
    /// `set` is the index of the set.
    pub(crate) fn new(set: usize, old: Side<'c>, new: Side<'c>, settings: &'c Settings) -> Self {
        let (mut old, mut new) = (Rendering::new(set, old), Rendering::new(set, new));
        let configs = pair::pairs(&old.outcome().configs, &new.outcome().configs, true);
        for (i, pair) in configs.iter().enumerate() {
            old.pair_of.extend(pair.old.map(|c| (c, i)));
            new.pair_of.extend(pair.new.map(|c| (c, i)));
        }
        let workloads = pair::pairs(&old.decisions, &new.decisions, false);
        Self {
            stays: [
                workloads.iter().filter_map(|p| p.new.and(p.old)).collect(),
                workloads.iter().filter_map(|p| p.old.and(p.new)).collect(),
            ],
            workloads,
            old,
            new,
            settings,
            configs,
        }
    }

    /// Adds what changes in this set.
    pub(crate) fn add_to(&self, plan: &mut Plan) {
        let first = (plan.rolls.len(), plan.no_rollout.len());
        for pair in &self.workloads {
            match (pair.old.map(|i| self.old.decisions[i]), pair.new.map(|i| self.new.decisions[i])) {
                (Some(old), Some(new)) => {
                    let Some(change) = self.change(old, new) else {
                        continue;
                    };
                    match change.effect {
                        Effect::Rolls | Effect::Recreated => plan.rolls.push(change),
                        _ => plan.no_rollout.push(change),
                    }
                }
                (None, Some(new)) => plan.new_workloads.push(self.new.place(new)),
                (Some(old), None) => plan.gone_workloads.push(self.old.place(old)),
                (None, None) => {}
            }
        }
        let changes = self.config_changes(&plan.rolls[first.0..]);
        plan.configs.extend(changes);
    }

    fn change(&self, old: &Decision, new: &Decision) -> Option<Change> {
        let restamped = effective(old) != effective(new);
        let (old_workload, new_workload) = (self.old.outcome().workload(old), self.new.outcome().workload(new));
        let template = |w: &'c crate::facts::Workload| w.details.as_ref().and_then(|d| d.template.as_ref());
        let (old_template, new_template) = (template(old_workload), template(new_workload));
        if !restamped && old_template == new_template {
            return None;
        }
        let mut causes = if restamped { self.stamp_causes(old, new) } else { Vec::new() };
        self.add_name_causes(old, new, &mut causes);
        let mut fields = match (old_template, new_template) {
            (Some(was), Some(is)) => difference::fields(was, &self.with_old_names(is, old, new)),
            _ => Vec::new(),
        };
        if causes.is_empty() && fields.is_empty() {
            // Nothing but the stamp: one that restamp leaves alone, or the order of what goes into it.
            fields.push(format!("metadata.annotations[{}]", self.settings.annotation));
        }
        let (effect, why) = self.effect(old, new);
        Some(Change {
            group: kind::group(&new.resource.api_version).to_owned(),
            name: Name::workload(self.new.set, new),
            at: self.new.locator.at(&new.location),
            effect,
            why,
            causes,
            fields,
            remarks: words::remarks(new_workload, new, driver(self.new.outcome(), new)),
        })
    }

    /// What follows from a changed template, and why if nothing rolls.
    fn effect(&self, old: &Decision, new: &Decision) -> (Effect, Option<String>) {
        let workload = self.new.outcome().workload(new);
        let kind = new.resource.kind.as_str();
        let hook = new.action == Action::Skip(Skip::Hook);
        let refused = |text: &str| (Effect::Refused, Some(format!("apply will be refused: {text}")));
        match workload.rollout {
            _ if hook => (Effect::AtSync, Some(words::skip(Skip::Hook, kind))),
            Rollout::Never if kind == "Pod" => refused("almost nothing in a Pod can be changed"),
            Rollout::Never => (Effect::None, Some(words::skip(Skip::Kind, kind))),
            Rollout::Immutable if skip::is_recreated(workload) => (Effect::Recreated, None),
            Rollout::Immutable => refused(&words::skip(Skip::Job, kind)),
            Rollout::Revision if self.same_revision(old, new) => refused("the revision keeps its name"),
            Rollout::Revision | Rollout::Starts => (Effect::Rolls, None),
        }
    }

    /// Whether a Knative Service names the same revision before and after.
    fn same_revision(&self, old: &Decision, new: &Decision) -> bool {
        let name = |half: &Rendering<'c>, v: &Decision| {
            let range = half.outcome().workload(v).revision.clone()?;
            half.side.sources[v.location.source].text.get(range)
        };
        let new_name = name(&self.new, new);
        new_name.is_some() && new_name == name(&self.old, old)
    }

    /// The configs that make the stamp of a workload differ.
    fn stamp_causes(&self, old: &Decision, new: &Decision) -> Vec<Cause> {
        let (was, is) = (self.old.chosen(old), self.new.chosen(new));
        let gone = was.iter().filter(|p| !is.contains(p));
        is.iter()
            .chain(gone)
            .filter_map(|&pair| self.stamp_cause(old, new, pair, was.contains(&pair), is.contains(&pair)))
            .collect()
    }

    fn stamp_cause(&self, old: &Decision, new: &Decision, pair: usize, was: bool, is: bool) -> Option<Cause> {
        let Pair { old: before, new: after } = self.configs[pair];
        let keys = self.keys(pair);
        let cause = |change, keys, why| Some(self.cause(pair, change, keys, why));
        match (was, is) {
            (true, true) => {
                let seen = match self.settings.precision {
                    Precision::Object => keys,
                    Precision::Keys => keys.only(|k| self.old.sees(old, pair, k) || self.new.sees(new, pair, k)),
                };
                if seen.is_empty() { None } else { cause(What::Changed, seen, None) }
            }
            (false, _) if before.is_none() => cause(What::New, keys, None),
            (_, false) if after.is_none() => cause(What::Gone, keys, None),
            (false, _) => {
                let referred = self.old.uses(old, pair).next().is_some();
                let why = self.why(&self.new, new, pair);
                cause(if referred { What::Selected } else { What::Referenced }, keys, why)
            }
            (true, false) => {
                let refers = self.new.uses(new, pair).next().is_some();
                let why = self.why(&self.new, new, pair).filter(|_| refers);
                cause(if refers { What::Unselected } else { What::Unreferenced }, keys, why)
            }
        }
    }

    /// Why a config counts for a workload or does not.
    pub(crate) fn why(&self, half: &Rendering<'c>, decision: &Decision, pair: usize) -> Option<String> {
        if let Action::Skip(alone) = decision.action {
            return Some(words::skip(alone, &decision.resource.kind));
        }
        let listed = decision.by_annotation.iter().find(|(c, _)| half.pair_of.get(c) == Some(&pair));
        if let Some((config, selection)) = listed {
            return Some(words::rule(selection, half.config(*config).kind));
        }
        let used = half
            .uses(decision, pair)
            .find(|u| u.counted && u.selection.selected)
            .or_else(|| half.uses(decision, pair).next())?;
        Some(words::of_use(used).1)
    }

    /// Adds the configs that a generator renamed, and whose name stands in the template.
    fn add_name_causes(&self, old: &Decision, new: &Decision, causes: &mut Vec<Cause>) {
        for used in &new.uses {
            let Some(pair) = used.config.and_then(|c| self.new.pair_of.get(&c)).copied() else {
                continue;
            };
            if self.renamed_from(pair).is_none() || self.old.uses(old, pair).next().is_none() {
                continue;
            }
            if let Some(cause) = causes.iter_mut().find(|c| c.pair == pair) {
                cause.by_name = true;
                continue;
            }
            let keys = self.keys(pair);
            let what = if keys.is_empty() { What::Renamed } else { What::Changed };
            causes.push(Cause { by_stamp: false, by_name: true, ..self.cause(pair, what, keys, None) });
        }
    }

    fn cause(&self, pair: usize, change: What, keys: Keys, why: Option<String>) -> Cause {
        Cause { config: self.config_name(pair), change, keys, why, by_stamp: true, by_name: false, pair }
    }

    pub(crate) fn config_name(&self, pair: usize) -> Name {
        let Pair { old, new } = self.configs[pair];
        let config = new.map(|i| self.new.config(i)).or_else(|| old.map(|i| self.old.config(i)));
        config.map_or_else(|| Name::new(self.new.set, "", "", ""), |c| Name::config(self.new.set, c))
    }

    pub(crate) fn keys(&self, pair: usize) -> Keys {
        let Pair { old, new } = self.configs[pair];
        difference::keys(old.map(|i| self.old.content(i)), new.map(|i| self.new.content(i)))
    }

    /// The name of a config in the old rendering, if a generator gave it another one since.
    pub(crate) fn renamed_from(&self, pair: usize) -> Option<&'c str> {
        let Pair { old, new } = self.configs[pair];
        let (old, new) = (self.old.config(old?), self.new.config(new?));
        (old.name != new.name).then_some(old.name.as_str())
    }

    /// A new template as it would be if no generator had renamed a config.
    fn with_old_names(&self, template: &serde_json::Value, old: &Decision, new: &Decision) -> serde_json::Value {
        let mut template = template.clone();
        for used in &new.uses {
            let pair = used.config.and_then(|c| self.new.pair_of.get(&c)).copied();
            let Some((pair, name)) = pair.and_then(|p| Some((p, self.renamed_from(p)?))) else {
                continue;
            };
            if self.old.uses(old, pair).next().is_some() {
                difference::rename(&mut template, &used.reference.path(), name);
            }
        }
        template
    }
}

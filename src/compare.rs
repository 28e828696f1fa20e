//! One set before and after → what changes for each workload and each config.
//!
//! Takes the outcomes of both sides, adds to a [`Plan`]. A workload's pod template changes if the stamp that is due
//! differs, or if the template does without our annotation; a stamp in the text counts only where restamp would leave it.

use crate::detail::Update;
use crate::difference::{self, Keys};
use crate::explain::{config_name, driver};
use crate::locate::{Locator, Name};
use crate::pair::{self, Named, Pair};
use crate::plan::{Cause, Change, ConfigChange, Note, Place, Plan, Side, Silent, What};
use crate::policy::Rule;
use crate::reason;
use crate::settings::{Precision, Settings};
use crate::stamp::{self, Action, Alone, Use, Verdict};
use crate::transform::{Config, Outcome};
use crate::workload::{self, Rollout};
use serde::Serialize;
use std::collections::{BTreeMap, HashMap, HashSet};

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

impl Named for &Verdict {
    /// The dead `extensions` is `apps`.
    type Scope = (String, String, String);

    fn scope(&self) -> Self::Scope {
        let group = match workload::group(&self.resource.api_version) {
            "extensions" => "apps",
            group => group,
        };
        (group.to_owned(), self.resource.kind.clone(), self.namespace.clone())
    }

    fn name(&self) -> &str {
        &self.resource.name
    }
}

impl Named for Config {
    type Scope = (&'static str, String);

    fn scope(&self) -> Self::Scope {
        (self.kind.as_str(), self.namespace.clone())
    }

    fn name(&self) -> &str {
        &self.name
    }
}

/// One side with what is looked up in it.
struct Half<'c> {
    side: Side<'c>,
    locator: Locator<'c>,
    /// Without patches, which are no workloads.
    verdicts: Vec<&'c Verdict>,
    /// Config → its pair.
    pair_of: HashMap<usize, usize>,
}

impl<'c> Half<'c> {
    fn new(side: Side<'c>) -> Self {
        let real = |v: &&Verdict| v.action != Action::LeaveAlone(Alone::Patch);
        Self {
            side,
            locator: Locator::new(side.sources),
            verdicts: side.outcome.verdicts.iter().filter(real).collect(),
            pair_of: HashMap::new(),
        }
    }

    fn outcome(&self) -> &'c Outcome {
        self.side.outcome
    }

    fn config(&self, i: usize) -> &'c Config {
        &self.outcome().configs[i]
    }

    fn content(&self, i: usize) -> &'c crate::inventory::Config {
        &self.outcome().inventory.configs[self.config(i).index]
    }

    /// The pairs that make up the stamp of a workload.
    fn chosen(&self, verdict: &Verdict) -> Vec<usize> {
        if matches!(verdict.action, Action::LeaveAlone(_)) {
            return Vec::new();
        }
        let used = verdict.uses.iter().filter(|u| u.counted && u.decision.selected).filter_map(|u| u.config);
        let listed = verdict.by_annotation.iter().map(|(config, _)| *config);
        let mut out: Vec<usize> = Vec::new();
        for pair in used.chain(listed).filter_map(|c| self.pair_of.get(&c)).copied() {
            if !out.contains(&pair) {
                out.push(pair);
            }
        }
        out
    }

    /// The references of a workload that lead to a pair.
    fn uses<'v>(&'v self, verdict: &'v Verdict, pair: usize) -> impl Iterator<Item = &'v Use> {
        verdict.uses.iter().filter(move |u| u.config.and_then(|c| self.pair_of.get(&c)) == Some(&pair))
    }

    fn is_listed(&self, verdict: &Verdict, pair: usize) -> bool {
        verdict.by_annotation.iter().any(|(c, _)| self.pair_of.get(c) == Some(&pair))
    }

    /// Whether a key of a pair goes into the stamp of a workload under `precision: keys`.
    fn sees(&self, verdict: &Verdict, pair: usize, key: &str) -> bool {
        let listed = |u: &Use| matches!(u.decision.rule, Rule::Listed | Rule::WaveExtra);
        self.is_listed(verdict, pair)
            || self.uses(verdict, pair).filter(|u| u.counted).any(|u| {
                listed(u) || u.reference.keys.as_ref().is_none_or(|keys| keys.iter().any(|k| k == key))
            })
    }

    fn place(&self, verdict: &Verdict) -> Place {
        Place {
            name: Name::of(&verdict.resource, &verdict.namespace),
            at: self.locator.at(&verdict.location),
        }
    }
}

/// The stamp that a pod template has once the side is stamped and applied.
fn effective(verdict: &Verdict) -> Option<&str> {
    match verdict.action {
        Action::Insert | Action::Replace | Action::Current => verdict.stamp.as_deref(),
        Action::Remove | Action::Nothing => None,
        Action::CannotVerify | Action::LeaveAlone(_) => verdict.current.as_deref(),
    }
}

/// One set before and after.
pub(crate) struct Comparison<'c> {
    old: Half<'c>,
    new: Half<'c>,
    settings: &'c Settings,
    workloads: Vec<Pair>,
    configs: Vec<Pair>,
}

impl<'c> Comparison<'c> {
    pub(crate) fn new(old: Side<'c>, new: Side<'c>, settings: &'c Settings) -> Self {
        let (mut old, mut new) = (Half::new(old), Half::new(new));
        let configs = pair::pairs(&old.outcome().configs, &new.outcome().configs, true);
        for (i, pair) in configs.iter().enumerate() {
            old.pair_of.extend(pair.old.map(|c| (c, i)));
            new.pair_of.extend(pair.new.map(|c| (c, i)));
        }
        Self {
            workloads: pair::pairs(&old.verdicts, &new.verdicts, false),
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
            match (pair.old.map(|i| self.old.verdicts[i]), pair.new.map(|i| self.new.verdicts[i])) {
                (Some(old), Some(new)) => {
                    let Some(change) = self.change(old, new) else { continue };
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

    fn change(&self, old: &Verdict, new: &Verdict) -> Option<Change> {
        let restamped = effective(old) != effective(new);
        let (old_workload, new_workload) = (self.old.outcome().workload(old), self.new.outcome().workload(new));
        let template = |w: &'c crate::inventory::Workload| w.details.as_ref().and_then(|d| d.template.as_ref());
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
            group: workload::group(&new.resource.api_version).to_owned(),
            name: Name::of(&new.resource, &new.namespace),
            at: self.new.locator.at(&new.location),
            effect,
            why,
            causes,
            fields,
            remarks: reason::remarks(new_workload, new, driver(self.new.outcome(), new)),
        })
    }

    /// What follows from a changed template, and why if nothing rolls.
    fn effect(&self, old: &Verdict, new: &Verdict) -> (Effect, Option<String>) {
        let workload = self.new.outcome().workload(new);
        let kind = new.resource.kind.as_str();
        let hook = new.action == Action::LeaveAlone(Alone::Hook);
        let refused = |text: &str| (Effect::Refused, Some(format!("apply will be refused: {text}")));
        match workload.rollout {
            _ if hook => (Effect::AtSync, Some(reason::alone(Alone::Hook, kind))),
            Rollout::Never if kind == "Pod" => refused("almost nothing in a Pod can be changed"),
            Rollout::Never => (Effect::None, Some(reason::alone(Alone::Kind, kind))),
            Rollout::Immutable if stamp::is_recreated(workload) => (Effect::Recreated, None),
            Rollout::Immutable => refused(&reason::alone(Alone::Job, kind)),
            Rollout::Revision if self.same_revision(old, new) => refused("the revision keeps its name"),
            Rollout::Revision | Rollout::Starts => (Effect::Rolls, None),
        }
    }

    /// Whether a Knative Service names the same revision before and after.
    fn same_revision(&self, old: &Verdict, new: &Verdict) -> bool {
        let name = |half: &Half<'c>, v: &Verdict| {
            let range = half.outcome().workload(v).revision.clone()?;
            half.side.sources.get(v.location.source)?.text.get(range)
        };
        let new_name = name(&self.new, new);
        new_name.is_some() && new_name == name(&self.old, old)
    }

    /// The configs that make the stamp of a workload differ.
    fn stamp_causes(&self, old: &Verdict, new: &Verdict) -> Vec<Cause> {
        let (was, is) = (self.old.chosen(old), self.new.chosen(new));
        let gone = was.iter().filter(|p| !is.contains(p));
        is.iter().chain(gone).filter_map(|&pair| self.stamp_cause(old, new, pair, was.contains(&pair), is.contains(&pair))).collect()
    }

    fn stamp_cause(&self, old: &Verdict, new: &Verdict, pair: usize, was: bool, is: bool) -> Option<Cause> {
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
    fn why(&self, half: &Half<'c>, verdict: &Verdict, pair: usize) -> Option<String> {
        if let Action::LeaveAlone(alone) = verdict.action {
            return Some(reason::alone(alone, &verdict.resource.kind));
        }
        let listed = verdict.by_annotation.iter().find(|(c, _)| half.pair_of.get(c) == Some(&pair));
        if let Some((config, decision)) = listed {
            return Some(reason::rule(decision, half.config(*config).kind));
        }
        let used = half.uses(verdict, pair).find(|u| u.counted && u.decision.selected).or_else(|| half.uses(verdict, pair).next())?;
        Some(reason::of_use(used).1)
    }

    /// Adds the configs that a generator renamed, and whose name stands in the template.
    fn add_name_causes(&self, old: &Verdict, new: &Verdict, causes: &mut Vec<Cause>) {
        for used in &new.uses {
            let Some(pair) = used.config.and_then(|c| self.new.pair_of.get(&c)).copied() else { continue };
            if self.renamed_from(pair).is_none() || self.old.uses(old, pair).next().is_none() {
                continue;
            }
            if let Some(cause) = causes.iter_mut().find(|c| c.pair == pair) {
                cause.by_name = true;
                continue;
            }
            let keys = self.keys(pair);
            let what = if keys.is_empty() { What::Renamed } else { What::Changed };
            causes.push(Cause {
                by_stamp: false,
                by_name: true,
                ..self.cause(pair, what, keys, None)
            });
        }
    }

    fn cause(&self, pair: usize, change: What, keys: Keys, why: Option<String>) -> Cause {
        Cause {
            config: self.config_name(pair),
            change,
            keys,
            why,
            by_stamp: true,
            by_name: false,
            pair,
        }
    }

    fn config_name(&self, pair: usize) -> Name {
        let Pair { old, new } = self.configs[pair];
        let config = new.map(|i| self.new.config(i)).or_else(|| old.map(|i| self.old.config(i)));
        config.map_or_else(|| Name::new("", "", ""), config_name)
    }

    fn keys(&self, pair: usize) -> Keys {
        let Pair { old, new } = self.configs[pair];
        difference::keys(old.map(|i| self.old.content(i)), new.map(|i| self.new.content(i)))
    }

    /// The name of a config in the old rendering, if a generator gave it another one since.
    fn renamed_from(&self, pair: usize) -> Option<&'c str> {
        let Pair { old, new } = self.configs[pair];
        let (old, new) = (self.old.config(old?), self.new.config(new?));
        (old.name != new.name).then_some(old.name.as_str())
    }

    /// A new template as it would be if no generator had renamed a config.
    fn with_old_names(&self, template: &serde_json::Value, old: &Verdict, new: &Verdict) -> serde_json::Value {
        let mut template = template.clone();
        for used in &new.uses {
            let pair = used.config.and_then(|c| self.new.pair_of.get(&c)).copied();
            let Some((pair, name)) = pair.and_then(|p| Some((p, self.renamed_from(p)?))) else { continue };
            if self.old.uses(old, pair).next().is_some() {
                difference::rename(&mut template, &used.reference.path, name);
            }
        }
        template
    }

    fn config_changes(&self, rolls: &[Change]) -> Vec<ConfigChange> {
        let mut rolling: BTreeMap<usize, Vec<&Name>> = BTreeMap::new();
        for change in rolls {
            change.causes.iter().for_each(|c| rolling.entry(c.pair).or_default().push(&change.name));
        }
        let none = Vec::new();
        let found = (0..self.configs.len()).filter_map(|pair| {
            let change = self.what(pair)?;
            Some(self.config_change(pair, change, rolling.get(&pair).unwrap_or(&none)))
        });
        found.collect()
    }

    fn what(&self, pair: usize) -> Option<What> {
        match self.configs[pair] {
            Pair { old: None, .. } => Some(What::New),
            Pair { new: None, .. } => Some(What::Gone),
            Pair {
                old: Some(old),
                new: Some(new),
            } => {
                if self.old.config(old).digest != self.new.config(new).digest {
                    Some(What::Changed)
                } else {
                    self.renamed_from(pair).map(|_| What::Renamed)
                }
            }
        }
    }

    fn config_change(&self, pair: usize, change: What, rolls: &[&Name]) -> ConfigChange {
        let Pair { old, new } = self.configs[pair];
        let at = match (old, new) {
            (_, Some(new)) => self.new.locator.at(&self.new.config(new).location),
            (Some(old), None) => self.old.locator.at(&self.old.config(old).location),
            (None, None) => self.new.locator.offset(0, 0),
        };
        let frozen = old.is_some_and(|i| self.old.content(i).immutable);
        ConfigChange {
            name: self.config_name(pair),
            at,
            change,
            renamed_from: self.renamed_from(pair).map(str::to_owned),
            keys: self.keys(pair),
            refused: frozen && change == What::Changed && self.renamed_from(pair).is_none(),
            rolls: rolls.iter().map(|&n| n.clone()).collect(),
            does_not_roll: self.silent(pair, rolls),
        }
    }

    /// The workloads that use a changed config and do not roll because of it. Of a config that is gone, those that did.
    fn silent(&self, pair: usize, rolls: &[&Name]) -> Vec<Silent> {
        let gone = self.configs[pair].new.is_none();
        let half = if gone { &self.old } else { &self.new };
        let rolls: HashSet<&Name> = rolls.iter().copied().collect();
        let stays: HashSet<usize> = self.workloads.iter().filter_map(|p| if gone { p.new.and(p.old) } else { p.old.and(p.new) }).collect();
        let mut out = Vec::new();
        for (i, verdict) in half.verdicts.iter().enumerate() {
            let name = Name::of(&verdict.resource, &verdict.namespace);
            let uses: Vec<&Use> = half.uses(verdict, pair).collect();
            if uses.is_empty() && !half.is_listed(verdict, pair) || rolls.contains(&name) {
                continue;
            }
            let (reason, why) = if stays.contains(&i) { self.quiet(half, verdict, pair) } else { lonely(gone) };
            out.push(Silent {
                workload: name,
                reason,
                why,
                live: !gone && stays.contains(&i) && is_live(half.outcome(), verdict, &uses),
            });
        }
        out
    }

    /// Why a workload does not roll because of a config that it uses.
    fn quiet(&self, half: &Half<'c>, verdict: &Verdict, pair: usize) -> (&'static str, String) {
        if let Action::LeaveAlone(alone) = verdict.action {
            return (reason::alone_word(alone), reason::alone(alone, &verdict.resource.kind));
        }
        let selected = half.is_listed(verdict, pair) || half.uses(verdict, pair).any(|u| u.counted && u.decision.selected);
        if selected && self.settings.precision == Precision::Keys {
            return ("keys", "it sees none of the keys that differ".to_owned());
        }
        if selected {
            return ("same-stamp", "its stamp stays the same".to_owned());
        }
        half.uses(verdict, pair).next().map_or(("not-annotated", String::new()), reason::of_use)
    }
}

fn lonely(gone: bool) -> (&'static str, String) {
    if gone { ("gone-workload", "the workload is gone too".to_owned()) } else { ("new-workload", "the workload is new".to_owned()) }
}

/// Whether the kubelet updates all places of a workload that use a config.
fn is_live(outcome: &Outcome, verdict: &Verdict, uses: &[&Use]) -> bool {
    let Some(details) = outcome.workload(verdict).details.as_deref() else {
        return false;
    };
    let update = |used: &&Use| {
        let i = verdict.uses.iter().position(|u| std::ptr::eq(u, *used));
        i.and_then(|i| details.updates.get(i)).copied()
    };
    !uses.is_empty() && uses.iter().all(|u| update(u) == Some(Update::Live))
}

/// What the stamps in the texts themselves say, over all sets.
#[derive(Debug, Default)]
pub(crate) struct Stamps {
    stale: [usize; 2],
    /// In the new rendering: selected, without a stamp.
    unstamped: usize,
    /// Unstamped before, stamped now, and not rolling for any reason.
    adopted: usize,
}

impl Stamps {
    pub(crate) fn add(&mut self, comparison: &Comparison<'_>, plan: &Plan) {
        let sides = [&comparison.old, &comparison.new];
        for (count, half) in self.stale.iter_mut().zip(sides) {
            *count += half.verdicts.iter().filter(|v| matches!(v.action, Action::Replace | Action::Remove)).count();
        }
        self.unstamped += comparison.new.verdicts.iter().filter(|v| v.action == Action::Insert).count();
        let rolls: HashSet<&Name> = plan.rolls.iter().map(|c| &c.name).collect();
        let adopted = comparison.workloads.iter().filter_map(|p| Some((comparison.old.verdicts[p.old?], comparison.new.verdicts[p.new?])));
        self.adopted += adopted
            .filter(|(old, new)| old.action == Action::Insert && new.current.is_some())
            .filter(|(_, new)| !rolls.contains(&Name::of(&new.resource, &new.namespace)))
            .count();
    }

    pub(crate) fn notes(&self) -> Vec<Note> {
        let notes = [
            (self.stale[1], "stale-new", "of NEW", "carries", "carry", "a stamp that is stale or left over: run `restamp stamp -w`, or what rolls is not what this plan says"),
            (self.unstamped, "unstamped-new", "of NEW", "is", "are", "selected without a stamp: the plan counts the stamps that `restamp stamp` would write"),
            (self.stale[0], "stale-old", "of OLD", "carries", "carry", "a stamp that is stale or left over: if OLD is applied as it is, those roll too"),
            (self.adopted, "adopted", "that", "has", "have", "a stamp in NEW and none in OLD: if OLD is applied as it is, those roll once"),
        ];
        notes
            .into_iter()
            .filter(|(n, ..)| *n > 0)
            .map(|(n, id, of, one, many, text)| Note {
                id,
                text: if n == 1 { format!("1 workload {of} {one} {text}") } else { format!("{n} workloads {of} {many} {text}") },
            })
            .collect()
    }
}

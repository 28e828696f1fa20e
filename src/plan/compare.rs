//! One set before and after → what changes for each workload and each config.
//!
//! Takes the outcomes of both sides, adds to a [`Plan`]. A workload's pod template changes if its stamp does ([`Compared`]
//! says which stamps those are), or if the template does without our annotation.

use crate::advice::wording;
use crate::decide::action::Skip;
use crate::decide::skip;
use crate::explain::name::{Name, SetName};
use crate::facts::rolling::PlainTemplate;
use crate::finding::{Finding, Id};
use crate::kube::kind::Rollout;
use crate::outcome::{Holder, View};
use crate::plan::again::Whole;
use crate::plan::difference::{self, Keys};
use crate::plan::guard;
use crate::plan::lists::List;
use crate::plan::pair::{self, Pair};
use crate::plan::rendering::{Link, Rendering};
use crate::plan::stamps::Compared;
use crate::plan::{Cause, Change, Note, Plan, Side, What};
use crate::settings::{Precision, Settings};
use crate::text::hidden::Text;
use crate::text::source::{Location, SourceId};
use serde::Serialize;
use serde_json::Value;
use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::rc::Rc;

/// What follows from a changed pod template.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
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

/// Places in both lists.
type Differ = Rc<[Vec<usize>; 2]>;

/// One set before and after.
pub(crate) struct Comparison<'c> {
    pub(crate) old: Rendering<'c>,
    pub(crate) new: Rendering<'c>,
    pub(crate) settings: &'c Settings,
    pub(crate) compared: Compared,
    pub(crate) workloads: Vec<Pair>,
    pub(crate) configs: Vec<Pair>,
    /// The workloads of the old and of the new side that the other has too.
    pub(crate) stays: [Vec<bool>; 2],
    /// The pairs in which what lists select differs, by the lists of the old and of the new side: those of the new one, and
    /// those that only the old one has.
    lists_differ: RefCell<HashMap<[Option<usize>; 2], Differ>>,
    /// What makes configs of the new side after those who use them.
    made_later: HashSet<(SourceId, usize)>,
}

/// The pairs that make up the stamp of a workload.
struct Chosen<'r, 'c> {
    side: &'r Rendering<'c>,
    workload: usize,
    /// It is left alone, so that there are none.
    skipped: bool,
    /// Those that it refers to.
    used: Vec<usize>,
    known: HashSet<usize>,
}

impl<'r, 'c> Chosen<'r, 'c> {
    fn new(side: &'r Rendering<'c>, workload: usize) -> Self {
        let used = side.used(workload);
        let (skipped, used) = (used.is_none(), used.unwrap_or_default());
        Self { side, workload, skipped, known: used.iter().copied().collect(), used }
    }

    /// What lists select.
    fn list(&self) -> Option<(usize, &'r List)> {
        self.side.lists.of(self.workload).filter(|_| !self.skipped)
    }

    /// Whether a list selects a pair, and no reference does.
    fn lists(&self, pair: usize) -> bool {
        let listed = || self.side.lists.config(pair, self.workload).is_some();
        !self.known.contains(&pair) && !self.skipped && listed()
    }

    fn contains(&self, pair: usize) -> bool {
        self.known.contains(&pair) || self.lists(pair)
    }
}

impl<'c> Comparison<'c> {
    pub(crate) fn new(set: SetName, old: Side<'c>, new: Side<'c>, as_written: bool, settings: &'c Settings) -> Self {
        let holders = [old, new].map(|side| Holder::all(side.outcome));
        let all = |holders: &[Holder<'c>]| holders.iter().map(holder).collect::<Vec<_>>();
        let configs = pair::pairs(&all(&holders[0]), &all(&holders[1]), true);
        let [was, is] = holders;
        let pairs = || configs.iter().enumerate();
        let old =
            Rendering::new(set.clone(), old, was, pairs().filter_map(|(i, pair)| Some((pair.in_old()?, i))), settings);
        let new = Rendering::new(set, new, is, pairs().filter_map(|(i, pair)| Some((pair.in_new()?, i))), settings);
        let all = |side: &Rendering<'c>| side.workloads.iter().map(|w| named(*w)).collect::<Vec<_>>();
        let workloads = pair::pairs(&all(&old), &all(&new), false);
        let both: Vec<_> = workloads.iter().filter_map(|p| p.in_old().zip(p.in_new())).collect();
        let mut stays = [&old, &new].map(|side| vec![false; side.workloads.len()]);
        both.iter().for_each(|(old, new)| (stays[0][*old], stays[1][*new]) = (true, true));
        let views = both.iter().map(|(o, n)| (old.workloads[*o], new.workloads[*n]));
        let compared = Compared::of(as_written, views);
        let made_later = new.outcome.findings.iter().filter(|f| f.id == Id::MadeLater).filter_map(Finding::location);
        let (made_later, lists_differ) = (made_later.map(Location::order).collect(), RefCell::default());
        Self { stays, workloads, old, new, settings, compared, configs, lists_differ, made_later }
    }

    /// Adds what changes in this set.
    pub(crate) fn add_to(&self, plan: &mut Plan) {
        let first = plan.rolls.len();
        for pair in &self.workloads {
            match *pair {
                Pair::New(new) => plan.new_workloads.push(self.new.place(self.new.workloads[new])),
                Pair::Gone(old) => plan.gone_workloads.push(self.old.place(self.old.workloads[old])),
                Pair::Both { old, new } => {
                    plan.notes.extend(self.resumed(old, new));
                    match self.change(old, new) {
                        Some(change) if matches!(change.effect, Effect::Rolls | Effect::Recreated) => {
                            plan.findings.extend(guard::protected(&change, self.new.workloads[new], self.settings));
                            plan.rolls.push(change);
                        }
                        change => plan.no_rollout.extend(change),
                    }
                }
            }
        }
        plan.configs.extend(self.config_changes(&plan.rolls[first..]));
        plan.unseen.extend(self.unseen());
    }

    /// The note about a workload that held back what changed, and does so no longer.
    fn resumed(&self, old: usize, new: usize) -> Option<Note> {
        const HOLDS: [&str; 4] = ["paused", "on-delete", "partition", "manual"];
        let held = |view: View<'c>| wording::remarks(view.workload(), None).into_iter().find(|r| HOLDS.contains(&r.id));
        let (was, is) = (self.old.workloads[old], self.new.workloads[new]);
        let word = held(was)?.id;
        let name = self.new.name(is);
        let text = format!(
            "{name} ({}) was held back in OLD ({word}) and is not in NEW: what changed meanwhile rolls out",
            name.home()
        );
        held(is).is_none().then_some(Note { id: "resumed", text })
    }

    /// What changes for a workload that both sides have.
    fn change(&self, old: usize, new: usize) -> Option<Change> {
        let (was, is) = (self.old.workloads[old], self.new.workloads[new]);
        let stamp = self.compared.change(was, is);
        let (old_template, new_template) = self.templates(was, is).unzip();
        let (old_template, new_template) = (old_template.flatten(), new_template.flatten());
        if stamp.is_none() && old_template == new_template {
            return None;
        }
        let mut causes = if stamp.is_some() { self.stamp_causes(old, new) } else { Vec::new() };
        self.add_name_causes(old, new, &mut causes);
        let fields = match (old_template, new_template) {
            (Some(was), Some(is)) if was != is => {
                difference::fields(&was.value(), &self.with_old_names(is.value(), old, new))
            }
            _ => Vec::new(),
        };
        let (effect, why) = self.effect(was, is);
        let made_later = causes.iter().any(|cause| self.is_made_later(cause.pair));
        let made_later = made_later.then(wording::made_later);
        Some(Change {
            group: is.workload().object.group().to_owned(),
            name: self.new.name(is),
            at: self.new.locator.at(is.location()),
            effect,
            why,
            stamp,
            causes,
            fields,
            remarks: wording::remarks(is.workload(), self.new.drivers.of(is)).into_iter().chain(made_later).collect(),
        })
    }

    /// The pod templates of a workload, if their texts differ.
    fn templates(&self, was: View<'c>, is: View<'c>) -> Option<(Option<PlainTemplate>, Option<PlainTemplate>)> {
        let same = was.template_path() == is.template_path()
            && self.old.again.text(was.location()) == self.new.again.text(is.location());
        (!same).then(|| (self.old.again.template(was), self.new.again.template(is)))
    }

    /// Whether what something makes is there after those who use it.
    fn is_made_later(&self, pair: usize) -> bool {
        let place = |new| self.new.holder(new).object.object.start();
        self.configs[pair].in_new().is_some_and(|new| self.made_later.contains(&place(new).order()))
    }

    /// What follows from a changed template, and why if nothing rolls.
    fn effect(&self, old: View<'c>, new: View<'c>) -> (Effect, Option<String>) {
        let workload = new.workload();
        let kind = workload.object.kind().shown();
        let refused = |text: &str| (Effect::Refused, Some(format!("apply will be refused: {text}")));
        match workload.rollout {
            _ if new.action().skip() == Some(Skip::Hook) => (Effect::AtSync, Some(wording::skip(Skip::Hook, workload))),
            Rollout::Never if kind == "Pod" => refused("almost nothing in a Pod can be changed"),
            Rollout::Never => (Effect::None, Some(wording::skip(Skip::Kind, workload))),
            Rollout::Immutable | Rollout::Once if skip::is_recreated(workload) => (Effect::Recreated, None),
            Rollout::Immutable => refused(&wording::skip(Skip::Job, workload)),
            Rollout::Once => (Effect::None, Some(wording::skip(Skip::Job, workload))),
            Rollout::Revision if self.same_revision(old, new) => refused("the revision keeps its name"),
            _ if workload.refused().is_some() => (Effect::None, Some(wording::skip(Skip::Strategy, workload))),
            Rollout::Revision | Rollout::Starts | Rollout::NextRun => (Effect::Rolls, None),
        }
    }

    /// Whether a Knative Service names the same revision before and after.
    fn same_revision(&self, old: View<'c>, new: View<'c>) -> bool {
        let name = |side: &Rendering<'c>, view: View<'c>| {
            let range = view.workload().revision()?.clone();
            side.locator.source(view.location().source).text.get(range)
        };
        let new_name = name(&self.new, new);
        new_name.is_some() && new_name == name(&self.old, old)
    }

    /// The configs that make the stamp of a workload differ.
    fn stamp_causes(&self, old: usize, new: usize) -> Vec<Cause> {
        let (was, is) = (Chosen::new(&self.old, old), Chosen::new(&self.new, new));
        let (was_list, is_list) = (was.list(), is.list());
        let differing = self.differing(was_list, is_list);
        // What one of them leaves out counts as if the lists differed there.
        let left_out: Vec<usize> = [(&self.old, old), (&self.new, new)]
            .into_iter()
            .flat_map(|(side, workload)| side.lists.without(workload).iter().flat_map(|config| side.pairs_of(*config)))
            .collect();
        let in_order = |list: Option<(usize, &List)>, differing: &[usize]| -> Vec<usize> {
            let Some((_, list)) = list else { return Vec::new() };
            let places = differing.iter().chain(&left_out).filter_map(|pair| list.place(*pair));
            places.collect::<BTreeSet<_>>().into_iter().map(|place| list.pairs[place]).collect()
        };
        let now = in_order(is_list, &differing[0]).into_iter().filter(|pair| is.lists(*pair));
        let before = in_order(was_list, &differing[1]).into_iter().filter(|pair| was.lists(*pair));
        let gone = was.used.iter().copied().chain(before).filter(|pair| !is.contains(*pair));
        let all: Vec<usize> = is.used.iter().copied().chain(now).chain(gone).collect();
        all.into_iter()
            .filter_map(|pair| self.stamp_cause(old, new, pair, was.contains(pair), is.contains(pair)))
            .collect()
    }

    /// The pairs in which two lists differ: those of the new one, and those that only the old one has.
    fn differing(&self, was: Option<(usize, &List)>, is: Option<(usize, &List)>) -> Rc<[Vec<usize>; 2]> {
        let only = |one: Option<(usize, &List)>, other: Option<(usize, &List)>, or: &dyn Fn(usize) -> bool| {
            let is_in = |pair: usize| other.is_some_and(|(_, other)| other.place(pair).is_some());
            let pairs = one.into_iter().flat_map(|(_, list)| &list.pairs).copied();
            pairs.filter(|pair| !is_in(*pair) || or(*pair)).collect()
        };
        let mut known = self.lists_differ.borrow_mut();
        let new = || Rc::new([only(is, was, &|pair| self.differs(pair, None)), only(was, is, &|_| false)]);
        known.entry([was, is].map(|list| list.map(|(id, _)| id))).or_insert_with(new).clone()
    }

    fn stamp_cause(&self, old: usize, new: usize, pair: usize, was: bool, is: bool) -> Option<Cause> {
        let keys = || self.keys(pair);
        let why = || Some(self.new.why(self.new.workloads[new], &self.new.link(pair, new)?).1);
        let (change, keys, why) = match (was, is, self.configs[pair]) {
            (true, true, _) => {
                let seen = match self.new.workloads[new].decision.precision {
                    Precision::Object => None,
                    Precision::Keys => self.seen(old, new, pair),
                };
                if !self.differs(pair, seen.as_ref()) {
                    return None;
                }
                let keys = keys();
                (What::Changed, seen.map_or(keys.clone(), |seen| keys.only(|key| seen.contains(key))), None)
            }
            (false, _, Pair::New(_)) => (What::New, keys(), None),
            (_, false, Pair::Gone(_)) => (What::Gone, keys(), None),
            (false, ..) => {
                let what = if self.old.refers(pair, old) { What::Selected } else { What::Referenced };
                (what, keys(), why())
            }
            (true, false, _) if self.new.refers(pair, new) => (What::Unselected, keys(), why()),
            (true, false, _) => (What::Unreferenced, keys(), None),
        };
        Some(self.cause(pair, change, keys, why))
    }

    /// The keys of a config that a workload sees, before or after; `None` is all.
    fn seen(&self, old: usize, new: usize, pair: usize) -> Option<HashSet<&'c str>> {
        let sides = [self.old.link(pair, old), self.new.link(pair, new)];
        let seen: Option<Vec<_>> = sides.iter().flatten().map(Link::keys).collect();
        seen.map(|all| all.into_iter().flatten().collect())
    }

    /// Whether the content of a pair does, or that of some of its keys.
    pub(crate) fn differs(&self, pair: usize, seen: Option<&HashSet<&str>>) -> bool {
        let Pair::Both { old, new } = self.configs[pair] else { return true };
        match seen {
            None => self.old.content(old).digest != self.new.content(new).digest,
            Some(seen) => {
                let digest = |content: Whole<'c>| content.digest_only(seen, self.settings);
                digest(self.old.whole(old)) != digest(self.new.whole(new))
            }
        }
    }

    /// Adds the configs that a generator renamed, and whose name stands in the template.
    fn add_name_causes(&self, old: usize, new: usize, causes: &mut Vec<Cause>) {
        let mut known: HashMap<usize, usize> = causes.iter().enumerate().map(|(i, c)| (c.pair, i)).collect();
        for (pair, ..) in self.renamed(old, new) {
            let next = causes.len();
            let at = *known.entry(pair).or_insert(next);
            if at == next {
                let keys = self.keys(pair);
                let what = if keys.is_empty() { What::Renamed } else { What::Changed };
                causes.push(Cause { by_stamp: false, ..self.cause(pair, what, keys, None) });
            }
            causes[at].by_name = true;
        }
    }

    /// The references of a workload to configs that a generator renamed since: the pair, the path and the old name.
    fn renamed(&self, old: usize, new: usize) -> impl Iterator<Item = (usize, String, &'c Text)> {
        let pairs = self.new.workloads[new].uses().flat_map(|(reference, used)| {
            used.config.into_iter().flat_map(|config| self.new.pairs_of(config)).map(move |pair| (pair, reference))
        });
        pairs.filter_map(move |(pair, reference)| {
            let name = self.renamed_from(pair).filter(|_| self.old.refers(pair, old))?;
            Some((pair, reference.path(), name))
        })
    }

    fn cause(&self, pair: usize, change: What, keys: Keys, why: Option<String>) -> Cause {
        let (side, holder) = self.latest(pair);
        Cause {
            config: Name::holder(side.set.clone(), holder),
            change,
            keys,
            why,
            by_stamp: true,
            by_name: false,
            pair,
        }
    }

    /// What holds content as it is now, or was in the end, and its side.
    pub(crate) fn latest(&self, pair: usize) -> (&Rendering<'c>, &Holder<'c>) {
        match self.configs[pair] {
            Pair::Both { new, .. } | Pair::New(new) => (&self.new, self.new.holder(new)),
            Pair::Gone(old) => (&self.old, self.old.holder(old)),
        }
    }

    pub(crate) fn keys(&self, pair: usize) -> Keys {
        if matches!(self.configs[pair], Pair::Both { .. }) && !self.differs(pair, None) {
            return Keys::default();
        }
        let pair = self.configs[pair];
        let (old, new) = (pair.in_old().map(|i| self.old.whole(i)), pair.in_new().map(|i| self.new.whole(i)));
        difference::keys(old.as_deref(), new.as_deref())
    }

    /// The name of a config in the old rendering, if a generator gave it another one since.
    pub(crate) fn renamed_from(&self, pair: usize) -> Option<&'c Text> {
        let Pair::Both { old, new } = self.configs[pair] else {
            return None;
        };
        let (old, new) = (self.old.holder(old).name(), self.new.holder(new).name());
        (old != new).then_some(old)
    }

    /// A new template as it would be if no generator had renamed a config.
    fn with_old_names(&self, mut template: Value, old: usize, new: usize) -> Value {
        self.renamed(old, new).for_each(|(_, path, name)| difference::rename(&mut template, &path, name.raw()));
        template
    }
}

/// What something that holds content is told apart by: group, kind and namespace, and its name.
fn holder<'c>(holder: &Holder<'c>) -> ((&'c str, &'static str, &'c str), &'c str) {
    let group = holder.object.maker().map_or("", |_| holder.object.object.group());
    ((group, holder.object.holder(), holder.namespace.raw()), holder.name().raw())
}

/// What a workload is told apart by: group (the dead `extensions` is `apps`), kind, namespace, and the path of the pod
/// template where there are several.
fn named(view: View<'_>) -> ((&str, &str, &str, &str), &str) {
    let workload = view.workload();
    let group = match workload.object.group() {
        "extensions" => "apps",
        group => group,
    };
    let path = if workload.several { workload.template_path.as_str() } else { "" };
    ((group, workload.object.kind().raw(), view.home(), path), workload.object.name.raw())
}

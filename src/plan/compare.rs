//! One set before and after → what changes for each workload and each config.
//!
//! Takes the outcomes of both sides, adds to a [`Plan`]. A workload's pod template changes if its stamp does ([`Compared`]
//! says which stamps those are), or if the template does without our annotation.

use crate::advice::wording;
use crate::decide::action::Skip;
use crate::decide::skip;
use crate::explain::name::{Name, SetName};
use crate::facts::config::Config as ConfigObject;
use crate::facts::rolling::PlainTemplate;
use crate::finding::{Finding, Id};
use crate::kube::kind::Rollout;
use crate::outcome::{Holder, View};
use crate::plan::again::{Again, Whole};
use crate::plan::difference::{self, Keys};
use crate::plan::guard;
use crate::plan::lists::List;
use crate::plan::pair::{self, Pair};
use crate::plan::rendering::{Link, Rendering};
use crate::plan::stamps::{Compared, StampChange};
use crate::plan::{Cause, Change, Note, Plan, Side, What};
use crate::settings::{Precision, Settings};
use crate::text::hidden::Text;
use crate::text::many;
use crate::text::source::{Location, SourceId};
use serde::Serialize;
use serde_json::Value;
use std::cell::{LazyCell, RefCell};
use std::collections::{HashMap, HashSet};
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
    /// The keys in which the contents of each pair of configs differ.
    keys: Vec<Rc<Keys>>,
}

/// A workload whose pod template changes.
pub(super) struct Changing {
    old: usize,
    pub(super) new: usize,
    stamp: Option<StampChange>,
    fields: Vec<String>,
    /// Pairs of configs, those first that are in a stamp.
    pub(super) causes: Vec<usize>,
    by_stamp: usize,
    /// Those that a generator renamed, and whose name stands in the template.
    by_name: HashSet<usize>,
}

impl Changing {
    /// Which workload it is of the new side, or of the old one.
    pub(super) fn workload(&self, in_old: bool) -> usize {
        if in_old { self.old } else { self.new }
    }
}

/// So many pairs of a workload and a config are named whole.
const PAIRS: usize = 10_000;

/// How many are named for each where there are more.
const FEW: usize = 10;

/// How many of each are named of so many pairs: lists can select all configs for all workloads.
pub(super) fn most(pairs: usize) -> usize {
    if pairs > PAIRS { FEW } else { usize::MAX }
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
        let made_later = made_later.map(Location::order).collect();
        let lists_differ = RefCell::default();
        let keys = keys(&configs, &old, &new);
        Self { stays, workloads, old, new, settings, compared, configs, lists_differ, made_later, keys }
    }

    /// Adds what changes in this set.
    pub(crate) fn add_to(&self, plan: &mut Plan) {
        let first = plan.rolls.len();
        let mut changing = Vec::new();
        for pair in &self.workloads {
            match *pair {
                Pair::New(new) => plan.new_workloads.push(self.new.place(self.new.workloads[new])),
                Pair::Gone(old) => plan.gone_workloads.push(self.old.place(self.old.workloads[old])),
                Pair::Both { old, new } => {
                    plan.notes.extend(self.resumed(old, new));
                    changing.extend(self.changing(old, new));
                }
            }
        }
        let most = most(changing.iter().map(|changing| changing.causes.len()).sum());
        let mut rolling = Vec::new();
        for changing in changing {
            let change = self.change(&changing, most);
            if matches!(change.effect, Effect::Rolls | Effect::Recreated) {
                plan.findings.extend(guard::protected(&change, self.new.workloads[changing.new], self.settings));
                plan.rolls.push(change);
                rolling.push(changing);
            } else {
                plan.no_rollout.push(change);
            }
        }
        plan.configs.extend(self.config_changes(&plan.rolls[first..], &rolling, most));
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

    /// Whether something changes for a workload that both sides have, and because of which configs.
    fn changing(&self, old: usize, new: usize) -> Option<Changing> {
        let (was, is) = (self.old.workloads[old], self.new.workloads[new]);
        let stamp = self.compared.change(was, is);
        let templates = self.templates(was, is);
        if stamp.is_none() && templates.is_none() {
            return None;
        }
        let fields = match templates {
            Some([Some(was), Some(is)]) => difference::fields(&was, &self.with_old_names(is, old, new)),
            _ => Vec::new(),
        };
        let mut causes = if stamp.is_some() { self.stamp_causes(old, new) } else { Vec::new() };
        let by_stamp = causes.len();
        let by_name: HashSet<usize> = self.renamed(old, new).map(|(pair, ..)| pair).collect();
        if !by_name.is_empty() {
            let mut known: HashSet<usize> = causes.iter().copied().collect();
            causes.extend(self.renamed(old, new).map(|(pair, ..)| pair).filter(|pair| known.insert(*pair)));
        }
        Some(Changing { old, new, stamp, fields, causes, by_stamp, by_name })
    }

    /// The same with what there is to say of it; of the causes the first ones.
    fn change(&self, changing: &Changing, most: usize) -> Change {
        let &Changing { old, new, stamp, ref fields, ref causes, by_stamp, ref by_name } = changing;
        let (was, is) = (self.old.workloads[old], self.new.workloads[new]);
        let chosen = LazyCell::new(|| [Chosen::new(&self.old, old), Chosen::new(&self.new, new)]);
        let (effect, why) = self.effect(was, is);
        let made_later = !self.made_later.is_empty() && causes.iter().any(|pair| self.is_made_later(*pair));
        let made_later = made_later.then(wording::made_later);
        let shown = causes.iter().enumerate().take(most).map(|(i, &pair)| match i < by_stamp {
            true => Cause { by_name: by_name.contains(&pair), ..self.stamp_cause(&chosen, pair) },
            false => {
                let keys = self.keys(pair);
                let what = if keys.is_empty() { What::Renamed } else { What::Changed };
                Cause { by_stamp: false, by_name: true, ..self.cause(pair, what, keys, None) }
            }
        });
        Change {
            group: is.workload().object.group().to_owned(),
            name: self.new.name(is),
            at: self.new.locator.at(is.location()),
            effect,
            why,
            stamp,
            causes: shown.collect(),
            more_causes: causes.len().saturating_sub(most),
            fields: fields.clone(),
            remarks: wording::remarks(is.workload(), self.new.drivers.of(is)).into_iter().chain(made_later).collect(),
        }
    }

    /// The pod templates of a workload, if they differ.
    fn templates(&self, was: View<'c>, is: View<'c>) -> Option<[Option<Value>; 2]> {
        let (old, new) = (&self.old.again, &self.new.again);
        if was.template_path() == is.template_path() && old.text(was.location()) == new.text(is.location()) {
            return None;
        }
        let much = old.is_huge(was.location()) && new.is_huge(is.location());
        let (was, is) = many::both(much, || old.template(was), || new.template(is));
        if was == is {
            return None;
        }
        // Texts that differ may yet say the same.
        let value = |template: &Option<PlainTemplate>| template.as_ref().map(PlainTemplate::value);
        let (was, is) = many::both(much, || value(&was), || value(&is));
        (was != is).then_some([was, is])
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

    /// The pairs of the configs that make the stamp of a workload differ.
    fn stamp_causes(&self, old: usize, new: usize) -> Vec<usize> {
        let chosen = [Chosen::new(&self.old, old), Chosen::new(&self.new, new)];
        let [was, is] = &chosen;
        let differing = self.differing(was.list(), is.list());
        // What one of them leaves out counts as if the lists differed there.
        let left_out = [(&self.old, old), (&self.new, new)]
            .into_iter()
            .flat_map(|(side, workload)| side.lists.without(workload).iter().flat_map(|config| side.pairs_of(*config)));
        let left_out: Vec<usize> = left_out.collect();
        // Of all others the lists alone decide.
        let mut special: Vec<usize> = left_out.iter().chain(&was.used).chain(&is.used).copied().collect();
        special.sort_unstable();
        let is_special = |pair: usize| special.binary_search(&pair).is_ok();
        let in_order = |list: Option<(usize, &List)>, differing: &[usize]| -> Vec<usize> {
            let Some((_, list)) = list else { return Vec::new() };
            let mut places = differing.to_vec();
            places.extend(left_out.iter().filter_map(|pair| list.place(*pair)));
            places.sort_unstable();
            places.dedup();
            places.into_iter().map(|place| list.pairs[place]).collect()
        };
        let now = in_order(is.list(), &differing[0]).into_iter().filter(|pair| !is_special(*pair) || is.lists(*pair));
        let before = in_order(was.list(), &differing[1]).into_iter();
        let before = before.filter(|pair| !is_special(*pair) || was.lists(*pair));
        let gone = was.used.iter().copied().chain(before).filter(|pair| !is_special(*pair) || !is.contains(*pair));
        let all = is.used.iter().copied().chain(now).chain(gone);
        all.filter(|pair| !is_special(*pair) || self.is_cause(&chosen, *pair)).collect()
    }

    /// The pairs in which two lists differ, by their places: those of the new one, and those that only the old one has.
    fn differing(&self, was: Option<(usize, &List)>, is: Option<(usize, &List)>) -> Rc<[Vec<usize>; 2]> {
        let only = |one: Option<(usize, &List)>, other: Option<(usize, &List)>, or: &dyn Fn(usize) -> bool| {
            let is_in = |pair: usize| other.is_some_and(|(_, other)| other.place(pair).is_some());
            let pairs = one.into_iter().flat_map(|(_, list)| list.pairs.iter().enumerate());
            pairs.filter(|(_, pair)| !is_in(**pair) || or(**pair)).map(|(place, _)| place).collect()
        };
        let mut known = self.lists_differ.borrow_mut();
        let new = || Rc::new([only(is, was, &|pair| self.differs(pair, None)), only(was, is, &|_| false)]);
        known.entry([was, is].map(|list| list.map(|(id, _)| id))).or_insert_with(new).clone()
    }

    /// What a workload sees of a config that is in both of its stamps, if not all of it counts.
    fn seen_by(&self, [was, is]: &[Chosen<'_, 'c>; 2], pair: usize) -> Option<HashSet<&'c str>> {
        match self.new.workloads[is.workload].decision.precision {
            Precision::Object => None,
            Precision::Keys => self.seen(was.workload, is.workload, pair),
        }
    }

    /// Whether a config that is in a stamp makes it differ.
    fn is_cause(&self, chosen: &[Chosen<'_, 'c>; 2], pair: usize) -> bool {
        let in_both = chosen.iter().all(|chosen| chosen.contains(pair));
        !in_both || self.differs(pair, self.seen_by(chosen, pair).as_ref())
    }

    /// How a config that is in a stamp makes it differ.
    fn stamp_cause(&self, chosen: &[Chosen<'_, 'c>; 2], pair: usize) -> Cause {
        let [(was, old), (is, new)] = chosen.each_ref().map(|chosen| (chosen.contains(pair), chosen.workload));
        let why = || Some(self.new.why(self.new.workloads[new], &self.new.link(pair, new)?).1);
        let keys = self.keys(pair);
        let (change, keys, why) = match (was, is, self.configs[pair]) {
            (true, true, _) => {
                let seen = self.seen_by(chosen, pair);
                let keys = seen.map_or(keys.clone(), |seen| Rc::new(keys.only(|key| seen.contains(key))));
                (What::Changed, keys, None)
            }
            (false, _, Pair::New(_)) => (What::New, keys, None),
            (_, false, Pair::Gone(_)) => (What::Gone, keys, None),
            (false, ..) => {
                let what = if self.old.refers(pair, old) { What::Selected } else { What::Referenced };
                (what, keys, why())
            }
            (true, false, _) if self.new.refers(pair, new) => (What::Unselected, keys, why()),
            (true, false, _) => (What::Unreferenced, keys, None),
        };
        self.cause(pair, change, keys, why)
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

    fn cause(&self, pair: usize, change: What, keys: Rc<Keys>, why: Option<String>) -> Cause {
        let (side, holder) = self.latest(pair);
        Cause { config: Name::holder(side.set.clone(), holder), change, keys, why, by_stamp: true, by_name: false }
    }

    /// What holds content as it is now, or was in the end, and its side.
    pub(crate) fn latest(&self, pair: usize) -> (&Rendering<'c>, &Holder<'c>) {
        match self.configs[pair] {
            Pair::Both { new, .. } | Pair::New(new) => (&self.new, self.new.holder(new)),
            Pair::Gone(old) => (&self.old, self.old.holder(old)),
        }
    }

    /// The keys in which the contents of a pair differ.
    pub(crate) fn keys(&self, pair: usize) -> Rc<Keys> {
        self.keys[pair].clone()
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

/// The keys in which the contents of pairs of configs differ, found out by all cores: most of it is reading again.
fn keys(configs: &[Pair], old: &Rendering<'_>, new: &Rendering<'_>) -> Vec<Rc<Keys>> {
    let objects =
        configs.iter().map(|pair| (pair.in_old().map(|i| old.content(i)), pair.in_new().map(|i| new.content(i))));
    let objects: Vec<_> = objects.collect();
    let (old, new) = (&old.again, &new.again);
    let keys = many::each(&objects, many::MANY, |&(was, is)| {
        if let (Some(was), Some(is)) = (was, is)
            && was.digest == is.digest
        {
            return Keys::default();
        }
        let is_huge = |again: &Again<'_>, object: Option<&ConfigObject>| {
            object.is_some_and(|o| again.is_huge(&o.object.location))
        };
        let much = is_huge(old, was) && is_huge(new, is);
        let (was, is) = many::both(much, || was.map(|was| old.config(was)), || is.map(|is| new.config(is)));
        difference::keys(was.as_deref(), is.as_deref())
    });
    keys.into_iter().map(Rc::new).collect()
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

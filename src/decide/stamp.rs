//! The decision for one workload: which configs count, what stamp that makes, and what is to be done with its pod
//! template.
//!
//! Data goes one way: a reference's name becomes a config of the set, that config is a candidate once per workload, the
//! rules say whether it counts, those that count make the stamp. Writes nothing and words no message.

use crate::decide::action::{Action, Decision, Use};
use crate::decide::candidate::{Candidates, ConfigId, Configs, Target};
use crate::decide::listed::{AllLists, ByAnnotation, Content, Stamped};
use crate::decide::select::{Candidate, Entry, Rules, Selection};
use crate::decide::{listing, old_name, skip};
use crate::facts::digest;
use crate::facts::workload::{Workload, WorkloadRef};
use crate::kube::annotation::{self, Annotation, Annotations};
use crate::kube::config_kind::ConfigKind;
use crate::kube::reference::{Place, Places, Reference};
use crate::settings::selector::Subject;
use crate::settings::{Effect, Precision, Settings};
use crate::text::few::Few;
use crate::text::hidden::Text;
use crate::text::source::Source;
use foldhash::{HashMap, HashMapExt as _};
use std::collections::HashSet;
use std::sync::LazyLock;

/// The annotations of a workload that says nothing.
static NOTHING: LazyLock<Annotations> = LazyLock::new(Annotations::default);

/// The rules of one workload, one for each type of config.
pub(crate) type AllRules<'f> = [Rules<'f>; ConfigKind::ALL.len()];

/// A workload with its decision, and what that was made from: for what has to be said about it.
pub(crate) struct Decided<'f> {
    pub(crate) decision: Decision,
    pub(crate) workload: &'f Workload,
    /// Its namespace, with the default.
    pub(crate) home: &'f str,
    pub(crate) rules: AllRules<'f>,
    /// Words of its own about what counts that mean nothing.
    pub(crate) unknown: Vec<UnknownWord<'f>>,
    /// The annotations that count for it: its own, or those of the Rollout that names it.
    pub(crate) annotations: &'f Annotations,
}

/// What counts of what a workload refers to: as the settings say, unless it says otherwise for itself.
#[derive(Clone, Copy)]
struct Counting {
    places: Places,
    precision: Precision,
    effect: Effect,
}

/// A word of an annotation that is none of those that it can have.
pub(crate) struct UnknownWord<'f> {
    pub(crate) annotation: &'f Annotation,
    pub(crate) word: Text,
    pub(crate) known: &'static [&'static str],
}

/// Decides for the workloads of a set.
pub(crate) struct Decider<'f> {
    pub(crate) configs: &'f Configs<'f>,
    pub(crate) settings: &'f Settings,
    /// Whether decisions say what the entries of lists came to.
    explains: bool,
    /// Kind, namespace and name → the first workload of that name.
    by_name: HashMap<(&'f str, &'f str, &'f str), &'f Workload>,
    /// Target of a workloadRef → the Rollout that names it.
    rollouts: HashMap<(&'f str, &'f str, &'f str), &'f Workload>,
    /// What lists select.
    lists: AllLists,
}

impl<'f> Decider<'f> {
    pub(crate) fn new(configs: &'f Configs<'f>, settings: &'f Settings, explains: bool) -> Self {
        let (by_name, rollouts, lists) = (HashMap::new(), HashMap::new(), AllLists::default());
        let mut decider = Self { configs, settings, explains, by_name, rollouts, lists };
        let all = &configs.facts.workloads;
        // Names are asked for by these alone.
        let some = all.iter().any(|w| w.workload_ref().is_some());
        for w in all.iter().filter(|_| some) {
            let home = configs.namespace(&w.object);
            decider.by_name.entry((w.object.kind().raw(), home, w.object.name.raw())).or_insert(w);
            if let Some(target) = w.workload_ref() {
                decider.rollouts.insert((target.kind.raw(), home, target.name.raw()), w);
            }
        }
        decider
    }

    /// The workloads that are decided for: not those of sources that only supply configs.
    pub(crate) fn looked_at(&self, sources: &[Source]) -> impl Iterator<Item = &'f Workload> {
        self.configs.facts.workloads.iter().filter(|w| !sources[w.object.source()].supply)
    }

    /// The configs, as rules see them.
    fn candidates(&self) -> Candidates<'f> {
        Candidates { configs: self.configs, settings: self.settings }
    }

    /// The object that a workloadRef names, if the set has it.
    pub(crate) fn target(&self, rollout: &'f Workload, target: &'f WorkloadRef) -> Option<&'f Workload> {
        let home = self.configs.namespace(&rollout.object);
        self.by_name.get(&(target.kind.raw(), home, target.name.raw())).copied()
    }

    /// The annotations that count for a workload: its own; if it has none of the keys, those of the Rollout that names it.
    fn annotations(&self, workload: &'f Workload) -> &'f Annotations {
        let (own, names) = (&workload.object.annotations, &self.settings.names);
        if own.request(names).is_some() || workload.template.request(names).is_some() {
            return own;
        }
        let object = &workload.object;
        let key = (object.kind().raw(), self.configs.namespace(object), object.name.raw());
        self.rollouts.get(&key).map_or(own, |rollout| &rollout.object.annotations)
    }

    /// What counts for a workload; and its words that mean nothing.
    fn counting(&self, workload: &'f Workload) -> (Counting, Vec<UnknownWord<'f>>) {
        let Settings { places, precision, effect, .. } = *self.settings;
        let mut counting = Counting { places, precision, effect };
        let mut unknown = Vec::new();
        let find = |key| workload.object.annotations.find(key).map(|found| &**found);
        let mut none = |annotation: &'f Annotation, word, known| {
            unknown.push(UnknownWord { annotation, word: annotation.value.part(word), known });
        };
        if let Some(list) = find(annotation::PLACES) {
            let places = annotation::entries(list.value.raw()).filter_map(|word| {
                let place = Place::from_word(word);
                if place.is_none() {
                    none(list, word, Place::WORDS);
                }
                place
            });
            counting.places = Places::new(places);
        }
        if let Some(found) = find(annotation::PRECISION) {
            let word = found.value.raw().trim();
            match Precision::from_word(word) {
                Some(precision) => counting.precision = precision,
                None => none(found, word, Precision::WORDS),
            }
        }
        if let Some(found) = find(annotation::EFFECT) {
            let word = found.value.raw().trim();
            match Effect::from_word(word) {
                Some(effect) => counting.effect = effect,
                None => none(found, word, Effect::WORDS),
            }
        }
        (counting, unknown)
    }

    /// Decides for one workload.
    pub(crate) fn decide(&self, workload: &'f Workload) -> Decided<'f> {
        let home = self.configs.namespace(&workload.object);
        let annotations = self.annotations(workload);
        // Where the budget is spent nothing is decided that counts.
        let read: usize = annotations.iter().chain(workload.template.iter()).map(|a| a.value.raw().len()).sum();
        let annotations = if self.configs.budget.spend(read as u64) { annotations } else { &NOTHING };
        let (names, select) = (&self.settings.names, self.settings.select);
        let rules = |kind| Rules::new(kind, annotations, &workload.template, home, names, select, &self.configs.budget);
        let rules = ConfigKind::ALL.map(rules);
        let (counting, unknown) = self.counting(workload);
        let (decision, absent) = self.reading(workload, home, &rules, counting);
        let mut decided = Decided { rules, workload, home, unknown, annotations, decision };
        let current = workload.template.get(&self.settings.annotation);
        let fits = |decision: &Decision| decision.stamp.as_deref() == current;
        // On a finished build a list of names from before it matches nothing: the stamp that is there tells what it meant.
        if current.is_some()
            && !fits(&decided.decision)
            && let Some((rules, old_names)) = old_name::read(&decided.rules, home, self.configs, self.settings)
        {
            let (decision, _) = self.reading(workload, home, &rules, counting);
            if fits(&decision) {
                decided = Decided { rules, decision: Decision { old_names: old_names.into(), ..decision }, ..decided };
            }
        }
        decided.decision.action = match skip::skip(workload, self.settings) {
            Some(why) => Action::Skip(why),
            None if self.lacks_key(current, &decided.decision) => Action::OtherKey,
            None => match (current, &decided.decision.stamp) {
                (Some(current), Some(stamp)) if current == stamp => Action::Current,
                (Some(_), Some(_)) => Action::Replace,
                (None, Some(stamp)) if self.settings.is_baseline(stamp) => Action::Baseline,
                (None, Some(_)) => Action::Insert,
                (Some(_), None) if absent => Action::CannotVerify,
                (Some(_), None) => Action::Remove,
                (None, None) => Action::Nothing,
            },
        };
        if self.explains {
            decided.decision.entries = listing::entries(&decided, self.configs, self.settings).into();
        }
        decided
    }

    /// Whether a stamp was made with a key and this run has none; or the stamp that a baseline would have in its place.
    fn lacks_key(&self, current: Option<&str>, decision: &Decision) -> bool {
        let keyed = || match current {
            Some(stamp) => digest::key_id(stamp).is_some(),
            None => decision.is_keyable && self.settings.baseline.iter().any(|stamp| digest::key_id(stamp).is_some()),
        };
        self.settings.key.is_none() && keyed()
    }

    /// Decides for one workload whose stamp has to go.
    pub(crate) fn decide_to_unstamp(&self, workload: &'f Workload) -> Decided<'f> {
        let mut decided = self.decide(workload);
        let current = decided.workload.template.find(&self.settings.annotation);
        let action = &mut decided.decision.action;
        *action = match (*action, current) {
            (Action::Skip(why), _) => Action::Skip(why),
            (_, Some(_)) => Action::Remove,
            (_, None) => Action::Nothing,
        };
        (decided.decision.stamp, decided.decision.selected) = (None, false);
        decided
    }

    /// What each reference of a workload leads to; each name is looked up once.
    fn targets(&self, workload: &'f Workload) -> Vec<Target> {
        let mut known = Few::default();
        let target = |r: &'f Reference| {
            let name = (r.kind, r.name.raw());
            known.get(name).copied().unwrap_or_else(|| {
                let target = self.configs.resolve(&workload.object, r.kind, r.name.raw());
                known.put(name, target);
                target
            })
        };
        workload.references.iter().map(target).collect()
    }

    /// What rules make of a workload, but for what is to be done; and whether they ask for something that is not in the set.
    fn reading(
        &self,
        workload: &'f Workload,
        home: &'f str,
        rules: &AllRules<'f>,
        counting: Counting,
    ) -> (Decision, bool) {
        let view = View {
            decider: self,
            workload,
            home,
            rules,
            counting,
            targets: self.targets(workload),
            referenced: Few::default(),
        };
        let view = View { referenced: view.counted(), ..view };
        // What lists name comes first: whether they name what is referred to is known then.
        let by_annotation = view.by_annotation();
        let mut decision = Decision {
            workload: workload.id,
            action: Action::Nothing,
            by_annotation,
            uses: view.uses(),
            precision: counting.precision,
            stamp: None,
            is_keyable: false,
            old_names: Box::default(),
            entries: Box::default(),
            selected: false,
        };
        if !decision.by_annotation.is_empty() || decision.used().next().is_some() {
            let (stamp, is_keyable) = view.stamp(&decision);
            (decision.stamp, decision.is_keyable) = (Some(stamp), is_keyable);
        }
        let absent = view.wants_absent(&decision.uses);
        decision.selected = decision.stamp.is_some() || absent;
        (decision, absent)
    }
}

/// Whether a reference counts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Counts {
    Yes,
    /// Its place does not.
    No,
    /// With `effect: restart` it does not: a container that runs sees the change.
    Live,
}

/// The configs of a set as one workload sees them.
struct View<'d, 'f> {
    decider: &'d Decider<'f>,
    workload: &'f Workload,
    home: &'f str,
    rules: &'d AllRules<'f>,
    /// What each reference leads to.
    targets: Vec<Target>,
    counting: Counting,
    /// The same as [`View::counted`]: a config counts as referenced once one reference does.
    referenced: Few<ConfigId, usize>,
}

impl<'f> View<'_, 'f> {
    fn configs(&self) -> &'f Configs<'f> {
        self.decider.configs
    }

    fn rules(&self, kind: ConfigKind) -> &Rules<'f> {
        &self.rules[kind as usize]
    }

    /// Whether a reference counts, whatever the rules say of its config.
    fn counts(&self, i: usize) -> Counts {
        let reference = &self.workload.references[i];
        if !self.counting.places.contains(reference.place) {
            Counts::No
        } else if self.counting.effect == Effect::Restart && self.is_live(i) {
            Counts::Live
        } else {
            Counts::Yes
        }
    }

    /// Whether a container that runs sees a change by itself, so that no restart is needed.
    fn is_live(&self, i: usize) -> bool {
        let immutable = |id| self.configs().object(id).immutable;
        !self.workload.updates().get(i).is_some_and(|update| update.keeps())
            && !self.targets[i].config().is_some_and(immutable)
    }

    /// Each reference that counts and leads to a config, with that.
    fn counted_targets(&self) -> impl Iterator<Item = (usize, ConfigId)> {
        let counted = self.targets.iter().enumerate().filter(|(i, _)| self.counts(*i) == Counts::Yes);
        counted.filter_map(|(i, target)| Some((i, target.config()?)))
    }

    /// The configs that a counted reference leads to, each with the first one.
    fn counted(&self) -> Few<ConfigId, usize> {
        let mut counted = Few::default();
        for (i, id) in self.counted_targets() {
            if counted.get(id).is_none() {
                counted.put(id, i);
            }
        }
        counted
    }

    fn uses(&self) -> Box<[Use]> {
        let workload = self.workload;
        let mut uses: Vec<Use> = Vec::with_capacity(workload.references.len());
        // Of each config the first use: what counts is decided once, however many references lead there.
        let mut known: Few<ConfigId, usize> = Few::default();
        for (i, reference) in workload.references.iter().enumerate() {
            let (target, counts) = (self.targets[i], self.counts(i));
            let counted = counts == Counts::Yes;
            let selection = match target.config() {
                None => self.select_absent(reference.kind, reference.name.raw(), counted),
                Some(config) => match known.get(config) {
                    Some(first) => uses[*first].selection.clone(),
                    None => {
                        known.put(config, i);
                        self.select(config)
                    }
                },
            };
            let is_first = target.config().is_some_and(|id| self.referenced.get(id) == Some(&i));
            uses.push(Use {
                counted,
                live: counts == Counts::Live,
                config: target.config(),
                other_namespace: matches!(target, Target::OtherNamespace(_)),
                chooses: is_first && selection.selected,
                selection,
            });
        }
        uses.into()
    }

    /// Whether a config counts.
    fn select(&self, config: ConfigId) -> Selection {
        let (candidates, referenced) = (self.decider.candidates(), self.referenced.get(config).is_some());
        let rules = self.rules(candidates.configs.object(config).kind);
        candidates.ask(config, self.home, referenced, |candidate| rules.decide(candidate))
    }

    fn select_absent(&self, kind: ConfigKind, name: &str, referenced: bool) -> Selection {
        self.rules(kind).decide(&Candidate {
            id: None,
            namespace: self.home,
            names: &[name],
            annotations: &[],
            admitted: self.admits_absent(kind, self.home, name),
            referenced,
            in_reach: true,
        })
    }

    fn admits_absent(&self, kind: ConfigKind, namespace: &str, name: &str) -> bool {
        let settings = self.decider.settings;
        settings.counts(kind) && settings.configs.admits_absent(&Subject::absent(kind, namespace, name))
    }

    /// The configs that a list selects and no counted reference leads to.
    fn by_annotation(&self) -> ByAnnotation {
        let (decider, candidates) = (self.decider, self.decider.candidates());
        let decided = self.counted_targets().map(|(_, id)| id).chain(self.only_live());
        ByAnnotation::new(&decider.lists, self.rules, self.home, &candidates, decided)
    }

    /// The configs that the workload refers to, with `effect: restart` asking for no restart for any of these references.
    fn only_live(&self) -> impl Iterator<Item = ConfigId> {
        let mut all: HashMap<ConfigId, bool> = HashMap::new();
        let targets = self.targets.iter().enumerate().filter(|_| self.counting.effect == Effect::Restart);
        for (i, id) in targets.filter_map(|(i, target)| Some((i, target.config()?))) {
            *all.entry(id).or_insert(true) &= self.is_live(i);
        }
        all.into_iter().filter(|(_, live)| *live).map(|(id, _)| id)
    }

    /// The stamp: of the configs that the workload refers to, by the field path of the first counted reference, each
    /// object that holds content once; then of those that annotations alone select.
    fn stamp(&self, decision: &Decision) -> Stamped {
        let (settings, candidates) = (self.decider.settings, self.decider.candidates());
        let seen = self.seen(&decision.uses);
        let (mut makers, mut out) = (HashSet::new(), Vec::with_capacity(decision.uses.len()));
        for id in decision.used() {
            let (first, keys) = (out.len(), seen.get(&id).and_then(Option::as_ref));
            for part in candidates.parts(id) {
                let digest = keys.map_or(part.digest, |keys| part.digest_only(keys, settings));
                out.extend(Some(Content::new(part, digest)).filter(|content| content.is_new(&mut makers)));
            }
            out[first..].sort_unstable();
        }
        decision.by_annotation.stamp(&out, makers, settings)
    }

    /// The keys that count of the configs that the workload refers to; of one without a record, and of `None`, all do.
    fn seen(&self, uses: &[Use]) -> HashMap<ConfigId, Option<HashSet<&'f str>>> {
        let mut out: HashMap<_, Option<HashSet<&str>>> = HashMap::new();
        let references = self.workload.references.iter().zip(uses).filter(|(_, used)| used.counted);
        for (reference, used) in references.filter(|_| self.counting.precision == Precision::Keys) {
            let Some(id) = used.config else { continue };
            let seen = out.entry(id).or_insert_with(|| Some(HashSet::new()));
            match &reference.keys {
                Some(keys) if used.selection.entry.is_none() => {
                    seen.iter_mut().for_each(|seen| seen.extend(keys.iter().map(Text::raw)));
                }
                _ => *seen = None,
            }
        }
        out
    }

    /// Whether something that is not in the set would be selected, so that a stamp may come from there.
    fn wants_absent(&self, uses: &[Use]) -> bool {
        let configs = self.configs();
        let listed = |rules: &Rules<'f>| {
            let entries = rules.entries.iter().filter(|e| self.may_name_absent(rules, e)).map(|e| (self.home, e.text));
            let extras = rules.extras.iter().filter(|e| rules.extra_config(configs, e).is_none());
            entries
                .chain(extras.map(|e| (e.namespace.unwrap_or(self.home), e.name)))
                .filter(|(namespace, name)| *namespace != self.home || !rules.excludes(name))
                .any(|(namespace, name)| self.admits_absent(rules.kind, namespace, name))
        };
        uses.iter().any(|u| u.config.is_none() && u.is_selected()) || self.rules.iter().any(listed)
    }

    /// Whether an entry of a reload list can mean something that is not in the set: one that names something which is
    /// there, and does not count, asks for nothing else.
    fn may_name_absent(&self, rules: &Rules<'_>, entry: &Entry<'_>) -> bool {
        entry.error().is_none() && entry.named(rules.kind, self.home, self.configs()).is_empty()
    }
}

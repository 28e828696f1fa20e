//! The decision for one workload: which configs count, what stamp that makes, and what is to be done with its pod
//! template.
//!
//! Data goes one way: a reference's name becomes a config of the set, that config is a candidate once per workload, the
//! rules say whether it counts, those that count make the stamp. Writes nothing and words no message.

use crate::decide::action::{Action, Decision, Use, WorkloadId};
use crate::decide::candidate::{ConfigId, Configs, Target};
use crate::decide::select::{Candidate, Entry, Rule, Rules, Selection};
use crate::decide::{listing, old_name, skip};
use crate::facts::config::Config as ConfigObject;
use crate::facts::digest::{self, Digest};
use crate::facts::workload::{Workload, WorkloadRef};
use crate::kube::annotation::{self, Annotation, Annotations};
use crate::kube::config_kind::ConfigKind;
use crate::kube::reference::{Place, Places, Reference};
use crate::settings::selector::Subject;
use crate::settings::{Effect, Precision, Settings};
use crate::text::hidden::Text;
use crate::text::source::Source;
use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, LazyLock};

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
    by_name: HashMap<(&'f str, &'f str, &'f str), WorkloadId>,
    /// Target of a workloadRef → the Rollout that names it.
    rollouts: HashMap<(&'f str, &'f str, &'f str), WorkloadId>,
}

impl<'f> Decider<'f> {
    pub(crate) fn new(configs: &'f Configs<'f>, settings: &'f Settings, explains: bool) -> Self {
        let mut decider = Self { configs, settings, explains, by_name: HashMap::new(), rollouts: HashMap::new() };
        for (i, w) in configs.facts.workloads.iter().enumerate() {
            let (id, home) = (WorkloadId(i), configs.namespace(&w.object));
            decider.by_name.entry((w.object.kind.raw(), home, w.object.name.raw())).or_insert(id);
            if let Some(target) = &w.workload_ref {
                decider.rollouts.insert((target.kind.raw(), home, target.name.raw()), id);
            }
        }
        decider
    }

    /// The workloads that are decided for: not those of sources that only supply configs.
    pub(crate) fn looked_at(&self, sources: &[Source]) -> impl Iterator<Item = WorkloadId> {
        let ids = (0..self.configs.facts.workloads.len()).map(WorkloadId);
        ids.filter(|&id| !sources[self.workload(id).object.source()].supply)
    }

    pub(crate) fn workload(&self, id: WorkloadId) -> &'f Workload {
        &self.configs.facts.workloads[id.0]
    }

    /// The object that a workloadRef names, if the set has it.
    pub(crate) fn target(&self, rollout: &'f Workload, target: &'f WorkloadRef) -> Option<&'f Workload> {
        let home = self.configs.namespace(&rollout.object);
        self.by_name.get(&(target.kind.raw(), home, target.name.raw())).map(|&id| self.workload(id))
    }

    /// The annotations that count for a workload: its own; if it has none of the keys, those of the Rollout that names it.
    fn annotations(&self, workload: &'f Workload) -> &'f Annotations {
        let (own, names) = (&workload.object.annotations, &self.settings.names);
        if own.request(names).is_some() || workload.template.request(names).is_some() {
            return own;
        }
        let object = &workload.object;
        let key = (object.kind.raw(), self.configs.namespace(object), object.name.raw());
        self.rollouts.get(&key).map_or(own, |&id| &self.workload(id).object.annotations)
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
    pub(crate) fn decide(&self, id: WorkloadId) -> Decided<'f> {
        let workload = self.workload(id);
        let home = self.configs.namespace(&workload.object);
        let annotations = self.annotations(workload);
        // Where the budget is spent nothing is decided that counts.
        let read: usize = annotations.iter().chain(workload.template.iter()).map(|a| a.value.raw().len()).sum();
        let annotations = if self.configs.budget.spend(read as u64) { annotations } else { &NOTHING };
        let (names, select) = (&self.settings.names, self.settings.select);
        let rules = ConfigKind::ALL
            .map(|kind| Rules::new(kind, annotations, &workload.template, home, names, select, &self.configs.budget));
        let (counting, unknown) = self.counting(workload);
        let (decision, absent) = self.reading(id, home, &rules, counting);
        let mut decided = Decided { rules, workload, home, unknown, annotations, decision };
        let current = workload.template.get(&self.settings.annotation);
        let fits = |decision: &Decision| decision.stamp.as_deref() == current;
        // On a finished build a list of names from before it matches nothing: the stamp that is there tells what it meant.
        if current.is_some()
            && !fits(&decided.decision)
            && let Some((rules, old_names)) = old_name::read(&decided.rules, home, self.configs, self.settings)
        {
            let (decision, _) = self.reading(id, home, &rules, counting);
            if fits(&decision) {
                decided = Decided { rules, decision: Decision { old_names, ..decision }, ..decided };
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
            decided.decision.entries = listing::entries(&decided, self.configs, self.settings);
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
    pub(crate) fn decide_to_unstamp(&self, id: WorkloadId) -> Decided<'f> {
        let mut decided = self.decide(id);
        let current = decided.workload.template.find(&self.settings.annotation);
        let action = &mut decided.decision.action;
        *action = match (*action, current) {
            (Action::Skip(why), _) => Action::Skip(why),
            (_, Some(_)) => Action::Remove,
            (_, None) => Action::Nothing,
        };
        decided.decision.stamp = None;
        decided
    }

    /// What each reference of a workload leads to; each name is looked up once.
    fn targets(&self, workload: &'f Workload) -> Vec<Target> {
        let mut known = HashMap::new();
        let target = |r: &'f Arc<Reference>| {
            let find = || self.configs.resolve(&workload.object, r.kind, r.name.raw());
            *known.entry((r.kind, r.name.raw())).or_insert_with(find)
        };
        workload.references.iter().map(target).collect()
    }

    /// What rules make of a workload, but for what is to be done; and whether they ask for something that is not in the set.
    fn reading(&self, id: WorkloadId, home: &'f str, rules: &AllRules<'f>, counting: Counting) -> (Decision, bool) {
        let workload = self.workload(id);
        let mut view = View {
            decider: self,
            workload,
            home,
            rules,
            counting,
            targets: self.targets(workload),
            by_config: OnceCell::new(),
            referenced: HashSet::new(),
            selections: HashMap::new(),
        };
        // A config counts as referenced once one counted reference leads to it.
        let counted = view.targets.iter().enumerate().filter(|(i, _)| view.counts(*i) == Counts::Yes);
        view.referenced = counted.filter_map(|(_, target)| target.config()).collect();
        let uses = view.uses();
        let mut decision = Decision {
            workload: id,
            action: Action::Nothing,
            by_annotation: view.by_annotation(),
            uses,
            precision: counting.precision,
            stamp: None,
            is_keyable: false,
            old_names: Vec::new(),
            entries: Vec::new(),
            selected: false,
        };
        let chosen = view.in_stamp_order(&decision);
        if !chosen.is_empty() {
            let contents = view.contents(&chosen, &decision.uses);
            decision.is_keyable = contents.iter().any(|content| content.is_keyable);
            let key = self.settings.key.as_ref().filter(|_| decision.is_keyable);
            decision.stamp = Some(digest::stamp(contents.iter().map(|c| (c.holder, c.digest)), key));
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

/// One object that a stamp is made of, in the order of those of one config.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Content {
    is_made: bool,
    /// Its kind.
    holder: &'static str,
    digest: Digest,
    /// With a key its digest is a keyed one.
    is_keyable: bool,
}

/// The configs of a set as one workload sees them.
struct View<'d, 'f> {
    decider: &'d Decider<'f>,
    workload: &'f Workload,
    home: &'f str,
    rules: &'d AllRules<'f>,
    /// What each reference leads to.
    targets: Vec<Target>,
    /// The same the other way round, made when it is asked for.
    by_config: OnceCell<HashMap<ConfigId, Vec<usize>>>,
    counting: Counting,
    /// The configs that a counted reference leads to.
    referenced: HashSet<ConfigId>,
    /// One for each config that was a candidate.
    selections: HashMap<ConfigId, Selection>,
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
        !self.workload.updates.get(i).is_some_and(|update| update.keeps())
            && !self.targets[i].config().is_some_and(immutable)
    }

    fn uses(&mut self) -> Vec<Use> {
        let workload = self.workload;
        let mut uses = Vec::with_capacity(workload.references.len());
        for (i, reference) in workload.references.iter().enumerate() {
            let (target, counts) = (self.targets[i], self.counts(i));
            let counted = counts == Counts::Yes;
            uses.push(Use {
                counted,
                live: counts == Counts::Live,
                config: target.config(),
                other_namespace: matches!(target, Target::OtherNamespace(_)),
                selection: match target.config() {
                    Some(config) => self.select(config),
                    None => self.select_absent(reference.kind, reference.name.raw(), counted),
                },
            });
        }
        uses
    }

    /// Whether a config counts: decided once however many references lead there.
    fn select(&mut self, config: ConfigId) -> Selection {
        if let Some(selection) = self.selections.get(&config) {
            return selection.clone();
        }
        let selection = self.as_candidate(config, |rules, candidate| rules.decide(candidate));
        self.selections.insert(config, selection.clone());
        selection
    }

    /// Asks the rules about a config of the set.
    fn as_candidate<T>(&self, id: ConfigId, ask: impl FnOnce(&Rules<'f>, &Candidate<'_>) -> T) -> T {
        let (config, settings) = (self.configs().get(id), self.decider.settings);
        // Where the budget is spent nothing is decided that counts.
        let many = if self.configs().budget.spend(self.configs().names_and_parts(id)) { usize::MAX } else { 1 };
        let parts: Vec<_> = self.configs().parts(id).take(many).collect();
        let annotations: Vec<&Annotations> = parts.iter().map(|part| &part.object.annotations).collect();
        let names: Vec<&str> = self.configs().names(id).take(many).collect();
        let (namespace, referenced) = (config.namespace.raw(), self.referenced.contains(&id));
        let candidate = Candidate {
            namespace,
            names: &names,
            annotations: &annotations,
            admitted: parts.iter().any(|part| part.is_admitted(settings)),
            referenced,
            in_reach: referenced || namespace == self.home,
        };
        ask(self.rules(config.kind), &candidate)
    }

    fn select_absent(&self, kind: ConfigKind, name: &str, referenced: bool) -> Selection {
        self.rules(kind).decide(&Candidate {
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

    /// The configs that a list selects and no counted reference leads to, in input order.
    fn by_annotation(&mut self) -> Vec<(ConfigId, Selection)> {
        let configs = self.configs();
        let mut named: Vec<ConfigId> = Vec::new();
        for rules in self.rules {
            for entry in rules.entries.iter().filter(|e| e.error.is_none()) {
                named.extend_from_slice(&entry.named(rules.kind, self.home, configs));
            }
            named.extend(rules.extras.iter().filter_map(|e| rules.extra_config(configs, e)));
        }
        named.sort_unstable();
        named.dedup();
        named.retain(|id| !self.referenced.contains(id) && !self.is_only_live(*id));
        let selected = named.into_iter().map(|id| (id, self.select(id)));
        selected.filter(|(_, s)| s.selected).collect()
    }

    /// The references that lead to a config.
    fn leading_to(&self, id: ConfigId) -> &[usize] {
        let by_config = self.by_config.get_or_init(|| {
            let mut by_config: HashMap<_, Vec<usize>> = HashMap::new();
            for (i, config) in self.targets.iter().enumerate().filter_map(|(i, t)| Some((i, t.config()?))) {
                by_config.entry(config).or_default().push(i);
            }
            by_config
        });
        by_config.get(&id).map_or(&[], Vec::as_slice)
    }

    /// Whether the workload refers to a config, and `effect: restart` asks for no restart for any of these references.
    fn is_only_live(&self, id: ConfigId) -> bool {
        let references = self.leading_to(id);
        self.counting.effect == Effect::Restart && !references.is_empty() && references.iter().all(|&i| self.is_live(i))
    }

    /// The configs that make up the stamp, in its order: by the field path of the first counted reference, then those that
    /// annotations alone select: by kind, by the list and the entry that names them, by digest.
    fn in_stamp_order(&self, decision: &Decision) -> Vec<ConfigId> {
        let mut out = decision.chosen();
        let (configs, alone) = (self.configs(), out.len() - decision.by_annotation.len());
        out[alone..].sort_by_cached_key(|&id| {
            let selection = &self.selections[&id];
            let digests: Vec<Digest> = self.parts(id).map(|part| part.digest).collect();
            (configs.get(id).kind, selection.rule != Rule::Listed, selection.entry, digests, id)
        });
        out
    }

    /// What of a config counts.
    fn parts(&self, id: ConfigId) -> impl Iterator<Item = &'f ConfigObject> {
        let settings = self.decider.settings;
        self.configs().parts(id).filter(move |part| part.is_admitted(settings))
    }

    /// What goes into the stamp, in its order: the kind of each object that holds content, with its digest; each once.
    fn contents(&self, chosen: &[ConfigId], uses: &[Use]) -> Vec<Content> {
        let settings = self.decider.settings;
        let mut makers = HashSet::new();
        let mut out = Vec::with_capacity(chosen.len());
        for &id in chosen {
            let (first, seen) = (out.len(), self.seen(id, uses));
            for part in self.parts(id) {
                if part.maker().is_some() && !makers.insert(part.object.location.order()) {
                    continue;
                }
                let digest = seen.as_ref().map_or(part.digest, |keys| part.digest_only(keys, settings));
                let is_made = part.maker().is_some();
                out.push(Content { is_made, holder: part.holder(), digest, is_keyable: part.is_keyable() });
            }
            out[first..].sort_unstable();
        }
        out
    }

    /// The keys of a config that count; `None` is all.
    fn seen(&self, id: ConfigId, uses: &[Use]) -> Option<HashSet<&'f str>> {
        if self.counting.precision == Precision::Object {
            return None;
        }
        let mine = self.leading_to(id).iter().filter(|&&i| uses[i].counted).map(|&i| &self.workload.references[i]);
        let mine: Vec<_> = mine.collect();
        if mine.is_empty() || mine.iter().any(|r| r.keys.is_none()) || self.selections[&id].entry.is_some() {
            return None;
        }
        Some(mine.iter().flat_map(|r| r.keys.iter().flatten()).map(Text::raw).collect())
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
        entry.error.is_none() && entry.named(rules.kind, self.home, self.configs()).is_empty()
    }
}

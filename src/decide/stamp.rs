//! The selection for one workload: which configs count, what stamp that makes, and what is to be done with its pod
//! template.
//!
//! Takes the index of a set, gives a [`Decision`] per workload. Writes nothing and words no message.

use crate::decide::candidate::{Index, Target};
use crate::decide::select::{Entry, Extra, Rules, Selection, Subject};
use crate::facts::digest::{self, ConfigKind, Digest};
use crate::facts::{Workload, WorkloadRef};
use crate::kube::annotation::{self, Annotations};
use crate::kube::kind::Rollout;
use crate::kube::reference::{Place, Places, Reference};
use crate::settings::selector;
use crate::settings::{Precision, Settings};
use crate::text::source::{Location, SourceId};
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

pub use super::action::{Action, Decision, Skip, Use};

/// What reading the annotations of one workload needs to outlive: kept beside its decision for the lints.
pub(crate) struct Judged<'i> {
    pub(crate) decision: Decision,
    pub(crate) rules: [Rules<'i>; 2],
    /// Unknown words of the places annotation.
    pub(crate) unknown_places: Vec<&'i str>,
    /// The selected groups, in the order of the stamp.
    pub(crate) chosen: Vec<usize>,
    /// The annotations that speak for it, and their source.
    pub(crate) voice: (&'i Annotations, SourceId),
}

/// Decides for the workloads of a set.
pub(crate) struct Judge<'i> {
    pub(crate) index: &'i Index<'i>,
    pub(crate) settings: &'i Settings,
    /// Target of a workloadRef → the Rollout that names it.
    rollouts: HashMap<(&'i str, &'i str, &'i str), usize>,
}

impl<'i> Judge<'i> {
    pub(crate) fn new(index: &'i Index<'i>, settings: &'i Settings) -> Self {
        let named = |i: usize, w: &'i Workload| {
            let target = w.workload_ref.as_ref()?;
            Some(((target.kind.as_str(), index.namespace(&w.object), target.name.as_str()), i))
        };
        let rollouts = index.facts.workloads.iter().enumerate().filter_map(|(i, w)| named(i, w)).collect();
        Self { index, settings, rollouts }
    }

    /// The object that a workloadRef names, if the set has it.
    pub(crate) fn target(&self, rollout: &'i Workload, target: &WorkloadRef) -> Option<&'i Workload> {
        let namespace = self.index.namespace(&rollout.object);
        self.index.facts.workloads.iter().find(|w| {
            w.object.kind == target.kind && w.object.name == target.name && self.index.namespace(&w.object) == namespace
        })
    }

    /// The annotations that speak for a workload: its own; if it has none of the keys, those of the Rollout that names it.
    fn voice(&self, workload: &'i Workload) -> (&'i Annotations, SourceId) {
        let own = (&workload.object.annotations, workload.object.source);
        let names = &self.settings.names;
        if workload.object.annotations.selects(names) || workload.template.selects(names) {
            return own;
        }
        let key = (&*workload.object.kind, self.index.namespace(&workload.object), workload.object.name.as_str());
        match self.rollouts.get(&key) {
            Some(&i) => {
                let rollout = &self.index.facts.workloads[i].object;
                (&rollout.annotations, rollout.source)
            }
            None => own,
        }
    }

    pub(crate) fn judge(&self, i: usize) -> Judged<'i> {
        let workload = &self.index.facts.workloads[i];
        let home = self.index.namespace(&workload.object);
        let voice = self.voice(workload);
        let rules = ConfigKind::ALL.map(|kind| {
            Rules::new(kind, voice.0, &workload.template, voice.1, home, &self.settings.names, self.settings.select)
        });
        let (places, unknown_places) = self.places(workload);
        let mut bench = Bench { judge: self, workload, home, rules: &rules, decided: HashMap::new() };
        let uses = bench.uses(places);
        let by_annotation = bench.by_annotation();
        let chosen = bench.chosen(&uses, &by_annotation);
        let stamp = (!chosen.is_empty())
            .then(|| digest::stamp(chosen.iter().map(|&g| (self.index.groups[g].kind, bench.digest(g, &uses)))));
        let hope = bench.hope(&uses);
        let unmatched_entry = bench.unmatched_entry(&chosen);
        let current = workload.template.get(&self.settings.annotation).map(str::to_owned);
        let selected = stamp.is_some() || hope;
        let action = match self.alone(workload) {
            Some(alone) => Action::Skip(alone),
            None => match (&current, &stamp) {
                (Some(current), Some(stamp)) if current == stamp => Action::Current,
                (Some(_), Some(_)) => Action::Replace,
                (None, Some(_)) => Action::Insert,
                (Some(_), None) if hope => Action::CannotVerify,
                (Some(_), None) => Action::Remove,
                (None, None) => Action::Nothing,
            },
        };
        let decision = Decision {
            resource: workload.object.resource_ref(),
            namespace: home.to_owned(),
            location: Location { source: workload.object.source, range: workload.object.range.clone() },
            template_path: workload.template_path.clone(),
            action,
            uses,
            by_annotation,
            current,
            stamp,
            unmatched_entry,
            selected,
            index: i,
        };
        Judged { decision, rules, unknown_places, chosen, voice }
    }

    /// The places that count for a workload: the settings', unless it says otherwise.
    fn places(&self, workload: &'i Workload) -> (Places, Vec<&'i str>) {
        let Some(list) = workload.object.annotations.get(annotation::PLACES) else {
            return (self.settings.places, Vec::new());
        };
        let (known, unknown): (Vec<_>, Vec<_>) = annotation::entries(list).partition(|w| Place::from_word(w).is_some());
        (Places::new(known.into_iter().filter_map(Place::from_word)), unknown)
    }

    fn alone(&self, workload: &Workload) -> Option<Skip> {
        let object = &workload.object;
        let own = &object.annotations;
        let subject = selector::Subject {
            group: object.group(),
            kind: &object.kind,
            name: &object.name,
            namespace: object.namespace.as_deref().unwrap_or(&self.settings.namespace),
            labels: &object.labels,
        };
        if !self.settings.workloads.admits(&subject) {
            Some(Skip::Excluded)
        } else if workload.rollout == Rollout::Never {
            Some(Skip::Kind)
        } else if workload.site.is_none() {
            Some(Skip::Elsewhere)
        } else if workload.patch {
            Some(Skip::Patch)
        } else if own.find(annotation::HELM_HOOK).is_some() || own.find(annotation::ARGO_HOOK).is_some() {
            Some(Skip::Hook)
        } else if workload.revision.is_some() {
            Some(Skip::NamedRevision)
        } else if workload.rollout == Rollout::Immutable && !is_recreated(workload) {
            Some(Skip::Job)
        } else {
            None
        }
    }
}

/// Whether the delivery tool recreates a Job instead of changing it.
pub(crate) fn is_recreated(job: &Workload) -> bool {
    let own = &job.object.annotations;
    let options: Vec<&str> = own.get(annotation::ARGO_SYNC_OPTIONS).into_iter().flat_map(annotation::entries).collect();
    job.generated
        || options.contains(&"Force=true") && options.contains(&"Replace=true")
        || own.get(annotation::FLUX_FORCE) == Some("enabled")
}

/// One workload on the bench.
struct Bench<'j, 'i> {
    judge: &'j Judge<'i>,
    workload: &'i Workload,
    home: &'i str,
    rules: &'j [Rules<'i>; 2],
    /// Group → whether it counts; one selection however many references lead there.
    decided: HashMap<(usize, bool), Selection>,
}

impl<'i> Bench<'_, 'i> {
    fn index(&self) -> &'i Index<'i> {
        self.judge.index
    }

    fn rules(&self, kind: ConfigKind) -> &Rules<'i> {
        &self.rules[kind as usize]
    }

    fn uses(&mut self, places: Places) -> Vec<Use> {
        let targets: Vec<(Target, bool)> = self
            .workload
            .references
            .iter()
            .map(|r| (self.index().resolve(&self.workload.object, r.kind, &r.name), places.contains(r.place)))
            .collect();
        // A config counts as referenced once one counted reference leads to it.
        let referenced: HashSet<usize> =
            targets.iter().filter(|(_, counted)| *counted).filter_map(|(t, _)| t.group()).collect();
        let workload = self.workload;
        workload
            .references
            .iter()
            .zip(targets)
            .map(|(reference, (target, counted))| {
                let selection = match target.group() {
                    Some(group) => self.decide(group, referenced.contains(&group)),
                    None => self.decide_absent(reference.kind, &reference.name, counted),
                };
                Use {
                    missing_keys: target.group().map(|g| self.missing_keys(g, reference)).unwrap_or_default(),
                    reference: Arc::clone(reference),
                    counted,
                    config: target.group(),
                    other_namespace: matches!(target, Target::OtherNamespace(_)),
                    selection,
                }
            })
            .collect()
    }

    fn missing_keys(&self, group: usize, reference: &Reference) -> Vec<String> {
        let config = self.index().config(group);
        let has = |key: &str| config.keys.binary_search_by(|k| (*k.name).cmp(key)).is_ok();
        reference.keys.iter().flatten().filter(|k| !has(k)).cloned().collect()
    }

    fn decide(&mut self, group: usize, referenced: bool) -> Selection {
        if let Some(selection) = self.decided.get(&(group, referenced)) {
            return selection.clone();
        }
        let names: Vec<&str> = self.index().names(group).collect();
        let selection = self.rules(self.index().groups[group].kind).decide(&self.subject(group, &names, referenced));
        self.decided.insert((group, referenced), selection.clone());
        selection
    }

    fn subject<'n>(&self, group: usize, names: &'n [&'n str], referenced: bool) -> Subject<'n>
    where
        'i: 'n,
    {
        let config = self.index().config(group);
        let place = &self.index().groups[group];
        Subject {
            namespace: place.namespace,
            names,
            annotations: Some((&config.object.annotations, config.object.source)),
            admitted: self.judge.settings.configs.admits(&selector::Subject {
                group: "",
                kind: place.kind.as_str(),
                name: place.name,
                namespace: place.namespace,
                labels: &config.object.labels,
            }),
            referenced,
            in_reach: referenced || place.namespace == self.home,
        }
    }

    fn decide_absent(&self, kind: ConfigKind, name: &str, referenced: bool) -> Selection {
        self.rules(kind).decide(&Subject {
            namespace: self.home,
            names: &[name],
            annotations: None,
            admitted: self.admits_absent(kind, self.home, name),
            referenced,
            in_reach: true,
        })
    }

    fn admits_absent(&self, kind: ConfigKind, namespace: &str, name: &str) -> bool {
        self.judge.settings.configs.admits_absent(&selector::Subject {
            group: "",
            kind: kind.as_str(),
            name,
            namespace,
            labels: &[],
        })
    }

    /// The configs that a list selects and no counted reference leads to.
    fn by_annotation(&mut self) -> Vec<(usize, Selection)> {
        let referenced: HashSet<usize> = self.decided.keys().filter(|(_, r)| *r).map(|(g, _)| *g).collect();
        let mut out = Vec::new();
        for rules in self.rules {
            let own = if rules.entries.is_empty() { &[][..] } else { self.index().in_namespace(rules.kind, self.home) };
            let extra = rules.extras.iter().filter_map(|e: &Extra<'_>| self.extra(rules.kind, e));
            let mut groups: Vec<usize> = own.iter().copied().chain(extra).collect();
            groups.sort_unstable();
            groups.dedup();
            for group in groups.into_iter().filter(|g| !referenced.contains(g)) {
                let selection = self.decide(group, false);
                if selection.selected {
                    out.push((group, selection));
                }
            }
        }
        out
    }

    /// The group that an entry of Wave's list names.
    fn extra(&self, kind: ConfigKind, extra: &Extra<'_>) -> Option<usize> {
        let namespace = extra.namespace.unwrap_or(self.home);
        self.index().exact(kind, namespace, extra.name).or_else(|| {
            let mut groups = self.index().in_namespace(kind, namespace).iter().copied();
            groups.find(|&g| self.index().names(g).any(|n| n == extra.name))
        })
    }

    /// The selected groups in the order of the stamp: by the field path of the first counted reference, then those
    /// that annotations alone select: by kind, by the entry that names them, by digest.
    fn chosen(&self, uses: &[Use], by_annotation: &[(usize, Selection)]) -> Vec<usize> {
        let mut out: Vec<usize> = Vec::new();
        let mut seen = HashSet::new();
        for group in uses.iter().filter(|u| u.counted && u.selection.selected).filter_map(|u| u.config) {
            if seen.insert(group) {
                out.push(group);
            }
        }
        let mut rest: Vec<_> = by_annotation
            .iter()
            .map(|(group, selection)| {
                let kind = self.index().groups[*group].kind;
                let list = selection.rule != crate::decide::select::Rule::Listed;
                (kind, list, selection.entry, self.digest(*group, &[]), *group)
            })
            .collect();
        rest.sort();
        out.extend(rest.into_iter().map(|(.., group)| group));
        out
    }

    /// The digest of a group for this workload: of the keys that the pod can see, where only those count.
    fn digest(&self, group: usize, uses: &[Use]) -> Digest {
        let config = self.index().config(group);
        if self.judge.settings.precision == Precision::Object {
            return config.digest;
        }
        let names: Vec<&str> = self.index().names(group).collect();
        let subject = self.subject(group, &names, true);
        let rules = self.rules(config.kind);
        let mine = || uses.iter().filter(|u| u.counted && u.config == Some(group));
        let whole = rules.listed(&subject).is_some()
            || rules.extra_entry(&subject).is_some()
            || mine().next().is_none()
            || mine().any(|u| u.reference.keys.is_none());
        if whole {
            return config.digest;
        }
        let seen: HashSet<&str> = mine().flat_map(|u| u.reference.keys.iter().flatten()).map(String::as_str).collect();
        digest::digest(config.keys.iter().filter(|k| seen.contains(&*k.name)).map(|k| {
            let value = k.value.as_ref().expect("impossible: values are kept when keys count");
            (&*k.name, &*value.0)
        }))
    }

    /// Whether something that is not in the set would be selected, so that a stamp may come from there.
    fn hope(&self, uses: &[Use]) -> bool {
        let absent = uses.iter().any(|u| u.counted && u.config.is_none() && u.selection.selected);
        let listed = self.rules.iter().any(|rules| {
            let entries = rules.entries.iter().filter(|e| self.may_name_absent(rules, e));
            let extras = rules
                .extras
                .iter()
                .filter(|e| self.extra(rules.kind, e).is_none())
                .map(|e| (e.namespace.unwrap_or(self.home), e.name));
            entries
                .map(|e| (self.home, e.text))
                .chain(extras)
                .filter(|(namespace, name)| *namespace != self.home || !rules.excluded.contains(name))
                .any(|(namespace, name)| self.admits_absent(rules.kind, namespace, name))
        });
        absent || listed
    }

    /// Whether an entry of a reload list can mean something that is not in the set: one that names something which is
    /// there, and does not count, asks for nothing else.
    fn may_name_absent(&self, rules: &Rules<'_>, entry: &Entry<'_>) -> bool {
        entry.error.is_none() && !self.is_there(rules.kind, |name| entry.matches(name))
    }

    /// Whether the workload's own namespace has a config that is, or was, called so.
    fn is_there(&self, kind: ConfigKind, test: impl Fn(&str) -> bool) -> bool {
        let index = self.index();
        let groups = index.in_namespace(kind, self.home);
        groups.iter().any(|&g| index.names(g).any(&test))
    }

    /// Whether an entry of a list names nothing in the set, so that it may mean a name from before a kustomize build.
    fn unmatched_entry(&self, chosen: &[usize]) -> bool {
        // An entry that excludes something explains nothing where no config of its type counts.
        let counts = |kind| chosen.iter().any(|&g| self.index().groups[g].kind == kind);
        self.rules.iter().any(|rules| {
            // A reference has its final name on a finished build, and so does an entry that excludes it.
            let referenced = |name: &str| {
                let references = &self.workload.references;
                references.iter().any(|r| r.kind == rules.kind && r.name == name)
            };
            rules.entries.iter().any(|e| self.may_name_absent(rules, e))
                || counts(rules.kind)
                    && rules.excluded.iter().any(|e| !self.is_there(rules.kind, |name| name == *e) && !referenced(e))
                || rules.extras.iter().any(|e| self.extra(rules.kind, e).is_none())
        })
    }
}

/// The ranges of the twins of a group, if their content differs.
pub(crate) fn conflict(index: &Index<'_>, group: usize) -> Option<Vec<(SourceId, Range<usize>)>> {
    let members = index.groups[group].members.iter().map(|&i| &index.facts.configs[i]);
    let digest = index.config(group).digest;
    let places = members.clone().map(|c| (c.object.source, c.object.range.start..c.object.range.start)).collect();
    members.clone().any(|c| c.digest != digest).then_some(places)
}

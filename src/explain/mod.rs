//! Outcomes → an explanation: per workload what it refers to, what counts and why, and its stamp; and the other
//! direction, who rolls when a config changes.
//!
//! Takes outcomes that kept their details, gives data that `output` writes out. Holds digests of ConfigMaps, never of
//! Secrets, and no value of either.

// Objects as explanations and plans name them.
pub(crate) mod name;

// What lists select, shared and cut.
pub(crate) mod listed;

// What an explanation holds.
pub(crate) mod explanation;

// The table of kinds.
pub(crate) mod kinds;

// What `--workload` and `--why` ask for.
pub(crate) mod query;

use crate::advice::wording;
use crate::decide::action::{self, Action, Decision, Skip, Use};
use crate::decide::candidate::ConfigId;
use crate::decide::config::Config;
use crate::decide::listed::ByAnnotation;
use crate::decide::select::{Rule, Selection};
use crate::explain::explanation::{
    Annotation, Because, ConfigEntry, Entry, Explanation, ListEntry, Maker, Reference, SCHEMA, Said, Stamp, Status,
};
use crate::explain::listed::{AllListed, Names, Shared};
use crate::explain::name::{Drivers, Name};
use crate::explain::query::Asked;
use crate::facts::config::Config as ConfigObject;
use crate::facts::rolling::Update;
use crate::finding::{Finding, Id};
use crate::kube::annotation::Key;
use crate::kube::config_kind::ConfigKind;
use crate::kube::reference::{Place, Reference as PodReference};
use crate::outcome::{Outcome, View};
use crate::settings::Settings;
use crate::text::hidden::Text;
use crate::text::lines::{At, Locator};
use crate::text::many;
use crate::text::source::{Location, Source, SourceId};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex};

/// The longest value of an annotation that is kept: it is cited for each config.
const LONGEST: usize = 1000;

/// What was asked for; nothing is everything.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Query<'q> {
    /// `KIND/NAME`, both globs.
    pub(crate) workload: Option<&'q str>,
    /// `NAME`, `KIND/NAME`, `NAMESPACE/NAME` or `NAMESPACE/KIND/NAME`, names and namespaces being globs.
    pub(crate) why: Option<&'q str>,
}

/// Explains some sets; an error says that nothing matches, and what is near.
pub(crate) fn explain(
    sets: &[(&[Source], &Outcome)],
    settings: &Settings,
    query: &Query<'_>,
) -> Result<Explanation, String> {
    let mut entries = Vec::new();
    let mut configs = Vec::new();
    for (index, (sources, outcome)) in sets.iter().enumerate() {
        let set = Set {
            index,
            settings,
            outcome,
            locator: Locator::new(sources),
            hints: hints(&outcome.findings),
            untold: untold(&outcome.findings),
            drivers: Drivers::new(outcome),
            listed: Mutex::default(),
            names: Mutex::default(),
        };
        let views: Vec<View<'_>> = outcome.workloads().collect();
        entries.extend(many::each(&views, many::MANY, |view| set.entry(*view)));
        let ids: Vec<ConfigId> = outcome.configs().map(|(id, _)| id).collect();
        configs.extend(many::each(&ids, many::MANY, |id| set.config(*id)));
    }
    if let Some(word) = query.workload {
        entries = query::only(entries, word)?;
    }
    let mut why = None;
    if let Some(word) = query.why {
        let asked = Asked::parse(word)?;
        let found = asked.answer(&entries, &configs);
        if found.is_empty() {
            return Err(asked.nothing(word, &entries, &configs));
        }
        let configs_asked: Vec<&Name> = configs.iter().map(|c| &c.name).filter(|name| asked.matches(name)).collect();
        entries.retain(|e| {
            let refers = e.references.iter().any(|r| asked.matches(&r.config));
            refers || configs_asked.iter().any(|name| e.by_annotation.find(name).is_some())
        });
        configs.retain(|c| asked.matches(&c.name));
        why = Some(found);
    }
    if query.workload.is_some() {
        entries.iter_mut().for_each(Entry::show_all);
        let used: HashSet<&Name> = entries.iter().flat_map(Entry::configs).collect();
        configs.retain(|c| used.contains(&c.name));
    }
    let (annotation, detailed) = (settings.annotation.clone(), query.workload.is_some());
    Ok(Explanation { schema: SCHEMA, annotation, workloads: entries, configs, detailed, why })
}

/// The remedies of missing configs and keys, by the place that refers to them.
fn hints(findings: &[Finding]) -> BTreeMap<(SourceId, usize), &str> {
    let missing = findings.iter().filter(|f| matches!(f.id, Id::MissingConfig | Id::MissingKey));
    let mut out = BTreeMap::new();
    for (finding, remedy) in missing.filter_map(|f| Some((f, f.remedy.as_deref()?))) {
        for location in finding.location().into_iter().chain(finding.related.iter().map(|(l, _)| l)) {
            out.insert((location.source, location.range.start), remedy);
        }
    }
    out
}

/// The findings that nothing else of an explanation says, by the places that they point at.
fn untold(findings: &[Finding]) -> Vec<((SourceId, usize), usize)> {
    let shown = findings.iter().enumerate().filter(|(_, f)| !TOLD.contains(&f.id));
    let places = |(i, f): (usize, &Finding)| {
        let all = f.location().into_iter().chain(f.related.iter().map(|(at, _)| at));
        all.map(|at| (at.order(), i)).collect::<Vec<_>>()
    };
    let mut out: Vec<_> = shown.flat_map(places).collect();
    out.sort_unstable();
    out
}

/// Why references count, by all that their words are made of.
type Reasons = foldhash::HashMap<(ConfigKind, Place, (bool, bool), Rule, Option<usize>, bool), Arc<Because>>;

/// One set while it is explained.
struct Set<'e> {
    settings: &'e Settings,
    index: usize,
    outcome: &'e Outcome,
    locator: Locator<'e>,
    hints: BTreeMap<(SourceId, usize), &'e str>,
    untold: Vec<((SourceId, usize), usize)>,
    drivers: Drivers<'e>,
    /// What lists select, by what is shared of it.
    listed: Mutex<HashMap<Option<usize>, Arc<Shared>>>,
    /// What entries of lists name, by where it is kept.
    names: Mutex<HashMap<usize, Arc<[Name]>>>,
}

impl Set<'_> {
    fn entry(&self, view: View<'_>) -> Entry {
        let (workload, decision) = (view.workload(), view.decision);
        let (status, mut reason) = status(view);
        let findings = self.said(view);
        let names = &self.settings.names;
        let own = [&workload.object.annotations, &workload.template];
        // Who has asked for something is told what is wrong with that.
        let has_asked = own.iter().any(|a| a.request(names).is_some())
            || findings.iter().any(|f| f.id == Id::UnreadAnnotation.as_str());
        if status == Status::NotSelected && !has_asked && asks_for_nothing(decision) {
            let auto = names.get(Key::Auto);
            reason.push_str(&format!("; annotate it with `{auto}: \"true\"` to select them"));
        }
        let left_alone = decision.action.skip().map(Skip::as_str);
        let mut updates = workload.updates().iter();
        let mut reasons = Reasons::default();
        let references =
            view.uses().map(|(reference, used)| self.reference(view, reference, used, updates.next(), &mut reasons));
        Entry {
            group: workload.object.group().to_owned(),
            name: Name::workload(self.index, view),
            at: self.locator.at(view.location()),
            status,
            reason,
            left_alone,
            stamp: Stamp {
                current: view.current().cloned(),
                // A plain hash of what has a keyed one would undo what the key is for.
                due: decision.stamp.clone().filter(|_| left_alone.is_none() && decision.action != Action::OtherKey),
            },
            references: references.collect(),
            precision: decision.precision,
            by_annotation: self.listed(&decision.by_annotation),
            lists: self.lists(&decision.entries),
            findings,
            remarks: wording::remarks(workload, self.drivers.of(view)),
        }
    }

    /// What the run has to say about a workload, but for what its status and its references say.
    fn said(&self, view: View<'_>) -> Vec<Said> {
        let own = view.location();
        let first = self.untold.partition_point(|(place, _)| *place < own.order());
        let here = self.untold[first..].iter().take_while(|(at, _)| *at < (own.source, own.range.end));
        // One that points here twice is said once, in the order of the run.
        let here: BTreeSet<usize> = here.map(|(_, i)| *i).collect();
        let name = format!("{}: ", view.workload().object.about());
        let said = |f: &Finding| Said {
            id: f.id.as_str(),
            severity: f.severity,
            message: f.message.strip_prefix(&name).unwrap_or(&f.message).to_owned(),
            remedy: f.remedy.clone(),
            at: f.location().map(|at| self.locator.at(at)),
        };
        here.into_iter().map(|i| said(&self.outcome.findings[i])).collect()
    }

    /// The entries of the lists of a workload, those of each list in a row.
    fn lists(&self, entries: &[action::ListEntry]) -> Vec<ListEntry> {
        let mut out = Vec::with_capacity(entries.len());
        for list in entries.chunk_by(|a, b| Arc::ptr_eq(&a.list, &b.list)) {
            let Some(first) = list.first() else { continue };
            let (key, at) = (Text::from(&*first.list.key), self.locator.at(&first.list.location));
            out.extend(list.iter().map(|entry| ListEntry {
                list: key.clone(),
                at: at.clone(),
                kind: entry.kind.as_str(),
                entry: entry.text.clone(),
                came_to: entry.came_to.as_str(),
                made_by: entry.maker.clone(),
                configs: Names::new(self.names(&entry.configs)),
            }));
        }
        out
    }

    /// The names of what an entry names, which is often the same for many workloads.
    fn names(&self, configs: &Arc<[ConfigId]>) -> Arc<[Name]> {
        if configs.is_empty() {
            return Arc::default();
        }
        let name = |id: &ConfigId| Name::config(self.index, self.outcome.config(*id));
        let mut known = many::lock(&self.names);
        known.entry(configs.as_ptr() as usize).or_insert_with(|| configs.iter().map(name).collect()).clone()
    }

    fn reference(
        &self,
        view: View<'_>,
        reference: &PodReference,
        used: &Use,
        update: Option<&Update>,
        reasons: &mut Reasons,
    ) -> Reference {
        let location = Location::new(view.location().source, reference.range.clone());
        let shown = |keys: &[Text]| keys.iter().map(Text::to_string).collect();
        Reference {
            config: match used.config {
                Some(id) => Name::config(self.index, self.outcome.config(id)),
                None => Name::new(self.index, reference.kind.as_str().into(), view.namespace(), reference.name.clone()),
            },
            place: reference.place.as_str(),
            field: view.workload().path_of(reference),
            at: self.locator.at(&location),
            config_at: used.config.map(|id| self.config_at(id)),
            other_namespace: used.other_namespace,
            optional: reference.optional,
            keys: reference.keys.as_deref().map(shown),
            missing_keys: view.missing_keys(reference, used.config).map(Text::to_string).collect(),
            counted: used.counted,
            selected: used.is_selected(),
            because: self.reason(reference, used, reasons),
            update: update.map_or("unknown", |update| update.as_str()),
            hint: self.hints.get(&(location.source, location.range.start)).map(|&h| h.to_owned()),
        }
    }

    /// Why a reference counts or does not, in words that were found before if another one says the same.
    fn reason(&self, reference: &PodReference, used: &Use, reasons: &mut Reasons) -> Arc<Because> {
        let Selection { rule, cited, entry, .. } = &used.selection;
        let cited = cited.as_ref().map(|cited| Arc::as_ptr(cited) as usize);
        let says = (reference.kind, reference.place, (used.counted, used.live), *rule, cited, entry.is_some());
        let new = || {
            Arc::new(match wording::of_use(reference, used) {
                (rule @ ("place" | "live"), why) => Because { rule, why, annotation: None, named: false },
                _ => self.because(&used.selection, reference.kind),
            })
        };
        reasons.entry(says).or_insert_with(new).clone()
    }

    fn config_at(&self, id: ConfigId) -> At {
        self.locator.at(&self.outcome.object(id).object.location)
    }

    fn listed(&self, of: &ByAnnotation) -> AllListed {
        let config = |id| {
            let config = self.outcome.config(id);
            (config.kind, Name::config(self.index, config), self.config_at(id))
        };
        let mut known = many::lock(&self.listed);
        let shared = known.entry(of.shared()).or_insert_with(|| Arc::new(Shared::new(of, config)));
        let because = |id| {
            let selection = of.get(id).expect("impossible: what lists share they select");
            self.because(&selection, self.outcome.config(id).kind)
        };
        AllListed::new(of, shared.clone(), because)
    }

    fn because(&self, selection: &Selection, kind: ConfigKind) -> Because {
        Because {
            rule: selection.rule.as_str(),
            why: wording::rule(selection, kind),
            named: selection.entry.is_some(),
            annotation: selection.cited.as_ref().map(|c| Annotation {
                key: c.key.to_string(),
                value: c.value.cut(LONGEST),
                at: self.locator.at(&c.location),
            }),
        }
    }

    /// What makes a config: not itself, plain or encrypted.
    fn maker(&self, config: &Config, part: &ConfigObject) -> Option<Maker> {
        let recipe = part.maker()?;
        let name = Name::new(self.index, recipe.kind.into(), config.namespace.clone(), part.object.name.clone());
        let at = self.locator.at(&part.object.location);
        (config.kind.as_str() != recipe.kind).then(|| Maker { name, at, nature: recipe.nature.as_str() })
    }

    fn config(&self, id: ConfigId) -> ConfigEntry {
        let (config, object) = (self.outcome.config(id), self.outcome.object(id));
        ConfigEntry {
            name: Name::config(self.index, config),
            at: self.config_at(id),
            // That of a class is the one of the Secrets that it makes.
            digest: (config.kind == ConfigKind::ConfigMap).then(|| object.digest.hex()),
            keys: self.outcome.keys(id).map(|key| key.to_string()).collect::<BTreeSet<_>>().into_iter().collect(),
            made_by: config.parts(&self.outcome.facts).filter_map(|part| self.maker(config, part)).collect(),
            immutable: object.immutable,
            supplied: config.objects(&self.outcome.facts).all(|c| self.locator.source(c.object.source()).supply),
        }
    }
}

/// Findings that status, references and hints of an explanation say anyway.
const TOLD: [Id; 6] =
    [Id::MissingConfig, Id::MissingKey, Id::OtherNamespace, Id::StampRemoved, Id::CannotVerify, Id::OtherKey];

/// Whether a workload refers to configs that count, and has no annotation about them.
fn asks_for_nothing(decision: &Decision) -> bool {
    let open = |u: &Use| u.selection.rule == Rule::NotAnnotated && u.selection.cited.is_none();
    decision.uses.iter().any(|u| u.counted && open(u)) && decision.uses.iter().all(|u| !u.counted || open(u))
}

fn status(view: View<'_>) -> (Status, String) {
    let decision = view.decision;
    let (status, text) = match decision.action {
        Action::Current if !decision.old_names.is_empty() => (
            Status::Current,
            "stamped, and the stamp is current: its lists name configs as they were called before a build",
        ),
        Action::Current => (Status::Current, "stamped, and the stamp is current"),
        Action::Baseline => (Status::Current, "without a stamp, and current: its stamp is one of `baseline`"),
        Action::Insert => (Status::Unstamped, "selected, without a stamp: `stamp` would add one"),
        Action::Replace => (Status::Stale, "the stamp is not that of its configs as they are now"),
        Action::Remove => (Status::LeftOver, "no longer selected: `stamp` would remove its stamp"),
        Action::CannotVerify => {
            (Status::CannotVerify, "none of its selected configs is in the set: the stamp stays as it is")
        }
        Action::OtherKey => {
            (Status::OtherKey, "the stamp was made with a key that this run does not have: it stays as it is")
        }
        Action::Nothing if decision.selected => {
            (Status::NothingToHash, "selected, but none of its selected configs is in the set")
        }
        Action::Nothing if decision.uses.is_empty() => (Status::NotSelected, "it refers to no ConfigMap or Secret"),
        Action::Nothing => (Status::NotSelected, "none of the configs that it refers to is selected"),
        Action::Skip(why) => return (Status::LeftAlone, wording::skip(why, view.workload())),
    };
    (status, text.to_owned())
}

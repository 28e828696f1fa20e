//! Outcomes → an explanation: per workload what it refers to, what counts and why, and its stamp; and the other
//! direction, who rolls when a config changes.
//!
//! Takes outcomes that kept their details, gives data that `output` writes out. Holds digests of ConfigMaps, never of
//! Secrets, and no value of either.

// Objects as explanations and plans name them.
pub(crate) mod name;

// What an explanation holds.
pub(crate) mod explanation;

// What `--workload` and `--why` ask for.
pub(crate) mod query;

use crate::advice::missing;
use crate::advice::words;
use crate::decide::select::{Rule, Selection};
use crate::decide::stamp::{Action, Decision, Use};
use crate::explain::explanation::{
    Annotation, Because, ConfigEntry, Entry, Explanation, Listed, Reference, SCHEMA, Stamp, Status,
};
use crate::explain::name::{Drivers, Name};
use crate::explain::query::Asked;
use crate::facts::details::Update;
use crate::facts::digest::ConfigKind;
use crate::finding::{Finding, Id};
use crate::kube::kind;
use crate::settings::Settings;
use crate::text::lines::Locator;
use crate::text::source::{Location, Source, SourceId};
use crate::transform::{Config, Outcome};
use std::collections::{BTreeMap, HashSet};

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
            drivers: Drivers::new(outcome),
        };
        entries.extend(outcome.decisions.iter().map(|v| set.entry(v)));
        configs.extend(outcome.configs.iter().map(|c| set.config(c)));
    }
    if let Some(word) = query.workload {
        entries = query::only(entries, word)?;
    }
    let mut why = None;
    if let Some(word) = query.why {
        let asked = Asked::parse(word)?;
        let found = asked.answer(&entries, &configs, settings);
        if found.is_empty() {
            return Err(asked.nothing(word, &entries, &configs));
        }
        entries.retain(|e| e.configs().any(|c| asked.matches(c)));
        configs.retain(|c| asked.matches(&c.name));
        why = Some(found);
    }
    if query.workload.is_some() {
        let used: HashSet<&Name> = entries.iter().flat_map(Entry::configs).collect();
        configs.retain(|c| used.contains(&c.name));
    }
    Ok(Explanation { schema: SCHEMA, annotation: settings.annotation.clone(), workloads: entries, configs, why })
}

/// The remedies of missing configs and keys, by the place that refers to them.
fn hints(findings: &[Finding]) -> BTreeMap<(SourceId, usize), &str> {
    let missing = findings.iter().filter(|f| matches!(f.id, Id::MissingConfig | Id::MissingKey));
    let mut out = BTreeMap::new();
    for finding in missing {
        let Some(remedy) = finding.remedy.as_deref() else {
            continue;
        };
        for location in finding.location().into_iter().chain(finding.related.iter().map(|(l, _)| l)) {
            out.insert((location.source, location.range.start), remedy);
        }
    }
    out
}

/// One set while it is explained.
struct Set<'e> {
    settings: &'e Settings,
    index: usize,
    outcome: &'e Outcome,
    locator: Locator<'e>,
    hints: BTreeMap<(SourceId, usize), &'e str>,
    drivers: Drivers<'e>,
}

impl Set<'_> {
    fn entry(&self, decision: &Decision) -> Entry {
        let (status, mut reason) = status(decision);
        if status == Status::NotSelected && asks_for_nothing(decision) {
            let auto = &self.settings.names.auto;
            reason.push_str(&format!("; annotate it with `{auto}: \"true\"` to select them"));
        }
        let object = self.outcome.workload(decision);
        let left_alone = decision.action.skip().map(words::alone_word);
        let updates = object.details.as_ref().map_or(&[][..], |d| &d.updates);
        let updates = updates.iter().copied().map(Some).chain(std::iter::repeat(None));
        Entry {
            group: kind::group(&decision.resource.api_version).to_owned(),
            name: Name::workload(self.index, decision),
            at: self.locator.at(&decision.location),
            status,
            reason,
            left_alone,
            stamp: Stamp {
                current: decision.current.clone(),
                due: decision.stamp.clone().filter(|_| left_alone.is_none()),
            },
            references: decision
                .uses
                .iter()
                .zip(updates)
                .map(|(u, update)| self.reference(decision, u, update))
                .collect(),
            by_annotation: decision.by_annotation.iter().map(|(config, why)| self.listed(*config, why)).collect(),
            remarks: words::remarks(object, decision, self.drivers.of(decision)),
        }
    }

    fn reference(&self, decision: &Decision, used: &Use, update: Option<Update>) -> Reference {
        let reference = &used.reference;
        let config = used.config.map(|i| &self.outcome.configs[i]);
        let location = Location::new(decision.location.source, reference.range.clone());
        Reference {
            config: match config {
                Some(config) => Name::config(self.index, config),
                None => Name::new(self.index, reference.kind.as_str(), &decision.namespace, &reference.name),
            },
            place: reference.place.as_str(),
            field: missing::pod_spec_path(decision, &reference.path()),
            at: self.locator.at(&location),
            config_at: config.map(|c| self.locator.at(&c.location)),
            other_namespace: used.other_namespace,
            optional: reference.optional,
            keys: reference.keys.clone(),
            missing_keys: used.missing_keys.clone(),
            counted: used.counted,
            selected: used.counted && used.selection.selected,
            because: match words::of_use(used) {
                ("place", why) => Because { rule: "place", why, annotation: None },
                _ => self.because(&used.selection, reference.kind),
            },
            update: update.map_or("unknown", Update::as_str),
            hint: self.hints.get(&(location.source, location.range.start)).map(|&h| h.to_owned()),
        }
    }

    fn listed(&self, config: usize, selection: &Selection) -> Listed {
        let config = &self.outcome.configs[config];
        Listed {
            config: Name::config(self.index, config),
            config_at: self.locator.at(&config.location),
            because: self.because(selection, config.kind),
        }
    }

    fn because(&self, selection: &Selection, kind: ConfigKind) -> Because {
        Because {
            rule: selection.rule.as_str(),
            why: words::rule(selection, kind),
            annotation: selection.cited.as_ref().map(|c| Annotation {
                key: c.key.clone(),
                value: c.value.clone(),
                at: self.locator.at(&Location::new(c.source, c.range.clone())),
            }),
        }
    }

    fn config(&self, config: &Config) -> ConfigEntry {
        ConfigEntry {
            name: Name::config(self.index, config),
            at: self.locator.at(&config.location),
            digest: (config.kind == ConfigKind::ConfigMap).then(|| config.digest.hex()),
            keys: config.keys.clone(),
            immutable: self.outcome.facts.configs[config.index].immutable,
            supplied: config.supplied,
        }
    }
}

/// Whether a workload refers to configs that count, and has no annotation about them.
fn asks_for_nothing(decision: &Decision) -> bool {
    let open = |u: &Use| u.selection.rule == Rule::NotAnnotated && u.selection.cited.is_none();
    decision.uses.iter().any(|u| u.counted && open(u)) && decision.uses.iter().all(|u| !u.counted || open(u))
}

fn status(decision: &Decision) -> (Status, String) {
    let (status, text) = match decision.action {
        Action::Current => (Status::Current, "stamped, and the stamp is current"),
        Action::Insert => (Status::Unstamped, "selected, without a stamp: `stamp` would add one"),
        Action::Replace => (Status::Stale, "the stamp is not that of its configs as they are now"),
        Action::Remove => (Status::LeftOver, "no longer selected: `stamp` would remove its stamp"),
        Action::CannotVerify => {
            (Status::CannotVerify, "none of its selected configs is in the set: the stamp stays as it is")
        }
        Action::Nothing if decision.selected => {
            (Status::NothingToHash, "selected, but none of its selected configs is in the set")
        }
        Action::Nothing if decision.uses.is_empty() => (Status::NotSelected, "it refers to no ConfigMap or Secret"),
        Action::Nothing => (Status::NotSelected, "none of the configs that it refers to is selected"),
        Action::Skip(alone) => {
            return (Status::LeftAlone, words::alone(alone, &decision.resource.kind));
        }
    };
    (status, text.to_owned())
}

//! Outcomes → an explanation: per workload what it refers to, what counts and why, and its stamp; and the other
//! direction, who rolls when a config changes.
//!
//! Takes outcomes that kept their details, gives data that `show` writes out. Holds digests of ConfigMaps, never of
//! Secrets, and no value of either.

// What an explanation holds.
pub(crate) mod explanation;

// What `--workload` and `--why` ask for.
pub(crate) mod ask;

use crate::detail::Update;
use crate::digest::ConfigKind;
use crate::explain::ask::Asked;
use crate::explain::explanation::{
    Annotation, Because, ConfigEntry, Entry, Explanation, Listed, Reference, SCHEMA, Stamp, Status,
};
use crate::finding::{Finding, Id};
use crate::locate::{Locator, Name};
use crate::policy::{Decision, Rule};
use crate::reason;
use crate::settings::Settings;
use crate::source::Source;
use crate::stamp::{Action, Use, Verdict};
use crate::transform::{Config, Outcome};
use crate::{missing, workload};
use std::collections::{BTreeMap, BTreeSet};

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
        };
        entries.extend(outcome.verdicts.iter().map(|v| set.entry(v)));
        configs.extend(outcome.configs.iter().map(|c| set.config(c)));
    }
    if let Some(word) = query.workload {
        entries = ask::only(entries, word)?;
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
        let used: BTreeSet<Name> = entries.iter().flat_map(Entry::configs).cloned().collect();
        configs.retain(|c| used.contains(&c.name));
    }
    Ok(Explanation {
        schema: SCHEMA,
        annotation: settings.annotation.clone(),
        workloads: entries,
        configs,
        why,
    })
}

/// The remedies of missing configs and keys, by the place that refers to them.
fn hints(findings: &[Finding]) -> BTreeMap<(usize, usize), &str> {
    let missing = findings
        .iter()
        .filter(|f| matches!(f.id, Id::MissingConfig | Id::MissingKey));
    let mut out = BTreeMap::new();
    for finding in missing {
        let Some(remedy) = finding.remedy.as_deref() else {
            continue;
        };
        for location in finding
            .location
            .iter()
            .chain(finding.related.iter().map(|(l, _)| l))
        {
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
    hints: BTreeMap<(usize, usize), &'e str>,
}

impl Set<'_> {
    fn entry(&self, verdict: &Verdict) -> Entry {
        let (status, mut reason) = status(verdict);
        if status == Status::NotSelected && asks_for_nothing(verdict) {
            let auto = &self.settings.names.auto;
            reason.push_str(&format!(
                "; annotate it with `{auto}: \"true\"` to select them"
            ));
        }
        let object = self.outcome.workload(verdict);
        let left_alone = match verdict.action {
            Action::LeaveAlone(alone) => Some(reason::alone_word(alone)),
            _ => None,
        };
        let updates = object.details.as_ref().map_or(&[][..], |d| &d.updates);
        let updates = updates
            .iter()
            .copied()
            .map(Some)
            .chain(std::iter::repeat(None));
        Entry {
            group: workload::group(&verdict.resource.api_version).to_owned(),
            name: Name::workload(self.index, verdict),
            at: self.locator.at(&verdict.location),
            status,
            reason,
            left_alone,
            stamp: Stamp {
                current: verdict.current.clone(),
                due: verdict.stamp.clone().filter(|_| left_alone.is_none()),
            },
            references: verdict
                .uses
                .iter()
                .zip(updates)
                .map(|(u, update)| self.reference(verdict, u, update))
                .collect(),
            by_annotation: verdict
                .by_annotation
                .iter()
                .map(|(config, decision)| self.listed(*config, decision))
                .collect(),
            remarks: reason::remarks(object, verdict, driver(self.outcome, verdict)),
        }
    }

    fn reference(&self, verdict: &Verdict, used: &Use, update: Option<Update>) -> Reference {
        let reference = &used.reference;
        let config = used.config.map(|i| &self.outcome.configs[i]);
        let at = (verdict.location.source, reference.range.start);
        Reference {
            config: match config {
                Some(config) => Name::config(self.index, config),
                None => Name::new(
                    self.index,
                    reference.kind.as_str(),
                    &verdict.namespace,
                    &reference.name,
                ),
            },
            place: reference.place.as_str(),
            field: missing::pod_spec_path(verdict, &reference.path()),
            at: self.locator.offset(at.0, at.1),
            config_at: config.map(|c| self.locator.at(&c.location)),
            other_namespace: used.other_namespace,
            optional: reference.optional,
            keys: reference.keys.clone(),
            missing_keys: used.missing_keys.clone(),
            counted: used.counted,
            selected: used.counted && used.decision.selected,
            because: match reason::of_use(used) {
                ("place", why) => Because {
                    rule: "place",
                    why,
                    annotation: None,
                },
                _ => self.because(&used.decision, reference.kind),
            },
            update: update.map_or("unknown", Update::as_str),
            hint: self.hints.get(&at).map(|&h| h.to_owned()),
        }
    }

    fn listed(&self, config: usize, decision: &Decision) -> Listed {
        let config = &self.outcome.configs[config];
        Listed {
            config: Name::config(self.index, config),
            config_at: self.locator.at(&config.location),
            because: self.because(decision, config.kind),
        }
    }

    fn because(&self, decision: &Decision, kind: ConfigKind) -> Because {
        Because {
            rule: decision.rule.as_str(),
            why: reason::rule(decision, kind),
            annotation: decision.cited.as_ref().map(|c| Annotation {
                key: c.key.clone(),
                value: c.value.clone(),
                at: self.locator.offset(c.source, c.range.start),
            }),
        }
    }

    fn config(&self, config: &Config) -> ConfigEntry {
        ConfigEntry {
            name: Name::config(self.index, config),
            at: self.locator.at(&config.location),
            digest: (config.kind == ConfigKind::ConfigMap).then(|| config.digest.hex()),
            keys: config.keys.clone(),
            immutable: self.outcome.inventory.configs[config.index].immutable,
            supplied: config.supplied,
        }
    }
}

/// The Rollout whose workloadRef names a workload.
pub(crate) fn driver<'o>(outcome: &'o Outcome, verdict: &Verdict) -> Option<&'o str> {
    let named = |v: &&Verdict| {
        let target = outcome.workload(v).workload_ref.as_ref();
        target.is_some_and(|t| t.kind == verdict.resource.kind && t.name == verdict.resource.name)
            && v.namespace == verdict.namespace
    };
    outcome
        .verdicts
        .iter()
        .find(named)
        .map(|v| v.resource.name.as_str())
}

/// Whether a workload refers to configs that count, and has no annotation about them.
fn asks_for_nothing(verdict: &Verdict) -> bool {
    let open = |u: &Use| u.decision.rule == Rule::NotAnnotated && u.decision.cited.is_none();
    verdict.uses.iter().any(|u| u.counted && open(u))
        && verdict.uses.iter().all(|u| !u.counted || open(u))
}

fn status(verdict: &Verdict) -> (Status, String) {
    let (status, text) = match verdict.action {
        Action::Current => (Status::Current, "stamped, and the stamp is current"),
        Action::Insert => (
            Status::Unstamped,
            "selected, without a stamp: `stamp` would add one",
        ),
        Action::Replace => (
            Status::Stale,
            "the stamp is not that of its configs as they are now",
        ),
        Action::Remove => (
            Status::LeftOver,
            "no longer selected: `stamp` would remove its stamp",
        ),
        Action::CannotVerify => (
            Status::CannotVerify,
            "none of its selected configs is in the set: the stamp stays as it is",
        ),
        Action::Nothing if verdict.selected => (
            Status::NothingToHash,
            "selected, but none of its selected configs is in the set",
        ),
        Action::Nothing if verdict.uses.is_empty() => {
            (Status::NotSelected, "it refers to no ConfigMap or Secret")
        }
        Action::Nothing => (
            Status::NotSelected,
            "none of the configs that it refers to is selected",
        ),
        Action::LeaveAlone(alone) => {
            return (
                Status::LeftAlone,
                reason::alone(alone, &verdict.resource.kind),
            );
        }
    };
    (status, text.to_owned())
}

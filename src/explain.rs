//! Outcomes → an explanation: per workload what it refers to, what counts and why, and its stamp; and the other
//! direction, who rolls when a config changes.
//!
//! Takes outcomes that kept their details, gives data that `show` writes out. Holds digests of ConfigMaps, never of
//! Secrets, and no value of either.

use crate::ask::{self, Asked};
use crate::detail::Update;
use crate::digest::ConfigKind;
use crate::finding::{Finding, Id};
use crate::locate::{At, Locator, Name};
use crate::policy::Decision;
use crate::reason::{self, Remark};
use crate::settings::{Precision, Settings};
use crate::source::Source;
use crate::stamp::{Action, Use, Verdict};
use crate::transform::{Config, Outcome};
use crate::{missing, workload};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What was asked for; nothing is everything.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Query<'q> {
    /// `KIND/NAME`, both globs.
    pub(crate) workload: Option<&'q str>,
    /// `NAME`, `KIND/NAME`, `NAMESPACE/NAME` or `NAMESPACE/KIND/NAME`, names and namespaces being globs.
    pub(crate) why: Option<&'q str>,
}

/// What `explain` shows; its JSON form is `restamp.dev/explain/v1`.
#[derive(Debug, Serialize)]
pub(crate) struct Explanation {
    pub(crate) schema: &'static str,
    /// Key of the annotation that holds the stamp.
    pub(crate) annotation: String,
    pub(crate) workloads: Vec<Entry>,
    /// The configs that those workloads use.
    pub(crate) configs: Vec<ConfigEntry>,
    /// The answer to `--why`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) why: Option<Vec<Why>>,
}

/// One workload.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Entry {
    pub(crate) group: String,
    #[serde(flatten)]
    pub(crate) name: Name,
    pub(crate) at: At,
    pub(crate) status: Status,
    /// The status in words.
    pub(crate) reason: String,
    /// Why it is left alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) left_alone: Option<&'static str>,
    pub(crate) stamp: Stamp,
    pub(crate) references: Vec<Reference>,
    /// Configs that annotations alone select.
    pub(crate) by_annotation: Vec<Listed>,
    pub(crate) remarks: Vec<Remark>,
}

/// How a workload stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Status {
    Current,
    Unstamped,
    Stale,
    LeftOver,
    CannotVerify,
    NotSelected,
    /// Selected, but no selected config is in the set.
    NothingToHash,
    LeftAlone,
}

/// The stamp of a workload.
#[derive(Debug, Serialize)]
pub(crate) struct Stamp {
    /// The one that is there.
    pub(crate) current: Option<String>,
    /// The one that belongs there.
    pub(crate) due: Option<String>,
}

/// One place that names a config.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Reference {
    /// What it resolves to; if it is missing, what it asks for.
    pub(crate) config: Name,
    pub(crate) place: &'static str,
    pub(crate) field: String,
    pub(crate) at: At,
    /// Where the config is; `None` if it is not in the set.
    pub(crate) config_at: Option<At>,
    /// Found although only one side names a namespace.
    pub(crate) other_namespace: bool,
    pub(crate) optional: bool,
    /// The keys that the pod sees; `None` is all.
    pub(crate) keys: Option<Vec<String>>,
    pub(crate) missing_keys: Vec<String>,
    /// Its place counts.
    pub(crate) counted: bool,
    /// It makes the workload roll, if the workload is stamped at all.
    pub(crate) selected: bool,
    #[serde(flatten)]
    pub(crate) because: Because,
    /// `live`, or why a running pod keeps the old content.
    pub(crate) update: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) hint: Option<String>,
}

/// A config that an annotation selects without a counted reference.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Listed {
    pub(crate) config: Name,
    pub(crate) config_at: At,
    #[serde(flatten)]
    pub(crate) because: Because,
}

/// The rule that decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Because {
    pub(crate) rule: &'static str,
    /// The same in words.
    pub(crate) why: String,
    /// The annotation that the rule read.
    pub(crate) annotation: Option<Annotation>,
}

/// An annotation that decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Annotation {
    pub(crate) key: String,
    pub(crate) value: String,
    pub(crate) at: At,
}

/// One config.
#[derive(Debug, Serialize)]
pub(crate) struct ConfigEntry {
    #[serde(flatten)]
    pub(crate) name: Name,
    pub(crate) at: At,
    /// SHA-256 of a ConfigMap; never of a Secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) digest: Option<String>,
    pub(crate) keys: Vec<String>,
    pub(crate) immutable: bool,
    /// `--config-from` brought it in.
    pub(crate) supplied: bool,
}

/// Who rolls when one config changes, and who does not.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Why {
    pub(crate) config: Name,
    /// `None` if it is not in the set.
    pub(crate) at: Option<At>,
    /// Its name ends like a hash of a kustomize generator: whoever refers to it rolls by the new name.
    pub(crate) generated_name: bool,
    pub(crate) rolls: Vec<User>,
    pub(crate) does_not_roll: Vec<User>,
}

/// A workload that uses a config.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct User {
    pub(crate) workload: Name,
    pub(crate) at: At,
    pub(crate) why: String,
    pub(crate) places: Vec<Spot>,
    /// The keys that count; `None` is all.
    pub(crate) keys: Option<Vec<String>>,
    pub(crate) remarks: Vec<Remark>,
}

/// A place of a [`User`].
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Spot {
    pub(crate) field: String,
    pub(crate) at: At,
    pub(crate) update: &'static str,
}

/// The version of the JSON form.
pub(crate) const SCHEMA: &str = "restamp.dev/explain/v1";

/// Explains some sets; an error says that nothing matches, and what is near.
pub(crate) fn explain(sets: &[(&[Source], &Outcome)], settings: &Settings, query: &Query<'_>) -> Result<Explanation, String> {
    let mut entries = Vec::new();
    let mut configs = Vec::new();
    for (sources, outcome) in sets {
        let set = Set {
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
    let missing = findings.iter().filter(|f| matches!(f.id, Id::MissingConfig | Id::MissingKey));
    let mut out = BTreeMap::new();
    for finding in missing {
        let Some(remedy) = finding.remedy.as_deref() else { continue };
        for location in finding.location.iter().chain(finding.related.iter().map(|(l, _)| l)) {
            out.insert((location.source, location.range.start), remedy);
        }
    }
    out
}

/// One set while it is explained.
struct Set<'e> {
    outcome: &'e Outcome,
    locator: Locator<'e>,
    hints: BTreeMap<(usize, usize), &'e str>,
}

impl Set<'_> {
    fn entry(&self, verdict: &Verdict) -> Entry {
        let (status, reason) = status(verdict);
        let object = self.outcome.workload(verdict);
        let left_alone = match verdict.action {
            Action::LeaveAlone(alone) => Some(reason::alone_word(alone)),
            _ => None,
        };
        let updates = object.details.as_ref().map_or(&[][..], |d| &d.updates);
        let updates = updates.iter().copied().map(Some).chain(std::iter::repeat(None));
        Entry {
            group: workload::group(&verdict.resource.api_version).to_owned(),
            name: Name::of(&verdict.resource, &verdict.namespace),
            at: self.locator.at(&verdict.location),
            status,
            reason,
            left_alone,
            stamp: Stamp {
                current: verdict.current.clone(),
                due: verdict.stamp.clone().filter(|_| left_alone.is_none()),
            },
            references: verdict.uses.iter().zip(updates).map(|(u, update)| self.reference(verdict, u, update)).collect(),
            by_annotation: verdict.by_annotation.iter().map(|(config, decision)| self.listed(*config, decision)).collect(),
            remarks: reason::remarks(object, verdict, driver(self.outcome, verdict)),
        }
    }

    fn reference(&self, verdict: &Verdict, used: &Use, update: Option<Update>) -> Reference {
        let reference = &used.reference;
        let config = used.config.map(|i| &self.outcome.configs[i]);
        let at = (verdict.location.source, reference.range.start);
        Reference {
            config: match config {
                Some(config) => config_name(config),
                None => Name::new(reference.kind.as_str(), &verdict.namespace, &reference.name),
            },
            place: reference.place.as_str(),
            field: missing::pod_spec_path(verdict, &reference.path),
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
            config: config_name(config),
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
            name: config_name(config),
            at: self.locator.at(&config.location),
            digest: (config.kind == ConfigKind::ConfigMap).then(|| config.digest.hex()),
            keys: config.keys.clone(),
            immutable: self.outcome.inventory.configs[config.index].immutable,
            supplied: config.supplied,
        }
    }
}

pub(crate) fn config_name(config: &Config) -> Name {
    Name::new(config.kind.as_str(), &config.namespace, &config.name)
}

/// The Rollout whose workloadRef names a workload.
pub(crate) fn driver<'o>(outcome: &'o Outcome, verdict: &Verdict) -> Option<&'o str> {
    let named = |v: &&Verdict| {
        let target = outcome.workload(v).workload_ref.as_ref();
        target.is_some_and(|t| t.kind == verdict.resource.kind && t.name == verdict.resource.name) && v.namespace == verdict.namespace
    };
    outcome.verdicts.iter().find(named).map(|v| v.resource.name.as_str())
}

fn status(verdict: &Verdict) -> (Status, String) {
    let (status, text) = match verdict.action {
        Action::Current => (Status::Current, "stamped, and the stamp is current"),
        Action::Insert => (Status::Unstamped, "selected, without a stamp: `stamp` would add one"),
        Action::Replace => (Status::Stale, "the stamp is not that of its configs as they are now"),
        Action::Remove => (Status::LeftOver, "no longer selected: `stamp` would remove its stamp"),
        Action::CannotVerify => (Status::CannotVerify, "none of its selected configs is in the set: the stamp stays as it is"),
        Action::Nothing if verdict.selected => (Status::NothingToHash, "selected, but none of its selected configs is in the set"),
        Action::Nothing if verdict.uses.is_empty() => (Status::NotSelected, "it refers to no ConfigMap or Secret"),
        Action::Nothing => (Status::NotSelected, "none of the configs that it refers to is selected"),
        Action::LeaveAlone(alone) => return (Status::LeftAlone, reason::alone(alone, &verdict.resource.kind)),
    };
    (status, text.to_owned())
}

impl Entry {
    /// The configs that it uses.
    pub(crate) fn configs(&self) -> impl Iterator<Item = &Name> {
        self.references.iter().map(|r| &r.config).chain(self.by_annotation.iter().map(|l| &l.config))
    }

    /// Whether a change of a config rolls it.
    pub(crate) fn rolls_for(&self, config: &Name) -> bool {
        let selected = self.references.iter().any(|r| r.selected && r.config == *config) || self.by_annotation.iter().any(|l| l.config == *config);
        self.status != Status::LeftAlone && selected
    }

    pub(crate) fn user(&self, config: &Name, precision: Precision) -> User {
        let mine = || self.references.iter().filter(|r| r.config == *config);
        let listed = self.by_annotation.iter().find(|l| l.config == *config);
        let counts = mine().find(|r| r.selected).map(|r| &r.because).or(listed.map(|l| &l.because));
        let why = match counts.or_else(|| mine().next().map(|r| &r.because)) {
            _ if self.status == Status::LeftAlone => self.reason.clone(),
            Some(because) => because.why.clone(),
            None => String::new(),
        };
        let whole = listed.is_some() || precision == Precision::Object || mine().any(|r| r.counted && r.keys.is_none()) || counts.is_some_and(|b| matches!(b.rule, "listed" | "wave-extra"));
        let keys: BTreeSet<String> = mine().filter(|r| r.counted).filter_map(|r| r.keys.as_ref()).flatten().cloned().collect();
        User {
            workload: self.name.clone(),
            at: self.at.clone(),
            why,
            places: mine()
                .map(|r| Spot {
                    field: r.field.clone(),
                    at: r.at.clone(),
                    update: r.update,
                })
                .collect(),
            keys: (!whole).then(|| keys.into_iter().collect()),
            remarks: self.remarks.clone(),
        }
    }
}

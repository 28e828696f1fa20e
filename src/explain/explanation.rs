//! What `explain` shows: the data, without a layout.
//!
//! Its JSON form is versioned: `docs/schema/explain-v1.json`. Holds digests of ConfigMaps, never of Secrets, and no value
//! of either.

use crate::advice::wording::Remark;
use crate::explain::listed::{AllListed, Listed, Names};
use crate::explain::name::Name;
use crate::finding::Severity;
use crate::settings::Precision;
use crate::text::hidden::Text;
use crate::text::lines::At;
use serde::Serialize;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// The version of the JSON form.
pub(crate) const SCHEMA: &str = "restamp.dev/explain/v1";

/// What `explain` shows; its JSON form is `restamp.dev/explain/v1`.
#[derive(Debug, Serialize)]
pub(crate) struct Explanation {
    pub(crate) schema: &'static str,
    /// Key of the annotation that holds the stamp.
    pub(crate) annotation: String,
    pub(crate) workloads: Vec<Entry>,
    /// The configs that those workloads use.
    pub(crate) configs: Vec<ConfigEntry>,
    /// Some workloads were asked for, so that all is said of them.
    #[serde(skip)]
    pub(crate) detailed: bool,
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
    /// What of each config counts.
    pub(crate) precision: Precision,
    /// Configs that annotations alone select.
    #[serde(flatten)]
    pub(crate) by_annotation: AllListed,
    /// The entries of its lists, and what each came to.
    pub(crate) lists: Vec<ListEntry>,
    /// What else there is to say about it.
    pub(crate) findings: Vec<Said>,
    pub(crate) remarks: Vec<Remark>,
}

/// An entry of a list, and what it came to.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ListEntry {
    /// The key of the annotation that holds the list.
    pub(crate) list: Text,
    pub(crate) at: At,
    pub(crate) kind: &'static str,
    pub(crate) entry: Text,
    pub(crate) came_to: &'static str,
    /// The configs that it names.
    #[serde(flatten)]
    pub(crate) configs: Names,
    /// What makes in the cluster what it names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) made_by: Option<String>,
}

/// A finding about a workload.
#[derive(Debug, Serialize)]
pub(crate) struct Said {
    pub(crate) id: &'static str,
    pub(crate) severity: Severity,
    pub(crate) message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) remedy: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) at: Option<At>,
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
    OtherKey,
    NotSelected,
    /// Selected, but no selected config is in the set.
    NothingToHash,
    LeftAlone,
}

/// The stamp of a workload.
#[derive(Debug, Serialize)]
pub(crate) struct Stamp {
    /// The one that is there.
    pub(crate) current: Option<Text>,
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
    pub(crate) because: Arc<Because>,
    /// `live`, or why a running pod keeps the old content.
    pub(crate) update: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) hint: Option<String>,
}

/// The rule that decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Because {
    pub(crate) rule: &'static str,
    /// The same in words.
    pub(crate) why: String,
    /// The annotation that the rule read.
    pub(crate) annotation: Option<Annotation>,
    /// A list of the workload names the config, so that all of its keys count.
    #[serde(skip)]
    pub(crate) named: bool,
}

/// An annotation that decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Annotation {
    pub(crate) key: String,
    pub(crate) value: Text,
    pub(crate) at: At,
}

/// One config.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
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
    /// What makes it in the cluster, where its content comes from that.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) made_by: Vec<Maker>,
}

/// What makes a config.
#[derive(Debug, Serialize)]
pub(crate) struct Maker {
    #[serde(flatten)]
    pub(crate) name: Name,
    pub(crate) at: At,
    /// `exact`, `trigger`, `rotates` or `unseen`: how far it decides what is made.
    pub(crate) nature: &'static str,
}

impl Maker {
    /// The same in words.
    pub(crate) fn words(&self) -> String {
        let nature = match self.nature {
            "exact" => "exact: its text decides the content",
            "unseen" => "unseen: what decides the content goes into no stamp",
            "trigger" => "a trigger: a change of it fetches other values",
            _ => "rotates: values change outside of Git too",
        };
        format!("made by {} ({nature})", self.name)
    }
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

/// All that makes a workload use one config.
#[derive(Debug)]
pub(crate) struct ConfigUse<'e> {
    pub(crate) config: &'e Name,
    pub(crate) references: Vec<&'e Reference>,
    pub(crate) listed: Option<Listed<'e>>,
}

impl ConfigUse<'_> {
    /// Whether a change of the config rolls the workload, if the workload is stamped at all.
    pub(crate) fn counts(&self) -> bool {
        self.listed.is_some() || self.references.iter().any(|r| r.selected)
    }
}

impl Entry {
    /// The configs that it refers to, each once, in the order of its references.
    pub(crate) fn referred(&self) -> Vec<ConfigUse<'_>> {
        let mut out: Vec<ConfigUse<'_>> = Vec::new();
        let mut known = HashMap::new();
        for reference in &self.references {
            let config = &reference.config;
            let i = *known.entry(config).or_insert(out.len());
            if i == out.len() {
                out.push(ConfigUse { config, references: Vec::new(), listed: self.by_annotation.find(config) });
            }
            out[i].references.push(reference);
        }
        out
    }

    /// The same, then those of others that annotations alone select.
    pub(crate) fn uses<'e>(&'e self, listed: impl Iterator<Item = Listed<'e>>) -> Vec<ConfigUse<'e>> {
        let mut out = self.referred();
        let known: HashSet<&Name> = out.iter().map(|used| used.config).collect();
        let others = listed.filter(|listed| !known.contains(listed.config));
        let others = others.map(|l| ConfigUse { config: l.config, references: Vec::new(), listed: Some(l) });
        out.extend(others.collect::<Vec<_>>());
        out
    }

    /// The names of the configs that it uses.
    pub(crate) fn configs(&self) -> impl Iterator<Item = &Name> {
        self.references.iter().map(|r| &r.config).chain(self.by_annotation.iter().map(|listed| listed.config))
    }

    /// Writes all configs of its lists, however many they are.
    pub(crate) fn show_all(&mut self) {
        self.by_annotation.show_all();
        self.lists.iter_mut().for_each(|entry| entry.configs.show_all());
    }

    /// Whether a change of a config rolls it.
    pub(crate) fn rolls_for(&self, used: &ConfigUse<'_>) -> bool {
        self.status != Status::LeftAlone && used.counts()
    }

    /// The same as the answer to `--why` shows it.
    pub(crate) fn user(&self, used: &ConfigUse<'_>) -> User {
        let references = &used.references;
        let counted = || references.iter().filter(|r| r.counted);
        let counts = references.iter().find(|r| r.selected).map(|r| &*r.because).or(used.listed.map(|l| l.because));
        let why = match counts.or_else(|| references.first().map(|r| &*r.because)) {
            _ if self.status == Status::LeftAlone => self.reason.clone(),
            because => because.map(|b| b.why.clone()).unwrap_or_default(),
        };
        let whole = used.listed.is_some()
            || self.precision == Precision::Object
            || counted().any(|r| r.keys.is_none())
            || counts.is_some_and(|b| b.named);
        let keys: BTreeSet<&String> = counted().filter_map(|r| r.keys.as_ref()).flatten().collect();
        User {
            workload: self.name.clone(),
            at: self.at.clone(),
            why,
            places: references
                .iter()
                .map(|r| Spot { field: r.field.clone(), at: r.at.clone(), update: r.update })
                .collect(),
            keys: (!whole).then(|| keys.into_iter().cloned().collect()),
            remarks: self.remarks.clone(),
        }
    }
}

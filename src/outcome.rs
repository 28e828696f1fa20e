//! What became of one set: every decision with its reason, the edits, the findings; and a view of each workload.
//!
//! Holds what `transform` has made, and looks things up in it. Decides nothing and words nothing.

use crate::decide::action::{Action, Decision, Use};
use crate::decide::candidate::ConfigId;
use crate::decide::config::Config;
use crate::edit::Edit;
use crate::facts::Facts;
use crate::facts::config;
use crate::facts::digest::Digest;
use crate::facts::workload::Workload;
use crate::finding::{Finding, ResourceRef, Severity};
use crate::kube::annotation::Names;
use crate::kube::reference::Reference;
use crate::text::hidden::Text;
use crate::text::source::Location;
use foldhash::{HashMap, HashMapExt as _};

/// What a run decided.
#[derive(Debug, Default)]
pub struct Outcome {
    /// One per workload that is looked at, in input order; none where nobody asks for them.
    pub decisions: Vec<Decision>,
    /// How many of them came to what.
    pub(crate) counts: Counts,
    /// The configs of the set, in input order.
    pub configs: Vec<Config>,
    /// Sorted by source and range, without overlaps. With an error among the findings none may be applied.
    pub edits: Vec<Edit>,
    /// Sorted by source and place; those without a place last.
    pub findings: Vec<Finding>,
    /// What was looked at more than once, in bytes: it stays below a multiple of the input, or that is an error.
    pub spent: u64,
    pub(crate) facts: Facts,
    /// Key of the annotation that holds the stamp.
    pub(crate) annotation: String,
    /// Namespace of objects that name none.
    pub(crate) namespace: String,
}

impl Outcome {
    /// Whether a finding forbids writing.
    pub fn has_errors(&self) -> bool {
        self.findings.iter().any(|f| f.severity == Severity::Error)
    }

    /// Ranges of which no line may be quoted: Secrets, and documents that do not parse.
    pub fn opaque(&self) -> &[Location] {
        &self.facts.opaque
    }

    /// The workloads with what was decided for each.
    pub fn workloads(&self) -> impl Iterator<Item = View<'_>> {
        let mut all = self.facts.workloads.iter();
        self.decisions.iter().filter_map(move |decision| {
            let workload = all.find(|workload| workload.id == decision.workload)?;
            Some(View { outcome: self, decision, workload })
        })
    }

    pub fn config(&self, id: ConfigId) -> &Config {
        &self.configs[id.0]
    }

    /// The object of a config that counts.
    pub(crate) fn object(&self, id: ConfigId) -> &config::Config {
        self.config(id).object(&self.facts)
    }

    /// The digests of what holds the content of a config, in the order of a stamp, each with its kind. For programs; a
    /// Secret's is never printed.
    pub fn digests(&self, id: ConfigId) -> Vec<(&'static str, Digest)> {
        self.config(id).parts(&self.facts).map(|part| (part.holder(), part.digest)).collect()
    }

    /// The names of a config's keys, in code point order.
    pub fn keys(&self, id: ConfigId) -> impl Iterator<Item = Text> {
        self.config(id).parts(&self.facts).flat_map(|part| part.keys.names())
    }

    /// Each config with its id.
    pub fn configs(&self) -> impl Iterator<Item = (ConfigId, &Config)> {
        self.configs.iter().enumerate().map(|(i, config)| (ConfigId(i), config))
    }
}

/// How many workloads came to what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// A stamp is due and there was none: `stamp` has written it, `check` misses it.
    pub(crate) inserted: usize,
    /// There was another one than is due.
    pub(crate) replaced: usize,
    /// There was the right one.
    pub(crate) unchanged: usize,
    /// There was one although the workload is not selected.
    pub(crate) removed: usize,
    /// There was one that cannot be compared.
    pub(crate) kept: usize,
    /// A stamp would be due, but nothing that it is made of is in the set.
    pub(crate) nothing_to_hash: usize,
    /// A workload has a stamp then, or asks for one.
    pub(crate) is_wanted: bool,
}

impl Counts {
    /// Counts a workload; the annotation and the names are those of the settings.
    pub(crate) fn add(&mut self, workload: &Workload, decision: &Decision, annotation: &str, names: &Names) {
        let action = decision.action;
        match action {
            Action::Insert => self.inserted += 1,
            Action::Replace => self.replaced += 1,
            Action::Current | Action::Baseline => self.unchanged += 1,
            Action::Remove => self.removed += 1,
            Action::CannotVerify | Action::OtherKey => self.kept += 1,
            Action::Nothing => self.nothing_to_hash += usize::from(decision.selected),
            Action::Skip(_) => {}
        }
        let stays = || action != Action::Remove && workload.template.find(annotation).is_some();
        let asks =
            || [&workload.object.annotations, &workload.template].into_iter().any(|a| a.request(names).is_some());
        let comes = matches!(action, Action::Insert | Action::Replace);
        self.is_wanted = self.is_wanted || comes || stays() || asks();
    }

    pub(crate) fn append(&mut self, other: Self) {
        self.inserted += other.inserted;
        self.replaced += other.replaced;
        self.unchanged += other.unchanged;
        self.removed += other.removed;
        self.kept += other.kept;
        self.nothing_to_hash += other.nothing_to_hash;
        self.is_wanted |= other.is_wanted;
    }
}

/// An object that holds the content of configs: such a one itself, or what makes some.
#[derive(Debug)]
pub(crate) struct Holder<'o> {
    pub(crate) object: &'o config::Config,
    pub(crate) namespace: &'o Text,
    /// The configs whose content it holds.
    pub(crate) configs: Vec<ConfigId>,
}

impl<'o> Holder<'o> {
    /// The objects that hold the content of the configs of a set, each once.
    pub(crate) fn all(outcome: &'o Outcome) -> Vec<Self> {
        let mut out: Vec<Self> = Vec::new();
        let mut makers = HashMap::new();
        for (id, config) in outcome.configs() {
            for object in config.parts(&outcome.facts) {
                let namespace = &config.namespace;
                let next = out.len();
                let at = match object.maker() {
                    Some(_) => *makers
                        .entry((object.object.group(), object.holder(), namespace, &object.object.name))
                        .or_insert(next),
                    None => next,
                };
                if at == next {
                    out.push(Self { object, namespace, configs: Vec::new() });
                }
                out[at].configs.push(id);
            }
        }
        out
    }

    /// Its name: that of the config, or of what makes some.
    pub(crate) fn name(&self) -> &'o Text {
        if self.object.maker().is_some() { &self.object.object.name } else { self.object.name() }
    }
}

/// One workload with what was decided for it.
#[derive(Clone, Copy, Debug)]
pub struct View<'o> {
    pub outcome: &'o Outcome,
    pub decision: &'o Decision,
    workload: &'o Workload,
}

impl<'o> View<'o> {
    pub(crate) fn workload(self) -> &'o Workload {
        self.workload
    }

    pub fn resource(self) -> ResourceRef {
        self.workload().object.resource_ref()
    }

    /// Its namespace, with the default.
    pub fn namespace(self) -> Text {
        self.workload().object.namespace().cloned().unwrap_or_else(|| self.outcome.namespace.as_str().into())
    }

    /// The same, for comparing.
    pub(crate) fn home(self) -> &'o str {
        self.workload().object.namespace_or(&self.outcome.namespace)
    }

    /// The bytes of the object.
    pub fn location(self) -> &'o Location {
        &self.workload().object.location
    }

    /// Field path of the pod template: `spec.template`.
    pub fn template_path(self) -> &'o str {
        &self.workload().template_path
    }

    /// The stamp that is there.
    pub fn current(self) -> Option<&'o Text> {
        self.workload().template.find(&self.outcome.annotation).map(|a| &a.value)
    }

    /// The stamp that the pod template has once its set is stamped and applied.
    pub fn stamp_after(self) -> Option<&'o str> {
        match self.decision.action {
            Action::Insert | Action::Replace | Action::Current => self.decision.stamp.as_deref(),
            Action::Remove | Action::Baseline | Action::Nothing => None,
            Action::CannotVerify | Action::OtherKey | Action::Skip(_) => self.current().map(Text::raw),
        }
    }

    /// Its references in field path order, with what became of each.
    pub fn uses(self) -> impl Iterator<Item = (&'o Reference, &'o Use)> {
        self.workload().references.iter().zip(&self.decision.uses)
    }

    /// Whether it is skipped, changed or left as it is.
    pub(crate) fn action(self) -> Action {
        self.decision.action
    }

    /// The keys that a reference names and its config lacks.
    pub fn missing_keys(self, reference: &'o Reference, config: Option<ConfigId>) -> impl Iterator<Item = &'o Text> {
        let outcome = self.outcome;
        let config = config.map(|id| outcome.config(id));
        let keys = reference.keys.iter().flatten();
        keys.filter(move |key| config.is_some_and(|c| c.lacks(&outcome.facts, key.raw())))
    }
}

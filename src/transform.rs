//! Sources + settings → decisions, edits and findings. Pure: no I/O, no clock, no environment.

use crate::advice;
use crate::decide::action::{Action, Decision, Use, WorkloadId};
use crate::decide::candidate::{Config, ConfigId, Configs};
use crate::decide::change;
use crate::decide::stamp::{Decided, Decider};
use crate::edit::{Edit, verify};
use crate::facts::workload::Workload;
use crate::facts::{self, Facts, Keep, config, digest::Digest};
use crate::finding::{self, Finding, Problem, ResourceRef, Severity};
use crate::kube::reference::Reference;
use crate::settings::Settings;
use crate::text::hidden::Text;
use crate::text::source::{Location, Source};
use rayon::prelude::*;

/// What a run decided.
#[derive(Debug, Default)]
pub struct Outcome {
    /// One per workload that is looked at, in input order.
    pub decisions: Vec<Decision>,
    /// The configs of the set, in input order.
    pub configs: Vec<Config>,
    /// Sorted by source and range, without overlaps. With an error among the findings none may be applied.
    pub edits: Vec<Edit>,
    /// Sorted by source and place; those without a place last.
    pub findings: Vec<Finding>,
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
        self.decisions.iter().map(|decision| View { outcome: self, decision })
    }

    pub fn config(&self, id: ConfigId) -> &Config {
        &self.configs[id.0]
    }

    /// The object of a config that counts.
    pub(crate) fn object(&self, id: ConfigId) -> &config::Config {
        self.config(id).object(&self.facts)
    }

    /// The digest of a config's whole content. A Secret's is never printed.
    pub fn digest(&self, id: ConfigId) -> Digest {
        self.object(id).digest
    }

    /// The names of a config's keys, in code point order.
    pub fn keys(&self, id: ConfigId) -> impl Iterator<Item = &Text> {
        self.object(id).keys.iter().map(|k| &k.name)
    }

    /// Each config with its id.
    pub fn configs(&self) -> impl Iterator<Item = (ConfigId, &Config)> {
        self.configs.iter().enumerate().map(|(i, config)| (ConfigId(i), config))
    }
}

/// One workload with what was decided for it.
#[derive(Clone, Copy, Debug)]
pub struct View<'o> {
    pub outcome: &'o Outcome,
    pub decision: &'o Decision,
}

impl<'o> View<'o> {
    pub(crate) fn workload(self) -> &'o Workload {
        &self.outcome.facts.workloads[self.decision.workload.0]
    }

    pub fn resource(self) -> ResourceRef {
        self.workload().object.resource_ref()
    }

    /// Its namespace, with the default.
    pub fn namespace(self) -> Text {
        self.workload().object.namespace.clone().unwrap_or_else(|| self.outcome.namespace.as_str().into())
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
            Action::Remove | Action::Nothing => None,
            Action::CannotVerify | Action::Skip(_) => self.current().map(Text::raw),
        }
    }

    /// Its references in field path order, with what became of each.
    pub fn uses(self) -> impl Iterator<Item = (&'o Reference, &'o Use)> {
        self.workload().references.iter().map(|r| &**r).zip(&self.decision.uses)
    }

    /// Whether it is skipped, changed or left as it is.
    pub(crate) fn action(self) -> Action {
        self.decision.action
    }

    /// The keys that a reference names and its config lacks.
    pub fn missing_keys(self, reference: &'o Reference, config: Option<ConfigId>) -> impl Iterator<Item = &'o Text> {
        let config = config.map(|id| self.outcome.object(id));
        let keys = reference.keys.iter().flatten();
        keys.filter(move |key| config.is_some_and(|c| c.key(key.raw()).is_none()))
    }
}

/// Decides the stamps of one set: the manifests that are resolved together.
///
/// Takes their texts and the settings; gives every decision with its reason, the edits that write the stamps, and the
/// findings. Reads nothing else and writes nothing.
pub fn transform(sources: &[Source], settings: &Settings) -> Outcome {
    decide(sources, settings, Keep::Stamps)
}

/// The same, with as much kept of what is read as explanations and comparisons need.
pub(crate) fn decide(sources: &[Source], settings: &Settings, keep: Keep) -> Outcome {
    let mut facts = facts::read(sources, settings, keep);
    let mut findings = std::mem::take(&mut facts.findings);
    let (annotation, namespace) = (settings.annotation.clone(), settings.namespace.clone());
    let mut outcome = Outcome { annotation, namespace, ..Outcome::default() };
    let configs = Configs::new(&facts, &settings.namespace);
    let decider = Decider::new(&configs, settings);
    let mut advice = advice::Advice::new(&decider, sources);
    let ids = (0..facts.workloads.len()).map(WorkloadId);
    let looked_at: Vec<WorkloadId> = ids.filter(|&id| !sources[decider.workload(id).object.source()].supply).collect();
    // Block by block, so that what all decisions were made from is never in memory at once.
    for block in looked_at.chunks(BLOCK) {
        let decided: Vec<Decided<'_>> = if block.len() < SMALL {
            block.iter().map(|&id| decider.decide(id)).collect()
        } else {
            block.par_iter().map(|&id| decider.decide(id)).collect()
        };
        for decided in decided {
            advice.workload(&decided, &mut findings);
            match change::edit(decided.workload, &decided.decision) {
                Ok(edit) => outcome.edits.extend(edit),
                Err(finding) => findings.push(*finding),
            }
            advice.stamp(&decided, &mut findings);
            outcome.decisions.push(decided.decision);
        }
    }
    advice.set(&mut findings);
    outcome.configs = configs.into_all();
    outcome.edits.sort_by_key(|e| (e.source, e.range.start, e.range.end));
    // What does not come out as meant is an error of ours, and nothing is written.
    for broken in verify::verify(sources, &outcome.edits, &settings.annotation) {
        let at = broken.range.start;
        findings.push(Finding::new(Problem::Internal {}).at(broken.source, at..at));
    }
    facts.name_files(&mut findings);
    finding::sort(&mut findings);
    Outcome { facts, findings, ..outcome }
}

/// Workloads that are decided at once.
const BLOCK: usize = 1024;
/// Fewer are decided by one thread: starting others costs more.
const SMALL: usize = 256;

//! Sources + settings → stamps, edits and findings. Pure: no I/O, no clock, no environment.

use crate::advice::lint;
use crate::advice::missing::{self, Missing};
use crate::decide::candidate::Index;
use crate::decide::select::Rule;
use crate::decide::stamp::{self, Action, Decision, Judge, Judged};
use crate::edit::Edit;
use crate::edit::insert::{Obstacle, quote};
use crate::edit::verify;
use crate::facts::digest::{ConfigKind, Digest};
use crate::facts::{self, Facts, Workload};
use crate::finding::{self, Finding, Id, ResourceRef, Severity};
use crate::settings::{Select, Settings};
use crate::text::source::{Location, Source, SourceId};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A ConfigMap or Secret of the set.
#[derive(Clone, Debug)]
pub struct Config {
    pub kind: ConfigKind,
    /// Its namespace, with the default.
    pub namespace: String,
    pub name: String,
    pub resource: ResourceRef,
    /// The bytes of the object.
    pub location: Location,
    /// Of its whole content. A Secret's is never printed.
    pub digest: Digest,
    /// In code point order.
    pub keys: Vec<String>,
    /// Nothing but `--config-from` brought it in.
    pub supplied: bool,
    /// Index into the facts's configs.
    pub(crate) index: usize,
}

/// What a run decided.
#[derive(Debug, Default)]
pub struct Outcome {
    /// One per workload, in input order.
    pub decisions: Vec<Decision>,
    /// The configs of the set, in input order.
    pub configs: Vec<Config>,
    /// Sorted by source and range, without overlaps. With an error among the findings none may be applied.
    pub edits: Vec<Edit>,
    /// Sorted by source and place; those without a place last.
    pub findings: Vec<Finding>,
    /// Ranges of which no line may be quoted: Secrets, and documents that do not parse.
    pub opaque: Vec<Location>,
    /// In place of decisions, where only stamps were asked for.
    pub(crate) actions: Vec<Action>,
    pub(crate) facts: Facts,
}

impl Outcome {
    /// Whether a finding forbids writing.
    pub fn has_errors(&self) -> bool {
        self.findings.iter().any(|f| f.severity == Severity::Error)
    }

    /// The workload that a decision is about.
    pub(crate) fn workload(&self, decision: &Decision) -> &Workload {
        &self.facts.workloads[decision.index]
    }
}

/// How much of its decisions an outcome keeps; memory is what it costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Detail {
    /// What is written and said: actions in place of decisions, and no configs.
    Stamps,
    /// Every selection with its reason.
    Decisions,
    /// The values of configs too, to compare them key by key, and the details of workloads.
    Values,
}

/// Decides the stamps of one set: see [`transform()`].
pub(crate) struct Request<'r> {
    pub(crate) sources: &'r [Source],
    pub(crate) settings: &'r Settings,
    pub(crate) detail: Detail,
}

/// Decides the stamps of one set: the manifests that are resolved together.
///
/// Takes their texts and the settings; gives every selection with its reason, the edits that write the stamps, and the
/// findings. Reads nothing else and writes nothing.
pub fn transform(sources: &[Source], settings: &Settings) -> Outcome {
    let request = Request { sources, settings, detail: Detail::Decisions };
    request.run()
}

impl Request<'_> {
    pub(crate) fn run(&self) -> Outcome {
        let mut facts = facts::read(self.sources, self.settings, self.detail == Detail::Values);
        let findings = std::mem::take(&mut facts.findings);
        let opaque = std::mem::take(&mut facts.opaque);
        let mut outcome = {
            let index = Index::new(&facts, &self.settings.namespace);
            let mut outcome = self.decide(&index, findings);
            if self.detail >= Detail::Decisions {
                outcome.configs = self.configs(&index);
            }
            outcome
        };
        outcome.facts = facts;
        conceal(&mut outcome, &opaque, &self.settings.annotation);
        outcome.opaque = opaque;
        self.verify(&mut outcome);
        outcome.facts.name_files(&mut outcome.findings);
        finding::sort(&mut outcome.findings);
        outcome
    }

    fn decide(&self, index: &Index<'_>, findings: Vec<Finding>) -> Outcome {
        let facts = index.facts;
        let judge = Judge::new(index, self.settings);
        let mut run = Run {
            request: self,
            index,
            judge: &judge,
            missing: Missing::new(index, self.settings),
            used: BTreeMap::new(),
            selected: false,
            could_be: 0,
            outcome: Outcome { findings, ..Outcome::default() },
        };
        let looked_at: Vec<usize> =
            (0..facts.workloads.len()).filter(|&i| !self.sources[facts.workloads[i].object.source].supply).collect();
        // Block by block, so that the reasons of all workloads are never in memory at once.
        for block in looked_at.chunks(BLOCK) {
            let judged: Vec<Judged<'_>> = if block.len() < SMALL {
                block.iter().map(|&i| judge.judge(i)).collect()
            } else {
                block.par_iter().map(|&i| judge.judge(i)).collect()
            };
            judged.into_iter().for_each(|j| run.take(j));
        }
        run.finish()
    }

    fn configs(&self, index: &Index<'_>) -> Vec<Config> {
        let one = |(i, group): (usize, &crate::decide::candidate::Group<'_>)| {
            let config = index.config(i);
            Config {
                kind: group.kind,
                namespace: group.namespace.to_owned(),
                name: group.name.to_owned(),
                resource: config.object.resource_ref(),
                location: Location { source: config.object.source, range: config.object.range.clone() },
                digest: config.digest,
                keys: config.keys.iter().map(|k| k.name.to_string()).collect(),
                supplied: group.members.iter().all(|&m| self.sources[index.facts.configs[m].object.source].supply),
                index: group.members.last().copied().unwrap_or_default(),
            }
        };
        index.groups.iter().enumerate().map(one).collect()
    }

    /// Reads the edited documents again; what does not come out as meant becomes an error.
    fn verify(&self, outcome: &mut Outcome) {
        for broken in verify::verify(self.sources, &outcome.edits, &self.settings.annotation) {
            let finding =
                Finding::new(Id::Internal, Severity::Error, "the edited document is not the same but for the stamp")
                    .at(broken.source, broken.range.start..broken.range.start)
                    .remedy("nothing was written; please report this document");
            outcome.findings.push(finding);
        }
    }
}

/// Workloads that are judged at once.
const BLOCK: usize = 1024;
/// Fewer are judged by one thread: starting others costs more.
const SMALL: usize = 256;

/// What comes together while the workloads of a set are gone through.
struct Run<'r, 'i> {
    request: &'r Request<'r>,
    index: &'r Index<'i>,
    judge: &'r Judge<'i>,
    missing: Missing<'i>,
    /// Each config that counts → the first workload that it counts for.
    used: BTreeMap<usize, Location>,
    selected: bool,
    /// Workloads that are not selected, but could be.
    could_be: usize,
    outcome: Outcome,
}

impl<'i> Run<'_, 'i> {
    fn take(&mut self, judged: Judged<'i>) {
        let decision = &judged.decision;
        if decision.action != Action::Skip(stamp::Skip::Excluded) {
            self.outcome.findings.extend(lint::workload(self.judge, &judged));
        }
        if !matches!(decision.action, Action::Skip(_)) {
            self.selected |= decision.selected;
            self.could_be += usize::from(decision.uses.iter().any(|u| u.counted));
            self.missing.add(decision);
            for &group in &judged.chosen {
                self.used.entry(group).or_insert_with(|| decision.location.clone());
            }
            match self.edit(&judged) {
                Ok(edit) => self.outcome.edits.extend(edit),
                Err(finding) => self.outcome.findings.push(*finding),
            }
            let remarks = self.remark(&judged);
            self.outcome.findings.extend(remarks);
        }
        let decision = judged.decision;
        match self.request.detail {
            Detail::Stamps => self.outcome.actions.push(decision.action),
            _ => self.outcome.decisions.push(decision),
        }
    }

    fn finish(mut self) -> Outcome {
        let mut findings = std::mem::take(&mut self.outcome.findings);
        for (&group, first) in &self.used {
            findings.extend(self.of_config(group, first));
        }
        findings.extend(self.missing.findings());
        let own = |source: SourceId| !self.request.sources[source].supply;
        let strays = self.index.facts.strays.iter().filter(|o| own(o.source));
        findings.extend(strays.filter_map(|o| lint::stray(o, self.request.settings)));
        let configs = &self.index.facts.configs;
        let configs = configs.iter().filter(|c| own(c.object.source));
        findings.extend(configs.flat_map(|c| lint::config(&c.object, self.request.settings)));
        findings.extend(self.nothing_selected());
        let mut outcome = self.outcome;
        outcome.findings = findings;
        outcome.edits.sort_by_key(|e| (e.source, e.range.start, e.range.end));
        outcome
    }

    /// The edit that a decision asks for, or why it cannot be made.
    fn edit(&self, judged: &Judged<'_>) -> Result<Option<Edit>, Box<Finding>> {
        let decision = &judged.decision;
        let workload = &self.index.facts.workloads[decision.index];
        if !matches!(decision.action, Action::Insert | Action::Replace | Action::Remove) {
            return Ok(None);
        }
        let source = workload.object.source;
        let refuse = |finding: Finding| Box::new(Finding { resource: Some(workload.object.resource_ref()), ..finding });
        if let Some(range) = &workload.sops {
            let finding =
                Finding::new(Id::Sops, Severity::Error, "the stamp would break the MAC of this SOPS document")
                    .at(source, range.clone())
                    .remedy(
                        "stamp the decrypted manifests, or leave the workload out with `workloads: {exclude: [...]}`",
                    );
            return Err(refuse(finding));
        }
        let blocked = |obstacle: &Obstacle| {
            let finding = Finding::new(Id::CannotEdit, Severity::Error, obstacle.why)
                .at(source, obstacle.range.clone())
                .remedy("write the pod template's metadata out in place, or leave the workload out with `workloads: {exclude: [...]}`");
            refuse(finding)
        };
        let site = match &workload.site {
            Some(Ok(site)) => site,
            Some(Err(obstacle)) => return Err(blocked(obstacle)),
            None => return Ok(None),
        };
        let (draft, value) = match (&decision.stamp, &site.remove) {
            (Some(stamp), _) => (&site.set, quote(stamp)),
            (None, Some(Ok(draft))) => (draft, String::new()),
            (None, Some(Err(obstacle))) => return Err(blocked(obstacle)),
            (None, None) => return Ok(None),
        };
        Ok(Some(Edit { source, range: draft.range.clone(), text: format!("{}{value}{}", draft.before, draft.after) }))
    }

    /// What has to be said about a selection.
    fn remark(&self, judged: &Judged<'_>) -> Vec<Finding> {
        let decision = &judged.decision;
        let workload = &self.index.facts.workloads[decision.index];
        let object = &workload.object;
        let at = workload.stamp_place();
        let about = format!("{}/{}", object.kind, object.name);
        let mut out = Vec::new();
        match decision.action {
            Action::Remove => out.push(
                Finding::new(
                    Id::StampRemoved,
                    Severity::Warning,
                    format!("{about} is no longer selected: its stamp is removed, which rolls its pods once"),
                )
                .at(object.source, at)
                .remedy("to keep it, select the workload again or supply its configs with --config-from"),
            ),
            Action::CannotVerify => out.push(
                Finding::new(
                    Id::CannotVerify,
                    Severity::Warning,
                    format!("nothing that the stamp of {about} is made of is in the set: it stays as it is"),
                )
                .at(object.source, at)
                .remedy("run over the whole set, or supply the configs with --config-from"),
            ),
            _ => {}
        }
        for used in decision.uses.iter().filter(|u| u.counted && u.other_namespace && u.selection.selected) {
            let Some(config) = used.config.map(|g| self.index.config(g)) else {
                continue;
            };
            let message = format!(
                "{about} refers to {}/{}, which only one side puts into a namespace; it is the only one in the set",
                config.kind, config.object.name
            );
            let mut finding = Finding::new(Id::OtherNamespace, Severity::Info, message)
                .at(object.source, used.reference.range.clone())
                .remedy("name the namespace on both, or give --namespace");
            finding.related.push((config.object.location(), "the config".to_owned()));
            finding.field = Some(missing::pod_spec_path(decision, &used.reference.path()));
            out.push(finding);
        }
        out.into_iter().map(|finding| Finding { resource: Some(object.resource_ref()), ..finding }).collect()
    }

    /// What has to be said about a config that counts for some workload.
    fn of_config(&self, group: usize, first: &Location) -> Vec<Finding> {
        let config = self.index.config(group);
        let mut out = config.odd.clone();
        if let Some(places) = stamp::conflict(self.index, group) {
            let about = format!("{}/{}", config.kind, config.object.name);
            let message = format!(
                "{about} is in the set {} times with different content: what is applied would depend on the order",
                places.len()
            );
            let mut finding = Finding::new(Id::DuplicateConfig, Severity::Error, message)
                .remedy("remove one, or make each folder its own set: `restamp stamp rendered/*/`");
            let (last, others) = places.split_last().expect("impossible: a group has members");
            finding = finding.at(last.0, last.1.clone());
            finding.related =
                others.iter().map(|(source, range)| (location(*source, range), "and here".to_owned())).collect();
            let user = location(first.source, &(first.range.start..first.range.start));
            finding.related.push((user, "used here".to_owned()));
            finding.resource = Some(config.object.resource_ref());
            out.push(finding);
        }
        out
    }

    fn nothing_selected(&self) -> Option<Finding> {
        let settings = self.request.settings;
        if self.selected {
            return None;
        }
        let could_be = self.could_be;
        if could_be == 0 && !settings.require_selected {
            return None;
        }
        let severity = if settings.require_selected { Severity::Error } else { Severity::Info };
        let message = match could_be {
            0 => "no workload is selected, and none refers to a config".to_owned(),
            1 => "no workload is selected; 1 workload refers to configs".to_owned(),
            n => format!("no workload is selected; {n} workloads refer to configs"),
        };
        Some(Finding::new(Id::NothingSelected, severity, message).remedy(match settings.select {
            Select::Annotated => {
                format!("annotate workloads with `{}: \"true\"`, or use `--select all`", settings.names.auto)
            }
            Select::All => {
                format!("look for `{}: \"false\"`, `ignore` and the filters of the configuration", settings.names.auto)
            }
        }))
    }
}

fn location(source: SourceId, range: &std::ops::Range<usize>) -> Location {
    Location { source, range: range.clone() }
}

/// Where an annotation is an alias of something in a Secret, neither messages nor reasons quote it.
fn conceal(outcome: &mut Outcome, opaque: &[Location], annotation: &str) {
    let hidden = |source: SourceId, offset: usize| {
        let holds = |o: &Location| o.source == source && o.range.contains(&offset);
        opaque.iter().any(holds)
    };
    for finding in &mut outcome.findings {
        let quotes = matches!(finding.id, Id::UnmatchedEntry | Id::BadRegex | Id::BadBoolean | Id::UnknownPlace);
        if let Some(at) = finding.location().filter(|_| quotes)
            && hidden(at.source, at.range.start)
        {
            let meaning = finding.id.summary();
            finding.message = format!("an annotation whose text is in a Secret: {meaning}");
        }
    }
    for decision in &mut outcome.decisions {
        let own = decision.location.clone();
        let stamp = outcome.facts.workloads[decision.index].template.find(annotation);
        if let Some(at) = stamp.map(|a| a.range.start)
            && !own.range.contains(&at)
            && hidden(own.source, at)
        {
            decision.current = Some("…".to_owned());
        }
        let used = decision.uses.iter_mut().map(|u| &mut u.selection);
        for selection in used.chain(decision.by_annotation.iter_mut().map(|(_, d)| d)) {
            // A Secret's own mark may be quoted: it is `true`.
            let Some(cited) = selection.cited.as_mut().filter(|_| selection.rule != Rule::Ignored) else {
                continue;
            };
            let at = cited.range.start;
            let away = cited.source != own.source || !own.range.contains(&at);
            if away && hidden(cited.source, at) {
                Arc::make_mut(cited).value = "…".to_owned();
            }
        }
    }
}

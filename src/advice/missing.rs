//! What selected workloads refer to and the set lacks: configs, and keys of configs. One finding each, with near misses.

use crate::advice::Workloads;
use crate::advice::caret;
use crate::advice::near::Nearby;
use crate::decide::action::{Use, WorkloadId};
use crate::decide::candidate::ConfigId;
use crate::decide::select::Rule;
use crate::decide::stamp::{Decided, Decider};
use crate::finding::{Finding, Findings, Id, Problem, Severity};
use crate::kube::config_kind::ConfigKind;
use crate::kube::reference::Reference;
use crate::settings::Missing as Policy;
use crate::text::hidden::Text;
use crate::text::near::Similar;
use crate::text::source::{Location, Source};
use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// One place that refers to something missing.
struct Need {
    workload: WorkloadId,
    /// Which of its references.
    reference: usize,
}

/// What is missing over some of the workloads of a set.
#[derive(Default)]
pub(super) struct Missing {
    /// Of all references is asked, whatever makes a workload roll.
    all: bool,
    /// References that were looked at.
    pub(super) references: usize,
    configs: BTreeMap<(ConfigKind, Text, Text), Vec<Need>>,
    keys: BTreeMap<(ConfigId, Text), Vec<Need>>,
}

impl Missing {
    /// The same of all that workloads refer to.
    pub(super) fn of_all() -> Self {
        Self { all: true, ..Self::default() }
    }

    /// Takes what a workload lacks of what makes it roll, or of all that it refers to; false if that is nothing.
    pub(super) fn add(&mut self, decider: &Decider<'_>, decided: &Decided<'_>) -> bool {
        let (all, mut lacks_any) = (self.all, false);
        if decider.settings.missing == Policy::Ignore && !all {
            return false;
        }
        let workload = decided.workload;
        let uses = workload.references.iter().zip(&decided.decision.uses);
        let asked = |used: &Use| match all {
            true => (used.counted || used.live) && used.selection.rule != Rule::Filtered,
            false => used.is_selected(),
        };
        for (i, (reference, used)) in uses.enumerate().filter(|(_, (_, u))| asked(u)) {
            self.references += 1;
            let mut need = || {
                lacks_any = true;
                Need { workload: workload.id, reference: i }
            };
            match used.config {
                None if decider.settings.is_external(reference.kind, reference.name.raw()) => {}
                None => {
                    let home = workload.object.namespace().cloned().unwrap_or_else(|| Text::new(decided.home, false));
                    let key = (reference.kind, home, reference.name.clone());
                    self.configs.entry(key).or_default().push(need());
                }
                Some(id) => {
                    let lacks = |key: &&Text| decider.configs.lacks(id, key.raw());
                    for key in reference.keys.iter().flatten().filter(lacks) {
                        self.keys.entry((id, key.clone())).or_default().push(need());
                    }
                }
            }
        }
        lacks_any
    }

    /// Takes what others lack, which come later in the set.
    pub(super) fn append(&mut self, others: Self) {
        self.references += others.references;
        merge(&mut self.configs, others.configs);
        merge(&mut self.keys, others.keys);
    }

    /// The findings: one per missing config, one per missing key.
    pub(super) fn findings(
        &self,
        near: &Nearby<'_, '_>,
        workloads: Workloads<'_>,
        sources: &[Source],
        out: &mut Findings,
    ) {
        let needed = Needed { decider: near.decider, workloads, all: self.all };
        let caret = |finding: Finding, key: &Text| {
            let at = finding.location().map(|at| caret::key(&sources[at.source].text, &at.range, key.raw()));
            finding.under(at.flatten())
        };
        // Where so much is missing that not all is said, the first places are.
        let mut configs: Vec<_> = self.configs.iter().collect();
        configs.sort_by_cached_key(|(_, needs)| needed.first(needs).1.order());
        for ((kind, namespace, name), needs) in configs {
            if !self.all && near.may_be_in_broken(*kind, name.raw()) {
                continue;
            }
            // What is made in the cluster will be there.
            let severity = needed.severity(needs, near.is_made(*kind, namespace, name.raw()));
            out.add_severe(Id::MissingConfig, severity, || {
                let explicit = needs.iter().any(|n| needed.workloads.get(n.workload).object.namespace().is_some());
                let near = near.near(*kind, (namespace, explicit), name.raw());
                let users = needed.users(needs);
                needed.finding(Problem::MissingConfig { kind: *kind, name: name.clone(), users, near }, needs, severity)
            });
        }
        let mut similar: HashMap<ConfigId, Similar> = HashMap::new();
        let (optional, mut required): (Vec<_>, Vec<_>) =
            self.keys.iter().partition(|(_, needs)| needs.iter().all(|n| needed.reference(n).optional));
        required.sort_by_cached_key(|(_, needs)| needed.first(needs).1.order());
        for ((id, key), needs) in required {
            let severity = needed.severity(needs, false);
            out.add_severe(Id::MissingKey, severity, || {
                let config = needed.decider.configs.object(*id);
                let names = similar.entry(*id).or_insert_with(|| Similar::new(config.keys.names()));
                let near = names.one_edit_from(key.raw()).cloned();
                let about = config.object.about();
                let problem = Problem::MissingKey { about, key: key.clone(), users: needed.users(needs), near };
                let mut finding = needed.finding(problem, needs, severity);
                finding.related.insert(0, (config.object.start(), "the config"));
                caret(finding, key)
            });
        }
        // What may be absent is said once for each config.
        let optional = optional.chunk_by(|((a, _), _), ((b, _), _)| a == b).filter_map(|lacking| {
            let ((id, first), _) = lacking.first()?;
            let (config, needs) = (needed.decider.configs.object(*id), lacking.iter().flat_map(|(_, needs)| *needs));
            let keys = lacking.iter().map(|((_, key), _)| format!("\"{key}\"")).collect();
            let needs: Vec<&Need> = needs.collect();
            let problem = Problem::OptionalKeys { about: config.object.about(), keys, users: needed.users(&needs) };
            let mut finding = needed.finding(problem, &needs, needed.severity(&needs, false));
            finding.related.insert(0, (config.object.start(), "the config"));
            Some(caret(finding, first))
        });
        out.extend(optional);
    }
}

fn merge<K: Ord>(all: &mut BTreeMap<K, Vec<Need>>, next: BTreeMap<K, Vec<Need>>) {
    if all.is_empty() {
        *all = next;
    } else {
        next.into_iter().for_each(|(key, needs)| all.entry(key).or_default().extend(needs));
    }
}

/// What the findings of all that is missing have in common.
struct Needed<'d, 'f> {
    decider: &'d Decider<'f>,
    workloads: Workloads<'d>,
    all: bool,
}

impl Needed<'_, '_> {
    /// The workloads that need something, in the order of the set.
    fn users<N: Borrow<Need>>(&self, needs: &[N]) -> Vec<String> {
        let ids: BTreeSet<WorkloadId> = needs.iter().map(|n| n.borrow().workload).collect();
        ids.into_iter().map(|id| self.workloads.get(id).about()).collect()
    }

    /// The first required place, which stands for all.
    fn first<N: Borrow<Need>>(&self, needs: &[N]) -> (usize, Location) {
        let first = needs.iter().position(|n| !self.reference(n.borrow()).optional).unwrap_or_default();
        (first, self.location(needs[first].borrow()))
    }

    fn reference(&self, need: &Need) -> &Reference {
        &self.workloads.get(need.workload).references[need.reference]
    }

    fn location(&self, need: &Need) -> Location {
        Location::new(self.workloads.get(need.workload).object.source(), self.reference(need).range.clone())
    }

    fn severity<N: Borrow<Need>>(&self, needs: &[N], made: bool) -> Severity {
        match self.decider.settings.missing {
            _ if needs.iter().all(|n| self.reference(n.borrow()).optional) => Severity::Info,
            _ if made => Severity::Warning,
            _ if self.all => Severity::Error,
            Policy::Error => Severity::Error,
            _ => Severity::Warning,
        }
    }

    fn finding<N: Borrow<Need>>(&self, problem: Problem, needs: &[N], severity: Severity) -> Finding {
        let (first, location) = self.first(needs);
        let (workload, reference) =
            (self.workloads.get(needs[first].borrow().workload), self.reference(needs[first].borrow()));
        let finding = Finding::new(problem).severe(severity).at_location(location);
        let finding = finding.in_field(workload.path_of(reference)).about(workload.object.resource_ref());
        let others = needs.iter().enumerate().filter(|(i, _)| *i != first);
        others.fold(finding, |finding, (_, need)| finding.with(self.location(need.borrow()), "used here too"))
    }
}

//! What selected workloads refer to and the set lacks: configs, and keys of configs. One finding each, with near misses.

use crate::advice::near::Nearby;
use crate::decide::action::WorkloadId;
use crate::decide::candidate::ConfigId;
use crate::decide::stamp::{Decided, Decider};
use crate::facts::workload::Workload;
use crate::finding::{Finding, Problem, Severity};
use crate::kube::config_kind::ConfigKind;
use crate::kube::reference::Reference;
use crate::settings::{Missing as Policy, Settings};
use crate::text::hidden::Text;
use crate::text::near::Similar;
use crate::text::source::Location;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// One place that refers to something missing.
struct Need {
    location: Location,
    field: String,
    workload: WorkloadId,
    optional: bool,
}

/// Collects what is missing over the workloads of a set.
pub(super) struct Missing<'d, 'f> {
    decider: &'d Decider<'f>,
    configs: BTreeMap<(ConfigKind, Text, Text), Vec<Need>>,
    keys: BTreeMap<(ConfigId, Text), Vec<Need>>,
}

impl<'d, 'f> Missing<'d, 'f> {
    pub(super) fn new(decider: &'d Decider<'f>) -> Self {
        Self { decider, configs: BTreeMap::new(), keys: BTreeMap::new() }
    }

    /// Takes what a workload lacks of what makes it roll.
    pub(super) fn add(&mut self, decided: &Decided<'_>) {
        if self.decider.settings.missing == Policy::Ignore {
            return;
        }
        let workload = decided.workload;
        let uses = workload.references.iter().zip(&decided.decision.uses);
        for (reference, used) in uses.filter(|(_, u)| u.is_selected()) {
            let need = || Need {
                location: Location::new(workload.object.source(), reference.range.clone()),
                field: pod_spec_path(workload, reference),
                workload: decided.decision.workload,
                optional: reference.optional,
            };
            match used.config {
                None if is_external(self.decider.settings, reference.kind, reference.name.raw()) => {}
                None => {
                    let home = workload.object.namespace.clone().unwrap_or_else(|| Text::new(decided.home, false));
                    let key = (reference.kind, home, reference.name.clone());
                    self.configs.entry(key).or_default().push(need());
                }
                Some(id) => {
                    let config = self.decider.configs.object(id);
                    let lacks = |key: &&Text| config.key(key.raw()).is_none();
                    for key in reference.keys.iter().flatten().filter(lacks) {
                        self.keys.entry((id, key.clone())).or_default().push(need());
                    }
                }
            }
        }
    }

    /// The findings: one per missing config, one per missing key.
    pub(super) fn findings(&self, near: &Nearby<'_, '_>) -> Vec<Finding> {
        let configs = self.configs.iter().map(|((kind, namespace, name), needs)| {
            let near = near.near(*kind, namespace, name.raw());
            let problem = Problem::MissingConfig { kind: *kind, name: name.clone(), users: users(needs), near };
            self.finding(problem, needs)
        });
        let mut similar: HashMap<ConfigId, Similar> = HashMap::new();
        let keys = self.keys.iter().map(|((id, key), needs)| {
            let config = self.decider.configs.object(*id);
            let names = similar.entry(*id).or_insert_with(|| Similar::new(config.keys.iter().map(|k| &k.name)));
            let near = names.one_edit_from(key.raw()).cloned();
            let about = config.object.about();
            let problem = Problem::MissingKey { about, key: key.clone(), users: users(needs), near };
            let mut finding = self.finding(problem, needs);
            finding.related.insert(0, (config.object.start(), "the config"));
            finding
        });
        configs.chain(keys).collect()
    }

    fn finding(&self, problem: Problem, needs: &[Need]) -> Finding {
        let severity = match self.decider.settings.missing {
            _ if needs.iter().all(|n| n.optional) => Severity::Info,
            Policy::Error => Severity::Error,
            _ => Severity::Warning,
        };
        // The first required place stands for all.
        let first = needs.iter().position(|n| !n.optional).unwrap_or_default();
        let mut finding = Finding::new(problem).severe(severity);
        for (i, need) in needs.iter().enumerate() {
            finding = if i == first {
                let workload = self.decider.workload(need.workload);
                let at = finding.at_location(need.location.clone()).in_field(need.field.clone());
                at.about(workload.object.resource_ref())
            } else {
                finding.with(need.location.clone(), "used here too")
            };
        }
        finding
    }
}

/// How many workloads need something.
fn users(needs: &[Need]) -> usize {
    needs.iter().map(|n| n.workload).collect::<BTreeSet<_>>().len()
}

/// Whether a config is known to live elsewhere, so that nobody misses it.
pub(crate) fn is_external(settings: &Settings, kind: ConfigKind, name: &str) -> bool {
    kind.row().well_known.contains(&name) || settings.external.iter().any(|p| p.matches(name))
}

/// The field path of a reference from the object on.
pub(crate) fn pod_spec_path(workload: &Workload, reference: &Reference) -> String {
    let (template, path) = (&workload.template_path, reference.path());
    if template.is_empty() { format!("spec.{path}") } else { format!("{template}.spec.{path}") }
}

//! Inside a kustomize build: references to names that kustomize will change, in kinds where it follows none.

use crate::advice::lint::Lint;
use crate::decide::candidate::ConfigId;
use crate::finding::{Finding, Findings, Problem};
use crate::kube::config_kind::ConfigKind;
use crate::kube::reference::{Place, Reference};

/// The kinds in whose pod templates kustomize renames ConfigMaps and Secrets, of whatever group
/// (`api/internal/konfig/builtinpluginconsts/namereference.go`).
const RENAMED: [&str; 8] =
    ["Pod", "PodTemplate", "Deployment", "ReplicaSet", "DaemonSet", "StatefulSet", "Job", "CronJob"];

impl Lint<'_, '_> {
    /// The first reference by a name that the finished build will not have.
    pub(super) fn not_renamed(&self, out: &mut Findings) {
        let workload = self.decided.workload;
        if RENAMED.contains(&workload.object.kind().raw()) {
            return;
        }
        let configs = self.decider.configs;
        let changes = |id: ConfigId, name: &str| configs.needs_hash(id) || configs.object(id).object.name.raw() != name;
        // Of a Knative Service it knows one field.
        let knows = |r: &Reference| {
            workload.object.kind().raw() == "Service" && r.kind == ConfigKind::Secret && r.place == Place::Env
        };
        let uses = workload.references.iter().zip(&self.decided.decision.uses);
        let mut uses = uses.filter(|(r, _)| !knows(r));
        let found = uses.find_map(|(r, u)| Some((r, u.config.filter(|&id| changes(id, r.name.raw()))?)));
        if let Some((reference, config)) = found {
            let (about, config) = (workload.about(), configs.object(config).object.about());
            let problem = Problem::NotRenamed { about, config, kind: workload.object.kind().clone() };
            out.push(Finding::new(problem).at(workload.object.source(), reference.range.clone()));
        }
    }
}

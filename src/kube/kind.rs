//! Workload kinds: which objects carry a pod template, where, and whether a change of it starts a rollout. One table.
//!
//! A new kind is one row here and one fixture; kinds of a user's own come from `podTemplates` in the settings.

use crate::kube::template::{PodTemplate, Step};

/// What a changed pod template does to an object of some kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rollout {
    /// The controller replaces the pods, or uses the template for its next run (CronJob).
    Starts,
    /// The template cannot be changed: only where the delivery tool recreates the object (Job).
    Immutable,
    /// A new Revision, unless the revision is named: Knative's webhook then refuses any change.
    Revision,
    /// No rollout follows (ReplicaSet, ReplicationController, Pod).
    Never,
}

/// One row of the table.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) kind: &'static str,
    /// API groups; `""` is core.
    pub(crate) groups: &'static [&'static str],
    /// Field names from the object to its pod template.
    pub(crate) template: &'static [&'static str],
    pub(crate) rollout: Rollout,
}

const SPEC_TEMPLATE: &[&str] = &["spec", "template"];

/// The kinds that restamp knows. Groups: `apps/v1` and the dead `extensions/v1beta1` (kubernetes), `argoproj.io/v1alpha1`
/// (Argo Rollouts), `apps.openshift.io/v1` and its legacy core form (OpenShift), `serving.knative.dev/v1` (Knative).
pub(crate) const KINDS: &[Row] = &[
    row("Deployment", &["apps", "extensions"], SPEC_TEMPLATE, Rollout::Starts),
    row("StatefulSet", &["apps", "extensions"], SPEC_TEMPLATE, Rollout::Starts),
    row("DaemonSet", &["apps", "extensions"], SPEC_TEMPLATE, Rollout::Starts),
    row("Rollout", &["argoproj.io"], SPEC_TEMPLATE, Rollout::Starts),
    row("DeploymentConfig", &["apps.openshift.io", ""], SPEC_TEMPLATE, Rollout::Starts),
    row("Service", &["serving.knative.dev"], SPEC_TEMPLATE, Rollout::Revision),
    row("CronJob", &["batch"], &["spec", "jobTemplate", "spec", "template"], Rollout::Starts),
    row("Job", &["batch", "extensions"], SPEC_TEMPLATE, Rollout::Immutable),
    row("ReplicaSet", &["apps", "extensions"], SPEC_TEMPLATE, Rollout::Never),
    row("ReplicationController", &[""], SPEC_TEMPLATE, Rollout::Never),
    row("Pod", &[""], &[], Rollout::Never),
];

const fn row(
    kind: &'static str,
    groups: &'static [&'static str],
    template: &'static [&'static str],
    rollout: Rollout,
) -> Row {
    Row { kind, groups, template, rollout }
}

/// Where an object of some kind has its pod template, and what a change of it does.
#[derive(Clone, Debug)]
pub(crate) struct Shape<'s> {
    pub(crate) template: Vec<&'s str>,
    pub(crate) rollout: Rollout,
}

/// The shape of a kind; `None` if it is no workload. The user's own kinds come first.
pub(crate) fn shape<'s>(group: &str, kind: &str, custom: &'s [PodTemplate]) -> Option<Shape<'s>> {
    if let Some(own) = custom.iter().find(|t| t.kind == kind && t.group == group) {
        // Lists and maps on the way are not followed yet.
        let field = |step: &'s Step| if let Step::Field(name) = step { Some(name.as_str()) } else { None };
        let template = own.path.iter().map(field).collect::<Option<_>>()?;
        return Some(Shape { template, rollout: Rollout::Starts });
    }
    let row = KINDS.iter().find(|r| r.kind == kind && r.groups.contains(&group))?;
    Some(Shape { template: row.template.to_vec(), rollout: row.rollout })
}

/// The API group of an `apiVersion`; `""` is core.
pub(crate) fn group(api_version: &str) -> &str {
    api_version.rsplit_once('/').map_or("", |(group, _)| group)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_counts_in_its_own_groups_only() {
        assert!(shape("apps", "Deployment", &[]).is_some());
        assert!(shape("", "Deployment", &[]).is_none());
        assert!(shape("", "Service", &[]).is_none());
        assert_eq!(shape("batch", "CronJob", &[]).unwrap().template.len(), 4);
        assert_eq!(shape("batch", "Job", &[]).unwrap().rollout, Rollout::Immutable);
    }

    #[test]
    fn a_users_kind_comes_first() {
        let own = [PodTemplate {
            group: "apps.kruise.io".into(),
            kind: "CloneSet".into(),
            path: vec![Step::Field("spec".into()), Step::Field("template".into())],
        }];
        assert_eq!(shape("apps.kruise.io", "CloneSet", &own).unwrap().template, ["spec", "template"]);
        assert!(shape("apps", "CloneSet", &own).is_none());
    }

    #[test]
    fn groups_are_cut_from_api_versions() {
        assert_eq!(group("v1"), "");
        assert_eq!(group("apps/v1"), "apps");
    }
}

//! Workload kinds: which objects carry pod templates, where, and whether a change of one starts a rollout. One table.
//!
//! A new kind is one row here and one fixture; kinds of a user's own come from `podTemplates` in the settings.

use crate::kube::template::{PodTemplate, Step, parse_path};
use std::sync::LazyLock;

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

/// The steps of a path of the table; an empty one is the object itself.
fn steps(path: &str) -> Vec<Step> {
    if path.is_empty() {
        return Vec::new();
    }
    parse_path(path).expect("impossible: the paths of the table are paths")
}

/// One row of the table: kind, API groups (`""` is core), paths of its pod templates, what a change of one does, and the
/// field of `spec` that names another workload whose template is used.
type Row = (&'static str, &'static [&'static str], &'static [&'static str], Rollout, Option<&'static str>);

/// The kinds that restamp knows. Groups: `apps/v1` and the dead `extensions/v1beta1` (kubernetes), `argoproj.io/v1alpha1`
/// (Argo Rollouts), `apps.openshift.io/v1` and its legacy core form (OpenShift), `serving.knative.dev/v1` (Knative).
const KINDS: [Row; 11] = [
    ("Deployment", &["apps", "extensions"], &["spec.template"], Rollout::Starts, None),
    ("StatefulSet", &["apps", "extensions"], &["spec.template"], Rollout::Starts, None),
    ("DaemonSet", &["apps", "extensions"], &["spec.template"], Rollout::Starts, None),
    ("Rollout", &["argoproj.io"], &["spec.template"], Rollout::Starts, Some("workloadRef")),
    ("DeploymentConfig", &["apps.openshift.io", ""], &["spec.template"], Rollout::Starts, None),
    ("Service", &["serving.knative.dev"], &["spec.template"], Rollout::Revision, None),
    ("CronJob", &["batch"], &["spec.jobTemplate.spec.template"], Rollout::Starts, None),
    ("Job", &["batch", "extensions"], &["spec.template"], Rollout::Immutable, None),
    ("ReplicaSet", &["apps", "extensions"], &["spec.template"], Rollout::Never, None),
    ("ReplicationController", &[""], &["spec.template"], Rollout::Never, None),
    ("Pod", &[""], &[""], Rollout::Never, None),
];

/// The paths of each row, as steps.
static PATHS: LazyLock<Vec<Vec<Vec<Step>>>> =
    LazyLock::new(|| KINDS.iter().map(|(_, _, paths, ..)| paths.iter().map(|p| steps(p)).collect()).collect());

/// The kinds of the table.
pub(crate) fn known<'w>() -> impl Iterator<Item = &'w str> {
    KINDS.iter().map(|row| row.0)
}

/// Where an object of some kind has its pod templates, and what a change of one does.
#[derive(Clone, Debug)]
pub(crate) struct Kind<'s> {
    pub(crate) templates: Vec<&'s [Step]>,
    pub(crate) rollout: Rollout,
    /// The field of `spec` that names another workload whose template is used.
    pub(crate) workload_ref: Option<&'static str>,
    /// It is described in the settings.
    pub(crate) own: bool,
}

/// What is known of a kind; `None` if it carries no pod template. The user's own rows come first.
pub(crate) fn find<'s>(group: &str, kind: &str, own: &'s [PodTemplate]) -> Option<Kind<'s>> {
    let rows = own.iter().filter(|t| t.kind == kind && t.group == group);
    let templates: Vec<&[Step]> = rows.map(|t| &t.path[..]).collect();
    if !templates.is_empty() {
        return Some(Kind { templates, rollout: Rollout::Starts, workload_ref: None, own: true });
    }
    let at = KINDS.iter().position(|(name, groups, ..)| *name == kind && groups.contains(&group))?;
    let (.., rollout, workload_ref) = KINDS[at];
    Some(Kind { templates: PATHS[at].iter().map(|p| &p[..]).collect(), rollout, workload_ref, own: false })
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
        assert!(find("apps", "Deployment", &[]).is_some());
        assert!(find("", "Deployment", &[]).is_none());
        assert!(find("", "Service", &[]).is_none());
        assert_eq!(find("batch", "CronJob", &[]).unwrap().templates[0].len(), 4);
        assert_eq!(find("batch", "Job", &[]).unwrap().rollout, Rollout::Immutable);
    }

    #[test]
    fn a_users_rows_come_first_and_may_be_several() {
        let row = |kind: &str, path| PodTemplate { group: "x.io".into(), kind: kind.into(), path: steps(path) };
        let own = [row("CloneSet", "spec.template"), row("Set", "a"), row("CloneSet", "spec.other")];
        assert_eq!(find("x.io", "CloneSet", &own).unwrap().templates, [&own[0].path[..], &own[2].path[..]]);
        assert!(find("apps", "CloneSet", &own).is_none());
    }

    #[test]
    fn groups_are_cut_from_api_versions() {
        assert_eq!(group("v1"), "");
        assert_eq!(group("apps/v1"), "apps");
    }
}

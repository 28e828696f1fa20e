//! Kinds of objects: which carry pod templates, where, and what a change of one does. One table, a row a kind.
//!
//! A new kind is one row in the file of its field and one fixture; kinds of a user's own come from `podTemplates` in the
//! settings.

// What a row says.
pub(crate) mod row;

// The rows.
mod apps;
mod data;
mod delivery;
mod kubernetes;
mod observe;

pub(crate) use row::{Rollout, Row, WATCH};

use crate::kube::config_kind::ConfigKind;
use crate::kube::reference::Table;
use crate::kube::template::{PodTemplate, Step, parse_path};
use crate::text::near;
use foldhash::{HashMap, HashMapExt as _};
use std::sync::{LazyLock, OnceLock};

/// Every row.
pub(crate) fn rows() -> impl Iterator<Item = &'static Row> {
    [kubernetes::ROWS, apps::ROWS, data::ROWS, observe::ROWS, delivery::ROWS].into_iter().flatten()
}

/// The steps of a path of the table; an empty one is the object itself.
fn steps(path: &str) -> Vec<Step> {
    if path.is_empty() {
        return Vec::new();
    }
    parse_path(path).expect("impossible: the paths of the table are paths")
}

/// What is known of the mapping that a path leads to.
#[derive(Debug)]
pub(crate) struct Shape {
    /// The fields from there to a mapping without which there is no such template.
    pub(crate) needs: Vec<&'static str>,
    /// Those to the annotations of its pods.
    pub(crate) annotations: &'static [&'static str],
    /// Those to its pod spec, or to what has fields of one.
    pub(crate) spec: Option<Vec<&'static str>>,
    /// What else names configs.
    pub(crate) fields: Table,
}

impl Shape {
    fn new(template: &row::Template) -> Self {
        let split = |path: &'static str| path.split('.').filter(|field| !field.is_empty()).collect();
        Self {
            needs: split(template.needs),
            annotations: template.annotations,
            spec: template.spec.map(split),
            fields: Table::new(template.fields),
        }
    }

    /// `metadata` and `spec`, and nothing else: the patch rule holds for it.
    pub(crate) fn is_plain(&self) -> bool {
        self.spec.as_deref() == Some(&["spec"]) && self.fields.is_empty()
    }
}

/// `metadata` and `spec`, as Kubernetes has them.
static PLAIN: LazyLock<Shape> = LazyLock::new(|| Shape::new(&row::pod("")));

/// The shape of a pod template that the settings describe.
pub(crate) fn plain() -> &'static Shape {
    &PLAIN
}

/// The fields from a pod template to its annotations, each way once.
static PLACES: LazyLock<Vec<&[&str]>> = LazyLock::new(|| {
    let mut places: Vec<_> = rows().flat_map(|row| row.templates).map(|template| template.annotations).collect();
    places.sort_unstable();
    places.dedup();
    places
});

/// Where stamps may stand, from a pod template on.
pub(crate) fn places() -> &'static [&'static [&'static str]] {
    &PLACES
}

/// A row, and what its paths are made of once an object of its kind is there: a run meets few of them.
struct Known {
    row: &'static Row,
    templates: OnceLock<Vec<(Vec<Step>, Shape)>>,
    follows: OnceLock<Table>,
}

impl Known {
    fn templates(&self) -> &[(Vec<Step>, Shape)] {
        let new = || self.row.templates.iter().map(|t| (steps(t.path), Shape::new(t))).collect();
        self.templates.get_or_init(new)
    }

    fn follows(&self) -> &Table {
        self.follows.get_or_init(|| Table::new(self.row.follows))
    }
}

/// The rows by their kind.
static KNOWN: LazyLock<HashMap<&'static str, Vec<Known>>> = LazyLock::new(|| {
    let mut known: HashMap<_, Vec<Known>> = HashMap::new();
    for row in rows() {
        known.entry(row.kind).or_default().push(Known { row, templates: OnceLock::new(), follows: OnceLock::new() });
    }
    known
});

/// The kinds of the table.
static KINDS: LazyLock<near::Known<'static>> = LazyLock::new(|| near::Known::new(KNOWN.keys().copied()));

fn known(group: &str, kind: &str) -> Option<&'static Known> {
    KNOWN.get(kind)?.iter().find(|k| k.row.groups().any(|g| g == group))
}

/// A kind of the table, as the table has the word.
pub(crate) fn word(kind: &str) -> Option<&'static str> {
    KNOWN.get_key_value(kind).map(|(word, _)| *word)
}

/// The kinds of Kubernetes itself that have a pod template, and of what stands in their place.
pub(crate) fn built_in() -> impl Iterator<Item = &'static str> {
    kubernetes::ROWS.iter().filter(|row| !row.templates.is_empty()).map(|row| row.kind)
}

/// Whether a kind is always one that has a pod template and names no other object's.
pub(crate) fn has_templates(kind: &str) -> bool {
    let alone = |known: &Known| !known.row.templates.is_empty() && known.row.workload_ref.is_none();
    KNOWN.get(kind).is_some_and(|all| all.iter().all(alone))
}

/// The groups of others with kinds that matter: the kinds are everyday words.
pub(crate) fn groups() -> impl Iterator<Item = &'static str> {
    let others = [apps::ROWS, data::ROWS, observe::ROWS, delivery::ROWS].into_iter().flatten();
    others.filter(|row| !row.templates.is_empty() || !row.follows.is_empty()).flat_map(Row::groups)
}

/// Whether a group is of a custom resource; Kubernetes' own workloads are in `apps` and the like.
fn is_dotted(group: &str) -> bool {
    group.contains('.')
}

/// Where an object of some kind has one of its pod templates.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Template<'s> {
    pub(crate) path: &'s [Step],
    pub(crate) shape: &'static Shape,
}

/// Where an object of some kind has its pod templates, and what a change of one does.
#[derive(Clone, Debug)]
pub(crate) struct Kind<'s> {
    pub(crate) templates: Vec<Template<'s>>,
    pub(crate) rollout: Rollout,
    /// The operator fills in containers and images.
    pub(crate) partial: bool,
    /// Its row of the table; `None` if it is described in the settings.
    pub(crate) row: Option<&'static Row>,
}

/// What is known of a kind that carries pod templates. The user's own rows come first.
pub(crate) fn find<'s>(group: &str, kind: &str, own: &'s [PodTemplate]) -> Option<Kind<'s>> {
    let known = known(group, kind);
    let rows = || own.iter().filter(|t| t.kind == kind && t.group == group);
    let templates: Vec<_> = rows().map(|t| Template { path: &t.path, shape: &PLAIN }).collect();
    if !templates.is_empty() {
        // What is no whole template by the table is none by a row of the user's own.
        let is_part = |k: &Known| k.row.partial || k.templates().iter().any(|(_, shape)| !shape.is_plain());
        let partial = known.is_some_and(is_part) || rows().any(|t| t.partial);
        return Some(Kind { templates, rollout: Rollout::Starts, partial, row: None });
    }
    let known = known.filter(|k| !k.row.templates.is_empty())?;
    let row = known.row;
    let templates = known.templates().iter().map(|(path, shape)| Template { path, shape }).collect();
    Some(Kind { templates, rollout: row.rollout, partial: row.partial, row: Some(row) })
}

/// The row of a kind, whether it carries pod templates or not.
pub(crate) fn find_row(group: &str, kind: &str) -> Option<&'static Row> {
    known(group, kind).map(|known| known.row)
}

/// The fields of a kind that name configs which its operator follows by their label.
pub(crate) fn follows(group: &str, kind: &str) -> Option<&'static Table> {
    known(group, kind).filter(|known| !known.row.follows.is_empty()).map(Known::follows)
}

/// Whether a group is one of Kubernetes itself, whose kinds are all known.
pub(crate) fn is_built_in(group: &str) -> bool {
    !is_dotted(group) || group.ends_with(".k8s.io") && !group.ends_with(".x-k8s.io")
}

/// The row that was meant by a kind or a group that is none, and its `apiVersion`.
///
/// A right kind in a wrong group is meant only where the group is near, or is one of Kubernetes, which has no such kind:
/// another product may have a kind of the same name.
pub(crate) fn meant(group: &str, kind: &str) -> Option<(&'static Row, &'static str)> {
    let known = word(kind);
    let part = |whole: &str, part: &str| whole.strip_suffix(part).is_some_and(|rest| rest.ends_with('.'));
    let near_group = |api: &str| {
        let right = self::group(api);
        let own = is_built_in(group) && (!is_dotted(right) || known.is_some_and(|kind| kind != "Service"));
        right == group || own || part(right, group) || part(group, right) || near::edits(right, group) <= 2
    };
    let mut apis =
        KNOWN[known.or_else(|| KINDS.meant(kind))?].iter().flat_map(|k| k.row.apis.iter().map(|api| (k.row, *api)));
    apis.find(|(_, api)| near_group(api))
}

/// The kinds that a mistaken one may mean, with the `apiVersion` of each: what has a pod template or is a config.
static MISTAKABLE: LazyLock<Vec<(&'static str, &'static str)>> = LazyLock::new(|| {
    // The kinds of Knative are everyday words.
    let workloads = kubernetes::ROWS.iter().filter(|r| !r.templates.is_empty() && r.rollout != Rollout::Revision);
    let configs = ConfigKind::ALL.into_iter().filter(|c| c.row().group.is_empty()).map(|c| (c.as_str(), "v1"));
    workloads.map(|row| (row.kind, row.apis[0])).chain(configs).collect()
});

/// The same by the kinds alone.
static MISTAKABLE_KINDS: LazyLock<near::Known<'static>> =
    LazyLock::new(|| near::Known::new(MISTAKABLE.iter().map(|(kind, _)| *kind)));

pub(crate) fn mistakable() -> &'static near::Known<'static> {
    &MISTAKABLE_KINDS
}

/// The kind, and its `apiVersion`, that was meant by one that Kubernetes does not have in its own groups. No custom resource
/// may be of such a group: its name has a dot.
pub(crate) fn mistaken(group: &str, kind: &str) -> Option<(&'static str, &'static str)> {
    // Nearly all that comes here is one of these.
    let is_other =
        matches!(kind, "Service" | "ServiceAccount" | "Namespace" | "PersistentVolumeClaim" | "ResourceQuota");
    if is_other || is_dotted(group) {
        return None;
    }
    let near = mistakable().meant(kind)?;
    let is_right = known(group, kind).is_some() || ConfigKind::of(group, kind).is_some();
    MISTAKABLE.iter().find(|(kind, _)| *kind == near && !is_right).copied()
}

/// The API group of an `apiVersion`; `""` is core.
pub(crate) const fn group(api_version: &str) -> &str {
    let bytes = api_version.as_bytes();
    let mut end = bytes.len();
    while end > 0 {
        end -= 1;
        if bytes[end] == b'/' {
            return api_version.split_at(end).0;
        }
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn a_kind_counts_in_its_own_groups_only() {
        assert!(find("apps", "Deployment", &[]).is_some());
        assert!(find("", "Deployment", &[]).is_none());
        assert!(find("", "Service", &[]).is_none());
        assert_eq!(find("batch", "CronJob", &[]).unwrap().templates[0].path.len(), 4);
        assert_eq!(find("batch", "Job", &[]).unwrap().rollout, Rollout::Immutable);
        assert_eq!(find("batch.volcano.sh", "Job", &[]).unwrap().rollout, Rollout::Once);
        assert!(find("helm.toolkit.fluxcd.io", "HelmRelease", &[]).is_none());
        assert!(find_row("helm.toolkit.fluxcd.io", "HelmRelease").is_some());
    }

    #[test]
    fn a_users_rows_come_first_and_may_be_several() {
        let row = |kind: &str, path| PodTemplate {
            group: "x.io".into(),
            kind: kind.into(),
            path: steps(path),
            partial: false,
        };
        let own = [row("CloneSet", "spec.template"), row("Set", "a"), row("CloneSet", "spec.other")];
        let paths: Vec<_> =
            find("x.io", "CloneSet", &own).unwrap().templates.into_iter().map(|t| t.path.to_vec()).collect();
        assert_eq!(paths, [own[0].path.clone(), own[2].path.clone()]);
        assert!(find("apps", "CloneSet", &own).is_none());
    }

    #[test]
    fn groups_are_cut_from_api_versions() {
        assert_eq!(group("v1"), "");
        assert_eq!(group("apps/v1"), "apps");
    }

    /// Each row says what it has to, and no two are of one kind of object.
    #[test]
    fn the_rows_are_whole() {
        let mut seen = HashSet::new();
        assert!(rows().count() >= 60);
        for row in rows() {
            let kind = row.kind;
            assert!(
                row.source.split_once(' ').is_some_and(|(at, file)| at.contains('@') && file.contains('.')),
                "{kind}"
            );
            assert!(row.apis.iter().all(|api| seen.insert((group(api), kind))), "{kind} twice");
            assert_eq!(row.rollout == Rollout::Never, !row.instead.is_empty(), "{kind}");
            assert_eq!(row.templates.is_empty(), !row.why.is_empty(), "{kind}");
            for template in row.templates {
                let shape = Shape::new(template);
                steps(template.path);
                assert!(shape.annotations.last().is_some_and(|f| f.ends_with("nnotations")), "{kind}");
                let mut fields: Vec<_> = template.fields.iter().map(|(path, _)| *path).collect();
                fields.sort_unstable();
                assert!(fields.iter().eq(template.fields.iter().map(|(path, _)| path)), "{kind}: not sorted");
            }
        }
    }

    #[test]
    fn a_kind_that_kubernetes_does_not_have_is_mistaken_for_one_that_matters() {
        for (group, kind, meant) in [
            ("", "Configmap", ("ConfigMap", "v1")),
            ("", "configMap", ("ConfigMap", "v1")),
            ("", "secrets", ("Secret", "v1")),
            ("core", "Secret", ("Secret", "v1")),
            ("apps", "ConfigMap", ("ConfigMap", "v1")),
            ("", "Deployment", ("Deployment", "apps/v1")),
            ("app", "Deployment", ("Deployment", "apps/v1")),
            ("batch", "deployment", ("Deployment", "apps/v1")),
            ("apps", "CronJob", ("CronJob", "batch/v1")),
            ("", "Job", ("Job", "batch/v1")),
            ("apps", "Rollout", ("Rollout", "argoproj.io/v1alpha1")),
            ("", "pod", ("Pod", "v1")),
        ] {
            assert_eq!(mistaken(group, kind), Some(meant), "{group} {kind}");
        }
        for (group, kind) in [
            ("", "ConfigMap"),
            ("", "Secret"),
            ("", "DeploymentConfig"),
            ("extensions", "Deployment"),
            ("example.com", "Secret"),
            ("example.com", "deployment"),
            ("", "Service"),
            ("", "services"),
            ("", "ServiceAccount"),
            ("", "Node"),
            ("", "Config"),
            ("", "Configuration"),
            ("", "PodTemplate"),
            ("batch", "JobTemplate"),
            ("apps", "CloneSet"),
            ("apps", "ControllerRevision"),
        ] {
            assert_eq!(mistaken(group, kind), None, "{group} {kind}");
        }
    }

    #[test]
    fn what_was_meant_is_named() {
        let api = |group, kind| meant(group, kind).map(|(row, api)| (row.kind, api));
        assert_eq!(api("", "Deployment"), Some(("Deployment", "apps/v1")));
        assert_eq!(api("app", "deployment"), Some(("Deployment", "apps/v1")));
        assert_eq!(api("apps", "Deploymnet"), Some(("Deployment", "apps/v1")));
        assert_eq!(api("apps", "CronJob"), Some(("CronJob", "batch/v1")));
        assert_eq!(api("apps.kruise.io", "cloneset"), Some(("CloneSet", "apps.kruise.io/v1alpha1")));
        assert_eq!(api("kruise.io", "CloneSet"), Some(("CloneSet", "apps.kruise.io/v1alpha1")));
        assert_eq!(api("apps", "CloneSet"), Some(("CloneSet", "apps.kruise.io/v1alpha1")));
        assert_eq!(api("example.com", "Deployment"), None);
        assert_eq!(api("", "Service"), None);
        assert_eq!(api("cluster.x-k8s.io", "Cluster"), None);
        assert_eq!(api("example.com", "Widget"), None);
    }
}

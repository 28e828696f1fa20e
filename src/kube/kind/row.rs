//! What a row of the table of kinds says.

use crate::kube::reference::Names;
use crate::yaml::Ref;

/// What a changed pod template does to an object of some kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rollout {
    /// The controller replaces the pods.
    Starts,
    /// The template is used for the next run (CronJob).
    NextRun,
    /// The API refuses it as immutable: only where the delivery tool recreates the object (Job).
    Immutable,
    /// It is refused, or reaches no pod that is there: only where the object is made anew, whatever changes.
    Once,
    /// A new Revision, unless the revision is named: Knative's webhook then refuses any change.
    Revision,
    /// No rollout follows (ReplicaSet, Pod), there is no template, or the operator restarts pods itself.
    Never,
}

impl Rollout {
    /// The classes, in the order in which they are shown.
    const CLASSES: [&'static str; 4] = ["rolls", "next run", "if recreated", "not ours"];

    pub(crate) fn class(self) -> &'static str {
        Self::CLASSES[self.class_index()]
    }

    pub(crate) fn class_index(self) -> usize {
        match self {
            Self::Starts | Self::Revision => 0,
            Self::NextRun => 1,
            Self::Immutable | Self::Once => 2,
            Self::Never => 3,
        }
    }

    /// What a changed template does, as the table of kinds says it.
    pub(crate) fn change(self) -> &'static str {
        match self {
            Self::Starts => "pods are replaced",
            Self::Revision => "a new Revision; not stamped where the object names it",
            Self::NextRun => "the next run uses it",
            Self::Immutable => "refused: stamped only where the delivery tool recreates the object",
            Self::Once => "reaches no pod that is there: stamped only where the delivery tool recreates the object",
            Self::Never => "no rollout follows",
        }
    }
}

/// Where an object of some kind has one of its pod templates, the annotations of its pods, and what names configs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Template {
    /// From the object to a mapping; empty is the object itself.
    pub(super) path: &'static str,
    /// From there to a mapping without which there is no such template; empty is none.
    pub(super) needs: &'static str,
    /// From there to the annotations of its pods.
    pub(super) annotations: &'static [&'static str],
    /// From there to a pod spec, or to what has fields of one.
    pub(super) spec: Option<&'static str>,
    /// Fields from there on that name configs and are of no pod spec.
    pub(super) fields: &'static [(&'static str, Names)],
}

/// `metadata` and `spec`, as Kubernetes has them.
pub(super) const fn pod(path: &'static str) -> Template {
    Template { path, needs: "", annotations: &["metadata", "annotations"], spec: Some("spec"), fields: &[] }
}

/// Extra annotations beside a partial template, or beside fields of one.
pub(super) const fn extra(
    path: &'static str,
    annotations: &'static [&'static str],
    spec: Option<&'static str>,
    fields: &'static [(&'static str, Names)],
) -> Template {
    Template { path, needs: "", annotations, spec, fields }
}

/// What the fields of an object must say for a change to roll its pods as one would want.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Only {
    /// From the object on. Of several the first that holds a text.
    pub(super) fields: &'static [&'static str],
    pub(super) says: Says,
    pub(crate) why: &'static str,
    pub(crate) instead: &'static str,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Says {
    OneOf(&'static [&'static str]),
    NoneOf(&'static [&'static str]),
}

/// One row: a kind of object, what a change of it does, and how that is known.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    pub(crate) kind: &'static str,
    /// Its API groups with a version; that of today first.
    pub(crate) apis: &'static [&'static str],
    pub(crate) rollout: Rollout,
    pub(crate) templates: &'static [Template],
    /// The operator fills in containers and images: what lacks them is no patch.
    pub(crate) partial: bool,
    pub(crate) only: Option<&'static Only>,
    /// The field of `spec` that names another workload whose template is used.
    pub(crate) workload_ref: Option<&'static str>,
    /// Why it is not stamped; empty if no rollout follows.
    pub(crate) why: &'static str,
    /// What to do if it is not stamped.
    pub(crate) instead: &'static str,
    /// Fields that name configs which an operator follows if they carry [`WATCH`].
    pub(super) follows: &'static [(&'static str, Names)],
    /// Where the operator's code or documentation says so: repository, commit or version, file.
    pub(crate) source: &'static str,
}

/// The label of a config that Flux follows, and its value.
pub(crate) const WATCH: (&str, &str) = ("reconcile.fluxcd.io/watch", "Enabled");

pub(super) const fn row(
    kind: &'static str,
    apis: &'static [&'static str],
    rollout: Rollout,
    templates: &'static [Template],
    source: &'static str,
) -> Row {
    let (why, instead) = ("", "");
    Row {
        kind,
        apis,
        rollout,
        templates,
        partial: false,
        only: None,
        workload_ref: None,
        why,
        instead,
        follows: &[],
        source,
    }
}

pub(super) const fn rolls(
    kind: &'static str,
    apis: &'static [&'static str],
    templates: &'static [Template],
    source: &'static str,
) -> Row {
    row(kind, apis, Rollout::Starts, templates, source)
}

pub(super) const fn next_run(
    kind: &'static str,
    apis: &'static [&'static str],
    templates: &'static [Template],
    source: &'static str,
) -> Row {
    row(kind, apis, Rollout::NextRun, templates, source)
}

pub(super) const fn once(
    kind: &'static str,
    apis: &'static [&'static str],
    templates: &'static [Template],
    source: &'static str,
) -> Row {
    row(kind, apis, Rollout::Once, templates, source)
}

/// A kind that is never stamped: why, and what to do instead.
pub(super) const fn not_ours(
    kind: &'static str,
    apis: &'static [&'static str],
    why: &'static str,
    instead: &'static str,
    source: &'static str,
) -> Row {
    Row { why, instead, ..row(kind, apis, Rollout::Never, &[], source) }
}

impl Template {
    /// From the object to the annotations that hold its stamp.
    pub(crate) fn stamp_path(&self) -> String {
        let path = Some(self.path).filter(|path| !path.is_empty());
        path.into_iter().chain(self.annotations.iter().copied()).collect::<Vec<_>>().join(".")
    }

    pub(super) const fn needs(self, needs: &'static str) -> Self {
        Self { needs, ..self }
    }
}

impl Row {
    pub(super) const fn partial(self) -> Self {
        Self { partial: true, ..self }
    }

    pub(super) const fn only(self, only: &'static Only) -> Self {
        Self { only: Some(only), ..self }
    }

    pub(super) const fn follows(self, follows: &'static [(&'static str, Names)]) -> Self {
        Self { follows, ..self }
    }

    pub(crate) fn groups(&self) -> impl Iterator<Item = &'static str> {
        self.apis.iter().map(|api| super::group(api))
    }

    /// Why an object of this kind must not be stamped because of what its own fields say.
    pub(crate) fn refuses(&self, object: Ref<'_>) -> Option<&'static Only> {
        let only = self.only?;
        let mut said = only.fields.iter().filter_map(|path| object.path(path.split('.'))?.text());
        let refused = match only.says {
            Says::OneOf(words) => !said.find(|text| !text.is_empty()).is_some_and(|text| words.contains(&text)),
            Says::NoneOf(words) => said.any(|text| words.contains(&text)),
        };
        refused.then_some(only)
    }
}

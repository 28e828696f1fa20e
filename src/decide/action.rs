//! What was decided for one workload, with every reason.

use crate::decide::select::Selection;
use crate::finding::ResourceRef;
use crate::kube::reference::Reference;
use crate::text::source::Location;
use std::sync::Arc;

/// Why a workload is not stamped, and a stamp on it is left alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Skip {
    /// `workloads:` of the settings leaves it out.
    Excluded,
    /// Its pod template is a patch.
    Patch,
    /// A hook of Helm or Argo CD.
    Hook,
    /// A Job that nothing recreates.
    Job,
    /// A Knative Service that names its revision.
    NamedRevision,
    /// No rollout follows a change of its kind.
    Kind,
    /// A Rollout without a template: the workload that it names is stamped.
    Elsewhere,
}

/// What is to be done with the stamp of a pod template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// There is none, and one is written.
    Insert,
    /// There is another one.
    Replace,
    /// There is the right one.
    Current,
    /// There is one although the workload is not selected.
    Remove,
    /// There is one that cannot be compared: it stays.
    CannotVerify,
    /// There is none, and none is due.
    Nothing,
    /// Nothing is looked at.
    Skip(Skip),
}

impl Action {
    /// Whether the text of the pod template changes.
    pub fn is_change(self) -> bool {
        matches!(self, Self::Insert | Self::Replace | Self::Remove)
    }

    /// Why the workload is not stamped at all; `None` if it may be.
    pub fn skip(self) -> Option<Skip> {
        match self {
            Self::Skip(why) => Some(why),
            _ => None,
        }
    }

    /// Whether there is a stamp, or one is due, on a workload that may be stamped.
    pub fn is_about_a_stamp(self) -> bool {
        !matches!(self, Self::Nothing | Self::Skip(_))
    }
}

impl Decision {
    /// The action as `check` counts it: a list may mean a name that the finished build no longer shows, so that a stamp
    /// under it is neither missing nor stale.
    pub fn checked(&self) -> Action {
        match self.action {
            Action::Insert | Action::Replace if self.unmatched_entry => Action::CannotVerify,
            action => action,
        }
    }

    /// The stamp that the pod template has once its set is stamped and applied.
    pub fn stamp_after(&self) -> Option<&str> {
        match self.action {
            Action::Insert | Action::Replace | Action::Current => self.stamp.as_deref(),
            Action::Remove | Action::Nothing => None,
            Action::CannotVerify | Action::Skip(_) => self.current.as_deref(),
        }
    }
}

/// One reference of a workload, and what became of it.
#[derive(Clone, Debug)]
pub struct Use {
    pub reference: Arc<Reference>,
    /// Its place counts for this workload.
    pub counted: bool,
    /// Index into the configs of the outcome; `None` if it is not in the set.
    pub config: Option<usize>,
    /// It was found although only one side names a namespace.
    pub other_namespace: bool,
    /// Whether its config counts, and why.
    pub selection: Selection,
    /// Keys that it names and the config lacks.
    pub missing_keys: Vec<String>,
}

/// What was decided for one workload.
#[derive(Clone, Debug)]
pub struct Decision {
    pub resource: ResourceRef,
    /// Its namespace, with the default.
    pub namespace: String,
    /// The bytes of the object.
    pub location: Location,
    /// `spec.template`.
    pub template_path: String,
    pub action: Action,
    /// In field path order.
    pub uses: Vec<Use>,
    /// Configs that annotations alone select: index into the configs of the outcome, and why.
    pub by_annotation: Vec<(usize, Selection)>,
    /// The stamp that is there.
    pub current: Option<String>,
    /// The stamp that is due; `None` if no selected config is in the set.
    pub stamp: Option<String>,
    /// A list of the workload has an entry that names nothing in the set.
    pub unmatched_entry: bool,
    /// It is selected: a counted reference or a list asks for something, in the set or not.
    pub selected: bool,
    /// Index into the facts's workloads.
    pub(crate) index: usize,
}

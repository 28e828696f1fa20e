//! What was decided for one workload, with every reason.

use crate::decide::candidate::ConfigId;
use crate::decide::listed::ByAnnotation;
use crate::decide::select::Selection;
pub use crate::facts::workload::WorkloadId;
use crate::kube::annotation::Annotation;
use crate::kube::config_kind::ConfigKind;
use crate::settings::Precision;
use crate::text::hidden::Text;
use crate::text::words::words;
use std::sync::Arc;

words! {
    /// Why a workload is not stamped, and a stamp on it is left alone.
    pub enum Skip {
        /// `workloads:` of the settings leaves it out.
        Excluded = "excluded",
        /// Its pod template is a patch.
        Patch = "patch",
        /// A hook of Helm or Argo CD.
        Hook = "hook",
        /// A Job that nothing recreates.
        Job = "job",
        /// A Knative Service that names its revision.
        NamedRevision = "named-revision",
        /// Its own fields say that a change would do harm, or nothing.
        Strategy = "strategy",
        /// No rollout follows a change of its kind.
        Kind = "kind",
        /// A Rollout without a template: the workload that it names is stamped.
        Elsewhere = "elsewhere",
    }
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
    /// There is none, and the one that is due is one that it may lack (`baseline`).
    Baseline,
    /// There is one although the workload is not selected.
    Remove,
    /// There is one that cannot be compared: it stays.
    CannotVerify,
    /// There is one that was made with a key, or none because a baseline was, and this run has no key: that stays.
    OtherKey,
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

    /// The change as reports name it; empty for none.
    pub(crate) fn as_word(self) -> &'static str {
        match self {
            Self::Insert => "inserted",
            Self::Replace => "replaced",
            Self::Remove => "removed",
            Self::Current | Self::Baseline | Self::CannotVerify | Self::OtherKey | Self::Nothing | Self::Skip(_) => "",
        }
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

/// What became of one reference of a workload.
#[derive(Clone, Debug)]
pub struct Use {
    /// It counts for this workload: its place does, and with `effect: restart` a container that runs would not see a change.
    pub counted: bool,
    /// Its place counts, but it is only the effect that keeps it from counting.
    pub live: bool,
    /// `None` if it is not in the set.
    pub config: Option<ConfigId>,
    /// It was found although only one side names a namespace.
    pub other_namespace: bool,
    /// It is the first that makes the workload roll with its config.
    pub(crate) chooses: bool,
    /// Whether its config counts, and why.
    pub selection: Selection,
}

impl Use {
    /// Whether it makes the workload roll.
    pub fn is_selected(&self) -> bool {
        self.counted && self.selection.selected
    }
}

/// An entry of a list that is read as the name which a config had before a build.
#[derive(Clone, Debug)]
pub struct OldName {
    pub(crate) list: Arc<Annotation>,
    /// The entry as it stands there.
    pub(crate) text: Text,
    pub(crate) config: ConfigId,
}

words! {
    /// What became of an entry of a list.
    pub enum CameTo {
        /// It names configs of the set.
        Matched = "matched",
        /// It names one as a name from before a build.
        OldName = "old-name",
        /// It names what a producer of the set makes, what `external` lists, or what `configs` leaves out.
        Elsewhere = "elsewhere",
        /// It names nothing.
        Nothing = "nothing",
        /// It is no usable regular expression.
        BadRegex = "bad-regex",
    }
}

/// An entry of a list, and what became of it.
#[derive(Clone, Debug)]
pub struct ListEntry {
    pub(crate) list: Arc<Annotation>,
    pub(crate) kind: ConfigKind,
    /// As it stands there.
    pub(crate) text: Text,
    /// The configs that it names, in the order of the set.
    pub(crate) configs: Arc<[ConfigId]>,
    pub(crate) came_to: CameTo,
    /// What makes in the cluster what it names.
    pub(crate) maker: Option<String>,
}

/// What was decided for one workload.
#[derive(Clone, Debug)]
pub struct Decision {
    pub workload: WorkloadId,
    pub action: Action,
    /// One for each reference of the workload, in field path order.
    pub uses: Box<[Use]>,
    /// Configs that annotations alone select, and why.
    pub by_annotation: ByAnnotation,
    /// What of each config counts for it.
    pub precision: Precision,
    /// The stamp that is due; `None` if no selected config is in the set.
    pub stamp: Option<String>,
    /// A Secret's own content is in it, so that a key makes it another one.
    pub is_keyable: bool,
    /// Entries of its lists that name nothing in the set, each with the config for which it stands as a name from before a
    /// kustomize build: so read, they make the stamp that is there.
    pub old_names: Box<[OldName]>,
    /// What the entries of its lists came to, where an explanation asks for it.
    pub entries: Box<[ListEntry]>,
    /// It is selected: a counted reference or a list asks for something, in the set or not.
    pub selected: bool,
}

impl Decision {
    /// The configs of the stamp that are referred to, each once, in the order of the references.
    pub(crate) fn used(&self) -> impl Iterator<Item = ConfigId> {
        self.uses.iter().filter(|u| u.chooses).filter_map(|u| u.config)
    }

    /// The configs that make up the stamp, each once: those that are referred to, then those that annotations alone select.
    pub(crate) fn chosen(&self) -> impl Iterator<Item = ConfigId> {
        self.used().chain(self.by_annotation.configs())
    }
}

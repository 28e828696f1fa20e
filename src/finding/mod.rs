//! A finding: something to tell the user. In a ResourceList it becomes one entry of `results`.
//!
//! Holds the facts and no layout; how a finding looks is `report`'s business.

use crate::facts::digest::ConfigKind;
use crate::text::source::{Location, Position, SourceId};

/// How bad it is; the words are those of the KRM functions specification (`results[].severity`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Nothing is written, exit status 2.
    Error,
    /// Worth a look; `check --strict` fails on it.
    Warning,
    /// Said for completeness.
    Info,
}

impl Severity {
    /// The word that is printed.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Info => "info",
        }
    }
}

/// One row each: the name, the word, whether an error of it `fails` a check (it is no input that cannot be used), and when
/// it is found.
macro_rules! ids {
    ($($name:ident $id:literal $($fails:ident)? $summary:literal,)*) => {
        /// What kind of finding it is. `docs/findings.md` has a section for each.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Id { $(#[doc = $summary] $name,)* }

        impl Id {
            /// Every id, in the order of `docs/findings.md`.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The stable word that is printed and that a machine may match on.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $id,)* }
            }

            /// One sentence that says when it is found.
            pub fn summary(self) -> &'static str {
                match self { $(Self::$name => $summary,)* }
            }

            /// Whether an error of this kind is a failed check (exit status 1) and not input that cannot be used (2).
            pub fn fails_check(self) -> bool {
                match self { $(Self::$name => !<[&str]>::is_empty(&[$(stringify!($fails))?]),)* }
            }
        }
    };
}

ids! {
    Syntax "syntax" "A document is no valid YAML or JSON, or is one that Kubernetes refuses to read.",
    Encoding "encoding" "An input is not UTF-8.",
    Limit "limit" "An input is larger, deeper or more aliased than restamp reads.",
    CannotEdit "cannot-edit" "The stamp has to go into a place that cannot be edited faithfully.",
    Sops "sops" "The stamp would break the MAC of a document that SOPS encrypted.",
    DuplicateConfig "duplicate-config" "A selected workload uses a ConfigMap or Secret that the set defines twice, with different content.",
    Settings "settings" "The configuration cannot be used.",
    NothingSelected "nothing-selected" fails "No workload of the input is selected.",
    NoInput "no-input" "There is nothing to read.",
    Internal "internal" "restamp refused its own edit; please report it.",
    StampMissing "stamp-missing" fails "A selected workload has no stamp.",
    StampStale "stamp-stale" fails "A stamp is not that of the current content.",
    StampLeftOver "stamp-left-over" fails "A workload that is no longer selected carries a stamp.",
    StampRemoved "stamp-removed" "A stamp was removed because its workload is no longer selected.",
    StampLeftAlone "stamp-left-alone" "A workload that is not stamped at all carries a stamp, which is left as it is.",
    StampMisplaced "stamp-misplaced" "The stamp's annotation is on the workload and not on its pod template, where it does nothing.",
    CannotVerify "cannot-verify" "A stamp cannot be compared because what it was made of is not in the set.",
    MissingConfig "missing-config" fails "A selected workload refers to a ConfigMap or Secret that is not in the set.",
    MissingKey "missing-key" fails "A selected workload refers to a key that the ConfigMap or Secret lacks.",
    OtherNamespace "other-namespace" "A reference was resolved although only one side names a namespace.",
    DuplicateKey "duplicate-key" "A mapping has a key twice; Kubernetes takes the last one.",
    BooleanKey "boolean-key" "A key of `data` is an unquoted YAML 1.1 boolean, so that Kubernetes reads another key.",
    RefusedValue "refused-value" "A value of a ConfigMap or Secret is one that the API server refuses.",
    Patch "patch" "A pod template without containers or images is a patch, not a workload.",
    SourceTree "source-tree" "A folder is the source of manifests and not a rendering of them.",
    HookSkipped "hook" "A hook of Helm or Argo CD runs at each sync anyway and is never stamped.",
    JobImmutable "job-immutable" "A Job's pod template cannot be changed, and nothing recreates this one.",
    NamedRevision "named-revision" "A Knative Service that names its revision refuses any change.",
    KindNotStamped "kind-not-stamped" "A workload is annotated, but a change of its kind of object starts no rollout.",
    RestartStrategy "restart-strategy" "Reloader restarts this Rollout without touching its template; restamp stamps it.",
    WorkloadRefMissing "workload-ref-missing" "The object that a Rollout's workloadRef names is not in the set.",
    BadRegex "bad-regex" "An entry of a reload list is no regular expression that restamp can use.",
    BadBoolean "bad-boolean" "A value looks like a boolean, but Reloader reads it as false.",
    UnmatchedEntry "unmatched-entry" "An entry of a list names nothing in the set.",
    IgnoreOnWorkload "ignore-on-workload" "The ignore annotation means something on a ConfigMap or Secret only.",
    SearchWithoutMatch "search-without-match" "A workload searches for marked configs, and none that it refers to is marked.",
    NoReferences "no-references" "A workload is annotated, but refers to no ConfigMap or Secret.",
    UnknownPlace "unknown-place" "The annotation restamp.dev/places has a word that is no place.",
}

/// The object that a finding is about, as `results[].resourceRef` names it.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ResourceRef {
    pub api_version: String,
    pub kind: String,
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
}

/// Where a finding points.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Place {
    /// It is about the run as a whole.
    #[default]
    Run,
    /// Bytes of a source of the set.
    Source(Location),
    /// An input that gave no source: how messages name it, and the position if there is one.
    Input(String, Option<Position>),
}

/// One thing to tell the user.
#[derive(Clone, Debug)]
pub struct Finding {
    pub id: Id,
    pub severity: Severity,
    /// One line, no trailing full stop, never a Secret's value.
    pub message: String,
    /// What to do about it, one sentence.
    pub remedy: Option<String>,
    pub place: Place,
    /// The file and the place in it that an item of a ResourceList came from.
    pub file: Option<(String, Option<u32>)>,
    /// Other places that belong to it, each with a label.
    pub related: Vec<(Location, String)>,
    pub resource: Option<ResourceRef>,
    /// Path of the field, as in `spec.template.spec.volumes[0].configMap`.
    pub field: Option<String>,
    /// Shown with `-v` only.
    pub verbose: bool,
    /// The config that is missing, if nothing in the set says where it comes from.
    pub(crate) absent: Option<(ConfigKind, String)>,
}

impl Finding {
    /// A finding without a place.
    pub fn new(id: Id, severity: Severity, message: impl Into<String>) -> Self {
        Self {
            id,
            severity,
            message: message.into(),
            remedy: None,
            place: Place::Run,
            file: None,
            related: Vec::new(),
            resource: None,
            field: None,
            verbose: false,
            absent: None,
        }
    }

    /// The same at a place.
    pub fn at(mut self, source: SourceId, range: std::ops::Range<usize>) -> Self {
        self.place = Place::Source(Location { source, range });
        self
    }

    /// The same in an input that gave no source.
    pub fn in_file(mut self, name: impl Into<String>, position: Option<Position>) -> Self {
        self.place = Place::Input(name.into(), position);
        self
    }

    /// The bytes that it points at, if it points into a source.
    pub fn location(&self) -> Option<&Location> {
        match &self.place {
            Place::Source(location) => Some(location),
            Place::Run | Place::Input(..) => None,
        }
    }

    /// The same with what to do about it.
    pub fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }
}

/// Puts findings in the order of their places; those without one come last.
pub(crate) fn sort(findings: &mut [Finding]) {
    findings.sort_by_key(|f| f.location().map_or((1, SourceId::default(), 0), |l| (0, l.source, l.range.start)));
}

//! The ids of findings, as one table: the stable word, how severe such a finding is as a rule, whether an error of it
//! makes `check` fail (exit status 1) and is no unusable input (2), and what it means.

use crate::text::words::words;

words! {
    /// How bad it is; the words are those of the KRM functions specification (`results[].severity`).
    #[derive(PartialOrd, Ord)]
    pub enum Severity {
        /// Nothing is written, exit status 2.
        Error = "error",
        /// Worth a look; `check --strict` fails on it.
        Warning = "warning",
        /// Said for completeness.
        Info = "info",
    }
}

macro_rules! fails {
    (fails) => {
        true
    };
    (-) => {
        false
    };
}

macro_rules! ids {
    ($($name:ident $id:literal $severity:ident $fails:tt $summary:literal,)*) => {
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

            /// How severe such a finding is as a rule; settings and circumstances may make it more or less.
            pub(crate) fn severity(self) -> Severity {
                match self { $(Self::$name => Severity::$severity,)* }
            }

            /// Whether an error of it is a failed check, and no input that cannot be used.
            pub(crate) fn fails_check(self) -> bool {
                match self { $(Self::$name => fails!($fails),)* }
            }

            /// One sentence that says when it is found.
            pub fn summary(self) -> &'static str {
                match self { $(Self::$name => $summary,)* }
            }
        }
    };
}

ids! {
    Syntax "syntax" Error - "A document is no valid YAML or JSON, or is one that Kubernetes refuses to read.",
    Encoding "encoding" Error - "An input is not UTF-8.",
    Separator "separator" Error - "A line begins with `---` but separates nothing.",
    MissingSeparator "missing-separator" Warning - "A second object begins in the document of a first one, which is lost.",
    KubectlRefuses "kubectl-refuses" Warning - "kubectl refuses a text that kustomize reads.",
    Dropped "dropped" Warning - "Text behind the end of a document is read by nobody.",
    LineSeparator "line-separator" Warning - "A character that is seldom seen ends a line.",
    MergeOrder "merge-order" Warning - "kubectl and kustomize read a merge key differently, because of where it stands.",
    NotAnObject "not-an-object" Warning - "A document looks like a Kubernetes object and is none.",
    UnknownKind "unknown-kind" Warning - "A kind is one that Kubernetes does not have, and nearly that of a workload or a config.",
    NoObjects "no-objects" Warning - "The input has no Kubernetes object.",
    OnlyConfig "only-config" Warning - "A ResourceList holds nothing but restamp's own configuration.",
    Limit "limit" Error - "An input is larger, deeper or more aliased than restamp reads.",
    CannotEdit "cannot-edit" Error - "The stamp has to go into a place that cannot be edited faithfully.",
    Sops "sops" Error - "The stamp would break the MAC of a document that SOPS encrypted.",
    DuplicateConfig "duplicate-config" Error - "A selected workload uses a ConfigMap or Secret that the set defines twice, with different content.",
    Settings "settings" Error - "The configuration cannot be used.",
    NothingSelected "nothing-selected" Warning fails "No workload of the input is selected.",
    NoInput "no-input" Error - "There is nothing to read.",
    Internal "internal" Error - "restamp refused its own edit; please report it.",
    StampMissing "stamp-missing" Error fails "A selected workload has no stamp.",
    StampStale "stamp-stale" Error fails "A stamp is not that of the current content.",
    StampLeftOver "stamp-left-over" Error fails "A workload that is no longer selected carries a stamp.",
    StampRemoved "stamp-removed" Warning - "A stamp was removed because its workload is no longer selected.",
    RemovesAll "removes-all" Error - "`stamp -w` would remove every stamp, and no workload asks for one.",
    StampLeftAlone "stamp-left-alone" Warning - "A workload that is not stamped at all carries a stamp, which is left as it is.",
    StampMisplaced "stamp-misplaced" Warning - "The stamp's annotation is on the workload and not on its pod template, where it does nothing.",
    CannotVerify "cannot-verify" Warning - "A stamp cannot be compared because what it was made of is not in the set.",
    OtherKey "other-key" Warning - "A stamp was made with a key that this run does not have.",
    MissingConfig "missing-config" Warning fails "A selected workload refers to a ConfigMap or Secret that is not in the set.",
    MissingKey "missing-key" Warning fails "A selected workload refers to a key that the ConfigMap or Secret lacks.",
    OtherNamespace "other-namespace" Info - "A reference was resolved although only one side names a namespace.",
    NotRenamed "not-renamed" Warning - "kustomize will rename a config, and follows no reference to it in a workload of this kind.",
    AppliedLater "applied-later" Warning - "A config is applied after a workload that is stamped with it, so that pods keep the old content under the new stamp.",
    MadeLater "made-later" Info - "What makes a Secret does so after apply, so that a pod may start with the old values under the new stamp.",
    Rotation "rotation" Info - "What makes a Secret fetches values that change outside of Git, where no stamp sees them.",
    Unseen "unseen" Warning - "What makes a Secret holds its values in a place that goes into no stamp.",
    DuplicateKey "duplicate-key" Warning - "A mapping has a key twice; Kubernetes takes the last one.",
    BooleanKey "boolean-key" Warning - "A key of `data` is an unquoted YAML 1.1 boolean, so that Kubernetes reads another key.",
    RefusedValue "refused-value" Warning - "A value is one that the API server refuses.",
    Patch "patch" Info - "A pod template without containers or images is a patch, not a workload.",
    SourceTree "source-tree" Info - "A folder is the source of manifests and not a rendering of them.",
    OutsideLink "outside-link" Warning - "A link in a folder leads out of it and was not followed.",
    HookSkipped "hook" Info - "A hook of Helm or Argo CD runs at each sync anyway and is never stamped.",
    JobImmutable "job-immutable" Warning - "A pod template that is used once cannot be changed, and nothing recreates its object.",
    NamedRevision "named-revision" Warning - "A Knative Service that names its revision refuses any change.",
    KindNotStamped "kind-not-stamped" Warning - "An object is annotated, but it is not stamped: because of its kind, or of what it says about rollouts.",
    NotWatched "not-watched" Warning - "Flux would follow a ConfigMap or Secret if it carried the label for that.",
    NoTemplate "no-template" Warning - "A path finds no pod template where it is looked for.",
    RestartStrategy "restart-strategy" Info - "Reloader restarts this Rollout without touching its template; restamp stamps it.",
    WorkloadRefMissing "workload-ref-missing" Warning - "The object that a Rollout's workloadRef names is not in the set.",
    BadRegex "bad-regex" Warning - "An entry of a reload list is no regular expression.",
    BadBoolean "bad-boolean" Warning - "A value looks like a boolean, but Reloader reads it as false.",
    UnmatchedEntry "unmatched-entry" Warning - "An entry of a list names nothing in the set.",
    OldName "old-name" Info - "An entry of a list is read as a name from before a kustomize build, so that the stamp is current.",
    UnreadAnnotation "unread-annotation" Warning - "Nobody reads an annotation or label: its key is unknown, or stands in a wrong place.",
    IgnoreOnWorkload "ignore-on-workload" Warning - "The ignore annotation means something on a ConfigMap or Secret only.",
    SearchWithoutMatch "search-without-match" Warning - "A workload searches for marked configs, and none that it refers to is marked.",
    NoReferences "no-references" Warning - "A workload is annotated, but refers to no ConfigMap or Secret.",
    TooManyRolls "too-many-rolls" Error fails "More workloads roll than `plan.maxRolls` allows.",
    ProtectedRolls "protected-rolls" Error fails "A workload rolls that `plan.protected` protects.",
    UnknownPlace "unknown-place" Warning - "The annotation restamp.dev/places has a word that is no place.",
    UnknownWord "unknown-word" Warning - "The annotation restamp.dev/precision or restamp.dev/effect has a word that it cannot have.",
}

//! Settings: what flags and functionConfig decide, put together once; the core sees nothing else.

use crate::annotation::Names;
use crate::reference::Places;
use crate::selector::Filter;

/// Which workloads are selected without a word of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Select {
    /// Those that carry an annotation (opt in).
    #[default]
    Annotated,
    /// All that do not opt out: Reloader's `--auto-reload-all`.
    All,
}

/// What of a config goes into a stamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Precision {
    /// The whole object.
    #[default]
    Object,
    /// The keys that the pod can see.
    Keys,
}

/// What a required config that is missing means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Missing {
    Ignore,
    #[default]
    Warn,
    Error,
}

/// A custom kind that carries a pod template (`podTemplates`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodTemplate {
    pub group: String,
    pub kind: String,
    /// Field names from the object to its pod template.
    pub path: Vec<String>,
}

/// The decided settings. [`Settings::default`] is what restamp does without flags and functionConfig.
#[derive(Clone, Debug)]
pub struct Settings {
    pub select: Select,
    /// Key of the pod template annotation that holds the stamp.
    pub annotation: String,
    pub precision: Precision,
    /// Which reference places count by default.
    pub places: Places,
    pub missing: Missing,
    /// Names (globs) of configs that live elsewhere: never reported as missing.
    pub external: Vec<glob::Pattern>,
    /// Nothing selected is an error.
    pub require_selected: bool,
    /// Which workloads are looked at.
    pub workloads: Filter,
    /// Which configs count.
    pub configs: Filter,
    pub pod_templates: Vec<PodTemplate>,
    /// The annotation keys that are read; Reloader's unless renamed.
    pub names: Names,
    /// Namespace of objects that name none.
    pub namespace: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            select: Select::default(),
            annotation: crate::annotation::STAMP.to_owned(),
            precision: Precision::default(),
            places: Places::default(),
            missing: Missing::default(),
            external: Vec::new(),
            require_selected: false,
            workloads: Filter::default(),
            configs: Filter::default(),
            pod_templates: Vec::new(),
            names: Names::default(),
            namespace: "default".to_owned(),
        }
    }
}

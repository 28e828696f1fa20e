//! Selectors: which objects a rule of the settings is about.

/// Words that pick objects; all given ones must hold.
#[derive(Clone, Debug, Default)]
pub struct Selector {
    pub group: Option<glob::Pattern>,
    pub kind: Option<glob::Pattern>,
    pub name: Option<glob::Pattern>,
    pub namespace: Option<glob::Pattern>,
    pub labels: Vec<Requirement>,
}

/// One requirement of a label selector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    pub key: String,
    pub operator: Operator,
}

/// What a [`Requirement`] demands of the label's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operator {
    In(Vec<String>),
    NotIn(Vec<String>),
    Exists,
    DoesNotExist,
}

/// Includes and excludes; an empty `include` filters nothing.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub include: Vec<Selector>,
    pub exclude: Vec<Selector>,
}

impl Filter {
    /// stub until merge
    pub(crate) fn uses_labels(&self) -> bool {
        self.include.iter().chain(&self.exclude).any(|s| !s.labels.is_empty())
    }
}

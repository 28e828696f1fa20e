//! The trail that kustomize leaves on an object before its names are final.

use crate::kube::annotation::{Annotations, NEEDS_HASH_SUFFIX, PREFIXES, PREVIOUS_NAMES, SUFFIXES};

/// What kustomize did to an object before the transformer runs (`api/resource/resource.go`, `api/internal/utils`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Trail {
    /// Earlier names, oldest first.
    pub(crate) names: Vec<String>,
    pub(crate) prefixes: Vec<String>,
    pub(crate) suffixes: Vec<String>,
    /// It gets a hash suffix at the end, so that its current name will be an earlier one.
    pub(crate) needs_hash: bool,
}

impl Trail {
    pub(crate) fn read(annotations: &Annotations) -> Option<Self> {
        let list = |key: &str| -> Option<Vec<String>> {
            let value = annotations.get(key)?;
            Some(value.split(',').map(str::to_owned).collect())
        };
        let (names, prefixes, suffixes) = (list(PREVIOUS_NAMES), list(PREFIXES), list(SUFFIXES));
        let needs_hash = annotations.get(NEEDS_HASH_SUFFIX) == Some("enabled");
        let any = names.is_some() || prefixes.is_some() || suffixes.is_some() || needs_hash;
        any.then(|| Self {
            names: names.unwrap_or_default(),
            prefixes: prefixes.unwrap_or_default(),
            suffixes: suffixes.unwrap_or_default(),
            needs_hash,
        })
    }
}

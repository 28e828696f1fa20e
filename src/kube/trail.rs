//! What kustomize does to names: the trail that it leaves on an object before they are final, and the hash behind generated ones.

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

/// The letters of a generator's hash: hexadecimal with `0 1 3 a e` written as `g h k m t` (kustomize `api/hasher`, `encode`).
const LETTERS: &str = "2456789bcdfghkmt";
/// How many of them a name gets.
const LENGTH: usize = 10;

/// A name without the hash of a kustomize generator.
pub(crate) fn stem(name: &str) -> &str {
    let is_hash = |hash: &str| hash.len() == LENGTH && hash.chars().all(|c| LETTERS.contains(c));
    name.rsplit_once('-').filter(|(stem, hash)| !stem.is_empty() && is_hash(hash)).map_or(name, |(stem, _)| stem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stem_lacks_the_hash_of_a_generator() {
        for (name, wanted) in [
            ("app-g4hk2m5t7b", "app"),
            ("my-app-9ff74c8tk2", "my-app"),
            ("app-production", "app-production"),
            ("app-0123456789", "app-0123456789"),
            ("app-g4hk2m5t7", "app-g4hk2m5t7"),
            ("-g4hk2m5t7b", "-g4hk2m5t7b"),
            ("app", "app"),
        ] {
            assert_eq!(stem(name), wanted);
        }
    }
}

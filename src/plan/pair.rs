//! The objects of two renderings → which of one is which of the other.
//!
//! Takes names, gives pairs: by equal name first, then configs by the name without the hash that a kustomize
//! generator appends.

use crate::explain::name::stem;
use std::collections::HashMap;
use std::hash::Hash;

/// Something that has a name within some scope (kind, namespace).
pub(crate) trait Named {
    type Scope: Eq + Hash;
    fn scope(&self) -> Self::Scope;
    fn name(&self) -> &str;
}

/// An object of one rendering and its partner in the other, as indices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pair {
    Both { old: usize, new: usize },
    Gone(usize),
    New(usize),
}

impl Pair {
    pub(crate) fn old(self) -> Option<usize> {
        match self {
            Self::Both { old, .. } | Self::Gone(old) => Some(old),
            Self::New(_) => None,
        }
    }

    pub(crate) fn new(self) -> Option<usize> {
        match self {
            Self::Both { new, .. } | Self::New(new) => Some(new),
            Self::Gone(_) => None,
        }
    }
}

/// Pairs the objects of two renderings: those of the new one in their order, then what is gone. Only configs are
/// `generated`: another name of a workload is another workload.
pub(crate) fn pairs<T: Named>(old: &[T], new: &[T], generated: bool) -> Vec<Pair> {
    let mut partner: Vec<Option<usize>> = vec![None; new.len()];
    let mut left: Vec<bool> = vec![true; old.len()];
    // Twins of one name are paired in their order.
    let mut by_name: HashMap<(T::Scope, &str), Vec<usize>> = HashMap::new();
    for (i, item) in old.iter().enumerate().rev() {
        by_name.entry((item.scope(), item.name())).or_default().push(i);
    }
    for (i, item) in new.iter().enumerate() {
        partner[i] = by_name.get_mut(&(item.scope(), item.name())).and_then(Vec::pop);
        partner[i].into_iter().for_each(|o| left[o] = false);
    }
    if generated {
        by_stem(old, new, &mut partner, &mut left);
    }
    let one = |(new, old): (usize, Option<usize>)| old.map_or(Pair::New(new), |old| Pair::Both { old, new });
    let gone = left.into_iter().enumerate().filter(|(_, l)| *l).map(|(i, _)| Pair::Gone(i));
    partner.into_iter().enumerate().map(one).chain(gone).collect()
}

/// The objects of one stem that have no partner yet.
#[derive(Default)]
struct Candidates {
    old: Vec<usize>,
    new: Vec<usize>,
}

/// Pairs what is left by stem, where one of each side has it: with several a guess could be wrong.
fn by_stem<T: Named>(old: &[T], new: &[T], partner: &mut [Option<usize>], left: &mut [bool]) {
    let mut stems: HashMap<(T::Scope, &str), Candidates> = HashMap::new();
    for (i, item) in old.iter().enumerate().filter(|(i, _)| left[*i]) {
        stems.entry((item.scope(), stem(item.name()))).or_default().old.push(i);
    }
    for (i, item) in new.iter().enumerate().filter(|(i, _)| partner[*i].is_none()) {
        stems.entry((item.scope(), stem(item.name()))).or_default().new.push(i);
    }
    for Candidates { old, new } in stems.into_values() {
        if let ([old], [new]) = (&old[..], &new[..]) {
            partner[*new] = Some(*old);
            left[*old] = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Named for (u8, &str) {
        type Scope = u8;

        fn scope(&self) -> u8 {
            self.0
        }

        fn name(&self) -> &str {
            self.1
        }
    }

    #[test]
    fn objects_are_paired_by_name_then_by_stem() {
        let old = [(0, "a"), (0, "b-g4hk2m5t7b"), (0, "c"), (1, "a"), (0, "t"), (0, "t")];
        let new = [(0, "b-9ff74c8tk2"), (0, "a"), (0, "n"), (0, "t"), (0, "t")];
        let found: Vec<_> = pairs(&old, &new, true).into_iter().map(|p| (p.old(), p.new())).collect();
        let wanted = [
            (Some(1), Some(0)),
            (Some(0), Some(1)),
            (None, Some(2)),
            (Some(4), Some(3)),
            (Some(5), Some(4)),
            (Some(2), None),
            (Some(3), None),
        ];
        assert_eq!(found, wanted);
    }

    #[test]
    fn several_of_a_stem_are_not_guessed() {
        let old = [(0, "b-g4hk2m5t7b"), (0, "b-g4hk2m5t7c")];
        let new = [(0, "b-9ff74c8tk2")];
        assert!(pairs(&old, &new, true).iter().all(|p| p.old().is_none() || p.new().is_none()));
    }
}

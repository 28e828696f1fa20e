//! The objects of two renderings → which of one is which of the other.
//!
//! Takes names, gives pairs: by equal name first, then configs by the name without the hash that a kustomize
//! generator appends.

use crate::explain::name::stem;
use foldhash::{HashMap, HashMapExt as _};
use std::hash::Hash;

/// An object of one rendering and its partner in the other, as indices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pair {
    Both { old: usize, new: usize },
    Gone(usize),
    New(usize),
}

impl Pair {
    pub(crate) fn in_old(self) -> Option<usize> {
        match self {
            Self::Both { old, .. } | Self::Gone(old) => Some(old),
            Self::New(_) => None,
        }
    }

    pub(crate) fn in_new(self) -> Option<usize> {
        match self {
            Self::Both { new, .. } | Self::New(new) => Some(new),
            Self::Gone(_) => None,
        }
    }
}

/// Pairs the objects of two renderings, each given as its scope (kind, namespace) and its name: those of the new one in
/// their order, then what is gone. Only configs are `generated`: another name of a workload is another workload.
pub(crate) fn pairs<'n, S: Eq + Hash>(old: &[(S, &'n str)], new: &[(S, &'n str)], generated: bool) -> Vec<Pair> {
    let mut partner: Vec<Option<usize>> = vec![None; new.len()];
    let mut left: Vec<bool> = vec![true; old.len()];
    // Mostly both begin with the same ones, or are the same.
    let same = old.iter().zip(new).take_while(|(old, new)| old == new).count();
    for i in 0..same {
        (partner[i], left[i]) = (Some(i), false);
    }
    // Twins of one name are paired in their order: of each the next one is known.
    let mut by_name: HashMap<&(S, &str), Option<usize>> = HashMap::with_capacity(old.len() - same);
    let mut twins = vec![None; old.len()];
    for (i, item) in old.iter().enumerate().skip(same).rev() {
        twins[i] = by_name.insert(item, Some(i)).flatten();
    }
    for (i, item) in new.iter().enumerate().skip(same) {
        let Some(first) = by_name.get_mut(item) else { continue };
        partner[i] = *first;
        if let Some(o) = *first {
            left[o] = false;
            *first = twins[o];
        }
    }
    // What is left, by stem: with several of a side a guess could be wrong.
    let mut stems: HashMap<(&S, &str), [Vec<usize>; 2]> = HashMap::new();
    for (i, (scope, name)) in old.iter().enumerate().filter(|(i, _)| generated && left[*i]) {
        stems.entry((scope, stem(name))).or_default()[0].push(i);
    }
    for (i, (scope, name)) in new.iter().enumerate().filter(|(i, _)| generated && partner[*i].is_none()) {
        stems.entry((scope, stem(name))).or_default()[1].push(i);
    }
    for [old, new] in stems.into_values() {
        if let ([old], [new]) = (&old[..], &new[..]) {
            partner[*new] = Some(*old);
            left[*old] = false;
        }
    }
    let one = |(new, old): (usize, Option<usize>)| old.map_or(Pair::New(new), |old| Pair::Both { old, new });
    let gone = left.into_iter().enumerate().filter(|(_, l)| *l).map(|(i, _)| Pair::Gone(i));
    partner.into_iter().enumerate().map(one).chain(gone).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_paired_by_name_then_by_stem() {
        let old = [(0, "a"), (0, "b-g4hk2m5t7b"), (0, "c"), (1, "a"), (0, "t"), (0, "t")];
        let new = [(0, "b-9ff74c8tk2"), (0, "a"), (0, "n"), (0, "t"), (0, "t")];
        let found: Vec<_> = pairs(&old, &new, true).into_iter().map(|p| (p.in_old(), p.in_new())).collect();
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
    fn twins_are_paired_in_their_order_wherever_the_sides_part() {
        let names = |text: &'static str| text.split(' ').map(|name| (0, name)).collect::<Vec<_>>();
        let found = |old, new| pairs(&names(old), &names(new), false);
        let both =
            |pairs: &[(usize, usize)]| pairs.iter().map(|&(old, new)| Pair::Both { old, new }).collect::<Vec<_>>();
        assert_eq!(found("t a t t", "t a t t"), both(&[(0, 0), (1, 1), (2, 2), (3, 3)]));
        assert_eq!(found("t a t b", "t t a b"), both(&[(0, 0), (2, 1), (1, 2), (3, 3)]));
        assert_eq!(found("t t", "t"), [both(&[(0, 0)]), vec![Pair::Gone(1)]].concat());
        assert_eq!(found("t", "t t"), [both(&[(0, 0)]), vec![Pair::New(1)]].concat());
    }

    #[test]
    fn several_of_a_stem_are_not_guessed() {
        let old = [(0, "b-g4hk2m5t7b"), (0, "b-g4hk2m5t7c")];
        let new = [(0, "b-9ff74c8tk2")];
        assert!(pairs(&old, &new, true).iter().all(|p| p.in_old().is_none() || p.in_new().is_none()));
    }
}

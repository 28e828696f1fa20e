//! What a mapping has twice, or has merged in an order that matters: read in one way by kubectl, and to be told.
//!
//! Takes nodes, gives keys. Looks only where the reader says that there may be such.

use super::tree::{Kind, Ref};
use foldhash::{HashMap, HashMapExt as _, HashSet, HashSetExt as _};
use std::collections::hash_map::Entry;

/// A key that its mapping has had before.
#[derive(Clone, Copy)]
pub(crate) struct Duplicate<'t> {
    pub(crate) key: Ref<'t>,
    /// They are one key only as JSON (`1` and `"1"`): go-yaml keeps both, and which one is sent is a matter of chance.
    pub(crate) by_chance: bool,
}

impl<'t> Ref<'t> {
    /// The merge keys at or below a node of which something depends on where they stand: they override a key before them,
    /// or another merge key stands beside them. kustomize (go-yaml v3) reads those otherwise.
    pub(crate) fn ordered_merges(self) -> Vec<Self> {
        if self.tree.arena.merges { self.maps().flat_map(Self::own_merges).collect() } else { Vec::new() }
    }

    /// The same of a mapping alone.
    pub(crate) fn own_merges(self) -> Vec<Self> {
        let (mut out, mut before) = (Vec::new(), HashSet::new());
        if !self.tree.arena.merges {
            return out;
        }
        for (key, value) in self.entries() {
            if !key.is_merge() {
                before.extend(key.key_text());
                continue;
            }
            let value = value.resolved();
            let brought = std::iter::once(value).chain(value.items());
            let keys: Vec<_> = brought.flat_map(Self::pairs).map(|(key, ..)| key).collect();
            if keys.iter().any(|key| before.contains(key)) {
                out.push(key);
            }
            before.extend(keys);
        }
        out
    }

    /// The mappings at or below a node.
    fn maps(self) -> impl Iterator<Item = Self> {
        (self.index..self.node().skip).map(move |index| Self { index, ..self }).filter(|node| node.kind() == Kind::Map)
    }

    /// The keys at or below a node that their mapping has had before.
    pub(crate) fn duplicates(self) -> Vec<Duplicate<'t>> {
        if !self.tree.arena.twice {
            return Vec::new();
        }
        self.maps().flat_map(Self::own_duplicates).collect()
    }

    /// The same of a mapping alone.
    pub(crate) fn own_duplicates(self) -> Vec<Duplicate<'t>> {
        let mut out = Vec::new();
        if !self.tree.arena.twice {
            return out;
        }
        // Several `<<` in one mapping are a habit of some, and lose nothing.
        let keys = || self.entries().map(|(key, _)| key).filter(|key| !key.is_merge());
        let found = |key: Self, first: Self| Duplicate { key, by_chance: key.scalar_type() != first.scalar_type() };
        // Almost all mappings are small: comparing is cheaper than hashing.
        if keys().take(17).count() <= 16 {
            for (i, key) in keys().enumerate().skip(1) {
                let text = key.key_text();
                out.extend(keys().take(i).find(|k| k.key_text() == text).map(|first| found(key, first)));
            }
        } else {
            let mut seen = HashMap::new();
            out.extend(keys().filter_map(|key| match seen.entry(key.key_text()) {
                Entry::Occupied(first) => Some(found(key, *first.get())),
                Entry::Vacant(place) => {
                    place.insert(key);
                    None
                }
            }));
        }
        out
    }
}

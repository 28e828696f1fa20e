//! What a text holds beside the stamps, as one number: texts of equal prints are equal but for the stamps.
//!
//! Takes the tree of a chunk's one document, gives its print, or none: aliases, a stamp that is not written as ours are, and
//! what is dropped are for `verify` to compare node by node. Proves equality only; unequal prints say nothing.

use super::verify::{Context, is_stamp, is_stamp_only};
use crate::yaml::{Ref, Style, Tree};
use foldhash::quality::FixedState;
use std::hash::{BuildHasher, Hasher};
use std::ops::Range;

/// The print of a tree.
pub(super) fn print(tree: Tree<'_>, context: Context<'_>) -> Option<u64> {
    if tree.has_aliases() || tree.drops() {
        return None;
    }
    let mut find = Find { keys: tree.all_of(context.annotation()), stamps: Vec::new() };
    tree.roots().try_for_each(|root| find.below(root, context))?;
    let mut hash = FixedState::default().build_hasher();
    tree.hash(&find.stamps, &mut hash);
    Some(hash.finish())
}

/// Looks for stamps.
struct Find {
    /// The nodes that have their name.
    keys: Vec<u32>,
    /// The stamps, and what holds nothing else, as ranges of nodes.
    stamps: Vec<Range<u32>>,
}

impl Find {
    fn below(&mut self, node: Ref<'_>, context: Context<'_>) -> Option<()> {
        let first = self.keys.partition_point(|key| *key < node.index());
        if self.keys.get(first).is_none_or(|key| *key > node.last().index()) {
            return Some(());
        }
        for (key, value) in node.entries() {
            let is_stamp = is_stamp(key, context);
            if is_stamp || is_stamp_only(key, value, context) {
                // One that is set is double-quoted.
                (!is_stamp || value.style() == Style::DoubleQuoted).then_some(())?;
                self.stamps.push(key.index()..value.last().index() + 1);
            } else {
                self.below(value, context.below(key.scalar()))?;
            }
        }
        node.items().try_for_each(|item| self.below(item, context.below(None)))
    }
}

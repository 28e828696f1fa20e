//! Reading a tree as Kubernetes reads the YAML: aliases followed, merge keys flattened, the last of equal keys.
//!
//! The raw entries are there too, for edits, which must see what stands in the text.

use super::scalar::{Type, float_key, integer, plain_type, truth};
use super::{ALIASED, ANCHORED, Kind, Node, OWNED, Ref, Style, Tag, Tree};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::ops::Range;

impl<'t> Tree<'t> {
    /// The top nodes of the documents that have one, in order.
    pub(crate) fn roots(self) -> impl Iterator<Item = Ref<'t>> {
        self.arena.roots.iter().map(move |&index| Ref { tree: self, index })
    }

    /// Every node.
    pub(crate) fn nodes(self) -> impl Iterator<Item = Ref<'t>> {
        (0..self.arena.nodes.len() as u32).map(move |index| Ref { tree: self, index })
    }

    /// How many nodes it has: what one pass over it costs.
    pub(crate) fn len(self) -> usize {
        self.arena.nodes.len()
    }

    /// The text that it was read from.
    pub(crate) fn text(self) -> &'t str {
        self.text
    }
}

impl<'t> Ref<'t> {
    pub(super) fn node(self) -> &'t Node {
        &self.tree.arena.nodes[self.index as usize]
    }

    fn at(self, index: u32) -> Self {
        Self { index, ..self }
    }

    /// The node that an alias stands for; itself if it is none.
    pub(crate) fn resolved(self) -> Self {
        let node = self.node();
        if node.kind == Kind::Alias { self.at(node.at) } else { self }
    }

    /// Its tree.
    pub(crate) fn tree(self) -> Tree<'t> {
        self.tree
    }

    /// A number that tells nodes of one tree apart.
    pub(crate) fn index(self) -> u32 {
        self.index
    }

    pub(crate) fn kind(self) -> Kind {
        self.node().kind
    }

    pub(crate) fn style(self) -> Style {
        self.node().style
    }

    pub(crate) fn tag(self) -> Tag {
        self.node().tag
    }

    /// Whether some alias points at it, so that an edit of it would show elsewhere too.
    pub(crate) fn is_aliased(self) -> bool {
        self.node().flags & ALIASED != 0
    }

    /// Whether an anchor is written before it.
    pub(crate) fn is_anchored(self) -> bool {
        self.node().flags & ANCHORED != 0
    }

    /// Whether an alias points at it or at anything below it.
    pub(crate) fn any_aliased(self) -> bool {
        let nodes = &self.tree.arena.nodes[self.index as usize..self.node().skip as usize];
        nodes.iter().any(|n| n.flags & ALIASED != 0)
    }

    /// The nodes that aliases at or below it point at.
    pub(crate) fn alias_targets(self) -> impl Iterator<Item = Self> {
        let nodes = &self.tree.arena.nodes[self.index as usize..self.node().skip as usize];
        nodes.iter().filter(|n| n.kind == Kind::Alias).map(move |n| self.at(n.at))
    }

    /// Its bytes in the chunk, without anchor, tag and block scalar header.
    pub(crate) fn range(self) -> Range<usize> {
        let node = self.node();
        node.start as usize..node.end as usize
    }

    pub(crate) fn start(self) -> usize {
        self.node().start as usize
    }

    pub(crate) fn end(self) -> usize {
        self.node().end as usize
    }

    /// The decoded text of a scalar, whatever its type; `None` for a collection.
    pub(crate) fn scalar(self) -> Option<&'t str> {
        let node = self.resolved().node();
        (node.kind == Kind::Scalar).then(|| {
            let source = if node.flags & OWNED != 0 { &self.tree.arena.owned } else { self.tree.text };
            &source[node.at as usize..(node.at + node.len) as usize]
        })
    }

    /// The text of a scalar that is not null.
    pub(crate) fn text(self) -> Option<&'t str> {
        self.scalar().filter(|_| self.scalar_type() != Some(Type::Null))
    }

    /// The type of a scalar; `None` for a collection.
    pub(crate) fn scalar_type(self) -> Option<Type> {
        let resolved = self.resolved();
        let text = resolved.scalar()?;
        let node = resolved.node();
        Some(match node.tag {
            Tag::Null => Type::Null,
            Tag::Bool => Type::Bool,
            Tag::Int => Type::Int,
            Tag::Float => Type::Float,
            Tag::Binary => Type::Binary,
            Tag::Str | Tag::Other => Type::Str,
            Tag::None if node.style == Style::Plain => plain_type(text),
            Tag::None => Type::Str,
        })
    }

    /// A boolean as kubectl reads it; `None` for anything else.
    pub(crate) fn boolean(self) -> Option<bool> {
        (self.scalar_type()? == Type::Bool).then(|| self.scalar().is_some_and(truth))
    }

    pub(crate) fn is_null(self) -> bool {
        self.scalar_type() == Some(Type::Null)
    }

    /// The pairs of a mapping as they stand there: duplicates and merge keys included, aliases not followed.
    pub(crate) fn entries(self) -> Entries<'t> {
        let node = self.node();
        let end = if node.kind == Kind::Map { node.skip } else { self.index + 1 };
        Entries { next: self.at(self.index + 1), end }
    }

    /// The items of a sequence, aliases not followed; empty for anything else.
    pub(crate) fn items(self) -> Items<'t> {
        let resolved = self.resolved();
        let node = resolved.node();
        let end = if node.kind == Kind::Seq { node.skip } else { resolved.index + 1 };
        Items { next: resolved.at(resolved.index + 1), end }
    }

    /// The value of a key, found as Kubernetes finds it: the last duplicate, then what a merge key brings.
    /// An alias as the value is followed.
    pub(crate) fn get(self, key: &str) -> Option<Self> {
        self.get_raw(key).map(Self::resolved)
    }

    /// The same for a path of keys.
    pub(crate) fn path<'k>(self, keys: impl IntoIterator<Item = &'k str>) -> Option<Self> {
        keys.into_iter().try_fold(self, |node, key| node.get(key))
    }

    fn get_raw(self, key: &str) -> Option<Self> {
        self.own(key).or_else(|| {
            let mut seen = Vec::new();
            self.merged(key, &mut seen)
        })
    }

    /// The value that the mapping itself has for a key, without merge keys.
    fn own(self, key: &str) -> Option<Self> {
        let mut found = None;
        for (k, v) in self.resolved().entries() {
            if k.scalar() == Some(key) && (key != "<<" || k.scalar_type() != Some(Type::Merge)) {
                found = Some(v);
            }
        }
        found
    }

    /// The value that merge keys bring for a key. Each mapping is looked at once, whatever the aliases say.
    fn merged(self, key: &str, seen: &mut Vec<u32>) -> Option<Self> {
        for source in self.merge_sources() {
            if seen.contains(&source.index) {
                continue;
            }
            seen.push(source.index);
            if let Some(found) = source.own(key).or_else(|| source.merged(key, seen)) {
                return Some(found);
            }
        }
        None
    }

    /// The mappings that merge keys name, the strongest first.
    fn merge_sources(self) -> impl Iterator<Item = Self> {
        self.resolved().entries().filter(|(k, _)| k.scalar_type() == Some(Type::Merge)).flat_map(|(_, v)| {
            let v = v.resolved();
            let one = (v.kind() == Kind::Map).then_some(v);
            one.into_iter().chain(v.items().map(Self::resolved).filter(|n| n.kind() == Kind::Map))
        })
    }

    /// The pairs of a mapping as Kubernetes sees them: key text, key node, value followed; duplicates resolved (the last
    /// one wins, at the place of the last one), merge keys flattened after the own pairs. Empty for anything else.
    pub(crate) fn pairs(self) -> Vec<(Cow<'t, str>, Self, Self)> {
        let mut pairs = Pairs::default();
        let map = self.resolved();
        if pairs.add(map) {
            pairs.merge(map, &mut vec![map.index]);
        }
        pairs.out
    }

    /// The keys at or below a node that their mapping has had before; Kubernetes takes the last one.
    pub(crate) fn duplicates(self) -> Vec<Self> {
        let mut out = Vec::new();
        for index in self.index..self.node().skip {
            let map = self.at(index);
            if map.kind() != Kind::Map {
                continue;
            }
            // Almost all mappings are small: comparing is cheaper than hashing.
            if map.entries().take(17).count() <= 16 {
                for (i, (key, _)) in map.entries().enumerate().skip(1) {
                    let text = key.key_text();
                    if map.entries().take(i).any(|(k, _)| k.key_text() == text) {
                        out.push(key);
                    }
                }
            } else {
                let mut seen = HashSet::new();
                out.extend(map.entries().map(|(k, _)| k).filter(|k| !seen.insert(k.key_text())));
            }
        }
        // Several `<<` in one mapping are a habit of some, and lose nothing.
        out.retain(|k| k.scalar_type() != Some(Type::Merge));
        out
    }

    /// A key as kubectl turns it into a JSON key (sigs.k8s.io/yaml `convertToJSONableObject`).
    pub(crate) fn key_text(self) -> Option<Cow<'t, str>> {
        let text = self.scalar()?;
        Some(match self.scalar_type()? {
            Type::Bool => Cow::Borrowed(if truth(text) { "true" } else { "false" }),
            Type::Null => Cow::Borrowed("null"),
            Type::Int => integer(text).map_or(Cow::Borrowed(text), |n| Cow::Owned(n.to_string())),
            Type::Float => float_key(text).map_or(Cow::Borrowed(text), Cow::Owned),
            _ => Cow::Borrowed(text),
        })
    }
}

/// The pairs of a mapping as they are put together.
#[derive(Default)]
struct Pairs<'t> {
    out: Vec<(Cow<'t, str>, Ref<'t>, Ref<'t>)>,
    /// Key → place in `out`; kept for large mappings only, small ones are searched.
    index: HashMap<Cow<'t, str>, usize>,
}

impl<'t> Pairs<'t> {
    const SMALL: usize = 16;

    fn find(&self, key: &str) -> Option<usize> {
        if self.out.len() <= Self::SMALL {
            return self.out.iter().position(|(k, _, _)| k == key);
        }
        self.index.get(key).copied()
    }

    fn push(&mut self, key: Cow<'t, str>, node: Ref<'t>, value: Ref<'t>) {
        self.out.push((key, node, value.resolved()));
        let from = match self.out.len() {
            n if n <= Self::SMALL => return,
            n if n == Self::SMALL + 1 => 0,
            n => n - 1,
        };
        for (i, (key, _, _)) in self.out.iter().enumerate().skip(from) {
            self.index.insert(key.clone(), i);
        }
    }

    /// Adds a mapping's own pairs; says whether it has merge keys.
    fn add(&mut self, map: Ref<'t>) -> bool {
        let floor = self.out.len();
        let mut merges = false;
        for (key, value) in map.entries() {
            if key.scalar_type() == Some(Type::Merge) {
                merges = true;
                continue;
            }
            let Some(text) = key.key_text() else { continue };
            match self.find(&text) {
                // Of this mapping's own: the later one wins.
                Some(i) if i >= floor => self.out[i] = (text, key, value.resolved()),
                // Of a stronger mapping: this one is hidden.
                Some(_) => {}
                None => self.push(text, key, value),
            }
        }
        merges
    }

    /// Adds what merge keys bring; each mapping once, whatever the aliases say.
    fn merge(&mut self, map: Ref<'t>, seen: &mut Vec<u32>) {
        for source in map.merge_sources() {
            if !seen.contains(&source.index) {
                seen.push(source.index);
                if self.add(source) {
                    self.merge(source, seen);
                }
            }
        }
    }
}
/// Iterator of [`Ref::entries`].
pub(crate) struct Entries<'t> {
    next: Ref<'t>,
    end: u32,
}

impl<'t> Iterator for Entries<'t> {
    type Item = (Ref<'t>, Ref<'t>);

    fn next(&mut self) -> Option<Self::Item> {
        (self.next.index < self.end).then(|| {
            let key = self.next;
            let value = key.at(key.node().skip);
            self.next = value.at(value.node().skip);
            (key, value)
        })
    }
}

/// Iterator of [`Ref::items`].
pub(crate) struct Items<'t> {
    next: Ref<'t>,
    end: u32,
}

impl<'t> Iterator for Items<'t> {
    type Item = Ref<'t>;

    fn next(&mut self) -> Option<Ref<'t>> {
        (self.next.index < self.end).then(|| {
            let item = self.next;
            self.next = item.at(item.node().skip);
            item
        })
    }
}

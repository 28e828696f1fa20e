//! Reading a tree as Kubernetes reads the YAML: aliases followed, merge keys flattened, the last of equal keys.
//!
//! The raw entries are there too, for edits, which must see what stands in the text.

use super::marks::Marks;
use super::scalar::{Number, Type, begins_text, is_decimal, number, number_key, plain_type, truth};
use super::tree::{ALIASED, ANCHORED, Doubt, Form, Kind, Node, Ref, Style, Tag, Tree};
use crate::text::hidden::Text;
use foldhash::{HashSet, HashSetExt as _};
use std::borrow::Cow;
use std::ops::Range;

impl<'t> Tree<'t> {
    /// The top nodes of the documents that have one, in order.
    pub(crate) fn roots(&'t self) -> impl Iterator<Item = Ref<'t>> {
        self.arena.roots.iter().map(move |&index| Ref { tree: self, index, away: false })
    }

    /// Whether an alias occurs in it, so that text may stand elsewhere than where it is read.
    pub(crate) fn has_aliases(&self) -> bool {
        self.arena.aliases
    }

    /// Whether a mapping may have a key twice.
    pub(crate) fn may_repeat(&self) -> bool {
        self.arena.twice
    }

    /// The same tree with something of it hidden.
    pub(crate) fn with_marks(self, marks: &'t Marks) -> Self {
        Self { marks: Some(marks), ..self }
    }

    /// Every node.
    pub(crate) fn nodes(&'t self) -> impl Iterator<Item = Ref<'t>> {
        (0..self.nodes.len() as u32).map(move |index| Ref { tree: self, index, away: false })
    }

    /// What it was read as.
    pub(crate) fn form(&self) -> Form {
        self.arena.form
    }

    /// How many nodes it has: what one pass over it costs.
    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether so many collections are open somewhere.
    pub(crate) fn is_deep(self, most: usize) -> bool {
        let nodes = &self.arena.nodes;
        let mut ends: Vec<u32> = Vec::new();
        // Each takes a node.
        nodes.len() >= most
            && (0..).zip(nodes).any(|(index, node)| {
                while ends.pop_if(|end| *end <= index).is_some() {}
                ends.extend(matches!(node.kind, Kind::Map | Kind::Seq).then_some(node.skip));
                ends.len() >= most
            })
    }

    /// What its aliases would make longer, in units of a budget.
    pub(crate) fn spent(&self) -> u64 {
        self.arena.spent
    }

    /// Where something of it should not be relied on.
    pub(crate) fn doubts(&self) -> impl Iterator<Item = (usize, Doubt)> {
        self.arena.doubts.iter().copied()
    }

    /// Whether something behind it is read by nobody.
    pub(crate) fn drops(&self) -> bool {
        self.doubts().any(|(_, doubt)| matches!(doubt, Doubt::Dropped { .. }))
    }

    /// The text that it was read from.
    pub(crate) fn text(&self) -> &'t str {
        self.text
    }
}

impl Node {
    /// The decoded text of a scalar.
    fn text<'t>(&self, tree: &Tree<'t>) -> &'t str {
        &self.source(tree)[self.at as usize..(self.at + self.len) as usize]
    }

    /// Its bytes, which need no look at where characters begin.
    #[inline]
    pub(super) fn bytes<'t>(&self, tree: &Tree<'t>) -> &'t [u8] {
        &self.source(tree).as_bytes()[self.at as usize..][..self.len as usize]
    }

    /// What its text is a part of.
    #[inline]
    fn source<'t>(&self, tree: &Tree<'t>) -> &'t str {
        if self.is_owned() { &tree.arena.owned } else { tree.text }
    }

    /// Whether it is a string by what is seen at once.
    #[inline]
    fn is_text(&self, tree: &Tree<'_>) -> bool {
        let quoted = || self.style != Style::Plain || begins_text(self.bytes(tree));
        self.kind == Kind::Scalar && self.tag == Tag::None && quoted()
    }

    /// The type of a scalar by its tag and its text.
    fn scalar_type(&self, tree: &Tree<'_>) -> Type {
        let text = self.text(tree);
        match self.tag {
            Tag::Null => Type::Null,
            Tag::Bool => Type::Bool,
            Tag::Int => Type::Int,
            Tag::Float => Type::Float,
            Tag::Bare | Tag::Merge if text == "<<" => Type::Merge,
            Tag::Str | Tag::Binary | Tag::Merge | Tag::Timestamp | Tag::Bare | Tag::Other => Type::Str,
            Tag::None if self.style != Style::Plain => Type::Str,
            Tag::None => plain_type(text),
        }
    }

    /// Whether it is a scalar of that text. The length tells nearly all others apart.
    #[inline(always)]
    fn is(&self, text: &str, tree: &Tree<'_>) -> bool {
        self.len as usize == text.len() && self.kind == Kind::Scalar && self.bytes(tree) == text.as_bytes()
    }
}

impl<'t> Ref<'t> {
    pub(super) fn node(self) -> &'t Node {
        &self.tree.nodes[self.index as usize]
    }

    fn at(self, index: u32) -> Self {
        Self { index, ..self }
    }

    /// The node that an alias stands for; itself if it is none.
    pub(crate) fn resolved(self) -> Self {
        let node = self.node();
        if node.kind == Kind::Alias { Self { index: node.at, away: true, ..self } } else { self }
    }

    /// Whether its text may not be shown: a value of a Secret, or text of a Secret that is read from elsewhere.
    pub(crate) fn is_hidden(self) -> bool {
        self.tree.marks.is_some_and(|marks| marks.hide(self.index, self.away))
    }

    /// Its tree.
    pub(crate) fn tree(self) -> &'t Tree<'t> {
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
        let nodes = &self.tree.nodes[self.index as usize..self.node().skip as usize];
        nodes.iter().any(|n| n.flags & ALIASED != 0)
    }

    /// The nodes that aliases at or below it point at.
    pub(crate) fn alias_targets(self) -> impl Iterator<Item = Self> {
        let nodes = &self.tree.nodes[self.index as usize..self.node().skip as usize];
        nodes.iter().filter(|n| n.kind == Kind::Alias).map(move |n| Self { index: n.at, away: true, ..self })
    }

    /// The last node at or below it.
    pub(crate) fn last(self) -> Self {
        self.at(self.node().skip - 1)
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
        (node.kind == Kind::Scalar).then(|| node.text(self.tree))
    }

    /// Whether it is a scalar of that text.
    #[inline]
    pub(crate) fn is(self, text: &str) -> bool {
        self.resolved().node().is(text, self.tree)
    }

    /// The text of a scalar that is not null.
    #[inline]
    pub(crate) fn text(self) -> Option<&'t str> {
        let node = self.resolved().node();
        let is_text = || node.kind == Kind::Scalar && node.scalar_type(self.tree) != Type::Null;
        (node.is_text(self.tree) || is_text()).then(|| node.text(self.tree))
    }

    /// The type of a scalar; `None` for a collection.
    #[inline]
    pub(crate) fn scalar_type(self) -> Option<Type> {
        let node = self.resolved().node();
        if node.is_text(self.tree) {
            return Some(Type::Str);
        }
        (node.kind == Kind::Scalar).then(|| node.scalar_type(self.tree))
    }

    /// Whether it is a merge key. Of others that is told by their lengths, without a look at their types.
    pub(super) fn is_merge(self) -> bool {
        self.resolved().node().is("<<", self.tree) && self.scalar_type() == Some(Type::Merge)
    }

    /// A boolean as kubectl reads it; `None` for anything else.
    pub(crate) fn boolean(self) -> Option<bool> {
        (self.scalar_type()? == Type::Bool).then(|| self.scalar().is_some_and(truth))
    }

    pub(crate) fn is_null(self) -> bool {
        self.scalar_type() == Some(Type::Null)
    }

    /// The pairs of a mapping as they stand there: duplicates and merge keys included, aliases not followed.
    pub(crate) fn entries(self) -> impl Iterator<Item = (Self, Self)> {
        let mut nodes = self.children(Kind::Map);
        std::iter::from_fn(move || Some((nodes.next()?, nodes.next()?)))
    }

    /// The items of a sequence, aliases not followed; empty for anything else.
    pub(crate) fn items(self) -> impl Iterator<Item = Self> {
        self.resolved().children(Kind::Seq)
    }

    /// The nodes right below one of some kind; none below others.
    fn children(self, kind: Kind) -> impl Iterator<Item = Self> {
        let node = self.node();
        let end = if node.kind == kind { node.skip } else { 0 };
        let mut next = self.index + 1;
        std::iter::from_fn(move || {
            let child = self.at(next);
            (next < end).then(|| {
                next = child.node().skip;
                child
            })
        })
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

    /// The values of some keys, each found as [`Ref::get`] finds it, in one pass.
    #[inline]
    pub(crate) fn fields<const N: usize>(self, keys: [&str; N]) -> [Option<Self>; N] {
        let mut found = [None; N];
        self.pick(|key| keys.iter().position(|k| k.as_bytes() == key), &mut found);
        found
    }

    /// The same for as many keys as there is room for; `place` says which of them a key is.
    #[inline]
    pub(crate) fn pick(self, place: impl Fn(&[u8]) -> Option<usize>, found: &mut [Option<Self>]) {
        let map = self.resolved();
        let place = |key: Self| {
            let key = key.resolved().node();
            if key.kind == Kind::Scalar { place(key.bytes(self.tree)) } else { None }
        };
        if self.tree.arena.merges {
            for (key, value) in map.by_strength() {
                if let Some(place) = place(key) {
                    found[place].get_or_insert(value.resolved());
                }
            }
        } else {
            for (key, value) in map.entries() {
                if let Some(place) = place(key) {
                    found[place] = Some(value.resolved());
                }
            }
        }
    }

    fn get_raw(self, key: &str) -> Option<Self> {
        if self.tree.arena.merges {
            return self.by_strength().find(|(k, _)| k.scalar() == Some(key)).map(|(_, value)| value);
        }
        let nodes = &self.tree.nodes;
        let map = self.resolved();
        let end = if map.kind() == Kind::Map { map.node().skip } else { 0 };
        let (mut next, mut found) = (map.index + 1, None);
        while next < end {
            let value = nodes[next as usize].skip;
            if map.at(next).is(key) {
                found = Some(map.at(value));
            }
            next = nodes[value as usize].skip;
        }
        found
    }

    /// The pairs of a mapping, the strongest first. kubectl (go-yaml v2) sets one after the other, and what a merge key
    /// brings at its own place; so the last of equal keys counts, wherever it comes from. Each mapping is looked at once:
    /// what it brought again would be overridden.
    fn by_strength(self) -> impl Iterator<Item = (Self, Self)> {
        let mut seen = HashSet::new();
        let mut todo: Vec<Step<'t>> = vec![Step::Map(self.resolved())];
        std::iter::from_fn(move || {
            loop {
                match todo.pop()? {
                    Step::Pair(key, value) if !key.is_merge() => return Some((key, value)),
                    Step::Pair(_, value) => {
                        let value = value.resolved();
                        // Of a list of mappings the first one is the strongest.
                        let maps: Vec<Self> = std::iter::once(value).chain(value.items().map(Self::resolved)).collect();
                        todo.extend(maps.into_iter().rev().filter(|n| n.kind() == Kind::Map).map(Step::Map));
                    }
                    Step::Map(map) if seen.insert(map.index) => {
                        todo.extend(map.entries().map(|(key, value)| Step::Pair(key, value)));
                    }
                    Step::Map(_) => {}
                }
            }
        })
    }

    /// The pairs of a mapping as Kubernetes sees them: key text, key node, value followed; each key once, with its last
    /// value, where that one stands. Empty for anything else.
    pub(crate) fn pairs(self) -> Vec<(Cow<'t, str>, Self, Self)> {
        let mut out = Vec::new();
        self.each_pair(|key, node, value| out.push((key, node, value)));
        out
    }

    /// The same, one after the other.
    #[inline]
    pub(crate) fn each_pair(self, mut take: impl FnMut(Cow<'t, str>, Self, Self)) {
        if self.tree.arena.merges || self.tree.arena.twice {
            return self.strongest().into_iter().for_each(|(key, node, value)| take(key, node, value));
        }
        for (key, value) in self.resolved().entries() {
            if let Some(text) = key.key_text() {
                take(text, key, value.resolved());
            }
        }
    }

    /// Of equal keys of a mapping and of what it merges, the last.
    fn strongest(self) -> Vec<(Cow<'t, str>, Self, Self)> {
        let mut out: Vec<(Cow<'t, str>, Self, Self)> = Vec::new();
        let mut seen = HashSet::new();
        let small = self.resolved().entries().take(17).count() <= 16 && !self.tree.arena.merges;
        for (key, value) in self.by_strength() {
            let Some(text) = key.key_text() else { continue };
            let known = if small { out.iter().any(|(k, ..)| *k == text) } else { !seen.insert(text.clone()) };
            if !known {
                out.push((text, key, value.resolved()));
            }
        }
        out.reverse();
        out
    }

    /// A scalar as the JSON that kubectl makes of it. What JSON cannot hold (`.nan`) is text.
    pub(crate) fn json(self) -> serde_json::Value {
        let text = self.scalar().unwrap_or_default();
        let read = match self.scalar_type() {
            None | Some(Type::Null) => return serde_json::Value::Null,
            Some(Type::Bool) => return truth(text).into(),
            Some(Type::Int | Type::Float) => number(text).and_then(Number::json),
            Some(Type::Str | Type::Merge) => None,
        };
        read.map_or_else(|| text.into(), serde_json::Value::Number)
    }

    /// A key as kubectl turns it into a JSON key (sigs.k8s.io/yaml `convertToJSONableObject`).
    pub(crate) fn key_text(self) -> Option<Cow<'t, str>> {
        let text = self.scalar()?;
        Some(match self.scalar_type()? {
            Type::Bool => Cow::Borrowed(if truth(text) { "true" } else { "false" }),
            Type::Null => Cow::Borrowed("null"),
            Type::Int if is_decimal(text) => Cow::Borrowed(text),
            Type::Int | Type::Float => number(text).map_or(Cow::Borrowed(text), |n| Cow::Owned(number_key(n))),
            _ => Cow::Borrowed(text),
        })
    }
}

impl<'t> Ref<'t> {
    /// The text of a scalar that is not null, marked if it is hidden.
    pub(crate) fn word(self) -> Option<Text> {
        self.text().map(|text| Text::new(text, self.is_hidden()))
    }

    /// Its bytes, counted from the start of the source; `base` is where the chunk begins.
    pub(crate) fn moved(self, base: usize) -> Range<usize> {
        self.start() + base..self.end() + base
    }

    /// Whether two collections stand in equal bytes and are read alike. If not, that says nothing.
    pub(crate) fn is_copy_of(self, other: Self) -> bool {
        let nodes = |node: Self| &node.tree.nodes[node.index as usize..node.node().skip as usize];
        let bytes = |node: Self| &node.tree.text.as_bytes()[node.range()];
        let (a, b) = (self.node(), other.node());
        let alike = |(x, y): (&Node, &Node)| {
            // Offsets count from where the collections begin.
            let from = |offset: u32, node: &Node| offset.wrapping_sub(node.start);
            let place = |x: &Node, whole: &Node| (from(x.start, whole), from(x.end, whole), x.len);
            // Once both are known to be owned, or not.
            let text = || match x.is_owned() {
                _ if x.len == 0 => true,
                true => x.bytes(self.tree) == y.bytes(other.tree),
                false => from(x.at, a) == from(y.at, b),
            };
            place(x, a) == place(y, b)
                && (x.kind, x.style, x.tag, x.flags) == (y.kind, y.style, y.tag, y.flags)
                && x.skip.wrapping_sub(self.index) == y.skip.wrapping_sub(other.index)
                && text()
        };
        let aliases = self.tree.has_aliases() || other.tree.has_aliases();
        nodes(self).len() == nodes(other).len()
            && !aliases
            && bytes(self) == bytes(other)
            && nodes(self).iter().zip(nodes(other)).all(alike)
    }
}

/// What is still to be looked at for the pairs of a mapping.
enum Step<'t> {
    Map(Ref<'t>),
    Pair(Ref<'t>, Ref<'t>),
}

#[cfg(test)]
mod tests {
    use super::super::Arena;
    use super::*;

    fn with<T>(text: &str, f: impl FnOnce(Ref<'_>) -> T) -> T {
        let mut arena = Arena::default();
        let tree = arena.parse_yaml(text).unwrap();
        let root = tree.roots().next().unwrap();
        f(root)
    }

    #[test]
    fn spans_are_byte_offsets_without_properties() {
        with("é: &x !t\n  b: |+ # c\n    foo\n\n  c:\n  d: ~\n", |root| {
            let map = root.get("é").unwrap();
            assert_eq!(map.kind(), Kind::Map);
            assert!(map.is_anchored() && !map.is_aliased());
            assert_eq!(&root.tree().text()[map.range()], "b: |+ # c\n    foo\n\n  c:\n  d: ~");
            assert_eq!(map.get("b").unwrap().scalar(), Some("foo\n\n"));
            assert_eq!(&root.tree().text()[map.get("b").unwrap().range()], "foo\n\n");
            assert!(map.get("c").unwrap().is_null());
            assert!(map.get("c").unwrap().range().is_empty());
            assert_eq!(map.get("d").unwrap().range().len(), 1);
        });
    }

    #[test]
    fn merge_keys_and_duplicates_are_read_as_kubectl_does() {
        let text = "base: &b {a: 1, c: base}\nother: &o {a: 2, d: other}\nx:\n  <<: [*b, *o]\n  c: own\n  c: last\n";
        with(text, |root| {
            let x = root.get("x").unwrap();
            assert_eq!(x.get("a").unwrap().scalar(), Some("1"));
            assert_eq!(x.get("c").unwrap().scalar(), Some("last"));
            assert_eq!(x.get("d").unwrap().scalar(), Some("other"));
            let pairs: Vec<_> = x.pairs().into_iter().map(|(k, _, v)| format!("{k}={}", v.scalar().unwrap())).collect();
            assert_eq!(pairs, ["d=other", "a=1", "c=last"]);
        });
    }

    #[test]
    fn a_bomb_of_merge_keys_is_refused() {
        let mut text = String::from("a0: &a0 {x: 1}\n");
        for i in 1..200 {
            text.push_str(&format!("a{i}: &a{i}\n  <<: [*a{j}, *a{j}]\n", j = i - 1));
        }
        assert!(Arena::default().parse_yaml(&text).err().unwrap().limit);
    }

    #[test]
    fn a_long_chain_of_merge_keys_ends() {
        let mut text = String::from("a0: &a0 {x: 1}\n");
        for i in 1..20 {
            text.push_str(&format!("a{i}: &a{i}\n  <<: *a{}\n", i - 1));
        }
        with(&text, |root| {
            let last = root.get("a19").unwrap();
            assert_eq!(last.get("x").unwrap().scalar(), Some("1"));
            assert!(last.get("x").unwrap().away && !last.away);
            assert_eq!(last.pairs().len(), 1);
        });
    }

    #[test]
    fn keys_are_those_of_the_json_that_kubectl_sends() {
        with("N: 1\nON: 2\n010: 3\n0x10: 4\n1e3: 5\n'N': 6\n1e39: 7\n0b+1: 8\n12345678: 9\n1234567.8: x\n", |root| {
            let keys: Vec<_> = root.pairs().into_iter().map(|(k, _, _)| k.into_owned()).collect();
            assert_eq!(keys, ["false", "true", "8", "16", "1000", "N", ".inf", "1", "12345678", "1.2345678e+06"]);
        });
    }

    #[test]
    fn what_kubernetes_refuses_is_refused() {
        let refused =
            |text: &str| Arena::default().parse_yaml(text).err().map(|e| (e.offset, e.message.into_owned(), e.limit));
        assert_eq!(
            refused("a: {{ .Values.x }}\n"),
            Some((4, "a mapping or sequence is used as a key, which Kubernetes refuses".into(), false))
        );
        assert_eq!(refused("a: *hunter2\n"), Some((3, "an alias without its anchor".into(), false)));
        assert_eq!(refused("a: &a [*a]\n"), Some((7, "an alias inside the node that it names".into(), false)));
        assert!(refused(&"- ".repeat(100_000)).unwrap().2);
        assert!(refused(&"[".repeat(100_000)).unwrap().2);
        assert!(refused(&"a: {".repeat(100_000)).is_some());
    }

    #[test]
    fn what_follows_a_document_is_dropped() {
        let dropped = |text: &str| {
            let mut arena = Arena::default();
            let tree = arena.parse_yaml(text).unwrap();
            (tree.roots().count(), tree.doubts().collect::<Vec<_>>())
        };
        assert_eq!(dropped("a: &x 1\n...\nb: *x\n"), (1, vec![(12, Doubt::Dropped { dots: true })]));
        assert_eq!(dropped("a: 1\r---\rb: 2\r"), (1, vec![(5, Doubt::Dropped { dots: false })]));
        assert_eq!(dropped("{a: 1} b\n"), (1, vec![(7, Doubt::Dropped { dots: false })]));
        assert_eq!(dropped("a: 1\n...\n# b\n"), (1, vec![]));
    }
}

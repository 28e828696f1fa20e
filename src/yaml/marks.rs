//! Which nodes of a document are never shown where they do not stand, and which nowhere.
//!
//! Takes Secrets, gives ranges of nodes: a subtree is one range, since nodes stand in pre-order. Ordinary documents have no
//! aliases and need none of this: see `Tree::has_aliases`.

use super::scalar::Type;
use super::tree::{Kind, Ref};
use std::collections::HashSet;
use std::ops::Range;

/// What of one tree is hidden.
#[derive(Debug, Default)]
pub(crate) struct Marks {
    /// Objects whose text is not shown where an alias brings it.
    secret: Ranges,
    /// Values that are not shown anywhere.
    value: Ranges,
}

impl Marks {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Hides a Secret: the values in its `sections` for good, with what aliases bring into them; all else of it only where
    /// it is read from elsewhere. Keys count as all else.
    pub(crate) fn hide_object(&mut self, object: Ref<'_>, sections: &[&str]) {
        let object = object.resolved();
        self.secret.add(object.subtree());
        for (key, section) in values(object) {
            if !sections.iter().any(|s| key.scalar() == Some(s)) {
                continue;
            }
            let section = section.resolved();
            if section.kind() == Kind::Map {
                values(section).into_iter().for_each(|(_, value)| self.hide_value(value));
            } else {
                // No mapping of values: all of it may be one.
                self.hide_value(section);
            }
        }
    }

    /// Whether a node is hidden; `away` says that an alias was followed on the way to it.
    pub(super) fn hide(&self, index: u32, away: bool) -> bool {
        self.value.contains(index) || away && self.secret.contains(index)
    }

    /// Hides a subtree, and all that aliases in it bring there.
    fn hide_value(&mut self, value: Ref<'_>) {
        let mut todo = vec![value.resolved()];
        while let Some(node) = todo.pop() {
            if self.value.add(node.subtree()) {
                todo.extend(node.alias_targets());
            }
        }
    }
}

/// The keys and values of a mapping as they stand, and of those that merge keys name; each mapping once.
fn values(map: Ref<'_>) -> Vec<(Ref<'_>, Ref<'_>)> {
    let (mut out, mut seen, mut todo) = (Vec::new(), HashSet::new(), vec![map]);
    while let Some(map) = todo.pop() {
        if !seen.insert(map.index()) {
            continue;
        }
        for (key, value) in map.entries() {
            if key.scalar_type() != Some(Type::Merge) {
                out.push((key, value));
                continue;
            }
            let value = value.resolved();
            todo.extend(std::iter::once(value).chain(value.items().map(Ref::resolved)));
        }
    }
    out
}

impl Ref<'_> {
    /// Its index and those of all nodes below it.
    fn subtree(self) -> Range<u32> {
        self.index()..self.node().skip
    }
}

/// Sorted ranges without overlaps.
#[derive(Debug, Default)]
struct Ranges(Vec<Range<u32>>);

impl Ranges {
    fn contains(&self, index: u32) -> bool {
        let next = self.0.partition_point(|r| r.end <= index);
        self.0.get(next).is_some_and(|r| r.start <= index)
    }

    /// Adds a subtree; false if it is there already. Subtrees lie in one another or apart.
    fn add(&mut self, range: Range<u32>) -> bool {
        let from = self.0.partition_point(|r| r.end <= range.start);
        if self.0.get(from).is_some_and(|r| r.start <= range.start && range.end <= r.end) {
            return false;
        }
        let to = self.0.partition_point(|r| r.start < range.end);
        self.0.splice(from..to, [range]);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::super::Arena;
    use super::*;

    /// The keys of `x`, and whether their values are hidden once `secret` is.
    fn hidden(text: &str) -> String {
        let mut arena = Arena::default();
        let tree = arena.parse_yaml(text).unwrap();
        let mut marks = Marks::new();
        let root = tree.roots().next().unwrap();
        marks.hide_object(root.get("secret").unwrap(), &["data", "stringData"]);
        let marked = tree.with_marks(&marks);
        let root = marked.roots().next().unwrap();
        let state = |(key, _, value): (std::borrow::Cow<'_, str>, Ref<'_>, Ref<'_>)| {
            format!("{key}{}", if value.is_hidden() { "-" } else { "+" })
        };
        root.get("x").unwrap().pairs().into_iter().map(state).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn values_of_a_secret_are_hidden_wherever_an_alias_brings_them() {
        let secret =
            "secret: {metadata: {name: &n db}, stringData: {p: &p hunter2, &k user: v}, data: &d {q: &q [1]}}\n";
        assert_eq!(
            hidden(&format!("{secret}x: {{name: *n, p: *p, key: *k, map: *d, q: *q, own: y}}\n")),
            "name- p- key- map- q- own+"
        );
        // Below an alias, and by a merge key.
        assert_eq!(hidden(&format!("{secret}x: {{<<: *d, own: y}}\n")), "q- own+");
        assert_eq!(hidden(&format!("x: &x {{a: 1, b: &b [c]}}\n{secret}")), "a+ b+");
    }

    #[test]
    fn what_aliases_bring_into_a_secret_is_hidden_where_it_stands() {
        let before = "x: {value: &v hunter2, label: &l web, list: &i [&j deep], all: &all {q: 1}, base: &base {data: {r: &r 2}}}\n";
        let text = format!("{before}secret: {{metadata: {{name: *l}}, data: {{p: *v, i: [*i]}}}}\n");
        assert_eq!(hidden(&text), "value- label+ list- all+ base+");
        let text = format!("{before}secret: {{<<: *base, stringData: *all}}\ny: *r\n");
        assert_eq!(hidden(&text), "value+ label+ list+ all+ base+");
        let mut arena = Arena::default();
        let tree = arena.parse_yaml(&text).unwrap();
        let mut marks = Marks::new();
        marks.hide_object(tree.roots().next().unwrap().get("secret").unwrap(), &["data", "stringData"]);
        let marked = tree.with_marks(&marks);
        let root = marked.roots().next().unwrap();
        assert!(root.path(["x", "all", "q"]).unwrap().is_hidden());
        assert!(root.path(["x", "base", "data", "r"]).unwrap().is_hidden());
        assert!(root.get("y").unwrap().is_hidden() && root.get("y").unwrap().away);
    }

    #[test]
    fn a_secret_is_shown_where_it_stands_but_for_its_values() {
        let text = "x: &x {metadata: {name: db}, data: {k: v}, type: Opaque}\nsecret: *x\n";
        assert_eq!(hidden(text), "metadata+ data+ type+");
        let mut arena = Arena::default();
        let tree = arena.parse_yaml(text).unwrap();
        assert!(tree.has_aliases());
        let mut marks = Marks::new();
        let root = tree.roots().next().unwrap();
        marks.hide_object(root.get("secret").unwrap(), &["data"]);
        let marked = tree.with_marks(&marks);
        let root = marked.roots().next().unwrap();
        assert!(root.path(["x", "data", "k"]).unwrap().is_hidden());
        assert!(!root.path(["x", "metadata", "name"]).unwrap().is_hidden());
        assert!(root.path(["secret", "metadata", "name"]).unwrap().is_hidden());
        assert!(!Arena::default().parse_yaml("a: {<<: {b: 1}}\n").unwrap().has_aliases());
        assert!(root.get("x").unwrap().entries().all(|(key, _)| !key.is_hidden()));
    }

    #[test]
    fn a_chain_of_aliases_is_hidden_through() {
        let mut text = String::from("x:\n  a0: &a0 {k: v}\n");
        for i in 1..4 {
            text.push_str(&format!("  a{i}: &a{i} {{<<: [*a{j}, *a{j}], k: [*a{j}, *a{j}]}}\n", j = i - 1));
        }
        text.push_str("secret: {data: *a3}\n");
        // Each mapping is hidden as a value of the next one; the last is the section.
        assert_eq!(hidden(&text).matches('-').count(), 3);
    }
}

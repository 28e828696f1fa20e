//! An entry of a reload list as the regular expression that Reloader makes of it: `^entry$`, without a group
//! (`pkg/common/common.go`), by Go's `regexp`.
//!
//! Takes the entry, gives a [`Regex`] or Go's reason for refusing it; and says which names match. Nothing is handed to
//! Rust's engine: its grammar and its limits are others, so that some entries would mean something else and some nothing.

// The text becomes a tree.
mod parse;

// A node with what Go's limits look at.
mod item;

// Classes of characters by name.
mod class;

use crate::text::budget::Budget;
use regex_syntax::hir::ClassUnicode;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

/// No name in Kubernetes is longer, in characters; what is, matches nothing.
const LONGEST: usize = 253;

/// A compiled entry.
#[derive(Clone, Debug)]
pub(crate) struct Regex(Node);

/// Groups and greediness play no part in whether a name matches.
#[derive(Clone, Debug)]
enum Node {
    Literal(VecDeque<char>),
    Class(Arc<ClassUnicode>),
    Edge(Edge),
    /// Without parts it matches the empty text.
    Concat(VecDeque<Self>),
    Alternate(VecDeque<Self>),
    Repeat(Box<Self>, Bounds),
}

/// How often; without a second number, any number of times.
#[derive(Clone, Copy, Debug)]
struct Bounds(u32, Option<u32>);

/// What matches between two characters.
#[derive(Clone, Copy, Debug)]
enum Edge {
    TextStart,
    TextEnd,
    LineStart,
    LineEnd,
    Word,
    NoWord,
}

impl Regex {
    pub(crate) fn new(entry: &str) -> Result<Self, String> {
        parse::parse(&format!("^{entry}$")).map(Self)
    }

    /// The entry without its anchors; what begins with a repetition keeps the first, which it repeats.
    pub(crate) fn anywhere(entry: &str) -> Result<Self, String> {
        parse::parse(entry).or_else(|_| parse::parse(&format!("^{entry}"))).map(Self)
    }

    /// What every name that it matches begins with.
    pub(crate) fn prefix(&self) -> String {
        match &self.0 {
            Node::Concat(nodes) => match (nodes.front(), nodes.get(1)) {
                (Some(Node::Edge(Edge::TextStart)), Some(Node::Literal(text))) => text.iter().collect(),
                _ => String::new(),
            },
            _ => String::new(),
        }
    }

    /// Whether the expression matches somewhere in the name. A budget that is spent on the way makes it a no.
    pub(crate) fn is_match(&self, name: &str, budget: &Budget) -> bool {
        if !budget.spend(1) || !self.may_match(name) {
            return false;
        }
        let name: Vec<char> = name.chars().take(LONGEST + 1).collect();
        if name.len() > LONGEST {
            return false;
        }
        let anywhere = (0..=name.len()).collect();
        let mut search = Search { name: &name, seen: HashMap::new(), steps: 0, budget };
        let ends = search.ends(&self.0, anywhere);
        budget.spend(search.steps) && !ends.is_empty()
    }

    /// Whether a name begins and ends as it must: in a large set nearly none does.
    fn may_match(&self, name: &str) -> bool {
        let Node::Concat(nodes) = &self.0 else { return true };
        let (Some(Node::Edge(Edge::TextStart)), Some(Node::Edge(Edge::TextEnd))) = (nodes.front(), nodes.back()) else {
            return true;
        };
        let last = nodes.len().checked_sub(2).filter(|last| *last > 0);
        let begins = |text: &VecDeque<char>| name.chars().take(text.len()).eq(text.iter().copied());
        let ends = |text: &VecDeque<char>| name.chars().rev().take(text.len()).eq(text.iter().rev().copied());
        let holds = |node: Option<&Node>, test: &dyn Fn(&VecDeque<char>) -> bool| match node {
            Some(Node::Literal(text)) => test(text),
            _ => true,
        };
        holds(last.and(nodes.get(1)), &begins) && holds(last.and_then(|last| nodes.get(last)), &ends)
    }
}

/// A set of places between the characters of a name.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Places([u64; 4]);

const _: () = assert!(LONGEST < 256);

impl Places {
    fn insert(&mut self, place: usize) {
        self.0[place / 64] |= 1 << (place % 64);
    }

    fn contains(self, place: usize) -> bool {
        self.0[place / 64] >> (place % 64) & 1 == 1
    }

    fn is_empty(self) -> bool {
        self == Self::default()
    }

    fn or(self, other: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] | other.0[i]))
    }

    fn without(self, other: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] & !other.0[i]))
    }

    fn for_each(self, mut each: impl FnMut(usize)) {
        for (i, mut rest) in self.0.into_iter().enumerate() {
            while rest != 0 {
                each(64 * i + rest.trailing_zeros() as usize);
                // Takes the lowest one away.
                rest &= rest - 1;
            }
        }
    }
}

impl FromIterator<usize> for Places {
    fn from_iter<I: IntoIterator<Item = usize>>(places: I) -> Self {
        let mut set = Self::default();
        places.into_iter().for_each(|place| set.insert(place));
        set
    }
}

/// All matches at once: each node takes the set of places where it may begin to the set of those where it may end. So
/// nothing is unrolled, and no pattern takes long.
struct Search<'a> {
    name: &'a [char],
    /// By the address of a node that is repeated without bound, and by where it begins: where it ends. Without it
    /// repetitions in repetitions would double the work with each level.
    seen: HashMap<*const Node, Vec<Option<Places>>>,
    /// What is not yet taken from the budget.
    steps: u64,
    budget: &'a Budget,
}

/// How many steps are taken from the budget at once.
const STEPS: u64 = 1024;

impl Search<'_> {
    fn ends(&mut self, node: &Node, from: Places) -> Places {
        self.steps += 1;
        if self.steps >= STEPS && !self.budget.spend(std::mem::take(&mut self.steps)) {
            return Places::default();
        }
        match node {
            Node::Concat(nodes) => {
                let mut from = from;
                for node in nodes {
                    if from.is_empty() {
                        break;
                    }
                    from = self.ends(node, from);
                }
                from
            }
            Node::Alternate(nodes) => {
                let mut ends = Places::default();
                for node in nodes {
                    ends = ends.or(self.ends(node, from));
                }
                ends
            }
            Node::Repeat(node, bounds) => self.repeat(node, *bounds, from),
            leaf => self.leaf(leaf, from),
        }
    }

    fn leaf(&self, node: &Node, from: Places) -> Places {
        let mut ends = Places::default();
        from.for_each(|place| {
            let (before, rest) = self.name.split_at(place);
            let length = match node {
                Node::Literal(text) => rest.iter().take(text.len()).eq(text).then_some(text.len()),
                Node::Class(class) => rest.first().filter(|&&c| class::contains(class, c)).map(|_| 1),
                Node::Edge(edge) => edge.is_between(before.last(), rest.first()).then_some(0),
                Node::Concat(_) | Node::Alternate(_) | Node::Repeat(..) => None,
            };
            if let Some(length) = length {
                ends.insert(place + length);
            }
        });
        ends
    }

    fn repeat(&mut self, node: &Node, Bounds(min, max): Bounds, mut from: Places) -> Places {
        for _ in 0..min {
            let ends = self.ends(node, from);
            // Once more of the same changes nothing either.
            if ends == from {
                break;
            }
            from = ends;
        }
        if let (Node::Class(class), None) = (node, max) {
            return self.run(class, from);
        }
        let (mut all, mut new) = (from, from);
        let mut left = max.map(|max| max - min);
        while !new.is_empty() && left != Some(0) {
            let ends = if left.is_some() { self.ends(node, new) } else { self.each(node, new) };
            new = ends.without(all);
            all = all.or(new);
            left = left.map(|left| left - 1);
        }
        all
    }

    /// Any number of characters of a class, in one pass: most that is repeated is that.
    fn run(&self, class: &ClassUnicode, from: Places) -> Places {
        let mut ends = from;
        for (place, &c) in self.name.iter().enumerate() {
            if ends.contains(place) && class::contains(class, c) {
                ends.insert(place + 1);
            }
        }
        ends
    }

    /// As `ends`, place by place, each of them once in a search.
    fn each(&mut self, node: &Node, from: Places) -> Places {
        let key = std::ptr::from_ref(node);
        let mut seen = self.seen.remove(&key).unwrap_or_else(|| vec![None; self.name.len() + 1]);
        let mut all = Places::default();
        from.for_each(|place| {
            let ends = seen[place].unwrap_or_else(|| self.ends(node, std::iter::once(place).collect()));
            seen[place] = Some(ends);
            all = all.or(ends);
        });
        self.seen.insert(key, seen);
        all
    }
}

impl Edge {
    fn is_between(self, before: Option<&char>, after: Option<&char>) -> bool {
        let is_word = |c: Option<&char>| c.is_some_and(|c| c.is_ascii_alphanumeric() || *c == '_');
        match self {
            Self::TextStart => before.is_none(),
            Self::TextEnd => after.is_none(),
            Self::LineStart => before.is_none_or(|c| *c == '\n'),
            Self::LineEnd => after.is_none_or(|c| *c == '\n'),
            Self::Word => is_word(before) != is_word(after),
            Self::NoWord => is_word(before) == is_word(after),
        }
    }
}

#[cfg(test)]
mod tests;

//! An entry of a reload list as the regular expression that Reloader makes of it: `^entry$`, without a group
//! (`pkg/common/common.go`), by Go's `regexp`.
//!
//! Takes the entry, gives a [`Regex`] or Go's reason for refusing it; and says which names match. Nothing is handed to
//! Rust's engine: its grammar and its limits are others, so that some entries would mean something else and some nothing.

// The text becomes a program.
mod parse;

// Parts of it, with what Go's limits look at.
mod item;

// Classes of characters by name.
mod class;

use self::parse::Stacks;
use crate::text::budget::Budget;
use foldhash::HashMap;
use regex_syntax::hir::ClassUnicode;
use smol_str::SmolStr;
use std::ops::Range;
use std::sync::Arc;

/// No name in Kubernetes is longer, in characters; what is, matches nothing.
const LONGEST: usize = 253;

/// A compiled entry.
#[derive(Debug)]
pub(crate) struct Regex(Program);

/// An expression, each operation behind what it is made of; the last one is the whole.
#[derive(Debug)]
struct Program {
    ops: Box<[Op]>,
    classes: Box<[Arc<ClassUnicode>]>,
    /// The literals that each match begins with, and ends with, which stand between two anchors.
    prefix: Range<Index>,
    suffix: Range<Index>,
}

/// A place in a program: no text is so long that it has more.
type Index = u32;

fn index(at: usize) -> Index {
    Index::try_from(at).unwrap_or(Index::MAX)
}

/// Groups and greediness play no part in whether a name matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Op {
    Char(char),
    /// Any character, or any that ends no line.
    Any {
        lines: bool,
    },
    /// One of the program's classes.
    Class(Index),
    Edge(Edge),
    /// All from an operation up to here, one behind the other; without any it matches the empty text.
    Concat(Index),
    /// One of those from an operation up to here.
    Alternate(Index),
    /// What is right before it.
    Repeat(Bounds),
    /// Stands where an operation was that is a part of a larger one.
    Nothing,
}

/// How often; without a second number, any number of times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Bounds(u16, Option<u16>);

/// What matches between two characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
        Compiler::default().regex(entry)
    }

    /// The entry without its anchors; what begins with a repetition keeps the first, which it repeats.
    pub(crate) fn anywhere(entry: &str) -> Result<Self, String> {
        let mut stacks = Stacks::default();
        let found = parse::parse(entry, &mut stacks);
        found.or_else(|_| parse::parse(&format!("^{entry}"), &mut stacks)).map(Self)
    }

    /// What every name that it matches begins and ends with.
    pub(crate) fn ends(&self) -> [SmolStr; 2] {
        [&self.0.prefix, &self.0.suffix].map(|range| self.0.chars(range).collect())
    }

    /// Whether the expression matches somewhere in the name. A budget that is spent on the way makes it a no.
    pub(crate) fn is_match(&self, name: &str, budget: &Budget) -> bool {
        let program = &self.0;
        if !budget.spend(1) || !program.may_match(name) {
            return false;
        }
        let name = Name::new(name);
        match name.len() {
            // Most names are short, and what few bits tell takes less time.
            ..64 => Search::<1>::is_match(program, name, budget),
            64..=LONGEST => Search::<4>::is_match(program, name, budget),
            _ => false,
        }
    }
}

/// Makes one after the other, with the memory of the one before.
#[derive(Default)]
pub(crate) struct Compiler {
    text: String,
    stacks: Stacks,
}

impl Compiler {
    pub(crate) fn regex(&mut self, entry: &str) -> Result<Regex, String> {
        self.text.clear();
        self.text.extend(["^", entry, "$"]);
        parse::parse(&self.text, &mut self.stacks).map(Regex)
    }
}

impl Program {
    fn chars(&self, range: &Range<Index>) -> impl DoubleEndedIterator<Item = char> {
        self.ops[range.start as usize..range.end as usize]
            .iter()
            .filter_map(|op| if let Op::Char(c) = op { Some(*c) } else { None })
    }

    fn may_match(&self, name: &str) -> bool {
        let mut rest = name.chars();
        if !self.chars(&self.prefix).all(|c| rest.next() == Some(c)) {
            return false;
        }
        let mut rest = name.chars();
        self.chars(&self.suffix).rev().all(|c| rest.next_back() == Some(c))
    }

    /// Where what an operation is made of begins.
    fn start(&self, mut at: usize) -> usize {
        while matches!(self.ops[at], Op::Repeat(_)) {
            at -= 1;
        }
        match self.ops[at] {
            Op::Concat(first) | Op::Alternate(first) => first as usize,
            _ => at,
        }
    }
}

/// A name by its characters.
struct Name<'n> {
    text: &'n [u8],
    /// Where one is more than a byte.
    chars: Vec<char>,
}

impl<'n> Name<'n> {
    /// No more of it than tells that it is too long.
    fn new(name: &'n str) -> Self {
        let chars = if name.is_ascii() { Vec::new() } else { name.chars().take(LONGEST + 1).collect() };
        Self { text: name.as_bytes(), chars }
    }

    fn len(&self) -> usize {
        if self.chars.is_empty() { self.text.len() } else { self.chars.len() }
    }

    /// The character behind a place.
    fn at(&self, place: usize) -> Option<char> {
        if self.chars.is_empty() { self.text.get(place).map(|&b| b.into()) } else { self.chars.get(place).copied() }
    }

    fn before(&self, place: usize) -> Option<char> {
        self.at(place.checked_sub(1)?)
    }
}

/// A set of places between the characters of a name, in so many words.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Places<const N: usize>([u64; N]);

const _: () = assert!(LONGEST < 256 && size_of::<Op>() == 8);

impl<const N: usize> Places<N> {
    const NONE: Self = Self([0; N]);

    fn insert(&mut self, place: usize) {
        self.0[place / 64] |= 1 << (place % 64);
    }

    fn contains(self, place: usize) -> bool {
        self.0[place / 64] >> (place % 64) & 1 == 1
    }

    fn len(self) -> u64 {
        self.0.iter().map(|word| u64::from(word.count_ones())).sum()
    }

    fn is_empty(self) -> bool {
        self == Self::NONE
    }

    fn or(self, other: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] | other.0[i]))
    }

    fn and(self, other: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] & other.0[i]))
    }

    fn without(self, other: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] & !other.0[i]))
    }

    /// Those one character before.
    fn before(self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] >> 1 | self.0.get(i + 1).map_or(0, |next| next << 63)))
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

impl<const N: usize> FromIterator<usize> for Places<N> {
    fn from_iter<I: IntoIterator<Item = usize>>(places: I) -> Self {
        let mut set = Self::NONE;
        places.into_iter().for_each(|place| set.insert(place));
        set
    }
}

/// All matches at once: each operation takes the set of places where it may end to the set of those where it may begin.
/// So nothing is unrolled, and no pattern takes long.
struct Search<'a, const N: usize> {
    program: &'a Program,
    name: Name<'a>,
    /// Where each character of ASCII stands, where so many are asked for that it pays.
    letters: Option<Box<[Places<N>; 128]>>,
    /// By an operation that is repeated without bound, and by where it ends: where it begins. Without it repetitions in
    /// repetitions would double the work with each level.
    seen: HashMap<usize, Vec<Option<Places<N>>>>,
    /// What is not yet taken from the budget.
    steps: u64,
    budget: &'a Budget,
}

/// A program of so many operations is a long one.
const LONG: usize = 256;

/// So many places are looked at in one more step.
const MANY: u64 = 16;

/// How much is taken from the budget at once.
const STEPS: u64 = 1024;

impl<'a, const N: usize> Search<'a, N> {
    fn is_match(program: &'a Program, name: Name<'a>, budget: &'a Budget) -> bool {
        let anywhere = (0..=name.len()).collect();
        let letters = (name.chars.is_empty() && program.ops.len() >= LONG).then(|| {
            let mut letters = Box::new([Places::NONE; 128]);
            name.text.iter().enumerate().for_each(|(at, &byte)| letters[usize::from(byte)].insert(at));
            letters
        });
        let mut search = Self { program, name, letters, seen: HashMap::default(), steps: 0, budget };
        let starts = search.starts(program.ops.len() - 1, anywhere);
        budget.spend(search.steps) && !starts.is_empty()
    }

    fn starts(&mut self, op: usize, to: Places<N>) -> Places<N> {
        // A long name has many places.
        self.steps += 1 + to.len() / MANY;
        if self.steps >= STEPS && !self.budget.spend(std::mem::take(&mut self.steps)) {
            return Places::NONE;
        }
        match self.program.ops[op] {
            Op::Concat(first) => {
                let (mut to, mut end) = (to, op);
                while end > first as usize && !to.is_empty() {
                    end -= 1;
                    if self.program.ops[end] != Op::Nothing {
                        to = self.starts(end, to);
                        end = self.program.start(end);
                    }
                }
                to
            }
            Op::Alternate(first) => {
                let (mut starts, mut end) = (Places::NONE, op);
                while end > first as usize {
                    end -= 1;
                    if self.program.ops[end] != Op::Nothing {
                        starts = starts.or(self.starts(end, to));
                        end = self.program.start(end);
                    }
                }
                starts
            }
            Op::Repeat(bounds) => self.repeat(op - 1, bounds, to),
            leaf => self.leaf(leaf, to),
        }
    }

    fn leaf(&self, op: Op, to: Places<N>) -> Places<N> {
        let mut starts = Places::NONE;
        match (op, &self.letters) {
            (Op::Char(c), Some(letters)) => {
                return letters.get(c as usize).map_or(starts, |letters| letters.and(to.before()));
            }
            (Op::Edge(edge), _) => to.for_each(|place| {
                if edge.is_between(self.name.before(place), self.name.at(place)) {
                    starts.insert(place);
                }
            }),
            (Op::Char(_) | Op::Any { .. } | Op::Class(_), _) => to.before().for_each(|place| {
                if self.is_at(op, place) {
                    starts.insert(place);
                }
            }),
            _ => {}
        }
        starts
    }

    /// Whether what matches one character matches the one behind a place.
    fn is_at(&self, op: Op, place: usize) -> bool {
        self.name.at(place).is_some_and(|c| match op {
            Op::Char(only) => c == only,
            Op::Any { lines } => lines || c != '\n',
            Op::Class(class) => class::contains(&self.program.classes[class as usize], c),
            _ => false,
        })
    }

    fn repeat(&mut self, op: usize, Bounds(min, max): Bounds, mut to: Places<N>) -> Places<N> {
        for _ in 0..min {
            let starts = self.starts(op, to);
            // Once more of the same changes nothing either.
            if starts == to {
                break;
            }
            to = starts;
        }
        if let (one @ (Op::Char(_) | Op::Any { .. } | Op::Class(_)), None) = (self.program.ops[op], max) {
            return self.run(one, to);
        }
        let (mut all, mut new) = (to, to);
        let mut left = max.map(|max| max - min);
        while !new.is_empty() && left != Some(0) {
            let starts = if left.is_some() { self.starts(op, new) } else { self.each(op, new) };
            new = starts.without(all);
            all = all.or(new);
            left = left.map(|left| left - 1);
        }
        all
    }

    /// Any number of characters of a class, in one pass: most that is repeated is that.
    fn run(&mut self, op: Op, to: Places<N>) -> Places<N> {
        self.steps += self.name.len() as u64 / MANY;
        let mut starts = to;
        for place in (0..self.name.len()).rev() {
            if starts.contains(place + 1) && self.is_at(op, place) {
                starts.insert(place);
            }
        }
        starts
    }

    /// As `starts`, place by place, each of them once in a search.
    fn each(&mut self, op: usize, to: Places<N>) -> Places<N> {
        let mut seen = self.seen.remove(&op).unwrap_or_else(|| vec![None; self.name.len() + 1]);
        let mut all = Places::NONE;
        to.for_each(|place| {
            let starts = seen[place].unwrap_or_else(|| self.starts(op, std::iter::once(place).collect()));
            seen[place] = Some(starts);
            all = all.or(starts);
        });
        self.seen.insert(op, seen);
        all
    }
}

impl Edge {
    fn is_between(self, before: Option<char>, after: Option<char>) -> bool {
        let is_word = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_');
        match self {
            Self::TextStart => before.is_none(),
            Self::TextEnd => after.is_none(),
            Self::LineStart => before.is_none_or(|c| c == '\n'),
            Self::LineEnd => after.is_none_or(|c| c == '\n'),
            Self::Word => is_word(before) != is_word(after),
            Self::NoWord => is_word(before) == is_word(after),
        }
    }
}

#[cfg(test)]
mod tests;

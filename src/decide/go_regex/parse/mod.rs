//! Go's grammar (`regexp/syntax` with the flag `Perl`): a text becomes a program, or Go's reason why not.
//!
//! Takes a text, gives a [`Program`]. Keeps the open groups on a stack of its own, as Go does, so that no text is too deep
//! for it.

// Classes, and what is written behind a backslash.
mod chars;

use super::class;
use super::item::Item;
use super::{Bounds, Edge, Index, Op, Program, index};
use regex_syntax::hir::ClassUnicode;
use std::ops::Range;
use std::sync::Arc;

/// Most repetitions of anything, repetitions in repetitions multiplied.
const MOST: u16 = 1000;
/// Deepest tree.
const DEEPEST: u32 = 1000;
/// Most instructions, of 40 bytes each, and most code points in texts and classes, of 4 bytes each: 128 MiB.
const LARGEST: u64 = (128 << 20) / 40;
const MOST_RUNES: usize = (128 << 20) / 4;

// Go's words for its reasons.
const BAD_CAPTURE: &str = "invalid named capture";
const BAD_COUNT: &str = "invalid repeat count";
const BAD_ESCAPE: &str = "invalid escape sequence";
const BAD_PERL: &str = "invalid or unsupported Perl syntax";
const BAD_RANGE: &str = "invalid character class range";
const MISSING_ARGUMENT: &str = "missing argument to repetition operator";
const MISSING_BRACKET: &str = "missing closing ]";
const MISSING_PAREN: &str = "missing closing )";
const NESTED_REPEAT: &str = "invalid nested repetition operator";
const TOO_DEEP: &str = "expression nests too deeply";
const TOO_LARGE: &str = "expression too large";
const TRAILING_BACKSLASH: &str = "trailing backslash at end of expression";
const UNEXPECTED_PAREN: &str = "unexpected )";

type Result<T> = std::result::Result<T, String>;

/// As Go words it, behind its "error parsing regexp: ".
fn fault<T>(reason: &str, at: &str) -> Result<T> {
    Err(format!("{reason}: `{at}`"))
}

/// The flags that matter to whether a text matches; `U` does not.
#[derive(Clone, Copy, Default)]
struct Flags {
    fold: bool,
    lines: bool,
    dot_is_all: bool,
}

/// An open group, or the whole.
#[derive(Clone, Copy)]
struct Group {
    is_capture: bool,
    /// Those that held before it.
    outside: Flags,
    /// Where its operations begin, and those of the branch that is read.
    start: Index,
    branch: Index,
    /// Where its branches begin among all, and the items of the branch that is read.
    branches: usize,
    items: usize,
}

/// What has been read, which the next text may use again.
#[derive(Default)]
pub(super) struct Stacks {
    /// The groups around the one that is read.
    groups: Vec<Group>,
    /// What has been read of them.
    branches: Vec<Item>,
    items: Vec<Item>,
    ops: Vec<Op>,
    classes: Vec<Arc<ClassUnicode>>,
}

impl Stacks {
    fn clear(&mut self) {
        let Self { groups, branches, items, ops, classes } = self;
        groups.clear();
        branches.clear();
        items.clear();
        ops.clear();
        classes.clear();
    }
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
    flags: Flags,
    group: Group,
    stacks: &'t mut Stacks,
    /// Go counts sizes only if there are enough nodes and repetitions.
    nodes: u64,
    repeats: u64,
    runes: usize,
    /// Where the `:]` stands that ends a class which begins before it; past the text if there is none.
    posix_end: usize,
}

pub(super) fn parse(text: &str, stacks: &mut Stacks) -> Result<Program> {
    stacks.clear();
    let flags = Flags::default();
    let group = Group { is_capture: false, outside: flags, start: 0, branch: 0, branches: 0, items: 0 };
    let mut parser = Parser { text, at: 0, flags, group, stacks, nodes: 0, repeats: 1, runes: 0, posix_end: 0 };
    // Where a repetition begins that has just been read.
    let mut repeat = None;
    while let Some(c) = parser.peek() {
        repeat = parser.item(c, repeat)?;
    }
    if !parser.stacks.groups.is_empty() {
        return fault(MISSING_PAREN, text);
    }
    let (prefix, suffix) = parser.ends();
    parser.end_of_group()?;
    let Stacks { ops, classes, .. } = parser.stacks;
    Ok(Program { ops: ops.as_slice().into(), classes: classes.drain(..).collect(), prefix, suffix })
}

impl<'t> Parser<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn since(&self, start: usize) -> &'t str {
        &self.text[start..self.at]
    }

    #[inline]
    fn peek(&self) -> Option<char> {
        // Most are of ASCII.
        match self.text.as_bytes().get(self.at) {
            Some(&byte) if byte.is_ascii() => Some(byte.into()),
            _ => self.rest().chars().next(),
        }
    }

    #[inline]
    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    fn eat(&mut self, word: &str) -> bool {
        let is_there = self.rest().starts_with(word);
        self.at += if is_there { word.len() } else { 0 };
        is_there
    }

    /// Reads what begins with `c`. `before` is where the repetition begins that is right before it; gives where one begins
    /// that has been read.
    fn item(&mut self, c: char, before: Option<usize>) -> Result<Option<usize>> {
        let start = self.at;
        if self.word()? {
            return Ok(None);
        }
        if c == '\\' {
            self.backslash()?;
            return Ok(None);
        }
        self.next();
        let counts = if c == '{' { self.counts() } else { None };
        let bounds = match (c, counts) {
            (_, Some(bounds)) => bounds,
            ('*', _) => Bounds(0, None),
            ('+', _) => Bounds(1, None),
            ('?', _) => Bounds(0, Some(1)),
            _ => {
                self.no_repeat(c, start)?;
                return Ok(None);
            }
        };
        let Bounds(min, max) = bounds;
        let most = min.max(max.unwrap_or_default());
        if most > MOST || max.is_some_and(|max| max < min) {
            return fault(BAD_COUNT, self.since(start));
        }
        // How much it would rather match makes no difference.
        self.eat("?");
        if let Some(before) = before {
            return fault(NESTED_REPEAT, self.since(before));
        }
        let item = if self.stacks.items.len() > self.group.items { self.stacks.items.pop() } else { None };
        let Some(item) = item else { return fault(MISSING_ARGUMENT, self.since(start)) };
        self.repeats = self.repeats.saturating_mul(max.unwrap_or(min).max(1).into());
        let item = item.repeat(bounds, &mut self.stacks.ops);
        let times = item.times;
        self.push(item)?;
        if most >= 2 && times > MOST.into() {
            return fault(BAD_COUNT, self.since(start));
        }
        Ok(Some(start))
    }

    /// Reads letters and digits that nothing repeats, if some begin here: most of most texts.
    fn word(&mut self) -> Result<bool> {
        let rest = self.rest().as_bytes();
        let is_plain = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        let mut len = rest.iter().take_while(is_plain).count();
        len -= usize::from(matches!(rest.get(len), Some(b'*' | b'+' | b'?' | b'{')) && len > 0);
        if len < 2 || self.flags.fold {
            return Ok(false);
        }
        let item = Item::word(&rest[..len], &mut self.stacks.ops);
        self.at += len;
        self.push(item)?;
        Ok(true)
    }

    /// Behind the character `c`, which makes no repetition.
    fn no_repeat(&mut self, c: char, start: usize) -> Result<()> {
        let edge = match (c, self.flags.lines) {
            ('^', false) => Edge::TextStart,
            ('^', true) => Edge::LineStart,
            ('$', false) => Edge::TextEnd,
            ('$', true) => Edge::LineEnd,
            ('(', _) if self.eat("?") => return self.perl_group(start),
            ('(', _) => {
                self.open(true);
                return Ok(());
            }
            (')', _) => return self.close(),
            ('|', _) => return self.end_of_branch(),
            ('[', _) => return self.class(start),
            ('.', _) => {
                let lines = self.flags.dot_is_all;
                // What Go has for it are one range or two.
                return self.push_op(Op::Any { lines }, if lines { 2 } else { 4 });
            }
            _ => return self.literal(c.into()),
        };
        self.push_op(Op::Edge(edge), 0)
    }

    /// What follows a `{` if that makes it a repetition: `2}`, `2,}` or `2,3}`, without leading zeros.
    fn counts(&mut self) -> Option<Bounds> {
        let number = |digits: &str| {
            let is_number = digits == "0" || !digits.is_empty() && !digits.starts_with('0') && !digits.contains(',');
            is_number.then(|| digits.parse().unwrap_or(u16::MAX))
        };
        let rest = self.rest();
        let (inside, rest) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit() && c != ',')?);
        rest.strip_prefix('}')?;
        let bounds = match inside.split_once(',') {
            Some((min, "")) => Bounds(number(min)?, None),
            Some((min, max)) => Bounds(number(min)?, Some(number(max)?)),
            None => Bounds(number(inside)?, Some(number(inside)?)),
        };
        self.at += inside.len() + 1;
        Some(bounds)
    }

    fn push(&mut self, item: Item) -> Result<()> {
        let before = self.stacks.items[self.group.items..].last();
        self.nodes += u64::from(!(item.is_literal() && before.is_some_and(Item::is_literal)));
        let item = self.checked(item)?;
        self.stacks.items.push(item);
        Ok(())
    }

    fn push_op(&mut self, op: Op, runes: u32) -> Result<()> {
        let item = Item::leaf(op, runes, &mut self.stacks.ops);
        self.push(item)
    }

    fn checked(&mut self, item: Item) -> Result<Item> {
        // To Go a group without parts of its own is what is in it, put there once more.
        self.runes += item.runes() as usize;
        let counts = || self.nodes.saturating_mul(self.repeats) >= LARGEST;
        if item.size > LARGEST && counts() || self.runes > MOST_RUNES {
            return fault(TOO_LARGE, self.text);
        }
        if item.height > DEEPEST {
            return fault(TOO_DEEP, self.text);
        }
        Ok(item)
    }

    fn literal(&mut self, code: u32) -> Result<()> {
        match char::from_u32(code) {
            Some(c) if !self.flags.fold || c.is_ascii() && !c.is_ascii_alphabetic() => self.push_op(Op::Char(c), 1),
            _ => self.push_class(class::one(code, self.flags.fold)),
        }
    }

    fn push_class(&mut self, class: impl Into<Arc<ClassUnicode>>) -> Result<()> {
        let class = class.into();
        match class.ranges() {
            [only] if only.start() == only.end() => self.push_op(Op::Char(only.start()), 1),
            ranges => {
                let (runes, class_index) = (index(2 * ranges.len()), index(self.stacks.classes.len()));
                self.stacks.classes.push(class);
                self.push_op(Op::Class(class_index), runes)
            }
        }
    }

    fn open(&mut self, is_capture: bool) {
        let Stacks { groups, branches, items, ops, .. } = &mut *self.stacks;
        groups.push(self.group);
        let (start, branches, items) = (index(ops.len()), branches.len(), items.len());
        self.group = Group { is_capture, outside: self.flags, start, branch: start, branches, items };
    }

    fn close(&mut self) -> Result<()> {
        let item = self.end_of_group()?;
        let Some(outer) = self.stacks.groups.pop() else {
            return fault(UNEXPECTED_PAREN, self.text);
        };
        let inner = std::mem::replace(&mut self.group, outer);
        self.flags = inner.outside;
        self.push(if inner.is_capture { item.capture() } else { item })
    }

    fn end_of_branch(&mut self) -> Result<()> {
        let Stacks { items, ops, .. } = &mut *self.stacks;
        let item = Item::concat(&items[self.group.items..], self.group.branch, ops);
        items.truncate(self.group.items);
        let item = self.checked(item)?;
        self.stacks.branches.push(item);
        self.group.branch = index(self.stacks.ops.len());
        Ok(())
    }

    fn end_of_group(&mut self) -> Result<Item> {
        self.end_of_branch()?;
        let Stacks { branches, ops, .. } = &mut *self.stacks;
        let item = Item::alternate(&branches[self.group.branches..], self.group.start, ops);
        branches.truncate(self.group.branches);
        self.checked(item)
    }

    /// The literals behind the anchor that the whole begins with, and before that which it ends with.
    fn ends(&self) -> (Range<Index>, Range<Index>) {
        let Stacks { branches, items, ops, .. } = &*self.stacks;
        let is_edge = |item: &Item, edge| ops[item.end as usize] == Op::Edge(edge);
        match &items[..] {
            [first, inner @ .., last]
                if branches.is_empty() && is_edge(first, Edge::TextStart) && is_edge(last, Edge::TextEnd) =>
            {
                let is_other = |item: &Item| !item.is_literal();
                let before = inner.iter().position(is_other).unwrap_or(inner.len());
                let behind = inner.iter().rposition(is_other);
                let end = |count: usize| count.checked_sub(1).map_or(first.end, |at| inner[at].end) + 1;
                (first.end + 1..end(before), end(behind.map_or(0, |at| at + 1))..last.end)
            }
            _ => (0..0, 0..0),
        }
    }

    /// Behind `(?`: a named group, or flags and perhaps a group.
    fn perl_group(&mut self, start: usize) -> Result<()> {
        if self.eat("P<") || self.eat("<") {
            let Some((name, _)) = self.rest().split_once('>') else {
                return fault(BAD_CAPTURE, &self.text[start..]);
            };
            self.at += name.len() + 1;
            if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
                return fault(BAD_CAPTURE, self.since(start));
            }
            self.open(true);
            return Ok(());
        }
        let mut flags = self.flags;
        // A `-` must be followed by a flag.
        let (mut on, mut some) = (true, true);
        while let Some(c) = self.next() {
            match c {
                'i' => flags.fold = on,
                'm' => flags.lines = on,
                's' => flags.dot_is_all = on,
                'U' => {}
                '-' if on => {
                    (on, some) = (false, false);
                    continue;
                }
                ':' | ')' if some => {
                    if c == ':' {
                        self.open(false);
                    }
                    self.flags = flags;
                    return Ok(());
                }
                _ => break,
            }
            some = true;
        }
        fault(BAD_PERL, self.since(start))
    }

    fn backslash(&mut self) -> Result<()> {
        let start = self.at;
        let edges = [(r"\A", Edge::TextStart), (r"\z", Edge::TextEnd), (r"\b", Edge::Word), (r"\B", Edge::NoWord)];
        if let Some((_, edge)) = edges.into_iter().find(|(word, _)| self.eat(word)) {
            return self.push_op(Op::Edge(edge), 0);
        }
        if self.eat(r"\Q") {
            let quoted = self.rest().split_once(r"\E").map_or(self.rest(), |(quoted, _)| quoted);
            quoted.chars().try_for_each(|c| self.literal(c.into()))?;
            self.at += quoted.len();
            self.eat(r"\E");
            return Ok(());
        }
        match self.named_class()? {
            Some(named) => self.push_class(named.class(self.flags.fold)),
            None => {
                self.next();
                let code = self.escape(start)?;
                self.literal(code)
            }
        }
    }
}

//! What has been read of an expression and may still be repeated or joined, with what Go's limits look at.
//!
//! Takes parts, gives larger ones; refuses nothing. Go shortens a tree before it looks: of that, what is done here is that
//! literals in a row are one, and that lists in lists of the same sort are one.

use super::{Bounds, Index, Op, index};

/// What Go would call its topmost node.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    Literal,
    Concat,
    Alternate,
    Other,
}

/// A part of a program.
#[derive(Clone, Copy)]
pub(super) struct Item {
    /// Its topmost operation, which is its last one.
    pub(super) end: Index,
    /// Instructions.
    pub(super) size: u64,
    /// The code points that it holds itself.
    runes: u32,
    pub(super) height: u32,
    /// How often the most repeated part of it is repeated.
    pub(super) times: u32,
    sort: Sort,
    /// It is a group that captures: to Go a node around the other.
    is_capture: bool,
}

impl Item {
    fn new(end: Index, sort: Sort) -> Self {
        Self { end, size: 1, runes: 0, height: 1, times: 1, sort, is_capture: false }
    }

    /// One operation, which holds so many code points.
    pub(super) fn leaf(op: Op, runes: u32, ops: &mut Vec<Op>) -> Self {
        let sort = if matches!(op, Op::Char(_)) { Sort::Literal } else { Sort::Other };
        let end = index(ops.len());
        ops.push(op);
        Self { runes, ..Self::new(end, sort) }
    }

    /// Characters in a row.
    pub(super) fn word(text: &[u8], ops: &mut Vec<Op>) -> Self {
        let (start, len) = (index(ops.len()), index(text.len()));
        ops.extend(text.iter().map(|&byte| Op::Char(byte.into())));
        ops.push(Op::Concat(start));
        Self { size: len.into(), runes: len, ..Self::new(start + len, Sort::Literal) }
    }

    /// Several parts as one that begins at an operation. Among them, parts of the same sort are no level of their own.
    fn joined(items: &[Self], start: Index, is_concat: bool, ops: &mut Vec<Op>) -> Self {
        if let [only] = items {
            return *only;
        }
        let same = if is_concat { Sort::Concat } else { Sort::Alternate };
        let mut out = Self::new(index(ops.len()), same);
        (out.size, out.height) = (0, 0);
        // Literals in a row are one node to Go.
        let (mut parts, mut runes, mut was_literal) = (0, 0, false);
        for item in items {
            let is_literal = is_concat && item.is_literal();
            parts += u64::from(!(was_literal && is_literal));
            was_literal = is_literal;
            runes += item.runes;
            out.size += item.size;
            out.times = out.times.max(item.times);
            let is_inside = item.sort == same && !item.is_capture;
            out.height = out.height.max(item.height - u32::from(is_inside));
            // What it holds are parts of the whole.
            match &mut ops[item.end as usize] {
                op @ Op::Concat(_) if is_concat && !item.is_capture => *op = Op::Nothing,
                op @ Op::Alternate(_) if is_inside => *op = Op::Nothing,
                _ => {}
            }
        }
        ops.push(if is_concat { Op::Concat(start) } else { Op::Alternate(start) });
        if is_concat && parts == 1 {
            return Self { sort: Sort::Literal, runes, ..out };
        }
        let branches = if is_concat { 0 } else { items.len() as u64 - 1 };
        Self { size: (out.size + branches).max(1), height: out.height + 1, ..out }
    }

    pub(super) fn concat(items: &[Self], start: Index, ops: &mut Vec<Op>) -> Self {
        Self::joined(items, start, true, ops)
    }

    pub(super) fn alternate(items: &[Self], start: Index, ops: &mut Vec<Op>) -> Self {
        Self::joined(items, start, false, ops)
    }

    /// Literals in a row are one node to Go.
    pub(super) fn is_literal(&self) -> bool {
        self.sort == Sort::Literal && !self.is_capture
    }

    pub(super) fn runes(&self) -> u32 {
        if self.is_capture { 0 } else { self.runes }
    }

    pub(super) fn capture(self) -> Self {
        Self { size: self.size + 2, height: self.height + 1, is_capture: true, ..self }
    }

    pub(super) fn repeat(self, bounds: Bounds, ops: &mut Vec<Op>) -> Self {
        let Bounds(min, max) = bounds;
        let (least, most) = (u64::from(min), u64::from(max.unwrap_or(min)));
        let copies = most * self.size;
        let size = match max {
            Some(_) => copies + most - least,
            None if min == 0 => self.size + 2,
            None => copies + 1,
        };
        let times = if max == Some(0) { 1 } else { self.times * u32::from(max.unwrap_or(min).max(1)) };
        let height = self.height + 1;
        Self { size: size.max(1), height, times, ..Self::leaf(Op::Repeat(bounds), 0, ops) }
    }
}

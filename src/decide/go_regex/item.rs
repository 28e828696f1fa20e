//! A node while its expression is read, with what Go's limits look at.
//!
//! Takes nodes, gives larger ones; refuses nothing. Go shortens a tree before it looks: of that, what is done here is that
//! literals in a row are one, and that lists in lists of the same sort are one.

use super::{Bounds, Node};
use std::collections::VecDeque;

/// Puts one row behind another. The shorter one is moved, so that groups in groups cost no more than their text.
fn append<T>(row: &mut VecDeque<T>, mut more: VecDeque<T>) {
    if row.len() < more.len() {
        std::mem::swap(row, &mut more);
        more.into_iter().rev().for_each(|one| row.push_front(one));
    } else {
        row.append(&mut more);
    }
}

/// A node, with what Go's limits look at.
pub(super) struct Item {
    pub(super) node: Node,
    /// Instructions.
    pub(super) size: u64,
    pub(super) height: u32,
    /// How often the most repeated part of it is repeated.
    pub(super) times: u32,
    /// It is a group that captures: to Go a node around the other.
    is_capture: bool,
}

impl Item {
    pub(super) fn leaf(node: Node) -> Self {
        Self { node, size: 1, height: 1, times: 1, is_capture: false }
    }

    /// Several nodes as one. Among them, nodes of the same sort are no level of their own.
    pub(super) fn joined(mut items: Vec<Self>, is_concat: bool) -> Self {
        if items.len() == 1 {
            return items.remove(0);
        }
        let mut nodes = VecDeque::with_capacity(items.len());
        let mut size = if is_concat { 0 } else { items.len() as u64 - 1 };
        let (mut height, mut times) = (0, 1);
        for item in items {
            size += item.size;
            times = times.max(item.times);
            let (inner, parts) = match item.node {
                Node::Concat(parts) if is_concat && !item.is_capture => (item.height - 1, parts),
                Node::Alternate(parts) if !is_concat && !item.is_capture => (item.height - 1, parts),
                node => (item.height, [node].into()),
            };
            height = height.max(inner);
            append(&mut nodes, parts);
        }
        let node = if is_concat { Node::Concat(nodes) } else { Node::Alternate(nodes) };
        Self { size: size.max(1), height: height + 1, times, ..Self::leaf(node) }
    }

    pub(super) fn concat(items: Vec<Self>) -> Self {
        let mut joined: Vec<Self> = Vec::with_capacity(items.len());
        for mut item in items {
            match joined.last_mut() {
                Some(last) if last.is_literal() && item.is_literal() => {
                    let (Node::Literal(text), Node::Literal(more)) = (&mut last.node, &mut item.node) else { continue };
                    append(text, std::mem::take(more));
                    last.size += item.size;
                }
                _ => joined.push(item),
            }
        }
        Self::joined(joined, true)
    }

    /// Literals in a row are one node to Go.
    pub(super) fn is_literal(&self) -> bool {
        matches!(self.node, Node::Literal(_)) && !self.is_capture
    }

    /// The code points that it holds itself.
    pub(super) fn runes(&self) -> usize {
        match &self.node {
            Node::Literal(text) if !self.is_capture => text.len(),
            Node::Class(class) if !self.is_capture => 2 * class.ranges().len(),
            _ => 0,
        }
    }

    pub(super) fn capture(self) -> Self {
        Self { size: self.size + 2, height: self.height + 1, is_capture: true, ..self }
    }

    pub(super) fn repeat(self, bounds: Bounds) -> Self {
        let Bounds(min, max) = bounds;
        let copies = u64::from(max.unwrap_or(min)) * self.size;
        let size = match max {
            Some(max) => copies + u64::from(max - min),
            None if min == 0 => self.size + 2,
            None => copies + 1,
        };
        let times = if max == Some(0) { 1 } else { self.times * max.unwrap_or(min).max(1) };
        let node = Node::Repeat(Box::new(self.node), bounds);
        Self { size: size.max(1), height: self.height + 1, times, ..Self::leaf(node) }
    }
}

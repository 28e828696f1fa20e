//! What a scanner finds in a text.

use super::tree::Style;
use std::ops::Range;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lexeme {
    DocumentStart,
    DocumentEnd,
    StreamEnd,
    Directive,
    BlockSeqStart,
    BlockMapStart,
    BlockEnd,
    FlowSeqStart,
    FlowSeqEnd,
    FlowMapStart,
    FlowMapEnd,
    BlockEntry,
    FlowEntry,
    Key,
    Value,
    Alias,
    Anchor,
    Tag,
    Scalar(Style),
}

#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) lexeme: Lexeme,
    pub(super) start: usize,
    pub(super) end: usize,
    /// A scalar's text: a range of the source, or of the scanner's own if `owned`.
    pub(super) text: Range<usize>,
    pub(super) owned: bool,
    /// The flow level at which it may begin a simple key.
    pub(super) level: Option<usize>,
}

impl Token {
    pub(super) fn new(lexeme: Lexeme, start: usize, end: usize) -> Self {
        Self { lexeme, start, end, text: 0..0, owned: false, level: None }
    }
}

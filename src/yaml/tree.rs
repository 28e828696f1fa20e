//! The nodes of one text, in one reusable arena, and how they are put together.
//!
//! Takes what a reader finds (`block`, `json`, `general`), gives a [`Tree`] whose offsets count from the start of the
//! text. Nodes stand in pre-order, so that a subtree is a range of them. Aliases are nodes that point at their target and
//! are followed on reading, never copied: a document costs its own size. Scalars keep their text as a slice of the source
//! unless escapes or folding made another one.

use super::block::Open;
use super::keys::Keys;
use super::marks::Marks;
use super::scalar::{Type, plain_type};
use super::scan::Spare;
use crate::text::budget::TIMES;
use std::borrow::Cow;
use std::ops::Range;

/// Deepest nesting that is read.
pub(crate) const MAX_DEPTH: usize = 255;

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Scalar,
    Map,
    Seq,
    /// `*name`; reading goes on at its target.
    Alias,
}

/// How a node is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    Plain,
    SingleQuoted,
    DoubleQuoted,
    /// `|` or `>`.
    BlockScalar,
    Block,
    Flow,
}

/// An explicit tag, as far as it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tag {
    None,
    Str,
    Null,
    Bool,
    Int,
    Float,
    /// Its text is decoded already.
    Binary,
    Merge,
    Timestamp,
    /// `!` alone: a string, but for a merge key.
    Bare,
    /// A tag of somebody's own: a string.
    Other,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    pub(super) start: u32,
    pub(super) end: u32,
    /// Index of the node after this one and all below it; 0 while a collection is open.
    pub(super) skip: u32,
    /// Scalar: where its text begins, in the source or, if `OWNED`, in the arena. Alias: index of its target.
    pub(super) at: u32,
    pub(super) len: u32,
    pub(super) kind: Kind,
    pub(super) style: Style,
    pub(super) tag: Tag,
    pub(super) flags: u8,
}

pub(super) const OWNED: u8 = 1;
/// Some alias points at it.
pub(super) const ALIASED: u8 = 2;
pub(super) const ANCHORED: u8 = 4;

impl Node {
    pub(super) fn new(kind: Kind, style: Style, range: Range<usize>) -> Self {
        let (start, end) = (range.start as u32, range.end as u32);
        Self { start, end, skip: 0, at: 0, len: 0, kind, style, tag: Tag::None, flags: 0 }
    }

    /// Whether its text is the arena's own.
    pub(super) fn is_owned(self) -> bool {
        self.flags & OWNED != 0
    }

    /// With its text: a range of the source or, if `owned`, of the arena's own text.
    pub(super) fn with_text(self, text: Range<usize>, owned: bool) -> Self {
        let flags = if owned { self.flags | OWNED } else { self.flags };
        Self { at: text.start as u32, len: text.len() as u32, flags, ..self }
    }
}

/// What is read although it should not be relied on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Doubt {
    /// A tab before a comment, which kubectl refuses.
    Tab,
    /// A byte order mark inside of a document, behind which kubectl may lose characters.
    ByteOrderMark,
    /// U+0085, U+2028 or U+2029 ends a line, as it does for kubectl.
    LineSeparator,
    /// What follows the document and is read by nobody; `dots`: it ended with `...`.
    Dropped { dots: bool },
}

/// What a text was read as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Form {
    /// Any YAML, or JSON that is nearly too deep.
    #[default]
    Any,
    /// Plain block YAML, line by line.
    Block,
    Json,
}

/// The memory behind a [`Tree`]; kept by a worker and used again for its next chunk.
#[derive(Default)]
pub(crate) struct Arena {
    pub(super) nodes: Vec<Node>,
    pub(super) owned: String,
    pub(super) roots: Vec<u32>,
    pub(super) aliases: bool,
    /// Whether some scalar may be a merge key.
    pub(super) merges: bool,
    /// Anchor id of the parser → node.
    anchors: Vec<u32>,
    /// Open collections, and whether the next node is a key.
    open: Vec<(u32, bool)>,
    /// How many more are open around them.
    pub(super) depth: usize,
    /// Whether a mapping may have a key twice.
    pub(super) twice: bool,
    /// Where the last value that the fast path has read ends.
    last_end: u32,
    /// It is filled by the general parser alone.
    pub(super) general: bool,
    pub(super) form: Form,
    /// What its aliases would make longer.
    pub(super) spent: u64,
    /// Where something should not be relied on.
    pub(super) doubts: Vec<(usize, Doubt)>,
    /// What the general parser's scanner used for the text before.
    pub(super) spare: Spare,
    /// What the fast path used for it: the collections that were open, and their keys.
    pub(super) opened: (Vec<Open>, Keys),
}

/// Why a text is refused; the message never quotes the text, which may be a Secret's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SyntaxError {
    /// Byte offset in the chunk.
    pub(crate) offset: usize,
    pub(crate) message: Cow<'static, str>,
    pub(crate) remedy: Option<&'static str>,
    /// It is too deep, not wrong.
    pub(crate) limit: bool,
}

impl SyntaxError {
    pub(super) fn new(offset: usize, message: impl Into<Cow<'static, str>>) -> Self {
        Self { offset, message: message.into(), remedy: None, limit: false }
    }

    pub(super) fn depth(offset: usize) -> Self {
        Self { limit: true, ..Self::new(offset, format!("nested deeper than {MAX_DEPTH} levels")) }
    }

    fn complex_key(offset: usize) -> Self {
        Self {
            remedy: Some(TEMPLATE),
            ..Self::new(offset, "a mapping or sequence is used as a key, which Kubernetes refuses")
        }
    }

    pub(super) fn aliasing(offset: usize) -> Self {
        Self { limit: true, ..Self::new(offset, "more comes from aliases than kubectl allows") }
    }

    pub(super) fn written_out(offset: usize) -> Self {
        let message = format!("aliases up to here make the document more than {TIMES} times as long as it is");
        Self { limit: true, remedy: Some("write a part once, or split the document"), ..Self::new(offset, message) }
    }

    /// In braces that may be a template's.
    pub(super) fn in_braces(offset: usize, message: &'static str) -> Self {
        Self { remedy: Some(TEMPLATE), ..Self::new(offset, message) }
    }

    pub(super) fn unclosed(offset: usize, bracket: u8) -> Self {
        Self::new(offset, if bracket == b'[' { "unclosed bracket '['" } else { "unclosed bracket '{'" })
    }

    pub(super) fn behind_json(offset: usize) -> Self {
        Self {
            remedy: Some("put a line of `---` between them"),
            ..Self::new(offset, "something else than JSON behind a value of JSON")
        }
    }

    /// What a template is refused for that nobody has rendered is not what is wrong with it.
    pub(crate) fn or_template(self, text: &str) -> Self {
        let start = memchr::memrchr(b'\n', &text.as_bytes()[..self.offset.min(text.len())]).map_or(0, |i| i + 1);
        let line = text[start..].split('\n').next().unwrap_or_default();
        let indent = line.len() - line.trim_start().len();
        if self.limit || !line[indent..].starts_with("{{") {
            return self;
        }
        Self {
            remedy: Some("render it first (`helm template`), or quote what is text"),
            ..Self::new(start + indent, "`{{` begins the line: a template that has not been rendered")
        }
    }

    pub(super) fn null_key(offset: usize) -> Self {
        Self { remedy: Some("quote the key"), ..Self::new(offset, "a null as a key, which Kubernetes refuses") }
    }

    pub(crate) fn control(offset: usize) -> Self {
        Self {
            remedy: Some("take it out, or write it as an escape in double quotes"),
            ..Self::new(offset, "a control character, which YAML forbids")
        }
    }

    pub(super) fn tab(offset: usize) -> Self {
        Self {
            remedy: Some("indent with spaces, and leave blank lines empty"),
            ..Self::new(offset, "a tab where only spaces may stand")
        }
    }

    pub(super) fn directive(offset: usize) -> Self {
        Self {
            remedy: Some("take the line out"),
            ..Self::new(offset, "a directive (`%YAML`, `%TAG`), which neither kubectl nor kustomize reads")
        }
    }

    pub(super) fn key_without_colon(offset: usize) -> Self {
        Self::new(offset, "a key without `:`")
    }

    pub(super) fn value_not_allowed(offset: usize) -> Self {
        Self { remedy: Some("quote the value if it holds `: `"), ..Self::new(offset, "a `:` cannot stand here") }
    }
}

const TEMPLATE: &str = "quote the value if it is text; render the file first if it is a template (`{{ }}`)";

/// The documents of one chunk.
#[derive(Clone, Copy)]
pub(crate) struct Tree<'t> {
    pub(super) text: &'t str,
    pub(super) arena: &'t Arena,
    /// Those of the arena: nothing is asked for more often.
    pub(super) nodes: &'t [Node],
    pub(super) marks: Option<&'t Marks>,
}

/// One node of a tree; cheap to copy.
#[derive(Clone, Copy)]
pub(crate) struct Ref<'t> {
    pub(super) tree: &'t Tree<'t>,
    pub(super) index: u32,
    /// An alias was followed on the way to it.
    pub(super) away: bool,
}

impl Arena {
    /// An arena for all readers, or for the general parser alone.
    pub(crate) fn new(fast_path: bool) -> Self {
        Self { general: !fast_path, ..Self::default() }
    }

    pub(super) fn clear(&mut self) {
        self.nodes.clear();
        self.owned.clear();
        self.roots.clear();
        self.anchors.clear();
        self.open.clear();
        self.aliases = false;
        self.spent = 0;
        self.merges = false;
        self.twice = false;
        self.last_end = 0;
        self.form = Form::Any;
        self.doubts.clear();
    }

    pub(crate) fn tree<'t>(&'t self, text: &'t str) -> Tree<'t> {
        Tree { text, arena: self, nodes: &self.nodes, marks: None }
    }

    /// Bytes that hold nodes; a worker drops an arena that one huge document has blown up.
    pub(crate) fn capacity(&self) -> usize {
        self.nodes.capacity() * size_of::<Node>() + self.owned.capacity()
    }

    /// Whether the next node is the key of a mapping.
    pub(super) fn expects_key(&self) -> bool {
        self.open.last().is_some_and(|&(node, key)| key && self.nodes[node as usize].kind == Kind::Map)
    }

    /// Adds a node; a collection stays open. `anchor` is the parser's number of its anchor, or 0.
    pub(super) fn push(&mut self, node: Node, anchor: usize) -> Result<(), SyntaxError> {
        let complex = node.kind != Kind::Scalar;
        self.push_checked(node, anchor, complex)
    }

    /// The scalar that an anchor names.
    pub(super) fn anchored(&self, anchor: usize) -> Option<Node> {
        let node = self.nodes.get(*self.anchors.get(anchor)? as usize)?;
        (node.kind == Kind::Scalar).then_some(*node)
    }

    /// Adds an alias of an anchor.
    pub(super) fn push_alias(&mut self, range: Range<usize>, anchor: usize) -> Result<(), SyntaxError> {
        let target = self.anchors.get(anchor).copied().unwrap_or(u32::MAX);
        let Some(found) = self.nodes.get_mut(target as usize) else {
            return Err(SyntaxError::new(range.start, "an alias without its anchor"));
        };
        if found.skip == 0 {
            return Err(SyntaxError::new(range.start, "an alias inside the node that it names"));
        }
        found.flags |= ALIASED;
        self.aliases = true;
        let complex = found.kind != Kind::Scalar;
        self.push_checked(Node { at: target, ..Node::new(Kind::Alias, Style::Plain, range) }, 0, complex)
    }

    #[inline]
    fn push_checked(&mut self, mut node: Node, anchor: usize, complex: bool) -> Result<(), SyntaxError> {
        let index = self.nodes.len() as u32;
        match self.open.last_mut() {
            None => self.roots.push(index),
            Some((parent, is_key)) => {
                if self.nodes[*parent as usize].kind == Kind::Map {
                    if *is_key && complex {
                        return Err(SyntaxError::complex_key(node.start as usize));
                    }
                    *is_key = !*is_key;
                }
            }
        }
        if anchor != 0 {
            node.flags |= ANCHORED;
            if self.anchors.len() <= anchor {
                self.anchors.resize(anchor + 1, u32::MAX);
            }
            self.anchors[anchor] = index;
        }
        if matches!(node.kind, Kind::Map | Kind::Seq) {
            if self.open.len() + self.depth >= MAX_DEPTH {
                return Err(SyntaxError::depth(node.start as usize));
            }
            self.open.push((index, true));
        } else {
            node.skip = index + 1;
        }
        self.nodes.push(node);
        Ok(())
    }

    /// Ends the innermost open collection; `end` counts for flow style only.
    pub(super) fn close(&mut self, end: usize) {
        let Some((index, _)) = self.open.pop() else {
            return;
        };
        let next = self.nodes.len() as u32;
        let node = self.nodes[index as usize];
        // The parser ends a block collection at the next token; ours ends with its last child.
        let last = || self.last_child_end(index).unwrap_or(node.start);
        let end = if node.style == Style::Flow { end as u32 } else { last() };
        self.nodes[index as usize] = Node { skip: next, end, ..node };
    }

    fn last_child_end(&self, index: u32) -> Option<u32> {
        // All below it are closed; the one that reaches furthest is the last.
        let last = self.nodes.last()?;
        (self.nodes.len() as u32 > index + 1).then(|| {
            let mut end = last.end;
            // A flow collection ends after its last child.
            let mut i = index + 1;
            while (i as usize) < self.nodes.len() {
                let child = &self.nodes[i as usize];
                end = end.max(child.end);
                i = child.skip.max(i + 1);
            }
            end
        })
    }
}

/// Building for the fast path, which sees to the order of its nodes itself.
impl Arena {
    #[inline(always)]
    fn add(&mut self, node: Node) -> u32 {
        let index = self.nodes.len() as u32;
        if index == 0 {
            self.roots.push(0);
        }
        self.last_end = node.end;
        self.nodes.push(node);
        index
    }

    /// Index of the node after the next one.
    fn after_next(&self) -> u32 {
        self.nodes.len() as u32 + 1
    }

    /// A scalar at `range` whose text stands at `text` in the source.
    #[inline(always)]
    pub(super) fn fast_scalar(&mut self, style: Style, range: Range<usize>, text: Range<usize>) {
        let (at, len) = (text.start as u32, text.len() as u32);
        self.add(Node { skip: self.after_next(), at, len, ..Node::new(Kind::Scalar, style, range) });
    }

    /// One whose text is the arena's own from an offset on.
    pub(super) fn fast_text(&mut self, style: Style, range: Range<usize>, from: usize) {
        let text = from..self.owned.len();
        let node = Node::new(Kind::Scalar, style, range).with_text(text, true);
        self.add(Node { skip: self.after_next(), ..node });
    }

    pub(super) fn blank_lines(&mut self, n: usize) {
        self.owned.extend(std::iter::repeat_n('\n', n));
    }

    /// A collection begins.
    pub(super) fn fast_open(&mut self, kind: Kind, style: Style, offset: usize) -> u32 {
        self.add(Node::new(kind, style, offset..offset))
    }

    /// It ends where the last thing does that was read.
    pub(super) fn fast_close(&mut self, index: u32) {
        let next = self.nodes.len() as u32;
        let node = &mut self.nodes[index as usize];
        (node.skip, node.end) = (next, self.last_end);
    }

    /// Nothing has been read yet.
    pub(super) fn is_untouched(&self) -> bool {
        self.nodes.is_empty()
    }

    /// What was read last ends here, which nobody has said yet.
    pub(super) fn ends_at(&mut self, end: usize) {
        self.last_end = end as u32;
    }

    pub(super) fn last_end(&self) -> usize {
        self.last_end as usize
    }

    /// Takes the last node back if it is a plain scalar; gives where it stood.
    pub(super) fn take_plain(&mut self) -> Option<Range<usize>> {
        // And no part of a flow collection.
        let last = |node: &Node| node.start < node.end && node.end == self.last_end;
        let plain = |node: &mut Node| node.kind == Kind::Scalar && node.style == Style::Plain && last(node);
        let node = self.nodes.pop_if(plain)?;
        Some(node.start as usize..node.end as usize)
    }

    /// The bytes of the last node, a scalar.
    pub(super) fn last_bytes<'a>(&'a self, source: &'a str) -> &'a [u8] {
        self.nodes.last().map_or(&[], |node| node.bytes(&self.tree(source)))
    }

    /// The text of the last node if it stands in the source and is a string.
    pub(super) fn last_string<'t>(&self, source: &'t str) -> Option<&'t str> {
        let node = self.nodes.last().filter(|node| !node.is_owned())?;
        let text = &source[node.at as usize..(node.at + node.len) as usize];
        (node.style != Style::Plain || plain_type(text) == Type::Str).then_some(text)
    }
}

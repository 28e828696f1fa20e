//! YAML and JSON text → nodes with byte spans, in one reusable arena. The only file that names the YAML parser.
//!
//! Takes the text of one chunk (see `scan`), gives a [`Tree`] whose offsets count from the start of that text. Aliases
//! are kept as nodes that point at their target and are followed on reading, never copied, so that a document costs its
//! own size. Scalars keep their text as a slice of the source unless escapes or folding made another one.

use granit_parser::{Event, Parser, ScalarStyle, StructureStyle, Tag as ParserTag};
use std::borrow::Cow;
use std::ops::Range;

// Reading a tree as Kubernetes reads it.
mod node;

// The types of scalars.
mod scalar;

// A text becomes chunks that are worth parsing.
pub(crate) mod chunks;

// Plain block YAML, line by line.
pub(crate) mod block;

// JSON.
pub(crate) mod json;

pub(crate) use scalar::{Type, is_plain_string};

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
    Binary,
    /// `!` alone, or a tag of somebody's own: a string.
    Other,
}
#[derive(Clone, Copy, Debug)]
struct Node {
    start: u32,
    end: u32,
    /// Index of the node after this one and all below it; 0 while a collection is open.
    skip: u32,
    /// Scalar: where its text begins, in the source or, if `OWNED`, in the arena. Alias: index of its target.
    at: u32,
    len: u32,
    kind: Kind,
    style: Style,
    tag: Tag,
    flags: u8,
}

const OWNED: u8 = 1;
/// Some alias points at it.
const ALIASED: u8 = 2;
const ANCHORED: u8 = 4;

/// The memory behind a [`Tree`]; kept by a worker and used again for its next chunk.
#[derive(Default)]
pub(crate) struct Arena {
    nodes: Vec<Node>,
    owned: String,
    roots: Vec<u32>,
    /// Anchor id of the parser → node.
    anchors: Vec<u32>,
    /// Open collections, and whether the next node is a key.
    open: Vec<(u32, bool)>,
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
    fn new(offset: usize, message: impl Into<Cow<'static, str>>) -> Self {
        Self { offset, message: message.into(), remedy: None, limit: false }
    }

    fn depth(offset: usize) -> Self {
        Self { limit: true, ..Self::new(offset, format!("nested deeper than {MAX_DEPTH} levels")) }
    }

    fn complex_key(offset: usize) -> Self {
        Self {
            remedy: Some("quote the value if it is text; render the file first if it is a template (`{{ }}`)"),
            ..Self::new(offset, "a mapping or sequence is used as a key, which Kubernetes refuses")
        }
    }
}

/// The documents of one chunk.
#[derive(Clone, Copy)]
pub(crate) struct Tree<'t> {
    text: &'t str,
    arena: &'t Arena,
}

impl Arena {
    fn clear(&mut self) {
        self.nodes.clear();
        self.owned.clear();
        self.roots.clear();
        self.anchors.clear();
        self.open.clear();
    }

    /// Bytes that hold nodes; a worker drops an arena that one huge document has blown up.
    pub(crate) fn capacity(&self) -> usize {
        self.nodes.capacity() * size_of::<Node>() + self.owned.capacity()
    }

    /// Reads a chunk of YAML: any number of documents.
    pub(crate) fn parse_yaml<'t>(&'t mut self, text: &'t str) -> Result<Tree<'t>, SyntaxError> {
        self.clear();
        if crate::yaml::block::read(self, text).is_some() {
            return Ok(Tree { text, arena: self });
        }
        self.parse_general(text)
    }

    /// The same by the general parser alone.
    pub(crate) fn parse_general<'t>(&'t mut self, text: &'t str) -> Result<Tree<'t>, SyntaxError> {
        self.clear();
        let options = granit_parser::options! {
            // As libyaml reads them, and so kubectl.
            block_scalar_eof_without_line_feed: true,
            bom_inside_document_as_content: true,
            flow_nesting_limit: MAX_DEPTH,
            block_nesting_limit: MAX_DEPTH,
        };
        let mut parser = Parser::new_from_str_with_options(text, options);
        while let Some(event) = parser.next_event() {
            match event {
                Ok((event, span)) => {
                    let range = span.byte_range().unwrap_or_default();
                    self.event(text, event, range)?;
                }
                Err(error) => {
                    let offset = error.marker().byte_offset().unwrap_or_default();
                    return Err(refusal(offset, error.kind()));
                }
            }
        }
        Ok(Tree { text, arena: self })
    }

    fn event(&mut self, text: &str, event: Event<'_>, range: Range<usize>) -> Result<(), SyntaxError> {
        match event {
            Event::Scalar(value, style, anchor, tag) => {
                let null = matches!(style, ScalarStyle::Plain) && range.is_empty();
                let style = match style {
                    ScalarStyle::Plain => Style::Plain,
                    ScalarStyle::SingleQuoted => Style::SingleQuoted,
                    ScalarStyle::DoubleQuoted => Style::DoubleQuoted,
                    ScalarStyle::Literal | ScalarStyle::Folded => Style::BlockScalar,
                };
                let mut node = self.node(Kind::Scalar, style, tag.as_deref(), range);
                if style == Style::BlockScalar {
                    // The parser's end lies inside the next line's indentation.
                    let bytes = text.as_bytes();
                    while node.end > node.start && matches!(bytes[node.end as usize - 1], b' ' | b'\t') {
                        node.end -= 1;
                    }
                }
                // An absent value comes as `~` with an empty span.
                self.set_text(text, &mut node, if null { "" } else { &value });
                self.push(node, anchor)?;
            }
            Event::Alias(anchor) => {
                let target = self.anchors.get(anchor).copied().unwrap_or(u32::MAX);
                let Some(found) = self.nodes.get_mut(target as usize) else {
                    return Err(SyntaxError::new(range.start, "an alias without its anchor"));
                };
                if found.skip == 0 {
                    return Err(SyntaxError::new(range.start, "an alias inside the node that it names"));
                }
                found.flags |= ALIASED;
                let target_is_collection = found.kind != Kind::Scalar;
                let mut node = self.node(Kind::Alias, Style::Plain, None, range);
                node.at = target;
                self.push_checked(node, 0, target_is_collection)?;
            }
            Event::SequenceStart(style, anchor, tag) => {
                let node = self.node(Kind::Seq, structure(style), tag.as_deref(), range);
                self.push(node, anchor)?;
            }
            Event::MappingStart(style, anchor, tag) => {
                let node = self.node(Kind::Map, structure(style), tag.as_deref(), range);
                self.push(node, anchor)?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(range.end),
            // Aliases do not reach across documents: the parser forgets anchors itself.
            Event::DocumentStart(..) | Event::DocumentEnd | Event::StreamStart | Event::StreamEnd => {}
            _ => {}
        }
        Ok(())
    }

    fn node(&self, kind: Kind, style: Style, tag: Option<&ParserTag>, range: Range<usize>) -> Node {
        Node {
            start: range.start as u32,
            end: range.end as u32,
            skip: 0,
            at: 0,
            len: 0,
            kind,
            style,
            tag: tag.map_or(Tag::None, |t| match t.core_suffix() {
                Some("str") => Tag::Str,
                Some("null") => Tag::Null,
                Some("bool") => Tag::Bool,
                Some("int") => Tag::Int,
                Some("float") => Tag::Float,
                Some("binary") => Tag::Binary,
                _ if t.suffix_in_namespace("tag:yaml.org,2002:").as_deref() == Some("binary") => Tag::Binary,
                _ => Tag::Other,
            }),
            flags: 0,
        }
    }

    /// Points a scalar at its text: into the source where it stands there as it is.
    fn set_text(&mut self, source: &str, node: &mut Node, value: &str) {
        node.len = value.len() as u32;
        let inside = source.as_bytes().as_ptr_range();
        let bytes = value.as_bytes().as_ptr_range();
        if !value.is_empty() && inside.start <= bytes.start && bytes.end <= inside.end {
            node.at = (bytes.start as usize - inside.start as usize) as u32;
        } else {
            node.at = self.owned.len() as u32;
            node.flags |= OWNED;
            self.owned.push_str(value);
        }
    }

    fn push(&mut self, node: Node, anchor: usize) -> Result<(), SyntaxError> {
        let collection = node.kind != Kind::Scalar;
        self.push_checked(node, anchor, collection)
    }

    fn push_checked(&mut self, mut node: Node, anchor: usize, collection: bool) -> Result<(), SyntaxError> {
        let index = self.nodes.len() as u32;
        match self.open.last_mut() {
            None => self.roots.push(index),
            Some((parent, is_key)) => {
                if self.nodes[*parent as usize].kind == Kind::Map {
                    if *is_key && collection {
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
            if self.open.len() >= MAX_DEPTH {
                return Err(SyntaxError::depth(node.start as usize));
            }
            self.open.push((index, true));
        } else {
            node.skip = index + 1;
        }
        self.nodes.push(node);
        Ok(())
    }

    fn close(&mut self, end: usize) {
        let Some((index, _)) = self.open.pop() else {
            return;
        };
        let next = self.nodes.len() as u32;
        // The parser ends a block collection at the next token; ours ends with its last child.
        let last = self.last_child_end(index);
        let node = &mut self.nodes[index as usize];
        node.skip = next;
        node.end = if node.style == Style::Flow { end as u32 } else { last.unwrap_or(node.start) };
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

    /// Reads one JSON value that begins at `from`; gives the tree and where the value ends.
    ///
    /// The reader is our own because YAML parsers refuse JSON that Kubernetes takes (tabs, long keys) and JSON parsers
    /// give no spans.
    pub(crate) fn parse_json<'t>(&'t mut self, text: &'t str, from: usize) -> Result<(Tree<'t>, usize), SyntaxError> {
        self.clear();
        let end = crate::yaml::json::read(self, text, from)?;
        Ok((Tree { text, arena: self }, end))
    }

    /// For the fast path: a scalar at `range` whose text stands at `text` in the source.
    pub(crate) fn fast_scalar(&mut self, style: Style, range: Range<usize>, text: Range<usize>) {
        self.fast_push(Node {
            start: range.start as u32,
            end: range.end as u32,
            skip: self.nodes.len() as u32 + 1,
            at: text.start as u32,
            len: text.len() as u32,
            kind: Kind::Scalar,
            style,
            tag: Tag::None,
            flags: 0,
        });
    }

    fn fast_push(&mut self, node: Node) {
        if self.nodes.is_empty() {
            self.roots.push(0);
        }
        self.nodes.push(node);
    }

    fn fast_collection(&mut self, map: bool, style: Style, range: Range<usize>, skip: u32) -> u32 {
        let index = self.nodes.len() as u32;
        self.fast_push(Node {
            start: range.start as u32,
            end: range.end as u32,
            skip,
            at: 0,
            len: 0,
            kind: if map { Kind::Map } else { Kind::Seq },
            style,
            tag: Tag::None,
            flags: 0,
        });
        index
    }

    /// For the fast path: a block collection begins.
    pub(crate) fn fast_open(&mut self, map: bool, offset: usize) -> u32 {
        self.fast_collection(map, Style::Block, offset..offset, 0)
    }

    /// For the fast path: it ends with its last child, which is the last node.
    pub(crate) fn fast_close(&mut self, index: u32) {
        let next = self.nodes.len() as u32;
        let end = self.nodes.last().map_or(0, |n| n.end);
        let node = &mut self.nodes[index as usize];
        node.skip = next;
        node.end = end;
    }

    /// For the fast path: `{}` or `[]`.
    pub(crate) fn fast_empty(&mut self, map: bool, offset: usize) {
        let skip = self.nodes.len() as u32 + 1;
        self.fast_collection(map, Style::Flow, offset..offset + 2, skip);
    }

    /// For the fast path: nothing has been read yet.
    pub(crate) fn is_untouched(&self) -> bool {
        self.nodes.is_empty()
    }

    /// For the fast path: a block scalar whose text is put together line by line.
    pub(crate) fn fast_text(&mut self) -> FastText<'_> {
        FastText { at: self.owned.len(), arena: self }
    }

    /// For the JSON reader: a scalar with its text.
    pub(crate) fn json_scalar(
        &mut self,
        text: &str,
        quoted: bool,
        range: Range<usize>,
        value: &str,
    ) -> Result<(), SyntaxError> {
        let style = if quoted { Style::DoubleQuoted } else { Style::Plain };
        let mut node = self.node(Kind::Scalar, style, None, range);
        self.set_text(text, &mut node, value);
        self.push(node, 0)
    }

    /// For the JSON reader: `{` or `[` at an offset.
    pub(crate) fn json_open(&mut self, map: bool, offset: usize) -> Result<(), SyntaxError> {
        let kind = if map { Kind::Map } else { Kind::Seq };
        let node = self.node(kind, Style::Flow, None, offset..offset + 1);
        self.push(node, 0)
    }

    /// For the JSON reader: the end of the innermost collection, after its bracket.
    pub(crate) fn json_close(&mut self, end: usize) {
        self.close(end);
    }
}

fn structure(style: StructureStyle) -> Style {
    match style {
        StructureStyle::Flow => Style::Flow,
        _ => Style::Block,
    }
}

fn refusal(offset: usize, kind: &granit_parser::ErrorKind) -> SyntaxError {
    use granit_parser::ErrorKind as E;
    match kind {
        E::RecursionLimitExceeded => SyntaxError::depth(offset),
        // Its own message quotes a character of the text.
        E::UnexpectedCharacter { .. } | E::Custom(_) => SyntaxError::new(offset, "unexpected character"),
        E::UnknownAnchor => SyntaxError::new(offset, "an alias without its anchor"),
        E::TabNotAllowed | E::TabInBlockIndentation | E::TabInIndentation => {
            SyntaxError { remedy: Some("indent with spaces"), ..SyntaxError::new(offset, kind.to_string()) }
        }
        _ => SyntaxError::new(offset, kind.to_string()),
    }
}

/// The text of a block scalar under construction.
pub(crate) struct FastText<'a> {
    arena: &'a mut Arena,
    at: usize,
}

impl FastText<'_> {
    pub(crate) fn push(&mut self, line: &str) {
        self.arena.owned.push_str(line);
    }

    pub(crate) fn blank_lines(&mut self, n: usize) {
        self.arena.owned.extend(std::iter::repeat_n('\n', n));
    }

    /// Takes the last line break off.
    pub(crate) fn strip(&mut self) {
        if self.arena.owned.len() > self.at && self.arena.owned.ends_with('\n') {
            self.arena.owned.pop();
        }
    }

    pub(crate) fn finish(self, range: Range<usize>) {
        let text = self.at..self.arena.owned.len();
        self.arena.fast_scalar(Style::BlockScalar, range, text);
        if let Some(node) = self.arena.nodes.last_mut() {
            node.flags |= OWNED;
        }
    }
}

/// Reads the documents of a chunk one after the other, JSON or YAML.
pub(crate) struct Documents<'t> {
    text: &'t str,
    /// Where the next JSON value begins; `None` for YAML, which is read in one go.
    json: Option<usize>,
    done: bool,
}

impl<'t> Documents<'t> {
    /// Looks whether a chunk is JSON all through; anything else is YAML, of which JSON is nearly a part.
    pub(crate) fn new(text: &'t str, arena: &mut Arena) -> Self {
        let json = crate::yaml::chunks::json_start(text).filter(|&start| {
            let mut at = start;
            while at < text.len() {
                match arena.parse_json(text, at) {
                    Ok((_, end)) => at = crate::yaml::json::skip_blanks(text, end),
                    Err(_) => return false,
                }
            }
            true
        });
        Self { text, json, done: false }
    }

    /// The next tree; one of YAML may hold several documents. `None` at the end.
    pub(crate) fn next<'a>(&mut self, arena: &'a mut Arena) -> Option<Result<Tree<'a>, SyntaxError>>
    where
        't: 'a,
    {
        if self.done {
            return None;
        }
        let Some(at) = self.json else {
            self.done = true;
            return Some(arena.parse_yaml(self.text));
        };
        Some(arena.parse_json(self.text, at).map(|(tree, end)| {
            let next = crate::yaml::json::skip_blanks(self.text, end);
            self.json = Some(next);
            self.done = next >= self.text.len();
            tree
        }))
    }

    /// Where the next JSON value begins, if there is one.
    pub(crate) fn rest(&self) -> Option<usize> {
        self.json.filter(|_| !self.done)
    }
}

/// One node of a tree; cheap to copy.
#[derive(Clone, Copy)]
pub(crate) struct Ref<'t> {
    tree: Tree<'t>,
    index: u32,
}
#[cfg(test)]
mod tests {
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
            assert_eq!(pairs, ["c=last", "a=1", "d=other"]);
        });
    }

    #[test]
    fn a_bomb_of_merge_keys_ends() {
        let mut text = String::from("a0: &a0 {x: 1}\n");
        for i in 1..200 {
            text.push_str(&format!("a{i}: &a{i}\n  <<: [*a{j}, *a{j}]\n", j = i - 1));
        }
        with(&text, |root| {
            assert!(root.get("a199").unwrap().get("absent").is_none());
            assert_eq!(root.get("a199").unwrap().pairs().len(), 1);
        });
    }

    #[test]
    fn keys_are_those_of_the_json_that_kubectl_sends() {
        with("N: 1\nON: 2\n010: 3\n0x10: 4\nnull: 5\n'N': 6\n", |root| {
            let keys: Vec<_> = root.pairs().into_iter().map(|(k, _, _)| k.into_owned()).collect();
            assert_eq!(keys, ["false", "true", "8", "16", "null", "N"]);
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

    /// Everything that the rest of the program can see of a tree.
    fn shape(tree: Tree<'_>) -> Vec<String> {
        let nodes = (0..tree.arena.nodes.len() as u32).map(|index| Ref { tree, index });
        nodes
            .map(|n| {
                format!(
                    "{:?} {:?} {:?} {:?} {} {:?}",
                    n.kind(),
                    n.style(),
                    n.tag(),
                    n.range(),
                    n.node().skip,
                    n.scalar()
                )
            })
            .chain(tree.arena.roots.iter().map(|r| format!("root {r}")))
            .collect()
    }

    /// Whether the fast path took a text; if it did, the general parser must build the same nodes.
    fn both_agree(text: &str) -> bool {
        let mut fast = Arena::default();
        if crate::yaml::block::read(&mut fast, text).is_none() {
            return false;
        }
        let mut general = Arena::default();
        let tree = general.parse_general(text).unwrap_or_else(|e| panic!("{e:?}: {text:?}"));
        assert_eq!(shape(Tree { text, arena: &fast }), shape(tree), "{text:?}");
        true
    }

    #[test]
    fn the_fast_path_builds_the_same_nodes() {
        for text in [
            "",
            "# only a comment\n",
            "a: b\n",
            "---\na: b",
            "a:\nb:\n  c: d # e\n  f:\n\n  # g\nh: 'i'\n",
            "a:\n- b\n- c: d\n  e: \"f\"\n-   g: h\n    i: {}\nj: []\n",
            "a:\n  - b: 1\n    c:\n    - d\n    - - e\n      - f\n  - g\n",
            "- a\n- b: c\n",
            "a: |\n  b\n   c\n\n  d\n\n\ne: |-\n  f\n\ng: |+\n  h\n\ni: j\n",
            "a: |\n  b\n  # c\n# d\ne: f\n",
            "a:\n- |\n  b\n- c\n",
            "a:\n  - k: |\n      x\n    \n      y\n  - z\n",
            "a: -1\nb: http://x:80/y\nc: a,b[c]{d}\nd: x#y\ne: é ☃\n",
            "  a: b\n  c: d\n",
        ] {
            assert!(both_agree(text), "{text:?}");
        }
    }

    #[test]
    fn the_fast_path_gives_up_where_it_should() {
        for text in [
            "a: b\n  c\n",
            "a: &x b\n",
            "a: *x\n",
            "a: !t b\n",
            "a: {b: c}\n",
            "a: \"b\\n\"\n",
            "a: 'b''c'\n",
            "a: \"b\n  c\"\n",
            "? a\n: b\n",
            "a:\tb\n",
            "a: b\r\n",
            "a: |2\n   b\n",
            "a: >\n  b\n",
            "a: |\n\n  b\n",
            "a: |\n  b",
            "a:\n  b\n",
            "-\n  a: b\n",
            "a: b: c\n",
            "a: b:\n",
            ": a\n",
            "a b: c\n",
            "\"a\": b\n",
            "%YAML 1.2\n---\na: b\n",
            "---\n",
            "--- a\n",
            "a: b\n...\n",
            "a: - b\n",
            "a: |\n    b\n  c\n",
            "a: b\n- c\n",
            "- a\nb: c\n",
            "a: \u{85}\n",
            "a: @b\n",
            "a:\n  b: c\n d: e\n",
            "x\n",
            "\u{feff}a: b\n",
            "- a\n - b\n",
            "a: ---\n",
            "a:\n    b: 1\n  c: 2\n",
        ] {
            assert!(!both_agree(text), "{text:?}");
        }
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig { cases: 4000, ..Default::default() })]
        #[test]
        fn the_fast_path_agrees_on_anything(text in "(([ ]{0,4}|- |-   )(- )?(a|b|\"k\"|k-1)?(:|: | )?(\\||\\|-|\\|\\+|>|\\{\\}|\\[\\]|x|'y'|\"z\"|-|1|#c| #|x: y|~|\\*|&)?( #d)?[ ]{0,2}\n?){0,8}") {
            both_agree(&text);
        }
    }

    /// Files of real manifests, if the corpus is there.
    fn corpus() -> Vec<String> {
        let root = std::env::var("RESTAMP_CORPUS")
            .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/corpus").into());
        let files = walkdir::WalkDir::new(root).into_iter().filter_map(Result::ok).filter(|e| e.file_type().is_file());
        let manifests = files.filter(|e| e.path().extension().is_some_and(|x| x == "yaml" || x == "yml"));
        manifests.filter_map(|e| std::fs::read_to_string(e.path()).ok()).collect()
    }

    #[test]
    fn the_fast_path_agrees_on_real_manifests_and_on_damaged_ones() {
        let texts = corpus();
        if texts.is_empty() {
            assert!(std::env::var_os("CI").is_none(), "the corpus is missing");
            eprintln!("skipped: no corpus of real manifests (RESTAMP_CORPUS)");
            return;
        }
        let (mut chunks, mut taken, mut seed) = (0, 0, 1_u64);
        let mut random = |n: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) as usize % n.max(1)
        };
        for text in &texts {
            for range in crate::yaml::chunks::chunks(text) {
                let chunk = &text[range];
                chunks += 1;
                taken += usize::from(both_agree(chunk));
                if chunk.len() > 4000 {
                    continue;
                }
                // One damaged form of each: a piece is cut out, doubled or replaced by what means something in YAML.
                let cut = |at: usize| (at..=chunk.len()).find(|&i| chunk.is_char_boundary(i)).unwrap_or_default();
                let (from, len) = (random(chunk.len()), random(6));
                let (from, to) = (cut(from), cut((from + len).min(chunk.len())));
                let extra = ["", " ", "\n", "- ", ": ", "#", "'", "\"", "|", "\n  ", "{}", "x"][random(12)];
                both_agree(&format!("{}{extra}{}", &chunk[..from], &chunk[to.max(from)..]));
            }
        }
        eprintln!("the fast path took {taken} of {chunks} chunks");
        assert!(taken * 2 > chunks, "{taken} of {chunks}");
    }

    #[test]
    fn anchors_do_not_reach_the_next_document() {
        assert!(Arena::default().parse_yaml("a: &x 1\n...\nb: *x\n").is_err());
        assert_eq!(Arena::default().parse_yaml("a: &x 1\nc: *x\n...\nb: 2\n").unwrap().roots().count(), 2);
    }
}

//! YAML text → nodes: any text that kubectl or kustomize reads.
//!
//! The grammar of go-yaml v2 (libyaml's parser) over the tokens of `scan`, and what kubectl refuses afterwards, when it turns
//! the nodes into JSON (sigs.k8s.io/yaml). A chunk holds one document: what follows it is read by nobody.

use super::scalar::{Number, Type, binary, is_null, number, plain_type};
use super::scan::Scanner;
use super::token::{Lexeme, Token};
use super::tree::{Arena, Doubt, Kind, Node, Style, SyntaxError, Tag, Tree};
use crate::text::geometry::Geometry;
use foldhash::{HashMap, HashMapExt as _};

impl Arena {
    /// Reads a chunk of YAML, the document of which begins at an offset, by this parser alone.
    pub(crate) fn parse_general<'t>(&'t mut self, text: &'t str, at: usize) -> Result<Tree<'t>, SyntaxError> {
        self.clear();
        self.twice = true;
        if let Some(offset) = unprintable(text) {
            return Err(SyntaxError::control(offset));
        }
        let mut scanner = Scanner::new(text, at, std::mem::take(&mut self.owned), std::mem::take(&mut self.spare));
        if let Some(mark) = text[at..].find('\u{feff}') {
            scanner.doubts.push((at + mark, Doubt::ByteOrderMark));
        }
        let mut parser = Parser { arena: self, scanner, anchors: HashMap::new(), end: 0, brackets: Vec::new() };
        let read = parser.document();
        (self.owned, self.doubts, self.spare) = parser.scanner.done();
        read?;
        self.allow_aliases(text)?;
        Ok(self.tree(text))
    }
}

/// What the fast path leaves to this parser.
pub(super) struct Part {
    pub(super) at: usize,
    /// Column of the block collection around it.
    pub(super) indent: usize,
    /// How many collections are open.
    pub(super) depth: usize,
    pub(super) key: bool,
}

/// Reads one scalar or flow collection in block context; gives where it ends. `None` if it is wrong, or what is in it means
/// something elsewhere in the document.
pub(super) fn part(arena: &mut Arena, text: &str, part: Part) -> Option<usize> {
    let (owned, spare) = (std::mem::take(&mut arena.owned), std::mem::take(&mut arena.spare));
    let scanner = Scanner::within(text, part.at, part.indent, owned, spare);
    let (roots, nodes) = (arena.roots.len(), arena.nodes.len());
    arena.depth = part.depth;
    let mut parser = Parser { arena, scanner, anchors: HashMap::new(), end: 0, brackets: Vec::new() };
    let done = parser.part(part.key);
    let (end, (owned, doubts, spare)) = (parser.end, parser.scanner.done());
    (arena.owned, arena.spare, arena.depth) = (owned, spare, 0);
    arena.roots.truncate(roots);
    arena.twice |= arena.nodes[nodes..].iter().any(|node| node.kind == Kind::Map);
    arena.ends_at(end);
    let elsewhere = arena.aliases || arena.merges;
    (done.is_ok() && doubts.is_empty() && !elsewhere).then_some(end)
}

/// Where a character stands that go-yaml takes nowhere, not even in a comment.
fn unprintable(text: &str) -> Option<usize> {
    let odd = |c: char| match c {
        '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' => false,
        '\0'..'\u{a0}' | '\u{fffe}' | '\u{ffff}' => true,
        _ => false,
    };
    let plain = |&byte: &u8| matches!(byte, b' '..=b'~' | b'\n' | b'\t' | b'\r');
    let (mut at, mut end) = (0, 0);
    // All of a block are looked at together.
    for block in text.as_bytes().chunks(64) {
        let is_plain = block.iter().fold(true, |all, byte| all & plain(byte));
        // A character may have gone on into this block.
        at = at.max(end);
        end += block.len();
        while !is_plain && at < end {
            let c = text[at..].chars().next()?;
            if odd(c) {
                return Some(at);
            }
            at += c.len_utf8();
        }
    }
    None
}

struct Parser<'a, 't> {
    arena: &'a mut Arena,
    scanner: Scanner<'t>,
    /// Name → number. An anchor that is defined anew is meant from then on.
    anchors: HashMap<&'t str, usize>,
    /// Where the last token that counts has ended: there stands what is left out.
    end: usize,
    /// The brackets that are open, and where they stand.
    brackets: Vec<(u8, usize)>,
}

/// What stands before a node.
#[derive(Clone, Copy, Default)]
struct Properties {
    anchor: usize,
    tag: Option<Tag>,
}

impl<'t> Parser<'_, 't> {
    fn document(&mut self) -> Result<(), SyntaxError> {
        let first = self.scanner.peek()?;
        match first.lexeme {
            Lexeme::StreamEnd => return Ok(()),
            Lexeme::Directive => return Err(SyntaxError::directive(first.start)),
            _ => {}
        }
        let explicit = self.take(Lexeme::DocumentStart)?;
        match self.scanner.peek()?.lexeme {
            Lexeme::DocumentStart | Lexeme::DocumentEnd | Lexeme::Directive | Lexeme::StreamEnd if explicit => {
                self.null()?
            }
            _ => self.node(true, false)?,
        }
        let next = self.scanner.peek()?.clone();
        let rest = match next.lexeme {
            Lexeme::StreamEnd => return Ok(()),
            Lexeme::DocumentEnd => next.end,
            _ => next.start,
        };
        let dots = next.lexeme == Lexeme::DocumentEnd;
        let rest = Geometry { text: self.scanner.text }.skip_comments(rest);
        if rest < self.scanner.text.len() {
            self.scanner.doubts.push((rest, Doubt::Dropped { dots }));
        }
        Ok(())
    }

    fn part(&mut self, key: bool) -> Result<(), SyntaxError> {
        let token = match self.scanner.cursor.byte() {
            b'{' | b'[' => return self.node(false, false),
            quote @ (b'"' | b'\'') => self.scanner.quoted(quote)?,
            mark @ (b'|' | b'>') => self.scanner.block_scalar(mark == b'|')?,
            _ => self.scanner.plain()?,
        };
        self.end = token.end;
        let Lexeme::Scalar(style) = token.lexeme else { return Ok(()) };
        if key {
            let source = if token.owned { &self.scanner.owned } else { self.scanner.text };
            refuse(&source[token.text.clone()], style, Tag::None, true, token.start)?;
        }
        self.scalar(style, token, Properties::default())
    }

    fn take(&mut self, lexeme: Lexeme) -> Result<bool, SyntaxError> {
        let token = self.scanner.take(lexeme)?;
        if let Some(token) = &token {
            self.end = token.end;
        }
        Ok(token.is_some())
    }

    fn error<T>(&mut self, message: &'static str) -> Result<T, SyntaxError> {
        let &Token { lexeme, start, .. } = self.scanner.peek()?;
        Err(match self.brackets.last() {
            Some(&(bracket, start)) if lexeme == Lexeme::StreamEnd => SyntaxError::unclosed(start, bracket),
            Some((b'{', _)) => SyntaxError::in_braces(start, message),
            _ => SyntaxError::new(start, message),
        })
    }

    /// A node that may be an `indentless` sequence, as the value of a key may.
    fn node(&mut self, block: bool, indentless: bool) -> Result<(), SyntaxError> {
        if self.scanner.peek()?.lexeme == Lexeme::Alias {
            let token = self.scanner.next()?;
            self.end = token.end;
            let anchor = self.anchors.get(self.name(&token)).copied().unwrap_or_default();
            if let Some(target) = self.arena.anchored(anchor).filter(|_| self.arena.expects_key()) {
                let (at, end) = (target.at as usize, (target.at + target.len) as usize);
                let text = if target.is_owned() { &self.scanner.owned[at..end] } else { &self.scanner.text[at..end] };
                refuse(text, target.style, target.tag, true, token.start)?;
            }
            return self.arena.push_alias(token.start..token.end, anchor);
        }
        let properties = self.properties()?;
        let token = self.scanner.peek()?;
        match token.lexeme {
            Lexeme::BlockEntry if indentless => self.items(properties, true),
            Lexeme::Scalar(style) => {
                let token = self.scanner.next()?;
                self.end = token.end;
                self.scalar(style, token, properties)
            }
            Lexeme::FlowSeqStart => self.flow_seq(properties),
            Lexeme::FlowMapStart => self.flow_map(properties),
            Lexeme::BlockSeqStart if block => self.items(properties, false),
            Lexeme::BlockMapStart if block => self.block_map(properties),
            _ if properties.anchor > 0 || properties.tag.is_some() => {
                let at = self.end;
                self.scalar(Style::Plain, Token::new(Lexeme::Scalar(Style::Plain), at, at), properties)
            }
            Lexeme::BlockEntry => self.error("a list item cannot begin here"),
            _ => self.error("a value is expected here"),
        }
    }

    fn name(&self, token: &Token) -> &'t str {
        &self.scanner.text[token.start + 1..token.end]
    }

    fn properties(&mut self) -> Result<Properties, SyntaxError> {
        let mut found = Properties::default();
        loop {
            let lexeme = self.scanner.peek()?.lexeme;
            if lexeme == Lexeme::Anchor && found.anchor == 0 {
                let token = self.scanner.next()?;
                self.end = token.end;
                let next = self.anchors.len() + 1;
                found.anchor = *self.anchors.entry(self.name(&token)).or_insert(next);
            } else if lexeme == Lexeme::Tag && found.tag.is_none() {
                let token = self.scanner.next()?;
                self.end = token.end;
                found.tag = Some(tag(&self.scanner.text[token.start..token.end], token.start)?);
            } else {
                return Ok(found);
            }
        }
    }

    fn null(&mut self) -> Result<(), SyntaxError> {
        let at = self.end;
        self.scalar(Style::Plain, Token::new(Lexeme::Scalar(Style::Plain), at, at), Properties::default())
    }

    fn scalar(&mut self, style: Style, token: Token, properties: Properties) -> Result<(), SyntaxError> {
        let Token { start, end, mut text, mut owned, .. } = token;
        let source = if owned { &self.scanner.owned } else { self.scanner.text };
        let value = &source[text.clone()];
        let tag = properties.tag.unwrap_or(Tag::None);
        refuse(value, style, tag, self.arena.expects_key(), start)?;
        self.arena.merges |= value == "<<";
        if tag == Tag::Binary {
            let Some(decoded) = binary(value) else {
                return Err(SyntaxError::new(start, "`!!binary` of text that is no base64"));
            };
            (text, owned) = (self.scanner.owned.len()..self.scanner.owned.len() + decoded.len(), true);
            self.scanner.owned.push_str(&decoded);
        }
        let node = Node { tag, ..Node::new(Kind::Scalar, style, start..end) };
        self.arena.push(node.with_text(text, owned), properties.anchor)
    }

    fn open(&mut self, kind: Kind, style: Style, at: usize, properties: Properties) -> Result<(), SyntaxError> {
        let tag = properties.tag.unwrap_or(Tag::None);
        self.arena.push(Node { tag, ..Node::new(kind, style, at..at) }, properties.anchor)
    }

    /// A block sequence, or one that is not indented.
    fn items(&mut self, properties: Properties, indentless: bool) -> Result<(), SyntaxError> {
        if !indentless {
            self.scanner.next()?;
        }
        let start = self.scanner.peek()?.start;
        self.open(Kind::Seq, Style::Block, start, properties)?;
        while self.take(Lexeme::BlockEntry)? {
            match self.scanner.peek()?.lexeme {
                Lexeme::BlockEntry | Lexeme::BlockEnd => self.null()?,
                Lexeme::Key | Lexeme::Value if indentless => self.null()?,
                _ => self.node(true, false)?,
            }
        }
        if !indentless && self.scanner.take(Lexeme::BlockEnd)?.is_none() {
            return self.error("a list item, or the end of the list, is expected here");
        }
        self.arena.close(0);
        Ok(())
    }

    fn block_map(&mut self, properties: Properties) -> Result<(), SyntaxError> {
        let start = self.scanner.next()?.start;
        self.open(Kind::Map, Style::Block, start, properties)?;
        let ends = |lexeme| matches!(lexeme, Lexeme::Key | Lexeme::Value | Lexeme::BlockEnd);
        while self.scanner.take(Lexeme::Key)?.is_some_and(|token| {
            self.end = token.end;
            true
        }) {
            match self.scanner.peek()?.lexeme {
                lexeme if ends(lexeme) => self.null()?,
                _ => self.node(true, true)?,
            }
            // A value that is left out stands at the end of its key, before the colon.
            if self.scanner.take(Lexeme::Value)?.is_none() {
                self.null()?;
                continue;
            }
            match self.scanner.peek()?.lexeme {
                lexeme if ends(lexeme) => self.null()?,
                _ => self.node(true, true)?,
            }
        }
        if self.scanner.take(Lexeme::BlockEnd)?.is_none() {
            return self.error("a key is expected here");
        }
        self.arena.close(0);
        Ok(())
    }

    fn flow_seq(&mut self, properties: Properties) -> Result<(), SyntaxError> {
        let start = self.flow_open(b'[')?;
        self.open(Kind::Seq, Style::Flow, start, properties)?;
        let mut first = true;
        while self.scanner.peek()?.lexeme != Lexeme::FlowSeqEnd {
            if !first && !self.take(Lexeme::FlowEntry)? {
                return self.error("`,` or `]` is expected here");
            }
            first = false;
            match self.scanner.peek()?.lexeme {
                Lexeme::FlowSeqEnd => {}
                Lexeme::Key => self.pair()?,
                _ => self.node(false, false)?,
            }
        }
        self.flow_close()
    }

    fn flow_open(&mut self, bracket: u8) -> Result<usize, SyntaxError> {
        let start = self.scanner.next()?.start;
        self.brackets.push((bracket, start));
        Ok(start)
    }

    fn flow_close(&mut self) -> Result<(), SyntaxError> {
        self.brackets.pop();
        self.end = self.scanner.next()?.end;
        self.arena.close(self.end);
        Ok(())
    }

    fn flow_value(&mut self, ends: impl Fn(Lexeme) -> bool) -> Result<(), SyntaxError> {
        if self.scanner.take(Lexeme::Value)?.is_some() && !ends(self.scanner.peek()?.lexeme) {
            return self.node(false, false);
        }
        self.null()
    }

    /// A mapping of one pair, without braces, in a flow sequence.
    fn pair(&mut self) -> Result<(), SyntaxError> {
        let start = self.scanner.next()?.start;
        self.open(Kind::Map, Style::Flow, start, Properties::default())?;
        self.end = start;
        let ends = |lexeme| matches!(lexeme, Lexeme::FlowEntry | Lexeme::FlowSeqEnd);
        match self.scanner.peek()?.lexeme {
            lexeme if lexeme == Lexeme::Value || ends(lexeme) => {
                // go-yaml takes the token that ends the key for part of it.
                self.scanner.next()?;
                self.null()?;
            }
            _ => self.node(false, false)?,
        }
        self.flow_value(ends)?;
        self.arena.close(self.end);
        Ok(())
    }

    fn flow_map(&mut self, properties: Properties) -> Result<(), SyntaxError> {
        let start = self.flow_open(b'{')?;
        self.open(Kind::Map, Style::Flow, start, properties)?;
        let ends = |lexeme| matches!(lexeme, Lexeme::FlowEntry | Lexeme::FlowMapEnd);
        let mut first = true;
        while self.scanner.peek()?.lexeme != Lexeme::FlowMapEnd {
            if !first && !self.take(Lexeme::FlowEntry)? {
                return self.error("`,` or `}` is expected here");
            }
            first = false;
            match self.scanner.peek()?.lexeme {
                Lexeme::FlowMapEnd => break,
                Lexeme::Key => {
                    self.end = self.scanner.next()?.end;
                    match self.scanner.peek()?.lexeme {
                        lexeme if lexeme == Lexeme::Value || ends(lexeme) => self.null()?,
                        _ => self.node(false, false)?,
                    }
                    self.flow_value(ends)?;
                }
                _ => {
                    self.node(false, false)?;
                    self.null()?;
                }
            }
        }
        self.flow_close()
    }
}

/// What a tag means; `start` is where it begins.
fn tag(text: &str, start: usize) -> Result<Tag, SyntaxError> {
    const YAML: &str = "tag:yaml.org,2002:";
    let name = if let Some(uri) = text.strip_prefix("!<") {
        uri.trim_end_matches('>').strip_prefix(YAML)
    } else {
        let rest = &text[1..];
        let handle = rest.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_')).unwrap_or(rest.len());
        match rest[handle..].strip_prefix('!') {
            None => None,
            Some("") => return Err(SyntaxError::new(start, "a tag lacks its name")),
            Some(_) if handle > 0 => return Err(SyntaxError::new(start, "a tag whose handle nothing defines")),
            Some(name) => Some(name),
        }
    };
    Ok(match name {
        _ if text == "!" => Tag::Bare,
        Some("str") => Tag::Str,
        Some("null") => Tag::Null,
        Some("bool") => Tag::Bool,
        Some("int") => Tag::Int,
        Some("float") => Tag::Float,
        Some("binary") => Tag::Binary,
        Some("merge") => Tag::Merge,
        Some("timestamp") => Tag::Timestamp,
        _ => Tag::Other,
    })
}

/// Refuses a scalar that kubectl cannot turn into JSON, or that is not of the type that its tag claims.
fn refuse(text: &str, style: Style, tag: Tag, key: bool, at: usize) -> Result<(), SyntaxError> {
    let found = || plain_type(text);
    let fits = match tag {
        Tag::Null => found() == Type::Null,
        Tag::Bool => found() == Type::Bool,
        Tag::Int => found() == Type::Int,
        Tag::Float => matches!(number(text), Some(Number::Signed(_) | Number::Float(_))),
        // Nobody writes one; which texts Go takes for a time is not worth a copy of its rules.
        Tag::Timestamp => false,
        Tag::Str | Tag::Binary | Tag::Merge | Tag::Bare | Tag::Other | Tag::None => true,
    };
    if !fits {
        return Err(SyntaxError::new(at, "a value is not what its tag claims"));
    }
    let typed =
        matches!(tag, Tag::Null | Tag::Bool | Tag::Int | Tag::Float) || tag == Tag::None && style == Style::Plain;
    if !typed {
        return Ok(());
    }
    if key && is_null(text) {
        return Err(SyntaxError::null_key(at));
    }
    match number(text) {
        Some(Number::Unsigned(_)) if key => Err(SyntaxError::new(at, "a number too large for a key; quote it")),
        Some(number) if !key && !number.is_finite() => {
            Err(SyntaxError::new(at, "JSON has no number for this; quote it if it is text"))
        }
        _ => Ok(()),
    }
}

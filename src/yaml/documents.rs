//! A text → chunks that can be read alone, and a chunk → its documents.
//!
//! Cut as kubectl cuts a stream (apimachinery `YAMLReader`): a line that begins with `---` ends a document, whatever it
//! stands in, and nothing but a comment may follow on it. A chunk begins with its separator line, and holds one document
//! of YAML or, at the start of a text, a run of JSON values.

use super::tree::{Arena, Form, Ref, SyntaxError, Tree};
use super::{block, json};
use crate::text::geometry::Geometry;
use crate::text::many;
use memchr::memmem;
use std::iter;
use std::ops::Range;

/// A text in chunks.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Parts {
    /// In order and without gaps.
    pub(crate) all: Vec<Part>,
    /// Lines that begin with `---` and are no separator.
    pub(crate) odd: Vec<OddSeparator>,
    /// Where the first NUL byte stands.
    pub(crate) nul: Option<usize>,
}

/// A part of a text that is read alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) range: Range<usize>,
    /// The separator line that it begins with has ended the document before it, and is none of its own: a second marker
    /// may follow.
    pub(crate) cut: bool,
    /// Items of a list of JSON, separated by commas.
    pub(crate) json: bool,
}

/// A line that begins with `---` and goes on with something else than a comment.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct OddSeparator {
    pub(crate) at: usize,
    /// What follows is glued to it.
    pub(crate) glued: bool,
}

/// So much of a text is looked through by one thread.
const PIECE: usize = 256 * 1024;

/// Cuts a text.
pub(crate) fn chunks(text: &str) -> Parts {
    chunks_by(text, PIECE)
}

/// The same, looked through in pieces of some length.
fn chunks_by(text: &str, piece: usize) -> Parts {
    let starts: Vec<usize> = (0..text.len()).step_by(piece).collect();
    // By neighbours, so that what is looked for second is read from the cache.
    let look = |&start: &usize| {
        let range = start..(start + piece).min(text.len());
        let nul = memchr::memchr(0, &text.as_bytes()[range.clone()]).map(|at| start + at);
        (markers(text, range).collect::<Vec<_>>(), nul)
    };
    let (mut out, mut cutter) = (Parts::default(), Cutter::new(text));
    for (markers, nul) in many::each(&starts, MANY_PIECES, look) {
        out.nul = out.nul.or(nul);
        for marker in markers {
            let glued = || !text[marker.at + 3..].starts_with([' ', '\t']);
            out.odd.extend((marker.len == 0).then(|| OddSeparator { at: marker.at, glued: glued() }));
            out.all.extend(cutter.cut(&marker));
        }
    }
    out.all.extend(cutter.rest());
    out
}

/// So many pieces are worth the start of other threads.
const MANY_PIECES: usize = 4;

/// The same one by one: what follows is not looked at before it is asked for.
fn cuts(text: &str) -> impl Iterator<Item = Part> {
    let (mut markers, mut cutter) = (markers(text, 0..text.len()), Cutter::new(text));
    iter::from_fn(move || markers.find_map(|marker| cutter.cut(&marker)).or_else(|| cutter.rest()))
}

/// A line that begins with `---`.
struct Marker {
    at: usize,
    /// Length of the separator line; 0 if it is none.
    len: usize,
    /// More dashes follow.
    long: bool,
}

/// Those that begin in some bytes of a text.
fn markers(text: &str, range: Range<usize>) -> impl Iterator<Item = Marker> {
    let Range { start, end } = range;
    let bytes = &text.as_bytes()[..text.len().min(end + 2)];
    let begins = |at: &usize| matches!(bytes.get(at.wrapping_sub(1)), None | Some(b'\n'));
    let found = memmem::find_iter(&bytes[start..], b"---").map(move |at| start + at).filter(begins);
    found.map(|at| Marker { at, len: separator_len(&text[at..]), long: text[at + 3..].starts_with('-') })
}

/// Makes chunks of the markers of a text.
struct Cutter<'t> {
    text: &'t str,
    /// Where the next one begins, and how.
    start: usize,
    cut: bool,
    /// Length of the separator line there.
    len: usize,
}

impl<'t> Cutter<'t> {
    fn new(text: &'t str) -> Self {
        Self { text, start: 0, cut: false, len: 0 }
    }

    /// The chunk that ends at a marker, if one does.
    fn cut(&mut self, marker: &Marker) -> Option<Part> {
        let (start, at) = (self.start, marker.at);
        if at == start || marker.long {
            return None;
        }
        // kubectl takes a separator for a part of the document if nothing stands before it, or JSON that is read already.
        let is_empty = self.cut && self.len == at - start || start == 0 && is_json(&self.text[..at]);
        let part = Part { range: start..at, cut: self.cut, json: false };
        (self.start, self.cut, self.len) = (at, !is_empty, marker.len);
        Some(part)
    }

    /// The last chunk.
    fn rest(&mut self) -> Option<Part> {
        let range = std::mem::replace(&mut self.start, self.text.len())..self.text.len();
        (!range.is_empty()).then_some(Part { range, cut: self.cut, json: false })
    }
}

/// Whether a text is one value of JSON, without a blank line behind it: that is a document that the separator ends.
fn is_json(text: &str) -> bool {
    let behind = &text[text.trim_end().len()..];
    behind.matches('\n').count() < 2
        && text.trim_start().starts_with('{')
        && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}

/// Length of the separator line that a text begins with; 0 if it begins with none.
fn separator_len(text: &str) -> usize {
    let Some(rest) = text.strip_prefix("---") else { return 0 };
    let line = &rest[..memchr::memchr(b'\n', rest.as_bytes()).map_or(rest.len(), |i| i + 1)];
    let blank = matches!(line.trim_start().bytes().next(), None | Some(b'#'));
    if blank { 3 + line.len() } else { 0 }
}

/// Where a chunk's document begins: past a separator line that is none of its own, or what is glued to it, and a byte order
/// mark.
fn content_start(text: &str, cut: bool) -> usize {
    let glued = text.starts_with("---") && separator_len(text) == 0 && !text[3..].starts_with(['-', ' ', '\t']);
    let at = if cut { separator_len(text) } else { 0 }.max(if glued { 3 } else { 0 });
    at + if text[at..].starts_with('\u{feff}') { 3 } else { 0 }
}

/// Reads the documents of a chunk one after the other, JSON or YAML.
///
/// JSON is read at the start of a text only, where kubectl takes it for a run of JSON values. Anything else is YAML, of which JSON is nearly a part.
pub(crate) struct Documents<'t> {
    text: &'t str,
    cut: bool,
    /// They are items of JSON.
    items: bool,
    /// Where the next value or document begins; `None` at the end.
    next: Option<usize>,
    /// How many values of JSON there were, if it is JSON.
    json: Option<usize>,
    /// Where the last one has ended.
    end: usize,
}

impl<'t> Documents<'t> {
    /// The documents of a chunk, of which this is the text, perhaps edited.
    pub(crate) fn new(text: &'t str, chunk: &Part) -> Self {
        let start = Geometry { text }.skip_blanks(0);
        let json = chunk.range.start == 0 && text[start..].starts_with('{');
        let next = if json { start } else { content_start(text, chunk.cut) };
        Self { text, cut: chunk.cut, items: chunk.json, next: Some(next), json: json.then_some(0), end: 0 }
    }

    /// Where the next JSON value begins, if there is one.
    pub(crate) fn rest(&self) -> Option<usize> {
        self.json.and(self.next)
    }

    /// Whether the last document has been read.
    pub(crate) fn is_over(&self) -> bool {
        self.next.is_none()
    }

    /// Whether it is a run of JSON values, which no separator may follow.
    pub(crate) fn is_json_run(&self) -> bool {
        self.json.is_some_and(|values| values > 1)
    }

    /// Where comments may follow a value of JSON: kubectl takes them for YAML, if four bytes are left on the next line, or from
    /// the next character on this one.
    fn behind_json(&self) -> Option<usize> {
        let rest = &self.text[self.end..];
        let from = self.end + rest.find(|c: char| c == '\n' || !c.is_whitespace())?;
        let at = if self.text[from..].starts_with('\n') { from + 1 } else { from };
        let fits = self.text.len() >= from + 4;
        (fits && Geometry { text: self.text }.skip_comments(at) == self.text.len()).then_some(at)
    }

    /// The next tree. `None` at the end.
    pub(crate) fn next<'a>(&mut self, arena: &'a mut Arena) -> Option<Result<Tree<'a>, SyntaxError>>
    where
        't: 'a,
    {
        let at = self.next.take()?;
        if self.items {
            arena.clear();
            return Some(json::read_items(arena, self.text).map(|()| arena.tree(self.text)));
        }
        if let Some(values) = self.json {
            arena.clear();
            match json::read(arena, self.text, at) {
                Ok(end) => {
                    (self.json, self.end) = (Some(values + 1), end);
                    let next = Geometry { text: self.text }.skip_blanks(end);
                    self.next = (next < self.text.len()).then_some(next);
                    return Some(Ok(arena.tree(self.text)));
                }
                // After one value kubectl would go on with YAML: an edit could make JSON of it.
                Err(error) if values > 0 => {
                    let comments = self.behind_json().filter(|_| values == 1);
                    let refused = Err(SyntaxError::behind_json(error.offset));
                    return Some(comments.map_or(refused, |at| arena.parse_general(self.text, at)));
                }
                Err(_) => self.json = None,
            }
        }
        Some(arena.parse_from(self.text, at, self.cut))
    }
}

/// Goes through the documents of a text until `look` is done; false if it never is. It sees the top node of each, or why
/// there is none, and the chunk from whose start its places count. What follows is not read.
pub(crate) fn any_document(text: &str, look: impl FnMut(Result<Ref<'_>, SyntaxError>, Range<usize>) -> bool) -> bool {
    any_document_of(text, |_| true, look)
}

/// The same of the chunks that pass a test by their text.
pub(crate) fn any_document_of(
    text: &str,
    test: impl Fn(&str) -> bool,
    mut look: impl FnMut(Result<Ref<'_>, SyntaxError>, Range<usize>) -> bool,
) -> bool {
    let mut arena = Arena::default();
    let mut chunks = cuts(text).filter(|chunk| test(&text[chunk.range.clone()]));
    chunks.any(|chunk| any_of_chunk(text, &chunk, &mut arena, &mut look))
}

/// The same with the first document of a text alone, if the chunk that it is in holds a word. `cut` may answer for the
/// chunk as a whole.
pub(crate) fn first_document_with<O>(
    text: &str,
    word: &str,
    cut: impl Fn(&Part) -> Option<O>,
    look: impl FnOnce(Ref<'_>, Range<usize>) -> O,
) -> Option<O> {
    let (mut look, mut found) = (Some(look), None);
    let mut arena = Arena::default();
    cuts(text).any(|chunk| {
        let part = &text[chunk.range.clone()];
        let holds = memmem::find(part.as_bytes(), word.as_bytes()).is_some();
        found = if holds { cut(&chunk) } else { None };
        // What is not looked for is not worth reading to know that it is the first.
        found.is_some()
            || !holds && begins_plainly(part)
            || any_of_chunk(text, &chunk, &mut arena, &mut |top, chunk| {
                let top = top.ok().filter(|_| holds);
                found = top.zip(look.take()).map(|(top, look)| look(top, chunk));
                true
            })
    });
    found
}

fn any_of_chunk(
    text: &str,
    chunk: &Part,
    arena: &mut Arena,
    look: &mut impl FnMut(Result<Ref<'_>, SyntaxError>, Range<usize>) -> bool,
) -> bool {
    let range = || chunk.range.clone();
    let mut documents = Documents::new(&text[range()], chunk);
    while let Some(tree) = documents.next(arena) {
        let done = match tree {
            Ok(tree) => tree.roots().any(|root| look(Ok(root), range())),
            Err(error) => look(Err(error), range()),
        };
        if done {
            return true;
        }
    }
    false
}

/// Whether a chunk surely holds a document, or what is none: its first line but comments begins with a letter or brace.
fn begins_plainly(text: &str) -> bool {
    let at = Geometry { text }.skip_comments(separator_len(text));
    text[at..].starts_with(|c: char| c.is_ascii_alphabetic() || c == '{')
}

impl Arena {
    /// Reads a text of one document.
    pub(crate) fn parse_yaml<'t>(&'t mut self, text: &'t str) -> Result<Tree<'t>, SyntaxError> {
        self.parse_from(text, content_start(text, false), false)
    }

    /// Reads a chunk of YAML of which the document begins at an offset.
    fn parse_from<'t>(&'t mut self, text: &'t str, at: usize, cut: bool) -> Result<Tree<'t>, SyntaxError> {
        // The fast path knows one form of separator line, in which nothing depends on whose it is.
        let mark = text[..at].ends_with('\u{feff}');
        if !self.general && (at == 0 || cut || mark) {
            self.clear();
            if block::read(self, text, if mark { at } else { 0 }).is_some() {
                self.form = Form::Block;
                return Ok(self.tree(text));
            }
        }
        self.parse_general(text, at)
    }

    /// Reads it by the fast path; `None` if the text is not plain enough for that.
    pub(crate) fn parse_plain(&mut self, text: &str) -> Option<()> {
        self.clear();
        block::read(self, text, 0)
    }

    /// Reads one JSON value that begins at `from`; gives the tree and where the value ends.
    ///
    /// The reader is our own because YAML parsers refuse JSON that Kubernetes takes (tabs, long keys) and JSON parsers
    /// give no spans.
    pub(crate) fn parse_json<'t>(&'t mut self, text: &'t str, from: usize) -> Result<(Tree<'t>, usize), SyntaxError> {
        self.clear();
        let end = json::read(self, text, from)?;
        Ok((self.tree(text), end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Vec<&str> {
        chunks(text).all.into_iter().map(|c| &text[c.range]).collect()
    }

    #[test]
    fn separators_split_and_nothing_is_lost() {
        for (text, expected) in [
            ("", vec![]),
            ("a: 1\n", vec!["a: 1\n"]),
            ("a: 1\n---\nb: 2\n", vec!["a: 1\n", "---\nb: 2\n"]),
            ("---\na: 1\n---\n---\n", vec!["---\na: 1\n", "---\n", "---\n"]),
            ("a: 1\r\n---\r\nb: 2", vec!["a: 1\r\n", "---\r\nb: 2"]),
            ("a: 1\n---#c\nb: 2", vec!["a: 1\n", "---#c\nb: 2"]),
            ("a: 1\n---\t# c\nb: 2", vec!["a: 1\n", "---\t# c\nb: 2"]),
            // kubectl cuts at LF alone; what follows a marker behind a lone CR is dropped.
            ("a: 1\r---\rb: 2", vec!["a: 1\r---\rb: 2"]),
            ("a: ----\n --- x\n", vec!["a: ----\n --- x\n"]),
            ("%YAML 1.2\n---\na: 1\n", vec!["%YAML 1.2\n", "---\na: 1\n"]),
            ("a\n...\nb\n", vec!["a\n...\nb\n"]),
            ("# only a comment\n---\na\n", vec!["# only a comment\n", "---\na\n"]),
        ] {
            assert_eq!(split(text), expected, "{text:?}");
            assert_eq!(split(text).concat(), text);
            assert!(chunks(text).odd.is_empty(), "{text:?}");
        }
    }

    #[test]
    fn what_begins_like_a_separator_and_is_none_is_told() {
        let odd = |text: &str| chunks(text).odd.into_iter().map(|o| (o.at, o.glued)).collect::<Vec<_>>();
        assert_eq!(odd("--- {a: 1}\n"), [(0, false)]);
        assert_eq!(odd("a\n--- |\n"), [(2, false)]);
        assert_eq!(odd("---a: 1\n"), [(0, true)]);
        assert_eq!(odd("a: |\n----- BEGIN\n"), [(5, true)]);
        assert_eq!(split("---a: 1\n---b: 2\n"), ["---a: 1\n", "---b: 2\n"]);
        assert_eq!(split("a: |\n----- BEGIN\n"), ["a: |\n----- BEGIN\n"]);
    }

    #[test]
    fn a_separator_belongs_to_a_document_if_nothing_stands_before_it() {
        let cut = |text: &str| chunks(text).all.into_iter().map(|c| c.cut).collect::<Vec<_>>();
        assert_eq!(cut("---\na: 1\n---\nb: 2\n"), [false, true]);
        assert_eq!(cut("a: 1\n---\n---\n---\n---\n"), [false, true, false, true, false]);
        assert_eq!(cut("{}\n---\na: 1\n---\n"), [false, false, true]);
        assert_eq!(cut("{}\n\n---\na: 1\n---\n"), [false, true, true]);
    }

    /// The same cut line by line.
    fn by_lines(text: &str) -> Parts {
        let mut out = Parts { nul: text.find('\0'), ..Parts::default() };
        let (mut start, mut cut, mut at) = (0, false, 0);
        for line in text.split_inclusive('\n') {
            if let Some(rest) = line.strip_prefix("---") {
                let is_separator = matches!(rest.trim_start().bytes().next(), None | Some(b'#'));
                if !is_separator {
                    out.odd.push(OddSeparator { at, glued: !rest.starts_with([' ', '\t']) });
                }
                if at > start && !rest.starts_with('-') {
                    let before = &text[start..at];
                    let is_empty = cut && separator_len(before) == before.len() || start == 0 && is_json(before);
                    out.all.push(Part { range: start..at, cut, json: false });
                    (start, cut) = (at, !is_empty);
                }
            }
            at += line.len();
        }
        if start < text.len() {
            out.all.push(Part { range: start..text.len(), cut, json: false });
        }
        out
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig { cases: 8000, ..Default::default() })]
        #[test]
        fn pieces_are_cut_as_the_whole(text in "(\u{feff}|\\{\\}|)((---|-|---a|--- # c|#|a|\\{\\}|é|\0)?(\n|\n|\r\n|\r| |)){0,20}", piece in 1_usize..12) {
            let whole = by_lines(&text);
            assert_eq!(chunks(&text), whole, "{text:?}");
            assert_eq!(chunks_by(&text, piece), whole, "{text:?} in {piece}");
            assert_eq!(cuts(&text).collect::<Vec<_>>(), whole.all, "{text:?}");
        }

        #[test]
        fn the_first_document_is_found_without_reading_what_is_none(text in "((---|#|%a|\\.\\.\\.|a|: |b|\\{|\\}|\\[|w)?(\n|\n|\r\n|\r| |)){0,12}") {
            let mut first = None;
            any_document(&text, |top, chunk| {
                let holds = text[chunk.clone()].contains('w');
                first = top.ok().filter(|_| holds).map(|top| (top.range(), chunk));
                true
            });
            assert_eq!(first_document_with(&text, "w", |_| None, |top, chunk| (top.range(), chunk)), first, "{text:?}");
        }
    }

    #[test]
    fn json_is_read_at_the_start_of_a_text() {
        let read = |text: &str| {
            let mut arena = Arena::default();
            let mut documents = Documents::new(text, &chunks(text).all[0]);
            let mut out = Vec::new();
            while let Some(tree) = documents.next(&mut arena) {
                out.push(
                    tree.map(|t| t.roots().map(|r| &text[r.range()]).collect::<String>()).unwrap_or("error".into()),
                );
            }
            out
        };
        assert_eq!(read("\n {} {\"a\": 1}\n"), ["{}", "{\"a\": 1}"]);
        assert_eq!(read("{\"a\": \"\\/\"}"), ["{\"a\": \"\\/\"}"]);
        assert_eq!(read("{a: b}"), ["{a: b}"]);
        assert_eq!(read("{} {a: b}"), ["{}", "error"]);
        assert_eq!(read("{} # c\n"), ["{}", ""]);
        assert_eq!(read("{}\n# c"), ["{}", ""]);
        assert_eq!(read("{}\n\t# c"), ["{}", "error"]);
        assert_eq!(read("{} # c"), ["{}", "error"]);
        assert_eq!(read("{}\na: b\n"), ["{}", "error"]);
        assert_eq!(read("\u{a0}{} {}\n"), ["\u{a0}{} {}"]);
        assert_eq!(read("{} # c"), ["{}", "error"]);
        assert_eq!(read("{} {} {a: b}"), ["{}", "{}", "error"]);
        assert_eq!(read("--- {}"), ["{}"]);
    }
}

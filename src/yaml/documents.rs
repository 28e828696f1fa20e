//! A text → chunks that can be parsed alone, and a chunk → its documents.
//!
//! A chunk is a part of a stream: from one `---` to the next, or a whole run of JSON values. Chunks are cut by looking at
//! bytes only.

use super::tree::{Arena, SyntaxError, Tree};
use super::{block, json};
use crate::text::geometry::Geometry;
use memchr::memmem;
use std::ops::Range;

/// The chunks of a text, in order and without gaps.
pub(crate) fn chunks(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut out = Vec::new();
    let mut start = 0;
    let directives =
        memchr::memchr_iter(b'%', bytes).any(|i| matches!(bytes[..i].last(), None | Some(b'\n' | b'\r' | 0xbf)));
    for at in memmem::find_iter(bytes, b"---") {
        if !is_marker(bytes, at) || directives && directives_only(bytes, start, at) {
            continue;
        }
        if at > start {
            out.push(start..at);
            start = at;
        }
        if let Some(next) = joined(bytes, at) {
            out.push(start..next);
            start = next;
        }
    }
    if start < text.len() {
        out.push(start..text.len());
    }
    out
}

/// `---` at column 0 before a blank, a line break or the end is a document marker wherever it stands, even in a quoted
/// or block scalar (YAML 1.2.2, 9.1.2).
fn is_marker(bytes: &[u8], at: usize) -> bool {
    matches!(bytes.get(at.wrapping_sub(1)), None | Some(b'\n' | b'\r'))
        && matches!(bytes.get(at + 3), None | Some(b' ' | b'\t' | b'\r' | b'\n'))
}

/// Where the text after a marker begins if it begins with a byte order mark: files that were joined. Kubernetes reads
/// each as a stream of its own.
fn joined(bytes: &[u8], marker: usize) -> Option<usize> {
    let rest = &bytes[marker + 3..];
    let end = memchr::memchr2(b'\n', b'\r', rest)?;
    let line = rest[..end].trim_ascii_start();
    let text = rest[end..].trim_ascii_start();
    let found = (line.is_empty() || line.starts_with(b"#")) && text.starts_with(b"\xef\xbb\xbf");
    found.then(|| bytes.len() - text.len())
}

/// Whether what stands before a marker belongs to the document after it: directives need their `---`.
/// A comment may go either way.
fn directives_only(bytes: &[u8], start: usize, marker: usize) -> bool {
    let part = &bytes[start..marker];
    // A document end `...` may precede the directives in the same chunk.
    let tail = memmem::rfind_iter(part, b"...")
        .find(|&i| matches!(part.get(i.wrapping_sub(1)), None | Some(b'\n' | b'\r')))
        .map_or(0, |i| i + 3);
    if tail == 0 && part.starts_with(b"---") {
        return false;
    }
    let mut directive = false;
    for line in part[tail..].split(|&b| b == b'\n' || b == b'\r') {
        match line.trim_ascii_start().first() {
            None | Some(b'#') => {}
            Some(b'%') if line.first() == Some(&b'%') => directive = true,
            _ if line.starts_with(b"\xef\xbb\xbf%") => directive = true,
            _ => return false,
        }
    }
    directive
}

/// Where the first value of a chunk begins if the chunk looks like JSON: past a BOM, comments and its `---`.
pub(crate) fn json_start(text: &str) -> Option<usize> {
    let mut at = if text.starts_with('\u{feff}') { 3 } else { 0 };
    if text[at..].starts_with("---") {
        at += 3;
    }
    loop {
        at = Geometry { text }.skip_blanks(at);
        match text.as_bytes().get(at)? {
            b'#' => at += memchr::memchr2(b'\n', b'\r', &text.as_bytes()[at..])?,
            b'{' => return Some(at),
            _ => return None,
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
        let json = json_start(text).filter(|&start| {
            let mut at = start;
            while at < text.len() {
                match arena.parse_json(text, at) {
                    Ok((_, end)) => at = Geometry { text }.skip_blanks(end),
                    Err(_) => return false,
                }
            }
            true
        });
        Self { text, json, done: false }
    }

    /// Where the next JSON value begins, if there is one.
    pub(crate) fn rest(&self) -> Option<usize> {
        self.json.filter(|_| !self.done)
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
            let next = Geometry { text: self.text }.skip_blanks(end);
            self.json = Some(next);
            self.done = next >= self.text.len();
            tree
        }))
    }
}

impl Arena {
    /// Reads a chunk of YAML: any number of documents.
    pub(crate) fn parse_yaml<'t>(&'t mut self, text: &'t str) -> Result<Tree<'t>, SyntaxError> {
        match self.parse_plain(text) {
            Some(()) => Ok(self.tree(text)),
            None => self.parse_general(text),
        }
    }

    /// Reads it by the fast path; `None` if the text is not plain enough for that.
    pub(crate) fn parse_plain(&mut self, text: &str) -> Option<()> {
        self.clear();
        block::read(self, text)
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
        chunks(text).into_iter().map(|r| &text[r]).collect()
    }

    #[test]
    fn markers_split_and_nothing_is_lost() {
        for (text, expected) in [
            ("", vec![]),
            ("a: 1\n", vec!["a: 1\n"]),
            ("a: 1\n---\nb: 2\n", vec!["a: 1\n", "---\nb: 2\n"]),
            ("---\na: 1\n---\n---\n", vec!["---\na: 1\n", "---\n", "---\n"]),
            ("a: 1\r\n---\r\nb: 2", vec!["a: 1\r\n", "---\r\nb: 2"]),
            ("a: 1\r---\rb: 2", vec!["a: 1\r", "---\rb: 2"]),
            ("a: ----\n --- x\n----\n---x\n", vec!["a: ----\n --- x\n----\n---x\n"]),
            ("--- {a: 1}\n---\tb\n---", vec!["--- {a: 1}\n", "---\tb\n", "---"]),
            ("%YAML 1.2\n---\na: 1\n", vec!["%YAML 1.2\n---\na: 1\n"]),
            ("# c\n%TAG ! x\n\n---\na\n---\nb\n", vec!["# c\n%TAG ! x\n\n---\na\n", "---\nb\n"]),
            ("a\n...\n%YAML 1.1\n---\nb\n", vec!["a\n...\n%YAML 1.1\n---\nb\n"]),
            ("---\n%a: b\n---\nc\n", vec!["---\n%a: b\n", "---\nc\n"]),
            (
                "---\n\u{feff}a\n--- # c\r\n\r\n\u{feff}b\n--- |\n\u{feff}c\n",
                vec!["---\n", "\u{feff}a\n", "--- # c\r\n\r\n", "\u{feff}b\n", "--- |\n\u{feff}c\n"],
            ),
            ("# only a comment\n---\na\n", vec!["# only a comment\n", "---\na\n"]),
        ] {
            assert_eq!(split(text), expected, "{text:?}");
            assert_eq!(split(text).concat(), text);
        }
    }

    #[test]
    fn json_is_told_by_its_first_brace() {
        assert_eq!(json_start("{}"), Some(0));
        assert_eq!(json_start("\u{feff}\n {}"), Some(5));
        assert_eq!(json_start("--- # c\n{}"), Some(8));
        assert_eq!(json_start("a: {}"), None);
        assert_eq!(json_start("# {"), None);
    }
}

//! A source: one named text, and where its lines begin.
//!
//! Takes a name and a text; gives line and column of a byte offset. Never reads a file.

use std::ops::{Index, Range};

/// One input: a file, or standard input (`-`).
#[derive(Clone, Debug, Default)]
pub struct Source {
    /// How messages name it: the path as the user gave it, or `-`.
    pub name: String,
    /// The whole text, in UTF-8, with its byte order mark if it has one.
    pub text: String,
    /// Only supplies configs (`--config-from`): its workloads are not looked at, it is never written.
    pub supply: bool,
}

/// A place in a source, as people count: both from 1, the column in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    pub line: usize,
    pub column: usize,
}

/// Which of the sources that [`crate::transform()`] was given: its index.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(pub usize);

impl SourceId {
    /// Each source of a set with its index.
    pub(crate) fn each(sources: &[Source]) -> impl Iterator<Item = (Self, &Source)> {
        sources.iter().enumerate().map(|(i, source)| (Self(i), source))
    }
}

impl Index<SourceId> for [Source] {
    type Output = Source;

    fn index(&self, id: SourceId) -> &Source {
        &self[id.0]
    }
}

/// A byte range of one of the sources of a set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    pub source: SourceId,
    /// Bytes of that source's text.
    pub range: Range<usize>,
}

impl Location {
    /// Some bytes of a source.
    pub fn new(source: SourceId, range: Range<usize>) -> Self {
        Self { source, range }
    }

    /// Where it begins.
    pub fn start(&self) -> Self {
        Self::new(self.source, self.range.start..self.range.start)
    }
}

impl Source {
    /// A source that is stamped.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { name: name.into(), text: text.into(), supply: false }
    }

    /// Line and column of a byte offset; an offset past the end counts as the end.
    pub fn position(&self, offset: usize) -> Position {
        position(self.text.as_bytes(), offset)
    }
}

/// Line and column of a byte offset in a text that need not be UTF-8 (each stray byte counts as one column).
pub(crate) fn position(text: &[u8], offset: usize) -> Position {
    let before = &text[..offset.min(text.len())];
    let start = memchr::memrchr2(b'\n', b'\r', before).map_or(0, |i| i + 1);
    // CRLF is one line break, a lone CR is one too.
    let breaks = memchr::memchr2_iter(b'\n', b'\r', before)
        .filter(|&i| {
            before[i] == b'\n'
                || before.get(i + 1).is_some_and(|&b| b != b'\n')
                || (i + 1 == before.len() && text.get(i + 1) != Some(&b'\n'))
        })
        .count();
    let mut line = &before[start..];
    if breaks == 0 {
        line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
    }
    Position {
        line: breaks + 1,
        column: 1 + line.utf8_chunks().map(|c| c.valid().chars().count() + c.invalid().len()).sum::<usize>(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, offset: usize) -> (usize, usize) {
        let p = Source::new("t", text).position(offset);
        (p.line, p.column)
    }

    #[test]
    fn lines_and_columns_count_from_one() {
        assert_eq!(at("a: b\nc: d\n", 0), (1, 1));
        assert_eq!(at("a: b\nc: d\n", 5), (2, 1));
        assert_eq!(at("a: b\r\nc: d\r\n", 6), (2, 1));
        assert_eq!(at("a: b\r\nc: d\r\n", 8), (2, 3));
        assert_eq!(at("a: b\rc: d\r", 5), (2, 1));
        assert_eq!(at("é: b", 3), (1, 3));
        assert_eq!(at("\u{feff}a: b", 3), (1, 1));
        assert_eq!(at("a", 99), (1, 2));
    }
}

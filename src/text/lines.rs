//! Byte offsets → lines and columns: the one way, for every message and every report.
//!
//! Takes texts; gives positions, the lines that hold them, and places to print, in time that does not grow with the text,
//! however many are asked for. Never says whether a line may be quoted: see `hidden`.

use crate::text::clean::clean;
use crate::text::source::{Location, Position, Source, SourceId};
use serde::{Serialize, Serializer};
use std::fmt;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// Every how many bytes the characters are counted up, so that one long line (minified JSON) is not counted again and
/// again.
const STEP: usize = 1 << 9;

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Where the lines of a text begin, and how many characters lie before each step. The text need not be UTF-8 behind the
/// offsets that are asked for.
pub(crate) struct Lines<'t> {
    text: &'t [u8],
    starts: Vec<usize>,
    /// Counted once a long line asks for it.
    chars: OnceLock<Vec<usize>>,
}

impl<'t> Lines<'t> {
    pub(crate) fn new(text: &'t [u8]) -> Self {
        let ends = memchr::memchr2_iter(b'\n', b'\r', text)
            // CRLF is one line break, a lone CR is one too.
            .filter(|&i| text[i] == b'\n' || text.get(i + 1) != Some(&b'\n'));
        let starts = std::iter::once(0).chain(ends.map(|i| i + 1)).collect();
        Self { text, starts, chars: OnceLock::new() }
    }

    /// Line and column of an offset; one past the end counts as the end. The byte order mark is no column.
    pub(crate) fn position(&self, offset: usize) -> Position {
        let offset = offset.min(self.text.len());
        let line = self.index(offset);
        let mark = usize::from(line == 0 && offset > 0 && self.text.starts_with(BYTE_ORDER_MARK));
        let start = self.starts[line];
        let before = match offset - start {
            ..STEP => count(&self.text[start..offset]),
            _ => self.chars(offset) - self.chars(start),
        };
        Position { line: line + 1, column: 1 + before - mark }
    }

    /// The bytes of the line that holds an offset, without its end.
    pub(crate) fn line(&self, offset: usize) -> Range<usize> {
        let line = self.index(offset.min(self.text.len()));
        let start = self.starts[line];
        let whole = &self.text[start..self.starts.get(line + 1).copied().unwrap_or(self.text.len())];
        let end = whole.iter().rposition(|b| !matches!(b, b'\n' | b'\r')).map_or(0, |last| last + 1);
        start..start + end
    }

    fn index(&self, offset: usize) -> usize {
        self.starts.partition_point(|&start| start <= offset) - 1
    }

    /// How many characters begin before an offset.
    fn chars(&self, offset: usize) -> usize {
        let chars = self.chars.get_or_init(|| {
            let counts = self.text.chunks(STEP).scan(0, |before, chunk| {
                let here = *before;
                *before += count(chunk);
                Some(here)
            });
            counts.collect()
        });
        let step = (offset / STEP).min(chars.len().saturating_sub(1));
        let before = chars.get(step).copied().unwrap_or_default();
        before + count(&self.text[step * STEP..offset])
    }
}

/// How many characters begin in a part of a UTF-8 text.
fn count(bytes: &[u8]) -> usize {
    bytes.iter().filter(|&&b| b & 0xc0 != 0x80).count()
}

/// A place in an input, as reports name it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct At {
    #[serde(serialize_with = "shared")]
    pub(crate) path: Arc<str>,
    pub(crate) line: usize,
    pub(crate) column: usize,
}

fn shared<S: Serializer>(text: &Arc<str>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(text)
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", clean(&self.path), self.line)
    }
}

/// Finds places in the sources of one set, whose lines it counts once.
pub(crate) struct Locator<'s> {
    sources: &'s [Source],
    names: Vec<Arc<str>>,
    lines: Vec<OnceLock<Lines<'s>>>,
}

impl<'s> Locator<'s> {
    pub(crate) fn new(sources: &'s [Source]) -> Self {
        let names = sources.iter().map(|source| source.name.as_str().into()).collect();
        Self { sources, names, lines: sources.iter().map(|_| OnceLock::new()).collect() }
    }

    pub(crate) fn source(&self, id: SourceId) -> &'s Source {
        &self.sources[id]
    }

    pub(crate) fn lines(&self, id: SourceId) -> &Lines<'s> {
        self.lines[id.0].get_or_init(|| Lines::new(self.source(id).text.as_bytes()))
    }

    pub(crate) fn position(&self, id: SourceId, offset: usize) -> Position {
        self.lines(id).position(offset)
    }

    /// Where an object or a field begins.
    pub(crate) fn at(&self, location: &Location) -> At {
        let Position { line, column } = self.position(location.source, location.range.start);
        At { path: self.names[location.source.0].clone(), line, column }
    }
}

impl Source {
    /// Line and column of a byte offset; an offset past the end counts as the end. For one place: it counts from the top.
    pub fn position(&self, offset: usize) -> Position {
        position(self.text.as_bytes(), offset)
    }
}

/// The same of a text that need not be UTF-8 behind the offset.
pub(crate) fn position(text: &[u8], offset: usize) -> Position {
    Lines::new(text).position(offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, offset: usize) -> (usize, usize) {
        let Position { line, column } = Lines::new(text.as_bytes()).position(offset);
        (line, column)
    }

    #[test]
    fn lines_and_columns_count_from_one() {
        assert_eq!(at("a: b\nc: d\n", 0), (1, 1));
        assert_eq!(at("a: b\nc: d\n", 5), (2, 1));
        assert_eq!(at("a: b\r\nc: d\r\n", 6), (2, 1));
        assert_eq!(at("a: b\r\nc: d\r\n", 8), (2, 3));
        assert_eq!(at("a: b\rc: d\r", 5), (2, 1));
        assert_eq!(at("\r\r\n\n\r", 5), (5, 1));
        assert_eq!(at("é: b", 3), (1, 3));
        assert_eq!(at("\u{feff}a: b", 0), (1, 1));
        assert_eq!(at("\u{feff}a: b", 3), (1, 1));
        assert_eq!(at("\u{feff}a\n\u{feff}b", 8), (2, 2));
        assert_eq!(at("a", 99), (1, 2));
        assert_eq!(at("", 3), (1, 1));
    }

    #[test]
    fn a_text_may_end_in_bytes_that_are_no_characters() {
        assert_eq!(Lines::new(b"a: b\n\xc3\xa9c: \xe9x").position(10), Position { line: 2, column: 5 });
    }

    /// Against counting from the top.
    #[test]
    fn long_lines_are_counted_right() {
        let text = "é: {a: ü}, ".repeat(STEP) + "\nb: " + &"日".repeat(STEP);
        let lines = Lines::new(text.as_bytes());
        for (offset, _) in text.char_indices().step_by(7) {
            let line = text[..offset].rfind('\n').map_or(0, |i| i + 1);
            let column = text[line..offset].chars().count() + 1;
            assert_eq!(lines.position(offset), Position { line: 1 + usize::from(line > 0), column }, "{offset}");
        }
    }

    /// Counting from the top each time would take hours.
    #[test]
    fn one_long_line_is_counted_once() {
        let text = "é".repeat(1 << 22);
        let lines = Lines::new(text.as_bytes());
        let columns: usize = (0..text.len()).step_by(64).map(|offset| lines.position(offset).column).sum();
        assert_eq!(columns, (0..1 << 17).map(|i| 1 + i * 32).sum::<usize>());
    }

    #[test]
    fn lines_come_without_their_end() {
        let text = "\u{feff}ab\r\ncd\re\n";
        let lines = Lines::new(text.as_bytes());
        let line = |offset| &text[lines.line(offset)];
        assert_eq!([0, 6, 7, 10, 99].map(line), ["\u{feff}ab", "\u{feff}ab", "cd", "e", ""]);
    }
}

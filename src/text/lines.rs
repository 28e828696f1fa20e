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

/// Every how many bytes lines and characters are counted up, so that nothing is counted again and again, be it many lines or
/// one long one (minified JSON).
const STEP: usize = 1 << 10;

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// How many lines and characters lie before each step of a text. The text need not be UTF-8 behind the offsets that are asked
/// for.
pub(crate) struct Lines<'t> {
    text: &'t [u8],
    /// How many lines end before each step, and where the line begins that the step begins in.
    steps: Vec<(usize, usize)>,
    /// Counted once a long line asks for it.
    chars: OnceLock<Vec<usize>>,
}

impl<'t> Lines<'t> {
    pub(crate) fn new(text: &'t [u8]) -> Self {
        let mut lines = Self { text, steps: Vec::with_capacity(text.len() / STEP + 1), chars: OnceLock::new() };
        let (mut before, mut start) = (0, 0);
        for step in (0..=text.len()).step_by(STEP) {
            lines.steps.push((before, start));
            let end = (step + STEP).min(text.len());
            before += lines.count_ends(step, end);
            start = lines.last_start(step, end).unwrap_or(start);
        }
        lines
    }

    /// Line and column of an offset; one past the end counts as the end. The byte order mark is no column.
    pub(crate) fn position(&self, offset: usize) -> Position {
        let offset = offset.min(self.text.len());
        let step = offset / STEP;
        let line = self.steps[step].0 + self.count_ends(step * STEP, offset);
        let mark = usize::from(line == 0 && offset > 0 && self.text.starts_with(BYTE_ORDER_MARK));
        let start = self.start(offset);
        let before = match offset - start {
            ..STEP => count(&self.text[start..offset]),
            _ => self.chars(offset) - self.chars(start),
        };
        Position { line: line + 1, column: 1 + before - mark }
    }

    /// The bytes of the line that holds an offset, without its end.
    pub(crate) fn line(&self, offset: usize) -> Range<usize> {
        let offset = offset.min(self.text.len());
        let start = self.start(offset);
        // The next line begins in the step before the first one that begins in a later line.
        let later = self.steps.partition_point(|(_, start)| *start <= offset);
        let from = offset.max((later - 1) * STEP);
        let to = (later * STEP).min(self.text.len());
        let next = self.ends(from, to).next().unwrap_or(to);
        let whole = &self.text[start..next];
        let end = whole.iter().rposition(|b| !matches!(b, b'\n' | b'\r')).map_or(0, |last| last + 1);
        start..start + end
    }

    /// Where the line of an offset begins.
    fn start(&self, offset: usize) -> usize {
        let step = offset / STEP;
        self.last_start(step * STEP, offset).unwrap_or(self.steps[step].1)
    }

    /// Where lines begin that follow an end between two offsets.
    fn ends(&self, from: usize, to: usize) -> impl DoubleEndedIterator<Item = usize> {
        let found = memchr::memchr2_iter(b'\n', b'\r', &self.text[from..to]).map(move |i| from + i);
        found.filter(|i| self.text[*i] == b'\n' || self.is_lone(*i)).map(|i| i + 1)
    }

    /// CRLF is one line break, a lone CR is one too.
    fn is_lone(&self, at: usize) -> bool {
        self.text.get(at + 1) != Some(&b'\n')
    }

    fn last_start(&self, from: usize, to: usize) -> Option<usize> {
        self.ends(from, to).next_back()
    }

    /// How many there are; line feeds are counted by many bytes at once.
    fn count_ends(&self, from: usize, to: usize) -> usize {
        let of = |byte| memchr::memchr_iter(byte, &self.text[from..to]);
        of(b'\n').count() + of(b'\r').filter(|i| self.is_lone(from + i)).count()
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

    /// Lines of all lengths, whose ends lie anywhere in a step and between two.
    #[test]
    fn ends_of_lines_are_found_wherever_they_lie() {
        for ends in [&["\n"][..], &["\n", "\r\n", "\r"]] {
            let mut text = String::new();
            for i in 0..400 {
                text += &"é".repeat(i * 7919 % if i % 9 == 0 { 3 * STEP } else { 40 });
                text += ends[i % ends.len()];
            }
            let lines = Lines::new(text.as_bytes());
            let (mut line, mut start) = (1, 0);
            for (offset, c) in text.char_indices() {
                let column = 1 + text[start..offset].chars().count();
                if offset % 61 == 0 || column < 3 || matches!(c, '\r' | '\n') {
                    assert_eq!(lines.position(offset), Position { line, column }, "{offset}");
                    let end = text[start..].find(['\r', '\n']).map_or(text.len(), |len| start + len);
                    assert_eq!(lines.line(offset), start..end, "{offset}");
                }
                if c == '\n' || c == '\r' && !text[offset + 1..].starts_with('\n') {
                    (line, start) = (line + 1, offset + 1);
                }
            }
        }
    }

    #[test]
    fn lines_come_without_their_end() {
        let text = "\u{feff}ab\r\ncd\re\n";
        let lines = Lines::new(text.as_bytes());
        let line = |offset| &text[lines.line(offset)];
        assert_eq!([0, 6, 7, 10, 99].map(line), ["\u{feff}ab", "\u{feff}ab", "cd", "e", ""]);
    }
}

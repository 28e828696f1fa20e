//! Places of a set: byte offsets → line and column, and the lines that may be quoted.
//!
//! Takes the sources of a set and the ranges that are hidden; gives positions and lines in time that does not grow with
//! the source, however many findings ask. Never gives a line of which a byte is hidden.

use std::cell::OnceCell;
use std::ops::Range;

use crate::text::source::{Location, Position, Source, SourceId};

/// Every how many bytes the characters are counted up, so that one long line (minified JSON) is not counted again and
/// again.
const STEP: usize = 1 << 16;

/// The places of one set.
pub(crate) struct Places<'r> {
    sources: &'r [Source],
    lines: Vec<OnceCell<Lines>>,
    /// Per source, sorted and without overlaps.
    hidden: Vec<Vec<Range<usize>>>,
}

/// Where the lines of a source begin, and how many characters lie before each step.
struct Lines {
    starts: Vec<usize>,
    chars: Vec<usize>,
}

impl<'r> Places<'r> {
    pub(crate) fn new(sources: &'r [Source], opaque: &[Location]) -> Self {
        let mut hidden = vec![Vec::new(); sources.len()];
        for location in opaque {
            if let Some(ranges) = hidden.get_mut(location.source.0) {
                ranges.push(location.range.clone());
            }
        }
        Self {
            sources,
            lines: sources.iter().map(|_| OnceCell::new()).collect(),
            hidden: hidden.into_iter().map(merged).collect(),
        }
    }

    /// Line and column, as [`Source::position`] gives them.
    pub(crate) fn position(&self, source: SourceId, offset: usize) -> Position {
        let (text, lines) = (self.text(source), self.lines(source));
        let offset = offset.min(text.len());
        let line = lines.line(offset);
        let start = lines.starts[line];
        // The byte order mark is no column.
        let mark = usize::from(line == 0 && text.starts_with('\u{feff}') && offset > 0);
        Position { line: line + 1, column: 1 + lines.chars(text, offset) - lines.chars(text, start) - mark }
    }

    /// The bytes of the line that holds an offset, without its end; `None` if it may not be quoted.
    pub(crate) fn line(&self, source: SourceId, offset: usize) -> Option<Range<usize>> {
        let (text, lines) = (self.text(source), self.lines(source));
        let line = lines.line(offset.min(text.len()));
        let (start, next) = (lines.starts[line], lines.starts.get(line + 1));
        let whole = start..next.copied().unwrap_or(text.len());
        if self.is_hidden(source, &whole) {
            return None;
        }
        let mark = if line == 0 && text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        let end = text[whole.clone()].trim_end_matches(['\n', '\r']).len();
        Some(start + mark.min(end)..start + end)
    }

    fn is_hidden(&self, source: SourceId, line: &Range<usize>) -> bool {
        let ranges = &self.hidden[source.0];
        let next = ranges.partition_point(|r| r.end <= line.start);
        ranges.get(next).is_some_and(|r| r.start < line.end)
    }

    pub(crate) fn text(&self, source: SourceId) -> &'r str {
        &self.sources[source].text
    }

    pub(crate) fn name(&self, source: SourceId) -> &'r str {
        &self.sources[source].name
    }

    fn lines(&self, source: SourceId) -> &Lines {
        self.lines[source.0].get_or_init(|| Lines::new(self.text(source)))
    }
}

impl Lines {
    fn new(text: &str) -> Self {
        let bytes = text.as_bytes();
        let ends = memchr::memchr2_iter(b'\n', b'\r', bytes)
            // CRLF is one line break, a lone CR is one too.
            .filter(|&i| bytes[i] == b'\n' || bytes.get(i + 1) != Some(&b'\n'));
        let mut before = 0;
        let counts = bytes.chunks(STEP).map(|chunk| {
            let here = before;
            before += count(chunk);
            here
        });
        let chars = counts.collect();
        Self { starts: std::iter::once(0).chain(ends.map(|i| i + 1)).collect(), chars }
    }

    fn line(&self, offset: usize) -> usize {
        self.starts.partition_point(|&start| start <= offset) - 1
    }

    /// How many characters begin before an offset.
    fn chars(&self, text: &str, offset: usize) -> usize {
        let step = (offset / STEP).min(self.chars.len().saturating_sub(1));
        let before = self.chars.get(step).copied().unwrap_or_default();
        before + count(&text.as_bytes()[step * STEP..offset])
    }
}

/// How many characters begin in a part of a UTF-8 text.
fn count(bytes: &[u8]) -> usize {
    bytes.iter().filter(|&&b| b & 0xc0 != 0x80).count()
}

fn merged(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.sort_by_key(|r| r.start);
    let mut out: Vec<Range<usize>> = Vec::with_capacity(ranges.len());
    for range in ranges {
        match out.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => out.push(range),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hidden(ranges: &[(usize, usize)]) -> Vec<Location> {
        let one = |&(start, end): &(usize, usize)| Location { source: SourceId(0), range: start..end };
        ranges.iter().map(one).collect()
    }

    #[test]
    fn positions_are_those_of_the_source() {
        let long = "é: {a: ü}, ".repeat(STEP / 5);
        for text in
            ["", "a", "a: b\nc: d\n", "a\r\nb\r\n", "a\rb\r", "\r\r\n\n\r", "\u{feff}a: é\nb", "\u{feff}", &long]
        {
            let sources = [Source::new("t", text)];
            let places = Places::new(&sources, &[]);
            let step = (text.len() / 97).max(1);
            for offset in (0..text.len() + 2).step_by(step) {
                let in_break = offset > 0 && text.get(offset - 1..=offset) == Some("\r\n");
                if in_break || offset < text.len() && !text.is_char_boundary(offset) {
                    continue;
                }
                let (mine, theirs) = (places.position(SourceId(0), offset), sources[0].position(offset));
                assert_eq!(mine, theirs, "{offset} of {} bytes", text.len());
            }
        }
    }

    #[test]
    fn lines_come_without_their_end() {
        let sources = [Source::new("t", "\u{feff}ab\r\ncd\re\n")];
        let places = Places::new(&sources, &[]);
        let line = |offset| places.line(SourceId(0), offset).map(|r| &sources[0].text[r]);
        assert_eq!(line(0), Some("ab"));
        assert_eq!(line(6), Some("ab"));
        assert_eq!(line(7), Some("cd"));
        assert_eq!(line(10), Some("e"));
        assert_eq!(line(99), Some(""));
    }

    #[test]
    fn a_line_with_one_hidden_byte_is_not_given() {
        let sources = [Source::new("t", "aaa\nbbb\nccc\nddd\n")];
        let places = Places::new(&sources, &hidden(&[(6, 7), (5, 6), (11, 12)]));
        let given = [0, 4, 8, 12].map(|offset| places.line(SourceId(0), offset).is_some());
        assert_eq!(given, [true, false, false, true]);
        // An empty range hides nothing.
        let places = Places::new(&sources, &hidden(&[(4, 4)]));
        assert!(places.line(SourceId(0), 0).is_some());
    }
}

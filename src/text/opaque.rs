//! What may not be quoted: Secrets, and documents that do not parse.
//!
//! Takes ranges of the sources of a set, gives whether bytes touch one of them, in time that does not grow with their number.

use crate::text::source::{Location, SourceId};
use std::ops::Range;

/// Per source, sorted and without overlaps.
#[derive(Debug, Default)]
pub(crate) struct Opaque(Vec<Vec<Range<usize>>>);

impl Opaque {
    pub(crate) fn new(opaque: &[Location]) -> Self {
        let mut sorted: Vec<&Location> = opaque.iter().collect();
        sorted.sort_by_key(|l| (l.source, l.range.start));
        let mut out = Self::default();
        for Location { source, range } in sorted {
            if out.0.len() <= source.0 {
                out.0.resize(source.0 + 1, Vec::new());
            }
            match out.0[source.0].last_mut() {
                Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
                _ => out.0[source.0].push(range.clone()),
            }
        }
        out
    }

    /// Whether one of these bytes is hidden.
    pub(crate) fn touches(&self, source: SourceId, bytes: &Range<usize>) -> bool {
        let ranges = self.0.get(source.0).map_or(&[][..], Vec::as_slice);
        let next = ranges.partition_point(|r| r.end <= bytes.start);
        ranges.get(next).is_some_and(|r| r.start < bytes.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_hidden_byte_is_enough() {
        let location = |source, range| Location::new(SourceId(source), range);
        let hidden = Opaque::new(&[location(0, 6..7), location(2, 0..9), location(0, 5..6), location(0, 11..12)]);
        let lines = [0..3, 4..7, 8..11, 8..12, 12..15];
        assert_eq!(lines.map(|l| hidden.touches(SourceId(0), &l)), [false, true, false, true, false]);
        assert_eq!([1, 2, 3].map(|s| hidden.touches(SourceId(s), &(4..5))), [false, true, false]);
    }
}

//! Edits: byte ranges of a source and their new text. Takes what was decided, gives the new text as slices.
//!
//! Edits are values against the original text, applied once; overlapping ones are refused.

// Where and how a stamp is written.
pub(crate) mod insert;

// How a stamp is removed.
mod remove;

// The edited text is read again and compared.
pub(crate) mod verify;

use crate::text::source::{Source, SourceId};
use std::ops::Range;

/// Replace some bytes of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// Index of the source.
    pub source: SourceId,
    /// The bytes that go; empty for an insertion.
    pub range: Range<usize>,
    /// The text that comes.
    pub text: String,
}

/// Two edits want the same bytes, or one lies outside its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overlap;

/// The text of one source after its edits, as slices in order.
///
/// `edits` may hold edits of other sources too; they must be sorted by source and range. Errors: [`Overlap`].
pub fn apply<'s>(source: &'s Source, index: SourceId, edits: &'s [Edit]) -> Result<Vec<&'s str>, Overlap> {
    let mine = of_source(edits, index);
    splice(&source.text, mine.iter().map(|e| (e.range.clone(), e.text.as_str())))
}

/// The edits of one source, out of edits that are sorted by source.
pub fn of_source(edits: &[Edit], index: SourceId) -> &[Edit] {
    let from = edits.partition_point(|e| e.source < index);
    let to = edits.partition_point(|e| e.source <= index);
    &edits[from..to]
}

/// The slices of a text after some replacements, which must be sorted.
pub(crate) fn splice<'s>(
    text: &'s str,
    edits: impl Iterator<Item = (Range<usize>, &'s str)>,
) -> Result<Vec<&'s str>, Overlap> {
    let mut out = Vec::new();
    let mut at = 0;
    for (range, new) in edits {
        // `get` also refuses a range that cuts a character.
        let kept = text.get(at..range.start).ok_or(Overlap)?;
        text.get(range.clone()).ok_or(Overlap)?;
        out.extend([kept, new].into_iter().filter(|s| !s.is_empty()));
        at = range.end;
    }
    out.extend(text.get(at..).filter(|s| !s.is_empty()));
    Ok(out)
}

/// The edits that give the original text back when applied to the edited one. Takes the edits of one source, sorted.
pub fn undo(text: &str, edits: &[Edit]) -> Vec<Edit> {
    let mut shift: isize = 0;
    edits
        .iter()
        .map(|edit| {
            let start = edit.range.start.wrapping_add_signed(shift);
            shift += edit.text.len() as isize - edit.range.len() as isize;
            Edit {
                source: edit.source,
                range: start..start + edit.text.len(),
                text: text[edit.range.clone()].to_owned(),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edit(range: Range<usize>, text: &str) -> Edit {
        Edit { source: SourceId(0), range, text: text.into() }
    }

    fn run(edits: &[Edit]) -> Result<String, Overlap> {
        apply(&Source::new("t", "abcdé"), SourceId(0), edits).map(|s| s.concat())
    }

    #[test]
    fn edits_replace_insert_and_remove() {
        assert_eq!(run(&[]).unwrap(), "abcdé");
        assert_eq!(run(&[edit(0..0, "x"), edit(1..2, ""), edit(6..6, "!")]).unwrap(), "xacdé!");
    }

    #[test]
    fn overlaps_and_cuts_are_refused() {
        assert_eq!(run(&[edit(0..2, "x"), edit(1..3, "y")]), Err(Overlap));
        assert_eq!(run(&[edit(5..5, "x")]), Err(Overlap));
        assert_eq!(run(&[edit(0..9, "x")]), Err(Overlap));
    }

    #[test]
    fn undo_gives_the_text_back() {
        let edits = [edit(0..1, "long"), edit(2..2, "x"), edit(4..6, "")];
        let new = run(&edits).unwrap();
        let back = undo("abcdé", &edits);
        assert_eq!(apply(&Source::new("t", new), SourceId(0), &back).unwrap().concat(), "abcdé");
    }
}

//! Edits: byte ranges of a source and their new text. Takes what was decided, gives the new text as slices.
//!
//! The way of an edit: `path` steps down to its place in the nodes of one document, or says what is in the way; `insert`,
//! `replace`, `remove` and `append` write a [`Splice`] for it, which becomes an [`Edit`] once the new text is known;
//! `verify` reads the edited text again. Nothing is ever guessed: what cannot be edited faithfully is an [`Obstacle`]. The
//! traps that are minded are listed in `docs/design.md`.
//!
//! Edits are values against the original text, applied once; overlapping ones are refused.

// The steps from an object to an edit, and what is in the way.
mod path;

// New entries of mappings.
mod insert;

// Another value.
mod replace;

// An entry goes.
mod remove;

// New items of lists.
mod append;

// The edited text is read again and compared.
pub(crate) mod verify;

// The part of a text that an edit can change.
mod region;

pub(crate) use append::{List, list};
pub(crate) use path::{Obstacle, Site, Step, entry, on_the_way, site};
pub(crate) use region::Region;

use crate::text::hex::{self, SHA256};
use crate::text::source::{Source, SourceId};
use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// Replace some bytes of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// Index of the source.
    pub source: SourceId,
    /// The bytes that go; empty for an insertion.
    pub range: Range<usize>,
    pub text: NewText,
}

/// The text that comes. There are many of them, and most are a stamp between what is written around others too.
#[derive(Clone)]
pub struct NewText(Kept);

#[derive(Clone)]
enum Kept {
    Text(Box<str>),
    /// A plain stamp in quotes: its digest, what stands before it, and from `split` on after.
    Stamp {
        around: Arc<str>,
        split: usize,
        digest: [u8; 32],
    },
}

impl NewText {
    /// The text as a whole.
    pub fn get(&self) -> Cow<'_, str> {
        if let Kept::Text(text) = &self.0 {
            return Cow::Borrowed(text);
        }
        let mut out = String::with_capacity(STAMP);
        self.write(&mut out);
        Cow::Owned(out)
    }

    fn write(&self, out: &mut String) {
        match &self.0 {
            Kept::Text(text) => out.push_str(text),
            Kept::Stamp { around, split, digest } => {
                let (before, after) = around.split_at(*split);
                [before, "\"", SHA256].into_iter().for_each(|part| out.push_str(part));
                hex::write(digest, out);
                ["\"", after].into_iter().for_each(|part| out.push_str(part));
            }
        }
    }
}

impl From<String> for NewText {
    fn from(text: String) -> Self {
        Self(Kept::Text(text.into()))
    }
}

impl From<&str> for NewText {
    fn from(text: &str) -> Self {
        Self(Kept::Text(text.into()))
    }
}

impl fmt::Debug for NewText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.get(), f)
    }
}

impl PartialEq for NewText {
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}

impl Eq for NewText {}

/// Two edits want the same bytes, or one lies outside its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overlap;

/// The text of one source after its edits, in pieces.
///
/// `edits` may hold edits of other sources too; they must be sorted by source and range. Errors: [`Overlap`].
pub fn apply<'s>(
    source: &'s Source,
    index: SourceId,
    edits: &'s [Edit],
) -> Result<impl Iterator<Item = Cow<'s, str>>, Overlap> {
    let (text, edits) = (&*source.text, of_source(edits, index));
    let mut at = 0;
    for edit in edits {
        before(text, &mut at, &edit.range)?;
    }
    let (mut from, last) = (0, &text[at..]);
    let pieces = edits.iter().flat_map(move |edit| {
        let kept = &text[std::mem::replace(&mut from, edit.range.end)..edit.range.start];
        [Cow::Borrowed(kept), edit.text.get()]
    });
    Ok(pieces.chain([Cow::Borrowed(last)]).filter(|piece| !piece.is_empty()))
}

/// So long a stamp is with what is written around it, or less.
const STAMP: usize = 256;

/// A text after some replacements, which must be sorted.
fn applied<'e>(text: &str, edits: impl Iterator<Item = (Range<usize>, &'e NewText)>) -> Result<String, Overlap> {
    // Mostly there is one, and it is a stamp.
    let (mut out, mut at) = (String::with_capacity(text.len() + STAMP), 0);
    for (range, new) in edits {
        out.push_str(before(text, &mut at, &range)?);
        new.write(&mut out);
    }
    out.push_str(&text[at..]);
    Ok(out)
}

/// What of a text is kept before a range of it that goes, from a place on that moves behind that.
fn before<'t>(text: &'t str, at: &mut usize, range: &Range<usize>) -> Result<&'t str, Overlap> {
    // `get` also refuses a range that cuts a character.
    text.get(range.clone()).ok_or(Overlap)?;
    let from = std::mem::replace(at, range.end);
    text.get(from..range.start).ok_or(Overlap)
}

/// The edits of one source, out of edits that are sorted by source.
pub fn of_source(edits: &[Edit], index: SourceId) -> &[Edit] {
    let from = edits.partition_point(|e| e.source < index);
    let to = edits.partition_point(|e| e.source <= index);
    &edits[from..to]
}

/// The edits that give the original text back when applied to the edited one. Takes the edits of one source, sorted.
pub fn undo(text: &str, edits: &[Edit]) -> Vec<Edit> {
    let mut shift: isize = 0;
    edits
        .iter()
        .map(|edit| {
            let start = edit.range.start.wrapping_add_signed(shift);
            let len = edit.text.get().len();
            shift += len as isize - edit.range.len() as isize;
            Edit { source: edit.source, range: start..start + len, text: text[edit.range.clone()].into() }
        })
        .collect()
}

/// One replacement of bytes of a text: `before`, what is written (if anything is), `after`.
#[derive(Clone, Debug)]
pub(crate) struct Splice {
    pub(crate) range: Range<usize>,
    pub(crate) before: String,
    pub(crate) after: String,
}

impl Splice {
    /// Writes in place of a range and nothing around it.
    fn replace(range: Range<usize>) -> Self {
        Self { range, before: String::new(), after: String::new() }
    }
}

/// A [`Splice`] as it is kept: there are many of them.
#[derive(Clone, Debug)]
pub(crate) struct Slot {
    range: Range<usize>,
    /// What stands before, and from `split` on after.
    around: Arc<str>,
    split: usize,
}

impl From<Splice> for Slot {
    fn from(Splice { range, before, after }: Splice) -> Self {
        Self { range, split: before.len(), around: (before + &after).into() }
    }
}

impl Slot {
    /// Keeps what stands around as somebody else has it already.
    pub(crate) fn share(&mut self, find: impl FnOnce(&str) -> Arc<str>) {
        self.around = find(&self.around);
    }

    /// The same with offsets that count from the start of the source.
    fn moved(self, base: usize) -> Self {
        Self { range: moved(self.range, base), ..self }
    }

    /// The edit that writes a text.
    pub(crate) fn edit(&self, source: SourceId, text: &str) -> Edit {
        let (before, after) = self.around.split_at(self.split);
        Edit { source, range: self.range.clone(), text: [before, text, after].concat().into() }
    }

    /// The edit that writes a stamp, in quotes.
    pub(crate) fn stamp(&self, source: SourceId, stamp: &str) -> Edit {
        match stamp.strip_prefix(SHA256).and_then(hex::digest) {
            Some(digest) => {
                let kept = Kept::Stamp { around: self.around.clone(), split: self.split, digest };
                Edit { source, range: self.range.clone(), text: NewText(kept) }
            }
            None => self.edit(source, &quote(stamp)),
        }
    }
}

/// A range of a chunk as one of the source in which the chunk begins at `base`.
pub(crate) fn moved(range: Range<usize>, base: usize) -> Range<usize> {
    range.start + base..range.end + base
}

/// A double-quoted scalar that is also JSON.
pub(crate) fn quote(text: &str) -> String {
    // All of it is looked at, so that many bytes are at once.
    let escaped = |byte: u8| !matches!(byte, b' '..=b'~') || matches!(byte, b'"' | b'\\');
    if !text.bytes().fold(false, |any, byte| any | escaped(byte)) {
        return ["\"", text, "\""].concat();
    }
    json(&text.into())
}

/// A value as JSON on one line that is YAML too: what YAML calls unprintable, or a line break, is escaped.
fn json(value: &serde_json::Value) -> String {
    let text = value.to_string();
    let odd =
        |c: char| matches!(c, '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}');
    if !text.contains(odd) {
        return text;
    }
    text.chars().map(|c| if odd(c) { format!("\\u{:04x}", c as u32) } else { c.into() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edit(range: Range<usize>, text: &str) -> Edit {
        Edit { source: SourceId(0), range, text: text.into() }
    }

    fn run(edits: &[Edit]) -> Result<String, Overlap> {
        apply(&Source::new("t", "abcdé"), SourceId(0), edits).map(Iterator::collect)
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
    fn a_stamp_is_kept_as_its_digest() {
        let hex = "0123456789abcdef".repeat(4);
        let slot = Slot::from(Splice { range: 1..2, before: "\n  k: ".to_owned(), after: " # é".to_owned() });
        for (stamp, is_digest) in [
            (format!("sha256:{hex}"), true),
            (format!("sha256:{}", hex.to_uppercase()), false),
            (format!("sha256:{hex}0"), false),
            (format!("hmac-sha256:01234567:{hex}"), false),
            ("\"\n".to_owned(), false),
        ] {
            let edit = slot.stamp(SourceId(0), &stamp);
            assert_eq!(matches!(edit.text.0, Kept::Stamp { .. }), is_digest, "{stamp}");
            assert_eq!(edit, slot.edit(SourceId(0), &quote(&stamp)));
            assert_eq!(edit.text.get(), format!("\n  k: {} # é", quote(&stamp)));
        }
    }

    #[test]
    fn quoted_text_is_yaml_and_json() {
        let text = "a\"\\\n\u{7f}\u{85}\u{2028}\u{feff}\u{ffff}é🙂";
        let quoted = quote(text);
        assert_eq!(quoted, "\"a\\\"\\\\\\n\\u007f\\u0085\\u2028\\ufeff\\uffffé🙂\"");
        assert_eq!(serde_json::from_str::<String>(&quoted).unwrap(), text);
        assert_eq!(serde_yaml::from_str::<String>(&quoted).unwrap(), text);
    }

    #[test]
    fn undo_gives_the_text_back() {
        let edits = [edit(0..1, "long"), edit(2..2, "x"), edit(4..6, "")];
        let new = run(&edits).unwrap();
        let back = undo("abcdé", &edits);
        assert_eq!(apply(&Source::new("t", new), SourceId(0), &back).unwrap().collect::<String>(), "abcdé");
    }
}

//! Sources and places in them: one named text, which of the set it is, and a range of its bytes.
//!
//! Takes a name and a text. Never reads a file; lines and columns are the business of `lines`.

use std::borrow::Cow;
use std::ops::{Index, Range};

/// One input: a file, or standard input (`-`).
#[derive(Clone, Debug, Default)]
pub struct Source {
    /// How messages name it: the path as the user gave it, or `-`.
    pub name: String,
    /// The whole text, in UTF-8, with its byte order mark if it has one.
    pub text: Cow<'static, str>,
    /// Only supplies configs (`--config-from`): its workloads are not looked at, it is never written.
    pub supply: bool,
}

/// A place in a source, as people count: both from 1, the column in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    pub line: usize,
    pub column: usize,
}

/// Which of the sources that `transform` was given: its index.
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
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
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

    /// By what places are put in order: the source, and the byte where it begins there.
    pub(crate) fn order(&self) -> (SourceId, usize) {
        (self.source, self.range.start)
    }

    /// The index of the last item that begins at or before a place. `items` are in the order of `location`.
    pub(crate) fn last_before<T>(
        items: &[T],
        location: impl Fn(&T) -> &Self,
        place: (SourceId, usize),
    ) -> Option<usize> {
        items.partition_point(|item| location(item).order() <= place).checked_sub(1)
    }
}

impl Source {
    /// How long the texts of some sources are, in bytes.
    pub(crate) fn bytes(all: &[Self]) -> usize {
        all.iter().map(|source| source.text.len()).sum()
    }

    /// A source that is stamped.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { name: name.into(), text: Cow::Owned(text.into()), supply: false }
    }
}

//! Byte offsets → places that people read, with the lines of each source counted once.
//!
//! Takes the sources of a set, gives [`At`]s and object names. A report asks for thousands of places; counting lines from
//! the top for each would be quadratic.

use crate::text::source::{Location, Source, SourceId};
use crate::Config;
use crate::transform::View;
use serde::Serialize;
use std::cell::OnceCell;
use std::fmt;

/// A place in an input.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct At {
    pub(crate) path: String,
    pub(crate) line: usize,
    pub(crate) column: usize,
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", clean(&self.path), self.line)
    }
}

/// An object as reports name it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub(crate) struct Name {
    /// Index of its set: two clusters may hold objects of the same name.
    #[serde(skip)]
    pub(crate) set: usize,
    pub(crate) kind: String,
    pub(crate) namespace: String,
    /// Empty if the cluster makes it up (`generateName`).
    pub(crate) name: String,
}

impl Name {
    pub(crate) fn new(set: usize, kind: &str, namespace: &str, name: &str) -> Self {
        Self { set, kind: kind.to_owned(), namespace: namespace.to_owned(), name: name.to_owned() }
    }

    /// The name of a workload.
    pub(crate) fn workload(set: usize, view: View<'_>) -> Self {
        let workload = view.workload();
        let object = &workload.object;
        Self::new(set, object.kind.shown(), object.namespace_shown(&view.outcome.namespace), object.name.shown())
    }

    /// The name of a config.
    pub(crate) fn config(set: usize, config: &Config) -> Self {
        Self::new(set, config.kind.as_str(), config.namespace.shown(), config.name.shown())
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name.as_str() {
            "" => write!(f, "{}/(generated)", clean(&self.kind)),
            name => write!(f, "{}/{}", clean(&self.kind), clean(name)),
        }
    }
}

/// A text without control characters, which could paint a terminal.
pub(crate) fn clean(text: &str) -> String {
    let escape = |c: char| match c {
        c if c.is_control() => c.escape_default().collect(),
        c => String::from(c),
    };
    text.chars().map(escape).collect()
}

/// Finds places in the sources of one set.
pub(crate) struct Locator<'s> {
    sources: &'s [Source],
    /// Where the lines of each source begin.
    lines: Vec<OnceCell<Vec<usize>>>,
}

impl<'s> Locator<'s> {
    pub(crate) fn new(sources: &'s [Source]) -> Self {
        Self { sources, lines: sources.iter().map(|_| OnceCell::new()).collect() }
    }

    /// Where an object or a field begins.
    pub(crate) fn at(&self, location: &Location) -> At {
        self.offset(location.source, location.range.start)
    }

    /// The place of an offset; a source that is not there has no lines.
    pub(crate) fn offset(&self, source: SourceId, offset: usize) -> At {
        let Some((text, lines)) = self.sources.get(source.0).zip(self.lines.get(source.0)) else {
            return At { path: String::new(), line: 1, column: 1 };
        };
        let starts = lines.get_or_init(|| line_starts(&text.text));
        let offset = offset.min(text.text.len());
        let line = starts.partition_point(|&s| s <= offset);
        let start = starts[line - 1];
        // A source that holds the line alone gives its column as the source itself would.
        let before = text.text.get(start..offset).unwrap_or_default();
        let before = before.strip_prefix('\u{feff}').unwrap_or(before);
        At { path: text.name.clone(), line, column: before.chars().count() + 1 }
    }
}

/// A lone CR breaks a line too, as in `source`.
fn line_starts(text: &str) -> Vec<usize> {
    let bytes = text.as_bytes();
    let breaks =
        memchr::memchr2_iter(b'\n', b'\r', bytes).filter(|&i| bytes[i] == b'\n' || bytes.get(i + 1) != Some(&b'\n'));
    std::iter::once(0).chain(breaks.map(|i| i + 1)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_those_of_the_source() {
        for text in ["a: b\nc: d\n", "a\r\nb\r\nc", "a\rb\r", "\u{feff}é: b\né: c", ""] {
            let sources = [Source::new("t", text)];
            let locator = Locator::new(&sources);
            // Nothing points between the two bytes of a line break.
            let offsets = text.char_indices().map(|(i, _)| i).chain([text.len(), 99]);
            for offset in offsets.filter(|&i| i == 0 || !text.get(i - 1..).is_some_and(|t| t.starts_with("\r\n"))) {
                let (at, position) = (locator.offset(SourceId(0), offset), sources[0].position(offset));
                assert_eq!((at.line, at.column), (position.line, position.column), "{text:?} {offset}");
            }
        }
        assert_eq!(Locator::new(&[]).offset(SourceId(3), 3).line, 1);
    }

    #[test]
    fn names_paint_no_terminal() {
        let name = Name::new(0, "ConfigMap", "shop", "a\u{1b}[31m\nb");
        assert_eq!(name.to_string(), "ConfigMap/a\\u{1b}[31m\\nb");
        assert_eq!(Name::new(0, "Job", "x", "").to_string(), "Job/(generated)");
    }
}

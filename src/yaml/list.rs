//! A chunk that is one list → its items as parts that are read alone, and the rest of it without them.
//!
//! Cuts where lines or bytes look like it, and proves it by reading: a part that reads without an error, from a place where
//! an item begins, ends where the next one begins. Who reads the parts sees to that; where one does not read, or leans on
//! another one, the chunk is read whole.

use super::bytes::has_lone_return;
use super::documents::{Documents, Part};
use super::tree::{Arena, Form, Kind, Ref, Tag};
use super::{Type, json};
use crate::text::geometry::Geometry;
use crate::text::many;
use memchr::memmem;
use std::iter;
use std::ops::Range;

/// The field that is looked for.
const ITEMS: &str = "items";

/// A list that was cut.
#[derive(Debug)]
pub(crate) struct List {
    /// Its text without the items.
    pub(crate) header: String,
    /// Where they stood, in the source.
    pub(crate) gap: Range<usize>,
    /// Where the chunk begins there.
    base: usize,
    /// Without gaps; each is read as a sequence of one item or more.
    pub(crate) items: Vec<Part>,
}

impl List {
    /// What is to be added to an offset of the header, for where that stands in the source.
    pub(crate) fn base(&self, at: usize) -> usize {
        self.base + if self.base + at < self.gap.start { 0 } else { self.gap.len() }
    }

    /// What is made of the top node, if nothing is odd with it.
    fn judge<T>(
        &self,
        chunk: &Part,
        is_gap: impl FnOnce((Ref<'_>, Ref<'_>)) -> bool,
        judge: impl FnOnce(Ref<'_>, &Self) -> Option<T>,
    ) -> Option<T> {
        let mut arena = Arena::default();
        let mut documents = Documents::new(&self.header, chunk);
        let tree = documents.next(&mut arena)?.ok()?;
        let mut roots = tree.roots();
        let (root, None) = (roots.next()?, roots.next()) else { return None };
        let odd = tree.has_aliases() || tree.doubts().next().is_some() || !documents.is_over();
        let is_plain = |key: Ref<'_>| key.scalar_type() == Some(Type::Str);
        if odd || root.kind() != Kind::Map || !root.own_duplicates().is_empty() {
            return None;
        }
        let (_, value) = root.entries().find(|(key, _)| key.scalar() == Some(ITEMS)).filter(|entry| is_gap(*entry))?;
        let plain = !value.is_anchored() && !root.is_anchored() && root.entries().all(|(key, _)| is_plain(key));
        plain.then(|| judge(root, self))?
    }
}

/// Cuts a chunk of a text at the items of the list that it is, if `judge` takes its top node for one: there, the list is
/// null or empty. `None` if anything is unusual.
pub(crate) fn cut_items<T>(
    text: &str,
    chunk: &Part,
    judge: impl FnOnce(Ref<'_>, &List) -> Option<T>,
) -> Option<(List, T)> {
    let base = chunk.range.start;
    let part = &text[chunk.range.clone()];
    let is_json = base == 0 && part[Geometry { text: part }.skip_blanks(0)..].starts_with('{');
    let (field, starts, end) = if is_json { json_items(part)? } else { block_items(part)? };
    let (first, rest) = starts.split_first()?;
    let ends = rest.iter().chain(iter::once(&end));
    let item = |(start, end): (&usize, &usize)| Part { range: base + start..base + end, cut: false, json: is_json };
    let items = iter::once(first).chain(rest).zip(ends).map(item).collect();
    let header = [&part[..*first], &part[end..]].concat();
    let list = List { header, gap: base + first..base + end, base, items };
    let is_gap = |(key, value): (Ref<'_>, Ref<'_>)| match (is_json, value.tree().form() == Form::Json) {
        (true, true) => value.kind() == Kind::Seq && value.start() == field && value.items().next().is_none(),
        (false, false) => {
            value.is_null() && value.range().is_empty() && value.tag() == Tag::None && key.start() == field
        }
        // What begins like JSON may be YAML, as a whole.
        _ => false,
    };
    let taken = list.judge(chunk, is_gap, judge)?;
    Some((list, taken))
}

/// Where the field of the items stands, where parts begin, and where the last one ends.
type Places = (usize, Vec<usize>, usize);

/// The items of a list in block style: each a line at the column of the first one that begins with a dash.
fn block_items(text: &str) -> Option<Places> {
    let lines = Geometry { text };
    let field = match text.strip_prefix("items:") {
        Some(_) => 0,
        None => memmem::find(text.as_bytes(), b"\nitems:")? + 1,
    };
    let behind = field + ITEMS.len() + 1;
    let mut first = text[behind..].find('\n')? + behind + 1;
    let rest = text[behind..first].trim_end();
    if !(rest.is_empty() || rest.starts_with(' ') && rest.trim_start().starts_with('#')) {
        return None;
    }
    // Comments before the first item are not its own.
    let content = lines.skip_comments(first);
    first = text[first..content].rfind('\n').map_or(first, |at| first + at + 1);
    let column = content - first;
    if text[first..content].bytes().any(|b| b != b' ') || line(text, first, column) != Line::Item {
        return None;
    }
    let (starts, end) = lines_of(text, first, column, PIECE);
    // What is behind an item that lacks its line break is not told from it, nor is what lies behind another break than these.
    let is_usual = text[..end].ends_with('\n') && !has_lone_return(&text.as_bytes()[first..end]);
    (starts.len() > 1 && is_usual).then_some((field, starts, end))
}

/// So much of a text is looked through by one thread.
const PIECE: usize = 256 * 1024;

/// Lines that begin an item, from the first one on, and the end of the last one.
fn lines_of(text: &str, first: usize, column: usize, piece: usize) -> (Vec<usize>, usize) {
    let pieces: Vec<usize> = (first..text.len()).step_by(piece).collect();
    let look = |&from: &usize| {
        // The lines whose break before them stands here.
        let bytes = &text.as_bytes()[from - 1..text.len().min(from - 1 + piece)];
        let (mut starts, mut other) = (Vec::new(), None);
        for start in memchr::memchr_iter(b'\n', bytes).map(|at| from + at) {
            match line(text, start, column) {
                Line::Inside => {}
                Line::Item => starts.push(start),
                Line::Other => {
                    other = Some(start);
                    break;
                }
            }
        }
        (starts, other)
    };
    let mut all = Vec::new();
    for (starts, other) in many::each(&pieces, 4, look) {
        all.extend(starts);
        if let Some(end) = other {
            return (all, end);
        }
    }
    (all, text.len())
}

/// What a line is for a list.
#[derive(Debug, PartialEq, Eq)]
enum Line {
    /// It goes on with an item, or says nothing.
    Inside,
    Item,
    /// It ends the list.
    Other,
}

/// The line at an offset, for a list whose dashes stand in a column.
fn line(text: &str, start: usize, column: usize) -> Line {
    let bytes = &text.as_bytes()[start..];
    let indent = bytes.iter().take(column + 1).take_while(|&&b| b == b' ').count();
    match bytes[indent..] {
        _ if indent > column => Line::Inside,
        [] | [b'\n' | b'#', ..] | [b'\r', b'\n', ..] => Line::Inside,
        [b'-', b' ' | b'\n' | b'\r', ..] if indent == column => Line::Item,
        _ => Line::Other,
    }
}

/// The items of a list in JSON: behind the first one, where what is between that and the next one comes again.
fn json_items(text: &str) -> Option<Places> {
    let bytes = text.as_bytes();
    // Past a byte, and blanks behind it.
    let past = |at: usize, byte: u8| {
        (bytes.get(at) == Some(&byte)).then(|| Geometry { text }.skip_blanks(at + 1)).filter(|&next| next < text.len())
    };
    let value = |at: usize| {
        let end = json::read(&mut Arena::default(), text, at).ok()?;
        Some((end, Geometry { text }.skip_blanks(end)))
    };
    let key = memmem::find(bytes, b"\"items\"")?;
    let field = past(past(key + ITEMS.len() + 1, b'"')?, b':')?;
    let (end, comma) = value(past(field, b'[').map(|_| field + 1)?)?;
    // As far as the end of the second one's first key.
    let open = past(comma, b',')?;
    let quote = past(open, b'{')?;
    let word = past(quote, b'"').and_then(|_| memchr::memchr(b'"', &bytes[quote + 1..]))?;
    if bytes[end - 1] != b'}' {
        return None;
    }
    let needle = &bytes[end - 1..quote + word + 2];
    let behind = comma - (end - 1) + 1;
    let found = memmem::find_iter(&bytes[end - 1..], needle).map(|at| end - 1 + at + behind);
    let starts: Vec<usize> = iter::once(field + 1).chain(found).collect();
    let mut at = *starts.last()?;
    // One long part is not read faster alone.
    if text.len() - at > PIECE.max(text.len() / 2) {
        return None;
    }
    loop {
        let (_, next) = value(at)?;
        match bytes.get(next)? {
            b',' => at = next + 1,
            b']' => return Some((field, starts, next)),
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::chunks;
    use super::*;

    /// The parts of the first chunk, and its rest.
    fn cut(text: &str) -> Option<(Vec<&str>, String)> {
        let (list, ()) = cut_items(text, &chunks(text).all[0], |_, _| Some(()))?;
        assert_eq!(list.items.first().map(|part| part.range.start), Some(list.gap.start));
        assert_eq!(list.items.last().map(|part| part.range.end), Some(list.gap.end));
        assert!(list.items.windows(2).all(|two| two[0].range.end == two[1].range.start));
        Some((list.items.iter().map(|part| &text[part.range.clone()]).collect(), list.header))
    }

    #[test]
    fn lists_are_cut_at_their_items() {
        for (text, parts, header) in [
            ("items:\n- a\n- b\n", &["- a\n", "- b\n"][..], "items:\n"),
            (
                "a: 1\nitems: # c\n\n# d\n  - a:\n    - x\n# e\n  - b: |\n     - y\n\nz:\n- c\n",
                &["  - a:\n    - x\n# e\n", "  - b: |\n     - y\n\n"],
                "a: 1\nitems: # c\n\n# d\nz:\n- c\n",
            ),
            ("items:\r\n- a\r\n-\r\n  b\r\n", &["- a\r\n", "-\r\n  b\r\n"], "items:\r\n"),
            (
                "{\"items\": [\n  {\"k\": \"},{\"},\n  {\"k\": [{\"k\": 1},{\"k\": 2}]}, {\"l\": 1}\n], \"z\": 1}",
                &["\n  {\"k\": \"},{\"},", "\n  {\"k\": [{\"k\": 1},{\"k\": 2}]}, {\"l\": 1}\n"],
                "{\"items\": [], \"z\": 1}",
            ),
        ] {
            let parts = parts.to_vec();
            assert_eq!(cut(text), Some((parts, header.to_owned())), "{text:?}");
        }
    }

    #[test]
    fn what_is_unusual_is_not_cut() {
        for text in [
            "items:\n- a\n",
            "items:\n- a\n- b",
            "items: [a, b]\n",
            "items: &x\n- a\n- b\n",
            "items: !!seq\n- a\n- b\n",
            "items:\n- a\n- b\nitems:\n- c\n",
            "a: |\n items:\nb: 1\n",
            "a: \"\nitems:\n- a\n- b\n\"\n",
            "items:\n- a\n- b\n<<: {c: d}\n",
            "items:\n- a\n- b\n1: c\n",
            "items:\n- a\n- b\n...\nc: d\n",
            "items:\n  - a\n  - b\n c\n",
            "items:\n - a\n - b: c\r|\nd: e\n",
            "items:\n- a\n- b\nc: *x\n",
            "{\"items\": []}",
            "{\"a\": !!str \"b\", \"items\": [{\"k\": 1}, {\"k\": 2}]}",
            "{\"items\": [{\"a\": 1}]}",
            "{\"items\": [1, 2]}",
            "{\"a\": {\"items\": [{\"a\": 1}, {\"a\": 2}]}}",
            "{\"items\": [{\"a\": 1}, {\"a\": 2}",
            "{\"items\": [{\"a\": 1}, {\"a\": 2},]}",
            "{\"items\": [{\"a\": 1}, {\"a\": 2}], \"items\": 1}",
            "{\"items\": [{\"a\": 1}, {\"a\": 2}]} {}",
            "{\"items\"",
        ] {
            assert_eq!(cut(text), None, "{text:?}");
        }
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig { cases: 4000, ..Default::default() })]
        #[test]
        fn pieces_are_looked_through_as_the_whole(
            text in "(  - a|- a|-|#|  #| c|   d|k|\t|\r|é|)(\n|\r\n)(((  )?- a|-|#|  #| c|   d|\t|\r|é|)(\n|\r\n)){0,12}((k|- b)\n){0,2}",
            column in 0..3_usize,
            piece in 1..20_usize,
        ) {
            let first = text.find('\n').map_or(0, |at| at + 1);
            assert_eq!(lines_of(&text, first, column, piece), lines_of(&text, first, column, PIECE), "{text:?}");
        }
    }
}

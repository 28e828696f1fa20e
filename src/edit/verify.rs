//! The edited text is read again and compared with the original: the same tree, plus or minus the stamps.
//!
//! The last guard before anything is written. A difference is a bug of restamp, never of the input.

use super::path::is_empty;
use crate::edit::{self, Edit, Region};
use crate::text::source::{Source, SourceId};
use crate::yaml::{self, Arena, Documents, Kind, Part, Ref, Style, Tag, Tree, Type};
use rayon::prelude::*;
use serde_json::Value;
use std::cmp::Reverse;
use std::ops::Range;
use std::ptr;

/// A chunk whose edited form is not what was meant.
#[derive(Debug)]
pub(crate) struct Broken {
    pub(crate) source: SourceId,
    pub(crate) range: Range<usize>,
}

/// What may differ between a text and its edited form.
#[derive(Clone, Copy)]
pub(crate) struct Meant<'m> {
    /// The key of the stamps.
    pub(crate) annotation: &'m str,
    /// The fields to the mapping that holds one, from a pod template on.
    pub(crate) places: &'m [&'m [&'m str]],
    /// Items that were added to a list that is a field of the first object.
    pub(crate) appended: Option<(&'m str, &'m [Value])>,
}

impl<'m> Meant<'m> {
    /// Nothing but stamps.
    pub(crate) fn stamps(annotation: &'m str, places: &'m [&'m [&'m str]]) -> Self {
        Self { annotation, places, appended: None }
    }
}

/// Checks edits of stamps that stand in some regions of a text, each of them in one of these; gives the places of those of
/// which that does not tell whether they come out as meant, which is nothing but stamps. Sorts both.
pub(crate) fn in_regions(
    sources: &[Source],
    edits: &mut [Edit],
    meant: Meant<'_>,
    regions: Vec<(SourceId, Region)>,
    arenas: &mut (Arena, Arena),
) -> Vec<Place> {
    edits.sort_by_key(place);
    let regions = outermost(regions);
    let home = |edit: &Edit| {
        let before = regions.partition_point(|(id, region)| (*id, region.start()) <= (edit.source, edit.range.start));
        let (id, region) = regions.get(before.checked_sub(1)?)?;
        (*id == edit.source && region.holds(&sources[*id].text, edit)).then_some(region)
    };
    let homes: Vec<(Option<&Region>, &Edit)> = edits.iter().map(|edit| (home(edit), edit)).collect();
    let parts = homes.chunk_by(|(a, _), (b, _)| a.zip(*b).is_some_and(|(a, b)| ptr::eq(a, b)));
    let open = parts.filter(|part| {
        let (region, first) = part[0];
        let edits = part.iter().map(|(_, edit)| *edit);
        !region.is_some_and(|region| region.comes_out(&sources[first.source].text, edits, meant, arenas))
    });
    open.flatten().map(|(_, edit)| place(edit)).collect()
}

/// Checks the edits of some places as their chunks are read as a whole, with all of their edits; gives the chunks that must
/// not be written. Both are in order.
pub(crate) fn whole(sources: &[Source], edits: &[Edit], open: &[Place], meant: Meant<'_>) -> Vec<Broken> {
    let whole = open.chunk_by(|(a, ..), (b, ..)| a == b).flat_map(|open| {
        let (id, ..) = open[0];
        let mut chunks = share(&sources[id].text, edit::of_source(edits, id));
        chunks.retain(|(_, here)| {
            let first = open.partition_point(|open| *open < place(&here[0]));
            open.get(first).zip(here.last()).is_some_and(|(open, last)| *open <= place(last))
        });
        chunks.into_iter().map(move |(part, edits)| (id, part, edits))
    });
    let whole: Vec<_> = whole.collect();
    let broken = failing(&whole, |(id, part, edits), arenas| comes_out(&sources[*id].text, part, edits, meant, arenas));
    broken.into_iter().map(|(id, part, _)| Broken { source: *id, range: part.range.clone() }).collect()
}

/// Where an edit stands: its source, and its bytes there.
pub(crate) type Place = (SourceId, usize, usize);

/// By what edits are put in order.
pub(crate) fn place(edit: &Edit) -> Place {
    (edit.source, edit.range.start, edit.range.end)
}

/// The regions that no other one holds, in order.
fn outermost(mut regions: Vec<(SourceId, Region)>) -> Vec<(SourceId, Region)> {
    regions.sort_by_key(|(id, region)| (*id, region.start(), Reverse(region.end())));
    regions.dedup_by(|(id, region), (outer, around)| id == outer && region.end() <= around.end());
    regions
}

/// What of some things does not hold.
fn failing<T: Sync>(all: &[T], holds: impl Fn(&T, &mut (Arena, Arena)) -> bool + Sync) -> Vec<&T> {
    let check = |arenas: &mut (Arena, Arena), one| (!holds(one, arenas)).then_some(one);
    if all.len() < 16 {
        let mut arenas = Default::default();
        return all.iter().filter_map(|one| check(&mut arenas, one)).collect();
    }
    all.par_iter().with_min_len(16).map_init(Default::default, check).flatten().collect()
}

/// Whether one edit comes out as it is meant, beside the others of its chunk; `edits` are those of the source, sorted.
pub(crate) fn holds(source: &Source, edits: &[Edit], edit: &Edit, meant: Meant<'_>) -> bool {
    let mine = share(&source.text, edits).into_iter().find(|(_, here)| here.contains(edit));
    mine.is_some_and(|(part, here)| comes_out(&source.text, &part, here, meant, &mut Default::default()))
}

/// The chunks of a text that have edits, with them.
fn share<'e>(text: &str, mut edits: &'e [Edit]) -> Vec<(Part, &'e [Edit])> {
    let mut out = Vec::new();
    for part in yaml::chunks(text).all {
        let end = part.range.end;
        // What is inserted between two chunks belongs to the first: nothing is put before a document. What would lie behind
        // the text is for the last one to refuse.
        let inside = |e: &Edit| e.range.start < end || e.range.end == end || end == text.len();
        let (here, rest) = edits.split_at(edits.partition_point(inside));
        if !here.is_empty() {
            out.push((part, here));
        }
        edits = rest;
    }
    out
}

pub(super) fn comes_out(
    text: &str,
    part: &Part,
    edits: &[Edit],
    meant: Meant<'_>,
    arenas: &mut (Arena, Arena),
) -> bool {
    let before = &text[part.range.clone()];
    edited(text, &part.range, edits).is_some_and(|after| same_but_for(before, &after, part, meant, arenas))
}

/// What some edits make of a range of a text; `None` if they do not fit into it.
pub(super) fn edited<'e>(
    text: &str,
    range: &Range<usize>,
    edits: impl IntoIterator<Item = &'e Edit>,
) -> Option<String> {
    // What begins before it would lie behind any text.
    let moved = |at: usize| at.checked_sub(range.start).unwrap_or(usize::MAX);
    let edits = edits.into_iter().map(|e| (moved(e.range.start)..moved(e.range.end), &e.text));
    edit::applied(&text[range.clone()], edits).ok()
}

/// Whether two chunks hold the same documents, but for what is meant to differ: the annotation in pod template metadata,
/// and items of a list. `chunk` is where the first one stood.
pub(crate) fn same_but_for(
    before: &str,
    after: &str,
    chunk: &Part,
    mut meant: Meant<'_>,
    arenas: &mut (Arena, Arena),
) -> bool {
    let (old_arena, new_arena) = arenas;
    let mut old = Documents::new(before, chunk);
    let mut new = Documents::new(after, chunk);
    loop {
        match (old.next(old_arena), new.next(new_arena)) {
            // What could not be read is an error of its own.
            (None, None) | (Some(Err(_)), Some(Err(_))) => return meant.appended.is_none(),
            (Some(Ok(a)), Some(Ok(b))) => {
                if !same_tree(a, b, &mut meant) {
                    return false;
                }
            }
            _ => return false,
        }
    }
}

/// Whether two trees are the same, but for what is meant to differ.
pub(super) fn same_tree(a: Tree<'_>, b: Tree<'_>, meant: &mut Meant<'_>) -> bool {
    // What was read is not to be dropped now.
    let drops = a.drops() == b.drops();
    let (a, b): (Vec<_>, Vec<_>) = (a.roots().collect(), b.roots().collect());
    let mut pairs = a.iter().zip(&b);
    let same = pairs.all(|(a, b)| {
        let appended = meant.appended.take();
        let there = appended.is_none_or(|(field, _)| b.get(field).is_some());
        there && same(*a, *b, Context { meant: Meant { appended, ..*meant }, parent: None })
    });
    drops && a.len() == b.len() && same
}

/// Where two nodes are compared.
#[derive(Clone, Copy)]
struct Context<'c> {
    /// Without what was appended, but at the top node.
    meant: Meant<'c>,
    /// The key that holds them.
    parent: Option<&'c str>,
}

impl<'c> Context<'c> {
    fn below(self, key: Option<&'c str>) -> Self {
        Self { meant: Meant { appended: None, ..self.meant }, parent: key }
    }
}

/// Whether two nodes hold the same, in the same style.
pub(crate) fn equal(a: Ref<'_>, b: Ref<'_>) -> bool {
    same(a, b, Context { meant: Meant::stamps("", &[]), parent: None })
}

/// Compares without following aliases: an alias is the same if its target has the same place among the anchors.
fn same(a: Ref<'_>, b: Ref<'_>, context: Context<'_>) -> bool {
    if a.kind() != b.kind() {
        return false;
    }
    if matches!(a.kind(), Kind::Seq | Kind::Map) && context.meant.appended.is_none() && a.is_copy_of(b) {
        return true;
    }
    match a.kind() {
        Kind::Scalar => a.style() == b.style() && a.tag() == b.tag() && a.scalar() == b.scalar(),
        Kind::Alias => {
            let (a, b) = (a.resolved(), b.resolved());
            a.kind() == b.kind() && a.style() == b.style() && a.scalar() == b.scalar()
        }
        Kind::Seq => {
            let (mut x, mut y) = (a.items(), b.items());
            loop {
                match (x.next(), y.next()) {
                    (None, None) => return properties(a, b),
                    (Some(p), Some(q)) if same(p, q, context.below(None)) => {}
                    _ => return false,
                }
            }
        }
        Kind::Map => properties(a, b) && same_map(a, b, context),
    }
}

fn properties(a: Ref<'_>, b: Ref<'_>) -> bool {
    a.style() == b.style() && a.tag() == b.tag() && a.is_anchored() == b.is_anchored()
}

/// The entries of two mappings pair up, but for those that hold nothing but the stamp, and for
/// the stamp in `annotations`.
fn same_map(a: Ref<'_>, b: Ref<'_>, context: Context<'_>) -> bool {
    let (mut x, mut y) = (a.entries().peekable(), b.entries().peekable());
    loop {
        let skip = |entry: &(Ref<'_>, Ref<'_>)| is_stamp_only(entry.0, entry.1, context);
        let new_list = |entry: &(Ref<'_>, Ref<'_>)| {
            (context.meant.appended)
                .is_some_and(|(field, items)| entry.0.scalar() == Some(field) && grown(None, entry.1, items))
        };
        match (x.peek(), y.peek()) {
            (None, None) => return true,
            (Some(p), Some(q))
                if p.0.scalar() == q.0.scalar() && p.0.style() == q.0.style() && p.0.tag() == q.0.tag() =>
            {
                if !same_value(*p, *q, context) {
                    return false;
                }
                x.next();
                y.next();
            }
            (Some(p), _) if skip(p) => drop(x.next()),
            (_, Some(q)) if skip(q) && is_single(b, q.0) || new_list(q) => drop(y.next()),
            _ => return false,
        }
    }
}

/// Whether a key stands once in a mapping.
fn is_single(map: Ref<'_>, key: Ref<'_>) -> bool {
    map.entries().filter(|(other, _)| other.scalar() == key.scalar()).nth(1).is_none()
}

/// The values of one key.
fn same_value(p: (Ref<'_>, Ref<'_>), q: (Ref<'_>, Ref<'_>), context: Context<'_>) -> bool {
    let key = p.0.scalar();
    let (old, new) = (p.1, q.1);
    if is_stamp(p.0, context) {
        // A stamp that was set is double-quoted.
        return new.scalar().is_some() && new.style() == Style::DoubleQuoted || same(old, new, context);
    }
    if let Some((_, items)) = context.meant.appended.filter(|(field, _)| key == Some(field)) {
        return grown(Some(old), new, items);
    }
    if same(old, new, context.below(key)) {
        return true;
    }
    let plain = |v: Ref<'_>| v.tag() == Tag::None;
    let comes = is_empty(old) && is_stamp_only(q.0, new, context);
    let goes = is_empty(new) && is_stamp_only(p.0, old, context);
    (comes || goes) && plain(old) && plain(new)
}

/// Whether a list is what it was (absent and null are empty), with some items more.
fn grown(old: Option<Ref<'_>>, new: Ref<'_>, items: &[Value]) -> bool {
    let old = old.filter(|old| !(old.is_null() && old.tag() == Tag::None));
    let mut found = new.items();
    new.kind() == Kind::Seq
        && old.is_none_or(|old| old.kind() == Kind::Seq && properties(old, new))
        && old.into_iter().flat_map(Ref::items).all(|old| found.next().is_some_and(|new| equal(old, new)))
        && items.iter().all(|item| found.next().is_some_and(|new| is_json(new, item)))
        && found.next().is_none()
}

/// Whether a node is a JSON value, its keys in the same order.
fn is_json(node: Ref<'_>, value: &Value) -> bool {
    match value {
        Value::Null => node.is_null(),
        Value::Bool(bool) => node.boolean() == Some(*bool),
        Value::Number(number) => {
            matches!(node.scalar_type(), Some(Type::Int | Type::Float)) && node.scalar() == Some(&number.to_string())
        }
        Value::String(text) => node.scalar_type() == Some(Type::Str) && node.scalar() == Some(text),
        Value::Array(items) => {
            let mut found = node.items();
            let all = items.iter().all(|item| found.next().is_some_and(|n| is_json(n, item)));
            node.kind() == Kind::Seq && all && found.next().is_none()
        }
        Value::Object(fields) => {
            let mut found = node.entries();
            let mut all = fields.iter();
            let all = all.all(|(k, v)| found.next().is_some_and(|(n, w)| n.scalar() == Some(k) && is_json(w, v)));
            node.kind() == Kind::Map && all && found.next().is_none()
        }
    }
}

/// The annotation itself, in a mapping that holds stamps.
fn is_stamp(key: Ref<'_>, context: Context<'_>) -> bool {
    let Meant { annotation, places, .. } = context.meant;
    key.is(annotation) && context.parent.is_some_and(|p| places.iter().any(|place| place.ends_with(&[p])))
}

/// The annotation, or a parent of it that holds nothing else.
fn is_stamp_only(key: Ref<'_>, value: Ref<'_>, context: Context<'_>) -> bool {
    let (mut key, mut value, mut way) = (key, value, Vec::new());
    while value.kind() == Kind::Map {
        let mut entries = value.entries();
        let (Some(name), Some(only), None) = (key.scalar(), entries.next(), entries.next()) else { return false };
        way.push(name);
        (key, value) = only;
    }
    // The parents that came with it are the last of a place; that before them is there in both texts.
    let fits = |place: &&[&str]| match place.strip_suffix(&way[..]) {
        Some([]) => !way.is_empty(),
        Some([.., parent]) => context.parent == Some(parent),
        None => false,
    };
    key.scalar() == Some(context.meant.annotation) && value.scalar().is_some() && context.meant.places.iter().any(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACES: &[&[&str]] = &[&["metadata", "annotations"], &["x", "y", "podAnnotations"]];

    fn same_text(before: &str, after: &str) -> bool {
        let meant = Meant::stamps("k", PLACES);
        same_but_for(before, after, &Part { range: 0..0, cut: false, json: false }, meant, &mut Default::default())
    }

    #[test]
    fn a_stamp_may_come_change_and_go() {
        let plain = "t:\n  metadata:\n    name: x\n  spec: {}\n";
        let stamped = "t:\n  metadata:\n    annotations:\n      k: \"v\"\n    name: x\n  spec: {}\n";
        assert!(same_text(plain, stamped));
        assert!(same_text(stamped, plain));
        assert!(same_text(stamped, &stamped.replace("\"v\"", "\"w\"")));
        assert!(same_text("metadata: ~\na: 1\n", "metadata:\n  annotations: {\"k\": \"v\"}\na: 1\n"));
        assert!(same_text("a: 1\n", "x: {y: {podAnnotations: {\"k\": \"v\"}}}\na: 1\n"));
        assert!(same_text("x: {}\n", "x: {y: {podAnnotations: {\"k\": \"v\"}}}\n"));
        // The same bytes, of which another reader takes the scalar.
        assert!(same_text("m:\n  a: |\n    b\n  c: d\n", "m:\n  a: |\n    b\n  c: d"));
    }

    #[test]
    fn anything_else_is_a_difference() {
        for (before, after) in [
            ("a: 1\n", "a: 2\n"),
            ("a: 1\n", "a: \"1\"\n"),
            ("a: 1\n", "a: 1\nb: 2\n"),
            ("a: [1]\n", "a:\n- 1\n"),
            ("metadata:\n  annotations:\n    k: v\n", "metadata:\n  annotations:\n    k: v\n    j: w\n"),
            ("annotations:\n  k: v\n", "annotations:\n  k: w\n"),
            ("spec:\n  a: 1\n", "spec:\n  k: \"v\"\n  a: 1\n"),
            ("a:\n  b: 1\n", "a:\n  annotations:\n    k: \"v\"\n  b: 1\n"),
            ("a:\n  b: 1\n", "a:\n  podAnnotations:\n    k: \"v\"\n  b: 1\n"),
            ("a: 1\n", "x: {podAnnotations: {\"k\": \"v\"}}\na: 1\n"),
            ("a: 1\n", "z: {metadata: {annotations: {\"k\": \"v\"}}}\na: 1\n"),
            ("a: 1\n", "a: 1\n---\nb: 1\n"),
            ("a: 1\n", "a: [\n"),
            ("a: &x 1\nb: *x\n", "a: &x 1\nb: 1\n"),
            ("metadata: !!null\n", "metadata: !!null {annotations: {k: \"v\"}}\n"),
        ] {
            assert!(!same_text(before, after), "{before:?} {after:?}");
        }
    }

    #[test]
    fn a_list_grows_by_what_was_meant() {
        let items = [serde_json::json!({"m": "x", "n": {"i": 1, "b": [true, null]}})];
        let meant = Meant { appended: Some(("r", &items)), ..Meant::stamps("k", PLACES) };
        let same = |before: &str, after: &str| {
            same_but_for(before, after, &Part { range: 0..0, cut: false, json: false }, meant, &mut Default::default())
        };
        let item = "{m: x, n: {i: 1, b: [true, ~]}}";
        for (before, list) in [("", "[]"), ("r:\n", "[]"), ("r: [1]\n", "[1, ]"), ("r: &x [a, b]\n", "&x [a, b, ]")] {
            let list = list.replace(']', &format!("{item}]"));
            assert!(same(&format!("a: 1\n{before}"), &format!("a: 1\nr: {list}\n")), "{before:?} {list:?}");
        }
        for (before, after) in [
            ("a: 1\n", "a: 1\n".to_owned()),
            ("a: 1\n", format!("a: 2\nr: [{item}]\n")),
            ("a: 1\n", format!("a: 1\nr: [{item}, {item}]\n")),
            ("a: 1\n", format!("a: 1\nr: [{}]\n", item.replace("x", "y"))),
            ("a: 1\n", format!("a: 1\nr: [{}]\n", item.replace("1", "\"1\""))),
            ("a: 1\nr: [1]\n", format!("a: 1\nr: [{item}]\n")),
            ("a: 1\nr: [1]\n", format!("a: 1\nr: [{item}, 1]\n")),
            ("a: 1\nr: !!null\n", format!("a: 1\nr: !!null [{item}]\n")),
            ("a: 1\nr: &x\n", format!("a: 1\nr: [{item}] # &x\nb: *x\n")),
            ("a: {}\n", format!("a: {{r: [{item}]}}\n")),
        ] {
            assert!(!same(before, &after), "{before:?} {after:?}");
        }
    }
}

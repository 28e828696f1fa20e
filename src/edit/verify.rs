//! The edited text is read again and compared with the original: the same tree, plus or minus the stamps.
//!
//! The last guard before anything is written. A difference is a bug of restamp, never of the input.

use crate::edit::{self, Edit};
use crate::text::source::{Source, SourceId};
use crate::yaml::{self, Arena, Documents, Kind, Ref, Style, Tag};
use rayon::prelude::*;
use std::ops::Range;

/// A chunk whose edited form is not what was meant.
#[derive(Debug)]
pub(crate) struct Broken {
    pub(crate) source: SourceId,
    pub(crate) range: Range<usize>,
}

/// Checks all edits (sorted by source and range); gives the chunks that must not be written.
///
/// `annotation` is the key of the stamp.
pub(crate) fn verify(sources: &[Source], edits: &[Edit], annotation: &str) -> Vec<Broken> {
    let mut todo = Vec::new();
    for (index, source) in SourceId::each(sources) {
        let mut mine = edit::of_source(edits, index);
        if mine.is_empty() {
            continue;
        }
        for chunk in yaml::chunks(&source.text) {
            // An insertion at the very end belongs to the last chunk.
            let last = chunk.end == source.text.len();
            let n = mine.partition_point(|e| e.range.start < chunk.end || last);
            let (here, rest) = mine.split_at(n);
            if !here.is_empty() {
                todo.push((index, chunk, here));
            }
            mine = rest;
        }
    }
    let check = |arenas: &mut (Arena, Arena), (index, chunk, edits): &(SourceId, Range<usize>, &[Edit])| {
        let before = &sources[*index].text[chunk.clone()];
        let shifted = edits.iter().map(|e| (e.range.start - chunk.start..e.range.end - chunk.start, e.text.as_str()));
        let same = edit::splice(before, shifted)
            .map(|parts| parts.concat())
            .is_ok_and(|after| same_but_for(before, &after, annotation, arenas));
        (!same).then(|| Broken { source: *index, range: chunk.clone() })
    };
    if todo.len() < 16 {
        let mut arenas = Default::default();
        return todo.iter().filter_map(|t| check(&mut arenas, t)).collect();
    }
    todo.par_iter().with_min_len(16).map_init(Default::default, check).flatten().collect()
}

/// Whether two chunks hold the same documents, but for the annotation in pod template metadata.
pub(crate) fn same_but_for(before: &str, after: &str, annotation: &str, arenas: &mut (Arena, Arena)) -> bool {
    let (old_arena, new_arena) = arenas;
    let mut old = Documents::new(before, old_arena);
    let mut new = Documents::new(after, new_arena);
    loop {
        match (old.next(old_arena), new.next(new_arena)) {
            (None, None) => return true,
            (Some(Ok(a)), Some(Ok(b))) => {
                let (a, b): (Vec<_>, Vec<_>) = (a.roots().collect(), b.roots().collect());
                let top = Context { annotation, parent: None };
                if a.len() != b.len() || !a.into_iter().zip(b).all(|(a, b)| same(a, b, top)) {
                    return false;
                }
            }
            _ => return false,
        }
    }
}

/// Where two nodes are compared.
#[derive(Clone, Copy)]
struct Context<'c> {
    annotation: &'c str,
    /// The key that holds them.
    parent: Option<&'c str>,
}

impl<'c> Context<'c> {
    fn below(self, key: Option<&'c str>) -> Self {
        Self { parent: key, ..self }
    }
}

/// Whether two nodes hold the same, in the same style.
pub(crate) fn equal(a: Ref<'_>, b: Ref<'_>) -> bool {
    let everywhere = Context { annotation: "", parent: None };
    same(a, b, everywhere)
}

/// Compares without following aliases: an alias is the same if its target has the same place among the anchors.
fn same(a: Ref<'_>, b: Ref<'_>, context: Context<'_>) -> bool {
    if a.kind() != b.kind() {
        return false;
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

/// The entries of two mappings pair up, but for `metadata` and `annotations` that hold nothing but the stamp, and for
/// the stamp in `annotations`.
fn same_map(a: Ref<'_>, b: Ref<'_>, context: Context<'_>) -> bool {
    let (mut x, mut y) = (a.entries().peekable(), b.entries().peekable());
    loop {
        let skip = |entry: &(Ref<'_>, Ref<'_>)| is_stamp_only(entry.0, entry.1, context);
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
            (_, Some(q)) if skip(q) => drop(y.next()),
            _ => return false,
        }
    }
}

/// The values of one key.
fn same_value(p: (Ref<'_>, Ref<'_>), q: (Ref<'_>, Ref<'_>), context: Context<'_>) -> bool {
    let key = p.0.scalar();
    let (old, new) = (p.1, q.1);
    if is_stamp(p.0, context) {
        // A stamp that was set is double-quoted.
        return new.scalar().is_some() && new.style() == Style::DoubleQuoted || same(old, new, context);
    }
    let empty = |v: Ref<'_>| v.is_null() || v.kind() == Kind::Map && v.entries().next().is_none();
    if empty(old) && is_stamp_only(q.0, new, context) || empty(new) && is_stamp_only(p.0, old, context) {
        return old.tag() == Tag::None && new.tag() == Tag::None;
    }
    same(old, new, context.below(key))
}

/// The annotation itself, in `annotations`.
fn is_stamp(key: Ref<'_>, context: Context<'_>) -> bool {
    key.scalar() == Some(context.annotation) && context.parent == Some("annotations")
}

/// The annotation, or a parent of it that holds nothing else.
fn is_stamp_only(key: Ref<'_>, value: Ref<'_>, context: Context<'_>) -> bool {
    if is_stamp(key, context) {
        return value.scalar().is_some();
    }
    let name = key.scalar();
    let parent = name == Some("metadata") || name == Some("annotations") && context.parent == Some("metadata");
    if !parent || value.kind() != Kind::Map {
        return false;
    }
    let mut entries = value.entries();
    match (entries.next(), entries.next()) {
        (Some((k, v)), None) => is_stamp_only(k, v, context.below(name)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same_text(before: &str, after: &str) -> bool {
        same_but_for(before, after, "k", &mut Default::default())
    }

    #[test]
    fn a_stamp_may_come_change_and_go() {
        let plain = "t:\n  metadata:\n    name: x\n  spec: {}\n";
        let stamped = "t:\n  metadata:\n    annotations:\n      k: \"v\"\n    name: x\n  spec: {}\n";
        assert!(same_text(plain, stamped));
        assert!(same_text(stamped, plain));
        assert!(same_text(stamped, &stamped.replace("\"v\"", "\"w\"")));
        assert!(same_text("metadata: ~\na: 1\n", "metadata:\n  annotations: {\"k\": \"v\"}\na: 1\n"));
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
            ("a: 1\n", "a: 1\n---\nb: 1\n"),
            ("a: 1\n", "a: [\n"),
            ("a: &x 1\nb: *x\n", "a: &x 1\nb: 1\n"),
        ] {
            assert!(!same_text(before, after), "{before:?} {after:?}");
        }
    }
}

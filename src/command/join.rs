//! Several stamped texts → one stream of documents, as `stamp` prints it.

use crate::command::set::Stamped;
use crate::edit;
use crate::input::kustomization::is_kustomization;
use crate::input::{Set, find_document};
use crate::text::source::{Source, SourceId};
use crate::transform::Outcome;
use crate::yaml::chunks;
use crate::yaml::{Arena, Documents, Ref};

/// Lets each text but the last end its last line. What is printed as one stream is hashed as it will stand there: the line
/// break may be part of a block scalar.
pub(crate) fn end_lines(sets: &mut [Set]) {
    let mut sources: Vec<_> = sets.iter_mut().flat_map(|set| &mut set.sources).collect();
    sources.pop();
    for text in sources.into_iter().map(|source| &mut source.text) {
        if !text.is_empty() && !text.ends_with(['\n', '\r']) {
            text.push('\n');
        }
    }
}

/// The parts of what is printed: one text as it is; of several, those that hold a Kubernetes object other than a
/// Kustomization, as one stream.
pub(crate) fn parts<'s>(sets: &'s [Stamped]) -> anyhow::Result<Vec<&'s str>> {
    let own: Vec<(&Source, SourceId, &Outcome)> = sets
        .iter()
        .flat_map(|done| SourceId::each(&done.set.sources).map(|(i, s)| (s, i, &done.outcome)))
        .filter(|(source, ..)| !source.supply)
        .collect();
    let applied = |source: &'s Source, index, outcome: &'s Outcome| {
        edit::apply(source, index, &outcome.edits).map_err(|_| anyhow::anyhow!("edits overlap in {}", source.name))
    };
    if let [(source, index, outcome)] = own[..] {
        return applied(source, index, outcome);
    }
    let mut out: Vec<&str> = Vec::new();
    for (source, index, outcome) in own.into_iter().filter(|(s, ..)| holds_object(&s.text)) {
        if let Some(last) = out.last()
            && !last.ends_with(['\n', '\r'])
        {
            out.push("\n");
        }
        // A byte order mark is one only at the start of a stream.
        let bom = if source.text.starts_with('\u{feff}') { 3 } else { 0 };
        let parts = applied(source, index, outcome)?;
        let mut at = 0;
        for (i, start) in json_values(&source.text).into_iter().enumerate() {
            // Values of JSON follow each other without a marker; in a stream of YAML each needs one.
            if i > 0 {
                out.extend(between(&parts, at, start_after(&outcome.edits, index, start)));
                if out.last().is_none_or(|last| !last.ends_with(['\n', '\r'])) {
                    out.push("\n");
                }
                at = start_after(&outcome.edits, index, start);
            }
            if i > 0 || !begins_document(&source.text[bom..]) {
                out.push("---\n");
            } else if source.text[bom..].starts_with('%') {
                out.push("...\n");
            }
        }
        out.extend(between(&parts, at.max(bom), usize::MAX));
    }
    Ok(out)
}

/// Where each JSON value of a text begins; for YAML its start alone.
fn json_values(text: &str) -> Vec<usize> {
    let mut arena = Arena::default();
    let mut out = vec![0];
    for chunk in chunks::chunks(text) {
        if chunks::json_start(&text[chunk.clone()]).is_none() {
            continue;
        }
        let mut documents = Documents::new(&text[chunk.clone()], &mut arena);
        let mut first = true;
        while let Some(Ok(tree)) = documents.next(&mut arena) {
            if let Some(root) = tree.roots().next()
                && !std::mem::take(&mut first)
            {
                out.push(chunk.start + root.start());
            }
        }
    }
    out
}

/// An offset of the original text in the edited one.
fn start_after(edits: &[edit::Edit], index: SourceId, at: usize) -> usize {
    let shift = |e: &edit::Edit| e.text.len() as isize - e.range.len() as isize;
    let before = edit::of_source(edits, index).iter().filter(|e| e.range.end <= at);
    at.wrapping_add_signed(before.map(shift).sum())
}

/// The bytes `from..to` of a text that is given in parts.
fn between<'s>(parts: &[&'s str], from: usize, to: usize) -> Vec<&'s str> {
    let mut at = 0;
    let mut out = Vec::new();
    for part in parts {
        let (start, end) = (from.clamp(at, at + part.len()) - at, to.clamp(at, at + part.len()) - at);
        if start < end {
            out.push(&part[start..end]);
        }
        at += part.len();
    }
    out
}

/// Whether a text begins with its own marker or directive, perhaps after comments.
fn begins_document(text: &str) -> bool {
    let line = text.lines().find(|l| !l.trim().is_empty() && !l.starts_with('#'));
    line.is_some_and(|l| l.starts_with('%') || l == "---" || l.starts_with("--- ") || l.starts_with("---\t"))
}

/// Whether a text holds a Kubernetes object other than a Kustomization. A broken one counts: nothing is dropped silently.
fn holds_object(text: &str) -> bool {
    let is_object = |top: Ref<'_>| top.get("kind").and_then(Ref::text).is_some() && !is_kustomization(top);
    let found = find_document(text, |top, chunk| match top {
        Ok(top) => is_object(top).then_some(()),
        Err(_) => text[chunk].contains("kind").then_some(()),
    });
    found.is_some()
}

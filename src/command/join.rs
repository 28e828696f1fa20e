//! Several stamped texts → one stream of documents, as `stamp` prints it.

use crate::command::transformed::{Transformed, edited};
use crate::edit::{self, Edit};
use crate::input::Set;
use crate::input::kustomization::is_kustomization;
use crate::text::source::SourceId;
use crate::yaml::{self, Arena, Documents, Ref, any_document};
use std::io::Write;
use std::ops::Range;

/// Lets each text but the last end its last line, so that another one may follow.
pub(crate) fn end_lines(sets: &mut [Set]) {
    let mut sources: Vec<_> = sets.iter_mut().flat_map(|set| &mut set.sources).filter(|s| !s.supply).collect();
    sources.pop();
    for text in sources.into_iter().map(|source| &mut source.text) {
        if !text.is_empty() && !text.ends_with(['\n', '\r']) {
            text.push('\n');
        }
    }
}

/// Writes the stamped texts: one as it is; of several, those that hold a Kubernetes object other than a Kustomization, as
/// one stream.
pub(crate) fn write(sets: &[Transformed], out: &mut dyn Write) -> anyhow::Result<()> {
    let own: Vec<_> = sets
        .iter()
        .flat_map(|done| SourceId::each(&done.set.sources).map(|(index, source)| (source, index, &done.outcome.edits)))
        .filter(|(source, ..)| !source.supply)
        .collect();
    let joins = own.len() > 1;
    for (source, index, edits) in own.into_iter().filter(|(source, ..)| !joins || holds_object(&source.text)) {
        let mut edits = edit::of_source(edits, index).to_vec();
        if joins {
            edits.extend(separators(&source.text).into_iter().map(|(range, text)| Edit { source: index, range, text }));
            edits.sort_by_key(|e| e.range.start);
        }
        for part in edited(source, index, &edits)? {
            out.write_all(part.as_bytes())?;
        }
    }
    out.flush()?;
    Ok(())
}

/// What makes a text a part of a stream, as edits.
fn separators(text: &str) -> Vec<(Range<usize>, String)> {
    // A byte order mark is one only at the start of a stream.
    let bom = if text.starts_with('\u{feff}') { 3 } else { 0 };
    let first = if begins_document(&text[bom..]) { "" } else { "---\n" };
    let mut out = vec![(0..bom, first.to_owned())];
    // Values of JSON follow each other without a separator; in a stream of YAML each needs one.
    let mut arena = Arena::default();
    let chunks = yaml::chunks(text).all;
    let Some(first) = chunks.first() else { return out };
    let mut documents = Documents::new(&text[..first.range.end], first);
    let mut is_first = true;
    while documents.rest().is_some()
        && let Some(Ok(tree)) = documents.next(&mut arena)
    {
        if let Some(root) = tree.roots().next()
            && !std::mem::take(&mut is_first)
        {
            let at = root.start();
            let end = if text[..at].ends_with('\n') { "" } else { "\n" };
            out.push((at..at, format!("{end}---\n")));
        }
    }
    out
}

/// Whether a text begins with a separator, perhaps after comments.
fn begins_document(text: &str) -> bool {
    let line = text.lines().find(|l| !l.trim().is_empty() && !l.starts_with('#'));
    line.is_some_and(|l| l == "---" || l.starts_with("--- ") || l.starts_with("---\t"))
}

/// Whether a text holds a Kubernetes object other than a Kustomization. A broken one counts: nothing is dropped silently.
fn holds_object(text: &str) -> bool {
    let is_object = |top: Ref<'_>| top.get("kind").and_then(Ref::text).is_some() && !is_kustomization(top);
    any_document(text, |top, chunk| match top {
        Ok(top) => is_object(top),
        Err(_) => text[chunk].contains("kind"),
    })
}

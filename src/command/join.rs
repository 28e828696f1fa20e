//! Several stamped texts → one stream of documents, as `stamp` prints it.

use crate::command::transformed::{Transformed, edited};
use crate::edit::{self, Edit};
use crate::finding::{Finding, Problem};
use crate::input::Set;
use crate::input::kustomization::is_kustomization;
use crate::text::source::{Source, SourceId};
use crate::yaml::{self, Arena, Documents, Kind, Ref, any_document};
use std::io::Write;
use std::ops::Range;

/// Lets each text but the last end its last line, so that another one may follow.
pub(crate) fn end_lines(sets: &mut [Set]) {
    let mut sources: Vec<_> = sets.iter_mut().flat_map(|set| &mut set.sources).filter(|s| !s.supply).collect();
    sources.pop();
    for text in sources.into_iter().map(|source| &mut source.text) {
        if !text.is_empty() && !text.ends_with('\n') {
            text.to_mut().push('\n');
        }
    }
}

/// A source that becomes a part of the stream.
struct Part<'s> {
    set: usize,
    id: SourceId,
    source: &'s Source,
    edits: Vec<Edit>,
}

/// The parts of the stream, in order: a single text as it is; of several, those that hold a Kubernetes object other than a
/// Kustomization.
fn parts(sets: &[Transformed]) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    for (set, done) in sets.iter().enumerate() {
        for (id, source) in SourceId::each(&done.set.sources).filter(|(_, source)| !source.supply) {
            parts.push(Part { set, id, source, edits: edit::of_source(&done.outcome.edits, id).to_vec() });
        }
    }
    if parts.len() > 1 {
        parts.retain(|part| holds_object(&part.source.text));
        for part in &mut parts {
            let added = separators(&part.source.text).into_iter();
            part.edits.extend(added.map(|(range, text)| Edit { source: part.id, range, text: text.into() }));
            part.edits.sort_by_key(|e| e.range.start);
        }
    }
    parts
}

/// Refuses to join what would be read otherwise in the stream than in its file: JSON is YAML there.
pub(crate) fn refuse(sets: &mut [Transformed]) {
    let parts = parts(sets);
    let suspicious =
        |part: &Part<'_>| part.source.text.contains('\r') || part.source.text.trim_start().starts_with('{');
    if parts.len() < 2 || !parts.iter().any(suspicious) {
        return;
    }
    let text = |part: &Part<'_>, edits: &[Edit]| -> String {
        edit::apply(part.source, part.id, edits).map(Iterator::collect).unwrap_or_default()
    };
    let stream = shapes(&parts.iter().map(|part| text(part, &part.edits)).collect::<String>());
    let mut rest = &stream[..];
    let odd = parts.iter().find(|part| {
        let own = shapes(&text(part, edit::of_source(&sets[part.set].outcome.edits, part.id)));
        let (here, behind) = rest.split_at(own.len().min(rest.len()));
        rest = behind;
        own != here
    });
    let odd = odd.or(parts.last().filter(|_| !rest.is_empty())).map(|part| (part.set, part.id));
    if let Some((set, source)) = odd {
        sets[set].set.findings.push(Finding::new(Problem::NotJoined {}).at(source, 0..0));
    }
}

/// What each document of a text holds.
fn shapes(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    any_document(text, |top, _| {
        out.push(top.map_or_else(|_| "?".to_owned(), |top| shape(top)));
        false
    });
    out
}

fn shape(node: Ref<'_>) -> String {
    match node.kind() {
        Kind::Map => node.pairs().into_iter().map(|(key, _, value)| format!("{key:?}: {}, ", shape(value))).collect(),
        Kind::Seq => node.items().map(|item| format!("- {}, ", shape(item.resolved()))).collect(),
        _ => format!("{:?} {:?}", node.scalar_type(), node.scalar()),
    }
}

/// Writes the stamped texts as one stream.
pub(crate) fn write(sets: &[Transformed], out: &mut dyn Write) -> anyhow::Result<()> {
    for part in parts(sets) {
        for text in edited(part.source, part.id, &part.edits)? {
            out.write_all(text.as_bytes())?;
        }
    }
    out.flush()?;
    Ok(())
}

/// What makes a text a part of a stream, as edits.
fn separators(text: &str) -> Vec<(Range<usize>, String)> {
    // A byte order mark is one only at the start of a stream.
    let bom = if text.starts_with('\u{feff}') { 3 } else { 0 };
    let separator = if begins_document(&text[bom..]) { "" } else { "---\n" };
    let mut out = vec![(0..bom, separator.to_owned())];
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

//! `check --diff`: what `stamp -w` would change, as a unified diff without context.
//!
//! Takes the sources of a set and its outcome; gives what `git apply --unidiff-zero` and `patch -p1` turn into the bytes
//! that `stamp -w` writes. Lines that hold more than the workload, or that a terminal must not see as they are, are no
//! hunk: of those the stamps alone are given, as comments behind the hunks of their file.

use crate::edit::{self, Edit};
use crate::input::read::is_stdin;
use crate::outcome::{Outcome, View};
use crate::text::clean::clean;
use crate::text::opaque::Opaque;
use crate::text::source::{Location, Source, SourceId};
use std::fmt::Write as _;
use std::ops::Range;
use std::path::{Component, Path};

/// The diff of one set.
pub(crate) fn diff(sources: &[Source], outcome: &Outcome) -> String {
    let (workloads, hidden) = (outcome.workloads().collect::<Vec<_>>(), Opaque::new(outcome.opaque()));
    let mut out = String::new();
    for (id, Source { name, text, .. }) in SourceId::each(sources) {
        let edits = edit::of_source(&outcome.edits, id);
        File { id, name, text, edits, workloads: &workloads, hidden: &hidden }.diff(&mut out);
    }
    out
}

struct File<'f> {
    id: SourceId,
    name: &'f str,
    text: &'f str,
    edits: &'f [Edit],
    /// In the order of the text, but for those behind aliases, which are not edited.
    workloads: &'f [View<'f>],
    hidden: &'f Opaque,
}

/// Edits of the same lines, these lines, and what stands in their place.
struct Change<'f> {
    edits: &'f [Edit],
    removed: Range<usize>,
    added: String,
}

impl<'f> File<'f> {
    fn diff(&self, out: &mut String) {
        let (mut hunks, mut comments) = (String::new(), String::new());
        // The lines before an offset of the text, and those that the hunks so far bring.
        let (mut at, mut before, mut grown) = (0, 0, 0);
        let mut edits = self.edits;
        while !edits.is_empty() {
            let change = self.change(edits);
            edits = &edits[change.edits.len()..];
            before += count(&self.text[at..change.removed.start]);
            at = change.removed.start;
            if !self.may_be_shown(&change) {
                self.comment(change.edits, before + 1, &mut comments);
                continue;
            }
            let (old, new) = (&self.text[change.removed], &*change.added);
            let (old_at, new_at) = (span(before, count(old)), span(before.wrapping_add_signed(grown), count(new)));
            let _ = writeln!(hunks, "@@ -{old_at} +{new_at} @@");
            for (sign, text) in [('-', old), ('+', new)] {
                for line in text.split_inclusive('\n') {
                    let end = if line.ends_with('\n') { "" } else { "\n\\ No newline at end of file\n" };
                    let _ = write!(hunks, "{sign}{line}{end}");
                }
            }
            grown += count(new) as isize - count(old) as isize;
        }
        if !hunks.is_empty() {
            let _ = write!(out, "--- {}\n+++ {}\n{hunks}", header("a", self.name), header("b", self.name));
        }
        out.push_str(&comments);
    }

    /// What the first edits change that touch the same lines. Only a line feed ends a line here.
    fn change(&self, edits: &'f [Edit]) -> Change<'f> {
        let bytes = self.text.as_bytes();
        let start = memchr::memrchr(b'\n', &bytes[..edits[0].range.start]).map_or(0, |i| i + 1);
        let (mut at, mut end, mut taken, mut new) = (start, start, 0, String::new());
        for edit in edits {
            if taken > 0 && edit.range.start >= end {
                break;
            }
            new = new + &self.text[at..edit.range.start] + &edit.text.get();
            at = edit.range.end;
            taken += 1;
            // The rest of the line stays, if the edit is not of whole lines.
            let whole = new.is_empty() || new.ends_with('\n');
            let whole = whole && (at == 0 || bytes[at - 1] == b'\n');
            end = if whole { at } else { memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |i| at + i + 1) };
        }
        new += &self.text[at..end];
        // What is equal at both ends is no part of the change.
        let old = &self.text[start..end];
        let head = equal(old.split_inclusive('\n'), new.split_inclusive('\n'));
        let tail = equal(old[head..].split_inclusive('\n').rev(), new[head..].split_inclusive('\n').rev());
        let added = new[head..new.len() - tail].to_owned();
        Change { edits: &edits[..taken], removed: start + head..end - tail, added }
    }

    /// Whether the lines hold nothing but the workload that is edited (before it a dash, after it a comment), nothing that
    /// is never quoted, and nothing that acts on a terminal.
    fn may_be_shown(&self, Change { edits, removed, added }: &Change<'_>) -> bool {
        let old = &self.text[removed.clone()];
        let plain = |line: &str| {
            let line = line.strip_suffix('\n').map_or(line, |l| l.strip_suffix('\r').unwrap_or(l)).replace('\t', " ");
            clean(&line) == line
        };
        if !old.split_inclusive('\n').chain(added.split_inclusive('\n')).all(plain) {
            return false;
        }
        if !old.is_empty() && self.hidden.touches(self.id, removed) {
            return false;
        }
        let place = (self.id, edits[0].range.start);
        let Some(index) = Location::last_before(self.workloads, |w| w.location(), place) else {
            return false;
        };
        let Range { start, mut end } = self.workloads[index].location().range;
        // The colon of a last value that is not there is no part of its object.
        let edit = &edits[0].range;
        if self.text.get(end..edit.start).is_some_and(|between| between.trim_matches([':', ' ', '\r', '\n']).is_empty())
        {
            end = edit.end;
        }
        let before = &self.text[removed.start..start.clamp(removed.start, removed.end)];
        let after = self.text[end.clamp(removed.start, removed.end)..removed.end].trim();
        old.is_empty() || before.chars().all(|c| matches!(c, ' ' | '-')) && (after.is_empty() || after.starts_with('#'))
    }

    fn comment(&self, edits: &[Edit], line: usize, out: &mut String) {
        let _ = writeln!(out, "# {}:{line}: not shown whole, and no hunk: the stamps alone", clean(self.name));
        for edit in edits {
            for (sign, text) in [('-', &self.text[edit.range.clone()]), ('+', &edit.text.get())] {
                if !text.trim().is_empty() {
                    let _ = writeln!(out, "# {sign} {}", clean(text.trim_end()));
                }
            }
        }
    }
}

/// The bytes of the first lines that are equal.
fn equal<'t>(one: impl Iterator<Item = &'t str>, other: impl Iterator<Item = &'t str>) -> usize {
    one.zip(other).take_while(|(a, b)| a == b).map(|(line, _)| line.len()).sum()
}

/// How many lines there are; the last one need not end.
fn count(text: &str) -> usize {
    text.split_inclusive('\n').count()
}

/// Lines as a hunk's head names them; of none it is the line before.
fn span(before: usize, lines: usize) -> String {
    match lines {
        0 => format!("{before},0"),
        1 => format!("{}", before + 1),
        _ => format!("{},{lines}", before + 1),
    }
}

/// A file's name as git writes it in the head of a diff; an absolute one as it is, which no tool will touch.
fn header(side: &str, name: &str) -> String {
    let path = Path::new(name);
    let named = if is_stdin(path) || path.is_absolute() {
        name.to_owned()
    } else {
        let parts = path.components().filter(|part| *part != Component::CurDir);
        let parts: Vec<_> = parts.map(|part| part.as_os_str().to_string_lossy()).collect();
        format!("{side}/{}", parts.join("/"))
    };
    if clean(&named) == named && !named.contains(['"', '\\']) {
        // A blank would end the name, but for a tab.
        let tab = if named.contains(' ') { "\t" } else { "" };
        return named + tab;
    }
    let escaped = named.bytes().map(|byte| match byte {
        b'"' | b'\\' => format!("\\{}", char::from(byte)),
        b' '..=b'~' => char::from(byte).to_string(),
        _ => format!("\\{byte:03o}"),
    });
    format!("\"{}\"", escaped.collect::<String>())
}

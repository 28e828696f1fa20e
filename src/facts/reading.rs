//! The parts of the sources of a set, cut and read: by all cores, and those that can wait when they are asked for.
//!
//! Takes sources and settings, gives [`Facts`] part by part. Says nothing of what they mean.

use crate::facts::chunk::{Chunk, Keep};
use crate::facts::items::Header;
use crate::facts::shared::Shared;
use crate::facts::{Facts, relevance};
use crate::finding::{Enough, Finding, Findings, Id, Problem};
use crate::settings::Settings;
use crate::text::many;
use crate::text::source::{Location, Source, SourceId};
use crate::yaml::{self, Arena, OddSeparator, SyntaxError};
use std::mem;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicBool, Ordering};

/// Input below this size is read by one thread: starting others costs more.
const SMALL: usize = 256 * 1024;
/// So many bytes of chunks are read one after the other by the same thread.
const BLOCK: usize = 128 * 1024;
/// A chunk that is this part of all is cut, if it is a list.
const PARTS: usize = 256;
/// An arena above this size is not kept for the next chunk.
const LARGE_ARENA: usize = 16 << 20;

/// A part of a source that is to be read. There are many of them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Todo {
    start: usize,
    /// Its length, and in the two lowest bits whether it is cut, and JSON ([`yaml::Part`]); for which 32 bits have no room.
    len: u64,
    source: u32,
    /// The list of which it holds items, counted from 1.
    list: Option<NonZeroU32>,
}

impl Todo {
    fn new(source: SourceId, part: &yaml::Part, list: Option<usize>) -> Self {
        let number =
            |i: usize| u32::try_from(i).expect("impossible: there are not so many sources, and lists that are large");
        Self {
            start: part.range.start,
            len: (part.range.len() as u64) << 2 | u64::from(part.cut) << 1 | u64::from(part.json),
            source: number(source.0),
            list: list.and_then(|i| NonZeroU32::new(number(i + 1))),
        }
    }

    fn source(self) -> SourceId {
        SourceId(self.source as usize)
    }

    fn list(self) -> Option<usize> {
        self.list.map(|list| list.get() as usize - 1)
    }

    fn len(self) -> usize {
        (self.len >> 2) as usize
    }

    fn part(self) -> yaml::Part {
        yaml::Part { range: self.start..self.start + self.len(), cut: self.len & 2 != 0, json: self.len & 1 != 0 }
    }

    /// By what they are in order.
    pub(crate) fn place(self) -> (SourceId, usize) {
        (self.source(), self.start)
    }
}

/// What a thread that reads keeps from one part to the next.
pub(crate) struct Reader<'s> {
    settings: &'s Settings,
    arena: Arena,
    shared: Shared,
    /// Of which findings the collection has enough that takes what is read, and of which about keys that nobody reads.
    enough: [Enough; 2],
}

impl<'s> Reader<'s> {
    pub(crate) fn new(settings: &'s Settings, enough: [Enough; 2]) -> Self {
        Self { settings, arena: Arena::new(settings.fast_path), shared: Shared::default(), enough }
    }

    /// Reads neighbours among parts: what they hold goes into one collection, since many small ones would cost more memory
    /// than the facts themselves.
    fn facts(&mut self, all: &[Todo], mut read: impl FnMut(Todo, &yaml::Part, &mut Arena, &mut Facts)) -> Facts {
        let [findings, unread] = self.enough.each_ref().map(Findings::part);
        let mut out = Facts { shared: mem::take(&mut self.shared), findings, unread, ..Facts::default() };
        for todo in all {
            read(*todo, &todo.part(), &mut self.arena, &mut out);
            if self.arena.capacity() > LARGE_ARENA {
                self.arena = Arena::new(self.settings.fast_path);
            }
        }
        self.shared = mem::take(&mut out.shared);
        out
    }

    /// Reads parts that were left for later; `None` if one is an item that cannot be read without the rest of its list.
    pub(crate) fn later(&mut self, sources: &[Source], all: &[Todo], lists: &[Header]) -> Option<Facts> {
        let (settings, keep) = (self.settings, Keep::Edits);
        let mut whole = true;
        let facts = self.facts(all, |todo, part, arena, out| {
            let source = todo.source();
            let text = &sources[source].text;
            let chunk = Chunk { settings, keep, source, supply: false, base: todo.start };
            match todo.list() {
                Some(list) => whole &= chunk.read_items(text, part, &lists[list], arena, out),
                None => chunk.read(text, part, arena, out),
            }
        });
        whole.then_some(facts)
    }
}

/// What one part of a source holds.
pub(crate) fn read_part(source: SourceId, text: &str, part: &yaml::Part, settings: &Settings, keep: Keep) -> Facts {
    let mut out = Facts::default();
    let chunk = Chunk { settings, keep, source, supply: false, base: part.range.start };
    chunk.read(text, part, &mut Arena::new(settings.fast_path), &mut out);
    out
}

/// Whether the work is worth the start of other threads.
pub(crate) fn is_much(sources: &[Source]) -> bool {
    Source::bytes(sources) >= SMALL
}

/// In how many parts the lists of a text are read.
pub(crate) fn parts_of_lists(text: &str, settings: &Settings) -> usize {
    let mut arena = Arena::new(settings.fast_path);
    let mut parts = |chunk: &yaml::Part| {
        let (list, header) = Header::cut(text, chunk)?;
        let mut read = |part: &yaml::Part| {
            let (keep, source, base) = (Keep::Stamps, SourceId(0), part.range.start);
            let chunk = Chunk { settings, keep, source, supply: false, base };
            chunk.read_items(text, part, &header, &mut arena, &mut Facts::default())
        };
        list.items.iter().all(&mut read).then_some(list.items.len())
    };
    yaml::chunks(text).all.iter().filter_map(&mut parts).sum()
}

/// The parts of some sources, and the tops of the lists that are cut, if `cuts`. What is odd about them goes to the facts.
fn parts(sources: &[Source], cuts: bool, facts: &mut Facts) -> (Vec<Todo>, Vec<Header>) {
    let bytes = Source::bytes(sources);
    let (mut todo, mut lists) = (Vec::new(), Vec::new());
    let cut = many::each(sources, many::MANY, |source| yaml::chunks(&source.text));
    for ((id, source), parts) in SourceId::each(sources).zip(cut) {
        if parts.nul.is_some() || !parts.odd.is_empty() {
            // What is not where it seems to be may be a part of a Secret.
            facts.opaque.push(Location::new(id, 0..source.text.len()));
        }
        parts.odd.iter().for_each(|odd| odd_separator(id, odd, &mut facts.findings));
        // What is UTF-16 or no text at all names nothing that would make it relevant.
        if let Some(at) = parts.nul {
            facts.findings.push(Finding::new(Problem::refused(SyntaxError::control(at))).at(id, at..at));
            continue;
        }
        for part in parts.all {
            // Other threads would wait for what is a good part of the whole.
            let large = cuts && part.range.len() >= bytes / PARTS;
            if let Some((list, header)) = large.then(|| Header::cut(&source.text, &part)).flatten() {
                facts.has_objects = true;
                facts.in_parts.push((id, part.range.start));
                let items = list.items.into_iter();
                todo.extend(items.map(|part| Todo::new(id, &part, Some(lists.len()))));
                lists.push(header);
            } else {
                todo.push(Todo::new(id, &part, None));
            }
        }
    }
    (todo, lists)
}

/// Reads what names something relevant. A large list is cut at its items if `cuts`.
pub(super) fn relevant(sources: &[Source], settings: &Settings, keep: Keep, cuts: bool) -> Facts {
    let mut facts = Facts::of(Source::bytes(sources));
    let (todo, lists) = parts(sources, cuts, &mut facts);
    let relevance = relevance(settings);
    let broken = AtomicBool::new(false);
    // Of the kinds of a user's own it is noted where they are met.
    let can_wait = keep == Keep::Edits && settings.pod_templates.is_empty();
    let read = |todo: Todo, part: &yaml::Part, arena: &mut Arena, out: &mut Facts| {
        let source = todo.source();
        let Source { text, supply, .. } = &sources[source];
        let chunk = Chunk { settings, keep, source, supply: *supply, base: todo.start };
        let here = &text[part.range.clone()];
        match todo.list().map(|list| &lists[list]) {
            Some(_) if broken.load(Ordering::Relaxed) => {}
            Some(_) if can_wait && !supply && relevance.item_can_wait(here) => out.later.push(todo),
            Some(list) if chunk.read_items(text, part, list, arena, out) => {}
            Some(_) => broken.store(true, Ordering::Relaxed),
            None => {
                let kind = relevance.kind(here);
                if can_wait && !supply && kind == Some(true) {
                    out.later.push(todo);
                } else if kind.is_some() || relevance.may_hide(here) {
                    chunk.read(text, part, arena, out);
                }
            }
        }
    };
    let block = |reader: &mut Reader<'_>, block: &&[Todo]| reader.facts(block, read);
    let mut read = 0;
    let blocks = todo.chunk_by(|todo, _| {
        read = read % BLOCK + todo.len();
        read < BLOCK
    });
    let blocks: Vec<_> = blocks.collect();
    let enough = facts.enough();
    let start = || Reader::new(settings, enough.clone());
    many::in_order(&blocks, is_much(sources), start, block, |part| facts.append(part));
    if broken.into_inner() {
        // An item that cannot be read alone: so is the list as a whole, or another one explains it.
        return relevant(sources, settings, keep, false);
    }
    facts.lists = lists;
    facts
}

fn odd_separator(source: SourceId, odd: &OddSeparator, out: &mut Findings) {
    let (id, problem) = match odd {
        OddSeparator { glued: true, .. } => (Id::Separator, Problem::GluedSeparator {}),
        // kustomize looks for separators behind the first line only.
        OddSeparator { at: 0, .. } => (Id::KubectlRefuses, Problem::BehindSeparator {}),
        _ => (Id::Separator, Problem::TextBehindSeparator {}),
    };
    out.add(id, || Finding::new(problem).at(source, odd.at..odd.at));
}

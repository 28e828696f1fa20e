//! Sources → what is in them: workloads, configs and what will make configs, as owned facts.
//!
//! Takes sources and settings, gives [`Facts`] and the findings of reading. Parses only chunks that name something
//! relevant, in parallel; the nodes of a chunk are gone when its facts are taken. Decides nothing.

// The part of a source that is read at once.
mod chunk;

// The documents of a chunk become facts.
mod document;

// A document becomes the objects in it.
mod items;

// What many objects have in common.
mod shared;

// What every object has.
pub(crate) mod object;

// The keys of configs.
pub(crate) mod keys;

// ConfigMaps and Secrets.
pub(crate) mod config;

// The content of a config becomes a digest; digests become a stamp.
pub mod digest;

// One for each pod template.
pub(crate) mod workload;

// What makes Secrets in the cluster.
pub(crate) mod producer;

// What a config is made of that is no plain data.
pub(crate) mod recipe;

// What encrypts a document, and signs it.
pub(crate) mod sops;

// A node becomes the JSON that is hashed.
mod json;

// Keys that nobody reads.
mod unread;

// What only explanations and comparisons ask of a workload.
pub(crate) mod rolling;

pub(crate) use chunk::Keep;

use crate::facts::chunk::Chunk;
use crate::facts::config::Config;
use crate::facts::items::{Header, is_object};
use crate::facts::object::Object;
use crate::facts::producer::Producer;
use crate::facts::shared::Shared;
use crate::facts::workload::Workload;
use crate::finding::{Finding, Findings, Id, Problem};
use crate::kube::annotation;
use crate::kube::config_kind::ConfigKind;
use crate::kube::kind;
use crate::kube::reference::Reference;
use crate::settings::{Select, Settings};
use crate::text::many;
use crate::text::source::{Location, Source, SourceId};
use crate::yaml::{self, Arena, OddSeparator, Relevance, SyntaxError, Words};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::mem;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, Ordering};

/// What is in a set.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    pub(crate) configs: Vec<Config>,
    pub(crate) workloads: Vec<Workload>,
    pub(crate) producers: Vec<Producer>,
    /// Configs that stay out of the cluster (`local-config`).
    pub(crate) local: Vec<Object>,
    /// Objects of other kinds that carry an annotation of a workload, or are meant to be one.
    pub(crate) strays: Vec<Object>,
    /// Objects whose operator follows configs that carry its label.
    pub(crate) followers: Vec<Follower>,
    /// Annotated objects in which the paths of the user's own rows (as shown) find no pod template.
    pub(crate) without_template: Vec<(Object, String)>,
    /// Index of a row of `podTemplates` of whose kind there are objects → whether it finds a pod template in one.
    pub(crate) rows: BTreeMap<usize, bool>,
    /// The same of whose kind there are objects of another group → that group.
    pub(crate) foreign: BTreeMap<usize, String>,
    pub(crate) findings: Findings,
    /// What the thread that reads has met.
    shared: Shared,
    /// There is a Kubernetes object, whether it is of use or not.
    pub(crate) has_objects: bool,
    /// Those about keys that nobody reads, said of what is stamped.
    pub(crate) unread: Findings,
    /// Where the lists begin of which each part was read alone.
    pub(crate) in_parts: Vec<(SourceId, usize)>,
    /// What aliases have cost, in units of a budget.
    pub(crate) spent: u64,
    /// Ranges of which no message may quote a line: Secrets, and documents that do not parse.
    pub(crate) opaque: Vec<Location>,
}

/// An object whose operator follows configs that carry its label.
#[derive(Debug)]
pub(crate) struct Follower {
    pub(crate) object: Object,
    pub(crate) references: Vec<Reference>,
    /// It carries an annotation of a workload, or all are selected.
    pub(crate) asks: bool,
}

/// Input below this size is read by one thread: starting others costs more.
const SMALL: usize = 256 * 1024;
/// So many bytes of chunks are read one after the other by the same thread.
const BLOCK: usize = 128 * 1024;
/// A chunk that is this part of all is cut, if it is a list.
const PARTS: usize = 256;
/// An arena above this size is not kept for the next chunk.
const LARGE_ARENA: usize = 16 << 20;

/// Reads the sources of one set.
pub(crate) fn read(sources: &[Source], settings: &Settings, keep: Keep) -> Facts {
    let mut facts = relevant(sources, settings, keep, settings.fast_path);
    // That a workload asks for a part of what its configs hold is known only once all has been read.
    let by_keys = |w: &Workload| w.object.annotations.get(annotation::PRECISION).is_some();
    if !keep.values(settings) && facts.workloads.iter().any(by_keys) {
        let more = if keep.details() { Keep::All } else { Keep::Values };
        facts = relevant(sources, settings, more, settings.fast_path);
    }
    // What names nothing relevant was not read.
    let relevance = relevance(settings);
    // An object has one of these words, if it is not written with escapes.
    let may_be = |chunk: &str| chunk.contains("apiVersion") || chunk.contains('\\');
    let is_unread = |chunk: &str| may_be(chunk) && !relevance.is_relevant(chunk);
    let holds_one =
        |source: &Source| yaml::any_document_of(&source.text, is_unread, |root, _| root.is_ok_and(is_object));
    facts.has_objects = facts.has_objects || sources.iter().any(holds_one);
    facts
}

/// The same of one part of a source.
pub(crate) fn read_part(source: SourceId, text: &str, part: &yaml::Part, settings: &Settings, keep: Keep) -> Facts {
    let mut out = Facts::default();
    let chunk = Chunk { settings, keep, source, supply: false, base: part.range.start };
    chunk.read(text, part, &mut Arena::new(settings.fast_path), &mut out);
    out
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

/// A part of a source that is to be read.
struct Todo {
    source: SourceId,
    part: yaml::Part,
    /// The list of which it holds items.
    list: Option<usize>,
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
                todo.extend(items.map(|part| Todo { source: id, part, list: Some(lists.len()) }));
                lists.push(header);
            } else {
                todo.push(Todo { source: id, part, list: None });
            }
        }
    }
    (todo, lists)
}

/// Reads what names something relevant. A large list is cut at its items if `cuts`.
fn relevant(sources: &[Source], settings: &Settings, keep: Keep, cuts: bool) -> Facts {
    let mut facts = Facts::of(Source::bytes(sources));
    let (todo, lists) = parts(sources, cuts, &mut facts);
    let relevance = relevance(settings);
    let broken = AtomicBool::new(false);
    // Neighbours go into one collection: many small ones would cost more memory than the facts themselves.
    let enough = [&facts.findings, &facts.unread].map(|findings| findings.enough().clone());
    let block = |(arena, shared): &mut (Arena, Shared), block: &&[Todo]| {
        let [findings, unread] = enough.each_ref().map(Findings::part);
        let mut out = Facts { shared: mem::take(shared), findings, unread, ..Facts::default() };
        for Todo { source: id, part, list } in *block {
            let Source { text, supply, .. } = &sources[*id];
            let chunk = Chunk { settings, keep, source: *id, supply: *supply, base: part.range.start };
            match list.map(|list| &lists[list]) {
                Some(_) if broken.load(Ordering::Relaxed) => {}
                Some(list) if chunk.read_items(text, part, list, arena, &mut out) => {}
                Some(_) => broken.store(true, Ordering::Relaxed),
                None if relevance.is_relevant(&text[part.range.clone()]) => chunk.read(text, part, arena, &mut out),
                None => {}
            }
            if arena.capacity() > LARGE_ARENA {
                *arena = Arena::new(settings.fast_path);
            }
        }
        *shared = mem::take(&mut out.shared);
        out
    };
    let mut read = 0;
    let blocks = todo.chunk_by(|Todo { part, .. }, _| {
        read = read % BLOCK + part.range.len();
        read < BLOCK
    });
    let blocks: Vec<_> = blocks.collect();
    let state = || (Arena::new(settings.fast_path), Shared::default());
    many::in_order(&blocks, Source::bytes(sources) >= SMALL, state, block, |part| facts.append(part));
    if broken.into_inner() {
        // An item that cannot be read alone: so is the list as a whole, or another one explains it.
        return relevant(sources, settings, keep, false);
    }
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

/// What makes a chunk worth reading, whatever the settings are. Made once: a small input costs less.
static KNOWN: LazyLock<Relevance> = LazyLock::new(|| Relevance::new(&known(Select::Annotated)));

/// The same where all are selected.
static KNOWN_OF_ALL: LazyLock<Relevance> = LazyLock::new(|| Relevance::new(&known(Select::All)));

fn known(select: Select) -> Words<'static> {
    // Of what carries no annotation a workload whose kind is written wrongly is told of too.
    let templates = (select == Select::All).then_some("template");
    let keys = ["!!binary", "tag:yaml.org", "stakater.com", "wave.pusher.com", "restamp.dev"];
    let makers = producer::PRODUCERS.iter().map(|row| row.kind);
    let configs = ConfigKind::ALL.map(ConfigKind::as_str).into_iter().chain(makers);
    Words {
        kinds: ["List", "Template"].into_iter().chain(kind::built_in()).chain(configs).collect(),
        groups: kind::groups().collect(),
        keys: keys.into_iter().chain(templates).collect(),
    }
}

/// The same with what the settings name.
pub(crate) fn relevance(settings: &Settings) -> Cow<'static, Relevance> {
    let mut words = known(settings.select);
    let names = settings.names.iter().map(|(_, name)| name).chain([settings.annotation.as_str()]);
    let own: Vec<_> = names.filter(|name| !words.keys.iter().any(|key| name.contains(key))).collect();
    if own.is_empty() && settings.pod_templates.is_empty() {
        return Cow::Borrowed(if settings.select == Select::All { &*KNOWN_OF_ALL } else { &*KNOWN });
    }
    words.keys.extend(own);
    words.kinds.extend(settings.pod_templates.iter().map(|t| t.kind.as_str()));
    Cow::Owned(Relevance::new(&words))
}

impl Facts {
    /// None yet of a text of so many bytes.
    fn of(bytes: usize) -> Self {
        Self { findings: Findings::of(bytes), unread: Findings::of(bytes), ..Self::default() }
    }

    /// Every object that was taken, in no order.
    fn objects(&self) -> impl Iterator<Item = &Object> {
        let configs = self.configs.iter().map(|c| &c.object);
        let workloads = self.workloads.iter().map(|w| &w.object);
        let producers = self.producers.iter().map(|p| &p.object);
        let without = self.without_template.iter().map(|(o, _)| o);
        configs.chain(workloads).chain(producers).chain(&self.local).chain(&self.strays).chain(without)
    }

    /// Says of each finding which file the item came from that it points into (ResourceList only).
    pub(crate) fn name_files(&self, findings: &mut [Finding]) {
        let path = |o: &'_ Object| o.annotations.get(annotation::PATH).is_some_and(|p| !p.is_empty());
        let mut items: Vec<&Object> = self.objects().filter(|o| path(o)).collect();
        items.sort_by_key(|object| object.location.order());
        for finding in findings {
            let Some(at) = finding.location() else { continue };
            let item = Location::last_before(&items, |o| &o.location, at.order()).map(|i| items[i]);
            let item = item.filter(|o| o.source() == at.source && at.range.start <= o.location.range.end);
            finding.file = item.and_then(|object| {
                let path = object.annotations.find(annotation::PATH)?;
                let index = object.annotations.get(annotation::INDEX).and_then(|i| i.parse().ok());
                Some((path.value.to_string(), index))
            });
        }
    }

    fn append(&mut self, other: Self) {
        self.configs.extend(other.configs);
        self.workloads.extend(other.workloads);
        self.producers.extend(other.producers);
        self.local.extend(other.local);
        self.strays.extend(other.strays);
        self.followers.extend(other.followers);
        self.without_template.extend(other.without_template);
        other.foreign.into_iter().for_each(|(i, group)| {
            self.foreign.entry(i).or_insert(group);
        });
        other.rows.into_iter().for_each(|(i, finds)| *self.rows.entry(i).or_default() |= finds);
        self.findings.append(other.findings);
        self.has_objects |= other.has_objects;
        self.unread.append(other.unread);
        self.opaque.extend(other.opaque);
        self.spent += other.spent;
    }
}

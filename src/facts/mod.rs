//! Sources → what is in them: workloads, configs and what will make configs, as owned facts.
//!
//! Takes sources and settings, gives [`Facts`] and the findings of reading. Parses only chunks that name something
//! relevant, in parallel; the nodes of a chunk are gone when its facts are taken. Decides nothing.

// The part of a source that is read at once.
mod chunk;

// A document becomes the objects in it.
mod items;

// What every object has.
pub(crate) mod object;

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

use crate::edit::verify::{Known, Meant};
use crate::facts::chunk::Chunk;
use crate::facts::config::Config;
use crate::facts::items::{Found, is_no_object, is_object, items};
use crate::facts::object::Object;
use crate::facts::producer::Producer;
use crate::facts::unread::Keys;
use crate::facts::workload::Workload;
use crate::finding::{Finding, Problem};
use crate::kube::annotation;
use crate::kube::config_kind::ConfigKind;
use crate::kube::reference::{self, Reference};
use crate::kube::shape::{self, Misfit};
use crate::kube::unread::Spot;
use crate::kube::{kind, template};
use crate::settings::{Select, Settings};
use crate::text::source::{Location, Source, SourceId};
use crate::yaml::{
    self, Arena, Documents, Doubt, Duplicate, Marks, OddSeparator, Ref, Relevance, SyntaxError, Tree, Words,
};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{LazyLock, mpsc};

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
    pub(crate) findings: Vec<Finding>,
    /// There is a Kubernetes object, whether it is of use or not.
    pub(crate) has_objects: bool,
    /// Those about keys that nobody reads, also of sources that only supply configs.
    pub(crate) unread: Vec<Finding>,
    /// The chunks that hold workloads.
    pub(crate) known: Vec<Known>,
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
/// Chunks that are read one after the other by the same thread.
const BLOCK: usize = 64;
/// An arena above this size is not kept for the next chunk.
const LARGE_ARENA: usize = 16 << 20;

/// Reads the sources of one set.
pub(crate) fn read(sources: &[Source], settings: &Settings, keep: Keep) -> Facts {
    let mut facts = relevant(sources, settings, keep);
    // That a workload asks for a part of what its configs hold is known only once all has been read.
    let by_keys = |w: &Workload| w.object.annotations.get(annotation::PRECISION).is_some();
    if !keep.values(settings) && facts.workloads.iter().any(by_keys) {
        facts = relevant(sources, settings, if keep == Keep::Stamps { Keep::Values } else { Keep::All });
    }
    // What names nothing relevant was not read.
    let holds_one = |source: &Source| yaml::any_document(&source.text, |root, _| root.is_ok_and(is_object));
    facts.has_objects = facts.has_objects || sources.iter().any(holds_one);
    facts
}

/// The same of one part of a source.
pub(crate) fn read_part(source: SourceId, text: &str, part: &yaml::Part, settings: &Settings, keep: Keep) -> Facts {
    let mut out = Facts::default();
    let chunk = Chunk { settings, keep, source, base: part.range.start };
    chunk.read(text, part, &mut Arena::new(settings.fast_path), &mut out);
    out
}

fn relevant(sources: &[Source], settings: &Settings, keep: Keep) -> Facts {
    let relevance = relevance(settings);
    let mut facts = Facts::default();
    let mut chunks: Vec<(SourceId, yaml::Part)> = Vec::new();
    for (id, source) in SourceId::each(sources) {
        let parts = yaml::chunks(&source.text);
        let nul = memchr::memchr(0, source.text.as_bytes());
        if nul.is_some() || !parts.odd.is_empty() {
            // What is not where it seems to be may be a part of a Secret.
            facts.opaque.push(Location::new(id, 0..source.text.len()));
        }
        facts.findings.extend(parts.odd.into_iter().map(|odd| odd_separator(id, &odd)));
        // What is UTF-16 or no text at all names nothing that would make it relevant.
        if let Some(at) = nul {
            facts.findings.push(Finding::new(Problem::refused(SyntaxError::control(at))).at(id, at..at));
            continue;
        }
        chunks.extend(parts.all.into_iter().map(|chunk| (id, chunk)));
    }
    // Neighbours go into one collection: many small ones would cost more memory than the facts themselves.
    let block = |arena: &mut Arena, chunks: &[(SourceId, yaml::Part)]| {
        let mut out = Facts::default();
        for (id, part) in chunks {
            let source = &sources[*id].text;
            if !relevance.is_relevant(&source[part.range.clone()]) {
                continue;
            }
            let chunk = Chunk { settings, keep, source: *id, base: part.range.start };
            chunk.read(source, part, arena, &mut out);
            if arena.capacity() > LARGE_ARENA {
                *arena = Arena::new(settings.fast_path);
            }
        }
        out
    };
    // A thread of the pool must not wait for others of it: they may all do so.
    let alone = rayon::current_thread_index().is_some();
    let small = || chunks.iter().map(|(_, c)| c.range.len()).sum::<usize>() < SMALL;
    if alone || small() || rayon::current_num_threads() == 1 {
        facts.append(block(&mut Arena::new(settings.fast_path), &chunks));
        return facts;
    }
    let threads = rayon::current_num_threads();
    let next = AtomicUsize::new(0);
    let (send, receive) = mpsc::channel();
    rayon::in_place_scope(|scope| {
        for _ in 0..threads {
            let (send, next, chunks, block) = (send.clone(), &next, &chunks, &block);
            scope.spawn(move |_| {
                let mut arena = Arena::new(settings.fast_path);
                loop {
                    let i = next.fetch_add(1, Ordering::Relaxed);
                    let Some(part) = chunks.chunks(BLOCK).nth(i) else { break };
                    // Nobody stops receiving before the end.
                    let _ = send.send((i, block(&mut arena, part)));
                }
            });
        }
        drop(send);
        let (mut waiting, mut wanted) = (BTreeMap::new(), 0);
        for (i, part) in receive {
            waiting.insert(i, part);
            while let Some(part) = waiting.remove(&wanted) {
                facts.append(part);
                wanted += 1;
            }
        }
    });
    facts
}

fn odd_separator(source: SourceId, odd: &OddSeparator) -> Finding {
    let problem = match odd {
        OddSeparator { glued: true, .. } => Problem::GluedSeparator {},
        // kustomize looks for separators behind the first line only.
        OddSeparator { at: 0, .. } => Problem::BehindSeparator {},
        _ => Problem::TextBehindSeparator {},
    };
    Finding::new(problem).at(source, odd.at..odd.at)
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

impl Chunk<'_> {
    fn read(&self, source: &str, chunk: &yaml::Part, arena: &mut Arena, out: &mut Facts) {
        let text = &source[chunk.range.clone()];
        if u32::try_from(text.len()).is_err() {
            out.findings.push(self.at(0, Problem::TooLarge {}));
            return;
        }
        let mut documents = Documents::new(text, chunk);
        let before = out.workloads.len();
        let mut whole = true;
        while let Some(tree) = documents.next(arena) {
            match tree {
                Ok(tree) => {
                    self.tree(tree, out);
                    whole &= documents.is_over();
                    if out.workloads.len() > before && documents.is_over() {
                        let meant = Meant::stamps(&self.settings.annotation, kind::places());
                        let tree = Some(tree).filter(|_| whole && self.settings.fast_path);
                        out.known.push(Known::new(self.source, chunk, tree, meant));
                    }
                }
                Err(error) => {
                    out.opaque.push(Location::new(self.source, self.base..self.base + text.len()));
                    let error = error.or_template(text);
                    out.findings.push(self.at(error.offset, Problem::refused(error)));
                    break;
                }
            }
        }
        if documents.is_json_run() && chunk.range.end < source.len() {
            out.findings.push(self.at(text.len(), Problem::BehindJson {}));
        }
    }

    fn at(&self, offset: usize, problem: Problem) -> Finding {
        let at = self.base + offset;
        Finding::new(problem).at(self.source, at..at)
    }

    fn tree(&self, tree: Tree<'_>, out: &mut Facts) {
        out.spent += tree.spent();
        let doubts = tree.doubts().map(|(at, doubt)| match doubt {
            Doubt::Tab => self.at(at, Problem::TabComment {}),
            Doubt::ByteOrderMark => self.at(at, Problem::InnerByteOrderMark {}),
            Doubt::LineSeparator => self.at(at, Problem::LineSeparator { name: line_separator(&tree.text()[at..]) }),
            Doubt::Dropped { dots } => {
                // Whatever it is, it may be a part of a Secret.
                out.opaque.push(Location::new(self.source, self.base + at..self.base + tree.text().len()));
                self.at(at, Problem::Dropped { behind: if dots { "`...`" } else { "the end of the document" } })
            }
        });
        let mut doubts: Vec<Finding> = doubts.collect();
        // One of a kind is enough for a document.
        let mut seen = BTreeSet::new();
        doubts.retain(|finding| seen.insert(finding.id));
        out.findings.extend(doubts);
        let marks = if tree.has_aliases() { marks(tree) } else { Marks::new() };
        for root in tree.with_marks(&marks).roots() {
            let is_object = is_object(root);
            out.has_objects |= is_object;
            let items = items(root);
            let others = items.others.into_iter().chain(Some(root).filter(|root| !is_object && is_no_object(*root)));
            out.findings.extend(others.map(|node| self.at(node.start(), Problem::NotAnObject {})));
            for list in items.lists {
                self.duplicates(list, None, false, out);
            }
            let no_list = |node: Ref<'_>| self.at(node.start(), Problem::RefusedItems {});
            out.findings.extend(items.no_lists.into_iter().map(no_list));
            items.objects.iter().for_each(|found| self.object(found, out));
        }
    }

    fn object(&self, found: &Found<'_>, out: &mut Facts) {
        let (node, settings) = (found.node(), self.settings);
        let (group, kind) = (kind::group(found.api_version.raw()), found.kind.raw());
        let mut object = Object::read(self, found);
        let mut misfits = Vec::new();
        shape::OBJECT.misfits(node, &mut misfits);
        let at = |m: Misfit<'_>| misfit(&object, m.expected).at_location(self.location(m.at));
        out.findings.extend(misfits.into_iter().map(at));
        let producer = producer::find(group, kind);
        let keys = |object: &Object, spot, out: &mut Facts| {
            Keys { chunk: self, object, spot, out }.object(node);
        };
        if let Some(row) = producer {
            // What is put beside the sealed or fetched values may be one too.
            self.hide(node, out);
            keys(&object, Spot::Config, out);
            self.duplicates(node, Some(&object), true, out);
            if object.is_local() {
                out.local.push(object);
                return;
            }
            let (producer, made) = row.read(self, node, object);
            out.configs.extend(made);
            out.producers.push(producer);
        } else if let Some(config) = ConfigKind::of(group, kind) {
            if config.row().secret {
                self.hide(node, out);
            }
            keys(&object, Spot::Config, out);
            self.duplicates(node, Some(&object), true, out);
            self.config(found, config, object, out);
        } else if let Some(kind) = kind::find(group, kind, &settings.pod_templates) {
            self.duplicates(node, Some(&object), true, out);
            let mut misfits = Vec::new();
            kind.templates.iter().for_each(|t| shape::on_the_way(node, t.path, &mut misfits));
            let mut workloads = workload::read(self, found, &object, &kind);
            let inside = workloads.iter_mut().flat_map(|w| std::mem::take(&mut w.misfits));
            let all = misfits.into_iter().map(|m| (self.location(m.at), m.expected)).chain(inside);
            out.findings.extend(all.map(|(at, expected)| misfit(&object, expected).at_location(at)));
            Keys { chunk: self, object: &object, spot: Spot::Workload, out }.workload(node, &kind);
            if kind.row.is_none() {
                self.own_rows(node, &object, out);
            }
            if workloads.is_empty() && object.annotations.request(&settings.names).is_some() {
                let paths: Vec<String> = kind.templates.iter().map(|t| template::shown(t.path)).collect();
                out.without_template.push((object, paths.join(", ")));
            }
            out.workloads.extend(workloads);
        } else {
            self.duplicates(node, Some(&object), false, out);
            if object.annotations.request(&settings.names).is_none() {
                // Reloader reads the pod template too, if it is where one would look for it.
                let template = node.path(["spec", "template", "metadata", "annotations"]);
                object.annotations = self.annotations(template);
            }
            let asks = object.annotations.request(&settings.names).is_some();
            // What it asks for in vain is said of it as a whole.
            keys(&object, if asks { Spot::Workload } else { Spot::Other }, out);
            self.foreign_rows(&object, out);
            let all = settings.select == Select::All;
            if let Some(fields) = kind::follows(group, kind) {
                let (references, _) = reference::outside(node, fields, self.base);
                out.followers.push(Follower { object: object.clone(), references, asks: asks || all });
            }
            // Of what asks for nothing only a workload whose kind is written wrongly.
            let wrong = || node.path(["spec", "template"]).is_some() && kind::meant(group, kind).is_some();
            if asks || all && wrong() {
                out.strays.push(object);
            }
        }
    }

    /// Takes down which of the user's own rows find a pod template in an object.
    fn own_rows(&self, node: Ref<'_>, object: &Object, out: &mut Facts) {
        let rows = self.settings.pod_templates.iter().enumerate();
        for (i, row) in rows.filter(|(_, t)| t.kind == object.kind.raw() && t.group == object.group()) {
            *out.rows.entry(i).or_default() |= workload::leads_somewhere(node, &row.path);
        }
    }

    /// Takes down which of them name the kind of an object, and another group.
    fn foreign_rows(&self, object: &Object, out: &mut Facts) {
        let rows = self.settings.pod_templates.iter().enumerate();
        for (i, _) in rows.filter(|(_, t)| t.kind == object.kind.raw()) {
            out.foreign.entry(i).or_insert_with(|| object.group().to_owned());
        }
    }

    /// Marks an object, and what its aliases bring in from elsewhere, as something that is never quoted.
    fn hide(&self, node: Ref<'_>, out: &mut Facts) {
        let hidden = std::iter::once(node).chain(node.alias_targets());
        out.opaque.extend(hidden.map(|n| self.location(n)));
    }

    /// What a mapping has twice, and merge keys that depend on where they stand; `deep`: below it too.
    fn duplicates(&self, node: Ref<'_>, object: Option<&Object>, deep: bool, out: &mut Facts) {
        let finding = |key: Ref<'_>, problem| {
            let finding = Finding::new(problem).at_location(self.location(key));
            match object {
                Some(object) => finding.about(object.resource_ref()),
                None => finding,
            }
        };
        let merges = if deep { node.ordered_merges() } else { node.own_merges() };
        out.findings.extend(merges.into_iter().map(|key| finding(key, Problem::MergeOrder {})));
        let second = if node.tree().may_repeat() { second_object(node) } else { None };
        if let Some(place) = second {
            self.separator_missing(node, place, out);
        }
        let mut twice = if deep { node.duplicates() } else { node.own_duplicates() };
        // What two objects in one mapping have in common is said; which of two keys counts by chance is not.
        twice.retain(|duplicate| second.is_none() || duplicate.by_chance);
        out.findings.extend(twice.into_iter().map(|Duplicate { key, by_chance }| {
            finding(key, Problem::DuplicateKey { key: key.word().unwrap_or_default(), by_chance })
        }));
    }

    /// A document that begins twice.
    fn separator_missing(&self, root: Ref<'_>, place: Ref<'_>, out: &mut Facts) {
        let first = |field: &str| root.resolved().entries().find(|(k, _)| k.scalar() == Some(field));
        let value = |field: &str| first(field).map(|(_, value)| value.resolved());
        let lost = match (value("kind").and_then(Ref::word), value("metadata").and_then(|m| m.get("name")?.word())) {
            (Some(kind), Some(name)) => format!("{kind}/{name}"),
            _ => "the first one".to_owned(),
        };
        out.findings.push(Finding::new(Problem::MissingSeparator { lost }).at_location(self.location(place)));
    }

    fn config(&self, found: &Found<'_>, kind: ConfigKind, object: Object, out: &mut Facts) {
        let node = found.node();
        if object.name.is_empty() {
            return;
        }
        if object.is_local() {
            out.local.push(object);
            return;
        }
        if found.root.get("sops").is_some() || node.get("sops").is_some() {
            // What is here is not what the cluster will hold.
            let (producer, made) = producer::encrypted(self, node, kind, object);
            out.producers.push(producer);
            out.configs.extend(made);
            return;
        }
        out.configs.push(Config::read(self, node, kind, object));
    }
}

/// The key at which a second object begins in the mapping of a first one.
fn second_object(map: Ref<'_>) -> Option<Ref<'_>> {
    let second =
        |field: &str| map.resolved().entries().filter(|(k, _)| k.scalar() == Some(field)).nth(1).map(|(k, _)| k);
    let places: Vec<Ref<'_>> = ["apiVersion", "kind", "metadata"].into_iter().filter_map(second).collect();
    (places.len() == 3).then(|| places.into_iter().min_by_key(|k| k.start())).flatten()
}

fn misfit(object: &Object, expected: &'static str) -> Finding {
    Finding::new(Problem::RefusedType { about: object.about(), expected }).about(object.resource_ref())
}

/// The name of the line break that a text begins with.
fn line_separator(text: &str) -> &'static str {
    match text.chars().next() {
        Some('\u{85}') => "U+0085",
        Some('\u{2028}') => "U+2028",
        _ => "U+2029",
    }
}

/// What of a tree lies in Secrets, so that aliases must not show it elsewhere.
fn marks(tree: Tree<'_>) -> Marks {
    let mut marks = Marks::new();
    for found in tree.roots().map(items).flat_map(|items| items.objects) {
        let (group, kind) = (kind::group(found.api_version.raw()), found.kind.raw());
        let config = ConfigKind::of(group, kind).filter(|c| c.row().secret);
        let sections = config.into_iter().flat_map(|c| c.row().sections).map(|(name, _)| *name);
        let sections: Vec<&str> = sections.chain(producer::find(group, kind).and_then(|p| p.secret)).collect();
        if !sections.is_empty() {
            marks.hide_object(found.raw, &sections);
        }
    }
    marks
}

impl Facts {
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
        self.findings.extend(other.findings);
        self.has_objects |= other.has_objects;
        self.unread.extend(other.unread);
        self.known.extend(other.known);
        self.opaque.extend(other.opaque);
        self.spent += other.spent;
    }
}

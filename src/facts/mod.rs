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

// What only explanations and comparisons ask of a workload.
pub(crate) mod rolling;

pub(crate) use chunk::Keep;

use crate::facts::chunk::Chunk;
use crate::facts::config::Config;
use crate::facts::items::{Found, objects};
use crate::facts::object::Object;
use crate::facts::producer::Producer;
use crate::facts::workload::Workload;
use crate::finding::{Finding, Problem};
use crate::kube::annotation;
use crate::kube::config_kind::ConfigKind;
use crate::kube::kind;
use crate::settings::Settings;
use crate::text::source::{Location, Source, SourceId};
use crate::yaml::{self, Arena, Documents, Marks, Ref, Relevance, Tree};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::ops::Range;

/// What is in a set.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    pub(crate) configs: Vec<Config>,
    pub(crate) workloads: Vec<Workload>,
    pub(crate) producers: Vec<Producer>,
    /// Configs that stay out of the cluster (`local-config`).
    pub(crate) local: Vec<Object>,
    /// Objects of other kinds that carry an annotation of a workload.
    pub(crate) strays: Vec<Object>,
    /// Annotated objects in which the paths of the user's own rows (as shown) find no pod template.
    pub(crate) without_template: Vec<(Object, String)>,
    /// Index of a row of `podTemplates` of whose kind there are objects → whether it finds a pod template in one.
    pub(crate) rows: BTreeMap<usize, bool>,
    pub(crate) findings: Vec<Finding>,
    /// Ranges of which no message may quote a line: Secrets, and documents that do not parse.
    pub(crate) opaque: Vec<Location>,
}

/// Input below this size is read by one thread: starting others costs more.
const SMALL: usize = 256 * 1024;
/// Chunks that are read one after the other by the same thread.
const BLOCK: usize = 64;
/// Blocks whose facts wait to be put together.
const WINDOW: usize = 64;
/// An arena above this size is not kept for the next chunk.
const LARGE_ARENA: usize = 16 << 20;

/// Reads the sources of one set.
pub(crate) fn read(sources: &[Source], settings: &Settings, keep: Keep) -> Facts {
    let relevance = relevance(settings);
    let chunks: Vec<(SourceId, Range<usize>)> = SourceId::each(sources)
        .flat_map(|(id, source)| yaml::chunks(&source.text).into_iter().map(move |range| (id, range)))
        .filter(|(id, range)| relevance.is_relevant(&sources[*id].text[range.clone()]))
        .collect();
    // Neighbours go into one collection: many small ones would cost more memory than the facts themselves.
    let block = |arena: &mut Arena, chunks: &[(SourceId, Range<usize>)]| {
        let mut out = Facts::default();
        for (id, range) in chunks {
            let chunk = Chunk { settings, keep, source: *id, base: range.start };
            chunk.read(&sources[*id].text[range.clone()], arena, &mut out);
            if arena.capacity() > LARGE_ARENA {
                *arena = Arena::default();
            }
        }
        out
    };
    if chunks.iter().map(|(_, r)| r.len()).sum::<usize>() < SMALL {
        return block(&mut Arena::default(), &chunks);
    }
    let mut facts = Facts::default();
    for window in chunks.chunks(BLOCK * WINDOW) {
        let parts: Vec<Facts> = window.par_chunks(BLOCK).map_init(Arena::default, block).collect();
        parts.into_iter().for_each(|part| facts.append(part));
    }
    facts
}

/// The words without which a chunk is not read.
pub(crate) fn relevance(settings: &Settings) -> Relevance {
    let mut words: Vec<&str> =
        vec!["List", "Template", "stakater.com", "wave.pusher.com", "restamp.dev", &settings.annotation];
    words.extend(kind::known());
    words.extend(ConfigKind::ALL.map(ConfigKind::as_str));
    words.extend(producer::PRODUCERS.iter().map(|row| row.kind));
    words.extend(settings.pod_templates.iter().map(|t| t.kind.as_str()));
    words.extend(settings.names.iter().map(|(_, name)| name));
    Relevance::new(words)
}

impl Chunk<'_> {
    fn read(&self, text: &str, arena: &mut Arena, out: &mut Facts) {
        if u32::try_from(text.len()).is_err() {
            out.findings.push(self.at(0, Problem::TooLarge {}));
            return;
        }
        let mut documents = Documents::new(text, arena);
        while let Some(tree) = documents.next(arena) {
            match tree {
                Ok(tree) => self.tree(tree, out),
                Err(error) => {
                    out.opaque.push(Location::new(self.source, self.base..self.base + text.len()));
                    out.findings.push(self.at(error.offset, Problem::refused(error)));
                    break;
                }
            }
        }
    }

    fn at(&self, offset: usize, problem: Problem) -> Finding {
        let at = self.base + offset;
        Finding::new(problem).at(self.source, at..at)
    }

    fn tree(&self, tree: Tree<'_>, out: &mut Facts) {
        let marks = if tree.has_aliases() { marks(tree) } else { Marks::new() };
        for root in tree.with_marks(&marks).roots() {
            let whole = objects(root).and_then(|found| found.iter().try_for_each(|found| self.object(found, out)));
            if whole.is_none() {
                out.findings.push(self.at(root.start(), Problem::TooManyAliases {}));
                out.opaque.push(self.location(root));
            }
        }
    }

    fn object(&self, found: &Found<'_>, out: &mut Facts) -> Option<()> {
        let (node, settings) = (found.node(), self.settings);
        let (group, kind) = (kind::group(found.api_version.raw()), found.kind.raw());
        let mut object = Object::read(self, found);
        let producer = producer::find(group, kind);
        if let Some(config) = ConfigKind::of(group, kind) {
            if config.row().secret {
                self.hide(node, out);
            }
            self.config(found, config, object, out);
        } else if let Some(kind) = kind::find(group, kind, &settings.pod_templates) {
            self.duplicates(node, out);
            let workloads = workload::read(self, found, &object, &kind)?;
            if kind.own {
                self.own_rows(node, &object, &workloads, out);
            }
            out.workloads.extend(workloads);
        } else if let Some(row) = producer {
            if row.secret.is_some() {
                self.hide(node, out);
            }
            out.producers.push(Producer { object, makes: row.makes(node), encrypted: false });
        } else {
            if object.annotations.request(&settings.names).is_none() {
                // Reloader reads the pod template too, if it is where one would look for it.
                let template = node.path(["spec", "template", "metadata"]);
                object.annotations = self.annotations(template);
            }
            if object.annotations.request(&settings.names).is_some() {
                out.strays.push(object);
            }
        }
        Some(())
    }

    /// Takes down which of the user's own rows find a pod template in an object.
    fn own_rows(&self, node: Ref<'_>, object: &Object, workloads: &[Workload], out: &mut Facts) {
        let rows = self.settings.pod_templates.iter().enumerate();
        let mut lost = Vec::new();
        for (i, row) in rows.filter(|(_, t)| t.kind == object.kind.raw() && t.group == object.group()) {
            let finds = workload::leads_somewhere(node, &row.path);
            *out.rows.entry(i).or_default() |= finds;
            lost.extend((!finds).then(|| row.shown_path()));
        }
        if workloads.is_empty() && object.annotations.request(&self.settings.names).is_some() {
            out.without_template.push((object.clone(), lost.join(", ")));
        }
    }

    /// Marks an object, and what its aliases bring in from elsewhere, as something that is never quoted.
    fn hide(&self, node: Ref<'_>, out: &mut Facts) {
        let hidden = std::iter::once(node).chain(node.alias_targets());
        out.opaque.extend(hidden.map(|n| self.location(n)));
    }

    fn duplicates(&self, node: Ref<'_>, out: &mut Facts) {
        let finding = |key: Ref<'_>| Finding::new(Problem::DuplicateKey {}).at_location(self.location(key));
        out.findings.extend(node.duplicates().into_iter().map(finding));
    }

    fn config(&self, found: &Found<'_>, kind: ConfigKind, object: Object, out: &mut Facts) {
        let node = found.node();
        if object.name.is_empty() {
            return;
        }
        if object.annotations.get(annotation::LOCAL_CONFIG) == Some("true") {
            out.local.push(object);
            return;
        }
        if found.root.get("sops").is_some() || node.get("sops").is_some() {
            // What is here is not what the cluster will hold.
            let makes = vec![object.name.clone()];
            out.producers.push(Producer { object, makes, encrypted: true });
            return;
        }
        self.duplicates(node, out);
        out.configs.push(Config::read(self, node, kind, object));
    }
}

/// What of a tree lies in Secrets, so that aliases must not show it elsewhere.
fn marks(tree: Tree<'_>) -> Marks {
    let mut marks = Marks::new();
    for found in tree.roots().filter_map(objects).flatten() {
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
        self.without_template.extend(other.without_template);
        other.rows.into_iter().for_each(|(i, finds)| *self.rows.entry(i).or_default() |= finds);
        self.findings.extend(other.findings);
        self.opaque.extend(other.opaque);
    }
}

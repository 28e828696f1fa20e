//! Sources → what is in them: workloads, configs and what will make configs, as owned facts.
//!
//! Takes sources and settings, gives [`Facts`] and the findings of reading. Parses only chunks that name something
//! relevant, in parallel; the nodes of a chunk are gone when its facts are taken. Decides nothing.

// The part of a source that is read at once.
mod chunk;

// Which parts are read, when and by whom.
mod reading;

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
pub(crate) use items::Header;
pub(crate) use reading::{Reader, Todo, is_much, parts_of_lists, read_part};

use crate::facts::config::Config;
use crate::facts::items::is_object;
use crate::facts::object::Object;
use crate::facts::producer::Producer;
use crate::facts::shared::Shared;
use crate::facts::workload::Workload;
use crate::finding::{Enough, Finding, Findings, Severity};
use crate::kube::annotation;
use crate::kube::config_kind::ConfigKind;
use crate::kube::kind;
use crate::kube::reference::Reference;
use crate::settings::{Select, Settings};
use crate::text::source::{Location, Source, SourceId};
use crate::yaml::{self, Relevance, Words};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::LazyLock;

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
    /// There is a Kubernetes object, whether it is of use or not; sure once [`Facts::look_for_objects`] has looked.
    pub(crate) has_objects: bool,
    /// Those about keys that nobody reads, said of what is stamped.
    pub(crate) unread: Findings,
    /// Where the lists begin of which each part was read alone.
    pub(crate) in_parts: Vec<(SourceId, usize)>,
    /// What aliases have cost, in units of a budget.
    pub(crate) spent: u64,
    /// Ranges of which no message may quote a line: Secrets, and documents that do not parse.
    pub(crate) opaque: Vec<Location>,
    /// What was left unread ([`Keep::Edits`]): it seems to hold workloads and nothing else.
    pub(crate) later: Vec<Todo>,
    /// The tops of the lists of which that holds items.
    pub(crate) lists: Vec<Header>,
}

/// An object whose operator follows configs that carry its label.
#[derive(Debug)]
pub(crate) struct Follower {
    pub(crate) object: Object,
    pub(crate) references: Vec<Reference>,
    /// It carries an annotation of a workload, or all are selected.
    pub(crate) asks: bool,
}

/// Reads the sources of one set; of [`Keep::Edits`] not what can wait.
pub(crate) fn read(sources: &[Source], settings: &Settings, keep: Keep) -> Facts {
    let mut facts = reading::relevant(sources, settings, keep, settings.fast_path);
    // That a workload asks for a part of what its configs hold is known only once all has been read.
    if !keep.values(settings) && facts.ask_for_values() {
        let more = if keep.details() { Keep::All } else { Keep::Values };
        facts = reading::relevant(sources, settings, more, settings.fast_path);
    } else if !facts.later.is_empty() && facts.name_workloads() {
        return read(sources, settings, Keep::Stamps);
    }
    facts
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
    let others = configs.chain(["List", "Template"]).map(|kind| (kind, false));
    Words {
        kinds: kind::built_in().map(|kind| (kind, kind::has_templates(kind))).chain(others).collect(),
        groups: kind::groups().collect(),
        keys: keys.into_iter().chain(templates).collect(),
        meant: kind::mistakable(),
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
    words.kinds.extend(settings.pod_templates.iter().map(|t| (t.kind.as_str(), false)));
    Cow::Owned(Relevance::new(&words))
}

impl Facts {
    /// None yet of a text of so many bytes.
    pub(crate) fn of(bytes: usize) -> Self {
        Self { findings: Findings::of(bytes), unread: Findings::of(bytes), ..Self::default() }
    }

    /// Of which findings it has enough, and of which about keys that nobody reads.
    pub(crate) fn enough(&self) -> [Enough; 2] {
        [&self.findings, &self.unread].map(|findings| findings.enough().clone())
    }

    /// Whether a workload asks for a part of what its configs hold, so that stamps need their values.
    fn ask_for_values(&self) -> bool {
        self.workloads.iter().any(|w| w.object.annotations.get(annotation::PRECISION).is_some())
    }

    /// Whether a workload names another one, so that all of them have to be known.
    fn name_workloads(&self) -> bool {
        self.workloads.iter().any(|w| w.workload_ref().is_some())
    }

    /// What was read later than the rest is to be workloads that nobody else asks for. If it is more, this is how much has
    /// to be kept of the set from the start.
    pub(crate) fn ask_for_more(&self, settings: &Settings) -> Option<Keep> {
        let Self { configs, producers, local, followers, opaque, findings, .. } = self;
        let is_error = |finding: &Finding| finding.severity == Severity::Error;
        let supplies = !(configs.is_empty() && producers.is_empty() && local.is_empty() && followers.is_empty());
        if !Keep::Edits.values(settings) && self.ask_for_values() {
            Some(Keep::Values)
        } else if supplies || !opaque.is_empty() || self.name_workloads() || findings.kept().iter().any(is_error) {
            Some(Keep::Stamps)
        } else {
            None
        }
    }

    /// Looks for an object in what names nothing relevant, and was not read.
    pub(crate) fn look_for_objects(&mut self, sources: &[Source], settings: &Settings) {
        if self.has_objects {
            return;
        }
        let relevance = relevance(settings);
        // An object has one of these words, if it is not written with escapes.
        let may_be = |chunk: &str| chunk.contains("apiVersion") || chunk.contains('\\');
        let is_unread = |chunk: &str| may_be(chunk) && !relevance.is_relevant(chunk);
        let holds_one =
            |source: &Source| yaml::any_document_of(&source.text, is_unread, |root, _| root.is_ok_and(is_object));
        self.has_objects = sources.iter().any(holds_one);
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
        let mut items: Vec<&Object> = self.objects().filter(|o| o.is_of_file()).collect();
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

    /// Takes what was read of others, which come later.
    pub(crate) fn append(&mut self, other: Self) {
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
        self.later.extend(other.later);
        self.spent += other.spent;
    }
}

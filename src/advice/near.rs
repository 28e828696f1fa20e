//! What a name that the set lacks may have meant, or what will make it.

use crate::decide::stamp::Decider;
use crate::facts::Facts;
use crate::facts::object::Object;
use crate::finding::{Finding, Id, Near};
use crate::kube::config_kind::ConfigKind;
use crate::kube::trail::stem;
use crate::text::hidden::Text;
use crate::text::many;
use crate::text::near::Similar;
use crate::text::source::{Location, Source};
use foldhash::{HashMap, HashMapExt as _, HashSet};
use smol_str::SmolStr;
use std::sync::{Mutex, OnceLock};

/// How many namespaces a hint names.
const MOST: usize = 8;

/// What the set has that a name may have meant, each found without a look at all of it.
pub(super) struct Nearby<'d, 'f> {
    pub(super) decider: &'d Decider<'f>,
    /// Kind, namespace and name of what stays out of the cluster.
    local: HashSet<(&'f str, &'f str, &'f str)>,
    /// The names of a kind's configs in a namespace.
    similar: Mutex<HashMap<(ConfigKind, String), Similar>>,
    /// The same by what they may have been before kustomize renamed them.
    renamed: Mutex<HashMap<(ConfigKind, String), Renamed>>,
    sources: &'d [Source],
    /// Where documents do not parse, and their words, looked at once something is missing.
    unread: Vec<Location>,
    broken: OnceLock<Broken>,
}

/// The words of documents that do not parse, by the kinds of configs that they name.
type Broken = HashMap<ConfigKind, HashSet<SmolStr>>;

/// Earlier name → the names that kustomize may have made of it.
type Renamed = HashMap<String, Vec<Text>>;

impl<'d, 'f> Nearby<'d, 'f> {
    /// `found` is what was found when the set was read.
    pub(super) fn new(decider: &'d Decider<'f>, sources: &'d [Source], found: &[Finding]) -> Self {
        let facts = decider.configs.facts;
        let key = |o: &'f Object| (o.kind().raw(), o.namespace_or(&decider.settings.namespace), o.name.raw());
        let local = facts.local.iter().map(key).collect();
        let broken = found.iter().filter(|f| matches!(f.id, Id::Syntax | Id::Limit)).filter_map(Finding::location);
        let unread = broken.cloned().collect();
        let (similar, renamed) = Default::default();
        Self { decider, local, similar, renamed, sources, unread, broken: OnceLock::new() }
    }

    /// Whether what is missing is in a document that does not parse, so that it is there once that is mended.
    pub(super) fn may_be_in_broken(&self, kind: ConfigKind, name: &str) -> bool {
        let broken = || broken(&self.unread, self.decider.configs.facts, self.sources);
        self.broken.get_or_init(broken).get(&kind).is_some_and(|words| words.contains(name))
    }

    /// Whether what makes it in the cluster is in the set.
    pub(super) fn is_made(&self, kind: ConfigKind, namespace: &Text, name: &str) -> bool {
        self.decider.configs.maker(kind, namespace.raw(), name).is_some()
    }

    /// The best explanation of a name that a namespace lacks; with the latter comes whether the manifest names it.
    pub(super) fn near(&self, kind: ConfigKind, (namespace, explicit): (&Text, bool), name: &str) -> Option<Near> {
        let configs = self.decider.configs;
        if let Some(producer) = configs.maker(kind, namespace.raw(), name) {
            let about = producer.object.about();
            return Some(if producer.is_encrypted() { Near::Encrypted { about } } else { Near::Producer { about } });
        }
        if self.local.contains(&(kind.as_str(), namespace.raw(), name)) {
            return Some(Near::Local);
        }
        let others = configs.named(kind, name);
        if !others.is_empty() {
            let there = others.iter().map(|&id| configs.namespace_of(id).to_string());
            let (there, more) = (there.take(MOST).collect(), others.len().saturating_sub(MOST));
            return Some(Near::OtherNamespaces { there, more, own: namespace.clone(), explicit });
        }
        if let Some(name) = self.renamed(kind, namespace.raw(), name) {
            return Some(Near::Renamed { kind, name });
        }
        let mut similar = many::lock(&self.similar);
        let names = similar.entry((kind, namespace.raw().to_owned())).or_insert_with(|| {
            let ids = configs.in_namespace(kind, namespace.raw()).iter();
            Similar::new(ids.map(|&id| configs.name(id).clone()))
        });
        if let Some(near) = names.one_edit_from(name) {
            return Some(Near::Name { kind, name: near.clone() });
        }
        let other = kind.others().find(|&other| configs.exact(other, namespace.raw(), name).is_some())?;
        Some(Near::OtherKind { kind, other })
    }

    /// The name that kustomize made of one: with a hash behind it, perhaps with a prefix and a suffix too; without a hash
    /// only if there is no other.
    fn renamed(&self, kind: ConfigKind, namespace: &str, name: &str) -> Option<Text> {
        let configs = self.decider.configs;
        let mut renamed = many::lock(&self.renamed);
        let names = renamed.entry((kind, namespace.to_owned())).or_insert_with(|| {
            let mut out = Renamed::new();
            for full in configs.in_namespace(kind, namespace).iter().map(|&id| configs.name(id)) {
                parts(stem(full.raw())).for_each(|part| out.entry(part.to_owned()).or_default().push(full.clone()));
            }
            out
        });
        let all = names.get(name)?;
        if !configs.budget.spend(all.len() as u64) {
            return None;
        }
        let hashed = || all.iter().filter(|full| stem(full.raw()) != full.raw());
        let best = hashed().find(|full| stem(full.raw()) == name).or_else(|| hashed().next());
        best.or(all.first().filter(|_| all.len() == 1)).cloned()
    }
}

/// The words of the documents that do not parse at some places.
fn broken(unread: &[Location], facts: &Facts, sources: &[Source]) -> Broken {
    let mut words = Broken::new();
    if unread.is_empty() {
        return words;
    }
    let mut opaque: Vec<&Location> = facts.opaque.iter().collect();
    opaque.sort_by_key(|location| location.order());
    let around = |at: &Location| {
        let before = &opaque[..opaque.partition_point(|location| location.order() <= at.order())];
        // A Secret of the same text may lie between.
        let mut last = before.iter().rev().take(8);
        let around = last.find(|o| o.source == at.source && at.range.start <= o.range.end);
        around.and_then(|o| sources[o.source].text.get(o.range.clone()))
    };
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '-' | '.' | '_');
    for text in unread.iter().filter_map(around) {
        for kind in ConfigKind::ALL.into_iter().filter(|kind| text.contains(kind.as_str())) {
            words.entry(kind).or_default().extend(text.split(|c| !is_word(c)).map(SmolStr::new));
        }
    }
    words
}

/// The most words of a name of which all parts are looked at.
const WORDS: usize = 12;

/// The parts of a name between its `-` and `.`, and the whole.
fn parts(name: &str) -> impl Iterator<Item = &str> {
    let cuts: Vec<usize> = name.match_indices(['-', '.']).map(|(at, _)| at).take(WORDS).collect();
    let few = if cuts.len() < WORDS { cuts } else { Vec::new() };
    let starts: Vec<usize> = std::iter::once(0).chain(few.iter().map(|at| at + 1)).collect();
    let ends: Vec<usize> = few.into_iter().chain([name.len()]).collect();
    starts.into_iter().flat_map(move |start| {
        let ends: Vec<usize> = ends.iter().copied().filter(|end| *end > start).collect();
        ends.into_iter().map(move |end| &name[start..end])
    })
}

//! Sources → what is in them: workloads, configs and what will make configs, as owned facts.
//!
//! Takes sources and settings, gives an [`Facts`] and the findings of reading. Parses only chunks that name something
//! relevant, in parallel; the nodes of a chunk are gone when its facts are taken. Decides nothing.

use crate::edit::insert::{self, Obstacle};
use crate::facts::digest::{ConfigKind, Content, Oddity, Value};
use crate::finding::{Finding, Id, Severity};
use crate::kube::annotation::{self, Trail};
use crate::kube::kind::{self, Rollout};
use crate::kube::reference::{self};
use crate::settings::{Precision, Settings};
use crate::text::source::{Location, Source, SourceId};
use crate::yaml::chunks::{self, Relevance};
use crate::yaml::{Arena, Documents, Kind, Ref, SyntaxError, Tree};
use rayon::prelude::*;
use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

// The content of a config becomes a digest; digests become a stamp.
pub mod digest;

// What only explanations and comparisons ask of a workload.
pub(crate) mod details;

// What is found: owned facts.
mod fact;

pub(crate) use fact::{Config, Facts, Key, Object, Producer, Workload, WorkloadRef};

/// Input below this size is read by one thread: starting others costs more.
const SMALL: usize = 256 * 1024;
/// Chunks that are read one after the other by the same thread.
const BLOCK: usize = 64;
/// Blocks whose facts wait to be put together.
const WINDOW: usize = 64;
/// An arena above this size is not kept for the next chunk.
const LARGE_ARENA: usize = 16 << 20;

/// Reads the sources of one set. `keep_values` is for comparisons and explanations: it keeps the details of workloads too.
pub(crate) fn read(sources: &[Source], settings: &Settings, keep_values: bool) -> Facts {
    let relevance = relevance(settings);
    let chunks: Vec<(SourceId, Range<usize>)> = SourceId::each(sources)
        .flat_map(|(index, source)| chunks::chunks(&source.text).into_iter().map(move |range| (index, range)))
        .filter(|(index, range)| relevance.is_relevant(&sources[*index].text[range.clone()]))
        .collect();
    let reader =
        Reader { settings, keep_values: keep_values || settings.precision == Precision::Keys, details: keep_values };
    // Neighbours go into one facts: many small ones would cost more memory than the facts themselves.
    let block = |arena: &mut Arena, chunks: &[(SourceId, Range<usize>)]| {
        let mut out = Facts::default();
        for (index, range) in chunks {
            reader.chunk(&sources[*index], *index, range.clone(), arena, &mut out);
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

/// The kinds that make Secrets, with their API groups.
const PRODUCERS: [(&str, &str); 4] = [
    ("SealedSecret", "bitnami.com"),
    ("ExternalSecret", "external-secrets.io"),
    ("SecretProviderClass", "secrets-store.csi.x-k8s.io"),
    ("Certificate", "cert-manager.io"),
];

pub(crate) fn relevance(settings: &Settings) -> Relevance {
    let words = kind::KINDS
        .iter()
        .map(|row| row.kind)
        .chain(ConfigKind::ALL.map(ConfigKind::as_str))
        .chain(PRODUCERS.iter().map(|p| p.0))
        .chain(["List", "Template", "stakater.com", "wave.pusher.com", "restamp.dev", settings.annotation.as_str()])
        .chain(settings.pod_templates.iter().map(|t| t.kind.as_str()))
        .chain(settings.names.keys());
    Relevance::new(words)
}

struct Reader<'s> {
    settings: &'s Settings,
    keep_values: bool,
    details: bool,
}

/// Where an object was found: what its own fields do not say.
#[derive(Clone, Copy)]
struct Place<'t, 'c> {
    root: Ref<'t>,
    /// Kind and apiVersion that a typed list gives to its items.
    inherited: (Option<&'c str>, Option<&'c str>),
    /// What forbids edits on the way from the document to the object.
    obstacle: Option<&'c Obstacle>,
}

impl Reader<'_> {
    fn chunk(&self, source: &Source, index: SourceId, range: Range<usize>, arena: &mut Arena, out: &mut Facts) {
        let base = range.start;
        let text = &source.text[range.clone()];
        if u32::try_from(text.len()).is_err() {
            let finding = Finding::new(Id::Limit, Severity::Error, "the document is larger than 4 GiB")
                .at(index, base..base)
                .remedy("split it");
            out.findings.push(finding);
            return;
        }
        let mut documents = Documents::new(text, arena);
        while let Some(tree) = documents.next(arena) {
            let chunk = Chunk { reader: self, source: index, base };
            match tree {
                Ok(tree) => chunk.tree(tree, out),
                Err(error) => {
                    out.opaque.push(Location { source: index, range: range.clone() });
                    let at = base + error.offset;
                    out.findings.push(refusal(error).at(index, at..at));
                    break;
                }
            }
        }
    }
}

/// What is said of a text that is refused, without its place.
pub(crate) fn refusal(error: SyntaxError) -> Finding {
    let id = if error.limit { Id::Limit } else { Id::Syntax };
    Finding::new(id, Severity::Error, error.message).remedy(match error.remedy {
        Some(remedy) => remedy,
        None if error.limit => "flatten it: Kubernetes has no field that deep",
        None => "correct the file; where a text is meant, quoting it helps",
    })
}

struct Chunk<'r, 's> {
    reader: &'r Reader<'s>,
    source: SourceId,
    base: usize,
}

impl Chunk<'_, '_> {
    fn settings(&self) -> &Settings {
        self.reader.settings
    }

    fn range(&self, node: Ref<'_>) -> Range<usize> {
        insert::moved(node.range(), self.base)
    }

    fn tree(&self, tree: Tree<'_>, out: &mut Facts) {
        // Aliased lists may name an object many times over; kubectl refuses such documents too.
        let mut budget = 10 * tree.len() + 1000;
        for root in tree.roots() {
            let place = Place { root, inherited: (None, None), obstacle: None };
            if self.visit(root, place, &mut budget, out).is_none() {
                let finding = Finding::new(Id::Limit, Severity::Error, "aliases blow the document up beyond reason")
                    .at(self.source, self.base + root.start()..self.base + root.start())
                    .remedy("write the repeated part once");
                out.findings.push(finding);
                out.opaque.push(Location { source: self.source, range: self.range(root) });
            }
        }
    }

    /// Takes the facts of an object, or of the objects of a list; `None` if the budget is used up.
    fn visit<'t>(&self, raw: Ref<'t>, place: Place<'t, '_>, budget: &mut usize, out: &mut Facts) -> Option<()> {
        *budget = budget.checked_sub(1)?;
        let node = raw.resolved();
        if node.kind() != Kind::Map {
            return Some(());
        }
        let own_kind = node.get("kind").and_then(Ref::text);
        let Some(kind) = own_kind.or(place.inherited.0) else {
            return Some(());
        };
        let api_version = node.get("apiVersion").and_then(Ref::text).or(place.inherited.1).unwrap_or_default();
        let group = kind::group(api_version);
        let list = match kind {
            "Template" if matches!(group, "" | "template.openshift.io") => Some("objects"),
            // A ResourceList is one by its `items`, like any other list.
            _ if kind.ends_with("List") => Some("items"),
            _ => None,
        };
        if let Some(field) = list.filter(|f| node.get(f).is_some_and(|n| n.kind() == Kind::Seq)) {
            let item_kind = kind.strip_suffix("List").filter(|k| !k.is_empty() && field == "items");
            let inherited = (item_kind, item_kind.map(|_| api_version));
            return self.visit_items(raw, field, inherited, place, budget, out);
        }
        self.object(raw, kind, api_version, place, budget, out)
    }

    fn visit_items<'t>(
        &self,
        raw: Ref<'t>,
        field: &str,
        inherited: (Option<&str>, Option<&str>),
        place: Place<'t, '_>,
        budget: &mut usize,
        out: &mut Facts,
    ) -> Option<()> {
        let here = place.obstacle.cloned().or_else(|| insert::on_the_way(raw));
        let below = insert::entry(raw.resolved(), field).err();
        let obstacle = here.or(below);
        let items = raw.get(field)?;
        for item in items.items() {
            let own = obstacle.clone().or_else(|| insert::on_the_way(item));
            let place = Place { root: place.root, inherited, obstacle: own.as_ref() };
            self.visit(item, place, budget, out)?;
        }
        Some(())
    }

    fn object<'t>(
        &self,
        raw: Ref<'t>,
        kind: &str,
        api_version: &str,
        place: Place<'t, '_>,
        budget: &mut usize,
        out: &mut Facts,
    ) -> Option<()> {
        let node = raw.resolved();
        let group = kind::group(api_version);
        let config = ConfigKind::from_kind(kind).filter(|_| group.is_empty());
        if config == Some(ConfigKind::Secret) || kind == "SealedSecret" {
            self.hide(node, out);
        }
        if let Some(config) = config {
            self.config(node, config, api_version, place, out);
        } else if let Some(shape) = kind::shape(group, kind, &self.settings().pod_templates) {
            let object = self.common(node, kind, api_version);
            self.duplicates(node, out);
            let workload = self.workload(raw, object, &shape, place, budget)?;
            out.workloads.extend(workload);
        } else if PRODUCERS.contains(&(kind, group)) {
            let makes = produced(node, kind);
            let object = self.common(node, kind, api_version);
            out.producers.push(Producer { object, makes });
        } else {
            let mut object = self.common(node, kind, api_version);
            let names = &self.settings().names;
            if !object.annotations.selects(names) {
                // Reloader reads the pod template too, if it is where one would look for it.
                let template = node.path(["spec", "template", "metadata"]);
                let stamp = &self.settings().annotation;
                object.annotations = annotation::read(template, names, stamp, self.base);
            }
            if object.annotations.selects(names) {
                out.strays.push(object);
            }
        }
        Some(())
    }

    /// Marks an object, and what its aliases bring in from elsewhere, as something that is never quoted.
    fn hide(&self, node: Ref<'_>, out: &mut Facts) {
        for hidden in std::iter::once(node).chain(node.alias_targets()) {
            out.opaque.push(Location { source: self.source, range: self.range(hidden) });
        }
    }

    fn duplicates(&self, node: Ref<'_>, out: &mut Facts) {
        for key in node.duplicates() {
            let finding = Finding::new(
                Id::DuplicateKey,
                Severity::Warning,
                "the mapping has this key twice; Kubernetes takes the last one",
            )
            .at(self.source, self.range(key))
            .remedy("remove the one that does not count");
            out.findings.push(finding);
        }
    }

    fn common(&self, node: Ref<'_>, kind: &str, api_version: &str) -> Object {
        let metadata = node.get("metadata");
        let field = |name: &str| metadata.and_then(|m| m.get(name)).and_then(Ref::text);
        let annotations = annotation::read(metadata, &self.settings().names, &self.settings().annotation, self.base);
        let labels = match metadata.and_then(|m| m.get("labels")) {
            Some(labels) if self.settings().workloads.uses_labels() || self.settings().configs.uses_labels() => labels
                .pairs()
                .into_iter()
                .filter_map(|(k, _, v)| Some((k.into_owned(), v.text()?.to_owned())))
                .collect(),
            _ => Vec::new(),
        };
        Object {
            source: self.source,
            range: self.range(node),
            api_version: known(api_version),
            kind: known(kind),
            namespace: field("namespace").filter(|n| !n.is_empty()).map(str::to_owned),
            name: field("name").unwrap_or_default().to_owned(),
            labels,
            trail: Trail::read(&annotations).map(Box::new),
            annotations,
        }
    }

    fn config(&self, node: Ref<'_>, kind: ConfigKind, api_version: &str, place: Place<'_, '_>, out: &mut Facts) {
        let object = self.common(node, kind.as_str(), api_version);
        if object.name.is_empty() {
            return;
        }
        if object.annotations.get(annotation::LOCAL_CONFIG) == Some("true") {
            out.local.push(object);
            return;
        }
        if place.root.get("sops").is_some() || node.get("sops").is_some() {
            // What is here is not what the cluster will hold.
            let makes = vec![object.name.clone()];
            out.producers.push(Producer { object, makes });
            return;
        }
        self.duplicates(node, out);
        let (content, odd) = digest::content(kind, node);
        let digest = digest::digest(content.iter().map(|(k, v)| (&**k, &*v.0)));
        out.configs.push(Config {
            odd: odd.into_iter().map(|o| self.oddity(&object, o)).collect(),
            kind,
            keys: self.keys(content),
            digest,
            immutable: node.get("immutable").and_then(Ref::boolean) == Some(true),
            object,
        });
    }

    fn keys(&self, content: Content<'_>) -> Vec<Key> {
        let keep = |v: Value<'_>| self.reader.keep_values.then(|| Box::new(Value(v.0.into_owned().into())));
        content.into_iter().map(|(name, value)| Key { name: name.into(), value: keep(value) }).collect()
    }

    fn oddity(&self, object: &Object, odd: Oddity<'_>) -> Finding {
        let about = format!("{}/{}", object.kind, object.name);
        let finding = match odd {
            Oddity::Refused(node, why) => Finding::new(
                Id::RefusedValue,
                Severity::Warning,
                format!("a value of {about} {why}: the API server refuses it"),
            )
            .at(self.source, self.range(node))
            .remedy(match why {
                digest::NO_MAPPING => "write keys and values; as it stands it counts as empty",
                _ => "correct the value; its text as it stands is what the stamp is made of",
            }),
            Oddity::BooleanKey(node, seen) => Finding::new(
                Id::BooleanKey,
                Severity::Warning,
                format!("Kubernetes reads this key of {about} as \"{seen}\""),
            )
            .at(self.source, self.range(node))
            .remedy("quote the key"),
        };
        Finding { resource: Some(object.resource_ref()), ..finding }
    }

    fn workload(
        &self,
        raw: Ref<'_>,
        object: Object,
        shape: &kind::Shape<'_>,
        place: Place<'_, '_>,
        budget: &mut usize,
    ) -> Option<Option<Workload>> {
        let node = raw.resolved();
        let metadata = node.get("metadata");
        let workload_ref =
            node.get("spec").and_then(|s| s.get("workloadRef")).filter(|_| object.kind == "Rollout").and_then(|r| {
                Some(WorkloadRef {
                    kind: r.get("kind").and_then(Ref::text)?.to_owned(),
                    name: r.get("name").and_then(Ref::text)?.to_owned(),
                    range: self.range(r.get("name")?),
                })
            });
        let template = node.path(shape.template.iter().copied()).filter(|t| t.kind() == Kind::Map);
        if template.is_none() && workload_ref.is_none() {
            return Some(None);
        }
        let pod_spec = template.and_then(|t| t.get("spec"));
        let references = match pod_spec {
            Some(spec) => {
                let found = reference::references(spec, self.base, *budget)?;
                *budget = budget.checked_sub(found.len())?;
                found.into_iter().map(Arc::new).collect()
            }
            None => Vec::new(),
        };
        let template_metadata = template.and_then(|t| t.get("metadata"));
        let site = template.filter(|_| shape.rollout != Rollout::Never).map(|_| {
            let blocked = place.obstacle.cloned().or_else(|| insert::on_the_way(raw));
            match blocked {
                Some(obstacle) => Err(obstacle.moved(self.base)),
                None => insert::site(raw, &shape.template, &self.settings().annotation)
                    .map(|s| s.moved(self.base))
                    .map_err(|o| o.moved(self.base)),
            }
        });
        let details = if self.reader.details {
            Some(Box::new(details::details(node, template, &references, &self.settings().annotation, budget)?))
        } else {
            None
        };
        Some(Some(Workload {
            details,
            rollout: shape.rollout,
            template_path: shape.template.join("."),
            template: annotation::read(
                template_metadata,
                &self.settings().names,
                &self.settings().annotation,
                self.base,
            ),
            references,
            patch: template.is_some() && is_patch(node, pod_spec),
            generated: object.name.is_empty()
                && metadata.and_then(|m| m.get("generateName")).and_then(Ref::text).is_some(),
            revision: template_metadata
                .filter(|_| shape.rollout == Rollout::Revision)
                .and_then(|m| m.get("name"))
                .filter(|n| n.text().is_some_and(|t| !t.is_empty()))
                .map(|n| self.range(n)),
            workload_ref,
            sops: place.root.get("sops").map(|n| self.range(n)),
            site,
            object,
        }))
    }
}

/// Whether a pod template is a patch: no containers, or a container or init container without `image`. One that an
/// OpenShift ImageChange trigger fills in is none.
fn is_patch(object: Ref<'_>, pod_spec: Option<Ref<'_>>) -> bool {
    let list = |name: &str| pod_spec.and_then(|s| s.get(name)).into_iter().flat_map(Ref::items);
    if list("containers").next().is_none() {
        return true;
    }
    let filled = |name: Option<&str>| {
        let triggers = object.path(["spec", "triggers"]).into_iter().flat_map(Ref::items);
        let names = triggers.filter_map(|t| t.path(["imageChangeParams", "containerNames"])).flat_map(Ref::items);
        let mut names = names.filter_map(Ref::text);
        name.is_some_and(|name| names.any(|n| n == name))
    };
    list("containers").chain(list("initContainers")).any(|c| {
        let image = c.get("image");
        image.is_none_or(Ref::is_null) && !filled(c.get("name").and_then(Ref::text))
    })
}

/// A word that nearly every object has is not kept again and again.
fn known(word: &str) -> Cow<'static, str> {
    let versions = ["v1", "apps/v1", "batch/v1"];
    let kinds = kind::KINDS.iter().map(|row| row.kind);
    let mut known = kinds.chain(ConfigKind::ALL.map(ConfigKind::as_str)).chain(versions);
    known.find(|w| *w == word).map_or_else(|| Cow::Owned(word.to_owned()), Cow::Borrowed)
}

/// The names of the Secrets that a producer makes.
fn produced(node: Ref<'_>, kind: &str) -> Vec<String> {
    let at = |path: &[&str]| node.path(path.iter().copied()).and_then(Ref::text);
    let own = || at(&["metadata", "name"]);
    let names: Vec<&str> = match kind {
        "SealedSecret" => at(&["spec", "template", "metadata", "name"]).or_else(own).into_iter().collect(),
        "ExternalSecret" => at(&["spec", "target", "name"]).or_else(own).into_iter().collect(),
        "Certificate" => at(&["spec", "secretName"]).into_iter().collect(),
        _ => {
            let objects = node.path(["spec", "secretObjects"]).into_iter().flat_map(Ref::items);
            objects.filter_map(|o| o.get("secretName")).filter_map(Ref::text).collect()
        }
    };
    names.into_iter().map(str::to_owned).collect()
}

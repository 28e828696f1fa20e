//! What every object has: names, labels, annotations, and where it stands.

use crate::facts::chunk::Chunk;
use crate::facts::items::Found;
use crate::facts::shared::Shared;
use crate::finding::ResourceRef;
use crate::kube::annotation::{self, Annotations};
use crate::kube::kind;
use crate::kube::shape::Metadata;
use crate::kube::trail::Trail;
use crate::settings::selector::Subject;
use crate::text::hidden::Text;
use crate::text::source::{Location, SourceId};
use crate::yaml::Ref;
use std::sync::Arc;

/// What many objects have in common.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Common {
    api_version: Text,
    kind: Text,
    /// As written; an empty one counts as none.
    namespace: Option<Text>,
}

/// What every object has.
#[derive(Clone, Debug)]
pub(crate) struct Object {
    /// The bytes of the object.
    pub(crate) location: Location,
    common: Arc<Common>,
    pub(crate) name: Text,
    /// Those that mean something to us.
    pub(crate) annotations: Annotations,
    rare: Option<Box<Rare>>,
}

/// What most objects do not have, or nobody asks for.
#[derive(Clone, Debug, Default)]
struct Rare {
    labels: Vec<(String, String)>,
    trail: Option<Trail>,
}

impl Rare {
    /// `None` if there is nothing of it.
    fn of(labels: Vec<(String, String)>, trail: Option<Trail>) -> Option<Box<Self>> {
        (trail.is_some() || !labels.is_empty()).then(|| Box::new(Self { labels, trail }))
    }
}

impl Object {
    pub(super) fn read(chunk: &Chunk<'_>, found: &Found<'_>, metadata: &Metadata<'_>, shared: &mut Shared) -> Self {
        let annotations = chunk.annotations(metadata.annotations);
        let rare = Rare::of(labels(chunk, metadata.labels), Trail::read(&annotations));
        let (api_version, kind) = (found.api_version.clone(), found.kind.clone());
        let namespace = metadata.namespace.and_then(Ref::word).filter(|n| !n.is_empty());
        Self {
            location: chunk.location(found.node()),
            common: shared.object(Common { api_version, kind, namespace }),
            name: metadata.name.and_then(Ref::word).unwrap_or_default(),
            rare,
            annotations,
        }
    }

    /// As written; an empty one counts as none.
    pub(crate) fn namespace(&self) -> Option<&Text> {
        self.common.namespace.as_ref()
    }

    pub(crate) fn kind(&self) -> &Text {
        &self.common.kind
    }

    /// Those that something asks for.
    pub(crate) fn labels(&self) -> &[(String, String)] {
        self.rare.as_ref().map_or(&[], |rare| &rare.labels)
    }

    /// What kustomize has done with it.
    pub(crate) fn trail(&self) -> Option<&Trail> {
        self.rare.as_ref()?.trail.as_ref()
    }

    /// The same with other labels, perhaps without a trail.
    pub(super) fn relabelled(self, labels: impl Iterator<Item = (String, String)>, keeps_trail: bool) -> Self {
        let trail = self.trail().filter(|_| keeps_trail).cloned();
        Self { rare: Rare::of(labels.collect(), trail), ..self }
    }

    pub(crate) fn group(&self) -> &str {
        kind::group(self.common.api_version.raw())
    }

    pub(crate) fn source(&self) -> SourceId {
        self.location.source
    }

    /// Whether it came from a file of its own (ResourceList only).
    pub(crate) fn is_of_file(&self) -> bool {
        self.annotations.get(annotation::PATH).is_some_and(|path| !path.is_empty())
    }

    /// Whether it stays out of the cluster.
    pub(crate) fn is_local(&self) -> bool {
        self.annotations.get(annotation::LOCAL_CONFIG) == Some("true")
    }

    /// Its namespace, with the default for one that names none.
    pub(crate) fn namespace_or<'a>(&'a self, default: &'a str) -> &'a str {
        self.namespace().map_or(default, Text::raw)
    }

    /// Where a message about the object points: its first byte.
    pub(crate) fn start(&self) -> Location {
        self.location.start()
    }

    /// How messages name it: `Deployment/web`.
    pub(crate) fn about(&self) -> String {
        format!("{}/{}", self.common.kind, self.name)
    }

    pub(crate) fn resource_ref(&self) -> ResourceRef {
        ResourceRef {
            api_version: self.common.api_version.to_string(),
            kind: self.common.kind.to_string(),
            name: self.name.to_string(),
            namespace: self.namespace().map(Text::to_string),
        }
    }

    /// What a selector of the settings looks at.
    pub(crate) fn subject<'a>(&'a self, default_namespace: &'a str) -> Subject<'a> {
        Subject {
            group: self.group(),
            kind: self.common.kind.raw(),
            name: self.name.raw(),
            namespace: self.namespace_or(default_namespace),
            labels: self.labels(),
        }
    }
}

/// The labels that something asks for.
pub(super) fn labels(chunk: &Chunk<'_>, labels: Option<Ref<'_>>) -> Vec<(String, String)> {
    let mut out = Vec::new();
    let Some(labels) = labels else { return out };
    labels.each_pair(|key, _, value| {
        if let Some(value) = value.text().filter(|_| chunk.settings.uses_labels() || key == kind::WATCH.0) {
            out.push((key.into_owned(), value.to_owned()));
        }
    });
    out
}

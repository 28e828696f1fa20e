//! What every object has: names, labels, annotations, and where it stands.

use crate::facts::chunk::Chunk;
use crate::facts::items::Found;
use crate::finding::ResourceRef;
use crate::kube::annotation::{self, Annotations};
use crate::kube::kind;
use crate::kube::shape::Metadata;
use crate::kube::trail::Trail;
use crate::settings::selector::Subject;
use crate::text::hidden::Text;
use crate::text::source::{Location, SourceId};
use crate::yaml::Ref;

/// What every object has.
#[derive(Clone, Debug)]
pub(crate) struct Object {
    /// The bytes of the object.
    pub(crate) location: Location,
    pub(crate) api_version: Text,
    pub(crate) kind: Text,
    /// As written; an empty one counts as none.
    pub(crate) namespace: Option<Text>,
    pub(crate) name: Text,
    pub(crate) labels: Vec<(String, String)>,
    /// Those that mean something to us.
    pub(crate) annotations: Annotations,
    pub(crate) trail: Option<Box<Trail>>,
}

impl Object {
    pub(super) fn read(chunk: &Chunk<'_>, found: &Found<'_>, metadata: &Metadata<'_>) -> Self {
        let annotations = chunk.annotations(metadata.annotations);
        Self {
            location: chunk.location(found.node()),
            api_version: found.api_version.clone(),
            kind: found.kind.clone(),
            namespace: metadata.namespace.and_then(Ref::word).filter(|n| !n.is_empty()),
            name: metadata.name.and_then(Ref::word).unwrap_or_default(),
            labels: labels(chunk, metadata.labels),
            trail: Trail::read(&annotations).map(Box::new),
            annotations,
        }
    }

    pub(crate) fn group(&self) -> &str {
        kind::group(self.api_version.raw())
    }

    pub(crate) fn source(&self) -> SourceId {
        self.location.source
    }

    /// Whether it stays out of the cluster.
    pub(crate) fn is_local(&self) -> bool {
        self.annotations.get(annotation::LOCAL_CONFIG) == Some("true")
    }

    /// Its namespace, with the default for one that names none.
    pub(crate) fn namespace_or<'a>(&'a self, default: &'a str) -> &'a str {
        self.namespace.as_ref().map_or(default, Text::raw)
    }

    /// Where a message about the object points: its first byte.
    pub(crate) fn start(&self) -> Location {
        self.location.start()
    }

    /// How messages name it: `Deployment/web`.
    pub(crate) fn about(&self) -> String {
        format!("{}/{}", self.kind, self.name)
    }

    pub(crate) fn resource_ref(&self) -> ResourceRef {
        ResourceRef {
            api_version: self.api_version.to_string(),
            kind: self.kind.to_string(),
            name: self.name.to_string(),
            namespace: self.namespace.as_ref().map(Text::to_string),
        }
    }

    /// What a selector of the settings looks at.
    pub(crate) fn subject<'a>(&'a self, default_namespace: &'a str) -> Subject<'a> {
        Subject {
            group: self.group(),
            kind: self.kind.raw(),
            name: self.name.raw(),
            namespace: self.namespace_or(default_namespace),
            labels: &self.labels,
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

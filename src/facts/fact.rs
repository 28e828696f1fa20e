//! What is found in sources: owned facts that outlive the nodes they were taken from.

use crate::edit::{Obstacle, Site};
use crate::facts::details::Details;
use crate::facts::digest::{ConfigKind, Digest, Value};
use crate::finding::{Finding, ResourceRef};
use crate::kube::annotation::{self, Annotations, Trail};
use crate::kube::kind::{self, Rollout};
use crate::kube::reference::Reference;
use crate::text::source::{Location, SourceId};
use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

/// What every object has.
#[derive(Clone, Debug)]
pub(crate) struct Object {
    pub(crate) source: SourceId,
    /// The bytes of the object in its source.
    pub(crate) range: Range<usize>,
    pub(crate) api_version: Cow<'static, str>,
    pub(crate) kind: Cow<'static, str>,
    /// As written; an empty one counts as none.
    pub(crate) namespace: Option<String>,
    pub(crate) name: String,
    pub(crate) labels: Vec<(String, String)>,
    /// Those that mean something to us.
    pub(crate) annotations: Annotations,
    pub(crate) trail: Option<Box<Trail>>,
}

impl Object {
    pub(crate) fn group(&self) -> &str {
        kind::group(&self.api_version)
    }

    /// Where a message about the object points: its first byte.
    pub(crate) fn location(&self) -> Location {
        Location { source: self.source, range: self.range.start..self.range.start }
    }

    pub(crate) fn resource_ref(&self) -> ResourceRef {
        ResourceRef {
            api_version: self.api_version.clone().into_owned(),
            kind: self.kind.clone().into_owned(),
            name: self.name.clone(),
            namespace: self.namespace.clone(),
        }
    }
}

/// One key of a config.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    pub(crate) name: Box<str>,
    /// Its value, where `precision: keys` or a comparison asks for it.
    pub(crate) value: Option<Box<Value<'static>>>,
}

/// A ConfigMap or Secret.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    pub(crate) object: Object,
    pub(crate) kind: ConfigKind,
    /// In code point order.
    pub(crate) keys: Vec<Key>,
    pub(crate) digest: Digest,
    /// The API server refuses any change of it.
    pub(crate) immutable: bool,
    /// What the API server would refuse or misread; said only of configs that are used.
    pub(crate) odd: Vec<Finding>,
}

/// The object that a Rollout's `workloadRef` names.
#[derive(Clone, Debug)]
pub(crate) struct WorkloadRef {
    pub(crate) kind: String,
    pub(crate) name: String,
    pub(crate) range: Range<usize>,
}

/// An object that carries a pod template, or a Rollout that names one.
#[derive(Clone, Debug)]
pub(crate) struct Workload {
    pub(crate) object: Object,
    pub(crate) rollout: Rollout,
    /// Field path of the pod template: `spec.template`.
    pub(crate) template_path: String,
    /// The annotations of the pod template.
    pub(crate) template: Annotations,
    pub(crate) references: Vec<Arc<Reference>>,
    /// It lacks containers or images.
    pub(crate) patch: bool,
    /// Only `generateName`: each apply makes a new one.
    pub(crate) generated: bool,
    /// `spec.template.metadata.name` of a Knative Service.
    pub(crate) revision: Option<Range<usize>>,
    pub(crate) workload_ref: Option<WorkloadRef>,
    /// The document has a `sops` block at this place.
    pub(crate) sops: Option<Range<usize>>,
    /// Where the stamp goes; `None` if there is no template.
    pub(crate) site: Option<Result<Site, Obstacle>>,
    /// Where a comparison or explanation asks for them.
    pub(crate) details: Option<Box<Details>>,
}

impl Workload {
    /// Where a message about its stamp points: the stamp that is there, else the first byte of the object.
    pub(crate) fn stamp_place(&self) -> Range<usize> {
        let site = self.site.as_ref().and_then(|s| s.as_ref().ok());
        let current = site.and_then(|s| s.current.clone());
        let start = self.object.range.start;
        current.unwrap_or(start..start)
    }
}

/// Something that will make Secrets or ConfigMaps in the cluster.
#[derive(Clone, Debug)]
pub(crate) struct Producer {
    pub(crate) object: Object,
    pub(crate) makes: Vec<String>,
}

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
    pub(crate) findings: Vec<Finding>,
    /// Ranges of which no message may quote a line: Secrets, and documents that do not parse.
    pub(crate) opaque: Vec<Location>,
}

impl Facts {
    /// Every object that was taken, in no order.
    fn objects(&self) -> impl Iterator<Item = &Object> {
        let configs = self.configs.iter().map(|c| &c.object);
        let workloads = self.workloads.iter().map(|w| &w.object);
        let producers = self.producers.iter().map(|p| &p.object);
        configs.chain(workloads).chain(producers).chain(&self.local).chain(&self.strays)
    }

    /// Says of each finding which file the item came from that it points into (ResourceList only).
    pub(crate) fn name_files(&self, findings: &mut [Finding]) {
        let mut items: Vec<(&Object, &str)> = self
            .objects()
            .filter_map(|o| Some((o, o.annotations.get(annotation::PATH)?)))
            .filter(|(_, path)| !path.is_empty())
            .collect();
        items.sort_by_key(|(object, _)| (object.source, object.range.start));
        for finding in findings {
            let Some(at) = finding.location() else {
                continue;
            };
            let after = items.partition_point(|(o, _)| (o.source, o.range.start) <= (at.source, at.range.start));
            let item = items[..after].last().filter(|(o, _)| o.source == at.source && at.range.start <= o.range.end);
            finding.file = item.map(|(object, path)| {
                let index = object.annotations.get(annotation::INDEX).and_then(|i| i.parse().ok());
                ((*path).to_owned(), index)
            });
        }
    }

    pub(super) fn append(&mut self, other: Self) {
        self.configs.extend(other.configs);
        self.workloads.extend(other.workloads);
        self.producers.extend(other.producers);
        self.local.extend(other.local);
        self.strays.extend(other.strays);
        self.findings.extend(other.findings);
        self.opaque.extend(other.opaque);
    }
}

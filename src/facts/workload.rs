//! Workloads: one for each pod template, with what its object, its references and its own text say.

use crate::edit::{self, Obstacle, Site};
use crate::facts::chunk::Chunk;
use crate::facts::items::Found;
use crate::facts::object::Object;
use crate::facts::rolling::{self, Rolling, Update};
use crate::facts::shared::Shared;
use crate::facts::sops::Sops;

use crate::kube::annotation::{self, Annotations};
use crate::kube::kind::row::Only;
use crate::kube::kind::{self, Kind, Rollout, Row, Shape};
use crate::kube::reference::{self, Reference};
use crate::kube::shape::{Metadata, Misfit, Shape as TypeOf};
use crate::kube::template::{self, Step, with_field};
use crate::settings::Effect;
use crate::text::hidden::{HIDDEN, Text};
use crate::text::source::{Location, SourceId};
use crate::yaml::{Kind as NodeKind, Ref};
use smol_str::SmolStr;
use std::collections::HashSet;
use std::ops::Range;

/// The object that a Rollout's `workloadRef` names.
#[derive(Clone, Debug)]
pub(crate) struct WorkloadRef {
    pub(crate) kind: Text,
    pub(crate) name: Text,
    pub(crate) range: Range<usize>,
}

/// Which of the workloads of a set, in input order: where the part of the text that it was read in begins, and its place
/// among those of that part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WorkloadId {
    pub(super) source: SourceId,
    pub(super) part: usize,
    pub(super) index: usize,
}

impl WorkloadId {
    /// Where the part begins.
    pub(crate) fn part(self) -> (SourceId, usize) {
        (self.source, self.part)
    }

    /// The workload, out of some in input order.
    pub(crate) fn of(self, all: &[Workload]) -> Option<&Workload> {
        all.binary_search_by_key(&self, |workload| workload.id).ok().map(|at| &all[at])
    }
}

/// One pod template of an object, or a Rollout that names one.
#[derive(Clone, Debug)]
pub(crate) struct Workload {
    pub(crate) id: WorkloadId,
    pub(crate) object: Object,
    pub(crate) rollout: Rollout,
    /// Field path of the pod template: `spec.template`.
    pub(crate) template_path: SmolStr,
    /// The object has several pod templates, so that its name does not tell them apart.
    pub(crate) several: bool,
    /// What is known of the place of the pod template.
    pub(crate) shape: &'static Shape,
    /// Its row of the table of kinds; `None` if the settings describe it.
    pub(crate) row: Option<&'static Row>,
    /// The annotations of the pod template.
    pub(crate) template: Annotations,
    pub(crate) references: Box<[Reference]>,
    /// It lacks containers or images.
    pub(crate) patch: bool,
    /// Only `generateName`: each apply makes a new one.
    pub(crate) generated: bool,
    /// Where the stamp goes; `None` if there is no template.
    pub(crate) site: Option<Result<Site, Obstacle>>,
    rare: Option<Box<Rare>>,
}

/// What most workloads do not have, or nobody asks for.
#[derive(Clone, Debug, Default)]
struct Rare {
    /// What its own fields say forbids a stamp.
    refused: Option<&'static Only>,
    /// `spec.template.metadata.name` of a Knative Service.
    revision: Option<Range<usize>>,
    workload_ref: Option<WorkloadRef>,
    /// The document has a `sops` block.
    sops: Option<Sops>,
    /// How each reference reaches a pod that runs, where something asks for it: one for each, or none at all.
    updates: Vec<Update>,
    /// Where a comparison or explanation asks for it.
    rolling: Option<Rolling>,
}

impl Workload {
    /// Keeps what is written around most stamps once.
    pub(super) fn share(&mut self, shared: &mut Shared) {
        if let Some(Ok(site)) = &mut self.site {
            site.set.share(|text| shared.text(text));
        }
    }

    fn rare(&self) -> Option<&Rare> {
        self.rare.as_deref()
    }

    /// What its own fields say forbids a stamp.
    pub(crate) fn refused(&self) -> Option<&'static Only> {
        self.rare()?.refused
    }

    /// `spec.template.metadata.name` of a Knative Service.
    pub(crate) fn revision(&self) -> Option<&Range<usize>> {
        self.rare()?.revision.as_ref()
    }

    pub(crate) fn workload_ref(&self) -> Option<&WorkloadRef> {
        self.rare()?.workload_ref.as_ref()
    }

    /// The `sops` block of its document.
    pub(crate) fn sops(&self) -> Option<&Sops> {
        self.rare()?.sops.as_ref()
    }

    /// How each reference reaches a pod that runs, where something asked for it: one for each, or none at all.
    pub(crate) fn updates(&self) -> &[Update] {
        self.rare().map_or(&[], |rare| &rare.updates)
    }

    /// How it rolls, where a comparison or explanation asked for it.
    pub(crate) fn rolling(&self) -> Option<&Rolling> {
        self.rare()?.rolling.as_ref()
    }

    /// Where a message about its stamp points: the stamp that is there, else the first byte of the object.
    pub(crate) fn stamp_place(&self) -> Location {
        let site = self.site.as_ref().and_then(|s| s.as_ref().ok());
        let current = site.and_then(|s| s.current.clone());
        current.map_or(self.object.start(), |range| Location::new(self.object.source(), range))
    }

    /// Field path of a reference from the object on.
    pub(crate) fn path_of(&self, reference: &Reference) -> String {
        let spec = if reference.outside { &[] } else { self.shape.spec.as_deref().unwrap_or_default() };
        let template = Some(&*self.template_path).filter(|path| !path.is_empty());
        let parts: Vec<&str> = template.into_iter().chain(spec.iter().copied()).collect();
        let path = reference.path();
        if parts.is_empty() { path } else { format!("{}.{path}", parts.join(".")) }
    }

    /// Field path of the annotations that hold its stamp.
    pub(crate) fn stamp_path(&self) -> String {
        let template = Some(&*self.template_path).filter(|path| !path.is_empty());
        template.into_iter().chain(self.shape.annotations.iter().copied()).collect::<Vec<_>>().join(".")
    }

    /// How messages name it: `Deployment/web`, with the path of its pod template if that does not tell it apart.
    pub(crate) fn about(&self) -> String {
        let about = self.object.about();
        if self.several { format!("{about} ({})", self.template_path) } else { about }
    }
}

/// A pod template, and the way to it.
struct Template<'t> {
    /// `None` for an object that names another one's.
    node: Option<Ref<'t>>,
    shape: &'static Shape,
    path: Vec<edit::Step<'t>>,
    /// As messages show the path.
    shown: String,
}

/// The workloads of an object of some kind.
pub(super) fn read<'t>(
    chunk: &Chunk<'_>,
    found: &Found<'t>,
    object: &Object,
    kind: &'t Kind<'_>,
    odd: &mut Vec<Misfit<'t>>,
) -> Vec<Workload> {
    let node = found.node();
    let named = kind.row.and_then(|row| row.workload_ref).and_then(|field| node.path(["spec", field]));
    let workload_ref = named.and_then(|r| {
        let name = r.get("name")?;
        Some(WorkloadRef { kind: r.get("kind")?.word()?, name: name.word()?, range: name.moved(chunk.base) })
    });
    let mut templates = Vec::new();
    for template in &kind.templates {
        let start = Template { node: Some(node), shape: template.shape, path: Vec::new(), shown: String::new() };
        expand(start, template.path, &mut templates);
    }
    templates.retain(|t| {
        let needed = t.node.and_then(|node| node.path(t.shape.needs.iter().copied()));
        needed.is_some_and(|node| node.kind() == NodeKind::Map)
    });
    if let ([], Some(_), Some(first)) = (&templates[..], &workload_ref, kind.templates.first()) {
        let shown = template::shown(first.path);
        templates.push(Template { node: None, shape: first.shape, path: Vec::new(), shown });
    }
    // Two rows may lead to one pod template; an object without one names another's.
    let mut seen = HashSet::new();
    templates.retain(|t| t.node.is_none_or(|node| seen.insert(node.index())));
    let several = templates.len() > 1;
    let one = |template| workload(chunk, found, object, kind, (template, several), workload_ref.clone(), odd);
    templates.into_iter().map(one).collect()
}

fn workload<'t>(
    chunk: &Chunk<'_>,
    found: &Found<'t>,
    object: &Object,
    kind: &Kind<'_>,
    (template, several): (Template<'t>, bool),
    workload_ref: Option<WorkloadRef>,
    odd: &mut Vec<Misfit<'t>>,
) -> Workload {
    let (node, settings, rollout) = (found.node(), chunk.settings, kind.rollout);
    let shape = template.shape;
    let pod_spec = template.node.zip(shape.spec.as_ref()).and_then(|(t, path)| t.path(path.iter().copied()));
    let (mut references, mut misfits) = match pod_spec {
        Some(spec) => reference::references(spec, chunk.base),
        None => Default::default(),
    };
    if let Some(node) = template.node.filter(|_| !shape.fields.is_empty()) {
        let (outside, odd) = reference::outside(node, &shape.fields, chunk.base);
        references.extend(outside);
        misfits.extend(odd);
    }
    let metadata = Metadata::of(template.node.and_then(|t| t.get("metadata")).filter(|_| shape.is_plain()));
    metadata.misfits(&mut misfits);
    let annotations = match shape.annotations {
        ["metadata", "annotations"] if shape.is_plain() => metadata.annotations,
        path => template.node.and_then(|t| t.path(path.iter().copied())),
    };
    let [main, init] = pod_spec.map(|spec| spec.fields(["containers", "initContainers"])).unwrap_or_default();
    let containers = [main, init].into_iter().flatten().flat_map(Ref::items);
    let images: Vec<_> = containers.map(|c| c.resolved().fields(["name", "image"])).collect();
    TypeOf::Text.of_any(images.iter().map(|[_, image]| *image), &mut misfits);
    let has_containers = main.is_some_and(|list| list.items().next().is_some());
    let site = template.node.filter(|_| rollout != Rollout::Never).map(|_| {
        let blocked = found.obstacle.clone().or_else(|| edit::on_the_way(found.raw));
        let site = match blocked {
            Some(obstacle) => Err(obstacle),
            None => edit::site(found.raw, &template.path, shape.annotations, &settings.annotation),
        };
        site.map(|s| s.moved(chunk.base)).map_err(|o| o.moved(chunk.base))
    });
    let whole = rolling::Template { node: template.node, shape, partial: kind.partial };
    let rolling = chunk
        .keeps_rollouts()
        .then(|| rolling::read(node, whole, &settings.annotation, chunk.keep == super::Keep::All));
    let asks = chunk.keeps_rollouts()
        || settings.effect == Effect::Restart
        || object.annotations.get(annotation::EFFECT).is_some();
    let updates = if asks { rolling::updates(whole, &references) } else { Vec::new() };
    odd.extend(misfits);
    let revision = metadata.name.filter(|_| rollout == Rollout::Revision);
    let revision = revision.filter(|n| n.text().is_some_and(|t| !t.is_empty())).map(|n| n.moved(chunk.base));
    let sops = found.sops().map(|block| Sops::of(block, found.is_whole(), chunk.base));
    let refused = kind.row.and_then(|row| row.refuses(node));
    let is_plain = refused.is_none() && revision.is_none() && workload_ref.is_none() && sops.is_none();
    let rare = Rare { refused, revision, workload_ref, sops, updates, rolling };
    Workload {
        // It gets one among those of its part.
        id: WorkloadId::default(),
        rare: (!is_plain || !rare.updates.is_empty() || rare.rolling.is_some()).then(|| Box::new(rare)),
        rollout,
        several,
        shape,
        row: kind.row,
        template: chunk.annotations(annotations),
        references: references.into(),
        patch: template.node.is_some()
            && !kind.partial
            && shape.is_plain()
            && !(has_containers && have_images(node, &images)),
        generated: object.name.is_empty() && node.path(["metadata", "generateName"]).and_then(Ref::text).is_some(),
        site,
        template_path: template.shown.into(),
        object: object.clone(),
    }
}

/// Finds the pod templates that a path leads to.
fn expand<'t>(at: Template<'t>, path: &'t [Step], out: &mut Vec<Template<'t>>) {
    let Some(node) = at.node else { return };
    let Some((step, rest)) = path.split_first() else {
        if node.kind() == NodeKind::Map {
            out.push(at);
        }
        return;
    };
    let below = |node: Ref<'t>, step: edit::Step<'t>, shown: String| {
        let path = at.path.iter().copied().chain([step]).collect();
        Template { node: Some(node), shape: at.shape, path, shown }
    };
    match step {
        Step::Field(field) => {
            if let Some(next) = node.get(field) {
                expand(below(next, edit::Step::Field(field), with_field(&at.shown, field)), rest, out);
            }
        }
        Step::Each => {
            for (i, item) in node.items().enumerate() {
                expand(below(item.resolved(), edit::Step::Item(i), format!("{}[{i}]", at.shown)), rest, out);
            }
        }
        Step::Any => {
            for (_, key, value) in node.pairs() {
                let Some(field) = key.scalar() else { continue };
                let shown = if key.resolved().is_hidden() { HIDDEN } else { field };
                expand(below(value, edit::Step::Field(field), with_field(&at.shown, shown)), rest, out);
            }
        }
    }
}

/// Whether the path of a row of the user's own leads to a pod template of an object.
pub(super) fn leads_somewhere(object: Ref<'_>, path: &[Step]) -> bool {
    let mut out = Vec::new();
    let start = Template { node: Some(object), shape: kind::plain(), path: Vec::new(), shown: String::new() };
    expand(start, path, &mut out);
    !out.is_empty()
}

/// Whether each container, given as its name and image, has an image, without which a pod template is a patch. One that an
/// OpenShift ImageChange trigger fills in is none.
fn have_images(object: Ref<'_>, containers: &[[Option<Ref<'_>>; 2]]) -> bool {
    let filled = |name: Option<&str>| {
        let triggers = object.path(["spec", "triggers"]).into_iter().flat_map(Ref::items);
        let names = triggers.filter_map(|t| t.path(["imageChangeParams", "containerNames"])).flat_map(Ref::items);
        let mut names = names.filter_map(Ref::text);
        name.is_some_and(|name| names.any(|n| n == name))
    };
    let has_one = |[name, image]: &[Option<Ref<'_>>; 2]| {
        image.is_some_and(|image| !image.is_null()) || filled(name.and_then(Ref::text))
    };
    containers.iter().all(has_one)
}

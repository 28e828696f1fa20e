//! Annotations and labels that nobody reads where they stand: lints that need the whole object, which is gone when it is
//! advised.
//!
//! Takes the nodes of an object, gives findings with what is meant. Says nothing of workloads that the settings leave out.

use crate::facts::Facts;
use crate::facts::chunk::Chunk;
use crate::facts::items::{Found, Top};
use crate::facts::object::Object;
use crate::finding::{Finding, Id, Problem};
use crate::kube::kind::{Kind, Shape};
use crate::kube::shape::Metadata;
use crate::kube::template::{Step, with_field};
use crate::kube::unread::{Spot, unread};
use crate::yaml::Ref;

/// One object while its keys are looked at.
pub(super) struct Keys<'c, 'o> {
    pub(super) chunk: &'c Chunk<'c>,
    pub(super) object: &'o Object,
    /// What its own annotations are.
    pub(super) spot: Spot,
    pub(super) out: &'o mut Facts,
}

impl Keys<'_, '_> {
    /// All keys of an object without pod templates.
    pub(super) fn object(&mut self, top: &Top<'_>, metadata: &Metadata<'_>) {
        self.holder([top.annotations, top.labels], metadata, self.spot, &String::new);
    }

    /// All keys of a workload: its own, those of its pod templates, and those of what lies between.
    pub(super) fn workload(&mut self, found: &Found<'_>, metadata: &Metadata<'_>, kind: &Kind<'_>) {
        let settings = self.chunk.settings;
        if !settings.workloads.admits(&self.object.subject(&settings.namespace)) {
            return;
        }
        self.object(&found.top, metadata);
        kind.templates
            .iter()
            .for_each(|template| self.below(found.node(), template.path, template.shape, &String::new));
    }

    /// `shown` is how messages write the way to a node.
    fn below(&mut self, node: Ref<'_>, path: &[Step], shape: &Shape, shown: &dyn Fn() -> String) {
        let Some((step, rest)) = path.split_first() else { return };
        match step {
            Step::Field(field) => {
                let Some(next) = node.get(field) else { return };
                let shown = || with_field(&shown(), field);
                self.place(next, rest, shape, &shown);
                self.below(next, rest, shape, &shown);
            }
            Step::Each => node.items().enumerate().for_each(|(i, item)| {
                let (item, shown) = (item.resolved(), || format!("{}[{i}]", shown()));
                self.place(item, rest, shape, &shown);
                self.below(item, rest, shape, &shown);
            }),
            Step::Any => node.each_pair(|_, _, value| {
                let shown = || format!("{}.*", shown());
                self.place(value, rest, shape, &shown);
                self.below(value, rest, shape, &shown);
            }),
        }
    }

    /// The keys of a step of a way, at whose end the annotations of pods are where the shape says.
    fn place(&mut self, node: Ref<'_>, rest: &[Step], shape: &Shape, shown: &dyn Fn() -> String) {
        match (rest, shape.annotations) {
            ([], ["metadata", "annotations"]) => {
                self.step(node, Spot::Template, shown);
                if let Some(spec) = node.get("spec") {
                    self.step(spec, Spot::Nowhere, &|| with_field(&shown(), "spec"));
                }
            }
            ([], annotations) => {
                if let Some(keys) = node.path(annotations.iter().copied()) {
                    self.keys(keys, Spot::Template, || format!("{}.{}", shown(), annotations.join(".")));
                }
            }
            _ => self.step(node, Spot::Nowhere, shown),
        }
    }

    /// Those of one field that may have metadata.
    fn step(&mut self, node: Ref<'_>, spot: Spot, shown: &dyn Fn() -> String) {
        let [annotations, labels, metadata] = node.fields(["annotations", "labels", "metadata"]);
        self.holder([annotations, labels], &Metadata::of(metadata), spot, shown);
    }

    /// The keys of what has metadata, or looks so by annotations and labels that stand where metadata does.
    fn holder(&mut self, here: [Option<Ref<'_>>; 2], metadata: &Metadata<'_>, spot: Spot, shown: &dyn Fn() -> String) {
        let fields = [("annotations", metadata.annotations, spot), ("labels", metadata.labels, Spot::Labels)];
        for ((field, inside, spot), here) in fields.into_iter().zip(here) {
            if let Some(keys) = inside {
                self.keys(keys, spot, || with_field(&shown(), &format!("metadata.{field}")));
            }
            if let Some(keys) = here {
                self.keys(keys, Spot::Nowhere, || with_field(&shown(), field));
            }
        }
        // Written a level too high, or under a misspelt field.
        if let Some(node) = metadata.node {
            let shown = || with_field(&shown(), "metadata");
            node.each_pair(|field, key, value| {
                self.key(&field, key, Spot::Nowhere, &shown);
                if value.scalar().is_none() && !["annotations", "labels"].contains(&&*field) {
                    let field = || key.resolved().word().map_or_else(String::new, |field| field.shown().to_owned());
                    self.keys(value, Spot::Nowhere, || with_field(&shown(), &field()));
                }
            });
        }
    }

    fn keys(&mut self, keys: Ref<'_>, spot: Spot, field: impl Fn() -> String) {
        keys.each_pair(|key, node, _| self.key(&key, node, spot, &field));
    }

    /// One key, in a field.
    fn key(&mut self, key: &str, node: Ref<'_>, spot: Spot, field: &dyn Fn() -> String) {
        let (settings, kind) = (self.chunk.settings, self.object.kind().raw());
        if self.chunk.supply {
            return;
        }
        let Some(why) = unread(key, spot, kind, &settings.names, &settings.annotation) else { return };
        let Some(key) = node.resolved().word() else { return };
        self.out.unread.add(Id::UnreadAnnotation, || {
            let (about, field) = (self.object.about(), field());
            let problem = Problem::UnreadAnnotation { about, key, field: field.clone(), unread: why() };
            let finding = Finding::new(problem).at_location(self.chunk.location(node)).in_field(field);
            finding.about(self.object.resource_ref())
        });
    }
}

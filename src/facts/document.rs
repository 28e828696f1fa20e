//! The documents of a chunk → facts: each object is told by its kind, and read as what that makes it.
//!
//! Takes the text of a chunk, adds to [`Facts`] what its objects are, and the findings of reading. Decides nothing.

use crate::facts::chunk::Chunk;
use crate::facts::config::Config;
use crate::facts::items::{Found, Header, Items, is_no_object, items};
use crate::facts::object::Object;
use crate::facts::unread::Keys;
use crate::facts::workload::WorkloadId;
use crate::facts::{Facts, Follower, producer, workload};
use crate::finding::{Finding, Id, Problem};
use crate::kube::config_kind::ConfigKind;
use crate::kube::shape::{self, Metadata, Misfit, Shape};
use crate::kube::unread::Spot;
use crate::kube::{kind, reference, template};
use crate::settings::Select;
use crate::text::source::Location;
use crate::yaml::{self, Arena, Documents, Doubt, Duplicate, Marks, Ref, Tree};
use std::cell::LazyCell;
use std::collections::BTreeSet;
use std::sync::Arc;

impl Chunk<'_> {
    /// Reads the documents of a part of a source.
    pub(super) fn read(&self, source: &str, chunk: &yaml::Part, arena: &mut Arena, out: &mut Facts) {
        let text = &source[chunk.range.clone()];
        if u32::try_from(text.len()).is_err() {
            out.findings.push(self.at(0, Problem::TooLarge {}));
            return;
        }
        let mut documents = Documents::new(text, chunk);
        while let Some(tree) = documents.next(arena) {
            match tree {
                Ok(tree) => self.tree(tree, out),
                Err(error) => {
                    out.opaque.push(Location::new(self.source, self.base..self.base + text.len()));
                    let id = if error.limit { Id::Limit } else { Id::Syntax };
                    out.findings.add(id, || {
                        let error = error.or_template(text);
                        self.at(error.offset, Problem::refused(error))
                    });
                    break;
                }
            }
        }
        if documents.is_json_run() && chunk.range.end < source.len() {
            out.findings.push(self.at(text.len(), Problem::BehindJson {}));
        }
    }

    /// Reads a part of the items of a list; false if it cannot be read without the rest.
    pub(super) fn read_items(
        &self,
        source: &str,
        part: &yaml::Part,
        list: &Header,
        arena: &mut Arena,
        out: &mut Facts,
    ) -> bool {
        let mut documents = Documents::new(&source[part.range.clone()], part);
        let Some(Ok(tree)) = documents.next(arena) else { return false };
        let mut roots = tree.roots();
        let (Some(root), None) = (roots.next(), roots.next()) else { return false };
        // The list itself is one level more.
        let odd = tree.has_aliases() || tree.doubts().next().is_some() || tree.is_deep(yaml::MAX_DEPTH);
        if odd || !documents.is_over() || root.kind() != yaml::Kind::Seq {
            return false;
        }
        self.objects(list.items(root), None, out);
        true
    }

    fn at(&self, offset: usize, problem: Problem) -> Finding {
        let at = self.base + offset;
        Finding::new(problem).at(self.source, at..at)
    }

    fn tree(&self, tree: Tree<'_>, out: &mut Facts) {
        out.spent += tree.spent();
        // One of a kind is enough for a document.
        let mut seen = BTreeSet::new();
        for (at, doubt) in tree.doubts() {
            let (id, problem) = match doubt {
                Doubt::Tab => (Id::KubectlRefuses, Problem::TabComment {}),
                Doubt::ByteOrderMark => (Id::KubectlRefuses, Problem::InnerByteOrderMark {}),
                Doubt::LineSeparator => {
                    (Id::LineSeparator, Problem::LineSeparator { name: line_separator(&tree.text()[at..]) })
                }
                Doubt::Dropped { dots } => {
                    // Whatever it is, it may be a part of a Secret.
                    out.opaque.push(Location::new(self.source, self.base + at..self.base + tree.text().len()));
                    let behind = if dots { "`...`" } else { "the end of the document" };
                    (Id::Dropped, Problem::Dropped { behind })
                }
            };
            if seen.insert(id) {
                out.findings.add(id, || self.at(at, problem));
            }
        }
        let marks = if tree.has_aliases() { marks(tree) } else { Marks::new() };
        for root in tree.with_marks(&marks).roots() {
            let items = items(root);
            out.has_objects |= items.is_object;
            let none = Some(root).filter(|root| !items.is_object && is_no_object(*root));
            self.objects(items, none, out);
        }
    }

    /// What is in a document or a list; `other` is the document if it is no object.
    fn objects(&self, items: Items<'_>, other: Option<Ref<'_>>, out: &mut Facts) {
        let others = items.others.into_iter().chain(other);
        others.for_each(|node| {
            out.findings.add(Id::NotAnObject, || self.at(node.start(), Problem::NotAnObject {}));
        });
        for list in items.lists {
            self.duplicates(list, None, false, out);
        }
        items.no_lists.into_iter().for_each(|node| {
            out.findings.add(Id::RefusedValue, || self.at(node.start(), Problem::RefusedItems {}));
        });
        items.objects.iter().for_each(|found| self.object(found, out));
    }

    fn object(&self, found: &Found<'_>, out: &mut Facts) {
        let (node, settings) = (found.node(), self.settings);
        let (group, kind) = (kind::group(found.api_version.raw()), found.kind.raw());
        let (top, metadata) = (&found.top, Metadata::of(found.top.metadata));
        let mut object = Object::read(self, found, &metadata, &mut out.shared);
        let mut misfits = Vec::new();
        Shape::Text.of_any([top.kind, top.api_version], &mut misfits);
        metadata.misfits(&mut misfits);
        let producer = producer::find(group, kind);
        Shape::Text.of_any(producer.into_iter().flat_map(|row| row.names(node)).map(Some), &mut misfits);
        self.misfits(node, &object, &misfits, out);
        let keys = |object: &Object, spot, out: &mut Facts| {
            Keys { chunk: self, object, spot, out }.object(top, &metadata);
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
            let mut workloads = workload::read(self, found, &object, &kind, &mut misfits);
            for (workload, index) in workloads.iter_mut().zip(out.workloads.len()..) {
                workload.id = WorkloadId { source: self.source, part: self.base, index };
                workload.share(&mut out.shared);
            }
            self.misfits(node, &object, &misfits, out);
            Keys { chunk: self, object: &object, spot: Spot::Workload, out }.workload(found, &metadata, &kind);
            if kind.row.is_none() {
                self.own_rows(node, &object, out);
            }
            if workloads.is_empty() && object.annotations.request(&settings.names).is_some() {
                let paths: Vec<String> = kind.templates.iter().map(|t| template::shown(t.path)).collect();
                out.without_template.push((object, paths.join(", ")));
            }
            out.workloads.extend(workloads);
        } else if let Some(meant) = kind::mistaken(group, kind).filter(|_| found.names_version() && !object.is_local())
        {
            self.hide(node, out);
            out.findings.add(Id::UnknownKind, || {
                let (about, api_version) = (object.about(), found.api_version.clone());
                let finding = Finding::new(Problem::MistakenKind { about, api_version, meant });
                let finding = finding.at_location(self.location(found.top.kind.unwrap_or(node)));
                finding.in_field("kind".to_owned()).about(object.resource_ref())
            });
            self.foreign_rows(&object, out);
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

    /// Says what of an object is of another type than its field.
    fn misfits(&self, node: Ref<'_>, object: &Object, misfits: &[Misfit<'_>], out: &mut Facts) {
        let (id, severity) = (Id::RefusedValue, Id::RefusedValue.severity());
        let (told, rest) = misfits.split_at(misfits.len().min(out.findings.room(id, severity)));
        for (misfit, field) in told.iter().zip(shape::ways(node, told)) {
            out.findings.add(id, || {
                let (about, expected) = (object.about(), misfit.expected);
                // A number or a boolean is read as a text is.
                let is_read = expected == "string" && misfit.at.text().is_some();
                let finding = Finding::new(Problem::RefusedType { about, field: field.clone(), expected, is_read });
                let finding = finding.at_location(self.location(misfit.at)).about(object.resource_ref());
                field.into_iter().fold(finding, Finding::in_field)
            });
        }
        out.findings.count(id, severity, rest.len());
    }

    /// Takes down which of the user's own rows find a pod template in an object.
    fn own_rows(&self, node: Ref<'_>, object: &Object, out: &mut Facts) {
        let rows = self.settings.pod_templates.iter().enumerate();
        for (i, row) in rows.filter(|(_, t)| t.kind == object.kind().raw() && t.group == object.group()) {
            *out.rows.entry(i).or_default() |= workload::leads_somewhere(node, &row.path);
        }
    }

    /// Takes down which of them name the kind of an object, and another group.
    fn foreign_rows(&self, object: &Object, out: &mut Facts) {
        let rows = self.settings.pod_templates.iter().enumerate();
        for (i, _) in rows.filter(|(_, t)| t.kind == object.kind().raw()) {
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
        let resource = LazyCell::new(|| object.map(|object| Arc::new(object.resource_ref())));
        let finding = |key: Ref<'_>, problem| {
            let finding = Finding::new(problem).at_location(self.location(key));
            match &*resource {
                Some(resource) => finding.about(resource.clone()),
                None => finding,
            }
        };
        let merges = if deep { node.ordered_merges() } else { node.own_merges() };
        merges.into_iter().for_each(|key| out.findings.add(Id::MergeOrder, || finding(key, Problem::MergeOrder {})));
        let second = if node.tree().may_repeat() { second_object(node) } else { None };
        if let Some(place) = second {
            self.separator_missing(node, place, out);
        }
        let mut twice = if deep { node.duplicates() } else { node.own_duplicates() };
        // What two objects in one mapping have in common is said; which of two keys counts by chance is not.
        twice.retain(|duplicate| second.is_none() || duplicate.by_chance);
        twice.into_iter().for_each(|Duplicate { key, by_chance }| {
            out.findings.add(Id::DuplicateKey, || {
                finding(key, Problem::DuplicateKey { key: key.word().unwrap_or_default(), by_chance })
            });
        });
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
        if found.sops().or(found.top.sops).is_some() {
            // What is here is not what the cluster will hold.
            let (producer, made) = producer::encrypted(self, node, kind, object);
            out.producers.push(producer);
            out.configs.extend(made);
            return;
        }
        out.configs.push(Config::read(self, node, kind, object, &mut out.shared));
    }
}

/// The key at which a second object begins in the mapping of a first one.
fn second_object(map: Ref<'_>) -> Option<Ref<'_>> {
    let second =
        |field: &str| map.resolved().entries().filter(|(k, _)| k.scalar() == Some(field)).nth(1).map(|(k, _)| k);
    let places: Vec<Ref<'_>> = ["apiVersion", "kind", "metadata"].into_iter().filter_map(second).collect();
    (places.len() == 3).then(|| places.into_iter().min_by_key(|k| k.start())).flatten()
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
        // What is meant to be a Secret holds its values too.
        let meant = || ConfigKind::from_kind(kind::mistaken(group, kind)?.0);
        let config = ConfigKind::of(group, kind).or_else(meant).filter(|c| c.row().secret);
        let sections = config.into_iter().flat_map(|c| c.row().sections).map(|(name, _)| *name);
        let sections: Vec<&str> = sections.chain(producer::find(group, kind).and_then(|p| p.secret)).collect();
        if !sections.is_empty() {
            marks.hide_object(found.raw, &sections);
        }
    }
    marks
}

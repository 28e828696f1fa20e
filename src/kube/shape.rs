//! The types of the fields that are read (API reference, apimachinery `meta/v1` `ObjectMeta`): what is of another type is
//! read as if it were absent (a scalar in place of a string: as its text), and the API server refuses it.

use crate::kube::template::{Step, with_field};
use crate::text::hidden::HIDDEN;
use crate::yaml::{Kind, Ref, Type};

/// What a field holds; null is always allowed.
#[derive(Clone, Copy)]
pub(crate) enum Shape {
    Text,
    Bool,
    List,
    /// Any mapping, the values of which must be of another shape, if one is given.
    Map(Option<&'static Self>),
}

const TEXTS: Shape = Shape::Map(Some(&Shape::Text));

/// The fields of an `ObjectMeta` that are read, of an object or a pod template.
#[derive(Clone, Copy, Default)]
pub(crate) struct Metadata<'t> {
    pub(crate) node: Option<Ref<'t>>,
    pub(crate) name: Option<Ref<'t>>,
    pub(crate) namespace: Option<Ref<'t>>,
    pub(crate) generate_name: Option<Ref<'t>>,
    pub(crate) labels: Option<Ref<'t>>,
    pub(crate) annotations: Option<Ref<'t>>,
}

impl<'t> Metadata<'t> {
    pub(crate) fn of(node: Option<Ref<'t>>) -> Self {
        let fields = node.map(|node| node.fields(["name", "namespace", "generateName", "labels", "annotations"]));
        let [name, namespace, generate_name, labels, annotations] = fields.unwrap_or_default();
        Self { node, name, namespace, generate_name, labels, annotations }
    }

    /// What of it is of another type.
    pub(crate) fn misfits(&self, out: &mut Vec<Misfit<'t>>) {
        Shape::Map(None).of_any([self.node], out);
        Shape::Text.of_any([self.name, self.namespace, self.generate_name], out);
        TEXTS.of_any([self.labels, self.annotations], out);
    }
}

/// A value that is of another type than its field, and the type that it should have.
pub(crate) struct Misfit<'t> {
    pub(crate) at: Ref<'t>,
    pub(crate) expected: &'static str,
}

impl Shape {
    /// Whether a node itself is of the type, whatever is in it.
    pub(crate) fn fits(self, node: Ref<'_>) -> bool {
        match (self, node.scalar_type()) {
            (_, Some(Type::Null)) | (Self::Text, Some(Type::Str | Type::Merge)) | (Self::Bool, Some(Type::Bool)) => {
                true
            }
            (Self::Text | Self::Bool, _) | (_, Some(_)) => false,
            (Self::List, None) => node.kind() == Kind::Seq,
            (Self::Map(_), None) => node.kind() == Kind::Map,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Text => "string",
            Self::Bool => "boolean",
            Self::List => "list",
            Self::Map(_) => "mapping",
        }
    }

    /// A node that does not fit.
    pub(crate) fn misfit<'t>(self, node: Ref<'t>) -> Misfit<'t> {
        Misfit { at: node, expected: self.word() }
    }

    /// What at or below a node is of another type.
    pub(crate) fn misfits<'t>(self, node: Ref<'t>, out: &mut Vec<Misfit<'t>>) {
        let node = node.resolved();
        if !self.fits(node) {
            out.push(self.misfit(node));
            return;
        }
        if let Self::Map(Some(values)) = self {
            node.each_pair(|_, _, value| values.misfits(value, out));
        }
    }

    /// The same of fields that may be absent.
    pub(crate) fn of_any<'t>(self, fields: impl IntoIterator<Item = Option<Ref<'t>>>, out: &mut Vec<Misfit<'t>>) {
        fields.into_iter().flatten().for_each(|field| self.misfits(field, out));
    }
}

/// How messages write the ways from an object to what is of another type in it, found in one walk; `None` where an alias
/// brings something from elsewhere.
pub(crate) fn ways(from: Ref<'_>, misfits: &[Misfit<'_>]) -> Vec<Option<String>> {
    if misfits.is_empty() {
        return Vec::new();
    }
    let place = |i: &usize| misfits[*i].at.index();
    let mut order: Vec<usize> = (0..misfits.len()).filter(|i| place(i) >= from.index()).collect();
    order.sort_by_key(place);
    let mut ways = vec![None; misfits.len()];
    let found = &mut |i: usize, shown: &str| ways[i] = Some(shown.to_owned());
    walk(from, String::new(), &mut Todo { misfits, order: &order }, found);
    ways
}

/// The misfits to which the way is not known yet, in the order of their nodes.
struct Todo<'m, 't> {
    misfits: &'m [Misfit<'t>],
    order: &'m [usize],
}

impl Todo<'_, '_> {
    /// The first one, if it is at or before a node.
    fn up_to(&self, last: Ref<'_>) -> Option<(usize, u32)> {
        let first = *self.order.first()?;
        Some((first, self.misfits[first].at.index())).filter(|(_, at)| *at <= last.index())
    }
}

fn walk(node: Ref<'_>, shown: String, todo: &mut Todo<'_, '_>, found: &mut dyn FnMut(usize, &str)) {
    while let Some((first, at)) = todo.up_to(node) {
        if at == node.index() {
            found(first, &shown);
        }
        todo.order = &todo.order[1..];
    }
    for (key, value) in node.entries() {
        if todo.up_to(value.last()).is_some() {
            let field = key.resolved().word();
            let shown = with_field(&shown, field.as_ref().map_or(HIDDEN, |field| field.shown()));
            walk(value, shown, todo, found);
        }
    }
    let items = if node.kind() == Kind::Seq { Some(node.items()) } else { None };
    for (i, item) in items.into_iter().flatten().enumerate() {
        if todo.up_to(item.last()).is_some() {
            walk(item, format!("{shown}[{i}]"), todo, found);
        }
    }
}

/// What on the way of a path is no mapping, or no list where it passes through one.
pub(crate) fn on_the_way<'t>(node: Ref<'t>, path: &[Step], out: &mut Vec<Misfit<'t>>) {
    let shape = if path.first() == Some(&Step::Each) { Shape::List } else { Shape::Map(None) };
    shape.misfits(node, out);
    if let Some((Step::Field(field), rest)) = path.split_first() {
        node.get(field).into_iter().for_each(|next| on_the_way(next, rest, out));
    }
}

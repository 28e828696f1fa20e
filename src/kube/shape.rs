//! The types of the fields that are read (API reference, apimachinery `meta/v1` `ObjectMeta`): what is of another type is
//! read as if it were absent, and the API server refuses it.

use crate::kube::template::Step;
use crate::yaml::{Kind, Ref, Type};

/// What a field holds; null is always allowed.
#[derive(Clone, Copy)]
pub(crate) enum Shape {
    Text,
    Bool,
    List,
    /// Any mapping, the values of which must be of another shape, if one is given.
    Map(Option<&'static Self>),
    /// A mapping with some fields that are read.
    Fields(&'static [(&'static str, Self)]),
}

/// Most fields of one shape.
const MOST_FIELDS: usize = 5;

const TEXTS: Shape = Shape::Map(Some(&Shape::Text));

/// `ObjectMeta`.
pub(crate) const METADATA: Shape = Shape::Fields(&[
    ("name", Shape::Text),
    ("namespace", Shape::Text),
    ("generateName", Shape::Text),
    ("labels", TEXTS),
    ("annotations", TEXTS),
]);

/// What every object has.
pub(crate) const OBJECT: Shape =
    Shape::Fields(&[("apiVersion", Shape::Text), ("kind", Shape::Text), ("metadata", METADATA)]);

/// A value that is of another type than its field, and the type that it should have.
pub(crate) struct Misfit<'t> {
    pub(crate) at: Ref<'t>,
    pub(crate) expected: &'static str,
}

impl Shape {
    /// Whether a node itself is of the type, whatever is in it.
    pub(crate) fn fits(self, node: Ref<'_>) -> bool {
        if node.is_null() {
            return true;
        }
        match self {
            Self::Text => matches!(node.scalar_type(), Some(Type::Str | Type::Merge)),
            Self::Bool => node.scalar_type() == Some(Type::Bool),
            Self::List => node.kind() == Kind::Seq,
            Self::Map(_) | Self::Fields(_) => node.kind() == Kind::Map,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Text => "string",
            Self::Bool => "boolean",
            Self::List => "list",
            Self::Map(_) | Self::Fields(_) => "mapping",
        }
    }

    /// What at or below a node is of another type.
    pub(crate) fn misfits<'t>(self, node: Ref<'t>, out: &mut Vec<Misfit<'t>>) {
        let node = node.resolved();
        if !self.fits(node) {
            out.push(Misfit { at: node, expected: self.word() });
            return;
        }
        match self {
            Self::Fields(fields) => {
                let place = |key: &[u8]| fields.iter().position(|(field, _)| field.as_bytes() == key);
                let mut found = [None; MOST_FIELDS];
                node.pick(place, &mut found);
                fields.iter().zip(found).for_each(|((_, shape), value)| {
                    value.into_iter().for_each(|value| shape.misfits(value, out));
                });
            }
            Self::Map(Some(values)) => node.each_pair(|_, _, value| values.misfits(value, out)),
            Self::Map(None) | Self::Text | Self::Bool | Self::List => {}
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

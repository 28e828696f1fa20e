//! Steps down from an object to the stamp of one of its pod templates, as the nodes stand in the text.
//!
//! Takes nodes and a path, gives the [`Site`] of a stamp, or the [`Obstacle`] that is in the way: an edit must show nowhere
//! else, and must not be hidden by something else.

use super::{Region, Slot, insert, moved, remove, replace};
use crate::text::geometry::Geometry;
use crate::yaml::{Kind, Ref, Tag};
use std::ops::Range;

/// The place of one stamp.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    /// The bytes of the stamp that is there.
    pub(crate) current: Option<Range<usize>>,
    /// How to set a stamp.
    pub(crate) set: Slot,
    /// How to remove the one that is there.
    pub(crate) remove: Option<Box<Result<Slot, Obstacle>>>,
    /// What can be read alone to see what an edit has changed.
    pub(crate) region: Option<Region>,
}

/// Why a place cannot be edited.
#[derive(Clone, Debug)]
pub(crate) struct Obstacle {
    pub(crate) range: Range<usize>,
    pub(crate) why: &'static str,
}

impl Obstacle {
    pub(super) fn new(node: Ref<'_>, why: &'static str) -> Self {
        Self { range: node.range(), why }
    }

    /// What to do about it, where that is less than to write the metadata out.
    pub(crate) fn way_out(&self) -> Option<&'static str> {
        match self.why {
            TWICE => Some("remove the first of the two, which does not count"),
            NO_MAP => Some("write keys and values there, or remove it"),
            NO_LIST => Some("write a list there"),
            PROPERTIES => Some("remove the anchor or the tag, or the empty value with it"),
            NO_STRING => Some("remove the annotation; the stamp is written anew"),
            _ => None,
        }
    }

    /// The same with offsets that count from the start of the source.
    pub(crate) fn moved(self, base: usize) -> Self {
        Self { range: moved(self.range, base), ..self }
    }
}

impl Site {
    /// The same with offsets that count from the start of the source.
    pub(crate) fn moved(self, base: usize) -> Self {
        Self {
            current: self.current.map(|c| moved(c, base)),
            set: self.set.moved(base),
            remove: self.remove.map(|r| Box::new(r.map(|s| s.moved(base)).map_err(|o| o.moved(base)))),
            region: self.region.map(|r| r.moved(base)),
        }
    }
}

pub(super) const ALIAS: &str = "an alias (`*`) is on the way to the stamp";
pub(super) const SHARED: &str =
    "a node on the way to the stamp is anchored and used elsewhere, where the stamp would show too";
pub(super) const TWICE: &str = "a key on the way to the stamp is there twice";
pub(super) const MERGED: &str = "a node on the way to the stamp comes from a merge key (`<<`)";
pub(super) const NO_MAP: &str = "a node on the way to the stamp is no mapping";
pub(super) const NO_LIST: &str = "a node on the way to the stamp is no list";
pub(super) const PROPERTIES: &str = "an empty value on the way to the stamp has an anchor or a tag";
pub(super) const EXPLICIT: &str = "a key on the way to the stamp is written in a form that cannot be edited";
pub(super) const TAKEN: &str = "the text before the stamp would take the comment behind it";
pub(super) const NO_STRING: &str = "the value of the stamp's annotation is no string";

/// One step of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step<'p> {
    Field(&'p str),
    Item(usize),
}

/// The value of a key as it stands there.
pub(crate) enum Entry<'t> {
    Absent,
    Found { key: Ref<'t>, value: Ref<'t> },
}

/// The value of a key of a mapping for editing: no alias, no merge key, no duplicate, nothing that is used elsewhere.
pub(crate) fn entry<'t>(map: Ref<'t>, name: &str) -> Result<Entry<'t>, Obstacle> {
    if map.is_aliased() {
        return Err(Obstacle::new(map, SHARED));
    }
    let mut hits = map.entries().filter(|(k, _)| k.scalar() == Some(name));
    let Some((key, value)) = hits.next() else {
        return match map.get(name) {
            Some(merged) => Err(Obstacle::new(merged, MERGED)),
            None => Ok(Entry::Absent),
        };
    };
    if let Some((again, _)) = hits.next() {
        return Err(Obstacle::new(again, TWICE));
    }
    on_the_way(value).map_or(Ok(Entry::Found { key, value }), Err)
}

/// What forbids edits below a node that is reached as it stands: it is an alias, or is used elsewhere too.
pub(crate) fn on_the_way(node: Ref<'_>) -> Option<Obstacle> {
    if node.kind() == Kind::Alias {
        return Some(Obstacle::new(node, ALIAS));
    }
    node.is_aliased().then(|| Obstacle::new(node, SHARED))
}

/// A level of the way from an object to the annotation.
#[derive(Clone, Copy)]
pub(super) struct Level<'t> {
    pub(super) map: Ref<'t>,
    pub(super) key: Ref<'t>,
    pub(super) value: Ref<'t>,
}

impl<'t> Level<'t> {
    /// The entries of the mapping, and the place of this level's key among them.
    pub(super) fn place(&self) -> (Vec<(Ref<'t>, Ref<'t>)>, usize) {
        let entries: Vec<_> = self.map.entries().collect();
        let own = |(key, _): &(Ref<'_>, Ref<'_>)| key.index() == self.key.index();
        let at = entries.iter().position(own).unwrap_or_default();
        (entries, at)
    }
}

/// The way from an object down to some node.
struct Way<'t> {
    node: Ref<'t>,
    /// The fields since the last item.
    levels: Vec<Level<'t>>,
}

impl<'t> Way<'t> {
    /// Goes on to a field; false if it is not there.
    fn field(&mut self, name: &str) -> Result<bool, Obstacle> {
        if self.node.kind() != Kind::Map {
            return Err(Obstacle::new(self.node, NO_MAP));
        }
        let Entry::Found { key, value } = entry(self.node, name)? else {
            return Ok(false);
        };
        self.levels.push(Level { map: self.node, key, value });
        self.node = value;
        Ok(true)
    }

    fn item(&mut self, index: usize) -> Result<(), Obstacle> {
        let list = self.node;
        let item = Some(list).filter(|n| n.kind() == Kind::Seq).and_then(|n| n.items().nth(index));
        self.node = item.ok_or_else(|| Obstacle::new(list, NO_LIST))?;
        self.levels.clear();
        on_the_way(self.node).map_or(Ok(()), Err)
    }

    /// Goes on to the pod template.
    fn template(&mut self, path: &[Step<'_>]) -> Result<(), Obstacle> {
        for step in path {
            match *step {
                Step::Item(index) => self.item(index)?,
                Step::Field(name) => {
                    if !self.field(name)? {
                        return Err(Obstacle::new(self.node, NO_MAP));
                    }
                }
            }
        }
        Ok(())
    }
}

/// The site of the annotation `name`; `annotations` are the fields to it from the pod template at `path` of an object.
pub(crate) fn site(object: Ref<'_>, path: &[Step<'_>], annotations: &[&str], name: &str) -> Result<Site, Obstacle> {
    let text = Geometry { text: object.tree().text() };
    let mut way = Way { node: object, levels: Vec::new() };
    way.template(path)?;
    let mut missing = annotations;
    while let [parent, rest @ ..] = missing {
        if is_empty(way.node) || !way.field(parent)? {
            break;
        }
        missing = rest;
    }
    let stamped = missing.is_empty() && !is_empty(way.node) && way.field(name)?;
    let region = Region::around(text, &way.levels);
    if stamped {
        return Ok(Site {
            current: way
                .levels
                .last()
                .map(|l| if l.value.range().is_empty() { l.key.range() } else { l.value.range() }),
            set: replace::replace(text, way.levels.last().copied())?.into(),
            remove: Some(Box::new(remove::remove(text, &way.levels, annotations.len()).map(Slot::from))),
            region,
        });
    }
    let new = insert::Field { parents: missing, name };
    let set = if is_empty(way.node) {
        insert::fill(text, way.node, &way.levels, &new)?
    } else {
        insert::insert(text, way.node, way.levels.last().copied(), &new)?
    };
    Ok(Site { current: None, set: set.into(), remove: None, region })
}

/// Null, or `{}`.
pub(super) fn is_empty(node: Ref<'_>) -> bool {
    node.is_null() || node.kind() == Kind::Map && node.entries().next().is_none()
}

/// Whether an anchor or a tag is written before it.
pub(super) fn has_properties(node: Ref<'_>) -> bool {
    node.is_anchored() || node.tag() != Tag::None
}

/// The offset of the colon after a key.
pub(super) fn colon(text: Geometry<'_>, key: Ref<'_>) -> Result<usize, Obstacle> {
    let at = text.skip_blanks(key.end());
    if text.bytes().get(at) == Some(&b':') { Ok(at) } else { Err(Obstacle::new(key, EXPLICIT)) }
}

/// The end of an entry of a flow mapping.
pub(super) fn entry_end(text: Geometry<'_>, key: Ref<'_>, value: Ref<'_>) -> usize {
    if value.range().is_empty() && !has_properties(value) {
        return colon(text, key).map_or(key.end(), |colon| colon + 1);
    }
    value.end()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edit::verify::{Meant, same_but_for};
    use crate::yaml::Arena;

    /// The text with a stamp `k: "v"` in the template at `x`'s second item, or why it cannot be written.
    fn stamped(text: &str, below: &[Step<'_>]) -> Result<String, &'static str> {
        let mut arena = Arena::default();
        let tree = arena.parse_yaml(text).unwrap();
        let path: Vec<_> = [Step::Field("x"), Step::Item(1)].iter().chain(below).copied().collect();
        let set = site(tree.roots().next().unwrap(), &path, &["metadata", "annotations"], "k").map_err(|o| o.why)?.set;
        let edit = set.edit(Default::default(), "\"v\"");
        let new = format!("{}{}{}", &text[..edit.range.start], edit.text.get(), &text[edit.range.end..]);
        assert!(
            same_but_for(
                text,
                &new,
                &crate::yaml::Part { range: 0..0, cut: false, json: false },
                Meant::stamps("k", &[&["metadata", "annotations"]]),
                &mut Default::default()
            ),
            "{new}"
        );
        Ok(new)
    }

    #[test]
    fn a_template_may_lie_in_a_list() {
        let new = "metadata:\n    annotations:\n      k: \"v\"\n  ";
        for (text, expected) in [
            ("x:\n- a\n- spec: 1\n", format!("x:\n- a\n- {new}spec: 1\n")),
            (
                "x:\n- a\n-\n  # why\n  spec: 1\n",
                format!("x:\n- a\n-\n  {}  # why\n  spec: 1\n", new.trim_end_matches(' ')),
            ),
            ("x: [a, {spec: 1}]\n", "x: [a, {\"metadata\": {\"annotations\": {\"k\": \"v\"}}, spec: 1}]\n".into()),
            ("x: [a, {}]\n", "x: [a, {\"metadata\": {\"annotations\": {\"k\": \"v\"}}}]\n".into()),
            ("x:\n- a\n- metadata: ~\n", format!("x:\n- a\n- {}\n", new.trim_end())),
        ] {
            assert_eq!(stamped(text, &[]), Ok(expected), "{text:?}");
        }
        let expected = "x:\n- a\n- t:\n    metadata:\n      annotations:\n        k: \"v\"\n    # why\n    spec: 1\n";
        assert_eq!(stamped("x:\n- a\n- t:\n    # why\n    spec: 1\n", &[Step::Field("t")]).as_deref(), Ok(expected));
    }

    #[test]
    fn what_is_in_the_way_in_a_list_is_said() {
        for (text, why) in [
            ("x: [a]\n", NO_LIST),
            ("x: {a: b}\n", NO_LIST),
            ("x: [&a {spec: 1}, *a]\n", ALIAS),
            ("x: [a, &a {spec: 1}]\ny: *a\n", SHARED),
            ("x: &a [a, {spec: 1}]\ny: *a\n", SHARED),
            ("x: [a, spec: 1]\n", EXPLICIT),
            ("x: [a, ~]\n", NO_MAP),
        ] {
            assert_eq!(stamped(text, &[]), Err(why), "{text:?}");
        }
        assert_eq!(stamped("x: [a, {t: 1}]\n", &[Step::Field("u")]), Err(NO_MAP));
    }
}

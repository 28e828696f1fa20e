//! New items at the end of a list that is a field of a mapping, in the style of those that are there.

use super::insert::{Null, null};
use super::path::{Entry, Level, NO_LIST, Obstacle, entry, entry_end};
use super::{Edit, Slot, Splice, json};
use crate::text::geometry::Geometry;
use crate::text::source::SourceId;
use crate::yaml::{Kind, Ref, Style};
use serde_json::Value;

/// The end of a list, where items can be added.
#[derive(Clone, Debug)]
pub(crate) struct List {
    slot: Slot,
    /// In block style: what begins a new line at the column of the dashes.
    line: Option<String>,
}

impl List {
    /// The same with offsets that count from the start of the source; `base` is what is to be added to one.
    pub(crate) fn moved_by(self, base: impl FnOnce(usize) -> usize) -> Self {
        let base = base(self.slot.range.start);
        Self { slot: self.slot.moved(base), ..self }
    }

    /// The same at another place of the source.
    pub(crate) fn moved_to(self, at: usize) -> Self {
        self.moved_by(|from| at - from)
    }

    /// The edit that adds items, which are JSON objects.
    pub(crate) fn append(&self, source: SourceId, items: &[Value]) -> Edit {
        let items = items.iter().map(|item| match &self.line {
            Some(line) => block_item(item, line),
            None => json(item),
        });
        let between = self.line.as_deref().unwrap_or(", ");
        self.slot.edit(source, &items.collect::<Vec<_>>().join(between))
    }

    fn flow(splice: Splice) -> Self {
        Self { slot: splice.into(), line: None }
    }

    fn block(splice: Splice, column: usize, newline: &str) -> Self {
        Self { slot: splice.into(), line: Some(format!("{newline}{}", " ".repeat(column))) }
    }

    /// In block style, on lines of their own behind a node.
    fn behind(text: Geometry<'_>, node: Ref<'_>, head: &str, column: usize, newline: &str) -> Result<Self, Obstacle> {
        let indent = " ".repeat(column);
        let head = if head.is_empty() { String::new() } else { format!("{indent}{head}{newline}") };
        let at = text.after_line(node.end());
        // A text without a final newline gets its line break before what is added, and none after it.
        let (lead, end) = if text.line_start(at) == at { ("", newline) } else { (newline, "") };
        if end.is_empty() && node.last().style() == Style::BlockScalar {
            // The line break would be a part of its text.
            return Err(Obstacle::new(node, NO_LIST));
        }
        let splice =
            Splice { before: format!("{lead}{head}{indent}"), after: end.to_owned(), ..Splice::replace(at..at) };
        Ok(Self::block(splice, column, newline))
    }
}

/// The list in a field of a mapping, which may be absent or null.
pub(crate) fn list(map: Ref<'_>, field: &str) -> Result<List, Obstacle> {
    let text = Geometry { text: map.tree().text() };
    match entry(map, field)? {
        Entry::Absent => absent(text, map, field),
        Entry::Found { key, value } => match value.kind() {
            Kind::Seq if value.style() == Style::Flow => flow(text, value),
            Kind::Seq => {
                let newline = text.newline(key.end());
                List::behind(text, value, "", text.column(dash(text, value)), newline)
            }
            Kind::Scalar if value.is_null() => {
                let newline = text.newline(key.end());
                Ok(match null(text, Level { map, key, value })? {
                    Null::Flow(place) => List::flow(place.around(("[", Default::default(), "]"))),
                    Null::Line { place, column } => List::block(place, column, newline),
                    Null::Below { place, key } => {
                        let lead = format!("{newline}{}", " ".repeat(key));
                        List::block(place.around((&lead, Default::default(), "")), key, newline)
                    }
                })
            }
            _ => Err(Obstacle::new(value, NO_LIST)),
        },
    }
}

/// A new field behind the last one of a mapping.
fn absent(text: Geometry<'_>, map: Ref<'_>, field: &str) -> Result<List, Obstacle> {
    if map.style() != Style::Flow {
        let newline = text.newline(map.start());
        // The first key may be glued to a separator.
        let column = map.entries().last().map_or(0, |(key, _)| text.column(key.start()));
        return List::behind(text, map, &format!("{field}:"), column, newline);
    }
    let (key, value) = map.entries().last().ok_or_else(|| Obstacle::new(map, NO_LIST))?;
    let at = entry_end(text, key, value);
    let before = format!(", {}: [", json(&field.into()));
    Ok(List::flow(Splice { before, after: "]".to_owned(), ..Splice::replace(at..at) }))
}

/// Behind the last item, so that a comma or a comment at the end stays there.
fn flow(text: Geometry<'_>, list: Ref<'_>) -> Result<List, Obstacle> {
    let at = list.items().last().map_or(list.start() + 1, Ref::end);
    let before = if at > list.start() + 1 { ", " } else { "" };
    match text.bytes().get(text.skip_comments(at)) {
        Some(b',' | b']') => Ok(List::flow(Splice { before: before.to_owned(), ..Splice::replace(at..at) })),
        _ => Err(Obstacle::new(list, NO_LIST)),
    }
}

/// The offset of the first dash of a block sequence. Its span begins there, or behind it if the sequence is not indented.
fn dash(text: Geometry<'_>, list: Ref<'_>) -> usize {
    let start = list.start();
    if text.bytes().get(start) == Some(&b'-') && list.items().next().is_some_and(|item| item.start() > start) {
        return start;
    }
    text.text[..start].rfind('-').unwrap_or(start)
}

/// A JSON object as an item of a block sequence, one field a line; deeper values stay JSON, which is YAML too.
fn block_item(item: &Value, line: &str) -> String {
    let field = |(key, value): (&String, &Value)| match value {
        Value::String(text) if key != "message" => format!("{key}: {text}"),
        value => format!("{key}: {}", json(value)),
    };
    let fields: Vec<String> = item.as_object().into_iter().flatten().map(field).collect();
    format!("- {}", fields.join(&format!("{line}  ")))
}

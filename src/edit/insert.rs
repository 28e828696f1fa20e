//! New entries of mappings, in the style of their neighbours.
//!
//! In block style a new line goes directly behind the line of its parent, above the comments of the first key; in flow
//! style and JSON the entry goes right behind the brace.

use super::path::{EXPLICIT, Level, NO_MAP, Obstacle, PROPERTIES, colon, has_properties};
use super::{STAMP, Splice, quote};
use crate::text::geometry::{BLANKS, Geometry};
use crate::yaml::{Kind, Ref, Style, is_plain_string};

/// A new entry, with the parents that it lacks; its value comes later.
pub(super) struct Field<'f> {
    pub(super) parents: &'f [&'f str],
    pub(super) name: &'f str,
}

impl Field<'_> {
    /// Lines of block style behind `lead`, which is their first indentation, up to the value.
    fn lines(&self, lead: &str, indent: usize, step: usize, newline: &str) -> String {
        let mut out = String::with_capacity(STAMP);
        out.push_str(lead);
        let mut indent = indent;
        for parent in self.parents {
            indent += step;
            out.extend([parent, ":", newline]);
            out.extend(std::iter::repeat_n(' ', indent));
        }
        // Quoted where it would be no string.
        if is_plain_string(self.name) {
            out.push_str(self.name);
        } else {
            out.push_str(&quote(self.name));
        }
        out.push_str(": ");
        out
    }

    /// The same in flow style: what stands before and after the value.
    fn flow(&self, colon: &str) -> (String, String) {
        let parents = self.parents.iter().map(|parent| format!("{}{colon}{{", quote(parent)));
        (format!("{}{}{colon}", parents.collect::<String>(), quote(self.name)), "}".repeat(self.parents.len()))
    }
}

/// A first entry into a mapping that has others. `level` is how the mapping is reached.
pub(super) fn insert(
    text: Geometry<'_>,
    map: Ref<'_>,
    level: Option<Level<'_>>,
    new: &Field<'_>,
) -> Result<Splice, Obstacle> {
    let Some((first, _)) = map.entries().next() else {
        return Err(Obstacle::new(map, NO_MAP));
    };
    if map.style() == Style::Flow {
        let at = behind_brace(text, map)?;
        let blanks = &text.text[at..first.start().max(at)];
        // A comment, anchor, tag or `?` before the first key is not repeated.
        let blanks = if blanks.trim_matches(BLANKS).is_empty() { blanks } else { "" };
        let colon = flow_colon(text, first);
        let (before, after) = new.flow(colon);
        // `{a: 1}` has a blank behind its commas, `{"a":1}` has none.
        let close = blanks.is_empty() && !text.is_blank(at);
        let comma = if close && colon == ": " { ", " } else { "," };
        return Ok(Splice { range: at..at, before: format!("{blanks}{before}"), after: format!("{after}{comma}") });
    }
    // The mapping begins where its first key does, anchor, tag and `? ` included.
    let at = map.start();
    let column = text.column(at);
    let newline = text.newline(at);
    let lines = |lead| new.lines(lead, column, step(text, level), newline);
    if text.begins_line(at) {
        let start = text.line_start(at);
        // Anchor, tag and comment of the parent stand before, comments of the first key behind.
        let from = text.behind_content(at).unwrap_or(start);
        return Ok(Splice { range: from..from, before: lines(&text.text[start..at]), after: newline.to_owned() });
    }
    // The first key stands behind `- `, `? ` or `--- `: it moves to the next line.
    Ok(Splice { range: at..at, before: lines(""), after: format!("{newline}{}", " ".repeat(column)) })
}

/// The first entry of a mapping that is null or `{}`.
pub(super) fn fill(
    text: Geometry<'_>,
    node: Ref<'_>,
    levels: &[Level<'_>],
    new: &Field<'_>,
) -> Result<Splice, Obstacle> {
    let level = levels.last().copied();
    let colon = level.map_or(": ", |l| flow_colon(text, l.key));
    if node.kind() == Kind::Map {
        let (before, after) = new.flow(colon);
        let at = behind_brace(text, node)?;
        return Ok(Splice { range: at..at, before, after });
    }
    let level = level.ok_or_else(|| Obstacle::new(node, NO_MAP))?;
    let above = levels.len().checked_sub(2).map(|i| levels[i]);
    let step = step(text, above);
    let newline = text.newline(level.key.end());
    let block = |indent| (new.lines("", indent, step, newline), String::new());
    Ok(match null(text, level)? {
        Null::Flow(place) => place.around(("{", new.flow(colon), "}")),
        Null::Below { place, key } => {
            let indent = key + step;
            place.around((&format!("{newline}{}", " ".repeat(indent)), block(indent), ""))
        }
        Null::Line { place, column } => place.around(("", block(column), "")),
    })
}

/// How a null value becomes a collection.
pub(super) enum Null {
    /// In flow style: in its place.
    Flow(Splice),
    /// In block style, on the line of its key: on the next lines; a comment stays behind the key, whose column is `key`.
    Below { place: Splice, key: usize },
    /// On a line of its own: in its place.
    Line { place: Splice, column: usize },
}

impl Splice {
    /// Puts what stands around the text inside of what stands there already.
    pub(super) fn around(self, (open, (before, after), close): (&str, (String, String), &str)) -> Self {
        Self { before: self.before + open + &before, after: after + close + &self.after, ..self }
    }
}

/// The place of a null value.
pub(super) fn null(text: Geometry<'_>, Level { map, key, value }: Level<'_>) -> Result<Null, Obstacle> {
    if has_properties(value) {
        return Err(Obstacle::new(value, PROPERTIES));
    }
    let absent = value.range().is_empty();
    if map.style() == Style::Flow {
        let (range, lead) = match colon(text, key) {
            _ if !absent => (value.range(), ""),
            Ok(at) => (at + 1..at + 1, " "),
            Err(_) => (key.end()..key.end(), ": "),
        };
        return Ok(Null::Flow(Splice { before: lead.to_owned(), ..Splice::replace(range) }));
    }
    let at = colon(text, key)? + 1;
    if !absent && !text.same_line(value.start(), at) {
        return Ok(Null::Line { place: Splice::replace(value.range()), column: text.column(value.start()) });
    }
    let end = text.line_end(at);
    let (from, kept) = if absent { (end, "") } else { (at, &text.text[value.end()..end]) };
    let blanks = &kept[..kept.len() - kept.trim_start_matches([' ', '\t']).len()];
    if blanks.contains('\t') && !text.same_line(key.end(), at) {
        // Behind the `:` of a `? key` a tab stands before a text only.
        return Err(Obstacle::new(key, EXPLICIT));
    }
    let place = Splice { before: kept.to_owned(), ..Splice::replace(from..end) };
    Ok(Null::Below { place, key: text.column(key.start()) })
}

/// The offset behind the brace of a flow mapping; a pair in a list may stand there without braces.
fn behind_brace(text: Geometry<'_>, map: Ref<'_>) -> Result<usize, Obstacle> {
    match text.bytes().get(map.start()) {
        Some(b'{') => Ok(map.start() + 1),
        _ => Err(Obstacle::new(map, EXPLICIT)),
    }
}

/// How far a block mapping is indented below the key that holds it; two where that cannot be seen.
fn step(text: Geometry<'_>, level: Option<Level<'_>>) -> usize {
    let Some(Level { key, value, .. }) = level else { return 2 };
    if value.style() != Style::Block || text.same_line(value.start(), key.start()) {
        return 2;
    }
    match text.column(value.start()).saturating_sub(text.column(key.start())) {
        // `? key` and `: value` stand at one column.
        0 => 2,
        step => step,
    }
}

/// `: `, or `:` where the neighbour is written like that.
fn flow_colon(text: Geometry<'_>, key: Ref<'_>) -> &'static str {
    match colon(text, key) {
        Ok(at) if at + 1 < text.text.len() && !text.is_blank(at + 1) => ":",
        _ => ": ",
    }
}

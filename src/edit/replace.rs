//! Another value for an entry that is there.

use super::Splice;
use super::path::{EXPLICIT, Level, NO_MAP, NO_STRING, Obstacle, PROPERTIES, colon, has_properties};
use crate::text::geometry::Geometry;
use crate::yaml::{Ref, Style, Tag};

/// Replaces the value of the last level by a quoted one; its anchor, tag and comment stay.
pub(super) fn replace(text: Geometry<'_>, level: Option<Level<'_>>) -> Result<Splice, Obstacle> {
    let Some(Level { key, value, .. }) = level else {
        return Err(Obstacle { range: 0..0, why: NO_MAP });
    };
    // With the tag of another type, no quoted text is what it says.
    if value.scalar().is_none() || !matches!(value.tag(), Tag::None | Tag::Str | Tag::Bare | Tag::Other | Tag::Null) {
        return Err(Obstacle::new(value, NO_STRING));
    }
    if value.tag() == Tag::Null {
        return Err(Obstacle::new(value, PROPERTIES));
    }
    if value.style() == Style::BlockScalar {
        return block_scalar(text, key, value);
    }
    if !value.range().is_empty() {
        // `&anchor:text` is a value behind its anchor; a quoted one needs a blank between them.
        let glued = has_properties(value) && !text.is_blank(value.start().saturating_sub(1));
        return Ok(Splice { before: if glued { " " } else { "" }.to_owned(), ..Splice::replace(value.range()) });
    }
    if has_properties(value) {
        return Err(Obstacle::new(value, PROPERTIES));
    }
    let at = colon(text, key)? + 1;
    Ok(Splice { before: " ".to_owned(), ..Splice::replace(at..at) })
}

/// The header of a block scalar is outside its span; a comment behind it stays.
fn block_scalar(text: Geometry<'_>, key: Ref<'_>, value: Ref<'_>) -> Result<Splice, Obstacle> {
    let mut at = colon(text, key)? + 1;
    loop {
        at += text.bytes()[at..].iter().take_while(|b| b" \t".contains(b)).count();
        match text.bytes().get(at) {
            Some(b'|' | b'>') => break,
            Some(b'&' | b'!') => at += text.bytes()[at..].iter().take_while(|b| !b" \t\r\n".contains(b)).count(),
            _ => return Err(Obstacle::new(key, EXPLICIT)),
        }
    }
    let header_end = text.line_end(at);
    let header = &text.text[at..header_end];
    let comment = header.find(" #").map_or("", |i| &header[i..]);
    let content = text.text[value.range()].trim_end_matches(['\n', '\r', ' ', '\t']);
    let end = if content.is_empty() { header_end } else { value.start() + content.len() };
    Ok(Splice { after: comment.to_owned(), ..Splice::replace(at..end) })
}

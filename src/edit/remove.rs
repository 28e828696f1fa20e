//! An entry goes, and with it each parent that would be left empty.

use super::Splice;
use super::path::{EXPLICIT, Level, NO_MAP, Obstacle, PROPERTIES, SHARED, TAKEN, entry_end};
use crate::text::geometry::{BLANKS, Geometry};
use crate::yaml::{Style, Tag};

/// Removes the last level's entry, and each of its next `parents` that would be left empty by it.
pub(super) fn remove(text: Geometry<'_>, levels: &[Level<'_>], parents: usize) -> Result<Splice, Obstacle> {
    let Some((last, above)) = levels.split_last() else {
        return Err(Obstacle { range: 0..0, why: NO_MAP });
    };
    let own = above.len();
    let mut top = own;
    // Up to the pod template, which stays one: what is the last in it stays too, empty.
    let single = |top: usize| levels[top].map.entries().nth(1).is_none();
    while top > 0 && own - top < parents && single(top) && !(own + 1 - top == parents && single(top - 1)) {
        top -= 1;
    }
    // A comment between a parent and the stamp is the user's: the parent then stays, empty.
    let comment = |top: usize| text.text[levels[top].key.start()..last.key.start()].contains('#');
    // So is one behind a parent in flow style, which goes only with its line.
    let rest = &text.text[last.value.end()..text.line_end(last.value.end())];
    let behind = last.map.style() == Style::Flow && rest.contains('#');
    let takes_line = |top: usize| levels[top].map.style() != Style::Flow;
    while top < own && (comment(top) || behind && takes_line(top)) {
        top += 1;
    }
    let level = levels[top];
    if level.key.any_aliased() || level.value.any_aliased() {
        return Err(Obstacle::new(level.value, SHARED));
    }
    if level.map.style() == Style::Flow { flow(text, level) } else { block(text, level) }
}

fn block(text: Geometry<'_>, level: Level<'_>) -> Result<Splice, Obstacle> {
    let Level { map, key, value } = level;
    let (entries, at) = level.place();
    if entries.len() == 1 && map.tag() != Tag::None {
        // A tag with nothing behind it is something else.
        return Err(Obstacle::new(map, PROPERTIES));
    }
    let start = if at == 0 { map.start() } else { key.start() };
    let end = value.end().max(key.end());
    let next = entries.get(at + 1).map(|(next, _)| next.start());
    if !text.begins_line(start) {
        // Behind `- `: the next key moves up into its place, if nothing but blanks is between.
        let rest = if end == text.line_start(end) { end } else { text.line_end(end) };
        let up = next.filter(|&next| at == 0 && text.begins_line(next));
        let up = up.filter(|&next| text.text.get(rest..next).is_some_and(|between| between.trim().is_empty()));
        return up.map(|next| Splice::replace(start..next)).ok_or_else(|| Obstacle::new(key, EXPLICIT));
    }
    let from = text.line_start(start);
    // A block scalar ends at the start of a line; anything else somewhere on its last one.
    let to = if end > from && end == text.line_start(end) { end } else { text.next_line(end) };
    let behind_scalar = at > 0 && entries[at - 1].1.end() == from;
    if to == text.text.len() && text.break_before(to).is_empty() {
        // The last line of a text without a final newline: the line break before it goes instead, unless it is a part
        // of a block scalar.
        let gone = if behind_scalar { 0 } else { text.break_before(from).len() };
        return Ok(Splice::replace(from - gone..to));
    }
    if !behind_scalar {
        return Ok(Splice::replace(from..to));
    }
    // A block scalar takes what follows it and is indented like its text, and with `+` blank lines too: those go with the
    // entry, a comment cannot.
    let indent = text.column(start);
    let takes = |line: &str| {
        let rest = line.trim_start_matches(' ');
        line.len() - rest.len() > indent || rest.starts_with('\t')
    };
    let after = text.skip_blank_lines(to);
    if takes(&text.text[after..]) && text.bytes()[text.skip_blanks(after)..].first() == Some(&b'#') {
        return Err(Obstacle::new(key, TAKEN));
    }
    let keeps = text.text[entries[at - 1].0.end()..from].contains('+');
    let blank_lines_go = keeps || text.text[to..after].split(['\n', '\r']).any(takes);
    Ok(Splice::replace(from..if blank_lines_go { after } else { to }))
}

fn flow(text: Geometry<'_>, level: Level<'_>) -> Result<Splice, Obstacle> {
    let Level { map, key, value } = level;
    let (entries, at) = level.place();
    let explicit = || Err(Obstacle::new(key, EXPLICIT));
    let end = entry_end(text, key, value);
    if at > 0 {
        let comma = text.text[..key.start()].trim_end_matches(BLANKS).len().wrapping_sub(1);
        return match text.bytes().get(comma) {
            Some(b',') => Ok(Splice::replace(comma..end)),
            _ => explicit(),
        };
    }
    let open = map.start() + 1;
    // An anchor, a tag or a `?` before the key would stay.
    if text.bytes().get(map.start()) != Some(&b'{') || text.skip_comments(open) != key.start() {
        return explicit();
    }
    let lead = &text.text[open..key.start()];
    let from = if lead.trim_matches(BLANKS).is_empty() { open } else { key.start() };
    if entries.len() == 1 {
        let next = text.skip_comments(end);
        return match text.bytes().get(next) {
            Some(b'}') => Ok(Splice::replace(key.start()..end)),
            Some(b',') if next == text.skip_blanks(end) => Ok(Splice::replace(key.start()..next + 1)),
            _ => explicit(),
        };
    }
    let comma = text.skip_blanks(end);
    if text.bytes().get(comma) != Some(&b',') {
        return explicit();
    }
    // The blank that came with the entry goes with it.
    let one = lead.is_empty() && text.bytes().get(comma + 1) == Some(&b' ');
    let one = one && !text.is_blank(comma + 2) && text.bytes().get(comma + 2) != Some(&b'#');
    Ok(Splice::replace(from..comma + 1 + usize::from(one)))
}

//! How a stamp is removed: its entry, and each parent that would be left empty by it.

use super::insert::{Draft, EXPLICIT, Level, Obstacle, SHARED, Writer};
use crate::yaml::Style;
use std::ops::Range;

impl Writer<'_> {
    /// Removes the last level's entry, and each parent that would be left empty by it.
    pub(super) fn remove(&self, levels: &[Level<'_>]) -> Result<Draft, Obstacle> {
        let own = levels.len() - 1;
        let mut top = own;
        // `metadata` at most: the pod template itself has a spec.
        while top > 0 && own - top < 2 && levels[top].map.entries().count() == 1 {
            top -= 1;
        }
        // A comment between a parent and the stamp is the user's: the parent then stays, empty.
        let comment = |top: usize| self.text[levels[top].key.start()..levels[own].key.start()].contains('#');
        // So is one behind a parent in flow style, which goes only with its line.
        let last = levels[own];
        let rest = &self.text[last.value.end()..self.line_end(last.value.end())];
        let behind = last.map.style() == Style::Flow && rest.contains('#');
        let takes_line = |top: usize| levels[top].map.style() != Style::Flow;
        while top < own && (comment(top) || behind && takes_line(top)) {
            top += 1;
        }
        let level = levels[top];
        if level.key.any_aliased() || level.value.any_aliased() {
            return Err(Obstacle::new(level.value, SHARED));
        }
        if level.map.style() == Style::Flow { self.remove_flow(level) } else { self.remove_block(level) }
    }

    fn remove_block(&self, level: Level<'_>) -> Result<Draft, Obstacle> {
        let Level { map, key, value } = level;
        let (entries, at) = level.place();
        let start = if at == 0 { map.start() } else { key.start() };
        let end = value.end().max(key.end());
        if self.begins_line(start) {
            let from = self.line_start(start);
            // A block scalar ends at the start of a line; anything else somewhere on its last one.
            let to = if end > from && end == self.line_start(end) { end } else { self.line_end(end) };
            let line_break = if to == self.line_start(to) && to > from { "" } else { self.line_break(to) };
            if to == self.text.len() && line_break.is_empty() && to != self.line_start(to) {
                // The last line of a text without a final newline: the line break before it goes instead.
                let from = from - self.break_before(from);
                return Ok(removal(from..to));
            }
            return Ok(removal(from..to + line_break.len()));
        }
        match entries.get(at + 1) {
            // Behind `- `: the next key moves up into its place.
            Some((next, _)) if at == 0 && self.begins_line(next.start()) => Ok(removal(start..next.start())),
            _ => Err(Obstacle::new(key, EXPLICIT)),
        }
    }

    /// Length of the line break that ends before an offset.
    fn break_before(&self, at: usize) -> usize {
        match self.bytes()[..at] {
            [.., b'\r', b'\n'] => 2,
            [.., b'\r' | b'\n'] => 1,
            _ => 0,
        }
    }

    fn remove_flow(&self, level: Level<'_>) -> Result<Draft, Obstacle> {
        let Level { map, key, value } = level;
        let (entries, at) = level.place();
        let end = if value.range().is_empty() { self.colon(key).map_or(key.end(), |c| c + 1) } else { value.end() };
        let blank = |b: &u8| b" \t\r\n".contains(b);
        if at > 0 {
            let before = self.bytes()[..key.start()].iter().rev().take_while(|b| blank(b)).count();
            let comma = (key.start() - before).wrapping_sub(1);
            return match self.bytes().get(comma) {
                Some(b',') => Ok(removal(comma..end)),
                _ => Err(Obstacle::new(key, EXPLICIT)),
            };
        }
        let open = map.start() + 1;
        let lead = &self.text[open..key.start().max(open)];
        let from = if lead.bytes().all(|b| blank(&b)) { open } else { key.start() };
        if entries.len() == 1 {
            return Ok(removal(key.start()..end));
        }
        let comma = end + self.bytes()[end..].iter().take_while(|b| blank(b)).count();
        if self.bytes().get(comma) != Some(&b',') {
            return Err(Obstacle::new(key, EXPLICIT));
        }
        // The blank that came with the entry goes with it.
        let one = lead.is_empty() && self.bytes().get(comma + 1) == Some(&b' ');
        let one = one && !self.is_blank(comma + 2) && self.bytes().get(comma + 2) != Some(&b'#');
        Ok(removal(from..comma + 1 + usize::from(one)))
    }
}

fn removal(range: Range<usize>) -> Draft {
    Draft { range, before: String::new(), after: String::new() }
}

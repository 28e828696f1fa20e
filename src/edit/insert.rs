//! Where and how the stamp of one pod template is written or removed: the only file that knows columns, indentation,
//! line breaks and flow style.
//!
//! Takes the nodes of one document, gives drafts of edits; a draft becomes an edit once the stamp is known. Never
//! guesses: what cannot be edited faithfully is an [`Obstacle`]. The traps that it minds are listed in `docs/design.md`.

use crate::yaml::{Kind, Ref, Style, Tag};
use std::ops::Range;

/// The place of one stamp.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    /// The bytes of the stamp that is there.
    pub(crate) current: Option<Range<usize>>,
    /// How to set a stamp.
    pub(crate) set: Draft,
    /// How to remove the one that is there.
    pub(crate) remove: Option<Result<Draft, Obstacle>>,
}

/// One replacement of bytes of the source: `before`, the quoted stamp (if one is set), `after`.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub(crate) range: Range<usize>,
    pub(crate) before: String,
    pub(crate) after: String,
}

/// Why a stamp cannot be written.
#[derive(Clone, Debug)]
pub(crate) struct Obstacle {
    pub(crate) range: Range<usize>,
    pub(crate) why: &'static str,
}

impl Obstacle {
    pub(super) fn new(node: Ref<'_>, why: &'static str) -> Self {
        Self { range: node.range(), why }
    }

    /// The same with offsets that count from the start of the source.
    pub(crate) fn moved(self, base: usize) -> Self {
        Self { range: moved(self.range, base), ..self }
    }
}

impl Draft {
    fn moved(self, base: usize) -> Self {
        Self { range: moved(self.range, base), ..self }
    }
}

impl Site {
    /// The same with offsets that count from the start of the source.
    pub(crate) fn moved(self, base: usize) -> Self {
        Self {
            current: self.current.map(|c| moved(c, base)),
            set: self.set.moved(base),
            remove: self.remove.map(|r| r.map(|d| d.moved(base)).map_err(|o| o.moved(base))),
        }
    }
}

pub(crate) fn moved(range: Range<usize>, base: usize) -> Range<usize> {
    range.start + base..range.end + base
}

pub(super) const ALIAS: &str = "an alias (`*`) is on the way to the stamp";
pub(super) const SHARED: &str =
    "a node on the way to the stamp is anchored and used elsewhere, where the stamp would show too";
pub(super) const TWICE: &str = "a key on the way to the stamp is there twice";
pub(super) const MERGED: &str = "a node on the way to the stamp comes from a merge key (`<<`)";
pub(super) const NO_MAP: &str = "a node on the way to the stamp is no mapping";
pub(super) const PROPERTIES: &str = "an empty value on the way to the stamp has an anchor or a tag";
pub(super) const EXPLICIT: &str = "a key on the way to the stamp is written in a form that cannot be edited";
pub(super) const NO_STRING: &str = "the value of the stamp's annotation is no string";

/// A step down: the value of a key as it stands there.
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
    if value.kind() == Kind::Alias {
        return Err(Obstacle::new(value, ALIAS));
    }
    if value.is_aliased() {
        return Err(Obstacle::new(value, SHARED));
    }
    Ok(Entry::Found { key, value })
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

/// TEMPORARY
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step<'p> { Field(&'p str), Item(usize) }

/// TEMPORARY
pub(crate) fn site(object: Ref<'_>, path: &[Step<'_>], name: &str) -> Result<Site, Obstacle> {
    let path: Vec<&str> = path.iter().map(|s| match s { Step::Field(f) => *f, Step::Item(_) => "" }).collect();
    site_of(object, &path, name)
}

/// The site of the annotation `name` of the pod template at `path` of an object.
fn site_of(object: Ref<'_>, path: &[&str], name: &str) -> Result<Site, Obstacle> {
    let mut levels: Vec<Level<'_>> = Vec::new();
    let mut node = object;
    let mut missing: &[&str] = &[];
    let fields: Vec<&str> = path.iter().copied().chain(["metadata", "annotations"]).collect();
    for (i, field) in fields.iter().enumerate() {
        if is_empty(node) && i > 0 {
            missing = &fields[i..];
            break;
        }
        if node.kind() != Kind::Map {
            return Err(Obstacle::new(node, NO_MAP));
        }
        match entry(node, field)? {
            Entry::Absent => {
                missing = &fields[i..];
                break;
            }
            Entry::Found { key, value } => {
                levels.push(Level { map: node, key, value });
                node = value;
            }
        }
    }
    let writer = Writer { text: object.tree().text(), name };
    if missing.is_empty() && !is_empty(node) {
        if node.kind() != Kind::Map {
            return Err(Obstacle::new(node, NO_MAP));
        }
        if let Entry::Found { key, value } = entry(node, name)? {
            levels.push(Level { map: node, key, value });
            return writer.present(&levels);
        }
    }
    let set = if is_empty(node) {
        writer.fill(&levels, missing)?
    } else {
        writer.insert(node, levels.last().copied(), missing)?
    };
    Ok(Site { current: None, set, remove: None })
}

/// Null, or `{}`.
fn is_empty(node: Ref<'_>) -> bool {
    node.is_null() || node.kind() == Kind::Map && node.entries().next().is_none()
}

pub(super) struct Writer<'t> {
    pub(super) text: &'t str,
    name: &'t str,
}

impl<'t> Writer<'t> {
    pub(super) fn bytes(&self) -> &'t [u8] {
        self.text.as_bytes()
    }

    pub(super) fn is_blank(&self, at: usize) -> bool {
        matches!(self.bytes().get(at), Some(b' ' | b'\t' | b'\r' | b'\n'))
    }

    pub(super) fn line_start(&self, at: usize) -> usize {
        memchr::memrchr2(b'\n', b'\r', &self.bytes()[..at]).map_or(0, |i| i + 1)
    }

    pub(super) fn line_end(&self, at: usize) -> usize {
        memchr::memchr2(b'\n', b'\r', &self.bytes()[at..]).map_or(self.text.len(), |i| at + i)
    }

    /// The line break at an offset; empty if there is none.
    pub(super) fn line_break(&self, at: usize) -> &'t str {
        let rest = &self.text[at..];
        ["\r\n", "\n", "\r"].into_iter().find(|b| rest.starts_with(b)).unwrap_or("")
    }

    /// The line break that a new line near an offset gets: that of its own line, else that of the line before.
    fn newline(&self, at: usize) -> &'t str {
        let own = self.line_break(self.line_end(at));
        if !own.is_empty() {
            return own;
        }
        let start = self.line_start(at);
        match self.bytes()[..start] {
            [.., b'\r', b'\n'] => "\r\n",
            [.., b'\r'] => "\r",
            _ => "\n",
        }
    }

    /// Column of an offset, in characters, without a byte order mark.
    fn column(&self, at: usize) -> usize {
        self.text[self.line_start(at)..at].chars().filter(|&c| c != '\u{feff}').count()
    }

    /// Whether only spaces stand before an offset on its line.
    pub(super) fn begins_line(&self, at: usize) -> bool {
        self.text[self.line_start(at)..at].bytes().all(|b| b == b' ')
    }

    /// How far a block mapping is indented below the key that holds it; two where that cannot be seen.
    fn step(&self, level: Option<Level<'_>>) -> usize {
        let Some(level) = level else { return 2 };
        let value = level.value;
        if value.style() != Style::Block || self.line_start(value.start()) == self.line_start(level.key.start()) {
            return 2;
        }
        let key = self.column(level.key.start());
        match self.column(value.start()).saturating_sub(key) {
            // `? key` and `: value` stand at one column.
            0 => 2,
            step => step,
        }
    }

    /// A key of ours in block style; quoted where it would be no string.
    fn block_key(&self, key: &str) -> String {
        if crate::yaml::is_plain_string(key) { key.to_owned() } else { quote(key) }
    }

    /// Lines of block style without the first indentation: missing parents, then the annotation up to its value.
    fn lines(&self, missing: &[&str], indent: usize, step: usize, newline: &str) -> String {
        let mut out = String::new();
        let mut indent = indent;
        for parent in missing {
            indent += step;
            out.push_str(&format!("{parent}:{newline}{}", " ".repeat(indent)));
        }
        out.push_str(&self.block_key(self.name));
        out.push_str(": ");
        out
    }

    /// The entry in flow style, with the missing parents: what stands before and after the value.
    fn flow_entry(&self, missing: &[&str], colon: &str) -> (String, String) {
        let mut before = String::new();
        for parent in missing {
            before.push_str(&format!("{}{colon}{{", quote(parent)));
        }
        before.push_str(&format!("{}{colon}", quote(self.name)));
        (before, "}".repeat(missing.len()))
    }

    /// The offset of the colon after a key.
    pub(super) fn colon(&self, key: Ref<'_>) -> Result<usize, Obstacle> {
        let end = key.end();
        let at = end + self.bytes()[end..].iter().take_while(|b| b" \t\r\n".contains(b)).count();
        if self.bytes().get(at) == Some(&b':') { Ok(at) } else { Err(Obstacle::new(key, EXPLICIT)) }
    }

    /// `: `, or `:` where the neighbour is written like that.
    fn flow_colon(&self, key: Ref<'_>) -> &'static str {
        match self.colon(key) {
            Ok(at) if !matches!(self.bytes().get(at + 1), None | Some(b' ' | b'\t' | b'\r' | b'\n')) => ":",
            _ => ": ",
        }
    }

    /// A first entry into a mapping that has others. `level` is how the mapping is reached.
    fn insert(&self, map: Ref<'_>, level: Option<Level<'_>>, missing: &[&str]) -> Result<Draft, Obstacle> {
        let Some((first, _)) = map.entries().next() else {
            return Err(Obstacle::new(map, NO_MAP));
        };
        if map.style() == Style::Flow {
            let at = map.start() + 1;
            let blanks = &self.text[at..first.start().max(at)];
            // A comment, anchor, tag or `?` before the first key is not repeated.
            let blanks = if blanks.trim_matches([' ', '\t', '\r', '\n']).is_empty() { blanks } else { "" };
            let colon = self.flow_colon(first);
            let (before, after) = self.flow_entry(missing, colon);
            // `{a: 1}` has a blank behind its commas, `{"a":1}` has none.
            let close = blanks.is_empty() && !self.is_blank(at);
            let comma = if close && colon == ": " { ", " } else { "," };
            return Ok(Draft { range: at..at, before: format!("{blanks}{before}"), after: format!("{after}{comma}") });
        }
        // The mapping begins where its first key does, anchor, tag and `? ` included.
        let at = map.start();
        let column = self.column(at);
        let newline = self.newline(at);
        let lines = self.lines(missing, column, self.step(level), newline);
        if self.begins_line(at) {
            let start = self.line_start(at);
            return Ok(Draft {
                range: start..start,
                before: format!("{}{lines}", &self.text[start..at]),
                after: newline.to_owned(),
            });
        }
        // The first key stands behind `- `, `? ` or `--- `: it moves to the next line.
        Ok(Draft { range: at..at, before: lines, after: format!("{newline}{}", " ".repeat(column)) })
    }

    /// The first entry of a mapping that is null or `{}`.
    fn fill(&self, levels: &[Level<'_>], missing: &[&str]) -> Result<Draft, Obstacle> {
        let Some((&Level { map, key, value }, above)) = levels.split_last() else {
            return Err(Obstacle { range: 0..0, why: NO_MAP });
        };
        let colon = self.flow_colon(key);
        if value.kind() == Kind::Map {
            let (before, after) = self.flow_entry(missing, colon);
            let at = value.start() + 1;
            return Ok(Draft { range: at..at, before, after });
        }
        if value.is_anchored() || value.tag() != Tag::None {
            return Err(Obstacle::new(value, PROPERTIES));
        }
        if map.style() == Style::Flow {
            return Ok(self.fill_flow(key, value, missing, colon));
        }
        let at = self.colon(key)? + 1;
        let newline = self.newline(at);
        let step = self.step(above.last().copied());
        if value.range().is_empty() || self.line_start(value.start()) == self.line_start(at) {
            // `annotations:` or `annotations: ~`, perhaps with a comment, which stays on its line.
            let indent = self.column(key.start()) + step;
            let lines = self.lines(missing, indent, step, newline);
            let end = self.line_end(at);
            let (from, rest) = if value.range().is_empty() { (end, "") } else { (at, &self.text[value.end()..end]) };
            return Ok(Draft {
                range: from..end,
                before: format!("{rest}{newline}{}{lines}", " ".repeat(indent)),
                after: String::new(),
            });
        }
        // A `null` on a line of its own.
        let indent = self.column(value.start());
        Ok(Draft { range: value.range(), before: self.lines(missing, indent, step, newline), after: String::new() })
    }

    fn fill_flow(&self, key: Ref<'_>, value: Ref<'_>, missing: &[&str], colon: &str) -> Draft {
        let (before, after) = self.flow_entry(missing, colon);
        let (range, lead) = if !value.range().is_empty() {
            (value.range(), "")
        } else if let Ok(at) = self.colon(key) {
            (at + 1..at + 1, " ")
        } else {
            (key.end()..key.end(), ": ")
        };
        Draft { range, before: format!("{lead}{{{before}"), after: format!("{after}}}") }
    }

    /// The annotation is there: its value is replaced, or it goes.
    fn present(&self, levels: &[Level<'_>]) -> Result<Site, Obstacle> {
        let Some(&Level { key, value, .. }) = levels.last() else {
            return Err(Obstacle { range: 0..0, why: NO_MAP });
        };
        if value.scalar().is_none() {
            return Err(Obstacle::new(value, NO_STRING));
        }
        let set = if value.style() == Style::BlockScalar {
            self.replace_block_scalar(key, value)?
        } else if value.range().is_empty() {
            if value.is_anchored() || value.tag() != Tag::None {
                return Err(Obstacle::new(value, PROPERTIES));
            }
            let at = self.colon(key)? + 1;
            Draft { range: at..at, before: " ".to_owned(), after: String::new() }
        } else {
            Draft { range: value.range(), before: String::new(), after: String::new() }
        };
        Ok(Site {
            current: Some(if value.range().is_empty() { key.range() } else { value.range() }),
            set,
            remove: Some(self.remove(levels)),
        })
    }

    /// The header of a block scalar is outside its span; a comment behind it stays.
    fn replace_block_scalar(&self, key: Ref<'_>, value: Ref<'_>) -> Result<Draft, Obstacle> {
        let mut at = self.colon(key)? + 1;
        loop {
            at += self.bytes()[at..].iter().take_while(|b| b" \t".contains(b)).count();
            match self.bytes().get(at) {
                Some(b'|' | b'>') => break,
                Some(b'&' | b'!') => at += self.bytes()[at..].iter().take_while(|b| !b" \t\r\n".contains(b)).count(),
                _ => return Err(Obstacle::new(key, EXPLICIT)),
            }
        }
        let header_end = self.line_end(at);
        let header = &self.text[at..header_end];
        let comment = header.find(" #").map_or("", |i| &header[i..]);
        let content = self.text[value.range()].trim_end_matches(['\n', '\r', ' ', '\t']);
        let end = if content.is_empty() { header_end } else { value.start() + content.len() };
        Ok(Draft { range: at..end, before: String::new(), after: comment.to_owned() })
    }
}

/// A double-quoted scalar that is also JSON.
pub(crate) fn quote(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

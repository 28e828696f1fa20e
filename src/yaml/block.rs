//! Plain block YAML → the nodes of `yaml`, an order of magnitude faster than a general parser.
//!
//! Reads line by line what nearly all manifests are made of: spaces, `- `, a key, and a value; a flow collection of words is
//! one (`flow`). A value or a key that is more than that on its line (escapes, flow of more, several lines, folding) is read by the
//! scanner of the general parser, from its place on. At anything else (an anchor, an alias, a tag, `?`, a directive, an odd line
//! break) it gives up, and the general parser reads the chunk. Both build the same nodes; the corpus, properties and a fuzzer
//! compare them.

use super::bytes::{closing_quote, is_indicator, is_plain, past_indent, plain_stop, word_end};
use super::keys::Keys;
use super::scalar::{Type, begins_text, number, plain_type};
use super::tree::{Arena, Kind, MAX_DEPTH, Style};
use super::{flow, general};
use std::mem;

/// Longest key that is read here; YAML's own limit is 1024 characters.
pub(super) const MAX_KEY: usize = 512;

/// Fills the arena with the nodes of a chunk whose document begins at an offset. `None` if the chunk is not plain enough;
/// the arena is then to be cleared.
pub(super) fn read(arena: &mut Arena, text: &str, begin: usize) -> Option<()> {
    is_plain(&text[begin..]).then_some(())?;
    let (mut open, mut keys) = mem::take(&mut arena.opened);
    open.clear();
    keys.clear();
    let mut reader = Reader { arena, text, open, keys };
    reader.lines(begin)?;
    let Reader { open, keys, arena, .. } = reader;
    arena.opened = (open, keys);
    Some(())
}

/// An open block collection.
#[derive(Clone, Copy)]
pub(super) struct Open {
    node: u32,
    column: usize,
    map: bool,
    /// The key whose value has not come yet ends here.
    waiting: Option<usize>,
    /// Where the hashes of its keys begin.
    keys: usize,
}

struct Reader<'a, 't> {
    arena: &'a mut Arena,
    text: &'t str,
    open: Vec<Open>,
    keys: Keys,
}

impl<'t> Reader<'_, 't> {
    fn bytes(&self) -> &'t [u8] {
        self.text.as_bytes()
    }

    /// Reads all lines from an offset on.
    fn lines(&mut self, begin: usize) -> Option<()> {
        let mut at = begin;
        if self.text[at..].starts_with("---") {
            // Nothing more may stand there.
            at = match self.bytes()[at + 3..] {
                [b'\n', ..] => at + 4,
                [b'\r', _, ..] => at + 5,
                _ => return None,
            };
        }
        while at < self.text.len() {
            at = self.line(at)?;
        }
        // A marker with nothing behind it is a null document.
        if self.open.is_empty() {
            return (!self.text[begin..].starts_with('-')).then_some(());
        }
        while !self.open.is_empty() {
            self.close_top();
        }
        Some(())
    }

    /// Past the blanks at an offset.
    #[inline(always)]
    fn past_spaces(&self, mut at: usize) -> usize {
        while self.bytes().get(at) == Some(&b' ') {
            at += 1;
        }
        at
    }

    /// Where the line after that of an offset begins.
    fn next_line(&self, at: usize) -> usize {
        memchr::memchr(b'\n', &self.bytes()[at..]).map_or(self.text.len(), |len| at + len + 1)
    }

    /// The same, if nothing but a comment follows; else where something stands.
    #[inline(always)]
    fn ended(&self, at: usize) -> Result<usize, usize> {
        let end = self.past_spaces(at);
        match self.bytes().get(end) {
            None => Ok(end),
            Some(b'\n') => Ok(end + 1),
            Some(b'\r') => Ok(end + 2),
            Some(b'#') if end > at => Ok(self.next_line(end)),
            Some(_) => Err(end),
        }
    }

    /// Whether a line ends at an offset.
    #[inline(always)]
    fn is_end(&self, at: usize) -> bool {
        matches!(self.bytes().get(at), None | Some(b'\n' | b'\r'))
    }

    /// Whether a line ends at an offset, or a blank stands there: so a key's colon is told from others.
    #[inline(always)]
    fn is_blank(&self, at: usize) -> bool {
        self.is_end(at) || self.bytes()[at] == b' '
    }

    /// Reads the line at an offset, with the scalar that it may begin; gives where to go on.
    #[inline(always)]
    fn line(&mut self, start: usize) -> Option<usize> {
        let mut at = past_indent(self.bytes(), start);
        if self.is_end(at) || self.bytes()[at] == b'#' {
            return Some(self.next_line(at));
        }
        let column = at - start;
        let mut dash = self.is_dash(at);
        // Nearly all lines are the next key of the mapping before them.
        if !self.open.last().is_some_and(|top| top.map && top.column == column && top.waiting.is_none() && !dash) {
            if let Some(top) = self.open.last()
                && column > top.column
                && !(top.map && top.waiting.is_some())
            {
                return self.go_on(top.column);
            }
            self.settle(column, dash)?;
        }
        while dash {
            at = self.dash(start, at)?;
            dash = self.is_dash(at);
        }
        if let Some(key_end) = self.key_end(at) {
            self.map(at - start, at)?;
            self.key(&self.bytes()[at..key_end]);
            self.arena.fast_scalar(Style::Plain, at..key_end, at..key_end);
            return self.value(key_end, key_end);
        }
        if let Some((key_end, colon)) = self.odd_key(at) {
            self.map(at - start, at)?;
            let stop =
                general::part(self.arena, self.text, general::Part { at, indent: at - start, depth: 0, key: true })?;
            match self.arena.last_string(self.text) {
                Some(key) => self.key(key.as_bytes()),
                None => self.arena.twice = true,
            }
            return if stop == key_end { self.value(key_end, colon) } else { None };
        }
        // A scalar or flow collection on a line of its own: an item, or the value of the key before it.
        let top = self.open.last_mut()?;
        if top.map && top.waiting.take().is_none() {
            return None;
        }
        let column = top.column;
        self.scalar(at, column)
    }

    #[inline(always)]
    fn is_dash(&self, at: usize) -> bool {
        self.bytes()[at] == b'-' && (self.is_blank(at + 1) || self.bytes()[at + 1] == b'\t')
    }

    /// Goes on with the plain scalar that the line before this one seemed to end.
    fn go_on(&mut self, column: usize) -> Option<usize> {
        let seemed = self.arena.take_plain()?;
        let next = self.general(seemed.start, column)?;
        (self.arena.last_end() > seemed.end).then_some(next)
    }

    /// Closes what a line of some column ends.
    fn settle(&mut self, column: usize, dash: bool) -> Option<()> {
        while let Some(top) = self.open.last() {
            if top.column > column || top.column == column && !top.map && !dash {
                self.close_top();
                continue;
            }
            break;
        }
        let Some(top) = self.open.last_mut() else {
            // A second top node is no YAML.
            return self.arena.is_untouched().then_some(());
        };
        if top.column == column {
            if top.map && dash {
                // An indentless sequence, or a dash where a key has to be.
                return top.waiting.map(drop);
            }
            if let Some(key_end) = top.waiting.take() {
                self.arena.fast_scalar(Style::Plain, key_end..key_end, 0..0);
            }
            return Some(());
        }
        // Deeper: the value that a key waits for.
        (top.map && top.waiting.is_some()).then_some(())
    }

    fn close_top(&mut self) {
        let Some(top) = self.open.pop() else { return };
        if let Some(key_end) = top.waiting {
            self.arena.fast_scalar(Style::Plain, key_end..key_end, 0..0);
        }
        self.arena.twice |= self.keys.close(top.keys);
        self.arena.fast_close(top.node);
    }

    fn push(&mut self, map: bool, column: usize, offset: usize) -> Option<()> {
        if self.open.len() >= MAX_DEPTH {
            return None;
        }
        if let Some(parent) = self.open.last_mut() {
            parent.waiting = None;
        }
        let node = self.arena.fast_open(if map { Kind::Map } else { Kind::Seq }, Style::Block, offset);
        self.open.push(Open { node, column, map, waiting: None, keys: self.keys.open() });
        Some(())
    }

    /// Takes a `- `; gives where its content begins.
    fn dash(&mut self, start: usize, at: usize) -> Option<usize> {
        let content = self.past_spaces(at + 1);
        // Nothing, or a comment, behind the dash: the item comes later.
        if self.is_end(content) || matches!(self.bytes()[content], b'#' | b'\t') {
            return None;
        }
        let column = at - start;
        let same = self.open.last().is_some_and(|top| !top.map && top.column == column);
        if !same {
            self.push(false, column, at)?;
        }
        Some(content)
    }

    /// The mapping that a key at an offset belongs to: the one that is open at its column, or a new one.
    #[inline(always)]
    fn map(&mut self, column: usize, offset: usize) -> Option<()> {
        match self.open.last() {
            Some(top) if top.map && top.column == column => Some(()),
            _ => self.push(true, column, offset),
        }
    }

    /// Sees whether the mapping may have had a key before.
    #[inline(always)]
    fn key(&mut self, key: &[u8]) {
        let from = self.open.last().map_or(0, |top| top.keys);
        self.arena.twice |= self.keys.add(from, key);
    }

    /// Where a simple key ends: a word before a colon that a blank or the line's end follows.
    #[inline(always)]
    fn key_end(&self, at: usize) -> Option<usize> {
        let bytes = self.bytes();
        let first = bytes[at];
        if !matches!(first, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'.' | b'/') {
            return None;
        }
        let end = word_end(bytes, at);
        if bytes.get(end) != Some(&b':') || !self.is_blank(end + 1) || end - at > MAX_KEY {
            return None;
        }
        // What is no text as a key may be refused, and is another one as JSON.
        let odd = match first {
            b'0'..=b'9' | b'.' => number(&self.text[at..end]).is_some(),
            _ => end - at <= 5 && !begins_text(&bytes[at..end]) && plain_type(&self.text[at..end]) != Type::Str,
        };
        (!odd).then_some(end)
    }

    /// Another key on this line, quoted or of several words: where it ends, and its colon.
    fn odd_key(&self, at: usize) -> Option<(usize, usize)> {
        let line = &self.bytes()[at..self.next_line(at)];
        let key = match line[0] {
            b'"' => {
                let mut at = 1;
                while *line.get(at)? != b'"' {
                    at += if line[at] == b'\\' { 2 } else { 1 };
                }
                at + 1
            }
            b'\'' => {
                let mut at = 1;
                while *line.get(at)? != b'\'' || line.get(at + 1) == Some(&b'\'') {
                    at += if line[at] == b'\'' { 2 } else { 1 };
                }
                at + 1
            }
            b if is_indicator(b) => return None,
            // Before a blank this ends the document.
            b'.' if line.starts_with(b"...") => return None,
            _ => {
                let colon = memchr::memchr_iter(b':', line).find(|&colon| self.is_blank(at + colon + 1))?;
                colon - line[..colon].iter().rev().take_while(|&&b| b == b' ').count()
            }
        };
        let colon = self.past_spaces(at + key);
        let is_key = self.bytes().get(colon) == Some(&b':') && self.is_blank(colon + 1) && key <= MAX_KEY;
        is_key.then_some((at + key, colon))
    }

    /// What stands behind a key and its colon.
    #[inline(always)]
    fn value(&mut self, key_end: usize, colon: usize) -> Option<usize> {
        let ended = self.ended(colon + 1);
        let top = self.open.last_mut()?;
        match ended {
            Ok(next) => {
                top.waiting = Some(key_end);
                Some(next)
            }
            Err(at) => {
                let column = top.column;
                self.scalar(at, column)
            }
        }
    }

    /// A value at an offset, with the lines that belong to it. `column` is that of the collection around it.
    #[inline(always)]
    fn scalar(&mut self, at: usize, column: usize) -> Option<usize> {
        let bytes = self.bytes();
        match bytes[at] {
            quote @ (b'"' | b'\'') => {
                // An escape, or no end on this line, is more than a word.
                let closed = closing_quote(bytes, at).and_then(|end| Some((end, self.ended(end + 1).ok()?)));
                let Some((end, next)) = closed else { return self.general(at, column) };
                let style = if quote == b'"' { Style::DoubleQuoted } else { Style::SingleQuoted };
                self.arena.fast_scalar(style, at..end + 1, at + 1..end);
                Some(next)
            }
            b'{' | b'[' => self.flow(at).or_else(|| self.general(at, column)),
            b'|' => self.literal(at, column).or_else(|| self.general(at, column)),
            b'>' => self.general(at, column),
            b'-' | b'.'
                if matches!(bytes[at..], [b'-', b'-', b'-', ..] | [b'.', b'.', b'.', ..]) || self.is_dash(at) =>
            {
                None
            }
            b if is_indicator(b) && b != b'-' => None,
            _ => self.plain(at, column),
        }
    }

    /// An unquoted value of one line.
    #[inline(always)]
    fn plain(&mut self, at: usize, column: usize) -> Option<usize> {
        let bytes = self.bytes();
        let mut end = at;
        let next = loop {
            end = plain_stop(bytes, end);
            match bytes.get(end) {
                None => break end,
                Some(b'\n') => break end + 1,
                Some(b'\r') => break end + 2,
                Some(b'#') if bytes[end - 1] == b' ' => break self.next_line(end),
                // A tab has rules of its own; a mapping cannot begin here.
                Some(b'\t') => return self.general(at, column),
                Some(b':') if self.is_blank(end + 1) => return None,
                Some(_) => end += 1,
            }
        };
        while bytes[end - 1] == b' ' {
            end -= 1;
        }
        // Infinity and NaN are refused.
        if matches!(bytes[at], b'.' | b'+' | b'-') && number(&self.text[at..end]).is_some_and(|n| !n.is_finite()) {
            return None;
        }
        self.arena.fast_scalar(Style::Plain, at..end, at..end);
        Some(next)
    }

    /// A flow collection that ends its line. `None` if it is no simple one.
    fn flow(&mut self, at: usize) -> Option<usize> {
        let nodes = self.arena.nodes.len();
        let end = flow::read(self.arena, &mut self.keys, self.text, at, self.open.len())?;
        let next = self.ended(end).ok();
        if next.is_none() {
            self.arena.nodes.truncate(nodes);
        }
        next
    }

    /// A value by the general parser.
    fn general(&mut self, at: usize, indent: usize) -> Option<usize> {
        let part = general::Part { at, indent, depth: self.open.len(), key: false };
        let stop = general::part(self.arena, self.text, part)?;
        if self.bytes()[stop - 1] == b'\n' { Some(stop) } else { self.ended(stop).ok() }
    }

    /// A literal block scalar at an offset. `None` if it is no plain one.
    fn literal(&mut self, at: usize, column: usize) -> Option<usize> {
        let source = self.text;
        let (keep, strip) = (self.bytes().get(at + 1) == Some(&b'+'), self.bytes().get(at + 1) == Some(&b'-'));
        let header = at + 1 + usize::from(keep || strip);
        let from = self.next_line(header);
        // Blank first lines, an empty scalar, and a text that ends inside it are left to the general parser.
        let first = past_indent(self.bytes(), from);
        let indent = first - from;
        if !self.is_end(header)
            || indent <= column
            || self.is_end(first)
            || self.bytes()[first] == b'\t'
            || !source.ends_with('\n')
        {
            return None;
        }
        let owned = self.arena.owned.len();
        let mut at = from;
        let mut breaks = 0;
        while at < source.len() {
            let content = past_indent(self.bytes(), at);
            let next = self.next_line(content);
            if self.is_end(content) && content - at <= indent {
                breaks += 1;
            } else if content - at >= indent {
                if breaks > 0 {
                    self.arena.blank_lines(breaks);
                }
                let line = &source[at + indent..next];
                // A break is one character, whatever it is in the text.
                match line.strip_suffix("\r\n") {
                    None => self.arena.owned.push_str(line),
                    Some(line) => {
                        self.arena.owned.push_str(line);
                        self.arena.blank_lines(1);
                    }
                }
                breaks = 0;
            } else if content - at > column {
                // Neither inside nor outside.
                return None;
            } else {
                break;
            }
            at = next;
        }
        if keep {
            self.arena.blank_lines(breaks);
        } else if strip {
            self.arena.owned.pop();
        }
        self.arena.fast_text(Style::BlockScalar, first..at, owned);
        Some(at)
    }
}

#[cfg(test)]
mod tests {
    use super::super::documents;
    use super::super::tree::{Ref, Tree};
    use super::*;

    /// Everything that the rest of the program can see of a tree.
    fn shape(tree: Tree<'_>) -> Vec<String> {
        let nodes = (0..tree.arena.nodes.len() as u32).map(|index| Ref { tree: &tree, index, away: false });
        nodes
            .map(|n| {
                format!(
                    "{:?} {:?} {:?} {:?} {} {:?}",
                    n.kind(),
                    n.style(),
                    n.tag(),
                    n.range(),
                    n.node().skip,
                    n.scalar()
                )
            })
            .chain(tree.arena.roots.iter().map(|r| format!("root {r}")))
            .collect()
    }

    /// Whether the fast path took a text; if it did, the general parser must build the same nodes.
    fn both_agree(text: &str) -> bool {
        let mut fast = Arena::default();
        if read(&mut fast, text, 0).is_none() {
            return false;
        }
        let mut general = Arena::default();
        let tree = general.parse_general(text, 0).unwrap_or_else(|e| panic!("{e:?}: {text:?}"));
        assert_eq!(shape(fast.tree(text)), shape(tree), "{text:?}");
        true
    }

    #[test]
    fn the_fast_path_builds_the_same_nodes() {
        for text in [
            "",
            "# only a comment\n",
            "a: b\n",
            "---\na: b",
            "a:\nb:\n  c: d # e\n  f:\n\n  # g\nh: 'i'\n",
            "a:\n- b\n- c: d\n  e: \"f\"\n-   g: h\n    i: {}\nj: []\n",
            "a:\n  - b: 1\n    c:\n    - d\n    - - e\n      - f\n  - g\n",
            "- a\n- b: c\n",
            "a: |\n  b\n   c\n\n  d\n\n\ne: |-\n  f\n\ng: |+\n  h\n\ni: j\n",
            "a: |\n  b\n  # c\n# d\ne: f\n",
            "a:\n- |\n  b\n- c\n",
            "a:\n  - k: |\n      x\n    \n      y\n  - z\n",
            "a: -1\nb: http://x:80/y\nc: a,b[c]{d}\nd: x#y\ne: é ☃\n",
            "  a: b\n  c: d\n",
            // Words of all lengths, with whatever may stand inside of one.
            "a\"b: c\na,b[0]{x}: d\naé&*!|>%@`: e\na#b: f\na:b: g\nabcdefgh: i\nabcdefghi: abcdefgh\nabcdefg: abcdefghi\n",
            "a: b #c\td\ne: 'f'   # g\th\ni:   # j\n  k:  l  \n",
            "a:\r\n  b: c\r\n\r\n  d: 'e'\r\nf: |\r\n  g\r\n   h\r\n\r\n  i\r\nj: {}\r\nk: l #\r\n",
            "---\r\na: b",
        ] {
            assert!(both_agree(text), "{text:?}");
        }
    }

    #[test]
    fn a_flow_collection_of_words_is_read_at_once() {
        let read = |text: &str| {
            let (mut arena, mut keys) = (Arena::default(), Keys::default());
            let end = flow::read(&mut arena, &mut keys, text, 0, 0);
            assert!(end.is_some() || arena.nodes.is_empty() && keys.open() == 0, "{text:?}");
            end
        };
        for text in [
            "{}",
            "[]",
            "[ ]",
            "{ a: b, c-d/e.f_g: 1 , \"h i\": 'j, k' }",
            "[a, [b, {c: []}, {}], \"\", 1.5,]",
            "[true, null, 0x1f, 1e500]",
            "{a: b, a: c}",
        ] {
            assert_eq!(read(text), Some(text.len()), "{text:?}");
            for around in ["a: {}\nb: c\n", "- {} # d\n- e\n", "a:\n- b: {}\n  c: d\n"] {
                assert!(both_agree(&around.replace("{}", text)), "{text:?}");
            }
        }
        for text in [
            "[a b]",
            "[a:b]",
            "[a: b]",
            "{a:b}",
            "{a: b: c}",
            "{a}",
            "{a: }",
            "{null: a}",
            "{1: a}",
            "[,]",
            "[a, , b]",
            "[a",
            "{<<: a}",
            "[*a]",
            "[a #b]",
            "[\"a\\n\"]",
            "['a''b']",
            "[a\n]",
            "[é]",
            "[\"a\"\"b\"]",
            "{[a]: b}",
            "[.inf]",
            "[-1]",
            "[http://a]",
        ] {
            assert_eq!(read(text), None, "{text:?}");
        }
        assert_eq!(read(&"[".repeat(300)), None);
    }

    #[test]
    fn values_that_are_more_than_a_word_are_read_too() {
        for text in [
            "a: {b: c, d: [e, \"f\\n\"]}\ng: [\n  h\n]\ni: j\n",
            "a: \"b\\n\\u00e9\" # c\nd: 'e''f'\n",
            "a: \"b\n  c\"\nd: 'e\n\n  f'\ng: h\n  i # j\nk: l\n",
            "a:\n  b\n  c\nd:\n  - e\n    f\n  - |2\n     g\n",
            "a: >-\n  b\n  c\n\n  d\ne: |\n\n  f\ng: |\n  h",
            "\"a\": b\n'c d' : e\nf g: h\n$i: j\n\"k\":\n  l: m\n",
            "8080: a\non: b\n1.5: c\n",
            "a: b\tc\nd: |\n  e\tf\n# g\th\n",
            "---\r\na: b\r\nc: |\r\n  d\r\n\r\n  e\r\nf: \"g\r\n  h\"\r\ni:\r\n- j\r\n",
            "a: b:c\n  d\n",
        ] {
            assert!(both_agree(text), "{text:?}");
        }
    }

    #[test]
    fn keys_that_may_be_there_twice_are_told() {
        let twice = |text: &str| {
            let mut arena = Arena::default();
            read(&mut arena, text, 0).unwrap();
            arena.twice
        };
        let many = |keys: usize| (0..keys).map(|i| format!("k{i}: v\n")).collect::<String>();
        for (text, expected) in [
            ("a: 1\nb:\n  a: 1\n  b: 2\nc:\n- a: 1\n- a: 2\n".to_owned(), false),
            ("a: 1\na: 2\n".to_owned(), true),
            ("a:\n  b:\n    c: 1\n  b: 2\n".to_owned(), true),
            ("a b: 1\n\"a b\": 2\n".to_owned(), true),
            ("\"true\": 1\ntrue: 2\n".to_owned(), true),
            ("\"1\": 1\n1: 2\n".to_owned(), true),
            ("a: {b: 1, b: 2}\n".to_owned(), true),
            (many(300), false),
            (many(300) + "k7: v\n", true),
        ] {
            assert_eq!(twice(&text), expected, "{text:?}");
        }
    }

    #[test]
    fn the_fast_path_gives_up_where_it_should() {
        for text in [
            "a: b\n c: d\n",
            "a: b\n  # c\n  d\n",
            "a: &x b\n",
            "a: *x\n",
            "a: !t b\n",
            "? a\n: b\n",
            "<<: {a: b}\n",
            "<<: a\n",
            "a:\tb\n",
            "a: b\t\n",
            "a: \"b\"\t# c\n",
            "\ta: b\n",
            "a: |\n  b\n\tc\n",
            "a: |\n\tb\n",
            "a: b\rc: d\n",
            "a: b\r\r\n",
            "-\n  a: b\n",
            "a: b: c\n",
            "a: b:\n",
            ": a\n",
            "a: {b: c}: d\n",
            "a: {b: c}\n d\n",
            "a: {b: *c}\n",
            "a: {b: c\n",
            "a: \"b\" c\n",
            "\"a\" b: c\n",
            "~: b\n",
            "%YAML 1.2\n---\na: b\n",
            "---\n",
            "--- a\n",
            "a: b\n...\n",
            "a: b\n... c: d\n",
            "a: b\n...\tc: d\n",
            "a: - b\n",
            "a: |\n    b\n  c\n",
            "a: b\n- c\n",
            "- a\nb: c\n",
            "a: \u{85}\n",
            "a: @b\n",
            "a:\n  b: c\n d: e\n",
            "x\n",
            "\u{feff}a: b\n",
            "a: ---\n",
            "a:\n    b: 1\n  c: 2\n",
            "a:\n  -\tb\n",
        ] {
            assert!(!both_agree(text), "{text:?}");
        }
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig { cases: 8000, ..Default::default() })]
        #[test]
        fn the_fast_path_agrees_on_anything(text in "(([ ]{0,4}|- |-   |\t)(- )?(a|b|\"k\"|'k'|k l|1|k-1|\"k\\\\n)?(:|: | : |:\t)?(\\||\\|-|\\|\\+|\\|2|>|>-|\\{\\}|\\[\\]|\\{a: b|\\}|\\[x, y|\\]|x|x y|'y'|'y|\"z\"|\"z\\\\n|\"|'|-|1|#c| #|x: y|~|<<|\\*|&|\t)?( #d|\t#d|\t)?[ ]{0,2}(\n|\r\n|\r|\n\n)?){0,8}") {
            both_agree(&text);
        }
    }

    /// Files of real manifests, if the corpus is there.
    fn corpus() -> Vec<String> {
        let root = std::env::var("RESTAMP_CORPUS")
            .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/corpus").into());
        let files = walkdir::WalkDir::new(root).into_iter().filter_map(Result::ok).filter(|e| e.file_type().is_file());
        let manifests = files.filter(|e| e.path().extension().is_some_and(|x| x == "yaml" || x == "yml"));
        manifests.filter_map(|e| std::fs::read_to_string(e.path()).ok()).collect()
    }

    #[test]
    fn the_fast_path_agrees_on_real_manifests_and_on_damaged_ones() {
        let texts = corpus();
        if texts.is_empty() {
            assert!(std::env::var_os("CI").is_none(), "the corpus is missing");
            eprintln!("skipped: no corpus of real manifests (RESTAMP_CORPUS)");
            return;
        }
        let (mut bytes, mut taken, mut seed) = (0, 0, 1_u64);
        let mut random = |n: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) as usize % n.max(1)
        };
        for text in &texts {
            for range in documents::chunks(text).all.into_iter().map(|c| c.range) {
                let chunk = &text[range];
                bytes += chunk.len();
                taken += if both_agree(chunk) { chunk.len() } else { 0 };
                if chunk.len() > 4000 {
                    continue;
                }
                // One damaged form of each: a piece is cut out, doubled or replaced by what means something in YAML.
                let cut = |at: usize| (at..=chunk.len()).find(|&i| chunk.is_char_boundary(i)).unwrap_or_default();
                let (from, len) = (random(chunk.len()), random(6));
                let (from, to) = (cut(from), cut((from + len).min(chunk.len())));
                let extra =
                    ["", " ", "\n", "- ", ": ", "#", "'", "\"", "|", "\n  ", "{}", "x", "\t", "\r\n", "[", "\\"]
                        [random(16)];
                both_agree(&format!("{}{extra}{}", &chunk[..from], &chunk[to.max(from)..]));
            }
        }
        eprintln!("the fast path took {taken} of {bytes} bytes");
        assert!(taken * 10 > bytes * 9, "{taken} of {bytes}");
    }
}

//! Plain block YAML → the nodes of `yaml`, an order of magnitude faster than a general parser.
//!
//! Reads line by line what nearly all manifests are made of: spaces, `- `, a key, and a value. A value or a key that is more
//! than a word on its line (escapes, flow, several lines, folding) is read by the scanner of the general parser, from its
//! place on. At anything else (an anchor, an alias, a tag, `?`, a directive, an odd line break) it gives up, and the general
//! parser reads the chunk. Both build the same nodes; the corpus, properties and a fuzzer compare them.

use super::bytes::{Bytes, IN_KEY, ends, is_indicator, look, plain_len};
use super::general;
use super::keys::Keys;
use super::scalar::{Type, begins_text, number, plain_type};
use super::tree::{Arena, Kind, MAX_DEPTH, Style};
use std::ops::Range;

/// Longest key that is read here; YAML's own limit is 1024 characters.
const MAX_KEY: usize = 512;

/// Fills the arena with the nodes of a chunk whose document begins at an offset. `None` if the chunk is not plain enough;
/// the arena is then to be cleared.
pub(super) fn read(arena: &mut Arena, text: &str, begin: usize) -> Option<()> {
    let Bytes { tabs, returns } = look(&text[begin..])?;
    let mut reader = Reader {
        arena,
        text,
        tabs,
        returns,
        breaks: memchr::memchr_iter(b'\n', text.as_bytes()),
        line: 0..0,
        open: Vec::with_capacity(16),
        keys: Keys::new(),
    };
    let mut at = begin;
    if text[at..].starts_with("---") {
        let (end, next) = reader.line_end(at);
        // Nothing more may stand there.
        if end != at + 3 || next == end {
            return None;
        }
        at = next;
    }
    while at < text.len() {
        at = reader.line(at)?;
    }
    // A marker with nothing behind it is a null document.
    if reader.open.is_empty() {
        return (!text[begin..].starts_with('-')).then_some(());
    }
    while !reader.open.is_empty() {
        reader.close_top();
    }
    Some(())
}

/// An open block collection.
#[derive(Clone, Copy)]
struct Open {
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
    tabs: bool,
    returns: bool,
    breaks: memchr::Memchr<'t>,
    /// The line that was found last; what it ends with follows it.
    line: Range<usize>,
    open: Vec<Open>,
    keys: Keys,
}

impl<'t> Reader<'_, 't> {
    fn bytes(&self) -> &'t [u8] {
        self.text.as_bytes()
    }

    fn spaces(&self, at: usize) -> usize {
        self.bytes()[at..].iter().take_while(|&&b| b == b' ').count()
    }

    /// How many spaces a line begins with.
    fn indent(&self, at: usize) -> usize {
        const BLANK: u64 = u64::from_le_bytes([b' '; 8]);
        let mut count = 0;
        while let Some(word) = self.bytes()[at + count..].first_chunk() {
            let other = u64::from_le_bytes(*word) ^ BLANK;
            if other != 0 {
                return count + other.trailing_zeros() as usize / 8;
            }
            count += 8;
        }
        count + self.spaces(at + count)
    }

    /// Where the line at an offset ends, and where the next one begins. Offsets never go back before the last line.
    fn line_end(&mut self, at: usize) -> (usize, usize) {
        while self.line.end <= at {
            let start = self.line.end;
            self.line = start..self.breaks.next().map_or(self.text.len() + 1, |end| end + 1);
        }
        let next = self.line.end.min(self.text.len());
        let end = self.line.end - 1;
        let returned = self.returns && end > at && self.bytes()[end - 1] == b'\r' && end < self.text.len();
        (end - usize::from(returned), next)
    }

    /// Reads the line at an offset, with the scalar that it may begin; gives where to go on.
    fn line(&mut self, start: usize) -> Option<usize> {
        let (end, next) = self.line_end(start);
        let mut at = start + self.indent(start);
        if at >= end || self.bytes()[at] == b'#' {
            return Some(next);
        }
        let column = at - start;
        if let Some(top) = self.open.last()
            && column > top.column
            && !(top.map && top.waiting.is_some())
        {
            return self.go_on(top.column);
        }
        let mut dash = self.is_dash(at, end);
        self.settle(column, dash)?;
        while dash {
            at = self.dash(start, at, end)?;
            dash = self.is_dash(at, end);
        }
        if let Some(key_end) = self.key_end(at, end) {
            self.map(at - start, at)?;
            self.key(&self.bytes()[at..key_end]);
            self.arena.fast_scalar(Style::Plain, at..key_end, at..key_end);
            return self.value(key_end, key_end, end, next);
        }
        if let Some((key_end, colon)) = self.odd_key(at, end) {
            self.map(at - start, at)?;
            let stop =
                general::part(self.arena, self.text, general::Part { at, indent: at - start, depth: 0, key: true })?;
            match self.arena.last_string(self.text) {
                Some(key) => self.key(key.as_bytes()),
                None => self.arena.twice = true,
            }
            return if stop == key_end { self.value(key_end, colon, end, next) } else { None };
        }
        // A scalar or flow collection on a line of its own: an item, or the value of the key before it.
        let top = self.open.last_mut()?;
        if top.map && top.waiting.take().is_none() {
            return None;
        }
        let column = top.column;
        self.scalar(at, end, next, column)
    }

    fn is_dash(&self, at: usize, end: usize) -> bool {
        self.bytes()[at] == b'-' && (at + 1 == end || matches!(self.bytes()[at + 1], b' ' | b'\t'))
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
        let node = self.arena.fast_open(if map { Kind::Map } else { Kind::Seq }, offset);
        self.open.push(Open { node, column, map, waiting: None, keys: self.keys.open() });
        Some(())
    }

    /// Takes a `- `; gives where its content begins.
    fn dash(&mut self, start: usize, at: usize, end: usize) -> Option<usize> {
        let content = at + 1 + self.spaces(at + 1);
        // Nothing, or a comment, behind the dash: the item comes later.
        if content >= end || matches!(self.bytes()[content], b'#' | b'\t') {
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

    /// Where a simple key ends: before a colon that a blank or the line's end follows.
    fn key_end(&self, at: usize, end: usize) -> Option<usize> {
        let line = &self.bytes()[at..end];
        let mut len = 0;
        while len < line.len() && IN_KEY[usize::from(line[len])] {
            len += 1;
        }
        let colon = line.get(len) == Some(&b':') && matches!(line.get(len + 1), None | Some(b' '));
        if !colon || !matches!(line[0], b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'.' | b'/') || len > MAX_KEY {
            return None;
        }
        // What is no text as a key may be refused, and is another one as JSON.
        let key = || &self.text[at..at + len];
        let odd = match line[0] {
            b'0'..=b'9' | b'.' => number(key()).is_some(),
            _ => len <= 5 && !begins_text(line) && plain_type(key()) != Type::Str,
        };
        (!odd).then_some(at + len)
    }

    /// Another key on this line, quoted or with characters that few have: where it ends, and its colon.
    fn odd_key(&self, at: usize, end: usize) -> Option<(usize, usize)> {
        let line = &self.bytes()[at..end];
        let blank = |at: usize| matches!(line.get(at), None | Some(b' '));
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
                let colon = memchr::memchr_iter(b':', line).find(|&colon| blank(colon + 1))?;
                colon - line[..colon].iter().rev().take_while(|&&b| b == b' ').count()
            }
        };
        let colon = key + self.spaces(at + key);
        (line.get(colon) == Some(&b':') && blank(colon + 1) && key <= MAX_KEY).then_some((at + key, at + colon))
    }

    /// What stands behind a key and its colon.
    #[inline(always)]
    fn value(&mut self, key_end: usize, colon: usize, end: usize, next: usize) -> Option<usize> {
        let at = colon + 1 + self.spaces(colon + 1);
        let top = self.open.last_mut()?;
        if at >= end || self.text.as_bytes()[at] == b'#' {
            top.waiting = Some(key_end);
            return Some(next);
        }
        let column = top.column;
        self.scalar(at, end, next, column)
    }

    /// A value at an offset, with the lines that belong to it. `column` is that of the collection around it.
    fn scalar(&mut self, at: usize, end: usize, next: usize, column: usize) -> Option<usize> {
        let bytes = &self.bytes()[at..end];
        match bytes[0] {
            quote @ (b'"' | b'\'') => {
                // An escape, or no end on this line, is more than a word.
                let escape = if quote == b'"' { b'\\' } else { quote };
                let close = memchr::memchr2(quote, escape, &bytes[1..]).filter(|len| bytes[len + 1] == quote);
                let Some(len) = close.filter(|len| ends(&bytes[len + 2..])) else { return self.general(at, column) };
                let inside = at + 1..at + 1 + len;
                let style = if quote == b'"' { Style::DoubleQuoted } else { Style::SingleQuoted };
                self.arena.fast_scalar(style, at..inside.end + 1, inside);
            }
            b'{' | b'[' => {
                let (kind, close) = if bytes[0] == b'{' { (Kind::Map, b'}') } else { (Kind::Seq, b']') };
                if bytes.get(1) != Some(&close) || !ends(&bytes[2..]) {
                    return self.general(at, column);
                }
                self.arena.fast_empty(kind, at);
            }
            b'|' => return self.literal(&bytes[1..], next, column).or_else(|| self.general(at, column)),
            b'>' => return self.general(at, column),
            b'-' | b'.' if bytes.starts_with(b"---") || bytes.starts_with(b"...") || self.is_dash(at, end) => {
                return None;
            }
            b if is_indicator(b) && b != b'-' => return None,
            _ if self.tabs && memchr::memchr(b'\t', bytes).is_some() => return self.general(at, column),
            _ => {
                let range = at..at + plain_len(bytes)?;
                // Infinity and NaN are refused.
                if matches!(bytes[0], b'.' | b'+' | b'-')
                    && number(&self.text[range.clone()]).is_some_and(|n| !n.is_finite())
                {
                    return None;
                }
                self.arena.fast_scalar(Style::Plain, range.clone(), range);
            }
        }
        Some(next)
    }

    /// The same by the general parser.
    fn general(&mut self, at: usize, indent: usize) -> Option<usize> {
        let part = general::Part { at, indent, depth: self.open.len(), key: false };
        let stop = general::part(self.arena, self.text, part)?;
        if self.bytes()[stop - 1] == b'\n' {
            return Some(stop);
        }
        let (end, next) = self.line_end(stop);
        ends(&self.bytes()[stop..end]).then_some(next)
    }

    /// A literal block scalar; `header` is what stands behind the `|`. `None` if it is no plain one.
    fn literal(&mut self, header: &[u8], from: usize, column: usize) -> Option<usize> {
        let (keep, strip) = match header {
            b"" => (false, false),
            b"+" => (true, false),
            b"-" => (false, true),
            _ => return None,
        };
        let source = self.text;
        let indent = self.indent(from);
        let (first_end, _) = self.line_end(from);
        // Blank first lines, an empty scalar, and a text that ends inside it are left to the general parser.
        if indent <= column
            || from + indent >= first_end
            || self.bytes()[from + indent] == b'\t'
            || !source.ends_with('\n')
        {
            return None;
        }
        let owned = self.arena.owned.len();
        let mut at = from;
        let mut breaks = 0;
        while at < source.len() {
            let (end, next) = self.line_end(at);
            let spaces = self.indent(at).min(end - at);
            if at + spaces >= end && spaces <= indent {
                breaks += 1;
            } else if spaces >= indent {
                if breaks > 0 {
                    self.arena.blank_lines(breaks);
                }
                // With its line break, if that is the one that every line gets.
                let whole = next == end + 1;
                self.arena.owned.push_str(&source[at + indent..if whole { next } else { end }]);
                if !whole {
                    self.arena.owned.push('\n');
                }
                breaks = 0;
            } else if spaces > column {
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
        self.arena.fast_text(from + indent..at, owned);
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
        ] {
            assert!(both_agree(text), "{text:?}");
        }
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

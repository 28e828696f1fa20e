//! Plain block YAML → the nodes of `yaml`, an order of magnitude faster than a general parser.
//!
//! Reads only what nearly all manifests are made of: lines of spaces, `- `, a simple key, and a value that is nothing, a
//! one-line scalar, `|`, `{}` or `[]`. At anything else (a control byte, a tab, other flow, an anchor, an alias, a tag,
//! `?`, a scalar of several lines, a directive, an escape) it gives up, and the general parser reads the chunk. Both
//! build the same nodes; the corpus, properties and a fuzzer compare them.

use super::scalar::{Type, number, plain_type};
use super::tree::{Arena, Kind, MAX_DEPTH, Style};

/// Longest key that is read here; YAML's own limit is 1024 characters.
const MAX_KEY: usize = 512;

/// Fills the arena with the nodes of a chunk. `None` if the chunk is not plain enough; the arena is then to be cleared.
pub(super) fn read(arena: &mut Arena, text: &str) -> Option<()> {
    if !is_plain(text) {
        return None;
    }
    let mut reader = Reader { arena, text, open: Vec::with_capacity(16) };
    let mut at = 0;
    if text.starts_with("---") {
        at = text.strip_prefix("---\n").map(|rest| text.len() - rest.len())?;
    }
    while at < text.len() {
        at = reader.line(at)?;
    }
    // A marker with nothing behind it is a null document.
    if reader.open.is_empty() {
        return text.bytes().all(|b| b != b'-').then_some(());
    }
    while !reader.open.is_empty() {
        reader.close_top();
    }
    Some(())
}

/// Whether no byte needs a second look: no control character but LF, and nothing that YAML calls unprintable.
fn is_plain(text: &str) -> bool {
    let bytes = text.as_bytes();
    let control = bytes.iter().fold(false, |odd, &b| odd | ((b < 0x20) & (b != b'\n')) | (b == 0x7f));
    !control
        && (text.is_ascii()
            || text.chars().all(
                |c| !matches!(c, '\u{80}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}'..='\u{ffff}'),
            ))
}

/// An open block collection.
#[derive(Clone, Copy)]
struct Open {
    node: u32,
    column: usize,
    map: bool,
    /// The key whose value has not come yet ends here.
    waiting: Option<usize>,
}

struct Reader<'a, 't> {
    arena: &'a mut Arena,
    text: &'t str,
    open: Vec<Open>,
}

impl<'t> Reader<'_, 't> {
    fn bytes(&self) -> &'t [u8] {
        self.text.as_bytes()
    }

    fn spaces(&self, at: usize) -> usize {
        spaces(self.text, at)
    }

    /// Reads the line at an offset, with the block scalar that it may begin; gives where to go on.
    fn line(&mut self, start: usize) -> Option<usize> {
        let end = line_end(self.text, start);
        let next = (end + 1).min(self.text.len());
        let mut at = start + self.spaces(start);
        if at >= end || self.bytes()[at] == b'#' {
            return Some(next);
        }
        self.settle(at - start, self.is_dash(at, end))?;
        while self.is_dash(at, end) {
            at = self.dash(start, at, end)?;
        }
        match self.key_end(at, end) {
            Some(key_end) => {
                self.map(at - start, at)?;
                self.arena.fast_scalar(Style::Plain, at..key_end, at..key_end);
                self.value(key_end, end, next)
            }
            None => {
                // A scalar is read as an item only.
                let top = *self.open.last()?;
                if top.map {
                    return None;
                }
                self.scalar(at, end, next, top.column)
            }
        }
    }

    fn is_dash(&self, at: usize, end: usize) -> bool {
        self.bytes()[at] == b'-' && (at + 1 == end || self.bytes()[at + 1] == b' ')
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
        // Deeper: the value that a key waits for; anything else goes on with a scalar of several lines.
        (top.map && top.waiting.is_some()).then_some(())
    }

    fn close_top(&mut self) {
        let Some(top) = self.open.pop() else { return };
        if let Some(key_end) = top.waiting {
            self.arena.fast_scalar(Style::Plain, key_end..key_end, 0..0);
        }
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
        self.open.push(Open { node, column, map, waiting: None });
        Some(())
    }

    /// Takes a `- `; gives where its content begins.
    fn dash(&mut self, start: usize, at: usize, end: usize) -> Option<usize> {
        let content = at + 1 + self.spaces(at + 1);
        // Nothing, or a comment, behind the dash: the item comes later.
        if content >= end || self.bytes()[content] == b'#' {
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

    /// Where a simple key ends: before a colon that a blank or the line's end follows.
    fn key_end(&self, at: usize, end: usize) -> Option<usize> {
        let line = &self.bytes()[at..end];
        if !matches!(line[0], b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'.' | b'/') {
            return None;
        }
        let len =
            line.iter().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'/' | b'-')).count();
        let colon = line.get(len) == Some(&b':') && matches!(line.get(len + 1), None | Some(b' '));
        // A null or a number as a key may be refused.
        let key = &self.text[at..at + len];
        let odd = match line[0] {
            b'n' | b'N' => plain_type(key) == Type::Null,
            b'0'..=b'9' | b'.' => number(key).is_some(),
            _ => false,
        };
        (colon && !odd && len <= MAX_KEY).then_some(at + len)
    }

    /// What stands behind a key.
    fn value(&mut self, key_end: usize, end: usize, next: usize) -> Option<usize> {
        let at = key_end + 1 + self.spaces(key_end + 1);
        if at >= end || self.bytes()[at] == b'#' {
            self.open.last_mut()?.waiting = Some(key_end);
            return Some(next);
        }
        let column = self.open.last()?.column;
        self.scalar(at, end, next, column)
    }

    /// A one-line value at an offset, or a block scalar below it. `column` is that of the collection around it.
    fn scalar(&mut self, at: usize, end: usize, next: usize, column: usize) -> Option<usize> {
        let line = &self.text[at..end];
        let bytes = line.as_bytes();
        match bytes[0] {
            quote @ (b'"' | b'\'') => {
                let len = memchr::memchr(quote, &bytes[1..])?;
                let inside = at + 1..at + 1 + len;
                if quote == b'"' && memchr::memchr(b'\\', &bytes[1..=len]).is_some() || !ends(&line[len + 2..]) {
                    return None;
                }
                let style = if quote == b'"' { Style::DoubleQuoted } else { Style::SingleQuoted };
                self.arena.fast_scalar(style, at..inside.end + 1, inside);
            }
            b'{' | b'[' => {
                let (kind, close) = if bytes[0] == b'{' { (Kind::Map, '}') } else { (Kind::Seq, ']') };
                if !line[1..].starts_with(close) || !ends(&line[2..]) {
                    return None;
                }
                self.arena.fast_empty(kind, at);
            }
            b'|' => return self.literal(&line[1..], next, column),
            b'-' | b'.' if line.starts_with("---") || line.starts_with("...") || self.is_dash(at, end) => {
                return None;
            }
            b'?' | b':' | b',' | b']' | b'}' | b'#' | b'&' | b'*' | b'!' | b'>' | b'%' | b'@' | b'`' => return None,
            _ => {
                let text = &line[..plain_len(bytes)?];
                // Infinity and NaN are refused.
                if matches!(bytes[0], b'.' | b'+' | b'-') && number(text).is_some_and(|n| !n.is_finite()) {
                    return None;
                }
                let range = at..at + text.len();
                self.arena.fast_scalar(Style::Plain, range.clone(), range);
            }
        }
        Some(next)
    }

    /// A literal block scalar; `header` is what stands behind the `|`.
    fn literal(&mut self, header: &str, from: usize, column: usize) -> Option<usize> {
        let (keep, strip) = match header {
            "" => (false, false),
            "+" => (true, false),
            "-" => (false, true),
            _ => return None,
        };
        let source = self.text;
        let indent = spaces(source, from);
        let first_end = line_end(source, from);
        // Blank first lines, an empty scalar, and a text that ends inside it are left to the general parser.
        if indent <= column || from + indent >= first_end || !source.ends_with('\n') {
            return None;
        }
        let mut text = self.arena.fast_text();
        let mut at = from;
        let mut breaks = 0;
        while at < source.len() {
            let end = line_end(source, at);
            let spaces = spaces(source, at).min(end - at);
            if at + spaces >= end && spaces <= indent {
                breaks += 1;
            } else if spaces >= indent {
                text.blank_lines(breaks);
                text.push(&source[at + indent..=end]);
                breaks = 0;
            } else if spaces > column {
                // Neither inside nor outside.
                return None;
            } else {
                break;
            }
            at = end + 1;
        }
        if keep {
            text.blank_lines(breaks);
        } else if strip {
            text.strip();
        }
        text.finish(from + indent..at);
        Some(at)
    }
}

/// Length of a one-line plain scalar, without the comment behind it; `None` if it is no such scalar.
fn plain_len(line: &[u8]) -> Option<usize> {
    let mut len = line.len();
    for i in memchr::memchr2_iter(b'#', b':', line) {
        if line[i] == b'#' && i > 0 && line[i - 1] == b' ' {
            len = i;
            break;
        }
        if line[i] == b':' && matches!(line.get(i + 1), None | Some(b' ')) {
            return None;
        }
    }
    while len > 0 && line[len - 1] == b' ' {
        len -= 1;
    }
    (line[len - 1] != b':').then_some(len)
}

fn line_end(text: &str, at: usize) -> usize {
    memchr::memchr(b'\n', &text.as_bytes()[at..]).map_or(text.len(), |i| at + i)
}

fn spaces(text: &str, at: usize) -> usize {
    text.as_bytes()[at..].iter().take_while(|&&b| b == b' ').count()
}

/// Whether nothing but a comment follows a value.
fn ends(rest: &str) -> bool {
    let blanks = rest.trim_start_matches(' ');
    blanks.is_empty() || blanks.len() < rest.len() && blanks.starts_with('#')
}

#[cfg(test)]
mod tests {
    use super::super::documents;
    use super::super::tree::{Ref, Tree};
    use super::*;

    /// Everything that the rest of the program can see of a tree.
    fn shape(tree: Tree<'_>) -> Vec<String> {
        let nodes = (0..tree.arena.nodes.len() as u32).map(|index| Ref { tree, index, away: false });
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
        if read(&mut fast, text).is_none() {
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
    fn the_fast_path_gives_up_where_it_should() {
        for text in [
            "a: b\n  c\n",
            "a: &x b\n",
            "a: *x\n",
            "a: !t b\n",
            "a: {b: c}\n",
            "a: \"b\\n\"\n",
            "a: 'b''c'\n",
            "a: \"b\n  c\"\n",
            "? a\n: b\n",
            "a:\tb\n",
            "a: b\r\n",
            "a: |2\n   b\n",
            "a: >\n  b\n",
            "a: |\n\n  b\n",
            "a: |\n  b",
            "a:\n  b\n",
            "-\n  a: b\n",
            "a: b: c\n",
            "a: b:\n",
            ": a\n",
            "a b: c\n",
            "\"a\": b\n",
            "%YAML 1.2\n---\na: b\n",
            "---\n",
            "--- a\n",
            "a: b\n...\n",
            "a: - b\n",
            "a: |\n    b\n  c\n",
            "a: b\n- c\n",
            "- a\nb: c\n",
            "a: \u{85}\n",
            "a: @b\n",
            "a:\n  b: c\n d: e\n",
            "x\n",
            "\u{feff}a: b\n",
            "- a\n - b\n",
            "a: ---\n",
            "a:\n    b: 1\n  c: 2\n",
        ] {
            assert!(!both_agree(text), "{text:?}");
        }
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig { cases: 4000, ..Default::default() })]
        #[test]
        fn the_fast_path_agrees_on_anything(text in "(([ ]{0,4}|- |-   )(- )?(a|b|\"k\"|k-1)?(:|: | )?(\\||\\|-|\\|\\+|>|\\{\\}|\\[\\]|x|'y'|\"z\"|-|1|#c| #|x: y|~|\\*|&)?( #d)?[ ]{0,2}\n?){0,8}") {
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
        let (mut chunks, mut taken, mut seed) = (0, 0, 1_u64);
        let mut random = |n: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) as usize % n.max(1)
        };
        for text in &texts {
            for range in documents::chunks(text).all.into_iter().map(|c| c.range) {
                let chunk = &text[range];
                chunks += 1;
                taken += usize::from(both_agree(chunk));
                if chunk.len() > 4000 {
                    continue;
                }
                // One damaged form of each: a piece is cut out, doubled or replaced by what means something in YAML.
                let cut = |at: usize| (at..=chunk.len()).find(|&i| chunk.is_char_boundary(i)).unwrap_or_default();
                let (from, len) = (random(chunk.len()), random(6));
                let (from, to) = (cut(from), cut((from + len).min(chunk.len())));
                let extra = ["", " ", "\n", "- ", ": ", "#", "'", "\"", "|", "\n  ", "{}", "x"][random(12)];
                both_agree(&format!("{}{extra}{}", &chunk[..from], &chunk[to.max(from)..]));
            }
        }
        eprintln!("the fast path took {taken} of {chunks} chunks");
        assert!(taken * 2 > chunks, "{taken} of {chunks}");
    }
}

//! JSON text → the nodes of `yaml`, with byte spans.
//!
//! RFC 8259, as Kubernetes reads a stream of JSON values: duplicate keys are kept (the last one wins on reading), depth
//! is limited, a value's text is never quoted in an error.

use super::keys::Keys;
use super::tree::{Arena, Form, Kind, MAX_DEPTH, Node, Style, SyntaxError};
use crate::text::geometry::Geometry;
use serde::de::IgnoredAny;
use std::ops::Range;

/// Reads one value that begins at or after `from`; gives the offset after it.
pub(super) fn read(arena: &mut Arena, text: &str, from: usize) -> Result<usize, SyntaxError> {
    let mut reader = Reader { arena, text, at: from, depth: 0, keys: Keys::new() };
    reader.value()?;
    let Reader { at, depth, .. } = reader;
    end(arena, depth);
    Ok(at)
}

/// Whether a word is a number of digits alone.
fn is_integer(word: &[u8]) -> bool {
    matches!(word, [b'0'] | [b'1'..=b'9', ..]) && word.iter().all(u8::is_ascii_digit)
}

/// How many bytes of a string stand for themselves.
#[inline]
fn plain(bytes: &[u8]) -> usize {
    /// Eight times the same byte.
    const fn all(byte: u8) -> u64 {
        u64::from_ne_bytes([byte; 8])
    }
    // The highest bit of each byte that is less than another, below it only where there is one.
    let less = |word: u64, than: u8| word.wrapping_sub(all(than)) & !word & all(0x80);
    let is = |word: u64, byte: u8| less(word ^ all(byte), 1);
    let mut words = bytes.chunks_exact(8);
    let mut count = 0;
    for eight in &mut words {
        let word = u64::from_le_bytes(eight.try_into().unwrap_or_default());
        let special = less(word, 0x20) | is(word, b'"') | is(word, b'\\');
        if special != 0 {
            return count + special.trailing_zeros() as usize / 8;
        }
        count += 8;
    }
    count + words.remainder().iter().take_while(|byte| !matches!(byte, b'"' | b'\\' | 0..0x20)).count()
}

/// Takes down what was read, of which so many collections were open at most.
fn end(arena: &mut Arena, depth: usize) {
    arena.form = if arena.general || depth + 10 > MAX_DEPTH { Form::Any } else { Form::Json };
    // The slow road looks for what is there twice whatever hashes say.
    arena.twice |= arena.general;
}

/// Reads the values of a text, of which each but the last one has a comma behind it, as a sequence.
pub(super) fn read_items(arena: &mut Arena, text: &str) -> Result<(), SyntaxError> {
    arena.push(Node::new(Kind::Seq, Style::Flow, 0..text.len()), 0)?;
    let mut reader = Reader { arena, text, at: 0, depth: 0, keys: Keys::new() };
    loop {
        reader.value()?;
        reader.blanks();
        match reader.peek() {
            Some(b',') => reader.at += 1,
            None => break,
            _ => return reader.error("JSON lacks a comma or a closing bracket"),
        }
        reader.blanks();
        if reader.peek().is_none() {
            break;
        }
    }
    let Reader { depth, .. } = reader;
    arena.close(text.len());
    // The list is around it, and what holds that.
    end(arena, depth + 2);
    Ok(())
}

struct Reader<'a, 't> {
    arena: &'a mut Arena,
    text: &'t str,
    at: usize,
    /// How many collections were open at most.
    depth: usize,
    keys: Keys,
}

impl Reader<'_, '_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    #[inline]
    fn blanks(&mut self) {
        // Mostly there are none.
        if self.peek().is_some_and(|byte| byte > b' ') {
            return;
        }
        self.at = Geometry { text: self.text }.skip_blanks(self.at);
    }

    fn error<T>(&self, message: &'static str) -> Result<T, SyntaxError> {
        Err(SyntaxError::new(self.at, message))
    }

    fn scalar(&mut self, style: Style, range: Range<usize>, value: &str) -> Result<(), SyntaxError> {
        let mut node = Node::new(Kind::Scalar, style, range);
        self.arena.set_text(self.text, &mut node, value);
        self.arena.push(node, 0)
    }

    /// A value and all in it, without recursion: `open` holds the brackets that wait for their end, with where the keys of
    /// each begin.
    fn value(&mut self) -> Result<(), SyntaxError> {
        let mut open: Vec<(u8, usize)> = Vec::new();
        loop {
            self.blanks();
            match self.peek() {
                Some(bracket @ (b'{' | b'[')) => {
                    let kind = if bracket == b'{' { Kind::Map } else { Kind::Seq };
                    self.arena.push(Node::new(kind, Style::Flow, self.at..self.at + 1), 0)?;
                    self.at += 1;
                    self.blanks();
                    let end = bracket + 2;
                    if self.peek() == Some(end) {
                        self.at += 1;
                        self.arena.close(self.at);
                    } else {
                        let keys = self.keys.open();
                        open.push((end, keys));
                        self.depth = self.depth.max(open.len());
                        if bracket == b'{' {
                            self.key(keys)?;
                        }
                        continue;
                    }
                }
                Some(b'"') => self.string()?,
                Some(_) => self.word()?,
                None => return self.error("JSON ends too early"),
            }
            // After a value: close what ends here, or go on to the next one.
            loop {
                let Some(&(end, keys)) = open.last() else {
                    return Ok(());
                };
                self.blanks();
                match self.peek() {
                    Some(b',') => {
                        self.at += 1;
                        if end == b'}' {
                            self.key(keys)?;
                        }
                        break;
                    }
                    Some(byte) if byte == end => {
                        self.at += 1;
                        self.arena.close(self.at);
                        self.arena.twice |= self.keys.close(keys);
                        open.pop();
                    }
                    _ => return self.error("JSON lacks a comma or a closing bracket"),
                }
            }
        }
    }

    /// A key of a mapping whose keys begin at an offset, and its colon.
    fn key(&mut self, keys: usize) -> Result<(), SyntaxError> {
        self.blanks();
        if self.peek() != Some(b'"') {
            return self.error("JSON lacks a quoted key");
        }
        self.string()?;
        self.arena.twice |= self.keys.add(keys, self.arena.last_bytes(self.text));
        self.blanks();
        if self.peek() != Some(b':') {
            return self.error("JSON lacks a colon after a key");
        }
        self.at += 1;
        Ok(())
    }

    fn string(&mut self) -> Result<(), SyntaxError> {
        let start = self.at;
        self.at += 1;
        let mut decoded = String::new();
        let mut copied = self.at;
        loop {
            self.at += plain(&self.text.as_bytes()[self.at..]);
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => {
                    decoded.push_str(&self.text[copied..self.at]);
                    decoded.push(self.escape()?);
                    copied = self.at;
                }
                Some(_) => return self.error("JSON has a control character in a string"),
                None => return self.error("JSON ends inside a string"),
            }
        }
        let rest = &self.text[copied..self.at];
        self.at += 1;
        if decoded.is_empty() {
            return self.scalar(Style::DoubleQuoted, start..self.at, rest);
        }
        decoded.push_str(rest);
        self.scalar(Style::DoubleQuoted, start..self.at, &decoded)
    }

    /// At a backslash; a lone surrogate becomes U+FFFD, as in Go.
    fn escape(&mut self) -> Result<char, SyntaxError> {
        self.at += 1;
        let Some(byte) = self.peek() else {
            return self.error("JSON ends inside a string");
        };
        self.at += 1;
        Ok(match byte {
            b'"' | b'\\' | b'/' => byte as char,
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let high = self.hex()?;
                if (0xd800..0xdc00).contains(&high) && self.text[self.at..].starts_with("\\u") {
                    let back = self.at;
                    self.at += 2;
                    let low = self.hex()?;
                    if (0xdc00..0xe000).contains(&low) {
                        let code = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
                        return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
                    }
                    self.at = back;
                }
                char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER)
            }
            _ => {
                self.at -= 1;
                return self.error("JSON has an unknown escape in a string");
            }
        })
    }

    fn hex(&mut self) -> Result<u32, SyntaxError> {
        let digits = self.text.get(self.at..self.at + 4).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()));
        let Some(code) = digits.and_then(|d| u32::from_str_radix(d, 16).ok()) else {
            return self.error("JSON has a bad \\u escape");
        };
        self.at += 4;
        Ok(code)
    }

    fn word(&mut self) -> Result<(), SyntaxError> {
        let start = self.at;
        let len = self.text.as_bytes()[start..]
            .iter()
            .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
            .count();
        let word = &self.text[start..start + len];
        let is_known = matches!(word, "true" | "false" | "null") || is_integer(word.as_bytes());
        if !is_known && serde_json::from_str::<IgnoredAny>(word).is_err() {
            return self.error("JSON has something that is no value");
        }
        self.at += len;
        self.scalar(Style::Plain, start..self.at, word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_all(text: &str) -> Result<usize, SyntaxError> {
        read(&mut Arena::default(), text, 0)
    }

    #[test]
    fn values_are_read_with_spans_and_text() {
        let mut arena = Arena::default();
        let text = "{\n\t\"a\\u0062\": [1, \"x\", {\"k\":null}],\r\n \"\\ud83d\\ude00\": \"\\ud83d\"}";
        let (tree, end) = arena.parse_json(text, 0).unwrap();
        assert_eq!(end, text.len());
        let root = tree.roots().next().unwrap();
        assert_eq!(root.range(), 0..text.len());
        let list = root.get("ab").unwrap();
        assert_eq!(&text[list.range()], "[1, \"x\", {\"k\":null}]");
        assert!(list.items().nth(2).unwrap().get("k").unwrap().is_null());
        assert_eq!(root.get("\u{1f600}").unwrap().scalar(), Some("\u{fffd}"));
    }

    #[test]
    fn serde_json_agrees_on_what_is_json() {
        for text in [
            "{}",
            "[]",
            "{\"a\":1}",
            "{\"a\":1,}",
            "[1 2]",
            "{a:1}",
            "{\"a\" 1}",
            "\"\\x\"",
            "\"a\nb\"",
            "01",
            "-",
            "1.",
            "1e5",
            "1.5e+3",
            "{\"a\":[]}}",
            "tru",
            "\"\\u12\"",
            "[[[1]]]",
            "{\"a\":{\"b\":{}}}",
            "",
        ] {
            let ours = read_all(text).is_ok_and(|end| text[end..].trim().is_empty());
            assert_eq!(ours, serde_json::from_str::<serde_json::Value>(text).is_ok(), "{text:?}");
        }
    }

    #[test]
    fn depth_is_limited() {
        assert!(read_all(&"[".repeat(100_000)).unwrap_err().limit);
    }
}

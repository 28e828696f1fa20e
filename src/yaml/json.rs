//! JSON text → the nodes of `yaml`, with byte spans.
//!
//! RFC 8259, as Kubernetes reads a stream of JSON values: duplicate keys are kept (the last one wins on reading), depth
//! is limited, a value's text is never quoted in an error.

use super::bytes::string_stop;
use super::keys::Keys;
use super::tree::{Arena, Form, Kind, MAX_DEPTH, Style, SyntaxError};
use crate::text::geometry::Geometry;
use serde::de::IgnoredAny;

/// Reads one value that begins at or after `from`; gives the offset after it.
pub(super) fn read(arena: &mut Arena, text: &str, from: usize) -> Result<usize, SyntaxError> {
    let mut reader = Reader { arena, text, at: from, around: 0, depth: 0, keys: Keys::default() };
    reader.value()?;
    let Reader { at, depth, .. } = reader;
    end(arena, depth);
    Ok(at)
}

/// Whether a word is a number of digits alone.
fn is_integer(word: &[u8]) -> bool {
    matches!(word, [b'0'] | [b'1'..=b'9', ..]) && word.iter().all(u8::is_ascii_digit)
}

/// Takes down what was read, of which so many collections were open at most.
fn end(arena: &mut Arena, depth: usize) {
    arena.form = if arena.general || depth + 10 > MAX_DEPTH { Form::Any } else { Form::Json };
    // The slow road looks for what is there twice whatever hashes say.
    arena.twice |= arena.general;
}

/// Reads the values of a text, of which each but the last one has a comma behind it, as a sequence.
pub(super) fn read_items(arena: &mut Arena, text: &str) -> Result<(), SyntaxError> {
    let list = arena.fast_open(Kind::Seq, Style::Flow, 0);
    let mut reader = Reader { arena, text, at: 0, around: 1, depth: 0, keys: Keys::default() };
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
    arena.ends_at(text.len());
    arena.fast_close(list);
    // The list is around it, and what holds that.
    end(arena, depth + 2);
    Ok(())
}

struct Reader<'a, 't> {
    arena: &'a mut Arena,
    text: &'t str,
    at: usize,
    /// How many collections are around what is read.
    around: usize,
    /// How many were open at most.
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

    /// A value and all in it, without recursion: `open` holds the brackets that wait for their end, with the nodes and with
    /// where the keys of each begin.
    fn value(&mut self) -> Result<(), SyntaxError> {
        let mut open: Vec<(u8, u32, usize)> = Vec::new();
        loop {
            self.blanks();
            match self.peek() {
                Some(bracket @ (b'{' | b'[')) => {
                    let kind = if bracket == b'{' { Kind::Map } else { Kind::Seq };
                    if open.len() + self.around >= MAX_DEPTH {
                        return Err(SyntaxError::depth(self.at));
                    }
                    let node = self.arena.fast_open(kind, Style::Flow, self.at);
                    self.at += 1;
                    self.blanks();
                    let end = bracket + 2;
                    if self.peek() == Some(end) {
                        self.close(node);
                    } else {
                        let keys = self.keys.open();
                        open.push((end, node, keys));
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
                let Some(&(end, node, keys)) = open.last() else {
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
                        self.close(node);
                        self.arena.twice |= self.keys.close(keys);
                        open.pop();
                    }
                    _ => return self.error("JSON lacks a comma or a closing bracket"),
                }
            }
        }
    }

    /// Takes the bracket that ends a collection.
    fn close(&mut self, node: u32) {
        self.at += 1;
        self.arena.ends_at(self.at);
        self.arena.fast_close(node);
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
        // Where its text begins in the arena, if it is another one than here; and from where on it has not been copied.
        let (mut decoded, mut copied) = (None, self.at);
        loop {
            self.at = string_stop(self.text.as_bytes(), self.at);
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => {
                    decoded = decoded.or(Some(self.arena.owned.len()));
                    self.arena.owned.push_str(&self.text[copied..self.at]);
                    let escaped = self.escape()?;
                    self.arena.owned.push(escaped);
                    copied = self.at;
                }
                Some(0..0x20) => return self.error("JSON has a control character in a string"),
                _ => return self.error("JSON ends inside a string"),
            }
        }
        let rest = copied..self.at;
        self.at += 1;
        match decoded {
            None => self.arena.fast_scalar(Style::DoubleQuoted, start..self.at, rest),
            Some(from) => {
                self.arena.owned.push_str(&self.text[rest]);
                self.arena.fast_text(Style::DoubleQuoted, start..self.at, from);
            }
        }
        Ok(())
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
        self.arena.fast_scalar(Style::Plain, start..self.at, start..self.at);
        Ok(())
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

//! A flow collection of simple words on one line → nodes, without tokens.
//!
//! Takes a text and where a bracket opens, gives where it is closed. Gives up at anything that is more than a word of letters
//! and digits or a quoted text without escapes, and the general parser reads the collection then.

use super::block::MAX_KEY;
use super::bytes::closing_quote;
use super::keys::Keys;
use super::tree::{Arena, Kind, MAX_DEPTH, Style};

/// Reads the collection at an offset, around which so many are open. `None` if it is no simple one: nodes and keys are then as
/// they were.
pub(super) fn read(arena: &mut Arena, keys: &mut Keys, text: &str, at: usize, around: usize) -> Option<usize> {
    let (nodes, known) = (arena.nodes.len(), keys.open());
    let mut reader = Reader { arena, keys, text, at };
    if reader.collection(around).is_some() {
        return Some(reader.at);
    }
    arena.nodes.truncate(nodes);
    keys.close(known);
    None
}

struct Reader<'a, 't> {
    arena: &'a mut Arena,
    keys: &'a mut Keys,
    text: &'t str,
    at: usize,
}

impl Reader<'_, '_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn spaces(&mut self) {
        while self.peek() == Some(b' ') {
            self.at += 1;
        }
    }

    fn collection(&mut self, around: usize) -> Option<()> {
        let open = self.peek().filter(|_| around < MAX_DEPTH)?;
        let (is_map, close) = (open == b'{', open + 2);
        let node = self.arena.fast_open(if is_map { Kind::Map } else { Kind::Seq }, Style::Flow, self.at);
        let keys = self.keys.open();
        self.at += 1;
        self.spaces();
        while self.peek()? != close {
            if is_map {
                self.key(keys)?;
            }
            match self.peek()? {
                b'{' | b'[' => self.collection(around + 1)?,
                _ => self.scalar()?,
            }
            self.spaces();
            match self.peek()? {
                b',' => {
                    self.at += 1;
                    self.spaces();
                }
                byte if byte == close => {}
                _ => return None,
            }
        }
        self.at += 1;
        self.arena.twice |= self.keys.close(keys);
        self.arena.ends_at(self.at);
        self.arena.fast_close(node);
        Some(())
    }

    /// A key of a mapping whose keys begin at an offset, its colon, and the space behind that.
    fn key(&mut self, keys: usize) -> Option<()> {
        let start = self.at;
        self.scalar()?;
        // What is no text as a key may be refused, and is another one as JSON.
        let key = self.arena.last_string(self.text)?;
        let is_word = matches!(self.text.as_bytes()[self.at..], [b':', b' ', ..]) && self.at - start <= MAX_KEY;
        is_word.then(|| {
            self.arena.twice |= self.keys.add(keys, key.as_bytes());
            self.at += 2;
            self.spaces();
        })
    }

    fn scalar(&mut self) -> Option<()> {
        let (bytes, start) = (self.text.as_bytes(), self.at);
        let (style, end, text) = match self.peek()? {
            quote @ (b'"' | b'\'') => {
                let style = if quote == b'"' { Style::DoubleQuoted } else { Style::SingleQuoted };
                let end = closing_quote(bytes, start)?;
                (style, end + 1, start + 1..end)
            }
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'/' => {
                let is_word = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'/' | b'.' | b'-');
                let end = start + bytes[start..].iter().take_while(is_word).count();
                (Style::Plain, end, start..end)
            }
            _ => return None,
        };
        self.at = end;
        self.arena.fast_scalar(style, start..end, text);
        Some(())
    }
}

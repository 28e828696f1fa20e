//! YAML text → tokens, by the rules of go-yaml v2 (libyaml's scanner, YAML 1.1), which is what kubectl reads with.
//!
//! Takes a chunk, gives tokens one by one. Where go-yaml refuses a text it refuses it; where only kustomize's reader
//! (go-yaml v3) accepts one it goes on and says so in `doubts`. What a line means for a key is found out as libyaml does it:
//! each token that may be a simple key is remembered, and a `:` within 1024 characters on the same line makes it one.

use super::cursor::Cursor;
use super::token::{Lexeme, Token};
use super::tree::{Doubt, SyntaxError};
use std::collections::VecDeque;

/// Longest simple key, in characters (YAML 1.2.2, 7.4).
const MAX_KEY: usize = 1024;

/// Memory of a scanner.
#[derive(Debug, Default)]
pub(super) struct Spare {
    keys: Vec<SimpleKey>,
    queue: VecDeque<Token>,
    indents: Vec<isize>,
}

/// A token that is a key if a `:` follows in time.
#[derive(Clone, Copy, Debug)]
struct SimpleKey {
    possible: bool,
    /// Its token waits until it is known. go-yaml forgets that for `[]` and `{}`.
    held: bool,
    /// Nothing but a key may stand there.
    required: bool,
    /// Number of its token.
    number: usize,
    place: usize,
    line: usize,
    index: usize,
    column: usize,
}

pub(super) struct Scanner<'t> {
    pub(super) text: &'t str,
    pub(super) cursor: Cursor<'t>,
    /// Texts of scalars that do not stand in the source as they are.
    pub(super) owned: String,
    pub(super) doubts: Vec<(usize, Doubt)>,
    /// Depth of flow collections.
    pub(super) flow: usize,
    /// Column of the innermost block collection; -1 outside of all.
    pub(super) indent: isize,
    indents: Vec<isize>,
    /// One for each flow level, and one for block context.
    keys: Vec<SimpleKey>,
    pub(super) key_allowed: bool,
    queue: VecDeque<Token>,
    /// It is known what the first of them is.
    ready: bool,
    /// Nothing that a comment could belong to stands before it on its line.
    own_line: bool,
    /// How many tokens were given away.
    taken: usize,
}

impl<'t> Scanner<'t> {
    /// Reads a chunk from an offset on, which begins a line.
    pub(super) fn new(text: &'t str, at: usize, owned: String, spare: Spare) -> Self {
        let none = SimpleKey {
            possible: false,
            held: false,
            required: false,
            number: 0,
            place: 0,
            line: 0,
            index: 0,
            column: 0,
        };
        let Spare { mut keys, mut queue, mut indents } = spare;
        keys.clear();
        queue.clear();
        indents.clear();
        keys.push(none);
        Self {
            text,
            cursor: Cursor::new(text, at),
            owned,
            doubts: Vec::new(),
            flow: 0,
            indent: -1,
            indents,
            keys,
            key_allowed: true,
            queue,
            ready: false,
            own_line: true,
            taken: 0,
        }
    }

    /// Reads one value that begins at an offset, behind a key or a dash of a block collection of some column.
    pub(super) fn within(text: &'t str, at: usize, indent: usize, owned: String, spare: Spare) -> Self {
        let mut scanner = Self::new(text, at, owned, spare);
        // Any column that is deeper will do: only those of the following lines count.
        scanner.cursor.column = indent + 1;
        scanner.indents.push(-1);
        Self { indent: indent as isize, key_allowed: false, ..scanner }
    }

    /// What was found beside the tokens: own texts and doubts; and what the next scanner may use again.
    pub(super) fn done(self) -> (String, Vec<(usize, Doubt)>, Spare) {
        let Self { owned, doubts, keys, queue, indents, .. } = self;
        (owned, doubts, Spare { keys, queue, indents })
    }

    /// The next token, which stays the next one.
    #[inline]
    pub(super) fn peek(&mut self) -> Result<&Token, SyntaxError> {
        if !self.ready {
            self.make_ready()?;
        }
        Ok(&self.queue[0])
    }

    fn make_ready(&mut self) -> Result<(), SyntaxError> {
        while self.queue.is_empty() || self.head_may_be_key()? {
            self.fetch()?;
        }
        self.ready = true;
        Ok(())
    }

    /// Takes the next token.
    pub(super) fn next(&mut self) -> Result<Token, SyntaxError> {
        self.peek()?;
        self.ready = false;
        self.taken += 1;
        Ok(self.queue.pop_front().unwrap_or_else(|| Token::new(Lexeme::StreamEnd, self.text.len(), self.text.len())))
    }

    /// Takes it if it is of that kind.
    #[inline]
    pub(super) fn take(&mut self, lexeme: Lexeme) -> Result<Option<Token>, SyntaxError> {
        if self.peek()?.lexeme == lexeme { self.next().map(Some) } else { Ok(None) }
    }

    pub(super) fn error<T>(&self, offset: usize, message: &'static str) -> Result<T, SyntaxError> {
        Err(SyntaxError::new(offset, message))
    }

    /// Whether more must be read before it is known what the first token in the queue is.
    fn head_may_be_key(&mut self) -> Result<bool, SyntaxError> {
        match self.queue[0].level {
            Some(level) if self.keys.get(level).is_some_and(|k| k.possible && k.held && k.number == self.taken) => {
                self.is_key_valid(level)
            }
            _ => Ok(false),
        }
    }

    fn is_key_valid(&mut self, level: usize) -> Result<bool, SyntaxError> {
        let key = &mut self.keys[level];
        if !key.possible {
            return Ok(false);
        }
        if key.line < self.cursor.line || key.index + MAX_KEY < self.cursor.index {
            if key.required {
                return Err(SyntaxError::key_without_colon(key.place));
            }
            key.possible = false;
            return Ok(false);
        }
        Ok(true)
    }

    /// Remembers that a key may begin here.
    pub(super) fn save_key(&mut self) -> Result<Option<usize>, SyntaxError> {
        if !self.key_allowed {
            return Ok(None);
        }
        self.remove_key()?;
        let Cursor { column, line, index, .. } = self.cursor;
        let required = self.flow == 0 && self.indent == column as isize;
        let number = self.taken + self.queue.len();
        let level = self.keys.len() - 1;
        self.keys[level] = SimpleKey {
            possible: true,
            held: true,
            required,
            number,
            place: self.cursor.offset(),
            line,
            index,
            column,
        };
        Ok(Some(level))
    }

    pub(super) fn remove_key(&mut self) -> Result<(), SyntaxError> {
        let key = self.keys.last_mut().expect("impossible: block context has a place of its own");
        if key.possible && key.required {
            return Err(SyntaxError::key_without_colon(key.place));
        }
        key.possible = false;
        Ok(())
    }

    pub(super) fn push(&mut self, lexeme: Lexeme, start: usize, level: Option<usize>) {
        self.queue.push_back(Token { level, ..Token::new(lexeme, start, self.cursor.offset()) });
    }

    /// A token of some ASCII characters.
    fn push_mark(&mut self, lexeme: Lexeme, len: usize, level: Option<usize>) {
        let start = self.cursor.offset();
        self.cursor.skip_ascii(len);
        self.push(lexeme, start, level);
    }

    /// Puts a token before the one of some number; at the end if that one is gone.
    fn insert(&mut self, number: Option<usize>, token: Token) {
        let at = number.and_then(|n| n.checked_sub(self.taken)).unwrap_or(self.queue.len());
        self.queue.insert(at, token);
    }

    /// Opens a block collection if the column is deeper than all that are open; its token goes before token `number`.
    fn roll(&mut self, column: usize, lexeme: Lexeme, number: Option<usize>, place: usize) {
        if self.flow > 0 || self.indent >= column as isize {
            return;
        }
        self.indents.push(self.indent);
        self.indent = column as isize;
        self.insert(number, Token::new(lexeme, place, place));
    }

    /// Closes the block collections that are deeper than a column.
    pub(super) fn unroll(&mut self, column: isize) {
        while self.flow == 0 && self.indent > column {
            self.push(Lexeme::BlockEnd, self.cursor.offset(), None);
            self.indent = self.indents.pop().unwrap_or(-1);
        }
    }

    fn fetch(&mut self) -> Result<(), SyntaxError> {
        self.skip_to_token()?;
        self.unroll(self.cursor.column as isize);
        let (here, cursor) = (self.cursor.byte(), self.cursor);
        let next = || cursor.is_blankz(1);
        if self.cursor.is_end() {
            return self.stream_end();
        }
        if self.cursor.column == 0 && here == b'%' {
            return self.directive();
        }
        if let Some(lexeme) = self.marker() {
            self.unroll(-1);
            self.remove_key()?;
            self.key_allowed = false;
            self.push_mark(lexeme, 3, None);
            return Ok(());
        }
        match here {
            b'[' => self.flow_start(Lexeme::FlowSeqStart),
            b'{' => self.flow_start(Lexeme::FlowMapStart),
            b']' => self.flow_end(Lexeme::FlowSeqEnd),
            b'}' => self.flow_end(Lexeme::FlowMapEnd),
            b',' => {
                self.remove_key()?;
                self.key_allowed = true;
                self.push_mark(Lexeme::FlowEntry, 1, None);
                Ok(())
            }
            b'-' if next() => self.block_entry(),
            b'?' if self.flow > 0 || next() => self.key(),
            b':' if self.flow > 0 || next() => self.value(),
            b'*' => self.name(Lexeme::Alias),
            b'&' => self.name(Lexeme::Anchor),
            b'!' => self.tag(),
            b'|' | b'>' if self.flow == 0 => {
                self.remove_key()?;
                self.key_allowed = true;
                let token = self.block_scalar(here == b'|')?;
                self.queue.push_back(token);
                Ok(())
            }
            b'\'' | b'"' => {
                let level = self.save_key()?;
                self.key_allowed = false;
                let token = self.quoted(here)?;
                self.queue.push_back(Token { level, ..token });
                Ok(())
            }
            b'\t' => Err(SyntaxError::tab(self.cursor.offset())),
            b'-' | b'?' | b':' => self.plain_token(here == b'-' || self.flow == 0),
            b'#' | b'|' | b'>' | b'%' | b'@' | b'`' => self.plain_token(false),
            _ => self.plain_token(true),
        }
    }

    /// What ends or begins a document, if that stands here.
    pub(super) fn marker(&self) -> Option<Lexeme> {
        match self.cursor.byte() {
            b'-' if self.cursor.is_marker(*b"---") => Some(Lexeme::DocumentStart),
            b'.' if self.cursor.is_marker(*b"...") => Some(Lexeme::DocumentEnd),
            _ => None,
        }
    }

    fn plain_token(&mut self, allowed: bool) -> Result<(), SyntaxError> {
        if !allowed {
            return self.error(self.cursor.offset(), "a character that cannot begin a value; quote the value");
        }
        let level = self.save_key()?;
        self.key_allowed = false;
        let token = self.plain()?;
        self.queue.push_back(Token { level, ..token });
        Ok(())
    }

    fn stream_end(&mut self) -> Result<(), SyntaxError> {
        self.unroll(-1);
        self.remove_key()?;
        self.key_allowed = false;
        self.push(Lexeme::StreamEnd, self.cursor.offset(), None);
        Ok(())
    }

    fn flow_start(&mut self, lexeme: Lexeme) -> Result<(), SyntaxError> {
        let level = self.save_key()?;
        let number = self.taken + self.queue.len();
        let key = SimpleKey { possible: false, held: false, number, ..self.keys[self.keys.len() - 1] };
        self.keys.push(key);
        self.flow += 1;
        self.key_allowed = true;
        self.push_mark(lexeme, 1, level);
        Ok(())
    }

    fn flow_end(&mut self, lexeme: Lexeme) -> Result<(), SyntaxError> {
        self.remove_key()?;
        if self.flow > 0
            && let Some(inner) = self.keys.pop()
        {
            self.flow -= 1;
            if let Some(outer) = self.keys.last_mut().filter(|outer| outer.number == inner.number) {
                outer.held = false;
            }
        }
        self.key_allowed = false;
        self.push_mark(lexeme, 1, None);
        Ok(())
    }

    fn block_entry(&mut self) -> Result<(), SyntaxError> {
        // In flow context the parser refuses it.
        if self.flow == 0 {
            if !self.key_allowed {
                return self.error(self.cursor.offset(), "a list item cannot begin here");
            }
            self.roll(self.cursor.column, Lexeme::BlockSeqStart, None, self.cursor.offset());
        }
        self.remove_key()?;
        self.key_allowed = true;
        self.push_mark(Lexeme::BlockEntry, 1, None);
        self.own_line = true;
        Ok(())
    }

    fn key(&mut self) -> Result<(), SyntaxError> {
        if self.flow == 0 {
            if !self.key_allowed {
                return self.error(self.cursor.offset(), "a key cannot begin here");
            }
            self.roll(self.cursor.column, Lexeme::BlockMapStart, None, self.cursor.offset());
        }
        self.remove_key()?;
        self.key_allowed = self.flow == 0;
        self.push_mark(Lexeme::Key, 1, None);
        Ok(())
    }

    fn value(&mut self) -> Result<(), SyntaxError> {
        let level = self.keys.len() - 1;
        if self.is_key_valid(level)? {
            let key = self.keys[level];
            self.insert(Some(key.number), Token::new(Lexeme::Key, key.place, key.place));
            self.roll(key.column, Lexeme::BlockMapStart, Some(key.number), key.place);
            self.keys[level].possible = false;
            self.key_allowed = false;
        } else {
            if self.flow == 0 {
                if !self.key_allowed {
                    return Err(SyntaxError::value_not_allowed(self.cursor.offset()));
                }
                self.roll(self.cursor.column, Lexeme::BlockMapStart, None, self.cursor.offset());
            }
            self.key_allowed = self.flow == 0;
        }
        self.push_mark(Lexeme::Value, 1, None);
        Ok(())
    }

    /// Steps over blanks, comments and line breaks.
    fn skip_to_token(&mut self) -> Result<(), SyntaxError> {
        // Comments that begin their line; go-yaml v3 reads one behind a token with the token, but for a dash.
        let mut own_line = std::mem::take(&mut self.own_line);
        let mut comment = false;
        // Where the next comment stands, once it was looked for.
        let mut tabs_until = 0;
        loop {
            while self.cursor.byte() == b' '
                || self.cursor.byte() == b'\t'
                    && (self.flow > 0 || !self.key_allowed || comment && self.tab_comment(&mut tabs_until))
            {
                self.cursor.skip_ascii(1);
            }
            if self.cursor.byte() == b'#' {
                comment |= own_line;
                self.cursor.skip_line_rest();
            }
            if !self.cursor.is_break() {
                return Ok(());
            }
            self.line_break();
            own_line = true;
            if self.flow == 0 {
                self.key_allowed = true;
            }
        }
    }

    /// Whether a tab stands before a comment that follows another one: kustomize alone reads that.
    fn tab_comment(&mut self, until: &mut usize) -> bool {
        if self.cursor.at < *until {
            return true;
        }
        let mut ahead = self.cursor;
        loop {
            ahead.skip_blanks();
            if ahead.take_break().is_empty() {
                break;
            }
        }
        let found = ahead.byte() == b'#';
        if found {
            self.doubts.push((self.cursor.offset(), Doubt::Tab));
            *until = ahead.at;
        }
        found
    }

    /// Steps over a line break, if one is here; gives what it stands for.
    pub(super) fn line_break(&mut self) -> &'static str {
        if !self.cursor.byte().is_ascii() && self.cursor.is_break() {
            self.doubts.push((self.cursor.offset(), Doubt::LineSeparator));
        }
        self.cursor.take_break()
    }
}

//! The scalars of YAML text: plain, quoted, literal and folded, by the rules of go-yaml v2.
//!
//! A scalar's text is a range of the source where it stands there as it is; else it is put together in the scanner's own
//! text. Spans hold quotes, and of a block scalar its lines without the first indentation and without its header.

use super::scan::Scanner;
use super::token::{Lexeme, Token};
use super::tree::{Style, SyntaxError};
use std::ops::Range;

/// A scalar's text as it is put together: a range of the source as long as nothing was left out or replaced.
struct Text {
    /// What of the source it is so far.
    source: Range<usize>,
    /// Where it begins in the scanner's own text, once it differs from the source.
    own: Option<usize>,
}

impl Text {
    fn new(at: usize) -> Self {
        Self { source: at..at, own: None }
    }

    /// Goes on with a range of the source.
    fn take(&mut self, scanner: &mut Scanner<'_>, range: Range<usize>) {
        if range.is_empty() {
            return;
        }
        match self.own {
            Some(_) => scanner.owned.push_str(&scanner.text[range]),
            None if self.source.is_empty() => self.source = range,
            None if self.source.end == range.start => self.source.end = range.end,
            None => {
                self.detach(scanner);
                scanner.owned.push_str(&scanner.text[range]);
            }
        }
    }

    /// Goes on with something else than what stands in the source.
    fn add(&mut self, scanner: &mut Scanner<'_>, text: &str) {
        if !text.is_empty() {
            self.detach(scanner);
            scanner.owned.push_str(text);
        }
    }

    /// Goes on with line breaks.
    fn breaks(&mut self, scanner: &mut Scanner<'_>, breaks: &[&str]) {
        breaks.iter().for_each(|text| self.add(scanner, text));
    }

    fn detach(&mut self, scanner: &mut Scanner<'_>) {
        if self.own.is_none() {
            self.own = Some(scanner.owned.len());
            scanner.owned.push_str(&scanner.text[self.source.clone()]);
        }
    }

    fn token(self, scanner: &Scanner<'_>, style: Style, span: Range<usize>) -> Token {
        let token = Token::new(Lexeme::Scalar(style), span.start, span.end);
        match self.own {
            Some(from) => Token { text: from..scanner.owned.len(), owned: true, ..token },
            None => Token { text: self.source, ..token },
        }
    }
}

/// What stands for itself in a plain scalar, wherever it is.
const PLAIN: [bool; 256] = ascii_but(b":,?[]{}");
/// What stands for itself in quotes of both sorts.
const QUOTED: [bool; 256] = ascii_but(b"\"'\\");

/// Visible characters of ASCII but for some.
const fn ascii_but(special: &[u8]) -> [bool; 256] {
    let (mut table, mut byte) = ([false; 256], b'!');
    while byte <= b'~' {
        table[byte as usize] = true;
        byte += 1;
    }
    let mut at = 0;
    while at < special.len() {
        table[special[at] as usize] = false;
        at += 1;
    }
    table
}

/// What stands between two parts of a scalar in flow style.
#[derive(Default)]
struct Gap {
    /// Blanks on one line.
    blanks: Range<usize>,
    /// The line breaks, if there are any; the first one may have been escaped.
    breaks: Vec<&'static str>,
    lines: bool,
}

impl Gap {
    fn escaped() -> Self {
        Self { breaks: vec![""], lines: true, ..Self::default() }
    }

    /// Puts it into the text, folded: one line break is a space, of several the first one is dropped.
    fn fold(self, scanner: &mut Scanner<'_>, text: &mut Text) {
        match self.breaks.split_first() {
            None => text.take(scanner, self.blanks),
            Some((&"\n", [])) => text.add(scanner, " "),
            Some((&"\n", rest)) => text.breaks(scanner, rest),
            Some(_) => text.breaks(scanner, &self.breaks),
        }
    }
}

impl Scanner<'_> {
    pub(super) fn plain(&mut self) -> Result<Token, SyntaxError> {
        let start = self.cursor.offset();
        let indent = self.indent + 1;
        let mut text = Text::new(start);
        let mut end = start;
        let mut gap = Gap::default();
        while self.marker().is_none() && self.cursor.byte() != b'#' {
            let from = self.cursor.offset();
            loop {
                self.cursor.skip_ascii_while(|byte| PLAIN[usize::from(byte)]);
                if self.cursor.is_blankz(0) || self.ends_plain() {
                    break;
                }
                self.cursor.skip();
            }
            if self.cursor.offset() > from {
                std::mem::take(&mut gap).fold(self, &mut text);
                end = self.cursor.offset();
                text.take(self, from..end);
            }
            if !self.cursor.is_blank() && !self.cursor.is_break() {
                break;
            }
            self.gap(&mut gap, Some(indent), true)?;
            if self.flow == 0 && (self.cursor.column as isize) < indent {
                break;
            }
        }
        // Behind a line break a key may follow.
        self.key_allowed |= gap.lines;
        Ok(text.token(self, Style::Plain, start..end))
    }

    /// Whether an indicator that ends a plain scalar stands here.
    fn ends_plain(&self) -> bool {
        match self.cursor.byte() {
            b':' => self.cursor.is_blankz(1),
            b',' | b'?' | b'[' | b']' | b'{' | b'}' => self.flow > 0,
            _ => false,
        }
    }

    /// Steps over blanks and line breaks. Where `indent` is given no tab may stand for indentation; `say` tells of odd
    /// line breaks.
    fn gap(&mut self, gap: &mut Gap, indent: Option<isize>, say: bool) -> Result<(), SyntaxError> {
        let from = self.cursor.offset();
        loop {
            if self.cursor.is_blank() {
                let column = self.cursor.column as isize;
                if self.cursor.byte() == b'\t' && gap.lines && indent.is_some_and(|i| column < i) {
                    return Err(SyntaxError::tab(self.cursor.offset()));
                }
                self.cursor.skip_ascii(1);
                if !gap.lines {
                    gap.blanks = from..self.cursor.offset();
                }
            } else if self.cursor.is_break() {
                gap.breaks.push(if say { self.line_break() } else { self.cursor.take_break() });
                gap.lines = true;
            } else {
                return Ok(());
            }
        }
    }

    pub(super) fn quoted(&mut self, quote: u8) -> Result<Token, SyntaxError> {
        let start = self.cursor.offset();
        let double = quote == b'"';
        self.cursor.skip_ascii(1);
        let mut text = Text::new(self.cursor.offset());
        loop {
            if self.marker().is_some() {
                return self.error(start, "a quoted value is not closed before a line of `---` or `...`");
            }
            if self.cursor.is_end() {
                return self.error(start, "a quoted value is not closed");
            }
            let mut gap = Gap::default();
            let mut from = self.cursor.offset();
            loop {
                self.cursor.skip_ascii_while(|byte| QUOTED[usize::from(byte)]);
                if self.cursor.is_blankz(0) {
                    break;
                }
                let here = self.cursor.offset();
                match self.cursor.byte() {
                    b'\'' if !double && self.cursor.ahead(1) == b'\'' => {
                        // Two stand for one.
                        self.cursor.skip_ascii(2);
                        text.take(self, from..here + 1);
                    }
                    byte if byte == quote => break,
                    b'\\' if double => {
                        text.take(self, from..here);
                        self.cursor.skip_ascii(1);
                        if self.cursor.is_break() {
                            self.cursor.take_break();
                            gap = Gap::escaped();
                            from = self.cursor.offset();
                            break;
                        }
                        let decoded = self.escape(here)?;
                        text.add(self, decoded.encode_utf8(&mut [0; 4]));
                    }
                    _ => {
                        self.cursor.skip();
                        continue;
                    }
                }
                from = self.cursor.offset();
            }
            text.take(self, from..self.cursor.offset());
            if self.cursor.byte() == quote {
                break;
            }
            self.gap(&mut gap, None, !double)?;
            gap.fold(self, &mut text);
        }
        self.cursor.skip_ascii(1);
        let style = if double { Style::DoubleQuoted } else { Style::SingleQuoted };
        Ok(text.token(self, style, start..self.cursor.offset()))
    }

    /// Behind a backslash, which stands at `place`.
    fn escape(&mut self, place: usize) -> Result<char, SyntaxError> {
        let byte = self.cursor.byte();
        self.cursor.skip();
        Ok(match byte {
            b'0' => '\0',
            b'a' => '\u{7}',
            b'b' => '\u{8}',
            b't' | b'\t' => '\t',
            b'n' => '\n',
            b'v' => '\u{b}',
            b'f' => '\u{c}',
            b'r' => '\r',
            b'e' => '\u{1b}',
            b' ' | b'"' | b'\'' | b'\\' => byte as char,
            b'N' => '\u{85}',
            b'_' => '\u{a0}',
            b'L' => '\u{2028}',
            b'P' => '\u{2029}',
            b'x' => self.hex(place, 2)?,
            b'u' => self.hex(place, 4)?,
            b'U' => self.hex(place, 8)?,
            _ => return self.error(place, "an unknown escape in a double-quoted value"),
        })
    }

    fn hex(&mut self, place: usize, digits: usize) -> Result<char, SyntaxError> {
        let mut code = 0u32;
        for _ in 0..digits {
            let Some(digit) = (self.cursor.byte() as char).to_digit(16) else {
                return self.error(place, "an escape in a double-quoted value lacks hexadecimal digits");
            };
            code = code << 4 | digit;
            self.cursor.skip_ascii(1);
        }
        char::from_u32(code).map_or_else(|| self.error(place, "an escape in a double-quoted value is no character"), Ok)
    }

    pub(super) fn block_scalar(&mut self, literal: bool) -> Result<Token, SyntaxError> {
        let header = self.cursor.offset();
        self.cursor.skip_ascii(1);
        let (chomping, increment) = self.block_header(header)?;
        let mut indent = match increment {
            0 => 0,
            n => self.indent.max(0) as usize + n,
        };
        let mut text = Text::new(self.cursor.offset());
        let mut blank_lines = Vec::new();
        self.indentation(&mut indent, &mut blank_lines)?;
        let start = self.cursor.offset();
        let mut lines = false;
        let (mut last_break, mut after_blank) = ("", false);
        while self.cursor.column == indent && !self.cursor.is_end() {
            lines = true;
            let blank = self.cursor.is_blank();
            if literal || after_blank || blank || last_break != "\n" {
                text.add(self, last_break);
            } else if blank_lines.is_empty() {
                text.add(self, " ");
            }
            text.breaks(self, &blank_lines);
            blank_lines.clear();
            after_blank = blank;
            let from = self.cursor.offset();
            self.cursor.skip_line_rest();
            text.take(self, from..self.cursor.offset());
            last_break = self.line_break();
            self.indentation(&mut indent, &mut blank_lines)?;
        }
        if chomping != b'-' {
            text.add(self, last_break);
        }
        if chomping == b'+' {
            text.breaks(self, &blank_lines);
        }
        // What follows is indented with spaces only.
        let end = (self.cursor.at - self.cursor.column).min(self.text.len());
        Ok(text.token(self, Style::BlockScalar, if lines { start } else { end }..end))
    }

    /// What stands behind `|` or `>`, up to the line's end: the chomping indicator (or 0) and the indentation (or 0).
    fn block_header(&mut self, header: usize) -> Result<(u8, usize), SyntaxError> {
        let (mut chomping, mut increment) = (0, 0);
        for _ in 0..2 {
            match self.cursor.byte() {
                sign @ (b'+' | b'-') if chomping == 0 => chomping = sign,
                digit @ b'1'..=b'9' if increment == 0 => increment = usize::from(digit - b'0'),
                b'0' if increment == 0 => return self.error(header, "a block scalar's indentation is 1 to 9"),
                _ => break,
            }
            self.cursor.skip_ascii(1);
        }
        self.cursor.skip_blanks();
        if self.cursor.byte() == b'#' {
            self.cursor.skip_line_rest();
        }
        if !self.cursor.is_breakz() {
            return self.error(header, "text behind `|` or `>`: a block scalar begins on the next line");
        }
        self.line_break();
        Ok((chomping, increment))
    }

    /// Steps over indentation and blank lines; finds the indentation out if it is 0.
    fn indentation(&mut self, indent: &mut usize, breaks: &mut Vec<&'static str>) -> Result<(), SyntaxError> {
        let mut deepest = 0;
        loop {
            while (*indent == 0 || self.cursor.column < *indent) && self.cursor.byte() == b' ' {
                self.cursor.skip_ascii(1);
            }
            deepest = deepest.max(self.cursor.column);
            if (*indent == 0 || self.cursor.column < *indent) && self.cursor.byte() == b'\t' {
                return Err(SyntaxError::tab(self.cursor.offset()));
            }
            if !self.cursor.is_break() {
                break;
            }
            breaks.push(self.line_break());
        }
        if *indent == 0 {
            *indent = deepest.max((self.indent + 1) as usize).max(1);
        }
        Ok(())
    }
}

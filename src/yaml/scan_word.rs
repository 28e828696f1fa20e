//! The words of YAML text that are no scalars: anchors, aliases, tags and directives, by the rules of go-yaml v2.

use super::scan::Scanner;
use super::token::Lexeme;
use super::tree::SyntaxError;

impl Scanner<'_> {
    /// A directive ends the document before it. Only `%YAML 1.1` is known here: before a document kubectl refuses any.
    pub(super) fn directive(&mut self) -> Result<(), SyntaxError> {
        let place = self.cursor.offset();
        self.unroll(-1);
        self.remove_key()?;
        self.key_allowed = false;
        let line = self.text[place..].split(['\n', '\r']).next().unwrap_or_default();
        let version = line.strip_prefix("%YAML").filter(|rest| rest.starts_with([' ', '\t']));
        let mut words = version.into_iter().flat_map(|rest| rest.split([' ', '\t'])).filter(|word| !word.is_empty());
        let number = |n: &str| matches!(n.len(), 1 | 2) && n.bytes().all(|b| b.is_ascii_digit());
        let version = words.next().and_then(|v| v.split_once('.'));
        let ends = words.next().is_none_or(|word| word.starts_with('#'));
        if !version.is_some_and(|(major, minor)| number(major) && number(minor)) || !ends {
            return Err(SyntaxError::directive(place));
        }
        self.cursor.skip_line_rest();
        self.push(Lexeme::Directive, place, None);
        Ok(())
    }

    /// An alias or an anchor.
    pub(super) fn name(&mut self, lexeme: Lexeme) -> Result<(), SyntaxError> {
        let level = self.save_key()?;
        self.key_allowed = false;
        let start = self.cursor.offset();
        self.cursor.skip_ascii(1);
        while is_word(self.cursor.byte()) {
            self.cursor.skip_ascii(1);
        }
        let empty = self.cursor.at == start + 1;
        let ends = self.cursor.is_blankz(0)
            || matches!(self.cursor.byte(), b'?' | b':' | b',' | b']' | b'}' | b'%' | b'@' | b'`');
        if empty || !ends {
            return self.error(start, "the name of an anchor or alias has letters, digits, `-` and `_` only");
        }
        self.push(lexeme, start, level);
        Ok(())
    }

    /// A tag: `!`, `!suffix`, `!handle!suffix` or `!<uri>`.
    pub(super) fn tag(&mut self) -> Result<(), SyntaxError> {
        let level = self.save_key()?;
        self.key_allowed = false;
        let start = self.cursor.offset();
        let verbatim = self.cursor.ahead(1) == b'<';
        self.cursor.skip_ascii(if verbatim { 2 } else { 1 });
        let from = self.cursor.at;
        while is_word(self.cursor.byte()) || b";/?:@&=+$,.!~*'()[]%".contains(&self.cursor.byte()) {
            if self.cursor.byte() == b'%'
                && !(self.cursor.ahead(1).is_ascii_hexdigit() && self.cursor.ahead(2).is_ascii_hexdigit())
            {
                return self.error(start, "a tag has a `%` without two hexadecimal digits");
            }
            self.cursor.skip_ascii(1);
        }
        if verbatim {
            if self.cursor.at == from || self.cursor.byte() != b'>' {
                return self.error(start, "a tag that begins with `!<` ends with `>`");
            }
            self.cursor.skip_ascii(1);
        }
        if !self.cursor.is_blankz(0) {
            return self.error(start, "a tag ends with a blank");
        }
        self.push(Lexeme::Tag, start, level);
        Ok(())
    }
}

/// Whether a byte may stand in the name of an anchor.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

//! A place in a text that moves on character by character, as go-yaml's reader does.
//!
//! Columns and the length of keys count characters, and a line also ends at U+0085, U+2028 and U+2029 (YAML 1.1, 4.2). Beyond
//! the end there are NULs, which occur in no text that is read; a last line without a line break is read as if it had one,
//! since kubectl adds it.

/// Where reading stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'t> {
    bytes: &'t [u8],
    /// Byte offset; one beyond the text behind the line break that kubectl adds.
    pub(super) at: usize,
    /// In characters.
    pub(super) column: usize,
    pub(super) line: usize,
    /// Characters since the start.
    pub(super) index: usize,
    /// How many bytes there are with the line break that kubectl adds.
    end: usize,
}

impl<'t> Cursor<'t> {
    /// At an offset, which is taken for the beginning of a line.
    pub(super) fn new(text: &'t str, at: usize) -> Self {
        let bytes = text.as_bytes();
        let end = bytes.len() + usize::from(bytes.last().is_some_and(|&b| b != b'\n'));
        Self { bytes, at, column: 0, line: 0, index: 0, end }
    }

    #[inline]
    pub(super) fn byte(&self) -> u8 {
        self.ahead(0)
    }

    /// The byte some bytes further on.
    #[inline]
    pub(super) fn ahead(&self, n: usize) -> u8 {
        let at = self.at + n;
        match self.bytes.get(at) {
            Some(&byte) => byte,
            None if at < self.end => b'\n',
            None => 0,
        }
    }

    pub(super) fn is_end(&self) -> bool {
        self.at >= self.end
    }

    pub(super) fn is_blank(&self) -> bool {
        matches!(self.byte(), b' ' | b'\t')
    }

    /// Bytes of the line break that stands some bytes further on; 0 if there is none. kubectl takes the CR before an LF
    /// off each line before it reads, so CR CR LF is one line break too.
    #[inline]
    pub(super) fn break_len(&self, n: usize) -> usize {
        match self.ahead(n) {
            b' '..=b'~' => 0,
            b'\n' => 1,
            b'\r' => match (self.ahead(n + 1), self.ahead(n + 2)) {
                (b'\n', _) => 2,
                // But for the LF that kubectl adds itself.
                (b'\r', b'\n') if self.at + n + 2 < self.bytes.len() => 3,
                _ => 1,
            },
            0xc2 if self.ahead(n + 1) == 0x85 => 2,
            0xe2 if self.ahead(n + 1) == 0x80 && matches!(self.ahead(n + 2), 0xa8 | 0xa9) => 3,
            _ => 0,
        }
    }

    pub(super) fn is_break(&self) -> bool {
        self.break_len(0) > 0
    }

    /// Whether a line break or the end stands here.
    pub(super) fn is_breakz(&self) -> bool {
        self.is_break() || self.is_end()
    }

    /// Whether a blank, a line break or the end stands some bytes further on.
    pub(super) fn is_blankz(&self, n: usize) -> bool {
        matches!(self.ahead(n), b' ' | b'\t' | 0) || self.break_len(n) > 0
    }

    /// Whether `---` or `...` stands here as a marker.
    pub(super) fn is_marker(&self, word: [u8; 3]) -> bool {
        self.column == 0 && word == [self.ahead(0), self.ahead(1), self.ahead(2)] && self.is_blankz(3)
    }

    /// Steps over one character that is no line break.
    pub(super) fn skip(&mut self) {
        let width = match self.byte() {
            0..0x80 => 1,
            0x80..0xe0 => 2,
            0xe0..0xf0 => 3,
            _ => 4,
        };
        self.at += width;
        self.column += 1;
        self.index += 1;
    }

    /// Steps over ASCII characters.
    pub(super) fn skip_ascii(&mut self, n: usize) {
        self.at += n;
        self.column += n;
        self.index += n;
    }

    /// Steps over the characters of ASCII that pass a test, which no line break does.
    #[inline]
    pub(super) fn skip_ascii_while(&mut self, test: impl Fn(u8) -> bool) {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        self.skip_ascii(rest.iter().take_while(|&&byte| test(byte)).count());
    }

    pub(super) fn skip_blanks(&mut self) {
        while self.is_blank() {
            self.skip_ascii(1);
        }
    }

    /// Steps over everything up to the next line break.
    pub(super) fn skip_line_rest(&mut self) {
        loop {
            self.skip_ascii_while(|byte| matches!(byte, b' '..=b'~' | b'\t'));
            if self.is_breakz() {
                return;
            }
            self.skip();
        }
    }

    /// Steps over a line break if one is here; gives what it stands for in a scalar.
    pub(super) fn take_break(&mut self) -> &'static str {
        let len = self.break_len(0);
        let stands_for = match (len, self.byte(), self.ahead(2)) {
            (0, ..) => return "",
            (3, 0xe2, 0xa8) => "\u{2028}",
            (3, 0xe2, _) => "\u{2029}",
            _ => "\n",
        };
        self.at += len;
        self.column = 0;
        self.line += 1;
        self.index += 1;
        stands_for
    }

    /// The offset, never beyond the text.
    pub(super) fn offset(&self) -> usize {
        self.at.min(self.bytes.len())
    }
}

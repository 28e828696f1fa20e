//! Lines of a text as an edit sees them: where they begin and end, how they break, how far they are indented.
//!
//! Takes byte offsets, gives byte offsets. LF, CRLF, a lone CR, U+0085, U+2028 and U+2029 break a line, as in YAML 1.1.

/// What neither begins nor ends anything: blanks and line breaks.
pub(crate) const BLANKS: [char; 4] = [' ', '\t', '\r', '\n'];

/// The line breaks that are no ASCII.
const ODD_BREAKS: [char; 3] = ['\u{85}', '\u{2028}', '\u{2029}'];

/// Whether a text may hold one of them; a line may be very long.
fn may_break(text: &str) -> bool {
    memchr::memchr2(0xc2, 0xe2, text.as_bytes()).is_some()
}

/// A text and its lines; nothing is counted in advance.
#[derive(Clone, Copy)]
pub(crate) struct Geometry<'t> {
    pub(crate) text: &'t str,
}

impl<'t> Geometry<'t> {
    pub(crate) fn bytes(self) -> &'t [u8] {
        self.text.as_bytes()
    }

    /// Whether a blank or a line break stands at an offset.
    pub(crate) fn is_blank(self, at: usize) -> bool {
        matches!(self.bytes().get(at), Some(b' ' | b'\t' | b'\r' | b'\n'))
    }

    /// The offset of the first byte from an offset on that is no blank and no line break.
    pub(crate) fn skip_blanks(self, at: usize) -> usize {
        at + self.bytes()[at..].iter().take_while(|b| matches!(b, b' ' | b'\t' | b'\r' | b'\n')).count()
    }

    /// The same past comments too.
    pub(crate) fn skip_comments(self, at: usize) -> usize {
        let mut at = self.skip_blanks(at);
        while self.bytes().get(at) == Some(&b'#') {
            at = self.skip_blanks(self.line_end(at));
        }
        at
    }

    pub(crate) fn line_start(self, at: usize) -> usize {
        let start = memchr::memrchr2(b'\n', b'\r', &self.bytes()[..at]).map_or(0, |i| i + 1);
        let line = &self.text[start..at];
        let odd = may_break(line).then(|| line.rfind(ODD_BREAKS)).flatten();
        odd.map_or(start, |i| start + i + line[i..].chars().next().map_or(0, char::len_utf8))
    }

    /// Where the line ends, before its break.
    pub(crate) fn line_end(self, at: usize) -> usize {
        let end = memchr::memchr2(b'\n', b'\r', &self.bytes()[at..]).map_or(self.text.len(), |i| at + i);
        let line = &self.text[at..end];
        may_break(line).then(|| line.find(ODD_BREAKS)).flatten().map_or(end, |i| at + i)
    }

    /// Where the next line begins, or the text ends.
    pub(crate) fn next_line(self, at: usize) -> usize {
        let end = self.line_end(at);
        end + self.line_break(end).len()
    }

    /// The offset itself if it begins a line behind another one, else where the next line begins.
    pub(crate) fn after_line(self, at: usize) -> usize {
        if at > 0 && self.line_start(at) == at { at } else { self.next_line(at) }
    }

    /// The start of the first line from an offset on that holds more than blanks.
    pub(crate) fn skip_blank_lines(self, start: usize) -> usize {
        let content = self.skip_blanks(start);
        if content == self.text.len() { content } else { self.line_start(content).max(start) }
    }

    /// The line break at an offset; empty if there is none.
    pub(crate) fn line_break(self, at: usize) -> &'t str {
        let rest = &self.text[at..];
        let breaks = ["\r\n", "\n", "\r", "\u{85}", "\u{2028}", "\u{2029}"];
        breaks.into_iter().find(|b| rest.starts_with(b)).unwrap_or("")
    }

    /// The line break that ends before an offset; empty if there is none.
    pub(crate) fn break_before(self, at: usize) -> &'static str {
        match self.bytes()[..at] {
            [.., b'\r', b'\n'] => "\r\n",
            [.., b'\r'] => "\r",
            [.., b'\n'] => "\n",
            [.., 0xc2, 0x85] => "\u{85}",
            [.., 0xe2, 0x80, 0xa8] => "\u{2028}",
            [.., 0xe2, 0x80, 0xa9] => "\u{2029}",
            _ => "",
        }
    }

    /// The line break that a new line near an offset gets: that of its own line, else that of the line before.
    pub(crate) fn newline(self, at: usize) -> &'t str {
        let own = self.line_break(self.line_end(at));
        let before = self.break_before(self.line_start(at));
        [own, before].into_iter().find(|b| b.is_ascii() && !b.is_empty()).unwrap_or("\n")
    }

    /// Column of an offset, in characters, without a byte order mark.
    pub(crate) fn column(self, at: usize) -> usize {
        self.text[self.line_start(at)..at].chars().filter(|&c| c != '\u{feff}').count()
    }

    /// Whether only spaces stand before an offset on its line.
    pub(crate) fn begins_line(self, at: usize) -> bool {
        self.text[self.line_start(at)..at].bytes().all(|b| b == b' ')
    }

    pub(crate) fn same_line(self, a: usize, b: usize) -> bool {
        self.line_start(a) == self.line_start(b)
    }

    /// The start of the line behind the last one above `at` that holds more than blanks or a comment; `None` if there is
    /// no such line.
    pub(crate) fn behind_content(self, at: usize) -> Option<usize> {
        let mut start = self.line_start(at);
        while start > 0 {
            let above = self.line_start(start - self.break_before(start).len());
            let line = self.text[above..start].trim_start_matches([' ', '\t', '\r', '\n', '\u{feff}']);
            if !line.is_empty() && !line.starts_with('#') {
                return Some(start);
            }
            start = above;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_line_break_breaks_a_line() {
        for newline in ["\n", "\r\n", "\r"] {
            let text = format!("\u{feff}é: b{newline}  c: d{newline}{newline}# e{newline}f");
            let lines = Geometry { text: &text };
            let at = |what: &str| text.find(what).unwrap();
            assert_eq!(lines.line_start(at("d")), at("  c"));
            assert_eq!(lines.line_end(at("c")), at("d") + 1);
            assert_eq!(lines.next_line(at("c")), at("d") + 1 + newline.len());
            assert_eq!(lines.after_line(at("  c")), at("  c"));
            assert_eq!(lines.after_line(0), at("  c"));
            assert_eq!(lines.next_line(at("f")), text.len());
            assert_eq!((lines.newline(0), lines.newline(at("f"))), (newline, newline));
            assert_eq!((lines.column(at("b")), lines.column(at("c"))), (3, 2));
            assert!(lines.begins_line(at("c")) && !lines.begins_line(at("d")));
            assert_eq!(lines.behind_content(at("f")), Some(at("d") + 1 + newline.len()));
            assert_eq!(lines.behind_content(at("c")), Some(at("  c")));
            assert_eq!(lines.behind_content(0), None);
        }
        assert_eq!(Geometry { text: "a" }.newline(0), "\n");
    }
}

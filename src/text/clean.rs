//! The one cleaner: text of the input on its way to a terminal.
//!
//! Takes text, gives text that neither moves the cursor nor reorders a line, whatever a file name or a manifest holds.

use std::borrow::Cow;

/// Control characters become their pictures, and what turns or hides text a replacement character. A line break is one
/// space. Doing it twice changes nothing.
pub(crate) fn clean(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|b| matches!(b, b' '..=b'~')) || !text.contains(acts) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.replace("\r\n", "\n").chars().map(picture).collect())
}

/// Whether a terminal does more with a character than to show it.
pub(crate) fn acts(c: char) -> bool {
    picture(c) != c
}

/// What stands for a character.
fn picture(c: char) -> char {
    match c {
        '\n' | '\r' | '\t' => ' ',
        '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}'),
        '\u{7f}' => '\u{2421}',
        // C1 controls, the soft hyphen, line separators, marks and overrides of the direction, zero width, tags.
        '\u{80}'..='\u{9f}'
        | '\u{ad}'
        | '\u{61c}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}' => '\u{fffd}',
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_acts_reaches_a_terminal() {
        assert!(matches!(clean("plain é 日本"), Cow::Borrowed(_)));
        assert_eq!(clean("a\u{1b}[31m\0\u{7f}\u{9b}b"), "a\u{241b}[31m\u{2400}\u{2421}\u{fffd}b");
        assert_eq!(clean("a\r\nb\tc"), "a b c");
        assert_eq!(clean("\u{202e}x\u{2066}\u{2028}\u{200b}"), "\u{fffd}x\u{fffd}\u{fffd}\u{fffd}");
        assert_eq!(clean(&clean("\u{1b}\u{202e}\n")), clean("\u{1b}\u{202e}\n"));
    }
}

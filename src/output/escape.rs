//! Text of the input on its way out: what a terminal, an XML file, a workflow command or a URI must not see as it is.
//!
//! Takes text, gives text. Never drops a character without a sign of it, but where the format has none.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Text for a terminal: control characters become their pictures, and what turns or hides text a replacement character.
/// So neither a file name nor a manifest can move the cursor or reorder a line. A line break is one space.
pub(crate) fn visible(text: &str) -> Cow<'_, str> {
    if text.chars().all(|c| picture(c) == c) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.replace("\r\n", "\n").chars().map(picture).collect())
}

/// What stands for a character.
fn picture(c: char) -> char {
    match c {
        '\n' | '\r' | '\t' => ' ',
        '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}'),
        '\u{7f}' => '\u{2421}',
        // C1 controls, line separators, marks and overrides of the direction, zero width, tags.
        '\u{80}'..='\u{9f}'
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

/// Text of an XML element or attribute: five characters are escaped, those that XML 1.0 has no form for are dropped.
pub(crate) fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            '\n' => out.push_str("&#10;"),
            '\t' => out.push_str("&#9;"),
            '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}' => {}
            _ => out.push(c),
        }
    }
    out
}

/// The message of a GitHub workflow command (`toCommandValue` of actions/toolkit, `packages/core/src/command.ts`).
pub(crate) fn command_data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property of a GitHub workflow command.
pub(crate) fn command_property(text: &str) -> String {
    command_data(text).replace(':', "%3A").replace(',', "%2C")
}

/// A path as a URI reference: relative if the path is, with `/` on every system.
pub(crate) fn uri(path: &str) -> String {
    let path = slashed(path);
    let path = path.strip_prefix("./").unwrap_or(&path);
    let mut out = String::with_capacity(path.len());
    if path.starts_with('/') {
        out.push_str("file://");
    } else if path.as_bytes().get(1) == Some(&b':') && cfg!(windows) {
        out.push_str("file:///");
    }
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~!$&'()*+,;=@".contains(&byte) {
            out.push(char::from(byte));
        } else {
            write!(out, "%{byte:02X}").expect("impossible: a String takes every text");
        }
    }
    out
}

/// A path with `/` on every system. Elsewhere than on Windows a backslash is a letter.
pub(crate) fn slashed(path: &str) -> Cow<'_, str> {
    if cfg!(windows) { Cow::Owned(path.replace('\\', "/")) } else { Cow::Borrowed(path) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_acts_reaches_a_terminal() {
        assert!(matches!(visible("plain é 日本"), Cow::Borrowed(_)));
        assert_eq!(visible("a\u{1b}[31m\0\u{7f}\u{9b}b"), "a\u{241b}[31m\u{2400}\u{2421}\u{fffd}b");
        assert_eq!(visible("a\r\nb\tc"), "a b c");
        assert_eq!(visible("\u{202e}x\u{2066}\u{2028}\u{200b}"), "\u{fffd}x\u{fffd}\u{fffd}\u{fffd}");
    }

    #[test]
    fn xml_has_no_control_characters() {
        assert_eq!(xml("a<b> & \"c\" 'd'\u{1b}\0\n\u{ffff}é"), "a&lt;b&gt; &amp; &quot;c&quot; &apos;d&apos;&#10;é");
    }

    #[test]
    fn a_workflow_command_stays_one_line() {
        assert_eq!(command_data("100%\r\n::error::x"), "100%25%0D%0A::error::x");
        assert_eq!(command_property("a:b,c%\n::warning"), "a%3Ab%2Cc%25%0A%3A%3Awarning");
    }

    #[test]
    fn paths_become_uris() {
        assert_eq!(uri("./a b/c#d%é.yaml"), "a%20b/c%23d%25%C3%A9.yaml");
        assert_eq!(uri("../x/a:b.yaml"), "../x/a%3Ab.yaml");
        assert_eq!(uri("/tmp/x.yaml"), "file:///tmp/x.yaml");
    }
}

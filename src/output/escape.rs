//! Text of the input in forms that programs read: what an XML file, a workflow command, a URI or JSON must not hold as it is.
//!
//! Takes text, gives text. Never drops a character without a sign of it, but where the format has none.

use crate::text::clean::acts;
use serde::Serialize;
use std::fmt::Write as _;

/// JSON for programs that a terminal can show: what acts there is escaped, which reads the same.
pub(crate) fn json(value: &impl Serialize) -> String {
    let text = serde_json::to_string_pretty(value).expect("impossible: plain data always serialises") + "\n";
    // JSON itself escapes all of ASCII that acts, but for one.
    if text.is_ascii() && !text.contains('\u{7f}') {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c != '\n' && acts(c) {
            c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| out.push_str(&format!("\\u{unit:04x}")));
        } else {
            out.push(c);
        }
    }
    out
}

/// Text of an XML element or attribute: five characters are escaped, and those that act on a terminal; those that XML 1.0
/// has no form for are dropped.
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
            _ if acts(c) => out.push_str(&format!("&#x{:x};", u32::from(c))),
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

/// A path with `/` on every system, without a `./` before it. Elsewhere than on Windows a backslash is a letter.
pub(crate) fn slashed(path: &str) -> String {
    let path = if cfg!(windows) { path.replace('\\', "/") } else { path.to_owned() };
    path.strip_prefix("./").unwrap_or(&path).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_the_same_to_a_program_and_harmless_to_a_terminal() {
        let value = ["a\u{202e}\u{9b}\u{e0041}\u{1b}\n é"];
        let text = json(&value);
        assert!(text.contains(r"a\u202e\u009b\udb40\udc41\u001b\n é"), "{text}");
        assert_eq!(serde_json::from_str::<[String; 1]>(&text).unwrap(), value);
    }

    #[test]
    fn xml_has_no_control_characters() {
        assert_eq!(
            xml("a<b> & \"c\" 'd'\u{1b}\0\n\u{ffff}é\u{202e}"),
            "a&lt;b&gt; &amp; &quot;c&quot; &apos;d&apos;&#10;é&#x202e;"
        );
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

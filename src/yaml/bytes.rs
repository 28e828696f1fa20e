//! What bytes tell at a glance: whether a text is plain enough for the block reader, and where a simple word or value ends.
//!
//! Takes bytes of a text or of a line, gives lengths and answers. Reads nothing: `block` knows what they mean.

/// What of a text needs a second look.
pub(super) struct Bytes {
    pub(super) tabs: bool,
    /// Lines end with CR LF, at least some.
    pub(super) returns: bool,
}

/// `None` if there is another control character than tabs and line breaks, or what YAML calls unprintable.
pub(super) fn look(text: &str) -> Option<Bytes> {
    // Nearly all texts are of letters and line breaks alone, which is seen at once.
    let odd = text.bytes().fold(false, |odd, b| odd | (b < 0x20) & (b != b'\n') | (b >= 0x7f));
    if odd { look_closer(text) } else { Some(Bytes { tabs: false, returns: false }) }
}

fn look_closer(text: &str) -> Option<Bytes> {
    let bytes = text.as_bytes();
    let (mut odd, mut blank, mut high) = (false, false, false);
    for &b in bytes {
        odd |= (b < 0x20) & (b != b'\n') & (b != b'\r') & (b != b'\t') | (b == 0x7f);
        blank |= (b == b'\r') | (b == b'\t');
        high |= b >= 0x80;
    }
    let strange =
        |c: char| matches!(c, '\u{80}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}'..='\u{ffff}');
    if odd || high && text.contains(strange) {
        return None;
    }
    let mut returns = false;
    if blank {
        for at in memchr::memchr_iter(b'\r', bytes) {
            if bytes.get(at + 1) != Some(&b'\n') {
                return None;
            }
            returns = true;
        }
    }
    Some(Bytes { tabs: blank && memchr::memchr(b'\t', bytes).is_some(), returns })
}

/// The characters of most keys.
pub(super) const IN_KEY: [bool; 256] = {
    let mut table = [false; 256];
    let mut b = 0;
    while b < 128 {
        table[b] = (b as u8).is_ascii_alphanumeric() || matches!(b as u8, b'_' | b'.' | b'/' | b'-');
        b += 1;
    }
    table
};

/// Whether a plain scalar cannot begin with it, or only sometimes; also a tab.
pub(super) fn is_indicator(byte: u8) -> bool {
    matches!(
        byte,
        b'-' | b'?' | b':' | b',' | b'[' | b']' | b'{' | b'}' | b'#' | b'&' | b'*' | b'!' | b'|' | b'>' | b'\'' | b'"'
    ) || matches!(byte, b'%' | b'@' | b'`' | b'\t')
}

/// Length of a one-line plain scalar, without the comment behind it; `None` if it is no such scalar.
pub(super) fn plain_len(line: &[u8]) -> Option<usize> {
    let mut len = line.len();
    for i in memchr::memchr2_iter(b'#', b':', line) {
        if line[i] == b'#' && i > 0 && line[i - 1] == b' ' {
            len = i;
            break;
        }
        if line[i] == b':' && matches!(line.get(i + 1), None | Some(b' ')) {
            return None;
        }
    }
    while len > 0 && line[len - 1] == b' ' {
        len -= 1;
    }
    (line[len - 1] != b':').then_some(len)
}

/// Whether nothing but a comment follows a value.
pub(super) fn ends(rest: &[u8]) -> bool {
    let blanks = rest.iter().take_while(|&&b| b == b' ').count();
    blanks == rest.len() || blanks > 0 && rest[blanks] == b'#'
}

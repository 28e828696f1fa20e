//! What bytes tell at a glance: whether a text is plain enough for the block reader, and where a simple word or value ends.
//!
//! Takes bytes of a text or of a line, gives lengths and answers. Reads nothing: `block` knows what they mean.

/// Whether a text has no other control characters than tabs and the breaks of lines, and nothing that YAML calls unprintable.
pub(super) fn is_plain(text: &str) -> bool {
    // Nearly all texts are of letters and line breaks alone, which is seen at once.
    let mut most = 0;
    for &b in text.as_bytes() {
        let b = if b == b'\n' { b' ' } else { b };
        most = most.max(b.wrapping_sub(b' '));
    }
    most <= b'~' - b' ' || is_plain_at_a_closer_look(text)
}

fn is_plain_at_a_closer_look(text: &str) -> bool {
    let bytes = text.as_bytes();
    let (mut odd, mut returns, mut high) = (false, false, false);
    for &b in bytes {
        odd |= (b < 0x20) & (b != b'\n') & (b != b'\r') & (b != b'\t') | (b == 0x7f);
        returns |= b == b'\r';
        high |= b >= 0x80;
    }
    let strange =
        |c: char| matches!(c, '\u{80}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}'..='\u{ffff}');
    !(odd || high && text.contains(strange) || returns && has_lone_return(bytes))
}

/// Whether a carriage return ends a line alone.
pub(super) fn has_lone_return(text: &[u8]) -> bool {
    memchr::memchr_iter(b'\r', text).any(|at| text.get(at + 1) != Some(&b'\n'))
}

/// The first byte at or behind an offset that is marked, or the end; a line break must be. Eight bytes are looked at at once:
/// the lowest mark of a word counts.
#[inline(always)]
fn first(bytes: &[u8], mut at: usize, marks: impl Fn(u64) -> u64) -> usize {
    let mark = |word: [u8; 8]| marks(u64::from_le_bytes(word)).trailing_zeros() as usize / 8;
    while let Some(word) = bytes[at..].first_chunk() {
        match mark(*word) {
            8 => at += 8,
            place => return at + place,
        }
    }
    let rest = &bytes[at..];
    let mut word = [b'\n'; 8];
    word[..rest.len()].copy_from_slice(rest);
    at + mark(word)
}

const ONES: u64 = u64::MAX / 255;

/// Marks the bytes of a word that are lower than some other one, which is at most 128. Behind a mark others may be wrong.
#[inline(always)]
const fn lower(word: u64, than: u8) -> u64 {
    word.wrapping_sub(ONES * than as u64) & !word & (ONES << 7)
}

/// Marks those that are equal to one.
#[inline(always)]
const fn equal(word: u64, byte: u8) -> u64 {
    lower(word ^ (ONES * byte as u64), 1)
}

/// Where something else than spaces stands.
#[inline(always)]
pub(super) fn past_indent(bytes: &[u8], at: usize) -> usize {
    first(bytes, at, |word| word ^ (ONES * b' ' as u64))
}

/// Where a word ends that may be a key: at a colon, a blank or the end of the line.
#[inline(always)]
pub(super) fn word_end(bytes: &[u8], at: usize) -> usize {
    first(bytes, at, |word| lower(word, b' ' + 1) | equal(word, b':'))
}

/// Where a string of JSON has something that does not stand for itself, or ends.
#[inline(always)]
pub(super) fn string_stop(bytes: &[u8], at: usize) -> usize {
    first(bytes, at, |word| lower(word, b' ') | equal(word, b'"') | equal(word, b'\\'))
}

/// Where an unquoted value may end: at the end of the line, a tab, a colon or a `#`.
#[inline(always)]
pub(super) fn plain_stop(bytes: &[u8], at: usize) -> usize {
    first(bytes, at, |word| lower(word, b' ') | equal(word, b':') | equal(word, b'#'))
}

/// The quote that ends the one at an offset, if all between them stands for itself and on one line.
#[inline(always)]
pub(super) fn closing_quote(bytes: &[u8], at: usize) -> Option<usize> {
    let quote = bytes[at];
    let escape = if quote == b'"' { b'\\' } else { quote };
    let end = first(bytes, at + 1, |word| equal(word, quote) | equal(word, escape) | equal(word, b'\n'));
    // Two single ones in a row stand for one.
    (bytes.get(end) == Some(&quote) && bytes.get(end + 1) != Some(&quote)).then_some(end)
}

/// Whether a plain scalar cannot begin with it, or only sometimes; also a tab.
pub(super) fn is_indicator(byte: u8) -> bool {
    matches!(
        byte,
        b'-' | b'?' | b':' | b',' | b'[' | b']' | b'{' | b'}' | b'#' | b'&' | b'*' | b'!' | b'|' | b'>' | b'\'' | b'"'
    ) || matches!(byte, b'%' | b'@' | b'`' | b'\t')
}

/// Whether nothing but a comment follows a value.
pub(super) fn ends(rest: &[u8]) -> bool {
    let blanks = rest.iter().take_while(|&&b| b == b' ').count();
    blanks == rest.len() || blanks > 0 && rest[blanks] == b'#'
}

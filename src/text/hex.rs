//! A SHA-256 digest as text: takes its bytes, gives digits, and back.

/// What stands before the digits of a digest that is no other.
pub(crate) const SHA256: &str = "sha256:";

const DIGITS: [u8; 16] = *b"0123456789abcdef";

/// 64 lower-case hexadecimal digits.
pub(crate) fn digits(digest: &[u8; 32]) -> [u8; 64] {
    let mut out = [0; 64];
    for (two, byte) in out.chunks_exact_mut(2).zip(digest) {
        two.copy_from_slice(&[DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
    }
    out
}

/// The same behind a text.
pub(crate) fn write(digest: &[u8; 32], out: &mut String) {
    out.push_str(std::str::from_utf8(&digits(digest)).expect("impossible: digits are text"));
}

/// The same as a text.
pub(crate) fn text(digest: &[u8; 32]) -> String {
    let mut out = String::with_capacity(64);
    write(digest, &mut out);
    out
}

/// What a byte is worth as a digit; 16 if it is none.
const VALUES: [u8; 256] = {
    let mut out = [16; 256];
    let mut i = 0;
    while i < 16 {
        out[DIGITS[i] as usize] = i as u8;
        i += 1;
    }
    out
};

/// The digest of which some text is the digits.
pub(crate) fn digest(digits: &str) -> Option<[u8; 32]> {
    let digits: &[u8; 64] = digits.as_bytes().try_into().ok()?;
    let (mut out, mut all) = ([0; 32], 0);
    for (two, byte) in digits.chunks_exact(2).zip(&mut out) {
        let (high, low) = (VALUES[usize::from(two[0])], VALUES[usize::from(two[1])]);
        all |= high | low;
        *byte = high << 4 | low;
    }
    (all < 16).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_those_of_the_digest() {
        let bytes: [u8; 32] = std::array::from_fn(|i| (i * 37) as u8);
        let digits = text(&bytes);
        assert_eq!((digits.len(), &digits[..8], digest(&digits)), (64, "00254a6f", Some(bytes)));
        for odd in [digits.to_uppercase(), digits[1..].to_owned(), digits.replace('4', "g"), digits + "0"] {
            assert_eq!(digest(&odd), None, "{odd}");
        }
    }
}

//! The types of unquoted scalars as go-yaml v2, and so kubectl, resolves them (YAML 1.1 without sexagesimals and dates).

use crate::text::base64::decode;
use std::borrow::Cow;

/// The type of a scalar as go-yaml v2, and so kubectl, resolves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    Null,
    Bool,
    Int,
    Float,
    Str,
    /// An unquoted `<<`.
    Merge,
}

/// The type of an unquoted scalar, by the rules of go-yaml v2 `resolve.go` (YAML 1.1 without sexagesimals and dates).
pub(super) fn plain_type(text: &str) -> Type {
    let Some(&first) = text.as_bytes().first() else {
        return Type::Null;
    };
    match first {
        _ if begins_text(text.as_bytes()) => Type::Str,
        b'~' | b'a'..=b'z' | b'A'..=b'Z' => match text {
            _ if is_null(text) => Type::Null,
            _ if truth(text) || falsity(text) => Type::Bool,
            _ => Type::Str,
        },
        b'<' if text == "<<" => Type::Merge,
        b'+' | b'-' | b'0'..=b'9' | b'.' => match number(text) {
            Some(Number::Float(_)) => Type::Float,
            Some(_) => Type::Int,
            None => Type::Str,
        },
        _ => Type::Str,
    }
}

/// Whether a number is written as JSON writes it: in a few decimal digits.
pub(super) fn is_decimal(text: &str) -> bool {
    let (bytes, most) = (text.as_bytes(), 15);
    bytes.len() <= most && (text == "0" || bytes.first() != Some(&b'0')) && bytes.iter().all(u8::is_ascii_digit)
}

/// Whether an unquoted scalar is none.
pub(super) fn is_null(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

/// Whether an unquoted scalar can be nothing but a string, by its first two letters.
#[inline]
pub(super) fn begins_text(bytes: &[u8]) -> bool {
    let Some([first, second]) = bytes.first_chunk() else { return false };
    let may_be_none = matches!(
        (first | 0x20, second | 0x20),
        (b'n', b'o' | b'u') | (b'y', b'e') | (b't', b'r') | (b'f', b'a') | (b'o', b'n' | b'f')
    );
    first.is_ascii_alphabetic() && !may_be_none
}

pub(super) fn truth(text: &str) -> bool {
    matches!(text, "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON")
}

fn falsity(text: &str) -> bool {
    matches!(text, "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF")
}

/// A number as go-yaml resolves it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Number {
    Signed(i64),
    /// Too large for the other.
    Unsigned(u64),
    Float(f64),
}

impl Number {
    pub(super) fn json(self) -> Option<serde_json::Number> {
        match self {
            Self::Signed(n) => Some(n.into()),
            Self::Unsigned(n) => Some(n.into()),
            Self::Float(n) => serde_json::Number::from_f64(n),
        }
    }

    pub(super) fn is_finite(self) -> bool {
        !matches!(self, Self::Float(n) if !n.is_finite())
    }
}

/// Reads an unquoted number: decimal, `0x`, `0b`, `0o` and, as in YAML 1.1, a leading zero for octal; `_` is skipped.
pub(super) fn number(text: &str) -> Option<Number> {
    if let Some(number) = small(text.as_bytes()) {
        return Some(Number::Signed(number));
    }
    match text {
        ".nan" | ".NaN" | ".NAN" => return Some(Number::Float(f64::NAN)),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => return Some(Number::Float(f64::INFINITY)),
        "-.inf" | "-.Inf" | "-.INF" => return Some(Number::Float(f64::NEG_INFINITY)),
        _ => {}
    }
    // Rust reads the numbers of go-yaml's pattern, and `inf` and `nan` besides; what is out of range is text.
    let float = |text: &str| {
        let number = text.parse::<f64>().ok().filter(|n| n.is_finite() && text.bytes().any(|b| b.is_ascii_digit()));
        number.map(Number::Float)
    };
    match text.as_bytes().first()? {
        b'.' => {
            // Go's `strconv.ParseFloat` takes them between digits.
            let digit = |at: Option<&u8>| at.is_some_and(u8::is_ascii_digit);
            let bytes = text.as_bytes();
            let between = |at: usize| at > 0 && digit(bytes.get(at - 1)) && digit(bytes.get(at + 1));
            memchr::memchr_iter(b'_', bytes).all(between).then(|| float(&without_underscores(text)))?
        }
        b'+' | b'-' | b'0'..=b'9' => {
            let plain = without_underscores(text);
            integer(&plain).or_else(|| float(&plain))
        }
        _ => None,
    }
}

/// A decimal number of a few digits: most are.
fn small(digits: &[u8]) -> Option<i64> {
    let is_small = matches!(digits, [b'0'] | [b'1'..=b'9', ..]) && digits.len() < 19;
    let digit = |number: i64, digit: &u8| digit.is_ascii_digit().then(|| number * 10 + i64::from(digit - b'0'));
    is_small.then(|| digits.iter().try_fold(0, digit)).flatten()
}

fn without_underscores(text: &str) -> Cow<'_, str> {
    if text.contains('_') { text.replace('_', "").into() } else { text.into() }
}

/// An integer as Go's `strconv.ParseInt` and `ParseUint` read it with base 0, and go-yaml's own reading of `0b`.
fn integer(plain: &str) -> Option<Number> {
    let (sign, digits) = match plain.as_bytes()[0] {
        b'+' | b'-' => plain.split_at(1),
        _ => ("", plain),
    };
    let (radix, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', _, ..] => (16, &digits[2..]),
        [b'0', b'b', b'+' | b'-', ..] if sign.is_empty() => {
            return i64::from_str_radix(&digits[2..], 2).ok().map(Number::Signed);
        }
        [b'0', b'b' | b'B', _, ..] => (2, &digits[2..]),
        [b'0', b'o' | b'O', _, ..] => (8, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        _ => (10, digits),
    };
    if !digits.as_bytes().first()?.is_ascii_alphanumeric() {
        return None;
    }
    let size = u64::from_str_radix(digits, radix).ok()?;
    match (sign, i64::try_from(size)) {
        ("-", _) => 0_i64.checked_sub_unsigned(size).map(Number::Signed),
        (_, Ok(number)) => Some(Number::Signed(number)),
        ("", Err(_)) => Some(Number::Unsigned(size)),
        _ => None,
    }
}

/// The text that `!!binary` stands for, as JSON carries it: each byte that is no UTF-8 as U+FFFD. `None` if it is no base64.
pub(super) fn binary(text: &str) -> Option<String> {
    let bytes = decode(text)?;
    let mut out = String::new();
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        out.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
    Some(out)
}

/// Whether kubectl reads an unquoted word as a string; else it must be quoted to be one.
pub(crate) fn is_plain_string(text: &str) -> bool {
    plain_type(text) == Type::Str
}

/// A number as sigs.k8s.io/yaml writes it as a key: a float by Go's `strconv.FormatFloat(f, 'g', -1, 32)`.
pub(super) fn number_key(number: Number) -> String {
    let float = match number {
        Number::Signed(n) => return n.to_string(),
        Number::Unsigned(n) => return n.to_string(),
        Number::Float(n) => n as f32,
    };
    if float.is_nan() {
        return ".nan".into();
    }
    if float.is_infinite() {
        return if float > 0.0 { ".inf" } else { "-.inf" }.into();
    }
    let shortest = format!("{float:e}");
    let (digits, exponent) = shortest.split_once('e').unwrap_or((&shortest, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-4..6).contains(&exponent) {
        return float.to_string();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars_have_the_types_of_go_yaml() {
        for (text, expected) in [
            ("", Type::Null),
            ("~", Type::Null),
            ("Null", Type::Null),
            ("yes", Type::Bool),
            ("N", Type::Bool),
            ("On", Type::Bool),
            ("0644", Type::Int),
            ("0x1F", Type::Int),
            ("1_000", Type::Int),
            ("-0", Type::Int),
            ("09", Type::Float),
            ("12345e67", Type::Float),
            ("1.", Type::Float),
            (".5", Type::Float),
            ("-.inf", Type::Float),
            (".nan", Type::Float),
            (".", Type::Str),
            ("1:30", Type::Str),
            ("2001-01-01", Type::Str),
            ("<<", Type::Merge),
            ("nil", Type::Str),
            ("-", Type::Str),
            ("0x", Type::Str),
            ("0b2", Type::Str),
        ] {
            assert_eq!(plain_type(text), expected, "{text:?}");
        }
        let words = "n no off false y yes on true null".split(' ');
        for word in words.flat_map(|w| [w.to_owned(), w.to_uppercase(), w[..1].to_uppercase() + &w[1..]]) {
            let expected = if word.eq_ignore_ascii_case("null") { Type::Null } else { Type::Bool };
            assert_eq!((plain_type(&word), plain_type(&format!("{word}a"))), (expected, Type::Str), "{word}");
        }
    }
}

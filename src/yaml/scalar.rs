//! The types of unquoted scalars as go-yaml v2, and so kubectl, resolves them (YAML 1.1 without sexagesimals and dates).

/// The type of a scalar as go-yaml v2, and so kubectl, resolves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    Null,
    Bool,
    Int,
    Float,
    Str,
    Binary,
    /// An unquoted `<<`.
    Merge,
}

/// The type of an unquoted scalar, by the rules of go-yaml v2 `resolve.go` (YAML 1.1 without sexagesimals and dates).
pub(super) fn plain_type(text: &str) -> Type {
    let Some(&first) = text.as_bytes().first() else {
        return Type::Null;
    };
    match first {
        b'~' | b'n' | b'N' | b'y' | b'Y' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' => match text {
            "~" | "null" | "Null" | "NULL" => Type::Null,
            _ if truth(text) || falsity(text) => Type::Bool,
            _ => Type::Str,
        },
        b'<' if text == "<<" => Type::Merge,
        b'+' | b'-' | b'0'..=b'9' | b'.' => number_type(text),
        _ => Type::Str,
    }
}

pub(super) fn truth(text: &str) -> bool {
    matches!(text, "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON")
}

fn falsity(text: &str) -> bool {
    matches!(text, "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF")
}

fn number_type(text: &str) -> Type {
    if matches!(text.trim_start_matches(['+', '-']), ".inf" | ".Inf" | ".INF")
        || matches!(text, ".nan" | ".NaN" | ".NAN")
    {
        return Type::Float;
    }
    if integer(text).is_some() {
        return Type::Int;
    }
    // Rust reads the numbers of go-yaml's pattern, and `inf` and `nan` besides.
    let plain = text.replace('_', "");
    let float = plain.contains(|c: char| c.is_ascii_digit()) && plain.parse::<f64>().is_ok();
    if float { Type::Float } else { Type::Str }
}

/// An unquoted integer: decimal, `0x`, `0b`, `0o` and, as in YAML 1.1, a leading zero for octal; `_` is skipped.
pub(super) fn integer(text: &str) -> Option<i128> {
    if text.len() > 40 {
        return None;
    }
    let plain = text.replace('_', "");
    let digits = plain.strip_prefix(['+', '-']).unwrap_or(&plain);
    let (radix, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &digits[2..]),
        [b'0', b'b' | b'B', ..] => (2, &digits[2..]),
        [b'0', b'o' | b'O', ..] => (8, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        _ => (10, digits),
    };
    if !digits.as_bytes().first()?.is_ascii_alphanumeric() {
        return None;
    }
    let value = i128::from_str_radix(digits, radix).ok()?;
    Some(if plain.starts_with('-') { -value } else { value })
}

/// Whether kubectl reads an unquoted word as a string; else it must be quoted to be one.
pub(crate) fn is_plain_string(text: &str) -> bool {
    plain_type(text) == Type::Str
}

/// A float as sigs.k8s.io/yaml writes it as a key: Go's `strconv.FormatFloat(f, 'g', -1, 32)`.
pub(super) fn float_key(text: &str) -> Option<String> {
    let plain = text.replace('_', "");
    let lower = plain.trim_start_matches(['+', '-']).to_ascii_lowercase();
    if lower == ".inf" || lower == ".nan" {
        let sign = if plain.starts_with('-') { "-" } else { "" };
        return Some(format!("{sign}{lower}"));
    }
    let number = plain.parse::<f64>().ok()? as f32;
    let shortest = format!("{number:e}");
    let (digits, exponent) = shortest.split_once('e')?;
    let exponent: i32 = exponent.parse().ok()?;
    if (-4..6).contains(&exponent) {
        return Some(number.to_string());
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    Some(format!("{digits}e{sign}{:02}", exponent.abs()))
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
    }
}

//! Label selectors: the grammar of `kubectl -l`, and which labels they hold for. Also the syntax of keys and names.
//!
//! Takes the text of a selector; gives requirements, or what was expected in it. Knows no object but its labels.

use regex::{Matches, Regex};
use std::iter::Peekable;
use std::sync::LazyLock;

/// One requirement of a label selector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    pub key: String,
    pub test: Test,
    /// It must not be so: another value will do, and so will no such label.
    pub negated: bool,
}

/// What a label must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Test {
    Any,
    OneOf(Vec<String>),
    Above(i64),
    Below(i64),
}

impl Test {
    fn holds(&self, value: &str) -> bool {
        // As Go's `strconv.ParseInt`: a sign may stand before the digits.
        let number = || value.parse::<i64>().ok();
        match self {
            Self::Any => true,
            Self::OneOf(values) => values.iter().any(|v| v == value),
            Self::Above(bound) => number().is_some_and(|number| number > *bound),
            Self::Below(bound) => number().is_some_and(|number| number < *bound),
        }
    }
}

impl Requirement {
    /// As `Requirement.Matches` of k8s.io/apimachinery.
    pub fn matches(&self, labels: &[(String, String)]) -> bool {
        // As everywhere in Kubernetes, the last one of two equal keys counts.
        let label = labels.iter().rfind(|(key, _)| *key == self.key);
        label.is_some_and(|(_, value)| self.test.holds(value)) != self.negated
    }
}

/// Parses a label selector in the syntax of `kubectl -l`: the grammar of `labels.Parse` of k8s.io/apimachinery.
pub fn parse_labels(text: &str) -> Result<Vec<Requirement>, String> {
    let mut tokens = Tokens(TOKEN.find_iter(text).peekable());
    let mut requirements = Vec::new();
    if tokens.peek().is_empty() {
        return Ok(requirements);
    }
    loop {
        requirements.push(requirement(&mut tokens)?);
        match tokens.next() {
            "" => return Ok(requirements),
            "," => {}
            other => return Err(expected("`,` or the end", other)),
        }
    }
}

fn requirement(tokens: &mut Tokens) -> Result<Requirement, String> {
    let negated = tokens.0.next_if(|token| token.as_str() == "!").is_some();
    let key = match tokens.next() {
        word if is_word(word) => word,
        other => return Err(expected("a label key", other)),
    };
    check_key(key)?;
    let key = key.to_owned();
    // What follows `!key` is refused by the caller, as Kubernetes does.
    if negated || matches!(tokens.peek(), "" | ",") {
        return Ok(Requirement { key, test: Test::Any, negated });
    }
    let operator = tokens.next();
    let test = match operator {
        "=" | "==" | "!=" => Test::OneOf(vec![value(tokens)?]),
        "in" | "notin" => Test::OneOf(values(tokens)?),
        ">" => Test::Above(number(tokens)?),
        "<" => Test::Below(number(tokens)?),
        other => return Err(expected("`=`, `==`, `!=`, `in`, `notin`, `>` or `<`", other)),
    };
    Ok(Requirement { key, test, negated: matches!(operator, "!=" | "notin") })
}

/// The value after `>` or `<`.
fn number(tokens: &mut Tokens) -> Result<i64, String> {
    let value = value(tokens)?;
    value.parse().map_err(|_| expected("an integer", &value))
}

/// The value after `=`; nothing at all is the empty value.
fn value(tokens: &mut Tokens) -> Result<String, String> {
    match tokens.peek() {
        "" | "," => Ok(String::new()),
        word if is_word(word) => {
            tokens.next();
            check_value(word)
        }
        other => Err(expected("a label value", other)),
    }
}

/// `(x, y)`; an item may be empty, and so may the list, which then holds the empty value.
fn values(tokens: &mut Tokens) -> Result<Vec<String>, String> {
    let open = tokens.next();
    if open != "(" {
        return Err(expected("`(`", open));
    }
    let mut values = Vec::new();
    loop {
        let item = if is_word(tokens.peek()) { tokens.next() } else { "" };
        values.push(check_value(item)?);
        match tokens.next() {
            "," => {}
            ")" => return Ok(values),
            other => return Err(expected("`,` or `)`", other)),
        }
    }
}

fn expected(what: &str, found: &str) -> String {
    let found = match found {
        "" => "the end".to_owned(),
        text => format!("`{}`", text.escape_debug()),
    };
    format!("label selector: expected {what}, found {found}")
}

/// The words and operators of a label selector.
static TOKEN: LazyLock<Regex> = LazyLock::new(|| {
    let token = Regex::new(r"==|!=|[=!(),<>]|[^=!(),<>\t\r\n ]+");
    token.expect("impossible: a pattern without a fault")
});

/// The end is an empty token.
struct Tokens<'a>(Peekable<Matches<'static, 'a>>);

impl<'a> Tokens<'a> {
    fn peek(&mut self) -> &'a str {
        self.0.peek().map_or("", |token| token.as_str())
    }

    fn next(&mut self) -> &'a str {
        self.0.next().map_or("", |token| token.as_str())
    }
}

fn is_word(token: &str) -> bool {
    !token.is_empty() && !token.starts_with(['=', '!', '(', ')', ',', '>', '<'])
}

/// Whether a label or annotation key is a qualified name of Kubernetes: `name` or `dns.prefix/name`.
pub(crate) fn check_key(key: &str) -> Result<(), String> {
    let (prefix, name) = key.split_once('/').map_or((None, key), |(prefix, name)| (Some(prefix), name));
    let no_key = |why: &str| Err(format!("`{}` is no valid key: {why}", key.escape_debug()));
    if prefix.is_some_and(|p| !is_subdomain(p)) {
        return no_key("the part before `/` must be a DNS name in lower case, like `example.com`");
    }
    if !is_name(name) {
        return no_key(
            "a name has 1 to 63 letters, digits, `-`, `_` or `.`, and begins and ends with a letter or digit",
        );
    }
    Ok(())
}

fn check_value(value: &str) -> Result<String, String> {
    if value.is_empty() || is_name(value) {
        return Ok(value.to_owned());
    }
    Err(format!(
        "`{}` is no valid label value: it has at most 63 letters, digits, `-`, `_` or `.`, and begins and ends with a letter or digit",
        value.escape_debug()
    ))
}

fn is_name(text: &str) -> bool {
    let inner = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    text.len() <= 63 && text.bytes().all(inner) && has_alphanumeric_ends(text)
}

fn is_subdomain(text: &str) -> bool {
    text.len() <= 253 && text.split('.').all(is_dns_label)
}

/// Whether a text is a DNS label but for its length.
pub(crate) fn is_dns_label(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') && has_alphanumeric_ends(text)
}

fn has_alphanumeric_ends(text: &str) -> bool {
    let ends = |b: Option<&u8>| b.is_some_and(u8::is_ascii_alphanumeric);
    ends(text.as_bytes().first()) && ends(text.as_bytes().last())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The test of a requirement, and whether it is negated.
    type Operator = (Test, bool);

    const EXISTS: Operator = (Test::Any, false);
    const DOES_NOT_EXIST: Operator = (Test::Any, true);

    fn is_in(values: &[&str]) -> Operator {
        (Test::OneOf(values.iter().map(|&v| v.to_owned()).collect()), false)
    }

    fn not_in(values: &[&str]) -> Operator {
        (is_in(values).0, true)
    }

    #[test]
    fn label_selectors_parse_as_in_kubernetes() {
        let cases: &[(&str, &[(&str, Operator)])] = &[
            ("", &[]),
            (" ", &[]),
            ("a", &[("a", EXISTS)]),
            ("!a", &[("a", DOES_NOT_EXIST)]),
            (" ! a ", &[("a", DOES_NOT_EXIST)]),
            ("a=b", &[("a", is_in(&["b"]))]),
            ("a==b", &[("a", is_in(&["b"]))]),
            (" a\t== b ", &[("a", is_in(&["b"]))]),
            ("a!=b", &[("a", not_in(&["b"]))]),
            ("a=", &[("a", is_in(&[""]))]),
            ("a=,b", &[("a", is_in(&[""])), ("b", EXISTS)]),
            ("a!=", &[("a", not_in(&[""]))]),
            ("a in (x,y)", &[("a", is_in(&["x", "y"]))]),
            ("a in(x)", &[("a", is_in(&["x"]))]),
            ("a in ( x , y )", &[("a", is_in(&["x", "y"]))]),
            ("a in ()", &[("a", is_in(&[""]))]),
            ("a in (,x)", &[("a", is_in(&["", "x"]))]),
            ("a notin (x,)", &[("a", not_in(&["x", ""]))]),
            ("a>1,b< 007", &[("a", (Test::Above(1), false)), ("b", (Test::Below(7), false))]),
            // `in` and `notin` are words like any other where no operator can stand.
            ("in in (in)", &[("in", is_in(&["in"]))]),
            ("notin=in", &[("notin", is_in(&["in"]))]),
            (
                "app.kubernetes.io/name=web,tier notin (a, b),!x",
                &[("app.kubernetes.io/name", is_in(&["web"])), ("tier", not_in(&["a", "b"])), ("x", DOES_NOT_EXIST)],
            ),
        ];
        for (text, wanted) in cases {
            let wanted =
                wanted.iter().cloned().map(|(key, (test, negated))| Requirement { key: key.to_owned(), test, negated });
            assert_eq!(parse_labels(text), Ok(wanted.collect()), "{text:?}");
        }
    }

    #[test]
    fn bad_label_selectors_say_what_was_expected() {
        let name = "a name has 1 to 63 letters, digits, `-`, `_` or `.`, and begins and ends with a letter or digit";
        let cases = [
            (",", "label selector: expected a label key, found `,`".to_owned()),
            ("a,", "label selector: expected a label key, found the end".to_owned()),
            ("a,,b", "label selector: expected a label key, found `,`".to_owned()),
            ("!", "label selector: expected a label key, found the end".to_owned()),
            ("!a=b", "label selector: expected `,` or the end, found `=`".to_owned()),
            ("a b", "label selector: expected `=`, `==`, `!=`, `in`, `notin`, `>` or `<`, found `b`".to_owned()),
            ("a>x", "label selector: expected an integer, found `x`".to_owned()),
            ("a<", "label selector: expected an integer, found the end".to_owned()),
            ("a=b c", "label selector: expected `,` or the end, found `c`".to_owned()),
            ("a=(b)", "label selector: expected a label value, found `(`".to_owned()),
            ("a=!b", "label selector: expected a label value, found `!`".to_owned()),
            ("a===b", "label selector: expected a label value, found `=`".to_owned()),
            ("a in x", "label selector: expected `(`, found `x`".to_owned()),
            ("a in (x", "label selector: expected `,` or `)`, found the end".to_owned()),
            ("a in (x y)", "label selector: expected `,` or `)`, found `y`".to_owned()),
            ("-a", format!("`-a` is no valid key: {name}")),
            ("a/b/c", format!("`a/b/c` is no valid key: {name}")),
            ("a/", format!("`a/` is no valid key: {name}")),
            (
                "Ex.com/a",
                "`Ex.com/a` is no valid key: the part before `/` must be a DNS name in lower case, like `example.com`".to_owned(),
            ),
            (
                "a=b/c",
                "`b/c` is no valid label value: it has at most 63 letters, digits, `-`, `_` or `.`, and begins and ends with a letter or digit".to_owned(),
            ),
        ];
        for (text, message) in cases {
            assert_eq!(parse_labels(text), Err(message), "{text:?}");
        }
    }

    #[test]
    fn requirements_hold_as_in_kubernetes() {
        let labels = [("a", "x"), ("e", ""), ("n", "07")].map(|(key, value)| (key.to_owned(), value.to_owned()));
        let cases = [
            ("a", true),
            ("b", false),
            ("!a", false),
            ("!b", true),
            ("a=x", true),
            ("a=y", false),
            ("b=x", false),
            ("a!=x", false),
            ("a!=y", true),
            ("b!=x", true),
            ("a in (x,y)", true),
            ("b in (x,y)", false),
            ("a notin (x,y)", false),
            ("b notin (x,y)", true),
            ("e=", true),
            ("b=", false),
            ("n>6", true),
            ("n>7", false),
            ("n<8", true),
            ("n<7", false),
            ("a>1", false),
            ("b<1", false),
        ];
        for (text, holds) in cases {
            assert!(parse_labels(text).unwrap().iter().all(|r| r.matches(&labels)) == holds, "{text}");
        }
    }
}

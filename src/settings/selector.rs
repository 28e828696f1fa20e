//! Selectors: which objects a rule of the settings is about.
//!
//! Takes the words of a rule (globs, a Kubernetes label selector) and an object's names and labels; gives yes or no.
//! Never looks at an object's content.

use crate::kube::config_kind::ConfigKind;
use glob::Pattern;

/// Words that pick objects; all given ones must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selector {
    pub group: Option<Pattern>,
    pub kind: Option<Pattern>,
    pub name: Option<Pattern>,
    pub namespace: Option<Pattern>,
    pub labels: Vec<Requirement>,
}

/// One requirement of a label selector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    pub key: String,
    pub operator: Operator,
}

/// What a [`Requirement`] demands of the label's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operator {
    In(Vec<String>),
    /// Holds for an object without the label too.
    NotIn(Vec<String>),
    Exists,
    DoesNotExist,
}

/// Includes and excludes; an empty `include` filters nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    pub include: Vec<Selector>,
    pub exclude: Vec<Selector>,
}

/// What a selector looks at of one object.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// Empty for the core group.
    pub group: &'a str,
    pub kind: &'a str,
    pub name: &'a str,
    pub namespace: &'a str,
    pub labels: &'a [(String, String)],
}

impl<'a> Subject<'a> {
    /// A config that is not in the set, of which nothing but its name is known.
    pub(crate) fn absent(kind: ConfigKind, namespace: &'a str, name: &'a str) -> Self {
        Self { group: kind.row().group, kind: kind.as_str(), name, namespace, labels: &[] }
    }
}

impl Selector {
    /// Whether all given words hold for the object.
    pub fn matches(&self, subject: &Subject) -> bool {
        self.matches_names(subject) && self.labels.iter().all(|r| r.matches(subject.labels))
    }

    /// The same without the labels.
    fn matches_names(&self, subject: &Subject) -> bool {
        let holds = |glob: &Option<Pattern>, text: &str| glob.as_ref().is_none_or(|g| g.matches(text));
        holds(&self.group, subject.group)
            && holds(&self.kind, subject.kind)
            && holds(&self.name, subject.name)
            && holds(&self.namespace, subject.namespace)
    }

    /// The selector of a flag's word, `KIND` or `KIND/NAME`, both globs.
    pub fn from_word(word: &str) -> Result<Self, String> {
        let (kind, name) = match word.split_once('/') {
            Some((kind, name)) => (kind, Some(name)),
            None => (word, None),
        };
        Ok(Self { kind: Some(parse_kind(kind)?), name: name.map(parse_name).transpose()?, ..Self::default() })
    }
}

impl Requirement {
    /// As `Requirement.Matches` of k8s.io/apimachinery.
    fn matches(&self, labels: &[(String, String)]) -> bool {
        // As everywhere in Kubernetes, the last one of two equal keys counts.
        let value = labels.iter().rfind(|(key, _)| *key == self.key).map(|(_, value)| value);
        match &self.operator {
            Operator::In(values) => value.is_some_and(|v| values.contains(v)),
            Operator::NotIn(values) => value.is_none_or(|v| !values.contains(v)),
            Operator::Exists => value.is_some(),
            Operator::DoesNotExist => value.is_none(),
        }
    }
}

impl Filter {
    /// Whether the object is included and not excluded.
    pub fn admits(&self, subject: &Subject) -> bool {
        (self.include.is_empty() || self.include.iter().any(|s| s.matches(subject)))
            && !self.exclude.iter().any(|s| s.matches(subject))
    }

    /// Whether an object that is not in the set would be admitted. Its labels are unknown, so none of them keeps it out:
    /// a missing config is reported rather than passed over on a guess.
    pub fn admits_absent(&self, subject: &Subject) -> bool {
        (self.include.is_empty() || self.include.iter().any(|s| s.matches_names(subject)))
            && !self.exclude.iter().any(|s| s.labels.is_empty() && s.matches_names(subject))
    }

    /// Whether any selector looks at labels.
    pub fn uses_labels(&self) -> bool {
        self.include.iter().chain(&self.exclude).any(|s| !s.labels.is_empty())
    }
}

/// A glob, case-sensitive; `*` matches everything, names have no `/`.
pub(crate) fn parse_glob(text: &str) -> Result<Pattern, String> {
    Pattern::new(text).map_err(|e| format!("`{}` is no glob: {}", text.escape_debug(), e.msg))
}

/// A glob of names, which are never empty.
pub(crate) fn parse_name(text: &str) -> Result<Pattern, String> {
    if text.is_empty() {
        return Err("a name is never empty; `*` matches every one".to_owned());
    }
    parse_glob(text)
}

/// A glob of kinds. `cronjob`, as kubectl would take it, matches no kind and would go unnoticed.
pub(crate) fn parse_kind(text: &str) -> Result<Pattern, String> {
    if text.is_empty() || text.starts_with(|c: char| c.is_ascii_lowercase()) {
        return Err(format!(
            "`{}` is no kind; kinds are written as in a manifest, like `CronJob`",
            text.escape_debug()
        ));
    }
    parse_glob(text)
}

/// Parses a label selector in the syntax of `kubectl -l`: the grammar of `labels.Parse` of k8s.io/apimachinery, without
/// its `>` and `<`.
pub fn parse_labels(text: &str) -> Result<Vec<Requirement>, String> {
    let mut tokens = Tokens { rest: text };
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
    let negated = tokens.eat("!");
    let key = match tokens.next() {
        word if is_word(word) => word,
        other => return Err(expected("a label key", other)),
    };
    check_key(key)?;
    let operator = match tokens.peek() {
        // What follows `!key` is refused by the caller, as Kubernetes does.
        _ if negated => Operator::DoesNotExist,
        "" | "," => Operator::Exists,
        _ => comparison(tokens)?,
    };
    Ok(Requirement { key: key.to_owned(), operator })
}

fn comparison(tokens: &mut Tokens) -> Result<Operator, String> {
    Ok(match tokens.next() {
        "=" | "==" => Operator::In(vec![value(tokens)?]),
        "!=" => Operator::NotIn(vec![value(tokens)?]),
        "in" => Operator::In(values(tokens)?),
        "notin" => Operator::NotIn(values(tokens)?),
        other => return Err(expected("`=`, `==`, `!=`, `in` or `notin`", other)),
    })
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

/// The words and operators of a label selector; the end is an empty token.
struct Tokens<'a> {
    rest: &'a str,
}

const SYMBOLS: [char; 7] = ['=', '!', '(', ')', ',', '>', '<'];
const BLANKS: [char; 4] = [' ', '\t', '\r', '\n'];

fn is_word(token: &str) -> bool {
    !token.is_empty() && !token.starts_with(SYMBOLS)
}

impl<'a> Tokens<'a> {
    fn peek(&self) -> &'a str {
        let rest = self.rest.trim_start_matches(BLANKS);
        let end = match rest.chars().next() {
            None => 0,
            Some(_) if rest.starts_with("==") || rest.starts_with("!=") => 2,
            Some(c) if SYMBOLS.contains(&c) => 1,
            Some(_) => rest.find(|c| SYMBOLS.contains(&c) || BLANKS.contains(&c)).unwrap_or(rest.len()),
        };
        &rest[..end]
    }

    fn next(&mut self) -> &'a str {
        let token = self.peek();
        self.rest = &self.rest.trim_start_matches(BLANKS)[token.len()..];
        token
    }

    fn eat(&mut self, token: &str) -> bool {
        let found = self.peek() == token;
        if found {
            self.next();
        }
        found
    }
}

/// Whether a label or annotation key is a qualified name of Kubernetes: `name` or `dns.prefix/name`.
pub(crate) fn check_key(key: &str) -> Result<(), String> {
    let (prefix, name) = match key.split_once('/') {
        Some((prefix, name)) => (Some(prefix), name),
        None => (None, key),
    };
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

    fn is_in(values: &[&str]) -> Operator {
        Operator::In(values.iter().map(|&v| v.to_owned()).collect())
    }

    fn not_in(values: &[&str]) -> Operator {
        Operator::NotIn(values.iter().map(|&v| v.to_owned()).collect())
    }

    #[test]
    fn label_selectors_parse_as_in_kubernetes() {
        let cases: &[(&str, &[(&str, Operator)])] = &[
            ("", &[]),
            (" ", &[]),
            ("a", &[("a", Operator::Exists)]),
            ("!a", &[("a", Operator::DoesNotExist)]),
            (" ! a ", &[("a", Operator::DoesNotExist)]),
            ("a=b", &[("a", is_in(&["b"]))]),
            ("a==b", &[("a", is_in(&["b"]))]),
            (" a\t== b ", &[("a", is_in(&["b"]))]),
            ("a!=b", &[("a", not_in(&["b"]))]),
            ("a=", &[("a", is_in(&[""]))]),
            ("a=,b", &[("a", is_in(&[""])), ("b", Operator::Exists)]),
            ("a!=", &[("a", not_in(&[""]))]),
            ("a in (x,y)", &[("a", is_in(&["x", "y"]))]),
            ("a in(x)", &[("a", is_in(&["x"]))]),
            ("a in ( x , y )", &[("a", is_in(&["x", "y"]))]),
            ("a in ()", &[("a", is_in(&[""]))]),
            ("a in (,x)", &[("a", is_in(&["", "x"]))]),
            ("a notin (x,)", &[("a", not_in(&["x", ""]))]),
            // `in` and `notin` are words like any other where no operator can stand.
            ("in in (in)", &[("in", is_in(&["in"]))]),
            ("notin=in", &[("notin", is_in(&["in"]))]),
            (
                "app.kubernetes.io/name=web,tier notin (a, b),!x",
                &[
                    ("app.kubernetes.io/name", is_in(&["web"])),
                    ("tier", not_in(&["a", "b"])),
                    ("x", Operator::DoesNotExist),
                ],
            ),
        ];
        for (text, wanted) in cases {
            let wanted =
                wanted.iter().map(|(key, operator)| Requirement { key: (*key).to_owned(), operator: operator.clone() });
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
            ("a b", "label selector: expected `=`, `==`, `!=`, `in` or `notin`, found `b`".to_owned()),
            ("a>1", "label selector: expected `=`, `==`, `!=`, `in` or `notin`, found `>`".to_owned()),
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
        let labels = [("a".to_owned(), "x".to_owned()), ("e".to_owned(), String::new())];
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
        ];
        for (text, holds) in cases {
            assert!(parse_labels(text).unwrap().iter().all(|r| r.matches(&labels)) == holds, "{text}");
        }
    }

    fn subject<'a>(kind: &'a str, name: &'a str, labels: &'a [(String, String)]) -> Subject<'a> {
        Subject { group: "apps", kind, name, namespace: "shop", labels }
    }

    #[test]
    fn all_given_words_must_hold() {
        let glob = |text: &str| Some(parse_glob(text).unwrap());
        let selector = Selector {
            group: glob("apps"),
            kind: glob("Deploy*"),
            name: glob("legacy-*"),
            namespace: glob("s?op"),
            labels: parse_labels("tier=x").unwrap(),
        };
        let labels = [("tier".to_owned(), "x".to_owned())];
        assert!(selector.matches(&subject("Deployment", "legacy-a.b", &labels)));
        assert!(!selector.matches(&subject("Deployment", "legacy-a.b", &[])));
        assert!(!selector.matches(&subject("deployment", "legacy-a", &labels)));
        assert!(!selector.matches(&subject("Deployment", "new", &labels)));
        assert!(!selector.matches(&Subject { group: "", ..subject("Deployment", "legacy-a", &labels) }));
        assert!(!selector.matches(&Subject { namespace: "stop2", ..subject("Deployment", "legacy-a", &labels) }));
        assert!(Selector::default().matches(&subject("X", "y", &[])));
    }

    #[test]
    fn a_filter_includes_then_excludes() {
        let word = |text: &str| Selector::from_word(text).unwrap();
        let labelled = Selector { labels: parse_labels("random=true").unwrap(), ..word("Secret") };
        let random = [("random".to_owned(), "true".to_owned())];
        let none = Filter::default();
        assert!(
            none.admits(&subject("Secret", "a", &[]))
                && none.admits_absent(&subject("Secret", "a", &[]))
                && !none.uses_labels()
        );

        let filter = Filter {
            include: vec![word("Secret"), word("ConfigMap/app*")],
            exclude: vec![word("Secret/tmp-*"), labelled.clone()],
        };
        assert!(filter.uses_labels());
        for (kind, name, labels, admitted, absent) in [
            ("Secret", "a", &[][..], true, true),
            ("Secret", "a", &random[..], false, true),
            ("Secret", "tmp-1", &[][..], false, false),
            ("ConfigMap", "app", &random[..], true, true),
            ("ConfigMap", "other", &[][..], false, false),
        ] {
            assert_eq!(filter.admits(&subject(kind, name, labels)), admitted, "{kind}/{name}");
            assert_eq!(filter.admits_absent(&subject(kind, name, labels)), absent, "{kind}/{name} absent");
        }

        let only_labelled = Filter { include: vec![labelled], exclude: Vec::new() };
        assert!(!only_labelled.admits(&subject("Secret", "a", &[])));
        assert!(only_labelled.admits_absent(&subject("Secret", "a", &[])));
        assert!(!only_labelled.admits_absent(&subject("ConfigMap", "a", &[])));
    }

    #[test]
    fn bad_words_of_flags_are_refused() {
        for (word, message) in [
            ("", "`` is no kind; kinds are written as in a manifest, like `CronJob`"),
            ("cronjob", "`cronjob` is no kind; kinds are written as in a manifest, like `CronJob`"),
            ("Job/", "a name is never empty; `*` matches every one"),
            ("Job/[a", "`[a` is no glob: invalid range pattern"),
        ] {
            assert_eq!(Selector::from_word(word), Err(message.to_owned()), "{word}");
        }
        assert!(Selector::from_word("*/a").is_ok());
    }
}

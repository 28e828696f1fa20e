//! An entry of a reload list → a regular expression that matches what Go's does (Reloader compiles with `regexp`, RE2).
//!
//! Takes the entry, gives a [`Regex`] or why there is none. Both libraries agree on nearly all syntax; where Rust's reads
//! more into a pattern than Go's, the pattern is refused or rewritten here. Where it reads less (`\Q`, `a{`), Rust's own
//! error stands.

use regex::Regex;

/// Compiles `^entry$`, without a group, as Reloader does (`pkg/common/common.go`).
pub(crate) fn compile(entry: &str) -> Result<Regex, String> {
    let pattern = go(entry)?;
    Regex::new(&format!("^{pattern}$")).map_err(|error| reason(&error))
}

/// The last line of a regex error says what is wrong; the lines before draw a picture.
fn reason(error: &regex::Error) -> String {
    let text = error.to_string();
    let last = text.lines().last().unwrap_or_default().trim();
    last.strip_prefix("error: ").unwrap_or(last).to_owned()
}

/// The pattern in Rust's words.
fn go(entry: &str) -> Result<String, String> {
    let mut out = String::with_capacity(entry.len());
    let mut rest = entry.chars().peekable();
    // The repetition that has just been read, and whether a `?` may still make it lazy.
    let mut repeated = false;
    let mut lazy = false;
    while let Some(c) = rest.next() {
        let repeats = matches!(c, '*' | '+' | '?') || c == '{' && repetition(rest.clone());
        if repeats && repeated {
            if c != '?' || lazy {
                return Err("a repetition of a repetition".to_owned());
            }
            lazy = true;
            out.push(c);
            continue;
        }
        (repeated, lazy) = (repeats, false);
        out.push(c);
        match c {
            '\\' => match rest.next() {
                Some(c @ ('u' | 'U')) => return Err(format!("`\\{c}` is no escape")),
                // A literal in Go, the edge of a word in Rust.
                Some(c @ ('<' | '>')) => {
                    out.pop();
                    out.push(c);
                }
                next => out.extend(next),
            },
            '{' if repeats => {
                for c in rest.by_ref() {
                    out.push(c);
                    if c == '}' {
                        break;
                    }
                }
            }
            '(' if rest.peek() == Some(&'?') => {
                let flags: String = rest.clone().skip(1).take_while(|c| c.is_alphabetic()).collect();
                if flags.contains(['x', 'u', 'R']) {
                    return Err(format!("unknown flags `{flags}`"));
                }
                out.extend(rest.next());
            }
            '[' => class(&mut rest, &mut out),
            _ => {}
        }
    }
    Ok(out)
}

/// Whether what follows a `{` makes it a repetition: `2}`, `2,}` or `2,3}`. Else it is a literal in Go.
fn repetition(rest: impl Iterator<Item = char>) -> bool {
    let inside: String = rest.take_while(|c| matches!(c, '0'..='9' | ',' | '}')).collect();
    inside.split_once('}').is_some_and(|(bounds, _)| bounds.starts_with(|c: char| c.is_ascii_digit()))
}

/// What follows `[`, up to its `]`. In Rust a class can hold classes and set operators (`&&`, `--`, `~~`), in Go it cannot.
fn class(rest: &mut std::iter::Peekable<std::str::Chars<'_>>, out: &mut String) {
    out.extend(rest.next_if_eq(&'^'));
    if rest.next_if_eq(&']').is_some() {
        out.push_str("\\]");
    }
    let mut last = '[';
    while let Some(c) = rest.next() {
        match c {
            ']' => {
                out.push(c);
                return;
            }
            '\\' => {
                out.push(c);
                out.extend(rest.next());
                last = 'a';
                continue;
            }
            // `[:alpha:]` is known to both.
            '[' if rest.peek() == Some(&':') => {
                out.push(c);
                for c in rest.by_ref() {
                    out.push(c);
                    if c == ']' {
                        break;
                    }
                }
                last = 'a';
                continue;
            }
            '[' | '&' | '~' => out.extend(['\\', c]),
            '-' if last == '-' => out.push_str("\\-"),
            _ => out.push(c),
        }
        last = c;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 9] = ["app-config", "b-config", "config", "app", "a", "&", "configs", "app-configs", "x-app"];

    /// What Go 1.26 makes of `^entry$`; `None` if it refuses to compile it.
    #[test]
    fn entries_match_as_in_go() {
        let all = Some("app-config b-config config app a & configs app-configs x-app");
        for (entry, matched) in [
            // As a glob this looks right, and `^*` does match at any place.
            ("*", all),
            ("*-config", Some("app-config b-config")),
            ("?", all),
            ("+", Some("")),
            ("$", Some("")),
            ("app-*", Some("app")),
            ("app*", Some("app")),
            ("app-config.*", Some("app-config app-configs")),
            ("app.config", Some("app-config")),
            ("app\\-config", Some("app-config")),
            // No group: `^a` or `app$`.
            ("a|app", Some("app-config app a app-configs x-app")),
            ("app-config$|b", Some("app-config")),
            ("^app$", Some("app")),
            ("(?i)APP", Some("app")),
            ("(?U)a", Some("a")),
            ("(?P<x>a)", Some("a")),
            ("(?<x>a)", Some("a")),
            ("\\d", Some("")),
            ("\\<app", Some("")),
            ("[[:alpha:]]*", Some("config app a configs")),
            ("[[a]", Some("a")),
            ("[a-z&&b]", Some("a &")),
            ("[^]a]", Some("&")),
            ("app-**", None),
            ("a++", None),
            ("a?+", None),
            ("a*?*", None),
            ("a{2,}{3}", None),
            ("[a--b]", None),
            ("(?x)app", None),
            ("\\u0061", None),
            ("(a", None),
            ("a(?=b)", None),
        ] {
            let found = compile(entry).ok().map(|regex| {
                let hits: Vec<&str> = NAMES.into_iter().filter(|n| regex.is_match(n)).collect();
                hits.join(" ")
            });
            assert_eq!(found.as_deref(), matched, "{entry}");
        }
    }

    #[test]
    fn what_rust_lacks_is_an_error_of_one_line() {
        for entry in ["\\Qapp\\E", "a{", "\\C", "*{"] {
            let error = compile(entry).unwrap_err();
            assert!(!error.contains('\n') && !error.is_empty(), "{entry}: {error}");
        }
    }
}

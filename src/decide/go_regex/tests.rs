use super::*;

fn is_match(regex: &Regex, name: &str) -> bool {
    regex.is_match(name, &Budget::new(1 << 30))
}

const NAMES: [&str; 9] = ["app-config", "b-config", "config", "app", "a", "&", "configs", "app-configs", "x-app"];

/// What Go 1.26 makes of `^entry$`: which names match, or why it refuses. `tests/oracle` asks Go itself.
#[test]
fn entries_match_as_in_go() {
    let all = "app-config b-config config app a & configs app-configs x-app";
    for (entry, matched) in [
        // As a glob this looks right, and `^*` does match at any place.
        ("*", all),
        ("*-config", "app-config b-config"),
        ("?", all),
        ("+", ""),
        ("$", ""),
        ("app-*", "app"),
        ("app*", "app"),
        ("app-config.*", "app-config app-configs"),
        ("app.config", "app-config"),
        ("app\\-config", "app-config"),
        // No group: `^a` or `app$`.
        ("a|app", "app-config app a app-configs x-app"),
        ("app-config$|b", "app-config"),
        ("^app$", "app"),
        ("(?i)APP", "app"),
        ("(?U)a", "a"),
        ("(?P<x>a)(?P<x>p*)", "app a"),
        ("(?<x>a)", "a"),
        ("\\d", ""),
        ("\\<app", ""),
        ("\\Qapp\\E", "app"),
        // `$` is quoted too, so that it is no end.
        ("\\Qapp", ""),
        ("ap\\", ""),
        ("\\141", "a"),
        ("\\x{61}{1}p*", "app a"),
        ("a(?i)*", "a"),
        ("a{|app", "app x-app"),
        ("ap{02}|{x}", ""),
        ("[[:alpha:]]*", "config app a configs"),
        ("[[a]", "a"),
        ("[a-z&&b]", "a &"),
        ("[^]a]", "&"),
        ("[\\w-.]*", "app-config b-config config app a configs app-configs x-app"),
        ("\\p{^Lu}*", all),
        ("(((a*)*)*p)*", "app"),
    ] {
        let regex = Regex::new(entry).unwrap();
        let hits: Vec<&str> = NAMES.into_iter().filter(|n| is_match(&regex, n)).collect();
        assert_eq!(hits.join(" "), matched, "{entry}");
    }
    for (entry, reason) in [
        ("app-**", "invalid nested repetition operator: `**`"),
        ("a++", "invalid nested repetition operator: `++`"),
        ("a*?*", "invalid nested repetition operator: `*?*`"),
        ("a{2,}{3}", "invalid nested repetition operator: `{2,}{3}`"),
        ("(*)", "missing argument to repetition operator: `*`"),
        ("(a{40}){40}", "invalid repeat count: `{40}`"),
        ("[a--b]", "invalid character class range: `a--`"),
        ("[[:foo:]]", "invalid character class range: `[:foo:]`"),
        ("\\p{Lowercase}", "invalid character class range: `\\p{Lowercase}`"),
        ("[a", "missing closing ]: `[a$`"),
        ("(?x)app", "invalid or unsupported Perl syntax: `(?x`"),
        ("a(?=b)", "invalid or unsupported Perl syntax: `(?=`"),
        ("(?P<a.b>app)", "invalid named capture: `(?P<a.b>`"),
        ("\\u0061", "invalid escape sequence: `\\u`"),
        ("\\1", "invalid escape sequence: `\\1`"),
        ("(a", "missing closing ): `^(a$`"),
        ("a)", "unexpected ): `^a)$`"),
    ] {
        assert_eq!(Regex::new(entry).unwrap_err(), reason, "{entry}");
    }
}

#[test]
fn an_entry_without_anchors_is_found_anywhere() {
    for (entry, matched) in [
        ("config", "app-config b-config config configs app-configs"),
        ("*-config", "app-config b-config app-configs"),
        ("a$", "a"),
        ("x|b", "b-config x-app"),
    ] {
        let regex = Regex::anywhere(entry).unwrap();
        let hits: Vec<&str> = NAMES.into_iter().filter(|n| is_match(&regex, n)).collect();
        assert_eq!(hits.join(" "), matched, "{entry}");
    }
    for (entry, reason) in
        [("ap(", "missing closing ): `^ap(`"), ("ap\\", "trailing backslash at end of expression: ``")]
    {
        assert_eq!(Regex::anywhere(entry).unwrap_err(), reason, "{entry}");
    }
}

/// Groups in groups, and classes by name, cost no more than their text: a second of it would be an hour.
#[test]
fn no_pattern_is_read_slowly() {
    let nested = |open: &str, close: &str| format!("{}x{}", open.repeat(40_000), close.repeat(40_000));
    for (entry, matched) in [
        (nested("(?:[ab]", ")"), false),
        (nested("(?:[ab]|", ")"), true),
        (nested("(?i:a|", ")"), true),
        (r"\pL".repeat(5_000), false),
        (format!(r"[{}]", r"\pL".repeat(5_000)), true),
        (r"(?i)\d\PL".repeat(5_000), false),
    ] {
        assert_eq!(is_match(&Regex::new(&entry).unwrap(), "x"), matched, "{entry:.10}");
    }
    assert!(Regex::new(&"[[:alpha".repeat(40_000)).is_err());
    // Go counts a text anew for each group around it.
    assert!(Regex::new(&nested("(?:a", ")")).unwrap_err().starts_with("expression too large"));
    assert!(Regex::new(&nested("(", ")")).unwrap_err().starts_with("expression nests too deeply"));
}

/// Go takes these, so they must neither be refused nor take long. The stack is that of a thread in a release; frames of a
/// debug build are larger.
#[test]
fn no_pattern_takes_long() {
    let long = "a".repeat(LONGEST);
    let test = move || {
        let deep = format!("{}a{}b", "(?:".repeat(990), ")*".repeat(990));
        for entry in [&deep, "(?:(?:.*.*){10}.*){100}b", "(?:\\pL{100}|.){10}b", &"(?:a?){1000}".repeat(50)] {
            let regex = Regex::new(entry).unwrap();
            assert_eq!(is_match(&regex, &long), !entry.ends_with('b'), "{entry:.40}");
            assert!(!is_match(&regex, &format!("{long}a")));
        }
    };
    let stack = if cfg!(debug_assertions) { 8 << 20 } else { 2 << 20 };
    std::thread::Builder::new().stack_size(stack).spawn(test).unwrap().join().unwrap();
}

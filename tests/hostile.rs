//! Large and hostile inputs: each is refused or handled, without a panic, with few findings, and before the bound, which
//! is there to catch what hangs. How fast it is, the benches say.

use crate::common::library::{Finding, Seen, all};
use crate::common::outcome;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

const BOUND: Duration = Duration::from_secs(60);

/// A set of one text, decided before the bound.
fn decided(text: &str) -> Seen {
    let settings = all();
    let start = Instant::now();
    let outcome = outcome(text, &settings);
    let took = start.elapsed();
    assert!(took < BOUND, "{took:?}");
    outcome
}

/// The one error of a text.
fn refused(text: &str) -> Finding {
    let outcome = decided(text);
    let is_error = |f: &&Finding| f.severity == "error";
    let errors: Vec<&Finding> = outcome.findings.iter().filter(is_error).collect();
    let [error] = errors[..] else {
        panic!("{} errors: {errors:?}", errors.len());
    };
    assert!(error.at.is_some(), "{error:?}");
    assert!(error.message.len() < 200, "{}", error.message.len());
    error.clone()
}

fn web(refs: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\nspec:\n  template:\n    spec:\n      containers: [{{name: app, image: nginx, envFrom: [{refs}]}}]\n"
    )
}

const REF: &str = "{configMapRef: {name: c}}";

fn config(data: &str) -> String {
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c}}\ndata: {data}\n")
}

#[test]
fn deep_nesting_is_a_limit() {
    let deep = 100_000;
    let flow = format!("kind: ConfigMap\ndata: {}{}\n", "[".repeat(deep), "]".repeat(deep));
    assert_eq!(refused(&flow).id, "limit");
    let maps = format!("kind: ConfigMap\ndata: {}1{}\n", "{a: ".repeat(deep), "}".repeat(deep));
    assert_eq!(refused(&maps).id, "limit");
    let open = format!("kind: ConfigMap\ndata: {}", "[".repeat(deep));
    assert_eq!(refused(&open).id, "limit");
    let dashes = format!("kind: ConfigMap\ndata:\n{}x\n", "- ".repeat(deep));
    assert_eq!(refused(&dashes).id, "limit");
    // Each level one space deeper would be a text of five gigabytes; this is deep enough.
    let mut block = String::from("kind: ConfigMap\ndata:\n");
    for depth in 1..2_000 {
        let _ = writeln!(block, "{}a:", " ".repeat(depth));
    }
    assert_eq!(refused(&block).id, "limit");
    let keys = format!("kind: ConfigMap\n{}\n", "? ".repeat(deep));
    assert!(decided(&keys).has_errors());
}

#[test]
fn deep_json_is_a_limit() {
    let deep = 100_000;
    let arrays = format!("{{\"kind\": \"ConfigMap\", \"data\": {}{}}}", "[".repeat(deep), "]".repeat(deep));
    assert_eq!(refused(&arrays).id, "limit");
    let objects = format!("{{\"kind\": \"ConfigMap\", \"data\": {}1{}}}", "{\"a\":".repeat(deep), "}".repeat(deep));
    assert_eq!(refused(&objects).id, "limit");
}

#[test]
fn the_deepest_nesting_that_is_read() {
    let nested = |n: usize| {
        format!("{}---\n{}", config("{k: v}"), web(REF) + &format!("x: {}{}\n", "[".repeat(n), "]".repeat(n)))
    };
    assert_eq!(decided(&nested(250)).edits.len(), 1);
    assert!(decided(&nested(256)).has_errors());
}

#[test]
fn a_long_line_is_no_matter() {
    let long = "x".repeat(5_000_000);
    for value in [format!("\"{long}\""), format!("'{long}'"), long.clone(), format!("\"{}\"", "\\n".repeat(1_000_000))]
    {
        let text = format!("{}---\n{}", config(&format!("{{k: {value}}}")), web(REF));
        let outcome = decided(&text);
        assert!(!outcome.has_errors(), "{:?}", outcome.findings);
        assert_eq!(outcome.edits.len(), 1);
    }
    // A comment, blanks, and a broken line.
    let text = format!("# {long}\n{}---\n{}#{long}\n{}\n", config("{k: v}"), web(REF), " ".repeat(5_000_000));
    assert_eq!(decided(&text).edits.len(), 1);
    assert_eq!(refused(&format!("kind: ConfigMap\ndata: [{long}\n")).id, "syntax");
}

#[test]
fn a_long_key_is_read_as_far_as_yaml_allows() {
    let key = "k".repeat(1_000_000);
    // YAML ends a simple key after 1,024 characters, JSON never.
    let outcome = decided(&format!("{}---\n{}", config(&format!("{{{key}: v}}")), web(REF)));
    assert!(outcome.has_errors() || outcome.edits.len() == 1);
    let outcome = decided(&format!("{}---\n{}", config(&format!("{{\"{key}\": v}}")), web(REF)));
    assert!(outcome.has_errors() || outcome.edits.len() == 1);
    let json = format!(r#"{{"apiVersion":"v1","kind":"ConfigMap","metadata":{{"name":"c"}},"data":{{"{key}":"v"}}}}"#);
    assert!(!decided(&json).has_errors());
}

#[test]
fn a_hundred_thousand_documents() {
    let mut text = config("{k: v}");
    for i in 0..100_000 {
        let _ = write!(text, "---\nkind: Filler\nnumber: {i}\n");
    }
    text += "---\n";
    text += &web(REF);
    assert_eq!(decided(&text).edits.len(), 1);
    assert_eq!(decided(&"---\n".repeat(300_000)).edits.len(), 0);
    assert!(!decided(&"{\"kind\": \"ConfigMap\"}".repeat(50_000)).has_errors());
}

#[test]
fn ten_thousand_workloads_that_miss_a_config() {
    let text = (0..10_000).map(|i| web(REF).replace("name: web", &format!("name: w{i}")) + "---\n").collect::<String>();
    let outcome = decided(&text);
    let missing = outcome.findings.iter().filter(|f| f.id == "missing-config");
    assert_eq!(missing.filter(|f| f.severity != "info").count(), 1);
}

#[test]
fn a_hundred_thousand_keys_and_their_duplicates() {
    let mut data = String::from("\n");
    for i in 0..100_000 {
        let _ = writeln!(data, "  k{i}: v");
    }
    let text = format!("{}---\n{}", config(&data), web(REF));
    assert_eq!(decided(&text).edits.len(), 1);
    // Every key twice: said, but not a hundred thousand times at the cost of its square.
    let mut twice = data.clone();
    twice += &data[1..];
    let outcome = decided(&format!("{}---\n{}", config(&twice), web(REF)));
    assert_eq!(outcome.edits.len(), 1);
    assert!(outcome.findings.iter().any(|f| f.id == "duplicate-key"));
}

#[test]
fn many_references_of_one_workload() {
    let refs = (0..50_000).map(|i| format!("{{configMapRef: {{name: c{i}}}}}, ")).collect::<String>();
    assert!(!decided(&web(&refs)).has_errors());
    let refs = format!("{REF}, ").repeat(50_000);
    assert_eq!(decided(&format!("{}---\n{}", config("{k: v}"), web(&refs))).edits.len(), 1);
}

#[test]
fn aliases_cost_what_they_are() {
    // A billion laughs at every place where aliases are followed.
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for i in 1..60 {
        let _ = writeln!(bomb, "a{i}: &a{i} [{}]", format!("*a{}, ", i - 1).repeat(9));
    }
    // kubectl refuses such a document, wherever they stand in it.
    let inert = format!("{}---\n{}{bomb}", config("{k: v}"), web(REF));
    assert!(decided(&inert).has_errors());
    let data = format!("kind: ConfigMap\napiVersion: v1\nmetadata: {{name: c}}\n{bomb}data: {{k: *a59}}\n");
    decided(&data);
    for place in ["containers: *a59", "volumes: *a59", "containers: [{name: a, image: b, env: *a59, envFrom: *a59}]"] {
        decided(&format!(
            "kind: Deployment\napiVersion: apps/v1\nmetadata: {{name: w}}\n{bomb}spec: {{template: {{spec: {{{place}}}}}}}\n"
        ));
    }
    decided(&format!("kind: List\napiVersion: v1\n{bomb}items: *a59\n"));
    let mut merge = String::from("m0: &m0 {a: b}\n");
    for i in 1..60 {
        let _ = writeln!(merge, "m{i}: &m{i} {{k{i}: v, <<: [{}]}}", format!("*m{}, ", i - 1).repeat(9));
    }
    let text = format!(
        "kind: ConfigMap\napiVersion: v1\nmetadata: {{name: c, <<: *m59}}\n{merge}data: {{<<: *m59}}\n---\n{}",
        web(REF)
    );
    // `*m59` in metadata comes before its anchor.
    assert!(decided(&text).has_errors());
    let text = text.replacen(", <<: *m59", "", 1);
    decided(&text);
    // A hundred thousand aliases of one anchor.
    let many = format!("kind: List\napiVersion: v1\nx: &x 1\nitems: [{}]\n", "*x, ".repeat(100_000));
    decided(&many);
}

#[test]
fn tabs_before_a_comment() {
    for tabs in ["\t".repeat(100_000), "\t\n".repeat(100_000)] {
        decided(&format!("# c\n# c\n{tabs}\t# c\nkind: ConfigMap\n"));
    }
}

#[test]
fn patterns_that_make_parsers_slow() {
    for part in [
        "? ", ": ", "- ", "{", "[", "&a ", "!a ", "!!str ", "*a ", "|\n", "\"", "'", "%", "@", "`", "#", "{}", "a: ",
        "\t", "\\", ",", "---\n", "...\n", "\u{feff}", "\r", "<<: ", "&a *a ",
    ] {
        let text = format!("kind: ConfigMap\ndata: {}", part.repeat(20_000));
        decided(&text);
        decided(&part.repeat(20_000));
    }
}

#[test]
fn a_regex_of_a_reload_list_cannot_hang() {
    let lists = ["(a+)+b", "(x{1000}){1000}", "((((a*)*)*)*)*", &"(".repeat(10_000), &"a?".repeat(2_000)];
    for list in lists {
        let web = web(REF).replace(
            "metadata: {name: web}",
            &format!("metadata: {{name: web, annotations: {{configmap.reloader.stakater.com/reload: '{list}'}}}}"),
        );
        let config = config("{k: v}").replace("name: c", &format!("name: {}", "a".repeat(5_000)));
        decided(&format!("{config}---\n{web}"));
    }
}

#[test]
fn odd_bytes() {
    for text in [
        "\0",
        "kind: ConfigMap\0",
        "\u{feff}",
        "\u{feff}\u{feff}kind: ConfigMap\n",
        "kind: ConfigMap\rdata: {\r",
        "kind: \"ConfigMap\\",
        "kind: \"ConfigMap\\u",
        "kind: \"ConfigMap\\xZ",
        "{\"kind\": \"ConfigMap\\",
        "{\"kind\": \"ConfigMap\", \"\\ud8",
        "kind: ConfigMap\n\u{85}a: b\u{2028}c: d\u{2029}",
        "\u{fffe}kind: ConfigMap",
        "\u{7f}kind: ConfigMap",
    ] {
        decided(text);
    }
}

/// A kind of hostile input, of any size.
struct Row {
    name: &'static str,
    /// About so many bytes of it.
    make: fn(usize) -> String,
    /// The id of its only error, or nothing.
    error: &'static str,
    /// What it costs beyond its length, in bytes for 100 bytes of it: from, to.
    spends: (u64, u64),
}

/// What a budget allows: 10 bytes a byte, and some for a short text.
const MOST: (u64, u64) = (1000, 10_000);

const fn row(name: &'static str, make: fn(usize) -> String, error: &'static str, spends: (u64, u64)) -> Row {
    Row { name, make, error, spends }
}

fn lines(bytes: usize, line: impl Fn(usize) -> String) -> String {
    let each = line(bytes / 20).len().max(1);
    (0..bytes / each).map(line).collect()
}

/// A workload whose annotation is about so long, and a config.
fn annotated(key: &str, value: &str) -> String {
    let web = web(REF).replace("{name: web}", &format!("{{name: web, annotations: {{{key}: '{value}'}}}}"));
    format!("{}---\n{web}", config("{k: v}"))
}

fn reload(value: &str) -> String {
    annotated("configmap.reloader.stakater.com/reload", value)
}

fn configs(bytes: usize, name: impl Fn(usize) -> String) -> String {
    let one = |i| config("{k: v}").replace("name: c", &format!("name: {}", name(i))) + "---\n";
    lines(bytes, one)
}

fn webs(bytes: usize, reference: impl Fn(usize) -> String) -> String {
    let one = |i| web(&REF.replace("name: c", &format!("name: {}", reference(i)))) + "---\n";
    lines(bytes, one)
}

const HOSTILE: &[Row] = &[
    row(
        "aliases of a long text",
        |n| format!("{}  k: &a {}\n{}", config(""), "x".repeat(n / 2), lines(n / 2, |i| format!("  k{i}: *a\n"))),
        "limit",
        (0, 0),
    ),
    row(
        "few aliases of a long text",
        |n| format!("{}  k: &a {}\n{}", config(""), "x".repeat(n), lines(70, |i| format!("  k{i}: *a\n"))),
        "",
        (600, 1000),
    ),
    row(
        "aliases of an object",
        |n| {
            format!(
                "apiVersion: v1\nkind: List\nitems:\n- &a\n  {}\n{}",
                config(&format!("{{k: {}}}", "x".repeat(600))).trim_end().replace('\n', "\n  "),
                "- *a\n".repeat(n / 5)
            )
        },
        "limit",
        (0, 0),
    ),
    row(
        "aliases of small texts",
        |n| config("") + &lines(n, |i| format!("  a{i}: &a{i} v\n  b{i}: *a{i}\n")),
        "",
        (50, 100),
    ),
    row(
        "merges of merges",
        |n| {
            format!(
                "x:\n- &m0 {{a: b}}\n{}{}  <<: *m1\n",
                lines(n, |i| format!("- &m{} {{k{i}: v, <<: *m{i}}}\n", i + 1)),
                config("")
            )
        },
        "limit",
        (0, 0),
    ),
    row(
        "a short chain of merges in many documents",
        |n| lines(n, |_| format!("x: &a {{a: b}}\ny: &b {{<<: *a}}\nz: {{<<: *b}}\n{}---\n", config("{k: v}"))),
        "",
        (50, 200),
    ),
    row("names in a list that are not there", |n| reload(&lines(n, |i| format!("u{i},"))), "", (50, 150)),
    row(
        "patterns in a list",
        |n| configs(n / 2, |i| format!("a{i}")) + &reload(&lines(n / 2, |i| format!("b{i}.*,"))),
        "",
        (40, 200),
    ),
    row(
        "patterns that begin with anything",
        |n| configs(n / 2, |i| format!("a{i}")) + &reload(&lines(n / 2, |i| format!(".*{i},"))),
        "limit",
        MOST_OR_MORE,
    ),
    row("one pattern, again and again", |n| reload(&".,".repeat(n / 2)), "", (100, 1000)),
    row("patterns of a few characters", |n| reload(&lines(n, |i| format!("{i}|a,"))), "", (100, 1000)),
    row("patterns of classes", |n| reload(&lines(n, |i| format!("{i}[a-z]\\pL,"))), "", (100, 400)),
    row("a long pattern of repetitions", |n| reload(&"a*".repeat(n / 2)), "", (100, 1000)),
    row("a long pattern of classes of one letter", |n| reload(&format!("(?i){}", "[k]".repeat(n / 3))), "", (50, 400)),
    row("what is no pattern", |n| reload(&lines(n, |i| format!("b{i}(,"))), "", (50, 150)),
    row(
        "a pattern of groups in groups",
        |n| reload(&format!("{}a{}", "(?:[ab]|".repeat(n / 9), ")".repeat(n / 9))),
        "",
        (50, 400),
    ),
    row("a pattern too deep", |n| reload(&format!("{}a{}", "(".repeat(n / 2), ")".repeat(n / 2))), "", (50, 150)),
    row(
        "an alternation of many, and many long names",
        |n| configs(n / 2, |i| format!("{}{i}", "a".repeat(100))) + &reload(&lines(n / 2, |i| format!("a*{i}|"))),
        "limit",
        MOST_OR_MORE,
    ),
    row(
        "repetitions of repetitions",
        |n| {
            configs(n / 2, |i| format!("{}{i}", "a".repeat(100)))
                + &reload(&lines(n / 2, |_| "(a{30}){30},".to_owned()))
        },
        "",
        (40, 200),
    ),
    row(
        "references to what is not there",
        |n| web(&lines(n, |i| format!("{{configMapRef: {{name: u{i}}}}},"))),
        "",
        (0, 30),
    ),
    row(
        "a list that names each of many references",
        |n| {
            reload(&lines(n / 3, |i| format!("u{i},")))
                .replace(REF, &lines(n / 2, |i| format!("{{configMapRef: {{name: u{i}}}}},")))
        },
        "",
        (20, 150),
    ),
    row("workloads that lack the same", |n| webs(n, |_| "u".to_owned()), "", (0, 30)),
    row("workloads that lack different things", |n| webs(n, |i| format!("u{i}")), "", (0, 30)),
    row(
        "configs of one name",
        |n| lines(n, |i| config(&format!("{{k: v{i}}}")) + "---\n") + &web(REF),
        "duplicate-config",
        (0, 200),
    ),
    row("a key twice", |n| config("") + &"  k: v\n".repeat(n / 7), "", (0, 10)),
    row("keys twice", |n| config("") + &lines(n, |i| format!("  k{i}: v\n  k{i}: w\n")), "", (0, 10)),
    row("documents of nothing", |n| "---\n".repeat(n / 4), "", (0, 0)),
    row("documents that end", |n| "kind: ConfigMap\n...\n".repeat(n / 20), "", (0, 0)),
    row("JSON that begins again", |n| "{\"kind\":\"ConfigMap\"}".repeat(n / 20), "", (0, 0)),
    row(
        "lists in lists",
        |n| format!("{}x: [{}]\n", config("{k: v}"), lines(n, |_| format!("{}{},", "[".repeat(100), "]".repeat(100)))),
        "",
        (0, 0),
    ),
    row("a long comment", |n| format!("#{}\n{}", " c".repeat(n / 2), config("{k: v}")), "", (0, 0)),
    row("carriage returns", |n| config("{k: v}") + &"\r".repeat(n), "", (0, 0)),
    row("byte order marks", |n| config("{k: v}") + &"\u{feff}".repeat(n / 3), "syntax", (0, 0)),
    row("NUL", |n| "\0".repeat(n), "syntax", (0, 0)),
    row("directives", |n| "%YAML 1.1\n".repeat(n / 10) + "---\nkind: ConfigMap\n", "syntax", (0, 0)),
    row("a long tag", |n| config(&format!("{{k: !{} v}}", "x".repeat(n))), "", (0, 0)),
    row(
        "long base64",
        |n| config(&format!("{{k: {}}}", "QUFB".repeat(n / 4))).replace("ConfigMap", "Secret"),
        "",
        (0, 0),
    ),
    row("a long value of an annotation", |n| annotated("reloader.stakater.com/auto", &"t".repeat(n)), "", (90, 110)),
    row(
        "templates that nobody has rendered",
        |n| "---\nkind: ConfigMap\ndata:\n  {{ x }}\n".repeat(n / 34),
        "syntax",
        (0, 0),
    ),
];

/// At least all that there is.
const MOST_OR_MORE: (u64, u64) = (MOST.0, u64::MAX);

/// Each costs what its row says, at any size, and ends as it says: the work is counted, so that no clock is asked.
#[test]
fn what_is_hostile_costs_no_more_than_its_length_allows() {
    let mut wrong = Vec::new();
    for Row { name, make, error, spends: (from, to) } in HOSTILE {
        for size in [30_000, 60_000] {
            let text = make(size);
            let seen = decided(&text);
            let ids: std::collections::BTreeSet<&str> =
                seen.findings.iter().filter(|f| f.severity == "error").map(|f| f.id).collect();
            let (bytes, spent) = (text.len() as u64, seen.spent);
            if ids.into_iter().collect::<Vec<_>>().join(" ") != *error {
                wrong.push(format!("{name}: {:?}", seen.findings.iter().find(|f| f.severity == "error")));
            }
            let bounds = (from * bytes / 100, to.saturating_mul(bytes).saturating_add(MOST.1 * 100) / 100);
            if spent < bounds.0 || spent > bounds.1 {
                wrong.push(format!("{name}: {spent} of {bytes}, {} for 100", spent * 100 / bytes));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What has a finding in every few bytes: the id, and for how many bytes one is there.
struct Full {
    id: &'static str,
    make: fn(usize) -> String,
    /// How many there are if there are so many lines, items or documents of it.
    found: fn(usize) -> usize,
}

const fn full(id: &'static str, make: fn(usize) -> String, found: fn(usize) -> usize) -> Full {
    Full { id, make, found }
}

fn of(n: usize, one: impl Fn(usize) -> String) -> String {
    (0..n).map(one).collect()
}

/// A workload whose containers hold something.
fn with_env(env: &str) -> String {
    web(REF).replace("image: nginx,", &format!("image: nginx, env: [{env}],"))
}

/// A config, and workloads that use it and carry an annotation.
fn annotated_webs(n: usize, annotation: &str) -> String {
    let web = |i| web(REF).replace("name: web", &format!("name: w{i}, annotations: {{{annotation}}}")) + "---\n";
    format!("{}---\n{}", config("{k: v}"), of(n, web))
}

const FULL: &[Full] = &[
    full("duplicate-key", |n| config("") + &"  k: v\n".repeat(n), |n| n - 1),
    full("duplicate-key", |n| format!("{}x: [{}]\n", config("{k: v}"), "{a: 1, a: 2},".repeat(n)), |n| n),
    full("duplicate-key", |n| of(n, |i| config(&format!("{{k{i}: v, k{i}: w}}")) + "---\n"), |n| n),
    full("refused-value", |n| config("") + &of(n, |i| format!("  k{i}: 1\n")) + "---\n" + &web(REF), |n| n),
    full("refused-value", |n| config(&format!("{{{}}}", of(n, |i| format!("k{i}: [],")))) + "---\n" + &web(REF), |n| n),
    full("refused-value", |n| with_env(&"1,".repeat(n)), |n| n),
    full(
        "refused-value",
        |n| web(REF).replace("{name: web}", &format!("{{name: web, labels: {{{}}}}}", of(n, |i| format!("k{i}: 1,")))),
        |n| n,
    ),
    full("refused-value", |n| "kind: ConfigMap\nmetadata: {name: 1}\n---\n".repeat(n), |n| n),
    full("not-an-object", |n| format!("apiVersion: v1\nkind: List\nitems: [{}]\n", "{},".repeat(n)), |n| n),
    full("not-an-object", |n| "Secret\n---\n".repeat(n), |n| n),
    full("syntax", |n| "Secret: [\n---\n".repeat(n), |n| n),
    full("separator", |n| "a: b\n--- x\n".repeat(n), |n| n),
    full("dropped", |n| "kind: Secret\n...\nx\n---\n".repeat(n), |n| n),
    full("missing-config", |n| web(&of(n, |i| format!("{{configMapRef: {{name: u{i}}}}},"))), |n| n),
    full("missing-config", |n| of(n, |i| web(&REF.replace("name: c", &format!("name: u{i}"))) + "---\n"), |n| n),
    full(
        "missing-config",
        |n| {
            let web = |i| web(&REF.replace("name: c", &format!("name: u{i}")));
            let item = |i| format!("- {}\n", web(i).trim_end().replace('\n', "\n  "));
            format!("apiVersion: v1\nkind: List\nitems:\n{}", of(n, item))
        },
        |n| n,
    ),
    full(
        "missing-key",
        |n| {
            let key = |i| format!("{{name: X, valueFrom: {{configMapKeyRef: {{name: c, key: k{i}}}}}}},");
            format!("{}---\n{}", config("{a: b}"), with_env(&of(n, key)))
        },
        |n| n,
    ),
    full("unmatched-entry", |n| reload(&of(n, |i| format!("u{i},"))), |n| n),
    full("bad-regex", |n| reload(&of(n, |i| format!("({i},"))), |n| n),
    full(
        "unread-annotation",
        |n| annotated("a", "b").replace("a: 'b'", &of(n, |i| format!("reloader.stakater.com/x{i}: 'true',"))),
        |n| n,
    ),
    full(
        "missing-key",
        |n| {
            let key = |i| format!("{{key: k{i}, path: p}},");
            let volume = format!("volumes: [{{name: v, configMap: {{name: c, items: [{}]}}}}]", of(n, key));
            format!(
                "{}---\n{}",
                config("{a: b}"),
                web("").replace("containers:", &format!("{volume}\n      containers:"))
            )
        },
        |n| n,
    ),
    full(
        "not-watched",
        |n| {
            let values = "{kind: ConfigMap, name: c},".repeat(n);
            format!(
                "{}---\napiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {{name: r}}\nspec: {{valuesFrom: [{values}]}}\n",
                config("{k: v}")
            )
        },
        |n| n,
    ),
    full("bad-boolean", |n| annotated_webs(n, "configmap.reloader.stakater.com/auto: 'yes'"), |n| n),
    full("ignore-on-workload", |n| annotated_webs(n, "reloader.stakater.com/ignore: 'true'"), |n| n),
    full("search-without-match", |n| annotated_webs(n, "reloader.stakater.com/search: 'true'"), |n| n),
    full("stamp-misplaced", |n| annotated_webs(n, "restamp.dev/config-hash: 'sha256:1'"), |n| n),
    full("unknown-place", |n| annotated_webs(n, "restamp.dev/places: 'here'"), |n| n),
    full("unknown-word", |n| annotated_webs(n, "restamp.dev/precision: 'none'"), |n| n),
    full("other-namespace", |n| annotated_webs(n, "").replacen("name: c", "name: c, namespace: n", 1), |n| n),
    full(
        "applied-later",
        |n| {
            let late = |i| {
                config("{k: v}")
                    .replace("name: c", &format!("name: c{i}, annotations: {{argocd.argoproj.io/sync-wave: '5'}}"))
                    + "---\n"
            };
            of(n, late) + &web(&of(n, |i| format!("{{configMapRef: {{name: c{i}}}}},")))
        },
        |n| n,
    ),
    full(
        "made-later",
        |n| {
            let sealed = |i| {
                format!(
                    "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {{name: s{i}}}\nspec: {{encryptedData: {{a: b}}}}\n---\n"
                )
            };
            of(n, sealed) + &web(&of(n, |i| format!("{{secretRef: {{name: s{i}}}}},")))
        },
        |n| n,
    ),
    full(
        "unread-annotation",
        |n| {
            of(n, |i| {
                annotated("reloader.stakater.com/autoo", "true").replace("name: c", &format!("name: c{i}")) + "---\n"
            })
        },
        |n| n,
    ),
];

/// Of each id only so many are made and kept, whatever there is; all are counted.
#[test]
fn what_is_found_everywhere_is_counted_and_not_kept() {
    let mut wrong = Vec::new();
    for (row, Full { id, make, found }) in FULL.iter().enumerate() {
        for n in [900, 4000] {
            let text = make(n);
            let seen = decided(&text);
            let here = seen.findings.iter().filter(|f| f.id == *id);
            let (kept, others) = here.fold((0, 0), |(kept, others), f| (kept + 1, others + f.others));
            let most = (1000 + text.len() / 500) * 3;
            if kept + others != found(n) || kept > most || kept < found(n).min(1000) {
                wrong.push(format!("{row} {id} {n}: {kept} and {others} of {}, at most {most}", found(n)));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

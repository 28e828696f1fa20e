//! The output in the docs is real: each block below a comment that names a form is what restamp says about the manifests
//! above it. `UPDATE=1 cargo test docs` writes the blocks anew.

use super::samples::{PLAIN, explained, planned};
use crate::explain::Query;
use crate::output::Look;
use crate::settings::Settings;

#[test]
fn docs_show_real_output() {
    for page in ["plan.md", "explain.md"] {
        let path = format!("{}/docs/{page}", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(&path).unwrap();
        let real = rewritten(&text);
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&path, real).unwrap();
        } else {
            assert_eq!(text, real, "{page}: UPDATE=1 cargo test docs");
        }
    }
}

/// A page with what its comments ask for.
fn rewritten(page: &str) -> String {
    let mut out = String::new();
    let (mut old, mut new) = (String::new(), String::new());
    let mut rest = page;
    while let Some((before, after)) = rest.split_once("<!-- ") {
        let (form, after) = after.split_once(" -->\n").unwrap();
        let fence = after.lines().next().unwrap();
        let ticks: String = fence.chars().take_while(|c| *c == '`').collect();
        let end = format!("\n{ticks}\n");
        let start = fence.len();
        let close = start + after[start..].find(&end).unwrap();
        let block = after.get(start + 1..close + 1).unwrap_or_default();
        let shown = match form {
            "old" | "app" => {
                old = block.to_owned();
                new.clone_from(&old);
                block.to_owned()
            }
            "change" => {
                new = changed(&old, block);
                block.to_owned()
            }
            form => output(form, &old, &new),
        };
        out.push_str(&format!("{before}<!-- {form} -->\n{fence}\n{shown}{ticks}\n"));
        rest = &after[close + end.len()..];
    }
    out + rest
}

/// A text after a diff of single lines.
fn changed(text: &str, diff: &str) -> String {
    let lines: Vec<&str> = diff.lines().collect();
    lines.chunks(2).fold(text.to_owned(), |text, pair| {
        let (minus, plus) = (&pair[0][1..], &pair[1][1..]);
        assert_eq!(text.matches(minus).count(), 1, "{minus}");
        text.replace(minus, plus)
    })
}

fn output(form: &str, old: &str, new: &str) -> String {
    let settings = Settings::default();
    let explain = |query| explained(old, &settings, &query).unwrap();
    let plan = planned(old, new, &settings);
    match form {
        "plan text" => plan.text(PLAIN),
        "plan markdown" => plan.markdown(),
        "explain text" => explain(Query::default()).text(PLAIN),
        "explain details" => explain(Query::default()).text(Look { verbose: true, ..PLAIN }),
        "explain mermaid" => explain(Query::default()).mermaid(),
        _ => {
            let why = form.strip_prefix("explain why ");
            assert!(why.is_some(), "{form}");
            explain(Query { why, workload: None }).text(PLAIN)
        }
    }
}

//! Prints the rendering that the benches measure: `cargo run --example mix -- APPS [FORM]`. It is the same on every machine.
//!
//! Forms: `plain`; `crlf`; `bom`, one before each document; `json`, one List; `list`, a ResourceList; `files DIR`, a file for
//! each document, forty in a folder.

#[path = "mod.rs"]
mod mix;

use std::io::Write as _;
use std::path::Path;

const USAGE: &str = "usage: mix APPS [plain|crlf|bom|json|list|files DIR]";

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let (apps, form) = words.split_first().expect(USAGE);
    let text = mix::rendering(apps.parse().expect(USAGE));
    let text = match form {
        [] | ["plain"] => text,
        ["crlf"] => text.replace('\n', "\r\n"),
        ["bom"] => text.replace("---\n", "---\n\u{feff}"),
        ["json"] => json(&text),
        ["list"] => list(&text),
        ["files", folder] => return files(&text, Path::new(folder)),
        _ => panic!("{USAGE}"),
    };
    // Whoever reads it may stop early.
    let _ = std::io::stdout().write_all(text.as_bytes());
}

fn documents(text: &str) -> impl Iterator<Item = &str> {
    text.split("---\n").filter(|document| !document.is_empty())
}

fn json(text: &str) -> String {
    let item = |document| serde_yaml::from_str::<serde_json::Value>(document).expect("the mix is YAML");
    let items: Vec<_> = documents(text).map(item).collect();
    serde_json::json!({"apiVersion": "v1", "kind": "List", "items": items}).to_string()
}

fn list(text: &str) -> String {
    let mut out = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n".to_owned();
    for document in documents(text) {
        let mut mark = "- ";
        // A comment is no item.
        for line in document.lines().skip_while(|line| line.starts_with('#')) {
            out.push_str(mark);
            out.push_str(line);
            out.push('\n');
            mark = "  ";
        }
    }
    out
}

fn files(text: &str, folder: &Path) {
    for (i, document) in documents(text).enumerate() {
        let folder = folder.join(format!("app-{}", i / 40));
        std::fs::create_dir_all(&folder).expect("a folder can be made");
        std::fs::write(folder.join(format!("{}.yaml", i % 40)), document).expect("a file can be written");
    }
}

//! `docs/digest.md` is true: its vectors are what restamp computes, and its commands print what it says.
//!
//! `UPDATE=1` writes the vectors anew; they never change for a released version.

use crate::common::library::{Settings, all};
use crate::common::{outcome, repository, skipped, update};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

fn page() -> (PathBuf, String) {
    let path = repository("docs/digest.md");
    let text = std::fs::read_to_string(&path).unwrap().replace("\r\n", "\n");
    (path, text)
}

/// The code blocks of a page: language and text.
fn blocks(page: &str) -> Vec<(&str, &str)> {
    let mut parts = page.split("```");
    parts.next();
    let mut out = Vec::new();
    while let (Some(block), _) = (parts.next(), parts.next()) {
        out.extend(block.split_once('\n'));
    }
    out
}

fn hex(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    digest.iter().map(|b| format!("{b:02x}")).collect()
}

/// The JSON that the page defines, made apart from the code that is tested.
fn canonical(manifest: &str) -> String {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    let object: serde_yaml::Value = serde_yaml::from_str(manifest).unwrap();
    if let Some(json) = made(&serde_json::to_value(&object).unwrap()) {
        // The tree of this JSON would keep the order of the text.
        return sorted(&json);
    }
    let mut content = std::collections::BTreeMap::new();
    let sections = match object["kind"].as_str() {
        Some("Secret") => [("data", true), ("stringData", false)],
        _ => [("data", false), ("binaryData", true)],
    };
    for (section, encoded) in sections {
        for (key, value) in object[section].as_mapping().into_iter().flatten() {
            let text = value.as_str().unwrap_or_default();
            let value = if encoded { text.to_owned() } else { STANDARD.encode(text) };
            content.insert(key.as_str().unwrap().to_owned(), value);
        }
    }
    serde_json::to_string(&content).unwrap()
}

/// What an object counts for that makes Secrets, or is encrypted.
fn made(object: &serde_json::Value) -> Option<serde_json::Value> {
    let spec = &object["spec"];
    Some(match object["kind"].as_str()? {
        "SealedSecret" => {
            serde_json::json!({ "encryptedData": spec["encryptedData"], "template": spec["template"]["data"] })
        }
        "ExternalSecret" => {
            let fields = spec.as_object()?.iter().filter(|(k, _)| !k.starts_with("refresh"));
            fields.map(|(k, v)| (k.clone(), v.clone())).collect()
        }
        "SecretProviderClass" => spec.clone(),
        _ if object.get("sops").is_some() => {
            let sections = ["data", "stringData"].into_iter().filter_map(|field| object[field].as_object());
            sections.flatten().map(|(k, v)| (k.clone(), v.clone())).collect()
        }
        _ => return None,
    })
}

/// JSON with the keys of each object in order.
fn sorted(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::Object(map) => {
            let map: std::collections::BTreeMap<_, _> = map.iter().collect();
            let pairs: Vec<String> =
                map.iter().map(|(k, v)| format!("{}:{}", serde_json::json!(k), sorted(v))).collect();
            format!("{{{}}}", pairs.join(","))
        }
        serde_json::Value::Array(items) => format!("[{}]", items.iter().map(sorted).collect::<Vec<_>>().join(",")),
        other => other.to_string(),
    }
}

#[test]
fn every_vector_holds() {
    let (path, text) = page();
    let blocks = blocks(&text);
    let mut new = text.clone();
    let mut seen = 0;
    for pair in blocks.windows(2) {
        let [("yaml", manifest), ("text", vector)] = *pair else {
            continue;
        };
        seen += 1;
        let outcome = outcome(manifest, &Settings::default());
        assert!(!outcome.has_errors(), "{:?}", outcome.findings);
        let wanted = match &outcome.workloads[..] {
            [] => {
                let json = canonical(manifest);
                assert_eq!(outcome.configs[0].digest, hex(&json), "{manifest}");
                format!("{json}\n{}\n", hex(&json))
            }
            [workload] => {
                // In this page's examples: references by path, then lists.
                let chosen =
                    workload.uses.iter().filter_map(|u| u.config).chain(workload.by_annotation.iter().map(|(c, _)| *c));
                let parts = chosen.flat_map(|c| &outcome.configs[c].parts);
                let words: Vec<String> = parts.map(|(holder, digest)| format!("\"{holder}:{digest}\"")).collect();
                let json = format!("[{}]", words.join(","));
                assert_eq!(workload.stamp, Some(format!("sha256:{}", hex(&json))));
                format!("{json}\nsha256:{}\n", hex(&json))
            }
            more => panic!("{} workloads in one vector", more.len()),
        };
        let block = |vector: &str| format!("{manifest}```\n```text\n{vector}```");
        new = new.replace(&block(vector), &block(&wanted));
    }
    assert_eq!(seen, 13);
    finish(&path, &text, &new);
}

#[test]
#[cfg(unix)]
fn every_command_prints_what_the_page_says() {
    for (tool, asked) in [("jq", "--version"), ("openssl", "version")] {
        if Command::new(tool).arg(asked).output().is_err() {
            skipped(&format!("no {tool}"));
            return;
        }
    }
    let (path, text) = page();
    let mut new = text.clone();
    let mut seen = 0;
    for pair in blocks(&text).windows(2) {
        let [("sh", script), ("output", output)] = *pair else {
            continue;
        };
        seen += 1;
        let folder = tempfile::tempdir().unwrap();
        let ran = Command::new("sh").args(["-euc", script]).current_dir(folder.path()).output().unwrap();
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
        let printed = String::from_utf8(ran.stdout).unwrap();
        let block = |output: &str| format!("{script}```\n```output\n{output}```");
        new = new.replace(&block(output), &block(&printed));
    }
    assert_eq!(seen, 5);
    finish(&path, &text, &new);
}

fn finish(path: &Path, text: &str, new: &str) {
    if text == new {
        return;
    }
    if update() {
        std::fs::write(path, new).unwrap();
        return;
    }
    let differ = text.lines().zip(new.lines()).find(|(a, b)| a != b);
    panic!("docs/digest.md is not true: {differ:?}");
}

/// Which stamps the inputs of the fixtures get, in short. A stamp that changes while its input does not restarts a fleet, so
/// that only `UPDATE=breaking` writes it anew, and the major version rises (docs/releasing.md); `UPDATE=1` adds new inputs.
#[test]
fn no_stamp_changes_for_the_same_input() {
    let short = |text: &str| hex(text)[..16].to_owned();
    let mut now = BTreeMap::new();
    for entry in walkdir::WalkDir::new(repository("fixtures")).sort_by_file_name() {
        let entry = entry.unwrap();
        let is_input = entry.file_name().to_str().is_some_and(|name| name.starts_with("input."));
        let Some(text) = is_input.then(|| std::fs::read_to_string(entry.path()).ok()).flatten() else { continue };
        let outcome = outcome(&text, &all());
        let stamps: Vec<_> = outcome.stamps().into_iter().flatten().collect();
        if !stamps.is_empty() && !outcome.has_errors() {
            now.insert(short(&text), short(&stamps.join("\n")));
        }
    }
    assert!(now.len() > 300, "{}", now.len());
    let path = repository("tests/digest/stamps.txt");
    let text = std::fs::read_to_string(&path).unwrap_or_default();
    let known: BTreeMap<_, _> = text.lines().filter_map(|line| line.split_once(' ')).collect();
    let changed: Vec<_> =
        now.iter().filter(|(input, stamps)| known.get(&***input).is_some_and(|old| old != stamps)).collect();
    let breaking = std::env::var("UPDATE").is_ok_and(|update| update == "breaking");
    assert!(changed.is_empty() || breaking, "{} stamps change for the same input: a breaking change", changed.len());
    let text: String = now.iter().map(|(input, stamps)| format!("{input} {stamps}\n")).collect();
    if update() {
        std::fs::write(&path, text).unwrap();
    } else {
        assert!(
            now.keys().all(|input| known.contains_key(&**input)),
            "UPDATE=1 cargo test no_stamp_changes adds new inputs"
        );
    }
}

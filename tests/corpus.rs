//! Every file of the corpus of real manifests, with everything selected, against what an independent reader found.
//!
//! The corpus is no part of this repository: `RESTAMP_CORPUS`, or `../shared/corpus` beside it.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use base64::Engine as _;
use common::{invariants, outcome, run};
use rayon::prelude::*;
use restamp::decide::stamp::Decision;
use restamp::facts::digest::ConfigKind;
use restamp::finding::{Id, Severity};
use restamp::kube::reference::Reference;
use restamp::settings::{Select, Settings};
use restamp::text::source::Source;
use restamp::{Outcome, transform};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The corpus; `None` if it is not there, which has been said.
fn corpus() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let root = std::env::var_os("RESTAMP_CORPUS").map_or_else(beside, PathBuf::from);
    if root.join("oracle.jsonl").is_file() {
        return Some(root);
    }
    assert!(
        std::env::var_os("CI").is_none_or(|v| v != "true"),
        "{} is missing, and CI=true requires it",
        root.display()
    );
    // Past the capture of the test harness: a skipped test must be seen.
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr(), "skipped: no corpus at {}", root.display());
    None
}

fn all() -> Settings {
    Settings { select: Select::All, ..Settings::default() }
}

/// The records of the oracle.
fn oracle(root: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(root.join("oracle.jsonl")).expect("the oracle can be read");
    text.lines().map(|l| serde_json::from_str(l).expect("the oracle is JSON")).collect()
}

fn words<'v>(value: &'v Value, field: &str) -> Vec<&'v str> {
    let list = value[field].as_array().into_iter().flatten();
    list.filter_map(Value::as_str).collect()
}

fn word<'v>(value: &'v Value, field: &str) -> &'v str {
    value[field].as_str().unwrap_or_default()
}

fn report(what: &str, failures: Vec<String>, total: usize) {
    let shown: Vec<_> = failures.iter().take(40).map(String::as_str).collect();
    assert!(failures.is_empty(), "{what}: {} of {total} fail\n{}", failures.len(), shown.join("\n"));
}

#[test]
fn every_file_keeps_the_invariants() {
    let Some(root) = corpus() else { return };
    let dev = root.join("dev");
    let files: Vec<PathBuf> = walkdir::WalkDir::new(&dev)
        .sort_by_file_name()
        .into_iter()
        .filter_map(Result::ok)
        .filter(|e| e.file_type().is_file())
        .map(walkdir::DirEntry::into_path)
        .collect();
    assert!(files.len() >= 5620, "{} files only", files.len());
    let fails = |path: &PathBuf| {
        let name = path.strip_prefix(&dev).unwrap_or(path).display();
        let bytes = std::fs::read(path).unwrap();
        let Ok(text) = String::from_utf8(bytes) else {
            return Some(format!("{name}: not UTF-8"));
        };
        let new = match invariants(&text, &all()) {
            Ok(new) => new?,
            Err(why) => {
                return Some(format!("{name}: {}", why.lines().next().unwrap_or_default()));
            }
        };
        outside_stamps(&text, &new, &all()).map(|why| format!("{name}: {why}"))
    };
    let failures = files.par_iter().filter_map(fails).collect();
    report("invariants", failures, files.len());
}

/// Line by line: what is gone or new is a stamp or a parent that it needs.
fn outside_stamps(text: &str, new: &str, settings: &Settings) -> Option<String> {
    let outcome = outcome(text, settings);
    for edit in &outcome.edits {
        let mut rest = edit.text.clone();
        for part in [settings.annotation.as_str(), "annotations", "metadata", "sha256:"] {
            rest = rest.replacen(part, "", 1);
        }
        let gone = &text[edit.range.clone()];
        let odd = |c: char| !(c.is_ascii_hexdigit() || "{}\"': ,\t\r\n~".contains(c));
        if rest.contains(odd) || rest.matches(|c: char| c.is_ascii_hexdigit()).count() > 64 {
            return Some(format!("an edit writes more than a stamp: {:?}", edit.text));
        }
        if gone.len() > 12 && !gone.contains("sha256:") {
            return Some(format!("an edit takes {} bytes", gone.len()));
        }
    }
    (new.len() < text.len()).then(|| "the output is shorter".to_owned())
}

#[test]
fn configs_and_references_are_those_of_the_oracle() {
    let Some(root) = corpus() else { return };
    let records = oracle(&root);
    let fails = |record: &Value| -> Vec<String> {
        let sources: Vec<Source> = words(record, "files")
            .into_iter()
            .map(|f| {
                let text = std::fs::read_to_string(root.join("dev").join(f)).unwrap_or_default();
                Source::new(f, text)
            })
            .collect();
        let outcome = transform(&sources, &all());
        let mut failures = Vec::new();
        if word(record, "parse") == "ok" {
            failures.extend(configs(record, &sources, &outcome));
            failures.extend(workloads(record, &sources, &outcome));
        }
        let input = word(record, "input");
        failures.into_iter().map(|f| format!("{input}: {f}")).collect()
    };
    let failures = records.par_iter().flat_map_iter(fails).collect();
    report("oracle", failures, records.len());
}

/// Digests and presence of the configs of one input.
fn configs(record: &Value, sources: &[Source], outcome: &Outcome) -> Vec<String> {
    let mut failures = Vec::new();
    // Twins are one config here; the last one counts.
    let mut last: BTreeMap<(String, String, String), &Value> = BTreeMap::new();
    for config in record["configs"].as_array().into_iter().flatten() {
        let namespace = config["namespace"].as_str().unwrap_or("default").to_owned();
        let key = (word(config, "kind").to_owned(), namespace, word(config, "name").to_owned());
        if !key.2.is_empty() {
            last.insert(key, config);
        }
    }
    let mut ours: BTreeMap<(String, String, String), &restamp::Config> = BTreeMap::new();
    for config in &outcome.configs {
        let key = (config.kind.as_str().to_owned(), config.namespace.clone(), config.name.clone());
        ours.insert(key, config);
    }
    for (key, config) in &last {
        let Some(our) = ours.remove(key) else {
            // What SOPS encrypted is made in the cluster, and is no content here.
            if !is_local(config, sources) && !words(config, "flags").contains(&"sops") {
                failures.push(format!("{key:?} is not seen"));
            }
            continue;
        };
        let flags = words(config, "flags");
        // The oracle hashes JSON in ASCII and the digest does not; values that the API server refuses are hashed as
        // their text by both, but keys that are no strings are not the same text.
        let ascii = our.keys.iter().all(|k| k.is_ascii());
        let comparable = config["content_sha256"].is_string()
            && ascii
            && !flags
                .iter()
                .any(|f| matches!(*f, "nonstring_key" | "collection_value" | "section_not_a_map" | "nonstring_value"));
        if comparable && our.digest.hex() != word(config, "content_sha256") {
            failures.push(format!("{key:?}: another digest {flags:?}"));
        }
        let keys: Vec<&str> =
            config["key_sha256"].as_object().map(|o| o.keys().map(String::as_str).collect()).unwrap_or_default();
        let own: Vec<&str> = our.keys.iter().map(String::as_str).collect();
        let mut sorted = keys.clone();
        sorted.sort_unstable();
        if !flags.contains(&"nonstring_key") && config["key_sha256"].is_object() && sorted != own {
            failures.push(format!("{key:?}: keys {own:?}, not {sorted:?}"));
        }
    }
    for key in ours.keys() {
        failures.push(format!("{key:?} is none"));
    }
    failures
}

/// An object that kustomize and kpt drop is no config.
fn is_local(config: &Value, sources: &[Source]) -> bool {
    let file = word(config, "file");
    sources.iter().any(|s| (file.is_empty() || s.name == file) && s.text.contains("config.kubernetes.io/local-config"))
}

/// Whether the oracle's workload is one here: it has a template, and a kind that anything can come of.
fn is_known(workload: &Value) -> bool {
    workload["no_template"].as_bool() != Some(true) && word(workload, "kind") != "PodTemplate"
}

/// The references of the workloads of one input, with presence and missing keys.
fn workloads(record: &Value, sources: &[Source], outcome: &Outcome) -> Vec<String> {
    let mut failures = Vec::new();
    let encrypted: Vec<(&str, &str)> = record["configs"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|c| words(c, "flags").contains(&"sops"))
        .map(|c| (word(c, "kind"), word(c, "name")))
        .collect();
    let mut theirs: BTreeMap<(&str, &str, &str, u64), Vec<Vec<String>>> = BTreeMap::new();
    for workload in record["workloads"].as_array().into_iter().flatten() {
        if !is_known(workload) {
            continue;
        }
        let file =
            workload["file"].as_str().unwrap_or_else(|| words(record, "files").first().copied().unwrap_or_default());
        let key = (
            file,
            word(workload, "kind"),
            word(workload, "name"),
            workload["object_line"].as_u64().unwrap_or_default(),
        );
        let mut refs: Vec<String> =
            workload["refs"].as_array().into_iter().flatten().map(|r| their_reference(r, &encrypted)).collect();
        refs.sort();
        theirs.entry(key).or_default().push(refs);
    }
    let mut seen = 0;
    for decision in &outcome.decisions {
        let source = &sources[decision.location.source];
        let line = source.position(decision.location.range.start).line as u64;
        let key = (source.name.as_str(), decision.resource.kind.as_str(), decision.resource.name.as_str(), line);
        let Some(wanted) = theirs.get(&key) else {
            continue;
        };
        seen += 1;
        let mut refs: Vec<String> = decision.uses.iter().map(|u| our_reference(decision, outcome, u)).collect();
        refs.sort();
        if !wanted.contains(&refs) {
            failures.push(format!("{key:?}: {refs:?}, not {wanted:?}"));
        }
    }
    let total: usize = theirs.values().map(Vec::len).sum();
    if seen < total {
        let ours: Vec<_> = outcome
            .decisions
            .iter()
            .map(|v| {
                let source = &sources[v.location.source];
                (
                    source.name.as_str(),
                    v.resource.kind.as_str(),
                    v.resource.name.as_str(),
                    source.position(v.location.range.start).line,
                )
            })
            .collect();
        failures.push(format!("{seen} of {total} workloads: {ours:?}, not {:?}", theirs.keys().collect::<Vec<_>>()));
    }
    failures
}

/// A reference in words that both sides can make: kind, name, path below the pod template, keys, optional, presence.
fn their_reference(reference: &Value, encrypted: &[(&str, &str)]) -> String {
    let keys = match &reference["keys"] {
        Value::Null => "all".to_owned(),
        _ => words(reference, "keys").join(","),
    };
    let (kind, name) = (word(reference, "kind"), word(reference, "name"));
    let yes = |field: &str| reference[field].as_bool() == Some(true);
    let present = (yes("present") || yes("present_if_default")) && !encrypted.contains(&(kind, name));
    let missing = match present {
        true => words(reference, "missing_keys").join(","),
        false => String::new(),
    };
    let path = pointer_tail(word(reference, "pointer"));
    let optional = yes("optional");
    format!("{kind}/{name} {path} keys {keys} optional {optional} present {present} missing {missing}")
}

/// The last part of a JSON pointer that says where in a pod spec: from the pod spec's own field on.
fn pointer_tail(pointer: &str) -> String {
    let parts: Vec<&str> = pointer.split('/').collect();
    let fields = ["containers", "initContainers", "ephemeralContainers", "volumes", "imagePullSecrets"];
    let at = parts.iter().position(|p| fields.contains(p)).unwrap_or_default();
    let mut out = String::new();
    for part in &parts[at..] {
        if part.bytes().all(|b| b.is_ascii_digit()) && !part.is_empty() {
            out += &format!("[{part}]");
        } else {
            if !out.is_empty() {
                out.push('.');
            }
            out += part;
        }
    }
    out
}

fn our_reference(decision: &Decision, outcome: &Outcome, used: &restamp::decide::stamp::Use) -> String {
    let reference = &*used.reference;
    let Reference { kind, name, keys, optional, .. } = reference;
    let path = reference.path();
    let keys = keys.as_ref().map_or("all".to_owned(), |k| k.join(","));
    // Presence in the own namespace; the fallback to the only one of that name is ours alone.
    let config = used.config.map(|i| &outcome.configs[i]).filter(|c| c.namespace == decision.namespace);
    let present = config.is_some();
    let missing = if present { used.missing_keys.join(",") } else { String::new() };
    format!("{kind}/{name} {path} keys {keys} optional {optional} present {present} missing {missing}")
}

/// Words of which a broken file has at least one, or it passes through unseen.
const KINDS: [&str; 8] = ["ConfigMap", "Secret", "Deployment", "StatefulSet", "DaemonSet", "Job", "Rollout", "Pod"];

#[test]
fn broken_files_exit_with_2_and_a_place() {
    let Some(root) = corpus() else { return };
    let mut failures = Vec::new();
    let mut total = 0;
    for record in oracle(&root) {
        if word(&record, "type") != "file" || !matches!(word(&record, "parse"), "error" | "bad-key") {
            continue;
        }
        total += 1;
        let input = word(&record, "input");
        let bytes = std::fs::read(root.join("dev").join(input)).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        // A document that names no kind of ours is not parsed.
        if !KINDS.iter().any(|kind| text.contains(kind)) {
            continue;
        }
        let outcome = outcome(&text, &all());
        let found = outcome
            .findings
            .iter()
            .any(|f| f.severity == Severity::Error && matches!(f.id, Id::Syntax | Id::Limit) && f.location().is_some());
        let ran = run(["--select", "all"], &bytes);
        if !found || ran.status != 2 || !ran.stdout.is_empty() {
            failures.push(format!("{input}: exit status {}, {} findings", ran.status, outcome.findings.len()));
        }
    }
    report("broken files", failures, total);
}

/// The digest by its definition, for a content that needs more than ASCII keys.
#[test]
fn the_digest_is_that_of_its_definition() {
    let text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {é: ü, a: \"1\"}\n";
    let outcome = outcome(text, &Settings::default());
    let base64 = |v: &str| base64::engine::general_purpose::STANDARD.encode(v);
    let json = format!("{{\"a\":\"{}\",\"é\":\"{}\"}}", base64("1"), base64("ü"));
    let hex: String = Sha256::digest(json.as_bytes()).iter().map(|b| format!("{b:02x}")).collect();
    assert_eq!(outcome.configs[0].digest.hex(), hex);
    assert_eq!(outcome.configs[0].kind, ConfigKind::ConfigMap);
}

//! Every input of the corpus of real manifests, with everything selected, against what an independent reader found.
//!
//! The corpus is no part of this repository: `RESTAMP_CORPUS`, or `../shared/corpus` beside it. Each file is read and run
//! once, and all that must hold is asked of that run.

use crate::common::library::{Config, Counted, Seen, Settings, Source, Use, Workload, all, position, seen};
use crate::common::{invariants_of, outcome, repository, run, skipped};
use base64::Engine as _;
use rayon::prelude::*;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The corpus; `None` if it is not there, which has been said.
pub(crate) fn corpus() -> Option<PathBuf> {
    let root = std::env::var_os("RESTAMP_CORPUS").map_or_else(|| repository("../shared/corpus"), PathBuf::from);
    if !root.join("oracle.jsonl").is_file() {
        skipped(&format!("no corpus at {}", root.display()));
        return None;
    }
    Some(root)
}

/// The records of the oracle, which come apart: hardly any is looked at for long.
fn oracle(root: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(root.join("oracle.jsonl")).expect("the oracle can be read");
    text.par_lines().map(|l| serde_json::from_str(l).expect("the oracle is JSON")).collect()
}

fn words<'v>(value: &'v Value, field: &str) -> Vec<&'v str> {
    let list = value[field].as_array().into_iter().flatten();
    list.filter_map(Value::as_str).collect()
}

fn word<'v>(value: &'v Value, field: &str) -> &'v str {
    value[field].as_str().unwrap_or_default()
}

#[test]
fn every_input_is_as_the_oracle_says() {
    let Some(root) = corpus() else { return };
    let dev = root.join("dev");
    let records = oracle(&root);
    let files: BTreeSet<&str> =
        records.iter().filter(|r| word(r, "type") == "file").map(|r| word(r, "input")).collect();
    assert!(files.len() >= 5620, "{} files only", files.len());
    let fails = |record: &Value| -> Vec<String> {
        let name = word(record, "input");
        input(&dev, record).into_iter().map(|why| format!("{name}: {why}")).collect()
    };
    let failures: Vec<String> = records.par_iter().flat_map_iter(fails).collect();
    let shown: Vec<_> = failures.iter().take(40).map(String::as_str).collect();
    assert!(failures.is_empty(), "{} failures in {} inputs\n{}", failures.len(), records.len(), shown.join("\n"));
}

/// A type of config that the oracle does not know.
const UNKNOWN: &str = "SecretProviderClass";

/// What is wrong with one input.
fn input(dev: &Path, record: &Value) -> Vec<String> {
    let source = |file: &str| {
        let bytes = std::fs::read(dev.join(file)).map_err(|e| format!("{file}: {e}"))?;
        String::from_utf8(bytes).map(|text| Source::new(file, text)).map_err(|_| format!("{file}: not UTF-8"))
    };
    let is_file = word(record, "type") == "file";
    let files = if is_file { vec![word(record, "input")] } else { words(record, "files") };
    let sources: Vec<Source> = match files.into_iter().map(source).collect() {
        Ok(sources) => sources,
        Err(why) => return vec![why],
    };
    // The oracle knows nothing of what becomes a Secret; `producers` asks another one about that.
    let settings = Settings { producers: Counted::Ignore, ..all() };
    let first = seen(&sources, &settings);
    let mut failures = Vec::new();
    // kubectl refuses the file, and this reader says so; libyaml reads it.
    let refused = sources.iter().any(|s| s.name.ends_with("sortedkeys/testdata/container-with-merge.yaml"));
    if word(record, "parse") == "ok" && !refused {
        failures.extend(configs(record, &sources, &first));
        failures.extend(workloads(record, &sources, &first));
    }
    if is_file {
        let text = &sources[0].text;
        match invariants_of(text, &first, &settings) {
            Ok(Some(new)) => failures.extend(outside_stamps(text, &new, &first, &settings)),
            Ok(None) => {}
            Err(why) => failures.push(why.lines().next().unwrap_or_default().to_owned()),
        }
        if matches!(word(record, "parse"), "error" | "bad-key") {
            failures.extend(broken(text, &first));
        }
    }
    failures
}

/// What is gone or new is a stamp, or a parent that it needs.
fn outside_stamps(text: &str, new: &str, first: &Seen, settings: &Settings) -> Option<String> {
    for edit in &first.edits {
        let mut rest = edit.text.get().into_owned();
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

/// Digests and presence of the configs of one input.
fn configs(record: &Value, sources: &[Source], outcome: &Seen) -> Vec<String> {
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
    let mut ours: BTreeMap<(String, String, String), &Config> = BTreeMap::new();
    for config in outcome.configs.iter().filter(|c| c.kind != UNKNOWN) {
        ours.insert((config.kind.to_owned(), config.namespace.clone(), config.name.clone()), config);
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
        if comparable && our.digest != word(config, "content_sha256") {
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

/// The sources that an object of the oracle may stand in.
fn sources_of<'s>(object: &'s Value, sources: &'s [Source]) -> impl Iterator<Item = &'s Source> {
    let file = word(object, "file");
    sources.iter().filter(move |s| file.is_empty() || s.name == file)
}

/// An object that kustomize and kpt drop is no config.
fn is_local(config: &Value, sources: &[Source]) -> bool {
    sources_of(config, sources).any(|s| s.text.contains("config.kubernetes.io/local-config"))
}

/// Whether the oracle's workload is one here: it has a template, and a kind that anything can come of.
fn is_known(workload: &Value) -> bool {
    workload["no_template"].as_bool() != Some(true) && word(workload, "kind") != "PodTemplate"
}

/// The references of the workloads of one input, with presence and missing keys.
fn workloads(record: &Value, sources: &[Source], outcome: &Seen) -> Vec<String> {
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
        let key = (
            workload["file"].as_str().unwrap_or(&sources[0].name),
            word(workload, "kind"),
            word(workload, "name"),
            workload["object_line"].as_u64().unwrap_or_default(),
        );
        let mut refs: Vec<String> =
            workload["refs"].as_array().into_iter().flatten().map(|r| their_reference(r, &encrypted)).collect();
        refs.sort();
        theirs.entry(key).or_default().push(refs);
    }
    let key = |workload: &Workload| {
        let source = &sources[workload.source];
        (source.name.clone(), workload.kind.clone(), workload.name.clone(), position(source, workload.start).0 as u64)
    };
    let mut seen = 0;
    for workload in &outcome.workloads {
        let key = key(workload);
        let Some(wanted) = theirs.get(&(key.0.as_str(), key.1.as_str(), key.2.as_str(), key.3)) else {
            continue;
        };
        seen += 1;
        let uses = workload.uses.iter().filter(|u| u.kind != UNKNOWN);
        let mut refs: Vec<String> = uses.map(|u| our_reference(workload, outcome, u)).collect();
        refs.sort();
        if !wanted.contains(&refs) {
            failures.push(format!("{key:?}: {refs:?}, not {wanted:?}"));
        }
    }
    let total: usize = theirs.values().map(Vec::len).sum();
    if seen < total {
        let ours: Vec<_> = outcome.workloads.iter().map(key).collect();
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

fn our_reference(workload: &Workload, outcome: &Seen, used: &Use) -> String {
    let Use { kind, name, path, keys, optional, .. } = used;
    let keys = keys.as_ref().map_or("all".to_owned(), |k| k.join(","));
    // Presence in the own namespace; the fallback to the only one of that name is ours alone.
    let config = used.config.map(|i| &outcome.configs[i]).filter(|c| c.namespace == workload.namespace);
    let present = config.is_some();
    let missing = if present { used.missing_keys.join(",") } else { String::new() };
    format!("{kind}/{name} {path} keys {keys} optional {optional} present {present} missing {missing}")
}

/// Words of which a broken file has at least one, or it passes through unseen.
const KINDS: [&str; 8] = ["ConfigMap", "Secret", "Deployment", "StatefulSet", "DaemonSet", "Job", "Rollout", "Pod"];

/// A file that does not parse ends with 2 and a place.
fn broken(text: &str, first: &Seen) -> Option<String> {
    // A document that names no kind of ours is not parsed.
    if !KINDS.iter().any(|kind| text.contains(kind)) {
        return None;
    }
    let found =
        first.findings.iter().any(|f| f.severity == "error" && matches!(f.id, "syntax" | "limit") && f.at.is_some());
    let ran = run(["--select", "all"], text.as_bytes());
    let sound = found && ran.status == 2 && ran.stdout.is_empty();
    (!sound).then(|| format!("exit status {}, {} findings", ran.status, first.findings.len()))
}

/// The digest by its definition, for a content that needs more than ASCII keys.
#[test]
fn the_digest_is_that_of_its_definition() {
    let text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {é: ü, a: \"1\"}\n";
    let outcome = outcome(text, &Settings::default());
    let base64 = |v: &str| base64::engine::general_purpose::STANDARD.encode(v);
    let json = format!("{{\"a\":\"{}\",\"é\":\"{}\"}}", base64("1"), base64("ü"));
    let hex: String = Sha256::digest(json.as_bytes()).iter().map(|b| format!("{b:02x}")).collect();
    assert_eq!(outcome.configs[0].digest, hex);
    assert_eq!(outcome.configs[0].kind, "ConfigMap");
}

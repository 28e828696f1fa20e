//! restamp reads what kubectl reads: the same texts through apimachinery's reader, in one process of the oracle.
//!
//! Real manifests, the YAML test suite, workloads in all styles, and mutants of them; `RESTAMP_CASES` sets how many mutants,
//! `RESTAMP_SEED` which. What kubectl reads is given back as JSON; restamp must see the same in it as in the text: the same
//! workloads, references, selections, configs and digests. What kubectl or the API server refuses must not go by in silence.

use crate::common::library::{Seen, Source, all, seen, testing};
use crate::common::styles::Choices;
use crate::common::{repository, run, skipped};
use crate::oracle::{Random, ask, cases};
use rayon::prelude::*;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What the oracle says of a text.
#[derive(Deserialize)]
struct Answer {
    /// What kubectl reads before it refuses something.
    objects: Vec<String>,
    /// Why kubectl or the API server refuses each later; empty if they do not.
    refused: Vec<String>,
    /// Why kubectl does not read on.
    kubectl: String,
    /// Why kustomize refuses the text, where kubectl does.
    kustomize: String,
}

/// What is read by kubectl and refused here, by the message; `docs/reading.md` says why.
const REFUSED_HERE: [&str; 7] = [
    "aliases up to here make the document more than 10 times as long as it is",
    "a control character, which YAML forbids",
    "a directive (`%YAML`, `%TAG`), which neither kubectl nor kustomize reads",
    "something else than JSON behind a value of JSON",
    // Where a later duplicate key overrides the value.
    "a number too large for a key; quote it",
    "a null as a key, which Kubernetes refuses",
    "JSON has no number for this; quote it if it is text",
];

/// What of a set counts here.
fn view(seen: &Seen) -> String {
    let mut out = String::new();
    for w in &seen.workloads {
        out += &format!("{}/{}/{} {:?} {:?}\n", w.namespace, w.kind, w.name, w.stamp, w.by_annotation);
        for u in &w.uses {
            out += &format!(
                "  {} {}/{} {:?} {} {} {:?} {:?} {} {:?}\n",
                u.path,
                u.kind,
                u.name,
                u.keys,
                u.optional,
                u.counted,
                u.config,
                u.missing_keys,
                u.selection.selected,
                u.selection.key
            );
        }
    }
    for c in &seen.configs {
        // A key that an alias brought from a Secret is not shown; the digest tells whether it is the right one.
        let keys = Some(&c.keys).filter(|_| c.kind == "ConfigMap");
        out += &format!("{}/{}/{} {} {keys:?}\n", c.namespace, c.kind, c.name, c.digest);
    }
    out
}

fn look(text: &str) -> Seen {
    seen(&[Source::new("in.yaml", text.to_owned())], &all())
}

/// What is wrong with the reading of a text.
fn fault(text: &str, answer: &Answer) -> Option<(String, String)> {
    let ours = look(text);
    let said = |severity: &str| ours.findings.iter().find(|f| f.severity == severity && is_reading(f.id));
    let (chunks, relevant) = testing::scan(text, &all());
    let all_read = chunks == relevant;
    if !answer.kubectl.is_empty() {
        if said("error").is_some() || !all_read {
            return None;
        }
        let why = answer.kubectl.rsplit(": ").next().unwrap_or_default();
        return match said("warning") {
            None => Some(("silent".into(), why.to_owned())),
            Some(_) if answer.kustomize.is_empty() || ours.findings.iter().any(|f| f.id == "kubectl-refuses") => None,
            Some(f) => Some(("warning".into(), format!("{}: {why}; {}", f.id, answer.kustomize))),
        };
    }
    if let Some(error) = said("error") {
        return (!REFUSED_HERE.contains(&&*error.message)).then(|| ("refused here".into(), error.message.clone()));
    }
    let objects: Vec<&str> = answer.objects.iter().map(String::as_str).filter(|o| o.starts_with('{')).collect();
    // What the API server refuses may be read in any way once that is said.
    let refused = answer.refused.iter().find(|why| !why.is_empty());
    let (theirs, ours_seen) = (view(&look(&objects.join("\n"))), view(&ours));
    // Which of two keys kubectl sends is chance then.
    let by_chance = ours.findings.iter().any(|f| f.message.ends_with("a matter of chance"));
    // Of a custom resource the oracle does not know that a field holds a string.
    let refused_here = || objects.iter().any(is_custom) && ours.findings.iter().any(|f| f.id == "refused-value");
    if theirs != ours_seen && refused.is_none() && !by_chance && !refused_here() {
        let differ = theirs.lines().zip(ours_seen.lines()).find(|(a, b)| a != b);
        return Some(("differs".into(), format!("{differ:?}")));
    }
    match refused {
        Some(why) if all_read && said("warning").is_none() && is_ours(why, &objects) => {
            Some(("accepted".into(), why.clone()))
        }
        _ => None,
    }
}

/// Whether an object is of a group that is not Kubernetes' own.
fn is_custom(object: &&str) -> bool {
    let object: Value = serde_json::from_str(object).unwrap_or_default();
    let group = object["apiVersion"].as_str().and_then(|version| version.split_once('/')).map(|(group, _)| group);
    group.is_some_and(|group| group.contains('.') && !group.ends_with(".k8s.io"))
}

/// Whether it is about something that restamp reads; it does not know the whole API.
fn is_ours(why: &str, objects: &[&str]) -> bool {
    if why.contains("'Kind' is missing") || why.contains("apiVersion not set") {
        // Unless it looks like an object.
        let object = |text: &&str| serde_json::from_str::<Value>(text).unwrap_or_default();
        let signs = |o: Value| ["apiVersion", "kind", "metadata", "spec"].iter().filter(|f| o.get(f).is_some()).count();
        return objects.iter().map(object).all(|o| signs(o) > 1);
    }
    let path = why.split("Go struct field ").nth(1).and_then(|w| w.split(' ').next()).unwrap_or_default();
    let path = path.split_once('.').map_or(path, |(_, path)| path);
    let known = [
        "metadata",
        "metadata.name",
        "metadata.namespace",
        "metadata.annotations",
        "metadata.labels",
        "spec",
        "spec.template",
        "spec.template.metadata",
        "spec.template.metadata.annotations",
        "spec.template.metadata.labels",
        "spec.template.spec",
        "spec.template.spec.containers",
        "spec.template.spec.containers.env",
        "spec.template.spec.containers.envFrom",
        "spec.template.spec.volumes",
        "kind",
        "apiVersion",
    ];
    known.contains(&path)
}

fn is_reading(id: &str) -> bool {
    matches!(
        id,
        "syntax"
            | "limit"
            | "encoding"
            | "separator"
            | "missing-separator"
            | "kubectl-refuses"
            | "dropped"
            | "line-separator"
            | "merge-order"
            | "duplicate-key"
            | "refused-value"
            | "boolean-key"
            | "not-an-object"
    )
}

/// What means something to a reader.
const PIECES: [&str; 80] = [
    ":",
    ": ",
    "-",
    "- ",
    "\n- ",
    "\n",
    "\r",
    "\r\n",
    "\r\r\n",
    "\t",
    "\t\n",
    "\n\t\n",
    " ",
    "  ",
    "    ",
    "#",
    " # c",
    "# c\n",
    "\n\t# c\n",
    "\"",
    "'",
    "{",
    "}",
    "[",
    "]",
    ",",
    "{}",
    "[]",
    "&a ",
    "*a",
    "*a : ",
    "!!str ",
    "!!int ",
    "!!binary ",
    "!!null ",
    "!!map ",
    "! ",
    "!x ",
    "|",
    ">-",
    "|+\n",
    "|2\n",
    ">\n",
    "? ",
    "\n? ",
    "<<: ",
    "<<: {a: b}\n",
    "<<: [*a]\n",
    "\n---\n",
    "\n--- ",
    "\n---x",
    "\n---# c\n",
    "\n...\n",
    "%YAML 1.1\n",
    "~",
    "~: ",
    "null",
    "\\",
    "\\u0041",
    "\\\n",
    "\u{feff}",
    "\u{85}",
    "\u{2028}",
    "\u{2029}",
    "é",
    "🙂",
    "\0",
    "\u{7f}",
    "0x1F",
    "1e3",
    ".inf",
    "yes",
    "0b+1",
    "1_0",
    "12345678901234567890",
    "kind: Secret\n",
    "@",
    "`",
    "%",
    "data:\n",
];

fn mutant(random: &mut Random, text: &str, other: &str) -> String {
    let mut text = text.to_owned();
    for _ in 0..=random.below(3) {
        let mut at = random.below(text.len() + 1);
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        let mut end = (at + random.below(6)).min(text.len());
        while !text.is_char_boundary(end) {
            end += 1;
        }
        match random.below(10) {
            0 => text.replace_range(at..end, ""),
            1..=4 => text.insert_str(at, PIECES[random.below(PIECES.len())]),
            5 => text.replace_range(at..end, PIECES[random.below(PIECES.len())]),
            6 | 7 => {
                let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
                let (i, j) = (random.below(lines.len()), random.below(lines.len()));
                match random.below(4) {
                    _ if lines.is_empty() => {}
                    0 => lines.swap(i, j),
                    1 => lines.insert(i, lines[j]),
                    2 => drop(lines.remove(i)),
                    _ => {
                        let indented = format!("{}{}", random.pick(&[" ", "  ", "\t", "- "]), lines[i]);
                        lines[i] = &indented;
                        text = lines.concat();
                        continue;
                    }
                }
                text = lines.concat();
            }
            8 => text.truncate(at),
            _ => {
                let lines: Vec<&str> = other.split_inclusive('\n').collect();
                if !lines.is_empty() {
                    text.insert_str(at, lines[random.below(lines.len())]);
                }
            }
        }
    }
    text
}

/// A folder beside the corpus.
fn shared(folder: &str) -> PathBuf {
    let corpus = std::env::var_os("RESTAMP_CORPUS").map_or_else(|| repository("../shared/corpus"), PathBuf::from);
    corpus.with_file_name(folder)
}

/// Documents that are worth reading, from wherever there are any.
fn documents() -> Vec<String> {
    let folders = [repository("fixtures"), shared("corpus").join("dev")];
    let files = folders.iter().flat_map(walkdir::WalkDir::new).filter_map(Result::ok);
    let mut out: Vec<String> = files
        .filter(|e| e.path().extension().is_some_and(|x| x == "yaml" || x == "yml" || x == "json"))
        .filter_map(|e| std::fs::read_to_string(e.path()).ok())
        .flat_map(|text| text.split("\n---\n").map(str::to_owned).collect::<Vec<_>>())
        .filter(|text| text.len() < 4000 && testing::scan(text, &all()) == (1, 1))
        .collect();
    out.sort();
    out.dedup();
    out
}

fn hold(texts: &[String]) {
    let Some(answers) = ask::<_, Answer>("yaml", texts) else { return };
    let faults: Vec<_> = texts
        .par_iter()
        .zip(&answers)
        .filter_map(|(text, answer)| fault(text, answer).map(|fault| (fault, text)))
        .collect();
    let mut kinds: BTreeMap<(String, String), (usize, &String)> = BTreeMap::new();
    for ((kind, what), text) in faults {
        let what: String = what.chars().filter(|c| !c.is_ascii_digit()).take(300).collect();
        let entry = kinds.entry((kind, what)).or_insert((0, text));
        entry.0 += 1;
        if text.len() < entry.1.len() {
            entry.1 = text;
        }
    }
    let shown: Vec<String> =
        kinds.iter().map(|((kind, what), (n, text))| format!("{n} x {kind}: {what}\n      {text:?}")).collect();
    assert!(kinds.is_empty(), "{} texts\n{}", texts.len(), shown.join("\n"));
}

#[test]
fn real_documents_are_read_as_kubectl_reads_them() {
    hold(&documents());
}

#[test]
fn the_yaml_test_suite_is_read_as_kubectl_reads_it() {
    let suite = shared("yaml-test-suite");
    if !suite.is_dir() {
        skipped(&format!("no YAML test suite at {}", suite.display()));
        return;
    }
    // Inside of a value that is hashed, and as it stands.
    let mut texts = Vec::new();
    for entry in walkdir::WalkDir::new(suite).sort_by_file_name().into_iter().filter_map(Result::ok) {
        if entry.file_name() == "in.yaml"
            && let Ok(text) = std::fs::read_to_string(entry.path())
        {
            texts.push(format!("kind: ConfigMap\napiVersion: v1\nmetadata: {{name: a}}\ndata:\n{}", indented(&text)));
            texts.push(format!("# Secret\n{text}"));
            texts.push(text);
        }
    }
    assert!(texts.len() > 900, "{} texts", texts.len());
    hold(&texts);
}

fn indented(text: &str) -> String {
    text.split_inclusive('\n').map(|line| format!("  {line}")).collect()
}

#[test]
fn workloads_in_any_style_are_read_as_kubectl_reads_them() {
    let mut random = Random(1);
    let text = |_| Choices::new((0..200).map(|_| random.below(256) as u8).collect()).workload();
    let texts: Vec<String> = (0..2000).map(text).collect();
    hold(&texts);
}

#[test]
fn mutants_are_read_as_kubectl_reads_them() {
    let mut random = Random::new();
    let documents = documents();
    let texts: Vec<String> = (0..cases(4_000))
        .map(|_| {
            let (one, other) = (random.below(documents.len()), random.below(documents.len()));
            let (mut text, other) = (documents[one].clone(), &documents[other]);
            if random.below(4) == 0 {
                text = text + random.pick(&["\n---\n", "\n---\n---\n", "\n", "\n--- # c\n", " "]) + other;
            }
            mutant(&mut random, &text, other)
        })
        .collect();
    hold(&texts);
}

/// What `stamp` prints of a folder is one stream, in which each file is read as it is alone.
#[test]
fn a_stream_is_read_as_its_files() {
    let mut random = Random::new();
    let mut documents = documents();
    // Nor those that go-yaml itself reads one way or the other.
    documents.retain(|text| {
        ["stakater", "wave.pusher.com", "restamp.dev", "kustomize.config", "matter of chance"]
            .iter()
            .all(|word| !text.contains(word))
    });
    documents.push(
        "{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"metadata\":{\"name\":\"j\"},\"data\":{\"a\\/b\":\"\"}}".into(),
    );
    let json = documents.iter().filter(|text| text.starts_with('{')).cloned().collect::<Vec<_>>();
    let (mut files, mut streams) = (Vec::new(), Vec::new());
    while streams.len() < 500 {
        let dir = tempfile::tempdir().unwrap();
        let one = |_| {
            let from = if random.below(4) == 0 { &json } else { &documents };
            let text = &from[random.below(from.len())];
            match random.below(6) {
                0 => text.trim_end().to_owned(),
                1 => text.replace('\n', "\r"),
                2 => text.replace('\n', "\r\n"),
                3 => format!("# c\r---\n{text}"),
                4 => format!("{}\r", text.trim_end()),
                _ => text.clone(),
            }
        };
        let texts: Vec<String> = (0..3).map(one).collect();
        for (name, text) in ["a.yaml", "b.yaml", "c.yaml"].into_iter().zip(&texts) {
            std::fs::write(dir.path().join(name), text).unwrap();
        }
        let ran = run(["stamp".into(), dir.path().as_os_str().to_owned()], b"");
        if ran.status == 0 && !ran.stdout.is_empty() {
            files.extend(texts);
            streams.push(ran.text());
        }
    }
    let Some(answers) = ask::<_, Answer>("yaml", &files) else { return };
    let Some(joined) = ask::<_, Answer>("yaml", &streams) else { return };
    for (i, (alone, joined)) in answers.chunks(3).zip(&joined).enumerate() {
        let value = |object: &String| serde_json::from_str::<Value>(object).unwrap_or_default();
        let apart: Vec<Value> = alone.iter().flat_map(|answer| &answer.objects).map(value).collect();
        let together: Vec<Value> = joined.objects.iter().map(value).collect();
        // A file without an object of Kubernetes is left out.
        let lost = alone.iter().any(|a| !a.kubectl.is_empty() || a.refused.iter().any(|why| !why.is_empty()));
        let differ = apart.iter().zip(&together).position(|(a, b)| a != b);
        let (files, stream) = (&files[3 * i..3 * i + 3], &streams[i]);
        assert!(lost || apart == together, "{} {differ:?}\n{files:?}\n{stream:?}", joined.kubectl);
    }
}

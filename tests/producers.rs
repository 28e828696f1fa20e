//! What becomes a Secret, against others: `jq` on the JSON that kubectl reads, the controllers' own types, and the real
//! kubeseal and sops.
//!
//! The corpus is no part of this repository ([`crate::corpus`]); `.ci/hosts` builds the tools. What is missing is skipped.

mod tools;

use crate::common::library::{Seen, Source, all, seen};
use crate::common::{outcome, repository, skipped};
use crate::corpus::corpus;
use crate::oracle::{ask, ask_of};
use rayon::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Kinds that become Secrets, and the word of a file that SOPS wrote.
const WORDS: [&str; 6] =
    ["SealedSecret", "ExternalSecret", "SecretProviderClass", "Certificate", "ClusterExternalSecret", "sops:"];

/// What counts of an object, and what it makes: by its fields alone, written without a look at restamp's tables.
const JQ: &str = r#"
def each: if ((.kind? // "") | tostring | endswith("List")) and ((.items? | type) == "array") then .items[] | each else . end;
def group: .apiVersion | tostring | split("/")[0];
def makes:
  if has("sops") then [.metadata.name]
  elif .kind == "SealedSecret" then [.metadata.name]
  elif .kind == "ExternalSecret" then [.spec.target.name? // .metadata.name]
  else [.spec.secretObjects[]?.secretName] end;
each | select(type == "object" and (.metadata | type) == "object")
  | select((.kind == "SealedSecret" and group == "bitnami.com")
    or (.kind == "ExternalSecret" and (group == "external-secrets.io" or group == "kubernetes-client.io"))
    or (.kind == "SecretProviderClass" and group == "secrets-store.csi.x-k8s.io")
    or ((.kind == "Secret" or .kind == "ConfigMap") and has("sops")))
  | select(.metadata.annotations["config.kubernetes.io/local-config"]? != "true")
  | {kind, name: .metadata.name, namespace: (.metadata.namespace // "default"), makes: makes,
     content: (if has("sops") then (.data // {}) + (.stringData // {})
      elif .kind == "SealedSecret" then {encryptedData: .spec.encryptedData, template: .spec.template.data}
      elif .kind == "ExternalSecret" then .spec | del(.refreshInterval, .refreshPolicy)
      else .spec end)}
  | [.kind, .name, .namespace, (.makes | tojson), (.content | tojson)] | .[]
"#;

#[derive(Deserialize)]
struct Read {
    objects: Vec<String>,
}

/// One object, as the reference has it.
#[derive(Debug)]
struct Made {
    kind: String,
    name: String,
    namespace: String,
    makes: Vec<String>,
    digest: String,
}

/// What `jq` makes of the objects of some texts, a list for each; `None` if it is not there.
fn by_jq(texts: &[String]) -> Option<Vec<Vec<Made>>> {
    if Command::new("jq").arg("--version").output().is_err() {
        skipped("no jq");
        return None;
    }
    let read: Vec<Read> = ask("yaml", texts)?;
    let one = |read: Read| {
        let objects: Vec<String> = read.objects.into_iter().filter(|o| o.starts_with('{')).collect();
        let mut jq =
            Command::new("jq").args(["-cSr", JQ]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut stdin = jq.stdin.take().unwrap();
        let writer = std::thread::spawn(move || stdin.write_all(objects.join("\n").as_bytes()));
        let answer = jq.wait_with_output().unwrap();
        writer.join().unwrap().unwrap();
        assert!(answer.status.success());
        let text = String::from_utf8(answer.stdout).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        let made = |fields: &[&str]| Made {
            kind: fields[0].to_owned(),
            name: fields[1].to_owned(),
            namespace: fields[2].to_owned(),
            makes: serde_json::from_str::<Vec<Option<String>>>(fields[3]).unwrap().into_iter().flatten().collect(),
            digest: Sha256::digest(fields[4]).iter().map(|byte| format!("{byte:02x}")).collect(),
        };
        lines.chunks(5).map(made).collect()
    };
    Some(read.into_par_iter().map(one).collect())
}

/// The files of the corpus that hold what becomes a Secret, by their path in it.
fn files(root: &Path) -> Vec<(PathBuf, String)> {
    let dev = root.join("dev");
    let files = walkdir::WalkDir::new(&dev).sort_by_file_name().into_iter().filter_map(Result::ok);
    let texts = files.filter(|e| e.file_type().is_file()).filter_map(|entry| {
        let text = std::fs::read_to_string(entry.path()).ok()?;
        let path = entry.path().strip_prefix(&dev).unwrap().to_owned();
        WORDS.iter().any(|word| text.contains(word)).then_some((path, text))
    });
    texts.filter(|(path, _)| !path.starts_with("_invalid")).collect()
}

/// The kinds of what holds content, each with its digest and the config that it is that of.
fn held(outcome: &Seen) -> BTreeSet<(&str, &str, &str, &str)> {
    let parts = outcome.configs.iter().flat_map(|c| c.parts.iter().map(move |(holder, digest)| (c, *holder, digest)));
    parts.map(|(c, holder, digest)| (holder, c.namespace.as_str(), c.name.as_str(), digest.as_str())).collect()
}

#[test]
fn each_digest_is_that_of_jq() {
    let Some(root) = corpus() else { return };
    let files = files(&root);
    let texts: Vec<String> = files.iter().map(|(_, text)| text.clone()).collect();
    let Some(wanted) = by_jq(&texts) else { return };
    let (mut counts, mut wrong) = (BTreeMap::new(), Vec::new());
    for ((path, text), wanted) in files.iter().zip(&wanted) {
        let seen = outcome(text, &all());
        if seen.findings.iter().any(|f| f.severity == "error" && matches!(f.id, "syntax" | "limit")) {
            continue;
        }
        let held = held(&seen);
        for made in wanted {
            // Of one object that is there several times the last one counts.
            let twin = |other: &&Made| {
                (&other.kind, &other.name, &other.namespace) == (&made.kind, &made.name, &made.namespace)
            };
            let made = wanted.iter().rfind(twin).unwrap();
            *counts.entry(made.kind.as_str()).or_insert(0) += 1;
            for name in &made.makes {
                if !held.contains(&(made.kind.as_str(), made.namespace.as_str(), name.as_str(), made.digest.as_str())) {
                    wrong.push(format!("{}: {made:?} not in {held:?}", path.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{counts:?}, {} wrong\n{}", wrong.len(), wrong[..wrong.len().min(5)].join("\n"));
    eprintln!("digests of the corpus: {counts:?}");
    assert!(counts.values().sum::<i32>() > 100, "{counts:?}");
}

/// Per file and per folder: each reference to a Secret whose maker lies there leads to it.
#[test]
fn each_reference_leads_to_what_makes_it() {
    let Some(root) = corpus() else { return };
    let files = files(&root);
    let texts: Vec<String> = files.iter().map(|(_, text)| text.clone()).collect();
    let Some(made) = by_jq(&texts) else { return };
    let made: BTreeMap<&Path, Vec<Made>> = files.iter().map(|(path, _)| path.as_path()).zip(made).collect();
    let mut folders: BTreeMap<&Path, Vec<&Path>> = BTreeMap::new();
    for path in made.keys() {
        folders.entry(path.parent().unwrap()).or_default().push(path);
    }
    let dev = root.join("dev");
    let source = |path: &Path| {
        let text = std::fs::read_to_string(dev.join(path)).ok()?;
        Some(Source::new(path.display().to_string(), text))
    };
    let alone = made.keys().map(|path| ("file", vec![*path], source(path).into_iter().collect::<Vec<_>>()));
    let together = folders.iter().map(|(folder, with)| {
        let beside = std::fs::read_dir(dev.join(folder)).unwrap().filter_map(Result::ok).map(|e| e.path());
        let mut beside: Vec<PathBuf> = beside.filter(|p| p.is_file()).collect();
        beside.sort();
        let yaml = |p: &&PathBuf| p.extension().is_some_and(|x| x == "yaml" || x == "yml" || x == "json");
        let sources = beside.iter().filter(yaml).filter_map(|p| source(p.strip_prefix(&dev).unwrap())).collect();
        ("folder", with.clone(), sources)
    });
    let (mut counts, mut wrong) = (BTreeMap::new(), Vec::new());
    for (what, with, sources) in alone.chain(together) {
        let outcome = seen(&sources, &all());
        let makers = || with.iter().flat_map(|path| &made[path]);
        for workload in &outcome.workloads {
            for used in workload.uses.iter().filter(|u| u.kind == "Secret") {
                let makes = |m: &&Made| m.namespace == workload.namespace && m.makes.contains(&used.name);
                let Some(maker) = makers().find(makes) else { continue };
                let (all, resolved) = counts.entry((what, maker.kind.as_str())).or_insert((0, 0));
                *all += 1;
                let leads = used.config.is_some_and(|i| {
                    outcome.configs[i].parts.iter().any(|(_, digest)| *digest == maker.digest)
                        || makers().filter(makes).any(|m| outcome.configs[i].parts.iter().any(|(_, d)| *d == m.digest))
                });
                if leads {
                    *resolved += 1;
                } else {
                    wrong.push(format!("{what} {}: {}/{} {used:?}", with[0].display(), workload.kind, workload.name));
                }
            }
        }
    }
    eprintln!("references whose maker lies there, and how many lead to it: {counts:?}");
    assert!(wrong.is_empty(), "{counts:?}, {} wrong\n{}", wrong.len(), wrong[..wrong.len().min(8)].join("\n"));
    assert!(counts.values().map(|(n, _)| n).sum::<i32>() > 0, "{counts:?}");
}

/// What the types of the controllers make of an object.
#[derive(Debug, Deserialize)]
struct Typed {
    unknown: bool,
    refused: Vec<String>,
    makes: Vec<String>,
    keys: Vec<String>,
}

/// Every object of some texts that becomes a Secret, as JSON.
fn objects(texts: &[String]) -> Option<Vec<Value>> {
    let read: Vec<Read> = ask("yaml", texts)?;
    let objects = read.into_iter().flat_map(|read| read.objects).filter_map(|o| serde_json::from_str(&o).ok());
    Some(objects.filter(|o: &Value| WORDS.iter().any(|kind| o["kind"] == *kind)).collect())
}

#[test]
fn the_types_of_the_controllers_agree() {
    let ours = walkdir::WalkDir::new(repository("fixtures")).into_iter().filter_map(Result::ok);
    let ours = ours.filter(|e| e.path().extension().is_some_and(|x| x == "yaml"));
    let ours: Vec<String> = ours.filter_map(|e| std::fs::read_to_string(e.path()).ok()).collect();
    let ours = ours.into_iter().filter(|t| WORDS.iter().any(|word| t.contains(word)));
    let is_wrong = |text: &String| {
        let seen = seen(&[Source::new("in.yaml", text.clone())], &all());
        seen.findings.iter().any(|f| f.id == "refused-value")
    };
    let (wrong, ours): (Vec<String>, Vec<String>) = ours.partition(is_wrong);
    let (Some(own), Some(wrong)) = (objects(&ours), objects(&wrong)) else { return };
    // What is said to be refused is so.
    let Some(refused) = ask_of::<_, Typed>("types", &[], &wrong) else { return };
    assert!(
        refused.iter().filter(|answer| answer.refused.iter().any(|why| why.contains("of type string"))).count() >= 3
    );
    let foreign = corpus().map(|root| files(&root).into_iter().map(|(_, text)| text).collect::<Vec<_>>());
    let Some(foreign) = objects(&foreign.unwrap_or_default()) else { return };
    let all_objects: Vec<&Value> = own.iter().chain(&foreign).collect();
    let Some(answers) = ask_of::<_, Typed>("types", &[], &all_objects) else { return };
    let (mut asked, mut refused) = (0, 0);
    for (i, (object, answer)) in all_objects.iter().zip(&answers).enumerate() {
        if answer.unknown {
            continue;
        }
        // Types of one version do not know all fields of others; ours have none that is not real.
        // `x-` is where anchors stand.
        let sound = answer.refused.iter().all(|why| why.starts_with("unknown field \"x-")) || i >= own.len();
        assert!(sound, "{:?}\n{object}", answer.refused);
        refused += usize::from(!answer.refused.is_empty());
        let local = object["metadata"]["annotations"]["config.kubernetes.io/local-config"] == "true";
        if !answer.refused.is_empty() || local || object["metadata"]["name"].as_str().is_none_or(str::is_empty) {
            continue;
        }
        asked += 1;
        agree(object, answer);
    }
    eprintln!("{asked} objects as their types have them, {refused} of another version");
    assert!(asked > 10, "{asked}");
}

/// Names and keys of what one object makes.
fn agree(object: &Value, answer: &Typed) {
    let text = object.to_string();
    if object["kind"] == "Certificate" {
        let Some(secret) = answer.makes.first() else { return };
        let namespace = &object["metadata"]["namespace"];
        let container = json!({"name": "c", "image": "c", "envFrom": [{"secretRef": {"name": secret}}]});
        let web = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": namespace},
            "spec": {"template": {"spec": {"containers": [container]}}}});
        let said = outcome(&format!("{text}\n{web}"), &all()).findings;
        let maker = format!("Certificate/{}", object["metadata"]["name"].as_str().unwrap());
        let names_it = |f: &crate::common::library::Finding| f.remedy.as_ref().is_some_and(|r| r.contains(&maker));
        assert!(said.iter().any(|f| f.id == "missing-config" && names_it(f)), "{said:?}\n{text}");
        return;
    }
    let seen = outcome(&text, &all());
    let secrets = || seen.configs.iter().filter(|c| c.kind == "Secret");
    let names: BTreeSet<&str> = secrets().map(|c| c.name.as_str()).collect();
    assert_eq!(names, answer.makes.iter().map(String::as_str).collect(), "{text}");
    for secret in secrets().filter(|c| !c.keys.is_empty()) {
        let keys: BTreeSet<&String> = secret.keys.iter().collect();
        assert_eq!(keys, answer.keys.iter().collect(), "{text}");
    }
}

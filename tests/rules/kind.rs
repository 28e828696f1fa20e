//! The table of kinds: a fixture for each row that is stamped, whose configs move its stamps and no others;
//! `docs/kinds.md`; and the schemas of operators, which take what restamp writes.

use crate::common::{repository, run, skipped, update};
use crate::hosts::support::built;
use crate::oracle::ask;
use rayon::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

const STAMP: &str = "restamp.dev/config-hash: ";

/// The rows, as `explain --kinds` gives them.
fn rows() -> Vec<Value> {
    let ran = run(["explain", "--kinds", "--format", "json"], b"");
    let table: Value = serde_json::from_str(&ran.text()).unwrap();
    table["kinds"].as_array().unwrap().clone()
}

/// The fixtures: name, text, and that with its stamps.
fn fixtures() -> Vec<(String, String, String)> {
    let mut all: Vec<_> =
        fs::read_dir(repository("fixtures/kinds")).unwrap().map(|entry| entry.unwrap().path()).collect();
    all.sort();
    let read = |path: &std::path::PathBuf, file| fs::read_to_string(path.join(file)).unwrap();
    all.iter()
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, read(path, "input.yaml"), read(path, "expected.yaml"))
        })
        .collect()
}

fn field<'t>(text: &'t str, field: &str) -> &'t str {
    text.lines().find_map(|line| line.strip_prefix(field)).unwrap().trim()
}

/// The last document of a fixture is its object.
fn object(text: &str) -> &str {
    text.rsplit("\n---\n").next().unwrap()
}

#[test]
fn each_row_that_is_stamped_has_a_fixture() {
    let stamped: BTreeSet<(String, String)> = fixtures()
        .iter()
        .filter(|(_, _, expected)| expected.contains(STAMP))
        .map(|(_, text, _)| (field(object(text), "apiVersion:").to_owned(), field(object(text), "kind:").to_owned()))
        .collect();
    let mut known = BTreeSet::new();
    for row in rows() {
        if !matches!(row["class"].as_str().unwrap(), "rolls" | "next run") {
            continue;
        }
        let kind = row["kind"].as_str().unwrap();
        let api = row["apiVersions"][0].as_str().unwrap();
        known.insert((api.to_owned(), kind.to_owned()));
    }
    assert_eq!(known, stamped);
}

/// A value of one config changes: some stamps of its object move, and nothing of its neighbours; all stamps of the object
/// have a config that moves them. All fixtures together are stamped as each is alone.
#[test]
fn a_changed_config_moves_the_stamps_of_its_object_and_no_other() {
    let fixtures = fixtures();
    let stamped = |texts: &[&str]| {
        let ran = run([""; 0], texts.join("---\n").as_bytes());
        assert_eq!(ran.status, 0, "{}", ran.stderr);
        ran.text()
    };
    let inputs: Vec<&str> = fixtures.iter().map(|(_, input, _)| input.as_str()).collect();
    let outputs: Vec<&str> = fixtures.iter().map(|(_, _, expected)| expected.as_str()).collect();
    assert_eq!(stamped(&inputs), outputs.join("---\n"));
    fixtures.par_iter().enumerate().for_each(|(i, (name, input, expected))| {
        let near = [(i + 1) % inputs.len(), (i + 2) % inputs.len()];
        let mut moved = BTreeSet::new();
        for (at, value) in input.match_indices("value: A") {
            let changed = format!("{}value: B{}", &input[..at], &input[at + value.len()..]);
            let new = stamped(&[inputs[near[0]], &changed, inputs[near[1]]]);
            let (before, after) = (format!("{}---\n", outputs[near[0]]), format!("---\n{}", outputs[near[1]]));
            let new = new.strip_prefix(&before).and_then(|new| new.strip_suffix(&after));
            let new = new.unwrap_or_else(|| panic!("{name}: {value} moves stamps of others"));
            let (old, new): (Vec<&str>, Vec<&str>) = (expected.lines().collect(), new.lines().collect());
            assert_eq!(old.len(), new.len(), "{name}");
            let lines: Vec<usize> = (0..old.len()).filter(|&n| old[n] != new[n]).collect();
            let stamps: Vec<usize> = lines.iter().copied().filter(|&n| old[n].contains(STAMP)).collect();
            assert!(!stamps.is_empty(), "{name}: {} moves nothing", &input[at..]);
            assert_eq!(lines.len(), stamps.len() + 1, "{name}: more than stamps and the value");
            moved.extend(stamps);
        }
        assert_eq!(moved.len(), expected.matches(STAMP).count(), "{name}: a stamp that nothing moves");
    });
}

/// `UPDATE=1` writes the page anew.
#[test]
fn the_page_is_made_of_the_table() {
    let path = repository("docs/kinds.md");
    let page = fs::read_to_string(&path).unwrap();
    let (head, _) = page.split_once("<!-- kinds -->\n").unwrap();
    let table = run(["explain", "--kinds", "--format", "markdown"], b"").text();
    let made = format!("{head}<!-- kinds -->\n{table}");
    if update() {
        fs::write(&path, &made).unwrap();
    }
    assert!(
        made == page || update(),
        "docs/kinds.md is not what `explain --kinds --format markdown` prints: UPDATE=1 writes it"
    );
}

/// Each kind that is not ours, annotated, gets the advice of its row.
#[test]
fn each_row_that_is_not_stamped_says_what_to_do() {
    let path = repository("fixtures/kind/not-ours/input.yaml");
    let text = fs::read_to_string(&path).unwrap();
    let ran = run(["check".into(), "--format".into(), "json".into(), path.into_os_string()], b"");
    let report: Value = serde_json::from_str(&ran.text()).unwrap();
    let said: BTreeSet<_> = findings(&report).map(|f| (f["line"].as_u64(), f["remedy"].as_str().unwrap())).collect();
    for row in rows().iter().filter(|row| row["class"] == "not ours") {
        let head = format!(
            "apiVersion: {}\nkind: {}\n",
            row["apiVersions"][0].as_str().unwrap(),
            row["kind"].as_str().unwrap()
        );
        let line = text.split_once(&head).map(|(before, _)| before.lines().count() as u64 + 3);
        assert!(line.is_some(), "no {head}");
        assert!(said.contains(&(line, row["instead"].as_str().unwrap())), "{head}: {said:?}");
    }
}

fn findings(report: &Value) -> impl Iterator<Item = &Value> {
    report["findings"].as_array().unwrap().iter()
}

/// What a schema of the operator's release at hand lacks, because the field is newer: fixture, field.
const NEWER: [(&str, &str); 1] = [("raycluster", "spec.upgradeStrategy")];

/// The schemas of operators that are Go modules (`tests/hosts/crds`) take each stamped object, and keep all of it: a stamp
/// where there is no field would be dropped without a word.
#[test]
fn schemas_of_operators_take_and_keep_the_stamps() {
    #[derive(Deserialize)]
    struct Answer {
        known: bool,
        errors: Vec<String>,
        pruned: Vec<String>,
    }
    let Ok(folder) = fs::canonicalize(built().join("crds")) else {
        return skipped("no schemas of operators; `.ci/hosts crds` fetches them");
    };
    let read = |text: &str| serde_yaml::from_str::<Value>(object(text)).unwrap();
    let mut questions: Vec<(String, Value)> =
        fixtures().iter().map(|(name, _, out)| (name.clone(), read(out))).collect();
    // The question must be able to fail: the same stamp where the schema has no field for it.
    let (_, mut wrong) = questions.iter().find(|(name, _)| name == "prometheus").unwrap().clone();
    wrong["spec"]["podMeta"] = wrong["spec"]["podMetadata"].take();
    wrong["spec"]["replicas"] = json!("two");
    questions.push(("wrong".to_owned(), wrong));
    let asked: Vec<Value> = questions.iter().map(|(_, object)| json!({"folder": folder, "object": object})).collect();
    let Some(answers) = ask::<_, Answer>("crd", &asked) else { return };
    let mut known = BTreeMap::new();
    for ((name, _), mut answer) in questions.iter().zip(answers) {
        answer.pruned.retain(|field| !NEWER.contains(&(name, field)));
        known.insert(name.as_str(), answer);
    }
    let wrong = known.remove("wrong").unwrap();
    assert_eq!((wrong.errors.is_empty(), &*wrong.pruned), (false, &["spec.podMeta".to_owned()][..]));
    for (name, answer) in &known {
        assert!(
            answer.errors.is_empty() && answer.pruned.is_empty(),
            "{name}: {:?} {:?}",
            answer.errors,
            answer.pruned
        );
    }
    let schemas = known.values().filter(|answer| answer.known).count();
    assert!(schemas >= 39, "only {schemas} fixtures have a schema: does tests/hosts/crds still name the folders?");
}

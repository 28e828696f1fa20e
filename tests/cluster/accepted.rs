//! What the API server says of real manifests: with stamps exactly what it says without.
//!
//! The corpus is no part of this repository: `RESTAMP_CORPUS`, or `../shared/corpus` beside it. Nothing is kept (a dry run)
//! but the namespaces that the files name, since the server refuses objects of a namespace that is not there.

use super::support::{Ran, is_there, restamp, run, skipped};
use restamp::settings::{Select, Settings};
use restamp::text::source::Source;
use restamp::transform;
use serde::Deserialize as _;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// How many files that get a stamp, at least; `RESTAMP_CLUSTER_FILES` is another number.
const FILES: usize = 150;

/// Which of them: those of the first folders by the hash of this and their path.
const SEED: &str = "restamp";

/// Of more bytes kubectl makes an annotation that no server takes.
const LONGEST: usize = 256 << 10;

#[test]
fn real_manifests_are_accepted_as_before() {
    if !is_there() {
        return;
    }
    let Some(root) = corpus() else { return };
    let sets = sets(&root);
    create_namespaces(&sets);
    let folder = tempfile::tempdir().unwrap();
    let (plain, stamped) = (folder.path().join("plain"), folder.path().join("stamped"));
    for set in &sets {
        set.write(&plain);
        set.write(&stamped);
    }
    stamp(&stamped, &sets);
    let changed: Vec<PathBuf> =
        sets.iter().flat_map(Set::paths).filter(|path| read(&plain.join(path)) != read(&stamped.join(path))).collect();
    let both = |way| [&plain, &stamped].map(|folder| dry_run(folder, way));
    let [before, after] = both("--server-side=false");
    let is_accepted = |path: &&PathBuf| !before.stderr.contains(path.to_str().unwrap());
    let accepted = changed.iter().filter(is_accepted).count();
    println!(
        "{accepted} of {} stamped files are accepted as a whole; of all files {} objects",
        changed.len(),
        before.stdout.lines().count()
    );
    assert!(accepted > changed.len() / 2, "too little is shown\n{}", before.stderr);
    same_answer(&before, &after);
    let [before, after] = both("--server-side=true");
    same_answer(&before, &after);
}

/// The same objects are accepted, and the others refused with the same words.
#[track_caller]
fn same_answer(plain: &Ran, stamped: &Ran) {
    assert_eq!(stamped.stdout, plain.stdout);
    assert_eq!(words(&stamped.stderr), words(&plain.stderr));
}

/// The server lists what is wrong with one object in any order.
fn words(text: &str) -> Vec<&str> {
    let mut words: Vec<_> = text.split([' ', ',', '[', ']', '\n']).collect();
    words.sort_unstable();
    words
}

/// The manifests; `None` if they are not there, which has been said.
fn corpus() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let root = std::env::var_os("RESTAMP_CORPUS").map_or_else(beside, PathBuf::from).join("dev");
    if root.is_dir() {
        return Some(root);
    }
    let why = format!("no real manifests at {}", root.display());
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{why}");
    skipped(&why);
    None
}

/// Files that are stamped together, some of which get a stamp. The server knows all their kinds.
struct Set {
    /// The name of its folder.
    number: usize,
    files: Vec<File>,
}

struct File {
    name: String,
    text: String,
    objects: Vec<Value>,
}

impl File {
    /// `None` if it is broken, or if the server does not know all its kinds.
    fn new(name: String, text: String, known: &Kinds) -> Option<Self> {
        let documents = serde_yaml::Deserializer::from_str(&text).map(Value::deserialize);
        let mut objects = documents.collect::<Result<Vec<_>, _>>().ok()?;
        objects.retain(|o| !o.is_null());
        let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let is_known = |o: &Value| known.contains(&(word(&o["apiVersion"]), word(&o["kind"])));
        objects.iter().all(is_known).then_some(Self { name, text, objects })
    }
}

impl Set {
    fn folder(&self) -> String {
        format!("{:04}", self.number)
    }

    /// As kubectl names them.
    fn paths(&self) -> impl Iterator<Item = PathBuf> {
        self.files.iter().map(|f| Path::new(&self.folder()).join(&f.name))
    }

    fn write(&self, root: &Path) {
        std::fs::create_dir_all(root.join(self.folder())).unwrap();
        for (path, file) in self.paths().zip(&self.files) {
            std::fs::write(root.join(path), &file.text).unwrap();
        }
    }
}

fn sets(root: &Path) -> Vec<Set> {
    let wanted = std::env::var("RESTAMP_CLUSTER_FILES").map_or(FILES, |n| n.parse().unwrap());
    let known = known_kinds();
    let (mut sets, mut stamped) = (Vec::new(), 0);
    for files in folders(root).iter().flat_map(|folder| sound(folder, &known)) {
        if stamped >= wanted {
            break;
        }
        stamped += stamps(&files).unwrap_or(0);
        sets.push(Set { number: sets.len(), files });
    }
    sets
}

/// All folders of manifests, always in the same order.
fn folders(root: &Path) -> Vec<PathBuf> {
    let entries = walkdir::WalkDir::new(root).into_iter().map(Result::unwrap);
    let folder = |e: &walkdir::DirEntry| e.file_type().is_dir() && !e.path().starts_with(root.join("_invalid"));
    let mut paths: Vec<_> = entries.filter(folder).map(walkdir::DirEntry::into_path).collect();
    paths.sort_by_cached_key(|path| {
        let name = path.strip_prefix(root).unwrap().to_string_lossy();
        Sha256::digest(format!("{SEED} {name}"))
    });
    paths
}

/// The sets of a folder in which something gets a stamp: its files together, or each alone where they contradict each other.
fn sound(folder: &Path, known: &Kinds) -> Vec<Vec<File>> {
    let entries = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
    let mut texts: Vec<_> = entries.filter_map(|e| manifest(&e.path())).collect();
    // Most folders have no pods, or no configs: they need no slow look.
    let any = |words: &[&str]| texts.iter().any(|(_, text)| words.iter().any(|w| text.contains(w)));
    if !any(&["containers"]) || !any(&["ConfigMap", "Secret"]) {
        return Vec::new();
    }
    texts.sort();
    let files: Vec<File> = texts.into_iter().filter_map(|(name, text)| File::new(name, text, known)).collect();
    let mut sets = match stamps(&files) {
        Some(_) => vec![files],
        None => files.into_iter().map(|f| vec![f]).collect(),
    };
    sets.retain(|files| stamps(files).is_some_and(|count| count > 0));
    sets
}

/// How many of these files get a stamp; `None` if they cannot be stamped.
fn stamps(files: &[File]) -> Option<usize> {
    let settings = Settings { select: Select::All, ..Settings::default() };
    let sources: Vec<_> = files.iter().map(|f| Source::new(&f.name, &f.text)).collect();
    let outcome = transform(&sources, &settings);
    let stamped: BTreeSet<_> = outcome.edits.iter().map(|e| e.source).collect();
    (!outcome.has_errors()).then_some(stamped.len())
}

/// `apiVersion` and `kind` of all that the server serves.
type Kinds = BTreeSet<(String, String)>;

fn known_kinds() -> Kinds {
    let table = run(Command::new("kubectl").args(["api-resources", "--no-headers"]), "").ok();
    // NAME [SHORTNAMES] APIVERSION NAMESPACED KIND
    let row = |line: &str| {
        let mut words = line.split_whitespace().rev();
        let kind = words.next()?.to_owned();
        Some((words.nth(1)?.to_owned(), kind))
    };
    table.lines().filter_map(row).collect()
}

/// Name and text of a manifest.
fn manifest(path: &Path) -> Option<(String, String)> {
    let extension = path.extension()?.to_str()?;
    let text = std::fs::read_to_string(path).ok()?;
    let usable = ["yaml", "yml", "json"].contains(&extension) && text.len() <= LONGEST;
    usable.then_some((path.file_name()?.to_str()?.to_owned(), text))
}

fn create_namespaces(sets: &[Set]) {
    let objects = sets.iter().flat_map(|s| &s.files).flat_map(|f| &f.objects);
    let names: BTreeSet<&str> = objects.filter_map(|o| o["metadata"]["namespace"].as_str()).collect();
    let namespace = |name: &str| json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
    let list = json!({
        "apiVersion": "v1",
        "kind": "List",
        "items": names.into_iter().map(namespace).collect::<Vec<_>>(),
    });
    // Some are there already.
    let created = run(Command::new("kubectl").args(["create", "-f-"]), &list.to_string());
    let others: Vec<_> = created.stderr.lines().filter(|l| !l.contains("AlreadyExists")).collect();
    assert!(others.is_empty(), "{others:#?}");
}

/// Each folder is a set.
fn stamp(root: &Path, sets: &[Set]) {
    let mut stamp = restamp(["stamp", "-w", "--select=all", "--quiet"]);
    stamp.current_dir(root).args(sets.iter().map(Set::folder));
    run(&mut stamp, "").ok();
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

/// What the server says of all manifests below a folder.
fn dry_run(folder: &Path, way: &str) -> Ran {
    let mut apply = Command::new("kubectl");
    apply.args(["apply", "--dry-run=server", "--validate=strict", "-R", "-f."]);
    run(apply.arg(way).current_dir(folder), "")
}

//! What must hold for any input: the fuzz targets ask it, and so does `tests/properties.rs`, so that this compiles.

use crate::common::library::{self, Edit, all, applied, testing, undo};
use crate::common::{Ran, grown, invariants, run};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// What stands between the two texts of one input.
pub(crate) const BETWEEN: char = '\0';

/// `transform` never panics; its edits give the text back when they are undone, add nothing but stamps, and a second run
/// changes nothing.
pub(crate) fn transform(text: &str) {
    holds(invariants(text, &all()));
}

fn holds<T>(result: Result<T, String>) -> T {
    result.unwrap_or_else(|why| panic!("{why}"))
}

/// The readers of JSON, of YAML and of plain YAML never panic, and see the same in what two of them accept.
pub(crate) fn readers(text: &str) {
    // In YAML these break lines, and a line break in quotes is a space.
    if !text.contains(['\u{85}', '\u{2028}', '\u{2029}']) {
        assert_ne!(testing::json_is_yaml(text), Some(false));
    }
    assert_ne!(testing::fast_is_general(text), Some(false));
}

/// `apply` refuses unsound edits and never panics; what it accepts can be undone.
pub(crate) fn edits(text: &str, edits: &[Edit]) {
    if let Ok(new) = applied(text, edits) {
        assert_eq!(applied(&new, &undo(text, edits)).expect("undo overlaps"), text);
    }
}

/// A functionConfig is refused with a reason, or its settings keep what holds of `transform`. So does one in a list.
pub(crate) fn settings(text: &str) {
    match library::configured([], Some(text)) {
        Ok(settings) => drop(holds(invariants(MANIFESTS, &settings))),
        Err(why) => assert!(!why.is_empty()),
    }
}

/// A set that most settings change something in.
const MANIFESTS: &str = "\
apiVersion: v1
kind: ConfigMap
metadata: {name: app, namespace: shop, labels: {team: a}}
data: {level: info, \"n\": \"1\"}
---
apiVersion: v1
kind: Secret
metadata: {name: app, namespace: shop}
stringData: {password: hunter2}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
  labels: {tier: front}
  annotations:
    reloader.stakater.com/auto: \"true\"
    example.com/reload: app
spec:
  template:
    metadata:
      annotations:
        example.com/hash: old
    spec:
      imagePullSecrets: [{name: pull}]
      containers:
      - name: web
        envFrom: [{configMapRef: {name: app}}]
        env: [{name: P, valueFrom: {secretKeyRef: {name: app, key: password}}}]
---
apiVersion: example.com/v1
kind: Custom
metadata: {name: own}
spec:
  jobs:
  - template: {spec: {containers: [{name: a, envFrom: [{configMapRef: {name: app}}]}]}}
  template: {spec: {containers: [{name: a, envFrom: [{configMapRef: {name: missing}}]}]}}
";

/// The filter never panics on a ResourceList or anything else: only stamps and results come, whether its items are read alone
/// or with it, and a second run adds none.
pub(crate) fn list(text: &str) {
    let ran = run([""; 0], text.as_bytes());
    sound(&ran);
    let whole = run(["--no-fast-path"], text.as_bytes());
    assert_eq!((ran.status, ran.text(), &ran.stderr), (whole.status, whole.text(), &whole.stderr), "{text}");
    if ran.status != 0 {
        return;
    }
    let new = ran.text();
    if text.contains("ResourceList") {
        holds(grown(text, &new, &ran.stderr));
    }
    assert_eq!(run([""; 0], new.as_bytes()).text(), new, "a second run changes something\n{}", ran.stderr);
}

/// A kustomization, whatever it says, makes no command panic, and what it names no file be read outside its folder.
pub(crate) fn kustomization(text: &str) {
    let folder = FOLDER.join("tree");
    write(&folder.join("base/deployment.yaml"), MANIFESTS);
    write(&folder.join("app.yaml"), MANIFESTS);
    write(&folder.join("kustomization.yaml"), text);
    let named = folder.to_str().expect("a path that is text");
    for what in [&["check", "--format", "json"][..], &["explain"]] {
        let ran = run(what.iter().copied().chain([named]), b"");
        sound(&ran);
    }
}

/// A run that ended as runs end, and was no slip of this file.
fn sound(ran: &Ran) {
    let slip = ["[internal]", "Usage: "].iter().any(|word| ran.stderr.contains(word));
    assert!((0..3).contains(&ran.status) && !slip, "{ran:?}");
}

/// An entry of a reload list is refused or matches; in the words that Go's engine and Rust's share, as Rust's does.
pub(crate) fn entry(text: &str) {
    let (pattern, name) = text.split_once(BETWEEN).unwrap_or((text, "app-config"));
    let Ok(matches) = testing::entry(pattern) else { return };
    let shared = pattern
        .chars()
        .all(|c| matches!(c, 'a'..='z' | '0'..='9' | '.' | '*' | '+' | '?' | '|' | '^' | '$' | '(' | ')'));
    let other = (shared && !pattern.contains("(?")).then(|| regex::Regex::new(&format!("^{pattern}$")));
    let [shorter, longer] = [name.get(1..).unwrap_or(""), &format!("{name}{pattern}")];
    for name in [name, pattern, shorter, longer, "", "a"] {
        let is = matches(name);
        if let Some(Ok(other)) = &other
            && name.chars().count() <= 253
        {
            assert_eq!(is, other.is_match(name), "{pattern:?} and {name:?}");
        }
    }
}

/// `plan` of any two texts never panics, in any format; nothing rolls between a text and itself.
pub(crate) fn plan(text: &str) {
    let (old, new) = text.split_once(BETWEEN).unwrap_or((text, MANIFESTS));
    let [one, other] = ["old.yaml", "new.yaml"].map(|name| FOLDER.join(name));
    write(&one, old);
    write(&other, new);
    let plan = |old: &Path, new: &Path, format: &str| -> Ran {
        let paths = [old, new].map(|path| path.to_str().expect("a path that is text"));
        // A stale stamp of NEW would be another one than that of OLD.
        let written = (old == new).then_some("--as-written");
        let args = ["plan", "--select", "all", "--format", format, paths[0], paths[1]];
        let ran = run(args.into_iter().chain(written), b"");
        sound(&ran);
        ran
    };
    if plan(&one, &other, "json").status == 2 {
        return;
    }
    plan(&one, &other, "text");
    let markdown = plan(&one, &other, "markdown").text();
    assert!(markdown.chars().count() <= 60_000, "{} characters", markdown.chars().count());
    let same = plan(&other, &other, "json");
    assert!(same.text().contains("\"rolls\": 0,"), "{}", same.text());
}

/// A folder of this process.
static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = std::env::temp_dir().join(format!("restamp-fuzz-{}", std::process::id()));
    fs::create_dir_all(folder.join("tree/base")).expect("a temporary folder can be made");
    folder
});

fn write(path: &Path, text: &str) {
    fs::write(path, text).expect("a temporary file can be written");
}

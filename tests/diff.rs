//! `check --diff` is a patch: `git apply --unidiff-zero` and `patch -p1` make of it the bytes that `stamp -w` writes, for
//! every fixture, with LF and CRLF, with and without the final newline, whatever the files are called.
//!
//! A tool that is not there is said and left out; with `CI` it must be there.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// Path → content.
type Files = BTreeMap<String, String>;

const TOOLS: [(&str, &[&str]); 2] =
    [("git", &["apply", "--unidiff-zero", "--whitespace=nowarn"]), ("patch", &["-p1", "-s"])];

fn write(files: &Files) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    dir
}

fn read(dir: &Path, files: &Files) -> Files {
    files.keys().map(|path| (path.clone(), fs::read_to_string(dir.join(path)).unwrap())).collect()
}

fn go(program: &str, args: &[OsString], dir: &Path, stdin: &[u8]) -> std::io::Result<Output> {
    let mut child = Command::new(program)
        .args(args)
        .current_dir(dir)
        .env("GIT_CEILING_DIRECTORIES", dir.parent().unwrap())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    // One that refuses its arguments reads nothing.
    let _ = child.stdin.take().unwrap().write_all(stdin);
    child.wait_with_output()
}

fn restamp(dir: &Path, words: &[&str], more: &[OsString]) -> Output {
    let args: Vec<OsString> = words.iter().map(OsString::from).chain(more.iter().cloned()).collect();
    go(env!("CARGO_BIN_EXE_restamp"), &args, dir, b"").unwrap()
}

/// The diff of some paths, and that all tools make of it what `stamp -w` makes. Gives how many files were compared.
fn agree(files: &Files, paths: &[OsString]) -> (String, usize) {
    let old = write(files);
    let shown = restamp(old.path(), &["check", "--diff"], paths);
    assert_eq!(read(old.path(), files), *files, "check writes nothing");
    let diff = String::from_utf8(shown.stdout).unwrap();
    let new = write(files);
    let stamped = restamp(new.path(), &["stamp", "-w"], paths);
    assert_eq!(stamped.status.code(), Some(0), "{}", String::from_utf8_lossy(&stamped.stderr));
    let mut wanted = read(new.path(), files);
    // Of a file with a line that is never shown only a part is there.
    let commented = |path: &String| diff.contains(&format!("\n# {path}:")) || diff.starts_with(&format!("# {path}:"));
    wanted.retain(|path, _| !commented(path));
    let changed = wanted.iter().filter(|(path, text)| files[*path] != **text).count();
    for (tool, args) in TOOLS {
        let dir = write(files);
        let args: Vec<OsString> = args.iter().map(OsString::from).collect();
        let output = match go(tool, &args, dir.path(), diff.as_bytes()) {
            Ok(output) => output,
            Err(error) => {
                assert!(std::env::var_os("CI").is_none(), "{tool}: {error}");
                let _ = writeln!(std::io::stderr(), "skipped: no {tool}");
                continue;
            }
        };
        let said = String::from_utf8_lossy(&output.stderr) + String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() || changed == 0, "{tool}: {said}\n{diff}");
        let found = read(dir.path(), files);
        for (path, text) in &wanted {
            assert_eq!(&found[path], text, "{tool}: {path}\n{said}\n{diff}");
        }
    }
    (diff, changed)
}

/// The cases with an output, by name: input, and flags with the configuration.
fn cases() -> Vec<(String, String, Vec<OsString>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut out = Vec::new();
    for entry in walkdir::WalkDir::new(&root).sort_by_file_name().into_iter().map(Result::unwrap) {
        let dir = entry.path();
        let input = ["yaml", "json"].iter().find_map(|extension| {
            let file = |name: &str| dir.join(name).with_extension(extension);
            file("expected").is_file().then(|| file("input"))
        });
        let Some(Ok(text)) = input.map(fs::read_to_string) else { continue };
        if text.contains("kind: ResourceList") {
            continue;
        }
        let flags = fs::read_to_string(dir.join("flags")).unwrap_or_default();
        let mut flags: Vec<OsString> = flags.split_whitespace().map(OsString::from).collect();
        if dir.join("config.yaml").is_file() {
            flags.extend(["--config".into(), dir.join("config.yaml").into()]);
        }
        out.push((dir.strip_prefix(&root).unwrap().display().to_string(), text, flags));
    }
    out
}

#[test]
fn fixtures() {
    let windows = |text: &str| if text.contains('\r') { text.to_owned() } else { text.replace('\n', "\r\n") };
    let ways: [&dyn Fn(&str) -> String; 4] =
        [&|text| text.to_owned(), &windows, &|text| text.trim_end_matches(['\r', '\n']).to_owned(), &|text| {
            windows(text).trim_end_matches(['\r', '\n']).to_owned()
        }];
    let mut plain = Files::new();
    let mut folders = Vec::new();
    let mut compared = 0;
    for (name, text, flags) in cases() {
        let named = |way: usize| format!("way {way}/{name}/x.yaml");
        if flags.is_empty() {
            for (way, change) in ways.iter().enumerate() {
                plain.insert(named(way), change(&text));
                folders.push(OsString::from(format!("way {way}/{name}")));
            }
        } else {
            let files = Files::from([(named(0), text)]);
            let paths: Vec<OsString> = std::iter::once(named(0).into()).chain(flags).collect();
            compared += agree(&files, &paths).1;
        }
    }
    let (_, changed) = agree(&plain, &folders);
    assert!(changed > 300 && compared > 20, "{changed} {compared}");
}

const CONFIG: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: app}\ndata: {A: \"1\"}\n";

/// A Deployment with this metadata in its pod template.
fn web(name: &str, metadata: &str) -> String {
    format!(
        "---\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {name}\n  annotations: {{reloader.stakater.com/auto: \"true\"}}\n\
         spec:\n  template:\n{metadata}    spec:\n      containers:\n      - name: a\n        image: b\n        envFrom: [{{configMapRef: {{name: app}}}}]\n"
    )
}

/// A value that is not there, at the end of a text without its line break.
#[test]
fn nothing_behind_the_last_colon() {
    let text = CONFIG.to_owned()
        + &web("a", "").replace("\n  template:\n", "\n  replicas: 1\n  template:\n")
        + "    metadata:";
    let (diff, changed) = agree(&one(text), &["in.yaml".into()]);
    assert!(changed == 1 && diff.contains("\n\\ No newline at end of file\n+    metadata:\n"), "{diff}");
}

fn one(text: String) -> Files {
    Files::from([("in.yaml".to_owned(), text)])
}

#[test]
fn hunks_have_no_context() {
    let files = one(CONFIG.to_owned() + &web("a", "    metadata:\n      labels: {a: b}\n"));
    let (diff, changed) = agree(&files, &["in.yaml".into()]);
    assert!(
        diff.starts_with("--- a/in.yaml\n+++ b/in.yaml\n@@ -13,0 +14,2 @@\n+      annotations:\n+        "),
        "{diff}"
    );
    assert_eq!(changed, 1);
    let stale =
        "    metadata:\n      annotations:\n        restamp.dev/config-hash: \"sha256:0\"\n      labels: {a: b}\n";
    let old = stale.replace("sha256:0", "old").replace("      labels: {a: b}\n", "");
    let unselected = web("c", &old).replace("\"true\"", "\"false\"");
    let both = CONFIG.to_owned() + &web("a", "") + &web("b", stale) + &unselected;
    let (diff, _) = agree(&one(both), &["in.yaml".into()]);
    let heads: Vec<_> = diff.lines().filter(|l| l.starts_with("@@")).collect();
    assert_eq!(heads, ["@@ -12,0 +13,3 @@", "@@ -28 +31 @@", "@@ -43,3 +45,0 @@"], "{diff}");
}

#[test]
fn names_that_need_quotes() {
    let text = CONFIG.to_owned() + &web("a", "");
    let names = [
        "a b.yaml",
        "\"q\".yaml",
        "t\tab.yaml",
        "é/ü.yaml",
        "a/a/b/a.yaml",
        "back\\slash.yaml",
        " lead.yaml",
        "b/trail .yaml",
    ];
    let files: Files = names.iter().map(|name| ((*name).to_owned(), text.clone())).collect();
    for name in names {
        let files = Files::from([(name.to_owned(), text.clone())]);
        assert_eq!(agree(&files, &[name.into()]).1, 1, "{name}");
        assert_eq!(agree(&files, &[format!("./{name}").into()]).1, 1, "{name}");
    }
    // The files of a folder are a set: the same config ten times is fine.
    assert_eq!(agree(&files, &[".".into()]).1, names.len());
}

/// A line that others share is never shown whole; what is shown in its place no tool takes for a hunk.
#[test]
fn shared_lines_are_comments() {
    let secret = r#"{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s"},"stringData":{"k":"hunter2"}}"#;
    let web_json = |name: &str| {
        format!(
            r#"{{"apiVersion":"apps/v1","kind":"Deployment","metadata":{{"name":"{name}","annotations":{{"reloader.stakater.com/auto":"true"}}}},"spec":{{"template":{{"metadata":{{"annotations":{{"restamp.dev/config-hash":"old"}}}},"spec":{{"containers":[{{"name":"app","image":"nginx","envFrom":[{{"secretRef":{{"name":"s"}}}}]}}]}}}}}}}}"#
        )
    };
    let list = |items: &str| format!("{{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[{items}]}}\n");
    let text = list(&[secret.to_owned(), web_json("a"), web_json("b")].join(","));
    let (diff, changed) = agree(&one(text.clone()), &["in.yaml".into()]);
    assert_eq!(changed, 0);
    assert!(
        diff.starts_with("# in.yaml:1: not shown whole, and no hunk: the stamps alone\n# - \"old\"\n# + \"sha256:"),
        "{diff}"
    );
    assert_eq!(diff.matches("\n# + \"sha256:").count(), 2);
    assert!(!diff.contains("hunter2") && !diff.contains("\n@@"), "{diff}");
    // Beside it what can be applied is applied.
    let own = web("c", "").replace("configMapRef: {name: app}", "secretRef: {name: s}");
    let (diff, _) = agree(&one(format!("{text}{own}")), &["in.yaml".into()]);
    assert!(diff.starts_with("--- a/in.yaml\n") && diff.contains("\n@@ -9,0 +10,3 @@\n"), "{diff}");
    // Those that stand alone on their lines are shown.
    let lines = format!("{secret}\n{}\n{}", web_json("a"), web_json("b"));
    let (diff, changed) = agree(&one(lines), &["in.yaml".into()]);
    assert!(diff.contains("\n@@ -2 +2 @@\n") && diff.contains("\n@@ -3 +3 @@\n") && changed == 1, "{diff}");
}

/// What would paint a terminal is no hunk either.
#[test]
fn control_characters_are_comments() {
    let stamp = |more: &str| format!("    metadata: {{annotations: {{restamp.dev/config-hash: old{more}}}}}\n");
    for more in [", e: \"\u{200b}\"", ", r: \"\u{202e}\""] {
        let text = CONFIG.to_owned() + &web("a", &stamp(more));
        let (diff, changed) = agree(&one(text), &["in.yaml".into()]);
        let shown = diff.lines().take_while(|l| l.starts_with("# ")).count();
        assert_eq!((shown, changed), (3, 0), "{diff}");
        assert!(!diff.contains('\u{200b}') && !diff.contains('\u{202e}'), "{diff}");
    }
    assert_eq!(agree(&one(CONFIG.to_owned() + &web("a", &stamp(", t: \"\t\""))), &["in.yaml".into()]).1, 1);
}

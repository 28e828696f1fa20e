//! What the program opens, as `strace` sees it: the files that were named, and nothing else; no socket, no other program.
//!
//! Linux only; without `strace`, or where it may not trace, it says so.

use crate::common::run;
use crate::writing::may_trace;
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::process::{Command, Stdio};

const MANIFESTS: &str = "\
apiVersion: v1
kind: ConfigMap
metadata: {name: config}
data: {value: A}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers: [{name: app, image: nginx, envFrom: [{configMapRef: {name: config}}, {secretRef: {name: far}}]}]
";

/// As a KRM function gets it; what its function refers to is none of restamp's business.
const LIST: &str = "\
apiVersion: config.kubernetes.io/v1
kind: ResourceList
functionConfig: {apiVersion: restamp.dev/v1alpha1, kind: Restamp, metadata: {name: r}, spec: {select: all}}
items: []
";

/// A kustomization that names much, of which nothing is to be opened or fetched.
const KUSTOMIZATION: &str = "\
resources: [../elsewhere.yaml, https://example.com/base?ref=v1, /etc/hostname, app.yaml]
configMapGenerator: [{name: a, files: [../elsewhere.yaml], envs: [/etc/hostname]}]
patches: [{path: https://example.com/patch.yaml}]
helmCharts: [{name: chart, repo: https://example.com/charts, valuesFile: ../elsewhere.yaml}]
";

/// A command line, its standard input, and what it names, under the folder of the test.
type Case = (&'static str, &'static str, &'static [&'static str]);

const CASES: &[Case] = &[
    ("", MANIFESTS, &[]),
    ("", LIST, &[]),
    ("--select all --config settings.yaml --config-from more", MANIFESTS, &["settings.yaml", "more"]),
    ("restamp.yaml", MANIFESTS, &["restamp.yaml"]),
    ("stamp app", "", &["app"]),
    ("stamp -w written", "", &["written"]),
    ("stamp -w -", MANIFESTS, &[]),
    ("check app source --references", "", &["app", "source"]),
    ("check --format sarif app/app.yaml -", MANIFESTS, &["app/app.yaml"]),
    ("check --diff app/*.yaml", "", &["app"]),
    ("check app --findings report.json", "", &["app", "report.json"]),
    ("explain app --format mermaid", "", &["app"]),
    ("explain absent.yaml", "", &["absent.yaml"]),
    ("plan app more", "", &["app", "more"]),
    ("plan --each --format markdown sets more", "", &["sets", "more"]),
    ("unstamp app", "", &["app"]),
    ("unstamp -w written", "", &["written"]),
    ("baseline app", "", &["app"]),
    ("completions bash", "", &[]),
    ("man", "", &[]),
    ("man check", "", &[]),
    ("help", "", &[]),
    ("help plan", "", &[]),
    ("--version", "", &[]),
];

/// The commands of which the docs say that they read a settings file from the folder that they are called in, or above it.
const WITH_SETTINGS_FILE: [&str; 6] = ["stamp", "check", "explain", "plan", "unstamp", "baseline"];

/// What every program opens: its libraries, and what tells how many cores it may use.
const SYSTEM: [&str; 8] = [
    "/etc/ld.so",
    "/lib",
    "/usr/lib",
    "/proc/self/maps",
    "/proc/self/cgroup",
    "/proc/self/mountinfo",
    "/sys/fs/cgroup",
    "/proc/stat",
];

/// The commands that the program has.
fn commands() -> Vec<String> {
    let help = run(["--help"], b"").text();
    let lines = help.lines().skip_while(|line| !line.starts_with("Commands:")).skip(1);
    let indented = lines.take_while(|line| line.starts_with("  ")).filter(|line| !line.starts_with("   "));
    indented.filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    for path in ["app/app.yaml", "written/app.yaml", "written/sub/b.yaml", "more/app.yaml", "sets/app/a.yaml"] {
        write(path, MANIFESTS);
    }
    write("more/app/a.yaml", MANIFESTS);
    write("source/kustomization.yaml", KUSTOMIZATION);
    write("source/app.yaml", MANIFESTS);
    for path in ["settings.yaml", "restamp.yaml"] {
        write(path, "apiVersion: restamp.dev/v1alpha1\nkind: Restamp\nspec: {select: all}\n");
    }
    // Unnamed, and beside what is named.
    write("elsewhere.yaml", MANIFESTS);
    write(".kube/config", "apiVersion: v1\nkind: Config\n");
    folder
}

/// The calls that open something, each as its line.
fn calls(case: &Case, folder: &Path) -> Vec<String> {
    let log = tempfile::NamedTempFile::new().unwrap();
    let mut command = Command::new("strace");
    // Every way to a file's content, to another program and to a network.
    let traced = "trace=%network,/^(open|creat|exec|fork|vfork|io_uring|truncate|uselib)";
    command.args(["-f", "-qq", "-y", "-s", "4096", "-e", traced, "-e", "signal=none", "-o"]).arg(log.path());
    command.arg(env!("CARGO_BIN_EXE_restamp")).args(case.0.split_whitespace()).current_dir(folder);
    // Of Cargo: the loader would look there.
    command.env_remove("LD_LIBRARY_PATH");
    command.envs([("HOME", folder), ("KUBECONFIG", &folder.join(".kube/config"))]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // One that reads nothing may be gone already.
    let _ = std::io::Write::write_all(&mut child.stdin.take().unwrap(), case.1.as_bytes());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.code().is_some_and(|status| status <= 2), "{case:?}: {output:?}");
    fs::read_to_string(log.path()).unwrap().lines().map(str::to_owned).collect()
}

/// The file that a call opens, made whole: `openat(5</tmp/a>, "b", …)`, `openat(AT_FDCWD</tmp>, "a/b", …)`.
fn opened(call: &str) -> PathBuf {
    let (head, rest) = call.split_once('"').unwrap_or_else(|| panic!("no path: {call}"));
    let path = rest.split('"').next().unwrap();
    let base = head.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map_or("", |(base, _)| base);
    let mut whole = PathBuf::new();
    for part in Path::new(base).join(path).components() {
        match part {
            Component::ParentDir => drop(whole.pop()),
            Component::CurDir => {}
            part => whole.push(part),
        }
    }
    whole
}

#[test]
fn nothing_is_opened_that_was_not_named() {
    if !may_trace() {
        return;
    }
    let commands = commands();
    assert!(commands.len() >= 6, "{commands:?}");
    for command in &commands {
        let runs = CASES.iter().any(|case| case.0.split(' ').next() == Some(command));
        assert!(runs, "there is no case for `restamp {command}`");
    }
    for case in CASES {
        let folder = folder();
        let root = folder.path().canonicalize().unwrap();
        let command = case.0.split(' ').next().unwrap();
        let is_word = !command.is_empty() && !command.starts_with('-') && !command.contains('.');
        if is_word && !commands.iter().any(|known| known == command) {
            continue;
        }
        let mut programs = 0;
        let mut named = 0;
        for call in calls(case, &root) {
            let name = call.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ').split('(').next().unwrap();
            match name {
                "execve" => programs += 1,
                "open" | "openat" | "openat2" | "creat" => {
                    let path = opened(&call);
                    let is_named = case.2.iter().any(|name| path.starts_with(root.join(name)));
                    named += usize::from(is_named);
                    let of_system = SYSTEM.iter().any(|prefix| path.to_str().unwrap().starts_with(prefix));
                    let is_settings = WITH_SETTINGS_FILE.contains(&command) && path.ends_with(".restamp.yaml");
                    assert!(is_named || of_system || is_settings, "{case:?}\n{call}");
                    let writes = ["O_WRONLY", "O_RDWR", "O_CREAT"].iter().any(|flag| call.contains(flag));
                    assert!(
                        !writes || is_named && ["-w", "--findings"].iter().any(|flag| case.0.contains(flag)),
                        "{case:?}\n{call}"
                    );
                }
                // The end of a call, of a thread, and one that strace came too late for.
                _ if ["<...", "+++", "???"].iter().any(|mark| name.starts_with(mark)) => {}
                _ => panic!("{case:?}\n{call}"),
            }
        }
        assert_eq!(programs, 1, "{case:?}");
        // Else the log shows nothing of what it is to show. A glob opens its folder alone if nothing is read.
        assert!(named >= case.2.len().min(1) || case.0.starts_with("restamp.yaml"), "{case:?}");
    }
}

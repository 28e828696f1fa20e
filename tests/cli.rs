//! The command line: flags, exit statuses, what is printed where, and what is written.
//!
//! Runs in this process where that can be; the real binary for working folders, pipes and files.

use crate::common::{Ran, Streams, run, run_on};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

const CONFIG: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: config\ndata:\n  value: A\n";

const WEB: &str = r#"apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  annotations:
    reloader.stakater.com/auto: "true"
spec:
  template:
    spec:
      containers:
        - name: app
          image: nginx
          envFrom: [{configMapRef: {name: config}}]
"#;

/// `printf '["ConfigMap:%s"]' "$(printf '{"value":"QQ=="}' | sha256sum)" | sha256sum`, as docs/digest.md has it.
const STAMP: &str = "sha256:29b9c243ebb53a9b631d82ea62275ab31586f49d8caa2f302ca2f01918192f4b";

fn stamped() -> String {
    WEB.replace(
        "  template:\n",
        &format!("  template:\n    metadata:\n      annotations:\n        restamp.dev/config-hash: \"{STAMP}\"\n"),
    )
}

fn both(config: &str, web: &str) -> String {
    format!("{config}---\n{web}")
}

/// What a stream has to be.
enum Wanted {
    Anything,
    Exactly(String),
    /// Each part is in it.
    Parts(Vec<String>),
}

impl Wanted {
    fn check(&self, what: &str, found: &str) {
        match self {
            Self::Anything => {}
            Self::Exactly(text) => assert_eq!(found, text, "{what}"),
            Self::Parts(parts) => {
                for part in parts {
                    assert!(found.contains(part), "{what}: no {part:?} in\n{found}");
                }
            }
        }
    }
}

/// One run of the program in a folder of its own.
struct Test {
    folder: TempDir,
    stdin: Vec<u8>,
    args: Vec<String>,
    stdout: Wanted,
    stderr: Wanted,
    status: i32,
}

impl Test {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            stdin: Vec::new(),
            args: Vec::new(),
            stdout: Wanted::Exactly(String::new()),
            stderr: Wanted::Anything,
            status: 0,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn file(self, name: &str, text: impl AsRef<[u8]>) -> Self {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    fn stdin(mut self, text: impl AsRef<[u8]>) -> Self {
        self.stdin = text.as_ref().to_owned();
        self
    }

    /// Words, split at blanks.
    fn args(mut self, words: &str) -> Self {
        self.args = words.split_whitespace().map(str::to_owned).collect();
        self
    }

    fn stdout(mut self, text: impl Into<String>) -> Self {
        self.stdout = Wanted::Exactly(text.into());
        self
    }

    fn stdout_has(mut self, parts: &[&str]) -> Self {
        self.stdout = Wanted::Parts(parts.iter().map(|p| (*p).to_owned()).collect());
        self
    }

    fn stderr_has(mut self, parts: &[&str]) -> Self {
        self.stderr = Wanted::Parts(parts.iter().map(|p| (*p).to_owned()).collect());
        self
    }

    fn status(mut self, status: i32) -> Self {
        self.status = status;
        self
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_restamp"));
        command
            .args(&self.args)
            .current_dir(self.folder.path())
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    fn binary(&self) -> Ran {
        let mut child = self.command().spawn().unwrap();
        // A run that fails early does not read its input.
        let _ = child.stdin.take().unwrap().write_all(&self.stdin);
        child.wait_with_output().unwrap().into()
    }

    fn check(&self, ran: &Ran) {
        assert_eq!(ran.status, self.status, "{}\n{}", ran.text(), ran.stderr);
        self.stdout.check("stdout", &ran.text());
        self.stderr.check("stderr", &ran.stderr);
    }

    /// Runs in this process.
    fn here(self) {
        self.check(&run(self.args.clone(), &self.stdin));
    }

    /// Runs the binary in the folder; gives the test back, to look at the files.
    fn run(self) -> Self {
        self.check(&self.binary());
        self
    }

    fn holds(self, name: &str, text: &str) -> Self {
        assert_eq!(fs::read_to_string(self.path(name)).unwrap(), text, "{name}");
        self
    }
}

// ── the filter ──

#[test]
fn the_filter_reads_stdin_and_writes_stdout() {
    Test::new().stdin(both(CONFIG, WEB)).stdout(both(CONFIG, &stamped())).here();
    Test::new().stdin(both(CONFIG, WEB)).stdout(both(CONFIG, &stamped())).run();
}

#[test]
fn the_filter_prints_nothing_with_an_error() {
    Test::new().stdin(both("kind: ConfigMap\ndata: [\n", WEB)).status(2).stderr_has(&["-:2:7: error: "]).here();
}

#[test]
fn empty_input_is_empty_output() {
    Test::new().here();
    Test::new().stdin("# nothing\n").stdout("# nothing\n").here();
}

#[test]
fn no_arguments_on_a_terminal_print_help() {
    let terminal = Streams { stdin_is_terminal: true, output_is_terminal: true, no_color: true, width: 80 };
    let ran = run_on(terminal, [""; 0], b"");
    assert_eq!((ran.status, ran.text().as_str()), (2, ""));
    assert!(ran.stderr.contains("Usage:"));
}

#[test]
fn help_and_version_go_to_stdout() {
    Test::new().args("--help").stdout_has(&["Usage:", "Exit status"]).here();
    let version = concat!("restamp ", env!("CARGO_PKG_VERSION"));
    Test::new().args("--version").stdout_has(&[version]).here();
}

#[test]
fn a_path_without_a_command_asks_for_stamp() {
    Test::new().args("rendered/").status(2).stderr_has(&["did you mean `restamp stamp rendered/`?"]).here();
}

#[test]
fn a_closed_pipe_is_a_quiet_success() {
    let mut text = both(CONFIG, WEB);
    for i in 0..20_000 {
        text += &format!("---\nkind: Filler\nnumber: {i}\ntext: {}\n", "x".repeat(40));
    }
    let test = Test::new().args("stamp all.yaml").file("all.yaml", text);
    let mut child = test.command().spawn().unwrap();
    drop(child.stdin.take());
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    assert!(!stderr.contains("error"), "{stderr}");
}

// ── stamp ──

#[test]
fn stamp_of_one_file_prints_its_bytes() {
    let text = both(CONFIG, WEB);
    Test::new()
        .file("all.yaml", text.trim_end())
        .args("stamp all.yaml")
        .stdout(both(CONFIG, &stamped()).trim_end())
        .run()
        .holds("all.yaml", text.trim_end());
}

#[test]
fn stamp_of_several_files_joins_objects() {
    let json = r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"x"}}"#;
    Test::new()
        .file("a/config.yaml", CONFIG)
        .file(
            "a/kustomization.yaml",
            "kind: Kustomization\napiVersion: kustomize.config.k8s.io/v1beta1\nresources: [config.yaml]\n",
        )
        .file("a/values.yaml", "replicas: 3\n")
        .file("a/two.json", format!("{json}\n{json}"))
        .file("a/web.yaml", WEB.trim_end())
        .args("stamp a")
        .stdout(format!("---\n{CONFIG}---\n{json}\n---\n{json}\n---\n{}", stamped().trim_end()))
        .run();
}

#[test]
fn stamp_w_writes_what_changes() {
    let test = Test::new().file("web.yaml", WEB).file("config.yaml", CONFIG).file("other.yaml", stamped());
    let before = fs::metadata(test.path("other.yaml")).unwrap();
    let test = test
        .args("stamp -w web.yaml config.yaml other.yaml")
        .run()
        .holds("web.yaml", &stamped())
        .holds("other.yaml", &stamped())
        .holds("config.yaml", CONFIG);
    let after = fs::metadata(test.path("other.yaml")).unwrap();
    assert_eq!(before.modified().unwrap(), after.modified().unwrap());
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        assert_eq!(before.ino(), after.ino(), "an unchanged file was replaced");
    }
    assert_eq!(left_over(test.folder.path()), Vec::<String>::new());
}

/// Temporary files that a run has left.
fn left_over(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name());
    names.map(|n| n.to_string_lossy().into_owned()).filter(|n| n.starts_with('.')).collect()
}

#[test]
fn all_or_nothing_over_several_files() {
    Test::new()
        .file("good/all.yaml", both(CONFIG, WEB))
        .file("bad/a.yaml", "kind: Deployment\nspec: [\n")
        .file("bad/b.yaml", "kind: ConfigMap\ndata: {{ x }}\n")
        .args("stamp -w good bad")
        .status(2)
        .stderr_has(&["bad/a.yaml:2:7: error: ", "bad/b.yaml:2:"])
        .run()
        .holds("good/all.yaml", &both(CONFIG, WEB));
}

#[cfg(unix)]
#[test]
fn permissions_and_links_are_kept() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let test = Test::new().file("real.yaml", both(CONFIG, WEB)).args("stamp -w link.yaml");
    symlink("real.yaml", test.path("link.yaml")).unwrap();
    fs::set_permissions(test.path("real.yaml"), fs::Permissions::from_mode(0o640)).unwrap();
    let test = test.run().holds("real.yaml", &both(CONFIG, &stamped()));
    let mode = |name| fs::symlink_metadata(test.path(name)).unwrap();
    assert!(mode("link.yaml").file_type().is_symlink());
    assert_eq!(mode("real.yaml").permissions().mode() & 0o777, 0o640);
}

#[cfg(unix)]
#[test]
fn links_out_of_the_folder_are_written_only_if_they_are_followed() {
    let text = both(CONFIG, WEB);
    let linked = |args: &str| {
        let test = Test::new().file("outside.yaml", &text).file("in/config.yaml", CONFIG).args(args);
        std::os::unix::fs::symlink("../outside.yaml", test.path("in/web.yaml")).unwrap();
        test
    };
    linked("stamp -w in")
        .stderr_has(&["in/web.yaml: warning: a link that leads out of `in`, not followed", "0 files written"])
        .run()
        .holds("outside.yaml", &text);
    let new = both(CONFIG, &stamped());
    for args in ["stamp -w in/web.yaml", "stamp -w in/w*.yaml"] {
        linked(args).run().holds("outside.yaml", &new);
    }
    linked("stamp -w --follow-links in --exclude config.yaml").run().holds("outside.yaml", &new);
}

#[cfg(unix)]
#[test]
fn a_read_only_file_is_refused_and_nothing_is_written() {
    use std::os::unix::fs::PermissionsExt as _;
    let test = Test::new()
        .file("a/all.yaml", both(CONFIG, WEB))
        .file("b/all.yaml", both(CONFIG, WEB))
        .args("stamp -w a b")
        .status(2)
        .stderr_has(&["b/all.yaml", "read-only"]);
    fs::set_permissions(test.path("b/all.yaml"), fs::Permissions::from_mode(0o444)).unwrap();
    let test = test.run().holds("a/all.yaml", &both(CONFIG, WEB));
    assert_eq!(left_over(&test.path("a")), Vec::<String>::new());
}

#[test]
fn stdin_cannot_be_written_in_place() {
    Test::new()
        .args("stamp -w -")
        .stdin(both(CONFIG, WEB))
        .status(2)
        .stderr_has(&["cannot be written in place"])
        .here();
}

#[test]
fn dash_is_stdin_and_part_of_the_set() {
    Test::new()
        .file("config.yaml", CONFIG)
        .stdin(WEB)
        .args("stamp config.yaml -")
        .stdout(format!("---\n{CONFIG}---\n{}", stamped()))
        .run();
}

#[test]
fn what_is_not_there_is_an_error() {
    Test::new()
        .file("all.yaml", both(CONFIG, WEB))
        .args("stamp -w all.yaml gone.yaml")
        .status(2)
        .stderr_has(&["gone.yaml: error: "])
        .run()
        .holds("all.yaml", &both(CONFIG, WEB));
}

#[test]
fn globs_count_in_folders() {
    Test::new()
        .file("r/config.yaml", CONFIG)
        .file("r/web.yaml", WEB)
        .file("r/sub/skip.yaml", WEB.replace("name: web", "name: skip"))
        .args("stamp -w r --exclude sub/*")
        .run()
        .holds("r/web.yaml", &stamped())
        .holds("r/sub/skip.yaml", &WEB.replace("name: web", "name: skip"));
    Test::new()
        .file("r/config.yaml", CONFIG)
        .file("r/web.yaml", WEB)
        .args("stamp r --include web.yaml")
        .stdout(WEB)
        .stderr_has(&["ConfigMap/config: not in this set"])
        .run();
}

#[test]
fn config_from_supplies_and_is_never_written() {
    Test::new()
        .file("configs/config.yaml", CONFIG)
        .file("configs/web.yaml", WEB.replace("name: web", "name: theirs"))
        .file("web.yaml", WEB)
        .args("stamp -w web.yaml --config-from configs")
        .run()
        .holds("web.yaml", &stamped())
        .holds("configs/config.yaml", CONFIG)
        .holds("configs/web.yaml", &WEB.replace("name: web", "name: theirs"));
    Test::new().file("configs/config.yaml", CONFIG).stdin(WEB).args("--config-from configs").stdout(stamped()).run();
}

#[test]
fn one_file_in_two_sets_is_an_error() {
    Test::new()
        .file("a/all.yaml", both(CONFIG, WEB))
        .args("stamp -w a a/all.yaml")
        .status(2)
        .stderr_has(&["a/all.yaml"])
        .run()
        .holds("a/all.yaml", &both(CONFIG, WEB));
}

// ── settings ──

#[test]
fn a_config_file_is_read_and_flags_win() {
    let config = "apiVersion: restamp.dev/v1alpha1\nkind: Restamp\nmetadata: {name: x}\nspec: {select: all, annotation: a.b/c}\n";
    let plain = WEB.replace("    reloader.stakater.com/auto: \"true\"\n", "    a: b\n");
    let wanted = |key: &str| {
        plain.replace(
            "  template:\n",
            &format!("  template:\n    metadata:\n      annotations:\n        {key}: \"{STAMP}\"\n"),
        )
    };
    Test::new()
        .file("restamp.yaml", config)
        .stdin(both(CONFIG, &plain))
        .args("--config restamp.yaml")
        .stdout(both(CONFIG, &wanted("a.b/c")))
        .run();
    Test::new()
        .file("restamp.yaml", config)
        .stdin(both(CONFIG, &plain))
        .args("--config restamp.yaml --annotation d.e/f")
        .stdout(both(CONFIG, &wanted("d.e/f")))
        .run();
}

#[test]
fn an_unknown_field_lists_the_known_ones() {
    Test::new()
        .file("restamp.yaml", "apiVersion: restamp.dev/v1alpha1\nkind: Restamp\nspec:\n  sellect: all\n")
        .stdin(WEB)
        .args("--config restamp.yaml")
        .status(2)
        .stderr_has(&["restamp.yaml:4:3: error: ", "`sellect`", "annotation", "precision", "did you mean `select`?"])
        .run();
}

#[test]
fn another_kind_as_config_is_an_error() {
    Test::new()
        .file("restamp.yaml", "apiVersion: v1\nkind: Secret\n")
        .args("check --config restamp.yaml restamp.yaml")
        .status(2)
        .stdout_has(&["restamp.yaml:2:", "`Secret`"])
        .run();
}

#[test]
fn a_config_file_that_is_not_there_is_an_error() {
    Test::new().args("--config gone.yaml").status(2).stderr_has(&["gone.yaml"]).run();
}

/// A pipeline that asked for a report gets one, whatever is wrong.
#[test]
fn a_report_is_written_also_where_settings_or_paths_are_wrong() {
    for (format, says) in [
        ("json", "\"id\": \"settings\""),
        ("sarif", "\"ruleId\": \"settings\""),
        ("github", "restamp%3A settings"),
        ("junit", "type=\"settings\""),
    ] {
        for (config, text) in [("gone.yaml", ""), ("bad.yaml", "kind: Restamp\n")] {
            let test = Test::new().file("web.yaml", WEB).file("bad.yaml", text);
            test.args(&format!("check --format {format} --config {config} web.yaml"))
                .status(2)
                .stdout_has(&[says])
                .run();
        }
        let says = says.replace("settings", "no-input");
        Test::new().args(&format!("check --format {format} gone.yaml")).status(2).stdout_has(&[&says]).run();
    }
}

#[test]
fn the_json_of_stamp_lists_what_was_stamped() {
    let run = |args: &str, parts: &[&str]| {
        Test::new().file("all.yaml", both(CONFIG, WEB)).args(args).stdout_has(&[]).stderr_has(parts).run();
    };
    let done =
        ["\"missing\": 0", "\"stamped\": 1", "\"current\": 1", "\"action\": \"inserted\"", "\"name\": \"web\"", STAMP];
    run("stamp all.yaml --format json", &done);
    run("stamp -w all.yaml --format json", &[&done[..], &["\"filesWritten\": 1"]].concat());
    // With an error nothing is.
    Test::new()
        .file("all.yaml", both(CONFIG, WEB) + "---\nkind: ConfigMap\ndata: [\n")
        .args("stamp -w all.yaml --format json")
        .status(2)
        .stderr_has(&["\"missing\": 1", "\"stamped\": 0", "\"stamps\": []"])
        .run();
}

#[test]
fn a_workload_with_nothing_to_hash_is_counted() {
    Test::new().stdin(WEB).args("check -").stdout_has(&["1 with nothing to hash"]).here();
    Test::new().stdin(WEB).stdout_has(&[]).stderr_has(&["1 with nothing to hash"]).here();
}

// ── check ──

/// All workloads, selected or not, and nothing else.
#[test]
fn references_alone() {
    let plain = WEB.replace("reloader.stakater.com/auto: \"true\"", "a: b");
    let check = |text: &str, more: &str, status: i32, parts: &[&str]| {
        let args = format!("check - --references {more}");
        Test::new().stdin(text).args(&args).status(status).stdout_has(parts).here();
    };
    check(&both(CONFIG, &plain), "", 0, &["1 reference\n"]);
    check(&plain, "", 1, &["error: ConfigMap/config: not in this set, used by Deployment/web [missing-config]"]);
    check(&plain, "--external config", 0, &["1 reference\n"]);
    check(&plain, "--exclude-config ConfigMap", 0, &["0 references\n"]);
    check(&plain, "--exclude-workload Deployment", 0, &[]);
    check(&plain.replace("{name: config}", "{name: config, optional: true}"), "--strict", 0, &[]);
    check(&both(&plain, "kind: ConfigMap\ndata: [\n"), "", 2, &["[syntax]", "[missing-config]"]);
    check(&plain, "--format junit", 1, &["type=\"missing-config\""]);
    // What is made in the cluster will be there, whether it counts or not; and nearly an object is none.
    let sealed = "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: db}\n";
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{image: i, envFrom: [{secretRef: {name: db}}]}]}\n";
    check(&both(sealed, pod), "--strict", 0, &["1 reference\n"]);
    let told = ["warning: Secret/db: not in this set", "SealedSecret/db will make it", "1 reference; 1 warning\n"];
    check(&both(sealed, pod), "--producers ignore", 0, &told);
    check(&both(sealed, pod), "--producers ignore --strict", 1, &told);
    check(&both(sealed, &pod.replace("Pod", "pod")), "", 0, &["[unknown-kind]", "0 references; 1 warning\n"]);
    // A stamp, a typo or a list is not its business.
    let stale = stamped().replace("sha256:29", "sha256:00").replace("/auto:", "/autoo:");
    Test::new().stdin(both(CONFIG, &stale)).args("check - --references --strict").stdout("1 reference\n").here();
    Test::new().args("check x --references --diff").status(2).run();
}

#[test]
fn a_kustomization_that_is_named_alone_is_no_manifest() {
    for text in ["resources: [a.yaml]\n", "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"] {
        let test = || Test::new().file("k/kustomization.yaml", text);
        let told = "nothing to read but a kustomization; use `kustomize build k | restamp` [no-input]";
        let error = format!("k/kustomization.yaml: error: {told}");
        test().args("check k/kustomization.yaml").status(2).stdout_has(&[&error, "nothing checked; 1 error"]).run();
        test().args("stamp k/kustomization.yaml").stdout(text).stderr_has(&["warning: ", told]).run();
        test()
            .args("check k/kustomization.yaml --allow-empty")
            .stdout("0 missing, 0 stale, 0 left over, 0 current\n")
            .run();
    }
}

#[test]
fn check_is_0_1_or_2() {
    let stale = stamped().replace("sha256:29", "sha256:00");
    let left_over = stamped().replace("\"true\"", "\"false\"");
    let check = |text: &str, status: i32, parts: &[&str]| {
        Test::new().stdin(text).args("check -").status(status).stdout_has(parts).here();
    };
    check(&both(CONFIG, &stamped()), 0, &[]);
    check(&both(CONFIG, WEB), 1, &["[stamp-missing]"]);
    check(&both(CONFIG, &stale), 1, &["[stamp-stale]"]);
    check(&both(CONFIG, &left_over), 1, &["[stamp-left-over]"]);
    check(&stamped(), 0, &["[cannot-verify]"]);
    check("kind: Deployment\nspec: [\n", 2, &["[syntax]"]);
    // An error wins.
    check(&both("kind: Secret\ndata: [\n", &both(CONFIG, WEB)), 2, &["[syntax]"]);
    Test::new().stdin(stamped()).args("check - --strict").status(1).stdout_has(&["[cannot-verify]"]).here();
}

const DB: &str = "apiVersion: v1\nkind: Secret\nmetadata: {name: config}\nstringData: {p: hunter2}\n";

#[test]
fn keys_make_stamps_of_another_form() {
    let web = WEB.replace("configMapRef", "secretRef");
    let key = |bytes: &str| Test::new().file("a.yaml", both(DB, &web)).file("k", bytes);
    let stamped = |text: &str| {
        let line = text.lines().find_map(|line| line.trim().strip_prefix("restamp.dev/config-hash: "));
        line.unwrap_or_default().trim_matches('"').to_owned()
    };
    let keyed = |bytes: &str| stamped(&key(bytes).args("stamp a.yaml --key-file k").binary().text());
    let stamp = keyed("correct-horse-battery-staple");
    assert!(stamp.starts_with("hmac-sha256:346f870a:"), "{stamp}");
    // One line break is cut, and no more.
    for end in ["\n", "\r\n"] {
        assert_eq!(keyed(&format!("correct-horse-battery-staple{end}")), stamp);
    }
    assert_ne!(keyed("correct-horse-battery-staple\n\n"), stamp);
    assert_ne!(keyed("correct-horse-battery-stable"), stamp);

    let text = both(
        DB,
        &web.replace(
            "  template:\n",
            &format!("  template:\n    metadata: {{annotations: {{restamp.dev/config-hash: \"{stamp}\"}}}}\n"),
        ),
    );
    let changed = text.replace("hunter2", "hunter3");
    let with = |text: &str, args: &str| {
        Test::new()
            .file("a.yaml", text)
            .file("k", "correct-horse-battery-staple")
            .file("other", "another-key-of-some-length")
            .args(args)
    };
    with(&text, "check a.yaml --key-file k").stdout_has(&["0 stale"]).run();
    with(&changed, "check a.yaml --key-file k").status(1).stdout_has(&["[stamp-stale]"]).run();
    // Without it nothing is compared, or downgraded.
    with(&changed, "check a.yaml").stdout_has(&["[other-key]", "this run has none"]).run();
    with(&changed, "check a.yaml --strict").status(1).stdout_has(&["[other-key]"]).run();
    with(&changed, "stamp a.yaml").stdout(changed.clone()).run();
    let explained = with(&changed, "explain a.yaml --format json").binary().text();
    assert!(explained.contains("\"other-key\"") && explained.contains("\"due\": null"), "{explained}");
    with(&text, "check a.yaml --key-file other")
        .status(1)
        .stdout_has(&["[other-key]", "346f870a", "[stamp-stale]"])
        .run();
    // A plan compares what it can compute, and shows none of it.
    let plan = |new: &str| {
        let test = with(&text, "plan a.yaml b.yaml --exit-code --format json").file("b.yaml", new);
        let ran = test.binary();
        assert!(!ran.text().contains(":{\"") && !ran.text().contains("sha256:"), "{}", ran.text());
        ran.status
    };
    assert_eq!((plan(&text), plan(&changed)), (0, 1));
    // Only a Secret's digest is keyed.
    let plain = Test::new().file("a.yaml", both(CONFIG, WEB)).file("k", "correct-horse-battery-staple");
    assert_eq!(stamped(&plain.args("stamp a.yaml --key-file k").binary().text()), STAMP);
}

/// A baseline of keyed stamps holds with its key; without it nobody can tell, and nothing is written.
#[test]
fn a_keyed_baseline_needs_its_key() {
    let web = WEB.replace("configMapRef", "secretRef");
    let set = || Test::new().file("k", "correct-horse-battery-staple").file("a.yaml", both(DB, &web));
    let baseline = set().args("baseline a.yaml --key-file k").binary().text();
    assert!(baseline.contains("hmac-sha256:346f870a:") && !baseline.contains("correct"), "{baseline}");
    let with = |args: &str| set().file("b.yaml", &baseline).args(args);
    with("check a.yaml --config b.yaml --key-file k").stdout_has(&["0 missing"]).run();
    let says = ["[other-key]", "stays without a stamp"];
    with("check a.yaml --config b.yaml").stdout_has(&says).run();
    with("stamp a.yaml --config b.yaml").stdout(both(DB, &web)).run();
    // The settings that a baseline prints have the name of the variable, and never what it holds.
    let test = set().args("baseline a.yaml --key-env RK");
    let ran: Ran = test.command().env("RK", "correct-horse-battery-staple").output().unwrap().into();
    assert!(ran.text().contains("keyEnv: \"RK\"") && !ran.text().contains("correct"), "{}{}", ran.text(), ran.stderr);
}

#[test]
fn a_key_that_cannot_be_used_is_an_error() {
    let files = || Test::new().file("a.yaml", both(CONFIG, WEB)).file("short", "fifteen-letters\n").file("empty", "\n");
    for (args, why) in [
        ("--key-file short", "is shorter than 16 bytes"),
        ("--key-file empty", "is empty"),
        ("--key-file gone", "cannot be read"),
        ("--key-env RESTAMP_NO_SUCH_KEY", "RESTAMP_NO_SUCH_KEY is not set"),
        ("--key-env not-a-name", "no name of an environment variable"),
    ] {
        files().args(&format!("stamp a.yaml {args}")).status(2).stderr_has(&["[settings]", why]).run();
        files().args(&format!("check a.yaml {args} --format json")).status(2).stdout_has(&[why]).run();
    }
    // As a function, the variable is named in the configuration.
    let list = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems: []\nfunctionConfig:\n  apiVersion: \
                restamp.dev/v1alpha1\n  kind: Restamp\n  spec: {keyEnv: RESTAMP_NO_SUCH_KEY}\n";
    Test::new().stdin(list).status(2).stdout_has(&["results:", "is not set"]).run();
}

#[test]
fn policy_fails_the_check_and_stops_the_stamp() {
    for (words, status) in [("check - --missing error", 1), ("--missing error", 2)] {
        let stdout = if status == 1 { &["[missing-config]"][..] } else { &[] };
        Test::new().stdin(WEB).args(words).status(status).stdout_has(stdout).here();
    }
    for (words, status) in [("check - --require-selected", 1), ("--require-selected", 2)] {
        Test::new()
            .stdin(both(CONFIG, &WEB.replace("\"true\"", "\"false\"")))
            .args(words)
            .status(status)
            .stdout_has(&[])
            .here();
    }
}

#[test]
fn nothing_selected_says_what_to_add() {
    Test::new()
        .stdin(both(CONFIG, &WEB.replace("\"true\"", "\"false\"")))
        .stdout_has(&[])
        .stderr_has(&["[nothing-selected]", "reloader.stakater.com/auto: \"true\"", "--select all"])
        .here();
}

#[test]
fn check_writes_nothing() {
    Test::new()
        .file("all.yaml", both(CONFIG, WEB))
        .args("check all.yaml --diff")
        .status(1)
        .stdout_has(&["+++ b/all.yaml", &format!("+        restamp.dev/config-hash: \"{STAMP}\"")])
        .run()
        .holds("all.yaml", &both(CONFIG, WEB));
}

#[test]
fn a_diff_shows_no_other_line() {
    let stale = stamped().replace("sha256:29", "sha256:00");
    let ran = run(["check", "-", "--diff"], both(CONFIG, &stale).as_bytes());
    let text = ran.text();
    let lines: Vec<&str> = text
        .lines()
        .take_while(|l| !l.contains(": error: "))
        .filter(|l| !l.starts_with("+++") && !l.starts_with("---") && !l.starts_with("@@"))
        .collect();
    let [old, new] = lines[..] else {
        panic!("{text}");
    };
    assert!(old.starts_with("-        restamp.dev/config-hash: \"sha256:00"), "{old}");
    assert_eq!(new, format!("+        restamp.dev/config-hash: \"{STAMP}\""));
}

/// A Secret beside the workload on one line (minified JSON): only the stamps are shown.
#[test]
fn no_output_shows_a_secret() {
    let secret = r#"{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s"},"stringData":{"k":"hunter2"}}"#;
    let web = r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","annotations":{"reloader.stakater.com/auto":"true"}},"spec":{"template":{"metadata":{"annotations":{"restamp.dev/config-hash":"old"}},"spec":{"containers":[{"name":"app","image":"nginx","envFrom":[{"secretRef":{"name":"s"}},{"secretRef":{"name":"gone"}}]}]}}}}"#;
    let list = format!(r#"{{"apiVersion":"v1","kind":"List","items":[{secret},{web}]}}"#);
    let broken = format!("kind: Secret\nstringData:\n  k: hunter2\n  l: [\n---\n{secret}");
    let odd = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: {k: hunter2!}\n---\n".to_owned() + web;
    for text in [list, broken, odd] {
        for words in [
            "check - --diff",
            "check - --diff --format json",
            "check - --format sarif",
            "check - --format github",
            "check - --format junit",
            "-v",
            "stamp - -v",
        ] {
            let ran = run(words.split(' '), text.as_bytes());
            let out = if words.starts_with("check") { ran.text() } else { String::new() };
            for shown in [&out, &ran.stderr] {
                assert!(!shown.contains("hunter2"), "{words}\n{shown}");
            }
        }
    }
}

/// The line of a fault in the settings may hold a Secret, or share its text by an alias.
#[test]
fn refused_settings_show_no_secret() {
    let list = |spec: &str, end: &str| {
        let secret = "items: [{apiVersion: v1, kind: Secret, metadata: {name: s}, stringData: {k: &k hunter2}}]";
        let config = format!("functionConfig: {{apiVersion: restamp.dev/v1alpha1, kind: Restamp, spec: {spec}}}");
        format!("{{apiVersion: config.kubernetes.io/v1, kind: ResourceList,{end}{secret},{end}{config}}}\n")
    };
    for (spec, part) in [
        ("{select: x}", "spec.select: unknown word `x`"),
        ("{annotation: *k}", "spec.annotation: an alias of what a Secret holds"),
        ("{external: [*k]}", "spec.external[0]: an alias of what a Secret holds"),
    ] {
        for end in [" ", "\n "] {
            let ran = run([""; 0], list(spec, end).as_bytes());
            assert_eq!(ran.status, 2, "{}", ran.stderr);
            assert!(ran.stderr.contains(part) && !ran.stderr.contains("hunter2"), "{}", ran.stderr);
        }
    }
}

// ── formats and words ──

#[test]
fn a_format_that_a_command_lacks_is_an_error() {
    Test::new()
        .stdin(both(CONFIG, WEB))
        .args("check - --format mermaid")
        .status(2)
        .stderr_has(&["text, json, sarif, github, junit"])
        .here();
}

#[test]
fn near_misses_are_named() {
    let config = |name: &str, namespace: &str| {
        CONFIG.replace("name: config", &format!("name: {name}\n  namespace: {namespace}"))
    };
    let ours = WEB.replace("name: web", "name: web\n  namespace: shop");
    Test::new()
        .stdin(both(&config("config", "other"), &ours))
        .stdout_has(&[])
        .stderr_has(&["[missing-config]", "`other`", "`shop`"])
        .here();
    Test::new()
        .stdin(both(&config("confg", "shop"), &ours))
        .stdout_has(&[])
        .stderr_has(&["[missing-config]", "did you mean ConfigMap/confg?"])
        .here();
    Test::new()
        .args("--producers ignore")
        .stdin(both(
            "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: config}\n",
            &WEB.replace("configMapRef", "secretRef"),
        ))
        .stdout_has(&[])
        .stderr_has(&["[missing-config]", "SealedSecret/config"])
        .here();
}

/// The tree that was skipped has it: said before a name that is only near, after what the set itself says of it.
#[test]
fn a_missing_config_may_be_in_a_skipped_tree() {
    let tree = "resources: [more.yaml]\nconfigMapGenerator: [{name: config}]\n";
    let here = |set: String, web: &str| {
        let test = Test::new().file("in/k/kustomization.yaml", tree).file("in/a.yaml", set).file("in/web.yaml", web);
        test.file("in/k/more.yaml", CONFIG.replace("name: config", "name: held")).args("stamp in")
    };
    let near = || CONFIG.replace("name: config", "name: confg");
    let hint = "the skipped source tree in/k has it: run `kustomize build in/k | restamp`";
    here(near(), WEB).stdout_has(&[]).stderr_has(&["[missing-config]", hint]).run();
    let held = WEB.replace("{name: config}", "{name: held}");
    here(near(), &held).stdout_has(&[]).stderr_has(&["[missing-config]", hint]).run();
    let local = CONFIG
        .replace("  name: config", "  name: config\n  annotations: {config.kubernetes.io/local-config: \"true\"}");
    here(local, WEB).stdout_has(&[]).stderr_has(&["[missing-config]", "it is in the set, but marked"]).run();
}

#[test]
fn findings_come_by_set_path_and_offset() {
    let broken = "kind: Job\nspec: [\n---\nkind: Job\nspec: {\n";
    let test = Test::new()
        .file("b/z.yaml", broken)
        .file("b/a.yaml", broken)
        .file("a/y.yaml", broken)
        .args("stamp -w b a")
        .status(2);
    let ran = test.binary();
    test.check(&ran);
    let places: Vec<&str> =
        ran.stderr.lines().filter_map(|l| l.split_once(": error: ").map(|(place, _)| place)).collect();
    let files: Vec<&str> = places.iter().map(|p| p.split(':').next().unwrap()).collect();
    assert_eq!(files, ["b/a.yaml", "b/a.yaml", "b/z.yaml", "b/z.yaml", "a/y.yaml", "a/y.yaml"]);
}

#[test]
fn completions_and_man_come_from_the_flags() {
    Test::new().args("completions bash").stdout_has(&["restamp", "--config-from"]).here();
    Test::new().args("man").stdout_has(&[".TH", "config\\-from"]).here();
}

#[test]
fn a_plan_of_broken_input_prints_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    fs::write(path("old.yaml"), both(CONFIG, WEB)).unwrap();
    fs::write(path("new.yaml"), format!("{}---\nkind: Deployment\na: [\n", both(CONFIG, WEB))).unwrap();
    let ran = run(["plan", &path("old.yaml"), &path("new.yaml")], b"");
    assert_eq!((ran.status, ran.text().as_str()), (2, ""));
    assert!(ran.stderr.contains("new.yaml"), "{}", ran.stderr);
}

#[test]
fn plan_and_explain_say_what_they_did_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("source");
    fs::create_dir(&source).unwrap();
    fs::write(source.join("kustomization.yaml"), "configMapGenerator: [{name: c}]\n").unwrap();
    fs::write(source.join("web.yaml"), WEB).unwrap();
    fs::write(folder.path().join("web.yaml"), both(CONFIG, WEB)).unwrap();
    let path = folder.path().to_str().unwrap();
    for args in [vec!["explain", path], vec!["plan", path, path]] {
        let command = args[0];
        let ran = run(args, b"");
        assert_eq!(ran.status, 0, "{}", ran.stderr);
        // A plan is read by others too, so that it says so itself.
        match command {
            "plan" => assert!(
                ran.text().contains("note: not read in NEW: 1 kustomization or chart with 2 files"),
                "{}",
                ran.text()
            ),
            _ => {
                assert_eq!(ran.stderr, "1 info (-v shows them); 1 source tree skipped\n");
                let verbose = run([command, "-v", path], b"");
                assert!(verbose.stderr.contains("[source-tree]"), "{}", verbose.stderr);
            }
        }
    }
}

#[test]
fn a_stamp_that_is_an_alias_of_a_secret_is_not_shown() {
    let secret = "- apiVersion: v1\n  kind: Secret\n  metadata: {name: s}\n  stringData: {p: &p hunter2-hunter2}\n";
    let web = "- apiVersion: apps/v1\n  kind: Deployment\n  metadata: {name: w}\n  spec:\n    template:\n      metadata: {annotations: {restamp.dev/config-hash: *p}}\n      spec: {containers: [{name: a, image: a, envFrom: [{secretRef: {name: s}}]}]}\n";
    let list = format!("apiVersion: v1\nkind: List\nitems:\n{secret}{web}");
    for command in
        [vec!["explain", "-"], vec!["explain", "-", "--format", "json"], vec!["check", "-", "--select", "all"]]
    {
        let ran = run(command, list.as_bytes());
        assert!(!format!("{}{}", ran.text(), ran.stderr).contains("hunter2"), "{}", ran.text());
    }
}

#[test]
fn config_from_that_cannot_be_read_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    fs::write(path("web.yaml"), both(CONFIG, WEB)).unwrap();
    let (gone, web) = (path("gone"), path("web.yaml"));
    for (args, stdin) in [
        (vec!["stamp", "-w", &web, "--config-from", &gone], ""),
        (vec!["check", &web, "--config-from", &gone], ""),
        (vec!["plan", &web, &web, "--config-from", &gone], ""),
        (vec!["--config-from", &gone], WEB),
    ] {
        let ran = run(args, stdin.as_bytes());
        assert_eq!(ran.status, 2, "{}", ran.stderr);
        assert_eq!(format!("{}{}", ran.text(), ran.stderr).matches("gone").count(), 1, "{}", ran.stderr);
    }
    assert_eq!(fs::read_to_string(web).unwrap(), both(CONFIG, WEB));
}

#[test]
fn a_format_that_a_command_lacks_is_refused_before_anything_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("web.yaml");
    fs::write(&file, both(CONFIG, WEB)).unwrap();
    let ran = run(["stamp", "-w", file.to_str().unwrap(), "--format", "sarif"], b"");
    assert_eq!(ran.status, 2);
    assert_eq!(fs::read_to_string(&file).unwrap(), both(CONFIG, WEB));
    let ran = run(["--format", "sarif"], both(CONFIG, WEB).as_bytes());
    assert_eq!((ran.status, ran.text().as_str()), (2, ""));
}

#[test]
fn what_is_joined_is_stamped_as_it_is_printed() {
    let folder = tempfile::tempdir().unwrap();
    let config = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: config}\ndata:\n  a: |\n    x";
    fs::write(folder.path().join("a.yaml"), config).unwrap();
    fs::write(folder.path().join("b.yaml"), WEB).unwrap();
    let joined = run(["stamp", folder.path().to_str().unwrap()], b"");
    assert_eq!(joined.status, 0, "{}", joined.stderr);
    assert_eq!(run(["check", "-"], &joined.stdout).status, 0);
}

#[test]
fn a_folder_with_nothing_but_a_kustomization_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("kustomization.yaml"), "resources: [../base]\nnamePrefix: p-\n").unwrap();
    let ran = run(["check", folder.path().to_str().unwrap()], b"");
    assert_eq!(ran.status, 2);
    assert!(ran.text().contains("kustomize build"), "{}", ran.text());
}

#[test]
fn a_stamp_that_is_left_alone_is_a_warning() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\n  annotations: {restamp.dev/config-hash: old}\nspec: {containers: [{name: a, image: a}]}\n";
    let ran = run(["check", "-"], pod.as_bytes());
    assert_eq!(ran.status, 0, "{}", ran.text());
    assert!(ran.text().contains("[stamp-left-alone]"), "{}", ran.text());
    assert_eq!(run(["check", "-", "--strict"], pod.as_bytes()).status, 1);
}

#[cfg(unix)]
#[test]
fn a_device_is_an_error_and_a_pipe_is_read() {
    let ran = run(["check", "/dev/zero"], b"");
    assert_eq!(ran.status, 2, "{}", ran.text());
    assert!(ran.text().contains("/dev/zero: error: cannot be read: it is a device"), "{}", ran.text());
    let script = "\"$0\" check --allow-empty <(echo '# nothing')";
    let piped =
        std::process::Command::new("bash").args(["-c", script, env!("CARGO_BIN_EXE_restamp")]).status().unwrap();
    assert_eq!(piped.code(), Some(0));
}

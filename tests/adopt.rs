//! Adoption and its settings: the baseline, the settings file, what takes stamps out, validators, findings in a file. The
//! program is run as it is, in folders of its own.

use crate::common::Ran;
use serde_json::Value;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        put(&folder, path, text);
    }
    folder
}

fn put(folder: &TempDir, path: &str, text: &str) {
    let path = folder.path().join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn get(folder: &TempDir, path: &str) -> String {
    fs::read_to_string(folder.path().join(path)).unwrap()
}

/// Runs the program in a folder, with the words of a line as arguments.
fn go(folder: &Path, line: &str, stdin: &str) -> Ran {
    go_with(folder, line, stdin, &[])
}

fn go_with(folder: &Path, line: &str, stdin: &str, env: &[(&str, &str)]) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_restamp"));
    command.current_dir(folder).args(line.split_whitespace()).envs(env.iter().copied());
    let mut input = tempfile::tempfile().unwrap();
    std::io::Write::write_all(&mut input, stdin.as_bytes()).unwrap();
    std::io::Seek::rewind(&mut input).unwrap();
    command.stdin(Stdio::from(input)).output().unwrap().into()
}

fn stamps(text: &str) -> usize {
    text.matches("restamp.dev/config-hash").count()
}

const ASKS: &str = "reloader.stakater.com/auto: \"true\"";

/// Workloads with a config each, whose value is this.
fn set(annotations: &str, values: &[&str]) -> String {
    let mut out = String::new();
    for (i, value) in values.iter().enumerate() {
        writeln!(
            out,
            "apiVersion: v1
kind: ConfigMap
metadata:
  name: c{i}
data:
  key: {value}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: w{i}
  annotations:
    {annotations}
spec:
  template:
    spec:
      containers:
      - name: main
        image: i
        envFrom:
        - configMapRef:
            name: c{i}
---"
        )
        .unwrap();
    }
    out
}

fn config(spec: &str) -> String {
    format!("apiVersion: restamp.dev/v1alpha1\nkind: Restamp\nmetadata: {{name: s}}\nspec: {spec}\n")
}

fn list(items: &str, spec: &str) -> String {
    let items: String = items.split("---\n").filter(|item| !item.is_empty()).fold(String::new(), |mut out, item| {
        let body = item.trim_end().replace('\n', "\n  ");
        writeln!(out, "- {body}").unwrap();
        out
    });
    format!(
        "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n{items}functionConfig:\n  {}\n",
        config(spec).trim_end().replace('\n', "\n  ")
    )
}

#[test]
fn a_baseline_rolls_nothing_until_a_config_changes() {
    let dir = folder(&[("r/m.yaml", &set(ASKS, &["a", "b", "c"]))]);
    let go = |line: &str| go(dir.path(), line, "");
    let written = go("baseline -w r");
    assert_eq!((written.status, written.text().as_str()), (0, ""), "{}", written.stderr);
    assert!(written.stderr.contains("3 stamps, written to .restamp.yaml"), "{}", written.stderr);

    let before = get(&dir, "r/m.yaml");
    let stamp = go("stamp -w r");
    assert_eq!((stamp.status, get(&dir, "r/m.yaml")), (0, before.clone()));
    assert!(stamp.stderr.starts_with("0 stamped, 3 unchanged, 0 files written"), "{}", stamp.stderr);
    assert_eq!(go("check r").status, 0);
    assert!(go("explain r -v").text().contains("its stamp is one of `baseline`"));

    put(&dir, "new/m.yaml", &set(ASKS, &["a", "x", "c"]));
    let plan = go("plan r new --exit-code");
    assert_eq!(plan.status, 1);
    assert!(plan.text().starts_with("1 workload rolls") && plan.text().contains("Deployment/w1"), "{}", plan.text());
    assert_eq!(go("check new").status, 1);
    assert_eq!(go("stamp -w new").status, 0);
    assert_eq!(stamps(&get(&dir, "new/m.yaml")), 1);
    assert_eq!(go("plan r new --exit-code").status, 1);

    // Back: the stamp that is there is kept current.
    put(&dir, "new/m.yaml", &get(&dir, "new/m.yaml").replace("key: x", "key: b"));
    assert_eq!(go("check new").status, 1);
    assert_eq!(go("stamp -w new").status, 0);
    assert_eq!(stamps(&get(&dir, "new/m.yaml")), 1);
    // A filter, whose input never has one, gives it back without.
    let filter = go_with(dir.path(), "--config .restamp.yaml", &set(ASKS, &["a", "b", "c"]), &[]);
    assert_eq!((filter.status, stamps(&filter.text())), (0, 0));
    let filter = go_with(dir.path(), "--config .restamp.yaml", &set(ASKS, &["y", "b", "c"]), &[]);
    assert_eq!((filter.status, stamps(&filter.text())), (0, 1));
}

#[test]
fn a_baseline_is_printed_with_the_settings_in_force() {
    let dir = folder(&[
        ("r/m.yaml", &set("team: a", &["a", "b"])),
        (".restamp.yaml", &config("{select: all, external: [x]}")),
    ]);
    let printed = go(dir.path(), "baseline r --precision keys", "");
    assert_eq!(printed.status, 0);
    put(&dir, "base.yaml", &printed.text());
    let text = printed.text();
    for line in ["  select: all", "  precision: keys", "  external: [\"x\"]", "  baseline:"] {
        assert!(text.lines().any(|l| l == line), "{line}\n{text}");
    }
    assert_eq!(text.matches("- \"sha256:").count(), 2);
    assert_eq!(go(dir.path(), "check r --config base.yaml", "").status, 0);
    let json: Value = serde_json::from_str(&go(dir.path(), "baseline r --format json", "").text()).unwrap();
    assert_eq!(json["spec"]["baseline"].as_array().map(Vec::len), Some(2));

    // Written into a file it is the flags and the stamps that come, and nothing else changes.
    put(
        &dir,
        "own.yaml",
        "# ours\napiVersion: restamp.dev/v1alpha1\nkind: Restamp\nspec:\n  select: all # not by annotation\n",
    );
    assert_eq!(go(dir.path(), "baseline -w r --config own.yaml --precision keys", "").status, 0);
    let own = get(&dir, "own.yaml");
    assert!(
        own.starts_with("# ours\n") && own.contains("  select: all # not by annotation\n  precision: keys\n"),
        "{own}"
    );
    assert_eq!(go(dir.path(), "check r --config own.yaml", "").status, 0);
    // Again: nothing to change.
    assert_eq!(go(dir.path(), "baseline -w r --config own.yaml", "").status, 0);
    assert_eq!(get(&dir, "own.yaml"), own);

    assert_eq!(go(dir.path(), "baseline -w r --no-config", "").status, 2);
    let piped = go(dir.path(), "baseline -w -", &set("team: a", &["a"]));
    assert!(piped.status == 2 && piped.stderr.contains(".restamp.yaml was not read"), "{}", piped.stderr);
    let broken = go(dir.path(), "baseline -", "a: [");
    assert_eq!((broken.status, broken.text().as_str()), (2, ""));
}

#[test]
fn the_settings_file_is_the_nearest_up_to_the_repository() {
    let all = config("{select: all}");
    let dir = folder(&[
        ("out/.restamp.yaml", &all),
        ("out/repo/.git/HEAD", ""),
        ("out/repo/a/b/m.yaml", &set("team: a", &["a"])),
        ("out/loose/m.yaml", &set("team: a", &["a"])),
    ]);
    let at = |path: &str| dir.path().join("out").join(path);
    let due = |path: &str, line: &str| stamps(&go(&at(path), line, "").text());
    assert_eq!(due("repo/a/b", "stamp m.yaml"), 0, "it lies above the repository");
    assert_eq!(due("loose", "stamp m.yaml"), 0, "there is no repository");
    put(&dir, "out/repo/.restamp.yaml", &all);
    for path in ["repo/a/b", "repo/a", "repo"] {
        let file = if path == "repo/a/b" { "m.yaml" } else { "." };
        assert_eq!(due(path, &format!("stamp {file}")), 1, "{path}");
        assert_eq!(go(&at(path), &format!("check {file}"), "").status, 1, "{path}");
    }
    let told = go(&at("repo/a/b"), "check -v m.yaml", "");
    assert!(told.stderr.contains("settings of ../../.restamp.yaml"), "{}", told.stderr);
    assert_eq!(go(&at("repo/a/b"), "check m.yaml", "").stderr, "");
    assert_eq!(due("repo/a/b", "stamp m.yaml --no-config"), 0);
    assert_eq!(due("repo/a/b", "stamp m.yaml --select annotated"), 0);
    put(&dir, "out/repo/a/other.yaml", &config("{missing: error}"));
    assert_eq!(due("repo/a/b", "stamp m.yaml --config ../other.yaml"), 0, "another one is in its place");
    // The nearest alone counts.
    put(&dir, "out/repo/a/.restamp.yaml", &config("{missing: error}"));
    assert_eq!(due("repo/a/b", "stamp m.yaml"), 0);
    // It is no manifest, and a broken one is an error.
    put(&dir, "out/repo/a/.restamp.yaml", &config("{slect: all}"));
    let broken = go(&at("repo/a"), "check b", "");
    assert!(broken.status == 2 && broken.text().starts_with(".restamp.yaml:4:8: error"), "{}", broken.text());
    assert_eq!(go(&at("repo"), "check a --no-config", "").status, 0);
}

#[test]
fn a_settings_file_of_another_name_is_told_of() {
    let m = set("team: a", &["a"]);
    for (name, beside, told) in [
        (".restamp.yml", "x", true),
        ("restamp.yaml", "x", true),
        ("restamp.yml", "x", true),
        // A transformer, or the functionConfig of a function.
        ("restamp.yaml", "kustomization.yaml", false),
        ("restamp.yaml", "Kptfile", false),
        (".restamp.yml", "kustomization.yaml", true),
        (".restamp.yml", ".restamp.yaml", false),
    ] {
        let beside_it = if beside == ".restamp.yaml" { config("{}") } else { String::new() };
        let own = config("{select: all}");
        let dir = folder(&[(name, &own), (beside, &beside_it), (".git/x", ""), ("a/m.yaml", &m)]);
        for (folder, up, path) in [("", "", "a/m.yaml"), ("a", "../", "m.yaml")] {
            let at = dir.path().join(folder);
            let said = go(&at, &format!("check {path}"), "").stderr;
            let note = format!("restamp: note: {up}{name} is not read: rename it to .restamp.yaml");
            assert_eq!(said.starts_with(&note), told, "{name} {beside}: {said}");
            for line in
                [format!("check {path} --no-config"), format!("check {path} -q"), format!("check {path} --format json")]
            {
                assert!(!go(&at, &line, "").stderr.contains("is not read"), "{line}");
            }
        }
    }
}

#[test]
fn a_settings_file_that_is_no_text_has_a_place() {
    let dir = folder(&[("m.yaml", &set("team: a", &["a"]))]);
    std::fs::write(dir.path().join("s.yaml"), b"a: b\nc: \xff\n").unwrap();
    let ran = go(dir.path(), "check m.yaml --config s.yaml", "");
    assert!(ran.status == 2 && ran.text().starts_with("s.yaml:2:4: error: not UTF-8: byte 0xff"), "{}", ran.text());
}

#[test]
fn a_stage_of_a_pipe_reads_no_settings_file_and_says_so() {
    let m = set("team: a", &["a"]);
    let dir = folder(&[("m.yaml", &m), (".restamp.yaml", &config("{select: all}")), ("l.yaml", &list(&m, "{}"))]);
    let piped = |line: &str, input: &str| go(dir.path(), line, input);
    for (line, input) in
        [("", &m), ("", &list(&m, "{}")), ("stamp -", &m), ("check -", &m), ("stamp l.yaml", &String::new())]
    {
        let ran = piped(line, input);
        assert_eq!((ran.status, stamps(&ran.text())), (0, 0), "{line}");
        assert!(ran.stderr.contains(".restamp.yaml is not read"), "{line}: {}", ran.stderr);
        assert!(!ran.text().contains("is not read"), "{line}");
    }
    for line in ["-q", "--no-config", "--config .restamp.yaml", "--format json"] {
        assert!(!piped(line, &m).stderr.contains("is not read"), "{line}");
    }
    assert_eq!(stamps(&piped("--config .restamp.yaml", &m).text()), 1);
    // With a file beside it, it is a command over files.
    assert_eq!(piped("check - m.yaml", "").status, 1);
    // The functionConfig of a list is the last word.
    put(&dir, "l.yaml", &list(&m, "{select: all, namespace: x}"));
    let explained = piped("explain l.yaml --format json --namespace y", "");
    let json: Value = serde_json::from_str(&explained.text()).unwrap();
    assert_eq!(
        (&json["workloads"][0]["status"], &json["workloads"][0]["namespace"]),
        (&"unstamped".into(), &"y".into())
    );
}

#[test]
fn stamps_that_nobody_asks_for_any_more_do_not_all_go_by_accident() {
    let plain = set("team: a", &["a", "b", "c"]);
    let dir = folder(&[("r/m.yaml", &plain)]);
    let go = |line: &str| go(dir.path(), line, "");
    assert_eq!(go("stamp -w r --select all").status, 0);
    let stamped = get(&dir, "r/m.yaml");
    let refused = go("stamp -w r");
    assert_eq!((refused.status, get(&dir, "r/m.yaml")), (2, stamped.clone()));
    assert!(refused.stderr.contains("all 3 stamps would go") && refused.stderr.contains("--select all"));
    let check = go("check r");
    assert!(check.status == 1 && check.text().contains("restamp unstamp"), "{}", check.text());

    // One is chance; one that stays, or one that asks, is a will.
    let one = |text: &str| stamped.replacen(text, "other.example/key", 2);
    put(&dir, "r/m.yaml", &one("restamp.dev/config-hash"));
    assert_eq!(go("stamp -w r").status, 0);
    put(&dir, "r/m.yaml", &stamped.replacen("team: a", "reloader.stakater.com/auto: \"false\"", 1));
    assert_eq!(go("stamp -w r").status, 0);
    assert_eq!(stamps(&get(&dir, "r/m.yaml")), 0);
    put(&dir, "r/m.yaml", &stamped.replacen("team: a", ASKS, 1));
    assert_eq!(go("stamp -w r").status, 0);
    assert_eq!(stamps(&get(&dir, "r/m.yaml")), 1);

    put(&dir, "r/m.yaml", &stamped);
    let out = go("unstamp -w r");
    assert_eq!((out.status, get(&dir, "r/m.yaml")), (0, plain));
    assert!(out.stderr.contains("3 stamps taken out") && out.stderr.contains("rolls once"), "{}", out.stderr);
    let again = go("unstamp -w r");
    assert_eq!((again.status, &*again.stderr), (0, "0 stamps taken out, 0 files written\n"));
}

#[test]
fn what_is_never_stamped_keeps_what_it_carries() {
    let job = "apiVersion: batch/v1
kind: Job
metadata: {name: j}
spec:
  template:
    metadata: {annotations: {restamp.dev/config-hash: old}}
    spec:
      containers: [{name: main, image: i}]
";
    let stamped = "        metadata: x";
    let text = set(ASKS, &["a"]) + job;
    let dir = folder(&[("m.yaml", &text)]);
    let all = go(dir.path(), "stamp m.yaml", "").text();
    let out = go(dir.path(), "unstamp -", &all);
    assert!(!out.text().contains(stamped));
    assert_eq!((out.status, out.text()), (0, text));
    assert!(
        out.stderr.contains("Job/j carries a stamp") && out.stderr.contains("\n1 stamp taken out"),
        "{}",
        out.stderr
    );
    let excluded = go(dir.path(), "unstamp - --exclude-workload Deployment", &all);
    assert_eq!(excluded.text(), all);
}

#[test]
fn a_validator_gives_back_what_it_got() {
    let dir = folder(&[]);
    let go = |line: &str, input: &str| go(dir.path(), line, input);
    let m = set(ASKS, &["a"]);
    for (line, input) in [("", list(&m, "{mode: check}")), ("check -", list(&m, "{}"))] {
        let ran = go(line, &input);
        assert_eq!((ran.status, stamps(&ran.text())), (1, 0), "{line}");
        let answer: Value = serde_yaml::from_str(&ran.text()).unwrap();
        let result = &answer["results"][0];
        assert_eq!((&result["severity"], &result["tags"]["id"]), (&"error".into(), &"stamp-missing".into()), "{line}");
        assert!(ran.text().starts_with(&input), "{line}");
        assert!(ran.stderr.contains("Deployment/w0") && ran.stderr.contains("1 missing"), "{line}: {}", ran.stderr);
        // What is in order passes, without a result.
        let good = list(&go("", &m).text(), if line.is_empty() { "{mode: check}" } else { "{}" });
        let ran = go(line, &good);
        assert_eq!((ran.status, ran.text()), (0, good), "{line}");
    }
    // Unusable input is worse than what fails.
    assert_eq!(go("", &list(&m, "{mode: check, slect: all}")).status, 2);
    assert_eq!(
        go("", &list(&m, "{mode: check, select: all, missing: error}").replace("name: c0\n", "name: d\n")).status,
        1
    );
    // A stream of manifests, too; and commands pay no heed.
    put(&dir, "c.yaml", &config("{mode: check}"));
    let ran = go("--config c.yaml", &m);
    assert_eq!((ran.status, ran.text()), (1, m.clone()));
    assert_eq!(stamps(&go("stamp - --config c.yaml", &m).text()), 1);
    // A report that is asked for is one.
    let report: Value = serde_json::from_str(&go("check - --format json", &list(&m, "{}")).text()).unwrap();
    assert_eq!(report["summary"]["missing"], 1);
}

/// kpt shows `results` and stderr, kustomize stderr alone.
#[test]
fn a_finding_is_shown_once_by_each_host() {
    let dir = folder(&[]);
    let m = set(ASKS, &["a"]).replace("name: c0\ndata", "name: d0\ndata");
    let ran = go(dir.path(), "", &list(&m, "{}"));
    assert!(ran.text().contains("not in this set") && ran.stderr.contains("not in this set"));
    let of_kpt =
        m.replace("  annotations:\n", "  annotations:\n    internal.config.kubernetes.io/seqindent: compact\n");
    let ran = go(dir.path(), "", &list(&of_kpt, "{}"));
    assert!(ran.text().contains("not in this set") && !ran.stderr.contains("not in this set"), "{}", ran.stderr);
    assert!(ran.stderr.contains("1 warning"), "{}", ran.stderr);
}

/// So kustomize calls what is listed under `generators:`.
#[test]
fn a_list_of_nothing_but_its_own_configuration_is_said() {
    let dir = folder(&[]);
    let own =
        config("{}").replace("{name: s}", "{name: s, annotations: {config.kubernetes.io/local-config: \"true\"}}");
    let ran = go(dir.path(), "", &list(&own, "{}"));
    assert_eq!(ran.status, 0);
    assert!(ran.stderr.contains("generators:") && ran.text().contains("only-config"), "{}", ran.stderr);
    assert_eq!(go(dir.path(), "", &list(&own, "{mode: check}")).status, 2);
    assert!(!go(dir.path(), "", &list(&set(ASKS, &["a"]), "{}")).stderr.contains("generators:"));
    assert!(!go(dir.path(), "", &list("", "{}").replace("items:", "items: []")).stderr.contains("generators:"));
}

#[test]
fn findings_go_into_a_file_too() {
    let dir = folder(&[("r/m.yaml", &set(ASKS, &["a"])), ("bad.yaml", &config("{slect: all}"))]);
    let ids = || -> Vec<String> {
        let report: Value = serde_json::from_str(&get(&dir, "f.json")).unwrap();
        fs::remove_file(dir.path().join("f.json")).unwrap();
        let findings = report["findings"].as_array().unwrap();
        findings.iter().map(|f| f["id"].as_str().unwrap().to_owned()).collect()
    };
    let limits = config("{plan: {maxRolls: 0}}");
    put(&dir, "limits.yaml", &limits);
    put(&dir, "n/m.yaml", &set(ASKS, &["b"]));
    for (line, status, wanted) in [
        ("check r", 1, &["stamp-missing"][..]),
        ("check r -q --format sarif", 1, &["stamp-missing"]),
        ("check r --config bad.yaml", 2, &["settings"]),
        ("stamp r", 0, &[]),
        ("stamp -w none", 2, &["no-input"]),
        ("explain none", 2, &["no-input"]),
        ("unstamp r", 0, &[]),
        ("baseline r", 0, &[]),
        ("plan r n --config limits.yaml", 1, &["too-many-rolls"]),
        ("plan r none", 2, &["no-input"]),
        ("check --references r", 0, &[]),
    ] {
        let ran = go(dir.path(), &format!("{line} --findings f.json"), "");
        assert_eq!(ran.status, status, "{line}: {}{}", ran.text(), ran.stderr);
        let found = ids();
        assert_eq!(found, wanted, "{line}");
    }
    let env = [("RESTAMP_FINDINGS", "f.json")];
    let m = set("reloader.stakater.com/auto: \"yes\"", &["a"]);
    assert_eq!(go_with(dir.path(), "", &m, &env).status, 0);
    assert!(ids().contains(&"bad-boolean".to_owned()));
    assert_eq!(go_with(dir.path(), "check -", &list(&set(ASKS, &["a"]), "{}"), &env).status, 1);
    assert_eq!(ids(), ["stamp-missing"]);
    // A command over files in the same environment writes what its flag says.
    assert_eq!(go_with(dir.path(), "check r", "", &env).status, 1);
    assert!(!dir.path().join("f.json").exists());
    let before = get(&dir, "r/m.yaml");
    for line in ["check r", "stamp r", "stamp -w r", "baseline -w r", ""] {
        let ran = go(dir.path(), &format!("{line} --findings no/f.json"), &before);
        assert_eq!((ran.status, &*ran.text()), (2, ""), "{line}");
        assert!(ran.stderr.starts_with("restamp: error: cannot write no/f.json: "), "{line}: {}", ran.stderr);
    }
    assert_eq!(get(&dir, "r/m.yaml"), before);
    assert!(!dir.path().join(".restamp.yaml").exists());
    let failed = go(dir.path(), "baseline none", "").stderr;
    assert!(failed.ends_with("\nno baseline; 1 error\n"), "{failed}");
    // One that says nothing leaves no report of another run.
    put(&dir, "f.json", "{}");
    assert_eq!(go(dir.path(), "plan r none.yaml --each --findings f.json", "").status, 2);
    assert!(!dir.path().join("f.json").exists());
}

/// With `select: all` nobody has forgotten to select: that no config counts is what the settings say.
#[test]
fn stamps_of_configs_that_are_left_out_go_without_a_word_about_select() {
    let dir = folder(&[("r/m.yaml", &set("", &["a", "b"]))]);
    let go = |line: &str| go(dir.path(), line, "");
    let before = get(&dir, "r/m.yaml");
    assert_eq!(go("stamp -w r --select all").status, 0);
    assert_ne!(get(&dir, "r/m.yaml"), before);
    let refused = go("stamp -w r");
    assert!(refused.status == 2 && refused.stderr.contains("[removes-all]"), "{}", refused.stderr);
    assert!(!refused.stderr.contains("[stamp-removed]"), "{}", refused.stderr);
    let gone = go("stamp -w r --select all --exclude-config ConfigMap/*");
    assert_eq!((gone.status, get(&dir, "r/m.yaml")), (0, before), "{}", gone.stderr);
}

/// A baseline of one folder is none of another that shares the settings.
#[test]
fn stamps_that_a_new_baseline_lacks_are_counted() {
    let dir = folder(&[("dev/m.yaml", &set(ASKS, &["a"])), ("prod/m.yaml", &set(ASKS, &["b"]))]);
    let go = |line: &str| go(dir.path(), line, "");
    assert!(go("baseline -w dev prod").stderr.contains("2 stamps, written to .restamp.yaml"));
    let narrow = go("baseline -w dev").stderr;
    assert!(narrow.contains("1 stamp, written to .restamp.yaml, 1 of before not due any more"), "{narrow}");
}

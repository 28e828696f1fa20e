//! What comes from the definition of the flags: completion scripts, the manual page, colour, and how much is said.

#![allow(clippy::print_stderr, reason = "what is skipped is said to whoever runs the tests")]

use crate::common::{Streams, run, run_on};
use std::io::Write as _;
use std::process::{Command, Output, Stdio};

const SHELLS: [&str; 5] = ["bash", "zsh", "fish", "powershell", "elvish"];

/// What the help lists.
fn subcommands() -> Vec<String> {
    let help = run(["--help"], b"").text();
    let list = help.split_once("\nCommands:\n").unwrap().1;
    let list = list.split_once("\n\n").unwrap().0;
    let word = |line: &str| line.strip_prefix("  ")?.split_whitespace().next().map(str::to_owned);
    // The words of a wrapped description stand further to the right.
    list.lines().filter(|l| !l.starts_with("   ")).filter_map(word).collect()
}

/// A program given a text; `None` if there is no such program.
fn piped(program: &str, args: &[&str], text: &[u8]) -> Option<Output> {
    let child = Command::new(program)
        .args(args)
        .env("LC_ALL", "C.UTF-8")
        .env("MANWIDTH", "80")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = match child {
        Ok(child) => child,
        Err(_) => {
            eprintln!("skipped: no {program}");
            return None;
        }
    };
    child.stdin.take().unwrap().write_all(text).unwrap();
    Some(child.wait_with_output().unwrap())
}

#[test]
fn each_shell_completes_each_command_and_flag() {
    let commands = subcommands();
    assert!(
        ["stamp", "check", "explain", "plan", "completions", "man"]
            .iter()
            .all(|c| commands.iter().any(|have| have == c)),
        "{commands:?}"
    );
    for shell in SHELLS {
        let ran = run(["completions", shell], b"");
        assert_eq!((ran.status, ran.stderr.as_str()), (0, ""), "{shell}");
        let script = ran.text();
        for command in &commands {
            assert!(script.contains(command.as_str()), "{shell}: {command}");
        }
        for flag in ["select", "config-from", "require-selected", "why", "exit-code"] {
            assert!(script.contains(flag), "{shell}: {flag}");
        }
    }
}

#[test]
fn scripts_are_sound() {
    for (shell, program, args) in
        [("bash", "bash", &["-n"][..]), ("zsh", "zsh", &["-n", "/dev/stdin"]), ("fish", "fish", &["--no-execute"])]
    {
        let script = run(["completions", shell], b"").stdout;
        if let Some(ran) = piped(program, args, &script) {
            assert!(ran.status.success() && ran.stderr.is_empty(), "{ran:?}");
        }
    }
    // Bash is asked what it would complete.
    let mut script = run(["completions", "bash"], b"").stdout;
    script.extend(b"\nCOMP_WORDS=(restamp pl) COMP_CWORD=1\n_restamp restamp pl restamp\necho \"${COMPREPLY[@]}\"\n");
    if let Some(ran) = piped("bash", &[], &script) {
        assert_eq!(String::from_utf8_lossy(&ran.stdout), "plan\n", "{ran:?}");
    }
}

#[test]
fn an_unknown_shell_is_refused_with_those_that_are_known() {
    let ran = run(["completions", "tcsh"], b"");
    assert_eq!((ran.status, ran.stdout.len()), (2, 0));
    assert!(SHELLS.iter().all(|s| ran.stderr.contains(s)), "{}", ran.stderr);
}

#[test]
fn the_manual_page_names_every_command_and_renders() {
    let ran = run(["man"], b"");
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
    let page = ran.text();
    // roff writes a hyphen as `\-`.
    let plain = page.replace("\\-", "-");
    for command in subcommands() {
        assert!(plain.contains(&format!("restamp-{command}(1)")) || plain.contains(&command));
    }
    for part in ["restamp 1", "NAME", "--config-from", "Exit status"] {
        assert!(plain.contains(part), "{part} in {plain}");
    }
    if let Some(ran) = piped("man", &["--warnings", "-l", "-"], page.as_bytes()) {
        let shown = String::from_utf8_lossy(&ran.stdout);
        let said = String::from_utf8_lossy(&ran.stderr);
        // Stand-ins of a minimal system print no page.
        if shown.contains("NAME") {
            assert!(ran.status.success() && said.is_empty(), "{said}");
            assert!(shown.contains("--require-selected"), "{shown}");
        }
    }
    if let Some(ran) = piped("mandoc", &["-Tlint", "-Werror"], page.as_bytes()) {
        assert!(ran.status.success(), "{ran:?}");
    }
}

/// One selected workload with a stale stamp, one config that is missing.
const STALE: &str = "apiVersion: apps/v1
kind: Deployment
metadata: {name: web, annotations: {reloader.stakater.com/auto: \"true\"}}
spec:
  template:
    metadata: {annotations: {restamp.dev/config-hash: \"sha256:0\"}}
    spec:
      containers:
      - name: web
        image: web
        envFrom: [{configMapRef: {name: app}}, {configMapRef: {name: gone}}]
        env: [{name: A, valueFrom: {configMapKeyRef: {name: gone, key: a}}}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: app}
data: {a: b}
";

/// Runs with both outputs on a terminal or not; gives the two texts.
fn said(args: &str, terminal: bool, no_color: bool) -> (String, String) {
    let streams = Streams { stdin_is_terminal: false, output_is_terminal: terminal, no_color, width: 80 };
    let ran = run_on(streams, args.split_whitespace(), STALE.as_bytes());
    (ran.text(), ran.stderr)
}

#[test]
fn colour_is_for_terminals_and_for_those_who_ask() {
    for (command, on_stdout) in [("check -", true), ("explain -", true), ("", false), ("stamp -", false)] {
        for (terminal, no_color, flag, colored) in [
            (false, false, "", false),
            (true, false, "", true),
            (true, true, "", false),
            (true, false, "--color=never", false),
            (false, false, "--color=always", true),
            // What is typed wins over the environment.
            (true, true, "--color=always", true),
            (true, true, "--color=auto", false),
        ] {
            let (stdout, stderr) = said(&format!("{command} {flag}"), terminal, no_color);
            let (report, other) = if on_stdout { (stdout, stderr) } else { (stderr, stdout) };
            let what = format!("{command} {flag} {terminal} {no_color}");
            assert_eq!(report.contains('\u{1b}'), colored, "{what}: {report}");
            assert!(!other.contains('\u{1b}'), "{what}: {other}");
        }
        let (stdout, stderr) = said(&format!("{command} --color=always --format json"), true, false);
        assert!(!(stdout + &stderr).contains('\u{1b}'), "{command}");
    }
    for format in ["json", "sarif", "github", "junit"] {
        let (stdout, _) = said(&format!("check - --color=always --format {format}"), true, false);
        assert!(!stdout.contains('\u{1b}'), "{format}");
    }
}

/// The words of the environment that say something about a terminal.
const ENVIRONMENT: [&str; 4] = ["NO_COLOR", "CLICOLOR_FORCE", "CLICOLOR", "TERM"];

/// The program itself in a shell on a terminal, if there is `script`: what it shows there.
fn on_a_terminal(shell: &str, environment: &[(&str, &str)]) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("stale.yaml"), STALE).unwrap();
    let mut command = Command::new("script");
    command.args(["-qec", shell, "/dev/null"]).current_dir(folder.path());
    command.env("RESTAMP", env!("CARGO_BIN_EXE_restamp")).stdin(Stdio::null());
    for name in ENVIRONMENT {
        command.env_remove(name);
    }
    command.env("TERM", "xterm").envs(environment.iter().copied());
    let Ok(ran) = command.output() else {
        eprintln!("skipped: no `script`");
        return None;
    };
    Some(String::from_utf8_lossy(&ran.stdout).into_owned())
}

#[test]
#[cfg(target_os = "linux")] // Elsewhere `script` takes other arguments.
fn the_environment_is_respected() {
    for (environment, colored) in [
        (&[][..], true),
        (&[("NO_COLOR", "")], true),
        (&[("NO_COLOR", "1")], false),
        (&[("TERM", "dumb")], false),
        (&[("CLICOLOR", "0")], false),
    ] {
        let Some(shown) = on_a_terminal("\"$RESTAMP\" check stale.yaml", environment) else { return };
        assert!(shown.contains("stamp-stale"), "{shown}");
        assert_eq!(shown.contains("\u{1b}["), colored, "{environment:?}: {shown:?}");
    }
    // In a pipe.
    for (environment, colored) in [
        (&[][..], false),
        (&[("CLICOLOR_FORCE", "0")], false),
        (&[("CLICOLOR_FORCE", "1")], true),
        (&[("CLICOLOR_FORCE", "1"), ("TERM", "dumb")], true),
        (&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], false),
    ] {
        let Some(shown) = on_a_terminal("\"$RESTAMP\" check stale.yaml | cat", environment) else { return };
        assert_eq!(shown.contains("\u{1b}["), colored, "{environment:?}: {shown:?}");
    }
}

/// A line while something takes longer than a second, gone before anything is said; none in a pipe or on a dumb terminal.
#[test]
#[cfg(target_os = "linux")]
fn what_takes_long_is_shown_on_a_terminal() {
    let slow = "(sleep 1.7; cat stale.yaml) | \"$RESTAMP\" > out.yaml";
    let Some(shown) = on_a_terminal(slow, &[]) else { return };
    let (before, after) = shown.split_once("restamp: reading").unwrap_or_else(|| panic!("{shown:?}"));
    assert!(!before.contains("stamped") && after.contains("1 stamped"), "{shown:?}");
    // The line was erased.
    assert!(after.split("1 stamped").next().unwrap().contains("\u{1b}[2K"), "{shown:?}");
    let quick = "\"$RESTAMP\" < stale.yaml > out.yaml";
    for (shell, environment) in
        [(slow, &[("TERM", "dumb")][..]), (&format!("{slow} 2> said; cat said"), &[]), (quick, &[])]
    {
        let Some(shown) = on_a_terminal(shell, environment) else { return };
        assert!(!shown.contains("reading") && shown.contains("1 stamped"), "{shell}: {shown:?}");
    }
}

#[test]
fn each_command_has_its_own_help() {
    for (command, has, lacks) in [
        ("stamp", "text, json]", "markdown"),
        ("check", "text, json, sarif, github, junit]", "markdown"),
        ("explain", "json, markdown, mermaid, text]", "sarif"),
        ("plan", "text, json, markdown]", "sarif"),
        ("unstamp", "text, json]", "sarif"),
        ("baseline", "text, json]", "sarif"),
    ] {
        let help = run([command, "-h"], b"").text();
        let words = help.split_whitespace().collect::<Vec<_>>().join(" ");
        let formats = words.split_once("--format").unwrap().1;
        let formats = formats.split_once("--color").unwrap().0;
        assert!(formats.contains(has) && !formats.contains(lacks), "{command}: {formats}");
        let (_, examples) = help.split_once("\nExamples:\n").unwrap();
        assert!(examples.lines().all(|l| l.starts_with("  ")), "{examples}");
        assert!(examples.contains(&format!("restamp {command} ")), "{examples}");
        // The settings are one group, and nothing else is among them.
        let settings = help.split_once("\nSettings:\n").unwrap().1;
        let settings = settings.split_once("\n\n").unwrap().0;
        assert!(settings.contains("--config") && settings.contains("--namespace"), "{settings}");
        assert!(!settings.contains("--strict") && !settings.contains("--exit-code"), "{settings}");
        assert_eq!(run(["help", command], b"").status, 0);
    }
    assert!(run(["help"], b"").text().contains("Exit status:"));
    assert_eq!(run(["help"], b"").text(), run(["--help"], b"").text());
}

#[test]
fn each_command_has_a_manual_page() {
    for (command, flag) in [("stamp", "--write"), ("check", "--diff"), ("check", "--strict"), ("explain", "--why")] {
        let page = run(["man", command], b"").text().replace("\\-", "-");
        assert!(page.contains(flag) && page.contains(&format!("restamp-{command}")), "{command} {flag}: {page}");
        assert!(page.contains("Examples:"), "{page}");
    }
    let ran = run(["man", "nothing"], b"");
    assert!(ran.status == 2 && ran.stderr.contains("no command `nothing`; there is stamp, check"), "{}", ran.stderr);
}

#[test]
fn many_findings_of_one_id_are_cut() {
    let twice = |value: &str| -> String {
        let keys: String = (0..1200).map(|i| format!("  k{i}: {value}\n  k{i}: b\n")).collect();
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c}}\ndata:\n{keys}")
    };
    let text = twice(&"a".repeat(400));
    let said = |args: &str| run(args.split_whitespace(), text.as_bytes()).text();
    let check = said("check -");
    assert_eq!(check.matches(": warning: ").count(), 50, "{check}");
    assert!(check.contains("\nand 1150 more [duplicate-key]; -v shows all\n"), "{check}");
    assert_eq!(said("check - -v").matches(": warning: ").count(), 1200);
    let json: serde_json::Value = serde_json::from_str(&said("check - --format json")).unwrap();
    assert_eq!(json["findings"].as_array().unwrap().len(), 1000);
    assert_eq!((&json["omitted"]["duplicate-key"], &json["summary"]["warnings"]), (&200.into(), &1200.into()));
    let sarif: serde_json::Value = serde_json::from_str(&said("check - --format sarif")).unwrap();
    assert_eq!(sarif["runs"][0]["properties"]["omitted"]["duplicate-key"], 200);
    for format in ["github", "junit"] {
        assert!(said(&format!("check - --format {format}")).contains("and 200 more"), "{format}");
    }
    assert_eq!(said("check - -q"), "1200 warnings\n");
    // So are the places of one finding.
    let refs = "{configMapRef: {name: gone}},".repeat(1500);
    let web = format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\nspec: {{template: {{spec: {{containers: [{{name: a, image: b, envFrom: [{refs}]}}]}}}}}}\n"
    );
    let places = |format: &str| -> serde_json::Value {
        let args = ["check", "-", "--select", "all", "--format", format];
        serde_json::from_str(&run(args, web.as_bytes()).text()).unwrap()
    };
    let found = &places("json")["findings"][0];
    assert_eq!((found["related"].as_array().unwrap().len(), &found["relatedOmitted"]), (1000, &499.into()));
    let found = &places("sarif")["runs"][0]["results"][0];
    assert_eq!(found["properties"]["relatedOmitted"], 499);
    // What a text holds more than one of in 2,000 bytes is counted alone beyond a thousand.
    let dense = |args: &str| run(args.split_whitespace(), twice("a").as_bytes()).text();
    assert!(dense("check -").contains("\nand 1150 more [duplicate-key]; -v shows more\n"));
    let all = dense("check - -v");
    let shown = all.matches(": warning: ").count();
    assert!((1000..1200).contains(&shown), "{shown}");
    assert!(all.contains(&format!("and {} more [duplicate-key]", 1200 - shown)), "{all}");
}

#[test]
fn quiet_says_errors_only_and_verbose_says_more() {
    let (stdout, normal) = said("stamp -", false, true);
    let (_, quiet) = said("stamp - -q", false, true);
    let (_, verbose) = said("stamp - -v", false, true);
    assert!(normal.contains("ConfigMap/gone") && normal.contains("1 stamped"), "{normal}");
    assert_eq!(quiet, "1 warning\n");
    assert!(verbose.len() > normal.len(), "{verbose}");
    for flag in ["-q", "-v"] {
        assert_eq!(said(&format!("stamp - {flag}"), false, true).0, stdout);
    }
    // What fails is an error, and said.
    let (quiet, _) = said("check - -q", false, true);
    assert!(quiet.contains("[stamp-stale]") && !quiet.contains("[missing-config]"), "{quiet}");
    let (_, quiet) = said("stamp - -q --missing=error", false, true);
    assert!(quiet.contains("[missing-config]"), "{quiet}");
}

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

#[test]
#[cfg(target_os = "linux")] // Elsewhere `script` takes other arguments.
fn the_environment_variable_is_respected() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("stale.yaml"), STALE).unwrap();
    for (value, colored) in [(None, true), (Some(""), true), (Some("1"), false)] {
        // `script` gives a terminal.
        let mut command = Command::new("script");
        command
            .args(["-qec", "\"$RESTAMP\" check stale.yaml", "/dev/null"])
            .current_dir(folder.path())
            .env("RESTAMP", env!("CARGO_BIN_EXE_restamp"))
            .env_remove("NO_COLOR")
            .stdin(Stdio::null());
        if let Some(value) = value {
            command.env("NO_COLOR", value);
        }
        let Ok(ran) = command.output() else {
            eprintln!("skipped: no `script`");
            return;
        };
        let shown = String::from_utf8_lossy(&ran.stdout);
        assert!(shown.contains("stamp-stale"), "{shown}");
        assert_eq!(shown.contains("\u{1b}["), colored, "{value:?}: {shown:?}");
    }
}

#[test]
fn quiet_says_errors_only_and_verbose_says_more() {
    let (stdout, normal) = said("stamp -", false, true);
    let (_, quiet) = said("stamp - -q", false, true);
    let (_, verbose) = said("stamp - -v", false, true);
    assert!(normal.contains("ConfigMap/gone") && normal.contains("1 stamped"), "{normal}");
    assert_eq!(quiet, "");
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

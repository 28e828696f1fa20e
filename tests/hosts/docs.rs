//! The pages about hosts, run as they are written: a page is a script.
//!
//! `<!-- page: TOOL...; start: FOLDER -->` says which hosts it needs and which folder of the repository it begins with a
//! copy of. The comment before a code block says what becomes of it: `run` (with `; exit N`, `; prints TEXT`,
//! `; plugin`), `not run: WHY`, or `file: PATH`, which is compared with that file or written to it; `; runs` runs the
//! commands of a CI file in a repository with a remote (`; pushes`: a commit arrives there; `; comments`: one comment, updated), `; generates FOLDER` the command of an Argo CD plugin. A shell block without one is an error.

use super::support::{Done, Host, command, copy_into, hosts, read, repository, run, write};
use serde_json::Value;
use std::path::Path;

#[test]
fn kustomize_plugin_readme() {
    page("kustomize-plugin/README.md");
}

#[test]
fn kustomize() {
    page("docs/hosts/kustomize.md");
}

#[test]
fn kubectl() {
    page("docs/hosts/kubectl.md");
}

#[test]
fn kpt() {
    page("docs/hosts/kpt.md");
}

#[test]
fn helm() {
    page("docs/hosts/helm.md");
}

#[test]
fn argo_cd() {
    page("docs/hosts/argocd.md");
}

#[test]
fn flux() {
    page("docs/hosts/flux.md");
}

#[test]
fn github_actions() {
    page("docs/hosts/github-actions.md");
}

#[test]
fn gitlab_ci() {
    page("docs/hosts/gitlab-ci.md");
}

#[test]
fn pre_commit() {
    page("docs/hosts/pre-commit.md");
}

/// Every page has a test, and is linked from the overview.
#[test]
fn every_page_is_run() {
    let own = read(repository("tests/hosts/docs.rs"));
    let overview = read(repository("docs/hosts/README.md"));
    for entry in std::fs::read_dir(repository("docs/hosts")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if name != "README.md" {
            assert!(own.contains(&format!("\"docs/hosts/{name}\"")), "{name} is not run");
            assert!(overview.contains(&format!("({name})")), "{name} is not linked");
        }
    }
}

fn page(path: &str) {
    let text = read(repository(path));
    let head = text.lines().find_map(|l| directive(l)?.strip_prefix("page: ")).unwrap();
    let (tools, start) = head.split_once("; start: ").unwrap();
    let tools: Vec<(&str, Vec<Host>)> = tools.split(' ').map(|t| (t, hosts(t))).collect();
    if tools.iter().any(|(_, found)| found.is_empty()) {
        return;
    }
    // Once with each version.
    let rounds = tools.iter().map(|(_, found)| found.len()).max().unwrap();
    for round in 0..rounds {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("work");
        copy_into(start, &folder);
        for (tool, found) in &tools {
            let host = &found[round.min(found.len() - 1)];
            let name = if tool.starts_with("helm") { "helm" } else { tool };
            let bin = home.path().join(tool);
            std::fs::create_dir(&bin).unwrap();
            std::os::unix::fs::symlink(&host.path, bin.join(name)).unwrap();
        }
        let page = Page { path, home: home.path(), folder: &folder, tool: tools[0].0 };
        page.run(&text);
    }
}

/// `gh` with one comment.
const GH: &str = r#"#!/bin/bash
case "$*" in
"api --method PATCH repos/some/repository/issues/comments/42 -F body=@plan.md") echo updated >> "$SAID/said" ;;
"pr comment 7 --body-file plan.md" | "pr comment 7 --edit-last --create-if-none --body-file plan.md") echo posted >> "$SAID/said" ;;
"api --paginate repos/some/repository/issues/7/comments --jq "*) [ ! -e "$SAID/comment" ] || echo 42; exit ;;
*) echo "gh $*" >&2; exit 1 ;;
esac
cp plan.md "$SAID/comment"
"#;

fn directive(line: &str) -> Option<&str> {
    line.strip_prefix("<!-- ")?.strip_suffix(" -->")
}

struct Page<'p> {
    path: &'p str,
    home: &'p Path,
    folder: &'p Path,
    /// The host that is on PATH where a block names none.
    tool: &'p str,
}

impl Page<'_> {
    fn run(&self, text: &str) {
        let mut before = None;
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            let Some(language) = line.strip_prefix("```") else {
                before = directive(line);
                continue;
            };
            let body: Vec<&str> = lines.by_ref().take_while(|l| *l != "```").collect();
            self.block(language, &(body.join("\n") + "\n"), before.take());
        }
    }

    fn block(&self, language: &str, body: &str, directive: Option<&str>) {
        let mut words = directive.unwrap_or_default().split("; ");
        let first = words.next().unwrap_or_default();
        let more: Vec<&str> = words.collect();
        let option = |name: &str| more.iter().find_map(|w| w.strip_prefix(name)?.strip_prefix(' '));
        if let Some(file) = first.strip_prefix("file: ") {
            let to = self.folder.join(file);
            if to.exists() {
                assert_eq!(read(&to), body, "{}: {file}", self.path);
            }
            write(&to, body);
            let value: Value = serde_yaml::from_str(body).unwrap_or_else(|e| panic!("{}: {file}: {e}", self.path));
            if more.contains(&"runs") {
                let head = self.repository();
                let _ = std::fs::remove_file(self.home.join("said"));
                let _ = std::fs::remove_file(self.home.join("comment"));
                self.steps(&value);
                if more.contains(&"pushes") {
                    assert_ne!(
                        self.git(&["rev-parse", "origin/main"]),
                        head,
                        "{}: {file}: nothing was pushed",
                        self.path
                    );
                }
                if more.contains(&"comments") {
                    // The same steps at the next push.
                    self.steps(&value);
                    assert_eq!(read(self.home.join("said")), "posted\nupdated\n", "{}: {file}", self.path);
                    let comment = read(self.home.join("comment"));
                    assert!(comment.starts_with("<!-- restamp plan -->\n### restamp plan: "), "{comment}");
                }
            }
            if let Some(folder) = option("generates") {
                self.generate(&value, folder);
            }
        } else if first == "run" || first.starts_with("run ") {
            let tool = first.strip_prefix("run ").unwrap_or(self.tool);
            let mut shell = self.shell(tool, &["-eu", "-c", body]);
            if more.contains(&"plugin") {
                shell.env("KUSTOMIZE_PLUGIN_HOME", repository("kustomize-plugin"));
            }
            let done = run(&mut shell, "");
            let exit = option("exit").map_or(0, |n| n.parse().unwrap());
            assert_eq!(done.status, exit, "{}: {body}{done:?}", self.path);
            if let Some(text) = option("prints") {
                assert!(done.out.contains(text), "{}: {body}{done:?}", self.path);
            }
        } else if !first.starts_with("not run: ") {
            assert_ne!(language, "sh", "{}: neither `run` nor `not run`: {body}", self.path);
        }
    }

    fn shell(&self, tool: &str, args: &[&str]) -> std::process::Command {
        let mut command = command("bash", self.folder);
        let (_, path) = command.get_envs().find(|(k, _)| *k == "PATH").unwrap();
        let mut path: Vec<_> = std::env::split_paths(path.unwrap()).collect();
        path.insert(1, self.home.join(tool));
        command.env("PATH", std::env::join_paths(path).unwrap()).args(args);
        command
    }

    fn git(&self, args: &[&str]) -> String {
        run(self.shell(self.tool, &["-c", r#"git "$@""#, "-"]).args(args), "").ok(self.path).out
    }

    /// A checkout of a repository, as a job finds it: with a remote, without a name for commits. Gives what `main` is.
    fn repository(&self) -> String {
        if !self.folder.join(".git").exists() {
            let remote = self.home.join("remote.git");
            let remote = remote.to_str().unwrap();
            self.git(&["init", "--quiet", "--bare", "--initial-branch=main", remote]);
            self.git(&["init", "--quiet", "--initial-branch=main"]);
            self.git(&["add", "--all"]);
            self.git(&["-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "--quiet", "-m", "All"]);
            self.git(&[
                "-c",
                "user.name=t",
                "-c",
                "user.email=t@example.com",
                "commit",
                "--allow-empty",
                "-qm",
                "Merge",
            ]);
            self.git(&["remote", "add", "origin", remote]);
            self.git(&["push", "--quiet", "--set-upstream", "origin", "main"]);
        }
        // One comment of a pull request, and what was done to it.
        let gh = self.home.join(self.tool).join("gh");
        write(&gh, GH);
        std::fs::set_permissions(&gh, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        self.git(&["rev-parse", "origin/main"])
    }

    /// The commands of a workflow of GitHub, a job of GitLab or a hook of pre-commit.
    fn steps(&self, node: &Value) {
        let run_it = |text: &str| {
            let mut shell = self.shell(self.tool, &["-eo", "pipefail", "-c", text]);
            shell.env("SAID", self.home).env("RUNNER_TEMP", self.home).env("PR", "7");
            shell.env("GITHUB_BASE_REF", "main").env("GITHUB_REPOSITORY", "some/repository");
            shell.env("GIT_CONFIG_SYSTEM", "/dev/null");
            let done = run(&mut shell, "");
            assert_eq!(done.status, 0, "{}: {text}{done:?}", self.path);
        };
        match node {
            Value::Array(items) => items.iter().for_each(|i| self.steps(i)),
            Value::Object(fields) => {
                for (key, value) in fields {
                    match (key.as_str(), value) {
                        ("run" | "entry", Value::String(text)) => run_it(text),
                        ("script", Value::Array(lines)) => {
                            let lines: Vec<&str> = lines.iter().map(|l| l.as_str().unwrap()).collect();
                            run_it(&lines.join("\n"));
                        }
                        _ => self.steps(value),
                    }
                }
            }
            _ => {}
        }
    }

    /// As Argo CD runs a plugin: in the application's folder; and again where the build fails.
    fn generate(&self, plugin: &Value, folder: &str) {
        let generate = &plugin["spec"]["generate"];
        let words = ["command", "args"].iter().flat_map(|f| generate[f].as_array().unwrap());
        let words: Vec<&str> = words.map(|w| w.as_str().unwrap()).collect();
        let generated = |folder: &Path| -> Done {
            let mut command = self.shell(self.tool, &["-c", r#""$@""#, "-"]);
            command.args(&words).current_dir(folder).env("ARGOCD_APP_NAMESPACE", "shop");
            run(&mut command, "")
        };
        let folder = self.folder.join(folder);
        let done = generated(&folder).ok(self.path);
        assert!(done.out.contains("restamp.dev/config-hash"), "{done:?}");
        let empty = self.home.join("empty");
        std::fs::create_dir(&empty).unwrap();
        let failed = generated(&empty);
        assert!(failed.status != 0 && failed.out.is_empty(), "{failed:?}");
    }
}

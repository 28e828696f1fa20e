//! The commands of README.md, of pages of docs/ and of the recipe of docs/plan.md, run as they are written.
//!
//! A block of a page whose fence says ` ```sh run ` is run by bash, with `restamp` first on PATH, in a temporary folder
//! that all blocks of the page share and that holds a copy of each `fixtures/NAME` that they name. Each line has to exit 0,
//! or with what a comment at its end says: `restamp check x # exit 1`. If the next block's fence says `output`, as in
//! ` ```text output `, that is what the block prints on stdout, byte for byte, 100 columns wide.
//! `UPDATE=1 cargo test readme` writes these blocks anew. Other blocks are not run.

use crate::common::{repository, update};
use std::fs;
use std::path::Path;
use std::process::Command;

#[test]
fn readme() {
    as_printed("README.md");
}

#[test]
fn adopting() {
    as_printed("docs/adopting.md");
}

#[test]
fn restarts() {
    as_printed("docs/restarts.md");
}

#[test]
fn migrate() {
    as_printed("docs/migrate.md");
}

fn as_printed(name: &str) {
    let path = repository(name);
    let page = fs::read_to_string(&path).unwrap();
    let real = run_page(&page);
    if update() {
        fs::write(&path, real).unwrap();
    } else {
        assert_eq!(page, real, "{name}: UPDATE=1 cargo test readme");
    }
}

/// The recipe for a pull request: what it writes is what the page shows.
#[test]
fn plan_recipe() {
    let page = fs::read_to_string(repository("docs/plan.md")).unwrap();
    let below = |mark: &str| {
        let rest = page.split_once(mark).unwrap().1;
        let (fence, rest) = rest.split_once('\n').unwrap();
        let ticks = &fence[..fence.len() - fence.trim_start_matches('`').len()];
        rest.split_once(&format!("\n{ticks}\n")).unwrap().0.to_owned() + "\n"
    };
    let (old, change) = (below("<!-- old -->\n"), below("<!-- change -->\n"));
    let recipe = page.split_once("## In a pull request\n").unwrap().1;
    let scripts = recipe.matches("```sh\n").count();
    assert_eq!(scripts, 1, "which block is the recipe?");
    let script = recipe.split_once("```sh\n").unwrap().1;
    let script = script.split_once("\n```\n").unwrap().0;
    let lines: Vec<&str> = change.lines().collect();
    let new = lines.chunks(2).fold(old.clone(), |text, pair| text.replace(&pair[0][1..], &pair[1][1..]));
    assert_ne!(old, new);

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rendered/app.yaml");
    fs::create_dir(folder.path().join("rendered")).unwrap();
    fs::write(&file, old).unwrap();
    let git = "git -c user.name=t -c user.email=t@example.com";
    sh(folder.path(), &format!("git init -q -b main && git add . && {git} commit -qm old && git checkout -qb change"));
    fs::write(&file, new).unwrap();
    sh(folder.path(), &format!("{git} commit -qam new"));
    // What comes to main later is not of this branch.
    sh(
        folder.path(),
        &format!("git checkout -q main && rm -r rendered && {git} commit -qam later && git checkout -q change"),
    );
    sh(folder.path(), &format!("set -eu\nexport BASE_REF=main\n{script}"));
    let plan = fs::read_to_string(folder.path().join("plan.md")).unwrap();
    assert_eq!(plan.replace("rendered/app.yaml", "new.yaml"), below("<!-- plan markdown -->\n"));
    let left = sh(folder.path(), "git worktree list");
    assert_eq!(left.lines().count(), 1, "{left}");
}

#[test]
fn a_page_is_run_as_it_is_written() {
    let page = "\
# Page

```sh
rm -rf everything # not run
```

```sh run
cat fixtures/seed/value-a/input.yaml | restamp > stamped.yaml
restamp check stamped.yaml > /dev/null
restamp check fixtures/seed/value-a/input.yaml > /dev/null # exit 1
echo said
```

```text output
old
```
- ```sh run
  test -s stamped.yaml
  ```
";
    assert_eq!(run_page(page), page.replace("\nold\n", "\nsaid\n"));
}

#[test]
#[should_panic(expected = "exits 0, not 1")]
fn another_exit_status_is_noticed() {
    run_page("```sh run\ntrue # exit 1\n```\n");
}

#[test]
#[should_panic(expected = "exits 2, not 0")]
fn a_failing_command_is_noticed() {
    run_page("```sh run\nrestamp check gone | cat\n```\n");
}

/// Runs the blocks of a page; gives the page with what they print.
fn run_page(page: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let mut out = String::new();
    let mut printed: Option<String> = None;
    let mut lines = page.split_inclusive('\n');
    while let Some(line) = lines.next() {
        out.push_str(line);
        let indent = line.len() - line.trim_start_matches([' ', '-']).len();
        let info = line[indent..].trim_start_matches('`');
        let ticks = &line[indent..line.len() - info.len()];
        if ticks.len() < 3 {
            // Only blank lines stand between a block and what it prints.
            if !line.trim().is_empty() {
                printed = None;
            }
            continue;
        }
        let body: Vec<&str> = lines.by_ref().take_while(|l| l.trim() != ticks).collect();
        let words: Vec<&str> = info.split_whitespace().collect();
        match (&words[..], printed.take()) {
            (["sh", "run"], _) => {
                let script: String = body.iter().map(|l| l.get(indent..).unwrap_or("\n")).collect();
                copy_fixtures(&script, folder.path());
                printed = Some(sh(folder.path(), &checked(&script)));
                out.extend(body);
            }
            ([_, "output"], Some(text)) => {
                for line in text.split_inclusive('\n') {
                    out.push_str(&" ".repeat(indent));
                    out.push_str(line);
                }
                assert!(text.ends_with('\n') || text.is_empty());
            }
            ([_, "output"], None) => panic!("no command prints this block:\n{}", body.concat()),
            _ => out.extend(body),
        }
        out.push_str(&" ".repeat(indent));
        out.push_str(ticks);
        out.push('\n');
    }
    out
}

/// A script that stops at the first line whose exit status is another one than it should be.
fn checked(script: &str) -> String {
    let mut out = String::from("set -o pipefail\n");
    for line in script.lines() {
        let wanted = line.rsplit_once("# exit ").map_or("0", |(_, n)| n.trim());
        // A command over several lines ends at the last one.
        if line.ends_with('\\') || line.trim().is_empty() || line.starts_with('#') {
            out.push_str(&format!("{line}\n"));
            continue;
        }
        let shown = line.replace('\'', "'\\''");
        out.push_str(&format!(
            "{line}\nstatus=$?; [ $status = {wanted} ] || {{ printf '%s exits %s, not %s\\n' '{shown}' $status {wanted} >&2; exit 99; }}\n"
        ));
    }
    out
}

fn copy_fixtures(script: &str, folder: &Path) {
    for part in script.split("fixtures/").skip(1) {
        let name = part.split(['/', ' ', '\n']).next().unwrap_or_default();
        let target = folder.join("fixtures").join(name);
        if !target.exists() {
            copy(&repository("fixtures").join(name), &target);
        }
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// What a script prints; it has to succeed.
fn sh(folder: &Path, script: &str) -> String {
    let binary = Path::new(env!("CARGO_BIN_EXE_restamp")).parent().unwrap();
    let path = std::env::join_paths(
        std::iter::once(binary.to_owned()).chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())),
    );
    let ran = Command::new("bash")
        .args(["-c", script])
        .current_dir(folder)
        .env("PATH", path.unwrap())
        .env("COLUMNS", "100")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .env_remove("GIT_DIR")
        .env_remove("NO_COLOR")
        .output()
        .unwrap();
    let (stdout, stderr) = (String::from_utf8(ran.stdout).unwrap(), String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success(), "{script}\n{}\n{stdout}\n{stderr}", ran.status);
    stdout
}

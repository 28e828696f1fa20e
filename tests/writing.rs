//! `stamp -w` while the system fails it: `strace` kills the run, sends it signals and lets calls fail, one call after the
//! other. Whatever happens, each file is old or new, and what is said of it is true.
//!
//! `RESTAMP_CASES` sets at how many calls of a run over 200 files it is killed (`.ci/long`: at each). Linux only; without
//! `strace`, or where it may not trace, it says so.

use crate::common::skipped;
use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;

const CONFIG: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: config}\ndata: {value: A}\n";

fn web(number: usize) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web{number}}}\nspec:\n  template:\n    spec:\n      \
         containers: [{{name: app, image: nginx, envFrom: [{{configMapRef: {{name: config}}}}]}}]\n"
    )
}

/// Path under the folder → mode and text.
type Files = BTreeMap<String, (u32, String)>;

/// A rendering of so many workloads in five folders.
fn rendering(count: usize) -> Files {
    let web = |i| (format!("{}/{i}.yaml", i % 5), (if i % 2 == 0 { 0o640 } else { 0o664 }, web(i)));
    (0..count).map(web).chain([("config.yaml".to_owned(), (0o644, CONFIG.to_owned()))]).collect()
}

fn write(files: &Files) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, (mode, text)) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(*mode)).unwrap();
    }
    folder
}

/// What is there; what no walk should see is checked and left out, `left` counts it.
fn read(folder: &Path, left: &mut usize) -> Files {
    let mut files = Files::new();
    for entry in walkdir::WalkDir::new(folder).min_depth(1) {
        let entry = entry.unwrap();
        let (metadata, name) = (entry.metadata().unwrap(), entry.path().strip_prefix(folder).unwrap());
        let name = name.to_str().unwrap().to_owned();
        if name.ends_with(".restamp~") {
            assert_eq!(metadata.mode() & 0o777, 0o700, "{name}");
            *left += 1;
        } else if metadata.is_file() && !name.contains(".restamp~/") {
            files.insert(name, (metadata.mode() & 0o777, fs::read_to_string(entry.path()).unwrap()));
        }
    }
    files
}

/// What a run has to make of a rendering.
struct Case {
    old: Files,
    new: Files,
}

/// What is left of a run.
struct Left {
    output: Output,
    folder: TempDir,
    files: Files,
    staging: usize,
}

impl Case {
    fn new(count: usize) -> Self {
        let old = rendering(count);
        let folder = write(&old);
        assert!(restamp(folder.path()).output().unwrap().status.success());
        let new = read(folder.path(), &mut 0);
        assert_eq!(old.iter().filter(|(name, file)| new[*name] != **file).count(), count);
        Self { old, new }
    }

    /// Runs it with some faults; each file has to be old or new.
    fn run(&self, faults: &[&str]) -> Left {
        let folder = write(&self.old);
        let output = traced(faults, folder.path()).output().unwrap();
        let mut staging = 0;
        let files = read(folder.path(), &mut staging);
        assert!(files.keys().eq(self.old.keys()), "{faults:?}: {:?}", files.keys());
        for (name, file) in &files {
            assert!(*file == self.old[name] || *file == self.new[name], "{faults:?}: {name}: {file:?}");
        }
        Left { output, folder, files, staging }
    }

    /// The calls of a run since it began to write, each as `name` and its number; of two threads the first that has made
    /// so many calls of that name, since it is this one that a fault meets.
    fn calls(&self) -> Vec<(String, usize)> {
        let (folder, log) = (write(&self.old), tempfile::NamedTempFile::new().unwrap());
        let mut command = Command::new("strace");
        command.args(["-f", "-qq", "-o"]).arg(log.path());
        assert!(with_restamp(command, folder.path()).output().unwrap().status.success());
        let (mut counts, mut most) = (HashMap::new(), HashMap::new());
        let (mut calls, mut writing) = (Vec::new(), false);
        for line in fs::read_to_string(log.path()).unwrap().lines() {
            let (thread, call) = line.split_once(' ').unwrap();
            let Some((name, arguments)) = call.trim_start().split_once('(') else { continue };
            // Lines of signals and of ends begin otherwise, and how threads wait differs from run to run.
            if !name.starts_with(|c: char| c.is_ascii_lowercase()) || ["futex", "sched_yield"].contains(&name) {
                continue;
            }
            let count: &mut usize = counts.entry((thread.to_owned(), name.to_owned())).or_default();
            *count += 1;
            writing |= arguments.contains(".restamp~");
            let most: &mut usize = most.entry(name.to_owned()).or_default();
            if *count > *most {
                *most = *count;
                calls.extend(writing.then(|| (name.to_owned(), *count)));
            }
        }
        calls
    }
}

impl Left {
    fn said(&self) -> String {
        String::from_utf8_lossy(&self.output.stderr).into_owned()
    }

    /// How many files are new.
    fn written(&self, case: &Case) -> usize {
        self.files.iter().filter(|(name, file)| case.old[*name] != **file).count()
    }

    /// A further run makes all new, and leaves nothing.
    fn completes(&self, case: &Case, what: &str) {
        let output = restamp(self.folder.path()).output().unwrap();
        assert!(output.status.success(), "{what}: {output:?}");
        let mut staging = 0;
        assert!(read(self.folder.path(), &mut staging) == case.new, "{what}");
        assert_eq!(staging, 0, "{what}");
    }
}

fn with_restamp(mut command: Command, folder: &Path) -> Command {
    // One thread that reads, so that its calls come in one order.
    command.env("RAYON_NUM_THREADS", "1").arg(env!("CARGO_BIN_EXE_restamp"));
    command.args(["stamp", "-w", "--select", "all"]).arg(folder);
    command
}

fn restamp(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_restamp"));
    command.args(["stamp", "-w", "--select", "all", "-q"]).arg(folder);
    command
}

fn traced(faults: &[&str], folder: &Path) -> Command {
    let names: Vec<_> = faults.iter().filter_map(|fault| fault.split(':').next()).collect();
    let mut command = Command::new("strace");
    command.args(["-f", "-qq", "-o", "/dev/null", "-e", &format!("trace={}", names.join(","))]);
    command.args(faults.iter().flat_map(|fault| ["-e".to_owned(), format!("inject={fault}")]));
    with_restamp(command, folder)
}

pub(crate) fn may_trace() -> bool {
    let result = Command::new("strace").args(["-f", "-qq", "-o", "/dev/null", "true"]).status();
    let may = result.is_ok_and(|status| status.success());
    if !may {
        skipped("no strace that may trace");
    }
    may
}

/// So many of them, evenly.
fn sample<T>(all: Vec<T>, count: usize) -> Vec<T> {
    let step = all.len().div_ceil(count.max(1)).max(1);
    all.into_iter().step_by(step).collect()
}

/// `RESTAMP_CASES`, or so many.
fn cases(default: usize) -> usize {
    std::env::var("RESTAMP_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(default)
}

/// Kills a run at each of these calls.
fn kills(case: &Case, calls: &[(String, usize)]) {
    let mut between = 0;
    for (name, number) in calls {
        let fault = format!("{name}:signal=KILL:when={number}");
        let left = case.run(&[&fault]);
        assert_eq!(left.output.status.signal(), Some(9), "{fault}: {}", left.said());
        between += usize::from((1..case.new.len() - 1).contains(&left.written(case)));
        left.completes(case, &fault);
    }
    assert!(between > 0, "no kill of {} was between two files", calls.len());
}

#[test]
fn a_kill_leaves_each_file_old_or_new_and_the_next_run_completes() {
    if !may_trace() {
        return;
    }
    let (small, large) = (Case::new(3), Case::new(200));
    kills(&small, &sample(small.calls(), cases(50)));
    kills(&large, &sample(large.calls(), cases(12)));
    // A file system that cannot exchange two files.
    let plain = "renameat2:error=EINVAL";
    for fault in (1..=6).flat_map(|n| ["link", "rename"].map(|name| format!("/^{name}(at)?$:signal=KILL:when={n}"))) {
        let left = small.run(&[plain, &fault]);
        // There are three links and six renames.
        let killed = left.output.status.signal() == Some(9);
        assert!(killed || fault.contains("link") && left.output.status.success(), "{fault}: {}", left.said());
        left.completes(&small, &fault);
    }
}

#[test]
fn a_signal_stops_between_two_files_and_leaves_nothing() {
    if !may_trace() {
        return;
    }
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).unwrap();
    let ignored = u64::from_str_radix(mask.trim(), 16).unwrap();
    let case = Case::new(4);
    let (mut none, mut all) = (0, 0);
    let calls = case.calls().into_iter();
    // While a handler is installed, no one is there for an instant: the signal is lost, and the run goes on.
    let calls = calls.filter(|(name, _)| name != "rt_sigaction").collect();
    for (name, number) in sample(calls, 40) {
        // What is ignored here, as HUP is under `nohup`, stays ignored there.
        let acts = |signal: &i32| ignored >> (signal - 1) & 1 == 0;
        for (signal, word) in [(2, "INT"), (15, "TERM"), (1, "HUP")].into_iter().filter(|(signal, _)| acts(signal)) {
            let fault = format!("{name}:signal={word}:when={number}");
            let left = case.run(&[&fault]);
            assert_eq!(left.output.status.signal(), Some(signal), "{fault}: {}", left.said());
            assert_eq!(left.staging, 0, "{fault}");
            match left.written(&case) {
                0 => none += 1,
                4 => all += 1,
                some => panic!("{fault}: {some} files are written\n{}", left.said()),
            }
            let done = left.written(&case) == 4;
            let said = if done { "4 files written".to_owned() } else { format!("stopped by SIG{word}") };
            // Before the handlers are there and after the end it just acts.
            assert!(left.said().contains(&said) || left.said().is_empty(), "{fault}: {}", left.said());
        }
    }
    assert!(none > 0 && all > 0, "{none} {all}");
    // With `nohup` the run goes on.
    let folder = write(&case.old);
    let mut shell = Command::new("sh");
    let traced = traced(&["renameat2:signal=HUP:when=2"], folder.path());
    shell.args(["-c", "trap '' HUP; exec \"$@\"", "sh"]).arg(traced.get_program()).args(traced.get_args());
    assert!(shell.output().unwrap().status.success());
    assert!(read(folder.path(), &mut 0) == case.new);
}

#[test]
fn a_call_that_fails_brings_all_files_back() {
    if !may_trace() {
        return;
    }
    let case = Case::new(6);
    let failing = [
        "renameat2:error=EIO:when=3",
        "renameat2:error=EROFS:when=1",
        "/^(chmod|fchmodat)$:error=EPERM:when=4",
        "write:error=ENOSPC:when=5",
        "fsync:error=EIO:when=2",
        // Files and folders that are new already.
        "fsync:error=EIO:when=8",
        "fsync:error=EIO:when=14",
        "flistxattr:error=EIO:when=3",
        "/^mkdir(at)?$:error=EACCES:when=2",
        "flock:error=EIO:when=2",
    ];
    for fault in failing {
        let left = case.run(&[fault]);
        assert_eq!((left.output.status.code(), left.staging), (Some(2), 0), "{fault}: {}", left.said());
        assert!(left.said().contains("nothing is written: "), "{fault}: {}", left.said());
        assert_eq!(left.written(&case), 0, "{fault}");
        left.completes(&case, fault);
    }
}

#[test]
fn what_cannot_be_put_back_is_said_by_name() {
    if !may_trace() {
        return;
    }
    let case = Case::new(6);
    let left = case.run(&["renameat2:error=EIO:when=4+"]);
    assert_eq!((left.output.status.code(), left.staging), (Some(2), 0));
    let said = left.said();
    assert!(said.contains("of 6 files these are written, and cannot be put back (Input/output error"), "{said}");
    assert_eq!(left.written(&case), 3);
    let list = said.split_once("): ").unwrap().1.split_once(": cannot replace ").unwrap().0;
    let written = left.files.iter().filter(|(name, file)| case.old[*name] != **file);
    let paths: Vec<_> = written.map(|(name, _)| left.folder.path().join(name).display().to_string()).collect();
    assert_eq!(list, paths.join(", "));
    left.completes(&case, "rename");
}

/// Old systems and some file systems have no exchange, no locks, no attributes.
#[test]
fn poor_systems_do() {
    if !may_trace() {
        return;
    }
    let case = Case::new(6);
    let poor: &[&[&str]] = &[
        &["renameat2:error=EINVAL"],
        &["renameat2:error=ENOSYS", "/^link(at)?$:error=EPERM"],
        &["flock:error=EOPNOTSUPP", "flistxattr:error=EOPNOTSUPP"],
    ];
    for faults in poor {
        let left = case.run(faults);
        assert!(left.output.status.success(), "{faults:?}: {}", left.said());
        assert!(left.files == case.new && left.staging == 0, "{faults:?}");
    }
    // A failure there brings all back too.
    let left = case.run(&["renameat2:error=EINVAL", "/^rename(at)?$:error=EIO:when=5"]);
    assert_eq!((left.output.status.code(), left.staging), (Some(2), 0), "{}", left.said());
    assert_eq!(left.written(&case), 0);
    left.completes(&case, "rename");
}

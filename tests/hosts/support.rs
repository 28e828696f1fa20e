//! What all host tests need: hosts, folders, processes, and a second opinion on what a build mounts.

pub(crate) use crate::common::repository;
use crate::common::skipped;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};
use tempfile::TempDir;

/// A host that is there.
#[derive(Clone)]
pub(crate) struct Host {
    pub(crate) path: PathBuf,
    pub(crate) version: String,
}

impl Host {
    pub(crate) fn name(&self) -> String {
        format!("{} ({})", self.path.display(), self.version)
    }
}

/// Every version of a tool that can be had, such as `kustomize` or `helm4`. Without one, a test has
/// nothing to loop over: with `CI=true` that is a failure.
pub(crate) fn hosts(tool: &str) -> Vec<Host> {
    static FOUND: Mutex<BTreeMap<String, Vec<Host>>> = Mutex::new(BTreeMap::new());
    let mut all = FOUND.lock().unwrap_or_else(PoisonError::into_inner);
    let found = all.entry(tool.to_owned()).or_insert_with(|| look_for(tool));
    if found.is_empty() {
        skipped(&format!("no {tool} on PATH or in {}; `.ci/hosts {tool}` builds it", built().display()));
    }
    found.clone()
}

fn look_for(tool: &str) -> Vec<Host> {
    let mut found: Vec<Host> = Vec::new();
    let (program, ask, major): (_, &[&str], _) = match tool {
        "helm3" => ("helm", &["version", "--short"], "v3."),
        "helm4" => ("helm", &["version", "--short"], "v4."),
        "kubectl" => (tool, &["version", "--client"], ""),
        "sops" => (tool, &["--version", "--disable-version-check"], ""),
        "kubeseal" | "age-keygen" => (tool, &["--version"], ""),
        _ => (tool, &["version"], ""),
    };
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path).flat_map(|dir| [dir.join(tool), dir.join(program)]);
    for path in std::iter::once(built().join(tool)).chain(on_path) {
        if !path.is_file() {
            continue;
        }
        let Ok(answer) = Command::new(&path).args(ask).stdin(Stdio::null()).output() else {
            continue;
        };
        let version = String::from_utf8_lossy(&answer.stdout).trim().to_owned();
        if version.starts_with(major) && found.iter().all(|h| h.version != version) {
            found.push(Host { path, version });
        }
    }
    found
}

/// The folder that `.ci/hosts` fills.
pub(crate) fn built() -> PathBuf {
    let cache = std::env::var_os("RESTAMP_HOSTS_CACHE").map_or_else(
        || PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cache/restamp-hosts"),
        PathBuf::from,
    );
    cache.join("bin")
}

pub(crate) fn read(path: impl AsRef<Path>) -> String {
    let path = path.as_ref();
    std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

pub(crate) fn write(path: impl AsRef<Path>, text: &str) {
    let path = path.as_ref();
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
}

/// A copy of a folder of the repository.
pub(crate) fn copy(folder: &str) -> TempDir {
    let to = tempfile::tempdir().unwrap();
    copy_into(folder, to.path());
    to
}

pub(crate) fn copy_into(folder: &str, to: &Path) {
    let from = repository(folder);
    for entry in walkdir::WalkDir::new(&from) {
        let entry = entry.unwrap();
        let target = to.join(entry.path().strip_prefix(&from).unwrap());
        if entry.file_type().is_dir() {
            std::fs::create_dir_all(target).unwrap();
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// The files below a folder.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    walkdir::WalkDir::new(folder)
        .sort_by_file_name()
        .into_iter()
        .map(|e| e.unwrap())
        .filter(|e| e.file_type().is_file())
        .map(walkdir::DirEntry::into_path)
        .collect()
}

/// A process that has ended.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) status: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Done {
    /// The output of a process that must have succeeded.
    pub(crate) fn ok(self, what: &str) -> Self {
        assert_eq!(self.status, 0, "{what}\n{}{}", self.out, self.err);
        self
    }
}

/// A command with restamp first on PATH, in a folder that is its HOME too.
pub(crate) fn command(program: impl AsRef<Path>, folder: &Path) -> Command {
    let mut command = Command::new(program.as_ref());
    let own = Path::new(env!("CARGO_BIN_EXE_restamp")).parent().unwrap().to_owned();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths(std::iter::once(own).chain(std::env::split_paths(&path)));
    command
        .current_dir(folder)
        .env("PATH", path.unwrap())
        .env("HOME", folder)
        .env_remove("XDG_CONFIG_HOME")
        .env_remove("KUSTOMIZE_PLUGIN_HOME")
        .env_remove("COLUMNS");
    command
}

pub(crate) fn run(command: &mut Command, stdin: &str) -> Done {
    // A file, so that no pipe can fill up.
    let mut input = tempfile::tempfile().unwrap();
    input.write_all(stdin.as_bytes()).unwrap();
    input.rewind().unwrap();
    let output = command.stdin(input).output().unwrap_or_else(|e| panic!("{command:?}: {e}"));
    Done {
        status: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// restamp itself.
pub(crate) fn restamp(args: &[&str], stdin: &str) -> Done {
    let folder = tempfile::tempdir().unwrap();
    let mut command = command(env!("CARGO_BIN_EXE_restamp"), folder.path());
    run(command.args(args), stdin)
}

/// The objects of a stream, with those of its lists.
pub(crate) fn objects(text: &str) -> Vec<Value> {
    use serde::Deserialize as _;
    let documents = serde_yaml::Deserializer::from_str(text).map(|d| Value::deserialize(d).unwrap());
    let mut out = Vec::new();
    for document in documents {
        match document.get("items").and_then(Value::as_array) {
            Some(items) => out.extend(items.iter().cloned()),
            None if document.is_object() => out.push(document),
            None => {}
        }
    }
    out
}

/// `Kind/name`, or `Kind/namespace/name`.
fn id(object: &Value) -> String {
    let text = |path: &str| object.pointer(path).and_then(Value::as_str).unwrap_or_default();
    match text("/metadata/namespace") {
        "" => format!("{}/{}", text("/kind"), text("/metadata/name")),
        namespace => format!("{}/{namespace}/{}", text("/kind"), text("/metadata/name")),
    }
}

fn namespace(object: &Value) -> &str {
    let namespace = object.pointer("/metadata/namespace");
    namespace.and_then(Value::as_str).unwrap_or("default")
}

fn pod_template(object: &Value) -> Option<&Value> {
    let job = object.pointer("/spec/jobTemplate/spec/template");
    job.or_else(|| object.pointer("/spec/template")).filter(|t| t.get("spec").is_some())
}

/// The stamp of each workload.
pub(crate) fn stamps(objects: &[Value]) -> BTreeMap<String, Option<String>> {
    let stamp = |template: &Value| {
        let value = template.pointer("/metadata/annotations/restamp.dev~1config-hash");
        value.and_then(Value::as_str).map(str::to_owned)
    };
    objects.iter().filter_map(|o| Some((id(o), stamp(pod_template(o)?)))).collect()
}

/// What the pods of each workload will see, read from a finished build without restamp: the content of each config that
/// the pod spec names by its final name.
pub(crate) fn mounted(objects: &[Value]) -> BTreeMap<String, Vec<Value>> {
    let of = |object: &Value| {
        let mut names = Vec::new();
        references(pod_template(object)?, &mut names);
        let content = |(kind, name): (&str, String)| {
            let config = objects
                .iter()
                .find(|c| c["kind"] == kind && c["metadata"]["name"] == *name && namespace(c) == namespace(object));
            config.map_or(Value::Null, |c| Value::from_iter(["data", "binaryData", "stringData"].map(|f| c[f].clone())))
        };
        Some((id(object), names.into_iter().map(content).collect()))
    };
    objects.iter().filter_map(of).collect()
}

fn references(node: &Value, out: &mut Vec<(&'static str, String)>) {
    match node {
        Value::Array(items) => items.iter().for_each(|i| references(i, out)),
        Value::Object(fields) => {
            for (key, value) in fields {
                let kind = match key.as_str() {
                    "configMapKeyRef" | "configMapRef" | "configMap" => "ConfigMap",
                    "secretKeyRef" | "secretRef" | "secret" => "Secret",
                    _ => {
                        references(value, out);
                        continue;
                    }
                };
                let name = value.get("name").or_else(|| value.get("secretName"));
                out.extend(name.and_then(Value::as_str).map(|n| (kind, n.to_owned())));
            }
        }
        _ => {}
    }
}

/// The keys whose values differ.
pub(crate) fn changed<T: PartialEq>(old: &BTreeMap<String, T>, new: &BTreeMap<String, T>) -> Vec<String> {
    assert!(old.keys().eq(new.keys()), "other workloads");
    let differs = |(key, value): &(&String, &T)| new[*key] != **value;
    old.iter().filter(differs).map(|(k, _)| k.clone()).collect()
}

/// The lines that the output has beyond the input; every line of the input must be there, in order.
pub(crate) fn added<'o>(input: &str, output: &'o str) -> Vec<&'o str> {
    let mut rest = input.split_inclusive('\n').peekable();
    let more = output.split_inclusive('\n').filter(|line| rest.next_if_eq(line).is_none());
    let more: Vec<&str> = more.collect();
    assert_eq!(rest.next(), None, "a line of the input is not in the output:\n{output}");
    more
}

//! A namespace of a real cluster, and a story that is told in it: manifests are changed, stamped and applied, and each time
//! what restamp foretold is compared with what the controllers did.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::io::Write as _;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

/// How long a controller may take. Much less is usual; the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(60);

/// What is asked of the server to see what the controllers did.
const OBSERVED: &str = "deployments,replicasets,statefulsets,daemonsets,controllerrevisions,cronjobs,jobs,secrets";

/// Whether there is a cluster that tests may change; says so if not.
pub(crate) fn is_there() -> bool {
    let given = |name| std::env::var(name).is_ok_and(|v| !v.is_empty());
    if std::env::var("RESTAMP_DISPOSABLE_CLUSTER").as_deref() == Ok("1") {
        assert!(given("KUBECONFIG"), "a disposable cluster, and no KUBECONFIG");
        return true;
    }
    let thread = std::thread::current();
    skipped(&format!("{}: no disposable cluster; `.ci/cluster` starts one", thread.name().unwrap_or("a test")));
    false
}

/// Not `eprintln`, which the test runner keeps to itself; in one piece, since tests run side by side.
pub(crate) fn skipped(why: &str) {
    let line = format!("skipped: {why}\n");
    std::io::stderr().write_all(line.as_bytes()).unwrap();
}

/// What a process answered.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    /// The output of a process that did well.
    #[track_caller]
    pub(crate) fn ok(self) -> String {
        assert_eq!(self.status, 0, "{}{}", self.stdout, self.stderr);
        self.stdout
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self { status: output.status.code().unwrap_or(-1), stdout: text(&output.stdout), stderr: text(&output.stderr) }
    }
}

/// Runs a process to its end, with this standard input.
pub(crate) fn run(command: &mut Command, stdin: &str) -> Ran {
    let mut input = tempfile::tempfile().unwrap();
    input.write_all(stdin.as_bytes()).unwrap();
    std::io::Seek::rewind(&mut input).unwrap();
    let output = command.stdin(Stdio::from(input)).output();
    Ran::from(output.unwrap_or_else(|e| panic!("{command:?}: {e}")))
}

/// restamp itself.
pub(crate) fn restamp<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_restamp"));
    command.args(args);
    command
}

/// A fresh namespace, deleted when the test has gone well.
pub(crate) struct Cluster {
    namespace: String,
}

impl Cluster {
    pub(crate) fn new() -> Self {
        let manifest = r#"{"apiVersion": "v1", "kind": "Namespace", "metadata": {"generateName": "restamp-"}}"#;
        let mut create = Command::new("kubectl");
        create.args(["create", "-f-", "-o=jsonpath={.metadata.name}"]);
        Self { namespace: run(&mut create, manifest).ok() }
    }

    pub(crate) fn namespace(&self) -> &str {
        &self.namespace
    }

    /// Waits until the controllers have seen all that was applied.
    #[track_caller]
    pub(crate) fn settled(&self) -> BTreeMap<String, Rollout> {
        self.wait_until("the controllers have seen it", |objects| objects.is_settled().then(|| objects.rollouts()))
    }

    pub(crate) fn kubectl(&self, args: &[&str], stdin: &str) -> Ran {
        let mut command = Command::new("kubectl");
        run(command.args(["-n", &self.namespace]).args(args), stdin)
    }

    pub(crate) fn objects(&self) -> Objects {
        let json = self.kubectl(&["get", OBSERVED, "-o=json"], "").ok();
        let mut list: Value = serde_json::from_str(&json).unwrap();
        let items = list["items"].as_array_mut().map(std::mem::take);
        Objects(items.unwrap_or_default())
    }

    /// Asks again and again until what is there gives something.
    #[track_caller]
    pub(crate) fn wait_until<T>(&self, what: &str, look: impl Fn(&Objects) -> Option<T>) -> T {
        let start = Instant::now();
        loop {
            let objects = self.objects();
            if let Some(found) = look(&objects) {
                return found;
            }
            assert!(start.elapsed() < PATIENCE, "not within {PATIENCE:?}: {what}\n{:#?}", objects.rollouts());
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.kubectl(&["delete", "namespace", &self.namespace, "--wait=false"], "");
        }
    }
}

/// Where a workload stands in its own history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rollout {
    /// Moves with each change of its spec.
    pub(crate) generation: u64,
    /// What its controller made of the pod template.
    pub(crate) revision: String,
}

/// What stands in a namespace.
pub(crate) struct Objects(Vec<Value>);

impl Objects {
    pub(crate) fn of_kind(&self, kind: &str) -> impl Iterator<Item = &Value> {
        self.0.iter().filter(move |o| o["kind"] == kind)
    }

    /// The objects of a kind that `name` controls.
    pub(crate) fn owned(&self, kind: &str, name: &str) -> Vec<&Value> {
        let by = |o: &&Value| o["metadata"]["ownerReferences"][0]["name"] == name;
        self.of_kind(kind).filter(by).collect()
    }

    #[track_caller]
    pub(crate) fn get(&self, kind: &str, name: &str) -> &Value {
        let found = self.of_kind(kind).find(|o| o["metadata"]["name"] == name);
        found.unwrap_or_else(|| panic!("no {kind}/{name}"))
    }

    /// Every workload, by `Kind/name`.
    pub(crate) fn rollouts(&self) -> BTreeMap<String, Rollout> {
        let mut rollouts = BTreeMap::new();
        for object in &self.0 {
            if let Some(revision) = self.revision(object) {
                let generation = object["metadata"]["generation"].as_u64().unwrap_or(0);
                let name = format!("{}/{}", text(&object["kind"]), text(&object["metadata"]["name"]));
                rollouts.insert(name, Rollout { generation, revision });
            }
        }
        rollouts
    }

    fn revision(&self, object: &Value) -> Option<String> {
        let name = text(&object["metadata"]["name"]);
        Some(match text(&object["kind"]) {
            "Deployment" => {
                let sets = self.owned("ReplicaSet", name);
                let newest = sets.into_iter().max_by_key(|set| deployment_revision(set));
                newest.map_or(String::new(), |set| text(&set["metadata"]["name"]).to_owned())
            }
            "StatefulSet" => text(&object["status"]["updateRevision"]).to_owned(),
            "DaemonSet" => {
                let made = self.owned("ControllerRevision", name);
                let newest = made.into_iter().max_by_key(|r| r["revision"].as_u64());
                newest.map_or(String::new(), |r| text(&r["metadata"]["name"]).to_owned())
            }
            // No controller keeps its history: the template is all there is until the next run.
            "CronJob" => object["spec"]["jobTemplate"].to_string(),
            "Job" if object["metadata"]["ownerReferences"].is_null() => text(&object["metadata"]["uid"]).to_owned(),
            _ => return None,
        })
    }

    /// Whether the controllers have seen all that was applied.
    pub(crate) fn is_settled(&self) -> bool {
        let kinds = ["Deployment", "StatefulSet", "DaemonSet"];
        let mut watched = kinds.into_iter().flat_map(|kind| self.of_kind(kind));
        watched.all(|o| {
            let seen = o["status"]["observedGeneration"].as_u64();
            seen >= o["metadata"]["generation"].as_u64()
        })
    }
}

pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// The revision of a Deployment or of a ReplicaSet.
pub(crate) fn deployment_revision(object: &Value) -> u64 {
    let revision = &object["metadata"]["annotations"]["deployment.kubernetes.io/revision"];
    text(revision).parse().unwrap_or(0)
}

/// Manifests that are applied, changed and applied again.
pub(crate) struct Story {
    pub(crate) cluster: Cluster,
    /// Flags of restamp.
    flags: &'static [&'static str],
    /// How they are applied.
    apply: &'static [&'static str],
    /// What was applied last.
    pub(crate) manifests: String,
}

impl Story {
    /// Stamps and applies the first manifests.
    #[track_caller]
    pub(crate) fn begin(manifests: &str) -> Self {
        Self::begin_with(manifests, &[], &["apply"])
    }

    #[track_caller]
    pub(crate) fn begin_with(manifests: &str, flags: &'static [&'static str], apply: &'static [&'static str]) -> Self {
        let mut story = Self { cluster: Cluster::new(), flags, apply, manifests: String::new() };
        story.manifests = story.stamp(manifests);
        story.apply(&story.manifests).ok();
        story.settled();
        story
    }

    /// The manifests after a change by hand: the stamps in them are those of before.
    #[track_caller]
    pub(crate) fn edited(&self, from: &str, to: &str) -> String {
        assert!(self.manifests.contains(from), "nothing to change: {from}");
        self.manifests.replace(from, to)
    }

    /// Changes the manifests, stamps and applies them. Gives the workloads that rolled, which are those that `plan` and
    /// `check` foretold.
    #[track_caller]
    pub(crate) fn change(&mut self, from: &str, to: &str) -> Vec<String> {
        let edited = self.edited(from, to);
        let stamped = self.stamp(&edited);
        let foretold = self.planned(&stamped);
        assert_eq!(self.checked(&edited), foretold, "check and plan differ");
        let before = self.cluster.objects().rollouts();
        self.apply(&stamped).ok();
        let after = self.settled();
        assert_eq!(rolled(&before, &after), foretold, "plan and the controllers differ");
        self.manifests = stamped;
        foretold.into_iter().collect()
    }

    pub(crate) fn stamp(&self, manifests: &str) -> String {
        run(&mut self.restamp(&[]), manifests).ok()
    }

    pub(crate) fn apply(&self, manifests: &str) -> Ran {
        self.cluster.kubectl(&[self.apply, &["-f-"]].concat(), manifests)
    }

    /// The workloads that roll, says `plan`, from what stands in the cluster to these.
    #[track_caller]
    pub(crate) fn planned(&self, new: &str) -> BTreeSet<String> {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("old.yaml"), &self.manifests).unwrap();
        std::fs::write(path("new.yaml"), new).unwrap();
        let mut plan = self.restamp(&["plan", "--format=json"]);
        let json = run(plan.arg(path("old.yaml")).arg(path("new.yaml")), "").ok();
        let plan: Value = serde_json::from_str(&json).unwrap();
        names(&plan["rolls"])
    }

    /// The workloads whose stamp is missing, stale or left over, says `check`.
    #[track_caller]
    pub(crate) fn checked(&self, manifests: &str) -> BTreeSet<String> {
        let ran = run(&mut self.restamp(&["check", "-", "--format=json"]), manifests);
        let report: Value = serde_json::from_str(&ran.stdout).unwrap();
        let findings = report["findings"].as_array().unwrap().iter();
        let stamps = findings.filter(|f| text(&f["id"]).starts_with("stamp-"));
        let workloads: Vec<Value> = stamps.map(|f| f["resource"].clone()).collect();
        assert_eq!(ran.status, i32::from(!workloads.is_empty()), "{report:#}");
        names(&workloads.into())
    }

    fn restamp(&self, args: &[&str]) -> Command {
        restamp([args, self.flags, &["-n", &self.cluster.namespace]].concat())
    }

    #[track_caller]
    pub(crate) fn settled(&self) -> BTreeMap<String, Rollout> {
        self.cluster.settled()
    }
}

/// Each object of a JSON list as `Kind/name`.
pub(crate) fn names(list: &Value) -> BTreeSet<String> {
    let name = |o: &Value| format!("{}/{}", text(&o["kind"]), text(&o["name"]));
    list.as_array().into_iter().flatten().map(name).collect()
}

/// The workloads whose revision differs. Of all others not even the spec has moved.
#[track_caller]
fn rolled(before: &BTreeMap<String, Rollout>, after: &BTreeMap<String, Rollout>) -> BTreeSet<String> {
    assert!(before.keys().eq(after.keys()), "workloads came or went");
    let mut rolled = BTreeSet::new();
    for (name, new) in after {
        let old = &before[name];
        let same = old.generation == new.generation;
        assert_eq!(old.revision == new.revision, same, "{name}: {old:?} {new:?}");
        if !same {
            rolled.insert(name.clone());
        }
    }
    rolled
}

//! The promise, kept by real controllers: etcd, an API server and a controller manager, kubectl and the binary.
//!
//! `.ci/cluster` starts them and says so in the environment; without that a test says on stderr that it was skipped. There
//! are no nodes, and no pod needs to run: what is looked at are generations, revisions, ReplicaSets and what is refused.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod accepted;
mod replay;
mod support;
mod world;

use serde_json::Value;
use support::{Cluster, Objects, Rollout, Story, deployment_revision, is_there, restamp, run, text};

const KINDS: &str = include_str!("kinds.yaml");
const QUIET: &str = include_str!("quiet.yaml");
const SECRETS: &str = include_str!("secrets.yaml");
const CRDS: &str = include_str!("crds.yaml");

/// The seed story. Without a node its pods never get ready: the old one may go before that.
fn seed() -> String {
    let strategy = "strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 1, maxUnavailable: 1}}";
    include_str!("../../fixtures/seed/value-a/input.yaml")
        .replace("  replicas: 1\n", &format!("  replicas: 1\n  {strategy}\n"))
}

/// Value A, value B, value B again, and back to A.
#[test]
fn the_seed_story() {
    if !is_there() {
        return;
    }
    let mut story = Story::begin(&seed());
    let first = story.cluster.objects();
    let [old] = replica_sets(&first, "use-reloder")[..] else {
        panic!("one ReplicaSet to begin with");
    };

    assert_eq!(story.change("value: A", "value: B"), ["Deployment/use-reloder"]);
    let second = story.cluster.objects();
    let sets = replica_sets(&second, "use-reloder");
    assert_eq!(sets.iter().map(|s| deployment_revision(s)).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(pod_template_hash(sets[0]), pod_template_hash(old));
    let left_alone = |objects: &Objects| {
        let generation = &objects.get("Deployment", "no-reloder")["metadata"]["generation"];
        (generation.clone(), replica_sets(objects, "no-reloder").len())
    };
    assert_eq!(left_alone(&second), (1.into(), 1));

    let again = story.apply(&story.manifests).ok();
    assert!(again.lines().all(|l| l.ends_with(" unchanged")), "{again}");
    assert_eq!(story.settled(), second.rollouts());

    assert_eq!(story.change("value: B", "value: A"), ["Deployment/use-reloder"]);
    let hash = pod_template_hash(old);
    let third = story.cluster.wait_until("the first ReplicaSet is back", |objects| {
        let sets = replica_sets(objects, "use-reloder");
        let replicas = |s: &&Value| (pod_template_hash(s) == hash, s["spec"]["replicas"].as_u64());
        let wanted = [(false, Some(0)), (true, Some(1))];
        let found: Vec<_> = sets.iter().map(replicas).collect();
        (found == wanted).then(|| sets.iter().map(|s| deployment_revision(s)).collect::<Vec<_>>())
    });
    assert_eq!(third, [2, 3]);
    assert_eq!(left_alone(&story.cluster.objects()), (1.into(), 1));
}

/// What Reloader writes into live objects is no difference to `kubectl diff`, and `apply` leaves it there (docs/migrate.md).
#[test]
fn what_reloader_leaves_stays_unseen() {
    if !is_there() {
        return;
    }
    let mut story = Story::begin(&seed());
    let variable = |value: &str| {
        format!(
            r#"{{"spec": {{"template": {{"metadata": {{"annotations": {{"reloader.stakater.com/last-reloaded-from": "x"}}}},
            "spec": {{"containers": [{{"name": "app", "env": [{{"name": "STAKATER_CONFIG_CONFIGMAP", "value": "{value}"}}]}}]}}}}}}}}"#
        )
    };
    let patch = |story: &Story, value: &str| {
        let patch = variable(value);
        story.cluster.kubectl(&["patch", "deployment", "use-reloder", "--type=strategic", "-p", &patch], "").ok();
        story.settled();
    };
    patch(&story, "one");
    assert_eq!(story.cluster.kubectl(&["diff", "-f-"], &story.manifests).ok(), "");
    assert_eq!(story.change("value: A", "value: B"), ["Deployment/use-reloder"]);
    let objects = story.cluster.objects();
    let template = &objects.get("Deployment", "use-reloder")["spec"]["template"];
    assert_eq!(template["spec"]["containers"][0]["env"][0]["value"], "one");
    assert_eq!(template["metadata"]["annotations"]["reloader.stakater.com/last-reloaded-from"], "x");
    // The way out, as the page has it.
    let way_out = ["set", "env", "deployment/use-reloder", "STAKATER_CONFIG_CONFIGMAP-"];
    story.cluster.kubectl(&way_out, "").ok();
    let gone = r#"[{"op": "remove", "path": "/spec/template/metadata/annotations/reloader.stakater.com~1last-reloaded-from"}]"#;
    story.cluster.kubectl(&["patch", "deployment", "use-reloder", "--type=json", "-p", gone], "").ok();
    story.settled();
    assert_eq!(story.cluster.kubectl(&["diff", "-f-"], &story.manifests).ok(), "");
}

/// The ReplicaSets of a Deployment, by revision.
fn replica_sets<'o>(objects: &'o Objects, deployment: &str) -> Vec<&'o Value> {
    let mut sets = objects.owned("ReplicaSet", deployment);
    sets.sort_by_key(|s| deployment_revision(s));
    sets
}

fn pod_template_hash(set: &Value) -> &str {
    text(&set["metadata"]["labels"]["pod-template-hash"])
}

#[test]
fn each_kind_rolls_in_its_own_way() {
    if !is_there() {
        return;
    }
    let mut story = Story::begin(KINDS);
    let all = ["CronJob/yearly", "DaemonSet/everywhere", "Deployment/deployed", "StatefulSet/stateful"];
    let before = story.cluster.objects();

    assert_eq!(story.change("value: A", "value: B"), all);
    let after = story.cluster.objects();
    let counts = |kind, name| (before.owned(kind, name).len(), after.owned(kind, name).len());
    assert_eq!(counts("ReplicaSet", "deployed"), (1, 2));
    assert_eq!(counts("ControllerRevision", "stateful"), (1, 2));
    assert_eq!(counts("ControllerRevision", "everywhere"), (1, 2));
    assert_eq!(counts("Job", "yearly"), (0, 0), "nothing is started");
    let status = &after.get("StatefulSet", "stateful")["status"];
    assert_ne!(status["updateRevision"], status["currentRevision"]);

    // Who no longer asks for it loses the stamp, and that is a change of the pod template too.
    let asks = r#"  annotations: {reloader.stakater.com/auto: "true"}"#;
    assert_eq!(story.change(asks, "  annotations: {}"), all);
}

/// Its pod template never changes. An ordinary Job gets no stamp, so that apply goes on working.
#[test]
fn a_job_is_stamped_only_where_something_makes_it_anew() {
    if !is_there() {
        return;
    }
    let job = "  name: once\n  annotations: {";
    let forced = KINDS.replace(job, &format!("{job}kustomize.toolkit.fluxcd.io/force: enabled, "));
    let mut story = Story::begin(&forced);
    let edited = story.edited("value: A", "value: B");
    let stamped = story.stamp(&edited);
    assert!(story.planned(&stamped).contains("Job/once"));
    assert!(story.checked(&edited).contains("Job/once"));

    let refused = story.apply(&stamped);
    assert_eq!(refused.status, 1, "{refused:?}");
    assert!(refused.stderr.contains("The Job \"once\" is invalid"), "{refused:?}");
    assert!(refused.stderr.contains("field is immutable"), "{refused:?}");

    // What the annotation asks Flux to do.
    let uid = || story.cluster.objects().get("Job", "once")["metadata"]["uid"].clone();
    let before = uid();
    story.cluster.kubectl(&["replace", "--force", "-f-"], &stamped).ok();
    assert_ne!(uid(), before);

    // The rule as it is.
    drop(story);
    story = Story::begin(KINDS);
    assert!(!story.manifests[story.manifests.find("kind: Job").unwrap()..].contains("config-hash"));
    let rolled = story.change("value: A", "value: B");
    assert!(!rolled.contains(&"Job/once".to_owned()));
}

/// A changed SealedSecret rolls its users once, and a version that is fetched too; when it is fetched again rolls nobody.
#[test]
fn what_becomes_a_secret_rolls_its_users() {
    if !is_there() {
        return;
    }
    let types = Cluster::new();
    types.kubectl(&["apply", "-f-"], CRDS).ok();
    let crds = ["crd/sealedsecrets.bitnami.com", "crd/externalsecrets.external-secrets.io"];
    types.kubectl(&["wait", "--for=condition=Established", "--timeout=60s", crds[0], crds[1]], "").ok();

    let mut story = Story::begin(SECRETS);
    let revisions = |story: &Story| {
        let objects = story.cluster.objects();
        ["sealed", "external"].map(|name| replica_sets(&objects, name).len())
    };
    assert_eq!(story.change("password: AgB1", "password: AgB2"), ["Deployment/sealed"]);
    assert_eq!(revisions(&story), [2, 1]);
    let again = story.apply(&story.manifests).ok();
    assert!(again.lines().all(|l| l.ends_with(" unchanged")), "{again}");

    let nothing: [String; 0] = [];
    assert_eq!(story.change("refreshInterval: 1h", "refreshInterval: 5m"), nothing);
    assert_eq!(revisions(&story), [2, 1]);
    assert_eq!(story.change("version: \"1\"", "version: \"2\""), ["Deployment/external"]);
    assert_eq!(revisions(&story), [2, 2]);
}

/// A hundred workloads that run without stamps take up restamp: nothing rolls until a config changes, then exactly its
/// users do, and once more when it changes back.
#[test]
fn adoption_with_a_baseline_rolls_nothing() {
    const WORKLOADS: usize = 100;
    const CONFIGS: usize = 20;
    if !is_there() {
        return;
    }
    let mut manifests = String::new();
    for i in 0..CONFIGS {
        manifests +=
            &format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c{i}}}\ndata: {{key: first-{i}}}\n---\n");
    }
    for i in 0..WORKLOADS {
        // Two configs each, one of them of the next workload too.
        let (one, two) = (i % CONFIGS, (i + 1) % CONFIGS);
        manifests += &format!(
            "apiVersion: apps/v1
kind: Deployment
metadata:
  name: w{i}
  annotations: {{reloader.stakater.com/auto: \"true\"}}
spec:
  replicas: 0
  selector: {{matchLabels: {{app: w{i}}}}}
  template:
    metadata: {{labels: {{app: w{i}}}}}
    spec:
      containers:
      - name: main
        image: registry.example/main:1
        envFrom: [{{configMapRef: {{name: c{one}}}}}]
        volumeMounts: [{{name: v, mountPath: /v}}]
      volumes: [{{name: v, configMap: {{name: c{two}}}}}]
---
"
        );
    }
    // They run, and nothing has stamped them yet.
    let cluster = Cluster::new();
    cluster.kubectl(&["apply", "-f-"], &manifests).ok();
    let sets = |cluster: &Cluster, wanted: usize| {
        cluster.settled();
        cluster.wait_until("each revision has its ReplicaSet", |o| {
            (o.of_kind("ReplicaSet").count() >= wanted).then_some(())
        });
        cluster.objects().of_kind("ReplicaSet").count()
    };
    assert_eq!(sets(&cluster, WORKLOADS), WORKLOADS);
    let before = cluster.settled();

    let folder = tempfile::tempdir().unwrap();
    let baseline = folder.path().join("base.yaml");
    std::fs::write(&baseline, run(&mut restamp(["baseline", "-"]), &manifests).ok()).unwrap();
    let path = baseline.to_str().unwrap();
    let stamp = |text: &str| run(&mut restamp(["--config", path]), text).ok();
    let deliver = |text: &str| {
        let before = cluster.settled();
        cluster.kubectl(&["apply", "-f-"], &stamp(text)).ok();
        let after = cluster.wait_until("the controllers have seen it", |o| o.is_settled().then(|| o.rollouts()));
        let rolled = |(name, now): (&String, &Rollout)| (before[name] != *now).then(|| name.clone());
        after.iter().filter_map(rolled).collect::<Vec<_>>()
    };
    let nothing: [String; 0] = [];
    assert_eq!(deliver(&manifests), nothing);
    assert_eq!(sets(&cluster, WORKLOADS), WORKLOADS, "no new ReplicaSet");
    assert_eq!(cluster.settled(), before);

    let changed = manifests.replace("{key: first-7}", "{key: second}");
    let mut users: Vec<String> =
        (0..WORKLOADS).filter(|i| [6, 7].contains(&(i % CONFIGS))).map(|i| format!("Deployment/w{i}")).collect();
    users.sort_unstable();
    assert_eq!(users.len(), 10);
    assert_eq!(deliver(&changed), users);
    assert_eq!(sets(&cluster, WORKLOADS + users.len()), WORKLOADS + users.len());
    assert_eq!(deliver(&changed), nothing);

    // Back: once more, to the pod templates of before, whose ReplicaSets are still there.
    assert_eq!(deliver(&manifests), users);
    assert_eq!(sets(&cluster, WORKLOADS + users.len()), WORKLOADS + users.len());
    assert_eq!(deliver(&manifests), nothing);
}

#[test]
fn what_no_pod_sees_rolls_nothing() {
    if !is_there() {
        return;
    }
    let mut story = Story::begin(QUIET);
    let nothing: [String; 0] = [];
    assert_eq!(story.change("release: first", "release: second"), nothing);

    let encoded = "data:\n  password: aHVudGVyMg==";
    let plain = "stringData:\n  password: hunter2";
    assert_eq!(story.change(encoded, plain), nothing);
    let objects = story.cluster.objects();
    let data = &objects.get("Secret", "password")["data"];
    assert_eq!(data["password"], "aHVudGVyMg==");

    assert_eq!(story.change("hunter2", "hunter3"), ["Deployment/web"]);
}

#[test]
fn by_keys_only_a_used_key_rolls() {
    if !is_there() {
        return;
    }
    let mut story = Story::begin_with(QUIET, &["--precision=keys"], &["apply"]);
    let nothing: [String; 0] = [];
    assert_eq!(story.change("unused: A", "unused: B"), nothing);
    assert_eq!(story.change(" used: A", " used: B"), ["Deployment/web"]);
}

#[test]
fn a_paused_deployment_rolls_when_it_is_resumed() {
    if !is_there() {
        return;
    }
    let mut story = Story::begin(&QUIET.replace("spec:\n  selector", "spec:\n  paused: true\n  selector"));
    let edited = story.edited(" used: A", " used: B");
    let stamped = story.stamp(&edited);
    let foretold = story.planned(&stamped);
    let before = story.settled();
    story.apply(&stamped).ok();
    let held = story.settled();
    let web = "Deployment/web";
    assert_eq!(held[web].revision, before[web].revision);
    story.manifests = stamped;
    let resumed = story.edited("  paused: true\n", "");
    story.apply(&resumed).ok();
    let after = story.settled();
    assert_ne!(after[web].revision, before[web].revision);
    assert_eq!(foretold.into_iter().collect::<Vec<_>>(), [web]);
}

#[test]
fn server_side_apply_rolls_the_same() {
    if !is_there() {
        return;
    }
    let mut story = Story::begin_with(&seed(), &[], &["apply", "--server-side"]);
    assert_eq!(story.change("value: A", "value: B"), ["Deployment/use-reloder"]);
    let before = story.settled();
    story.apply(&story.manifests).ok();
    assert_eq!(story.settled(), before);
}

/// `kubectl diff` shows the stamp of `use-reloder` alone, in both ways to apply.
#[test]
fn kubectl_diff_shows_one_stamp() {
    if !is_there() {
        return;
    }
    let ways: [(&[&str], &[&str]); 2] =
        [(&["apply"], &["diff", "-f-"]), (&["apply", "--server-side"], &["diff", "--server-side", "-f-"])];
    for (apply, diff) in ways {
        let story = Story::begin_with(&seed(), &[], apply);
        let same = story.cluster.kubectl(diff, &story.manifests);
        assert_eq!((same.status, &same.stdout[..]), (0, ""), "{same:?}");

        let next = story.stamp(&story.edited("value: A", "value: B"));
        let shown = story.cluster.kubectl(diff, &next);
        assert_eq!(shown.status, 1, "{shown:?}");
        let lines = |sign: &str| {
            let stamp = format!("{sign}        restamp.dev/config-hash: sha256:");
            shown.stdout.lines().filter(|l| l.starts_with(&stamp)).count()
        };
        assert_eq!((lines("-"), lines("+")), (1, 1), "{}", shown.stdout);
        assert!(!shown.stdout.contains("no-reloder"), "{}", shown.stdout);
    }
}

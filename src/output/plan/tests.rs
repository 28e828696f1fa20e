use crate::output::tests::samples::{PLAIN, compared, config_map, deployment, explained, outcome, planned};
use crate::plan::Plan;
use crate::settings::{Precision, Settings};

fn plan(old: &str, new: &str) -> Plan {
    planned(old, new, &Settings::default())
}

fn text(old: &str, new: &str) -> String {
    plan(old, new).text(PLAIN)
}

/// An object with a pod template whose container takes all of ConfigMap `c`; `spec` are lines at its level.
fn object(api_version: &str, kind: &str, name: &str, spec: &str, image: &str) -> String {
    let (indent, open) = if kind == "CronJob" { ("    ", "  jobTemplate:\n    spec:\n") } else { ("", "") };
    let template = "  template:
    spec:
      containers:
      - name: web
        image: IMAGE
        envFrom: [{configMapRef: {name: c}}]
";
    let template: String = template.replace("IMAGE", image).lines().map(|l| format!("{indent}{l}\n")).collect();
    format!(
        "---\napiVersion: {api_version}\nkind: {kind}\nmetadata: {{name: {name}, namespace: shop, annotations: {{reloader.stakater.com/auto: \"true\"}}}}\nspec:\n{spec}{open}{template}"
    )
}

/// The story that must always work.
#[test]
fn a_changed_value_rolls_the_annotated_workload_alone() {
    let set = |value: &str| {
        config_map("config", &format!("value: {value}, same: x"))
            + &deployment("use-reloder", true, "config", "")
            + &deployment("no-reloder", false, "config", "")
    };
    let plan = plan(&set("A"), &set("B"));
    assert!(plan.rolls());
    insta::assert_snapshot!(plan.text(PLAIN));
}

#[test]
fn nothing_differs() {
    let set = config_map("config", "a: b") + &deployment("web", true, "config", "");
    let plan = plan(&set, &set.replace("{a: b}", "{\"a\": 'b'} # the same"));
    assert!(!plan.rolls());
    insta::assert_snapshot!(plan.text(PLAIN));
}

/// A set with one of everything, before and after.
fn everything() -> (String, String) {
    let old = config_map("app-g4hk2m5t7b", "A: '1', B: '2'")
        + &config_map("c", "x: '1'")
        + &config_map("unused", "x: '1'")
        + &config_map("gone", "x: '1'")
        + &(config_map("frozen", "x: '1'") + "immutable: true\n")
        + &deployment("web", true, "app-g4hk2m5t7b", "")
        + &deployment("plain", false, "app-g4hk2m5t7b", "")
        + &deployment("quiet", false, "frozen", "")
        + &deployment("opted", false, "c", "")
        + &deployment("leaving", true, "gone", "")
        + &object("batch/v1", "CronJob", "report", "  schedule: '0 3 * * *'\n", "web:1")
        + &object("batch/v1", "Job", "migrate", "", "web:1")
        + &object("apps/v1", "StatefulSet", "db", "  updateStrategy: {type: OnDelete}\n", "web:1")
        + &object(
            "apps/v1",
            "StatefulSet",
            "part",
            "  replicas: 3\n  updateStrategy: {rollingUpdate: {partition: 2}}\n",
            "web:1",
        )
        + &object("apps/v1", "Deployment", "paused", "  paused: true\n", "web:1")
        + &object("apps/v1", "Deployment", "zero", "  replicas: 0\n", "web:1")
        + &object("v1", "Pod", "pod", "", "web:1").replace("  template:\n    spec:\n", "").replace("      ", "  ");
    let new = old
        .replace("app-g4hk2m5t7b", "app-9ff74c8tk2")
        .replace("A: '1', B: '2'", "A: '9', C: '1'")
        .replace("x: '1'", "x: '2'")
        .replace("web:1", "web:2")
        .replace("name: leaving", "name: coming")
        + &config_map("fresh", "k: v");
    let at = new.find("---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: gone").unwrap_or_default();
    let end = at + new[at + 3..].find("---").unwrap_or_default() + 3;
    (old, format!("{}{}", &new[..at], &new[end..]))
}

#[test]
fn everything_as_text() {
    let (old, new) = everything();
    insta::assert_snapshot!(text(&old, &new));
}

#[test]
fn everything_as_markdown() {
    let (old, new) = everything();
    insta::assert_snapshot!(plan(&old, &new).markdown());
}

#[test]
fn everything_as_json() {
    let (old, new) = everything();
    let json = plan(&old, &new).json();
    crate::output::tests::schemas::check("plan-v1.json", &json);
    insta::assert_snapshot!(json);
}

#[test]
fn an_empty_plan_follows_the_schema_too() {
    crate::output::tests::schemas::check("plan-v1.json", &plan("", "").json());
    let page = plan("", "").markdown();
    assert_eq!(page.lines().nth(1), Some("### restamp plan: no workload rolls"));
}

#[test]
fn a_generated_name_alone_rolls_and_is_no_other_reason() {
    let set = |name: &str| config_map(name, "a: b") + &deployment("web", false, name, "");
    let plan = plan(&set("app-g4hk2m5t7b"), &set("app-9ff74c8tk2"));
    assert_eq!(plan.rolls[0].fields, [""; 0]);
    insta::assert_snapshot!(plan.text(PLAIN));
}

#[test]
fn stamped_and_unstamped_renderings_can_be_mixed() {
    let stamped = |text: &str| stamped(text, &Settings::default());
    let set = |value: &str| config_map("c", &format!("k: {value}")) + &deployment("web", true, "c", "");
    let (a, b) = (set("a"), set("b"));
    let (old, new) = (stamped(&a), stamped(&b));
    for (old, new) in [(&a, &b), (&old, &b), (&a, &new), (&old, &new)] {
        let plan = plan(old, new);
        assert_eq!((plan.rolls.len(), plan.rolls[0].fields.len()), (1, 0));
        assert_eq!(plan.rolls[0].causes[0].keys.changed, ["k"]);
    }
    let ids = |old: &str, new: &str| plan(old, new).notes.iter().map(|n| n.id).collect::<Vec<_>>();
    assert_eq!(ids(&old, &new), [""; 0]);
    // The config was changed after the stamp was made.
    assert_eq!(ids(&old, &old.replace("k: a", "k: b")), ["stale-new"]);
    assert_eq!(ids(&old, &a), ["unstamped-new"]);
}

/// OLD, NEW, whether both are taken as written; then what is compared, and what becomes of the stamp.
#[test]
fn the_stamps_of_the_texts_count() {
    let stamped = |text: &str| stamped(text, &Settings::default());
    let set = |value: &str, auto: bool| config_map("c", &format!("k: {value}")) + &deployment("web", auto, "c", "");
    let (a, b) = (set("a", true), set("b", true));
    let stale = stamped(&a).replace("k: a", "k: b");
    let unselected = stamped(&a).replace("auto: \"true\"", "auto: \"false\"");
    let cases: [(&str, &str, bool, &str, &str); 13] = [
        (&a, &b, false, "due", "changed"),
        (&a, &a, false, "due", "none"),
        (&a, &stamped(&a), false, "applied", "first"),
        (&stamped(&a), &a, false, "applied", "none"),
        (&stamped(&a), &set("a", false), false, "applied", "removed"),
        (&stamped(&a), &unselected, false, "applied", "removed"),
        (&stamped(&a), &stale, false, "applied", "changed"),
        (&stale, &b, false, "applied", "changed"),
        (&stale, &a, false, "applied", "none"),
        (&a, &b, true, "as-written", "none"),
        (&stamped(&a), &stale, true, "as-written", "none"),
        (&stamped(&a), &stamped(&b), true, "as-written", "changed"),
        (&stamped(&a), &a, true, "as-written", "removed"),
    ];
    for (i, (old, new, as_written, wanted, change)) in cases.into_iter().enumerate() {
        let plan = compared(old, new, as_written, &Settings::default());
        let json: serde_json::Value = serde_json::from_str(&plan.json()).unwrap();
        let stamp = json["rolls"][0]["stamp"].as_str().unwrap_or("none");
        assert_eq!((json["sets"][0]["compared"].as_str().unwrap(), stamp), (wanted, change), "case {i}");
        assert_eq!(plan.rolls(), change != "none");
    }
}

/// A text as `stamp` leaves it.
fn stamped(text: &str, settings: &Settings) -> String {
    use crate::text::source::{Source, SourceId};
    let sources = [Source::new("x", text)];
    let outcome = crate::transform(&sources, settings);
    crate::edit::apply(&sources[0], SourceId(0), &outcome.edits).unwrap().collect()
}

#[test]
fn a_workload_rolls_when_its_selection_changes() {
    let set = |auto: bool| config_map("c", "k: v") + &deployment("web", auto, "c", "");
    insta::assert_snapshot!(text(&set(false), &set(true)).lines().take(5).collect::<Vec<_>>().join("\n"));
    insta::assert_snapshot!(text(&set(true), &set(false)));
}

#[test]
fn references_and_configs_come_and_go() {
    let (c, d) = (config_map("c", "k: v"), config_map("d", "k: v2"));
    let set = |config: &str| format!("{c}{d}{}", deployment("web", true, config, ""));
    insta::assert_snapshot!(text(&set("c"), &set("d")));
    insta::assert_snapshot!(text(&deployment("web", true, "c", ""), &(c.clone() + &deployment("web", true, "c", ""))));
}

#[test]
fn with_precise_keys_a_config_that_a_list_names_counts_whole_whatever_else_selects_it() {
    use crate::explain::Query;
    let settings = Settings { precision: Precision::Keys, ..Settings::default() };
    let web = deployment("web", false, "c", "").replace(
        "namespace: shop\nspec:",
        "namespace: shop
  annotations: {wave.pusher.com/update-on-config-change: \"true\", wave.pusher.com/extra-configmaps: shop/c}
spec:",
    );
    let web =
        web.replace("{name: c, configMap: {name: c}}", "{name: c, configMap: {name: c, items: [{key: a, path: a}]}}");
    let set = |data: &str| config_map("c", data) + &web;
    let plan = planned(&set("a: '1', b: '1'"), &set("a: '1', b: '2'"), &settings);
    assert_eq!((plan.rolls[0].fields.len(), &plan.rolls[0].causes[0].keys.changed[..]), (0, &["b".to_owned()][..]));
    let query = Query { why: Some("c"), ..Query::default() };
    let explanation = explained(&set("a: '1', b: '1'"), &settings, &query).unwrap();
    assert!(explanation.why.unwrap()[0].rolls[0].keys.is_none());
}

#[test]
fn with_precise_keys_only_those_that_are_seen_count() {
    let settings = Settings { precision: Precision::Keys, ..Settings::default() };
    let set = |data: &str| {
        config_map("c", data)
            + &deployment("web", true, "c", "").replace("{name: c}}", "{name: c, items: [{key: a, path: a}]}}")
    };
    assert_eq!(
        planned(&set("a: '1', b: '1'"), &set("a: '2', b: '2'"), &settings).rolls[0].causes[0].keys.changed,
        ["a"]
    );
    let silent = planned(&set("a: '1', b: '1'"), &set("a: '1', b: '2'"), &settings);
    assert!(!silent.rolls());
    insta::assert_snapshot!(silent.text(PLAIN));
}

#[test]
fn sixty_workloads_make_one_picture() {
    let set = |value: &str| {
        let workloads = (0..60).map(|i| deployment(&format!("web-{i}"), true, &format!("c{}", i % 5), ""));
        (0..5).map(|i| config_map(&format!("c{i}"), &format!("k: {value}"))).chain(workloads).collect::<String>()
    };
    let markdown = plan(&set("a"), &set("b")).markdown();
    assert_eq!(markdown.matches("-->\u{20}").count(), 60 + 1 - 1);
    assert!(markdown.len() < 65536 && markdown.contains("subgraph ns0[\"namespace shop\"]"));
}

#[test]
fn sets_are_compared_each_with_its_own() {
    use crate::plan::{self, Side, Sides};
    use crate::text::source::Source;
    let set = |value: &str| {
        [Source::new("x.yaml", config_map("c", &format!("k: {value}")) + &deployment("web", true, "c", ""))]
    };
    let (a, b) = (set("a"), set("b"));
    let settings = Settings::default();
    let (of_a, of_b) = (outcome(&a, &settings), outcome(&b, &settings));
    let side_a = Side { sources: &a, outcome: &of_a };
    let side_b = Side { sources: &b, outcome: &of_b };
    let sides = |label: &str, old, new| Sides { label: Some(label.to_owned()), old, new };
    let sets = vec![sides("dev", Some(side_a), Some(side_a)), sides("prod", Some(side_a), Some(side_b))];
    let found = plan::plan(sets, false, &settings);
    assert_eq!((found.rolls.len(), found.configs.len(), found.rolls[0].name.set.index), (1, 1, 1));
    assert!(found.text(PLAIN).contains("(prod, namespace shop)"));
    assert!(found.markdown().contains("subgraph ns0[\"prod, namespace shop\"]"));
    crate::output::tests::schemas::check("plan-v1.json", &found.json());
    let grown =
        plan::plan(vec![sides("dev", Some(side_a), Some(side_a)), sides("prod", None, Some(side_b))], false, &settings);
    assert_eq!((grown.rolls.len(), grown.new_workloads.len()), (0, 1));
    let explanation = crate::explain::explain(
        &[(&a, &of_a), (&b, &of_b)],
        &settings,
        &crate::explain::Query { why: Some("c"), workload: None },
    );
    let explanation = explanation.unwrap();
    assert_eq!(explanation.why.as_ref().unwrap().len(), 2);
    assert!(explanation.mermaid().contains("\"set 2, namespace shop\""));
}

#[test]
fn what_runs_the_pods_of_a_workload_is_named() {
    let set = |value: &str| {
        config_map("c", &format!("x: {value}"))
            + &object("apps/v1", "Deployment", "web", "  replicas: 0\n", "web:1")
            + "---\napiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: roll, namespace: shop}\nspec: {workloadRef: {apiVersion: apps/v1, kind: Deployment, name: web}}\n"
    };
    let plan = plan(&set("a"), &set("b"));
    assert_eq!(plan.rolls.len(), 1);
    let remarks: Vec<_> = plan.rolls[0].remarks.iter().map(|r| (r.id, r.holds)).collect();
    assert_eq!(remarks, [("workload-ref", false)]);
}

#[test]
fn jobs_hooks_and_revisions_follow_their_own_rules() {
    let job = object("batch/v1", "Job", "j", "", "web:1");
    let forced = job.replace("annotations: {", "annotations: {kustomize.toolkit.fluxcd.io/force: enabled, ");
    let hook = job.replace("annotations: {", "annotations: {helm.sh/hook: pre-install, ");
    let service = |revision: &str| {
        let service = object("serving.knative.dev/v1", "Service", "s", "", "web:1");
        service.replace("  template:\n", &format!("  template:\n    metadata: {{name: {revision}}}\n"))
    };
    let effect = |old: &str, new: &str| {
        let plan = plan(old, &new.replace("web:1", "web:2"));
        let effect = plan.rolls.iter().chain(&plan.no_rollout).map(|c| serde_json::to_value(c.effect).unwrap());
        effect.map(|e| e.as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(effect(&job, &job), ["refused"]);
    assert_eq!(effect(&forced, &forced), ["recreated"]);
    assert_eq!(effect(&hook, &hook), ["at-sync"]);
    assert_eq!(effect(&service("s-1"), &service("s-1")), ["refused"]);
    assert_eq!(effect(&service("s-1"), &service("s-2")), ["rolls"]);
    let replica_set = object("apps/v1", "ReplicaSet", "r", "", "web:1");
    assert_eq!(effect(&replica_set, &replica_set), ["none"]);
    let patch = replica_set.replace("        image: web:1\n", "");
    assert_eq!(effect(&patch, &patch.replace("{name: c}", "{name: d}")), [""; 0]);
}

/// A Deployment whose container and volumes are these.
fn pod(name: &str, container: &str, volumes: &str) -> String {
    format!(
        "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}, namespace: shop}}\nspec:\n  template:\n    spec:\n      containers:\n      - {{name: web, image: i, {container}}}\n      volumes: [{volumes}]\n"
    )
}

#[test]
fn what_pods_see_of_a_change_is_told_apart() {
    let volume = "{name: v, configMap: {name: c}}";
    let set = |value: &str| {
        config_map("c", &format!("a: '{value}', b: '1'"))
            + &pod("env", "env: [{name: A, valueFrom: {configMapKeyRef: {name: c, key: a}}}]", "")
            + &pod("other-key", "env: [{name: A, valueFrom: {configMapKeyRef: {name: c, key: b}}}]", "")
            + &pod("live", "volumeMounts: [{name: v, mountPath: /v}]", volume)
            + &pod("both", "volumeMounts: [{name: v, mountPath: /v}, {name: v, mountPath: /a, subPath: a}]", volume)
            + &pod("unmounted", "tty: true", volume)
            + &object("batch/v1", "CronJob", "report", "  schedule: '0 3 * * *'\n", "web:1")
                .replace("auto: \"true\"", "auto: \"false\"")
    };
    let plan = plan(&set("1"), &set("2"));
    assert!(!plan.rolls());
    insta::assert_snapshot!(plan.text(PLAIN));
    let table = plan.markdown();
    assert!(
        table.contains("`Deployment/both`: no annotation asks for it (keeps the old value until a restart: subPath)"),
        "{table}"
    );
}

const MADE: &str = "---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: ext, namespace: shop}
spec:
  refreshInterval: 1h
  target: {name: made}
  data:
  - {secretKey: user, remoteRef: {key: u}}
  - {secretKey: password, remoteRef: {key: p}}
---
apiVersion: bitnami.com/v1alpha1
kind: SealedSecret
metadata: {name: sealed, namespace: shop}
spec:
  encryptedData: {token: AgBy1, salt: AgBy2}
  template: {metadata: {labels: {a: b}}}
---
apiVersion: v1
kind: Secret
metadata: {name: sops, namespace: shop}
data:
  key: ENC[1]
sops:
  mac: ENC[m1]
  lastmodified: '2020'
";

#[test]
fn what_makes_configs_in_the_cluster_is_named_with_its_users() {
    let users = pod("one", "envFrom: [{secretRef: {name: made}}, {secretRef: {name: sops}}]", "")
        + &pod("two", "env: [{name: A, valueFrom: {secretKeyRef: {name: sealed, key: token}}}]", "")
        + &pod("three", "env: [{name: A, valueFrom: {secretKeyRef: {name: sealed, key: salt}}}]", "")
        + &pod("four", "envFrom: [{secretRef: {name: nowhere}}, {configMapRef: {name: kube-root-ca.crt}}]", "");
    let set = |changes: &[(&str, &str)]| {
        changes.iter().fold(format!("{MADE}{users}"), |text, (from, to)| {
            assert!(text.contains(from), "{from}");
            text.replace(from, to)
        })
    };
    // What changes nothing of what is made.
    let quiet =
        [("1h", "2h"), ("{a: b}", "{a: c}"), ("ENC[m1]\n  lastmodified: '2020'", "ENC[m2]\n  lastmodified: '2021'")];
    assert!(plan(&set(&[]), &set(&quiet)).configs.is_empty());
    let loud = [("key: p}", "key: q}"), ("AgBy1", "AgBy3"), ("ENC[1]", "ENC[2]")];
    let plan = plan(&set(&[]), &set(&loud));
    assert_eq!((plan.rolls.len(), plan.summary.configs_silent, plan.unseen.len()), (0, 3, 1));
    crate::output::tests::schemas::check("plan-v1.json", &plan.json());
    insta::assert_snapshot!(plan.text(PLAIN));
    assert!(!plan.json().contains("AgBy") && !format!("{plan:?}").contains("AgBy"));
}

#[test]
fn masked_secrets_of_kubectl_differ_where_their_masks_do() {
    let set = |value: &str| {
        format!(
            "---\napiVersion: v1\nkind: Secret\nmetadata: {{name: s, namespace: shop}}\ndata: {{a: '***', b: '*** ({value})'}}\n"
        ) + &pod("web", "envFrom: [{secretRef: {name: s}}]", "")
    };
    let plan = compared(&set("before"), &set("after"), true, &Settings::default());
    assert_eq!(plan.configs[0].keys.changed, ["b"]);
    assert_eq!(plan.notes.len(), 0);
}

#[test]
fn what_reads_the_same_is_said_once() {
    let set = |value: &str| {
        let users = |auto: bool, names: &str| {
            (0..33).map(|i| deployment(&format!("{names}-{i}"), auto, "c", "")).collect::<String>()
        };
        config_map("c", &format!("k: {value}")) + &users(false, "quiet") + &users(true, "loud")
    };
    let plan = plan(&set("a"), &set("b"));
    let text = plan.text(PLAIN);
    assert_eq!((plan.rolls.len(), text.matches("no annotation asks for it").count()), (33, 1));
    insta::assert_snapshot!(text);
    insta::assert_snapshot!(plan.markdown());
}

#[test]
fn a_comment_stays_within_its_limit_and_counts_the_rest() {
    let set = |value: &str, long: &str| {
        let one = |i: usize| {
            let (config, home) = (format!("c{i}{long}"), format!("ns-{}", i % 3));
            let text = config_map(&config, &format!("k{i}: {value}"))
                + &deployment(&format!("web-{i}{long}"), i.is_multiple_of(2), &config, "");
            text.replace("namespace: shop", &format!("namespace: {home}"))
        };
        (0..1500).map(one).collect::<String>()
    };
    for long in [String::new(), "x".repeat(250), "y".repeat(70_000)].iter().take(3) {
        let plan = match long.len() {
            70_000 => plan(
                &set("a", "").replace("web-0\n", &format!("web-{long}\n")),
                &set("b", "").replace("web-0\n", &format!("web-{long}\n")),
            ),
            _ => plan(&set("a", long), &set("b", long)),
        };
        let page = plan.markdown();
        assert_eq!(plan.rolls.len(), 750);
        assert!(page.len() <= 60_000, "{}", page.len());
        assert!(
            page.contains("750 workloads roll") && page.contains(" more: ") && page.contains(" in namespace ns-1"),
            "{page}"
        );
    }
}

/// Lists that select all configs, of workloads that roll and of Jobs that are left alone.
fn lists(workloads: usize, configs: usize, value: &str) -> String {
    let one = |i: usize| {
        let job = i % 3 == 2;
        let (kind, version) = if job { ("Job", "batch/v1") } else { ("Deployment", "apps/v1") };
        deployment(&format!("w{i}"), false, "c0", "")
            .replace("kind: Deployment", &format!("kind: {kind}"))
            .replace("apps/v1", version)
            .replace("spec:\n  t", "  annotations: {configmap.reloader.stakater.com/reload: '.*'}\nspec:\n  t")
    };
    let configs = (0..configs).map(|i| config_map(&format!("c{i}"), &format!("k: {value}")));
    configs.chain((0..workloads).map(one)).collect()
}

#[test]
fn of_many_pairs_of_a_workload_and_a_config_the_first_are_named() {
    for (workloads, configs, is_cut) in [(75, 200, false), (75, 201, true)] {
        let plan = plan(&lists(workloads, configs, "a"), &lists(workloads, configs, "b"));
        let (rolls, stays) = (workloads / 3 * 2, workloads / 3);
        assert_eq!((plan.rolls.len(), plan.configs.len()), (rolls, configs));
        for change in &plan.rolls {
            let named = if is_cut { 10 } else { configs };
            assert_eq!((change.causes.len(), change.more_causes), (named, configs - named));
        }
        for config in &plan.configs {
            let named = if is_cut { 10 } else { rolls };
            assert_eq!((config.rolls.len(), config.more_rolls), (named, rolls - named));
            assert_eq!(config.does_not_roll.len() + config.more_do_not_roll, stays);
            assert!(config.leaves_out_some && !config.is_silent());
        }
        let first: Vec<_> = plan.configs[1].rolls.iter().take(4).map(|name| name.to_string()).collect();
        assert_eq!(first, ["Deployment/w0", "Deployment/w1", "Deployment/w3", "Deployment/w4"]);
        let text = plan.text(PLAIN).split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(text.contains(&format!("and {} other configs", configs - 10)), is_cut);
        assert!(text.contains("Deployment/w10, and 42 others"));
        assert!(plan.markdown().contains(&format!("<br>and {} more", configs - 8)));
        let json: serde_json::Value = serde_json::from_str(&plan.json()).unwrap();
        assert_eq!(json["rolls"][0]["moreCauses"].as_u64(), is_cut.then_some(191));
        assert_eq!(json["configs"][0]["moreRolls"].as_u64(), is_cut.then_some(40));
        crate::output::tests::schemas::check("plan-v1.json", &plan.json());
    }
}

#[test]
fn configs_of_new_and_gone_workloads_are_no_concern_of_theirs() {
    let set = |name: &str| config_map(name, "k: v") + &deployment(name, true, name, "");
    let plan = plan(&set("old"), &set("new"));
    assert_eq!((plan.rolls.len(), plan.summary.configs_silent, plan.configs.len()), (0, 0, 2));
    assert!(plan.configs.iter().all(|c| c.unconcerned && c.does_not_roll.is_empty()));
}

#[test]
fn a_config_that_is_gone_and_still_needed_is_said_to_be() {
    let user =
        |optional: bool| pod("web", &format!("envFrom: [{{configMapRef: {{name: c, optional: {optional}}}}}]"), "");
    let gone = |user: &str| plan(&(config_map("c", "k: v") + user), user);
    assert!(gone(&user(false)).configs[0].needed && !gone(&user(true)).configs[0].needed);
    assert!(gone(&user(false)).text(PLAIN).contains("needed: NEW still needs it"));
    // Something else makes it now.
    let secret = "---\napiVersion: v1\nkind: Secret\nmetadata: {name: sealed, namespace: shop}\ndata: {k: dg==}\n";
    let user = user(false).replace("configMapRef: {name: c", "secretRef: {name: sealed");
    let moved = plan(&format!("{secret}{user}"), &format!("{MADE}{user}"));
    assert_eq!((moved.configs.len(), moved.configs.iter().filter(|c| c.needed).count()), (4, 0));
    let gone = plan(&format!("{MADE}{user}"), &user);
    assert_eq!(gone.configs.iter().filter(|c| c.needed).map(|c| c.name.name.raw()).collect::<Vec<_>>(), ["sealed"]);
}

#[test]
fn what_the_settings_do_not_allow_is_a_finding() {
    let settings = |yaml: &str| {
        let text = format!("apiVersion: restamp.dev/v1alpha1\nkind: Restamp\nspec: {{plan: {yaml}}}\n");
        Settings::from_layers(&[crate::settings::Layer::parse(&text).unwrap()])
    };
    let set = |value: &str| {
        config_map("c", &format!("k: {value}"))
            + &deployment("web", true, "c", "").replace("  name: web\n", "  name: web\n  labels: {tier: gold}\n")
            + &deployment("two", true, "c", "")
    };
    let ids = |yaml: &str| {
        let plan = planned(&set("a"), &set("b"), &settings(yaml));
        crate::output::tests::schemas::check("plan-v1.json", &plan.json());
        plan.findings.iter().map(|f| f.id).collect::<Vec<_>>()
    };
    assert_eq!(ids("{maxRolls: 2}"), [""; 0]);
    assert_eq!(ids("{maxRolls: 1, protected: [{namespace: other}]}"), ["too-many-rolls"]);
    assert_eq!(ids("{protected: [{namespace: shop}]}"), ["protected-rolls"; 2]);
    assert_eq!(ids("{maxRolls: 0, protected: [{labelSelector: tier=gold}]}"), ["protected-rolls", "too-many-rolls"]);
    let plan = planned(&set("a"), &set("b"), &settings("{maxRolls: 0, protected: [{name: two}]}"));
    insta::assert_snapshot!(plan.text(PLAIN).lines().take(10).collect::<Vec<_>>().join("\n"));
    assert!(plan.markdown().contains("- **too-many-rolls**: 2 workloads roll"));
}

#[test]
fn a_workload_that_is_held_back_no_longer_is_noted() {
    let set = |spec: &str| object("apps/v1", "Deployment", "web", spec, "web:1");
    let ids = |old: &str, new: &str| plan(&set(old), &set(new)).notes.iter().map(|n| n.id).collect::<Vec<_>>();
    assert_eq!(ids("  paused: true\n", ""), ["resumed"]);
    assert_eq!(ids("", "  paused: true\n"), [""; 0]);
}

/// A config that comes after its user leaves the pods on the old content, whatever the plan says of them.
#[test]
fn what_is_applied_later_is_said_with_both_places() {
    let late = |value: &str| {
        let config = config_map("c", &format!("k: {value}"));
        let wave = ", annotations: {argocd.argoproj.io/sync-wave: \"5\"}}";
        config.replacen('}', wave, 1) + &deployment("web", true, "c", "")
    };
    let plan = plan(&late("a"), &late("b"));
    let note = plan.notes.iter().find(|n| n.id == "applied-later").unwrap();
    let wanted = "ConfigMap/c is applied in sync wave 5, after Deployment/web in sync wave 0: pods keep the old content under a stamp that says new [applied-later] (new.yaml:4, new.yaml:7)";
    assert_eq!(note.text, wanted);
    crate::output::tests::schemas::check("plan-v1.json", &plan.json());
}

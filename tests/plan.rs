//! `plan` as it is run: two folders, subfolders, the folders of `kubectl diff`, limits, exit statuses.

use crate::common::run;
use std::fs;
use tempfile::TempDir;

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn config(value: &str) -> String {
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: app, namespace: shop}}\ndata: {{A: \"{value}\"}}\n")
}

fn workload(stamp: &str) -> String {
    format!(
        "apiVersion: apps/v1
kind: Deployment
metadata: {{name: web, namespace: shop, annotations: {{reloader.stakater.com/auto: \"true\"}}}}
spec:
  template:
    metadata: {{annotations: {{x: y{stamp}}}}}
    spec:
      containers: [{{name: main, image: i, envFrom: [{{configMapRef: {{name: app}}}}]}}]
"
    )
}

fn both(value: &str) -> String {
    format!("{}---\n{}", config(value), workload(""))
}

/// Exit status and output of `plan` over folders of this one; `@` is its path.
fn plan(folder: &TempDir, args: &str) -> (i32, String) {
    let path = folder.path().to_str().unwrap();
    let ran = run(args.replace('@', path).split(' '), b"");
    let text = ran.text() + &ran.stderr;
    (ran.status, text.replace(&format!("{path}/"), ""))
}

#[test]
fn each_subfolder_is_a_set_of_its_own() {
    let (a, b) = (both("1"), both("2"));
    let sides = folder(&[
        ("old/dev/m.yaml", &a),
        ("old/prod/m.yaml", &a),
        ("old/gone/m.yaml", &a),
        ("new/dev/m.yaml", &a),
        ("new/prod/m.yaml", &b),
        ("new/fresh/m.yaml", &a),
        ("new/docs/README.md", "nothing"),
        ("new/.git/x.yaml", "["),
    ]);
    let (status, text) = plan(&sides, "plan @/old @/new --each --exit-code");
    assert_eq!(status, 1, "{text}");
    assert!(text.starts_with("1 workload rolls; 1 workload is new; 1 workload is gone\n"), "{text}");
    assert!(text.contains("Deployment/web rolls (prod, namespace shop) new/prod/m.yaml:6"), "{text}");
    for part in ["+ Deployment/web (fresh, namespace shop)", "- Deployment/web (gone, namespace shop)"] {
        assert!(text.contains(part), "{text}");
    }
    let (_, json) = plan(&sides, "plan @/old @/new --each --format json");
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let names: Vec<_> = json["sets"].as_array().unwrap().iter().map(|set| set["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["dev", "fresh", "gone", "prod"]);
    assert_eq!(json["rolls"][0]["set"], "prod");
    // What lies beside the folders is a set too, and broken input in one of them spoils all.
    let sides = folder(&[("old/m.yaml", &a), ("old/x/m.yaml", &a), ("new/m.yaml", &b), ("new/x/m.yaml", &a)]);
    let (_, text) = plan(&sides, "plan @/old @/new --each");
    assert!(text.contains("Deployment/web rolls (., namespace shop) new/m.yaml:6"), "{text}");
    let sides = folder(&[("old/x/m.yaml", &a), ("new/x/m.yaml", "kind: Secret\na: [\n")]);
    assert_eq!(plan(&sides, "plan @/old @/new --each").0, 2);
    let (status, text) = plan(&sides, "plan @/old @/new/x/m.yaml --each");
    assert_eq!(status, 2);
    assert!(text.contains("--each goes with folders"), "{text}");
}

/// As kubectl calls it: the folders first, masked Secrets, empty files for what is not there.
#[test]
fn the_folders_of_kubectl_diff() {
    let stamp = |letter: &str| format!(", restamp.dev/config-hash: \"sha256:{}\"", letter.repeat(64));
    let secret = |mask: &str| {
        format!(
            "apiVersion: v1\nkind: Secret\nmetadata: {{name: s, namespace: shop}}\ndata: {{a: '***', b: '{mask}'}}\n"
        )
    };
    let (old, new) = (workload(&stamp("a")), workload(&stamp("b")));
    let sides = folder(&[
        ("LIVE-1/v1.ConfigMap.shop.app", &config("1")),
        ("MERGED-2/v1.ConfigMap.shop.app", &config("2")),
        ("LIVE-1/v1.Secret.shop.s.yaml", &secret("*** (before)")),
        ("MERGED-2/v1.Secret.shop.s.yaml", &secret("*** (after)")),
        ("LIVE-1/v1.ConfigMap.shop.fresh", ""),
        ("MERGED-2/v1.ConfigMap.shop.fresh", &config("1").replace("name: app", "name: fresh")),
        ("LIVE-1/apps.v1.Deployment.shop.web", &old),
        ("MERGED-2/apps.v1.Deployment.shop.web", &new),
    ]);
    let (status, text) = plan(&sides, "@/LIVE-1 @/MERGED-2 plan --as-written --exit-code");
    assert_eq!(status, 1, "{text}");
    for part in [
        "1 workload rolls; 2 configs differ and roll nothing\ncompared: both sides as they are written\n",
        "ConfigMap/app: changed A",
        "~ Secret/s (namespace shop) MERGED-2/v1.Secret.shop.s.yaml:1\n      changed b\n",
        "+ ConfigMap/fresh",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains("warning"), "{text}");
    // Nothing stamps what kubectl has merged.
    assert_eq!(plan(&sides, "@/LIVE-1 @/MERGED-2 plan"), (0, text));
    assert_eq!(plan(&sides, "@/LIVE-1 @/LIVE-1 plan --exit-code").0, 0);
    // All of it is new.
    let sides = folder(&[("LIVE/v1.ConfigMap.shop.app", ""), ("MERGED/v1.ConfigMap.shop.app", &config("1"))]);
    let (status, text) = plan(&sides, "@/LIVE @/MERGED plan --as-written --exit-code");
    assert_eq!((status, text.lines().next()), (0, Some("no workload rolls; 1 config differs and rolls nothing")));
    let (status, _) = plan(&sides, "@/LIVE @/NOWHERE plan --as-written --exit-code");
    assert_eq!(status, 2);
}

#[test]
fn an_input_without_an_object_is_said() {
    let sides = folder(&[
        ("a/m.yaml", &both("1")),
        ("empty/m.yaml", "# nothing\n"),
        ("each/x/m.yaml", &both("1")),
        ("none/README", ""),
    ]);
    let (status, text) = plan(&sides, "plan @/a @/empty");
    assert_eq!(status, 2, "{text}");
    assert!(text.contains("error: no Kubernetes object") && text.contains("[no-objects]"), "{text}");
    assert_eq!(plan(&sides, "plan @/a @/empty --allow-empty").0, 0);
    let (status, text) = plan(&sides, "plan @/empty @/a");
    assert_eq!(status, 0);
    assert!(text.contains("warning: no Kubernetes object") && text.contains("1 workload is new"), "{text}");
    assert_eq!(plan(&sides, "plan @/each @/none --each").0, 2);
    let (status, text) = plan(&sides, "plan @/none @/each --each");
    assert!(status == 0 && text.contains("1 workload is new"), "{text}");
}

#[test]
fn limits_end_with_status_1() {
    let settings = |spec: &str| {
        format!("apiVersion: restamp.dev/v1alpha1\nkind: Restamp\nmetadata: {{name: s}}\nspec: {{plan: {spec}}}\n")
    };
    let sides = folder(&[
        ("a.yaml", &both("1")),
        ("b.yaml", &both("2")),
        ("none", &settings("{maxRolls: 1}")),
        ("few", &settings("{maxRolls: 0}")),
        ("not", &settings("{protected: [{kind: Deployment, namespace: sh*}]}")),
        ("bad", &settings("{maxRolls: many}")),
        ("odd", &settings("{maxRols: 1}")),
    ]);
    let with = |config: &str| plan(&sides, &format!("plan @/a.yaml @/b.yaml --config @/{config}"));
    assert_eq!(with("none").0, 0);
    let (status, text) = with("few");
    assert_eq!(status, 1);
    assert!(text.contains("\nerror: 1 workload rolls, and `plan.maxRolls` allows 0 [too-many-rolls]\n"), "{text}");
    let (status, text) = with("not");
    assert_eq!(status, 1);
    assert!(
        text.contains("\nb.yaml:6: error: Deployment/web (namespace shop) rolls, and `plan.protected`\n  protects it [protected-rolls]\n"),
        "{text}"
    );
    let (status, text) = with("bad");
    assert_eq!(status, 2);
    assert!(text.contains("spec.plan.maxRolls: `many` is no number"), "{text}");
    assert!(with("odd").1.contains("did you mean `maxRolls`?"));
}

/// Both sides are looked at at the same time, and what differs is read once more, with the names of its keys and fields.
#[test]
fn two_large_renderings() {
    let text = |value: &str| -> String {
        let one = |i: usize| {
            let content = if i == 7 { value } else { "1" };
            let (config, workload) = (config(&format!("{content}{}", "x".repeat(400))), workload(""));
            let workload = if i == 9 { workload.replace("image: i", &format!("image: \"{value}\"")) } else { workload };
            format!("---\n{config}---\n{workload}")
                .replace("name: app", &format!("name: app-{i}"))
                .replace("name: web", &format!("name: web-{i}"))
        };
        (0..1_500).map(one).collect()
    };
    let sides = folder(&[("old/m.yaml", &text("1")), ("new/m.yaml", &text("2"))]);
    let (status, text) = plan(&sides, "plan @/old @/new");
    assert_eq!(status, 0, "{text}");
    for words in [
        "2 workloads roll",
        "Deployment/web-7 rolls",
        "ConfigMap/app-7: changed A",
        "Deployment/web-9 rolls",
        "containers[main].image",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
}

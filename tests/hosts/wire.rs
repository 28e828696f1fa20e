//! The wire formats, without any host: a ResourceList, and the streams that plugins and post-renderers get.

use super::support::{Done, added, objects, read, repository, restamp, stamps};
use serde_json::{Value, json};

fn captured(name: &str) -> String {
    read(repository(&format!("tests/hosts/fixtures/wire/{name}")))
}

/// A list of a Deployment that mounts `config`, then some more items.
fn list(api_version: &str, more: &str) -> String {
    format!(
        r#"apiVersion: {api_version}
kind: ResourceList
items:
- # top comment
  apiVersion: apps/v1
  kind: Deployment # trailing
  metadata:
    name: web
    namespace: shop
    annotations:
      reloader.stakater.com/auto: 'true'
      config.kubernetes.io/index: '0'
      config.kubernetes.io/path: 'app.yaml'
      internal.config.kubernetes.io/index: '0'
      internal.config.kubernetes.io/path: 'app.yaml'
      internal.config.kubernetes.io/id: '1'
  spec:
    template: {{metadata: {{labels: {{app: web}}}}, spec: {{containers: [{{name: web, image: "x", envFrom: [{{configMapRef: {{name: config}}}}]}}]}}}}
{more}"#
    )
}

/// How the pod template of the list ends.
const FLOW: &str = "spec: {containers: [{name: web, image: \"x\", envFrom: [{configMapRef: {name: config}}]}]}}";
const CONFIG: &str = "- {apiVersion: v1, kind: ConfigMap, metadata: {name: config, namespace: shop}, data: {a: '1'}}\n";
const OTHER: &str = "- {apiVersion: v1, kind: ConfigMap, metadata: {name: config, namespace: shop}, data: {a: '2'}}\n";
const V1: &str = "config.kubernetes.io/v1";

fn results(done: &Done) -> Vec<Value> {
    let list: Value = serde_yaml::from_str(&done.out).unwrap_or_else(|e| panic!("{e}\n{}", done.out));
    list["results"].as_array().cloned().unwrap_or_default()
}

fn ids(results: &[Value]) -> Vec<&str> {
    results.iter().map(|r| r["tags"]["id"].as_str().unwrap_or_default()).collect()
}

#[test]
fn items_are_edited_in_place() {
    let input = list(V1, CONFIG);
    let done = restamp(&[], &input).ok("filter");
    // Only the one line of the flow mapping has changed.
    let (before, line) = done.out.split_once("    template: ").unwrap();
    let (line, after) = line.split_once('\n').unwrap();
    let old = input.split_once("    template: ").unwrap();
    assert_eq!((before, after), (old.0, old.1.split_once('\n').unwrap().1));
    assert!(line.contains("restamp.dev/config-hash") && line.ends_with(FLOW), "{line}");
}

#[test]
fn what_kpt_sends_survives() {
    for (name, all, nothing) in [
        ("kpt-fn-eval-dir.stdin.yaml", "data: {select: all}", "data: {}"),
        (
            "kpt-fn-render-configMap.stdin.yaml",
            "data: {select: all}",
            "data: {flag: \"true\", n: \"1\", list: 'a,b', on: on}",
        ),
    ] {
        let input = captured(name).replace(nothing, all);
        assert!(input.contains(all), "{name}");
        let done = restamp(&[], &input).ok(name);
        let new = added(&input, &done.out);
        let at = done.out.find("restamp.dev/config-hash: \"sha256:").unwrap();
        let before = &done.out[..at];
        assert!(before.contains("kpt-set: nginx:${tag}") || before.contains("kind: Deployment"), "{name}");
        // The stamp with the parents that it needed; then what is missing, as results.
        let results = new.iter().position(|l| l.trim() == "results:").unwrap_or(new.len());
        for line in &new[..results] {
            let line = line.trim();
            assert!(
                line == "annotations:" || line == "metadata:" || line.starts_with("restamp.dev/config-hash: "),
                "{name}: {line}"
            );
        }
        let again = restamp(&[], &done.out).ok(name);
        assert_eq!(again.out, done.out, "{name}: a second run changes something");
    }
}

/// `kpt fn eval --match-kind Deployment`: no config is in the list, so stamps stay.
#[test]
fn a_list_without_configs_keeps_stamps() {
    let input = captured("kpt-eval-match-kind.stdin.yaml").replace("data: {}", "data: {select: all}");
    let stamp =
        "    template:\n      metadata:\n        annotations:\n          restamp.dev/config-hash: \"sha256:00\"\n";
    let input = input.replacen("    template:\n", stamp, 1);
    let done = restamp(&[], &input).ok("filter");
    let list = done.out.split("results:\n").next().unwrap();
    assert_eq!(list, input);
    let results = results(&done);
    let kept = results.iter().find(|r| r["tags"]["id"] == "cannot-verify").expect("cannot-verify");
    assert_eq!(kept["severity"], "warning");
    assert_eq!(kept["resourceRef"], json!({"apiVersion": "apps/v1", "kind": "Deployment", "name": "db"}));
}

/// A transformer sees earlier names. Its stamps must be those of the finished build, where names are final.
#[test]
fn the_stamps_of_a_transformer_are_those_of_the_build() {
    for name in ["kustomize-legacy-exec", "kustomize-legacy-overlay", "kustomize-legacy-two-instances"] {
        let input = captured(&format!("{name}.stdin.yaml"));
        let inside = restamp(&["--select", "all"], &input).ok(name);
        for line in added(&input, &inside.out) {
            let line = line.trim();
            assert!(
                matches!(line, "annotations:" | "metadata:") || line.starts_with("restamp.dev/config-hash: "),
                "{name}: {line}"
            );
        }
        let after = restamp(&["--select", "all"], &captured(&format!("{name}.build-output.yaml"))).ok(name);
        let (inside, after) = (stamps(&objects(&inside.out)), stamps(&objects(&after.out)));
        assert_eq!(inside, after, "{name}");
        assert!(inside.values().all(Option::is_some), "{name}: {inside:?}");
    }
}

#[test]
fn the_configuration_of_a_list() {
    let at = |config: &str| list(V1, &format!("{CONFIG}functionConfig:\n{config}"));
    for config in [
        "  apiVersion: restamp.dev/v1alpha1\n  kind: Restamp\n  metadata: {name: stamp}\n  spec: {annotation: example.com/hash}\n",
        "  metadata: {name: function-input}\n  data: {annotation: example.com/hash}\n  kind: ConfigMap\n  apiVersion: v1\n",
    ] {
        let input = at(config);
        let done = restamp(&[], &input).ok(config);
        assert!(done.out.contains("example.com/hash"), "{}", done.out);
        // Flags win.
        let done = restamp(&["--annotation", "example.com/other"], &input).ok(config);
        assert!(done.out.contains("example.com/other"), "{}", done.out);
    }
    for (config, why) in [
        ("  {apiVersion: v1, kind: ConfigMap, data: {selekt: all}}\n", "selekt"),
        ("  {apiVersion: restamp.dev/v1alpha1, kind: Restamp, spec: {select: some}}\n", "some"),
        ("  {apiVersion: hash.example.com/v1alpha1, kind: HashInjector, spec: {}}\n", "HashInjector"),
    ] {
        let input = at(config);
        let done = restamp(&[], &input);
        assert_eq!(done.status, 2, "{config}");
        assert!(done.out.starts_with(&input), "{}", done.out);
        assert_eq!(ids(&results(&done)), ["settings"]);
        assert!(done.err.contains(why), "{}", done.err);
    }
}

#[test]
fn findings_become_results() {
    let done = restamp(&[], &list(V1, "")).ok("filter");
    let all = results(&done);
    assert_eq!(all.len(), 1, "{}", done.out);
    let result = &all[0];
    let message = result["message"].as_str().unwrap();
    assert!(message.starts_with("ConfigMap/config: not in this set"), "{message}");
    assert_eq!(result["severity"], "warning");
    assert_eq!(result["tags"]["id"], "missing-config");
    let resource = json!({"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "namespace": "shop"});
    assert_eq!(result["resourceRef"], resource);
    assert_eq!(result["file"], json!({"path": "app.yaml", "index": 0}));
    let path = "spec.template.spec.containers[0].envFrom[0].configMapRef";
    assert!(result["field"]["path"].as_str().unwrap().starts_with(path), "{result}");
    assert!(done.err.contains("ConfigMap/config: not in this set"), "{}", done.err);
}

/// In every form that `results` can have; a second run finds its own there.
#[test]
fn earlier_results_are_kept() {
    let earlier = ["another said so", "and so"];
    let block = "results:\n- message: another said so\n  severity: info\n- {message: and so, severity: info}\n";
    let deep = block.replace("\n-", "\n  -").replace("\n  severity", "\n    severity");
    let flow = "results: [{message: another said so, severity: info}, {message: and so, severity: info}]\n";
    let json = serde_json::to_string(&serde_yaml::from_str::<Value>(&list(V1, flow)).unwrap()).unwrap();
    let front = list(V1, "").replace("items:\n", &format!("{block}items:\n"));
    for input in [
        list(V1, block),
        list(V1, block.trim_end()),
        list(V1, block).replace('\n', "\r\n"),
        list(V1, &deep),
        list(V1, flow),
        list(V1, &format!("{block}functionConfig: {{apiVersion: v1, kind: ConfigMap}}\n# the end\n")),
        front,
        json,
    ] {
        let done = restamp(&[], &input).ok(&input);
        let results = results(&done);
        let messages: Vec<&str> = results.iter().filter_map(|r| r["message"].as_str()).collect();
        assert_eq!(messages[..2], earlier, "{}", done.out);
        assert_eq!(ids(&results), ["", "", "missing-config"], "{}", done.out);
        assert_eq!(input.ends_with('\n'), done.out.ends_with('\n'));
        assert_eq!(
            input.matches("\r\n").count() > 0,
            done.out.matches("\r\n").count() == done.out.matches('\n').count() && done.out.contains('\n')
        );
        let again = restamp(&[], &done.out).ok(&input);
        assert_eq!(again.out, done.out, "a second run adds something");
    }
    for empty in ["results: []\n", "results:\n", "results: null\n", "results: # none\n", ""] {
        let input = list(V1, empty);
        let done = restamp(&[], &input).ok(&input);
        assert_eq!(ids(&results(&done)), ["missing-config"], "{}", done.out);
        assert_eq!(restamp(&[], &done.out).ok(&input).out, done.out);
    }
}

#[test]
fn an_error_leaves_the_items_and_says_why() {
    let input = list(V1, &format!("{CONFIG}{OTHER}"));
    let done = restamp(&[], &input);
    assert_eq!(done.status, 2);
    assert_eq!(done.out.strip_prefix(&*input).map(|r| r.starts_with("results:\n")), Some(true), "{}", done.out);
    let results = results(&done);
    assert_eq!(ids(&results), ["duplicate-config"]);
    assert_eq!(results[0]["severity"], "error");
    assert!(done.err.contains("different content"), "{}", done.err);
}

#[test]
fn a_list_that_does_not_parse_gives_nothing() {
    for broken in ["}\n", "\tx: [\n", "- a: b: c\n"] {
        let done = restamp(&[], &list(V1, broken));
        assert_eq!((done.status, &*done.out), (2, ""), "{done:?}");
        assert_ne!(done.err, "");
    }
}

#[test]
fn each_version_is_answered_in_kind() {
    for version in ["v1", "v1beta1", "v1alpha1"] {
        let input = list(&format!("config.kubernetes.io/{version}"), CONFIG);
        let done = restamp(
            &[],
            &format!("{input}functionConfig: {{apiVersion: v1, kind: ConfigMap, data: {{annotation: a/b}}}}\n"),
        )
        .ok(version);
        assert!(done.out.starts_with(&format!("apiVersion: config.kubernetes.io/{version}\n")));
        assert!(done.out.contains("sha256:"), "{}", done.out);
    }
}

/// kustomize's list holds its whole trail, which it needs back.
#[test]
fn what_kustomize_sends_survives() {
    let input = captured("kustomize-krm-fn.stdin.yaml");
    let (items, _) = input.split_once("functionConfig:\n").unwrap();
    let input = format!(
        "{items}functionConfig:\n  apiVersion: restamp.dev/v1alpha1\n  kind: Restamp\n  spec: {{select: all}}\n"
    );
    let done = restamp(&[], &input).ok("filter");
    let new = added(&input, &done.out);
    assert!(new.iter().any(|l| l.contains("restamp.dev/config-hash")), "{}", done.out);
    assert_eq!(restamp(&[], &done.out).ok("again").out, done.out);
}

#[test]
fn what_helm_sends_survives() {
    for name in ["helm3.17-template-post-renderer.stdin.yaml", "helm4.3-template-post-renderer.stdin.yaml"] {
        let input = captured(name);
        let done = restamp(&["--select", "all"], &input).ok(name);
        let new = added(&input, &done.out);
        assert_eq!(new.len(), 1, "{name}: {new:?}");
        // Beside the chart's own checksum, on the Deployment and on no hook.
        let (_, after) = done.out.split_once(new[0]).unwrap();
        assert!(after.trim_start().starts_with("checksum/config: "), "{name}");
    }
}

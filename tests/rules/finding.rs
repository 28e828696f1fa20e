//! What is said: each finding about a rule, at the place that caused it, with what to do about it.

use crate::common::library::{Finding, configured};
use crate::common::{outcome, repository};
use std::fs;
use std::path::Path;

/// Case, id, the text that the finding points at, a part of the remedy.
const SAID: &[(&str, &str, &str, &str)] = &[
    (
        "place/unknown-word",
        "unknown-place",
        "configMap",
        "the places are env, envFrom, volume, projected, volumeSecret, imagePullSecrets",
    ),
    ("settings/unknown-word", "unknown-word", "key", "did you mean `keys`?"),
    ("settings/unknown-word", "unknown-word", "Restart", "did you mean `restart`?"),
    ("place/unknown-word", "unknown-place", "envfrom", "did you mean `envFrom`?"),
    ("kind/job", "job-immutable", "true", "Force=true,Replace=true"),
    ("kind/job-select-all", "job-immutable", "", "generateName"),
    ("kind/hook-helm", "hook", "true", "remove Reloader's annotation"),
    ("kind/knative-named", "named-revision", "web-v3", "spec.template.metadata.name"),
    ("kind/no-rollout", "kind-not-stamped", "true", "use a Deployment, StatefulSet or DaemonSet"),
    (
        "kind/unknown",
        "kind-not-stamped",
        "true",
        "podTemplates: [{group: \"sets.example.com\", kind: ShardSet, path: ...}]",
    ),
    ("kind/mistaken", "unknown-kind", "Configmap", "did you mean `apiVersion: v1`, `kind: ConfigMap`?"),
    ("kind/mistaken", "unknown-kind", "StatefulSets", "did you mean `apiVersion: apps/v1`, `kind: StatefulSet`?"),
    ("hostile/names-are-no-strings", "refused-value", "12", "write a string in quotes; as it stands its text counts"),
    (
        "hostile/names-are-no-strings",
        "refused-value",
        "[a]",
        "write a string in quotes; as it stands it counts as absent",
    ),
    ("kind/workloadref-absent", "workload-ref-missing", "web", "add it to the set"),
    ("kind/restart-strategy", "restart-strategy", "restart", "workloads: {exclude: [...]}"),
    ("kind/patch", "patch", "true", "stamp the finished build"),
    ("kind/workloadref-lints", "bad-boolean", "yes", "write \"true\""),
    ("select/ignore-exact", "bad-boolean", "True", "write \"true\""),
    ("select/one-side-no-namespace", "other-namespace", "config", "--namespace"),
    ("missing/required", "missing-config", "db", "--config-from"),
    (
        "missing/near-namespace",
        "missing-config",
        "config",
        "it is there in namespace `other`, but the workload is in `shop`",
    ),
    ("missing/near-name", "missing-config", "config", "did you mean ConfigMap/confg?"),
    ("missing/near-kind", "missing-config", "config", "there is a Secret of that name, but no ConfigMap"),
    ("producer/ignored", "missing-config", "db", "SealedSecret/db will make it"),
    ("producer/ignored", "missing-config", "encrypted", "Secret/encrypted is encrypted by SOPS"),
    ("producer/cluster-external", "missing-config", "db", "ClusterExternalSecret/everywhere will make it"),
    ("missing/certificate", "missing-config", "db", "Certificate/web will make it"),
    ("missing/producer-elsewhere", "missing-config", "db", "add it to the set"),
    ("missing/local-config", "missing-config", "config", "config.kubernetes.io/local-config"),
    ("missing/key", "missing-key", "LOG_LEVL", "did you mean \"LOG_LEVEL\"?"),
    ("missing/key", "missing-key", "absent.txt", "optional: true"),
    ("missing/cannot-verify", "cannot-verify", "sha256:old", "--config-from"),
    ("missing/removed", "stamp-removed", "sha256:old", "select the workload again"),
    ("lint/bad-regex", "bad-regex", "app-[", "`^entry$`"),
    ("lint/globs", "unmatched-entry", "app-*", "did you mean `app-.*`?"),
    ("lint/globs", "unmatched-entry", "app-o.*", "this list takes exact names, no patterns: write app-one"),
    ("lint/globs", "unmatched-entry", "shop/app-one", "write `app-one`: the list names configs of the workload's own"),
    ("missing/namespace-typo", "missing-config", "config", "did you mean namespace `shop`?"),
    ("missing/optional-keys", "missing-key", "A", "add them"),
    ("edit/trap-10-duplicate-annotations", "cannot-edit", "annotations", "remove the first of the two"),
    ("lint/bad-boolean", "bad-boolean", "on", "write \"true\""),
    ("lint/unmatched-entry", "unmatched-entry", "confg", "did you mean ConfigMap/config?"),
    ("lint/unmatched-entry", "unmatched-entry", "db", "there is a Secret of that name, but no ConfigMap"),
    ("lint/unmatched-entry", "unmatched-entry", "app-.*", "correct or remove the entry"),
    (
        "lint/near-renamed",
        "missing-config",
        "cafe",
        "there is ConfigMap/cafe-66d9hf4ghg: kustomize renamed it, but not the name here",
    ),
    ("lint/near-renamed", "missing-config", "conf", "there is ConfigMap/prod-conf-5f6tcf267g"),
    ("lint/near-renamed", "unmatched-entry", "cafe", "and no lists"),
    ("lint/old-name", "old-name", "c.nf|nothing", "match the name that is there"),
    ("lint/not-renamed", "not-renamed", "config", "`nameReference`"),
    ("lint/applied-later", "applied-later", "5", "in an earlier wave or phase"),
    ("lint/applied-later", "applied-later", "post-install,post-upgrade", "apply ConfigMap/behind no later"),
    (
        "lint/unread-annotation",
        "unread-annotation",
        "reloader.stakater.com/autoo",
        "did you mean `reloader.stakater.com/auto`?",
    ),
    ("lint/unread-annotation", "unread-annotation", "restamp.dev/place", "did you mean `restamp.dev/places`?"),
    (
        "lint/unread-annotation",
        "unread-annotation",
        "reloader.stakater.com/match",
        "put it into `metadata.annotations` of the ConfigMap",
    ),
    ("lint/unread-annotation", "unread-annotation", "reloader.stakater.com/everything", "docs/annotations.md"),
    ("lint/search-elsewhere", "search-without-match", "true", "ConfigMap/marked carries it"),
    ("kind/row-of-another-group", "no-template", "", "did you mean the ShardSet of group \"sets.example.com\"?"),
    ("lint/ignore-on-workload", "ignore-on-workload", "true", "put it on the ConfigMap or Secret"),
    ("lint/search-without-match", "search-without-match", "true", "put `reloader.stakater.com/match: \"true\"`"),
    ("lint/no-references", "no-references", "true", "`configmap.reloader.stakater.com/reload`"),
    ("lint/misplaced", "stamp-misplaced", "sha256:old", "spec.template.metadata.annotations"),
    ("lint/secret-values", "refused-value", "hunter2!", "correct the value"),
    ("lint/secret-values", "boolean-key", "ON", "quote the key"),
    ("settings/require-selected", "nothing-selected", "", "reloader.stakater.com/auto: \"true\""),
];

/// The input of a case and what is said about it.
fn said(dir: &Path) -> (String, Vec<Finding>) {
    let text = fs::read_to_string(dir.join("input.yaml")).unwrap();
    let config = fs::read_to_string(dir.join("config.yaml")).ok();
    let settings = configured([], config.as_deref()).unwrap();
    let findings = outcome(&text, &settings).findings;
    (text, findings)
}

fn pointed_at<'t>(text: &'t str, finding: &Finding) -> &'t str {
    finding.at.clone().map_or("", |range| &text[range]).trim_matches('"')
}

#[test]
fn each_finding_points_at_its_cause_and_says_what_to_do() {
    for (case, id, at, remedy) in SAID {
        let (text, findings) = said(&repository("fixtures").join(case));
        let hit = findings.iter().any(|f| {
            f.id == *id && pointed_at(&text, f) == *at && f.remedy.as_deref().is_some_and(|r| r.contains(remedy))
        });
        assert!(hit, "{case}: no {id} at `{at}` with `{remedy}` in {findings:#?}");
    }
}

/// One line, one sentence, no value of a Secret: of every case of these topics.
#[test]
fn messages_are_plain_and_keep_secrets() {
    let secrets = ["s3cret", "hunter2", "aHVudGVy", "1234", "b24="];
    let mut count = 0;
    for topic in ["place", "kind", "select", "missing", "producer", "lint", "settings"] {
        for entry in fs::read_dir(repository("fixtures").join(topic)).unwrap() {
            let dir = entry.unwrap().path();
            let (_, findings) = said(&dir);
            for finding in findings {
                let remedy = finding.remedy.unwrap_or_default();
                assert!(!remedy.is_empty(), "{}: {}", dir.display(), finding.message);
                for line in [&finding.message, &remedy] {
                    assert!(!line.contains('\n') && !line.ends_with('.'), "{line}");
                    assert!(!line.contains(". ") && !line.contains("? "), "two sentences: {line}");
                    assert!(secrets.iter().all(|s| !line.contains(s)), "{line}");
                }
                count += 1;
            }
        }
    }
    assert!(count > 100, "{count}");
}

//! The places of a pod spec that name a config, against the Kubernetes API.

use crate::common::library::all;
use crate::common::outcome;
use crate::oracle::ask;
use std::collections::BTreeSet;

/// Every field of a `PodSpec` of core/v1 whose value is the name of a ConfigMap or Secret in the pod's namespace.
///
/// Source: `VisitPodSecretNames` and `VisitPodConfigmapNames` of kubernetes `pkg/api/v1/pod/util.go` (1.36), which visit
/// exactly these; and a walk over the Go types of k8s.io/api: `the_types_of_the_api_have_no_other_field`.
const FIELDS: [&str; 26] = [
    "containers[].env[].valueFrom.configMapKeyRef.name",
    "containers[].env[].valueFrom.secretKeyRef.name",
    "containers[].envFrom[].configMapRef.name",
    "containers[].envFrom[].secretRef.name",
    "ephemeralContainers[].env[].valueFrom.configMapKeyRef.name",
    "ephemeralContainers[].env[].valueFrom.secretKeyRef.name",
    "ephemeralContainers[].envFrom[].configMapRef.name",
    "ephemeralContainers[].envFrom[].secretRef.name",
    "imagePullSecrets[].name",
    "initContainers[].env[].valueFrom.configMapKeyRef.name",
    "initContainers[].env[].valueFrom.secretKeyRef.name",
    "initContainers[].envFrom[].configMapRef.name",
    "initContainers[].envFrom[].secretRef.name",
    "volumes[].azureFile.secretName",
    "volumes[].cephfs.secretRef.name",
    "volumes[].cinder.secretRef.name",
    "volumes[].configMap.name",
    "volumes[].csi.nodePublishSecretRef.name",
    "volumes[].flexVolume.secretRef.name",
    "volumes[].iscsi.secretRef.name",
    "volumes[].projected.sources[].configMap.name",
    "volumes[].projected.sources[].secret.name",
    "volumes[].rbd.secretRef.name",
    "volumes[].scaleIO.secretRef.name",
    "volumes[].secret.secretName",
    "volumes[].storageos.secretRef.name",
];

/// A manifest with one value at a field path; `[]` is a list of one item.
fn nested(path: &str, value: &str) -> String {
    path.rsplit('.').fold(value.to_owned(), |inner, field| match field.strip_suffix("[]") {
        Some(field) => format!("{{{field}: [{inner}]}}"),
        None => format!("{{{field}: {inner}}}"),
    })
}

fn found(pod_spec: &str) -> Vec<(String, &'static str, String)> {
    let text = format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: w}}\nspec: {{template: {{spec: {pod_spec}}}}}\n"
    );
    let outcome = outcome(&text, &all());
    outcome.workloads[0].uses.iter().map(|u| (u.path.clone(), u.place, u.kind.clone())).collect()
}

#[test]
fn each_field_of_the_api_is_a_place() {
    for field in FIELDS {
        let found = found(&nested(field, "x"));
        let [(path, place, kind)] = &found[..] else {
            panic!("{field}: {found:?}");
        };
        let (map, _) = field.rsplit_once('.').unwrap();
        assert_eq!(*path, map.replace("[]", "[0]"), "{field}");
        let config_map = field.to_lowercase().contains("configmap");
        assert_eq!(*kind, if config_map { "ConfigMap" } else { "Secret" }, "{field}");
        let expected = match field {
            f if f.contains(".env[]") => "env",
            f if f.contains(".envFrom[]") => "envFrom",
            f if f.contains(".projected.") => "projected",
            "volumes[].configMap.name" | "volumes[].secret.secretName" => "volume",
            "imagePullSecrets[].name" => "imagePullSecrets",
            _ => "volumeSecret",
        };
        assert_eq!(*place, expected, "{field}");
    }
}

/// Strings of a pod spec that speak of a Secret and name none.
const NO_NAMES: [&str; 1] = [
    // A path on the node.
    "volumes[].cephfs.secretFile",
];

/// The Go types that the oracle is built with (`tests/hosts/oracle/go.mod`) have these fields and no others.
#[test]
fn the_types_of_the_api_have_no_other_field() {
    #[derive(serde::Deserialize)]
    struct Answer {
        fields: BTreeSet<String>,
    }
    let Some(answers) = ask::<_, Answer>("places", &[""]) else { return };
    assert_eq!(answers[0].fields, FIELDS.iter().chain(&NO_NAMES).map(|&field| field.to_owned()).collect());
}

/// Neither a field of another name nor the right one in another list or at another depth is a place.
#[test]
fn nothing_else_is_a_place() {
    for field in [
        "containers[].env[].configMapKeyRef.name",
        "containers[].env[].valueFrom.fileKeyRef.name",
        "containers[].env[].valueFrom.configMapKeyRef.secretName",
        "containers[].envFrom[].configMap.name",
        "volumes[].secret.name",
        "volumes[].configMap.configMapName",
        "volumes[].azureFile.secretRef.name",
        "volumes[].glusterfs.endpoints",
        "volumes[].persistentVolumeClaim.claimName",
        "volumes[].projected.configMap.name",
        "volumes[].projected.sources[].secret.secretName",
        "volumes[].projected.sources[].clusterTrustBundle.name",
        "volumes[].csi.controllerPublishSecretRef.name",
        "volumes[].csi.volumeAttributes.secretProviderClass",
        "imagePullSecret[].name",
        "initContainer[].envFrom[].secretRef.name",
        "serviceAccountName",
    ] {
        assert_eq!(found(&nested(field, "x")), [], "{field}");
    }
}

/// The case `place/all` has each of the fields, with the path in the config's own content.
#[test]
fn the_case_with_all_places_has_all() {
    let text = include_str!("../../fixtures/place/all/input.yaml");
    let outcome = outcome(text, &all());
    let workload = &outcome.workloads[0];
    let paths: BTreeSet<String> = workload
        .uses
        .iter()
        .map(|used| {
            assert!(used.counted && used.selection.selected && used.config.is_some());
            let open = used.path.split(']').map(|p| p.trim_end_matches(|c: char| c.is_ascii_digit()));
            open.collect::<Vec<_>>().join("]")
        })
        .collect();
    let maps = |f: &str| f.rsplit_once('.').unwrap().0.to_owned();
    assert_eq!(paths, FIELDS.iter().map(|f| maps(f)).collect());
    assert_eq!((workload.uses.len(), outcome.configs.len()), (26, 26));
    for field in FIELDS {
        assert!(text.contains(&format!("path: {field}\n")), "{field}");
    }
}

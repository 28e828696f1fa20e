//! `docs/schema/settings-v1alpha1.json` against the page of settings, which is compared with the code, and against what
//! restamp takes and refuses.

use crate::common::{library, repository};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;

const PAGE: &str = include_str!("../../docs/configuration.md");

fn schema() -> Value {
    let text = fs::read_to_string(repository("docs/schema/settings-v1alpha1.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn valid(config: &Value) -> bool {
    let mut compiler = boon::Compiler::new();
    compiler.add_resource("settings.json", schema()).unwrap();
    let mut schemas = boon::Schemas::new();
    let index = compiler.compile("settings.json", &mut schemas).unwrap();
    schemas.validate(config, index).is_ok()
}

fn config(spec: &Value) -> Value {
    json!({"apiVersion": "restamp.dev/v1alpha1", "kind": "Restamp", "spec": spec})
}

/// What restamp says of it.
fn taken(config: &Value) -> Result<(), String> {
    library::configured([], Some(&config.to_string())).map(drop)
}

#[test]
fn the_schema_has_every_setting_and_no_other() {
    let fields = PAGE.split_once("\n## Fields\n").unwrap().1.split_once("\n### ").unwrap().0;
    let page: BTreeSet<_> = fields.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    let schema = schema();
    let properties = schema["properties"]["spec"]["properties"].as_object().unwrap();
    assert_eq!(properties.keys().map(String::as_str).collect::<BTreeSet<_>>(), page);
}

#[test]
fn what_restamp_takes_is_valid() {
    let mut seen = 0;
    let fixtures = walkdir::WalkDir::new(repository("fixtures"))
        .into_iter()
        .chain(walkdir::WalkDir::new(repository("kustomize-plugin")));
    let files = fixtures
        .map(Result::unwrap)
        .filter(|entry| ["config.yaml", "restamp.yaml"].iter().any(|name| entry.file_name() == *name));
    let texts = files.map(|entry| fs::read_to_string(entry.path()).unwrap());
    let example = PAGE.split("```yaml\n").nth(1).unwrap().split("```").next().unwrap();
    for text in texts.chain([example.to_owned()]) {
        let value: Value = serde_yaml::from_str(&text).unwrap();
        if value["kind"] == "Restamp" {
            assert_eq!(valid(&value), taken(&value).is_ok(), "{text}");
            seen += 1;
        }
    }
    assert!(seen > 20, "{seen}");
}

/// Every word of an enumeration is one of restamp's, and a word more is none of either; so with fields and types.
#[test]
fn what_restamp_refuses_is_not_valid() {
    let schema = schema();
    let spec = schema["properties"]["spec"]["properties"].as_object().unwrap();
    let both = |spec: Value, ok: bool| {
        let config = config(&spec);
        assert_eq!((valid(&config), taken(&config).is_ok()), (ok, ok), "{config}: {:?}", taken(&config));
    };
    for (field, rule) in spec {
        for word in rule["enum"].as_array().into_iter().flatten() {
            both(json!({ field: word }), true);
        }
        for word in rule["items"]["enum"].as_array().into_iter().flatten() {
            both(json!({ field: [word] }), true);
        }
        let is_free = rule["type"] == "string" && rule.get("enum").is_none();
        both(json!({ field: { "unknown": [1] } }), false);
        if !is_free {
            both(json!({ field: "unknown words!" }), false);
        }
        for inner in rule["properties"].as_object().into_iter().flatten().map(|(inner, _)| inner) {
            both(json!({ field: { inner: { "unknown": 1 } } }), false);
            if field == "annotationNames" {
                both(json!({ field: { inner: "example.com/key" } }), true);
            }
        }
    }
    both(json!({"unknown": 1}), false);
    both(json!({"baseline": [format!("sha256:{}", "0".repeat(64))]}), true);
    both(json!({"baseline": ["sha256:0"]}), false);
    both(json!({"namespace": "Shop"}), false);
    both(json!({"podTemplates": [{"kind": "A", "path": "spec.template"}]}), true);
    both(json!({"podTemplates": [{"kind": "A"}]}), false);
    both(json!({"plan": {"maxRolls": -1}}), false);
    both(json!({"workloads": {"exclude": [{}]}}), false);
    for (field, _) in
        schema["properties"]["spec"]["properties"]["plan"]["properties"]["protected"]["items"]["properties"]
            .as_object()
            .unwrap()
    {
        let word = if field == "kind" { "Deployment" } else { "a" };
        both(json!({"plan": {"protected": [{ field: word }]}}), true);
    }
    assert!(!valid(&json!({"apiVersion": "restamp.dev/v1", "kind": "Restamp"})));
}

use super::samples::{PLAIN, explained, planned};
use crate::explain::Query;
use crate::output::Look;
use crate::settings::{Precision, Select, Settings};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Checks a report against a schema that is shipped.
pub(crate) fn check(schema: &str, report: &str) {
    let path = format!("{}/docs/schema/{schema}", env!("CARGO_MANIFEST_DIR"));
    validate(&std::fs::read_to_string(path).unwrap(), report);
}

/// Checks a JSON text against a schema.
pub(in crate::output) fn validate(schema: &str, report: &str) {
    let mut compiler = boon::Compiler::new();
    compiler.enable_format_assertions();
    compiler.add_resource("schema.json", serde_json::from_str(schema).unwrap()).unwrap();
    let mut schemas = boon::Schemas::new();
    let index = compiler.compile("schema.json", &mut schemas).unwrap_or_else(|e| panic!("{e:#}"));
    let report = serde_json::from_str(report).unwrap();
    schemas.validate(&report, index).unwrap_or_else(|e| panic!("{e}"));
}

/// Every field of a report says what it is.
#[test]
fn every_field_has_a_description() {
    fn look(at: &str, schema: &serde_json::Value, count: &mut usize) {
        let Some(object) = schema.as_object() else { return };
        for (name, field) in object.get("properties").and_then(|p| p.as_object()).into_iter().flatten() {
            let said = field.get("description").and_then(|d| d.as_str()).unwrap_or_default();
            assert!(said.ends_with(['.', ')']), "{at}.{name}: {said:?}");
            *count += 1;
        }
        for (name, below) in object {
            match below {
                serde_json::Value::Array(all) => all.iter().for_each(|one| look(&format!("{at}.{name}"), one, count)),
                below => look(&format!("{at}.{name}"), below, count),
            }
        }
    }
    for (page, least) in [("findings-v1.json", 40), ("explain-v1.json", 40), ("kinds-v1.json", 10)] {
        let path = format!("{}/docs/schema/{page}", env!("CARGO_MANIFEST_DIR"));
        let schema = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let mut count = 0;
        look(page, &schema, &mut count);
        assert!(count > least, "{page}: {count}");
    }
}

/// What no form may show: planted in every field of a Secret that takes a value, well-formed or not.
const PLANTED: [&str; 8] = [
    "pl4nted-data",
    "pl4nted-string",
    "77700777001",
    "pl4nted!broken",
    "pl4nted-line-1",
    "pl4nted-line-2",
    "pl4nted-list",
    "pl4nted-old",
];

fn secret(value: &str) -> String {
    format!(
        "---
apiVersion: v1
kind: Secret
metadata: {{name: db, namespace: shop}}
data:
  data: {}
  number: 77700777001
  broken: pl4nted!broken
  list: [pl4nted-list]
stringData:
  string: {value}
  number2: 77700777001
  lines: |
    pl4nted-line-1
    pl4nted-line-2
",
        STANDARD.encode("pl4nted-data")
    )
}

#[test]
fn values_of_secrets_and_their_digests_are_never_shown() {
    let workload = "---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop, annotations: {secret.reloader.stakater.com/reload: db}}
spec:
  template:
    spec:
      containers:
      - {name: web, image: i, envFrom: [{secretRef: {name: db}}]}
      - {name: b, image: i, env: [{name: X, valueFrom: {secretKeyRef: {name: db, key: string}}}]}
";
    let old = format!("{}{workload}", secret("pl4nted-old"));
    let new = format!("{}{}", secret("pl4nted-string"), workload.replace("image: i", "image: j"));
    let mut digests = Vec::new();
    for text in [&old, &new] {
        let sources = [crate::text::source::Source::new("x", text.as_str())];
        let outcome = super::samples::outcome(&sources, &Settings::default());
        digests.extend(outcome.configs().flat_map(|(id, _)| outcome.digests(id)).map(|(_, d)| d.hex()[..8].to_owned()));
    }
    assert_eq!(digests.len(), 2);
    for (select, precision) in [(Select::All, Precision::Object), (Select::Annotated, Precision::Keys)] {
        let settings = Settings { select, precision, ..Settings::default() };
        let mut forms = Vec::new();
        for query in [Query::default(), Query { why: Some("Secret/db"), workload: Some("*/*") }] {
            let explanation = explained(&new, &settings, &query).unwrap();
            forms.extend([
                explanation.text(PLAIN),
                explanation.json(),
                explanation.mermaid(),
                format!("{explanation:?}"),
            ]);
        }
        let plan = planned(&old, &new, &settings);
        assert!(plan.rolls());
        let color = Look { color: true, ..PLAIN };
        forms.extend([plan.text(color), plan.json(), plan.markdown(), format!("{plan:?}")]);
        for form in &forms {
            for planted in PLANTED {
                assert!(!form.contains(planted), "{planted} in {form}");
                assert!(!form.contains(&STANDARD.encode(planted)[..planted.len()]), "{planted} in base64 in {form}");
            }
            for digest in &digests {
                assert!(!form.contains(digest.as_str()), "a Secret's digest in {form}");
            }
        }
    }
}

/// A name and a key that turn text around, or move the cursor.
#[test]
fn nothing_that_acts_on_a_terminal_is_shown() {
    let set = |value: &str| {
        format!(
            "---
apiVersion: v1
kind: ConfigMap
metadata: {{name: app, namespace: shop}}
data: {{\"k\\u202ecba\": {value}, \"e\\e[2J\": {value}}}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: \"w\\u202eabc\"
  namespace: \"shop\"
  annotations: {{reloader.stakater.com/auto: \"true\", configmap.reloader.stakater.com/reload: \"x\\u202e\\e[2J\"}}
spec:
  template:
    spec:
      containers:
      - name: \"c\\u202e\"
        image: {value}
        env:
        - {{name: K, valueFrom: {{configMapKeyRef: {{name: app, key: \"k\\u202ecba\"}}}}}}
        - {{name: E, valueFrom: {{configMapKeyRef: {{name: \"gone\\u202e\", key: \"e\\e[2J\"}}}}}}
"
        )
    };
    let settings = Settings { precision: Precision::Keys, ..Settings::default() };
    let mut forms = Vec::new();
    for query in [Query::default(), Query { why: Some("*"), workload: None }] {
        let explanation = explained(&set("a"), &settings, &query).unwrap();
        assert_eq!(explanation.workloads.len(), 1);
        forms.extend([explanation.text(PLAIN), explanation.json(), explanation.mermaid()]);
    }
    let plan = planned(&set("a"), &set("b"), &settings);
    assert_eq!(plan.rolls.len(), 1);
    forms.extend([plan.text(PLAIN), plan.json(), plan.markdown()]);
    forms.extend(explained(&set("a"), &settings, &Query { why: Some("nope"), workload: None }).err());
    forms.extend(explained(&set("a"), &settings, &Query { why: None, workload: Some("No/pe") }).err());
    assert_eq!(forms.len(), 11);
    for form in forms {
        assert!(!form.contains(|c| c != '\n' && crate::text::clean::acts(c)), "{form:?}");
    }
}

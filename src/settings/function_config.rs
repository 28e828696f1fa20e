//! The text of one functionConfig → a [`Layer`] of settings.
//!
//! Takes YAML or JSON: our own kind, or a ConfigMap as `kpt fn eval -- key=value` makes it. Gives a layer, or the first
//! thing that is wrong with it and where. Never ignores a field that it does not know, and never opens a file.

use crate::settings::reader::{Fault, Value, document};
use crate::settings::{Layer, SettingsError};
use crate::text::words::{unknown, word};
use crate::yaml::Ref;
use serde::Deserialize as _;
use serde::de::Error as _;
use std::ops::Range;

/// How a functionConfig can be written: kind, apiVersion, and the field that holds the settings.
const FORMS: [[&str; 3]; 2] = [["Restamp", "restamp.dev/v1alpha1", "spec"], ["ConfigMap", "v1", "data"]];
const MAPPING: &str = "a functionConfig, which is a mapping";
const EXPECTED: &str =
    "expected `kind: Restamp` of `apiVersion: restamp.dev/v1alpha1`, or `kind: ConfigMap` of `apiVersion: v1`";

impl Layer {
    /// Reads the text of one functionConfig document.
    pub fn parse(text: &str) -> Result<Self, SettingsError> {
        document(text, read).map_err(|fault| fault.into_error(0, false))
    }

    /// Reads a functionConfig that is a node of a larger document, which begins at `base` of the text.
    pub(crate) fn from_node(node: Ref<'_>, base: usize) -> Result<Self, SettingsError> {
        let hidden = secrets(node);
        let root = Value::new(Some(node), &hidden);
        read(root).map_err(|fault| fault.into_error(base, form(root).is_err()))
    }
}

impl Fault {
    /// In a text where the document begins at `base`.
    fn into_error(self, base: usize, foreign: bool) -> SettingsError {
        let offset = base + self.offset.unwrap_or_default();
        SettingsError { message: self.to_string(), remedy: self.remedy, offset, foreign }
    }
}

/// What Secrets hold, in their own words or by an alias, in the document of a functionConfig that shares nodes with it.
fn secrets(config: Ref<'_>) -> Vec<Range<usize>> {
    if !config.any_aliased() && config.alias_targets().next().is_none() {
        return Vec::new();
    }
    let is_secret = |node: &Ref<'_>| {
        let kind = node.get("kind").and_then(Ref::text);
        kind.is_some_and(|kind| matches!(kind.trim_end_matches("List"), "Secret" | "SealedSecret"))
    };
    let secrets = config.tree().nodes().filter(is_secret);
    secrets.flat_map(|node| std::iter::once(node).chain(node.alias_targets())).map(Ref::range).collect()
}

fn read(root: Value<'_>) -> Result<Layer, Fault> {
    layer(root).map_err(|fault| fault.at(root.start))
}

fn layer(root: Value<'_>) -> Result<Layer, Fault> {
    let [kind, version, body] = form(root)?;
    let missing = format!("`apiVersion` is missing; expected `apiVersion: {version}`");
    header(root, "apiVersion", missing, |word| match word == version {
        true => Ok(()),
        false => Err(format!("`{}` is not known for a {kind}; expected `{version}`", word.escape_debug())),
    })?;
    let known = ["apiVersion", "kind", "metadata", body, "argsOneLiner", "argsFromFile"];
    let mut layer = Layer::default();
    let mut fields = root.fields(&MAPPING)?;
    while let Some((field, at, mut value)) = fields.next()? {
        if !known.contains(&field) {
            return Err(Fault::custom(unknown("field", field, &known)).at(at));
        }
        if field == body {
            value.of_texts = kind == "ConfigMap";
            layer = Layer::deserialize(value).map_err(|fault| fault.at(value.start).within(field))?;
        }
    }
    Ok(layer)
}

/// The form of a document. Another kind has other fields, and the first thing to say about it is that it is another kind.
fn form(root: Value<'_>) -> Result<[&'static str; 3], Fault> {
    if root.is_null() {
        return Err(Fault::custom(format!("there is no functionConfig; {EXPECTED}")));
    }
    root.fields(&MAPPING)?;
    header(root, "kind", format!("`kind` is missing; {EXPECTED}"), |word| {
        let unknown = || format!("`{}` is no functionConfig of restamp; {EXPECTED}", word.escape_debug());
        FORMS.into_iter().find(|[kind, ..]| *kind == word).ok_or_else(unknown)
    })
}

/// Reads a field that has to be there.
fn header<T>(
    root: Value<'_>,
    field: &str,
    missing: String,
    parse: impl FnOnce(&str) -> Result<T, String>,
) -> Result<T, Fault> {
    let value = root.get(field);
    let read = word(value, parse).map_err(|fault| fault.at(value.start).within(field))?;
    read.ok_or_else(|| Fault::custom(missing))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kube::reference::{Place, Places};
    use crate::settings::labels::parse_labels;
    use crate::settings::selector::{Selector, parse_glob};
    use crate::settings::{
        Counted, Effect, FilterLayer, Missing, Mode, PlanLayer, PodTemplate, Precision, Renames, Select, Step,
    };
    use crate::text::source::{Position, Source};
    use crate::yaml::{Arena, Documents};

    const HEAD: &str = "apiVersion: restamp.dev/v1alpha1\nkind: Restamp\n";

    fn globs(texts: &[&str]) -> Vec<glob::Pattern> {
        texts.iter().map(|t| parse_glob(t).unwrap()).collect()
    }

    /// The example of the documentation.
    const FULL: &str = r#"apiVersion: restamp.dev/v1alpha1
kind: Restamp
metadata: {name: stamp, annotations: {config.kubernetes.io/function: "exec: {path: restamp}"}}
argsOneLiner: x
argsFromFile: y
spec:
  select: all # a comment
  annotation: example.com/hash
  precision: keys
  places: [env, envFrom]
  missing: error
  external: ["*-issued"]
  requireSelected: true
  workloads: {include: [], exclude: [{kind: CronJob}, {name: "legacy-*"}]}
  configs: {exclude: [{kind: Secret, labelSelector: "random=true", group: "", namespace: a}]}
  podTemplates: [{group: apps.kruise.io, kind: CloneSet, path: spec.template}]
  annotationNames: {auto: example.com/auto, configmap: example.com/reload}
  namespace: shop
  effect: restart
  baseline: ["sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"]
  mode: check
  producers: ignore
  secrets: ignore
  keyEnv: RESTAMP_KEY
  plan: {maxRolls: 20, protected: [{kind: StatefulSet}]}
"#;

    fn full() -> Layer {
        Layer {
            select: Some(Select::All),
            annotation: Some("example.com/hash".to_owned()),
            precision: Some(Precision::Keys),
            places: Some(Places::new([Place::Env, Place::EnvFrom])),
            missing: Some(Missing::Error),
            external: Some(globs(&["*-issued"])),
            require_selected: Some(true),
            workloads: FilterLayer {
                include: Some(Vec::new()),
                exclude: Some(vec![
                    Selector::from_word("CronJob").unwrap(),
                    Selector { name: Some(parse_glob("legacy-*").unwrap()), ..Selector::default() },
                ]),
            },
            configs: FilterLayer {
                include: None,
                exclude: Some(vec![Selector {
                    group: Some(parse_glob("").unwrap()),
                    namespace: Some(parse_glob("a").unwrap()),
                    labels: parse_labels("random=true").unwrap(),
                    ..Selector::from_word("Secret").unwrap()
                }]),
            },
            pod_templates: Some(vec![PodTemplate {
                group: "apps.kruise.io".to_owned(),
                kind: "CloneSet".to_owned(),
                path: ["spec", "template"].map(|field| Step::Field(field.to_owned())).to_vec(),
                partial: false,
            }]),
            names: Renames::new(&[("auto", "example.com/auto"), ("configmap", "example.com/reload")]),
            namespace: Some("shop".to_owned()),
            effect: Some(Effect::Restart),
            baseline: Some(vec!["sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef".to_owned()]),
            mode: Some(Mode::Check),
            producers: Some(Counted::Ignore),
            secrets: Some(Counted::Ignore),
            key_env: Some("RESTAMP_KEY".to_owned()),
            plan: PlanLayer { max_rolls: Some(20), protected: Some(vec![Selector::from_word("StatefulSet").unwrap()]) },
        }
    }

    #[test]
    fn every_field_is_read() {
        assert_eq!(Layer::parse(FULL), Ok(full()));
        let crlf = format!("\u{feff}# comment\r\n---\r\n{}---\r\n# nothing\r\n", FULL.replace('\n', "\r\n"));
        assert_eq!(Layer::parse(&crlf), Ok(full()));
        let value: serde_json::Value = serde_yaml::from_str(FULL).unwrap();
        assert_eq!(Layer::parse(&serde_json::to_string_pretty(&value).unwrap().replace("  ", "\t")), Ok(full()));
    }

    #[test]
    fn every_field_is_read_from_a_config_map() {
        let text = r#"apiVersion: v1
kind: ConfigMap
metadata: {name: function-input}
data:
  select: all
  annotation: '"example.com/hash"'
  precision: keys
  places: env, envFrom
  missing: error
  external: "*-issued"
  requireSelected: "true"
  workloads: "{include: [], exclude: [{kind: CronJob}, {name: 'legacy-*'}]}"
  configs: |
    exclude:
    - kind: Secret
      group: ""
      namespace: a
      labelSelector: random=true
  podTemplates: "[{group: apps.kruise.io, kind: CloneSet, path: spec.template}]"
  annotationNames: '{auto: example.com/auto, configmap: example.com/reload}'
  namespace: shop
  effect: restart
  baseline: sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
  mode: check
  producers: ignore
  secrets: ignore
  keyEnv: RESTAMP_KEY
  plan: "{maxRolls: 20, protected: [{kind: StatefulSet}]}"
"#;
        assert_eq!(Layer::parse(text), Ok(full()));
    }

    #[test]
    fn values_that_say_nothing_leave_a_field_open() {
        for rest in [
            "",
            "spec:\n",
            "spec: {}\n",
            "spec: {select: , places: ~, workloads: , podTemplates: null}\n",
            "metadata:\n",
        ] {
            assert_eq!(Layer::parse(&format!("{HEAD}{rest}")), Ok(Layer::default()), "{rest}");
        }
        for rest in ["", "data:\n", "data: {}\n", "data: {select: , workloads: }\n"] {
            assert_eq!(
                Layer::parse(&format!("apiVersion: v1\nkind: ConfigMap\n{rest}")),
                Ok(Layer::default()),
                "{rest}"
            );
        }
    }

    #[test]
    fn lists_of_words_in_a_config_map() {
        for (value, wanted) in [
            ("a,b", &["a", "b"][..]),
            ("' a , b, '", &["a", "b"]),
            ("'[a, \"b\"]'", &["a", "b"]),
            ("\"- a\\n- b\"", &["a", "b"]),
            ("'*'", &["*"]),
            ("'# none'", &[]),
            ("''", &[]),
        ] {
            let text = format!("apiVersion: v1\nkind: ConfigMap\ndata: {{external: {value}}}")
                .replace("{external: a,b}", "{external: 'a,b'}");
            assert_eq!(Layer::parse(&text).map(|l| l.external), Ok(Some(globs(wanted))), "{value}");
        }
    }

    #[test]
    fn booleans() {
        for (value, wanted) in
            [("true", Ok(Some(true))), ("\"false\"", Ok(Some(false))), ("TRUE", Ok(Some(true))), ("~", Ok(None))]
        {
            assert_eq!(
                Layer::parse(&format!("{HEAD}spec: {{requireSelected: {value}}}")).map(|l| l.require_selected),
                wanted
            );
        }
    }

    /// The rest of a document of our kind, place, message and remedy.
    type Case<'a> = (&'a str, (usize, usize), &'a str, Option<&'a str>);

    fn place_in(text: &str, error: &SettingsError) -> (usize, usize) {
        let Position { line, column } = Source::new("", text).position(error.offset);
        (line, column)
    }

    fn check(head: &str, cases: &[Case]) {
        for (rest, place, message, remedy) in cases {
            let text = format!("{head}{rest}");
            let error = Layer::parse(&text).unwrap_err();
            assert_eq!(place_in(&text, &error), *place, "{rest}: {error}");
            assert_eq!(error.message, *message, "{rest}");
            assert_eq!(error.remedy.as_deref(), *remedy, "{rest}");
        }
    }

    #[test]
    fn errors_name_the_field_and_the_place() {
        check(
            HEAD,
            &[
                (
                    "sepc: {}",
                    (3, 1),
                    "unknown field `sepc`; known: apiVersion, kind, metadata, spec, argsOneLiner, argsFromFile",
                    Some("did you mean `spec`?"),
                ),
                (
                    "status: {}",
                    (3, 1),
                    "unknown field `status`; known: apiVersion, kind, metadata, spec, argsOneLiner, argsFromFile",
                    None,
                ),
                ("kind: Restamp", (3, 1), "the field `kind` is given twice", None),
                (
                    "spec:\n  places: []\n  sellect: all",
                    (5, 3),
                    "spec: unknown field `sellect`; known: select, annotation, precision, places, missing, external, requireSelected, workloads, configs, podTemplates, annotationNames, namespace, effect, baseline, mode, producers, secrets, keyEnv, plan",
                    Some("did you mean `select`?"),
                ),
                ("spec: {select: all, select: all}", (3, 21), "spec: the field `select` is given twice", None),
                ("spec: all", (3, 7), "spec: invalid type: string \"all\", expected a mapping of settings", None),
                (
                    "spec: {select: al}",
                    (3, 16),
                    "spec.select: unknown word `al`; known: annotated, all",
                    Some("did you mean `all`?"),
                ),
                ("spec: {select: [all]}", (3, 16), "spec.select: invalid type: sequence, expected one word", None),
                ("spec: {precision: yes}", (3, 19), "spec.precision: unknown word `yes`; known: object, keys", None),
                (
                    "spec: {missing: warning}",
                    (3, 17),
                    "spec.missing: unknown word `warning`; known: ignore, warn, error",
                    None,
                ),
                (
                    "spec:\n  places:\n  - env\n  - volumes",
                    (6, 5),
                    "spec.places[1]: unknown place `volumes`; known: env, envFrom, volume, projected, volumeSecret, imagePullSecrets",
                    Some("did you mean `volume`?"),
                ),
                ("spec: {places: env}", (3, 16), "spec.places: invalid type: string \"env\", expected a list", None),
                ("spec: {external: ['[a']}", (3, 19), "spec.external[0]: `[a` is no glob: invalid range pattern", None),
                (
                    "spec: {external: [*-tls]}",
                    (3, 19),
                    "cannot be read as YAML: an alias without its anchor",
                    Some("quote a glob that begins with `*`"),
                ),
                (
                    "spec: {requireSelected: yes}",
                    (3, 25),
                    "spec.requireSelected: `yes` is no boolean; write true or false",
                    None,
                ),
                (
                    "spec: {workloads: {excludes: []}}",
                    (3, 20),
                    "spec.workloads: unknown field `excludes`; known: include, exclude",
                    Some("did you mean `exclude`?"),
                ),
                (
                    "spec: {configs: {exclude: [{kind: Secret}, {labels: a}]}}",
                    (3, 45),
                    "spec.configs.exclude[1]: unknown field `labels`; known: group, kind, name, namespace, labelSelector",
                    None,
                ),
                (
                    "spec: {configs: {exclude: [{labelSelector: a b}]}}",
                    (3, 44),
                    "spec.configs.exclude[0].labelSelector: label selector: expected `=`, `==`, `!=`, `in`, `notin`, `>` or `<`, found `b`",
                    None,
                ),
                (
                    "spec: {configs: {exclude: [{kind: secret}]}}",
                    (3, 35),
                    "spec.configs.exclude[0].kind: `secret` is no kind; kinds are written as in a manifest, like `CronJob`",
                    None,
                ),
                (
                    "spec: {configs: {exclude: [{}]}}",
                    (3, 28),
                    "spec.configs.exclude[0]: a selector without a word means every object",
                    Some("write `name: \"*\"` if that is meant"),
                ),
                (
                    "spec: {annotation: a/b/c}",
                    (3, 20),
                    "spec.annotation: `a/b/c` is no valid key: a name has 1 to 63 letters, digits, `-`, `_` or `.`, and begins and ends with a letter or digit",
                    None,
                ),
                (
                    "spec: {annotation: reloader.stakater.com/auto}",
                    (3, 20),
                    "spec.annotation: `reloader.stakater.com/auto` has a meaning of its own; the stamp needs another key",
                    None,
                ),
                (
                    "spec: {podTemplates: [{kind: A}]}",
                    (3, 23),
                    "spec.podTemplates[0]: `path` is missing",
                    Some("write it like `path: spec.template`"),
                ),
                (
                    "spec: {podTemplates: [{kind: A, path: 'spec.sets[0].x'}]}",
                    (3, 39),
                    "spec.podTemplates[0].path: `spec.sets[0].x` picks fields or items; a path goes through all: `[]` is each item of a list, `*` each value of a map",
                    None,
                ),
                ("spec: {podTemplates: [~]}", (3, 23), "spec.podTemplates[0]: `kind` is missing", None),
                (
                    "spec: {workloads: {exclude: [~]}}",
                    (3, 30),
                    "spec.workloads.exclude[0]: a selector without a word means every object",
                    Some("write `name: \"*\"` if that is meant"),
                ),
                ("spec: {podTemplates: [{path: a}]}", (3, 23), "spec.podTemplates[0]: `kind` is missing", None),
                (
                    "spec: {podTemplates: [{kind: A, path: spec..x}]}",
                    (3, 39),
                    "spec.podTemplates[0].path: `spec..x` is no path of field names; write it like `spec.template`",
                    None,
                ),
                (
                    "spec: {podTemplates: [{kind: A*, path: a}]}",
                    (3, 30),
                    "spec.podTemplates[0].kind: `A*` is no kind; a pod template is described for exactly one",
                    None,
                ),
                (
                    "spec: {podTemplates: [{group: apps/v1, kind: A, path: a}]}",
                    (3, 31),
                    "spec.podTemplates[0].group: `apps/v1` is no group; write the group alone, like `apps.kruise.io`",
                    None,
                ),
                (
                    "spec: {podTemplates: [{template: a}]}",
                    (3, 24),
                    "spec.podTemplates[0]: unknown field `template`; known: group, kind, path, partial",
                    None,
                ),
                (
                    "spec: {annotationNames: {configmaps: a/b}}",
                    (3, 26),
                    "spec.annotationNames: unknown field `configmaps`; known: auto, configmap-auto, secret-auto, secretproviderclass-auto, configmap, secret, secretproviderclass, auto-search, search-match, ignore, configmap-exclude, secret-exclude, secretproviderclass-exclude",
                    Some("did you mean `configmap`?"),
                ),
                (
                    "spec: {annotationNames: {auto: restamp.dev/config-hash}}",
                    (3, 32),
                    "spec.annotationNames.auto: `restamp.dev/config-hash` is the key of the stamp",
                    None,
                ),
                (
                    "spec: {namespace: Shop}",
                    (3, 19),
                    "spec.namespace: `Shop` is no namespace: it has 1 to 63 lower-case letters, digits or `-`, and begins and ends with a letter or digit",
                    None,
                ),
                (
                    "spec: {baseline: [sha256:0]}",
                    (3, 19),
                    "spec.baseline[0]: `sha256:0` is no stamp",
                    Some("`restamp baseline` prints those that are due"),
                ),
                ("spec: [", (3, 7), "cannot be read as YAML: unclosed bracket '['", None),
                ("spec: {}\n---\nkind: X\n", (5, 1), "a second document; a functionConfig is exactly one", None),
            ],
        );
    }

    #[test]
    fn errors_in_a_config_map_name_the_field() {
        check(
            "apiVersion: v1\nkind: ConfigMap\n",
            &[
                (
                    "data: {slect: all}",
                    (3, 8),
                    "data: unknown field `slect`; known: select, annotation, precision, places, missing, external, requireSelected, workloads, configs, podTemplates, annotationNames, namespace, effect, baseline, mode, producers, secrets, keyEnv, plan",
                    Some("did you mean `select`?"),
                ),
                ("data: {select: some}", (3, 16), "data.select: unknown word `some`; known: annotated, all", None),
                (
                    "data: {places: [env]}",
                    (3, 16),
                    "data.places: invalid type: sequence, expected a string, as every value of a ConfigMap",
                    None,
                ),
                (
                    "data: {workloads: '{excluded: []}'}",
                    (3, 19),
                    "data.workloads: unknown field `excluded`; known: include, exclude",
                    Some("did you mean `exclude`?"),
                ),
                (
                    "data: {workloads: '{exclude: [{kind: a}]}'}",
                    (3, 19),
                    "data.workloads.exclude[0].kind: `a` is no kind; kinds are written as in a manifest, like `CronJob`",
                    None,
                ),
                (
                    "data: {places: 'env, volumes'}",
                    (3, 16),
                    "data.places[1]: unknown place `volumes`; known: env, envFrom, volume, projected, volumeSecret, imagePullSecrets",
                    Some("did you mean `volume`?"),
                ),
                (
                    "data: {workloads: 'exclude: ['}",
                    (3, 19),
                    "data.workloads: cannot be read as YAML: unclosed bracket '['",
                    None,
                ),
                (
                    "data: {workloads: CronJob}",
                    (3, 19),
                    "data.workloads: invalid type: string \"CronJob\", expected a mapping with `include` or `exclude`",
                    None,
                ),
                (
                    "data: {requireSelected: 'yes'}",
                    (3, 25),
                    "data.requireSelected: `yes` is no boolean; write true or false",
                    None,
                ),
                (
                    "spec: {}",
                    (3, 1),
                    "unknown field `spec`; known: apiVersion, kind, metadata, data, argsOneLiner, argsFromFile",
                    None,
                ),
            ],
        );
    }

    #[test]
    fn another_kind_is_refused_with_what_is_expected() {
        check(
            "",
            &[
                ("", (1, 1), &format!("there is no functionConfig; {EXPECTED}"), None),
                ("# nothing\n---\n", (1, 1), &format!("there is no functionConfig; {EXPECTED}"), None),
                (
                    "rules: []\nkind: Set\napiVersion: v1",
                    (2, 7),
                    &format!("kind: `Set` is no functionConfig of restamp; {EXPECTED}"),
                    None,
                ),
                ("spec: {}", (1, 1), &format!("`kind` is missing; {EXPECTED}"), None),
                ("[a]", (1, 1), "invalid type: sequence, expected a functionConfig, which is a mapping", None),
                (
                    "kind: Restamp\n",
                    (1, 1),
                    "`apiVersion` is missing; expected `apiVersion: restamp.dev/v1alpha1`",
                    None,
                ),
                (
                    "kind: Restamp\napiVersion: restamp.dev/v2",
                    (2, 13),
                    "apiVersion: `restamp.dev/v2` is not known for a Restamp; expected `restamp.dev/v1alpha1`",
                    None,
                ),
                (
                    "kind: ConfigMap\napiVersion: v2",
                    (2, 13),
                    "apiVersion: `v2` is not known for a ConfigMap; expected `v1`",
                    None,
                ),
            ],
        );
    }

    /// The functionConfig of a list.
    fn in_list(text: &str) -> Result<Layer, SettingsError> {
        let mut arena = Arena::default();
        let mut documents = Documents::new(text, &crate::yaml::chunks(text).all[0]);
        let tree = documents.next(&mut arena).unwrap().unwrap();
        let node = tree.roots().next().unwrap().get("functionConfig").unwrap();
        Layer::from_node(node, 0)
    }

    #[test]
    fn a_part_of_a_text_is_read_in_place() {
        let list = "\u{feff}é: x\nfunctionConfig:\n    apiVersion: restamp.dev/v1alpha1\n    kind: Restamp\n    spec:\n      é: 1\nitems: []\n";
        let error = in_list(list).unwrap_err();
        assert_eq!(place_in(list, &error), (6, 7));
        assert_eq!(error.offset, list.find("é: 1").unwrap());
        assert!(!error.foreign);

        let json =
            r#"{"functionConfig": {"apiVersion": "v1", "kind": "ConfigMap", "data": {"select": "all"}}, "items": []}"#;
        assert_eq!(in_list(json).map(|l| l.select), Ok(Some(Select::All)));
        // A part of a text may end in the middle of a line.
        let empty = format!("functionConfig: {{{}, spec: }}\n", HEAD.trim().replace('\n', ", "));
        assert_eq!(in_list(&empty), Ok(Layer::default()));
    }

    #[test]
    fn anchors_of_the_list_are_followed() {
        let list = "x: &x {select: all, places: [env, &bad eny]}\nfunctionConfig: {apiVersion: v1alpha1, kind: Restamp, spec: *x}\n"
            .replace("v1alpha1", "restamp.dev/v1alpha1");
        let error = in_list(&list).unwrap_err();
        assert_eq!(place_in(&list, &error), (1, 40));
        assert!(error.message.starts_with("spec.places[1]: unknown place `eny`"), "{error}");
        assert_eq!(in_list(&list.replace("eny", "volume")).map(|l| l.select), Ok(Some(Select::All)));
    }

    /// An alias could make a Secret's value a setting, or a setting a Secret's value; either would be shown.
    #[test]
    fn what_a_secret_holds_is_no_setting() {
        let secret = "items: [{kind: Secret, stringData: {p: VALUE, &q hunter2: x}}]\n";
        let config = |spec: &str| format!("functionConfig: {{{}, spec: {spec}}}\n", HEAD.trim().replace('\n', ", "));
        for (spec, place) in [
            ("{namespace: *p}", "spec.namespace"),
            ("{select: *p}", "spec.select"),
            ("{external: [*p]}", "spec.external[0]"),
            ("{places: *p}", "spec.places"),
            ("*p", "spec"),
            ("{*q : 1}", "spec"),
        ] {
            let list = secret.replace("VALUE", "&p hunter2") + &config(spec);
            let error = in_list(&list).unwrap_err();
            assert_eq!(error.message, format!("{place}: an alias of what a Secret holds"));
        }
        let list = config("{namespace: &p Hunter2}") + &secret.replace("VALUE", "*p");
        assert!(!in_list(&list).unwrap_err().to_string().contains("unter2"));
        // What only stands beside a Secret may be used.
        let list = config("{namespace: &p shop}") + &secret.replace("VALUE", "x") + "note: *p\n";
        assert_eq!(in_list(&list).map(|l| l.namespace), Ok(Some("shop".to_owned())));
    }

    #[test]
    fn foreign_function_configs_are_told_apart() {
        for (config, foreign) in [
            ("{kind: Restamp}", false),
            ("{kind: ConfigMap}", false),
            ("{kind: SetNamespace}", true),
            ("{a: b}", true),
            ("[a]", true),
        ] {
            let error = in_list(&format!("functionConfig: {config}\n")).unwrap_err();
            assert_eq!(error.foreign, foreign, "{config}");
        }
    }
}

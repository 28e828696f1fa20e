//! The text of one functionConfig → a [`Layer`] of settings.
//!
//! Takes YAML or JSON: our own kind, or a ConfigMap as `kpt fn eval -- key=value` makes it. Gives a layer, or the first
//! thing that is wrong with it and where. Never ignores a field that it does not know, and never opens a file.

use std::fmt;
use std::ops::Range;

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};

use crate::kube::annotation::Names;
use crate::kube::reference::Places;
use crate::settings::document::{Fault, Padded, documents, read};
use crate::settings::field::{Fields, List, Mapping, Scalar, TextValues, words};
use crate::settings::selector::{Selector, parse_glob, parse_kind, parse_labels, parse_name};
use crate::settings::{
    FilterLayer, Layer, PodTemplate, SettingsError, parse_bool, parse_missing, parse_name_key, parse_namespace,
    parse_path, parse_place, parse_precision, parse_select, parse_stamp_key,
};

const API_VERSION: &str = "restamp.dev/v1alpha1";
const KIND: &str = "Restamp";
const EXPECTED: &str =
    "expected `kind: Restamp` of `apiVersion: restamp.dev/v1alpha1`, or `kind: ConfigMap` of `apiVersion: v1`";

impl Layer {
    /// Reads the text of one functionConfig document.
    pub fn parse(text: &str) -> Result<Self, SettingsError> {
        Self::parse_in(text, 0..text.len())
    }

    /// Reads a functionConfig that is a part of a larger text; an error's place counts in the whole text.
    pub fn parse_in(text: &str, range: Range<usize>) -> Result<Self, SettingsError> {
        let padded = Padded::new(text, range);
        parse(&padded.text).map_err(|fault| {
            let offset = padded.offset(fault.index);
            let place = crate::text::source::position(text.as_bytes(), offset);
            SettingsError {
                message: fault.message,
                remedy: fault.remedy,
                offset,
                line: place.line,
                column: place.column,
            }
        })
    }

    /// Whether a text is meant for us at all: our own kind in any version, or a ConfigMap.
    pub fn is_function_config(text: &str) -> bool {
        Self::is_function_config_in(text, 0..text.len())
    }

    /// The same of a part of a larger text.
    pub fn is_function_config_in(text: &str, range: Range<usize>) -> bool {
        let padded = Padded::new(text, range);
        documents(&padded.text).is_ok_and(|nth| nth.is_some_and(|n| read(&padded.text, n, Kind).is_ok()))
    }
}

fn parse(text: &str) -> Result<Layer, Fault> {
    let Some(document) = documents(text)? else {
        return Err(Fault { message: format!("there is no functionConfig; {EXPECTED}"), remedy: None, index: 0 });
    };
    match read(text, document, Kind)? {
        KIND => read(text, document, Mapping::<Restamp>::new()).map(|r| r.spec),
        _ => read(text, document, Mapping::<ConfigMap>::new()).map(|c| c.data.0),
    }
}

/// Reads the kind of a document and nothing else of it: another kind has other fields, and the first thing to say about
/// it is that it is another kind.
struct Kind;

impl<'de> DeserializeSeed<'de> for Kind {
    type Value = &'static str;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<&'static str, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Kind {
    type Value = &'static str;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a functionConfig, which is a mapping")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<&'static str, A::Error> {
        let mut kind = None;
        while let Some(key) = map.next_key::<String>()? {
            if key == "kind" {
                kind = map.next_value_seed(Scalar(parse_own_kind))?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        kind.ok_or_else(|| A::Error::custom(format!("`kind` is missing; {EXPECTED}")))
    }
}

fn parse_own_kind(word: &str) -> Result<&'static str, String> {
    [KIND, "ConfigMap"]
        .into_iter()
        .find(|kind| *kind == word)
        .ok_or_else(|| format!("`{}` is no functionConfig of restamp; {EXPECTED}", word.escape_debug()))
}

/// `kind: Restamp`.
#[derive(Default)]
struct Restamp {
    version: bool,
    spec: Layer,
}

impl Fields for Restamp {
    const KNOWN: &'static [&'static str] = &["apiVersion", "kind", "metadata", "spec", "argsOneLiner", "argsFromFile"];
    const EXPECTING: &'static str = "a functionConfig, which is a mapping";

    fn set<'de, A: MapAccess<'de>>(&mut self, field: &'static str, map: &mut A) -> Result<(), A::Error> {
        match field {
            "apiVersion" => {
                self.version = map.next_value_seed(Scalar(|v| parse_version(v, API_VERSION, KIND)))?.is_some()
            }
            "spec" => self.spec = map.next_value_seed(Mapping::new())?,
            _ => map.next_value::<IgnoredAny>().map(|_| ())?,
        }
        Ok(())
    }

    fn check(&self) -> Result<(), String> {
        version_given(self.version, API_VERSION)
    }
}

/// `kind: ConfigMap`.
#[derive(Default)]
struct ConfigMap {
    version: bool,
    data: Data,
}

impl Fields for ConfigMap {
    const KNOWN: &'static [&'static str] = &["apiVersion", "kind", "metadata", "data", "argsOneLiner", "argsFromFile"];
    const EXPECTING: &'static str = Restamp::EXPECTING;

    fn set<'de, A: MapAccess<'de>>(&mut self, field: &'static str, map: &mut A) -> Result<(), A::Error> {
        match field {
            "apiVersion" => {
                self.version = map.next_value_seed(Scalar(|v| parse_version(v, "v1", "ConfigMap")))?.is_some()
            }
            "data" => self.data = map.next_value_seed(Mapping::new())?,
            _ => map.next_value::<IgnoredAny>().map(|_| ())?,
        }
        Ok(())
    }

    fn check(&self) -> Result<(), String> {
        version_given(self.version, "v1")
    }
}

fn parse_version(version: &str, wanted: &str, kind: &str) -> Result<(), String> {
    if version == wanted {
        return Ok(());
    }
    Err(format!("`{}` is not known for a {kind}; expected `{wanted}`", version.escape_debug()))
}

fn version_given(given: bool, wanted: &str) -> Result<(), String> {
    if given {
        return Ok(());
    }
    Err(format!("`apiVersion` is missing; expected `apiVersion: {wanted}`"))
}

impl Fields for Layer {
    const KNOWN: &'static [&'static str] = &[
        "select",
        "annotation",
        "precision",
        "places",
        "missing",
        "external",
        "requireSelected",
        "workloads",
        "configs",
        "podTemplates",
        "annotationNames",
        "namespace",
    ];
    const EXPECTING: &'static str = "a mapping of settings";

    fn set<'de, A: MapAccess<'de>>(&mut self, field: &'static str, map: &mut A) -> Result<(), A::Error> {
        match field {
            "select" => self.select = map.next_value_seed(Scalar(parse_select))?,
            "annotation" => self.annotation = map.next_value_seed(Scalar(parse_stamp_key))?,
            "precision" => self.precision = map.next_value_seed(Scalar(parse_precision))?,
            "places" => self.places = words(map, parse_place)?.map(Places::new),
            "missing" => self.missing = map.next_value_seed(Scalar(parse_missing))?,
            "external" => self.external = words(map, parse_name)?,
            "requireSelected" => self.require_selected = map.next_value_seed(Scalar(parse_bool))?,
            "workloads" => self.workloads = map.next_value_seed(Mapping::new())?,
            "configs" => self.configs = map.next_value_seed(Mapping::new())?,
            "podTemplates" => self.pod_templates = map.next_value_seed(List(Mapping::new()))?,
            "annotationNames" => self.annotation_names = map.next_value_seed(Mapping::<Renames>::new())?.0,
            "namespace" => self.namespace = map.next_value_seed(Scalar(parse_namespace))?,
            _ => map.next_value::<IgnoredAny>().map(|_| ())?,
        }
        Ok(())
    }
}

impl Fields for FilterLayer {
    const KNOWN: &'static [&'static str] = &["include", "exclude"];
    const EXPECTING: &'static str = "a mapping with `include` or `exclude`";

    fn set<'de, A: MapAccess<'de>>(&mut self, field: &'static str, map: &mut A) -> Result<(), A::Error> {
        let selectors = map.next_value_seed(List(Mapping::new()))?;
        match field {
            "include" => self.include = selectors,
            _ => self.exclude = selectors,
        }
        Ok(())
    }
}

impl Fields for Selector {
    const KNOWN: &'static [&'static str] = &["group", "kind", "name", "namespace", "labelSelector"];
    const EXPECTING: &'static str = "a selector, which is a mapping";

    fn set<'de, A: MapAccess<'de>>(&mut self, field: &'static str, map: &mut A) -> Result<(), A::Error> {
        match field {
            "group" => self.group = map.next_value_seed(Scalar(parse_glob))?,
            "kind" => self.kind = map.next_value_seed(Scalar(parse_kind))?,
            "name" => self.name = map.next_value_seed(Scalar(parse_name))?,
            "namespace" => self.namespace = map.next_value_seed(Scalar(parse_name))?,
            _ => self.labels = map.next_value_seed(Scalar(parse_labels))?.unwrap_or_default(),
        }
        Ok(())
    }

    /// Every word of a selector narrows it, so that one without words takes everything: more likely a slip.
    fn check(&self) -> Result<(), String> {
        if *self == Self::default() {
            return Err("a selector without a word means every object\nwrite `name: \"*\"` if that is meant".to_owned());
        }
        Ok(())
    }
}

impl Fields for PodTemplate {
    const KNOWN: &'static [&'static str] = &["group", "kind", "path"];
    const EXPECTING: &'static str = "a mapping with `group`, `kind` and `path`";

    fn set<'de, A: MapAccess<'de>>(&mut self, field: &'static str, map: &mut A) -> Result<(), A::Error> {
        match field {
            "group" => self.group = map.next_value_seed(Scalar(parse_group))?.unwrap_or_default(),
            "kind" => self.kind = map.next_value_seed(Scalar(parse_exact_kind))?.unwrap_or_default(),
            _ => self.path = map.next_value_seed(Scalar(parse_path))?.unwrap_or_default(),
        }
        Ok(())
    }

    fn check(&self) -> Result<(), String> {
        match self {
            Self { kind, .. } if kind.is_empty() => Err("`kind` is missing".to_owned()),
            Self { path, .. } if path.is_empty() => {
                Err("`path` is missing\nwrite it like `path: spec.template`".to_owned())
            }
            _ => Ok(()),
        }
    }
}

fn parse_group(group: &str) -> Result<String, String> {
    if group.contains(['/', '*', ' ']) {
        return Err(format!("`{}` is no group; write the group alone, like `apps.kruise.io`", group.escape_debug()));
    }
    Ok(group.to_owned())
}

fn parse_exact_kind(kind: &str) -> Result<String, String> {
    parse_kind(kind)?;
    if kind.contains(|c: char| !c.is_ascii_alphanumeric()) {
        return Err(format!("`{}` is no kind; a pod template is described for exactly one", kind.escape_debug()));
    }
    Ok(kind.to_owned())
}

/// `annotationNames`.
#[derive(Default)]
struct Renames(Vec<(&'static str, String)>);

impl Fields for Renames {
    const KNOWN: &'static [&'static str] = &Names::WORDS;
    const EXPECTING: &'static str = "a mapping of annotation keys";

    fn set<'de, A: MapAccess<'de>>(&mut self, field: &'static str, map: &mut A) -> Result<(), A::Error> {
        if let Some(key) = map.next_value_seed(Scalar(parse_name_key))? {
            self.0.push((field, key));
        }
        Ok(())
    }
}

/// `data` of a ConfigMap: the same fields, each value as text.
#[derive(Default)]
struct Data(Layer);

impl Fields for Data {
    const KNOWN: &'static [&'static str] = Layer::KNOWN;
    const EXPECTING: &'static str = "a mapping of settings, each as a string";

    fn set<'de, A: MapAccess<'de>>(&mut self, field: &'static str, map: &mut A) -> Result<(), A::Error> {
        self.0.set(field, &mut TextValues(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kube::reference::Place;
    use crate::settings::{Missing, Precision, Select};

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
                path: vec!["spec".to_owned(), "template".to_owned()],
            }]),
            annotation_names: vec![
                ("auto", "example.com/auto".to_owned()),
                ("configmap", "example.com/reload".to_owned()),
            ],
            namespace: Some("shop".to_owned()),
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

    fn check(head: &str, cases: &[Case]) {
        for (rest, place, message, remedy) in cases {
            let error = Layer::parse(&format!("{head}{rest}")).unwrap_err();
            assert_eq!((error.line, error.column), *place, "{rest}: {error}");
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
                    "spec: unknown field `sellect`; known: select, annotation, precision, places, missing, external, requireSelected, workloads, configs, podTemplates, annotationNames, namespace",
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
                    "cannot be read as YAML: unknown anchor",
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
                    "spec.configs.exclude[0].labelSelector: label selector: expected `=`, `==`, `!=`, `in` or `notin`, found `b`",
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
                    "spec.podTemplates[0]: unknown field `template`; known: group, kind, path",
                    None,
                ),
                (
                    "spec: {annotationNames: {configmaps: a/b}}",
                    (3, 26),
                    "spec.annotationNames: unknown field `configmaps`; known: auto, configmap-auto, secret-auto, configmap, secret, auto-search, search-match, ignore, configmap-exclude, secret-exclude",
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
                ("spec: [", (3, 8), "cannot be read as YAML: did not find expected node content", None),
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
                    "data: unknown field `slect`; known: select, annotation, precision, places, missing, external, requireSelected, workloads, configs, podTemplates, annotationNames, namespace",
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

    #[test]
    fn a_part_of_a_text_is_read_in_place() {
        let source = "\u{feff}é: x\nfunctionConfig:\n    apiVersion: restamp.dev/v1alpha1\n    kind: Restamp\n    spec:\n      é: 1\nitems: []\n";
        let range = source.find("apiVersion").unwrap()..source.find("items").unwrap();
        let error = Layer::parse_in(source, range.clone()).unwrap_err();
        assert_eq!((error.line, error.column), (6, 7));
        assert_eq!(error.offset, source.find("é: 1").unwrap());
        assert!(Layer::is_function_config_in(source, range));

        let json =
            r#"{"functionConfig": {"apiVersion": "v1", "kind": "ConfigMap", "data": {"select": "all"}}, "items": []}"#;
        let range = json.find("{\"apiVersion").unwrap()..json.find(", \"items").unwrap();
        assert_eq!(Layer::parse_in(json, range).map(|l| l.select), Ok(Some(Select::All)));
    }

    #[test]
    fn foreign_function_configs_are_told_apart() {
        for (text, ours) in [
            ("kind: Restamp", true),
            ("kind: ConfigMap", true),
            ("kind: SetNamespace", false),
            ("a: b", false),
            ("", false),
            ("kind: [", false),
        ] {
            assert_eq!(Layer::is_function_config(text), ours, "{text}");
        }
    }
}

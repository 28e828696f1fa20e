//! What one kustomization file says: whether it can change configs or pod templates, and which files it names.
//!
//! Takes a folder; gives its [`Kustomization`], if it has one. Never follows a name, never fetches a URL.

use std::fs;
use std::path::{Component, Path, PathBuf};

use serde::Deserialize;
use serde_yaml::Value;

use crate::text::source::Position;

/// A kustomization's file names, in the order in which kustomize looks for them.
pub(crate) const FILE_NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// Fields that can change a config or a pod template's references. Resources, namespace, prefixes, labels, images and
/// replicas cannot: rendered Flux folders have kustomizations like that.
const TRIGGERS: [&str; 12] = [
    "configMapGenerator",
    "secretGenerator",
    "generators",
    "patches",
    "patchesStrategicMerge",
    "patchesJson6902",
    "replacements",
    "vars",
    "components",
    "transformers",
    "helmCharts",
    "helmChartInflationGenerator",
];

/// Where a kustomization names files and folders: a field, and the field of its entries (`""`: the entry itself).
const NAMES: [(&str, &str); 24] = [
    ("resources", ""),
    ("bases", ""),
    ("components", ""),
    ("crds", ""),
    ("configurations", ""),
    ("generators", ""),
    ("transformers", ""),
    ("validators", ""),
    ("patchesStrategicMerge", ""),
    ("patches", "path"),
    ("patchesJson6902", "path"),
    ("replacements", "path"),
    ("openapi", "path"),
    ("configMapGenerator", FILES),
    ("configMapGenerator", "envs"),
    ("configMapGenerator", "env"),
    ("secretGenerator", FILES),
    ("secretGenerator", "envs"),
    ("secretGenerator", "env"),
    ("helmCharts", "valuesFile"),
    ("helmCharts", "additionalValuesFiles"),
    ("helmChartInflationGenerator", "values"),
    ("helmChartInflationGenerator", "chartHome"),
    ("helmGlobals", "chartHome"),
];

/// The one field whose words may be `key=path`.
const FILES: &str = "files";

/// The fields that make kustomize run Helm.
const HELM: [&str; 2] = ["helmCharts", "helmChartInflationGenerator"];

/// What a kustomization file says that matters here.
#[derive(Debug, Default)]
pub(crate) struct Kustomization {
    pub(crate) file: PathBuf,
    pub(crate) component: bool,
    /// Why it is a source, and where it says so; a harmless one has none.
    pub(crate) trigger: Option<(String, Position)>,
    /// Paths that it names, relative to the root.
    pub(crate) names: Vec<PathBuf>,
    pub(crate) helm: bool,
    pub(crate) generates: Vec<String>,
}

/// The kustomization of a folder. One that does not parse is none: it stays an input, where it is reported.
pub(crate) fn kustomization(real: &Path, folder: &Path) -> Option<Kustomization> {
    let path = real.join(folder);
    if !path.is_dir() {
        return None;
    }
    let name = FILE_NAMES.into_iter().find(|name| path.join(name).is_file())?;
    let text = fs::read_to_string(path.join(name)).ok()?;
    let value = serde_yaml::Deserializer::from_str(&text)
        .map_while(|document| Value::deserialize(document).ok())
        .find(|value| !value.is_null())?;
    if !is_kustomization(&value) {
        return None;
    }
    Some(Kustomization {
        file: folder.join(name),
        component: value.get("kind").and_then(Value::as_str) == Some("Component"),
        trigger: trigger(&value, &text),
        names: names(&value).into_iter().flat_map(|name| resolve(real, folder, &name)).collect(),
        helm: HELM.iter().any(|field| is_given(&value, field)),
        generates: generated(&value),
    })
}

/// Other objects in a file of that name are ordinary, above all Flux's own Kustomization.
fn is_kustomization(value: &Value) -> bool {
    let word = |field| value.get(field).and_then(Value::as_str).unwrap_or_default();
    let group = word("apiVersion").split('/').next().unwrap_or_default();
    value.is_mapping()
        && matches!(word("kind"), "" | "Kustomization" | "Component")
        && (group.is_empty() || group == "kustomize.config.k8s.io")
}

/// Why a kustomization is a source, and the place of the word that says so.
fn trigger(value: &Value, text: &str) -> Option<(String, Position)> {
    if value.get("kind").and_then(Value::as_str) == Some("Component") {
        return Some(("kustomize component".to_owned(), line_of("kind", text)));
    }
    let field = TRIGGERS.into_iter().find(|field| is_given(value, field))?;
    Some((format!("kustomize source (`{field}`)"), line_of(field, text)))
}

/// An empty list changes nothing.
fn is_given(value: &Value, field: &str) -> bool {
    match value.get(field) {
        None | Some(Value::Null) => false,
        Some(Value::Sequence(items)) => !items.is_empty(),
        Some(_) => true,
    }
}

/// Where a field of a block mapping stands; the beginning if it is written in another way.
fn line_of(field: &str, text: &str) -> Position {
    let begins = |line: &str| line.strip_prefix(field).is_some_and(|rest| rest.starts_with(':'));
    let line = text.lines().position(begins).map_or(1, |index| index + 1);
    Position { line, column: 1 }
}

/// The paths and URLs that a kustomization names, as they are written.
fn names(value: &Value) -> Vec<String> {
    let mut names = Vec::new();
    for (field, sub) in NAMES {
        for entry in list(value.get(field)) {
            let words = if sub.is_empty() { Some(entry) } else { entry.get(sub) };
            for word in list(words).iter().filter_map(|w| w.as_str()) {
                let path = match word.split_once('=') {
                    Some((_, path)) if sub == FILES => path,
                    _ => word,
                };
                names.push(path.to_owned());
            }
        }
    }
    // Charts are pulled into this folder unless helmGlobals names another.
    let home = value.get("helmGlobals").and_then(|g| g.get("chartHome"));
    if is_given(value, "helmCharts") && home.is_none() {
        names.push("charts".to_owned());
    }
    // Generators, transformers and patches may stand in the kustomization itself.
    names.retain(|name| !name.is_empty() && !name.contains('\n'));
    names
}

/// A list's items; anything else is its only one.
fn list(value: Option<&Value>) -> Vec<&Value> {
    match value {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Sequence(items)) => items.iter().collect(),
        Some(one) => vec![one],
    }
}

fn generated(value: &Value) -> Vec<String> {
    [("configMapGenerator", "ConfigMap"), ("secretGenerator", "Secret")]
        .into_iter()
        .flat_map(|(field, kind)| {
            let names = list(value.get(field)).into_iter().filter_map(|g| g.get("name")?.as_str());
            names.map(move |name| format!("{kind}/{name}"))
        })
        .collect()
}

/// The paths under the root that a name in a folder means: as written, and with links resolved. A URL means a path that
/// does not exist.
fn resolve(real: &Path, folder: &Path, name: &str) -> Vec<PathBuf> {
    let written = normal(&real.join(folder).join(name));
    let linked = fs::canonicalize(&written).ok().filter(|path| *path != written);
    [Some(written), linked]
        .into_iter()
        .flatten()
        .filter_map(|path| path.strip_prefix(real).ok().map(Path::to_owned))
        .collect()
}

/// Without `.` and `..`.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                normal.pop();
            }
            _ => normal.push(component),
        }
    }
    normal
}

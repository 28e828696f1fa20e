//! What one kustomization file says: whether it can change configs or pod templates, and which files it names.
//!
//! Takes a folder; gives its [`Kustomization`], if it has one, or why its file cannot be read. Reads it by the same nodes
//! as any manifest. Never follows a name, never fetches a URL.

use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

use crate::finding::{Finding, Problem};
use crate::input::read::{read_file, unreadable};
use crate::input::walk::{FILE_NAMES, display, is_file, leads_out, parent};
use crate::kube::config_kind::ConfigKind;
use crate::kube::kind;
use crate::text::source::{Position, Source};
use crate::yaml::{Kind, Ref, any_document};

/// The fields of a kustomization that matter here: whether one can change a config or a pod template's references, and the
/// fields of its entries that name files and folders (`""`: the entries themselves). Namespace, prefixes, labels, images
/// and replicas cannot: rendered Flux folders have kustomizations like that.
const FIELDS: [(&str, bool, &[&str]); 19] = [
    ("configMapGenerator", true, &[FILES, "envs", "env"]),
    ("secretGenerator", true, &[FILES, "envs", "env"]),
    ("generators", true, &[""]),
    ("patches", true, &["path"]),
    ("patchesStrategicMerge", true, &[""]),
    ("patchesJson6902", true, &["path"]),
    ("replacements", true, &["path"]),
    ("vars", true, &[]),
    ("components", true, &[""]),
    ("transformers", true, &[""]),
    ("helmCharts", true, &["valuesFile", "additionalValuesFiles"]),
    ("helmChartInflationGenerator", true, &["values", "chartHome"]),
    ("helmGlobals", false, &["chartHome"]),
    ("resources", false, &[""]),
    ("bases", false, &[""]),
    ("crds", false, &[""]),
    ("configurations", false, &[""]),
    ("validators", false, &[""]),
    ("openapi", false, &["path"]),
];

/// The one field whose words may be `key=path`.
const FILES: &str = "files";

/// The fields that make kustomize run Helm.
const HELM: [&str; 2] = ["helmCharts", "helmChartInflationGenerator"];

/// The fields that may name plugins and functions.
const PLUGINS: [&str; 3] = ["generators", "transformers", "validators"];

/// What makes a plugin a function.
const FUNCTION: &str = "config.kubernetes.io/function";

/// What a kustomization file says that matters here.
#[derive(Debug, Default)]
pub(crate) struct Kustomization {
    pub(crate) file: PathBuf,
    pub(crate) component: bool,
    /// Why it is a source, and where it says so; a harmless one has none.
    pub(crate) trigger: Option<(String, Position)>,
    /// Paths that it names, relative to the root.
    pub(crate) names: Vec<PathBuf>,
    /// What `kustomize build` has to be told, so that it builds it.
    pub(crate) flags: BTreeSet<&'static str>,
    pub(crate) generates: Vec<(ConfigKind, String)>,
}

/// A file that is called like a kustomization, and cannot be read as one.
#[derive(Debug)]
pub(crate) struct Broken {
    pub(crate) file: PathBuf,
    pub(crate) finding: Box<Finding>,
}

/// The kustomization of a folder, both relative to a root: as it was named, and the real one.
/// One in another folder, where a link leads, says nothing of this root.
pub(crate) fn kustomization(
    root: &Path,
    real: &Path,
    folder: &Path,
    follow_links: bool,
) -> Result<Option<Kustomization>, Broken> {
    let mut files = FILE_NAMES.iter().map(|name| folder.join(name));
    let Some(file) = files.find(|file| is_file(&real.join(file))) else {
        return Ok(None);
    };
    if !follow_links && leads_out(&real.join(&file), real) {
        let why = "it is a link that leads out of the folder that was named (--follow-links)";
        let finding = Box::new(unreadable(&display(root, &file), why.to_owned()));
        return if leads_out(&real.join(folder), real) { Ok(None) } else { Err(Broken { file, finding }) };
    }
    let read = read_file(&real.join(&file), display(root, &file)).and_then(|(source, _)| read(&source, &file, real));
    read.map_err(|finding| Broken { file, finding })
}

/// The kustomization that a file holds, if its first document is one.
fn read(source: &Source, file: &Path, real: &Path) -> Result<Option<Kustomization>, Box<Finding>> {
    let broken = |problem, at| Err(Box::new(Finding::new(problem).in_input(source.name.as_str(), Some(at))));
    let mut found = Ok(None);
    any_document(&source.text, |document, chunk| {
        let at = |offset| source.position(chunk.start + offset);
        match document {
            Ok(top) if top.is_null() => return false,
            Ok(top) if is_kustomization(top) => {
                found = Ok(Some(Kustomization {
                    file: file.to_owned(),
                    component: is_component(top),
                    trigger: trigger(top).map(|(what, offset)| (what, at(offset))),
                    names: names_in(top).iter().flat_map(|name| resolve(real, parent(file), name)).collect(),
                    flags: flags(top, &real.join(parent(file))),
                    generates: generated(top),
                }));
            }
            Ok(top) if top.kind() != Kind::Map => found = broken(Problem::NoKustomization {}, at(top.start())),
            Ok(_) => {}
            Err(error) => {
                let at = at(error.offset);
                found = broken(Problem::refused(error), at);
            }
        }
        true
    });
    found
}

/// Other objects in a file of that name are ordinary, above all Flux's own Kustomization.
pub(crate) fn is_kustomization(top: Ref<'_>) -> bool {
    let word = |field| top.get(field).and_then(Ref::text).unwrap_or_default();
    top.kind() == Kind::Map
        && matches!(word("kind"), "" | "Kustomization" | "Component")
        && matches!(kind::group(word("apiVersion")), "" | "kustomize.config.k8s.io")
}

fn is_component(top: Ref<'_>) -> bool {
    top.get("kind").and_then(Ref::text) == Some("Component")
}

/// Why a kustomization is a source, and the place of the word that says so.
fn trigger(top: Ref<'_>) -> Option<(String, usize)> {
    let pairs = top.pairs();
    let field =
        |name: &str| pairs.iter().find(|(key, _, value)| key.eq_ignore_ascii_case(name) && is_given(Some(*value)));
    if is_component(top) {
        return field("kind").map(|(_, key, _)| ("kustomize component".to_owned(), key.start()));
    }
    let (name, key, _) = FIELDS.iter().filter(|(_, triggers, _)| *triggers).find_map(|(name, ..)| field(name))?;
    Some((format!("kustomize source (`{name}`)"), key.start()))
}

/// A field as kustomize finds it: Go reads field names whatever the case of their letters.
fn field_of<'t>(map: Ref<'t>, name: &str) -> Option<Ref<'t>> {
    let other_case = || map.pairs().into_iter().find(|(key, ..)| key.eq_ignore_ascii_case(name));
    map.get(name).or_else(|| other_case().map(|(_, _, value)| value))
}

/// An empty list changes nothing.
fn is_given(value: Option<Ref<'_>>) -> bool {
    value.is_some_and(|v| if v.kind() == Kind::Seq { v.items().next().is_some() } else { !v.is_null() })
}

/// The paths and URLs that a kustomization names, as they are written.
fn names_in(top: Ref<'_>) -> Vec<&str> {
    let mut names = Vec::new();
    for (name, _, fields) in FIELDS {
        let entries = field_of(top, name).map(list).unwrap_or_default();
        for field in fields {
            // Aliases may name a list many times over.
            let mut seen = HashSet::new();
            let words = entries.iter().filter_map(|e| if field.is_empty() { Some(*e) } else { field_of(*e, field) });
            for word in words.filter(|w| seen.insert(w.index())).flat_map(list).filter_map(Ref::text) {
                names.push(if *field == FILES { word.split_once('=').map_or(word, |(_, path)| path) } else { word });
            }
        }
    }
    // Charts are pulled into this folder unless helmGlobals names another.
    if is_given(field_of(top, "helmCharts"))
        && field_of(top, "helmGlobals").and_then(|g| field_of(g, "chartHome")).is_none()
    {
        names.push("charts");
    }
    // Generators, transformers and patches may stand in the kustomization itself.
    names.retain(|name| !name.is_empty() && !name.contains('\n'));
    names
}

/// The flags without which kustomize refuses to build it, or leaves functions out without a word.
fn flags(top: Ref<'_>, folder: &Path) -> BTreeSet<&'static str> {
    let mut flags = BTreeSet::new();
    flags.extend(HELM.iter().any(|field| is_given(field_of(top, field))).then_some("--enable-helm"));
    // Folders above are allowed; files are not.
    let outside = |name: &&str| {
        let path = normal(&folder.join(name));
        path.is_file() && !path.starts_with(normal(folder))
    };
    flags.extend(names_in(top).iter().any(outside).then_some("--load-restrictor LoadRestrictionsNone"));
    let plugins = PLUGINS.iter().filter_map(|field| field_of(top, field)).flat_map(list).filter_map(Ref::text);
    for plugin in plugins {
        let file = || fs::read_to_string(folder.join(plugin)).unwrap_or_default();
        let text = if plugin.contains('\n') { plugin.to_owned() } else { file() };
        any_document(&text, |document, _| {
            let Ok(top) = document else { return true };
            let word = |path: &[&str]| top.path(path.iter().copied()).and_then(Ref::text).unwrap_or_default();
            if word(&["kind"]).is_empty() || word(&["apiVersion"]) == "builtin" {
                return false;
            }
            flags.insert("--enable-alpha-plugins");
            let function = word(&["metadata", "annotations", FUNCTION]);
            flags.extend(function.contains("exec").then_some("--enable-exec"));
            flags.extend(function.contains("starlark").then_some("--enable-star"));
            false
        });
    }
    flags
}

/// A list's items; anything else is its only one.
fn list(value: Ref<'_>) -> Vec<Ref<'_>> {
    if value.kind() == Kind::Seq { value.items().map(Ref::resolved).collect() } else { vec![value] }
}

fn generated(top: Ref<'_>) -> Vec<(ConfigKind, String)> {
    let lists = [("configMapGenerator", ConfigKind::ConfigMap), ("secretGenerator", ConfigKind::Secret)];
    let one = |(field, kind)| {
        let names = field_of(top, field).into_iter().flat_map(list).filter_map(|g| field_of(g, "name")?.text());
        names.map(move |name| (kind, name.to_owned()))
    };
    lists.into_iter().flat_map(one).collect()
}

/// The paths under the root that a name in a folder means: as written, and with links resolved. A URL means a path that
/// does not exist.
fn resolve(real: &Path, folder: &Path, name: &str) -> Vec<PathBuf> {
    let written = normal(&real.join(folder).join(name));
    let linked = fs::canonicalize(&written).ok().filter(|path| *path != written);
    let under = |path: PathBuf| path.strip_prefix(real).ok().map(Path::to_owned);
    [Some(written), linked].into_iter().flatten().filter_map(under).collect()
}

/// Without `.` and `..`.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => drop(normal.pop()),
            _ => normal.push(component),
        }
    }
    normal
}

//! Producers: objects that make Secrets in the cluster, as one table; and what each makes them of.
//!
//! Takes the nodes of an object, gives owned facts. What is made counts as a config whose content is that of its maker;
//! the digests are public ([`crate::facts::digest`]).

use crate::facts::chunk::Chunk;
use crate::facts::config::Config;
use crate::facts::json;
use crate::facts::object::{Object, labels};
use crate::facts::recipe::{Keys, Nature, Recipe};
use crate::kube::config_kind::ConfigKind;
use crate::kube::kind::WATCH;
use crate::text::hidden::Text;
use crate::yaml::Ref;
use serde_json::{Value, json};
use std::sync::Arc;

/// Something that will make Secrets or ConfigMaps in the cluster.
#[derive(Clone, Debug)]
pub(crate) struct Producer {
    pub(crate) object: Object,
    /// The names of what it makes, in its own namespace.
    pub(crate) makes: Vec<Text>,
    /// It makes them in namespaces that only a cluster knows.
    pub(crate) anywhere: bool,
    pub(crate) recipe: Arc<Recipe>,
    /// What it makes are configs of the set.
    pub(crate) counts: bool,
}

impl Producer {
    /// The kind of what it makes.
    pub(crate) fn makes_kind(&self) -> ConfigKind {
        let own = ConfigKind::of(self.object.group(), self.object.kind().raw());
        own.filter(|_| self.is_encrypted()).unwrap_or(ConfigKind::Secret)
    }

    /// It is a config itself, whose values SOPS has encrypted.
    pub(crate) fn is_encrypted(&self) -> bool {
        self.recipe.nature == Nature::Encrypted
    }
}

/// One row of the table.
pub(super) struct Row {
    pub(super) kind: &'static str,
    pub(super) group: &'static str,
    /// Where the names of what it makes stand: the first path that is there; `[]` is each item of a list.
    names: &'static [&'static str],
    /// Whose metadata what it makes gets.
    template: Option<&'static str>,
    /// Without a template what it makes has its labels (`setMetadata` of External Secrets; not `Unseal` of Sealed Secrets).
    labels: bool,
    /// The field whose text may be that of a Secret, so that aliases never show it.
    pub(super) secret: Option<&'static str>,
    /// What of its `spec` counts.
    content: fn(Value) -> Value,
    /// The keys of what it makes, as far as that content tells.
    keys: Keys,
    /// How far the content decides what is made.
    nature: fn(&Value) -> Nature,
    /// It makes what it makes in namespaces that only a cluster knows.
    anywhere: bool,
}

/// SealedSecret: `pkg/apis/sealedsecrets/v1alpha1` of bitnami-labs/sealed-secrets; ExternalSecret and
/// ClusterExternalSecret: `apis/externalsecrets` of external-secrets, and `kubernetes-client.io` before it;
/// SecretProviderClass: `apis/v1` of secrets-store-csi-driver; Certificate: `pkg/apis/certmanager` of cert-manager.
pub(super) const PRODUCERS: [Row; 6] = [
    Row {
        names: &[OWN_NAME],
        template: Some("spec.template"),
        labels: false,
        secret: Some("spec"),
        content: sealed,
        keys: Keys::Maps(&["encryptedData", "template"]),
        nature: unsealed,
        ..row("SealedSecret", "bitnami.com")
    },
    Row {
        names: &["spec.target.name", OWN_NAME],
        template: Some("spec.target.template"),
        content: external,
        keys: Keys::Items("secretKey"),
        nature: fetched,
        ..row("ExternalSecret", "external-secrets.io")
    },
    Row {
        names: &[OWN_NAME],
        template: Some("spec.template"),
        content: external,
        keys: Keys::Items("name"),
        nature: fetched,
        ..row("ExternalSecret", "kubernetes-client.io")
    },
    Row { names: &["spec.secretObjects[].secretName"], ..row("SecretProviderClass", "secrets-store.csi.x-k8s.io") },
    Row { names: &["spec.secretName"], nature: |_| Nature::Late, ..row("Certificate", "cert-manager.io") },
    Row {
        names: &["spec.externalSecretSpec.target.name", "spec.externalSecretName", OWN_NAME],
        nature: |_| Nature::Late,
        anywhere: true,
        ..row("ClusterExternalSecret", "external-secrets.io")
    },
];

const fn row(kind: &'static str, group: &'static str) -> Row {
    Row {
        kind,
        group,
        names: &[],
        template: None,
        labels: true,
        secret: None,
        content: |spec| spec,
        keys: Keys::Unknown,
        nature: |_| Nature::Rotates,
        anywhere: false,
    }
}

pub(super) fn find(group: &str, kind: &str) -> Option<&'static Row> {
    PRODUCERS.iter().find(|row| row.kind == kind && row.group == group)
}

/// What is sealed, and what is put beside it in the clear.
fn sealed(spec: Value) -> Value {
    json!({ "encryptedData": spec["encryptedData"], "template": spec["template"]["data"] })
}

/// Without values of their own the controller takes the old `data`, in which all of them are one ciphertext (`Unseal` of
/// `sealedsecret_expansion.go`).
fn unsealed(spec: &Value) -> Nature {
    let is_empty = |value: &Value| value.as_object().is_none_or(serde_json::Map::is_empty);
    if is_empty(&spec["encryptedData"]) && !spec["data"].is_null() { Nature::Unseen } else { Nature::Exact }
}

/// When it is looked up again changes nothing of what is made.
fn external(mut spec: Value) -> Value {
    if let Value::Object(spec) = &mut spec {
        spec.retain(|field, _| !matches!(&**field, "refreshInterval" | "refreshPolicy"));
    }
    spec
}

/// Whether values change while the object does not: not where they are fetched for a change of it alone, or where each
/// has a version.
fn fetched(spec: &Value) -> Nature {
    let word = |field: &str| match &spec[field] {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    let interval = word("refreshInterval");
    let never = !interval.is_empty() && interval.chars().all(|c| c == '0' || c.is_ascii_alphabetic());
    let list = |field: &str| spec[field].as_array().map(Vec::as_slice).unwrap_or_default();
    // A word moves along with the newest version.
    let fixed = |version: &Value| !matches!(version.as_str(), None | Some("" | "latest" | "AWSCURRENT" | "AWSPENDING"));
    let pinned = (list("data").iter().map(|item| &item["remoteRef"]))
        .chain(list("dataFrom").iter().map(|from| &from["extract"]))
        .map(|source| fixed(&source["version"]));
    let pinned: Vec<bool> = pinned.collect();
    match word("refreshPolicy").as_str() {
        "OnChange" | "CreatedOnce" => Nature::Trigger,
        _ if never || !pinned.is_empty() && pinned.into_iter().all(|pinned| pinned) => Nature::Trigger,
        _ => Nature::Rotates,
    }
}

/// Where an object says its own name.
const OWN_NAME: &str = "metadata.name";

impl Row {
    /// What should be the names of what an object makes, wherever it may say them beside its own.
    pub(super) fn names<'t>(&self, node: Ref<'t>) -> impl Iterator<Item = Ref<'t>> {
        self.names.iter().filter(|path| **path != OWN_NAME).flat_map(move |path| nodes(node, path))
    }

    /// An object of this row, and the configs that it makes.
    pub(super) fn read(&self, chunk: &Chunk<'_>, node: Ref<'_>, object: Object) -> (Producer, Vec<Config>) {
        let mut hidden = json::Hidden::default();
        let spec = node.get("spec").map_or(Value::Null, |spec| json::read(spec, &mut hidden));
        let nature = (self.nature)(&spec);
        let content = (self.content)(spec);
        let recipe = Arc::new(Recipe::new(self.kind, nature, content, self.keys, &hidden, chunk.keeps_values()));
        let mut found = self.names.iter().map(|path| (*path, words(node, path)));
        let (path, makes) = found.find(|(_, words)| !words.is_empty()).unwrap_or_default();
        let counts = chunk.settings.counts_producers() && nature != Nature::Late;
        // What it makes has the annotations that it is given, and kustomize renames it with the object if it is called so.
        let template = self.template.and_then(|path| node.path(path.split('.')));
        let metadata = template.and_then(|template| template.get("metadata"));
        let mut maker = object.clone();
        let annotations = metadata.and_then(|metadata| metadata.get("annotations"));
        maker.annotations.extend(chunk.annotations(annotations), &chunk.settings.names);
        let stays = |key: &str| template.is_none() && self.labels || key != WATCH.0;
        let own = object.labels().iter().filter(|(key, _)| stays(key)).cloned();
        let labels = own.chain(labels(chunk, metadata.and_then(|m| m.get("labels"))));
        let maker = maker.relabelled(labels, path == OWN_NAME);
        let own = ConfigKind::of(object.group(), self.kind).filter(|_| !object.name.is_empty());
        let own = own.map(|kind| Config::made(kind, object.name.clone(), object.clone(), &recipe));
        let made = makes.iter().filter(|_| counts);
        let made = made.map(|name| Config::made(ConfigKind::Secret, name.clone(), maker.clone(), &recipe));
        let made = own.into_iter().chain(made).collect();
        (Producer { object, makes, anywhere: self.anywhere, recipe, counts }, made)
    }
}

/// A ConfigMap or Secret whose values SOPS has encrypted.
pub(super) fn encrypted(
    chunk: &Chunk<'_>,
    node: Ref<'_>,
    kind: ConfigKind,
    object: Object,
) -> (Producer, Option<Config>) {
    let mut hidden = json::Hidden::default();
    let mut content = serde_json::Map::new();
    for section in ["data", "stringData"].into_iter().filter_map(|field| node.get(field)) {
        if let Value::Object(section) = json::read(section, &mut hidden) {
            content.extend(section);
        }
    }
    let content = Value::Object(content);
    let nature = Nature::Encrypted;
    let recipe = Arc::new(Recipe::new(kind.as_str(), nature, content, Keys::Top, &hidden, chunk.keeps_values()));
    let counts = chunk.settings.counts_producers();
    let name = object.name.clone();
    let made = counts.then(|| Config::made(kind, name.clone(), object.clone(), &recipe));
    (Producer { object, makes: vec![name], anywhere: false, recipe, counts }, made)
}

/// What stands at a path.
fn nodes<'t>(node: Ref<'t>, path: &str) -> Vec<Ref<'t>> {
    match path.split_once("[].") {
        Some((list, rest)) => {
            let items = node.path(list.split('.')).into_iter().flat_map(Ref::items);
            items.flat_map(|item| nodes(item, rest)).collect()
        }
        None => node.path(path.split('.')).into_iter().collect(),
    }
}

/// The texts at a path.
fn words(node: Ref<'_>, path: &str) -> Vec<Text> {
    nodes(node, path).into_iter().filter_map(Ref::word).filter(|text| !text.is_empty()).collect()
}

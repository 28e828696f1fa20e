//! Producers: objects that make Secrets in the cluster, as one table.

use crate::facts::object::Object;
use crate::facts::rolling::plain;
use crate::kube::config_kind::ConfigKind;
use crate::text::hidden::Text;
use crate::yaml::Ref;
use serde_json::{Map, Value};
use std::fmt;

/// Something that will make Secrets or ConfigMaps in the cluster.
#[derive(Clone, Debug)]
pub(crate) struct Producer {
    pub(crate) object: Object,
    /// The names of what it makes, in its own namespace.
    pub(crate) makes: Vec<Text>,
    /// It is a config itself, whose values SOPS has encrypted.
    pub(crate) encrypted: bool,
    /// What it makes them of, where a comparison asks for it.
    pub(crate) content: Option<Box<Content>>,
}

/// What a producer makes its configs of, as far as it is in the text. The debug form hides it.
#[derive(Clone, PartialEq)]
pub(crate) struct Content {
    /// Key of the config → what it is made of, where the keys are known.
    pub(crate) keys: Map<String, Value>,
    /// All of it.
    whole: Value,
}

impl Producer {
    /// The kind of what it makes.
    pub(crate) fn makes_kind(&self) -> ConfigKind {
        let own = ConfigKind::of(self.object.group(), self.object.kind.raw());
        own.filter(|_| self.encrypted).unwrap_or(ConfigKind::Secret)
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl Content {
    /// What the fields of a producer say. `None` if aliases blow it up beyond reason.
    pub(super) fn read(object: Ref<'_>, row: &Row) -> Option<Self> {
        plain(object.get("spec")?, 0).map(row.content)
    }

    /// The values that SOPS has encrypted, as they stand. Its own block changes with each save and says nothing.
    pub(super) fn of_sops(object: Ref<'_>) -> Option<Self> {
        let sections = ["data", "stringData"].into_iter().filter_map(|field| object.get(field));
        let sections: Vec<Value> = sections.map(|section| plain(section, 0)).collect::<Option<_>>()?;
        Some(Self { keys: joined(sections.iter()), whole: Value::Null })
    }

    /// All of a `spec` counts, and which keys that makes is not known.
    fn of_spec(spec: Value) -> Self {
        Self { keys: Map::new(), whole: spec }
    }

    /// A SealedSecret: what is made of each key stands under its name.
    fn sealed(spec: Value) -> Self {
        Self { keys: joined([&spec["encryptedData"], &spec["template"]["data"]].into_iter()), whole: Value::Null }
    }

    /// An ExternalSecret: when it is looked up again changes nothing of what it makes.
    fn external(mut spec: Value) -> Self {
        let fields = spec.as_object_mut();
        fields
            .into_iter()
            .for_each(|spec| spec.retain(|field, _| !matches!(&**field, "refreshInterval" | "refreshPolicy")));
        let items = spec["data"].as_array().into_iter().flatten();
        let keys = items.filter_map(|item| Some((item["secretKey"].as_str()?.to_owned(), item.clone()))).collect();
        Self { keys, whole: spec }
    }
}

/// Maps as one; a later one wins.
fn joined<'v>(maps: impl Iterator<Item = &'v Value>) -> Map<String, Value> {
    let entries = maps.filter_map(Value::as_object).flatten();
    entries.map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// One row of the table.
pub(super) struct Row {
    pub(super) kind: &'static str,
    pub(super) group: &'static str,
    /// Where the names of what it makes stand: the first path that is there; `[]` is each item of a list.
    names: &'static [&'static str],
    /// The field whose text may be that of a Secret, so that it is never quoted.
    pub(super) secret: Option<&'static str>,
    /// What its `spec` says of what it makes.
    content: fn(Value) -> Content,
}

/// SealedSecret: `pkg/apis/sealedsecrets/v1alpha1` of bitnami-labs/sealed-secrets; ExternalSecret: `apis/externalsecrets`
/// of external-secrets; SecretProviderClass: `apis/v1` of secrets-store-csi-driver; Certificate: `pkg/apis/certmanager`
/// of cert-manager.
pub(super) const PRODUCERS: [Row; 4] = [
    Row {
        names: &["spec.template.metadata.name", "metadata.name"],
        secret: Some("spec"),
        content: Content::sealed,
        ..row("SealedSecret", "bitnami.com")
    },
    Row {
        names: &["spec.target.name", "metadata.name"],
        content: Content::external,
        ..row("ExternalSecret", "external-secrets.io")
    },
    Row { names: &["spec.secretObjects[].secretName"], ..row("SecretProviderClass", "secrets-store.csi.x-k8s.io") },
    Row { names: &["spec.secretName"], ..row("Certificate", "cert-manager.io") },
];

const fn row(kind: &'static str, group: &'static str) -> Row {
    Row { kind, group, names: &[], secret: None, content: Content::of_spec }
}

pub(super) fn find(group: &str, kind: &str) -> Option<&'static Row> {
    PRODUCERS.iter().find(|row| row.kind == kind && row.group == group)
}

impl Row {
    /// The names of the Secrets that an object of this row makes.
    pub(super) fn makes(&self, object: Ref<'_>) -> Vec<Text> {
        let mut found = self.names.iter().map(|path| words(object, path));
        found.find(|words| !words.is_empty()).unwrap_or_default()
    }
}

/// The texts at a path.
fn words(node: Ref<'_>, path: &str) -> Vec<Text> {
    match path.split_once("[].") {
        Some((list, rest)) => {
            let items = node.path(list.split('.')).into_iter().flat_map(Ref::items);
            items.flat_map(|item| words(item, rest)).collect()
        }
        None => node.path(path.split('.')).and_then(Ref::word).into_iter().collect(),
    }
}

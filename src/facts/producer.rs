//! Producers: objects that make Secrets in the cluster, as one table.

use crate::facts::object::Object;
use crate::text::hidden::Text;
use crate::yaml::Ref;

/// Something that will make Secrets or ConfigMaps in the cluster.
#[derive(Clone, Debug)]
pub(crate) struct Producer {
    pub(crate) object: Object,
    /// The names of what it makes, in its own namespace.
    pub(crate) makes: Vec<Text>,
    /// It is a config itself, whose values SOPS has encrypted.
    pub(crate) encrypted: bool,
}

/// One row of the table.
pub(super) struct Row {
    pub(super) kind: &'static str,
    pub(super) group: &'static str,
    /// Where the names of what it makes stand: the first path that is there; `[]` is each item of a list.
    names: &'static [&'static str],
    /// The field whose text may be that of a Secret, so that it is never quoted.
    pub(super) secret: Option<&'static str>,
}

/// SealedSecret: `pkg/apis/sealedsecrets/v1alpha1` of bitnami-labs/sealed-secrets; ExternalSecret: `apis/externalsecrets`
/// of external-secrets; SecretProviderClass: `apis/v1` of secrets-store-csi-driver; Certificate: `pkg/apis/certmanager`
/// of cert-manager.
pub(super) const PRODUCERS: [Row; 4] = [
    row("SealedSecret", "bitnami.com", &["spec.template.metadata.name", "metadata.name"], Some("spec")),
    row("ExternalSecret", "external-secrets.io", &["spec.target.name", "metadata.name"], None),
    row("SecretProviderClass", "secrets-store.csi.x-k8s.io", &["spec.secretObjects[].secretName"], None),
    row("Certificate", "cert-manager.io", &["spec.secretName"], None),
];

const fn row(
    kind: &'static str,
    group: &'static str,
    names: &'static [&'static str],
    secret: Option<&'static str>,
) -> Row {
    Row { kind, group, names, secret }
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

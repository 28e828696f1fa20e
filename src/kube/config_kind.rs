//! The types of config, as one table: what is its content, and by which annotations workloads ask for it.
//!
//! A new type is one row here, its annotations in `annotation`, and its places in `reference`.

use std::fmt;

/// A type of config.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConfigKind {
    ConfigMap,
    Secret,
    /// Of the Secrets Store CSI driver: what a volume mounts.
    SecretProviderClass,
}

/// How the values of a section are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    Plain,
    Base64,
}

/// One row of the table.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) name: &'static str,
    /// API group; `""` is core.
    pub(crate) group: &'static str,
    /// The fields that hold its content; a later one overlays the ones before.
    pub(crate) sections: &'static [(&'static str, Encoding)],
    /// Neither values nor digests are ever printed.
    pub(crate) secret: bool,
    /// Names that the cluster itself makes.
    pub(crate) well_known: &'static [&'static str],
}

/// Of the core group: ConfigMap and Secret (core/v1); SecretProviderClass of the Secrets Store CSI driver (`apis/v1`), whose
/// content is its `spec`. `kube-root-ca.crt` is made by kube-controller-manager,
/// `openshift-service-ca.crt` by OpenShift's service CA operator, `istio-ca-root-cert` by Istio.
const TABLE: [Row; 3] = [
    Row {
        name: "ConfigMap",
        group: "",
        sections: &[("data", Encoding::Plain), ("binaryData", Encoding::Base64)],
        secret: false,
        well_known: &["kube-root-ca.crt", "openshift-service-ca.crt", "istio-ca-root-cert"],
    },
    Row {
        name: "Secret",
        group: "",
        sections: &[("data", Encoding::Base64), ("stringData", Encoding::Plain)],
        secret: true,
        well_known: &[],
    },
    Row {
        name: "SecretProviderClass",
        group: "secrets-store.csi.x-k8s.io",
        sections: &[],
        secret: false,
        well_known: &[],
    },
];

impl ConfigKind {
    /// Every type, in the order in which stamps list what annotations alone select.
    pub const ALL: [Self; TABLE.len()] = [Self::ConfigMap, Self::Secret, Self::SecretProviderClass];

    pub(crate) fn row(self) -> &'static Row {
        &TABLE[self as usize]
    }

    /// The kind as Kubernetes spells it.
    pub fn as_str(self) -> &'static str {
        self.row().name
    }

    /// The type of that kind, whatever its group; `None` for any other kind.
    pub fn from_kind(kind: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.as_str() == kind)
    }

    /// The type of an object; `None` for any other object.
    pub(crate) fn of(group: &str, kind: &str) -> Option<Self> {
        Self::from_kind(kind).filter(|k| k.row().group == group)
    }

    /// The other types, in the order of the table.
    pub(crate) fn others(self) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(move |k| *k != self)
    }
}

impl fmt::Display for ConfigKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_stand_in_the_order_of_the_types() {
        for kind in ConfigKind::ALL {
            assert_eq!(format!("{kind:?}"), kind.as_str());
            assert_eq!(ConfigKind::from_kind(kind.as_str()), Some(kind));
        }
    }
}

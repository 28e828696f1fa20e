//! What a name that the set lacks may have meant, and the remedy that follows from that.

use crate::finding::words::few;
use crate::kube::config_kind::ConfigKind;
use crate::text::hidden::Text;
use crate::text::near;

/// What a name that the set lacks may have meant, or what will make it.
#[derive(Clone, Debug)]
pub(crate) enum Near {
    /// An object of the set makes it in the cluster.
    Producer {
        about: String,
    },
    /// It is there, encrypted by SOPS.
    Encrypted {
        about: String,
    },
    /// It stays out of the cluster.
    Local,
    SkippedTree {
        folder: String,
        command: String,
    },
    OtherNamespaces {
        there: Vec<String>,
        more: usize,
        own: Text,
        /// The workload names its namespace.
        explicit: bool,
    },
    /// The entry is a glob; it is read as a regular expression.
    Glob {
        meant: Text,
    },
    /// The entry is a pattern in a list of exact names; those that it would match.
    NoPatterns {
        names: Vec<Text>,
    },
    /// The entry names a namespace in a list of names alone.
    NamesAlone {
        name: Text,
    },
    Name {
        kind: ConfigKind,
        name: Text,
    },
    /// kustomize has made that name of it.
    Renamed {
        kind: ConfigKind,
        name: Text,
    },
    OtherKind {
        kind: ConfigKind,
        other: ConfigKind,
    },
}

impl Near {
    /// Whether a skipped source tree that holds the config is the better answer.
    pub(super) fn yields(&self) -> bool {
        matches!(self, Self::OtherNamespaces { .. } | Self::Name { .. } | Self::Renamed { .. } | Self::OtherKind { .. })
    }
}

/// The remedy for a name that the set lacks.
pub(super) fn hint(near: &Option<Near>, otherwise: &str) -> String {
    let Some(near) = near else { return otherwise.to_owned() };
    match near {
        Near::Producer { about } => {
            format!("{about} will make it in the cluster; list it under `external` to silence this")
        }
        Near::Encrypted { about } => format!("{about} is encrypted by SOPS: only the cluster sees its content"),
        Near::Local => {
            "it is in the set, but marked `config.kubernetes.io/local-config`, which keeps it out of the cluster"
                .to_owned()
        }
        Near::SkippedTree { folder, command } => format!("the skipped source tree {folder} has it: run `{command}`"),
        Near::OtherNamespaces { there, more, own, explicit } => {
            if let Some(meant) = there.iter().find(|there| *explicit && near::within(there, own.raw(), 2).is_some()) {
                return format!("did you mean namespace `{meant}`?");
            }
            let (there, more) = (there.join("`, `"), and_more(*more));
            let why = if *explicit { ", which no reference leaves" } else { "; see --namespace" };
            format!("it is there in namespace `{there}`{more}, but the workload is in `{own}`{why}")
        }
        Near::Glob { meant } => format!("it is a regular expression and no glob: did you mean `{meant}`?"),
        Near::NoPatterns { names } if names.is_empty() => "this list takes exact names, no patterns".to_owned(),
        Near::NoPatterns { names } => {
            let names: Vec<String> = names.iter().map(ToString::to_string).collect();
            format!("this list takes exact names, no patterns: write {}", few(&names, names.len()))
        }
        Near::NamesAlone { name } => {
            format!("write `{name}`: the list names configs of the workload's own namespace, and reaches no other")
        }
        Near::Name { kind, name } => format!("did you mean {kind}/{name}?"),
        Near::Renamed { kind, name } => format!(
            "there is {kind}/{name}: kustomize renamed it, but not the name here, as it follows references in kinds that it knows, and no lists"
        ),
        Near::OtherKind { kind, other } => format!("there is a {other} of that name, but no {kind}"),
    }
}

/// ` (and 2 more)`, or nothing.
pub(super) fn and_more(more: usize) -> String {
    if more == 0 { String::new() } else { format!(" (and {more} more)") }
}

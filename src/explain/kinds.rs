//! The table of kinds as data that `output` writes out: `explain --kinds`.
//!
//! Takes nothing but the table, looks at no manifest.

use crate::kube::kind::{self, Rollout};
use serde::Serialize;

/// Which shape the JSON has.
const SCHEMA: &str = "restamp.dev/kinds/v1";

/// The table.
#[derive(Debug, Serialize)]
pub(crate) struct Kinds {
    schema: &'static str,
    pub(crate) kinds: Vec<Entry>,
}

/// A kind of object.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Entry {
    pub(crate) kind: &'static str,
    pub(crate) api_versions: &'static [&'static str],
    pub(crate) class: &'static str,
    /// Where stamps go; empty for a kind that is never stamped.
    pub(crate) stamps: Vec<String>,
    /// What a change of the pod template does.
    pub(crate) change: &'static str,
    /// Why some objects of the kind, or all, are not stamped.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(crate) why: &'static str,
    /// What to do then.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(crate) instead: &'static str,
    /// The operator fills in containers and images.
    pub(crate) partial: bool,
    pub(crate) source: &'static str,
}

/// All rows, by class and kind.
pub(crate) fn kinds() -> Kinds {
    let entry = |row: &'static kind::Row| {
        let stamped = row.rollout != Rollout::Never;
        let (why, instead) = row.only.map_or((row.why, row.instead), |only| (only.why, only.instead));
        Entry {
            kind: row.kind,
            api_versions: row.apis,
            class: row.rollout.class(),
            stamps: row.templates.iter().filter(|_| stamped).map(kind::row::Template::stamp_path).collect(),
            change: row.rollout.change(),
            why,
            instead,
            partial: row.partial,
            source: row.source,
        }
    };
    let mut rows: Vec<_> = kind::rows().collect();
    rows.sort_by_key(|row| (row.rollout.class_index(), row.kind.to_lowercase(), row.apis));
    Kinds { schema: SCHEMA, kinds: rows.into_iter().map(entry).collect() }
}

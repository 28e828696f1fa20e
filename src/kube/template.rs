//! Where a kind of the user's own has its pod templates (`podTemplates`): group, kind and a path through lists and maps.

use crate::text::words::{parse_bool, readers};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

/// A custom kind that carries pod templates. A kind may have several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodTemplate {
    /// Empty for the core group.
    pub group: String,
    pub kind: String,
    /// From the object to its pod templates.
    pub path: Vec<Step>,
    /// Its operator fills in containers and images: what lacks them is no patch.
    pub partial: bool,
}

impl PodTemplate {
    /// The path as it is written.
    pub(crate) fn shown_path(&self) -> String {
        shown(&self.path)
    }
}

/// A path as it is written.
pub(crate) fn shown(path: &[Step]) -> String {
    path.iter().fold(String::new(), |out, step| match step {
        Step::Each => out + "[]",
        Step::Field(field) => with_field(&out, field),
        Step::Any => with_field(&out, "*"),
    })
}

/// A written path with one field more.
pub(crate) fn with_field(path: &str, field: &str) -> String {
    [path, if path.is_empty() { "" } else { "." }, field].concat()
}

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// A field of a map.
    Field(String),
    /// `[]`: each item of a list.
    Each,
    /// `*`: each value of a map.
    Any,
}

/// The fields of a [`PodTemplate`] as they are written.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "a mapping with `group`, `kind`, `path` and `partial`")]
struct Fields {
    #[serde(deserialize_with = "group")]
    group: Option<String>,
    #[serde(deserialize_with = "kind")]
    kind: Option<String>,
    #[serde(deserialize_with = "path")]
    path: Option<Vec<Step>>,
    #[serde(deserialize_with = "boolean")]
    partial: Option<bool>,
}

impl<'de> Deserialize<'de> for PodTemplate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Fields { group, kind, path, partial } = Fields::deserialize(deserializer)?;
        Ok(Self {
            group: group.unwrap_or_default(),
            kind: kind.ok_or_else(|| D::Error::custom("`kind` is missing"))?,
            path: path.ok_or_else(|| D::Error::custom("`path` is missing\nwrite it like `path: spec.template`"))?,
            partial: partial.unwrap_or_default(),
        })
    }
}

readers! {
    group: String = parse_group;
    kind: String = parse_kind;
    path: Vec<Step> = parse_path;
    boolean: bool = parse_bool;
}

fn parse_group(group: &str) -> Result<String, String> {
    if group.contains(['/', '*', ' ']) {
        return Err(format!("`{}` is no group; write the group alone, like `apps.kruise.io`", group.escape_debug()));
    }
    Ok(group.to_owned())
}

fn parse_kind(kind: &str) -> Result<String, String> {
    check_kind(kind)?;
    if kind.contains(|c: char| !c.is_ascii_alphanumeric()) {
        return Err(format!("`{}` is no kind; a pod template is described for exactly one", kind.escape_debug()));
    }
    Ok(kind.to_owned())
}

/// Refuses `cronjob`, as kubectl would take it: it matches no kind and would go unnoticed.
pub(crate) fn check_kind(text: &str) -> Result<(), String> {
    if text.is_empty() || text.starts_with(|c: char| c.is_ascii_lowercase()) {
        let text = text.escape_debug();
        return Err(format!("`{text}` is no kind; kinds are written as in a manifest, like `CronJob`"));
    }
    Ok(())
}

/// Reads a path: fields between dots, `[]` behind one for each item of its list, `*` for each value of a map.
pub(super) fn parse_path(path: &str) -> Result<Vec<Step>, String> {
    let mut steps = Vec::new();
    for part in path.split('.') {
        let (name, lists) = part.split_at(part.find('[').unwrap_or(part.len()));
        if name != "*" && name.contains('*') || !lists.replace("[]", "").is_empty() {
            return Err(format!(
                "`{}` picks fields or items; a path goes through all: `[]` is each item of a list, `*` each value of a map",
                path.escape_debug()
            ));
        }
        if name.is_empty() || name.contains(['/', ' ', ']']) {
            return Err(format!("`{}` is no path of field names; write it like `spec.template`", path.escape_debug()));
        }
        steps.push(if name == "*" { Step::Any } else { Step::Field(name.to_owned()) });
        steps.extend(std::iter::repeat_n(Step::Each, lists.len() / 2));
    }
    Ok(steps)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_go_through_lists_and_maps() {
        let field = |name: &str| Step::Field(name.to_owned());
        for (text, steps) in [
            ("spec.template", vec![field("spec"), field("template")]),
            ("spec.nodeSets[].podTemplate", vec![field("spec"), field("nodeSets"), Step::Each, field("podTemplate")]),
            ("spec.replicas.*.template", vec![field("spec"), field("replicas"), Step::Any, field("template")]),
            ("spec.a[][]", vec![field("spec"), field("a"), Step::Each, Step::Each]),
            ("*[].x", vec![Step::Any, Step::Each, field("x")]),
        ] {
            assert_eq!(parse_path(text), Ok(steps), "{text}");
        }
        for text in ["", "spec..x", ".spec", "spec.", "/spec/template", "spec template", "[].x", "a]"] {
            let message = format!("`{text}` is no path of field names; write it like `spec.template`");
            assert_eq!(parse_path(text), Err(message));
        }
        for text in ["spec.nodeSets[0].x", "spec.a[*]", "spec.a[].b*", "spec.a[x", "spec.a[]b"] {
            assert!(parse_path(text).unwrap_err().contains("`[]` is each item of a list"), "{text}");
        }
    }
}

//! Settings: what flags and functionConfig decide, put together once; the core sees nothing else.
//!
//! Takes layers (flags, a `--config` file, the functionConfig in a list) and gives [`Settings`]. Also holds the syntax of
//! each single word, which flags and files share. Never reads a file; how a functionConfig is written is
//! `function_config`'s business.

// Which objects a rule of the settings is about.
pub mod selector;

// Exactly one document, and errors with their place.
pub(crate) mod document;

// Readers of the fields: mappings, words, lists.
pub(crate) mod field;

// The text of a functionConfig becomes one layer.
pub(crate) mod function_config;

use std::fmt;

use glob::Pattern;

use crate::kube::annotation::{self, Names};
use crate::kube::kind::{self, PodTemplate};
use crate::kube::reference::{Place, Places};
use crate::settings::selector::{Filter, Selector};

macro_rules! words {
    ($name:ident { $($variant:ident $word:literal,)* }) => {
        impl $name {
            /// The words of a flag or field, in the order in which help lists them.
            pub const WORDS: &'static [&'static str] = &[$($word,)*];

            /// The value of a word; `None` if it is none.
            pub fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)* _ => None }
            }

            /// The word in flags and functionConfig.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }
        }
    };
}

/// Which workloads are selected without a word of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Select {
    /// Those that carry an annotation (opt in).
    #[default]
    Annotated,
    /// All that do not opt out: Reloader's `--auto-reload-all`.
    All,
}

words! { Select { Annotated "annotated", All "all", } }

/// What of a config goes into a stamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Precision {
    /// The whole object.
    #[default]
    Object,
    /// The keys that the pod can see.
    Keys,
}

words! { Precision { Object "object", Keys "keys", } }

/// What a required config that is missing means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Missing {
    Ignore,
    #[default]
    Warn,
    Error,
}

words! { Missing { Ignore "ignore", Warn "warn", Error "error", } }

/// The decided settings. [`Settings::default`] is what restamp does without flags and functionConfig.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    pub select: Select,
    /// Key of the pod template annotation that holds the stamp.
    pub annotation: String,
    pub precision: Precision,
    /// Which reference places count by default.
    pub places: Places,
    pub missing: Missing,
    /// Names (globs) of configs that live elsewhere: never reported as missing.
    pub external: Vec<Pattern>,
    /// Nothing selected is an error.
    pub require_selected: bool,
    /// Which workloads are looked at.
    pub workloads: Filter,
    /// Which configs count.
    pub configs: Filter,
    pub pod_templates: Vec<PodTemplate>,
    /// The annotation keys that are read; Reloader's unless renamed.
    pub names: Names,
    /// Namespace of objects that name none.
    pub namespace: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            select: Select::default(),
            annotation: annotation::STAMP.to_owned(),
            precision: Precision::default(),
            places: Places::default(),
            missing: Missing::default(),
            external: Vec::new(),
            require_selected: false,
            workloads: Filter::default(),
            configs: Filter::default(),
            pod_templates: Vec::new(),
            names: Names::default(),
            namespace: "default".to_owned(),
        }
    }
}

/// What one place says about the settings; what it leaves open is `None` or empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layer {
    pub select: Option<Select>,
    pub annotation: Option<String>,
    pub precision: Option<Precision>,
    pub places: Option<Places>,
    pub missing: Option<Missing>,
    pub external: Option<Vec<Pattern>>,
    pub require_selected: Option<bool>,
    pub workloads: FilterLayer,
    pub configs: FilterLayer,
    pub pod_templates: Option<Vec<PodTemplate>>,
    /// Words of [`Names::WORDS`], each with the key that replaces Reloader's.
    pub annotation_names: Vec<(&'static str, String)>,
    pub namespace: Option<String>,
}

/// The two lists of a filter; each is a field of its own, so that a flag's excludes leave a file's includes in force.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FilterLayer {
    pub include: Option<Vec<Selector>>,
    pub exclude: Option<Vec<Selector>>,
}

impl Settings {
    /// Whether a selector looks at labels.
    pub(crate) fn uses_labels(&self) -> bool {
        self.workloads.uses_labels() || self.configs.uses_labels()
    }

    /// The settings of some layers, field by field; the first one that says something about a field wins.
    pub fn from_layers(layers: &[Layer]) -> Self {
        let default = Self::default();
        Self {
            select: first(layers, |l| l.select.as_ref()).unwrap_or(default.select),
            annotation: first(layers, |l| l.annotation.as_ref()).unwrap_or(default.annotation),
            precision: first(layers, |l| l.precision.as_ref()).unwrap_or(default.precision),
            places: first(layers, |l| l.places.as_ref()).unwrap_or(default.places),
            missing: first(layers, |l| l.missing.as_ref()).unwrap_or(default.missing),
            external: first(layers, |l| l.external.as_ref()).unwrap_or_default(),
            require_selected: first(layers, |l| l.require_selected.as_ref()).unwrap_or(default.require_selected),
            workloads: filter(layers, |l| &l.workloads),
            configs: filter(layers, |l| &l.configs),
            pod_templates: first(layers, |l| l.pod_templates.as_ref()).unwrap_or_default(),
            names: names(layers),
            namespace: first(layers, |l| l.namespace.as_ref()).unwrap_or(default.namespace),
        }
    }
}

fn first<T: Clone>(layers: &[Layer], field: impl Fn(&Layer) -> Option<&T>) -> Option<T> {
    layers.iter().find_map(field).cloned()
}

fn filter(layers: &[Layer], field: impl Fn(&Layer) -> &FilterLayer) -> Filter {
    Filter {
        include: first(layers, |l| field(l).include.as_ref()).unwrap_or_default(),
        exclude: first(layers, |l| field(l).exclude.as_ref()).unwrap_or_default(),
    }
}

fn names(layers: &[Layer]) -> Names {
    let mut names = Names::default();
    for (word, key) in layers.iter().rev().flat_map(|l| &l.annotation_names) {
        names.rename(word, key);
    }
    names
}

/// Why a functionConfig cannot be used, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsError {
    /// One line; names the field.
    pub message: String,
    /// What to do about it.
    pub remedy: Option<String>,
    /// Byte offset in the text that was given.
    pub offset: usize,
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.message)?;
        match &self.remedy {
            Some(remedy) => write!(f, " ({remedy})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for SettingsError {}

/// Reads `select`.
pub(crate) fn parse_select(word: &str) -> Result<Select, String> {
    Select::from_word(word).ok_or_else(|| unknown("word", word, Select::WORDS))
}

/// Reads `precision`.
pub(crate) fn parse_precision(word: &str) -> Result<Precision, String> {
    Precision::from_word(word).ok_or_else(|| unknown("word", word, Precision::WORDS))
}

/// Reads `missing`.
pub(crate) fn parse_missing(word: &str) -> Result<Missing, String> {
    Missing::from_word(word).ok_or_else(|| unknown("word", word, Missing::WORDS))
}

/// Reads one word of `places`.
pub(crate) fn parse_place(word: &str) -> Result<Place, String> {
    Place::from_word(word).ok_or_else(|| unknown("place", word, &Place::ALL.map(Place::as_str)))
}

/// Reads a boolean of YAML 1.2; a ConfigMap can hold it as a string only.
pub(crate) fn parse_bool(word: &str) -> Result<bool, String> {
    match word {
        "true" | "True" | "TRUE" => Ok(true),
        "false" | "False" | "FALSE" => Ok(false),
        _ => Err(format!("`{}` is no boolean; write true or false", word.escape_debug())),
    }
}

/// Reads the key of the stamp. A key that restamp reads would turn the stamp into an order to itself.
pub(crate) fn parse_stamp_key(key: &str) -> Result<String, String> {
    selector::check_key(key)?;
    let reloader = Names::default().find(key).is_some();
    let legacy = annotation::LEGACY.iter().any(|(old, _)| *old == key);
    if reloader || legacy || annotation::FIXED.contains(&key) {
        return Err(format!("`{key}` has a meaning of its own; the stamp needs another key"));
    }
    Ok(key.to_owned())
}

/// Reads a key of `annotationNames`.
pub(crate) fn parse_name_key(key: &str) -> Result<String, String> {
    selector::check_key(key)?;
    if key == annotation::STAMP {
        return Err(format!("`{key}` is the key of the stamp"));
    }
    Ok(key.to_owned())
}

/// Reads a namespace.
pub(crate) fn parse_namespace(name: &str) -> Result<String, String> {
    if name.len() > 63 || !selector::is_dns_label(name) {
        return Err(format!(
            "`{}` is no namespace: it has 1 to 63 lower-case letters, digits or `-`, and begins and ends with a letter or digit",
            name.escape_debug()
        ));
    }
    Ok(name.to_owned())
}

/// Reads the path of a pod template.
pub(crate) fn parse_path(path: &str) -> Result<Vec<kind::Step>, String> {
    let field = |f: &str| f.trim_end_matches("[]").to_owned();
    if path.split('.').map(field).any(|f| f.is_empty() || f.contains(['[', ']', '/', ' '])) {
        return Err(format!("`{}` is no path of field names; write it like `spec.template`", path.escape_debug()));
    }
    Ok(kind::steps(path))
}

/// What is unknown, what is known, and on a second line the near miss if there is one.
pub(crate) fn unknown(what: &str, word: &str, known: &[&str]) -> String {
    let mut message = format!("unknown {what} `{}`; known: {}", word.escape_debug(), known.join(", "));
    if let Some(near) = nearest(word, known) {
        message.push_str(&format!("\ndid you mean `{near}`?"));
    }
    message
}

/// The known word that was meant: the same but for case and `-` or `_`, or at most two edits away.
fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let plain = |text: &str| text.replace(['-', '_'], "").to_lowercase();
    let word = plain(word);
    known
        .iter()
        .map(|k| (distance(&word, &plain(k)), *k))
        .filter(|(edits, k)| *edits <= 2 && edits.saturating_mul(2) < k.len())
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, k)| k)
}

/// Edits from one word to the other: a letter put in, left out, replaced, or swapped with its neighbour.
fn distance(a: &str, b: &str) -> usize {
    // A word much longer than any of ours is told apart without the work.
    if a.len().abs_diff(b.len()) > 8 {
        return usize::MAX;
    }
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut table = vec![vec![0; b.len() + 1]; a.len() + 1];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            table[i][j] = if i == 0 || j == 0 {
                i + j
            } else {
                let replaced = table[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
                let swapped = if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                    table[i - 2][j - 2] + 1
                } else {
                    replaced
                };
                replaced.min(swapped).min(table[i - 1][j] + 1).min(table[i][j - 1] + 1)
            };
        }
    }
    table[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_layer_wins_field_by_field() {
        let flags = Layer {
            select: Some(Select::All),
            workloads: FilterLayer { include: None, exclude: Some(vec![Selector::from_word("CronJob").unwrap()]) },
            annotation_names: vec![("auto", "a/auto".to_owned())],
            ..Layer::default()
        };
        let file = Layer {
            select: Some(Select::Annotated),
            precision: Some(Precision::Keys),
            external: Some(vec![Pattern::new("*-tls").unwrap()]),
            require_selected: Some(true),
            workloads: FilterLayer {
                include: Some(vec![Selector::from_word("Deployment").unwrap()]),
                exclude: Some(Vec::new()),
            },
            annotation_names: vec![("auto", "b/auto".to_owned()), ("ignore", "b/ignore".to_owned())],
            ..Layer::default()
        };
        let list = Layer {
            precision: Some(Precision::Object),
            external: Some(Vec::new()),
            missing: Some(Missing::Error),
            namespace: Some("shop".to_owned()),
            ..Layer::default()
        };
        let settings = Settings::from_layers(&[flags, file, list]);
        let wanted = Settings {
            select: Select::All,
            precision: Precision::Keys,
            missing: Missing::Error,
            external: vec![Pattern::new("*-tls").unwrap()],
            require_selected: true,
            workloads: Filter {
                include: vec![Selector::from_word("Deployment").unwrap()],
                exclude: vec![Selector::from_word("CronJob").unwrap()],
            },
            names: Names { auto: "a/auto".to_owned(), ignore: "b/ignore".to_owned(), ..Names::default() },
            namespace: "shop".to_owned(),
            ..Settings::default()
        };
        assert_eq!(settings, wanted);
        assert_eq!(Settings::from_layers(&[]), Settings::default());
    }

    #[test]
    fn words_go_both_ways() {
        for word in Select::WORDS {
            assert_eq!(Select::from_word(word).map(Select::as_str), Some(*word));
        }
        for word in Precision::WORDS {
            assert_eq!(Precision::from_word(word).map(Precision::as_str), Some(*word));
        }
        for word in Missing::WORDS {
            assert_eq!(Missing::from_word(word).map(Missing::as_str), Some(*word));
        }
    }

    #[test]
    fn a_near_miss_is_named() {
        let known = ["select", "annotation", "requireSelected", "podTemplates", "keys"];
        for (word, near) in [
            ("sellect", Some("select")),
            ("Select", Some("select")),
            ("require-selected", Some("requireSelected")),
            ("pod_templates", Some("podTemplates")),
            ("anotations", Some("annotation")),
            ("kind", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, &known), near, "{word}");
        }
    }

    #[test]
    fn a_stamp_key_is_a_free_annotation_key() {
        assert_eq!(parse_stamp_key("example.com/hash").as_deref(), Ok("example.com/hash"));
        assert_eq!(parse_stamp_key(annotation::STAMP).as_deref(), Ok(annotation::STAMP));
        for key in ["reloader.stakater.com/auto", "restamp.dev/places", "helm.sh/hook"] {
            assert_eq!(
                parse_stamp_key(key),
                Err(format!("`{key}` has a meaning of its own; the stamp needs another key"))
            );
        }
        assert!(parse_stamp_key("no key").is_err());
    }
}

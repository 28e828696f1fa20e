//! Settings: what flags and functionConfig decide, put together once; the core sees nothing else.
//!
//! Takes layers (flags, a `--config` file, the functionConfig in a list) and gives [`Settings`]. Also holds the syntax of
//! each single word, which flags and files share. Never reads a file; how a functionConfig is written is
//! `function_config`'s business.

// Which objects a rule of the settings is about.
pub mod selector;

// Label selectors, and the syntax of names.
pub mod labels;

// The key of keyed digests.
pub mod key;

// A node of YAML as serde reads it.
pub(crate) mod reader;

// The text of a functionConfig becomes one layer.
pub(crate) mod function_config;

// Settings become the text of a functionConfig.
pub(crate) mod written;

use crate::kube::annotation::{self, Names};
use crate::kube::config_kind::ConfigKind;
use crate::kube::reference::{Place, Places};
use crate::settings::key::Key;
use crate::settings::selector::{Filter, Selector, parse_name};
use crate::settings::written::Written as _;
use crate::text::hex::SHA256;
use crate::text::words::{parse_bool, readers, unknown, words};
use glob::Pattern;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

pub use crate::kube::template::{PodTemplate, Step};

words! {
    /// Which workloads are selected without a word of their own.
    #[derive(Default)]
    pub enum Select: "word" {
        /// Those that carry an annotation (opt in).
        #[default]
        Annotated = "annotated",
        /// All that do not opt out: Reloader's `--auto-reload-all`.
        All = "all",
    }
}

words! {
    /// What of a config goes into a stamp.
    #[derive(Default)]
    pub enum Precision: "word" {
        /// The whole object.
        #[default]
        Object = "object",
        /// The keys that the pod can see.
        Keys = "keys",
    }
}

words! {
    /// Whether some configs are any to restamp.
    #[derive(Default)]
    pub enum Counted: "word" {
        #[default]
        Count = "count",
        Ignore = "ignore",
    }
}

words! {
    /// Which references count, by what a container that runs sees of a change.
    #[derive(Default)]
    pub enum Effect: "word" {
        /// All.
        #[default]
        Any = "any",
        /// Those through which it would not see the change.
        Restart = "restart",
    }
}

words! {
    /// What a function or the filter does.
    #[derive(Default)]
    pub enum Mode: "word" {
        /// It writes stamps.
        #[default]
        Stamp = "stamp",
        /// It says which stamps are not as they should be, and writes none: a validator.
        Check = "check",
    }
}

words! {
    /// What a required config that is missing means.
    #[derive(Default)]
    pub enum Missing: "word" {
        Ignore = "ignore",
        #[default]
        Warn = "warn",
        Error = "error",
    }
}

/// The table of settings. A row is the field in [`Settings`], its default, and how a functionConfig has it in a [`Layer`]:
/// under the same name in camel case unless it says `called`, as an `Option` unless it says `as`.
macro_rules! settings {
    (layer $value:ty) => { Option<$value> };
    (layer $value:ty, $layer:ty) => { $layer };
    (name $field:ident) => { camel_case(stringify!($field)) };
    (name $field:ident, $name:literal) => { $name.to_owned() };
    ($(
        $(#[doc = $doc:literal])* $(#[serde($($serde:tt)*)])?
        $field:ident $(called $name:literal)?: $value:ty $(as $layer:ty)? = $default:expr;
    )*) => {
        /// The decided settings. [`Settings::default`] is what restamp does without flags and functionConfig.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct Settings {
            $($(#[doc = $doc])* pub $field: $value,)*
            /// The key of Secrets' digests, which the shell has read; plain ones if there is none.
            pub key: Option<Key>,
            /// Whether plain texts are read and compared on the short way. The long one leads to the same results, which tests
            /// ask for.
            pub fast_path: bool,
        }

        impl Default for Settings {
            fn default() -> Self {
                Self { $($field: $default,)* key: None, fast_path: true }
            }
        }

        /// What one place says about the settings; what it leaves open is `None` or empty.
        #[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
        #[serde(default, rename_all = "camelCase", deny_unknown_fields, expecting = "a mapping of settings")]
        pub struct Layer {
            $($(#[doc = $doc])* $(#[serde($($serde)*)])? $(#[serde(rename = $name)])? pub $field: settings!(layer $value $(, $layer)?),)*
        }

        impl Settings {
            /// The settings of some layers, field by field; the first one that says something about a field wins.
            pub fn from_layers(layers: &[Layer]) -> Self {
                let mut settings = Self::default();
                for layer in layers.iter().rev() {
                    $(layer.$field.put(&mut settings.$field);)*
                }
                settings
            }

            /// Each field as a functionConfig has it.
            pub(crate) fn fields(&self) -> Vec<(String, serde_json::Value)> {
                vec![$((settings!(name $field $(, $name)?), self.$field.written()),)*]
            }
        }
    };
}

settings! {
    select: Select = Select::default();
    /// Key of the pod template annotation that holds the stamp.
    #[serde(deserialize_with = "stamp_key")]
    annotation: String = annotation::STAMP.to_owned();
    precision: Precision = Precision::default();
    /// Which reference places count by default.
    #[serde(deserialize_with = "places")]
    places: Places = Places::default();
    missing: Missing = Missing::default();
    /// Names (globs) of configs that live elsewhere: never reported as missing.
    #[serde(deserialize_with = "globs")]
    external: Vec<Pattern> = Vec::new();
    /// Nothing selected is an error.
    #[serde(deserialize_with = "boolean")]
    require_selected: bool = false;
    /// Which workloads are looked at.
    workloads: Filter as FilterLayer = Filter::default();
    /// Which configs count.
    configs: Filter as FilterLayer = Filter::default();
    pod_templates: Vec<PodTemplate> = Vec::new();
    /// The annotation keys that are read; Reloader's unless renamed.
    names called "annotationNames": Names as Renames = Names::default();
    /// Namespace of objects that name none.
    #[serde(deserialize_with = "namespace")]
    namespace: String = "default".to_owned();
    effect: Effect = Effect::default();
    /// Stamps that a workload may lack.
    #[serde(deserialize_with = "stamps")]
    baseline: Vec<String> = Vec::new();
    mode: Mode = Mode::default();
    /// Whether what makes Secrets in the cluster counts as their content.
    producers: Counted = Counted::default();
    /// Whether Secrets count, and what makes some.
    secrets: Counted = Counted::default();
    /// Environment variable that holds the key of Secrets' digests.
    #[serde(deserialize_with = "key_env")]
    key_env: String = String::new();
    /// What a plan may come to.
    plan: PlanLimits as PlanLayer = PlanLimits::default();
}

/// The settings of a folder and what lies below, for commands over files.
pub(crate) const FILE: &str = ".restamp.yaml";

impl Settings {
    /// Whether what makes Secrets counts as their content.
    pub(crate) fn counts_producers(&self) -> bool {
        self.producers == Counted::Count
    }

    /// The key of the digests of configs of a type.
    pub(crate) fn key_of(&self, kind: ConfigKind) -> Option<&Key> {
        self.key.as_ref().filter(|_| kind.row().secret)
    }

    /// Whether configs of a type count at all.
    pub(crate) fn counts(&self, kind: ConfigKind) -> bool {
        match kind {
            ConfigKind::ConfigMap => true,
            ConfigKind::Secret => self.secrets == Counted::Count,
            ConfigKind::SecretProviderClass => self.secrets == Counted::Count && self.counts_producers(),
        }
    }

    /// Whether a selector looks at labels.
    pub(crate) fn uses_labels(&self) -> bool {
        self.workloads.uses_labels()
            || self.configs.uses_labels()
            || self.plan.protected.iter().any(Selector::uses_labels)
    }
}

/// The two lists of a filter; each is a field of its own, so that a flag's excludes leave a file's includes in force.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "a mapping with `include` or `exclude`")]
pub struct FilterLayer {
    pub include: Option<Vec<Selector>>,
    pub exclude: Option<Vec<Selector>>,
}

/// What a plan may come to: more is a finding.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlanLimits {
    /// So many workloads may roll.
    pub max_rolls: Option<usize>,
    /// None of these may.
    pub protected: Vec<Selector>,
}

/// What one place says about the limits of a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields, expecting = "a mapping with `maxRolls` or `protected`")]
pub struct PlanLayer {
    #[serde(deserialize_with = "number")]
    pub max_rolls: Option<usize>,
    pub protected: Option<Vec<Selector>>,
}

/// Words of [`Names::WORDS`], each with the key that replaces Reloader's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Renames(BTreeMap<NameWord, NameKey>);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct NameWord(&'static str);

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
struct NameKey(#[serde(deserialize_with = "name_key")] Option<String>);

impl<'de> Deserialize<'de> for NameWord {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = String::deserialize(deserializer)?;
        let known = Names::WORDS.into_iter().find(|known| *known == word);
        known.map(Self).ok_or_else(|| D::Error::custom(unknown("field", &word, &Names::WORDS)))
    }
}

fn camel_case(field: &str) -> String {
    let mut parts = field.split('_');
    let first = parts.next().unwrap_or_default().to_owned();
    let upper = |part: &str| part[..1].to_ascii_uppercase() + &part[1..];
    parts.fold(first, |name, part| name + &upper(part))
}

/// What a layer says of a setting whose value is `V`.
trait Said<V> {
    /// Puts it in the place of what weaker layers say.
    fn put(&self, value: &mut V);
}

impl<V: Clone> Said<V> for Option<V> {
    fn put(&self, value: &mut V) {
        if let Some(said) = self {
            value.clone_from(said);
        }
    }
}

impl Said<Filter> for FilterLayer {
    fn put(&self, value: &mut Filter) {
        self.include.put(&mut value.include);
        self.exclude.put(&mut value.exclude);
    }
}

impl Said<PlanLimits> for PlanLayer {
    fn put(&self, value: &mut PlanLimits) {
        value.max_rolls = self.max_rolls.or(value.max_rolls);
        self.protected.put(&mut value.protected);
    }
}

impl Said<Names> for Renames {
    fn put(&self, names: &mut Names) {
        for (word, key) in &self.0 {
            if let Some(key) = &key.0 {
                names.rename(word.0, key);
            }
        }
    }
}

readers! {
    stamp_key: String = parse_stamp_key;
    name_key: String = parse_name_key;
    namespace: String = parse_namespace;
    boolean: bool = parse_bool;
    number: usize = parse_number;
    key_env: String = parse_variable;
    glob: Pattern = parse_name;
    stamp: String = parse_stamp;
}

fn places<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Places>, D::Error> {
    let places = Option::<Vec<Option<Place>>>::deserialize(deserializer)?;
    Ok(places.map(|places| Places::new(places.into_iter().flatten())))
}

fn globs<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<Pattern>>, D::Error> {
    #[derive(Deserialize)]
    #[serde(transparent)]
    struct Item(#[serde(deserialize_with = "glob")] Option<Pattern>);
    let globs = Option::<Vec<Item>>::deserialize(deserializer)?;
    Ok(globs.map(|globs| globs.into_iter().filter_map(|item| item.0).collect()))
}

fn stamps<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<String>>, D::Error> {
    #[derive(Deserialize)]
    #[serde(transparent)]
    struct Item(#[serde(deserialize_with = "stamp")] Option<String>);
    let stamps = Option::<Vec<Item>>::deserialize(deserializer)?;
    // Sorted, as they are looked up for each workload.
    let sorted = |stamps: Vec<Item>| stamps.into_iter().filter_map(|item| item.0).collect::<BTreeSet<_>>();
    Ok(stamps.map(|stamps| sorted(stamps).into_iter().collect()))
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
    /// It is another tool's configuration that stands in a list.
    pub foreign: bool,
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let remedy = self.remedy.as_ref().map_or(String::new(), |remedy| format!(" ({remedy})"));
        write!(f, "{}{remedy}", self.message)
    }
}

impl std::error::Error for SettingsError {}

impl Settings {
    /// Whether a workload may lack this stamp.
    pub(crate) fn is_baseline(&self, stamp: &str) -> bool {
        self.baseline.binary_search_by(|known| known.as_str().cmp(stamp)).is_ok()
    }

    /// Whether a config is known to live elsewhere, so that nobody misses it.
    pub(crate) fn is_external(&self, kind: ConfigKind, name: &str) -> bool {
        kind.row().well_known.contains(&name) || self.external.iter().any(|p| p.matches(name))
    }
}

/// Reads a number of things.
pub(crate) fn parse_number(word: &str) -> Result<usize, String> {
    word.parse().map_err(|_| format!("`{}` is no number; write one like 20", word.escape_debug()))
}

/// Reads the name of an environment variable. What is none is not repeated: it may be the key itself.
pub(crate) fn parse_variable(name: &str) -> Result<String, String> {
    let letters = |c: char| c == '_' || c.is_ascii_alphanumeric();
    match name.chars().all(letters) && name.starts_with(|c: char| !c.is_ascii_digit()) {
        true => Ok(name.to_owned()),
        false => Err("no name of an environment variable; write the name, never the key".to_owned()),
    }
}

/// Reads the key of the stamp. A key that restamp reads would turn the stamp into an order to itself.
pub(crate) fn parse_stamp_key(key: &str) -> Result<String, String> {
    labels::check_key(key)?;
    let reloader = Names::default().find(key).is_some();
    let legacy = annotation::LEGACY.iter().any(|(old, _)| *old == key);
    if reloader || legacy || annotation::FIXED.contains(&key) {
        return Err(format!("`{key}` has a meaning of its own; the stamp needs another key"));
    }
    Ok(key.to_owned())
}

/// Reads a stamp.
pub(crate) fn parse_stamp(word: &str) -> Result<String, String> {
    let is_hex = |text: &str, digits: usize| {
        text.len() == digits && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    };
    let keyed = || word.strip_prefix("hmac-sha256:").and_then(|rest| rest.split_once(':'));
    if word.strip_prefix(SHA256).is_some_and(|hex| is_hex(hex, 64))
        || keyed().is_some_and(|(id, hex)| is_hex(id, 8) && is_hex(hex, 64))
    {
        return Ok(word.to_owned());
    }
    Err(format!("`{}` is no stamp\n`restamp baseline` prints those that are due", word.escape_debug()))
}

/// Reads a key of `annotationNames`.
pub(crate) fn parse_name_key(key: &str) -> Result<String, String> {
    labels::check_key(key)?;
    if key == annotation::STAMP {
        return Err(format!("`{key}` is the key of the stamp"));
    }
    Ok(key.to_owned())
}

/// Reads a namespace.
pub(crate) fn parse_namespace(name: &str) -> Result<String, String> {
    if name.len() > 63 || !labels::is_dns_label(name) {
        return Err(format!(
            "`{}` is no namespace: it has 1 to 63 lower-case letters, digits or `-`, and begins and ends with a letter or digit",
            name.escape_debug()
        ));
    }
    Ok(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Renames {
        pub(crate) fn new(names: &[(&'static str, &str)]) -> Self {
            Self(names.iter().map(|&(word, key)| (NameWord(word), NameKey(Some(key.to_owned())))).collect())
        }
    }

    #[test]
    fn the_first_layer_wins_field_by_field() {
        let flags = Layer {
            select: Some(Select::All),
            workloads: FilterLayer { include: None, exclude: Some(vec![Selector::from_word("CronJob").unwrap()]) },
            names: Renames::new(&[("auto", "a/auto")]),
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
            names: Renames::new(&[("auto", "b/auto"), ("ignore", "b/ignore")]),
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
        let mut names = Names::default();
        assert!(names.rename("auto", "a/auto") && names.rename("ignore", "b/ignore"));
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
            names,
            namespace: "shop".to_owned(),
            ..Settings::default()
        };
        assert_eq!(settings, wanted);
        assert_eq!(Settings::from_layers(&[]), Settings::default());
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

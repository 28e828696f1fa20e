//! ConfigMaps and Secrets: their keys and digests, and what the API server would refuse of them.

use crate::facts::chunk::Chunk;
use crate::facts::digest::{self, Digest, Value};
use crate::facts::object::Object;
use crate::facts::recipe::{Nature, Recipe};
use crate::finding::Finding;
use crate::kube::config_kind::ConfigKind;
use crate::settings::Settings;
use crate::settings::selector::Subject;
use crate::text::hidden::Text;
use crate::yaml::Ref;
use std::cell::LazyCell;
use std::collections::HashSet;
use std::sync::Arc;

/// A config object.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    /// What holds its content: itself, or what makes it.
    pub(crate) object: Object,
    pub(crate) kind: ConfigKind,
    pub(crate) name: Text,
    /// In code point order.
    pub(crate) keys: Vec<Key>,
    /// It may have others: what makes it does not tell.
    pub(crate) more_keys: bool,
    pub(crate) digest: Digest,
    /// The API server refuses any change of it.
    pub(crate) immutable: bool,
    /// What the API server would refuse or misread; said only of configs that are used.
    pub(crate) refused: Vec<Finding>,
    /// What it is made of, where that is no plain data.
    pub(crate) recipe: Option<Arc<Recipe>>,
}

/// One key of a config.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    pub(crate) name: Text,
    /// Its value, where `precision: keys` or a comparison asks for it.
    pub(crate) value: Option<Box<Value<'static>>>,
}

impl Config {
    pub(super) fn read(chunk: &Chunk<'_>, node: Ref<'_>, kind: ConfigKind, object: Object) -> Self {
        let (content, problems) = digest::content(kind, node, || object.about());
        let resource = LazyCell::new(|| Arc::new(object.resource_ref()));
        let finding = |(at, problem)| Finding::new(problem).at_location(chunk.location(at)).about(resource.clone());
        Self {
            refused: problems.into_iter().map(finding).collect(),
            digest: digest::digest(content.iter().map(|(k, v)| (&**k, &*v.value.0)), chunk.settings.key_of(kind)),
            keys: content.into_iter().map(|(name, entry)| entry.key(&name, chunk.keeps_values())).collect(),
            immutable: node.get("immutable").and_then(Ref::boolean) == Some(true),
            kind,
            name: object.name.clone(),
            object,
            more_keys: false,
            recipe: None,
        }
    }

    /// A config that is made of something else.
    pub(super) fn made(kind: ConfigKind, name: Text, object: Object, recipe: &Arc<Recipe>) -> Self {
        let keys = recipe.keys();
        Self {
            object,
            kind,
            name,
            more_keys: keys.is_none(),
            keys: keys.into_iter().flatten().map(|(name, value)| Key { name, value }).collect(),
            digest: recipe.digest,
            immutable: false,
            refused: Vec::new(),
            recipe: Some(recipe.clone()),
        }
    }

    /// The recipe, if another object makes it.
    pub(crate) fn maker(&self) -> Option<&Arc<Recipe>> {
        self.recipe.as_ref().filter(|recipe| recipe.nature != Nature::Encrypted)
    }

    /// Whether the settings let it count: as what it is, and as what makes it.
    pub(crate) fn is_admitted(&self, settings: &Settings) -> bool {
        let holder = self.object.subject(&settings.namespace);
        let own = Subject {
            name: self.name.raw(),
            labels: holder.labels,
            ..Subject::absent(self.kind, holder.namespace, "")
        };
        settings.counts(self.kind) && settings.configs.admits_one_of(&[own, holder])
    }

    /// What makes it, if that is another object: group, kind and name.
    pub(crate) fn made_by(&self) -> Option<(&str, &Text, &Text)> {
        self.maker().map(|_| (self.object.group(), &self.object.kind, &self.object.name))
    }

    /// Whether it is the same object, for the same config.
    pub(crate) fn is_twin(&self, other: &Self) -> bool {
        self.made_by() == other.made_by()
    }

    /// Whether it is the config itself, encrypted by SOPS.
    pub(crate) fn is_encrypted(&self) -> bool {
        self.recipe.as_ref().is_some_and(|recipe| recipe.nature == Nature::Encrypted)
    }

    /// The kind of what holds its content, as a stamp has it.
    pub(crate) fn holder(&self) -> &'static str {
        self.recipe.as_ref().map_or(self.kind.as_str(), |recipe| recipe.kind)
    }

    /// Whether its digest is made with the key, if there is one: that of a text which anyone may read is not.
    pub(crate) fn is_keyable(&self) -> bool {
        self.kind.row().secret && self.recipe.is_none()
    }

    /// The digest of some keys alone.
    pub(crate) fn digest_only(&self, seen: &HashSet<&str>, settings: &Settings) -> Digest {
        let Some(recipe) = &self.recipe else {
            let content = self.keys.iter().filter(|k| seen.contains(k.name.raw())).map(|k| {
                let value = k.value.as_ref().expect("impossible: values are kept when keys count");
                (k.name.raw(), &*value.0)
            });
            return digest::digest(content, settings.key_of(self.kind));
        };
        recipe.digest_only(seen)
    }

    /// Whether it lacks a key for sure.
    pub(crate) fn lacks(&self, name: &str) -> bool {
        !self.more_keys && self.keys.binary_search_by(|k| k.name.raw().cmp(name)).is_err()
    }
}

impl digest::Entry<'_> {
    fn key(self, name: &str, keep_value: bool) -> Key {
        Key {
            name: Text::new(name, self.hidden_key),
            value: keep_value.then(|| Box::new(Value(self.value.0.into_owned().into()))),
        }
    }
}

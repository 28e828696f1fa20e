//! ConfigMaps and Secrets: their keys and digests, and what the API server would refuse of them.

use crate::facts::chunk::Chunk;
use crate::facts::digest::{self, Digest, Value};
use crate::facts::object::Object;
use crate::finding::Finding;
use crate::kube::config_kind::ConfigKind;
use crate::text::hidden::Text;
use crate::yaml::Ref;

/// A config object.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    pub(crate) object: Object,
    pub(crate) kind: ConfigKind,
    /// In code point order.
    pub(crate) keys: Vec<Key>,
    pub(crate) digest: Digest,
    /// The API server refuses any change of it.
    pub(crate) immutable: bool,
    /// What the API server would refuse or misread; said only of configs that are used.
    pub(crate) refused: Vec<Finding>,
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
        let (content, problems) = digest::content(kind, node, &object.about());
        let finding =
            |(at, problem)| Finding::new(problem).at_location(chunk.location(at)).about(object.resource_ref());
        Self {
            refused: problems.into_iter().map(finding).collect(),
            digest: digest::digest(content.iter().map(|(k, v)| (&**k, &*v.value.0))),
            keys: content.into_iter().map(|(name, entry)| entry.key(&name, chunk.keeps_values())).collect(),
            immutable: node.get("immutable").and_then(Ref::boolean) == Some(true),
            kind,
            object,
        }
    }

    /// Whether it has a key.
    pub(crate) fn key(&self, name: &str) -> Option<&Key> {
        self.keys.binary_search_by(|k| k.name.raw().cmp(name)).ok().map(|i| &self.keys[i])
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

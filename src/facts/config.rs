//! ConfigMaps and Secrets: their keys and digests, and what the API server would refuse of them.

use crate::facts::chunk::Chunk;
use crate::facts::digest::{self, Digest, Refusal};
use crate::facts::keys::Keys;
use crate::facts::object::Object;
use crate::facts::recipe::{Nature, Recipe};
use crate::facts::shared::Shared;
use crate::kube::config_kind::ConfigKind;
use crate::settings::Settings;
use crate::settings::selector::Subject;
use crate::text::hidden::Text;
use crate::yaml::Ref;
use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

/// A config object.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    /// What holds its content: itself, or what makes it.
    pub(crate) object: Object,
    pub(crate) kind: ConfigKind,
    pub(crate) keys: Keys,
    pub(crate) digest: Digest,
    /// The API server refuses any change of it.
    pub(crate) immutable: bool,
    /// What most do not have.
    rare: Option<Box<Rare>>,
}

#[derive(Clone, Debug, Default)]
struct Rare {
    /// Its name, if something else makes it.
    name: Option<Text>,
    /// It may have other keys: what makes it does not tell.
    more_keys: bool,
    /// What the API server would refuse or misread; said only of configs that are used.
    refused: Vec<(Range<usize>, Refusal)>,
    /// What it is made of, where that is no plain data.
    recipe: Option<Arc<Recipe>>,
}

impl Config {
    pub(super) fn read(
        chunk: &Chunk<'_>,
        node: Ref<'_>,
        kind: ConfigKind,
        object: Object,
        shared: &mut Shared,
    ) -> Self {
        let (content, refused) = digest::content(kind, node);
        let refused: Vec<_> = refused.into_iter().map(|(at, refusal)| (chunk.location(at).range, refusal)).collect();
        Self {
            rare: (!refused.is_empty()).then(|| Box::new(Rare { refused, ..Rare::default() })),
            digest: digest::digest(content.iter().map(|(k, v)| (&**k, &*v.value.0)), chunk.settings.key_of(kind)),
            keys: Keys::new(content, chunk.keeps_values(), shared),
            immutable: node.get("immutable").and_then(Ref::boolean) == Some(true),
            kind,
            object,
        }
    }

    /// A config that is made of something else.
    pub(super) fn made(kind: ConfigKind, name: Text, object: Object, recipe: &Arc<Recipe>) -> Self {
        let keys = recipe.keys();
        let more_keys = keys.is_none();
        let (name, recipe, digest) = (Some(name), Some(recipe.clone()), recipe.digest);
        let rare = Some(Box::new(Rare { name, more_keys, recipe, ..Rare::default() }));
        Self { object, kind, digest, immutable: false, rare, keys: keys.unwrap_or_default().into() }
    }

    pub(crate) fn name(&self) -> &Text {
        self.rare.as_ref().and_then(|rare| rare.name.as_ref()).unwrap_or(&self.object.name)
    }

    /// What the API server would refuse or misread.
    pub(crate) fn refused(&self) -> &[(Range<usize>, Refusal)] {
        self.rare.as_ref().map_or(&[], |rare| &rare.refused)
    }

    fn recipe(&self) -> Option<&Arc<Recipe>> {
        self.rare.as_ref()?.recipe.as_ref()
    }

    /// The recipe, if another object makes it.
    pub(crate) fn maker(&self) -> Option<&Arc<Recipe>> {
        self.recipe().filter(|recipe| recipe.nature != Nature::Encrypted)
    }

    /// Whether the settings let it count: as what it is, and as what makes it.
    pub(crate) fn is_admitted(&self, settings: &Settings) -> bool {
        let holder = self.object.subject(&settings.namespace);
        let own = Subject {
            name: self.name().raw(),
            labels: holder.labels,
            ..Subject::absent(self.kind, holder.namespace, "")
        };
        settings.counts(self.kind) && settings.configs.admits_one_of(&[own, holder])
    }

    /// What makes it, if that is another object: group, kind and name.
    pub(crate) fn made_by(&self) -> Option<(&str, &Text, &Text)> {
        self.maker().map(|_| (self.object.group(), self.object.kind(), &self.object.name))
    }

    /// Whether it is the same object, for the same config.
    pub(crate) fn is_twin(&self, other: &Self) -> bool {
        self.made_by() == other.made_by()
    }

    /// Whether it is the config itself, encrypted by SOPS.
    pub(crate) fn is_encrypted(&self) -> bool {
        self.recipe().is_some_and(|recipe| recipe.nature == Nature::Encrypted)
    }

    /// The kind of what holds its content, as a stamp has it.
    pub(crate) fn holder(&self) -> &'static str {
        self.recipe().map_or(self.kind.as_str(), |recipe| recipe.kind)
    }

    /// Whether its digest is made with the key, if there is one: that of a text which anyone may read is not.
    pub(crate) fn is_keyable(&self) -> bool {
        self.kind.row().secret && self.recipe().is_none()
    }

    /// The digest of some keys alone.
    pub(crate) fn digest_only(&self, seen: &HashSet<&str>, settings: &Settings) -> Digest {
        let Some(recipe) = self.recipe() else {
            let content = self.keys.iter().filter(|(name, ..)| seen.contains(name)).map(|(name, _, value)| {
                let value = value.expect("impossible: values are kept when keys count");
                (name, &*value.0)
            });
            return digest::digest(content, settings.key_of(self.kind));
        };
        recipe.digest_only(seen)
    }

    /// Whether it lacks a key for sure.
    pub(crate) fn lacks(&self, name: &str) -> bool {
        !self.rare.as_ref().is_some_and(|rare| rare.more_keys) && !self.keys.contains(name)
    }
}

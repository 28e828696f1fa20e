//! What a config is made of that is no plain data: the JSON that counts of its maker, or of its text as SOPS wrote it.
//!
//! Takes JSON, gives its digest, that of some keys alone, and what stands under each. The debug form hides all of it.

use crate::facts::digest::{self, Digest, Value as Bytes};
use crate::facts::json::{self, Hidden};
use crate::text::hidden::Text;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, HashSet};
use std::fmt;

/// How far content decides what is made of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Nature {
    /// It is the config itself, encrypted.
    Encrypted,
    /// Wholly.
    Exact,
    /// It says which values are fetched; those stay until it changes.
    Trigger,
    /// Values change although it does not.
    Rotates,
    /// It holds what decides that, in a place that goes into no digest.
    Unseen,
    /// Not at all: what is made comes long after apply, or only a cluster knows where. It goes into no stamp.
    Late,
}

impl Nature {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Encrypted | Self::Exact => "exact",
            Self::Trigger => "trigger",
            Self::Rotates => "rotates",
            Self::Unseen => "unseen",
            Self::Late => "late",
        }
    }
}

/// Where content tells the keys of what is made of it.
#[derive(Clone, Copy)]
pub(super) enum Keys {
    Unknown,
    /// Its own.
    Top,
    /// Those of some maps in it.
    Maps(&'static [&'static str]),
    /// A field of each item of `data`, if nothing else adds keys.
    Items(&'static str),
}

/// What something is made of.
#[derive(Clone)]
pub(crate) struct Recipe {
    /// The kind of what holds it, as a stamp has it.
    pub(crate) kind: &'static str,
    pub(crate) nature: Nature,
    pub(crate) digest: Digest,
    /// The keys of what is made, with what each is made of; `None` if they are not known.
    keys: Option<BTreeMap<String, Value>>,
    /// Those of them that aliases brought from a Secret.
    hidden: Hidden,
    form: Keys,
    /// All of it, where keys count or a comparison asks.
    content: Option<Value>,
}

impl fmt::Debug for Recipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recipe").field("kind", &self.kind).field("nature", &self.nature).finish_non_exhaustive()
    }
}

impl Recipe {
    pub(super) fn new(
        kind: &'static str,
        nature: Nature,
        content: Value,
        form: Keys,
        hidden: &Hidden,
        keep: bool,
    ) -> Self {
        let digest = digest_of(&content);
        let mut keys = form.entries(&content);
        let all = keys.iter().flat_map(BTreeMap::keys);
        let hidden = all.filter(|key| hidden.contains(*key)).cloned().collect();
        if !keep {
            // Of keys that nobody compares the names are enough.
            keys.iter_mut().flat_map(BTreeMap::values_mut).for_each(|value| *value = Value::Null);
        }
        Self { kind, nature, digest, keys, hidden, form, content: keep.then_some(content) }
    }

    /// The keys of what is made of it, each with the bytes that stand for its value; `None` if they are not known.
    pub(crate) fn keys(&self) -> Option<Vec<(Text, Option<Box<Bytes<'static>>>)>> {
        let keep = self.content.is_some();
        let one = |(key, value): (&String, &Value)| {
            let bytes = || {
                let mut out = Vec::new();
                json::canonical(value, &mut out);
                Box::new(Bytes(out.into()))
            };
            (Text::new(key, self.hidden.contains(key)), keep.then(bytes))
        };
        self.keys.as_ref().map(|keys| keys.iter().map(one).collect())
    }

    /// The digest of some keys alone, and of what is about none; of all where keys are not known.
    pub(crate) fn digest_only(&self, seen: &HashSet<&str>) -> Digest {
        match &self.content {
            Some(content) if self.keys.is_some() => digest_of(&self.form.only(content.clone(), seen)),
            _ => self.digest,
        }
    }
}

fn digest_of(content: &Value) -> Digest {
    let mut out = Vec::new();
    json::canonical(content, &mut out);
    digest::plain_digest(&out)
}

impl Keys {
    /// The key of an item of `data`.
    fn of_item(field: &str, item: &Value) -> Option<String> {
        Some(item.get(field)?.as_str()?.to_owned())
    }

    fn entries(self, content: &Value) -> Option<BTreeMap<String, Value>> {
        let map = |map: &Value| map.as_object().cloned().unwrap_or_default();
        match self {
            Self::Unknown => None,
            Self::Top => Some(map(content).into_iter().collect()),
            Self::Maps(fields) => {
                let mut out: BTreeMap<String, Value> = BTreeMap::new();
                for (field, (key, value)) in
                    fields.iter().flat_map(|f| map(&content[*f]).into_iter().map(move |e| (f, e)))
                {
                    let entry = out.entry(key).or_insert_with(|| Value::Object(Map::new()));
                    entry[*field] = value;
                }
                Some(out)
            }
            Self::Items(field) => {
                let templates = [&content["target"]["template"], &content["template"]];
                let adds = |from: &Value| !from.is_null() && from.as_array().is_none_or(|all| !all.is_empty());
                if templates.into_iter().chain([&content["dataFrom"]]).any(adds) {
                    return None;
                }
                let items = content["data"].as_array().map(Vec::as_slice).unwrap_or_default();
                items.iter().map(|item| Some((Self::of_item(field, item)?, item.clone()))).collect()
            }
        }
    }

    fn only(self, mut content: Value, seen: &HashSet<&str>) -> Value {
        let retain = |map: &mut Value| {
            if let Value::Object(map) = map {
                map.retain(|key, _| seen.contains(&**key));
            }
        };
        match self {
            Self::Unknown => {}
            Self::Top => retain(&mut content),
            Self::Maps(fields) => fields.iter().for_each(|field| retain(&mut content[*field])),
            Self::Items(field) => {
                if let Some(Value::Array(items)) = content.get_mut("data") {
                    items.retain(|item| Self::of_item(field, item).is_some_and(|key| seen.contains(&*key)));
                }
            }
        }
        content
    }
}

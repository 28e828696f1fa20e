//! Readers of the fields of a functionConfig: mappings with known fields, words, lists, and values held in a string.
//!
//! Takes a serde deserializer and the syntax of a word; gives the value, or an error in our words at the place of the key
//! or value. Knows no field by name.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::{SeqDeserializer, UnitDeserializer};
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;

use crate::settings::document::without_place;
use crate::settings::unknown;

/// A mapping with known fields.
pub(crate) trait Fields: Default {
    const KNOWN: &'static [&'static str];
    const EXPECTING: &'static str;

    /// Reads the value of a field of [`Self::KNOWN`].
    fn set<'de, A: MapAccess<'de>>(&mut self, field: &'static str, map: &mut A) -> Result<(), A::Error>;

    /// Whether the fields make sense together.
    fn check(&self) -> Result<(), String> {
        Ok(())
    }
}

/// Reads a [`Fields`]. Unlike with a derived `Deserialize`, an unknown or repeated field is an error at its key.
pub(crate) struct Mapping<T>(PhantomData<T>);

impl<T> Mapping<T> {
    pub(crate) fn new() -> Self {
        Self(PhantomData)
    }
}

impl<T> Clone for Mapping<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Mapping<T> {}

impl<'de, T: Fields> DeserializeSeed<'de> for Mapping<T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        deserializer.deserialize_option(self)
    }
}

impl<'de, T: Fields> Visitor<'de> for Mapping<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::EXPECTING)
    }

    /// Null is a mapping that was not given, as everywhere in Kubernetes.
    fn visit_unit<E: serde::de::Error>(self) -> Result<T, E> {
        Ok(T::default())
    }

    fn visit_none<E: serde::de::Error>(self) -> Result<T, E> {
        Ok(T::default())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        deserializer.deserialize_map(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<T, A::Error> {
        let mut fields = T::default();
        let mut seen = Vec::new();
        while let Some(field) = map.next_key_seed(Key { known: T::KNOWN, seen: &seen })? {
            seen.push(field);
            fields.set(field, &mut map)?;
        }
        fields.check().map_err(A::Error::custom)?;
        Ok(fields)
    }
}

/// Reads a key of a mapping with known fields.
struct Key<'a> {
    known: &'static [&'static str],
    seen: &'a [&'static str],
}

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = &'static str;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<&'static str, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = &'static str;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a field")
    }

    fn visit_str<E: serde::de::Error>(self, key: &str) -> Result<&'static str, E> {
        match self.known.iter().find(|k| **k == key) {
            Some(field) if self.seen.contains(field) => Err(E::custom(format!("the field `{field}` is given twice"))),
            Some(field) => Ok(field),
            None => Err(E::custom(unknown("field", key, self.known))),
        }
    }
}

/// Reads one word with a function that knows its syntax; null is no word.
pub(crate) struct Scalar<T>(pub(crate) fn(&str) -> Result<T, String>);

impl<T> Clone for Scalar<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Scalar<T> {}

impl<'de, T> DeserializeSeed<'de> for Scalar<T> {
    type Value = Option<T>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<T>, D::Error> {
        deserializer.deserialize_option(self)
    }
}

impl<'de, T> Visitor<'de> for Scalar<T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("one word")
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<Option<T>, E> {
        Ok(None)
    }

    fn visit_none<E: serde::de::Error>(self) -> Result<Option<T>, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<T>, D::Error> {
        // Also of an unquoted `true` or `123` the text is what counts.
        deserializer.deserialize_str(self)
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Option<T>, E> {
        (self.0)(text).map(Some).map_err(E::custom)
    }
}

/// Reads a list; null is no list.
pub(crate) struct List<S>(pub(crate) S);

impl<'de, S: DeserializeSeed<'de> + Copy> DeserializeSeed<'de> for List<S> {
    type Value = Option<Vec<S::Value>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_option(self)
    }
}

impl<'de, S: DeserializeSeed<'de> + Copy> Visitor<'de> for List<S> {
    type Value = Option<Vec<S::Value>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_none<E: serde::de::Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_seq(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(self.0)? {
            items.push(item);
        }
        Ok(Some(items))
    }
}

/// Reads a list of words; an item that is null is none.
pub(crate) fn words<'de, A: MapAccess<'de>, T>(
    map: &mut A,
    parse: fn(&str) -> Result<T, String>,
) -> Result<Option<Vec<T>>, A::Error> {
    Ok(map.next_value_seed(List(Scalar(parse)))?.map(|items| items.into_iter().flatten().collect()))
}

/// A mapping of which each value is a string that holds the real value.
pub(crate) struct TextValues<'a, A>(pub(crate) &'a mut A);

impl<'de, A: MapAccess<'de>> MapAccess<'de> for TextValues<'_, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        self.0.next_key_seed(seed)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.0.next_value_seed(TextValue(seed))
    }
}

struct TextValue<V>(V);

impl<'de, V: DeserializeSeed<'de>> DeserializeSeed<'de> for TextValue<V> {
    type Value = V::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<V::Value, D::Error> {
        deserializer.deserialize_option(self)
    }
}

impl<'de, V: DeserializeSeed<'de>> Visitor<'de> for TextValue<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string, as every value of a ConfigMap")
    }

    fn visit_none<E: serde::de::Error>(self) -> Result<V::Value, E> {
        self.0.deserialize(UnitDeserializer::new())
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<V::Value, E> {
        self.visit_none()
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<V::Value, D::Error> {
        deserializer.deserialize_str(self)
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<V::Value, E> {
        // The place of an error inside the text means nothing outside it: the place of the whole value is told.
        self.0.deserialize(Text(text.trim().to_owned())).map_err(|e| E::custom(without_place(&e)))
    }
}

/// The text of one value. What kpt passes is typed in a shell, so that a word and a comma list need no quotes: read as
/// YAML, `*-issued` would be an alias.
struct Text(String);

impl Text {
    fn is_yaml_list(&self) -> bool {
        self.0.starts_with('[') || self.0.starts_with("- ") || self.0.starts_with('#')
    }

    fn is_quoted(&self) -> bool {
        self.0.starts_with(['"', '\''])
    }
}

impl<'de> Deserializer<'de> for Text {
    type Error = serde_yaml::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        serde_yaml::from_str::<serde_yaml::Value>(&self.0)?.deserialize_any(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        visitor.visit_some(self)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        if self.is_quoted() {
            return self.deserialize_any(visitor);
        }
        visitor.visit_string(self.0)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        if self.is_yaml_list() {
            return self.deserialize_any(visitor);
        }
        let items = self.0.split(',').map(|item| item.trim().to_owned()).filter(|item| !item.is_empty());
        visitor.visit_seq(SeqDeserializer::new(items))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char string bytes byte_buf unit unit_struct newtype_struct
        tuple tuple_struct map struct enum identifier ignored_any
    }
}

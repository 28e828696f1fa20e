//! A node of YAML as serde reads it: the text of a scalar counts, null is nothing given, and an error knows its field
//! and place.
//!
//! Takes a [`Ref`], or one text that holds a value; gives what a type makes of it, or a [`Fault`]. Knows no field. An alias
//! is followed wherever its anchor stands, but what a Secret holds is never given out.

use crate::text::words::unknown;
use crate::yaml::{self, Arena, Documents, Doubt, Kind, Ref, Type};
use serde::de::value::StrDeserializer;
use serde::de::{DeserializeSeed, Deserializer, Error, Expected, MapAccess, SeqAccess, Unexpected, Visitor};
use serde::forward_to_deserialize_any;
use std::fmt::{self, Display};
use std::iter::Enumerate;
use std::ops::Range;
use std::vec;

/// What is wrong with a field, and where.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) message: String,
    pub(crate) remedy: Option<String>,
    /// The field, from where reading began: `spec.places[1]`.
    path: String,
    /// Byte offset in the text of the tree.
    pub(crate) offset: Option<usize>,
}

impl Fault {
    /// At a place, unless it has one further in.
    pub(crate) fn at(mut self, offset: usize) -> Self {
        self.offset.get_or_insert(offset);
        self
    }

    /// In a field, or in an item of a list (`[1]`).
    pub(crate) fn within(self, field: &str) -> Self {
        let dot = if self.path.is_empty() || self.path.starts_with('[') { "" } else { "." };
        Self { path: format!("{field}{dot}{}", self.path), ..self }
    }
}

impl Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let colon = if self.path.is_empty() { "" } else { ": " };
        write!(f, "{}{colon}{}", self.path, self.message)
    }
}

impl std::error::Error for Fault {}

impl Error for Fault {
    /// A second line is the remedy.
    fn custom<T: Display>(message: T) -> Self {
        let text = message.to_string();
        let (message, remedy) = match text.split_once('\n') {
            Some((message, remedy)) => (message.to_owned(), Some(remedy.to_owned())),
            None => (text, None),
        };
        Self { message, remedy, path: String::new(), offset: None }
    }

    fn unknown_field(field: &str, known: &'static [&'static str]) -> Self {
        Self::custom(unknown("field", field, known))
    }
}

/// Reads the only document of a text; null if all are empty. Syntax comes first, whatever else is wrong.
pub(crate) fn document<T>(text: &str, read: impl FnOnce(Value<'_>) -> Result<T, Fault>) -> Result<T, Fault> {
    let mut arena = Arena::default();
    let mut read = Some(read);
    let mut found = None;
    let parts = yaml::chunks(text);
    if let Some(odd) = parts.odd.first() {
        return Err(Fault::custom("a line of `---` holds something else too").at(odd.at));
    }
    for chunk in parts.all {
        let base = chunk.range.start;
        let mut documents = Documents::new(&text[chunk.range.clone()], &chunk);
        let Some(tree) = documents.next(&mut arena).transpose().map_err(|error| {
            let glob = error.message.contains("alias").then_some("quote a glob that begins with `*`");
            let fault = Fault::custom(format!("cannot be read as YAML: {}", error.message)).at(base + error.offset);
            Fault { remedy: glob.or(error.remedy).map(str::to_owned), ..fault }
        })?
        else {
            continue;
        };
        let rest = tree
            .doubts()
            .find(|(_, doubt)| matches!(doubt, Doubt::Dropped { .. }))
            .map(|(at, _)| at)
            .or(documents.rest());
        let root = tree.roots().next().filter(|root| !root.is_null());
        let second = root.filter(|_| read.is_none()).map(Ref::start).or(rest);
        if let Some(second) = second {
            return Err(Fault::custom("a second document; a functionConfig is exactly one").at(base + second));
        }
        if let Some((root, read)) = root.and_then(|root| Some((root, read.take()?))) {
            let shifted = |fault: Fault| Fault { offset: fault.offset.map(|at| base + at), ..fault };
            found = Some(read(Value::new(Some(root), &[])).map_err(shifted));
        }
    }
    match (found, read) {
        (Some(found), _) => found,
        (None, Some(read)) => read(Value::new(None, &[])),
        (None, None) => Err(Fault::custom("cannot be read")),
    }
}

/// A value as it stands in a file.
#[derive(Clone, Copy)]
pub(crate) struct Value<'t> {
    /// Absent is null.
    node: Option<Ref<'t>>,
    /// Where it stands: behind its anchor, but what may not be shown where its alias is.
    pub(crate) start: usize,
    /// It is a mapping of which each value is a string that holds the real value, as `data` of a ConfigMap.
    pub(crate) of_texts: bool,
    /// It is such a string. What kpt passes is typed in a shell, so that a word and a comma list need no quotes: read as
    /// YAML, `*-issued` would be an alias.
    held: Option<&'t str>,
    /// What Secrets hold.
    hidden: &'t [Range<usize>],
}

impl<'t> Value<'t> {
    /// A node of a tree in which Secrets hold these ranges.
    pub(crate) fn new(node: Option<Ref<'t>>, hidden: &'t [Range<usize>]) -> Self {
        let value = Self { node: node.map(Ref::resolved), start: 0, of_texts: false, held: None, hidden };
        let place = if value.is_hidden() { node } else { value.node };
        Self { start: place.map_or(0, Ref::start), ..value }
    }

    pub(crate) fn is_null(self) -> bool {
        self.node.is_none_or(Ref::is_null)
    }

    /// A field of a mapping; null if it has none of that name.
    pub(crate) fn get(self, field: &str) -> Self {
        Self::new(self.node.and_then(|node| node.get(field)), self.hidden)
    }

    /// The fields of a mapping; none of null.
    pub(crate) fn fields(self, expected: &dyn Expected) -> Result<Fields<'t>, Fault> {
        if !self.is_null() && self.kind() != Some(Kind::Map) {
            return Err(self.instead_of(expected));
        }
        let is_merge = |key: Ref<'_>| key.scalar_type() == Some(Type::Merge);
        let mut entries: Vec<_> =
            self.node.into_iter().flat_map(Ref::entries).filter(|(key, _)| !is_merge(*key)).collect();
        // What merge keys bring comes behind the fields of its own.
        let own: Vec<_> = entries.iter().map(|(key, _)| key.scalar()).collect();
        let all = self.node.into_iter().flat_map(Ref::pairs).map(|(_, key, value)| (key, value));
        let brought: Vec<_> = all.filter(|(key, _)| !own.contains(&key.scalar())).collect();
        entries.extend(brought);
        Ok(Fields { map: self, entries: entries.into_iter(), seen: Vec::new(), value: None })
    }

    fn kind(self) -> Option<Kind> {
        self.node.map(Ref::kind)
    }

    fn text(self, expected: &str) -> Result<&'t str, Fault> {
        self.scalar().ok_or_else(|| self.instead_of(&expected))
    }

    /// The text of a scalar that no Secret holds.
    fn scalar(self) -> Option<&'t str> {
        self.node.and_then(Ref::scalar).filter(|_| !self.is_hidden())
    }

    fn is_hidden(self) -> bool {
        self.node.is_some_and(|node| self.hidden.iter().any(|range| range.contains(&node.start())))
    }

    fn instead_of(self, expected: &dyn Expected) -> Fault {
        let found = match (self.kind(), self.scalar()) {
            (_, Some(text)) => Unexpected::Str(text),
            (Some(Kind::Map), _) => Unexpected::Map,
            (Some(Kind::Seq), _) => Unexpected::Seq,
            _ => return Fault::custom("an alias of what a Secret holds\nwrite the text itself"),
        };
        Fault::invalid_type(found, expected)
    }
}

/// Reads a string as YAML. A place inside it means nothing outside: the place of the whole value is told.
fn yaml<T>(text: &str, read: impl FnOnce(Value<'_>) -> Result<T, Fault>) -> Result<T, Fault> {
    document(text, read).map_err(|fault| Fault { offset: None, ..fault })
}

impl<'de> Deserializer<'de> for Value<'_> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.held {
            Some(text) => yaml(text, |value| value.deserialize_any(visitor)),
            None => {
                let fields = self.fields(&visitor)?;
                visitor.visit_map(fields)
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        if self.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.held {
            Some(text) if text.starts_with(['"', '\'']) => yaml(text, |value| value.deserialize_string(visitor)),
            Some(text) => visitor.visit_str(text),
            None => visitor.visit_str(self.text("one word")?),
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let items: Vec<Value<'_>> = match self.held {
            Some(text) if text.starts_with(['[', '#']) || text.starts_with("- ") => {
                return yaml(text, |value| value.deserialize_seq(visitor));
            }
            Some(text) => {
                let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
                items.map(|item| Value { held: Some(item), ..self }).collect()
            }
            None if !self.is_null() && self.kind() != Some(Kind::Seq) => return Err(self.instead_of(&"a list")),
            None => self.node.into_iter().flat_map(Ref::items).map(|i| Value::new(Some(i), self.hidden)).collect(),
        };
        visitor.visit_seq(Items(items.into_iter().enumerate()))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str bytes byte_buf unit unit_struct newtype_struct
        tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// The fields of a mapping, one after the other; a repeated one is an error.
pub(crate) struct Fields<'t> {
    map: Value<'t>,
    entries: vec::IntoIter<(Ref<'t>, Ref<'t>)>,
    seen: Vec<&'t str>,
    /// The field of which the value comes next.
    value: Option<(&'t str, Value<'t>)>,
}

impl<'t> Fields<'t> {
    /// The next field: its name, where that stands, and its value.
    pub(crate) fn next(&mut self) -> Result<Option<(&'t str, usize, Value<'t>)>, Fault> {
        let Some((key, value)) = self.entries.next() else {
            return Ok(None);
        };
        let at = key.start();
        let field = Value::new(Some(key), self.map.hidden).text("a name").map_err(|fault| fault.at(at))?;
        if self.seen.contains(&field) {
            return Err(Fault::custom(format!("the field `{field}` is given twice")).at(at));
        }
        self.seen.push(field);
        Ok(Some((field, at, Value::new(Some(value), self.map.hidden))))
    }
}

impl<'de> MapAccess<'de> for Fields<'_> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Fault> {
        let Some((field, at, value)) = self.next()? else {
            return Ok(None);
        };
        self.value = Some((field, value));
        seed.deserialize(StrDeserializer::new(field)).map(Some).map_err(|fault: Fault| fault.at(at))
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Fault> {
        let (field, value) = self.value.take().ok_or_else(|| Fault::custom("a value without a key"))?;
        let held = match self.map.of_texts && !value.is_null() {
            true => value.text("a string, as every value of a ConfigMap").map(|text| Some(text.trim())),
            false => Ok(None),
        };
        let read = held.and_then(|held| seed.deserialize(Value { held, ..value }));
        read.map_err(|fault| fault.at(value.start).within(field))
    }
}

/// The items of a list, one after the other.
struct Items<'t>(Enumerate<vec::IntoIter<Value<'t>>>);

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Fault;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Fault> {
        let Some((index, item)) = self.0.next() else {
            return Ok(None);
        };
        seed.deserialize(item).map(Some).map_err(|fault| fault.at(item.start).within(&format!("[{index}]")))
    }
}

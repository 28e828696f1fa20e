//! The keys of a config, as they are kept: most configs have a few with short names, and nobody asks for what they hold.
//!
//! Takes content, gives the names of its keys in code point order, each with its value where that is kept.

use crate::facts::digest::{Content, Value};
use crate::facts::shared::Shared;
use crate::text::hidden::Text;
use std::sync::Arc;

/// A key and its value, where `precision: keys` or a comparison asks for it.
type Key = (Text, Option<Box<Value<'static>>>);

/// The keys of a config, in code point order.
#[derive(Clone, Debug)]
pub(crate) enum Keys {
    /// A few names, all shown and nothing else: each behind a byte that is its length.
    Names(Arc<str>),
    All(Box<[Key]>),
}

/// So many bytes of names are looked through one by one.
const FEW: usize = 512;

impl Keys {
    pub(super) fn new(content: Content<'_>, keep_values: bool, shared: &mut Shared) -> Self {
        // A length below 128 is one character.
        let short = |name: &str| name.len() < 128;
        let room = content.iter().map(|(name, _)| name.len() + 1).sum::<usize>();
        if !keep_values && room <= FEW && content.iter().all(|(name, entry)| short(name) && !entry.hidden_key) {
            let mut names = String::with_capacity(room);
            for (name, _) in &content {
                names.push(char::from(name.len() as u8));
                names.push_str(name);
            }
            return Self::Names(shared.text(&names));
        }
        let value = |value: Value<'_>| Box::new(Value(value.0.into_owned().into()));
        let all = content
            .into_iter()
            .map(|(name, entry)| (Text::new(&name, entry.hidden_key), keep_values.then(|| value(entry.value))));
        Self::All(all.collect())
    }

    /// The name of each, how that is shown, and the value, if it was kept.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str, Option<&Value<'static>>)> {
        let short = self.short().map(|name| (name, name, None));
        short.chain(self.all().iter().map(|(name, value)| (name.raw(), name.shown(), value.as_deref())))
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = Text> {
        self.short().map(Text::from).chain(self.all().iter().map(|(name, _)| name.clone()))
    }

    fn all(&self) -> &[Key] {
        match self {
            Self::Names(_) => &[],
            Self::All(all) => all,
        }
    }

    /// Whether the values were kept.
    pub(crate) fn have_values(&self) -> bool {
        match self {
            Self::Names(names) => names.is_empty(),
            Self::All(all) => all.iter().all(|(_, value)| value.is_some()),
        }
    }

    pub(crate) fn contains(&self, key: &str) -> bool {
        match self {
            Self::Names(_) => self.short().any(|name| name == key),
            Self::All(all) => all.binary_search_by(|(name, _)| name.raw().cmp(key)).is_ok(),
        }
    }

    fn short(&self) -> impl Iterator<Item = &str> {
        let mut rest = match self {
            Self::Names(names) => &**names,
            Self::All(_) => "",
        };
        std::iter::from_fn(move || {
            let len = usize::from(*rest.as_bytes().first()?);
            let (name, behind) = rest[1..].split_at(len);
            rest = behind;
            Some(name)
        })
    }
}

impl From<Vec<Key>> for Keys {
    fn from(all: Vec<Key>) -> Self {
        Self::All(all.into())
    }
}

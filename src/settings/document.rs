//! The text of a functionConfig as exactly one YAML document, and errors with their place.
//!
//! Takes the text and a reader for the document's value; gives what the reader made of it, or a [`Fault`]. Knows the YAML
//! library's ways of telling an error, and no field.

use std::fmt;
use std::ops::Range;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// A part of a text as a document of its own: with blanks in place of what stands before it on its line, since the
/// lines after it keep their indentation.
pub(crate) struct Padded {
    pub(crate) text: String,
    blanks: usize,
    start: usize,
}

impl Padded {
    pub(crate) fn new(text: &str, range: Range<usize>) -> Self {
        let (mut start, end) = (range.start, range.end);
        // libyaml does not count a byte order mark.
        if text[start..end].starts_with('\u{feff}') {
            start += '\u{feff}'.len_utf8();
        }
        let line = text[..start].rfind(['\n', '\r']).map_or(0, |i| i + 1);
        let blanks = text[line..start].trim_start_matches('\u{feff}').chars().count();
        Self { text: format!("{}{}", " ".repeat(blanks), &text[start..end]), blanks, start }
    }

    /// The byte offset in the whole text of a character of the padded one.
    pub(crate) fn offset(&self, index: usize) -> usize {
        let offset = self.text.char_indices().nth(index).map_or(self.text.len(), |(i, _)| i);
        self.start + offset.saturating_sub(self.blanks)
    }
}

/// What is wrong, and at which character.
pub(crate) struct Fault {
    pub(crate) message: String,
    pub(crate) remedy: Option<String>,
    pub(crate) index: usize,
}

/// The index of the only document that is not empty. Reads all of the text, so that whatever fails later is no syntax.
pub(crate) fn documents(text: &str) -> Result<Option<usize>, Fault> {
    let mut found = None;
    for (index, document) in serde_yaml::Deserializer::from_str(text).enumerate() {
        let wanted = Document { second: found.is_some() };
        match wanted.deserialize(document) {
            Ok(Content::Something) => found = Some(index),
            Ok(Content::Nothing) => {}
            Err(error) => return Err(syntax_fault(error, found.is_some())),
        }
    }
    Ok(found)
}

pub(crate) fn read<'t, S: DeserializeSeed<'t>>(text: &'t str, document: usize, seed: S) -> Result<S::Value, Fault> {
    let mut documents = serde_yaml::Deserializer::from_str(text);
    match documents.nth(document) {
        Some(document) => seed.deserialize(document).map_err(fault),
        None => Err(Fault { message: "there is no document".to_owned(), remedy: None, index: 0 }),
    }
}

/// Takes apart an error of the YAML library: our messages carry their remedy on a second line, the library adds the path
/// of the field in front and the place at the end.
fn fault(error: serde_yaml::Error) -> Fault {
    let index = error.location().map_or(0, |l| l.index());
    let message = without_place(&error);
    let (message, remedy) = match message.split_once('\n') {
        Some((message, remedy)) => (message.to_owned(), Some(remedy.to_owned())),
        None => (message, None),
    };
    Fault { message, remedy, index }
}

fn syntax_fault(error: serde_yaml::Error, second: bool) -> Fault {
    let mut fault = fault(error);
    if second && fault.message == SECOND {
        return fault;
    }
    if fault.message.contains("anchor") || fault.message.contains("alias") {
        fault.remedy = Some("quote a glob that begins with `*`".to_owned());
    }
    fault.message = format!("cannot be read as YAML: {}", fault.message);
    fault
}

pub(crate) fn without_place(error: &serde_yaml::Error) -> String {
    let text = error.to_string();
    let Some(place) = error.location() else {
        return text;
    };
    let place = format!(" at line {} column {}", place.line(), place.column());
    match text.strip_suffix(&place) {
        Some(text) => text.to_owned(),
        // libyaml goes on with the place where the enclosing construct began.
        None => text.split_once(&place).map_or(text.clone(), |(text, _)| text.to_owned()),
    }
}

const SECOND: &str = "a second document; a functionConfig is exactly one";

/// Reads a document for its syntax alone, and refuses it if it is a second one.
struct Document {
    second: bool,
}

enum Content {
    Nothing,
    Something,
}

impl Document {
    fn something<E: serde::de::Error>(&self) -> Result<Content, E> {
        if self.second {
            return Err(E::custom(SECOND));
        }
        Ok(Content::Something)
    }
}

impl<'de> DeserializeSeed<'de> for Document {
    type Value = Content;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Content, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Document {
    type Value = Content;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a functionConfig")
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<Content, E> {
        Ok(Content::Nothing)
    }

    /// What the library makes of a text without any document.
    fn visit_none<E: serde::de::Error>(self) -> Result<Content, E> {
        Ok(Content::Nothing)
    }

    fn visit_str<E: serde::de::Error>(self, _: &str) -> Result<Content, E> {
        self.something()
    }

    fn visit_bool<E: serde::de::Error>(self, _: bool) -> Result<Content, E> {
        self.something()
    }

    fn visit_i64<E: serde::de::Error>(self, _: i64) -> Result<Content, E> {
        self.something()
    }

    fn visit_u64<E: serde::de::Error>(self, _: u64) -> Result<Content, E> {
        self.something()
    }

    fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<Content, E> {
        self.something()
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Content, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        self.something()
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Content, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        self.something()
    }
}

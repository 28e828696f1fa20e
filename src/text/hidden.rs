//! Text of the input that may lie in a Secret: what an alias brought from there is compared, and never shown.

use smol_str::SmolStr;
use std::cmp::Ordering;
use std::fmt;

/// What stands for a hidden text.
pub(crate) const HIDDEN: &str = "…";

/// A text as it was read. It shows as `…` in every form (`Display`, `Debug`, JSON) if it lies in a Secret, so that no
/// message has to think of it; only [`Text::raw`] gives what rules compare.
///
/// Names are short and stand in many places: up to 23 bytes cost no memory of their own, and copies of longer ones share it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Text(Value);

#[derive(Clone, PartialEq, Eq, Hash)]
enum Value {
    Shown(SmolStr),
    Hidden(Box<str>),
}

/// There are many of them.
const _: () = assert!(size_of::<Text>() == size_of::<SmolStr>());

impl Text {
    /// A text; `hidden` if it was brought from a Secret.
    pub(crate) fn new(value: &str, hidden: bool) -> Self {
        Self(if hidden { Value::Hidden(value.into()) } else { Value::Shown(SmolStr::new(value)) })
    }

    /// A text of the program's own, which costs no memory.
    pub(crate) const fn known(value: &'static str) -> Self {
        Self(Value::Shown(SmolStr::new_static(value)))
    }

    /// The text itself, for comparing: never for a message.
    pub fn raw(&self) -> &str {
        match &self.0 {
            Value::Shown(text) => text,
            Value::Hidden(text) => text,
        }
    }

    fn is_hidden(&self) -> bool {
        matches!(self.0, Value::Hidden(_))
    }

    /// The text as it may be shown.
    pub fn shown(&self) -> &str {
        if self.is_hidden() { HIDDEN } else { self.raw() }
    }

    /// A part of the text, as hidden as the whole.
    pub(crate) fn part(&self, part: &str) -> Self {
        Self::new(part, self.is_hidden())
    }

    /// Its first characters, with a mark if there are more.
    pub(crate) fn cut(&self, most: usize) -> Self {
        match self.raw().char_indices().nth(most) {
            Some((at, _)) => self.part(&format!("{}…", &self.raw()[..at])),
            None => self.clone(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.raw().is_empty()
    }
}

impl Default for Text {
    fn default() -> Self {
        Self::known("")
    }
}

impl Ord for Text {
    fn cmp(&self, other: &Self) -> Ordering {
        self.raw().cmp(other.raw()).then(self.is_hidden().cmp(&other.is_hidden()))
    }
}

impl PartialOrd for Text {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl From<&str> for Text {
    fn from(value: &str) -> Self {
        Self::new(value, false)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.shown())
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.shown(), f)
    }
}

impl serde::Serialize for Text {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.shown())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hidden_text_is_shown_in_no_form() {
        let text = Text::new("hunter2", true);
        assert_eq!((text.to_string(), format!("{text:?}")), ("…".to_owned(), "\"…\"".to_owned()));
        assert_eq!(serde_json::to_string(&text).unwrap(), "\"…\"");
        assert_eq!(text.raw(), "hunter2");
        assert_ne!(text, Text::from("hunter2"));
        assert!(Text::from("hunter2") < text && text < Text::from("hunter3"));
    }
}

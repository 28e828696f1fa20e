//! The one mechanism between words and enums, and how a field of a file holds a word.
//!
//! [`words!`] makes an enum of which each value has a word, read from flags and files and written in reports.
//! [`readers!`] makes functions for `#[serde(deserialize_with)]` out of functions that read one word.

use crate::text::near::near;
use serde::de::{Deserialize, Deserializer, Error as _};

/// An enum of words: `words! { pub enum Severity { Error = "error", } }`. One that is read too says after a colon what an
/// error calls a word that is none: `words! { pub enum Select: "word" { All = "all", } }`.
macro_rules! words {
    ($(#[$meta:meta])* $vis:vis enum $name:ident $(: $what:literal)? {
        $($(#[$about:meta])* $variant:ident = $word:literal,)*
    }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        $vis enum $name { $($(#[$about])* $variant,)* }

        #[allow(dead_code, reason = "not every enum is gone through in every way")]
        impl $name {
            /// Every value, in the order in which help lists them.
            $vis const ALL: [Self; Self::WORDS.len()] = [$(Self::$variant,)*];

            /// Their words.
            $vis const WORDS: &'static [&'static str] = &[$($word,)*];

            /// The value of a word; `None` if it is none.
            $vis fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)* _ => None }
            }

            /// Its word.
            $vis fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        $(impl std::str::FromStr for $name {
            type Err = String;

            fn from_str(word: &str) -> Result<Self, String> {
                Self::from_word(word).ok_or_else(|| $crate::text::words::unknown($what, word, Self::WORDS))
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        })?
    };
}
pub(crate) use words;

/// Functions that read a field of one word; null is none: `readers! { namespace: String = parse_namespace; }`.
macro_rules! readers {
    ($($name:ident: $value:ty = $parse:expr;)*) => {$(
        fn $name<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<$value>, D::Error> {
            $crate::text::words::word(deserializer, $parse)
        }
    )*};
}
pub(crate) use readers;

/// Reads one word; null is none.
pub(crate) fn word<'de, D: Deserializer<'de>, T>(
    deserializer: D,
    parse: impl FnOnce(&str) -> Result<T, String>,
) -> Result<Option<T>, D::Error> {
    let word = Option::<String>::deserialize(deserializer)?;
    word.map(|word| parse(&word)).transpose().map_err(D::Error::custom)
}

/// Reads a boolean of YAML 1.2; a ConfigMap can hold it as a string only.
pub(crate) fn parse_bool(word: &str) -> Result<bool, String> {
    match word {
        "true" | "True" | "TRUE" => Ok(true),
        "false" | "False" | "FALSE" => Ok(false),
        _ => Err(format!("`{}` is no boolean; write true or false", word.escape_debug())),
    }
}

/// What is unknown, what is known, and on a second line the near miss if there is one.
pub(crate) fn unknown(what: &str, word: &str, known: &[&str]) -> String {
    let mut message = format!("unknown {what} `{}`; known: {}", word.escape_debug(), known.join(", "));
    if let Some(near) = near(word, known) {
        message.push_str(&format!("\ndid you mean `{near}`?"));
    }
    message
}

#[cfg(test)]
mod tests {
    words! {
        /// For the test.
        #[derive(Default)]
        enum Colour: "colour" {
            #[default]
            Red = "red",
            DeepBlue = "deepBlue",
        }
    }

    #[test]
    fn words_go_both_ways() {
        for (value, word) in Colour::ALL.into_iter().zip(Colour::WORDS) {
            assert_eq!((value.as_str(), Colour::from_word(word)), (*word, Some(value)));
        }
        assert_eq!(Colour::default(), Colour::Red);
        assert_eq!(serde_json::from_str::<Vec<Colour>>("[\"deepBlue\"]").unwrap(), [Colour::DeepBlue]);
        let error = "deepblue".parse::<Colour>();
        assert_eq!(error, Err("unknown colour `deepblue`; known: red, deepBlue\ndid you mean `deepBlue`?".to_owned()));
    }
}

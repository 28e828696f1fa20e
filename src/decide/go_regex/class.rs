//! Classes of characters: by Go's names for them, and what letter case adds to them.
//!
//! Takes names, gives classes. The tables are those of `regex_syntax`: the Unicode version may be another than Go's.

use crate::text::many;
use regex_syntax::hir::{Class, ClassUnicode, ClassUnicodeRange, HirKind};
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};

/// The scripts that Go 1.26 finds by name, in lower case: those of one word.
const SCRIPTS: &str = "\
    adlam ahom arabic armenian avestan balinese bamum batak bengali bhaiksuki bopomofo brahmi braille buginese buhid \
    carian chakma cham cherokee chorasmian common coptic cuneiform cypriot cyrillic deseret devanagari dogra duployan \
    elbasan elymaic ethiopic georgian glagolitic gothic grantha greek gujarati gurmukhi han hangul hanunoo hatran \
    hebrew hiragana inherited javanese kaithi kannada katakana kawi kharoshthi khmer khojki khudawadi lao latin lepcha \
    limbu lisu lycian lydian mahajani makasar malayalam mandaic manichaean marchen medefaidrin miao modi mongolian mro \
    multani myanmar nabataean nandinagari newa nko nushu ogham oriya osage osmanya palmyrene phoenician rejang runic \
    samaritan saurashtra sharada shavian siddham sinhala sogdian soyombo sundanese syriac tagalog tagbanwa takri tamil \
    tangsa tangut telugu thaana thai tibetan tifinagh tirhuta toto ugaritic vai vithkuqi wancho yezidi yi";

/// The words of `[:word:]`.
const POSIX: &str = "alnum alpha ascii blank cntrl digit graph lower print punct space upper word xdigit";

/// A class that has a name.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Named {
    /// It as Rust's parser reads it; nothing for the empty class.
    pattern: String,
    is_negated: bool,
}

/// Named classes, with other cases or without: each is made once, as a class of letters has hundreds of ranges.
type Made = HashMap<(Named, bool), Arc<ClassUnicode>>;
static MADE: LazyLock<Mutex<Made>> = LazyLock::new(Mutex::default);

impl Named {
    /// The class of a pattern, if Rust's parser knows it.
    fn new(pattern: String) -> Option<Self> {
        let plain = (Self { pattern, is_negated: false }, false);
        let mut made = many::lock(&MADE);
        if !made.contains_key(&plain) {
            let pattern = &plain.0.pattern;
            let class = if pattern.is_empty() { ClassUnicode::empty() } else { read(pattern)? };
            made.insert(plain.clone(), Arc::new(class));
        }
        Some(plain.0)
    }

    pub(super) fn negated(self, is_negated: bool) -> Self {
        Self { is_negated, ..self }
    }

    /// The class, perhaps with the other cases of its letters.
    pub(super) fn class(&self, fold: bool) -> Arc<ClassUnicode> {
        let mut made = many::lock(&MADE);
        if let Some(class) = made.get(&(self.clone(), fold)) {
            return class.clone();
        }
        let plain = made.get(&(Self { is_negated: false, ..self.clone() }, false));
        let class = plain.map_or_else(ClassUnicode::empty, |class| ClassUnicode::clone(class));
        let class = if fold { folded(class) } else { class };
        let class = Arc::new(if self.is_negated { negated(class) } else { class });
        made.insert((self.clone(), fold), class.clone());
        class
    }
}

/// `\p{name}`: a category by its short or long name, a script, `Any`, `Assigned` or `ASCII`. Letter case, spaces, `-` and
/// `_` count for nothing.
pub(super) fn property(name: &str) -> Option<Named> {
    let name: String = name.chars().filter(|c| !matches!(c, ' ' | '-' | '_')).collect();
    let name = name.to_ascii_lowercase();
    // Rust's names may begin with `is`.
    if !name.bytes().all(|b| b.is_ascii_lowercase()) || name.starts_with("is") {
        return None;
    }
    match name.as_str() {
        "cs" | "surrogate" => Named::new(String::new()),
        script if is_in(SCRIPTS, script) => Named::new(format!(r"\p{{script={script}}}")),
        category => Named::new(format!(r"\p{{general_category={category}}}")),
    }
}

/// `[:name:]`.
pub(super) fn posix(name: &str) -> Option<Named> {
    if is_in(POSIX, name) { Named::new(format!("[[:{name}:]]")) } else { None }
}

fn is_in(list: &str, word: &str) -> bool {
    list.split(' ').any(|known| known == word)
}

/// `\d`, `\s` or `\w`, by its letter in lower case.
pub(super) fn perl(letter: char) -> Option<Named> {
    match letter {
        'd' => posix("digit"),
        's' => Named::new(r"[\t\n\x0c\r\x20]".to_owned()),
        'w' => posix("word"),
        _ => None,
    }
}

/// The class that Rust's parser reads, if it knows it.
fn read(pattern: &str) -> Option<ClassUnicode> {
    match regex_syntax::parse(pattern).ok()?.into_kind() {
        HirKind::Class(Class::Unicode(class)) => Some(class),
        // A class of one character.
        HirKind::Literal(text) => str::from_utf8(&text.0).ok().map(|text| of(text.chars().map(|c| (c, c)))),
        _ => None,
    }
}

/// The characters of some ranges.
pub(super) fn of(ranges: impl IntoIterator<Item = (char, char)>) -> ClassUnicode {
    ClassUnicode::new(ranges.into_iter().map(|(first, last)| ClassUnicodeRange::new(first, last)))
}

/// From one code point to another; surrogates are no characters.
pub(super) fn between(first: u32, last: u32) -> Option<(char, char)> {
    let first = char::from_u32(first).unwrap_or('\u{e000}');
    let last = char::from_u32(last).unwrap_or('\u{d7ff}');
    (first <= last).then_some((first, last))
}

pub(super) fn negated(mut class: ClassUnicode) -> ClassUnicode {
    class.negate();
    class
}

/// With the other cases of its letters.
pub(super) fn folded(mut class: ClassUnicode) -> ClassUnicode {
    class.case_fold_simple();
    class
}

/// One character, perhaps with its other cases.
pub(super) fn one(code: u32, fold: bool) -> ClassUnicode {
    let class = of(between(code, code));
    match char::from_u32(code).filter(char::is_ascii) {
        _ if !fold => class,
        // Beyond ASCII these two have a third case.
        Some('k' | 'K' | 's' | 'S') | None => folded(class),
        Some(c) => of([c.to_ascii_uppercase(), c.to_ascii_lowercase()].map(|c| (c, c))),
    }
}

pub(super) fn contains(class: &ClassUnicode, c: char) -> bool {
    let ranges = class.ranges();
    let at = ranges.partition_point(|range| range.end() < c);
    ranges.get(at).is_some_and(|range| range.start() <= c)
}

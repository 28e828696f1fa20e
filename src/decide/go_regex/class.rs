//! Classes of characters: by Go's names for them, and what letter case adds to them.
//!
//! Takes names, gives classes. The tables are those of `regex_syntax`: the Unicode version may be another than Go's.

use crate::text::many;
use foldhash::HashMap;
use regex_syntax::hir::{Class, ClassUnicode, ClassUnicodeRange, HirKind};
use smol_str::SmolStr;
use std::sync::{Arc, LazyLock, Mutex, OnceLock};

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

/// A class that has a name, or what is none of it.
#[derive(Clone)]
pub(super) struct Named {
    made: Arc<Made>,
    is_negated: bool,
}

/// A class, with other cases or without, and what is none of it: each is made once, as a class of letters has hundreds of
/// ranges.
struct Made {
    plain: ClassUnicode,
    classes: [OnceLock<Arc<ClassUnicode>>; 4],
}

/// Names are written in many ways; in lower case and without what counts for nothing there are few.
static PROPERTIES: LazyLock<Mutex<HashMap<String, Named>>> = LazyLock::new(Mutex::default);
static POSIXES: LazyLock<Vec<(&str, Option<Named>)>> =
    LazyLock::new(|| POSIX.split(' ').map(|word| (word, Named::new(&format!("[[:{word}:]]")))).collect());
static SPACES: LazyLock<Option<Named>> = LazyLock::new(|| Named::new(r"[\t\n\x0c\r\x20]"));

impl Named {
    /// The class of a pattern, if Rust's parser knows it; the empty one of none.
    fn new(pattern: &str) -> Option<Self> {
        let class = if pattern.is_empty() { ClassUnicode::empty() } else { read(pattern)? };
        Some(Self { made: Arc::new(Made { plain: class, classes: Default::default() }), is_negated: false })
    }

    pub(super) fn negated(self, is_negated: bool) -> Self {
        Self { is_negated, ..self }
    }

    /// What tells it apart.
    pub(super) fn key(&self) -> (usize, bool) {
        (Arc::as_ptr(&self.made) as usize, self.is_negated)
    }

    /// The class, perhaps with the other cases of its letters.
    pub(super) fn class(&self, fold: bool) -> Arc<ClassUnicode> {
        let class = self.made.classes[2 * usize::from(fold) + usize::from(self.is_negated)].get_or_init(|| {
            let class = self.made.plain.clone();
            let class = if fold { folded(class) } else { class };
            Arc::new(if self.is_negated { negated(class) } else { class })
        });
        class.clone()
    }
}

/// `\p{name}`: a category by its short or long name, a script, `Any`, `Assigned` or `ASCII`. Letter case, spaces, `-` and
/// `_` count for nothing.
pub(super) fn property(name: &str) -> Option<Named> {
    let name = name.chars().filter(|c| !matches!(c, ' ' | '-' | '_')).map(|c| c.to_ascii_lowercase());
    // Longer than any; Rust's names may begin with `is`.
    let name: SmolStr = name.take(LONGEST).collect();
    if name.len() == LONGEST || !name.bytes().all(|b| b.is_ascii_lowercase()) || name.starts_with("is") {
        return None;
    }
    let mut properties = many::lock(&PROPERTIES);
    if let Some(known) = properties.get(name.as_str()) {
        return Some(known.clone());
    }
    let named = match name.as_str() {
        "cs" | "surrogate" => Named::new(""),
        script if SCRIPTS.split(' ').any(|known| known == script) => Named::new(&format!(r"\p{{script={script}}}")),
        category => Named::new(&format!(r"\p{{general_category={category}}}")),
    }?;
    properties.insert(name.into(), named.clone());
    Some(named)
}

/// So long is no name.
const LONGEST: usize = 64;

/// `[:name:]`.
pub(super) fn posix(name: &str) -> Option<Named> {
    POSIXES.iter().find(|(word, _)| *word == name)?.1.clone()
}

/// `\d`, `\s` or `\w`, by its letter in lower case.
pub(super) fn perl(letter: char) -> Option<Named> {
    match letter {
        'd' => posix("digit"),
        's' => SPACES.clone(),
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
pub(super) fn one(code: u32, fold: bool) -> Arc<ClassUnicode> {
    let class = |code| of(between(code, code));
    // Each letter of ASCII is made once; two of them have a third case beyond it.
    static ASCII: LazyLock<Vec<Arc<ClassUnicode>>> =
        LazyLock::new(|| (0..128).map(|code| Arc::new(folded(of(between(code, code))))).collect());
    match ASCII.get(code as usize) {
        _ if !fold => Arc::new(class(code)),
        Some(known) => known.clone(),
        None => Arc::new(folded(class(code))),
    }
}

pub(super) fn contains(class: &ClassUnicode, c: char) -> bool {
    let ranges = class.ranges();
    let at = ranges.partition_point(|range| range.end() < c);
    ranges.get(at).is_some_and(|range| range.start() <= c)
}

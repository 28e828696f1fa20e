//! Text for a terminal: colours, lines that are filled up to the width, and lists that are cut.
//!
//! Takes words, gives lines. What fills a line is cleaned here, wherever it comes from.

use crate::text::clean::clean;

/// How text is to look.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look {
    pub(crate) color: bool,
    /// Related places, and findings that are shown only then.
    pub(crate) verbose: bool,
    /// Columns of the terminal.
    pub(crate) width: usize,
    /// It goes to one: else a finding's first line stays whole, as programs read it.
    pub(crate) terminal: bool,
}

/// The colours that mean something.
#[derive(Clone, Copy, Debug)]
pub(super) enum Ink {
    /// Names of objects that head a section, and messages.
    Bold,
    /// It rolls, or counts.
    Green,
    /// Look here.
    Yellow,
    /// Something is wrong.
    Red,
    /// Said for completeness.
    Dim,
    /// The severities of findings.
    Error,
    Warning,
    Info,
}

impl Ink {
    fn codes(self) -> &'static str {
        match self {
            Self::Bold => "\u{1b}[1m",
            Self::Green => "\u{1b}[32m",
            Self::Yellow => "\u{1b}[33m",
            Self::Red => "\u{1b}[31m",
            Self::Dim => "\u{1b}[2m",
            Self::Error => "\u{1b}[1m\u{1b}[91m",
            Self::Warning => "\u{1b}[1m\u{1b}[33m",
            Self::Info => "\u{1b}[1m\u{1b}[94m",
        }
    }
}

/// What a line is filled with.
#[derive(Clone, Copy, Debug)]
pub(super) enum Part<'p> {
    /// Never broken; painted if it has an ink.
    Whole(Option<Ink>, &'p str),
    /// Broken between words.
    Words(&'p str),
    /// The same, painted.
    Painted(Ink, &'p str),
}

impl Look {
    pub(super) fn paint(self, ink: Ink, text: &str) -> String {
        if self.color { format!("{}{text}\u{1b}[0m", ink.codes()) } else { text.to_owned() }
    }

    /// The same for lines that a program may read: they are broken on a terminal alone.
    pub(super) fn unbroken(self) -> Self {
        Self { width: if self.terminal { self.width } else { usize::MAX }, ..self }
    }

    /// Puts words behind a prefix, as [`Look::fill`] does.
    pub(super) fn wrap(self, prefix: &str, hang: usize, words: &str) -> String {
        self.fill(prefix, hang, &[Part::Words(words)])
    }

    /// `label: words`, the label painted.
    pub(super) fn labelled(self, indent: usize, ink: Ink, label: &str, words: &str) -> String {
        let label = format!("{label}:");
        self.fill(&" ".repeat(indent), indent + 2, &[Part::Whole(Some(ink), &label), Part::Words(words)])
    }

    /// Puts parts behind a prefix, breaking lines between them; the next lines are indented by `hang`. What is too long
    /// for a line stays whole, so that it can be copied.
    pub(super) fn fill(self, prefix: &str, hang: usize, parts: &[Part<'_>]) -> String {
        let width = self.width.max(40);
        let mut out = String::from(prefix);
        let mut column = prefix.chars().count();
        let mut fresh = true;
        let words = |ink, text| clean(text).split(' ').map(|word| (ink, word.to_owned())).collect::<Vec<_>>();
        let pieces = parts.iter().flat_map(|part| match *part {
            Part::Whole(ink, text) => vec![(ink, clean(text).into_owned())],
            Part::Words(text) => words(None, text),
            Part::Painted(ink, text) => words(Some(ink), text),
        });
        for (ink, piece) in pieces.filter(|(_, p)| !p.is_empty()) {
            let long = piece.chars().count();
            if !fresh && column + 1 + long > width {
                out.push('\n');
                out.push_str(&" ".repeat(hang));
                column = hang;
            } else if !fresh {
                out.push(' ');
                column += 1;
            }
            out.push_str(&ink.map_or_else(|| piece.clone(), |ink| self.paint(ink, &piece)));
            column += long;
            fresh = false;
        }
        out.push('\n');
        out
    }
}

/// `1 file`, `2 files`.
pub(super) fn count(number: usize, thing: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{number} {thing}{s}")
}

/// The first items of a list, and what stands for the rest.
pub(super) fn limited(
    items: impl ExactSizeIterator<Item = String>,
    most: usize,
    separator: &str,
    rest: impl Fn(usize) -> String,
) -> String {
    let count = items.len();
    first_of(items, count, most, separator, rest)
}

/// The same of a list of so many, of which the first ones are enough.
pub(super) fn first_of(
    items: impl Iterator<Item = String>,
    count: usize,
    most: usize,
    separator: &str,
    rest: impl Fn(usize) -> String,
) -> String {
    let left = count.saturating_sub(most);
    let mut shown: Vec<String> = items.take(most).collect();
    shown.extend((left > 0).then(|| format!("and {}", rest(left))));
    shown.join(separator)
}

/// Stands for the rest of a list.
pub(super) fn more(left: usize) -> String {
    format!("{left} more")
}

/// Names of keys as a list; long ones are cut.
pub(super) fn keys(keys: &[String]) -> String {
    let most = if keys.len() > 8 { 7 } else { 8 };
    limited(keys.iter().map(|k| clean(k).into_owned()), most, ", ", more)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOOK: Look = Look { color: false, verbose: false, width: 40, terminal: false };

    #[test]
    fn lines_break_between_words() {
        let text = LOOK.wrap("  a: ", 5, "some words that go on and on until the line is full");
        assert_eq!(text, "  a: some words that go on and on until\n     the line is full\n");
        assert_eq!(LOOK.wrap("- ", 2, &"x".repeat(60)), format!("- {}\n", "x".repeat(60)));
    }

    #[test]
    fn what_fills_a_line_is_cleaned() {
        let parts = [Part::Whole(Some(Ink::Red), "a\u{1b}[2J"), Part::Words("b\u{202e}\nc")];
        assert_eq!(LOOK.fill("", 0, &parts), "a\u{241b}[2J b\u{fffd} c\n");
    }

    #[test]
    fn colour_only_if_asked() {
        assert_eq!(LOOK.paint(Ink::Red, "x"), "x");
        assert_eq!(Look { color: true, ..LOOK }.paint(Ink::Red, "x"), "\u{1b}[31mx\u{1b}[0m");
    }

    #[test]
    fn long_lists_are_cut() {
        let names: Vec<String> = (0..12).map(|i| format!("k{i}")).collect();
        assert_eq!(keys(&names[..2]), "k0, k1");
        assert_eq!(keys(&names), "k0, k1, k2, k3, k4, k5, k6, and 5 more");
        assert_eq!(
            limited(names.into_iter(), 11, "<br>", |n| count(n, "other")).split("<br>").last(),
            Some("and 1 other")
        );
    }
}

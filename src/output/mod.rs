//! How explanations and plans look: text, JSON, Markdown and Mermaid, one file per form.
//!
//! Takes the data of `explain` and `plan`, gives text. Computes nothing about manifests and reads nothing.

// Text of the input on its way out.
pub(crate) mod escape;

// The one line at the end.
pub(crate) mod summary;

// Findings: text, and the formats of `check`.
pub(crate) mod findings;

// An explanation: text and a picture.
mod explain;

// A plan: text and a pull-request comment.
mod plan;

// What all Mermaid pictures share.
mod mermaid;

/// Manifests for the tests.
#[cfg(test)]
mod samples;

/// The docs show real output.
#[cfg(test)]
mod docs_tests;

/// JSON against its schemas, and no values of Secrets anywhere.
#[cfg(test)]
mod schema_tests;

use crate::explain::explanation::Explanation;
use crate::plan::Plan;
use serde::Serialize;

/// How text is written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look {
    pub(crate) color: bool,
    /// Columns.
    pub(crate) width: usize,
}

impl Explanation {
    pub(crate) fn text(&self, look: Look) -> String {
        explain::text::text(self, look)
    }

    pub(crate) fn json(&self) -> String {
        json(self)
    }

    pub(crate) fn mermaid(&self) -> String {
        explain::mermaid::mermaid(self)
    }
}

impl Plan {
    pub(crate) fn text(&self, look: Look) -> String {
        plan::text::text(self, look)
    }

    pub(crate) fn json(&self) -> String {
        json(self)
    }

    pub(crate) fn markdown(&self) -> String {
        plan::markdown::markdown(self)
    }
}

fn json(value: &impl Serialize) -> String {
    let mut text = serde_json::to_string_pretty(value).expect("impossible: plain data always serialises");
    text.push('\n');
    text
}

/// The colours that mean something.
#[derive(Clone, Copy, Debug)]
enum Ink {
    /// Names of objects that head a section.
    Bold,
    /// It rolls, or counts.
    Green,
    /// Look here.
    Yellow,
    /// Something is wrong.
    Red,
    /// Said for completeness.
    Dim,
}

impl Look {
    fn paint(self, ink: Ink, text: &str) -> String {
        if !self.color {
            return text.to_owned();
        }
        let code = match ink {
            Ink::Bold => 1,
            Ink::Green => 32,
            Ink::Yellow => 33,
            Ink::Red => 31,
            Ink::Dim => 2,
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }

    /// Puts words behind a prefix, as [`Look::fill`] does.
    fn wrap(self, prefix: &str, hang: usize, words: &str) -> String {
        self.fill(prefix, hang, &[Part::Words(words)])
    }

    /// `word: rest`, the word painted.
    fn note(self, indent: usize, ink: Ink, word: &str, rest: &str) -> String {
        let word = format!("{word}:");
        let parts = [Part::Whole(Some(ink), &word), Part::Words(rest)];
        self.fill(&" ".repeat(indent), indent + 2, &parts)
    }

    /// Puts parts behind a prefix, breaking lines between them; the next lines are indented by `hang`. What is too long
    /// for a line stays whole, so that it can be copied.
    fn fill(self, prefix: &str, hang: usize, parts: &[Part<'_>]) -> String {
        let width = self.width.max(40);
        let mut out = String::from(prefix);
        let mut column = prefix.chars().count();
        let mut fresh = true;
        let pieces = parts.iter().flat_map(|part| match *part {
            Part::Whole(ink, text) => vec![(ink, text)],
            Part::Words(text) => text.split(' ').map(|w| (None, w)).collect(),
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
            out.push_str(&ink.map_or_else(|| piece.to_owned(), |ink| self.paint(ink, piece)));
            column += long;
            fresh = false;
        }
        out.push('\n');
        out
    }
}

/// What a line is filled with.
#[derive(Clone, Copy, Debug)]
enum Part<'p> {
    /// Never broken; painted if it has an ink.
    Whole(Option<Ink>, &'p str),
    /// Broken between words.
    Words(&'p str),
}

/// `1 workload`, `2 workloads`.
fn count(n: usize, word: &str) -> String {
    if n == 1 { format!("1 {word}") } else { format!("{n} {word}s") }
}

/// Names of keys as a list; long ones are cut.
fn keys<'k>(keys: impl IntoIterator<Item = &'k String>) -> String {
    let all: Vec<String> = keys.into_iter().map(|k| crate::text::locate::clean(k)).collect();
    match all.len() {
        0..=8 => all.join(", "),
        n => format!("{}, and {} more", all[..7].join(", "), n - 7),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_between_words() {
        let look = Look { color: false, width: 40 };
        let text = look.wrap("  a: ", 5, "some words that go on and on until the line is full");
        assert_eq!(text, "  a: some words that go on and on until\n     the line is full\n");
        assert_eq!(look.wrap("- ", 2, &"x".repeat(60)), format!("- {}\n", "x".repeat(60)));
    }

    #[test]
    fn colour_only_if_asked() {
        let look = |color| Look { color, width: 80 };
        assert_eq!(look(false).paint(Ink::Red, "x"), "x");
        assert_eq!(look(true).paint(Ink::Red, "x"), "\u{1b}[31mx\u{1b}[0m");
    }

    #[test]
    fn long_lists_of_keys_are_cut() {
        let names: Vec<String> = (0..12).map(|i| format!("k{i}")).collect();
        assert_eq!(keys(&names[..2]), "k0, k1");
        assert_eq!(keys(&names), "k0, k1, k2, k3, k4, k5, k6, and 5 more");
    }
}

//! How findings, explanations and plans look, one file per form.
//!
//! Takes the data of a run, of `explain` and of `plan`, gives text. Computes nothing about manifests and reads nothing. A
//! new form is its file and its row in the table of the module beside it.

// Text of the input in forms that are read by programs.
pub(crate) mod escape;

// Colours and lines.
mod terminal;

// The one line at the end.
mod summary;

// Findings: text, and the formats of `check`.
pub(crate) mod findings;

// An explanation: text and a picture.
pub(crate) mod explain;

// The table of kinds: text and the page of the docs.
pub(crate) mod kinds;

// A plan: text and a pull-request comment.
pub(crate) mod plan;

// What all Mermaid pictures share.
mod mermaid;

/// What several tests share; the docs, the schemas, and no values of Secrets anywhere.
#[cfg(test)]
mod tests;

pub(crate) use terminal::Look;

/// The formats of one kind of report: each with its word, and what writes it. `text` and `json` come first in all.
pub(crate) type Formats<W> = &'static [(&'static str, W)];

/// What writes a format.
pub(crate) fn writer<W: Copy>(formats: Formats<W>, word: &str) -> Option<W> {
    formats.iter().find(|(known, _)| *known == word).map(|(_, write)| *write)
}

/// The words of some formats.
pub(crate) fn words<W>(formats: Formats<W>) -> Vec<&'static str> {
    formats.iter().map(|(word, _)| *word).collect()
}

/// The words of all formats, each once.
pub(crate) fn all_words() -> Vec<&'static str> {
    [&words(plan::FORMATS)[..], &words(findings::FORMATS)[2..], &words(explain::FORMATS)[2..]].concat()
}

/// `a`, `a and b`, `a, b and c`.
pub(crate) fn listed(words: &[&str]) -> String {
    match words.split_last() {
        Some((last, first)) if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        _ => words.concat(),
    }
}

//! How an explanation looks.

mod mermaid;
mod text;

#[cfg(test)]
mod tests;

use crate::explain::explanation::Explanation;
use crate::output::{Formats, Look, escape};

/// The formats of an explanation.
pub(crate) const FORMATS: Formats<fn(&Explanation, Look) -> String> =
    &[("text", text::text), ("json", |it, _| escape::json(it)), ("mermaid", |it, _| mermaid::mermaid(it))];

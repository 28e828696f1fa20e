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

#[cfg(test)]
impl Explanation {
    pub(crate) fn text(&self, look: Look) -> String {
        text::text(self, look)
    }

    pub(crate) fn json(&self) -> String {
        escape::json(self)
    }

    pub(crate) fn mermaid(&self) -> String {
        mermaid::mermaid(self)
    }
}

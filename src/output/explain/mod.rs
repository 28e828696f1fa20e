//! How an explanation looks.

// As text.
pub(super) mod text;

// As a Mermaid flowchart.
pub(super) mod mermaid;

#[cfg(test)]
mod tests;

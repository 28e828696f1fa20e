//! Texts: sources, and the one way from an offset to line and column.

// One named text.
pub mod source;

// The one way from an offset to line and column.
pub(crate) mod lines;

// What may not be quoted.
pub(crate) mod hidden;

// The one cleaner.
pub(crate) mod clean;

// How far two words are apart.
pub(crate) mod near;

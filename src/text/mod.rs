//! Texts: sources, places in them, and what of them may be shown.

// One named text.
pub mod source;

// The one way from an offset to line and column.
pub(crate) mod lines;

// Lines as edits see them.
pub(crate) mod geometry;

// Text that may lie in a Secret.
pub mod hidden;

// Digests.
pub(crate) mod hex;

// Lines that may not be quoted.
pub(crate) mod opaque;

// The one cleaner.
pub(crate) mod clean;

// What a text may ask for beyond its length.
pub(crate) mod budget;

// Near misses.
pub(crate) mod near;

// Base64 as Go reads it.
pub(crate) mod base64;

// Words and enums.
pub(crate) mod words;

// The same for each of many things.
pub(crate) mod many;

// A map for what is mostly a handful.
pub(crate) mod few;

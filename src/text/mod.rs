//! Texts: sources, and the one way from an offset to line and column.

// One named text.
pub mod source;

// Lines as edits see them.
pub(crate) mod geometry;

// Text that may lie in a Secret.
pub mod hidden;

// Places that people read.
pub(crate) mod locate;

// Places of a report, and the lines that may be quoted.
pub(crate) mod places;

// Near misses.
pub(crate) mod near;

// Words and enums.
pub(crate) mod words;

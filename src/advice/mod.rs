//! What is said of decisions.

// What is referred to and not in the set.
pub(crate) mod missing;

// What annotations say that does nothing.
pub(crate) mod lint;

// Decisions become words.
pub(crate) mod words;

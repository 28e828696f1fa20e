//! Decisions: which configs count for a workload, what stamp that makes, and what is to be done.

// A name in a pod spec becomes a config of the set.
pub(crate) mod candidate;

// Entries of reload lists as Go's regular expressions.
mod go_regex;

// Whether a config counts for a workload, and why.
pub mod select;

// What was decided.
pub mod action;

// The decision for one workload.
pub mod stamp;

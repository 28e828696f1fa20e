//! Decisions: which configs count for a workload, what stamp that makes, and what is to be done.
//!
//! Takes facts and settings, gives decisions and edits. Words nothing.

// A config of the set, and its objects.
pub mod config;

// A name in a pod spec becomes a config of the set.
pub mod candidate;

// Entries of reload lists as Go's regular expressions.
pub(crate) mod go_regex;

// Whether a config counts for a workload, and why.
pub mod select;

// What lists select, worked out once for all who have the same.
pub mod listed;

// Entries that name nothing, read as names from before a build.
pub(crate) mod old_name;

// What each entry of a list came to.
mod listing;

// Why a workload is not stamped at all.
pub(crate) mod skip;

// What was decided.
pub mod action;

// The decision for one workload.
pub(crate) mod stamp;

// A decision becomes an edit.
pub(crate) mod change;

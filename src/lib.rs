//! restamp: stamps a hash of the ConfigMaps and Secrets that a workload uses into its pod template.

pub mod source;

mod json;

mod scan;

mod yaml;

mod fast;

pub mod digest;

pub mod annotation;

pub mod workload;

pub mod reference;

/// What only explanations and comparisons ask of a workload.
mod detail;

mod inventory;

mod resolve;

mod re2;

pub mod policy;

pub mod stamp;

mod site;

pub mod edit;

mod verify;

mod missing;

mod lint;

mod transform;

/// Byte offsets become places that people read.
mod locate;

/// Decisions become words.
mod reason;

/// Which object of one rendering is which of another.
mod pair;

/// What differs between two pod templates or contents, by name.
mod difference;

/// What an explanation holds.
mod explanation;

/// Per workload what counts and why.
mod explain;

/// What `--workload` and `--why` ask for.
mod ask;

/// One side of a comparison.
mod half;

/// One set before and after: its workloads.
mod compare;

/// One set before and after: its configs.
mod config_change;

/// What the stamps in two renderings say.
mod note;

/// Which workloads roll between two renderings.
mod plan;

/// How explanations and plans look.
mod show;

mod resource_list;

mod check;

mod join;

/// How findings are shown: text, and the formats of `check`.
mod report;

mod pass;

mod run;

pub mod selector;

pub mod settings;

mod settings_document;

mod settings_field;

mod function_config;

pub mod cli;

pub mod finding;

/// Standard input, files and folders become sets of sources.
mod read;

/// Which files of a folder are looked at.
mod walk;

/// Which files a kustomization names, and whether it is a source.
mod kustomization;

/// What of a folder is the source of manifests and not a rendering of them.
mod source_tree;

/// Changed texts go into their files, all or none.
mod write;

pub use run::{Io, run, run_with};
pub use transform::{Config, Outcome, transform};

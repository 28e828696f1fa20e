//! restamp: stamps a hash of the ConfigMaps and Secrets that a workload uses into its pod template.

pub mod source;

pub mod annotation;

pub mod reference;

pub mod selector;

pub mod settings;

pub mod finding;

/// Which files a kustomization names, and whether it is a source.
mod kustomization;

/// Changed texts go into their files, all or none.
mod write;

use std::process::ExitCode;

/// Runs the program.
pub fn run(_args: impl IntoIterator<Item = std::ffi::OsString>) -> ExitCode {
    ExitCode::from(2)
}

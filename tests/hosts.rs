//! restamp inside its hosts: the wire bytes that they sent, and the real binaries.
//!
//! `.ci/hosts` builds the binaries; those on PATH are used too, as further versions. A test whose host is missing fails
//! with `CI=true`, and else says on stderr that it was skipped.

mod docs;
mod helm;
mod kpt;
mod kustomize;
pub(crate) mod support;
mod wire;

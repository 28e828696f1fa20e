//! restamp inside its hosts: the wire bytes that they sent, and the real binaries.
//!
//! `.ci/hosts` builds the binaries; those on PATH are used too, as further versions. A test whose host is missing fails
//! with `CI=true`, and else says on stderr that it was skipped.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

#[path = "hosts/docs.rs"]
mod docs;
#[path = "hosts/helm.rs"]
mod helm;
#[path = "hosts/kpt.rs"]
mod kpt;
#[path = "hosts/kustomize.rs"]
mod kustomize;
#[path = "hosts/support.rs"]
mod support;
#[path = "hosts/wire.rs"]
mod wire;

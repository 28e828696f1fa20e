//! What the tests of several forms share.

// Manifests.
pub(super) mod samples;

// The docs show real output.
mod docs;

// JSON against its schemas, and no values of Secrets anywhere.
pub(super) mod schemas;

//! What Kubernetes and its tools call things: tables of kinds, of types of config, of places that name one, and of
//! annotations.

// Every annotation that is read or written.
pub mod annotation;

// Keys that nobody reads where they stand.
pub(crate) mod unread;

// The trail that kustomize leaves.
pub(crate) mod trail;

// The table of types of config.
pub mod config_kind;

// The table of workload kinds.
pub mod kind;

// The table of places that name a config.
pub mod reference;

// The types of the fields that are read.
pub(crate) mod shape;

// Kinds of the user's own.
pub mod template;

//! What Kubernetes and its tools call things: tables of kinds, of places that name a config, and of annotations.

// Every annotation that is read or written.
pub mod annotation;

// The table of workload kinds.
pub mod kind;

// The table of places that name a config.
pub mod reference;

// Kinds of the user's own.
pub mod template;

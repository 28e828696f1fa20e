//! restamp: stamps a hash of the ConfigMaps and Secrets that a workload uses into its pod template.
//!
//! The rooms in the order of the pipeline; what moves is in parentheses. No room knows one that comes later:
//!
//! ```text
//! input (Source) → yaml (Ref) → facts (Object, Config, Workload) → decide (Candidate → Selection → Decision)
//!   → edit (Edit), advice (Finding) → outcome (Outcome) → explain, plan → output (text) → command (exit status)
//! transform = facts … outcome: pure, without I/O, clock or environment
//! ```
//!
//! [`transform()`] is the whole core as one function; [`run_with`] is the whole program on any streams. A resource is a
//! span in a source, wherever that span is: in a stream, a file, a List, an OpenShift Template or a ResourceList. So the
//! filter, the KRM function, the exec plugin, the post-renderer and the command line share all but `command`.

// Texts, and places in them.
pub mod text;

// YAML and JSON text becomes nodes with byte spans.
mod yaml;

// Edits, and the re-reading check.
pub mod edit;

// What Kubernetes and its tools call things.
pub mod kube;

// One thing to tell the user.
pub mod finding;

// What flags and functionConfig decide.
pub mod settings;

// Sources become facts.
pub mod facts;

// Facts become decisions.
pub mod decide;

// What became of a set, and how it is looked at.
mod outcome;

// Decisions become findings and words.
mod advice;

// The core as one function.
mod transform;

// Per workload what counts and why.
mod explain;

// Which workloads roll between two renderings.
mod plan;

// How findings, explanations and plans look.
mod output;

// Standard input, files and folders become sets of sources.
mod input;

// Arguments and streams become an exit status.
pub mod command;

// Its parts one by one, for benches and fuzzers.
#[doc(hidden)]
pub mod testing;

pub use command::texts::{Stamped, Texts, hides};
pub use command::{Io, run, run_with};
pub use decide::config::Config;
pub use input::read::Stdin;
pub use outcome::{Outcome, View};
pub use transform::transform;

//! restamp: stamps a hash of the ConfigMaps and Secrets that a workload uses into its pod template.
//!
//! The modules in the order of the pipeline; what moves is in parentheses:
//!
//! ```text
//! read (Source) → scan (chunk) → yaml (Ref) → inventory (Object, Config, Workload) → resolve (Target)
//!   → policy (Decision) → digest (Digest) → stamp (Verdict) → site (Draft) → edit (Edit) → verify → write
//! transform = inventory … verify: pure, without I/O, clock or environment
//! ```
//!
//! [`transform()`] is the whole core as one function; [`run_with`] is the whole program on any streams. A resource is a
//! span in a source, wherever that span is: in a stream, a file, a List, an OpenShift Template or a ResourceList. So the
//! filter, the KRM function, the exec plugin, the post-renderer and the command line share all but `run`.

// One named text, and where its lines begin.
pub mod source;

// Source text becomes chunks that are worth parsing.
mod scan;

// YAML and JSON text becomes nodes with byte spans.
mod yaml;

// The same for plain block YAML, line by line.
mod fast;

// The same for JSON.
mod json;

// Every annotation that is read or written.
pub mod annotation;

// The table of workload kinds.
pub mod workload;

// The table of places that name a config.
pub mod reference;

// The content of a config becomes a digest; digests become a stamp.
pub mod digest;

// What only explanations and comparisons ask of a workload.
mod detail;

// Sources become facts: workloads, configs, producers.
mod inventory;

// A name in a pod spec becomes a config of the set.
mod resolve;

// Entries of reload lists as Go's regular expressions.
mod re2;

// Whether a config counts for a workload, and why.
pub mod policy;

// The decision for one workload.
pub mod stamp;

// Where and how a stamp is written or removed.
mod site;

// Edits and their application.
pub mod edit;

// The edited text is read again and compared.
mod verify;

// What is referred to and not in the set.
mod missing;

// What annotations say that does nothing.
mod lint;

// The core as one function.
mod transform;

// The envelope of a KRM function.
mod resource_list;

// What `check` says of a set.
mod check;

// Byte offsets become places that people read.
mod locate;

// Decisions become words.
mod reason;

// Per workload what counts and why.
mod explain;

// Which workloads roll between two renderings.
mod plan;

// One thing to tell the user.
pub mod finding;

// How findings are shown: text, and the formats of `check`.
mod report;

// How explanations and plans are shown.
mod show;

// Which objects a rule of the settings is about.
pub mod selector;

// What flags and functionConfig decide.
pub mod settings;

// The command line.
pub mod cli;

// Standard input, files and folders become sets of sources.
mod read;

// Several stamped texts become one stream.
mod join;

// Changed texts go into their files, all or none.
mod write;

// One set on its way through the program.
mod pass;

// Arguments and streams become an exit status.
mod run;

// The stages one by one, for benches and fuzzers.
#[doc(hidden)]
pub mod stages;

pub use run::{Io, run, run_with};
pub use transform::{Config, Outcome, transform};

//! YAML and JSON text → nodes with byte spans.

// A text becomes chunks, and a chunk documents.
mod documents;

// A list becomes its items.
mod list;

// The chunks that are worth parsing.
mod relevance;

// Nodes, and how they are put together.
mod tree;

// Plain block YAML, line by line.
mod block;

// A flow collection of simple words on one line.
mod flow;

// What bytes tell at a glance.
mod bytes;

// Whether a mapping may have a key twice.
mod keys;

// JSON.
mod json;

// Any YAML: characters, tokens, nodes.
mod cursor;
mod general;
mod scan;
mod scan_scalar;
mod scan_word;
mod token;

// What aliases may cost.
mod aliases;

// Reading a tree as Kubernetes reads it.
mod node;

// What a mapping has twice.
mod twice;

// The nodes that are never shown.
mod marks;

// The types of scalars.
mod scalar;

pub(crate) use documents::{Documents, OddSeparator, Part, any_document, any_document_of, chunks, first_document_with};
pub(crate) use list::{List, cut_items};
pub(crate) use marks::Marks;
pub(crate) use relevance::{Relevance, Words};
pub(crate) use scalar::{Type, is_plain_string};
pub(crate) use tree::{Arena, Doubt, Form, Kind, MAX_DEPTH, Ref, Style, SyntaxError, Tag, Tree};
pub(crate) use twice::Duplicate;

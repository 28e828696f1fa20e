//! How a plan looks.

mod group;
mod markdown;
mod text;
mod words;

#[cfg(test)]
mod tests;

use crate::output::{Formats, Look, escape};
use crate::plan::Plan;

/// The formats of a plan.
pub(crate) const FORMATS: Formats<fn(&Plan, Look) -> String> =
    &[("text", text::text), ("json", |it, _| escape::json(it)), ("markdown", |it, _| markdown::markdown(it))];

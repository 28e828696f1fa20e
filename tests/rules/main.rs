//! The rules of sections 6, 7 and 8 of the design, one test file each: `decision` enumerates what is selected and compares
//! with a reference written from the design alone, `places` lists the fields of the Kubernetes API, `finding` asks for
//! each lint at its place, `page` compares `docs/` with the code.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod decision;
mod finding;
mod page;
mod place;

use restamp::settings::{Layer, Settings};
use restamp::text::source::Source;
use restamp::{Outcome, transform};

/// The settings of the `spec` of a functionConfig.
fn settings(spec: &str) -> Settings {
    let text = format!("apiVersion: restamp.dev/v1alpha1\nkind: Restamp\nspec: {{{spec}}}\n");
    let layer = Layer::parse(&text).unwrap_or_else(|e| panic!("{spec}: {e}"));
    Settings::from_layers(&[layer])
}

/// What becomes of one text as a set of its own.
fn outcome(text: &str, settings: &Settings) -> Outcome {
    transform(&[Source::new("in.yaml", text)], settings)
}

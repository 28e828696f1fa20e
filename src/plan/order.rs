//! Configs that are applied later than workloads which are stamped with them, as notes of a plan.
//!
//! Takes the new side as it was found, gives one note for each config with the places of both. Decides nothing.

use crate::finding::{Finding, Id};
use crate::plan::{Note, Side};
use crate::text::lines::Locator;

/// The notes of one set.
pub(super) fn notes(new: &Side<'_>) -> Vec<Note> {
    let late = new.outcome.findings.iter().filter(|f| f.id == Id::AppliedLater);
    let locator = Locator::new(new.sources);
    let note = |f: &Finding| {
        let places = f.location().into_iter().chain(f.related.iter().map(|(at, _)| at)).take(PLACES);
        let places: Vec<String> = places.map(|at| locator.at(at).to_string()).collect();
        Note { id: f.id.as_str(), text: format!("{} [{}] ({})", f.message, f.id.as_str(), places.join(", ")) }
    };
    late.map(note).collect()
}

/// How many places a note names: that of the config, and those of the first workloads.
const PLACES: usize = 4;

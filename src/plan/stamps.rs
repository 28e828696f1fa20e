//! Which stamps of two sides are compared: those that run with those that will be applied, those that are due on both, or
//! those that are written.
//!
//! Takes the workloads of a set before and after, gives the stamp of each side, and the notes of a plan about stamps that
//! are not what they should be.

use crate::decide::action::Action;
use crate::outcome::View;
use crate::plan::Note;
use crate::plan::compare::Comparison;
use crate::text::hidden::Text;
use crate::text::words::words;
use serde::Serialize;

words! {
    /// Which stamps are compared.
    pub(crate) enum Compared {
        /// That of OLD's text with what `stamp` makes of NEW: what happens when NEW is applied over OLD.
        Applied = "applied",
        /// Those that `stamp` would give both: no side carries any, since stamping is a later step of the delivery.
        Due = "due",
        /// Those of both texts.
        AsWritten = "as-written",
    }
}

/// What becomes of the stamp of a workload that changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum StampChange {
    First,
    Changed,
    Removed,
}

impl Compared {
    /// How a set is compared whose workloads, of those that may be stamped, are these on both sides.
    pub(super) fn of<'c>(as_written: bool, mut both: impl Iterator<Item = (View<'c>, View<'c>)>) -> Self {
        let carries = |view: View<'_>| view.current().is_some();
        match as_written {
            true => Self::AsWritten,
            false if both.any(|(old, new)| new.action().skip().is_none() && (carries(old) || carries(new))) => {
                Self::Applied
            }
            false => Self::Due,
        }
    }

    /// What becomes of the stamp of a workload; `None` if it stays.
    pub(super) fn change(self, old: View<'_>, new: View<'_>) -> Option<StampChange> {
        let lacks_key = |view: View<'_>| view.action() == Action::OtherKey;
        let (before, after) = match self {
            // Without their key such stamps tell nothing; what this run can compute does.
            Self::Due | Self::Applied if lacks_key(old) || lacks_key(new) => (due(old), due(new)),
            Self::Due => (old.stamp_after(), new.stamp_after()),
            Self::Applied => (written(old), new.stamp_after()),
            Self::AsWritten => (written(old), written(new)),
        };
        match (before, after) {
            (before, after) if before == after => None,
            (None, _) => Some(StampChange::First),
            (_, None) => Some(StampChange::Removed),
            _ => Some(StampChange::Changed),
        }
    }

    /// Why the stamp of a workload is the same although a config that it is made of differs: a stable word, and the same
    /// in words.
    pub(super) fn stays(self, new: View<'_>) -> (&'static str, String) {
        let (word, why) = match (self, new.current()) {
            (Self::Applied | Self::Due, _) if new.action() == Action::Baseline => {
                ("baseline", "it runs without a stamp, and the one that is due is one of `baseline`")
            }
            (Self::AsWritten, None) => ("unstamped", "it is selected, and NEW has no stamp for it"),
            (Self::AsWritten, Some(_)) if new.action().is_change() => {
                ("stale-stamp", "its stamp in NEW is stale: it was not stamped again")
            }
            (Self::Applied, _) => ("same-stamp", "OLD has the stamp of the new content already"),
            _ => ("same-stamp", "its stamp stays the same"),
        };
        (word, why.to_owned())
    }
}

/// The stamp that would be written.
fn due(view: View<'_>) -> Option<&str> {
    view.decision.stamp.as_deref()
}

/// The stamp of the text.
fn written(view: View<'_>) -> Option<&str> {
    view.current().map(Text::raw)
}

/// How many workloads of NEW carry another stamp than `stamp` would give them, over all sets.
#[derive(Debug, Default)]
pub(crate) struct Stamps {
    stale: usize,
    missing: usize,
    as_written: bool,
}

impl Stamps {
    pub(crate) fn add(&mut self, comparison: &Comparison<'_>) {
        self.as_written = comparison.compared == Compared::AsWritten;
        // Where nothing is stamped, that is what the plan says at its top.
        if comparison.compared == Compared::Due {
            return;
        }
        for view in comparison.new.workloads.iter().filter(|v| v.action().is_change()) {
            let count = if view.current().is_some() { &mut self.stale } else { &mut self.missing };
            *count += 1;
        }
    }

    pub(crate) fn notes(&self) -> Vec<Note> {
        let text = match self.as_written {
            true => "as written it does not follow its configs",
            false => "this plan counts NEW as stamped: run `restamp stamp -w`",
        };
        let note = |n: usize, id, one: &str, many: &str| {
            let subject =
                if n == 1 { format!("1 workload of NEW {one}") } else { format!("{n} workloads of NEW {many}") };
            (n > 0).then(|| Note { id, text: format!("{subject}; {text}") })
        };
        let stale = ["carries a stamp that is stale or left over", "carry a stamp that is stale or left over"];
        let missing = ["is selected without a stamp", "are selected without a stamp"];
        let notes = [
            note(self.stale, "stale-new", stale[0], stale[1]),
            note(self.missing, "unstamped-new", missing[0], missing[1]),
        ];
        notes.into_iter().flatten().collect()
    }
}

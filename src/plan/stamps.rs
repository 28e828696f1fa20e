//! What the stamps in two renderings say.
//!
//! Takes comparisons, gives the notes of a plan. A plan compares the stamps that are due; here is said where those in the
//! texts are others.

use crate::explain::name::Name;
use crate::plan::compare::Comparison;
use crate::plan::rendering::Rendering;
use crate::plan::{Change, Note};
use std::collections::HashSet;

/// How many workloads there are of each, over all sets.
#[derive(Debug, Default)]
pub(crate) struct Stamps {
    stale_old: usize,
    stale_new: usize,
    /// In the new rendering: selected, without a stamp.
    unstamped: usize,
    /// Unstamped before, stamped now, and not rolling for any reason.
    adopted: usize,
}

impl Stamps {
    /// `rolls` are the workloads of that set.
    pub(crate) fn add(&mut self, comparison: &Comparison<'_>, rolls: &[Change]) {
        let Comparison { old, new, .. } = comparison;
        let changed = |side: &Rendering<'_>, stamped: bool| {
            side.workloads.iter().filter(|v| v.action().is_change() && v.current().is_some() == stamped).count()
        };
        self.stale_old += changed(old, true);
        self.stale_new += changed(new, true);
        self.unstamped += changed(new, false);
        let rolls: HashSet<&Name> = rolls.iter().map(|c| &c.name).collect();
        let adopted = comparison.workloads.iter().filter(|pair| {
            let both = pair.in_old().zip(pair.in_new()).map(|(o, n)| (old.workloads[o], new.workloads[n]));
            both.is_some_and(|(was, is)| {
                was.action().is_change()
                    && was.current().is_none()
                    && is.current().is_some()
                    && !rolls.contains(&Name::workload(new.set, is))
            })
        });
        self.adopted += adopted.count();
    }

    pub(crate) fn notes(&self) -> Vec<Note> {
        let note = |n: usize, id, of: &str, verbs: [&str; 2], text: &str| {
            let (s, verb) = if n == 1 { ("", verbs[0]) } else { ("s", verbs[1]) };
            (n > 0).then(|| Note { id, text: format!("{n} workload{s} {of} {verb} {text}") })
        };
        let notes = [
            note(
                self.stale_new,
                "stale-new",
                "of NEW",
                ["carries", "carry"],
                "a stamp that is stale or left over: run `restamp stamp -w`, or what rolls is not what this plan says",
            ),
            note(
                self.unstamped,
                "unstamped-new",
                "of NEW",
                ["is", "are"],
                "selected without a stamp: the plan counts the stamps that `restamp stamp` would write",
            ),
            note(
                self.stale_old,
                "stale-old",
                "of OLD",
                ["carries", "carry"],
                "a stamp that is stale or left over: if OLD is applied as it is, those roll too",
            ),
            note(
                self.adopted,
                "adopted",
                "that",
                ["has", "have"],
                "a stamp in NEW and none in OLD: if OLD is applied as it is, those roll once",
            ),
        ];
        notes.into_iter().flatten().collect()
    }
}

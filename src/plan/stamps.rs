//! What the stamps in the texts themselves say about two renderings.
//!
//! Takes comparisons, gives the notes of a plan. A plan compares the stamps that are due; here is said where those in the
//! texts are others.

use crate::decide::action::Action;
use crate::plan::compare::Comparison;
use crate::plan::{Note, Plan};
use crate::text::locate::Name;
use std::collections::HashSet;

/// What the stamps in the texts themselves say, over all sets.
#[derive(Debug, Default)]
pub(crate) struct Stamps {
    stale: [usize; 2],
    /// In the new rendering: selected, without a stamp.
    unstamped: usize,
    /// Unstamped before, stamped now, and not rolling for any reason.
    adopted: usize,
}

impl Stamps {
    pub(crate) fn add(&mut self, comparison: &Comparison<'_>, plan: &Plan) {
        let sides = [&comparison.old, &comparison.new];
        for (count, half) in self.stale.iter_mut().zip(sides) {
            *count += half.decisions.iter().filter(|v| matches!(v.action, Action::Replace | Action::Remove)).count();
        }
        self.unstamped += comparison.new.decisions.iter().filter(|v| v.action == Action::Insert).count();
        let rolls: HashSet<&Name> = plan.rolls.iter().map(|c| &c.name).collect();
        let adopted = comparison
            .workloads
            .iter()
            .filter_map(|p| Some((comparison.old.decisions[p.old?], comparison.new.decisions[p.new?])));
        self.adopted += adopted
            .filter(|(old, new)| old.action == Action::Insert && new.current.is_some())
            .filter(|(_, new)| !rolls.contains(&Name::workload(comparison.new.set, new)))
            .count();
    }

    pub(crate) fn notes(&self) -> Vec<Note> {
        let notes = [
            (
                self.stale[1],
                "stale-new",
                "of NEW",
                "carries",
                "carry",
                "a stamp that is stale or left over: run `restamp stamp -w`, or what rolls is not what this plan says",
            ),
            (
                self.unstamped,
                "unstamped-new",
                "of NEW",
                "is",
                "are",
                "selected without a stamp: the plan counts the stamps that `restamp stamp` would write",
            ),
            (
                self.stale[0],
                "stale-old",
                "of OLD",
                "carries",
                "carry",
                "a stamp that is stale or left over: if OLD is applied as it is, those roll too",
            ),
            (
                self.adopted,
                "adopted",
                "that",
                "has",
                "have",
                "a stamp in NEW and none in OLD: if OLD is applied as it is, those roll once",
            ),
        ];
        notes
            .into_iter()
            .filter(|(n, ..)| *n > 0)
            .map(|(n, id, of, one, many, text)| Note {
                id,
                text: if n == 1 {
                    format!("1 workload {of} {one} {text}")
                } else {
                    format!("{n} workloads {of} {many} {text}")
                },
            })
            .collect()
    }
}

//! Who uses a changed config and does not roll because of it: why, and what its pods see of the change.
//!
//! Takes the links of workloads to one config, gives [`NotRolling`]s. Workloads that one side alone has are no users: they
//! start or end with what there is.

use crate::decide::action::Skip;
use crate::explain::name::Name;
use crate::facts::rolling::Update;
use crate::outcome::View;
use crate::plan::Change;
use crate::plan::compare::Comparison;
use crate::plan::difference::Keys;
use crate::plan::rendering::{Link, Rendering};
use crate::text::words::words;
use serde::Serialize;
use std::collections::HashMap;

words! {
    /// What the pods of a workload that does not roll see of a change.
    #[derive(Hash)]
    pub(crate) enum Sees {
        /// The kubelet updates their files.
        Live = "live",
        /// Nothing until something restarts them.
        Restart = "restart",
        /// Each run reads it anew.
        NextRun = "next-run",
        /// They restart for another reason.
        Rolls = "rolls",
        /// Nothing, and they would not after a restart.
        Nothing = "nothing",
    }
}

/// Why a workload that rolls does not count among those that a config rolls.
pub(crate) const ROLLS: &str = "rolls-anyway";

/// A workload that uses a changed config and does not roll because of it.
#[derive(Debug, Serialize)]
pub(crate) struct NotRolling {
    pub(crate) workload: Name,
    /// A stable word: a rule, or why it is left alone.
    pub(crate) reason: &'static str,
    /// The same in words.
    pub(crate) why: String,
    pub(crate) sees: Sees,
    /// The ways in which it keeps the old value until a restart.
    pub(crate) keeps: Vec<Update>,
}

/// A config that changed, for those who use it.
pub(super) struct Changed<'k> {
    pub(super) keys: &'k Keys,
    /// It is in the old side only.
    pub(super) gone: bool,
    /// Workloads roll because of it.
    pub(super) rolls: bool,
    /// Why no stamp holds it, if that is so.
    pub(super) never: Option<(&'static str, String)>,
    /// What rolls in the set, for whatever reason.
    pub(super) rolling: &'k HashMap<Name, bool>,
}

/// What rolls, and whether no pod restarts because of that.
pub(super) fn rolling(rolls: &[Change]) -> HashMap<Name, bool> {
    rolls.iter().map(|change| (change.name.clone(), change.is_held())).collect()
}

/// Those who use a changed config and do not roll because of it.
#[derive(Default)]
pub(super) struct Others {
    /// The first ones.
    pub(super) named: Vec<NotRolling>,
    pub(super) more: usize,
    /// One of them does not restart.
    pub(super) some_stay: bool,
    /// There are only users that one side alone has.
    pub(super) unconcerned: bool,
}

impl<'c> Comparison<'c> {
    /// The users of a config that do not roll because of it, of which so many are named.
    pub(super) fn not_rolling(
        &self,
        side: &Rendering<'c>,
        users: &[(usize, Link<'c>)],
        changed: &Changed<'_>,
        most: usize,
    ) -> Others {
        let mut out = Others::default();
        for (workload, link) in users {
            let view = side.workloads[*workload];
            if !self.stays[usize::from(!changed.gone)][*workload] {
                out.unconcerned = true;
                continue;
            }
            let name = side.name(view);
            out.some_stay |= changed.rolling.get(&name) != Some(&false);
            if out.named.len() < most {
                out.named.push(self.user(side, view, name, link, changed));
            } else {
                out.more += 1;
            }
        }
        out.unconcerned &= out.named.is_empty() && !changed.rolls;
        out
    }

    fn user(
        &self,
        side: &Rendering<'c>,
        view: View<'c>,
        name: Name,
        link: &Link<'c>,
        changed: &Changed<'_>,
    ) -> NotRolling {
        let touched = link.uses.iter().filter(|(reference, ..)| changed.keys.touch(reference.keys.as_deref()));
        let touched: Vec<_> = touched.collect();
        let ways: Vec<Update> = touched.iter().filter_map(|(.., update)| *update).collect();
        let restarts = changed.rolling.get(&name);
        let (reason, why) = match &changed.never {
            _ if restarts == Some(&false) => (ROLLS, "rolls for another reason".to_owned()),
            _ if restarts.is_some() => (ROLLS, "rolls for another reason, without a restart now".to_owned()),
            _ if touched.is_empty() && !link.uses.is_empty() => {
                ("keys", "it sees none of the keys that differ".to_owned())
            }
            _ if view.action().skip().is_some() || !link.counts() => side.why(view, link),
            Some(never) => never.clone(),
            None => self.compared.stays(view),
        };
        let mut keeps: Vec<Update> = ways.iter().copied().filter(|way| way.keeps()).collect();
        keeps.sort_unstable();
        keeps.dedup();
        let runs_again = view.workload().rolling().is_some_and(|r| r.schedule.is_some());
        let sees = match restarts {
            Some(false) => Sees::Rolls,
            _ if runs_again || view.action().skip() == Some(Skip::Hook) => Sees::NextRun,
            _ if !keeps.is_empty() => Sees::Restart,
            _ if ways.contains(&Update::Live) => Sees::Live,
            _ => Sees::Nothing,
        };
        if sees != Sees::Restart {
            keeps.clear();
        }
        NotRolling { workload: name, reason, why, sees, keeps }
    }
}

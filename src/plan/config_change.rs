//! The configs that differ between two sides: what they roll, and who uses them and does not roll, and why.
//!
//! Takes a [`Comparison`] and the workloads that it found to roll, gives [`ConfigChange`]s.

use crate::explain::name::Name;
use crate::plan::compare::Comparison;
use crate::plan::pair::Pair;
use crate::plan::{Change, ConfigChange, NotRolling, What};
use crate::settings::Precision;
use crate::text::hidden::Text;
use std::collections::HashSet;

impl<'c> Comparison<'c> {
    pub(crate) fn config_changes(&self, rolls: &[Change]) -> Vec<ConfigChange> {
        let mut rolling = vec![Vec::new(); self.configs.len()];
        for change in rolls {
            change.causes.iter().for_each(|c| rolling[c.pair].push(change.name.clone()));
        }
        rolling.into_iter().enumerate().filter_map(|(pair, rolls)| self.config_change(pair, rolls)).collect()
    }

    fn what(&self, pair: usize) -> Option<What> {
        match self.configs[pair] {
            Pair::New(_) => Some(What::New),
            Pair::Gone(_) => Some(What::Gone),
            Pair::Both { old, new } if self.old.content(old).digest != self.new.content(new).digest => {
                Some(What::Changed)
            }
            Pair::Both { .. } => self.renamed_from(pair).map(|_| What::Renamed),
        }
    }

    /// What differs in a config; `None` if nothing does.
    fn config_change(&self, pair: usize, rolls: Vec<Name>) -> Option<ConfigChange> {
        let change = self.what(pair)?;
        let (side, config) = self.latest(pair);
        let renamed_from = self.renamed_from(pair);
        let frozen = self.configs[pair].in_old().is_some_and(|i| self.old.content(i).immutable);
        Some(ConfigChange {
            name: Name::config(side.set, config),
            at: side.locator.at(&config.object(&side.outcome.facts).object.location),
            change,
            renamed_from: renamed_from.map(Text::to_string),
            keys: self.keys(pair),
            refused: frozen && change == What::Changed && renamed_from.is_none(),
            does_not_roll: self.not_rolling(pair, &rolls),
            rolls,
        })
    }

    /// The workloads that use a changed config and do not roll because of it. Of a config that is gone, those that did.
    fn not_rolling(&self, pair: usize, rolls: &[Name]) -> Vec<NotRolling> {
        let (side, _) = self.latest(pair);
        let gone = self.configs[pair].in_new().is_none();
        let rolls: HashSet<&Name> = rolls.iter().collect();
        let mut out = Vec::new();
        for (workload, link) in side.users(pair) {
            let view = side.workloads[workload];
            let name = Name::workload(side.set, view);
            if rolls.contains(&name) {
                continue;
            }
            let stays = self.stays[usize::from(!gone)].contains(&workload);
            let (reason, why) = match self.settings.precision {
                _ if !stays && gone => ("gone-workload", "the workload is gone too".to_owned()),
                _ if !stays => ("new-workload", "the workload is new".to_owned()),
                _ if view.action().skip().is_some() || !link.counts() => side.why(view, link),
                Precision::Keys => ("keys", "it sees none of the keys that differ".to_owned()),
                Precision::Object => ("same-stamp", "its stamp stays the same".to_owned()),
            };
            let live = !gone && stays && link.is_live();
            out.push(NotRolling { workload: name, reason, why, live });
        }
        out
    }
}

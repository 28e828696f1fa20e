//! The configs that differ between two sides: what they roll, and who uses them and does not roll, and why.
//!
//! Takes a [`Comparison`] and the workloads that it found to roll, gives [`ConfigChange`]s.

use crate::explain::name::Name;
use crate::plan::compare::Comparison;
use crate::plan::pair::Pair;
use crate::plan::users::{Changed, rolling};
use crate::plan::{Change, ConfigChange, What};
use crate::text::hidden::Text;
use std::collections::HashMap;

impl<'c> Comparison<'c> {
    pub(crate) fn config_changes(&self, rolls: &[Change]) -> Vec<ConfigChange> {
        let mut by_pair = vec![Vec::new(); self.configs.len()];
        for change in rolls {
            change.causes.iter().for_each(|c| by_pair[c.pair].push(change.name.clone()));
        }
        let rolling = rolling(rolls);
        let pairs = by_pair.into_iter().enumerate();
        let own = pairs.filter_map(|(pair, rolls)| self.config_change(pair, rolls, &rolling));
        let mut all: Vec<ConfigChange> = own.chain(self.producer_changes(&rolling)).collect();
        self.mark_needed(&mut all);
        all
    }

    fn what(&self, pair: usize) -> Option<What> {
        match self.configs[pair] {
            Pair::New(_) => Some(What::New),
            Pair::Gone(_) => Some(What::Gone),
            Pair::Both { .. } if self.differs(pair, None) => Some(What::Changed),
            Pair::Both { .. } => self.renamed_from(pair).map(|_| What::Renamed),
        }
    }

    /// What differs in a config; `None` if nothing does.
    fn config_change(&self, pair: usize, rolls: Vec<Name>, rolling: &HashMap<Name, bool>) -> Option<ConfigChange> {
        let change = self.what(pair)?;
        let (side, holder) = self.latest(pair);
        let renamed_from = self.renamed_from(pair);
        let frozen = self.configs[pair].in_old().is_some_and(|i| self.old.content(i).immutable);
        let keys = self.keys(pair);
        let changed = Changed { keys: &keys, gone: change == What::Gone, rolls: &rolls, never: None, rolling };
        let (does_not_roll, unconcerned) = self.not_rolling(side, &side.users(pair), &changed);
        let made = holder.configs.iter().filter(|_| holder.object.maker().is_some());
        let made =
            made.map(|id| side.outcome.config(*id)).filter(|config| config.kind.as_str() != holder.object.holder());
        Some(ConfigChange {
            name: Name::holder(side.set.clone(), holder),
            at: side.locator.at(&holder.object.object.location),
            change,
            renamed_from: renamed_from.map(Text::to_string),
            makes: made.map(|config| Name::config(side.set.clone(), config)).collect(),
            encrypted: holder.object.is_encrypted(),
            refused: frozen && change == What::Changed && renamed_from.is_none(),
            needed: false,
            keys,
            rolls,
            does_not_roll,
            unconcerned,
        })
    }
}

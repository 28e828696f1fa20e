//! The configs that differ between two sides: what they roll, and who uses them and does not roll, and why.
//!
//! Takes a [`Comparison`] and the workloads that it found to roll, gives [`ConfigChange`]s.

use crate::explain::name::Name;
use crate::plan::compare::{Changing, Comparison, most};
use crate::plan::pair::Pair;
use crate::plan::users::{self, Changed};
use crate::plan::{Change, ConfigChange, What};
use crate::text::hidden::Text;
use std::collections::HashMap;

/// By pairs of configs, who rolls because of each: places among all that roll.
struct Rolled {
    /// Where those of each pair end.
    ends: Vec<usize>,
    all: Vec<u32>,
}

impl Rolled {
    fn new(pairs: usize, rolling: &[Changing]) -> Self {
        let mut ends = vec![0; pairs];
        let causes = || rolling.iter().zip(0..).flat_map(|(one, i)| one.causes.iter().map(move |pair| (*pair, i)));
        causes().for_each(|(pair, _)| ends[pair] += 1);
        let mut end = 0;
        for count in &mut ends {
            // Where they begin; as they are put in, that moves to where they end.
            end += std::mem::replace(count, end);
        }
        let mut all = vec![0; end];
        for (pair, i) in causes() {
            all[ends[pair]] = i;
            ends[pair] += 1;
        }
        Self { ends, all }
    }

    fn of(&self, pair: usize) -> &[u32] {
        let start = pair.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.all[start..self.ends[pair]]
    }
}

/// Who rolls, while the configs are gone through.
struct Who<'r> {
    rolls: &'r [Change],
    rolling: &'r [Changing],
    /// So many of each config are named.
    most: usize,
    /// How many have been named that do not roll.
    named: usize,
    /// What rolls, and whether no pod restarts because of that.
    told: HashMap<Name, bool>,
    /// Once a config differs.
    seen: Option<[Seen; 2]>,
}

/// The workloads of a side.
struct Seen {
    /// Those of one name are one.
    same: Vec<usize>,
    /// The pair because of which each was found to roll last.
    last: Vec<usize>,
}

impl<'c> Comparison<'c> {
    /// `rolling` are the workloads that roll, and `rolls` the same as the plan has them; so many are named of each config.
    pub(super) fn config_changes(&self, rolls: &[Change], rolling: &[Changing], most: usize) -> Vec<ConfigChange> {
        let rolled = Rolled::new(self.configs.len(), rolling);
        let mut who = Who { rolls, rolling, most, named: 0, told: users::rolling(rolls), seen: None };
        let pairs = 0..self.configs.len();
        let mut all: Vec<_> = pairs.filter_map(|pair| self.config_change(pair, rolled.of(pair), &mut who)).collect();
        all.extend(self.producer_changes(&who.told));
        self.mark_needed(&mut all);
        all
    }

    /// The workloads of the old and of the new side.
    fn told_apart(&self) -> [Seen; 2] {
        [&self.old, &self.new].map(|side| {
            let mut known = HashMap::new();
            let same = side.workloads.iter().map(|view| {
                let next = known.len();
                *known.entry(side.name(*view)).or_insert(next)
            });
            let same: Vec<usize> = same.collect();
            Seen { last: vec![usize::MAX; known.len()], same }
        })
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
    fn config_change(&self, pair: usize, rolls: &[u32], who: &mut Who<'_>) -> Option<ConfigChange> {
        let change = self.what(pair)?;
        let (side, holder) = self.latest(pair);
        let renamed_from = self.renamed_from(pair);
        let frozen = self.configs[pair].in_old().is_some_and(|i| self.old.content(i).immutable);
        let (keys, gone, rolls) = (self.keys(pair), change == What::Gone, rolls.iter().map(|i| *i as usize));
        let seen = &mut who.seen.get_or_insert_with(|| self.told_apart())[usize::from(!gone)];
        rolls.clone().for_each(|i| seen.last[seen.same[who.rolling[i].workload(gone)]] = pair);
        let users = side.users(pair, |workload| seen.last[seen.same[workload]] == pair);
        let changed = Changed { keys: &keys, gone, rolls: rolls.len() > 0, never: None, rolling: &who.told };
        let others = self.not_rolling(side, &users, &changed, who.most.min(most(who.named)));
        who.named += others.named.len();
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
            more_rolls: rolls.len().saturating_sub(who.most),
            rolls: rolls.take(who.most).map(|i| who.rolls[i].name.clone()).collect(),
            does_not_roll: others.named,
            more_do_not_roll: others.more,
            leaves_out_some: others.some_stay,
            unconcerned: others.unconcerned,
        })
    }
}

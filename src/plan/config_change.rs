//! The configs that differ between two sides: what they roll, and who uses them and does not roll, and why.
//!
//! Takes a [`Comparison`] and the workloads that it found to roll, gives [`ConfigChange`]s.

use crate::advice::wording as words;
use crate::decide::action::{Action, Decision, Use};
use crate::plan::compare::Comparison;
use crate::plan::pair::Pair;
use crate::plan::rendering::{self, Rendering};
use crate::plan::{Change, ConfigChange, Silent, What};
use crate::settings::Precision;
use crate::text::locate::Name;
use crate::text::source::SourceId;
use std::collections::{BTreeMap, HashSet};

impl<'c> Comparison<'c> {
    pub(crate) fn config_changes(&self, rolls: &[Change]) -> Vec<ConfigChange> {
        let mut rolling: BTreeMap<usize, Vec<&Name>> = BTreeMap::new();
        for change in rolls {
            change.causes.iter().for_each(|c| rolling.entry(c.pair).or_default().push(&change.name));
        }
        let none = Vec::new();
        let found = (0..self.configs.len()).filter_map(|pair| {
            let change = self.what(pair)?;
            Some(self.config_change(pair, change, rolling.get(&pair).unwrap_or(&none)))
        });
        found.collect()
    }

    fn what(&self, pair: usize) -> Option<What> {
        match self.configs[pair] {
            Pair { old: None, .. } => Some(What::New),
            Pair { new: None, .. } => Some(What::Gone),
            Pair { old: Some(old), new: Some(new) } => {
                if self.old.config(old).digest != self.new.config(new).digest {
                    Some(What::Changed)
                } else {
                    self.renamed_from(pair).map(|_| What::Renamed)
                }
            }
        }
    }

    fn config_change(&self, pair: usize, change: What, rolls: &[&Name]) -> ConfigChange {
        let Pair { old, new } = self.configs[pair];
        let at = match (old, new) {
            (_, Some(new)) => self.new.locator.at(&self.new.config(new).location),
            (Some(old), None) => self.old.locator.at(&self.old.config(old).location),
            (None, None) => self.new.locator.offset(SourceId::default(), 0),
        };
        let frozen = old.is_some_and(|i| self.old.content(i).immutable);
        ConfigChange {
            name: self.config_name(pair),
            at,
            change,
            renamed_from: self.renamed_from(pair).map(str::to_owned),
            keys: self.keys(pair),
            refused: frozen && change == What::Changed && self.renamed_from(pair).is_none(),
            rolls: rolls.iter().map(|&n| n.clone()).collect(),
            does_not_roll: self.silent(pair, rolls),
        }
    }

    /// The workloads that use a changed config and do not roll because of it. Of a config that is gone, those that did.
    fn silent(&self, pair: usize, rolls: &[&Name]) -> Vec<Silent> {
        let gone = self.configs[pair].new.is_none();
        let half = if gone { &self.old } else { &self.new };
        let rolls: HashSet<&Name> = rolls.iter().copied().collect();
        let stays = &self.stays[usize::from(!gone)];
        let mut out = Vec::new();
        for (i, decision) in half.decisions.iter().enumerate() {
            let name = Name::workload(half.set, decision);
            let uses: Vec<&Use> = half.uses(decision, pair).collect();
            if uses.is_empty() && !half.is_listed(decision, pair) || rolls.contains(&name) {
                continue;
            }
            let (reason, why) = if stays.contains(&i) { self.quiet(half, decision, pair) } else { lonely(gone) };
            out.push(Silent {
                workload: name,
                reason,
                why,
                live: !gone && stays.contains(&i) && rendering::is_live(half.outcome(), decision, &uses),
            });
        }
        out
    }

    /// Why a workload does not roll because of a config that it uses.
    fn quiet(&self, half: &Rendering<'c>, decision: &Decision, pair: usize) -> (&'static str, String) {
        if let Action::Skip(alone) = decision.action {
            return (words::skip_word(alone), words::skip(alone, &decision.resource.kind));
        }
        let selected =
            half.is_listed(decision, pair) || half.uses(decision, pair).any(|u| u.counted && u.selection.selected);
        if selected && self.settings.precision == Precision::Keys {
            return ("keys", "it sees none of the keys that differ".to_owned());
        }
        if selected {
            return ("same-stamp", "its stamp stays the same".to_owned());
        }
        half.uses(decision, pair).next().map_or(("not-annotated", String::new()), words::of_use)
    }
}
fn lonely(gone: bool) -> (&'static str, String) {
    if gone {
        ("gone-workload", "the workload is gone too".to_owned())
    } else {
        ("new-workload", "the workload is new".to_owned())
    }
}

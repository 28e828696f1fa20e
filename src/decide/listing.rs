//! What each entry of the lists of a workload came to, for who explains it.
//!
//! Takes a decision with the rules that made it, gives one record for each entry. Decides nothing.

use crate::decide::action::{CameTo, ListEntry};
use crate::decide::candidate::{ConfigId, Configs};
use crate::decide::select::{Entry, Item, List};
use crate::decide::stamp::Decided;
use crate::kube::config_kind::ConfigKind;
use crate::settings::Settings;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The configs that an entry names: of the workload's own namespace, and those that a reference of it leads to, wherever they are.
fn named(decided: &Decided<'_>, kind: ConfigKind, item: &Item<'_, '_>, configs: &Configs<'_>) -> Arc<[ConfigId]> {
    let found = item.named(kind, decided.home, configs);
    let uses = decided.decision.uses.iter().filter(|used| used.counted && item.of != List::Extra);
    let is_named = |id: ConfigId| {
        configs.object(id).kind == kind && configs.names(id).any(|name| item.matches(name, &configs.budget))
    };
    let away: BTreeSet<_> =
        uses.filter_map(|used| used.config).filter(|id| !found.contains(id) && is_named(*id)).collect();
    if away.is_empty() {
        found
    } else {
        found.iter().copied().chain(away).collect::<BTreeSet<_>>().into_iter().collect()
    }
}

/// One record for each entry, in the order of the lists.
pub(super) fn entries(decided: &Decided<'_>, configs: &Configs<'_>, settings: &Settings) -> Vec<ListEntry> {
    let each = |kind: ConfigKind, item: Item<'_, '_>| {
        let found = named(decided, kind, &item, configs);
        let is_old = decided.decision.old_names.iter().any(|old| {
            Arc::ptr_eq(&old.list, item.annotation) && old.text.raw() == item.text && *found == [old.config]
        });
        let came_to = match item.pattern.and_then(Entry::error) {
            Some(_) => CameTo::BadRegex,
            None if is_old => CameTo::OldName,
            None if !found.is_empty() => CameTo::Matched,
            None if item.is_unmatched(kind, decided.home, configs, settings) => CameTo::Nothing,
            None => CameTo::Elsewhere,
        };
        ListEntry {
            list: item.annotation.clone(),
            kind,
            text: item.annotation.value.part(item.text),
            maker: (came_to == CameTo::Elsewhere)
                .then(|| configs.maker(kind, item.namespace.unwrap_or(decided.home), item.name))
                .flatten()
                .map(|producer| producer.object.about()),
            configs: found,
            came_to,
        }
    };
    decided.rules.iter().flat_map(|rules| rules.items().map(|item| each(rules.kind, item))).collect()
}

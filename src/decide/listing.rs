//! What each entry of the lists of a workload came to, for who explains it.
//!
//! Takes a decision with the rules that made it, gives one record for each entry. Decides nothing.

use crate::decide::action::{CameTo, ListEntry};
use crate::decide::candidate::{ConfigId, Configs};
use crate::decide::select::{Entry, Item, List};
use crate::decide::stamp::Decided;
use crate::kube::config_kind::ConfigKind;
use crate::settings::Settings;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// Configs of other namespaces that counted references of a workload lead to.
struct Away<'f> {
    all: BTreeSet<ConfigId>,
    /// By all names that an entry may call them by.
    by_name: HashMap<(ConfigKind, &'f str), Vec<ConfigId>>,
}

impl<'f> Away<'f> {
    fn new(decided: &Decided<'f>, configs: &Configs<'f>) -> Self {
        let counted = decided.decision.uses.iter().filter(|used| used.counted).filter_map(|used| used.config);
        let all: BTreeSet<_> = counted.filter(|id| configs.namespace_of(*id).raw() != decided.home).collect();
        let mut by_name: HashMap<_, Vec<_>> = HashMap::new();
        for &id in &all {
            configs.names(id).for_each(|name| by_name.entry((configs.object(id).kind, name)).or_default().push(id));
        }
        Self { all, by_name }
    }

    /// Those that an entry names.
    fn named(&self, kind: ConfigKind, item: &Item<'_, '_>, configs: &Configs<'_>) -> Vec<ConfigId> {
        if item.of == List::Extra || self.all.is_empty() {
            return Vec::new();
        }
        if let Some(only) = item.only() {
            return self.by_name.get(&(kind, only)).cloned().unwrap_or_default();
        }
        let is_named = |id: &ConfigId| {
            configs.object(*id).kind == kind && configs.names(*id).any(|name| item.matches(name, &configs.budget))
        };
        self.all.iter().copied().filter(is_named).collect()
    }
}

/// The configs that an entry names: of the workload's own namespace, and those that a reference of it leads to, wherever they are.
fn named(
    decided: &Decided<'_>,
    kind: ConfigKind,
    item: &Item<'_, '_>,
    configs: &Configs<'_>,
    away: &Away<'_>,
) -> Arc<[ConfigId]> {
    let (found, away) = (item.named(kind, decided.home, configs), away.named(kind, item, configs));
    if away.is_empty() {
        found
    } else {
        found.iter().copied().chain(away).collect::<BTreeSet<_>>().into_iter().collect()
    }
}

/// One record for each entry, in the order of the lists.
pub(super) fn entries<'f>(decided: &Decided<'f>, configs: &Configs<'f>, settings: &Settings) -> Vec<ListEntry> {
    let away = Away::new(decided, configs);
    let each = |kind: ConfigKind, item: Item<'_, '_>| {
        let found = named(decided, kind, &item, configs, &away);
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

//! Entries of lists that name nothing on a finished build, read as the names which configs had before it.
//!
//! Takes the rules of one workload and the configs of the set, gives the rules in which each such entry that can mean
//! exactly one config means that one. Never says whether that reading is the right one: the stamp that is there does.

use crate::decide::action::OldName;
use crate::decide::candidate::{ConfigId, Configs};
use crate::decide::select::Item;
use crate::decide::stamp::AllRules;
use crate::kube::config_kind::ConfigKind;
use crate::kube::trail::stem;
use crate::settings::Settings;
use crate::settings::selector::Subject;
use std::sync::Arc;

impl Item<'_, '_> {
    /// The configs of the set that it names.
    pub(crate) fn named(&self, kind: ConfigKind, home: &str, configs: &Configs<'_>) -> Arc<[ConfigId]> {
        let there = self.namespace.unwrap_or(home);
        match self.pattern {
            Some(entry) => entry.named(kind, there, configs),
            None => configs.called(kind, there, self.name),
        }
    }

    /// Whether it names nothing that is in the set, or known to live elsewhere, or left out anyway.
    pub(crate) fn is_unmatched(
        &self,
        kind: ConfigKind,
        home: &str,
        configs: &Configs<'_>,
        settings: &Settings,
    ) -> bool {
        let there = self.namespace.unwrap_or(home);
        self.pattern.is_none_or(|entry| entry.error().is_none())
            && self.named(kind, home, configs).is_empty()
            && !settings.is_external(kind, self.name)
            && configs.maker(kind, there, self.name).is_none()
            && !(self.only().is_none() && configs.makes_any(kind, there, |name| self.matches(name, &configs.budget)))
            && settings.configs.admits_absent(&Subject::absent(kind, there, self.name))
    }

    /// The only config in whose name, without a generator's hash, its pattern is found.
    fn candidate(&self, kind: ConfigKind, home: &str, configs: &Configs<'_>) -> Option<ConfigId> {
        let there = self.namespace.unwrap_or(home);
        if let Some(text) = self.only() {
            return configs.only_with(kind, there, text);
        }
        let regex = self.pattern?.anywhere()?;
        let all = configs.in_namespace(kind, there).iter();
        let all = all.take_while(|_| !configs.budget.is_spent());
        let mut found = all.filter(|&&id| regex.is_match(stem(configs.name(id).raw()), &configs.budget));
        let first = found.next().copied();
        first.filter(|_| found.next().is_none())
    }
}

/// The rules with each such entry standing for its config, and those entries; `None` if there is none.
pub(super) fn read<'f>(
    all: &AllRules<'f>,
    home: &'f str,
    configs: &Configs<'f>,
    settings: &Settings,
) -> Option<(AllRules<'f>, Vec<OldName>)> {
    // Copied once there is something to say: a list may be as long as its input.
    let (mut out, mut found) = (None, Vec::new());
    for (kind, rules) in all.iter().enumerate() {
        for (at, item) in rules.items().enumerate().filter(|(_, i)| i.is_unmatched(rules.kind, home, configs, settings))
        {
            let Some(config) = item.candidate(rules.kind, home, configs) else { continue };
            out.get_or_insert_with(|| all.clone())[kind].stand_in(at, configs.object(config).name().raw());
            found.push(OldName { list: item.annotation.clone(), text: item.annotation.value.part(item.text), config });
        }
    }
    out.map(|out| (out, found))
}

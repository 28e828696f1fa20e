//! Lists of an annotation: entries that cannot be used, or that name nothing in the set.

use crate::advice::lint::{Lint, at};
use crate::decide::action::OldName;
use crate::decide::select::{Item, List};
use crate::finding::{Finding, Problem, Severity};
use crate::kube::annotation;
use crate::kube::config_kind::ConfigKind;
use crate::text::hidden::Text;

impl Lint<'_, '_> {
    /// Words of the workload's own about what counts that mean nothing.
    pub(super) fn words(&self, out: &mut Vec<Finding>) {
        out.extend(self.decided.unknown.iter().map(|unknown| {
            let (word, known) = (unknown.word.clone(), unknown.known.join(", "));
            let key = unknown.annotation.key.clone();
            at(
                unknown.annotation,
                match key == annotation::PLACES {
                    true => Problem::UnknownPlace { word, known },
                    false => Problem::UnknownWord { key, word, known },
                },
            )
        }));
    }

    /// Entries of reload lists, exclude lists and Wave's lists.
    pub(super) fn lists(&self, out: &mut Vec<Finding>) {
        if self.is_read_elsewhere() {
            return;
        }
        for rules in &self.decided.rules {
            out.extend(rules.items().filter_map(|item| self.item(rules.kind, &item)));
        }
        let object = &self.decided.workload.object;
        for OldName { list, text, config } in &self.decided.decision.old_names {
            let config = self.decider.configs.object(*config).object.about();
            out.push(at(list, Problem::OldName { about: object.about(), entry: text.clone(), config }));
        }
    }

    /// The finding about an entry that cannot be used, or that names nothing.
    fn item(&self, kind: ConfigKind, item: &Item<'_, '_>) -> Option<Finding> {
        let (list, home, configs) = (item.annotation, self.decided.home, self.decider.configs);
        if let Some(why) = item.pattern.and_then(|entry| entry.error.as_ref()) {
            let entry = list.value.part(item.text);
            let why = entry.part(why).to_string();
            return Some(at(list, Problem::BadRegex { entry, why }));
        }
        let workload = self.decided.workload;
        let mut uses = workload.references.iter().zip(&self.decided.decision.uses).filter(|(r, _)| r.kind == kind);
        let told = match item.of {
            // A reference that counts and leads nowhere is told of as a missing config.
            List::Reload => uses.any(|(r, u)| u.counted && item.matches(r.name.raw())),
            List::Exclude => uses.any(|(r, _)| item.matches(r.name.raw())),
            List::Extra => false,
        };
        if told || self.is_patch() || !item.is_unmatched(kind, home, configs, self.settings()) {
            return None;
        }
        let shown = match item.namespace {
            Some(namespace) => list.value.part(namespace),
            None => workload.object.namespace.clone().unwrap_or_else(|| Text::new(home, false)),
        };
        let near = self.near.near(kind, &shown, item.name);
        let namespace = item.namespace.filter(|there| *there != home).map(|_| shown);
        let finding = at(list, Problem::UnmatchedEntry { entry: list.value.part(item.text), kind, namespace, near });
        // Wave's extras are always optional.
        Some(if item.of == List::Extra { finding.severe(Severity::Info) } else { finding })
    }
}

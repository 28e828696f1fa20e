//! Lists of an annotation: entries that cannot be used, or that name nothing in the set.

use crate::advice::lint::{Lint, at};
use crate::advice::missing;
use crate::decide::select::Rules;
use crate::finding::{Finding, Problem, Severity};
use crate::kube::annotation::{self, Annotation};
use crate::kube::reference::Place;
use crate::settings::selector::Subject;
use crate::text::hidden::Text;

impl Lint<'_, '_> {
    /// Words of the places annotation that are none.
    pub(super) fn places(&self, out: &mut Vec<Finding>) {
        let Some(list) = self.decided.workload.object.annotations.find(annotation::PLACES) else { return };
        let known = Place::ALL.map(Place::as_str).join(", ");
        let words = self.decided.unknown_places.iter();
        out.extend(words.map(|word| at(list, Problem::UnknownPlace { word: word.clone(), known: known.clone() })));
    }

    /// Entries of reload lists, exclude lists and Wave's lists.
    pub(super) fn lists(&self, out: &mut Vec<Finding>) {
        if self.is_read_elsewhere() {
            return;
        }
        for rules in &self.decided.rules {
            if let Some(list) = rules.list {
                self.reload_list(rules, list, out);
            }
            let references = &self.decided.workload.references;
            for text in &rules.excluded {
                let Some(list) = rules.exclude else { continue };
                if !references.iter().any(|r| r.kind == rules.kind && r.name.raw() == *text) {
                    out.extend(self.unmatched(rules, None, text, text, &|name| name == *text, list));
                }
            }
            for extra in &rules.extras {
                let Some(list) = rules.extra else { continue };
                let test = |name: &str| name == extra.name;
                let found = self.unmatched(rules, extra.namespace, extra.name, extra.text, &test, list);
                // Wave's extras are always optional.
                out.extend(found.map(|f| f.severe(Severity::Info)));
            }
        }
    }

    fn reload_list(&self, rules: &Rules<'_>, list: &Annotation, out: &mut Vec<Finding>) {
        let uses = || self.decided.workload.references.iter().zip(&self.decided.decision.uses);
        for entry in &rules.entries {
            if let Some(why) = &entry.error {
                let entry = list.value.part(entry.text);
                let why = entry.part(why).to_string();
                out.push(at(list, Problem::BadRegex { entry, why }));
                continue;
            }
            // A reference that counts and leads nowhere is told of as a missing config.
            let told = uses().any(|(r, u)| u.counted && r.kind == rules.kind && entry.matches(r.name.raw()));
            if !told {
                out.extend(self.unmatched(rules, None, entry.text, entry.text, &|name| entry.matches(name), list));
            }
        }
    }

    /// The finding about an entry that names nothing in the set, unless it lives elsewhere or does not count anyway.
    fn unmatched(
        &self,
        rules: &Rules<'_>,
        namespace: Option<&str>,
        name: &str,
        text: &str,
        test: &dyn Fn(&str) -> bool,
        list: &Annotation,
    ) -> Option<Finding> {
        let (kind, home, settings) = (rules.kind, self.decided.home, self.settings());
        let there = namespace.unwrap_or(home);
        if self.is_patch()
            || self.decider.configs.has(kind, there, test)
            || missing::is_external(settings, kind, name)
            || !settings.configs.admits_absent(&Subject::absent(kind, there, name))
        {
            return None;
        }
        let object = &self.decided.workload.object;
        let shown = match namespace {
            Some(namespace) => list.value.part(namespace),
            None => object.namespace.clone().unwrap_or_else(|| Text::new(home, false)),
        };
        let near = self.near.near(kind, &shown, name);
        let namespace = (there != home).then_some(shown);
        Some(at(list, Problem::UnmatchedEntry { entry: list.value.part(text), kind, namespace, near }))
    }
}

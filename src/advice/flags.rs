//! Single annotations: values that are misread, and keys that do nothing where they stand.

use crate::advice::lint::{Lint, at};
use crate::decide::candidate::ConfigId;
use crate::facts::object::Object;
use crate::finding::{Finding, Findings, Id, Problem};
use crate::kube::annotation::{self, Annotation, Key};
use crate::kube::config_kind::ConfigKind;
use crate::kube::kind::Rollout;
use crate::settings::Settings;
use std::collections::BTreeSet;

/// The lints of a config.
pub(super) fn config(object: &Object, settings: &Settings, out: &mut Findings) {
    let found =
        [Key::Match, Key::Ignore].into_iter().filter_map(|key| object.annotations.find(settings.names.get(key)));
    for misread in found.filter(|a| is_misread(a, a.value.raw() == "true")) {
        out.add(Id::BadBoolean, || bad_boolean(misread).about(object.resource_ref()));
    }
}

/// Whether a value that is read as `read` looks like something else, or like no boolean at all.
fn is_misread(annotation: &Annotation, read: bool) -> bool {
    !read && !matches!(annotation.value.raw(), "" | "0" | "f" | "F" | "FALSE" | "false" | "False")
}

fn bad_boolean(annotation: &Annotation) -> Finding {
    at(annotation, Problem::BadBoolean { key: annotation.key.to_string(), value: annotation.value.clone() })
}

impl Lint<'_, '_> {
    /// Values that look like a boolean and are read as false.
    pub(super) fn booleans(&self, out: &mut Findings) {
        if self.is_read_elsewhere() {
            return;
        }
        let names = &self.settings().names;
        for found in self.decided.annotations.iter().chain(self.decided.workload.template.iter()) {
            let value = found.value.raw();
            let read = match names.find(&found.key) {
                Some(Key::Auto | Key::AutoOf(_)) => annotation::is_true(value),
                Some(Key::Search) => value == "true",
                None if found.key == annotation::WAVE_UPDATE => value == "true",
                _ => continue,
            };
            if is_misread(found, read) {
                out.add(Id::BadBoolean, || bad_boolean(found));
            }
        }
    }

    /// `ignore` means something on a config only.
    pub(super) fn ignore(&self, out: &mut Findings) {
        let key = self.settings().names.get(Key::Ignore);
        let both = [&self.decided.workload.object.annotations, &self.decided.workload.template];
        for found in both.into_iter().filter_map(|a| a.find(key)) {
            out.add(Id::IgnoreOnWorkload, || at(found, Problem::IgnoreOnWorkload { key: key.to_owned() }));
        }
    }

    /// A search that finds nothing. One without references is told of as such.
    pub(super) fn search(&self, out: &mut Findings) {
        let counted: Vec<_> = self.decided.decision.uses.iter().filter(|u| u.counted).collect();
        if self.is_patch() || self.decided.workload.workload_ref().is_some() || counted.is_empty() {
            return;
        }
        let Some(search) = self.decided.rules.iter().find_map(|r| r.search) else { return };
        let (configs, key) = (self.decider.configs, self.settings().names.get(Key::Match));
        let marked = |id: ConfigId| configs.parts(id).any(|part| part.object.annotations.get(key) == Some("true"));
        let used: BTreeSet<ConfigId> = counted.iter().filter_map(|u| u.config).collect();
        if used.iter().any(|&id| marked(id)) {
            return;
        }
        out.add(Id::SearchWithoutMatch, || {
            let mut near = ConfigKind::ALL.into_iter().flat_map(|kind| configs.in_namespace(kind, self.decided.home));
            let other = near.find(|&&id| marked(id)).map(|&id| configs.object(id).object.about());
            at(search, Problem::SearchWithoutMatch { key: key.to_owned(), refers: used.len(), marked: other })
        });
    }

    /// The stamp's annotation on the workload itself.
    pub(super) fn misplaced(&self, out: &mut Findings) {
        let (key, workload) = (&self.settings().annotation, self.decided.workload);
        let found = workload.object.annotations.find(key).filter(|_| !workload.template_path.is_empty());
        if let Some(annotation) = found {
            out.add(Id::StampMisplaced, || {
                let (kind, place) = (workload.object.kind().clone(), workload.stamp_path());
                at(annotation, Problem::StampMisplaced { key: key.clone(), kind, place })
            });
        }
    }

    /// Reloader would not change the template of this Rollout.
    pub(super) fn restart_strategy(&self, out: &mut Findings) {
        let (workload, decision) = (self.decided.workload, &self.decided.decision);
        let found = workload.object.annotations.find(annotation::ROLLOUT_STRATEGY);
        let found = found.filter(|a| a.value.raw() == "restart" && workload.object.kind().raw() == "Rollout");
        let found = found.filter(|_| decision.stamp.is_some() && decision.action.skip().is_none());
        out.extend(found.map(|a| at(a, Problem::RestartStrategy {})));
    }

    /// Reloader's keys on a workload that refers to nothing and names nothing. One that opts out asks for nothing.
    pub(super) fn no_references(&self, out: &mut Findings) {
        let (workload, decision, rules) = (self.decided.workload, &self.decided.decision, &self.decided.rules);
        if rules.iter().any(|r| !r.entries.is_empty() || !r.extras.is_empty())
            || decision.uses.iter().any(|u| u.counted || u.live)
            // With the word that was meant they may count.
            || self.decided.unknown.iter().any(|word| word.annotation.key == annotation::PLACES)
            || self.is_patch()
            || workload.workload_ref().is_some()
            || workload.rollout == Rollout::Never
        {
            return;
        }
        let Some(asks) = rules.iter().find_map(|r| r.asks()) else { return };
        out.add(Id::NoReferences, || {
            let list = self.settings().names.get(Key::Reload(ConfigKind::ALL[0])).to_owned();
            at(asks, Problem::NoReferences { uncounted: !decision.uses.is_empty(), list })
        });
    }
}

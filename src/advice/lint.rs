//! Lints: what the annotations of a workload say that does nothing, or something else than it looks like.
//!
//! Takes a judged workload, gives findings that point at the annotation itself.

use crate::advice::missing;
use crate::decide::stamp::{Action, Judge, Judged, Skip};
use crate::facts::digest::ConfigKind;
use crate::facts::{Object, Workload};
use crate::finding::{Finding, Id, Severity};
use crate::kube::annotation::{self, Annotation, Annotations};
use crate::kube::kind::Rollout;
use crate::settings::Settings;
use crate::settings::selector::Subject;
use crate::text::source::SourceId;

/// The lints of one workload.
pub(crate) fn workload(judge: &Judge<'_>, judged: &Judged<'_>) -> Vec<Finding> {
    let workload = &judge.index.facts.workloads[judged.decision.index];
    let lint = Lint { judge, judged, workload };
    let mut out = Vec::new();
    lint.places(&mut out);
    lint.lists(&mut out);
    lint.booleans(&mut out);
    lint.ignore(&mut out);
    lint.search(&mut out);
    lint.misplaced(&mut out);
    lint.workload_ref(&mut out);
    lint.alone(&mut out);
    lint.restart_strategy(&mut out);
    lint.no_references(&mut out);
    out.into_iter().map(|finding| Finding { resource: Some(workload.object.resource_ref()), ..finding }).collect()
}

/// The lint of an annotated object of a kind that restamp does not know.
pub(crate) fn stray(object: &Object, settings: &Settings) -> Option<Finding> {
    let first = object
        .annotations
        .iter()
        .find(|a| settings.names.on_workload().any(|k| k == a.key) || annotation::WAVE.contains(&a.key.as_str()))?;
    let group = object.group();
    let of_group = if group.is_empty() { String::new() } else { format!(" of {group}") };
    let message = format!(
        "{}/{} is annotated, but {}{of_group} is no kind that is stamped",
        object.kind, object.name, object.kind
    );
    let finding = Finding::new(Id::KindNotStamped, Severity::Warning, message)
        .at(object.source, first.range.clone())
        .remedy(format!(
            "if it carries a pod template, add `podTemplates: [{{group: \"{group}\", kind: {}, path: spec.template}}]` to the configuration",
            object.kind
        ));
    Some(Finding { resource: Some(object.resource_ref()), ..finding })
}

/// The lints of a config.
pub(crate) fn config(object: &Object, settings: &Settings) -> Vec<Finding> {
    let names = &settings.names;
    [&names.r#match, &names.ignore]
        .into_iter()
        .filter_map(|key| object.annotations.find(key))
        .filter(|at| is_misread(&at.value, at.value == "true"))
        .map(|at| Finding { resource: Some(object.resource_ref()), ..misread(at).at(object.source, at.range.clone()) })
        .collect()
}

/// Whether a value that is read as `read` looks like something else, or like no boolean at all.
fn is_misread(value: &str, read: bool) -> bool {
    !read && !matches!(value, "" | "0" | "f" | "F" | "FALSE" | "false" | "False")
}

fn misread(at: &Annotation) -> Finding {
    let message = format!("`{}: \"{}\"` counts as false", at.key, at.value);
    Finding::new(Id::BadBoolean, Severity::Warning, message).remedy("write \"true\", or \"false\" if that is meant")
}

struct Lint<'l, 'i> {
    judge: &'l Judge<'i>,
    judged: &'l Judged<'i>,
    workload: &'i Workload,
}

impl Lint<'_, '_> {
    fn settings(&self) -> &Settings {
        self.judge.settings
    }

    fn finding(
        &self,
        id: Id,
        severity: Severity,
        message: impl Into<String>,
        source: SourceId,
        at: &Annotation,
    ) -> Finding {
        Finding::new(id, severity, message).at(source, at.range.clone())
    }

    /// At an annotation that speaks for the workload, which may stand on the Rollout that names it.
    fn warning(&self, id: Id, message: impl Into<String>, at: &Annotation) -> Finding {
        self.finding(id, Severity::Warning, message, self.source(at), at)
    }

    /// The source of an annotation that speaks for the workload.
    fn source(&self, at: &Annotation) -> SourceId {
        // Template annotations lie in the workload's own source; so do its own, unless a Rollout speaks for it.
        let mut template = self.workload.template.iter();
        if template.any(|a| a.range == at.range && a.key == at.key) {
            self.workload.object.source
        } else {
            self.judged.voice.1
        }
    }

    fn is_patch(&self) -> bool {
        self.judged.decision.action == Action::Skip(Skip::Patch)
    }

    /// Whether the annotations are those of a Rollout that speaks for another workload of the set, where they are looked at.
    fn speaks_for_another(&self) -> bool {
        let target = self.workload.workload_ref.as_ref();
        self.workload.site.is_none() && target.is_some_and(|t| self.judge.target(self.workload, t).is_some())
    }

    fn places(&self, out: &mut Vec<Finding>) {
        let Some(list) = self.workload.object.annotations.find(annotation::PLACES) else {
            return;
        };
        for word in &self.judged.unknown_places {
            let known: Vec<&str> = crate::kube::reference::Place::ALL.iter().map(|p| p.as_str()).collect();
            let message = format!("`{word}` is no place; it is skipped");
            let finding = self.finding(Id::UnknownPlace, Severity::Warning, message, self.workload.object.source, list);
            out.push(finding.remedy(format!("the places are {}", known.join(", "))));
        }
    }

    /// Entries that cannot be used, or that name nothing in the set.
    fn lists(&self, out: &mut Vec<Finding>) {
        if self.speaks_for_another() {
            return;
        }
        for rules in &self.judged.rules {
            let home = self.judged.decision.namespace.as_str();
            if let Some(list) = rules.list() {
                for entry in &rules.entries {
                    if let Some(error) = &entry.error {
                        let message = format!(
                            "`{}` is no regular expression that can be used: {error}; it is skipped",
                            entry.text
                        );
                        out.push(
                            self.warning(Id::BadRegex, message, list)
                                .remedy("correct the entry; it is compiled as `^entry$`"),
                        );
                        continue;
                    }
                    // A reference that counts and leads nowhere is told of as a missing config.
                    let mut uses = self.judged.decision.uses.iter().filter(|u| u.counted);
                    if !uses.any(|u| u.reference.kind == rules.kind && entry.matches(&u.reference.name)) {
                        let test = |name: &str| entry.matches(name);
                        out.extend(self.unmatched(rules.kind, home, entry.text, entry.text, &test, list));
                    }
                }
            }
            for (list, text) in rules.exclude().into_iter().flat_map(|a| rules.excluded.iter().map(move |t| (a, *t))) {
                let mut references = self.workload.references.iter();
                if !references.any(|r| r.kind == rules.kind && r.name == text) {
                    out.extend(self.unmatched(rules.kind, home, text, text, &|name| name == text, list));
                }
            }
            for (list, extra) in rules.extra().into_iter().flat_map(|a| rules.extras.iter().map(move |e| (a, e))) {
                let namespace = extra.namespace.unwrap_or(home);
                let test = |name: &str| name == extra.name;
                let found = self.unmatched(rules.kind, namespace, extra.name, extra.text, &test, list);
                // Wave's extras are always optional.
                out.extend(found.map(|finding| Finding { severity: Severity::Info, ..finding }));
            }
        }
    }

    /// The finding about an entry that names nothing in the set, unless it lives elsewhere or does not count anyway.
    fn unmatched(
        &self,
        kind: ConfigKind,
        namespace: &str,
        name: &str,
        text: &str,
        test: &dyn Fn(&str) -> bool,
        list: &Annotation,
    ) -> Option<Finding> {
        let index = self.judge.index;
        let mut groups = index.in_namespace(kind, namespace).iter();
        let subject = Subject { group: "", kind: kind.as_str(), name, namespace, labels: &[] };
        if self.is_patch()
            || groups.any(|&g| index.names(g).any(test))
            || missing::is_external(self.settings(), kind, name)
            || !self.settings().configs.admits_absent(&subject)
        {
            return None;
        }
        let place = if namespace == self.judged.decision.namespace {
            "this namespace".to_owned()
        } else {
            format!("namespace {namespace}")
        };
        let message = format!("`{text}` names no {kind} of {place} in the set");
        let near = missing::near_miss(index, self.settings(), kind, namespace, name);
        Some(self.warning(Id::UnmatchedEntry, message, list).remedy(near.unwrap_or_else(|| {
            "correct or remove the entry, or add what it names; on a finished build a list of old names matches nothing".to_owned()
        })))
    }

    /// Values that look like a boolean and are read as false.
    fn booleans(&self, out: &mut Vec<Finding>) {
        if self.speaks_for_another() {
            return;
        }
        let names = &self.settings().names;
        let flags = [&names.auto, &names.config_map_auto, &names.secret_auto];
        let exact = [names.search.as_str(), annotation::WAVE_UPDATE];
        for at in self.judged.voice.0.iter().chain(self.workload.template.iter()) {
            let value = at.value.as_str();
            let read = if flags.iter().any(|k| **k == at.key) {
                annotation::is_true(value)
            } else if exact.contains(&at.key.as_str()) {
                value == "true"
            } else {
                continue;
            };
            if is_misread(value, read) {
                let finding = misread(at);
                out.push(finding.at(self.source(at), at.range.clone()));
            }
        }
    }

    fn ignore(&self, out: &mut Vec<Finding>) {
        let key = &self.settings().names.ignore;
        let own = self.workload.object.annotations.find(key);
        for at in own.into_iter().chain(self.workload.template.find(key)) {
            let finding = self.finding(
                Id::IgnoreOnWorkload,
                Severity::Warning,
                format!("`{key}` on a workload has no effect"),
                self.workload.object.source,
                at,
            );
            out.push(finding.remedy("put it on the ConfigMap or Secret, or leave the workload without `auto`"));
        }
    }

    fn search(&self, out: &mut Vec<Finding>) {
        if self.is_patch() || self.workload.workload_ref.is_some() {
            return;
        }
        let rules = &self.judged.rules;
        let Some(search) = rules.iter().find_map(|r| r.search) else {
            return;
        };
        let key = &self.settings().names.r#match;
        let marked = |group: usize| self.judge.index.config(group).object.annotations.get(key) == Some("true");
        if !self.judged.decision.uses.iter().filter(|u| u.counted).filter_map(|u| u.config).any(marked) {
            let message = "nothing that the workload refers to in the set is marked for its search";
            out.push(
                self.warning(Id::SearchWithoutMatch, message, search)
                    .remedy(format!("put `{key}: \"true\"` on the configs that are meant")),
            );
        }
    }

    fn misplaced(&self, out: &mut Vec<Finding>) {
        let key = &self.settings().annotation;
        let Some(at) = self.workload.object.annotations.find(key) else {
            return;
        };
        if self.workload.template_path.is_empty() {
            return;
        }
        let message = format!("`{key}` stands on the {} itself, where it rolls nothing", self.workload.object.kind);
        let finding = self.finding(Id::StampMisplaced, Severity::Warning, message, self.workload.object.source, at);
        out.push(
            finding.remedy(format!(
                "remove it; the stamp belongs into {}.metadata.annotations",
                self.workload.template_path
            )),
        );
    }

    fn workload_ref(&self, out: &mut Vec<Finding>) {
        let Some(target) = &self.workload.workload_ref else {
            return;
        };
        let source = self.workload.object.source;
        if self.judge.target(self.workload, target).is_some() {
            return;
        }
        let message = format!("{}/{}, which workloadRef names, is not in the set", target.kind, target.name);
        out.push(
            Finding::new(Id::WorkloadRefMissing, Severity::Warning, message)
                .at(source, target.range.clone())
                .remedy("add it to the set: the pod template that has to be stamped is there"),
        );
    }

    /// Why a workload that asks for a stamp gets none.
    fn alone(&self, out: &mut Vec<Finding>) {
        let Action::Skip(why) = self.judged.decision.action else {
            return;
        };
        let object = &self.workload.object;
        let annotated = object.annotations.selects(&self.settings().names)
            || self.workload.template.selects(&self.settings().names);
        let asked = self.judged.decision.selected || annotated;
        if !asked && why != Skip::Patch {
            return;
        }
        let about = format!("{}/{}", object.kind, object.name);
        // Nobody asked for this one in particular.
        let severity = if annotated { Severity::Warning } else { Severity::Info };
        let finding = match why {
            Skip::Excluded | Skip::Elsewhere => return,
            Skip::Patch => Finding::new(
                Id::Patch,
                Severity::Info,
                format!("{about} lacks containers or images: a patch is never stamped"),
            )
            .remedy("stamp the finished build, where the patch has been applied"),
            Skip::Hook => Finding::new(
                Id::HookSkipped,
                Severity::Info,
                format!("{about} is a hook, which runs at each sync anyway: not stamped"),
            )
            .remedy("remove Reloader's annotation from the hook to silence this"),
            Skip::Job => Finding::new(
                Id::JobImmutable,
                severity,
                format!("{about} is not stamped: a Job's pod template cannot be changed, and `apply` would fail"),
            )
            .remedy(
                "let the delivery tool recreate it (Argo CD: sync options `Force=true,Replace=true`; Flux: \
                 `kustomize.toolkit.fluxcd.io/force: enabled`), or use `generateName`",
            ),
            Skip::NamedRevision => Finding::new(
                Id::NamedRevision,
                severity,
                format!("{about} names its revision, so that Knative refuses any change: not stamped"),
            )
            .remedy("remove `spec.template.metadata.name`"),
            Skip::Kind if !annotated => return,
            Skip::Kind => Finding::new(
                Id::KindNotStamped,
                Severity::Warning,
                format!("{about} is annotated, but no rollout follows a change of a {}: not stamped", object.kind),
            )
            .remedy("use a Deployment, StatefulSet or DaemonSet"),
        };
        let first = self.first_annotation(&object.annotations).or(self.first_annotation(&self.workload.template));
        let range = match (why, &self.workload.revision, first) {
            (Skip::NamedRevision, Some(range), _) => range.clone(),
            (_, _, Some(annotation)) => annotation.range.clone(),
            _ => object.range.start..object.range.start,
        };
        out.push(Finding { verbose: !asked, ..finding.at(object.source, range) });
    }

    fn first_annotation<'a>(&self, annotations: &'a Annotations) -> Option<&'a Annotation> {
        let names = &self.settings().names;
        annotations
            .iter()
            .find(|a| names.on_workload().any(|k| k == a.key) || annotation::WAVE.contains(&a.key.as_str()))
    }

    fn restart_strategy(&self, out: &mut Vec<Finding>) {
        let Some(at) = self.workload.object.annotations.find(annotation::ROLLOUT_STRATEGY) else {
            return;
        };
        if at.value != "restart"
            || self.workload.object.kind != "Rollout"
            || self.judged.decision.stamp.is_none()
            || matches!(self.judged.decision.action, Action::Skip(_))
        {
            return;
        }
        let message = "Reloader would restart this Rollout and leave its template alone; restamp stamps it";
        let finding = self.finding(Id::RestartStrategy, Severity::Info, message, self.workload.object.source, at);
        out.push(finding.remedy(
            "if a rollout of the template is not wanted, leave the Rollout out with `workloads: {exclude: [...]}`",
        ));
    }

    /// Reloader's keys on a workload that refers to nothing and names nothing. One that opts out asks for nothing.
    fn no_references(&self, out: &mut Vec<Finding>) {
        let decision = &self.judged.decision;
        let rules = &self.judged.rules;
        let listed = rules.iter().any(|r| !r.entries.is_empty() || !r.extras.is_empty());
        if listed
            || decision.uses.iter().any(|u| u.counted)
            || self.is_patch()
            || self.workload.workload_ref.is_some()
            || self.workload.rollout == Rollout::Never
        {
            return;
        }
        let Some(at) = rules.iter().find_map(|r| r.asks()) else {
            return;
        };
        let message = if decision.uses.is_empty() {
            "the workload is annotated, but refers to no ConfigMap or Secret and lists none"
        } else {
            "the workload is annotated, but refers to configs only in places that do not count, and lists none"
        };
        out.push(self.warning(Id::NoReferences, message, at).remedy(format!(
            "remove the annotation, or list what should roll it in `{}`",
            self.settings().names.config_map
        )));
    }
}

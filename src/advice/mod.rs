//! What is said of decisions: lints of annotations, what is missing, what happens to stamps; and decisions in words.
//!
//! Takes decisions with what they were made from, gives findings. Decides nothing; their words stand in `finding`.

// Decisions become words.
pub(crate) mod wording;

// What is referred to and not in the set.
pub(crate) mod missing;

// What a name that is not in the set may have meant.
mod near;

// Where in the text a word stands.
mod caret;

// One workload that something is said of.
mod lint;

// Lists of an annotation.
mod lists;

// Single annotations.
mod flags;

// References that kustomize will leave behind.
mod renames;

// Configs that are applied after those who use them.
mod order;

// Workloads that are not stamped.
mod skipped;

// What happens to stamps.
pub(crate) mod stamps;

use crate::advice::lint::Lint;
use crate::advice::missing::Missing;
use crate::advice::near::Nearby;
use crate::advice::order::{Order, Place};
use crate::decide::action::{Action, Decision, Skip, WorkloadId};
use crate::decide::candidate::ConfigId;
use crate::decide::stamp::{Decided, Decider};
use crate::facts::Facts;
use crate::facts::object::Object;
use crate::facts::workload::Workload;
use crate::finding::{Enough, Finding, Findings, Id, Problem, Severity};
use crate::kube::annotation::{self, Key};
use crate::settings::{Select, Settings};
use crate::text::source::{Location, Source, SourceId};
use std::cell::LazyCell;
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// What the workloads of a set refer to and the set lacks, selected or not; and how many references were looked at.
pub(crate) fn references<'f>(
    decider: &Decider<'f>,
    decided: impl Iterator<Item = Decided<'f>>,
    sources: &[Source],
    out: &mut Findings,
) -> usize {
    let mut missing = Missing::of_all();
    for decided in decided {
        if !matches!(decided.decision.action, Action::Skip(Skip::Excluded | Skip::Patch)) {
            missing.add(decider, &decided);
        }
    }
    let workloads = Workloads { known: &decider.configs.facts.workloads, late: &[] };
    missing.findings(&Nearby::new(decider, sources, &[]), workloads, sources, out);
    missing.references
}

/// The error that names and patterns of lists ask for more than a set of this size may; at the longest list.
pub(crate) fn spent(longest: Option<(usize, Location)>) -> Finding {
    let finding = Finding::new(Problem::Spent {});
    match longest {
        Some((_, list)) => finding.at_location(list),
        None => finding,
    }
}

/// The first of the longest lists of some workloads: its length, and where it stands.
pub(crate) fn longest_list(workloads: &[Workload], settings: &Settings) -> Option<(usize, Location)> {
    let is_list = |key: &str| {
        let named = settings.names.find(key);
        matches!(named, Some(Key::Reload(_) | Key::Exclude(_))) || annotation::is_wave_list(key)
    };
    let all = workloads.iter().flat_map(|w| w.object.annotations.iter().chain(w.template.iter()));
    all.filter(|a| is_list(&a.key)).map(|a| (a.value.raw().len(), a.location.clone())).reduce(longer)
}

/// The longer one of two lists, or the first.
pub(crate) fn longer(a: (usize, Location), b: (usize, Location)) -> (usize, Location) {
    let is_b = b.0 > a.0 || b.0 == a.0 && b.1.order() < a.1.order();
    if is_b { b } else { a }
}

/// What there is to be said of the workloads of a set: of each for itself, by any thread.
pub(crate) struct Adviser<'d, 'f> {
    decider: &'d Decider<'f>,
    sources: &'d [Source],
    near: Nearby<'d, 'f>,
}

/// Workloads by their ids: those of the facts, and those that were read later and kept since something names them.
#[derive(Clone, Copy)]
struct Workloads<'w> {
    known: &'w [Workload],
    late: &'w [Workload],
}

impl<'w> Workloads<'w> {
    fn get(self, id: WorkloadId) -> &'w Workload {
        id.of(self.known).or_else(|| id.of(self.late)).expect("impossible: what is named is kept")
    }
}

/// What comes together while workloads that follow each other are gone through.
#[derive(Default)]
pub(crate) struct Advice<'f> {
    /// What is said of each for itself.
    pub(crate) findings: Findings,
    missing: Missing,
    order: Order<'f>,
    /// Each config that counts, and of which something is to be said → the first workload that it counts for.
    used: BTreeMap<ConfigId, WorkloadId>,
    /// Shared selections of lists → what all of their workloads so far left out.
    left_out: HashMap<usize, Vec<ConfigId>>,
    /// Where those stand in the order that have shared selections, as they follow each other.
    places: Vec<Place>,
    /// Workloads that are named once all are known, of those that came together last.
    named: BTreeSet<WorkloadId>,
    selected: bool,
    /// Workloads that refer to configs, selected or not.
    could_be: usize,
    /// The object whose workload came last, and what was said of it.
    object: Option<(Location, HashSet<Said>)>,
}

/// What tells two findings about one object apart.
type Said = (Id, Option<Location>, String);

impl<'f> Advice<'f> {
    /// None yet of a set of so many bytes.
    pub(crate) fn of(bytes: usize) -> Self {
        Self { findings: Findings::of(bytes), ..Self::default() }
    }

    /// None yet of workloads behind those of which all has been taken.
    pub(crate) fn part(enough: &Enough) -> Self {
        Self { findings: Findings::part(enough), ..Self::default() }
    }

    /// Takes what came together of the workloads behind these, with what was decided for them.
    /// Gives those of them that are named once all are known.
    pub(crate) fn append(&mut self, next: Self, decisions: &[Decision], decider: &Decider<'f>) -> BTreeSet<WorkloadId> {
        self.findings.append(next.findings);
        self.missing.append(next.missing);
        self.order.append(next.order);
        next.used.into_iter().for_each(|(config, user)| self.uses(config, user));
        self.selected |= next.selected;
        self.could_be += next.could_be;
        self.named.extend(next.named);
        let shared = decisions.iter().filter(|d| d.by_annotation.shared().is_some() && d.action.skip().is_none());
        for (decision, place) in shared.zip(next.places) {
            if self.order.add_listed(decider, decision, place) {
                self.named.insert(decision.workload);
            }
            self.listed(decision, decider);
        }
        std::mem::take(&mut self.named)
    }

    /// Whether a workload may be named once all are known.
    pub(crate) fn may_name(&self, decision: &Decision) -> bool {
        self.named.contains(&decision.workload) || decision.by_annotation.shared().is_some()
    }

    /// Notes for which workload a config counts, if that is the first.
    fn uses(&mut self, config: ConfigId, user: WorkloadId) {
        let first = self.used.entry(config).or_insert(user);
        *first = user.min(*first);
        self.named.insert(*first);
    }

    /// Notes what lists select: what they share once, what a workload leaves out of that with the next one that does not.
    fn listed(&mut self, decision: &Decision, decider: &Decider<'_>) {
        let listed = &decision.by_annotation;
        let Some(shared) = listed.shared() else { return };
        let now: Vec<ConfigId> = match self.left_out.entry(shared) {
            Entry::Vacant(new) => {
                new.insert(listed.without().to_vec());
                listed.configs().collect()
            }
            Entry::Occupied(mut known) => known.get_mut().extract_if(.., |id| !listed.is_left_out(*id)).collect(),
        };
        now.into_iter().filter(|&id| decider.configs.is_odd(id)).for_each(|id| self.uses(id, decision.workload));
    }
}

impl<'d, 'f> Adviser<'d, 'f> {
    /// `read` is what was found when the set was read.
    pub(crate) fn new(decider: &'d Decider<'f>, sources: &'d [Source], read: &[Finding]) -> Self {
        Self { decider, sources, near: Nearby::new(decider, sources, read) }
    }

    /// The lints of one workload.
    pub(crate) fn workload<'w>(&self, decided: &Decided<'w>, advice: &mut Advice<'f>)
    where
        'f: 'w,
    {
        let out = &mut advice.findings;
        let action = decided.decision.action;
        if action == Action::Skip(Skip::Excluded) {
            return;
        }
        // What is said twice of one object is told by what was said.
        out.makes_all(decided.workload.several);
        let first = out.kept().len();
        let text = &self.sources[decided.workload.object.source()].text;
        let lint = Lint::new(self.decider, decided, &self.near, text);
        lint.words(out);
        lint.lists(out);
        lint.booleans(out);
        lint.ignore(out);
        lint.search(out);
        lint.misplaced(out);
        lint.workload_ref(out);
        lint.skipped(out);
        lint.restart_strategy(out);
        lint.no_references(out);
        lint.not_renamed(out);
        out.makes_all(false);
        if out.kept().len() == first {
            return;
        }
        let resource = Arc::new(decided.workload.object.resource_ref());
        out.since(first).iter_mut().for_each(|finding| finding.set_about(resource.clone()));
        // The pod templates of one object have its annotations in common.
        if decided.workload.several {
            let start = decided.workload.object.start();
            let object = advice.object.take().filter(|(object, _)| *object == start);
            let (_, said) = advice.object.insert(object.unwrap_or_else(|| (start, HashSet::new())));
            out.retain_since(first, |f| said.insert((f.id, f.location().cloned(), f.message.clone())));
        }
    }

    /// What happens to the stamp of one workload, if it can be edited, and what it refers to.
    pub(crate) fn stamp(&self, decided: &Decided<'_>, editable: bool, advice: &mut Advice<'f>) {
        let (decision, place) = (&decided.decision, order::place(decided.workload));
        if decision.action.skip().is_some() {
            return;
        }
        advice.selected |= decision.selected;
        advice.could_be += usize::from(decision.uses.iter().any(|u| u.counted));
        if advice.missing.add(self.decider, decided) | advice.order.add(self.decider, decision, place) {
            advice.named.insert(decision.workload);
        }
        advice.places.extend(decision.by_annotation.shared().map(|_| place));
        for config in decision.used().filter(|&id| self.decider.configs.is_odd(id)) {
            advice.uses(config, decision.workload);
        }
        let happens = stamps::happens(decided.workload, decision.action, self.decider.settings);
        advice.findings.extend(happens.filter(|_| editable));
        self.other_namespaces(decided, &mut advice.findings);
    }

    /// References that were resolved although only one side names a namespace.
    fn other_namespaces(&self, decided: &Decided<'_>, out: &mut Findings) {
        let workload = decided.workload;
        let uses = workload.references.iter().zip(&decided.decision.uses);
        for (reference, used) in uses.filter(|(_, u)| u.other_namespace && u.is_selected()) {
            let Some(config) = used.config.map(|id| self.decider.configs.object(id)) else { continue };
            out.add(Id::OtherNamespace, || {
                let problem = Problem::OtherNamespace { about: workload.about(), config: config.object.about() };
                Finding::new(problem)
                    .at(workload.object.source(), reference.range.clone())
                    .with(config.object.start(), "the config")
                    .in_field(workload.path_of(reference))
                    .about(workload.object.resource_ref())
            });
        }
    }

    /// What is said of the set as a whole, and of what came together of all its workloads; `late` is what was read after the
    /// facts, as far as it is kept.
    pub(crate) fn set(&self, mut advice: Advice<'f>, late: &Facts) -> Findings {
        let mut all = std::mem::take(&mut advice.findings);
        let out = &mut all;
        let (settings, facts) = (self.decider.settings, self.decider.configs.facts);
        let workloads = Workloads { known: &facts.workloads, late: &late.workloads };
        for (&config, &user) in &advice.used {
            self.config(config, workloads.get(user), out);
        }
        advice.missing.findings(&self.near, workloads, self.sources, out);
        advice.order.findings(workloads, out);
        let own = |source: SourceId| !self.sources[source].supply;
        let strays = facts.strays.iter().chain(&late.strays).filter(|o| own(o.source()));
        let by_place: HashMap<_, _> = facts.followers.iter().map(|f| (f.object.location.order(), f)).collect();
        let follower = |o: &Object| by_place.get(&o.location.order()).copied();
        out.extend(strays.filter_map(|o| skipped::stray(o, follower(o), self.decider.configs, settings)));
        let followers = facts.followers.iter().filter(|f| own(f.object.source()));
        followers.for_each(|f| skipped::unwatched(f, self.decider.configs, settings, out));
        let lost = facts.without_template.iter().chain(&late.without_template).filter(|(o, _)| own(o.source()));
        out.extend(lost.filter_map(|(o, paths)| skipped::without_template(o, paths, settings)));
        out.extend(skipped::useless_rows(facts, settings));
        let configs = facts.configs.iter().filter(|c| c.maker().is_none()).map(|c| &c.object);
        let both = configs.chain(facts.producers.iter().filter(|p| !p.is_encrypted()).map(|p| &p.object));
        both.filter(|o| own(o.source())).for_each(|o| flags::config(o, settings, out));
        out.append(facts.unread.clone().merged(late.unread.clone()));
        out.extend(nothing_selected(&advice, settings));
        all
    }

    /// What is said of a config that counts for some workload.
    fn config(&self, id: ConfigId, user: &Workload, out: &mut Findings) {
        let (config, facts) = (self.decider.configs.get(id), self.decider.configs.facts);
        for part in config.parts(facts) {
            let object = &part.object;
            let resource = LazyCell::new(|| Arc::new(object.resource_ref()));
            for (range, refusal) in part.refused() {
                out.add(refusal.id(), || {
                    let finding = Finding::new(refusal.problem(object.about()));
                    finding.at(object.source(), range.clone()).about(resource.clone())
                });
            }
            if !config.has_twins() {
                continue;
            }
            let all = config.objects(facts).take_while(|_| self.decider.configs.budget.spend(1));
            let twins: Vec<_> = all.filter(|twin| twin.is_twin(part)).collect();
            if twins.iter().all(|twin| twin.digest == part.digest) {
                continue;
            }
            let mut finding = Finding::new(Problem::DuplicateConfig { about: object.about(), times: twins.len() })
                .at_location(object.start())
                .about(object.resource_ref());
            for twin in twins.iter().take(twins.len().saturating_sub(1)) {
                finding = finding.with(twin.object.start(), "and here");
            }
            out.push(finding.with(user.object.start(), "used here"));
        }
    }
}

fn nothing_selected(advice: &Advice<'_>, settings: &Settings) -> Option<Finding> {
    if advice.selected || advice.could_be == 0 && !settings.require_selected {
        return None;
    }
    let problem = Problem::NothingSelected {
        could_be: advice.could_be,
        all: settings.select == Select::All,
        auto: settings.names.get(Key::Auto).to_owned(),
    };
    Some(Finding::new(problem).severe(if settings.require_selected { Severity::Error } else { Severity::Warning }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transform;

    #[test]
    fn the_first_workload_is_named_whether_it_lists_a_config_or_refers_to_it() {
        let config = |value: &str| {
            format!("---\nkind: ConfigMap\napiVersion: v1\nmetadata: {{name: c}}\ndata: {{k: {value}}}\n")
        };
        let workload = |name: &str, says: &str, container: &str| {
            format!(
                "---\nkind: Deployment\napiVersion: apps/v1\nmetadata: {{name: {name}, annotations: {{{says}}}}}\nspec: {{template: {{spec: {{containers: [{{name: x, image: x{container}}}]}}}}}}\n"
            )
        };
        let lists = workload("lists", "configmap.reloader.stakater.com/reload: c", "");
        let refers = workload("refers", "reloader.stakater.com/auto: 'true'", ", envFrom: [{configMapRef: {name: c}}]");
        // More than one block of workloads between them, or none.
        for (first, second) in [(&lists, &refers), (&refers, &lists)] {
            for between in [0, 500] {
                let others = workload("other", "", "").repeat(between);
                let text = config("a") + &config("b") + first + &others + second;
                let sources = [Source::new("-", text)];
                let outcome = transform(&sources, &Settings::default());
                let twice = outcome.findings.iter().find(|f| f.id == Id::DuplicateConfig).unwrap();
                let used = &twice.related.last().unwrap().0;
                assert_eq!(used.range.start, sources[0].text.find("---\nkind: Deployment").unwrap() + 4);
            }
        }
    }
}

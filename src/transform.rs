//! Sources + settings → decisions, edits and findings. Pure: no I/O, no clock, no environment.

use crate::advice::{self, Advice, Adviser};
use crate::decide::action::{Decision, WorkloadId};
use crate::decide::candidate::Configs;
use crate::decide::change;
use crate::decide::stamp::Decider;
use crate::edit::Edit;
use crate::edit::verify::{self, Meant};
use crate::facts::{self, Facts, Keep};
use crate::finding::{self, Finding, Findings, Problem};
use crate::kube::kind;
use crate::outcome::Outcome;
use crate::settings::Settings;
use crate::text::many;
use crate::text::source::Source;

/// Decides the stamps of one set: the manifests that are resolved together.
///
/// Takes their texts and the settings; gives every decision with its reason, the edits that write the stamps, and the
/// findings. Reads nothing else and writes nothing.
pub fn transform(sources: &[Source], settings: &Settings) -> Outcome {
    decide(sources, settings, Keep::Stamps)
}

/// The same, with as much kept of what is read as explanations and comparisons need.
pub(crate) fn decide(sources: &[Source], settings: &Settings, keep: Keep) -> Outcome {
    let (facts, mut findings, mut outcome) = begun(sources, settings, keep);
    let configs = Configs::new(&facts, &settings.namespace, Source::bytes(sources));
    let decider = Decider::new(&configs, settings, keep.details());
    let (adviser, mut advice) = (Adviser::new(&decider, sources, findings.kept()), Advice::of(Source::bytes(sources)));
    let looked_at: Vec<WorkloadId> = decider.looked_at(sources).collect();
    // What is said of the pod templates of one object depends on what was said of the one before.
    let same = |a: &WorkloadId, b: &WorkloadId| {
        decider.workload(*a).several && decider.workload(*a).object.start() == decider.workload(*b).object.start()
    };
    let enough = advice.findings.enough().clone();
    let decide = |_: &mut (), block: &&[WorkloadId]| {
        let mut out = Block { advice: Advice::part(&enough), ..Block::default() };
        for &id in block.iter().take_while(|_| !configs.budget.is_spent()) {
            let mut decided = decider.decide(id);
            adviser.workload(&decided, &mut out.advice);
            let edit = change::edit(decided.workload, &decided.decision, &settings.annotation);
            let editable = edit.is_ok();
            match edit {
                Ok(edit) => out.edits.extend(edit),
                Err(finding) => out.advice.findings.push(*finding),
            }
            adviser.stamp(&decided, editable, &mut out.advice);
            if keep == Keep::Edits {
                decided.decision.uses = Box::default();
            }
            out.decisions.push(decided.decision);
        }
        out
    };
    let blocks = many::blocks(&looked_at, BLOCK, same);
    many::in_order(
        &blocks,
        looked_at.len() >= many::MANY,
        || (),
        decide,
        |mut block| {
            advice.append(block.advice, &block.decisions, &decider);
            outcome.edits.append(&mut block.edits);
            outcome.decisions.append(&mut block.decisions);
        },
    );
    let advised = adviser.set(advice);
    if let Some(spent) = advice::spent(&configs, settings) {
        // What was still decided depends on which thread was first.
        findings.push(spent);
        (outcome.edits, outcome.decisions) = Default::default();
    } else {
        findings.append(advised);
    }
    outcome.spent = facts.spent + configs.budget.spent();
    if keep != Keep::Edits {
        outcome.configs = configs.into_all();
    }
    if keep == Keep::Rollouts {
        // Reports write nothing of the edits, and do not show them.
        outcome.edits.clear();
    }
    finished(sources, findings, Outcome { facts, ..outcome })
}

/// The same for a set from which all stamps are taken that [`transform`] may write.
pub(crate) fn unstamp(sources: &[Source], settings: &Settings) -> Outcome {
    let (facts, mut findings, mut outcome) = begun(sources, settings, Keep::Stamps);
    let configs = Configs::new(&facts, &settings.namespace, Source::bytes(sources));
    let decider = Decider::new(&configs, settings, false);
    for id in decider.looked_at(sources) {
        let decided = decider.decide_to_unstamp(id);
        match change::edit(decided.workload, &decided.decision, &settings.annotation) {
            Ok(edit) => outcome.edits.extend(edit),
            Err(finding) => findings.push(*finding),
        }
        findings.extend(advice::stamps::left_alone(&decided, &settings.annotation));
        outcome.decisions.push(decided.decision);
    }
    findings.extend(advice::spent(&configs, settings));
    outcome.configs = configs.into_all();
    finished(sources, findings, Outcome { facts, ..outcome })
}

/// What is read of a set, what is found on the way, and an outcome that waits for decisions.
fn begun(sources: &[Source], settings: &Settings, keep: Keep) -> (Facts, Findings, Outcome) {
    let mut facts = facts::read(sources, settings, keep);
    let findings = std::mem::take(&mut facts.findings);
    let (annotation, namespace) = (settings.annotation.clone(), settings.namespace.clone());
    (facts, findings, Outcome { annotation, namespace, ..Outcome::default() })
}

/// Puts edits and findings in order, and holds the edits against what they are to do.
fn finished(sources: &[Source], mut findings: Findings, mut outcome: Outcome) -> Outcome {
    outcome.edits.sort_by_key(|e| (e.source, e.range.start, e.range.end));
    // What does not come out as meant is an error of ours, and nothing is written.
    let meant = Meant::stamps(&outcome.annotation, kind::places());
    let sites =
        outcome.facts.workloads.iter().filter_map(|w| Some((w.object.source(), w.site.as_ref()?.as_ref().ok()?)));
    let regions = sites.filter_map(|(source, site)| Some((source, site.region.clone()?)));
    for broken in verify::verify(sources, &outcome.edits, meant, regions) {
        let at = broken.range.start;
        findings.push(Finding::new(Problem::Internal {}).at(broken.source, at..at));
    }
    outcome.findings = findings.into_all();
    outcome.facts.name_files(&mut outcome.findings);
    finding::sort(&mut outcome.findings);
    outcome
}

/// Only what the workloads of a set refer to and the set lacks, selected or not, and how many references were looked at.
/// Decides no stamp; of reading it says what makes that unreliable.
pub(crate) fn references(sources: &[Source], settings: &Settings) -> (Outcome, usize) {
    let (facts, findings, outcome) = begun(sources, settings, Keep::Stamps);
    let mut findings = findings.errors();
    let configs = Configs::new(&facts, &settings.namespace, Source::bytes(sources));
    let decider = Decider::new(&configs, settings, false);
    let decided = decider.looked_at(sources).map(|id| decider.decide(id));
    let count = advice::references(&decider, decided, sources, &mut findings);
    (finished(sources, findings, Outcome { facts, ..outcome }), count)
}

/// Workloads that are decided one after the other by the same thread.
const BLOCK: usize = 128;

/// What became of them.
#[derive(Default)]
struct Block<'f> {
    decisions: Vec<Decision>,
    edits: Vec<Edit>,
    advice: Advice<'f>,
}

//! Sources + settings → decisions, edits and findings. Pure: no I/O, no clock, no environment.

use crate::advice::{self, Advice, Adviser};
use crate::decide::action::Decision;
use crate::decide::candidate::Configs;
use crate::decide::change;
use crate::decide::stamp::Decider;
use crate::edit::Edit;
use crate::edit::verify::{self, Meant, Place};
use crate::facts::workload::Workload;
use crate::facts::{self, Facts, Keep, Later, Reader};
use crate::finding::{self, Finding, Findings, Problem};
use crate::kube::kind;
use crate::outcome::{Counts, Outcome};
use crate::settings::Settings;
use crate::text::many;
use crate::text::source::Source;
use crate::yaml::Arena;
use std::sync::OnceLock;

/// Decides the stamps of one set: the manifests that are resolved together.
///
/// Takes their texts and the settings; gives every decision with its reason, the edits that write the stamps, and the
/// findings. Reads nothing else and writes nothing.
pub fn transform(sources: &[Source], settings: &Settings) -> Outcome {
    decide(sources, settings, Keep::Stamps)
}

/// The same, with as much kept of what is read as explanations and comparisons need.
pub(crate) fn decide(sources: &[Source], settings: &Settings, keep: Keep) -> Outcome {
    done(sources, settings, What::Stamp, keep)
}

/// The same for a set from which all stamps are taken that [`transform`] may write.
pub(crate) fn unstamp(sources: &[Source], settings: &Settings, keep: Keep) -> Outcome {
    done(sources, settings, What::Unstamp, keep)
}

/// What is to be done with a set.
#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    Stamp,
    Unstamp,
}

fn done(sources: &[Source], settings: &Settings, what: What, mut keep: Keep) -> Outcome {
    loop {
        match attempt(sources, settings, what, keep) {
            Ok(outcome) => return outcome,
            Err(more) => keep = more,
        }
    }
}

/// Does it, and gives how much has to be kept if it turns out that this is more.
fn attempt(sources: &[Source], settings: &Settings, what: What, keep: Keep) -> Result<Outcome, Keep> {
    let (mut facts, mut findings, mut outcome) = begun(sources, settings, keep);
    let later = std::mem::take(&mut facts.later);
    let configs = Configs::new(&facts, &settings.namespace, Source::bytes(sources));
    let decider = Decider::new(&configs, settings, keep.details() && what == What::Stamp);
    let adviser = Adviser::new(&decider, sources, findings.kept());
    let core = Core { sources, settings, what, keep, decider: &decider, adviser: &adviser, more: OnceLock::new() };
    let known: Vec<&Workload> = decider.looked_at(sources).collect();
    let (mut advice, mut late, mut open) = (Advice::of(Source::bytes(sources)), Facts::default(), Vec::new());
    let much = known.len() >= many::MANY || !later.is_empty() && facts::is_much(sources);
    let decide = |hands: &mut Hands<'_>, todo: &Todo<'_>| core.block(todo, hands);
    many::in_order(
        &todo(&known, &later),
        much,
        || Hands { reader: Reader::new(settings), arenas: Default::default() },
        decide,
        |mut block: Block<'_>| {
            let named = advice.append(block.advice, &block.decisions, &decider);
            block.late.workloads.retain(|w| named.contains(&w.id) || w.object.is_of_file());
            late.append(block.late);
            outcome.counts.append(block.counts);
            outcome.edits.append(&mut block.edits);
            open.append(&mut block.open);
            if keep != Keep::Edits {
                outcome.decisions.append(&mut block.decisions);
            }
        },
    );
    // Of what did not fit the last one kept stands for it, and what it costs is said at the longest list: in all that is there.
    let more = core.more.into_inner();
    findings = findings.merged(std::mem::take(&mut late.findings));
    let falls_short = || !later.is_empty() && (findings.are_cut() || configs.budget.is_spent());
    if let Some(more) = more.or_else(|| falls_short().then_some(Keep::Stamps)) {
        return Err(more);
    }
    let advised = if what == What::Stamp { adviser.set(advice, &late) } else { advice.findings };
    if let Some(spent) = advice::spent(&configs, settings) {
        // What was still decided depends on which thread was first.
        findings.push(spent);
        (outcome.edits, outcome.decisions, outcome.counts) = Default::default();
        open.clear();
    } else {
        findings.append(advised);
    }
    outcome.spent = facts.spent + late.spent + configs.budget.spent();
    if keep != Keep::Edits {
        outcome.configs = configs.into_all();
    }
    facts.append(late);
    facts.look_for_objects(sources);
    Ok(finished(sources, findings, &open, Outcome { facts, ..outcome }))
}

/// What is read of a set, what is found on the way, and an outcome that waits for decisions.
fn begun(sources: &[Source], settings: &Settings, keep: Keep) -> (Facts, Findings, Outcome) {
    let mut facts = facts::read(sources, settings, keep);
    let findings = std::mem::take(&mut facts.findings);
    let (annotation, namespace) = (settings.annotation.clone(), settings.namespace.clone());
    (facts, findings, Outcome { annotation, namespace, ..Outcome::default() })
}

/// Puts edits and findings in order, and holds the edits of some places, which are open, against what they are to do.
fn finished(sources: &[Source], mut findings: Findings, open: &[Place], mut outcome: Outcome) -> Outcome {
    outcome.edits.sort_by_key(verify::place);
    // What does not come out as meant is an error of ours, and nothing is written.
    for broken in verify::whole(sources, &outcome.edits, open, meant(&outcome.annotation)) {
        let at = broken.range.start;
        findings.push(Finding::new(Problem::Internal {}).at(broken.source, at..at));
    }
    outcome.findings = findings.into_all();
    outcome.facts.name_files(&mut outcome.findings);
    finding::sort(&mut outcome.findings);
    outcome
}

/// What an edit is to do.
fn meant(annotation: &str) -> Meant<'_> {
    Meant::stamps(annotation, kind::places())
}

/// Only what the workloads of a set refer to and the set lacks, selected or not, and how many references were looked at.
/// Decides no stamp; of reading it says what makes that unreliable.
pub(crate) fn references(sources: &[Source], settings: &Settings) -> (Outcome, usize) {
    let (facts, findings, outcome) = begun(sources, settings, Keep::Stamps);
    let mut findings = findings.errors();
    let configs = Configs::new(&facts, &settings.namespace, Source::bytes(sources));
    let decider = Decider::new(&configs, settings, false);
    let decided = decider.looked_at(sources).map(|workload| decider.decide(workload));
    let count = advice::references(&decider, decided, sources, &mut findings);
    (finished(sources, findings, &[], Outcome { facts, ..outcome }), count)
}

/// Workloads that are decided one after the other by the same thread, or parts that hold about one each.
const BLOCK: usize = 128;

/// Workloads to decide for.
enum Todo<'t> {
    Known(&'t [&'t Workload]),
    /// In what is to be read.
    Later(&'t [Later]),
}

/// All workloads, known or not, in input order.
fn todo<'t>(mut known: &'t [&'t Workload], mut later: &'t [Later]) -> Vec<Todo<'t>> {
    // What is said of the pod templates of one object depends on what was said of the one before.
    let same = |a: &&Workload, b: &&Workload| a.several && a.object.start() == b.object.start();
    let mut out = Vec::new();
    while !(known.is_empty() && later.is_empty()) {
        let next = later.first().map(|(source, part)| (*source, part.range.start));
        let (here, behind) = known.split_at(known.partition_point(|w| next.is_none_or(|next| w.id.part() < next)));
        out.extend(many::blocks(here, BLOCK, same).into_iter().map(Todo::Known));
        known = behind;
        let next = known.first().map(|w| w.id.part());
        let (here, behind) =
            later.split_at(later.partition_point(|(id, part)| next.is_none_or(|next| (*id, part.range.start) < next)));
        out.extend(here.chunks(BLOCK).map(Todo::Later));
        later = behind;
    }
    out
}

/// What a thread keeps from one block to the next.
struct Hands<'s> {
    reader: Reader<'s>,
    arenas: (Arena, Arena),
}

/// What became of some workloads.
#[derive(Default)]
struct Block<'f> {
    decisions: Vec<Decision>,
    counts: Counts,
    edits: Vec<Edit>,
    /// Those that are to be looked at as a whole.
    open: Vec<Place>,
    advice: Advice<'f>,
    /// What was read for it.
    late: Facts,
}

/// All that is the same for each workload of a set.
struct Core<'c, 'f> {
    sources: &'c [Source],
    settings: &'c Settings,
    what: What,
    keep: Keep,
    decider: &'c Decider<'f>,
    adviser: &'c Adviser<'c, 'f>,
    /// How much has to be kept, if that is more.
    more: OnceLock<Keep>,
}

impl<'f> Core<'_, 'f> {
    /// Decides for some workloads; those that are read for it are gone then, but for those that something asks for.
    fn block(&self, todo: &Todo<'_>, hands: &mut Hands<'_>) -> Block<'f> {
        let mut out = Block::default();
        match todo {
            _ if self.more.get().is_some() => {}
            Todo::Known(all) => self.workloads(all.iter().copied(), &mut hands.arenas, &mut out),
            Todo::Later(parts) => {
                out.late = hands.reader.later(self.sources, parts);
                if let Some(more) = out.late.ask_for_more(self.settings) {
                    // Any will do: there is less than all of it only where values are kept too.
                    self.more.get_or_init(|| more);
                    return out;
                }
                let workloads = std::mem::take(&mut out.late.workloads);
                self.workloads(workloads.iter(), &mut hands.arenas, &mut out);
                let decided = workloads.into_iter().zip(&out.decisions);
                let kept = decided.filter(|(w, decision)| out.advice.may_name(decision) || w.object.is_of_file());
                out.late.workloads = kept.map(|(workload, _)| workload).collect();
            }
        }
        out
    }

    fn workloads<'w>(&self, all: impl Iterator<Item = &'w Workload>, arenas: &mut (Arena, Arena), out: &mut Block<'f>)
    where
        'f: 'w,
    {
        let Self { settings, adviser, what, .. } = *self;
        let decider: &Decider<'w> = self.decider;
        let mut regions = Vec::new();
        for workload in all.take_while(|_| !decider.configs.budget.is_spent()) {
            let mut decided = match what {
                What::Stamp => decider.decide(workload),
                What::Unstamp => decider.decide_to_unstamp(workload),
            };
            if what == What::Stamp {
                adviser.workload(&decided, &mut out.advice);
            }
            let edit = change::edit(workload, &decided.decision, &settings.annotation);
            let editable = edit.is_ok();
            match edit {
                // Reports write nothing of the edits, and do not show them.
                Ok(_) if self.keep == Keep::Rollouts => {}
                Ok(edit) => {
                    let region = workload.site.as_ref().and_then(|site| site.as_ref().ok()?.region.clone());
                    regions.extend(region.filter(|_| edit.is_some()).map(|region| (workload.object.source(), region)));
                    out.edits.extend(edit);
                }
                Err(finding) => out.advice.findings.push(*finding),
            }
            match what {
                What::Stamp => adviser.stamp(&decided, editable, &mut out.advice),
                What::Unstamp => {
                    out.advice.findings.extend(advice::stamps::left_alone(&decided, &settings.annotation));
                }
            }
            out.counts.add(workload, &decided.decision, &settings.annotation, &settings.names);
            if self.keep == Keep::Edits {
                decided.decision.uses = Box::default();
            }
            out.decisions.push(decided.decision);
        }
        out.open = verify::in_regions(self.sources, &mut out.edits, meant(&settings.annotation), regions, arenas);
    }
}

//! Sources + settings → decisions, edits and findings. Pure: no I/O, no clock, no environment.

use crate::advice::{self, Advice, Adviser};
use crate::decide::action::Decision;
use crate::decide::candidate::Configs;
use crate::decide::change;
use crate::decide::stamp::Decider;
use crate::edit::Edit;
use crate::edit::verify::{self, Meant, Place};
use crate::facts::workload::Workload;
use crate::facts::{self, Facts, Header, Keep, Reader, Todo};
use crate::finding::{self, Enough, Finding, Findings, Problem};
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
    let lists = &facts.lists;
    let core =
        Core { sources, settings, lists, what, keep, decider: &decider, adviser: &adviser, more: OnceLock::new() };
    let known: Vec<&Workload> = decider.looked_at(sources).collect();
    let bytes = Source::bytes(sources);
    let (mut advice, mut late, mut open) = (Advice::of(bytes), Facts::of(bytes), Vec::new());
    let much = known.len() >= many::MANY || !later.is_empty() && facts::is_much(sources);
    let (enough, late_enough) = (advice.findings.enough().clone(), late.enough());
    let decide = |hands: &mut Hands<'_>, work: &Work<'_>| core.block(work, hands, &enough);
    many::in_order(
        &work(&known, &later),
        much,
        || Hands { reader: Reader::new(settings, late_enough.clone()), arenas: Default::default() },
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
    if let Some(more) = core.more.into_inner() {
        return Err(more);
    }
    findings = findings.merged(std::mem::take(&mut late.findings));
    let advised = if what == What::Stamp { adviser.set(advice, &late) } else { advice.findings };
    if configs.budget.is_spent() {
        // That lists ask for too much is said at the longest of all, of which some are gone.
        let mut reader = Reader::new(settings, late.enough());
        let mut read = |parts: &[Todo]| advice::longest_list(&reader.later(sources, parts, lists)?.workloads, settings);
        let gone = later.chunks(BLOCK).filter_map(&mut read);
        let all = advice::longest_list(&configs.facts.workloads, settings).into_iter().chain(gone);
        findings.push(advice::spent(all.reduce(advice::longer)));
        // What was still decided depends on which thread was first.
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
    Ok(finished(sources, settings, findings, &open, Outcome { facts, ..outcome }))
}

/// What is read of a set, what is found on the way, and an outcome that waits for decisions.
fn begun(sources: &[Source], settings: &Settings, keep: Keep) -> (Facts, Findings, Outcome) {
    let mut facts = facts::read(sources, settings, keep);
    let findings = std::mem::take(&mut facts.findings);
    let (annotation, namespace) = (settings.annotation.clone(), settings.namespace.clone());
    (facts, findings, Outcome { annotation, namespace, ..Outcome::default() })
}

/// Puts edits and findings in order, and holds the edits of some places, which are open, against what they are to do.
fn finished(
    sources: &[Source],
    settings: &Settings,
    mut findings: Findings,
    open: &[Place],
    mut outcome: Outcome,
) -> Outcome {
    outcome.facts.look_for_objects(sources, settings);
    // To sort costs memory even where nothing is to be done, as it mostly is.
    if !outcome.edits.is_sorted_by_key(verify::place) {
        outcome.edits.sort_by_key(verify::place);
    }
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
    let mut findings = findings.of_what_is_lost();
    let configs = Configs::new(&facts, &settings.namespace, Source::bytes(sources));
    let decider = Decider::new(&configs, settings, false);
    let decided = decider.looked_at(sources).map(|workload| decider.decide(workload));
    let count = advice::references(&decider, decided, sources, &mut findings);
    (finished(sources, settings, findings, &[], Outcome { facts, ..outcome }), count)
}

/// Workloads that are decided one after the other by the same thread, or parts that hold about one each.
const BLOCK: usize = 128;

/// Workloads to decide for.
enum Work<'t> {
    Known(&'t [&'t Workload]),
    /// In what is to be read.
    Later(&'t [Todo]),
}

/// All workloads, known or not, in input order.
fn work<'t>(mut known: &'t [&'t Workload], mut later: &'t [Todo]) -> Vec<Work<'t>> {
    // What is said of the pod templates of one object depends on what was said of the one before.
    let same = |a: &&Workload, b: &&Workload| a.several && a.object.start() == b.object.start();
    let mut out = Vec::new();
    while !(known.is_empty() && later.is_empty()) {
        let next = later.first().map(|later| later.place());
        let (here, behind) = known.split_at(known.partition_point(|w| next.is_none_or(|next| w.id.part() < next)));
        out.extend(many::blocks(here, BLOCK, same).into_iter().map(Work::Known));
        known = behind;
        let next = known.first().map(|w| w.id.part());
        let (here, behind) =
            later.split_at(later.partition_point(|later| next.is_none_or(|next| later.place() < next)));
        out.extend(here.chunks(BLOCK).map(Work::Later));
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
    lists: &'c [Header],
    what: What,
    keep: Keep,
    decider: &'c Decider<'f>,
    adviser: &'c Adviser<'c, 'f>,
    /// How much has to be kept, if that is more.
    more: OnceLock<Keep>,
}

impl<'f> Core<'_, 'f> {
    /// Decides for some workloads; those that are read for it are gone then, but for those that something asks for.
    fn block(&self, work: &Work<'_>, hands: &mut Hands<'_>, enough: &Enough) -> Block<'f> {
        let mut out = Block { advice: Advice::part(enough), ..Block::default() };
        match work {
            _ if self.more.get().is_some() => {}
            Work::Known(all) => self.workloads(all.iter().copied(), &mut hands.arenas, &mut out),
            Work::Later(parts) => {
                let late = hands.reader.later(self.sources, parts, self.lists);
                let more = late.as_ref().map_or(Some(Keep::Stamps), |late| late.ask_for_more(self.settings));
                out.late = late.unwrap_or_default();
                if let Some(more) = more {
                    // Which part asks first does not matter: where all is read at once, all of them are heard.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Select;

    const CONFIG: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {k: v, l: w}\n";
    const TWIN: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {k: other}\n";
    const LATE: &str = "apiVersion: v1\nkind: Secret\nmetadata: {name: s, annotations: {argocd.argoproj.io/sync-wave: '1'}}\nstringData: {k: v}\n";
    const SERVICE: &str =
        "apiVersion: v1\nkind: Service\nmetadata: {name: w, annotations: {reloader.stakater.com/auto: 'true'}}\n";
    const EMPTY: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: e, annotations: {reloader.stakater.com/auto: 'true'}}\n";
    const ROLLOUT: &str = "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: r, annotations: {reloader.stakater.com/auto: 'true'}}\nspec: {workloadRef: {kind: Deployment, name: plain}}\n";
    const LIST: &str = "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: m}, data: {k: v}}\n- {apiVersion: apps/v1, kind: Deployment, metadata: {name: l}, spec: {template: {spec: {containers: [{name: x, image: x, envFrom: [{configMapRef: {name: c}}]}]}}}}\n";
    const ITEMS: &str = "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: n}\n  data: {k: v}\n- apiVersion: apps/v1\n  kind: Deployment\n  metadata: {name: i, annotations: {reloader.stakater.com/auto: 'true'}}\n  spec: {template: {spec: {containers: [{name: x, image: x, envFrom: [{configMapRef: {name: n}}, {configMapRef: {name: c}}]}]}}}\n";
    const JSON: &str = r#"{"apiVersion":"v1","kind":"List","items":[{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c"}},{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"w"},"spec":{"template":{"spec":{"containers":[{"name":"x","envFrom":[{"configMapRef":{"name":"c"}}]}]}}}}]}"#;
    const TWO_IN_ONE: &str =
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nkind: Secret\nstringData: {k: v}\n";
    const BROKEN: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: [}\n";

    /// A workload that is not of a line; `says` are its annotations.
    fn web(name: &str, says: &str) -> String {
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {name}\n  annotations: {{{says}}}\nspec:\n  template:\n    spec:\n      containers:\n      - name: x\n        image: x\n        env:\n        - name: e\n          valueFrom: {{configMapKeyRef: {{name: c, key: k}}}}\n        envFrom:\n        - configMapRef: {{name: missing}}\n        - secretRef: {{name: s}}\n"
        )
    }

    /// What is kept decides nothing: documents in any company come to the same, whatever is read when.
    #[test]
    fn what_is_read_later_comes_to_the_same() {
        let auto = "reloader.stakater.com/auto: 'true'";
        let mut documents =
            [CONFIG, TWIN, LATE, SERVICE, EMPTY, ROLLOUT, LIST, TWO_IN_ONE, BROKEN].map(str::to_owned).to_vec();
        documents.extend([
            web("plain", ""),
            web("auto", auto),
            web("keys", &format!("{auto}, restamp.dev/precision: keys")),
            web("lists", "configmap.reloader.stakater.com/reload: 'c.*,x', secret.reloader.stakater.com/reload: s"),
            web("file", &format!("{auto}, internal.config.kubernetes.io/path: f.yaml, restamp.dev/places: none")),
            web("early", &format!("{auto}, argocd.argoproj.io/sync-wave: '-1'")),
            web("stamped", auto)
                .replace("    spec:\n", "    metadata: {annotations: {restamp.dev/config-hash: x}}\n    spec:\n"),
        ]);
        let all = Settings { select: Select::All, ..Settings::default() };
        // Items that need one another, or cannot be read at all.
        documents.push(format!("{ITEMS}- apiVersion: apps/v1\n  kind: Deployment\n  metadata: {{name: [}}\n"));
        documents.push(ITEMS.replace("{name: n}\n", "&a {name: n}\n").replace("{name: i,", "{<<: *a,"));
        documents.push(ITEMS.to_owned());
        let (mut waited, n) = (Vec::new(), documents.len());
        // A part of all threes, and what stands alone.
        let threes = (0..n * n * n).step_by(7).map(|i| [i % n, i / n % n, i / n / n]);
        let texts = threes.map(|three| three.map(|i| documents[i].as_str()).join("---\n"));
        for text in texts.chain([JSON.to_owned(), JSON.replace(r#""name":"w""#, r#""name":["#)]) {
            let sources = [Source::new("-", text)];
            waited.push(facts::read(&sources, &all, Keep::Edits).later.len());
            for (settings, what) in [(&all, What::Stamp), (&Settings::default(), What::Stamp), (&all, What::Unstamp)] {
                let seen = |keep| {
                    let Outcome { edits, findings, counts, spent, facts, .. } = done(&sources, settings, what, keep);
                    (edits, format!("{findings:?} {counts:?}"), spent, facts.has_objects)
                };
                assert_eq!(seen(Keep::Edits), seen(Keep::Stamps), "{}", sources[0].text);
            }
        }
        assert!(waited.iter().sum::<usize>() > 500, "{waited:?}");
        assert_eq!(waited[waited.len() - 2..], [1, 0], "the last items of JSON, and none that is broken");
    }
}

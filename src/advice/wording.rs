//! Decisions → words: why a config counts or does not, why a workload is left alone, why no pod restarts now.
//!
//! Takes decisions and facts, gives one-line sentences without a final full stop. Decides nothing.

use crate::decide::action::{Skip, Use};
use crate::decide::select::{Rule, Selection};
use crate::facts::workload::Workload;
use crate::finding::MADE_LATER;
use crate::kube::annotation::Annotation;
use crate::kube::config_kind::ConfigKind;
use crate::kube::kind::Rollout;
use crate::kube::reference::Reference;
use crate::text::clean::clean;
use crate::text::hidden::Text;
use serde::Serialize;

/// The longest value of an annotation that is shown.
const LONGEST: usize = 48;

/// The rule of a selection in words, with the annotation that it read.
pub(crate) fn rule(selection: &Selection, kind: ConfigKind) -> String {
    let cited = || selection.cited.as_deref().map(annotation).unwrap_or_default();
    match selection.rule {
        Rule::Ignored => format!("the {kind} carries {}", cited()),
        Rule::Filtered => "`configs` of the settings leaves it out".to_owned(),
        Rule::Excluded => format!("{} excludes it", cited()),
        Rule::Listed | Rule::WaveExtra => format!("{} lists it", cited()),
        Rule::Searched => format!("{}, and the {kind} is marked with `match`", cited()),
        Rule::Auto | Rule::Wave => cited(),
        Rule::All => "`select: all`".to_owned(),
        Rule::OptedOut => format!("{} opts out", cited()),
        Rule::NotAnnotated if selection.cited.is_some() => format!("{} is not true", cited()),
        Rule::NotAnnotated => "no annotation asks for it".to_owned(),
    }
}

fn annotation(cited: &Annotation) -> String {
    // A list may be as long as the input, and is cited for each config.
    let shown = cited.value.shown();
    let end = shown.char_indices().nth(LONGEST + 1).map_or(shown.len(), |(at, _)| at);
    let mut value = clean(&shown[..end]).into_owned();
    if value.chars().count() > LONGEST {
        value = value.chars().take(LONGEST - 1).collect();
        value.push('…');
    }
    format!("{}: \"{value}\"", clean(&cited.key))
}

/// Why one reference makes its workload roll or does not: a stable word, and the same in words.
pub(crate) fn of_use(reference: &Reference, used: &Use) -> (&'static str, String) {
    use Rule::{Excluded, Filtered, Ignored, OptedOut};
    // What forbids the config would forbid it in a place that counts too.
    if !used.counted && !matches!(used.selection.rule, Ignored | Filtered | Excluded | OptedOut) {
        return match used.live {
            true => ("live", "a container that runs sees a change: `effect: restart` leaves it out".to_owned()),
            false => ("place", format!("the place {} does not count", reference.place.as_str())),
        };
    }
    (used.selection.rule.as_str(), rule(&used.selection, reference.kind))
}

/// Why a workload is left alone.
pub(crate) fn skip(skip: Skip, workload: &Workload) -> String {
    let kind = || clean(workload.object.kind().shown());
    match skip {
        Skip::Excluded => "`workloads` of the settings leaves it out".to_owned(),
        Skip::Patch => "a patch: its pod template lacks containers or images".to_owned(),
        Skip::Hook => "a hook of Helm or Argo CD, which runs at each sync anyway".to_owned(),
        Skip::Job if workload.rollout == Rollout::Once => {
            "a changed pod template reaches none of its pods, and nothing recreates it".to_owned()
        }
        Skip::Job => format!("a {}'s pod template cannot be changed, and nothing recreates this one", kind()),
        Skip::Strategy => workload.refused().map(|only| only.why).unwrap_or_default().to_owned(),
        Skip::NamedRevision => "it names its revision, so that Knative refuses any change".to_owned(),
        Skip::Kind => format!("no rollout follows a change of a {}", kind()),
        Skip::Elsewhere => "the workload that its workloadRef names is stamped instead".to_owned(),
    }
}

/// Something about how a workload rolls that a reader of a plan has to know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Remark {
    /// A stable word.
    pub(crate) id: &'static str,
    pub(crate) text: String,
    /// No pod restarts because of the change itself.
    pub(crate) holds: bool,
}

/// What makes a Secret does so after apply.
pub(crate) fn made_later() -> Remark {
    let text = format!("what changed is made after apply, so that pods may start with the old values: {MADE_LATER}");
    Remark { id: "made-later", text, holds: false }
}

/// What a workload's own fields say about its rollouts. `driven` is the Rollout whose workloadRef names it.
pub(crate) fn remarks(workload: &Workload, driven: Option<&Text>) -> Vec<Remark> {
    let mut out = Vec::new();
    let Some(rolling) = workload.rolling() else {
        return out;
    };
    let mut add = |holds: bool, id: &'static str, text: String| out.push(Remark { id, text, holds });
    let kind = workload.object.kind().raw();
    if let Some(rollout) = driven {
        add(false, "workload-ref", format!("Rollout/{} runs its pods", clean(rollout.shown())));
    } else if rolling.replicas == Some(0) {
        add(true, "no-replicas", "no pod restarts: `replicas` is 0".to_owned());
    }
    if rolling.paused {
        add(true, "paused", "no pod restarts until it is resumed: it is paused".to_owned());
    }
    match rolling.strategy.as_deref() {
        Some("OnDelete") => add(true, "on-delete", "no pod restarts until someone deletes it: OnDelete".to_owned()),
        Some("Recreate") => add(false, "recreate", "all pods stop before new ones start: Recreate".to_owned()),
        _ => {}
    }
    if let Some(partition) = rolling.partition.filter(|&p| p > 0 && kind == "StatefulSet") {
        let all = partition >= rolling.replicas.unwrap_or(1);
        let which =
            if all { "no pod restarts".to_owned() } else { format!("only pods from ordinal {partition} on restart") };
        add(all, "partition", format!("{which}: `partition` is {partition}"));
    }
    match (rolling.suspended, rolling.schedule.as_ref()) {
        (true, _) => add(true, "suspended", "nothing runs until it is resumed: it is suspended".to_owned()),
        (false, schedule) if workload.rollout == Rollout::NextRun => {
            let when = schedule.map(|s| format!(" ({})", clean(s.shown()))).unwrap_or_default();
            add(true, "next-run", format!("takes effect at the next run{when}"));
        }
        _ => {}
    }
    if rolling.manual && kind == "DeploymentConfig" {
        add(true, "manual", "no pod restarts until `oc rollout latest`: no ConfigChange trigger".to_owned());
    }
    out
}

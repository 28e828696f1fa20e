//! The words of a plan that all its forms share.

use crate::explain::name::Name;
use crate::facts::rolling::Update;
use crate::output::terminal::{count, limited, more};
use crate::plan::compare::Effect;
use crate::plan::difference::Keys;
use crate::plan::stamps::{Compared, StampChange};
use crate::plan::users::{NotRolling, Sees};
use crate::plan::{Cause, Change, SetPlan, Summary, What};
use crate::text::clean::clean;

pub(super) const NEW_WORKLOADS: &str = "New workloads";
pub(super) const GONE_WORKLOADS: &str = "Workloads that are gone";
pub(super) const UNSEEN: &str = "On neither side, so that a change of them is not seen";
pub(super) const UNUSED: &str = "no workload refers to it";
pub(super) const UNCONCERNED: &str = "only workloads that are new or gone use it";
pub(super) const NEEDED: &str = "NEW still needs it: once it is deleted, no pod that refers to it starts";
pub(super) const ENCRYPTED: &str = "SOPS has encrypted it";
pub(super) const REFUSED: &str = "it is `immutable: true`, so that apply fails; give the new content another name";

/// What the plan comes to, in one sentence.
pub(super) fn summary(summary: &Summary) -> String {
    let some = |n: usize, one: &str, many: &str| (n > 0).then(|| format!("{n} {}", if n == 1 { one } else { many }));
    let rolls = some(summary.rolls, "workload rolls", "workloads roll");
    let mut rolls = rolls.unwrap_or_else(|| "no workload rolls".to_owned());
    let stamps = [
        some(summary.first_stamps, "first stamp", "first stamps"),
        some(summary.removed_stamps, "removed stamp", "removed stamps"),
    ];
    let stamps: Vec<String> = stamps.into_iter().flatten().collect();
    if !stamps.is_empty() {
        rolls += &format!(": {}", stamps.join(", "));
    }
    if summary.held > 0 {
        rolls += &format!(" ({} without a restart now)", summary.held);
    }
    let parts = [
        Some(rolls),
        some(summary.configs_silent, "config differs and rolls nothing", "configs differ and roll nothing"),
        some(
            summary.refused,
            "change of an immutable config will be refused",
            "changes of immutable configs will be refused",
        ),
        some(summary.new_workloads, "workload is new", "workloads are new"),
        some(summary.gone_workloads, "workload is gone", "workloads are gone"),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

/// Which stamps were compared.
pub(super) fn compared(sets: &[SetPlan]) -> Option<String> {
    let how = |compared| match compared {
        Compared::Applied => "the stamps in OLD with those that `stamp` gives NEW",
        Compared::Due => "the stamps due on both sides, since neither is stamped",
        Compared::AsWritten => "both sides as they are written",
    };
    let used = Compared::ALL.into_iter().filter(|how| sets.iter().any(|set| set.compared == *how)).collect::<Vec<_>>();
    let parts = used.iter().map(|one| {
        let named = sets.iter().filter(|set| set.compared == *one).filter_map(|set| set.name.as_deref());
        let named: Vec<String> = named.map(|name| clean(name).into_owned()).collect();
        let of =
            if used.len() > 1 { format!("of {} ", limited(named.into_iter(), 8, ", ", more)) } else { String::new() };
        format!("{of}{}", how(*one))
    });
    (!used.is_empty()).then(|| format!("compared: {}", parts.collect::<Vec<_>>().join("; ")))
}

/// What happens to a workload, or to several.
pub(super) fn effect(effect: Effect, several: bool) -> &'static str {
    match (effect, several) {
        (Effect::Rolls, false) => "rolls",
        (Effect::Rolls, true) => "roll",
        (Effect::Recreated, false) => "is recreated",
        (Effect::Recreated, true) => "are recreated",
        (Effect::Refused, _) => "cannot be applied",
        (Effect::AtSync | Effect::None, false) => "does not roll",
        (Effect::AtSync | Effect::None, true) => "do not roll",
    }
}

/// What becomes of the stamp, where its configs do not say it.
pub(super) fn stamp(change: &Change) -> Option<&'static str> {
    let by_config = change.causes.iter().any(|cause| cause.by_stamp);
    match change.stamp? {
        StampChange::First => Some("first stamp"),
        StampChange::Removed if by_config => Some("its stamp is removed"),
        StampChange::Removed => Some("its stamp is removed: nothing selects a config for it"),
        StampChange::Changed if by_config => None,
        StampChange::Changed => {
            Some("its stamp differs, though its configs do not: OLD was stamped with other content or settings")
        }
    }
}

/// Why a user of a config does not roll, and what its pods see.
pub(super) fn user(user: &NotRolling) -> String {
    let keeps = user.keeps.iter().map(|way| match way {
        Update::Init => "init container",
        Update::SubPath => "subPath",
        Update::Mount => "read at mount",
        way => way.as_str(),
    });
    let sees = match user.sees {
        Sees::Live => " (mounted files change without a restart)".to_owned(),
        Sees::Restart => format!(" (keeps the old value until a restart: {})", keeps.collect::<Vec<_>>().join(", ")),
        Sees::NextRun => " (the next run reads the new value)".to_owned(),
        Sees::Rolls | Sees::Nothing => String::new(),
    };
    format!("{}{sees}", user.why)
}

/// `33 Deployments`.
pub(super) fn kinds(n: usize, name: &Name) -> String {
    count(n, &clean(name.kind.shown()))
}

/// What happened to a config, in a word.
fn what(what: What) -> &'static str {
    match what {
        What::Changed => "changed",
        What::New => "new in the set",
        What::Gone => "gone from the set",
        What::Renamed => "renamed",
        What::Referenced => "referred to now",
        What::Unreferenced => "not referred to any more",
        What::Selected => "selected now",
        What::Unselected => "not selected any more",
    }
}

/// The keys that explain a change, in a form's own list; those of a config that is new or gone would say nothing.
fn keys(change: What, keys: &Keys, list: impl Fn(&[String]) -> String) -> String {
    if matches!(change, What::New | What::Gone) {
        return String::new();
    }
    let parts = [("changed", &keys.changed), ("added", &keys.added), ("removed", &keys.removed)];
    let parts = parts.into_iter().filter(|(_, keys)| !keys.is_empty());
    parts.map(|(word, keys)| format!("{word} {}", list(keys))).collect::<Vec<_>>().join("; ")
}

/// What differs in a config: its keys, or what happened to it.
pub(super) fn change(change: What, differ: &Keys, list: impl Fn(&[String]) -> String) -> String {
    let keys = keys(change, differ, list);
    if keys.is_empty() { what(change).to_owned() } else { keys }
}

/// How a config makes a workload roll, in a form's own list and words.
pub(super) fn cause(cause: &Cause, list: impl Fn(&[String]) -> String, text: impl Fn(&str) -> String) -> String {
    let mut words = keys(cause.change, &cause.keys, list);
    if words.is_empty() || cause.change != What::Changed {
        let why = cause.why.as_deref().map(|why| format!(" ({})", text(why))).unwrap_or_default();
        let rest = if words.is_empty() { words } else { format!("; {words}") };
        words = format!("{}{why}{rest}", what(cause.change));
    }
    words + if cause.by_name && !cause.by_stamp { " (by its generated name alone)" } else { "" }
}

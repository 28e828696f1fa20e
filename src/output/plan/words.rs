//! The words of a plan that all its forms share.

use crate::plan::compare::Effect;
use crate::plan::difference::Keys;
use crate::plan::{Cause, Summary, What};

pub(super) const NEW_WORKLOADS: &str = "New workloads";
pub(super) const GONE_WORKLOADS: &str = "Workloads that are gone";
pub(super) const UNUSED: &str = "nobody refers to it";

/// What the plan comes to, in one sentence.
pub(super) fn summary(summary: &Summary) -> String {
    let some = |n: usize, one: &str, many: &str| (n > 0).then(|| format!("{n} {}", if n == 1 { one } else { many }));
    let rolls = some(summary.rolls, "workload rolls", "workloads roll");
    let mut rolls = rolls.unwrap_or_else(|| "no workload rolls".to_owned());
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

/// The heading of what happens to a workload.
pub(super) fn effect(effect: Effect) -> &'static str {
    match effect {
        Effect::Rolls => "rolls",
        Effect::Recreated => "is recreated",
        Effect::Refused => "cannot be applied",
        Effect::AtSync | Effect::None => "does not roll",
    }
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

//! A plan as text: what rolls and why, what does not, the configs that differ, and what is new and gone.

use crate::output::{Ink, Look, Part, count, keys};
use crate::plan::compare::Effect;
use crate::plan::difference::Keys;
use crate::plan::{Cause, Change, ConfigChange, Place, Plan, Summary, What};
use crate::text::locate::{At, Name, clean};

pub(crate) fn text(plan: &Plan, look: Look) -> String {
    let page = Page { look };
    let mut sections = vec![look.wrap("", 0, &summary(&plan.summary))];
    sections.extend(plan.rolls.iter().map(|c| page.change(c)));
    sections.extend(plan.no_rollout.iter().map(|c| page.change(c)));
    if !plan.configs.is_empty() {
        let configs: String = plan.configs.iter().map(|c| page.config(c)).collect();
        sections.push(format!("{}\n{configs}", look.paint(Ink::Bold, "Configs that differ")));
    }
    for (title, mark, ink, list) in [
        ("New workloads", "+", Ink::Green, &plan.new_workloads),
        ("Workloads that are gone", "-", Ink::Dim, &plan.gone_workloads),
    ] {
        if !list.is_empty() {
            let lines: String = list.iter().map(|p| page.place(mark, ink, p)).collect();
            sections.push(format!("{}\n{lines}", look.paint(Ink::Bold, title)));
        }
    }
    if !plan.notes.is_empty() {
        sections.push(plan.notes.iter().map(|n| look.note(0, Ink::Yellow, "note", &n.text)).collect());
    }
    sections.join("\n")
}

/// What the plan comes to, in one sentence.
pub(crate) fn summary(summary: &Summary) -> String {
    let mut parts = vec![match summary.rolls {
        0 => "no workload rolls".to_owned(),
        1 => "1 workload rolls".to_owned(),
        n => format!("{n} workloads roll"),
    }];
    if summary.held > 0 {
        parts[0].push_str(&format!(" ({} without a restart now)", summary.held));
    }
    let say = |n: usize, one: &str, many: &str| match n {
        0 => None,
        1 => Some(format!("1 {one}")),
        n => Some(format!("{n} {many}")),
    };
    parts.extend(say(summary.configs_silent, "config differs and rolls nothing", "configs differ and roll nothing"));
    parts.extend(say(
        summary.refused,
        "change of an immutable config will be refused",
        "changes of immutable configs will be refused",
    ));
    parts.extend(say(summary.new_workloads, "workload is new", "workloads are new"));
    parts.extend(say(summary.gone_workloads, "workload is gone", "workloads are gone"));
    parts.join("; ")
}

/// What happened to a config, in a word.
pub(crate) fn what(what: What) -> &'static str {
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

/// The keys that explain a change; those of a config that is new or gone would say nothing.
pub(crate) fn shown_keys(change: What, keys: &Keys) -> [(&'static str, &[String]); 3] {
    match change {
        What::New | What::Gone => [("changed", &[]), ("added", &[]), ("removed", &[])],
        _ => [("changed", &keys.changed), ("added", &keys.added), ("removed", &keys.removed)],
    }
}

/// The keys as words.
fn key_words(change: What, differ: &Keys) -> String {
    let parts = shown_keys(change, differ).into_iter().filter(|(_, k)| !k.is_empty());
    parts.map(|(word, names)| format!("{word} {}", keys(names))).collect::<Vec<_>>().join("; ")
}

/// The heading of what does not simply roll.
pub(crate) fn effect(effect: Effect) -> &'static str {
    match effect {
        Effect::Rolls => "rolls",
        Effect::Recreated => "is recreated",
        Effect::Refused => "cannot be applied",
        Effect::AtSync => "does not roll",
        Effect::None => "does not roll",
    }
}

struct Page {
    look: Look,
}

impl Page {
    /// Parts, then namespace and place.
    fn heading(&self, prefix: &str, parts: &[Part<'_>], name: &Name, at: &At) -> String {
        let (namespace, at) = (format!("(namespace {})", clean(&name.namespace)), at.to_string());
        let mut parts = parts.to_vec();
        parts.extend([Part::Whole(None, &namespace), Part::Whole(None, &at)]);
        self.look.fill(prefix, prefix.len() + 2, &parts)
    }

    fn change(&self, change: &Change) -> String {
        let ink = match change.effect {
            Effect::Rolls | Effect::Recreated => Ink::Green,
            Effect::Refused => Ink::Red,
            Effect::AtSync | Effect::None => Ink::Dim,
        };
        let heading = change.name.to_string();
        let parts = [Part::Whole(Some(Ink::Bold), &heading), Part::Whole(Some(ink), effect(change.effect))];
        let mut out = self.heading("", &parts, &change.name, &change.at);
        if let Some(why) = &change.why {
            out.push_str(&self.look.wrap("  ", 4, why));
        }
        for cause in &change.causes {
            out.push_str(&self.cause(cause));
        }
        if !change.fields.is_empty() {
            let fields: Vec<String> = change.fields.iter().map(|f| clean(f)).collect();
            let word = if change.causes.is_empty() { "differs" } else { "differs too" };
            out.push_str(&self.look.note(2, Ink::Yellow, word, &fields.join(", ")));
        }
        for remark in &change.remarks {
            out.push_str(&self.look.note(2, Ink::Yellow, "note", &remark.text));
        }
        out
    }

    fn cause(&self, cause: &Cause) -> String {
        let mut words = key_words(cause.change, &cause.keys);
        if words.is_empty() || cause.change != What::Changed {
            let reason = cause.why.as_ref().map(|w| format!(" ({w})")).unwrap_or_default();
            let rest = if words.is_empty() { String::new() } else { format!("; {words}") };
            words = format!("{}{reason}{rest}", what(cause.change));
        }
        if cause.by_name && !cause.by_stamp {
            words.push_str(" (by its generated name alone)");
        }
        self.look.note(2, Ink::Green, &cause.config.to_string(), &words)
    }

    fn config(&self, config: &ConfigChange) -> String {
        let (mark, ink) = match config.change {
            What::New => ("+", Ink::Green),
            What::Gone => ("-", Ink::Dim),
            _ => ("~", Ink::Yellow),
        };
        let words = match (config.change, key_words(config.change, &config.keys)) {
            (What::Changed, words) if !words.is_empty() => words,
            (change, _) => what(change).to_owned(),
        };
        let name = config.name.to_string();
        let parts = [Part::Whole(Some(ink), mark), Part::Whole(None, &name)];
        let mut out = self.heading("  ", &parts, &config.name, &config.at);
        out.push_str(&self.look.wrap("      ", 8, &words));
        if let Some(old) = &config.renamed_from {
            out.push_str(&self.look.wrap("      ", 8, &format!("its name was {}", clean(old))));
        }
        if config.refused {
            out.push_str(&self.look.note(
                6,
                Ink::Red,
                "refused",
                "it is `immutable: true`, so that apply fails; give the new content another name",
            ));
        }
        if !config.rolls.is_empty() {
            out.push_str(&self.look.wrap("      ", 8, &format!("rolls {}", names(&config.rolls))));
        }
        if config.is_unused() {
            out.push_str("      rolls nothing: nobody refers to it\n");
        }
        for silent in &config.does_not_roll {
            let live = if silent.live { " (its mounted files change without a restart)" } else { "" };
            let word = format!("does not roll {}", silent.workload);
            out.push_str(&self.look.note(6, Ink::Dim, &word, &format!("{}{live}", silent.why)));
        }
        out
    }

    fn place(&self, mark: &str, ink: Ink, place: &Place) -> String {
        let name = place.name.to_string();
        let parts = [Part::Whole(Some(ink), mark), Part::Whole(None, &name)];
        self.heading("  ", &parts, &place.name, &place.at)
    }
}

/// Workloads as a list; a long one is counted.
fn names(names: &[Name]) -> String {
    const MOST: usize = 8;
    let shown: Vec<String> = names.iter().take(MOST).map(Name::to_string).collect();
    match names.len().saturating_sub(MOST) {
        0 => shown.join(", "),
        more => format!("{}, and {}", shown.join(", "), count(more, "other")),
    }
}

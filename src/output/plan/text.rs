//! A plan as text: what rolls and why, what does not, the configs that differ, and what is new and gone.

use super::words;
use crate::explain::name::Name;
use crate::output::Look;
use crate::output::terminal::{Ink, Part, count, keys, limited};
use crate::plan::compare::Effect;
use crate::plan::{Cause, Change, ConfigChange, Plan, What};
use crate::text::lines::At;

pub(super) fn text(plan: &Plan, look: Look) -> String {
    let mut sections = vec![look.wrap("", 0, &words::summary(&plan.summary))];
    sections.extend(plan.rolls.iter().chain(&plan.no_rollout).map(|c| change(c, look)));
    let mut section = |title: &str, lines: String| {
        if !lines.is_empty() {
            sections.push(format!("{}\n{lines}", look.paint(Ink::Bold, title)));
        }
    };
    section("Configs that differ", plan.configs.iter().map(|c| config(c, look)).collect());
    for (title, mark, ink, places) in [
        (words::NEW_WORKLOADS, "+", Ink::Green, &plan.new_workloads),
        (words::GONE_WORKLOADS, "-", Ink::Dim, &plan.gone_workloads),
    ] {
        section(title, places.iter().map(|p| item(look, mark, ink, &p.name, &p.at)).collect());
    }
    if !plan.notes.is_empty() {
        sections.push(plan.notes.iter().map(|n| look.labelled(0, Ink::Yellow, "note", &n.text)).collect());
    }
    sections.join("\n")
}

/// Parts, then namespace and place.
fn heading(look: Look, prefix: &str, [one, two]: [Part<'_>; 2], name: &Name, at: &At) -> String {
    let (namespace, at) = (format!("(namespace {})", name.namespace), at.to_string());
    let parts = [one, two, Part::Whole(None, &namespace), Part::Whole(None, &at)];
    look.fill(prefix, prefix.len() + 2, &parts)
}

/// A line of a list.
fn item(look: Look, mark: &str, ink: Ink, name: &Name, at: &At) -> String {
    heading(look, "  ", [Part::Whole(Some(ink), mark), Part::Whole(None, &name.to_string())], name, at)
}

fn change(change: &Change, look: Look) -> String {
    let ink = match change.effect {
        Effect::Rolls | Effect::Recreated => Ink::Green,
        Effect::Refused => Ink::Red,
        Effect::AtSync | Effect::None => Ink::Dim,
    };
    let name = change.name.to_string();
    let parts = [Part::Whole(Some(Ink::Bold), &name), Part::Whole(Some(ink), words::effect(change.effect))];
    let mut out = heading(look, "", parts, &change.name, &change.at);
    out.extend(change.why.as_ref().map(|why| look.wrap("  ", 4, why)));
    out.extend(change.causes.iter().map(|it| cause(it, look)));
    if !change.fields.is_empty() {
        let label = if change.causes.is_empty() { "differs" } else { "differs too" };
        out += &look.labelled(2, Ink::Yellow, label, &change.fields.join(", "));
    }
    out.extend(change.remarks.iter().map(|r| look.labelled(2, Ink::Yellow, "note", &r.text)));
    out
}

fn cause(cause: &Cause, look: Look) -> String {
    let words = words::cause(cause, keys, str::to_owned);
    look.labelled(2, Ink::Green, &cause.config.to_string(), &words)
}

fn config(config: &ConfigChange, look: Look) -> String {
    let (mark, ink) = match config.change {
        What::New => ("+", Ink::Green),
        What::Gone => ("-", Ink::Dim),
        _ => ("~", Ink::Yellow),
    };
    let line = |words: &str| look.wrap("      ", 8, words);
    let mut out = item(look, mark, ink, &config.name, &config.at);
    out += &line(&words::change(config.change, &config.keys, keys));
    out.extend(config.renamed_from.as_ref().map(|old| line(&format!("its name was {old}"))));
    if config.refused {
        let text = "it is `immutable: true`, so that apply fails; give the new content another name";
        out += &look.labelled(6, Ink::Red, "refused", text);
    }
    if !config.rolls.is_empty() {
        let names = limited(config.rolls.iter().map(Name::to_string), 8, ", ", |n| count(n, "other"));
        out += &line(&format!("rolls {names}"));
    }
    if config.is_unused() {
        out += &format!("      rolls nothing: {}\n", words::UNUSED);
    }
    for user in &config.does_not_roll {
        let live = if user.live { " (its mounted files change without a restart)" } else { "" };
        let label = format!("does not roll {}", user.workload);
        out += &look.labelled(6, Ink::Dim, &label, &format!("{}{live}", user.why));
    }
    out
}

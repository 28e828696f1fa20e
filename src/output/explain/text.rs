//! An explanation as text: one section per workload, its references grouped by config; or the answer to `--why`.

use crate::explain::explanation::{Annotation, Because, Entry, Explanation, Reference, Status, User, Why};
use crate::output::{Ink, Look, Part, count, keys};
use crate::text::locate::{At, Name, clean};
use std::collections::{BTreeMap, HashMap};

/// How much of a digest tells two apart at a glance.
const SHORT: usize = 12;

pub(crate) fn text(explanation: &Explanation, look: Look) -> String {
    let digests = explanation.configs.iter().filter_map(|c| Some((&c.name, c.digest.as_deref()?)));
    let page = Page { look, digests: digests.collect(), annotation: &explanation.annotation };
    if let Some(why) = &explanation.why {
        return why.iter().map(|w| page.why(w)).collect::<Vec<_>>().join("\n");
    }
    let mut sections: Vec<String> = explanation.workloads.iter().map(|e| page.entry(e)).collect();
    sections.push(totals(&explanation.workloads));
    sections.join("\n")
}

fn totals(entries: &[Entry]) -> String {
    let mut by_status: BTreeMap<Status, usize> = BTreeMap::new();
    entries.iter().for_each(|e| *by_status.entry(e.status).or_default() += 1);
    let parts: Vec<String> = by_status.into_iter().map(|(status, n)| format!("{n} {}", status_words(status))).collect();
    match parts.is_empty() {
        true => "no workloads\n".to_owned(),
        false => format!("{}: {}\n", count(entries.len(), "workload"), parts.join(", ")),
    }
}

fn status_words(status: Status) -> &'static str {
    match status {
        Status::Current => "current",
        Status::Unstamped => "without a stamp",
        Status::Stale => "stale",
        Status::LeftOver => "left over",
        Status::CannotVerify => "not verifiable",
        Status::NotSelected => "not selected",
        Status::NothingToHash => "with nothing to hash",
        Status::LeftAlone => "left alone",
    }
}

struct Page<'p> {
    look: Look,
    digests: HashMap<&'p Name, &'p str>,
    annotation: &'p str,
}

impl Page<'_> {
    fn entry(&self, entry: &Entry) -> String {
        let (word, ink) = match entry.status {
            Status::Current => ("current", Ink::Green),
            Status::Unstamped => ("to be stamped", Ink::Yellow),
            Status::Stale => ("stale", Ink::Red),
            Status::LeftOver => ("left over", Ink::Red),
            Status::CannotVerify => ("cannot verify", Ink::Yellow),
            Status::NothingToHash => ("nothing to hash", Ink::Yellow),
            Status::NotSelected => ("not selected", Ink::Dim),
            Status::LeftAlone => ("left alone", Ink::Dim),
        };
        let mut out = self.header(&entry.name, Some(&entry.at));
        out.push_str(&self.look.note(2, ink, word, &entry.reason));
        for remark in &entry.remarks {
            out.push_str(&self.look.note(2, Ink::Yellow, "note", &remark.text));
        }
        for (name, references) in grouped(&entry.references) {
            out.push('\n');
            out.push_str(&self.config(name, &references, entry));
        }
        for listed in &entry.by_annotation {
            let referenced = entry.references.iter().any(|r| r.config == listed.config);
            out.push('\n');
            out.push_str(&self.config_line("+", Ink::Green, &listed.config, Some(&listed.config_at)));
            let how = if referenced {
                "selected by annotation"
            } else {
                "selected by annotation alone, nothing refers to it"
            };
            out.push_str(&self.look.note(4, Ink::Green, how, &because(&listed.because, &entry.at)));
        }
        if let Some(stamp) = self.stamp(entry) {
            out.push('\n');
            out.push_str(&stamp);
        }
        out
    }

    fn header(&self, name: &Name, at: Option<&At>) -> String {
        let heading = name.to_string();
        let namespace = format!("(namespace {})", clean(&name.namespace));
        let (ink, place) = self.place(at);
        let parts = [Part::Whole(Some(Ink::Bold), &heading), Part::Whole(None, &namespace), Part::Whole(ink, &place)];
        self.look.fill("", 2, &parts)
    }

    /// Where a config is.
    fn place(&self, at: Option<&At>) -> (Option<Ink>, String) {
        match at {
            Some(at) => (None, at.to_string()),
            None => (Some(Ink::Yellow), "not in this set".to_owned()),
        }
    }

    fn config_line(&self, mark: &str, ink: Ink, name: &Name, at: Option<&At>) -> String {
        let digest = self.digests.get(name);
        let digest = digest.map(|d| format!("sha256:{}", d.get(..SHORT).unwrap_or(d)));
        let (place_ink, place) = self.place(at);
        let name = name.to_string();
        let parts = [
            Part::Whole(Some(ink), mark),
            Part::Whole(None, &name),
            Part::Whole(place_ink, &place),
            Part::Words(digest.as_deref().unwrap_or_default()),
        ];
        self.look.fill("  ", 4, &parts)
    }

    fn config(&self, name: &Name, references: &[&Reference], entry: &Entry) -> String {
        let first = references[0];
        let counting = references.iter().find(|r| r.selected);
        let mark = match (counting.is_some() && entry.status != Status::LeftAlone, first.config_at.is_some()) {
            (_, false) => ("?", Ink::Yellow),
            (true, true) => ("+", Ink::Green),
            (false, true) => ("-", Ink::Dim),
        };
        let mut out = self.config_line(mark.0, mark.1, name, first.config_at.as_ref());
        if first.other_namespace {
            let text = format!("only one side names a namespace; it is the only {} of that name", name.kind);
            out.push_str(&self.look.note(4, Ink::Yellow, "note", &text));
        }
        let decided = counting.unwrap_or(&first);
        let word = match (counting.is_some(), entry.status) {
            (true, Status::LeftAlone) => "selected, were it not left alone",
            (true, _) => "selected",
            (false, _) => "not selected",
        };
        let ink = if counting.is_some() { Ink::Green } else { Ink::Dim };
        out.push_str(&self.look.note(4, ink, word, &because(&decided.because, &entry.at)));
        let wide = |f: fn(&Reference) -> usize| references.iter().map(|r| f(r)).max().unwrap_or_default();
        let columns =
            [wide(|r| r.at.line.to_string().len()), wide(|r| r.place.len()), wide(|r| update(r.update).len())];
        for reference in references {
            let counted_apart = counting.is_some() && !reference.selected;
            out.push_str(&self.reference(reference, columns, counted_apart));
        }
        if let Some(hint) = references.iter().find_map(|r| r.hint.as_deref()) {
            out.push_str(&self.look.note(4, Ink::Yellow, "hint", hint));
        }
        out
    }

    fn reference(&self, reference: &Reference, [line, place, update_width]: [usize; 3], apart: bool) -> String {
        let head = format!(
            "    line {:>line$}  {:place$}  {:update_width$}  ",
            reference.at.line,
            reference.place,
            update(reference.update)
        );
        let mut words = short_field(&reference.field);
        if let Some(named) = &reference.keys {
            words.push_str(&format!("  {} {}", if named.len() == 1 { "key" } else { "keys" }, keys(named)));
        }
        if reference.optional {
            words.push_str("  (optional)");
        }
        if !reference.missing_keys.is_empty() {
            words.push_str(&format!("  (lacks {})", keys(&reference.missing_keys)));
        }
        if apart {
            words.push_str(&format!("  ({})", reference.because.why));
        }
        let hang = head.chars().count();
        // Long field paths start under the place instead of running far over the edge.
        self.look.wrap(&head, hang.min(24), &words)
    }

    fn stamp(&self, entry: &Entry) -> Option<String> {
        let short = |s: &str| self.look.wrap("    ", 6, &clean(s));
        let mut out = format!("  stamp {}\n", clean(self.annotation));
        match (&entry.stamp.current, &entry.stamp.due) {
            (None, None) => return None,
            (Some(current), Some(due)) if current == due => out.push_str(&short(current)),
            (current, due) => {
                for (word, value) in [("is", current), ("due", due)] {
                    let value = value.as_deref().map_or_else(|| "none".to_owned(), clean);
                    out.push_str(&format!("    {word:3} {value}\n"));
                }
            }
        }
        Some(out)
    }

    fn why(&self, why: &Why) -> String {
        let mut out = self.header(&why.config, why.at.as_ref());
        if why.rolls.is_empty() && why.does_not_roll.is_empty() {
            out.push_str("  nobody refers to it\n");
            return out;
        }
        if why.generated_name {
            let text = "the name ends like a hash of a kustomize generator: with new content it gets a new name, and whoever refers to it rolls by that";
            out.push_str(&self.look.note(2, Ink::Yellow, "note", text));
        }
        let when = if why.at.is_some() { "a change of it rolls" } else { "when it appears it rolls" };
        let whom = if why.rolls.is_empty() { "nothing".to_owned() } else { count(why.rolls.len(), "workload") };
        out.push_str(&self.users(Ink::Green, "+", &format!("{when} {whom}"), &why.rolls));
        if !why.does_not_roll.is_empty() {
            let title = format!(
                "{} it and {} not roll",
                refer(why.does_not_roll.len()),
                if why.does_not_roll.len() == 1 { "does" } else { "do" }
            );
            out.push_str(&self.users(Ink::Dim, "-", &title, &why.does_not_roll));
        }
        out
    }

    fn users(&self, ink: Ink, mark: &str, title: &str, users: &[User]) -> String {
        let mut out = format!("\n  {title}\n");
        for user in users {
            let (name, at) = (user.workload.to_string(), user.at.to_string());
            let parts = [Part::Whole(Some(ink), mark), Part::Whole(None, &name), Part::Whole(None, &at)];
            out.push_str(&self.look.fill("  ", 4, &parts));
            out.push_str(&self.look.wrap("      ", 8, &user.why));
            if let Some(named) = &user.keys {
                out.push_str(&self.look.wrap("      ", 8, &format!("for these keys alone: {}", keys(named))));
            }
            for spot in &user.places {
                out.push_str(&format!(
                    "      line {}  {}  {}\n",
                    spot.at.line,
                    update(spot.update),
                    short_field(&spot.field)
                ));
            }
            for remark in &user.remarks {
                out.push_str(&self.look.note(6, Ink::Yellow, "note", &remark.text));
            }
        }
        out
    }
}

fn refer(n: usize) -> String {
    if n == 1 { "1 workload refers to".to_owned() } else { format!("{n} workloads refer to") }
}

/// References by config, in the order of the first of each.
fn grouped(references: &[Reference]) -> Vec<(&Name, Vec<&Reference>)> {
    let mut out: Vec<(&Name, Vec<&Reference>)> = Vec::new();
    for reference in references {
        match out.iter_mut().find(|(name, _)| **name == reference.config) {
            Some((_, list)) => list.push(reference),
            None => out.push((&reference.config, vec![reference])),
        }
    }
    out
}

fn because(because: &Because, workload: &At) -> String {
    let place = |a: &Annotation| match a.at.path == workload.path {
        true => format!(" (line {})", a.at.line),
        false => format!(" ({})", a.at),
    };
    format!("{}{}", because.why, because.annotation.as_ref().map(place).unwrap_or_default())
}

/// How a change reaches a running pod, in a word or two.
fn update(word: &str) -> &str {
    match word {
        "live" => "live",
        "env" => "restart",
        "sub-path" => "restart (subPath)",
        "init" => "restart (init)",
        "mount" => "at mount",
        "pull" => "at pull",
        other => other,
    }
}

/// A field path from the pod spec on, without the end that the place already says.
fn short_field(field: &str) -> String {
    let inner = field
        .rsplit_once("template.spec.")
        .map_or_else(|| field.strip_prefix("spec.").unwrap_or(field), |(_, rest)| rest);
    inner.split(".valueFrom.").next().unwrap_or(inner).to_owned()
}

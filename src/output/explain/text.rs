//! An explanation as text: one line per workload, or one section, its references grouped by config; or the answer to `--why`.

use crate::explain::explanation::{
    Annotation, Because, ConfigUse, Entry, Explanation, Maker, Reference, Said, Status, User, Why,
};
use crate::explain::name::Name;
use crate::finding::Severity;
use crate::output::Look;
use crate::output::terminal::{Ink, Part, count, first_of, keys, more};
use crate::text::clean::clean;
use crate::text::hex::SHA256;
use crate::text::hidden::Text;
use crate::text::lines::At;
use crate::text::many;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// So many configs of a workload are named in its line.
const NAMED: usize = 3;

/// How much of a digest tells two apart at a glance.
const SHORT: usize = 12;

pub(super) fn text(explanation: &Explanation, look: Look) -> String {
    let digests = explanation.configs.iter().filter_map(|c| Some((&c.name, c.digest.as_deref()?)));
    let made_by = explanation.configs.iter().map(|c| (&c.name, &c.made_by[..])).collect();
    let page = Page { look, digests: digests.collect(), made_by, annotation: &explanation.annotation };
    if let Some(why) = &explanation.why {
        return why.iter().map(|w| page.why(w)).collect::<Vec<_>>().join("\n");
    }
    let totals = totals(&explanation.workloads);
    if !explanation.detailed && !look.verbose {
        let lines: String = many::each(&explanation.workloads, many::MANY, |e| page.line(e)).concat();
        if lines.is_empty() {
            return totals;
        }
        let totals = format!("{}; -v or --workload KIND/NAME says why", totals.trim_end());
        return format!("{lines}\n{}", look.unbroken().wrap("", 2, &totals));
    }
    let mut sections: Vec<String> = many::each(&explanation.workloads, many::MANY, |e| page.entry(e));
    sections.push(totals);
    sections.join("\n")
}

fn totals(entries: &[Entry]) -> String {
    let mut by_status: BTreeMap<Status, usize> = BTreeMap::new();
    entries.iter().for_each(|e| *by_status.entry(e.status).or_default() += 1);
    let parts: Vec<String> = by_status.into_iter().map(|(status, n)| format!("{n} {}", words(status).2)).collect();
    match parts.is_empty() {
        true => "no workloads\n".to_owned(),
        false => format!("{}: {}\n", count(entries.len(), "workload"), parts.join(", ")),
    }
}

/// A status: of one workload, its colour, and of several.
fn words(status: Status) -> (&'static str, Ink, &'static str) {
    match status {
        Status::Current => ("current", Ink::Green, "current"),
        Status::Unstamped => ("to be stamped", Ink::Yellow, "without a stamp"),
        Status::Stale => ("stale", Ink::Red, "stale"),
        Status::LeftOver => ("left over", Ink::Red, "left over"),
        Status::CannotVerify => ("cannot verify", Ink::Yellow, "not verifiable"),
        Status::OtherKey => ("other key", Ink::Yellow, "made with another key"),
        Status::NothingToHash => ("nothing to hash", Ink::Yellow, "with nothing to hash"),
        Status::NotSelected => ("not selected", Ink::Dim, "not selected"),
        Status::LeftAlone => ("left alone", Ink::Dim, "left alone"),
    }
}

struct Page<'p> {
    look: Look,
    digests: HashMap<&'p Name, &'p str>,
    made_by: HashMap<&'p Name, &'p [Maker]>,
    annotation: &'p str,
}

impl Page<'_> {
    /// A workload in one line: what becomes of it, and because of which configs.
    fn line(&self, entry: &Entry) -> String {
        let (word, ink, _) = words(entry.status);
        let names = |wanted: &dyn Fn(&Reference) -> bool| {
            let found = entry.references.iter().filter(|r| wanted(r)).map(|r| &r.config);
            found.collect::<BTreeSet<_>>()
        };
        let counting = names(&|r| r.selected && r.config_at.is_some());
        let many = counting.len() + entry.by_annotation.len();
        let counting: BTreeSet<&Name> = counting.into_iter().chain(entry.by_annotation.names().take(NAMED)).collect();
        let absent = names(&|r| r.selected && r.config_at.is_none());
        let list = |names: BTreeSet<&Name>, count: usize| {
            let names: Vec<String> = names.into_iter().take(NAMED).map(Name::to_string).collect();
            first_of(names.into_iter(), count, NAMED, ", ", more)
        };
        let reason = || entry.reason.split("; ").next().unwrap_or_default().to_owned();
        let mut parts = match entry.status {
            Status::LeftAlone | Status::NotSelected => vec![reason()],
            _ if counting.is_empty() => vec![],
            _ => vec![list(counting, many)],
        };
        let missing = absent.len();
        parts.extend((missing > 0).then(|| format!("not in this set: {}", list(absent, missing))));
        parts.extend((!entry.findings.is_empty()).then(|| count(entry.findings.len(), "finding")));
        let (name, namespace) = (entry.name.to_string(), format!("(namespace {})", entry.name.namespace));
        let (at, parts) = (entry.at.to_string(), parts.join("; "));
        let word = format!("{word}{}", if parts.is_empty() { "" } else { ":" });
        let parts = [
            Part::Whole(Some(Ink::Bold), &name),
            Part::Whole(None, &namespace),
            Part::Whole(None, &at),
            Part::Whole(Some(ink), &word),
            Part::Words(&parts),
        ];
        self.look.unbroken().fill("", 4, &parts)
    }

    fn entry(&self, entry: &Entry) -> String {
        let (word, ink, _) = words(entry.status);
        let mut out = self.header(&entry.name, Some(&entry.at));
        out += &self.look.labelled(2, ink, word, &entry.reason);
        for remark in &entry.remarks {
            out += &self.look.labelled(2, Ink::Yellow, "note", &remark.text);
        }
        for said in &entry.findings {
            out += &self.said(said, entry);
        }
        out += &self.lists(entry);
        for used in &entry.referred() {
            out.push('\n');
            out += &self.config(used, entry);
        }
        let referenced: HashSet<&Name> = entry.references.iter().map(|r| &r.config).collect();
        let (shown, left) = entry.by_annotation.shown();
        for listed in shown {
            out.push('\n');
            out += &self.config_line("+", Ink::Green, listed.config, Some(listed.config_at));
            let how = if referenced.contains(listed.config) {
                "selected by annotation"
            } else {
                "selected by annotation alone, nothing refers to it"
            };
            out += &self.look.labelled(4, Ink::Green, how, &because(listed.because, &entry.at));
        }
        if left > 0 {
            let words = format!("{} selected by annotation alone; --workload names all", more(left));
            out += &format!("\n{}", self.look.wrap("  + ", 4, &words));
        }
        out + &self.stamp(entry)
    }

    fn header(&self, name: &Name, at: Option<&At>) -> String {
        let heading = name.to_string();
        let namespace = format!("(namespace {})", name.namespace);
        let (ink, place) = place(at);
        let parts = [Part::Whole(Some(Ink::Bold), &heading), Part::Whole(None, &namespace), Part::Whole(ink, &place)];
        self.look.fill("", 2, &parts)
    }

    /// A finding, and what to do about it.
    fn said(&self, said: &Said, entry: &Entry) -> String {
        let ink = if said.severity == Severity::Info { Ink::Info } else { Ink::Yellow };
        let place = said.at.as_ref().map(|at| near(at, &entry.at)).unwrap_or_default();
        let remedy = said.remedy.as_ref().map(|remedy| format!("; {remedy}")).unwrap_or_default();
        let words = format!("{}{place}{remedy}", said.message);
        self.look.labelled(2, ink, said.severity.as_str(), &words)
    }

    /// Each entry of the lists, and what it names.
    fn lists(&self, entry: &Entry) -> String {
        let mut out = String::new();
        for list in entry.lists.chunk_by(|a, b| a.list == b.list) {
            let Some(first) = list.first() else { continue };
            out += &format!("\n  {}{}\n", clean(first.list.shown()), near(&first.at, &entry.at));
            let wide = list.iter().map(|e| clean(e.entry.shown()).chars().count()).max().unwrap_or_default().min(24);
            for entry in list {
                let text = clean(entry.entry.shown());
                let (configs, left) = entry.configs.shown();
                let names = configs.iter().map(Name::to_string);
                let named = first_of(names, configs.len() + left, configs.len(), ", ", more);
                let made = entry.made_by.as_ref().map(|producer| format!("{producer} makes it in the cluster"));
                let words = match entry.came_to {
                    "matched" => named,
                    "old-name" => format!("{named}, as it was called before a build"),
                    "elsewhere" => made.unwrap_or_else(|| "lives elsewhere, or does not count".to_owned()),
                    "bad-regex" => "no regular expression".to_owned(),
                    // One of Wave's may name another namespace.
                    _ if entry.entry.shown().contains('/') => format!("names no {} of the set", entry.kind),
                    _ => format!("names no {} of this namespace", entry.kind),
                };
                out += &self.look.wrap(&format!("    {text:wide$}  "), 6, &words);
            }
        }
        out
    }

    fn config_line(&self, mark: &str, ink: Ink, config: &Name, at: Option<&At>) -> String {
        let digest = self.digests.get(config);
        let digest = digest.map(|d| [SHA256, d.get(..SHORT).unwrap_or(d)].concat());
        let (place_ink, place) = place(at);
        let name = config.to_string();
        let parts = [
            Part::Whole(Some(ink), mark),
            Part::Whole(None, &name),
            Part::Whole(place_ink, &place),
            Part::Words(digest.as_deref().unwrap_or_default()),
        ];
        self.look.fill("  ", 4, &parts) + &self.makers(4, config)
    }

    /// What makes a config, if that is where its content comes from.
    fn makers(&self, indent: usize, config: &Name) -> String {
        let all = self.made_by.get(config).copied().unwrap_or_default();
        let one = |maker: &Maker| self.look.wrap(&" ".repeat(indent), indent + 2, &maker.words());
        all.iter().map(one).collect()
    }

    fn config(&self, used: &ConfigUse<'_>, entry: &Entry) -> String {
        let references = &used.references;
        let first = references[0];
        let counting = references.iter().find(|r| r.selected).copied();
        let (mark, ink) = match (counting.is_some() && entry.status != Status::LeftAlone, first.config_at.is_some()) {
            (_, false) => ("?", Ink::Yellow),
            (true, true) => ("+", Ink::Green),
            (false, true) => ("-", Ink::Dim),
        };
        let mut out = self.config_line(mark, ink, used.config, first.config_at.as_ref());
        if first.other_namespace {
            let text = format!("only one side names a namespace; it is the only {} of that name", used.config.kind);
            out += &self.look.labelled(4, Ink::Yellow, "note", &text);
        }
        let (word, ink) = match (counting.is_some(), entry.status) {
            (true, Status::LeftAlone) => ("selected, were it not left alone", Ink::Green),
            (true, _) => ("selected", Ink::Green),
            (false, _) => ("not selected", Ink::Dim),
        };
        out += &self.look.labelled(4, ink, word, &because(&counting.unwrap_or(first).because, &entry.at));
        let wide = |f: fn(&Reference) -> usize| references.iter().map(|r| f(r)).max().unwrap_or_default();
        let columns =
            [wide(|r| r.at.line.to_string().len()), wide(|r| r.place.len()), wide(|r| update(r.update).len())];
        for reference in references {
            out += &self.reference(reference, columns, counting.is_some() && !reference.selected);
        }
        if let Some(hint) = references.iter().find_map(|r| r.hint.as_deref()) {
            out += &self.look.labelled(4, Ink::Yellow, "hint", hint);
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
        let mut words = short_field(&reference.field).to_owned();
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

    fn stamp(&self, entry: &Entry) -> String {
        let lines = match (entry.stamp.current.as_ref().map(Text::shown), entry.stamp.due.as_deref()) {
            (None, None) => return String::new(),
            (Some(current), Some(due)) if current == due => self.look.wrap("    ", 6, current),
            (current, due) => {
                let [is, due] = [current, due].map(|stamp| clean(stamp.unwrap_or("none")));
                format!("    is  {is}\n    due {due}\n")
            }
        };
        format!("\n  stamp {}\n{lines}", clean(self.annotation))
    }

    fn why(&self, why: &Why) -> String {
        let mut out = self.header(&why.config, why.at.as_ref()) + &self.makers(2, &why.config);
        if why.rolls.is_empty() && why.does_not_roll.is_empty() {
            return out + "  nobody refers to it\n";
        }
        if why.generated_name {
            let text = "the name ends like a hash of a kustomize generator: with new content it gets a new name, and whoever refers to it rolls by that";
            out += &self.look.labelled(2, Ink::Yellow, "note", text);
        }
        let when = if why.at.is_some() { "a change of it rolls" } else { "when it appears it rolls" };
        let whom = if why.rolls.is_empty() { "nothing".to_owned() } else { count(why.rolls.len(), "workload") };
        out += &self.users(Ink::Green, "+", &format!("{when} {whom}"), &why.rolls);
        let title = match why.does_not_roll.len() {
            0 => return out,
            1 => "1 workload refers to it and does not roll".to_owned(),
            n => format!("{n} workloads refer to it and do not roll"),
        };
        out + &self.users(Ink::Dim, "-", &title, &why.does_not_roll)
    }

    fn users(&self, ink: Ink, mark: &str, title: &str, users: &[User]) -> String {
        let mut out = format!("\n  {title}\n");
        for user in users {
            let (name, at) = (user.workload.to_string(), user.at.to_string());
            let parts = [Part::Whole(Some(ink), mark), Part::Whole(None, &name), Part::Whole(None, &at)];
            out += &self.look.fill("  ", 4, &parts);
            out += &self.look.wrap("      ", 8, &user.why);
            if let Some(named) = &user.keys {
                out += &self.look.wrap("      ", 8, &format!("for these keys alone: {}", keys(named)));
            }
            for spot in &user.places {
                let field = clean(short_field(&spot.field));
                out += &format!("      line {}  {}  {field}\n", spot.at.line, update(spot.update));
            }
            for remark in &user.remarks {
                out += &self.look.labelled(6, Ink::Yellow, "note", &remark.text);
            }
        }
        out
    }
}

/// Where a config is.
fn place(at: Option<&At>) -> (Option<Ink>, String) {
    match at {
        Some(at) => (None, at.to_string()),
        None => (Some(Ink::Yellow), "not in this set".to_owned()),
    }
}

fn because(because: &Because, workload: &At) -> String {
    let place = |a: &Annotation| near(&a.at, workload);
    format!("{}{}", because.why, because.annotation.as_ref().map(place).unwrap_or_default())
}

/// A place as seen from a workload.
fn near(at: &At, workload: &At) -> String {
    match at.path == workload.path {
        true => format!(" (line {})", at.line),
        false => format!(" ({at})"),
    }
}

/// How a change reaches a running pod, in a word or two.
fn update(word: &str) -> &str {
    match word {
        "env" => "restart",
        "sub-path" => "restart (subPath)",
        "init" => "restart (init)",
        "mount" => "at mount",
        "pull" => "at pull",
        other => other,
    }
}

/// A field path from the pod spec on, without the end that the place already says.
fn short_field(field: &str) -> &str {
    let inner = field.rsplit_once("template.spec.").map(|(_, rest)| rest);
    let inner = inner.unwrap_or_else(|| field.strip_prefix("spec.").unwrap_or(field));
    inner.split_once(".valueFrom.").map_or(inner, |(inner, _)| inner)
}

//! A plan as text: what rolls and why, what does not, the configs that differ, and what is new and gone. What reads the
//! same but for its name is one paragraph.

use super::group::groups;
use super::words;
use crate::explain::name::Name;
use crate::output::Look;
use crate::output::terminal::{Ink, Part, count, first_of, keys};
use crate::plan::compare::Effect;
use crate::plan::guard::Guarded;
use crate::plan::users;
use crate::plan::{Cause, Change, ConfigChange, Place, Plan, What};
use crate::text::lines::At;

/// Names in a list; with `-v` all.
const NAMES: usize = 8;
/// From so many paragraphs on they stand under their namespaces.
const LONG: usize = 20;

pub(super) fn text(plan: &Plan, look: Look) -> String {
    let compared = words::compared(&plan.sets).map(|words| look.wrap("", 2, &words));
    let mut sections = vec![look.wrap("", 0, &words::summary(&plan.summary)) + &compared.unwrap_or_default()];
    if !plan.findings.is_empty() {
        sections.push(plan.findings.iter().map(|f| finding(f, look)).collect());
    }
    sections.extend(changes(&plan.rolls, look));
    sections.extend(changes(&plan.no_rollout, look));
    let mut section = |title: &str, lines: String| {
        if !lines.is_empty() {
            sections.push(format!("{}\n{lines}", look.paint(Ink::Bold, title)));
        }
    };
    section("Configs that differ", configs(&plan.configs, look));
    section(words::NEW_WORKLOADS, places(&plan.new_workloads, look, "+", Ink::Green));
    section(words::GONE_WORKLOADS, places(&plan.gone_workloads, look, "-", Ink::Dim));
    let unseen = plan.unseen.iter().map(|u| format!("{} ({})", u.config, count(u.users.len(), "workload")));
    if !plan.unseen.is_empty() {
        section(words::UNSEEN, look.wrap("  ", 2, &list(unseen, look)));
    }
    if !plan.notes.is_empty() {
        sections.push(plan.notes.iter().map(|n| look.labelled(0, Ink::Yellow, "note", &n.text)).collect());
    }
    sections.join("\n")
}

fn finding(finding: &Guarded, look: Look) -> String {
    let at = finding.at.iter().map(|at| format!("{at}:")).collect::<String>();
    let id = format!("[{}]", finding.id);
    let parts = [
        Part::Whole(None, &at),
        Part::Whole(Some(Ink::Error), "error:"),
        Part::Words(&finding.message),
        Part::Whole(None, &id),
    ];
    let remedy = finding.remedy.as_deref().map(|remedy| look.labelled(2, Ink::Dim, "help", remedy));
    look.fill("", 2, &parts) + &remedy.unwrap_or_default()
}

/// The first of some names, and how many others there are.
fn list(names: impl ExactSizeIterator<Item = String>, look: Look) -> String {
    list_of(names, 0, look)
}

/// The same of a list that lacks so many more.
fn list_of(names: impl ExactSizeIterator<Item = String>, more: usize, look: Look) -> String {
    let (most, all) = (if look.verbose { names.len() } else { NAMES }, names.len() + more);
    first_of(names, all, most, ", ", |n| count(n, "other"))
}

/// Parts, then namespace and place.
fn heading(look: Look, prefix: &str, [one, two]: [Part<'_>; 2], name: &Name, at: Option<&At>) -> String {
    let (home, at) = (format!("({})", name.home()), at.map(At::to_string).unwrap_or_default());
    let parts = [one, two, Part::Whole(None, &home), Part::Whole(None, &at)];
    look.fill(prefix, prefix.len() + 2, &parts)
}

/// A line of a list.
fn item(look: Look, mark: &str, ink: Ink, name: &Name, at: &At) -> String {
    let shown = name.to_string();
    let parts = [Part::Whole(Some(ink), mark), Part::Whole(None, &shown)];
    heading(look, "  ", parts, name, Some(at))
}

/// A line for several objects of a kind, and one that names them with their places.
fn items<'i>(look: Look, mark: &str, ink: Ink, all: &[(&'i Name, &'i At)]) -> String {
    let (name, several) = (all[0].0, words::kinds(all.len(), all[0].0));
    let parts = [Part::Whole(Some(ink), mark), Part::Whole(None, &several)];
    heading(look, "  ", parts, name, None) + &look.wrap("      ", 8, &named(look, all))
}

fn named<'i>(look: Look, all: &[(&'i Name, &'i At)]) -> String {
    list(all.iter().map(|(name, at)| format!("{} {at}", name.short())), look)
}

fn places(places: &[Place], look: Look, mark: &str, ink: Ink) -> String {
    let groups = groups(places, |place| format!("{:?}", place.name.scope()));
    let one = |group: &Vec<&Place>| match &group[..] {
        [place] => item(look, mark, ink, &place.name, &place.at),
        group => items(look, mark, ink, &group.iter().map(|p| (&p.name, &p.at)).collect::<Vec<_>>()),
    };
    groups.iter().map(one).collect()
}

/// Paragraphs; of many, those of a namespace stand under it.
fn changes(changes: &[Change], look: Look) -> Vec<String> {
    let mut groups =
        groups(changes, |change| format!("{:?} {:?}\n{}", change.name.scope(), change.effect, body(change, look)));
    let several = |groups: &[Vec<&Change>]| groups.iter().any(|g| g[0].name.home() != groups[0][0].name.home());
    if groups.len() < LONG || !several(&groups) {
        return groups.iter().map(|group| paragraph(group, look)).collect();
    }
    groups.sort_by_key(|group| (group[0].name.set.clone(), group[0].name.namespace.clone()));
    let homes = groups.chunk_by(|a, b| a[0].name.home() == b[0].name.home());
    let under = |of: &[Vec<&Change>]| {
        let all: usize = of.iter().map(Vec::len).sum();
        let title = format!("{}: {}", of[0][0].name.home(), count(all, "workload"));
        let paragraphs: Vec<String> = of.iter().map(|group| paragraph(group, look)).collect();
        format!("{}\n{}", look.paint(Ink::Bold, &title), paragraphs.join("\n"))
    };
    homes.map(under).collect()
}

fn paragraph(group: &[&Change], look: Look) -> String {
    let first = group[0];
    let ink = match first.effect {
        Effect::Rolls | Effect::Recreated => Ink::Green,
        Effect::Refused => Ink::Red,
        Effect::AtSync | Effect::None => Ink::Dim,
    };
    let several = group.len() > 1;
    let name = if several { words::kinds(group.len(), &first.name) } else { first.name.to_string() };
    let parts = [Part::Whole(Some(Ink::Bold), &name), Part::Whole(Some(ink), words::effect(first.effect, several))];
    let mut out = heading(look, "", parts, &first.name, Some(&first.at).filter(|_| !several));
    if several {
        let all: Vec<_> = group.iter().map(|c| (&c.name, &c.at)).collect();
        out += &look.wrap("  ", 4, &named(look, &all));
    }
    out + &body(first, look)
}

fn body(change: &Change, look: Look) -> String {
    let mut out: String = change.why.iter().map(|why| look.wrap("  ", 4, why)).collect();
    out.extend(words::stamp(change).map(|words| look.wrap("  ", 4, words)));
    out.extend(change.causes.iter().map(|it| cause(it, look)));
    if change.more_causes > 0 {
        out += &look.wrap("  ", 4, &format!("and {}", count(change.more_causes, "other config")));
    }
    if !change.fields.is_empty() {
        let alone = change.causes.is_empty() && change.stamp.is_none();
        let label = if alone { "differs" } else { "differs too" };
        out += &look.labelled(2, Ink::Yellow, label, &change.fields.join(", "));
    }
    out.extend(change.remarks.iter().map(|r| look.labelled(2, Ink::Yellow, "note", &r.text)));
    out
}

fn cause(cause: &Cause, look: Look) -> String {
    let words = words::cause(cause, keys, str::to_owned);
    look.labelled(2, Ink::Green, &cause.config.to_string(), &words)
}

fn configs(configs: &[ConfigChange], look: Look) -> String {
    let groups = groups(configs, |config| {
        format!("{:?} {:?}\n{}", config.name.scope(), config.change, config_body(config, look))
    });
    let one = |group: &Vec<&ConfigChange>| {
        let (mark, ink) = match group[0].change {
            What::New => ("+", Ink::Green),
            What::Gone => ("-", Ink::Dim),
            _ => ("~", Ink::Yellow),
        };
        let head = match &group[..] {
            [config] => item(look, mark, ink, &config.name, &config.at),
            group => items(look, mark, ink, &group.iter().map(|c| (&c.name, &c.at)).collect::<Vec<_>>()),
        };
        head + &config_body(group[0], look)
    };
    groups.iter().map(one).collect()
}

fn config_body(config: &ConfigChange, look: Look) -> String {
    let line = |words: &str| look.wrap("      ", 8, words);
    let mut out = line(&words::change(config.change, &config.keys, keys));
    out.extend(config.renamed_from.as_ref().map(|old| line(&format!("its name was {old}"))));
    let other: Vec<&Name> = config.makes_others().collect();
    if !other.is_empty() {
        out += &line(&format!("makes {}", list(other.into_iter().map(Name::to_string), look)));
    }
    if config.encrypted {
        out += &line(words::ENCRYPTED);
    }
    if config.needed {
        out += &look.labelled(6, Ink::Red, "needed", words::NEEDED);
    }
    if config.refused {
        out += &look.labelled(6, Ink::Red, "refused", words::REFUSED);
    }
    if !config.rolls.is_empty() {
        out += &line(&format!("rolls {}", list_of(config.rolls.iter().map(Name::to_string), config.more_rolls, look)));
    }
    if config.unconcerned {
        out += &line(words::UNCONCERNED);
    }
    if config.is_unused() {
        out += &line(&format!("rolls nothing: {}", words::UNUSED));
    }
    for group in groups(&config.does_not_roll, |user| format!("{:?}\n{}", user.workload.scope(), words::user(user))) {
        let (first, several) = (group[0], group.len() > 1);
        let who = if several { words::kinds(group.len(), &first.workload) } else { first.workload.to_string() };
        out += &match first.reason == users::ROLLS {
            true => line(&format!("{who}: {}", words::user(first))),
            false => look.labelled(6, Ink::Dim, &format!("does not roll {who}"), &words::user(first)),
        };
        if several {
            out += &look.wrap("        ", 8, &list(group.iter().map(|user| user.workload.short()), look));
        }
    }
    if config.more_do_not_roll > 0 {
        out += &line(&format!("does not roll {}", count(config.more_do_not_roll, "other workload")));
    }
    out
}

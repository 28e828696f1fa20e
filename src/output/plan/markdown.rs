//! A plan as a pull-request comment: tables of what rolls and of the changed configs, and a Mermaid picture.
//!
//! GitHub takes 65536 characters and draws 500 edges: the page grows row by row as far as it fits, and what does not fit is
//! counted.

use super::group::groups;
use super::words;
use crate::explain::name::Name;
use crate::output::mermaid::{Chart, Line, Shape};
use crate::output::terminal::{count, first_of, limited, more};
use crate::plan::compare::Effect;
use crate::plan::{Cause, Change, ConfigChange, Place, Plan};
use crate::text::clean::clean;
use crate::text::lines::At;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// What a comment may hold, with room for what others add to it.
const LONGEST: usize = 60_000;
/// What is kept free for the counts of what does not fit.
const RESERVE: usize = 4_000;
/// Rows of a table.
const ROWS: usize = 60;
/// Names in a cell.
const CELL: usize = 8;
/// Edges of the picture.
const EDGES: usize = 150;

pub(super) fn markdown(plan: &Plan) -> String {
    // Bots look for the first line to replace their comment.
    let head = format!("<!-- restamp plan -->\n### restamp plan: {}\n\n", words::summary(&plan.summary));
    let compared = words::compared(&plan.sets).map(|words| format!("{}\n\n", text(&words)));
    let notes = plan.notes.iter().map(|note| format!("> **Note**: {}\n\n", text(&note.text)));
    let (mut page, notes) = (Page { out: head + &compared.unwrap_or_default() }, notes.collect::<String>());
    page.findings(plan);
    page.changes("", &plan.rolls);
    page.changes("**The pod template differs, but no rollout follows**\n\n", &plan.no_rollout);
    let refused = plan.configs.iter().filter(|c| c.refused).map(|c| place(&c.name, &c.at));
    let why = ". An `immutable: true` config never changes; give the new content another name.";
    page.names("Apply will be refused", refused.collect(), why);
    page.configs(&plan.configs);
    let places = |places: &[Place]| places.iter().map(|p| place(&p.name, &p.at)).collect();
    page.names(words::NEW_WORKLOADS, places(&plan.new_workloads), "");
    page.names(words::GONE_WORKLOADS, places(&plan.gone_workloads), "");
    let users = |n: usize| count(n, "workload");
    let unseen =
        plan.unseen.iter().map(|u| format!("{} ({})", object(&u.config).replace("<br>", ", "), users(u.users.len())));
    page.names(words::UNSEEN, unseen.collect(), "");
    page.picture(&plan.rolls);
    page.out += &notes;
    page.out.truncate(page.out.trim_end().len());
    page.out + "\n"
}

/// A comment that grows.
struct Page {
    out: String,
}

impl Page {
    /// Adds some text if it fits.
    fn add(&mut self, text: &str) -> bool {
        let fits = self.out.len() + text.len() <= LONGEST - RESERVE;
        if fits {
            self.out.push_str(text);
        }
        fits
    }

    fn findings(&mut self, plan: &Plan) {
        let mut left = plan.findings.len();
        for finding in plan.findings.iter().take(ROWS) {
            let remedy = finding.remedy.iter().map(|remedy| format!(" ({})", text(remedy)));
            let line = format!("- **{}**: {}{}\n", finding.id, text(&finding.message), remedy.collect::<String>());
            left -= usize::from(self.add(&line));
        }
        self.rest(left, "");
        if !plan.findings.is_empty() {
            self.out.push('\n');
        }
    }

    /// Says how many of something did not fit.
    fn rest(&mut self, left: usize, of: &str) {
        if left > 0 {
            self.out += &format!("\n… and {left} more{of}\n");
        }
    }

    /// A sentence that lists objects, or counts them.
    fn names(&mut self, title: &str, names: Vec<String>, end: &str) {
        if names.is_empty() {
            return;
        }
        let all = names.len();
        let list = limited(names.into_iter(), ROWS, ", ", more);
        if !self.add(&format!("**{title}**: {list}{end}\n\n")) {
            self.out += &format!("**{title}**: {all}{end}\n\n");
        }
    }

    /// A table under its title, with those rows that fit. Gives how many of the items of each row are left.
    fn table(&mut self, title: &str, columns: &str, rows: impl ExactSizeIterator<Item = String>) -> Vec<bool> {
        let line = "---|".repeat(columns.matches('|').count() - 1);
        if rows.len() == 0 || !self.add(&format!("{title}{columns}\n|{line}\n")) {
            return vec![false; rows.len()];
        }
        rows.enumerate().map(|(i, row)| i < ROWS && self.add(&format!("| {row} |\n"))).collect()
    }

    /// Ends a table: what is left is counted, by namespace.
    fn end<'n>(&mut self, left: impl Iterator<Item = &'n Name>) {
        let mut homes: BTreeMap<String, usize> = BTreeMap::new();
        left.for_each(|name| *homes.entry(name.home()).or_default() += 1);
        let all = homes.values().sum();
        let parts = homes.iter().map(|(home, n)| format!("{n} in {}", text(home)));
        let mut of = format!(": {}", limited(parts, CELL, ", ", more));
        // Names of namespaces are as long as someone likes.
        if of.len() > RESERVE / 8 {
            of.clear();
        }
        self.rest(all, &of);
        self.out.push('\n');
    }

    fn changes(&mut self, title: &str, changes: &[Change]) {
        if changes.is_empty() {
            return;
        }
        let groups = groups(changes, |change| format!("{:?} {}", change.name.scope(), cells(change)));
        let rows = groups.iter().map(|group| {
            let all: Vec<_> = group.iter().map(|c| (&c.name, &c.at)).collect();
            format!("{} | {}", objects(&all), cells(group[0]))
        });
        let shown = self.table(title, "| Workload | Because of | Other differences | Note |", rows);
        let left = groups.iter().zip(shown).filter(|(_, shown)| !shown).flat_map(|(group, _)| group);
        self.end(left.map(|change| &change.name));
    }

    /// The configs that differ and do not roll all who use them.
    fn configs(&mut self, configs: &[ConfigChange]) {
        let configs: Vec<&ConfigChange> =
            configs.iter().filter(|c| c.is_silent() || c.leaves_out_some || c.needed).collect();
        if configs.is_empty() {
            return;
        }
        let groups = groups(&configs, |config| format!("{:?} {}", config.name.scope(), config_cells(config)));
        let rows = groups.iter().map(|group| {
            let all: Vec<_> = group.iter().map(|c| (&c.name, &c.at)).collect();
            format!("{} | {}", objects(&all), config_cells(group[0]))
        });
        let title = "**Configs that differ and do not roll all who use them**\n\n";
        let shown = self.table(title, "| Config | Change | Who does not roll, and why |", rows);
        let left = groups.iter().zip(shown).filter(|(_, shown)| !shown).flat_map(|(group, _)| group);
        self.end(left.map(|config| &config.name));
    }

    fn picture(&mut self, rolls: &[Change]) {
        let edges = || rolls.iter().flat_map(|c| c.causes.iter().map(move |cause| (&cause.config, &c.name)));
        let named = edges().count();
        let all = named + rolls.iter().map(|change| change.more_causes).sum::<usize>();
        let mut most = named.min(EDGES);
        while most > 0 {
            let mut chart = Chart::default();
            let drawn = edges().take(most);
            drawn.for_each(|(config, workload)| chart.edge(Shape::Config, config, workload, Line::Solid));
            let mut picture = format!("```mermaid\n{}```\n\n", chart.text());
            if all > most {
                picture += &format!("The picture shows {most} of {all} causes.\n\n");
            }
            if self.add(&picture) {
                return;
            }
            most /= 2;
        }
    }
}

/// The cells behind the first one.
fn cells(change: &Change) -> String {
    let stamp = words::stamp(change).map(str::to_owned);
    let causes: Vec<String> = stamp.into_iter().chain(change.causes.iter().map(cause)).collect();
    let all = causes.len() + change.more_causes;
    let causes = first_of(causes.into_iter(), all, CELL, "<br>", more);
    let mut notes: Vec<String> = change.remarks.iter().map(|r| text(&r.text)).collect();
    notes.extend(change.why.as_deref().map(text));
    notes.extend((change.effect == Effect::Recreated).then(|| words::effect(change.effect, false).to_owned()));
    format!("{causes} | {} | {}", codes(&change.fields), notes.join("<br>"))
}

fn cause(cause: &Cause) -> String {
    format!("{}: {}", code(&cause.config.to_string()), words::cause(cause, codes, text))
}

fn config_cells(config: &ConfigChange) -> String {
    let mut change = vec![words::change(config.change, &config.keys, codes)];
    change.extend(config.renamed_from.as_deref().map(|old| format!("its name was {}", code(old))));
    let other: Vec<&Name> = config.makes_others().collect();
    if !other.is_empty() {
        change.push(format!("makes {}", limited(other.into_iter().map(|n| code(&n.to_string())), CELL, ", ", more)));
    }
    change.extend(config.needed.then(|| words::NEEDED.to_owned()));
    change.extend(config.encrypted.then(|| words::ENCRYPTED.to_owned()));
    let users = groups(&config.does_not_roll, |user| format!("{:?} {}", user.workload.scope(), words::user(user)));
    let users = users.iter().map(|group| {
        let names = group.iter().map(|user| code(&user.workload.short()));
        let who = match &group[..] {
            [user] => code(&user.workload.to_string()),
            users => format!(
                "{} ({})",
                text(&words::kinds(users.len(), &users[0].workload)),
                limited(names, CELL, ", ", more)
            ),
        };
        format!("{who}: {}", text(&words::user(group[0])))
    });
    let rest = (config.more_do_not_roll > 0).then(|| count(config.more_do_not_roll, "other workload"));
    let users: Vec<String> = users.chain(rest).collect();
    let why =
        if config.is_unused() { words::UNUSED.to_owned() } else { limited(users.into_iter(), CELL, "<br>", more) };
    format!("{} | {why}", change.join("<br>"))
}

/// Names of keys or fields.
fn codes(names: &[String]) -> String {
    limited(names.iter().map(|name| code(name)), CELL, ", ", more)
}

/// An object with its place, or several of a kind with theirs.
fn objects(all: &[(&Name, &At)]) -> String {
    match all {
        [(name, at)] => format!("{}<br>{}", object(name), text(&at.to_string())),
        all => {
            let names = all.iter().map(|(name, at)| format!("{} {}", code(&name.short()), text(&at.to_string())));
            let names = limited(names, CELL, ", ", more);
            format!("{}<br>{}<br>{names}", text(&words::kinds(all.len(), all[0].0)), home(all[0].0))
        }
    }
}

/// An object in a sentence.
fn place(name: &Name, at: &At) -> String {
    format!("{} ({}, {})", code(&name.to_string()), home(name), text(&at.to_string()))
}

/// An object with its namespace.
fn object(name: &Name) -> String {
    format!("{}<br>{}", code(&name.to_string()), home(name))
}

/// Its namespace, behind its set if that has a name.
fn home(name: &Name) -> String {
    let set = name.set.label.iter().map(|label| format!("{}, ", text(label)));
    format!("{}{}", set.collect::<String>(), text(name.namespace.shown()))
}

/// A name as a code span that fits into a table.
fn code(name: &str) -> String {
    format!("`{}`", clean(name).replace('`', "'").replace('|', "\\|"))
}

/// Words that neither break the table nor mention anyone; our own code spans stay.
fn text(words: &str) -> String {
    let mut out = String::new();
    let mut in_code = false;
    for c in clean(words).chars() {
        match c {
            '`' => {
                in_code = !in_code;
                out.push(c);
            }
            '|' => out.push_str("\\|"),
            '&' | '<' | '>' | '@' | '[' | ']' | '*' | '_' | '~' | '#' | '\\' if !in_code => {
                let _ = write!(out, "&#{};", u32::from(c));
            }
            c => out.push(c),
        }
    }
    if in_code {
        out.push('`');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_names_stay_in_their_cells() {
        assert_eq!(code("a`b|c\n"), "`a'b\\|c `");
        assert_eq!(text("`a|<b>` <i> @you [x](y)|"), "`a\\|<b>` &#60;i&#62; &#64;you &#91;x&#93;(y)\\|");
        assert_eq!(text("`open"), "`open`");
    }
}

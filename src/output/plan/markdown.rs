//! A plan as a pull-request comment: a table of what rolls, the changed configs that roll nothing, and a Mermaid picture.
//!
//! Rows and edges are limited: GitHub takes 65536 characters and draws 500 edges.

use super::words;
use crate::explain::name::Name;
use crate::output::mermaid::{Chart, Line, Shape};
use crate::output::terminal::{limited, more};
use crate::plan::compare::Effect;
use crate::plan::{Cause, Change, ConfigChange, Plan};
use crate::text::clean::clean;
use std::fmt::Write as _;

/// What a comment may hold, with room for what others add to it.
const LONGEST: usize = 60_000;

/// How much is shown.
#[derive(Clone, Copy, Debug)]
struct Limits {
    /// Rows of a table.
    rows: usize,
    /// Names in a cell.
    cell: usize,
    /// Edges of the picture.
    edges: usize,
}

/// From the most to the least: the first that fits is taken.
const LIMITS: [Limits; 3] = [
    Limits { rows: 60, cell: 8, edges: 150 },
    Limits { rows: 30, cell: 4, edges: 60 },
    Limits { rows: 10, cell: 2, edges: 20 },
];

pub(super) fn markdown(plan: &Plan) -> String {
    let [more @ .., least] = LIMITS;
    let mut pages = more.iter().map(|limits| limits.page(plan));
    pages.find(|page| page.len() <= LONGEST).unwrap_or_else(|| least.page(plan))
}

impl Limits {
    fn page(self, plan: &Plan) -> String {
        // Bots look for the first line to replace their comment.
        let mut out = format!("<!-- restamp plan -->\n### restamp plan: {}\n\n", words::summary(&plan.summary));
        out += &self.changes("", &plan.rolls);
        out += &self.changes("**The pod template differs, but no rollout follows**\n\n", &plan.no_rollout);
        let refused = plan.configs.iter().filter(|c| c.refused).map(|c| &c.name);
        out += &self.names(
            "Apply will be refused",
            refused,
            self.cell,
            ". An `immutable: true` config never changes; give the new content another name.",
        );
        out += &self.unmoved(&plan.configs);
        for (title, places) in
            [(words::NEW_WORKLOADS, &plan.new_workloads), (words::GONE_WORKLOADS, &plan.gone_workloads)]
        {
            out += &self.names(title, places.iter().map(|p| &p.name), self.rows, "");
        }
        out += &self.picture(&plan.rolls);
        for note in &plan.notes {
            out += &format!("> **Note**: {}\n\n", text(&note.text));
        }
        out.truncate(out.trim_end().len());
        out + "\n"
    }

    /// A sentence that lists objects.
    fn names<'n>(self, title: &str, names: impl Iterator<Item = &'n Name>, most: usize, end: &str) -> String {
        let names: Vec<&Name> = names.collect();
        if names.is_empty() {
            return String::new();
        }
        let inline = |name: &&Name| format!("{} ({})", code(&name.to_string()), text(name.namespace.shown()));
        format!("**{title}**: {}{end}\n\n", limited(names.iter().map(inline), most, ", ", more))
    }

    /// A table under its title, with so many rows as fit; nothing if there are none.
    fn table<T>(self, title: &str, columns: &str, items: &[T], row: impl Fn(&T) -> String) -> String {
        if items.is_empty() {
            return String::new();
        }
        let line = "---|".repeat(columns.matches('|').count() - 1);
        let mut out = format!("{title}{columns}\n|{line}\n");
        for item in items.iter().take(self.rows) {
            out += &format!("| {} |\n", row(item));
        }
        if items.len() > self.rows {
            out += &format!("\n… and {} more\n", items.len() - self.rows);
        }
        out + "\n"
    }

    fn changes(self, title: &str, changes: &[Change]) -> String {
        self.table(title, "| Workload | Because of | Other differences | Note |", changes, |change| {
            let causes = limited(change.causes.iter().map(|c| self.cause(c)), self.cell, "<br>", more);
            let fields = self.codes(&change.fields);
            let mut notes: Vec<String> = change.remarks.iter().map(|r| text(&r.text)).collect();
            notes.extend(change.why.as_deref().map(text));
            notes.extend((change.effect == Effect::Recreated).then(|| words::effect(change.effect).to_owned()));
            format!("{} | {causes} | {fields} | {}", object(&change.name), notes.join("<br>"))
        })
    }

    fn cause(self, cause: &Cause) -> String {
        format!("{}: {}", code(&cause.config.to_string()), words::cause(cause, |keys| self.codes(keys), text))
    }

    /// Names of keys or fields.
    fn codes(self, names: &[String]) -> String {
        limited(names.iter().map(|name| code(name)), self.cell, ", ", more)
    }

    /// The configs that differ and roll nothing.
    fn unmoved(self, configs: &[ConfigChange]) -> String {
        let configs: Vec<&ConfigChange> = configs.iter().filter(|c| c.rolls.is_empty()).collect();
        self.table("**Configs that differ and roll nothing**\n\n", "| Config | Change | Why |", &configs, |config| {
            let change = words::change(config.change, &config.keys, |keys| self.codes(keys));
            let users = config.does_not_roll.iter();
            let users = users.map(|u| format!("{}: {}", code(&u.workload.to_string()), text(&u.why)));
            let why =
                if config.is_unused() { words::UNUSED.to_owned() } else { limited(users, self.cell, "<br>", more) };
            format!("{} | {change} | {why}", object(&config.name))
        })
    }

    fn picture(self, rolls: &[Change]) -> String {
        let edges = || rolls.iter().flat_map(|c| c.causes.iter().map(move |cause| (&cause.config, &c.name)));
        let all = edges().count();
        if all == 0 {
            return String::new();
        }
        let mut chart = Chart::default();
        let drawn = edges().take(self.edges);
        drawn.for_each(|(config, workload)| chart.edge(Shape::Config, config, workload, Line::Solid));
        let mut out = format!("```mermaid\n{}```\n\n", chart.text());
        if all > self.edges {
            out += &format!("The picture shows {} of {all} causes.\n\n", self.edges);
        }
        out
    }
}

/// An object with its namespace.
fn object(name: &Name) -> String {
    format!("{}<br>{}", code(&name.to_string()), text(name.namespace.shown()))
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

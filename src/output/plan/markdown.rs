//! A plan as a pull-request comment: a table of what rolls, the changed configs that roll nothing, and a Mermaid picture.
//!
//! Rows and edges are limited: GitHub takes 65536 characters and draws 500 edges.

use super::text::{effect, shown_keys, summary, what};
use crate::output::mermaid::{Chart, Line, Shape};
use crate::plan::compare::Effect;
use crate::plan::difference::Keys;
use crate::plan::{Cause, Change, ConfigChange, Place, Plan, What};
use crate::text::locate::{Name, clean};
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

pub(crate) fn markdown(plan: &Plan) -> String {
    let mut pages = LIMITS.iter().map(|&limits| page(plan, limits));
    let fits = pages.find(|page| page.len() <= LONGEST);
    fits.unwrap_or_else(|| page(plan, LIMITS[LIMITS.len() - 1]))
}

fn page(plan: &Plan, limits: Limits) -> String {
    // Bots look for the first line to replace their comment.
    let mut out = String::from("<!-- restamp plan -->\n");
    let _ = writeln!(out, "### restamp plan: {}\n", summary(&plan.summary));
    limits.changes(&mut out, &plan.rolls);
    if !plan.no_rollout.is_empty() {
        out.push_str("**The pod template differs, but no rollout follows**\n\n");
        limits.changes(&mut out, &plan.no_rollout);
    }
    limits.refused(&mut out, &plan.configs);
    limits.silent(&mut out, &plan.configs);
    for (title, list) in [("New workloads", &plan.new_workloads), ("Workloads that are gone", &plan.gone_workloads)] {
        if !list.is_empty() {
            let names: Vec<String> = list.iter().map(|Place { name, .. }| inline(name)).collect();
            let _ = writeln!(out, "**{title}**: {}\n", limited(&names, limits.rows));
        }
    }
    limits.picture(&mut out, &plan.rolls);
    for note in &plan.notes {
        let _ = writeln!(out, "> **Note**: {}\n", text(&note.text));
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

impl Limits {
    fn changes(self, out: &mut String, changes: &[Change]) {
        if changes.is_empty() {
            return;
        }
        let _ = writeln!(out, "| Workload | Because of | Other differences | Note |\n|---|---|---|---|");
        for change in changes.iter().take(self.rows) {
            let causes: Vec<String> = change.causes.iter().map(|c| self.cause(c)).collect();
            let fields: Vec<String> = change.fields.iter().map(|f| code(f)).collect();
            let mut notes: Vec<String> = change.remarks.iter().map(|r| text(&r.text)).collect();
            notes.extend(change.why.as_deref().map(text));
            if change.effect == Effect::Recreated {
                notes.push(effect(change.effect).to_owned());
            }
            let cells = [limited_by(&causes, self.cell, "<br>"), limited(&fields, self.cell), notes.join("<br>")];
            let _ = writeln!(out, "| {} | {} |", object(&change.name), cells.join(" | "));
        }
        self.more(out, changes.len());
    }

    fn more(self, out: &mut String, len: usize) {
        if len > self.rows {
            let _ = writeln!(out, "\n… and {} more", len - self.rows);
        }
        out.push('\n');
    }

    fn cause(self, cause: &Cause) -> String {
        let keys = self.keys(cause.change, &cause.keys);
        let words = match (cause.change, keys.is_empty()) {
            (What::Changed, false) => keys,
            (change, _) => {
                let why = cause.why.as_deref().map(|w| format!(" ({})", text(w))).unwrap_or_default();
                let rest = if keys.is_empty() { keys } else { format!("; {keys}") };
                format!("{}{why}{rest}", what(change))
            }
        };
        let by_name = if cause.by_name && !cause.by_stamp { " (by its generated name alone)" } else { "" };
        format!("{}: {words}{by_name}", code(&cause.config.to_string()))
    }

    fn keys(self, change: What, keys: &Keys) -> String {
        let parts = shown_keys(change, keys).into_iter().filter(|(_, k)| !k.is_empty()).map(|(word, names)| {
            let names: Vec<String> = names.iter().map(|n| code(n)).collect();
            format!("{word} {}", limited(&names, self.cell))
        });
        parts.collect::<Vec<_>>().join("; ")
    }

    fn refused(self, out: &mut String, configs: &[ConfigChange]) {
        let names: Vec<String> = configs.iter().filter(|c| c.refused).map(|c| inline(&c.name)).collect();
        if !names.is_empty() {
            let _ = writeln!(
                out,
                "**Apply will be refused**: {}. An `immutable: true` config never changes; give the new content another name.\n",
                limited(&names, self.cell)
            );
        }
    }

    fn silent(self, out: &mut String, configs: &[ConfigChange]) {
        let silent: Vec<&ConfigChange> = configs.iter().filter(|c| c.rolls.is_empty()).collect();
        if silent.is_empty() {
            return;
        }
        out.push_str("**Configs that differ and roll nothing**\n\n| Config | Change | Why |\n|---|---|---|\n");
        for config in silent.iter().take(self.rows) {
            let keys = self.keys(config.change, &config.keys);
            let change = if keys.is_empty() { what(config.change).to_owned() } else { keys };
            let why: Vec<String> = config
                .does_not_roll
                .iter()
                .map(|s| format!("{}: {}", code(&s.workload.to_string()), text(&s.why)))
                .collect();
            let why =
                if config.is_unused() { "nobody refers to it".to_owned() } else { limited_by(&why, self.cell, "<br>") };
            let _ = writeln!(out, "| {} | {change} | {why} |", object(&config.name));
        }
        self.more(out, silent.len());
    }

    fn picture(self, out: &mut String, rolls: &[Change]) {
        let edges: Vec<(&Name, &Name)> =
            rolls.iter().flat_map(|c| c.causes.iter().map(move |cause| (&cause.config, &c.name))).collect();
        if edges.is_empty() {
            return;
        }
        let mut chart = Chart::default();
        for (config, workload) in edges.iter().take(self.edges) {
            let (from, to) = (chart.node(Shape::Config, config), chart.node(Shape::Workload, workload));
            chart.edge(from, to, Line::Solid);
        }
        let _ = writeln!(out, "```mermaid\n{}```\n", chart.text());
        if edges.len() > self.edges {
            let _ = writeln!(out, "The picture shows {} of {} causes.\n", self.edges, edges.len());
        }
    }
}

/// An object with its namespace.
fn object(name: &Name) -> String {
    format!("{}<br>{}", code(&name.to_string()), text(&name.namespace))
}

/// The same within a sentence.
fn inline(name: &Name) -> String {
    format!("{} ({})", code(&name.to_string()), text(&name.namespace))
}

fn limited(items: &[String], most: usize) -> String {
    limited_by(items, most, ", ")
}

fn limited_by(items: &[String], most: usize, separator: &str) -> String {
    let shown = items[..items.len().min(most)].join(separator);
    match items.len().saturating_sub(most) {
        0 => shown,
        more => format!("{shown}{separator}and {more} more"),
    }
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
        assert_eq!(code("a`b|c\n"), "`a'b\\|c\\n`");
        assert_eq!(text("`a|<b>` <i> @you [x](y)|"), "`a\\|<b>` &#60;i&#62; &#64;you &#91;x&#93;(y)\\|");
        assert_eq!(text("`open"), "`open`");
        assert_eq!(limited(&["a", "b", "c"].map(String::from), 2), "a, b, and 1 more");
    }
}

//! What all Mermaid pictures share: nodes grouped by namespace, edges, and labels that cannot break out.
//!
//! Takes names, gives the text of a flowchart. Every character that could mean something to Mermaid, to HTML or to
//! Markdown is written as an entity code. What the layout needs to be readable with many workloads, with Mermaid 11 and 12,
//! is at [`HEAD`], [`SHARED`] and [`Chart::text`]; `tests/mermaid/render` draws pictures to look at.

use crate::explain::name::{Name, SetName};
use crate::text::clean::clean;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// How a name that is too long for a node is cut: so much of its front and of its end, where names differ.
const FRONT: usize = 24;
const END: usize = 15;

/// Closer than Mermaid's default, with room for the heading of a group, and lines that are not broken inside of names.
const HEAD: &str = r#"%%{init: {"flowchart": {"nodeSpacing": 25, "rankSpacing": 100, "wrappingWidth": 420, "subGraphTitleMargin": {"top": 4, "bottom": 12}}}}%%
flowchart LR
"#;

/// A config with so many users stands in a column of its own; its lines would cross its neighbours.
const SHARED: usize = 3;

/// How an edge is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Line {
    Solid,
    Dotted,
}

/// How a node is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Shape {
    Config,
    /// A config that is not in the set.
    Missing,
    /// Configs that are too many to be drawn.
    More,
    Workload,
}

/// A node and its number.
type Node<'n> = (&'n Shape, &'n Name, usize);

/// A flowchart from left to right. A node is added once however often it is named.
#[derive(Debug, Default)]
pub(crate) struct Chart {
    nodes: BTreeMap<(Shape, Name), usize>,
    edges: BTreeMap<(usize, usize), Line>,
}

impl Chart {
    /// The number of a node.
    fn node(&mut self, shape: Shape, name: &Name) -> usize {
        let next = self.nodes.len();
        *self.nodes.entry((shape, name.clone())).or_insert(next)
    }

    /// Draws an edge from a config to a workload, once; a solid one wins.
    pub(crate) fn edge(&mut self, shape: Shape, config: &Name, workload: &Name, line: Line) {
        self.join((shape, config), (Shape::Workload, workload), line);
    }

    /// Draws an edge from what makes a config to the config.
    pub(crate) fn makes(&mut self, maker: &Name, config: &Name) {
        self.join((Shape::Config, maker), (Shape::Config, config), Line::Solid);
    }

    /// Draws one edge for so many configs that have no node of their own.
    pub(crate) fn more(&mut self, configs: usize, workload: &Name, line: Line) {
        let words = format!("{configs} more").as_str().into();
        let name = Name { name: words, template: None, ..workload.clone() };
        self.join((Shape::More, &name), (Shape::Workload, workload), line);
    }

    fn join(&mut self, from: (Shape, &Name), to: (Shape, &Name), line: Line) {
        let (from, to) = (self.node(from.0, from.1), self.node(to.0, to.1));
        let edge = self.edges.entry((from, to)).or_insert(line);
        *edge = (*edge).min(line);
    }

    /// The text of the picture.
    pub(crate) fn text(&self) -> String {
        let mut out = String::from(HEAD);
        let mut groups: BTreeMap<(&SetName, &str), Vec<Node<'_>>> = BTreeMap::new();
        for ((shape, name), &id) in &self.nodes {
            groups.entry((&name.set, name.namespace.shown())).or_default().push((shape, name, id));
        }
        let several = groups.keys().any(|(set, _)| set.index > 0);
        // Mermaid draws the last group at the top.
        for (i, ((set, namespace), mut nodes)) in groups.into_iter().enumerate().rev() {
            let set = match &set.label {
                Some(name) => format!("{}, ", label(name)),
                None if several => format!("set {}, ", set.index + 1),
                None => String::new(),
            };
            // In the order in which they were added: that of the input.
            nodes.sort_by_key(|n| n.2);
            let _ = writeln!(out, "  subgraph ns{i}[\"{set}namespace {}\"]", label(namespace));
            // Without it a group that no line leaves is drawn from top to bottom, too wide to read.
            out.push_str("    direction LR\n");
            nodes.into_iter().for_each(|(shape, name, id)| node(&mut out, *shape, name, id));
            out.push_str("  end\n");
        }
        let is_shared = |from| self.edges.range((from, 0)..(from + 1, 0)).nth(SHARED - 1).is_some();
        for (&(from, to), line) in &self.edges {
            let arrow = match (line, is_shared(from)) {
                (Line::Solid, false) => "-->",
                (Line::Solid, true) => "--->",
                (Line::Dotted, false) => "-.->",
                (Line::Dotted, true) => "-..->",
            };
            let _ = writeln!(out, "  n{from} {arrow} n{to}");
        }
        if self.nodes.keys().any(|(shape, _)| *shape == Shape::Missing) {
            out.push_str("  classDef missing stroke-dasharray:4 4\n");
        }
        out
    }
}

fn node(out: &mut String, shape: Shape, name: &Name, id: usize) {
    let (kind, name) = (label(name.kind.shown()), label(name.called()));
    // Writing to a string cannot fail.
    let _ = match shape {
        Shape::Config => writeln!(out, "    n{id}([\"{kind}<br>{name}\"])"),
        Shape::Missing => writeln!(out, "    n{id}([\"{kind} #40;not in the set#41;<br>{name}\"]):::missing"),
        Shape::More => writeln!(out, "    n{id}([\"{name}\"])"),
        Shape::Workload => writeln!(out, "    n{id}[\"{kind}<br>{name}\"]"),
    };
}

/// A text inside of a quoted label.
fn label(text: &str) -> String {
    let text = clean(text);
    let len = text.chars().count();
    let mut out = String::new();
    for (i, c) in text.chars().enumerate() {
        if len > FRONT + END + 1 && (FRONT..len - END).contains(&i) {
            if i == FRONT {
                out.push_str("#8230;");
            }
            continue;
        }
        match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '/' | '.' | '-' | '_' | ' ' => out.push(c),
            // `#…;` is Mermaid's own entity: a decimal code point.
            c => {
                let _ = write!(out, "#{};", u32::from(c));
            }
        }
        // Mermaid looks for these two after it has read the entities: `$$` begins a formula, `\n` breaks the line.
        if matches!(c, '$' | '\\') {
            out.push_str("#8203;");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_cannot_break_out() {
        assert_eq!(label("a-b.c/d_e 1"), "a-b.c/d_e 1");
        assert_eq!(label("\"]\\\n<b>`é\u{202e}"), "#34;#93;#92;#8203; #60;b#62;#96;#233;#65533;");
        assert_eq!(label("#quot;"), "#35;quot#59;");
        assert_eq!(label("$$x$$").matches("#36;#8203;").count(), 4);
    }

    #[test]
    fn long_names_are_cut_in_the_middle() {
        let name = format!("{}{}{}", "a".repeat(24), "b".repeat(60), "c".repeat(15));
        let cut = format!("{}#8230;{}", "a".repeat(24), "c".repeat(15));
        assert_eq!(label(&name), cut);
        assert_eq!(label(&"x".repeat(40)), "x".repeat(40));
    }

    #[test]
    fn a_config_with_many_users_stands_apart() {
        let mut chart = Chart::default();
        let config = Name::new(0, "ConfigMap".into(), "a".into(), "x".into());
        for (name, line) in [("p", Line::Solid), ("q", Line::Solid), ("r", Line::Dotted)] {
            let workload = Name::new(0, "Job".into(), "a".into(), name.into());
            chart.edge(Shape::Config, &config, &workload, line);
        }
        let text = chart.text();
        let edges: Vec<&str> = text.lines().filter(|l| l.starts_with("  n")).collect();
        assert_eq!(edges, ["  n0 ---> n1", "  n0 ---> n2", "  n0 -..-> n3"]);
    }

    #[test]
    fn nodes_and_edges_are_drawn_once() {
        let mut chart = Chart::default();
        let config = Name::new(0, "Secret".into(), "b".into(), "x".into());
        let workload = Name::new(0, "Job".into(), "a".into(), "w".into());
        chart.edge(Shape::Missing, &config, &workload, Line::Dotted);
        chart.edge(Shape::Missing, &config, &workload, Line::Solid);
        insta::assert_snapshot!(chart.text(), @r#"
        %%{init: {"flowchart": {"nodeSpacing": 25, "rankSpacing": 100, "wrappingWidth": 420, "subGraphTitleMargin": {"top": 4, "bottom": 12}}}}%%
        flowchart LR
          subgraph ns1["namespace b"]
            direction LR
            n0(["Secret #40;not in the set#41;<br>x"]):::missing
          end
          subgraph ns0["namespace a"]
            direction LR
            n1["Job<br>w"]
          end
          n0 --> n1
          classDef missing stroke-dasharray:4 4
        "#);
    }
}

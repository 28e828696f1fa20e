//! What all Mermaid pictures share: nodes grouped by namespace, edges, and labels that cannot break out.
//!
//! Takes names, gives the text of a flowchart. Every character that could mean something to Mermaid, to HTML or to
//! Markdown is written as an entity code.

use crate::locate::Name;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The longest name that a node shows.
const LONGEST: usize = 60;

/// How an edge is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Line {
    Solid,
    Dotted,
}

/// How a node is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Shape {
    Config,
    /// A config that is not in the set.
    Missing,
    Workload,
}

/// A node and its number.
type Node<'n> = (&'n Shape, &'n Name, usize);

/// A flowchart from left to right. A node is added once however often it is named.
#[derive(Debug, Default)]
pub(super) struct Chart {
    nodes: BTreeMap<(Shape, Name), usize>,
    edges: BTreeMap<(usize, usize), Line>,
}

impl Chart {
    /// The number of a node.
    pub(super) fn node(&mut self, shape: Shape, name: &Name) -> usize {
        let next = self.nodes.len();
        *self.nodes.entry((shape, name.clone())).or_insert(next)
    }

    /// Draws an edge once; a solid one wins.
    pub(super) fn edge(&mut self, from: usize, to: usize, line: Line) {
        let edge = self.edges.entry((from, to)).or_insert(line);
        *edge = (*edge).min(line);
    }

    /// The text of the picture.
    pub(super) fn text(&self) -> String {
        let mut out = String::from("flowchart LR\n");
        let mut groups: BTreeMap<(usize, &str), Vec<Node<'_>>> = BTreeMap::new();
        for ((shape, name), &id) in &self.nodes {
            groups
                .entry((name.set, &name.namespace))
                .or_default()
                .push((shape, name, id));
        }
        let several = groups.keys().any(|(set, _)| *set > 0);
        for (i, ((set, namespace), mut nodes)) in groups.into_iter().enumerate() {
            let set = if several {
                format!("set {}, ", set + 1)
            } else {
                String::new()
            };
            // In the order in which they were added: that of the input.
            nodes.sort_by_key(|n| n.2);
            let _ = writeln!(
                out,
                "  subgraph ns{i}[\"{set}namespace {}\"]",
                label(namespace)
            );
            nodes
                .into_iter()
                .for_each(|(shape, name, id)| node(&mut out, *shape, name, id));
            out.push_str("  end\n");
        }
        for (&(from, to), line) in &self.edges {
            let arrow = if *line == Line::Solid { "-->" } else { "-.->" };
            let _ = writeln!(out, "  n{from} {arrow} n{to}");
        }
        if self.nodes.keys().any(|(shape, _)| *shape == Shape::Missing) {
            out.push_str("  classDef missing stroke-dasharray:4 4\n");
        }
        out
    }
}

fn node(out: &mut String, shape: Shape, name: &Name, id: usize) {
    let text = label(&name.to_string());
    // Writing to a string cannot fail.
    let _ = match shape {
        Shape::Config => writeln!(out, "    n{id}([\"{text}\"])"),
        Shape::Missing => writeln!(
            out,
            "    n{id}([\"{text} #40;not in the set#41;\"]):::missing"
        ),
        Shape::Workload => writeln!(out, "    n{id}[\"{text}\"]"),
    };
}

/// A text inside of a quoted label.
fn label(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars().take(LONGEST) {
        match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '/' | '.' | '-' | '_' | ' ' => out.push(c),
            // `#…;` is Mermaid's own entity: a decimal code point.
            c => {
                let _ = write!(out, "#{};", u32::from(c));
            }
        }
    }
    if text.chars().count() > LONGEST {
        out.push_str("#8230;");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_cannot_break_out() {
        assert_eq!(label("a-b.c/d_e 1"), "a-b.c/d_e 1");
        assert_eq!(label("\"]\n<b>`é"), "#34;#93;#10;#60;b#62;#96;#233;");
        assert_eq!(label("#quot;"), "#35;quot#59;");
        assert!(label(&"x".repeat(99)).ends_with("x#8230;"));
    }

    #[test]
    fn nodes_and_edges_are_drawn_once() {
        let mut chart = Chart::default();
        let config = Name::new(0, "Secret", "b", "x");
        let from = chart.node(Shape::Missing, &config);
        let to = chart.node(Shape::Workload, &Name::new(0, "Job", "a", "w"));
        chart.edge(from, to, Line::Dotted);
        chart.edge(chart.nodes[&(Shape::Missing, config)], to, Line::Solid);
        insta::assert_snapshot!(chart.text(), @r#"
        flowchart LR
          subgraph ns0["namespace a"]
            n1["Job/w"]
          end
          subgraph ns1["namespace b"]
            n0(["Secret/x #40;not in the set#41;"]):::missing
          end
          n0 --> n1
          classDef missing stroke-dasharray:4 4
        "#);
    }
}

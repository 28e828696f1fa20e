//! An explanation as a Mermaid flowchart: config → workload, solid if a change of the config rolls the workload, dotted if
//! the workload only refers to it. Workloads and configs without an edge are left out.

use crate::explain::explanation::Explanation;
use crate::output::mermaid::{Chart, Line, Shape};
use crate::text::locate::Name;
use std::collections::HashSet;

pub(crate) fn mermaid(explanation: &Explanation) -> String {
    let there: HashSet<&Name> = explanation.configs.iter().map(|c| &c.name).collect();
    // With --why only the configs in question are drawn.
    let asked: Option<HashSet<&Name>> = explanation.why.as_ref().map(|why| why.iter().map(|w| &w.config).collect());
    let mut chart = Chart::default();
    for entry in &explanation.workloads {
        for config in entry.configs().filter(|c| asked.as_ref().is_none_or(|a| a.contains(c))) {
            let shape = if there.contains(config) { Shape::Config } else { Shape::Missing };
            let from = chart.node(shape, config);
            let to = chart.node(Shape::Workload, &entry.name);
            chart.edge(from, to, if entry.rolls_for(config) { Line::Solid } else { Line::Dotted });
        }
    }
    chart.text()
}

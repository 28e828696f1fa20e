//! An explanation as a Mermaid flowchart: config → workload, solid if a change of the config rolls the workload, dotted if
//! the workload only refers to it. Workloads and configs without an edge are left out.

use crate::explain::explanation::Explanation;
use crate::explain::name::Name;
use crate::output::mermaid::{Chart, Line, Shape};
use std::collections::HashSet;

pub(super) fn mermaid(explanation: &Explanation) -> String {
    let there: HashSet<&Name> = explanation.configs.iter().map(|c| &c.name).collect();
    // With --why only the configs in question are drawn.
    let asked: Option<HashSet<&Name>> = explanation.why.as_ref().map(|why| why.iter().map(|w| &w.config).collect());
    let mut chart = Chart::default();
    for entry in &explanation.workloads {
        for used in entry.uses().iter().filter(|u| asked.as_ref().is_none_or(|a| a.contains(u.config))) {
            let shape = if there.contains(used.config) { Shape::Config } else { Shape::Missing };
            let line = if entry.rolls_for(used) { Line::Solid } else { Line::Dotted };
            chart.edge(shape, used.config, &entry.name, line);
        }
    }
    chart.text()
}

//! An explanation as a Mermaid flowchart: config → workload, solid if a change of the config rolls the workload, dotted if
//! the workload only refers to it; and what makes a config → config. Workloads and configs without an edge are left out.

use crate::explain::explanation::{Explanation, Maker, Status};
use crate::explain::name::Name;
use crate::output::mermaid::{Chart, Line, Shape};
use std::collections::{HashMap, HashSet};

pub(super) fn mermaid(explanation: &Explanation) -> String {
    let there: HashMap<&Name, &[Maker]> = explanation.configs.iter().map(|c| (&c.name, &c.made_by[..])).collect();
    // With --why only the configs in question are drawn.
    let asked: Option<HashSet<&Name>> = explanation.why.as_ref().map(|why| why.iter().map(|w| &w.config).collect());
    let mut chart = Chart::default();
    for entry in &explanation.workloads {
        let (mut shown, mut left) = (entry.by_annotation.shown().0.collect::<Vec<_>>(), entry.by_annotation.shown().1);
        if let Some(asked) = &asked {
            (shown, left) = (asked.iter().filter_map(|name| entry.by_annotation.find(name)).collect(), 0);
        }
        if left > 0 {
            chart.more(left, &entry.name, if entry.status == Status::LeftAlone { Line::Dotted } else { Line::Solid });
        }
        let is_asked = |config: &Name| asked.as_ref().is_none_or(|asked| asked.contains(config));
        for used in entry.uses(shown.into_iter()).iter().filter(|u| is_asked(u.config)) {
            let makers = there.get(used.config);
            let shape = if makers.is_some() { Shape::Config } else { Shape::Missing };
            let line = if entry.rolls_for(used) { Line::Solid } else { Line::Dotted };
            chart.edge(shape, used.config, &entry.name, line);
            makers.into_iter().copied().flatten().for_each(|maker| chart.makes(&maker.name, used.config));
        }
    }
    chart.text()
}

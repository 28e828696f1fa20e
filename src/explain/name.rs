//! Objects as explanations and plans name them.

use crate::decide::candidate::Config;
use crate::outcome::{Outcome, View};
use crate::text::clean::clean;
use crate::text::hidden::Text;
use serde::Serialize;
use std::collections::HashMap;
use std::fmt;

pub(crate) use crate::kube::trail::stem;

/// An object as reports name it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub(crate) struct Name {
    /// Index of its set: two clusters may hold objects of the same name.
    #[serde(skip)]
    pub(crate) set: usize,
    pub(crate) kind: Text,
    pub(crate) namespace: Text,
    /// Empty if the cluster makes it up (`generateName`).
    pub(crate) name: Text,
    /// Field path of the pod template, where the object has several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) template: Option<String>,
}

impl Name {
    pub(crate) fn new(set: usize, kind: Text, namespace: Text, name: Text) -> Self {
        Self { set, kind, namespace, name, template: None }
    }

    pub(crate) fn workload(set: usize, view: View<'_>) -> Self {
        let (workload, object) = (view.workload(), &view.workload().object);
        let template = workload.several.then(|| workload.template_path.clone());
        Self { template, ..Self::new(set, object.kind.clone(), view.namespace(), object.name.clone()) }
    }

    /// Its name, or what stands for one that the cluster makes up.
    pub(crate) fn called(&self) -> &str {
        match self.name.shown() {
            "" => "(generated)",
            name => name,
        }
    }

    pub(crate) fn config(set: usize, config: &Config) -> Self {
        Self::new(set, Text::known(config.kind.as_str()), config.namespace.clone(), config.name.clone())
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", clean(self.kind.shown()), clean(self.called()))?;
        self.template.iter().try_for_each(|path| write!(f, " ({})", clean(path)))
    }
}

/// The Rollouts of a set, by the workload that their workloadRef names.
pub(crate) struct Drivers<'o>(HashMap<(&'o str, &'o str, &'o str), &'o Text>);

impl<'o> Drivers<'o> {
    pub(crate) fn new(outcome: &'o Outcome) -> Self {
        let mut drivers = HashMap::new();
        for view in outcome.workloads() {
            let workload = view.workload();
            if let Some(target) = &workload.workload_ref {
                let driven = (target.kind.raw(), view.home(), target.name.raw());
                drivers.entry(driven).or_insert(&workload.object.name);
            }
        }
        Self(drivers)
    }

    /// The name of the first Rollout that runs the pods of a workload.
    pub(crate) fn of(&self, view: View<'o>) -> Option<&'o Text> {
        let object = &view.workload().object;
        self.0.get(&(object.kind.raw(), view.home(), object.name.raw())).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_paint_no_terminal() {
        let name = Name::new(0, "ConfigMap".into(), "shop".into(), "a\u{1b}[31m\nb\u{202e}c".into());
        assert_eq!(name.to_string(), "ConfigMap/a\u{241b}[31m b\u{fffd}c");
        assert_eq!(Name::new(0, "Job".into(), "x".into(), "".into()).to_string(), "Job/(generated)");
    }
}

//! Objects as explanations and plans name them.

use crate::decide::config::Config;
use crate::outcome::{Holder, Outcome, View};
use crate::text::clean::clean;
use crate::text::hidden::Text;
use foldhash::{HashMap, HashMapExt as _};
use serde::Serialize;
use std::fmt;
use std::sync::Arc;

/// A set as reports name it: two clusters may hold objects of the same name.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct SetName {
    pub(crate) index: usize,
    /// What people call it, if anything: `prod`.
    pub(crate) label: Option<Arc<str>>,
}

impl SetName {
    fn is_unnamed(&self) -> bool {
        self.label.is_none()
    }
}

impl From<usize> for SetName {
    fn from(index: usize) -> Self {
        Self { index, label: None }
    }
}

impl Serialize for SetName {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.label.as_deref().serialize(serializer)
    }
}

pub(crate) use crate::kube::trail::stem;

/// An object as reports name it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub(crate) struct Name {
    #[serde(skip_serializing_if = "SetName::is_unnamed")]
    pub(crate) set: SetName,
    pub(crate) kind: Text,
    pub(crate) namespace: Text,
    /// Empty if the cluster makes it up (`generateName`).
    pub(crate) name: Text,
    /// Field path of the pod template, where the object has several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) template: Option<String>,
}

impl Name {
    pub(crate) fn new(set: impl Into<SetName>, kind: Text, namespace: Text, name: Text) -> Self {
        Self { set: set.into(), kind, namespace, name, template: None }
    }

    pub(crate) fn workload(set: impl Into<SetName>, view: View<'_>) -> Self {
        let (workload, object) = (view.workload(), &view.workload().object);
        let template = workload.several.then(|| workload.template_path.to_string());
        Self { template, ..Self::new(set, object.kind().clone(), view.namespace(), object.name.clone()) }
    }

    /// Its name, or what stands for one that the cluster makes up.
    pub(crate) fn called(&self) -> &str {
        match self.name.shown() {
            "" => "(generated)",
            name => name,
        }
    }

    /// Its name without its kind.
    pub(crate) fn short(&self) -> String {
        let template = self.template.iter().map(|path| format!(" ({})", clean(path)));
        format!("{}{}", clean(self.called()), template.collect::<String>())
    }

    /// Its set, kind and namespace: what it shares with others of its kind.
    pub(crate) fn scope(&self) -> (&SetName, &Text, &Text) {
        (&self.set, &self.kind, &self.namespace)
    }

    /// Where it is: its namespace, behind its set if that has a name.
    pub(crate) fn home(&self) -> String {
        let set = self.set.label.iter().map(|label| format!("{}, ", clean(label)));
        format!("{}namespace {}", set.collect::<String>(), clean(self.namespace.shown()))
    }

    pub(crate) fn config(set: impl Into<SetName>, config: &Config) -> Self {
        Self::new(set, Text::known(config.kind.as_str()), config.namespace.clone(), config.name.clone())
    }

    pub(crate) fn holder(set: impl Into<SetName>, holder: &Holder<'_>) -> Self {
        Self::new(set, Text::known(holder.object.holder()), holder.namespace.clone(), holder.name().clone())
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", clean(self.kind.shown()), self.short())
    }
}

/// The Rollouts of a set, by the workload that their workloadRef names.
pub(crate) struct Drivers<'o>(HashMap<(&'o str, &'o str, &'o str), &'o Text>);

impl<'o> Drivers<'o> {
    pub(crate) fn new(outcome: &'o Outcome) -> Self {
        let mut drivers = HashMap::new();
        for view in outcome.workloads() {
            let workload = view.workload();
            if let Some(target) = workload.workload_ref() {
                let driven = (target.kind.raw(), view.home(), target.name.raw());
                drivers.entry(driven).or_insert(&workload.object.name);
            }
        }
        Self(drivers)
    }

    /// The name of the first Rollout that runs the pods of a workload.
    pub(crate) fn of(&self, view: View<'o>) -> Option<&'o Text> {
        let object = &view.workload().object;
        self.0.get(&(object.kind().raw(), view.home(), object.name.raw())).copied()
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

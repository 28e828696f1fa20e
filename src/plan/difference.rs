//! Two pod templates, or the keys of two configs → what differs, by name. Never a value.
//!
//! Takes the plain data and the keys of `facts`, gives field paths and key names.

use crate::facts::config::Config;
use crate::facts::digest::Value;
use crate::facts::recipe::Recipe;
use crate::text::hidden::Text;
use serde::Serialize;
use serde_json::Value as JsonValue;
use std::collections::{HashMap, HashSet};

/// The lists of a pod spec whose items are told apart by `name`.
const NAMED: [&str; 4] = ["containers", "initContainers", "ephemeralContainers", "volumes"];

/// The fields in which two pod templates differ: those of the pod spec (`containers[web].image`, `serviceAccountName`)
/// and of the metadata (`metadata.labels`, `metadata.annotations[key]`).
pub(crate) fn fields(old: &JsonValue, new: &JsonValue) -> Vec<String> {
    let mut out = Vec::new();
    // A field that is not there reads as null.
    let (was, is) = (&old["metadata"], &new["metadata"]);
    if was["labels"] != is["labels"] {
        out.push("metadata.labels".to_owned());
    }
    let annotations = differing(&was["annotations"], &is["annotations"]);
    out.extend(annotations.into_iter().map(|key| format!("metadata.annotations[{key}]")));
    let (was, is) = (&old["spec"], &new["spec"]);
    for key in differing(was, is) {
        match NAMED.contains(&key.as_str()) {
            true => named(&key, &was[&key], &is[&key], &mut out),
            false => out.push(key),
        }
    }
    out
}

/// The keys of two maps that differ, in the order of the new one, then what is gone.
fn differing(old: &JsonValue, new: &JsonValue) -> Vec<String> {
    let keys = |v: &'_ JsonValue| v.as_object().map(|map| map.keys().cloned().collect::<Vec<_>>()).unwrap_or_default();
    let changed = keys(new).into_iter().filter(|k| old.get(k) != new.get(k));
    changed.chain(keys(old).into_iter().filter(|k| new.get(k).is_none())).collect()
}

/// The differences of a list whose items have names.
fn named(list: &str, old: &JsonValue, new: &JsonValue, out: &mut Vec<String>) {
    let (Some((was, old)), Some((is, new))) = (names(old), names(new)) else {
        out.push(list.to_owned());
        return;
    };
    let before = out.len();
    for (name, item) in is {
        match old.get(name) {
            None => out.push(format!("{list}[{name}] (new)")),
            Some(&was) if was == item => {}
            // A volume is small: what is in it is its kind, and that says little.
            Some(_) if list == "volumes" => out.push(format!("{list}[{name}]")),
            Some(was) => out.extend(differing(was, item).into_iter().map(|f| format!("{list}[{name}].{f}"))),
        }
    }
    let gone = was.iter().filter(|(name, _)| !new.contains_key(name));
    out.extend(gone.map(|(name, _)| format!("{list}[{name}] (gone)")));
    if out.len() == before {
        out.push(format!("{list} (order)"));
    }
}

/// An item of a list, and its name.
type Item<'v> = (&'v str, &'v JsonValue);

/// The items of a list with their names, in their order and to be looked up; `None` if some has none, or two have the same.
fn names(list: &JsonValue) -> Option<(Vec<Item<'_>>, HashMap<&str, &JsonValue>)> {
    let items = list.as_array().into_iter().flatten().map(|item| Some((item.get("name")?.as_str()?, item)));
    let items: Vec<_> = items.collect::<Option<_>>()?;
    let by_name: HashMap<_, _> = items.iter().copied().collect();
    (by_name.len() == items.len()).then_some((items, by_name))
}

/// Puts another name into the place of a template that names a config. `path` counts from the pod spec on.
pub(crate) fn rename(template: &mut JsonValue, path: &str, name: &str) {
    let pointer = format!("/spec/{}", path.replace(['.', '['], "/").replace(']', ""));
    let Some(JsonValue::Object(map)) = template.pointer_mut(&pointer) else {
        return;
    };
    let key = if map.contains_key("secretName") { "secretName" } else { "name" };
    if let Some(value) = map.get_mut(key) {
        *value = name.into();
    }
}

/// Names of keys that differ between two contents.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize)]
pub(crate) struct Keys {
    pub(crate) added: Vec<String>,
    pub(crate) removed: Vec<String>,
    pub(crate) changed: Vec<String>,
}

impl Keys {
    pub(crate) fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.changed.is_empty()
    }

    /// Those of some keys alone.
    pub(crate) fn only(&self, seen: impl Fn(&str) -> bool) -> Self {
        let some = |keys: &[String]| keys.iter().filter(|k| seen(k)).cloned().collect();
        Self { added: some(&self.added), removed: some(&self.removed), changed: some(&self.changed) }
    }

    /// Whether one of them is among those that a reference takes; none are named if all are, or it is not known.
    pub(crate) fn touch(&self, taken: Option<&[Text]>) -> bool {
        let Some(taken) = taken.filter(|_| !self.is_empty()) else { return true };
        let mut all = self.added.iter().chain(&self.removed).chain(&self.changed);
        all.any(|key| taken.iter().any(|t| t.shown() == key))
    }
}

/// A key: its name, how that is shown, and what stands under it.
type Key<'k, V> = (&'k str, &'k str, V);

/// The keys in which two configs differ; one that is not there has none.
pub(crate) fn keys(old: Option<&Config>, new: Option<&Config>) -> Keys {
    fn all(config: Option<&Config>) -> Vec<Key<'_, Option<&Value<'_>>>> {
        config.into_iter().flat_map(|config| config.keys.iter()).collect()
    }
    between(all(old), all(new))
}

/// The same of two recipes, as far as they name keys.
pub(crate) fn made_keys(old: Option<&Recipe>, new: Option<&Recipe>) -> Keys {
    let [old, new] = [old, new].map(|recipe| recipe.and_then(Recipe::keys).unwrap_or_default());
    fn all<'k>(keys: &'k [(Text, Option<Box<Value<'static>>>)]) -> Vec<Key<'k, Option<&'k Value<'static>>>> {
        keys.iter().map(|(name, value)| (name.raw(), name.shown(), value.as_deref())).collect()
    }
    between(all(&old), all(&new))
}

fn between<V: PartialEq>(old: Vec<Key<'_, V>>, new: Vec<Key<'_, V>>) -> Keys {
    let mut out = Keys::default();
    let before: HashMap<_, _> = old.iter().map(|(name, _, value)| (*name, value)).collect();
    for (name, shown, value) in &new {
        match before.get(name) {
            None => out.added.push((*shown).to_owned()),
            Some(&was) if was != value => out.changed.push((*shown).to_owned()),
            Some(_) => {}
        }
    }
    let now: HashSet<_> = new.iter().map(|(name, ..)| *name).collect();
    out.removed.extend(old.iter().filter(|(name, ..)| !now.contains(name)).map(|(_, shown, _)| (*shown).to_owned()));
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn fields_are_named_down_to_the_container() {
        let old = json!({"metadata": {"labels": {"a": "1"}, "annotations": {"x": "1", "y": "1"}}, "spec": {
            "serviceAccountName": "a",
            "containers": [{"name": "web", "image": "a:1", "env": [1]}, {"name": "old"}],
            "initContainers": [{"name": "i"}, {"name": "j"}],
            "volumes": [{"name": "v", "emptyDir": {}}],
            "ephemeralContainers": [{}],
        }});
        let new = json!({"metadata": {"annotations": {"x": "2", "y": "1"}}, "spec": {
            "containers": [{"name": "web", "image": "a:2", "env": [1, 2], "tty": true}, {"name": "more"}],
            "initContainers": [{"name": "j"}, {"name": "i"}],
            "volumes": [{"name": "v", "configMap": {}}],
            "ephemeralContainers": [{"a": 1}],
        }});
        assert_eq!(
            fields(&old, &new),
            [
                "metadata.labels",
                "metadata.annotations[x]",
                "containers[web].image",
                "containers[web].env",
                "containers[web].tty",
                "containers[more] (new)",
                "containers[old] (gone)",
                "initContainers (order)",
                "volumes[v]",
                "ephemeralContainers",
                "serviceAccountName",
            ]
        );
        assert!(fields(&new, &new).is_empty());
    }

    #[test]
    fn a_name_is_put_where_the_path_says() {
        let mut template = json!({"spec": {"containers": [{"env": [{"valueFrom": {"secretKeyRef": {"name": "a"}}}]}], "volumes": [{"secret": {"secretName": "b"}}]}});
        rename(&mut template, "containers[0].env[0].valueFrom.secretKeyRef", "x");
        rename(&mut template, "volumes[0].secret", "y");
        rename(&mut template, "volumes[7].secret", "z");
        assert_eq!(
            template,
            json!({"spec": {"containers": [{"env": [{"valueFrom": {"secretKeyRef": {"name": "x"}}}]}], "volumes": [{"secret": {"secretName": "y"}}]}})
        );
    }
}

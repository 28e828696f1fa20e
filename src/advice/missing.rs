//! What selected workloads refer to and the set lacks: configs, and keys of configs. One finding each, with near misses.

use crate::decide::candidate::Index;
use crate::decide::stamp::{Decision, Use};
use crate::facts::Object;
use crate::facts::digest::ConfigKind;
use crate::finding::{Finding, Id, Severity};
use crate::settings::{Missing as Policy, Settings};
use crate::text::source::Location;
use std::collections::BTreeMap;

/// ConfigMaps that the cluster itself makes: kube-controller-manager, OpenShift's service CA operator, Istio.
const WELL_KNOWN: [&str; 3] = ["kube-root-ca.crt", "openshift-service-ca.crt", "istio-ca-root-cert"];

/// One place that refers to something missing.
struct Need {
    location: Location,
    field: String,
    workload: usize,
    optional: bool,
}

/// Collects what is missing over the workloads of a set.
pub(crate) struct Missing<'i> {
    index: &'i Index<'i>,
    settings: &'i Settings,
    configs: BTreeMap<(ConfigKind, String, String), Vec<Need>>,
    keys: BTreeMap<(usize, String), Vec<Need>>,
}

impl<'i> Missing<'i> {
    pub(crate) fn new(index: &'i Index<'i>, settings: &'i Settings) -> Self {
        Self { index, settings, configs: BTreeMap::new(), keys: BTreeMap::new() }
    }

    /// Takes what a selected workload lacks.
    pub(crate) fn add(&mut self, decision: &Decision) {
        if self.settings.missing == Policy::Ignore {
            return;
        }
        for used in decision.uses.iter().filter(|u| u.counted && u.selection.selected) {
            let need = |used: &Use| Need {
                location: Location { source: decision.location.source, range: used.reference.range.clone() },
                field: pod_spec_path(decision, &used.reference.path()),
                workload: decision.index,
                optional: used.reference.optional,
            };
            let (kind, name) = (used.reference.kind, used.reference.name.as_str());
            match used.config {
                None if is_external(self.settings, kind, name) => {}
                None => {
                    let key = (kind, decision.namespace.clone(), name.to_owned());
                    self.configs.entry(key).or_default().push(need(used));
                }
                Some(group) => {
                    for key in &used.missing_keys {
                        self.keys.entry((group, key.clone())).or_default().push(need(used));
                    }
                }
            }
        }
    }

    /// The findings: one per missing config, one per missing key.
    pub(crate) fn findings(&self) -> Vec<Finding> {
        let configs = self.configs.iter().map(|((kind, namespace, name), needs)| {
            let message = format!("{kind}/{name}: not in this set, used by {}", workloads(needs));
            let finding = self.finding(Id::MissingConfig, message, needs, "used here too");
            let maker = maker(self.index, self.settings, *kind, namespace, name);
            let absent = maker.is_none().then(|| (*kind, name.clone()));
            let near = maker.or_else(|| near_name(self.index, *kind, namespace, name));
            let finding = finding.remedy(near.unwrap_or_else(|| {
                "add it to the set, pass it with --config-from, or list it under `external` if it lives elsewhere"
                    .to_owned()
            }));
            Finding { absent, ..finding }
        });
        let keys = self.keys.iter().map(|((group, key), needs)| {
            let config = self.index.config(*group);
            let message =
                format!("{}/{} has no key \"{key}\", used by {}", config.kind, config.object.name, workloads(needs));
            let finding = self.finding(Id::MissingKey, message, needs, "used here too");
            let near = config.keys.iter().map(|k| &*k.name).find(|k| one_edit_apart(k, key));
            let mut finding = finding.remedy(match near {
                Some(near) => format!("did you mean \"{near}\"?"),
                None => "add the key, or mark the reference `optional: true`".to_owned(),
            });
            finding.related.insert(0, (config.object.location(), "the config".to_owned()));
            finding
        });
        configs.chain(keys).collect()
    }

    fn finding(&self, id: Id, message: String, needs: &[Need], label: &str) -> Finding {
        let required = needs.iter().any(|n| !n.optional);
        let severity = match self.settings.missing {
            _ if !required => Severity::Info,
            Policy::Error => Severity::Error,
            _ => Severity::Warning,
        };
        let mut finding = Finding::new(id, severity, message);
        // The first required place stands for all.
        let first = needs.iter().position(|n| !n.optional).unwrap_or_default();
        if let Some(need) = needs.get(first) {
            finding = finding.at(need.location.source, need.location.range.clone());
            finding.field = Some(need.field.clone());
            finding.resource = self.index.facts.workloads.get(need.workload).map(|w| w.object.resource_ref());
        }
        let others = needs.iter().enumerate().filter(|(i, _)| *i != first);
        finding.related = others.map(|(_, n)| (n.location.clone(), label.to_owned())).collect();
        finding
    }
}

/// Whether a config is known to live elsewhere, so that nobody misses it.
pub(crate) fn is_external(settings: &Settings, kind: ConfigKind, name: &str) -> bool {
    kind == ConfigKind::ConfigMap && WELL_KNOWN.contains(&name) || settings.external.iter().any(|p| p.matches(name))
}

/// What a name that the set lacks may have meant, or what will make it.
pub(crate) fn near_miss(
    index: &Index<'_>,
    settings: &Settings,
    kind: ConfigKind,
    namespace: &str,
    name: &str,
) -> Option<String> {
    maker(index, settings, kind, namespace, name).or_else(|| near_name(index, kind, namespace, name))
}

/// What in the set says where a config comes from that is not in it.
fn maker(index: &Index<'_>, settings: &Settings, kind: ConfigKind, namespace: &str, name: &str) -> Option<String> {
    let facts = index.facts;
    let mine = |o: &Object| o.namespace.as_deref().unwrap_or(&settings.namespace) == namespace;
    let made = facts.producers.iter().find(|p| {
        let by_sops = p.object.kind == kind.as_str();
        p.makes.iter().any(|m| m == name)
            && mine(&p.object)
            && (by_sops || kind == ConfigKind::Secret && !is_config(&p.object.kind))
    });
    if let Some(producer) = made {
        let object = &producer.object;
        return Some(match ConfigKind::from_kind(&object.kind) {
            Some(_) => {
                format!("{}/{} is encrypted by SOPS: only the cluster sees its content", object.kind, object.name)
            }
            None => format!(
                "{}/{} will make it in the cluster; list it under `external` to silence this",
                object.kind, object.name
            ),
        });
    }
    facts.local.iter().any(|o| o.kind == kind.as_str() && o.name == name && mine(o)).then(|| {
        "it is in the set, but marked `config.kubernetes.io/local-config`, which keeps it out of the cluster".to_owned()
    })
}

/// Where a name of the set is near one that it lacks.
fn near_name(index: &Index<'_>, kind: ConfigKind, namespace: &str, name: &str) -> Option<String> {
    let others: Vec<&str> = index.named(kind, name).iter().map(|&g| index.groups[g].namespace).collect();
    if !others.is_empty() {
        let there = others.join("`, `");
        return Some(format!(
            "it is there in namespace `{there}`, but the workload is in `{namespace}`; see --namespace"
        ));
    }
    let near = index.in_namespace(kind, namespace).iter().map(|&g| index.groups[g].name);
    if let Some(near) = near.filter(|n| one_edit_apart(n, name)).min() {
        return Some(format!("did you mean {kind}/{near}?"));
    }
    let other_kind = if kind == ConfigKind::Secret { ConfigKind::ConfigMap } else { ConfigKind::Secret };
    index.exact(other_kind, namespace, name).map(|_| format!("there is a {other_kind} of that name, but no {kind}"))
}

fn is_config(kind: &str) -> bool {
    ConfigKind::from_kind(kind).is_some()
}

/// The field path of a reference from the object on.
pub(crate) fn pod_spec_path(decision: &Decision, path: &str) -> String {
    let template = &decision.template_path;
    if template.is_empty() { format!("spec.{path}") } else { format!("{template}.spec.{path}") }
}

fn workloads(needs: &[Need]) -> String {
    let mut seen: Vec<usize> = needs.iter().map(|n| n.workload).collect();
    seen.sort_unstable();
    seen.dedup();
    if seen.len() == 1 { "1 workload".to_owned() } else { format!("{} workloads", seen.len()) }
}

/// Whether two names differ by one inserted, removed, replaced or swapped character.
fn one_edit_apart(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a == b || a.len().abs_diff(b.len()) > 1 {
        return false;
    }
    let same_start = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let same_end = a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y).count();
    let (short, long) = (a.len().min(b.len()), a.len().max(b.len()));
    if short != long {
        return same_start + same_end >= short;
    }
    let differ = long.saturating_sub(same_start + same_end);
    differ <= 1 || differ == 2 && a[same_start] == b[same_start + 1] && a[same_start + 1] == b[same_start]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_one_edit_apart() {
        for (a, b, near) in [
            ("config", "confg", true),
            ("config", "config", false),
            ("config", "konfig", true),
            ("config", "cofnig", true),
            ("config", "configs", true),
            ("config", "cnfgi", false),
            ("aa", "a", true),
            ("ab", "ba", true),
            ("abcd", "badc", false),
            ("", "a", true),
        ] {
            assert_eq!(one_edit_apart(a, b), near, "{a} {b}");
            assert_eq!(one_edit_apart(b, a), near, "{b} {a}");
        }
    }
}

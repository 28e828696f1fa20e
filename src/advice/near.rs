//! What a name that the set lacks may have meant, or what will make it.

use crate::decide::stamp::Decider;
use crate::facts::object::Object;
use crate::finding::Near;
use crate::kube::config_kind::ConfigKind;
use crate::text::hidden::Text;
use crate::text::near::one_edit_apart;

/// The best explanation of a name that a namespace lacks.
pub(super) fn near(decider: &Decider<'_>, kind: ConfigKind, namespace: &Text, name: &str) -> Option<Near> {
    let (configs, facts, settings) = (decider.configs, decider.configs.facts, decider.settings);
    let mine = |o: &Object| o.namespace_or(&settings.namespace) == namespace.raw();
    let is_kind = |o: &Object| o.kind.raw() == kind.as_str();
    let mut producers = facts.producers.iter();
    let made = producers.find(|p| {
        let fits = if p.encrypted { is_kind(&p.object) } else { kind.row().secret };
        fits && p.makes.iter().any(|m| m.raw() == name) && mine(&p.object)
    });
    if let Some(producer) = made {
        let about = producer.object.about();
        return Some(if producer.encrypted { Near::Encrypted { about } } else { Near::Producer { about } });
    }
    if facts.local.iter().any(|o| is_kind(o) && o.name.raw() == name && mine(o)) {
        return Some(Near::Local);
    }
    let others = configs.named(kind, name);
    if !others.is_empty() {
        let there = others.iter().map(|&id| configs.get(id).namespace.to_string()).collect();
        return Some(Near::OtherNamespaces { there, own: namespace.clone() });
    }
    let names = configs.in_namespace(kind, namespace.raw()).iter().map(|&id| &configs.get(id).name);
    if let Some(near) = names.filter(|n| one_edit_apart(n.raw(), name)).min() {
        return Some(Near::Name { kind, name: near.clone() });
    }
    let other = kind.others().find(|&other| configs.exact(other, namespace.raw(), name).is_some())?;
    Some(Near::OtherKind { kind, other })
}

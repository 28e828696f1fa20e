//! What a name that the set lacks may have meant, or what will make it.

use crate::decide::stamp::Decider;
use crate::facts::object::Object;
use crate::facts::producer::Producer;
use crate::finding::Near;
use crate::kube::config_kind::ConfigKind;
use crate::text::hidden::Text;
use crate::text::near::Similar;
use std::cell::RefCell;
use std::collections::HashMap;

/// How many namespaces a hint names.
const MOST: usize = 8;

/// What the set has that a name may have meant, each found without a look at all of it.
pub(super) struct Nearby<'d, 'f> {
    decider: &'d Decider<'f>,
    /// Name of a config → what makes it in the cluster.
    made: HashMap<&'f str, Vec<&'f Producer>>,
    /// Name of a config that stays out of the cluster → the objects.
    local: HashMap<&'f str, Vec<&'f Object>>,
    /// The names of a kind's configs in a namespace.
    similar: RefCell<HashMap<(ConfigKind, String), Similar>>,
}

impl<'d, 'f> Nearby<'d, 'f> {
    pub(super) fn new(decider: &'d Decider<'f>) -> Self {
        let facts = decider.configs.facts;
        let (mut made, mut local): (HashMap<_, Vec<_>>, HashMap<_, Vec<_>>) = Default::default();
        for producer in &facts.producers {
            producer.makes.iter().for_each(|name| made.entry(name.raw()).or_default().push(producer));
        }
        facts.local.iter().for_each(|object| local.entry(object.name.raw()).or_default().push(object));
        Self { decider, made, local, similar: RefCell::default() }
    }

    /// The best explanation of a name that a namespace lacks.
    pub(super) fn near(&self, kind: ConfigKind, namespace: &Text, name: &str) -> Option<Near> {
        let (configs, settings) = (self.decider.configs, self.decider.settings);
        let mine = |o: &Object| o.namespace_or(&settings.namespace) == namespace.raw();
        let is_kind = |o: &Object| o.kind.raw() == kind.as_str();
        let fits = |p: &&&Producer| if p.encrypted { is_kind(&p.object) } else { kind.row().secret };
        if let Some(producer) = self.made.get(name).and_then(|all| all.iter().filter(fits).find(|p| mine(&p.object))) {
            let about = producer.object.about();
            return Some(if producer.encrypted { Near::Encrypted { about } } else { Near::Producer { about } });
        }
        if self.local.get(name).is_some_and(|all| all.iter().any(|o| is_kind(o) && mine(o))) {
            return Some(Near::Local);
        }
        let others = configs.named(kind, name);
        if !others.is_empty() {
            let there = others.iter().map(|&id| configs.get(id).namespace.to_string());
            let (there, more) = (there.take(MOST).collect(), others.len().saturating_sub(MOST));
            return Some(Near::OtherNamespaces { there, more, own: namespace.clone() });
        }
        let mut similar = self.similar.borrow_mut();
        let names = similar.entry((kind, namespace.raw().to_owned())).or_insert_with(|| {
            let ids = configs.in_namespace(kind, namespace.raw()).iter();
            Similar::new(ids.map(|&id| &configs.get(id).name))
        });
        if let Some(near) = names.one_edit_from(name) {
            return Some(Near::Name { kind, name: near.clone() });
        }
        let other = kind.others().find(|&other| configs.exact(other, namespace.raw(), name).is_some())?;
        Some(Near::OtherKind { kind, other })
    }
}

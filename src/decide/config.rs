//! A config of the set: one object, or several that are or make the same one.
//!
//! Takes indices into the facts, gives the objects that hold its content. Looks nothing up by name.

use crate::facts::Facts;
use crate::facts::config::Config as ConfigObject;
use crate::kube::config_kind::ConfigKind;
use crate::text::hidden::Text;
use foldhash::{HashMap, HashMapExt as _};
use std::ops::Deref;
use std::slice;

/// A config of the set: all objects of one kind, namespace and name, and all that makes such a one. Each of them that is
/// there several times has one content, or nobody selected uses it.
#[derive(Clone, Debug)]
pub struct Config {
    pub kind: ConfigKind,
    /// Its namespace, with the default.
    pub namespace: Text,
    pub name: Text,
    pub(super) members: Members,
}

impl Deref for Config {
    type Target = Members;

    fn deref(&self) -> &Members {
        &self.members
    }
}

/// The objects of a config.
#[derive(Clone, Debug)]
pub struct Members {
    /// The first one: an index into the facts' configs.
    first: usize,
    /// Where there are several.
    several: Option<Box<Several>>,
}

/// Indices into the facts' configs.
#[derive(Clone, Debug, Default)]
struct Several {
    /// All objects, in input order.
    members: Vec<usize>,
    /// Those that are its parts.
    parts: Vec<usize>,
}

impl Members {
    /// The first of its parts.
    pub(crate) fn object<'f>(&self, facts: &'f Facts) -> &'f ConfigObject {
        self.parts(facts).next().expect("impossible: a config is one object at least")
    }

    /// What holds its content, in the order of a stamp: the object itself, then what makes it by kind and digest. Of one
    /// that is there several times the last one counts.
    pub(crate) fn parts<'f>(&self, facts: &'f Facts) -> impl Iterator<Item = &'f ConfigObject> {
        let parts = self.several.as_ref().map_or(slice::from_ref(&self.first), |several| &several.parts);
        parts.iter().map(|&i| &facts.configs[i])
    }

    /// One object: an index into the facts' configs.
    pub(super) fn of(first: usize) -> Self {
        Self { first, several: None }
    }

    /// The first one.
    pub(super) fn first(&self) -> usize {
        self.first
    }

    /// Takes one more object.
    pub(super) fn join(&mut self, i: usize) {
        let first = self.first;
        let several = self.several.get_or_insert_with(|| Box::new(Several { members: vec![first], parts: Vec::new() }));
        several.members.push(i);
    }

    /// Finds its parts, once all members are there.
    pub(super) fn settle(&mut self, facts: &Facts) {
        let Some(Several { members, parts }) = self.several.as_deref_mut() else { return };
        let mut places = HashMap::new();
        for &i in &*members {
            let place = *places.entry(facts.configs[i].made_by()).or_insert(parts.len());
            match parts.get_mut(place) {
                Some(earlier) => *earlier = i,
                None => parts.push(i),
            }
        }
        parts.sort_by_key(|&i| {
            let part = &facts.configs[i];
            (part.maker().is_some(), part.holder(), part.digest)
        });
    }

    /// Whether it lacks a key for sure.
    pub(crate) fn lacks(&self, facts: &Facts, key: &str) -> bool {
        self.parts(facts).all(|part| part.lacks(key))
    }

    /// Whether some of its objects are the same one.
    pub(crate) fn has_twins(&self) -> bool {
        self.several.as_ref().is_some_and(|several| several.members.len() > several.parts.len())
    }

    /// How many objects it is.
    pub(crate) fn len(&self) -> usize {
        self.members().len()
    }

    fn members(&self) -> &[usize] {
        self.several.as_ref().map_or(slice::from_ref(&self.first), |several| &several.members)
    }

    /// All of its objects, in input order.
    pub(crate) fn objects<'f>(&self, facts: &'f Facts) -> impl Iterator<Item = &'f ConfigObject> {
        self.members().iter().map(|&i| &facts.configs[i])
    }
}

//! Texts of one side that are read again: what a comparison asks of the few documents that differ is not kept of all.
//!
//! Takes the sources of a side, gives the part of them that holds an object, and what a second reading of that keeps: the
//! values of a config, the pod template of a workload. Says nothing of a value.

use crate::facts::config::Config;
use crate::facts::rolling::PlainTemplate;
use crate::facts::{self, Facts, Keep};
use crate::outcome::View;
use crate::settings::Settings;
use crate::text::many;
use crate::text::source::{Location, Source, SourceId};
use crate::yaml::{self, Part};
use std::collections::HashMap;
use std::ops::Deref;
use std::sync::{Arc, Mutex, OnceLock};

/// A larger part, a List perhaps, holds many objects, and is not read again for each.
const LARGE: usize = 1 << 14;

/// Two parts that are larger are read at the same time.
const HUGE: usize = 1 << 17;

/// What was read of parts, each by who asked first.
type Known = HashMap<(SourceId, usize), Arc<OnceLock<Arc<Facts>>>>;

/// The texts of a side.
pub(super) struct Again<'c> {
    sources: &'c [Source],
    settings: &'c Settings,
    parts: Vec<OnceLock<Vec<Part>>>,
    large: Mutex<Known>,
}

impl<'c> Again<'c> {
    pub(super) fn new(sources: &'c [Source], settings: &'c Settings) -> Self {
        let parts = sources.iter().map(|_| OnceLock::new()).collect();
        Self { sources, settings, parts, large: Mutex::default() }
    }

    /// Whether it pays to read a place beside another one.
    pub(super) fn is_huge(&self, at: &Location) -> bool {
        let range = &self.part(at).range;
        range.len() > HUGE && !many::lock(&self.large).contains_key(&(at.source, range.start))
    }

    /// The part of a source that is read as one and holds an object.
    fn part(&self, at: &Location) -> &Part {
        let parts = self.parts[at.source.0].get_or_init(|| yaml::chunks(&self.sources[at.source].text).all);
        let behind = parts.partition_point(|part| part.range.start <= at.range.start);
        &parts[behind.saturating_sub(1)]
    }

    /// The text of all that an object's own text may lean on.
    pub(super) fn text(&self, at: &Location) -> &'c str {
        &self.sources[at.source].text[self.part(at).range.clone()]
    }

    fn facts(&self, at: &Location) -> Arc<Facts> {
        let part = self.part(at);
        let text = &self.sources[at.source].text;
        let read = || Arc::new(facts::read_part(at.source, text, part, self.settings, Keep::All));
        if part.range.len() <= LARGE {
            return read();
        }
        let known = many::lock(&self.large).entry((at.source, part.range.start)).or_default().clone();
        known.get_or_init(read).clone()
    }

    /// The pod template of a workload.
    pub(super) fn template(&self, view: View<'_>) -> Option<PlainTemplate> {
        let (at, path) = (view.location(), view.template_path());
        let facts = self.facts(at);
        let found = facts.workloads.iter().find(|w| w.object.location == *at && w.template_path == path)?;
        found.rolling()?.template.clone()
    }

    /// A config with the values of its keys.
    pub(super) fn config(&self, config: &'c Config) -> Whole<'c> {
        if config.keys.have_values() {
            return Whole::Kept(config);
        }
        let facts = self.facts(&config.object.location);
        let same = |c: &Config| {
            c.object.location == config.object.location
                && (c.kind, c.name().raw()) == (config.kind, config.name().raw())
        };
        facts.configs.iter().position(same).map_or(Whole::Kept(config), |at| Whole::Again(facts, at))
    }
}

/// A config with what was kept of it, or read again.
pub(super) enum Whole<'c> {
    Kept(&'c Config),
    Again(Arc<Facts>, usize),
}

impl Deref for Whole<'_> {
    type Target = Config;

    fn deref(&self) -> &Config {
        match self {
            Self::Kept(config) => config,
            Self::Again(facts, at) => &facts.configs[*at],
        }
    }
}

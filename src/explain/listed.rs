//! What lists select, as explanations show it: shared by all workloads whose lists say the same, and cut where a report is
//! about a whole set.
//!
//! Takes what was decided and the places of configs, gives lists that are written with how many more there are.

use crate::decide::candidate::ConfigId;
use crate::decide::listed::ByAnnotation;
use crate::decide::select::Rule;
use crate::explain::explanation::Because;
use crate::explain::name::Name;
use crate::kube::config_kind::ConfigKind;
use crate::text::lines::At;
use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};
use std::collections::HashMap;
use std::sync::Arc;

/// So many configs of one list a report about a whole set names; one about the workloads that were asked for names all.
pub(crate) const MOST: usize = 100;

/// A config that an annotation selects without a counted reference.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Listed<'l> {
    pub(crate) config: &'l Name,
    pub(crate) config_at: &'l At,
    #[serde(flatten)]
    pub(crate) because: &'l Because,
}

/// What workloads share whose lists select the same.
#[derive(Debug)]
pub(crate) struct Shared {
    /// In input order.
    configs: Vec<Config>,
    /// The same by name.
    by_name: Vec<usize>,
    /// The types and rules that occur, each with the first such config.
    ways: Vec<ConfigId>,
}

#[derive(Debug)]
struct Config {
    id: ConfigId,
    name: Name,
    at: At,
    way: usize,
}

impl Shared {
    pub(crate) fn new(of: &ByAnnotation, config: impl Fn(ConfigId) -> (ConfigKind, Name, At)) -> Self {
        let (mut ways, mut known) = (Vec::new(), HashMap::<(ConfigKind, Rule), usize>::new());
        let configs: Vec<Config> = of
            .all()
            .map(|(id, rule)| {
                let (kind, name, at) = config(id);
                let way = *known.entry((kind, rule)).or_insert_with(|| {
                    ways.push(id);
                    ways.len() - 1
                });
                Config { id, name, at, way }
            })
            .collect();
        let mut by_name: Vec<usize> = (0..configs.len()).collect();
        by_name.sort_by(|a, b| configs[*a].name.cmp(&configs[*b].name));
        Self { configs, by_name, ways }
    }
}

/// The configs that annotations alone select for one workload.
#[derive(Clone, Debug)]
pub(crate) struct AllListed {
    shared: Arc<Shared>,
    /// What it leaves out, by the places in what is shared.
    without: Vec<usize>,
    /// Why, for each way that occurs.
    because: Vec<Because>,
    most: usize,
}

impl AllListed {
    pub(crate) fn new(of: &ByAnnotation, shared: Arc<Shared>, because: impl Fn(ConfigId) -> Because) -> Self {
        let place = |id: &ConfigId| shared.configs.binary_search_by_key(id, |config| config.id).ok();
        let without = of.without().iter().filter_map(place).collect();
        let because = shared.ways.iter().map(|id| because(*id)).collect();
        Self { shared, without, because, most: MOST }
    }

    fn is_in(&self, place: usize) -> bool {
        self.without.binary_search(&place).is_err()
    }

    fn listed(&self, place: usize) -> Listed<'_> {
        let Config { name, at, way, .. } = &self.shared.configs[place];
        Listed { config: name, config_at: at, because: &self.because[*way] }
    }

    /// All of them, in input order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Listed<'_>> {
        (0..self.shared.configs.len()).filter(|place| self.is_in(*place)).map(|place| self.listed(place))
    }

    /// Those that a report holds, and how many more there are.
    pub(crate) fn shown(&self) -> (impl Iterator<Item = Listed<'_>>, usize) {
        (self.iter().take(self.most), self.len().saturating_sub(self.most))
    }

    /// The names of all, in their order.
    pub(crate) fn names(&self) -> impl Iterator<Item = &Name> {
        let all = self.shared.by_name.iter().filter(|place| self.is_in(**place));
        all.map(|place| &self.shared.configs[*place].name)
    }

    pub(crate) fn find(&self, config: &Name) -> Option<Listed<'_>> {
        let by_name = &self.shared.by_name;
        let at = by_name.binary_search_by(|place| self.shared.configs[*place].name.cmp(config)).ok()?;
        Some(by_name[at]).filter(|place| self.is_in(*place)).map(|place| self.listed(place))
    }

    pub(crate) fn len(&self) -> usize {
        self.shared.configs.len() - self.without.len()
    }

    pub(crate) fn show_all(&mut self) {
        self.most = usize::MAX;
    }
}

impl Serialize for AllListed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (shown, more) = self.shown();
        cut(serializer, ["byAnnotation", "moreByAnnotation"], &shown.collect::<Vec<_>>(), more)
    }
}

/// The configs that an entry of a list names.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    all: Arc<[Name]>,
    most: usize,
}

impl Names {
    pub(crate) fn new(all: Arc<[Name]>) -> Self {
        Self { all, most: MOST }
    }

    /// Those that a report holds, and how many more there are.
    pub(crate) fn shown(&self) -> (&[Name], usize) {
        let (shown, more) = self.all.split_at(self.all.len().min(self.most));
        (shown, more.len())
    }

    pub(crate) fn show_all(&mut self) {
        self.most = usize::MAX;
    }
}

impl Serialize for Names {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (shown, more) = self.shown();
        cut(serializer, ["configs", "moreConfigs"], &shown, more)
    }
}

/// A field that holds a part of a list, and one that says how much is missing, if something is.
fn cut<S: Serializer>(
    serializer: S,
    [field, more_field]: [&str; 2],
    shown: &impl Serialize,
    more: usize,
) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(None)?;
    map.serialize_entry(field, shown)?;
    if more > 0 {
        map.serialize_entry(more_field, &more)?;
    }
    map.end()
}

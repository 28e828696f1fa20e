//! Selection: does a config count for a workload, and why. Reloader's rules (v1.4.21, `ShouldReload` in
//! `pkg/common/common.go` and its callers), then Wave's, then `select: all`.
//!
//! Takes annotations and what is known of a config, gives a [`Selection`] that carries its reason. Looks at nothing else.

use crate::decide::candidate::{ConfigId, Configs};
use crate::decide::go_regex::{Compiler, Regex};
use crate::kube::annotation::{self, Annotation, Annotations, Key, Names};
use crate::kube::config_kind::ConfigKind;
use crate::settings::Select;
use crate::text::budget::Budget;
use crate::text::many;
use crate::text::words::words;
use foldhash::{HashMap, HashSet};
use smol_str::SmolStr;
use std::cell::OnceCell;
use std::sync::{Arc, OnceLock};

words! {
    /// The rule that decided.
    #[derive(PartialOrd, Ord, Hash)]
    pub enum Rule {
        /// The config carries `ignore: "true"`, which beats everything.
        Ignored = "ignored",
        /// `configs:` of the settings leaves it out.
        Filtered = "filtered",
        /// The workload's exclude list names it.
        Excluded = "excluded",
        /// The workload's reload list names it.
        Listed = "listed",
        /// The workload searches, and the config is marked with `match`.
        Searched = "searched",
        /// `auto`, or the `auto` of its type.
        Auto = "auto",
        /// `select: all`.
        All = "all",
        /// Wave's `update-on-config-change`.
        Wave = "wave",
        /// Wave's list of further configs.
        WaveExtra = "wave-extra",
        /// `select: all`, but the workload's `auto` is there and not true.
        OptedOut = "opted-out",
        /// Nothing on the workload asks for it.
        NotAnnotated = "not-annotated",
    }
}

/// Whether a config counts for a workload, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    pub selected: bool,
    pub rule: Rule,
    /// The annotation that the rule read, if there is one.
    pub cited: Option<Arc<Annotation>>,
    /// Place of the entry in the list that names it. What a list names counts with all of its keys.
    pub entry: Option<u32>,
}

/// A config as one workload sees it: what selection asks of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Candidate<'a> {
    /// `None` if it is not in the set.
    pub(crate) id: Option<ConfigId>,
    /// Its namespace.
    pub(crate) namespace: &'a str,
    /// Its names: the current one first.
    pub(crate) names: &'a [&'a str],
    /// Its annotations; `None` if it is not in the set.
    pub(crate) annotations: &'a [&'a Annotations],
    /// `configs:` of the settings lets it count.
    pub(crate) admitted: bool,
    /// A counted reference of the workload leads to it.
    pub(crate) referenced: bool,
    /// A list of the workload may reach it: it is in the workload's own namespace, or referenced.
    pub(crate) in_reach: bool,
}

/// One entry of a reload list.
#[derive(Clone, Debug)]
pub(crate) struct Entry<'a> {
    pub(crate) text: &'a str,
    means: Means<'a>,
}

#[derive(Clone, Debug)]
enum Means<'a> {
    /// The entry has no special character, or is read as an old name: this one alone.
    Name(&'a str),
    /// All entries of a list that read the same have one.
    Pattern(Arc<Pattern>),
}

#[derive(Debug)]
struct Pattern {
    /// Or why it is none.
    regex: Result<Regex, String>,
    /// What it names in the namespace of the workload, once that has been asked.
    named: OnceLock<Arc<[ConfigId]>>,
}

/// So many patterns of a list are compiled by one thread.
const PART: usize = 1024;

impl<'a> Entry<'a> {
    /// All of a list.
    fn all(texts: impl Iterator<Item = &'a str>) -> Vec<Self> {
        // Of those that read the same the first one is compiled; many are by all cores.
        let (mut known, mut all, mut patterns) = (HashMap::default(), Vec::new(), Vec::new());
        for text in texts {
            let is_name = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
            let mut new = || {
                patterns.push(text);
                patterns.len() - 1
            };
            let pattern = (!is_name).then(|| *known.entry(text).or_insert_with(&mut new));
            all.push((text, pattern));
        }
        let parts: Vec<&[&str]> = patterns.chunks(PART).collect();
        let compiled = many::each(&parts, 2, |part| {
            let mut compiler = Compiler::default();
            let pattern = |text: &&str| Arc::new(Pattern { regex: compiler.regex(text), named: OnceLock::new() });
            part.iter().map(pattern).collect::<Vec<_>>()
        });
        let means = |(text, pattern): (&'a str, Option<usize>)| match pattern {
            Some(at) => Self { text, means: Means::Pattern(compiled[at / PART][at % PART].clone()) },
            None => Self { text, means: Means::Name(text) },
        };
        all.into_iter().map(means).collect()
    }

    fn pattern(&self) -> Option<&Pattern> {
        if let Means::Pattern(pattern) = &self.means { Some(pattern) } else { None }
    }

    /// Why it is no usable regular expression.
    pub(crate) fn error(&self) -> Option<&str> {
        self.pattern()?.regex.as_ref().err().map(String::as_str)
    }

    pub(crate) fn matches(&self, name: &str, budget: &Budget) -> bool {
        match &self.means {
            Means::Name(only) => *only == name,
            Means::Pattern(pattern) => pattern.regex.as_ref().is_ok_and(|regex| regex.is_match(name, budget)),
        }
    }

    /// Whether it names some config of the namespace of the workload by any of its names, where that has been found out.
    pub(crate) fn is_known_to_name(&self, config: Option<ConfigId>, budget: &Budget) -> Option<bool> {
        let (named, config) = (self.pattern()?.named.get()?, config?);
        Some(budget.spend(1) && named.binary_search(&config).is_ok())
    }

    /// The only name that it matches, if it is no pattern.
    pub(crate) fn only(&self) -> Option<&'a str> {
        if let Means::Name(only) = self.means { Some(only) } else { None }
    }

    /// The configs of the set that it names in the namespace of the workload.
    pub(crate) fn named(&self, kind: ConfigKind, home: &str, configs: &Configs<'_>) -> Arc<[ConfigId]> {
        match &self.means {
            Means::Name(name) => configs.called(kind, home, name),
            Means::Pattern(pattern) => pattern.named.get_or_init(|| configs.matching(kind, home, self)).clone(),
        }
    }

    /// What every name that it matches begins and ends with: in a large set nearly none does.
    pub(crate) fn ends(&self) -> [SmolStr; 2] {
        match &self.means {
            Means::Name(only) => [(*only).into(), (*only).into()],
            Means::Pattern(pattern) => pattern.regex.as_ref().map(Regex::ends).unwrap_or_default(),
        }
    }

    /// The same pattern, for a search anywhere in a name; `None` if it is none.
    pub(crate) fn anywhere(&self) -> Option<Regex> {
        Regex::anywhere(self.text).ok()
    }
}

/// Which list an entry stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum List {
    Reload,
    Exclude,
    /// Wave's, whose configs are optional.
    Extra,
}

/// One entry of one of the lists of a workload.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Item<'r, 'a> {
    pub(crate) of: List,
    /// The annotation that holds the list.
    pub(crate) annotation: &'a Arc<Annotation>,
    /// Of a Wave list; else it means the workload's own.
    pub(crate) namespace: Option<&'a str>,
    /// The name that it means, as it stands there.
    pub(crate) name: &'a str,
    /// As a whole.
    pub(crate) text: &'a str,
    /// Where it is a pattern.
    pub(crate) pattern: Option<&'r Entry<'a>>,
}

impl<'a> Item<'_, 'a> {
    /// The only name that it means, if it is no pattern.
    pub(crate) fn only(&self) -> Option<&'a str> {
        self.pattern.map_or(Some(self.name), Entry::only)
    }

    /// Whether it names a config.
    pub(crate) fn matches(&self, name: &str, budget: &Budget) -> bool {
        self.pattern.map_or(self.name == name, |entry| entry.matches(name, budget))
    }
}

/// An entry of a Wave list: `name` or `namespace/name`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Extra<'a> {
    pub(crate) namespace: Option<&'a str>,
    pub(crate) name: &'a str,
    pub(crate) text: &'a str,
}

impl<'a> Extra<'a> {
    fn new(text: &'a str) -> Self {
        match text.split_once('/') {
            Some((namespace, name)) => Self { namespace: Some(namespace), name, text },
            None => Self { namespace: None, name: text, text },
        }
    }
}

/// The entries of lists by what they are.
#[derive(Clone, Debug, Default)]
struct Index<'a> {
    /// Name → the first entry of the reload list that is this name alone.
    names: HashMap<&'a str, usize>,
    /// The places of the others.
    patterns: Vec<usize>,
    excluded: HashSet<&'a str>,
    /// Namespace and name → the first entry of Wave's list that is this one.
    extras: HashMap<(&'a str, &'a str), usize>,
}

/// What the lists of a workload say about the configs of one type, and what stands in for entries of them.
pub(crate) type Said<'r, 'a> = ([Option<&'a str>; 3], &'r [(usize, &'a str)]);

/// What the annotations of one workload say about the configs of one type, read once.
#[derive(Clone, Debug)]
pub(crate) struct Rules<'a> {
    pub(crate) kind: ConfigKind,
    select: Select,
    home: &'a str,
    auto: Option<&'a Arc<Annotation>>,
    typed_auto: Option<&'a Arc<Annotation>>,
    pub(crate) search: Option<&'a Arc<Annotation>>,
    /// The annotation that holds the reload list.
    pub(crate) list: Option<&'a Arc<Annotation>>,
    pub(crate) entries: Vec<Entry<'a>>,
    /// The same, made when it is asked for.
    index: OnceCell<Box<Index<'a>>>,
    /// The annotation that holds the exclude list.
    pub(crate) exclude: Option<&'a Arc<Annotation>>,
    pub(crate) excluded: Vec<&'a str>,
    wave: Option<&'a Arc<Annotation>>,
    /// The annotation that holds Wave's list.
    pub(crate) extra: Option<&'a Arc<Annotation>>,
    pub(crate) extras: Vec<Extra<'a>>,
    /// Entries that stand for another config, by their place among all.
    stands_in: Vec<(usize, &'a str)>,
    ignore_key: &'a str,
    match_key: &'a str,
    budget: &'a Budget,
}

impl<'a> Rules<'a> {
    /// `workload` are the annotations of the object, `template` those of its pod template, `home` its namespace.
    pub(crate) fn new(
        kind: ConfigKind,
        workload: &'a Annotations,
        template: &'a Annotations,
        home: &'a str,
        names: &'a Names,
        select: Select,
        budget: &'a Budget,
    ) -> Self {
        let of = |annotations: &'a Annotations, key: Key| annotations.find(names.get(key));
        // The template is read only if the workload has none of the four, whatever their values; decided per type.
        let four = [Key::Reload(kind), Key::Auto, Key::AutoOf(kind), Key::Search];
        let read = if four.iter().any(|&key| of(workload, key).is_some()) { workload } else { template };
        let list = of(read, Key::Reload(kind));
        let exclude = of(workload, Key::Exclude(kind));
        let wave = workload.find(annotation::WAVE_UPDATE).filter(|a| a.value.raw() == "true");
        // Without Wave's opt-in its lists mean nothing.
        let extra = wave.and(annotation::wave_list(kind)).and_then(|key| workload.find(key));
        let entries = |a: Option<&'a Arc<Annotation>>| a.into_iter().flat_map(|a| annotation::entries(a.value.raw()));
        Self {
            kind,
            select,
            home,
            auto: of(read, Key::Auto),
            typed_auto: of(read, Key::AutoOf(kind)),
            search: of(read, Key::Search).filter(|a| a.value.raw() == "true"),
            list,
            entries: Entry::all(entries(list)),
            index: OnceCell::new(),
            exclude,
            excluded: entries(exclude).collect(),
            wave,
            extra,
            extras: entries(extra).map(Extra::new).collect(),
            stands_in: Vec::new(),
            ignore_key: names.get(Key::Ignore),
            match_key: names.get(Key::Match),
            budget,
        }
    }

    /// The first annotation that asks for configs which the workload refers to.
    pub(crate) fn asks(&self) -> Option<&'a Arc<Annotation>> {
        self.is_auto().or(self.search).or(self.wave)
    }

    /// The annotations that ask for all references, whatever their value.
    fn flags(&self) -> impl Iterator<Item = &'a Arc<Annotation>> {
        [self.auto, self.typed_auto].into_iter().flatten()
    }

    fn is_auto(&self) -> Option<&'a Arc<Annotation>> {
        self.flags().find(|a| annotation::is_true(a.value.raw()))
    }

    fn no(&self, rule: Rule, cited: Option<&Arc<Annotation>>) -> Selection {
        self.selection(false, rule, cited, None)
    }

    /// Selected by a rule that names no config; Wave's list may name it all the same.
    fn yes(&self, rule: Rule, cited: Option<&Arc<Annotation>>, candidate: &Candidate<'_>) -> Selection {
        self.selection(true, rule, cited, self.extra_entry(candidate))
    }

    fn selection(&self, selected: bool, rule: Rule, cited: Option<&Arc<Annotation>>, entry: Option<u32>) -> Selection {
        Selection { selected, rule, cited: cited.cloned(), entry }
    }

    /// The first entry of the reload list that names a config.
    pub(crate) fn listed(&self, candidate: &Candidate<'_>) -> Option<u32> {
        if !candidate.in_reach || self.entries.is_empty() {
            return None;
        }
        let index = self.index();
        let named = candidate.names.iter().filter_map(|name| index.names.get(name).copied()).min();
        let mut before = index
            .patterns
            .iter()
            .copied()
            .take_while(|&at| named.is_none_or(|named| at < named) && !self.budget.is_spent());
        let here = candidate.id.filter(|_| candidate.namespace == self.home);
        let pattern = before.find(|&at| {
            let (entry, budget) = (&self.entries[at], self.budget);
            let known = entry.is_known_to_name(here, budget);
            known.unwrap_or_else(|| candidate.names.iter().any(|name| entry.matches(name, budget)))
        });
        place(pattern.or(named))
    }

    /// The first entry of Wave's list that names a config.
    pub(crate) fn extra_entry(&self, candidate: &Candidate<'_>) -> Option<u32> {
        if self.extras.is_empty() {
            return None;
        }
        let index = self.index();
        let named = candidate.names.iter().filter_map(|name| index.extras.get(&(candidate.namespace, *name)).copied());
        place(named.min())
    }

    fn index(&self) -> &Index<'a> {
        self.index.get_or_init(|| {
            let mut index = Index { excluded: self.excluded.iter().copied().collect(), ..Index::default() };
            for (place, entry) in self.entries.iter().enumerate() {
                match entry.only() {
                    Some(name) => drop(index.names.entry(name).or_insert(place)),
                    None => index.patterns.push(place),
                }
            }
            for (place, extra) in self.extras.iter().enumerate() {
                index.extras.entry((extra.namespace.unwrap_or(self.home), extra.name)).or_insert(place);
            }
            Box::new(index)
        })
    }

    /// Whether the exclude list has a name.
    pub(crate) fn excludes(&self, name: &str) -> bool {
        !self.excluded.is_empty() && self.index().excluded.contains(name)
    }

    /// The entries of all lists, in the order of reload, exclude and Wave.
    pub(crate) fn items<'r>(&'r self) -> impl Iterator<Item = Item<'r, 'a>> {
        let item = |of, annotation, text| Item { of, annotation, namespace: None, name: text, text, pattern: None };
        let reload = self.list.into_iter().flat_map(move |list| {
            self.entries.iter().map(move |e| Item { pattern: Some(e), ..item(List::Reload, list, e.text) })
        });
        let excluded = self
            .exclude
            .into_iter()
            .flat_map(move |list| self.excluded.iter().map(move |text| item(List::Exclude, list, *text)));
        let extras = self.extra.into_iter().flat_map(move |list| {
            self.extras.iter().map(move |e| Item {
                namespace: e.namespace,
                name: e.name,
                ..item(List::Extra, list, e.text)
            })
        });
        reload.chain(excluded).chain(extras)
    }

    /// The same with the entry at a place of [`Rules::items`] naming another config.
    pub(crate) fn stand_in(&mut self, at: usize, name: &'a str) {
        let (reload, excluded) = (self.entries.len(), self.excluded.len());
        if at < reload {
            self.entries[at].means = Means::Name(name);
        } else if at < reload + excluded {
            self.excluded[at - reload] = name;
        } else {
            self.extras[at - reload - excluded].name = name;
        }
        self.stands_in.push((at, name));
        self.index = OnceCell::new();
    }

    /// All that tells apart what the lists name.
    pub(crate) fn said(&self) -> Said<'_, 'a> {
        let values = [self.list, self.exclude, self.extra].map(|list| list.map(|list| list.value.raw()));
        (values, &self.stands_in)
    }

    /// The config that an entry of Wave's list names.
    pub(crate) fn extra_config(&self, configs: &Configs<'_>, extra: &Extra<'_>) -> Option<ConfigId> {
        let namespace = extra.namespace.unwrap_or(self.home);
        let exact = configs.exact(self.kind, namespace, extra.name);
        exact.or_else(|| configs.called(self.kind, namespace, extra.name).first().copied())
    }

    /// Whether a config counts. The order of the rules is Reloader's; the first that applies decides.
    pub(crate) fn decide(&self, candidate: &Candidate<'_>) -> Selection {
        let flag = |key: &str| {
            let mut all = candidate.annotations.iter().filter_map(|a| a.find(key));
            all.find(|a| a.value.raw() == "true")
        };
        if let Some(ignore) = flag(self.ignore_key) {
            return self.no(Rule::Ignored, Some(ignore));
        }
        if !candidate.admitted {
            return self.no(Rule::Filtered, None);
        }
        if candidate.in_reach && candidate.names.iter().any(|name| self.excludes(name)) {
            return self.no(Rule::Excluded, self.exclude);
        }
        if let Some(entry) = self.listed(candidate) {
            return self.selection(true, Rule::Listed, self.list, Some(entry));
        }
        if candidate.referenced {
            if self.search.is_some() && flag(self.match_key).is_some() {
                return self.yes(Rule::Searched, self.search, candidate);
            }
            if let Some(auto) = self.is_auto() {
                return self.yes(Rule::Auto, Some(auto), candidate);
            }
            if self.wave.is_some() {
                return self.yes(Rule::Wave, self.wave, candidate);
            }
        }
        if let Some(entry) = self.extra_entry(candidate) {
            return self.selection(true, Rule::WaveExtra, self.extra, Some(entry));
        }
        if self.select == Select::All {
            let opt_out = self.flags().find(|a| !a.value.is_empty());
            return match opt_out {
                Some(annotation) => self.no(Rule::OptedOut, Some(annotation)),
                None if candidate.referenced => self.yes(Rule::All, None, candidate),
                None => self.no(Rule::NotAnnotated, None),
            };
        }
        self.no(Rule::NotAnnotated, self.flags().next())
    }
}

/// The place of an entry in its list.
fn place(at: Option<usize>) -> Option<u32> {
    at.and_then(|i| u32::try_from(i).ok())
}

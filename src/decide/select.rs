//! Selection: does a config count for a workload, and why. Reloader's rules (v1.4.21, `ShouldReload` in
//! `pkg/common/common.go` and its callers), then Wave's, then `select: all`.
//!
//! Takes annotations and what is known of a config, gives a [`Decision`] that carries its reason. Looks at nothing else.

use crate::decide::go_regex;
use crate::facts::digest::ConfigKind;
use crate::kube::annotation::{self, Annotation, Annotations, Names};
use crate::settings::Select;
use crate::text::source::SourceId;
use regex::Regex;
use std::ops::Range;
use std::sync::Arc;

/// The rule that decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// The config carries `ignore: "true"`, which beats everything.
    Ignored,
    /// `configs:` of the settings leaves it out.
    Filtered,
    /// The workload's exclude list names it.
    Excluded,
    /// The workload's reload list names it.
    Listed,
    /// The workload searches, and the config is marked with `match`.
    Searched,
    /// `auto`, or the `auto` of its type.
    Auto,
    /// `select: all`.
    All,
    /// Wave's `update-on-config-change`.
    Wave,
    /// Wave's list of further configs.
    WaveExtra,
    /// `select: all`, but the workload's `auto` is there and not true.
    OptedOut,
    /// Nothing on the workload asks for it.
    NotAnnotated,
}

impl Rule {
    /// The word in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ignored => "ignored",
            Self::Filtered => "filtered",
            Self::Excluded => "excluded",
            Self::Listed => "listed",
            Self::Searched => "searched",
            Self::Auto => "auto",
            Self::All => "all",
            Self::Wave => "wave",
            Self::WaveExtra => "wave-extra",
            Self::OptedOut => "opted-out",
            Self::NotAnnotated => "not-annotated",
        }
    }
}

/// An annotation that decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cited {
    pub key: String,
    pub value: String,
    /// Index of its source.
    pub source: SourceId,
    /// The bytes of its value.
    pub range: Range<usize>,
}

/// Whether a config counts for a workload, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    pub selected: bool,
    pub rule: Rule,
    /// The annotation that the rule read, if there is one.
    pub cited: Option<Arc<Cited>>,
    /// Place of the entry in the list that names it.
    pub entry: Option<usize>,
}

/// What selection asks of a config.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subject<'a> {
    /// Its namespace.
    pub(crate) namespace: &'a str,
    /// Its names: the current one first.
    pub(crate) names: &'a [&'a str],
    /// Its annotations and their source; `None` if it is not in the set.
    pub(crate) annotations: Option<(&'a Annotations, SourceId)>,
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
    /// `None` if it is no usable regular expression.
    matcher: Option<Matcher>,
    /// Why it is none.
    pub(crate) error: Option<String>,
}

#[derive(Clone, Debug)]
enum Matcher {
    /// The entry has no special character.
    Exact,
    Pattern(Box<Regex>),
}

impl<'a> Entry<'a> {
    /// Reloader compiles `"^" + entry + "$"`, without a group (`pkg/common/common.go`).
    fn new(text: &'a str) -> Self {
        if text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') {
            return Self { text, matcher: Some(Matcher::Exact), error: None };
        }
        match go_regex::compile(text) {
            Ok(regex) => Self { text, matcher: Some(Matcher::Pattern(Box::new(regex))), error: None },
            Err(error) => Self { text, matcher: None, error: Some(error) },
        }
    }

    pub(crate) fn matches(&self, name: &str) -> bool {
        match &self.matcher {
            Some(Matcher::Exact) => self.text == name,
            Some(Matcher::Pattern(regex)) => regex.is_match(name),
            None => false,
        }
    }
}

/// An entry of a Wave list: `name` or `namespace/name`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Extra<'a> {
    pub(crate) namespace: Option<&'a str>,
    pub(crate) name: &'a str,
    pub(crate) text: &'a str,
}

/// What the annotations of one workload say about the configs of one type, read once.
#[derive(Debug)]
pub(crate) struct Rules<'a> {
    pub(crate) kind: ConfigKind,
    select: Select,
    home: &'a str,
    auto: Option<&'a Annotation>,
    typed_auto: Option<&'a Annotation>,
    pub(crate) search: Option<&'a Annotation>,
    list: Option<&'a Annotation>,
    pub(crate) entries: Vec<Entry<'a>>,
    exclude: Option<&'a Annotation>,
    pub(crate) excluded: Vec<&'a str>,
    wave: Option<&'a Annotation>,
    extra: Option<&'a Annotation>,
    pub(crate) extras: Vec<Extra<'a>>,
    source: SourceId,
    /// The object that the exclude list and Wave's keys were read on, and the others if not on the template.
    ignore_key: &'a str,
    match_key: &'a str,
}

impl<'a> Rules<'a> {
    /// `workload` are the annotations of the object, `template` those of its pod template, `home` its namespace.
    pub(crate) fn new(
        kind: ConfigKind,
        workload: &'a Annotations,
        template: &'a Annotations,
        source: SourceId,
        home: &'a str,
        names: &'a Names,
        select: Select,
    ) -> Self {
        let (list_key, typed_key, exclude_key, extra_key) = match kind {
            ConfigKind::ConfigMap => {
                (&names.config_map, &names.config_map_auto, &names.config_map_exclude, annotation::WAVE_CONFIG_MAPS)
            }
            ConfigKind::Secret => (&names.secret, &names.secret_auto, &names.secret_exclude, annotation::WAVE_SECRETS),
        };
        // The template is read only if the workload has none of the four, whatever their values; decided per type.
        let own = [list_key, &names.auto, typed_key, &names.search].into_iter().any(|k| workload.find(k).is_some());
        let read = if own { workload } else { template };
        let list = read.find(list_key);
        let exclude = workload.find(exclude_key);
        let wave = workload.find(annotation::WAVE_UPDATE).filter(|a| a.value == "true");
        // Without Wave's opt-in its lists mean nothing.
        let extra = wave.and_then(|_| workload.find(extra_key));
        let entries = |a: Option<&'a Annotation>| a.into_iter().flat_map(|a| annotation::entries(&a.value));
        Self {
            kind,
            select,
            home,
            auto: read.find(&names.auto),
            typed_auto: read.find(typed_key),
            search: read.find(&names.search).filter(|a| a.value == "true"),
            list,
            entries: entries(list).map(Entry::new).collect(),
            exclude,
            excluded: entries(exclude).collect(),
            wave,
            extra,
            extras: entries(extra)
                .map(|text| match text.split_once('/') {
                    Some((namespace, name)) => Extra { namespace: Some(namespace), name, text },
                    None => Extra { namespace: None, name: text, text },
                })
                .collect(),
            source,
            ignore_key: &names.ignore,
            match_key: &names.r#match,
        }
    }

    /// The annotation that holds the reload list.
    pub(crate) fn list(&self) -> Option<&'a Annotation> {
        self.list
    }

    /// The annotation that holds the exclude list.
    pub(crate) fn exclude(&self) -> Option<&'a Annotation> {
        self.exclude
    }

    /// The annotation that holds Wave's list.
    pub(crate) fn extra(&self) -> Option<&'a Annotation> {
        self.extra
    }

    /// The first annotation that asks for configs which the workload refers to.
    pub(crate) fn asks(&self) -> Option<&'a Annotation> {
        let flags = [self.auto, self.typed_auto].into_iter().flatten();
        let mut flags = flags.filter(|a| annotation::is_true(&a.value));
        flags.next().or(self.search).or(self.wave)
    }

    fn no(&self, rule: Rule, cited: Option<&Annotation>) -> Selection {
        self.selection(false, rule, cited, None)
    }

    fn yes(&self, rule: Rule, cited: Option<&Annotation>) -> Selection {
        self.selection(true, rule, cited, None)
    }

    fn selection(&self, selected: bool, rule: Rule, cited: Option<&Annotation>, entry: Option<usize>) -> Selection {
        Selection { selected, rule, cited: cited.map(|a| cite(a, self.source)), entry }
    }

    /// The first entry of the reload list that names a config.
    pub(crate) fn listed(&self, subject: &Subject<'_>) -> Option<usize> {
        if !subject.in_reach {
            return None;
        }
        self.entries.iter().position(|e| subject.names.iter().any(|n| e.matches(n)))
    }

    /// The first entry of Wave's list that names a config.
    pub(crate) fn extra_entry(&self, subject: &Subject<'_>) -> Option<usize> {
        self.extras
            .iter()
            .position(|e| subject.namespace == e.namespace.unwrap_or(self.home) && subject.names.contains(&e.name))
    }

    /// Whether a config counts. The order of the rules is Reloader's; the first that applies decides.
    pub(crate) fn decide(&self, subject: &Subject<'_>) -> Selection {
        let flag = |key: &str| {
            let (annotations, source) = subject.annotations?;
            annotations.find(key).filter(|a| a.value == "true").map(|a| cite(a, source))
        };
        if let Some(ignore) = flag(self.ignore_key) {
            return Selection { selected: false, rule: Rule::Ignored, cited: Some(ignore), entry: None };
        }
        if !subject.admitted {
            return self.no(Rule::Filtered, None);
        }
        if subject.in_reach && self.excluded.iter().any(|e| subject.names.contains(e)) {
            return self.no(Rule::Excluded, self.exclude);
        }
        if let Some(entry) = self.listed(subject) {
            return self.selection(true, Rule::Listed, self.list, Some(entry));
        }
        if subject.referenced {
            if self.search.is_some() && flag(self.match_key).is_some() {
                return self.yes(Rule::Searched, self.search);
            }
            let auto = [self.auto, self.typed_auto].into_iter().flatten().find(|a| annotation::is_true(&a.value));
            if auto.is_some() {
                return self.yes(Rule::Auto, auto);
            }
            if self.wave.is_some() {
                return self.yes(Rule::Wave, self.wave);
            }
        }
        if let Some(entry) = self.extra_entry(subject) {
            return self.selection(true, Rule::WaveExtra, self.extra, Some(entry));
        }
        if self.select == Select::All {
            let opt_out = [self.auto, self.typed_auto].into_iter().flatten().find(|a| !a.value.is_empty());
            return match opt_out {
                Some(annotation) => self.no(Rule::OptedOut, Some(annotation)),
                None if subject.referenced => self.yes(Rule::All, None),
                None => self.no(Rule::NotAnnotated, None),
            };
        }
        self.no(Rule::NotAnnotated, [self.auto, self.typed_auto].into_iter().flatten().next())
    }
}

fn cite(annotation: &Annotation, source: SourceId) -> Arc<Cited> {
    Arc::new(Cited {
        key: annotation.key.clone(),
        value: annotation.value.clone(),
        source,
        range: annotation.range.clone(),
    })
}

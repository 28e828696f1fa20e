//! A finding: something to tell the user. In a ResourceList it becomes one entry of `results`.
//!
//! Holds the facts and no layout; how a finding looks is `output`'s business. All words stand in `words`.

// Ids, and what each means.
mod id;

// Findings as they are made.
mod list;

// What a name that the set lacks may have meant.
mod near;

// What was found, and the words for it.
mod words;

pub use id::{Id, Severity};
pub(crate) use list::{Enough, Findings};
pub(crate) use near::Near;
pub(crate) use words::{MADE_LATER, NAMED, Problem};

use crate::text::source::{Location, Position, SourceId};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// The object that a finding is about, as `results[].resourceRef` names it.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ResourceRef {
    pub api_version: String,
    pub kind: String,
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
}

/// Where a finding points.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Place {
    /// It is about the run as a whole.
    #[default]
    Run,
    /// Bytes of a source of the set.
    Source(Location),
    /// An input that gave no source: how messages name it, and the position if there is one.
    Input(String, Option<Position>),
}

/// One thing to tell the user.
#[derive(Clone, Debug)]
pub struct Finding {
    pub id: Id,
    pub severity: Severity,
    /// One line, no trailing full stop, never a Secret's value.
    pub message: String,
    /// What to do about it, one sentence.
    pub remedy: Option<String>,
    pub place: Place,
    /// What of it is meant, where that is less than the whole: an entry of a list, a key of a reference.
    pub(crate) caret: Option<Range<usize>>,
    /// The file and the place in it that an item of a ResourceList came from.
    pub file: Option<(String, Option<u32>)>,
    /// Other places that belong to it, each with a label.
    pub related: Vec<(Location, &'static str)>,
    /// The object that it is about, which many findings may be.
    pub resource: Option<Arc<ResourceRef>>,
    /// Path of the field, as in `spec.template.spec.volumes[0].configMap`.
    pub field: Option<String>,
    /// So many others of its id and severity were found and not kept.
    pub others: usize,
    /// What was found, for who asks more than the words.
    pub(crate) problem: Problem,
}

impl Finding {
    /// A problem in words, without a place, as severe as such a problem is as a rule.
    pub(crate) fn new(problem: Problem) -> Self {
        let (id, message, remedy) = problem.words();
        Self {
            id,
            severity: id.severity(),
            message: short(message),
            remedy: remedy.map(short),
            place: Place::Run,
            caret: None,
            file: None,
            related: Vec::new(),
            resource: None,
            field: None,
            others: 0,
            problem,
        }
    }

    /// The same, as severe as this.
    pub(crate) fn severe(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// The same at some bytes of a source.
    pub(crate) fn at(self, source: SourceId, range: Range<usize>) -> Self {
        self.at_location(Location { source, range })
    }

    /// The same at a place.
    pub(crate) fn at_location(mut self, location: Location) -> Self {
        self.place = Place::Source(location);
        self
    }

    /// The same in an input that gave no source.
    pub(crate) fn in_input(mut self, name: impl Into<String>, position: Option<Position>) -> Self {
        self.place = Place::Input(name.into(), position);
        self
    }

    /// The same about an object, which the message then names: a position alone says little of what came by a pipe.
    pub(crate) fn about(mut self, resource: impl Into<Arc<ResourceRef>>) -> Self {
        self.set_about(resource.into());
        self
    }

    /// Makes it one about an object.
    pub(crate) fn set_about(&mut self, resource: Arc<ResourceRef>) {
        let name = format!("{}/{}", resource.kind, resource.name);
        if !self.message.contains(&name) {
            self.message.insert_str(0, &format!("{name}: "));
        }
        self.resource = Some(resource);
    }

    /// The same with the path of a field.
    pub(crate) fn in_field(mut self, path: String) -> Self {
        self.field = Some(path);
        self
    }

    /// The same with another place that belongs to it.
    pub(crate) fn with(mut self, location: Location, label: &'static str) -> Self {
        self.related.push((location, label));
        self
    }

    /// The same with a caret under less than the whole place, if that is known.
    pub(crate) fn under(mut self, caret: Option<Range<usize>>) -> Self {
        self.caret = caret;
        self
    }

    /// The bytes to show, if it points into a source.
    pub fn shown(&self) -> Option<Location> {
        let at = self.location()?;
        Some(self.caret.clone().map_or_else(|| at.clone(), |range| Location { source: at.source, range }))
    }

    /// The bytes that it is about, if it points into a source.
    pub fn location(&self) -> Option<&Location> {
        match &self.place {
            Place::Source(location) => Some(location),
            Place::Run | Place::Input(..) => None,
        }
    }

    /// Says what a missing config may have meant, where nothing better has been found ([`Near::yields`]).
    pub(crate) fn hint(&mut self, near: Near) {
        if let Problem::MissingConfig { near: found, .. } = &mut self.problem
            && found.as_ref().is_none_or(Near::yields)
        {
            *found = Some(near);
            self.remedy = self.problem.words().2.map(short);
        }
    }
}

/// The most bytes of a sentence: a name may be as long as the input.
const LONGEST: usize = 2000;

/// A sentence, cut with a count.
fn short(mut sentence: String) -> String {
    if sentence.len() > LONGEST {
        let at = (0..=LONGEST).rev().find(|at| sentence.is_char_boundary(*at)).unwrap_or_default();
        let more = sentence.len() - at;
        sentence.truncate(at);
        sentence.push_str(&format!("… ({more} more bytes)"));
    }
    sentence
}

/// So many findings of one id a report for a machine holds.
pub(crate) const MOST_FOR_MACHINES: usize = 1000;

/// How many findings of which id a report leaves out.
pub(crate) type Omitted = BTreeMap<Id, usize>;

/// Lets through the first findings of each id, and counts the rest.
#[derive(Debug)]
pub(crate) struct Cut {
    most: usize,
    /// How many were let through, and how many were not.
    seen: BTreeMap<Id, (usize, usize)>,
}

impl Cut {
    pub(crate) fn at(most: usize) -> Self {
        Self { most, seen: BTreeMap::new() }
    }

    pub(crate) fn takes(&mut self, finding: &Finding) -> bool {
        let (taken, left) = self.seen.entry(finding.id).or_default();
        let takes = *taken < self.most;
        *taken += usize::from(takes);
        *left += usize::from(!takes) + finding.others;
        takes
    }

    pub(crate) fn omitted(self) -> Omitted {
        let left = self.seen.into_iter().map(|(id, (_, left))| (id, left));
        left.filter(|(_, left)| *left > 0).collect()
    }
}

/// Puts findings in the order of their places; those without one come last.
pub(crate) fn sort(findings: &mut [Finding]) {
    findings.sort_by_key(|f| f.location().map_or((1, SourceId::default(), 0), |l| (0, l.source, l.range.start)));
}

//! The report: how findings are shown, by the filter, `stamp` and `check`.
//!
//! Takes findings, the sources that they point into and the counts of the run; gives text, or one of the formats of
//! `check`. Never prints, never decides an exit status, and never gives a byte of a Secret: messages hold none, and a
//! line is quoted only where [`place`] allows it.

mod docs;
mod github;
mod json;
mod junit;
mod sarif;
mod text;

use std::borrow::Cow;

use crate::decide::action::Decision;
use crate::finding::{Finding, Place as At, Severity};
use crate::text::source::{Location, Position, Source};

pub(crate) use crate::output::summary::Summary;
pub(crate) use github::github;
pub(crate) use json::json;
pub(crate) use junit::junit;
pub(crate) use sarif::sarif;
pub(crate) use text::text;

use crate::output::escape::visible;
use crate::output::summary::Tally;
use crate::text::places::Places;

/// What there is to say about a run.
pub(crate) struct Report<'r> {
    /// In the order of the command line.
    pub(crate) sets: Vec<ReportSet<'r>>,
    pub(crate) summary: Summary,
    /// `check --strict`: a warning fails too.
    pub(crate) strict: bool,
    /// Errors only, and no summary in the text.
    pub(crate) quiet: bool,
}

/// The findings of one set, and what they point into. One without sources holds what is about the run as a whole.
#[derive(Default)]
pub(crate) struct ReportSet<'r> {
    pub(crate) sources: &'r [Source],
    /// In any order.
    pub(crate) findings: Vec<&'r Finding>,
    /// [`crate::Outcome::opaque`].
    pub(crate) opaque: &'r [Location],
    /// Its workloads, for formats that list what is in order too.
    pub(crate) decisions: &'r [Decision],
}

/// How a report is to look.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look {
    pub(crate) color: bool,
    /// Related places, and findings that are shown only then.
    pub(crate) verbose: bool,
    /// Columns of the terminal.
    pub(crate) width: usize,
}

/// One finding with its place worked out.
struct Entry<'e> {
    finding: &'e Finding,
    place: Option<Place<'e>>,
}

/// A place as people read it.
struct Place<'e> {
    /// The name of the source: a path, or `-`.
    path: &'e str,
    start: Option<Position>,
    /// Behind the last character; `None` if the place is a point, or in something hidden.
    end: Option<Position>,
}

impl Report<'_> {
    /// How many findings there are, shown or not.
    fn tally(&self) -> Tally {
        Tally::new(self.sets.iter().flat_map(|s| &s.findings).map(|f| f.severity))
    }

    /// Does `check` fail for this one?
    fn fails(&self, finding: &Finding) -> bool {
        match finding.severity {
            Severity::Error => true,
            Severity::Warning => self.strict,
            Severity::Info => false,
        }
    }
}

impl<'r> ReportSet<'r> {
    fn places(&self) -> Places<'r> {
        Places::new(self.sources, self.opaque)
    }

    /// The findings in the order in which they are shown: by path and offset, those without a place last. With `quiet`
    /// the errors only.
    fn entries<'e>(&'e self, places: &'e Places<'_>, quiet: bool) -> Vec<Entry<'e>> {
        let shown = |f: &&&Finding| !quiet || f.severity == Severity::Error;
        let mut findings: Vec<&Finding> = self.findings.iter().filter(shown).copied().collect();
        findings.sort_by_cached_key(|finding| match &finding.place {
            At::Source(at) => (0, places.name(at.source), at.source.0, at.range.start, None),
            At::Input(name, position) => (0, name.as_str(), 0, 0, *position),
            At::Run => (1, "", 0, 0, None),
        });
        let entry = |finding: &'e Finding| Entry {
            finding,
            place: match &finding.place {
                At::Source(at) => Some(Place::new(places, at)),
                At::Input(path, start) => Some(Place { path, start: *start, end: None }),
                At::Run => None,
            },
        };
        findings.into_iter().map(entry).collect()
    }
}

impl Entry<'_> {
    /// Its message, fit for whatever shows it.
    fn message(&self) -> Cow<'_, str> {
        visible(&self.finding.message)
    }

    fn remedy(&self) -> Option<Cow<'_, str>> {
        self.finding.remedy.as_deref().map(visible)
    }
}

impl<'e> Place<'e> {
    fn new(places: &'e Places<'_>, location: &Location) -> Self {
        let range = &location.range;
        // How long a Secret's value is, is nobody's business either.
        let known = range.end > range.start && places.line(location.source, range.start).is_some();
        let end = || places.position(location.source, range.end);
        Self {
            path: places.name(location.source),
            start: Some(places.position(location.source, range.start)),
            end: known.then(end),
        }
    }
}

/// `Deployment/web`, with its namespace if it names one.
fn object_name(resource: &crate::finding::ResourceRef) -> String {
    let namespace = resource.namespace.as_ref().map(|ns| format!(" ({ns})"));
    let (kind, name) = (&resource.kind, &resource.name);
    format!("{kind}/{name}{}", namespace.unwrap_or_default())
}

#[cfg(test)]
mod tests;

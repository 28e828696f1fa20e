//! The report: how findings are shown, by the filter, `stamp` and `check`.
//!
//! Takes findings, the sources that they point into and the counts of the run; gives text, or one of the formats of
//! `check`. Never prints, never decides an exit status, and never gives a byte of a Secret: messages hold none, and a
//! line is quoted only where [`Texts::line`] gives it.

mod docs;
mod github;
mod json;
mod junit;
mod sarif;
mod text;

use std::borrow::Cow;
use std::ops::Range;

use serde_json::Value;

use crate::finding::{Cut, Finding, MOST_FOR_MACHINES, Omitted, Place as At, ResourceRef, Severity};
use crate::outcome::Outcome;
use crate::output::summary::Tally;
use crate::output::{Formats, Look};
use crate::text::clean::clean;
use crate::text::lines::Locator;
use crate::text::opaque::Opaque;
use crate::text::source::{Location, Position, Source};

pub(crate) use crate::output::summary::Summary;
pub(crate) use json::json;

/// The formats of findings; the first two are for every command.
pub(crate) const FORMATS: Formats<fn(&Report<'_>, Look) -> String> = &[
    ("text", text::text),
    ("json", |report, _| json(report)),
    ("sarif", |report, _| sarif::sarif(report)),
    ("github", |report, _| github::github(report)),
    ("junit", |report, _| junit::junit(report)),
];

/// What there is to say about a run.
pub(crate) struct Report<'r> {
    /// In the order of the command line.
    pub(crate) sets: Vec<ReportSet<'r>>,
    pub(crate) summary: Summary,
    /// `check --strict`: a warning fails too.
    pub(crate) strict: bool,
    /// What fails only, and of the summary how many warnings there are.
    pub(crate) quiet: bool,
    /// What is said for completeness too, and all of it.
    pub(crate) verbose: bool,
}

/// The findings of one set, and what they point into.
pub(crate) struct ReportSet<'r> {
    pub(crate) sources: &'r [Source],
    /// In any order.
    pub(crate) findings: Vec<&'r Finding>,
    /// What may not be quoted, and the workloads for formats that list what is in order too.
    pub(crate) outcome: &'r Outcome,
}

/// One finding with its place worked out.
struct Entry<'e> {
    finding: &'e Finding,
    place: Option<Place<'e>>,
    texts: &'e Texts<'e>,
}

/// The sources of a set: places in them, and what may be quoted.
struct Texts<'r> {
    locator: Locator<'r>,
    hidden: Opaque,
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
        let findings = || self.sets.iter().flat_map(|s| &s.findings);
        let count = |severity| findings().filter(|f| f.severity == severity).map(|f| 1 + f.others).sum();
        Tally { errors: count(Severity::Error), warnings: count(Severity::Warning), infos: count(Severity::Info) }
    }

    /// Does `check` fail for this one?
    fn fails(&self, finding: &Finding) -> bool {
        match finding.severity {
            Severity::Error => true,
            Severity::Warning => self.strict,
            Severity::Info => false,
        }
    }

    /// The word for how bad one is to what reads the report; `info` is that for what does not matter.
    fn level(&self, finding: &Finding, info: &'static str) -> &'static str {
        match finding.severity {
            _ if self.fails(finding) => "error",
            Severity::Error | Severity::Warning => "warning",
            Severity::Info => info,
        }
    }

    /// Whether a finding is shown: what is said for completeness only if asked.
    fn shows(&self, finding: &Finding) -> bool {
        match self.quiet {
            true => self.fails(finding),
            false => self.verbose || finding.severity != Severity::Info,
        }
    }

    /// Goes through the findings that are shown, set by set and in order, of each id not more than `most`; gives what was
    /// left out.
    fn each_set(&self, most: usize, mut visit: impl FnMut(&ReportSet<'_>, &[Entry<'_>])) -> Omitted {
        let mut cut = Cut::at(most);
        for set in &self.sets {
            let texts = set.texts();
            let mut entries = set.entries(&texts, |finding| self.shows(finding));
            entries.retain(|entry| cut.takes(entry.finding));
            visit(set, &entries);
        }
        cut.omitted()
    }

    /// What becomes of each finding that is shown, and what was left out.
    fn each<T>(&self, most: usize, mut becomes: impl FnMut(&Entry<'_>) -> T) -> (Vec<T>, Omitted) {
        let mut out = Vec::new();
        let omitted = self.each_set(most, |_, entries| out.extend(entries.iter().map(&mut becomes)));
        (out, omitted)
    }

    /// The summary, as much of it as is wanted.
    fn last_line(&self) -> String {
        let words = match self.quiet {
            true => Summary::quiet_words(self.tally()),
            false => self.summary.words(self.tally(), self.verbose),
        };
        if words.is_empty() { words } else { words + "\n" }
    }
}

impl<'r> ReportSet<'r> {
    fn texts(&self) -> Texts<'r> {
        Texts { locator: Locator::new(self.sources), hidden: Opaque::new(self.outcome.opaque()) }
    }

    /// The findings that are shown, in order: by path and offset, those without a place last.
    fn entries<'e>(&'e self, texts: &'e Texts<'e>, shown: impl Fn(&Finding) -> bool) -> Vec<Entry<'e>> {
        let mut findings: Vec<&Finding> = self.findings.iter().filter(|f| shown(f)).copied().collect();
        findings.sort_by_cached_key(|finding| match &finding.place {
            At::Source(at) => (0, texts.locator.source(at.source).name.as_str(), at.source.0, at.range.start, None),
            At::Input(name, position) => (0, name.as_str(), 0, 0, *position),
            At::Run => (1, "", 0, 0, None),
        });
        let entry = |finding: &'e Finding| Entry {
            finding,
            place: match &finding.place {
                At::Source(at) => Some(texts.place(finding.shown().as_ref().unwrap_or(at))),
                At::Input(path, start) => Some(Place { path, start: *start, end: None }),
                At::Run => None,
            },
            texts,
        };
        findings.into_iter().map(entry).collect()
    }
}

impl<'e> Entry<'e> {
    /// Its message, fit for whatever shows it.
    fn message(&self) -> Cow<'e, str> {
        clean(&self.finding.message)
    }

    /// Where it is, in one word. Of an item of a ResourceList that is its file and its place there: a line of the stream
    /// means nothing to who looks at the file.
    fn shown_place(&self) -> Option<String> {
        match (&self.finding.file, &self.place) {
            (Some((path, Some(index))), _) => Some(format!("{path} (index {index})")),
            (Some((path, None)), _) => Some(path.clone()),
            (None, place) => place.as_ref().map(|place| at(place.path, place.start)),
        }
    }

    /// Its place in a file: that of a stream is none, but the file that an item came from is one.
    fn in_file(&self) -> Option<Place<'e>> {
        let (path, start, end) = match (&self.place, &self.finding.file) {
            (Some(place), _) if place.path != "-" => (place.path, place.start, place.end),
            (_, Some((path, _))) => (path.as_str(), None, None),
            _ => return None,
        };
        Some(Place { path, start, end })
    }

    fn remedy(&self) -> Option<Cow<'e, str>> {
        self.finding.remedy.as_deref().map(clean)
    }

    /// The other places that belong to it, each with its label, as many as a report for a machine holds.
    fn related(&self) -> impl Iterator<Item = (Place<'e>, &'e str)> {
        self.finding.related.iter().take(MOST_FOR_MACHINES).map(|(at, label)| (self.texts.place(at), *label))
    }

    /// How many of these it leaves out.
    fn omitted(&self) -> usize {
        self.finding.related.len().saturating_sub(MOST_FOR_MACHINES)
    }
}

impl Texts<'_> {
    fn place(&self, location: &Location) -> Place<'_> {
        let range = &location.range;
        // How long a Secret's value is, is nobody's business either.
        let known = range.end > range.start && self.line(location).is_some();
        let position = |offset| self.locator.position(location.source, offset);
        Place {
            path: &self.locator.source(location.source).name,
            start: Some(position(range.start)),
            end: known.then(|| position(range.end)),
        }
    }

    /// The bytes of the line in which a place begins; `None` if one of them is hidden, so that it may not be quoted.
    fn line(&self, location: &Location) -> Option<Range<usize>> {
        let line = self.locator.lines(location.source).line(location.range.start);
        if self.hidden.touches(location.source, &line) {
            return None;
        }
        let marked = line.start == 0 && self.locator.source(location.source).text.starts_with('\u{feff}');
        Some(if marked { '\u{feff}'.len_utf8() } else { line.start }..line.end)
    }
}

/// `path:line:col`, or as much of it as is known.
fn at(path: &str, position: Option<Position>) -> String {
    match position {
        Some(Position { line, column }) => format!("{path}:{line}:{column}"),
        None => path.to_owned(),
    }
}

/// An object without the fields that are null or empty lists.
fn present(mut object: Value) -> Value {
    if let Value::Object(fields) = &mut object {
        fields.retain(|_, v| !v.is_null() && v.as_array().is_none_or(|list| !list.is_empty()));
    }
    object
}

/// Numbers by the words of ids.
fn by_id(omitted: &Omitted) -> Value {
    omitted
        .iter()
        .map(|(id, left)| (id.as_str().to_owned(), Value::from(*left)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

/// `Deployment/web`, with its namespace if it names one.
fn object_name(resource: &ResourceRef) -> String {
    let namespace = resource.namespace.as_ref().map(|ns| format!(" ({ns})"));
    let (kind, name) = (&resource.kind, &resource.name);
    format!("{kind}/{name}{}", namespace.unwrap_or_default())
}

#[cfg(test)]
mod tests;

//! Findings as text, in the manner of rustc: one line that a machine can read, the source line with a caret, the remedy.
//!
//! Takes a report and how it is to look; gives text for a terminal or a log. Quotes no line that [`Places`] does not
//! give, cuts long lines to the width, and lets no control character through.

use std::ops::Range;

use annotate_snippets::renderer::{AnsiColor, Effects, Style};
use annotate_snippets::{AnnotationKind, Element, Group, Level, Origin, Renderer, Snippet};

use super::{Entry, Look, Place, Report, ReportSet};
use crate::finding::{Finding, Id, Severity};
use crate::output::escape::visible;
use crate::text::places::Places;
use crate::text::source::{Location, Position};

/// At least so much of a line is quoted, however narrow the terminal is.
const MIN_WIDTH: usize = 40;

/// What the gutter with the line number takes.
const GUTTER: usize = 10;

/// Stands for what was cut off a line.
const CUT: char = '…';

/// So many places of one finding are shown; a config that a thousand workloads miss needs no thousand.
const MAX_PLACES: usize = 20;

/// The findings, then the summary.
pub(crate) fn text(report: &Report<'_>, look: &Look) -> String {
    let mut out = String::new();
    for set in &report.sets {
        set_text(set, report.quiet, look, &mut out);
    }
    if !report.quiet {
        out.push_str(&report.summary.words(report.tally()));
        out.push('\n');
    }
    out
}

fn set_text(set: &ReportSet<'_>, quiet: bool, look: &Look, out: &mut String) {
    let places = set.places();
    for entry in set.entries(&places, quiet) {
        if entry.finding.verbose && !look.verbose && entry.finding.severity != Severity::Error {
            continue;
        }
        let picture = Picture { places: &places, look, entry: &entry };
        picture.draw(out);
    }
}

/// One finding on its way to text.
struct Picture<'p> {
    places: &'p Places<'p>,
    look: &'p Look,
    entry: &'p Entry<'p>,
}

impl Picture<'_> {
    fn draw(&self, out: &mut String) {
        out.push_str(&self.first_line());
        out.push('\n');
        let elements = self.elements();
        if elements.is_empty() {
            return;
        }
        let group = Group::with_level(level(self.entry.finding.severity)).elements(elements);
        out.push_str(&self.renderer().render(&[group]));
        out.push_str("\n\n");
    }

    /// `path:line:col: severity: message [id]`.
    fn first_line(&self) -> String {
        let finding = self.entry.finding;
        let place = match (&finding.file, &self.entry.place) {
            // In a ResourceList: the file that the item came from.
            (Some((path, _)), Some(place)) => at(path, place.start),
            (_, Some(place)) => at(place.path, place.start),
            (_, None) => "restamp".to_owned(),
        };
        let severity = finding.severity.as_str();
        let message = self.entry.message();
        let (tint, bold) = (tint(finding.severity), Style::new().effects(Effects::BOLD));
        let severity = self.painted(severity, tint);
        let message = self.painted(&message, bold);
        format!("{place}: {severity}: {message} [{}]", finding.id.as_str())
    }

    fn painted(&self, text: &str, style: Style) -> String {
        if self.look.color { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    fn renderer(&self) -> Renderer {
        let renderer = if self.look.color { Renderer::styled() } else { Renderer::plain() };
        // Lines are cut already; a label may stand behind the line.
        renderer.term_width(2 * self.width() + 200)
    }

    fn width(&self) -> usize {
        self.look.width.saturating_sub(GUTTER).max(MIN_WIDTH)
    }

    /// The source line, the related places, the remedy.
    fn elements(&self) -> Vec<Element<'static>> {
        let finding = self.entry.finding;
        let mut out = Vec::new();
        if let Some(quoted) = finding.location().and_then(|at| self.quoted(at)) {
            let mark = AnnotationKind::Primary.span(quoted.span);
            let snippet = Snippet::source(quoted.text).line_start(quoted.number);
            out.push(snippet.annotation(mark).into());
        }
        if self.look.verbose || finding.id == Id::DuplicateConfig {
            self.related(finding, &mut out);
        }
        if let Some(remedy) = self.entry.remedy() {
            out.push(Level::HELP.message(remedy.into_owned()).into());
        }
        out
    }

    fn related(&self, finding: &Finding, out: &mut Vec<Element<'static>>) {
        for (location, label) in finding.related.iter().take(MAX_PLACES) {
            out.push(self.related_place(location, label));
        }
        let more = finding.related.len().saturating_sub(MAX_PLACES);
        if more > 0 {
            out.push(Level::NOTE.message(format!("and {more} more places")).into());
        }
    }

    /// A related place: its line if that may be quoted, the position in any case.
    fn related_place(&self, location: &Location, label: &str) -> Element<'static> {
        let place = Place::new(self.places, location);
        let label = visible(label).into_owned();
        match self.quoted(location) {
            // The renderer counts the column itself, which it cannot on a line that is cut in front.
            Some(quoted) if !quoted.text.starts_with(CUT) => {
                let mark = AnnotationKind::Context.span(quoted.span).label(label);
                let snippet = Snippet::source(quoted.text).path(visible(place.path).into_owned());
                snippet.line_start(quoted.number).annotation(mark).into()
            }
            _ => Origin::path(format!("{}: {label}", at(place.path, place.start))).into(),
        }
    }

    /// The line of a place, if it may be quoted.
    fn quoted(&self, at: &Location) -> Option<Quoted> {
        let line = self.places.line(at.source, at.range.start)?;
        let text = &self.places.text(at.source)[line.clone()];
        let inside = |offset: usize| offset.clamp(line.start, line.end) - line.start;
        let (text, span) = cut(text, inside(at.range.start)..inside(at.range.end), self.width());
        let number = self.places.position(at.source, at.range.start).line;
        Some(Quoted { text, span, number })
    }
}

/// A line as it is shown.
struct Quoted {
    text: String,
    span: Range<usize>,
    number: usize,
}

/// The part of a line around a span that fits a width, fit for a terminal, and where the span lies in it.
fn cut(line: &str, span: Range<usize>, width: usize) -> (String, Range<usize>) {
    let floor = |at: usize| (0..=at).rev().find(|&i| line.is_char_boundary(i)).unwrap_or(0);
    let (start, end) = (floor(span.start), floor(span.end));
    let (before, rest) = (&line[..start], &line[start..]);
    let needed = rest.chars().take(width).count();
    // What the rest of the line does not need, the part before may have; a third in any case.
    let from = last(before, (width / 3).max(width - needed));
    let until = start + first(rest, width - before[from..].chars().count());
    let end = end.clamp(start, until);
    let mut out = String::new();
    if from > 0 {
        out.push(CUT);
    }
    out.push_str(&visible(&line[from..start]));
    let head = out.len();
    out.push_str(&visible(&line[start..end]));
    let tail = out.len();
    out.push_str(&visible(&line[end..until]));
    if until < line.len() {
        out.push(CUT);
    }
    (out, head..tail)
}

/// Where the first so many characters end.
fn first(text: &str, chars: usize) -> usize {
    text.char_indices().nth(chars).map_or(text.len(), |(i, _)| i)
}

/// Where the last so many characters begin.
fn last(text: &str, chars: usize) -> usize {
    match chars.checked_sub(1) {
        Some(before) => text.char_indices().rev().nth(before).map_or(0, |(i, _)| i),
        None => text.len(),
    }
}

/// `path:line:col`, or as much of it as is known.
fn at(path: &str, position: Option<Position>) -> String {
    let path = visible(path);
    match position {
        Some(Position { line, column }) => format!("{path}:{line}:{column}"),
        None => path.into_owned(),
    }
}

fn level(severity: Severity) -> Level<'static> {
    match severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Info => Level::INFO,
    }
}

fn tint(severity: Severity) -> Style {
    let color = match severity {
        Severity::Error => AnsiColor::BrightRed,
        Severity::Warning => AnsiColor::Yellow,
        Severity::Info => AnsiColor::BrightBlue,
    };
    color.on_default().effects(Effects::BOLD)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_fits_is_whole() {
        assert_eq!(cut("a: b", 3..4, 40), ("a: b".to_owned(), 3..4));
        assert_eq!(cut("", 0..0, 40), (String::new(), 0..0));
        assert_eq!(cut("é: b", 4..5, 40), ("é: b".to_owned(), 4..5));
    }

    #[test]
    fn a_long_line_is_cut_around_the_span() {
        let line = format!("{}HERE{}", "a".repeat(1000), "b".repeat(1000));
        for width in [40, 41, 100] {
            let (text, span) = cut(&line, 1000..1004, width);
            assert_eq!(&text[span], "HERE");
            assert!(text.starts_with("…aa") && text.ends_with("bb…"), "{text}");
            assert!(text.chars().count() <= width + width / 3 + 2, "{text}");
        }
        let (text, span) = cut(&line, 0..2004, 40);
        assert_eq!((span.start, text.chars().count()), (0, 41), "{text}");
        let (text, span) = cut(&line, 2004..2004, 40);
        assert_eq!((span.len(), text.chars().count()), (0, 41), "{text}");
    }

    #[test]
    fn what_acts_on_a_terminal_is_shown_as_a_picture() {
        let (text, span) = cut("a\u{1b}b: \tc\0", 6..7, 40);
        assert_eq!((&*text, &text[span]), ("a\u{241b}b:  c\u{2400}", "c"));
    }
}

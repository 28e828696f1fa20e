//! Findings as text, in the manner of rustc: one line that a machine can read, the source line with a caret, the remedy.
//!
//! Takes a report and how it is to look; gives text for a terminal or a log. Quotes no line that [`Texts`] does not
//! give, cuts long lines to the width, and lets no control character through.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Element, Group, Level, Origin, Renderer, Snippet};

use super::{Entry, Report, Texts, at};
use crate::finding::{Id, Severity};
use crate::output::Look;
use crate::output::terminal::Ink;
use crate::text::clean::clean;
use crate::text::source::Location;

/// At least so much of a line is quoted, however narrow the terminal is.
const MIN_WIDTH: usize = 40;

/// What the gutter with the line number takes.
const GUTTER: usize = 10;

/// Stands for what was cut off a line.
const CUT: char = '…';

/// So many places of one finding are shown; a config that a thousand workloads miss needs no thousand.
const MAX_PLACES: usize = 20;

/// The findings, then the summary.
pub(super) fn text(report: &Report<'_>, look: Look) -> String {
    let shown = report.each(|entry| {
        let hidden =
            report.summary.told || entry.finding.verbose && !look.verbose && entry.finding.severity != Severity::Error;
        if hidden { String::new() } else { Picture { look, entry }.text() }
    });
    shown.concat() + &report.last_line()
}

/// One finding on its way to text.
struct Picture<'p, 'e> {
    look: Look,
    entry: &'p Entry<'e>,
}

impl Picture<'_, '_> {
    fn text(&self) -> String {
        let (ink, level) = match self.entry.finding.severity {
            Severity::Error => (Ink::Error, Level::ERROR),
            Severity::Warning => (Ink::Warning, Level::WARNING),
            Severity::Info => (Ink::Info, Level::INFO),
        };
        let first_line = self.first_line(ink);
        let elements = self.elements();
        if elements.is_empty() {
            return first_line;
        }
        let renderer = if self.look.color { Renderer::styled() } else { Renderer::plain() };
        // Lines are cut already; a label may stand behind the line.
        let renderer = renderer.term_width(2 * self.width() + 200);
        first_line + &renderer.render(&[Group::with_level(level).elements(elements)]) + "\n\n"
    }

    /// `path:line:col: severity: message [id]`; of an item of a ResourceList `path (index N)`.
    fn first_line(&self, ink: Ink) -> String {
        let finding = self.entry.finding;
        let place = self.entry.shown_place().unwrap_or_else(|| "restamp".to_owned());
        let severity = self.look.paint(ink, finding.severity.as_str());
        let message = self.look.paint(Ink::Bold, &self.entry.message());
        format!("{}: {severity}: {message} [{}]\n", clean(&place), finding.id.as_str())
    }

    fn width(&self) -> usize {
        self.look.width.saturating_sub(GUTTER).max(MIN_WIDTH)
    }

    /// The source line, the related places, the remedy.
    fn elements(&self) -> Vec<Element<'static>> {
        let finding = self.entry.finding;
        let mut out = Vec::new();
        if let Some((line, span, number)) = finding.location().and_then(|at| self.quoted(at)) {
            // The line number counts in the stream: then that is named too.
            let stream =
                finding.file.as_ref().and(self.entry.place.as_ref()).map(|place| clean(place.path).into_owned());
            let snippet = Snippet::source(line).line_start(number).path(stream);
            out.push(snippet.annotation(AnnotationKind::Primary.span(span)).into());
        }
        if self.look.verbose || matches!(finding.id, Id::DuplicateConfig | Id::AppliedLater) {
            out.extend(finding.related.iter().take(MAX_PLACES).map(|(at, label)| self.related(at, label)));
            let more = finding.related.len().saturating_sub(MAX_PLACES);
            out.extend((more > 0).then(|| Level::NOTE.message(format!("and {more} more places")).into()));
        }
        out.extend(self.entry.remedy().map(|remedy| Level::HELP.message(remedy.into_owned()).into()));
        out
    }

    /// A related place: its line if that may be quoted, the position in any case.
    fn related(&self, location: &Location, label: &str) -> Element<'static> {
        let place = self.entry.texts.place(location);
        let label = clean(label).into_owned();
        match self.quoted(location) {
            // The renderer counts the column itself, which it cannot on a line that is cut in front.
            Some((line, span, number)) if !line.starts_with(CUT) => {
                let snippet = Snippet::source(line).path(clean(place.path).into_owned()).line_start(number);
                snippet.annotation(AnnotationKind::Context.span(span).label(label)).into()
            }
            _ => Origin::path(format!("{}: {label}", clean(&at(place.path, place.start)))).into(),
        }
    }

    /// The line of a place as it is shown, where the place lies in it, and its number; `None` if it may not be quoted.
    fn quoted(&self, at: &Location) -> Option<(String, Range<usize>, usize)> {
        let Texts { locator, .. } = self.entry.texts;
        let line = self.entry.texts.line(at)?;
        let text = &locator.source(at.source).text[line.clone()];
        let inside = |offset: usize| offset.clamp(line.start, line.end) - line.start;
        let (text, span) = cut(text, inside(at.range.start)..inside(at.range.end), self.width());
        let number = locator.position(at.source, at.range.start).line;
        Some((text, span, number))
    }
}

/// The part of a line around a span that fits a width, fit for a terminal, and where the span lies in it.
fn cut(line: &str, span: Range<usize>, width: usize) -> (String, Range<usize>) {
    let floor = |at: usize| (0..=at).rev().find(|&i| line.is_char_boundary(i)).unwrap_or(0);
    let (start, end) = (floor(span.start), floor(span.end));
    let (before, rest) = (&line[..start], &line[start..]);
    let needed = rest.chars().take(width).count();
    // What the rest of the line does not need, the part before may have; a third in any case.
    let room = (width / 3).max(width - needed);
    let from = before.char_indices().rev().take(room).last().map_or(start, |(i, _)| i);
    let room = width - before[from..].chars().count();
    let until = rest.char_indices().nth(room).map_or(line.len(), |(i, _)| start + i);
    let end = end.clamp(start, until);
    let mut out = String::new();
    if from > 0 {
        out.push(CUT);
    }
    out.push_str(&clean(&line[from..start]));
    let head = out.len();
    out.push_str(&clean(&line[start..end]));
    let tail = out.len();
    out.push_str(&clean(&line[end..until]));
    if until < line.len() {
        out.push(CUT);
    }
    (out, head..tail)
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

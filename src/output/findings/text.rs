//! Findings as text, in the manner of rustc: one line that a machine can read, the source line with a caret, the remedy.
//!
//! Takes a report and how it is to look; gives text for a terminal or a log. Quotes no line that [`Texts`] does not
//! give, cuts long lines to the width, and lets no control character through.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Element, Group, Level, Origin, Renderer, Snippet};

use super::{Entry, Report, Texts, at};
use crate::finding::{Id, Severity};
use crate::output::Look;
use crate::output::terminal::{Ink, Part};
use crate::text::clean::clean;
use crate::text::source::Location;

/// So many findings of one id are shown, unless all are asked for.
const MOST: usize = 50;

/// They point at a stamp, and half of a hash says nothing.
const SHOWN_BY_NAME: [Id; 5] =
    [Id::StampStale, Id::StampLeftOver, Id::StampRemoved, Id::StampLeftAlone, Id::CannotVerify];

/// What `= help: ` takes beside the gutter.
const HELP: usize = 6;

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
    let most = if look.verbose { usize::MAX } else { MOST };
    let (shown, omitted) = report.each(most, |entry| match report.summary.told {
        true => String::new(),
        false => Picture { look, entry }.text(),
    });
    let all_there = report.sets.iter().flat_map(|set| &set.findings).all(|finding| finding.others == 0);
    let how = match (look.verbose, all_there) {
        (true, _) => "",
        (_, true) => "; -v shows all",
        (_, false) => "; -v shows more",
    };
    let more = omitted.iter().map(|(id, left)| format!("and {left} more [{}]{how}\n", id.as_str()));
    let last = report.last_line();
    let last = if last.is_empty() { last } else { look.unbroken().wrap("", 2, last.trim_end()) };
    shown.concat() + &more.collect::<String>() + &last
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
        let (severity, message, id) = (finding.severity.as_str(), self.entry.message(), finding.id.as_str());
        let (place, severity, id) = (format!("{place}:"), format!("{severity}:"), format!("[{id}]"));
        let parts = [
            Part::Whole(None, &place),
            Part::Whole(Some(ink), &severity),
            Part::Painted(Ink::Bold, &message),
            Part::Whole(None, &id),
        ];
        self.look.unbroken().fill("", 4, &parts)
    }

    fn width(&self) -> usize {
        self.look.width.saturating_sub(GUTTER).max(MIN_WIDTH)
    }

    /// The source line, the related places, the remedy.
    fn elements(&self) -> Vec<Element<'static>> {
        let finding = self.entry.finding;
        let mut out = Vec::new();
        let quoted = finding.shown().filter(|_| !SHOWN_BY_NAME.contains(&finding.id));
        if let Some((line, span, number)) = quoted.and_then(|at| self.quoted(&at)) {
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
        out.extend(self.entry.remedy().map(|remedy| Level::HELP.message(self.filled(&remedy)).into()));
        out
    }

    /// Lines of a remedy that fit behind the gutter and `help: `.
    fn filled(&self, remedy: &str) -> String {
        let narrow = Look { width: self.width().saturating_sub(HELP), ..self.look };
        narrow.unbroken().wrap("", 0, remedy).trim_end().to_owned()
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

//! The one line at the end: what was done, or would have to be.
//!
//! Takes counts, gives a sentence. Counts no findings itself: the report knows which it shows.

use super::terminal::count;
use crate::outcome::Counts;

/// What was done, over all sets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Summary {
    /// How many workloads came out how, over all sets.
    pub(crate) counts: Counts,
    /// `check --references`: how many were looked up.
    pub(crate) references: Option<usize>,
    /// `stamp -w`: how many files were written.
    pub(crate) written: Option<usize>,
    /// Source trees that the walk skipped.
    pub(crate) skipped_trees: usize,
    /// What was worked out is said elsewhere: of the findings alone is told.
    pub(crate) findings_only: bool,
    /// Nothing was to be written: `check`.
    pub(crate) check: bool,
    /// Stamps were to be taken out: `unstamp`.
    pub(crate) unstamp: bool,
    /// `baseline`: how many stamps it holds, the file that they were written to, and how many of before it does not.
    pub(crate) baseline: Option<(usize, Option<String>, usize)>,
    /// The host shows the findings anyway, in `results`.
    pub(crate) told: bool,
}

/// How many findings of each severity there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) errors: usize,
    pub(crate) warnings: usize,
    pub(crate) infos: usize,
}

impl Summary {
    /// The same as `check` says it.
    pub(crate) fn for_check(self) -> Self {
        Self { check: true, ..self }
    }

    /// Whether no workload came to anything.
    fn is_empty(&self) -> bool {
        Counts { is_wanted: false, ..self.counts } == Counts::default()
    }

    /// What is left of it for who wants to hear of errors alone.
    pub(crate) fn quiet_words(tally: Tally) -> String {
        if tally.warnings == 0 { String::new() } else { count(tally.warnings, "warning") }
    }

    /// The sentence, without a line break; `infos` are shown or not.
    pub(crate) fn words(&self, tally: Tally, infos_shown: bool) -> String {
        let always = |n: usize, what: &str| Some(format!("{n} {what}"));
        let some = |n: usize, what: &str| always(n, what).filter(|_| n > 0);
        let counted = |n: usize, thing: &str| (n > 0).then(|| count(n, thing));
        let list = |words: &[Option<String>]| words.iter().flatten().cloned().collect::<Vec<_>>().join(", ");
        let Counts { inserted, replaced, unchanged, removed, kept, nothing_to_hash, .. } = self.counts;
        let kept = some(kept, "kept (cannot verify)");
        let empty = some(nothing_to_hash, "with nothing to hash");
        let baseline = self.baseline.as_ref().map(|(stamps, file, gone)| {
            let stamps = count(*stamps, "stamp");
            let stamps = match file {
                Some(file) => format!("{stamps}, written to {file}"),
                None => format!("{stamps} that a workload may lack"),
            };
            list(&[Some(stamps), some(*gone, "of before not due any more")])
        });
        let done = match tally.errors {
            _ if self.findings_only => String::new(),
            _ if self.references.is_some() => list(&[self.references.map(|n| count(n, "reference"))]),
            0 if self.baseline.is_some() => baseline.unwrap_or_default(),
            0 if self.unstamp => list(&[
                Some(count(removed, "stamp") + " taken out"),
                self.written.map(|files| count(files, "file") + " written"),
            ]),
            1.. if self.check && self.is_empty() => "nothing checked".to_owned(),
            _ if self.check => list(&[
                always(inserted, "missing"),
                always(replaced, "stale"),
                always(removed, "left over"),
                always(unchanged, "current"),
                kept,
                empty,
            ]),
            0 => list(&[
                always(inserted + replaced, "stamped"),
                always(unchanged, "unchanged"),
                some(removed, "removed"),
                kept,
                empty,
                self.written.map(|files| count(files, "file") + " written"),
            ]),
            // With an error nothing is printed and nothing is written.
            _ if self.unstamp => "nothing taken out".to_owned(),
            _ if self.baseline.is_some() => "no baseline".to_owned(),
            _ => "nothing stamped".to_owned(),
        };
        let infos = counted(tally.infos, "info").map(|n| if infos_shown { n } else { n + " (-v shows them)" });
        let found = list(&[counted(tally.errors, "error"), counted(tally.warnings, "warning"), infos]);
        let skipped = counted(self.skipped_trees, "source tree").map_or(String::new(), |trees| trees + " skipped");
        [done, found, skipped].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("; ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(written: Option<usize>) -> Summary {
        let counts = Counts { inserted: 2, replaced: 1, unchanged: 1, ..Counts::default() };
        Summary { counts, written, ..Summary::default() }
    }

    fn tally(errors: usize, warnings: usize) -> Tally {
        Tally { errors, warnings, infos: 7 }
    }

    #[test]
    fn it_says_what_was_done() {
        let words = |summary: Summary| summary.words(Tally::default(), false);
        assert_eq!(words(summary(None)), "3 stamped, 1 unchanged");
        assert_eq!(words(summary(Some(1))), "3 stamped, 1 unchanged, 1 file written");
        assert_eq!(words(summary(Some(2))), "3 stamped, 1 unchanged, 2 files written");
        assert_eq!(words(summary(None).for_check()), "2 missing, 1 stale, 0 left over, 1 current");
        assert_eq!(words(Summary::default().for_check()), "0 missing, 0 stale, 0 left over, 0 current");
        assert_eq!(Summary::default().for_check().words(tally(1, 0), true), "nothing checked; 1 error, 7 infos");
    }

    #[test]
    fn it_says_what_was_taken_out() {
        let counts = Counts { removed: 1, ..Counts::default() };
        let summary = |written| Summary { counts, unstamp: true, written, ..Summary::default() };
        assert_eq!(summary(None).words(Tally::default(), false), "1 stamp taken out");
        assert_eq!(summary(Some(1)).words(Tally::default(), false), "1 stamp taken out, 1 file written");
        assert_eq!(summary(Some(1)).words(tally(1, 0), true), "nothing taken out; 1 error, 7 infos");
    }

    #[test]
    fn the_rest_is_counted_if_there_is_any() {
        let counts = Counts { removed: 1, kept: 2, ..summary(None).counts };
        let summary = Summary { counts, skipped_trees: 1, ..summary(Some(3)) };
        assert_eq!(
            summary.words(tally(0, 2), true),
            "3 stamped, 1 unchanged, 1 removed, 2 kept (cannot verify), 3 files written; 2 warnings, 7 infos; 1 source tree skipped"
        );
        assert_eq!(
            summary.words(tally(2, 1), false),
            "nothing stamped; 2 errors, 1 warning, 7 infos (-v shows them); 1 source tree skipped"
        );
    }
}

//! Findings as they are made: so many of one id are kept, the rest is counted and never made.
//!
//! An input can hold a finding in every few bytes. What nobody will read is not worth its words and its memory, but how many
//! there are is said exactly.

use super::{Finding, Id, Severity};
use crate::text::source::Location;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Findings in the order in which they were made.
#[derive(Clone, Debug)]
pub(crate) struct Findings {
    all: Vec<Finding>,
    /// Of one id and severity it holds that many.
    enough: Enough,
    is_whole: bool,
    /// What has no room in the whole is made too.
    makes_all: bool,
    seen: BTreeMap<(Id, Severity), Seen>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    kept: usize,
    more: usize,
}

/// Of which ids and severities a whole is full, told to those who make the parts that come later.
#[derive(Clone, Debug)]
pub(crate) struct Enough {
    room: usize,
    full: Arc<[[AtomicBool; 3]]>,
}

impl Enough {
    fn of(&self, id: Id, severity: Severity) -> &AtomicBool {
        &self.full[id as usize][severity as usize]
    }
}

/// So many of one id are kept of any text: more than a report for a machine holds.
const ROOM: usize = 1000;

/// A longer text keeps one more for so many bytes.
const EACH: usize = 2000;

impl Default for Findings {
    fn default() -> Self {
        Self::of(0)
    }
}

impl Findings {
    /// Those of a text of so many bytes.
    pub(crate) fn of(bytes: usize) -> Self {
        let full = Id::ALL.iter().map(|_| Default::default()).collect();
        Self { is_whole: true, ..Self::part(&Enough { room: ROOM + bytes / EACH, full }) }
    }

    /// Those of a part that comes behind all that has been added to a whole by now.
    pub(crate) fn part(enough: &Enough) -> Self {
        Self { all: Vec::new(), enough: enough.clone(), is_whole: false, makes_all: false, seen: BTreeMap::new() }
    }

    pub(crate) fn enough(&self) -> &Enough {
        &self.enough
    }

    /// Whether those are made for which the whole has no room: a part may yet drop some.
    pub(crate) fn makes_all(&mut self, makes_all: bool) {
        self.makes_all = makes_all;
    }

    /// One of some id, as severe as such a one is as a rule; made only if it is kept.
    pub(crate) fn add(&mut self, id: Id, make: impl FnOnce() -> Finding) {
        self.add_severe(id, id.severity(), make);
    }

    /// The same with its severity.
    pub(crate) fn add_severe(&mut self, id: Id, severity: Severity, make: impl FnOnce() -> Finding) {
        if self.room(id, severity) == 0 {
            self.count(id, severity, 1);
            return;
        }
        let seen = self.seen.entry((id, severity)).or_default();
        seen.kept += 1;
        if self.is_whole && seen.kept == self.enough.room {
            self.enough.of(id, severity).store(true, Ordering::Relaxed);
        }
        let finding = make();
        debug_assert_eq!((finding.id, finding.severity), (id, severity));
        self.all.push(finding);
    }

    /// How many more of an id and severity are kept: what is made of those behind is in vain.
    pub(crate) fn room(&self, id: Id, severity: Severity) -> usize {
        if !self.is_whole && !self.makes_all && self.enough.of(id, severity).load(Ordering::Relaxed) {
            return 0;
        }
        self.enough.room - self.seen.get(&(id, severity)).map_or(0, |seen| seen.kept)
    }

    /// Counts some for which there is no room.
    pub(crate) fn count(&mut self, id: Id, severity: Severity, more: usize) {
        if more > 0 {
            self.seen.entry((id, severity)).or_default().more += more;
        }
    }

    pub(crate) fn push(&mut self, finding: Finding) {
        self.add_severe(finding.id, finding.severity, || finding);
    }

    /// Adds all of others, which come later.
    pub(crate) fn append(&mut self, other: Self) {
        self.extend(other.all);
        for (what, seen) in other.seen {
            self.seen.entry(what).or_default().more += seen.more;
        }
    }

    /// All of both, which come of different parts of a text: in the order of those parts, whatever was found when.
    pub(crate) fn merged(mut self, other: Self) -> Self {
        if other.all.is_empty() {
            return self;
        }
        // As many are kept of each as of both: what is left out of one has no place among the first of both either.
        debug_assert_eq!(self.enough.room, other.enough.room);
        let counted = [std::mem::take(&mut self.seen), other.seen];
        let mut own = std::mem::take(&mut self.all).into_iter().peekable();
        for finding in other.all {
            let at = finding.location().map(Location::order);
            while let Some(first) = own.next_if(|first| first.location().map(Location::order) <= at) {
                self.push(first);
            }
            self.push(finding);
        }
        self.extend(own);
        for (what, seen) in counted.into_iter().flatten() {
            self.seen.entry(what).or_default().more += seen.more;
        }
        self
    }

    /// Those that are kept.
    pub(crate) fn kept(&self) -> &[Finding] {
        &self.all
    }

    /// Changes those that were kept since there were so many.
    pub(crate) fn since(&mut self, first: usize) -> &mut [Finding] {
        &mut self.all[first..]
    }

    /// Drops some of those that were kept since there were so many.
    pub(crate) fn retain_since(&mut self, first: usize, mut keep: impl FnMut(&Finding) -> bool) {
        let new = self.all.split_off(first);
        for finding in new {
            if keep(&finding) {
                self.all.push(finding);
            } else {
                self.seen.entry((finding.id, finding.severity)).or_default().kept -= 1;
            }
        }
    }

    /// Errors, and what says that an object counts for nothing.
    pub(crate) fn of_what_is_lost(mut self) -> Self {
        use Id::{Dropped, MissingSeparator, NotAnObject, UnknownKind};
        let is_lost = |id| matches!(id, Dropped | MissingSeparator | NotAnObject | UnknownKind);
        self.all.retain(|finding| finding.severity == Severity::Error || is_lost(finding.id));
        self.seen.retain(|(id, severity), _| *severity == Severity::Error || is_lost(*id));
        self
    }

    /// All that are kept; the last one of a kind stands for those that are not.
    pub(crate) fn into_all(mut self) -> Vec<Finding> {
        self.seen.retain(|_, seen| seen.more > 0);
        for finding in self.all.iter_mut().rev() {
            if self.seen.is_empty() {
                break;
            }
            finding.others = self.seen.remove(&(finding.id, finding.severity)).map_or(finding.others, |seen| seen.more);
        }
        self.all
    }
}

impl Extend<Finding> for Findings {
    fn extend<I: IntoIterator<Item = Finding>>(&mut self, findings: I) {
        findings.into_iter().for_each(|finding| self.push(finding));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Cut, Problem};

    #[test]
    fn what_is_not_kept_is_counted() {
        let finding = || Finding::new(Problem::NotAnObject {});
        let error = || Finding::new(Problem::GluedSeparator {});
        let mut all = Findings::default();
        (0..ROOM).for_each(|_| all.add(Id::NotAnObject, finding));
        all.add(Id::NotAnObject, || panic!("it is made"));
        all.push(error());
        let mut more = Findings::default();
        (0..ROOM + 5).for_each(|_| more.push(finding()));
        all.append(more);
        let all = all.into_all();
        assert_eq!(all.len(), ROOM + 1);
        let others: Vec<_> = all.iter().filter(|f| f.others > 0).map(|f| (f.id, f.others)).collect();
        assert_eq!(others, [(Id::NotAnObject, ROOM + 6)]);
        let mut cut = Cut::at(50);
        assert_eq!(all.iter().filter(|f| cut.takes(f)).count(), 51);
        assert_eq!(cut.omitted(), [(Id::NotAnObject, 2 * ROOM + 6 - 50)].into());
    }

    #[test]
    fn parts_that_are_read_at_different_times_come_to_the_same() {
        let finding = |at| Finding::new(Problem::NotAnObject {}).at(Default::default(), at..at);
        for all in [10, ROOM, 3 * ROOM] {
            let (mut whole, mut one, mut other) = (Findings::default(), Findings::default(), Findings::default());
            for at in 0..all {
                whole.push(finding(at));
                if at % 7 < 2 { one.push(finding(at)) } else { other.push(finding(at)) }
            }
            let told = |findings: Findings| format!("{:?}", findings.into_all());
            assert_eq!(told(one.merged(other)), told(whole), "{all}");
        }
    }

    #[test]
    fn what_is_dropped_makes_room() {
        let finding = |at| Finding::new(Problem::NotAnObject {}).at(Default::default(), at..at);
        let mut all = Findings::default();
        (0..ROOM).for_each(|at| all.push(finding(at)));
        all.retain_since(10, |f| f.location().is_some_and(|at| at.range.start > 20));
        assert_eq!(all.kept().len(), ROOM - 11);
        (0..12).for_each(|at| all.push(finding(at)));
        let all = all.into_all();
        assert_eq!((all.len(), all[ROOM - 1].others), (ROOM, 1));
    }
}

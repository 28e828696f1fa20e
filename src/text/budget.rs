//! How much a text may ask for beyond its own length: what would multiply is counted, and one limit, in proportion to the
//! length, holds for all of it.
//!
//! Counts, refuses nothing itself. A sum does not depend on the order of what is added, so neither does the answer.

use std::sync::atomic::{AtomicU64, Ordering};

/// So many times its own length.
pub(crate) const TIMES: u64 = 10;
/// What a short text may ask for besides.
const SOME: u64 = 10_000;

/// What may be spent on a text; a unit is a byte that is looked at once more.
///
/// Threads write to it: what lies beside it would have to be fetched again and again.
#[derive(Debug)]
#[repr(align(128))]
pub(crate) struct Budget {
    most: u64,
    spent: AtomicU64,
}

impl Budget {
    pub(crate) fn new(bytes: usize) -> Self {
        Self { most: TIMES * bytes as u64 + SOME, spent: AtomicU64::new(0) }
    }

    /// Spends some of it; whether it was there.
    pub(crate) fn spend(&self, units: u64) -> bool {
        if units == 0 {
            return !self.is_spent();
        }
        // Nobody goes on for long once it is spent, so that the sum has no end to reach.
        self.spent.fetch_add(units, Ordering::Relaxed).saturating_add(units) <= self.most
    }

    /// Whether more was asked for than there was.
    pub(crate) fn is_spent(&self) -> bool {
        self.spent() > self.most
    }

    pub(crate) fn spent(&self) -> u64 {
        self.spent.load(Ordering::Relaxed)
    }
}

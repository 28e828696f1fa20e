//! What many objects of a set have in common, kept once by each thread that reads.
//!
//! Takes values, gives an equal one that perhaps was there before. Forgets where there are many different ones.

use crate::facts::object::Common;
use foldhash::HashSet;
use std::hash::Hash;
use std::sync::Arc;

/// What a thread has met.
#[derive(Debug, Default)]
pub(super) struct Shared {
    objects: HashSet<Arc<Common>>,
    texts: HashSet<Arc<str>>,
}

/// So many different values are remembered.
const MOST: usize = 4096;

impl Shared {
    pub(super) fn object(&mut self, common: Common) -> Arc<Common> {
        one(&mut self.objects, &common).unwrap_or_else(|| new(&mut self.objects, common.into()))
    }

    pub(super) fn text(&mut self, text: &str) -> Arc<str> {
        one(&mut self.texts, text).unwrap_or_else(|| new(&mut self.texts, text.into()))
    }
}

fn one<T: Hash + Eq + ?Sized>(known: &mut HashSet<Arc<T>>, value: &T) -> Option<Arc<T>> {
    known.get(value).cloned()
}

fn new<T: Hash + Eq + ?Sized>(known: &mut HashSet<Arc<T>>, value: Arc<T>) -> Arc<T> {
    if known.len() == MOST {
        known.clear();
    }
    known.insert(value.clone());
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_equal_is_kept_once_and_not_for_ever() {
        let mut shared = Shared::default();
        let first = shared.text("a");
        assert!(Arc::ptr_eq(&first, &shared.text("a")));
        (0..=MOST).for_each(|i| drop(shared.text(&i.to_string())));
        assert_eq!((shared.text("a"), Arc::ptr_eq(&first, &shared.text("a"))), (first.clone(), false));
        assert!(shared.texts.len() <= MOST);
    }
}

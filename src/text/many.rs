//! The same for each of many things: by all cores where that pays.
//!
//! Takes things and a function, gives what that makes of each, in their order.

use rayon::prelude::*;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, mpsc};

/// So many are worth the start of other threads, where each takes a moment.
pub(crate) const MANY: usize = 256;

/// The same where each is a file.
pub(crate) const FILES: usize = 8;

/// What a function makes of each; fewer than `many` are done by one thread.
pub(crate) fn each<T: Sync, O: Send>(all: &[T], many: usize, make: impl Fn(&T) -> O + Sync) -> Vec<O> {
    if all.len() < many { all.iter().map(make).collect() } else { all.par_iter().map(&make).collect() }
}

/// The same, each taken in its order while others are made: for what is too much to be held at once. `state` is what a
/// thread keeps from one to the next.
pub(crate) fn in_order<T: Sync, S, O: Send>(
    all: &[T],
    much: bool,
    state: impl Fn() -> S + Sync,
    make: impl Fn(&mut S, &T) -> O + Sync,
    mut take: impl FnMut(O),
) {
    // A thread of the pool must not wait for others of it: they may all do so.
    if !much || rayon::current_thread_index().is_some() || rayon::current_num_threads() == 1 {
        let mut state = state();
        return all.iter().for_each(|one| take(make(&mut state, one)));
    }
    let next = AtomicUsize::new(0);
    let claim = || Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|i| Some((i, all.get(i)?)));
    let (send, receive) = mpsc::channel();
    rayon::in_place_scope(|scope| {
        for _ in 1..rayon::current_num_threads() {
            let (send, claim, start, make) = (send.clone(), &claim, &state, &make);
            scope.spawn(move |_| {
                let mut state = start();
                while let Some((i, one)) = claim() {
                    // Nobody stops receiving before the end.
                    let _ = send.send((i, make(&mut state, one)));
                }
            });
        }
        drop(send);
        let (mut waiting, mut wanted) = (BTreeMap::new(), 0);
        let mut taken = |(i, made)| {
            waiting.insert(i, made);
            while let Some(made) = waiting.remove(&wanted) {
                take(made);
                wanted += 1;
            }
        };
        // Who takes works too: to be woken for each would cost more.
        let mut state = state();
        while let Some((i, one)) = claim() {
            taken((i, make(&mut state, one)));
            receive.try_iter().for_each(&mut taken);
        }
        receive.into_iter().for_each(taken);
    });
}

/// Parts of a list of about so many each, so that what is the same as the one before it stays with that.
pub(crate) fn blocks<T>(all: &[T], many: usize, same: impl Fn(&T, &T) -> bool) -> Vec<&[T]> {
    let (mut out, mut rest) = (Vec::with_capacity(all.len() / many + 1), all);
    while !rest.is_empty() {
        let mut end = many.min(rest.len());
        while end < rest.len() && same(&rest[end - 1], &rest[end]) {
            end += 1;
        }
        let (block, behind) = rest.split_at(end);
        out.push(block);
        rest = behind;
    }
    out
}

/// What threads use one after the other. All of it is caches: one that has panicked leaves nothing of them half done.
pub(crate) fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What two functions give, at the same time if they have much to do: by threads of their own, since they may wait for
/// those that all share.
pub(crate) fn both<A: Send, B: Send>(much: bool, a: impl FnOnce() -> A + Send, b: impl FnOnce() -> B + Send) -> (A, B) {
    if !much || rayon::current_num_threads() == 1 {
        return (a(), b());
    }
    std::thread::scope(|scope| {
        let a = scope.spawn(a);
        let b = b();
        (a.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)), b)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_done_first_is_not_taken_first() {
        let all: Vec<u64> = (0..300).collect();
        for much in [false, true] {
            let mut taken = Vec::new();
            let slow = |count: &mut u64, &i: &u64| {
                *count += 1;
                std::thread::sleep(std::time::Duration::from_micros(i * 7919 % 50));
                (i, *count)
            };
            in_order(&all, much, || 0, slow, |made| taken.push(made));
            assert_eq!(taken.iter().map(|(i, _)| *i).collect::<Vec<_>>(), all);
            assert!(taken.iter().map(|(_, count)| *count).max() <= Some(300));
        }
    }

    #[test]
    fn what_is_the_same_stays_in_one_block() {
        let of = |all: &[u32], many| blocks(all, many, |a, b| a == b).iter().map(|b| b.len()).collect::<Vec<_>>();
        assert_eq!(of(&[], 2), [0; 0]);
        assert_eq!(of(&[1, 2, 3, 4, 5], 2), [2, 2, 1]);
        assert_eq!(of(&[1, 2, 2, 2, 3, 4], 2), [4, 2]);
    }
}

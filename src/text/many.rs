//! The same for each of many things: by all cores where that pays.
//!
//! Takes things and a function, gives what that makes of each, in their order.

use rayon::prelude::*;

/// So many are worth the start of other threads, where each takes a moment.
pub(crate) const MANY: usize = 256;

/// The same where each is a file.
pub(crate) const FILES: usize = 8;

/// What a function makes of each; fewer than `many` are done by one thread.
pub(crate) fn each<T: Sync, O: Send>(all: &[T], many: usize, make: impl Fn(&T) -> O + Sync) -> Vec<O> {
    if all.len() < many { all.iter().map(make).collect() } else { all.par_iter().map(&make).collect() }
}

/// What two functions give, at the same time if they have much to do: by threads of their own, since they may wait for
/// those that all share.
pub(crate) fn both<A: Send, B: Send>(much: bool, a: impl FnOnce() -> A + Send, b: impl FnOnce() -> B + Send) -> (A, B) {
    // A page in a browser has no other thread.
    if !much || rayon::current_num_threads() == 1 {
        return (a(), b());
    }
    std::thread::scope(|scope| {
        let a = scope.spawn(a);
        let b = b();
        (a.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)), b)
    })
}

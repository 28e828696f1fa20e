//! A line on the terminal for what takes longer than a moment, and is gone when that is done.
//!
//! Takes what is being done; shows it on standard error after [`PATIENCE`]. Says nothing in a pipe, on a dumb terminal and
//! where the work is done before.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// How long nothing is shown.
const PATIENCE: Duration = Duration::from_secs(1);

/// The line, from here until it is dropped.
pub(super) struct Progress(Option<(Sender<()>, JoinHandle<()>)>);

impl Progress {
    /// Begins to wait, if anybody is there to see it.
    pub(super) fn start(shown: bool, what: &'static str) -> Self {
        // WebAssembly has no threads, and so no line.
        Self((shown && !cfg!(target_family = "wasm")).then(|| {
            let (done, waits) = channel();
            let line = thread::spawn(move || {
                if waits.recv_timeout(PATIENCE) != Err(RecvTimeoutError::Timeout) {
                    return;
                }
                line_until(&waits, what);
            });
            (done, line)
        }))
    }
}

/// Shows the line; whatever ends the waiting ends it.
#[cfg(not(target_family = "wasm"))]
fn line_until(done: &Receiver<()>, what: &'static str) {
    use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
    /// How often it moves.
    const TICK: Duration = Duration::from_millis(100);
    let style = ProgressStyle::with_template("{spinner} restamp: {msg} …");
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
    bar.set_message(what);
    bar.enable_steady_tick(TICK);
    let _ = done.recv();
    bar.finish_and_clear();
}

#[cfg(target_family = "wasm")]
fn line_until(_: &Receiver<()>, _: &'static str) {}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((done, line)) = self.0.take() {
            drop(done);
            // It cannot fail but by a panic of its own, which is no reason for another.
            let _ = line.join();
        }
    }
}

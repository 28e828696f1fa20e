//! Signals: while files are written, INT, TERM and HUP end the run between two steps, and not in one.
//!
//! [`Signals::check`] is an error once a signal has come. When all is put back and said, [`obey`] lets the signal do what it
//! would have done, so that the caller sees it. Before and after the writing a signal acts at once.

pub(crate) use system::{Signals, obey};

#[cfg(unix)]
mod system {
    use std::io;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    use std::sync::{Arc, OnceLock};

    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::{flag, low_level};

    /// What the handlers share.
    struct State {
        /// Nothing is being written: a signal acts at once.
        idle: Arc<AtomicBool>,
        /// The signal that came, or 0.
        caught: Arc<AtomicUsize>,
    }

    static STATE: OnceLock<State> = OnceLock::new();

    fn state() -> io::Result<&'static State> {
        if let Some(state) = STATE.get() {
            return Ok(state);
        }
        let state = State { idle: Arc::default(), caught: Arc::default() };
        let ignored = ignored();
        for signal in [SIGINT, SIGTERM, SIGHUP].into_iter().filter(|signal| ignored >> (signal - 1) & 1 == 0) {
            // In this order: none is lost that comes between the two.
            flag::register_usize(signal, state.caught.clone(), signal.unsigned_abs() as usize)?;
            flag::register_conditional_default(signal, state.idle.clone())?;
        }
        Ok(STATE.get_or_init(|| state))
    }

    /// The signals that stay ignored, as under `nohup` or in a script's background; a bit for each. Only Linux tells.
    fn ignored() -> u64 {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default()
    }

    /// Signals wait while this lives.
    pub(crate) struct Signals(&'static State);

    impl Signals {
        pub(crate) fn hold() -> io::Result<Self> {
            let state = state()?;
            state.idle.store(false, Ordering::SeqCst);
            Ok(Self(state))
        }

        /// An error if one has come.
        pub(crate) fn check(&self) -> anyhow::Result<()> {
            let name = match i32::try_from(self.0.caught.load(Ordering::SeqCst)) {
                Ok(0) | Err(_) => return Ok(()),
                Ok(signal) => low_level::signal_name(signal).unwrap_or("a signal"),
            };
            anyhow::bail!("stopped by {name}")
        }
    }

    impl Drop for Signals {
        fn drop(&mut self) {
            self.0.idle.store(true, Ordering::SeqCst);
        }
    }

    /// Lets a signal act that came while files were written.
    pub(crate) fn obey() {
        let caught = STATE.get().map_or(0, |state| state.caught.load(Ordering::SeqCst));
        if let Some(signal) = i32::try_from(caught).ok().filter(|signal| *signal != 0) {
            // What does not end the process leaves its exit status.
            let _ = low_level::emulate_default_handler(signal);
        }
    }
}

#[cfg(not(unix))]
mod system {
    /// Elsewhere a signal is a kill: the next run removes what it leaves.
    pub(crate) struct Signals;

    impl Signals {
        pub(crate) fn hold() -> std::io::Result<Self> {
            Ok(Self)
        }

        pub(crate) fn check(&self) -> anyhow::Result<()> {
            Ok(())
        }
    }

    pub(crate) fn obey() {}
}

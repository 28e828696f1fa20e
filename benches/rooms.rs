//! How fast each stage is, over a rendering of about 50 MB. `cargo bench` runs it; benches/README.md has more.
//!
//! `RESTAMP_APPS` makes the rendering smaller or larger. `cargo bench --bench rooms -- --print` prints the rendering.

#[allow(dead_code)]
#[path = "../tests/common/library.rs"]
mod library;
mod mix;

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use library::{Settings, Source, applied, testing};
use restamp::{Io, run_with, transform};
use std::io::Write as _;
use std::sync::LazyLock;

static TEXT: LazyLock<String> = LazyLock::new(|| {
    let apps = std::env::var("RESTAMP_APPS").ok();
    mix::rendering(apps.and_then(|a| a.parse().ok()).unwrap_or(13_000))
});

fn main() {
    if std::env::args().any(|a| a == "--print") {
        // Whoever reads it may stop early.
        let _ = std::io::stdout().write_all(TEXT.as_bytes());
        return;
    }
    divan::main();
}

fn bytes() -> BytesCount {
    BytesCount::new(TEXT.len())
}

/// Splitting the stream and looking for words.
#[divan::bench(sample_count = 20, sample_size = 1)]
fn scan(bencher: Bencher<'_, '_>) {
    let settings = Settings::default();
    bencher.counter(bytes()).bench_local(|| testing::scan(black_box(&TEXT), &settings));
}

/// Scanning and parsing, on one thread.
#[divan::bench(sample_count = 10, sample_size = 1)]
fn parse(bencher: Bencher<'_, '_>) {
    let settings = Settings::default();
    bencher.counter(bytes()).bench_local(|| testing::parse(black_box(&TEXT), &settings));
}

/// All of the core: scan, parse, decide, edit, verify.
#[divan::bench(sample_count = 10, sample_size = 1)]
fn transform_and_verify(bencher: Bencher<'_, '_>) {
    let settings = Settings::default();
    let sources = [Source::new("-", TEXT.as_str())];
    bencher.counter(bytes()).bench_local(|| transform(black_box(&sources), &settings));
}

/// The same where every stamp is right already: nothing to write, nothing to verify.
#[divan::bench(sample_count = 10, sample_size = 1)]
fn transform_of_a_current_rendering(bencher: Bencher<'_, '_>) {
    let settings = Settings::default();
    let source = Source::new("-", TEXT.as_str());
    let outcome = transform(std::slice::from_ref(&source), &settings);
    let sources = [Source::new("-", applied(&TEXT, &outcome.edits).expect("impossible: edits do not overlap"))];
    bencher.counter(bytes()).bench_local(|| transform(black_box(&sources), &settings));
}

/// The program from stdin to stdout.
#[divan::bench(sample_count = 10, sample_size = 1)]
fn filter(bencher: Bencher<'_, '_>) {
    bencher.counter(bytes()).bench_local(|| {
        let mut stdin = TEXT.as_bytes();
        let mut stdout = Vec::with_capacity(TEXT.len() + TEXT.len() / 8);
        let mut stderr = Vec::new();
        let status = run_with(
            ["restamp".into()],
            &mut Io {
                stdin: &mut stdin,
                stdout: &mut stdout,
                stderr: &mut stderr,
                stdin_is_terminal: false,
                stdout_is_terminal: false,
                stderr_is_terminal: false,
                color: Some(false),
                progress: false,
                width: 100,
                findings: None,
                ends: false,
            },
        );
        assert_eq!(status, 0);
        stdout
    });
}

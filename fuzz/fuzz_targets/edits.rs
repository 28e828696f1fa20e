//! `checks::edits` on any text and any edits of it.
#![no_main]

#[allow(dead_code)]
#[path = "../checks.rs"]
mod checks;
#[allow(dead_code)]
#[path = "../../tests/common/library.rs"]
mod library;

libfuzzer_sys::fuzz_target!(|input: (&str, Vec<(u8, u8, &str)>)| {
    let (text, edits) = input;
    let edit = |(from, len, new): (u8, u8, &str)| {
        let from = usize::from(from);
        library::replacing(from..from + usize::from(len), new)
    };
    checks::edits(text, &edits.into_iter().map(edit).collect::<Vec<_>>());
});

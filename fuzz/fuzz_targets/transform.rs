//! `transform` never panics, and if it succeeds a second run changes nothing and undoing the edits gives the text back.
#![no_main]

use libfuzzer_sys::fuzz_target;
use restamp::settings::{Select, Settings};
use restamp::source::Source;
use restamp::{edit, transform};

fuzz_target!(|text: &str| {
    let settings = Settings {
        select: Select::All,
        ..Settings::default()
    };
    let source = Source::new("-", text);
    let first = transform(std::slice::from_ref(&source), &settings);
    let new = edit::apply(&source, 0, &first.edits)
        .expect("edits overlap")
        .concat();
    let undo = edit::undo(text, &first.edits);
    let edited = Source::new("-", new);
    let back = edit::apply(&edited, 0, &undo)
        .expect("undo overlaps")
        .concat();
    assert_eq!(back, text);
    if first.has_errors() {
        return;
    }
    let second = transform(std::slice::from_ref(&edited), &settings);
    assert!(second.edits.is_empty() && !second.has_errors());
});

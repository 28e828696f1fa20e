//! What must hold for any input: the fuzz targets ask it, and so does `tests/properties.rs`, so that this compiles.

use super::library::{Edit, Settings, Source, all, applied, seen, testing, undo};

/// `transform` never panics; if it succeeds, a second run changes nothing and undoing the edits gives the text back.
pub(crate) fn transform(text: &str) {
    let once = |text: &str, settings: &Settings| seen(&[Source::new("-", text)], settings);
    let first = once(text, &all());
    let new = applied(text, &first.edits).expect("edits overlap");
    let back = applied(&new, &undo(text, &first.edits)).expect("undo overlaps");
    assert_eq!(back, text);
    if !first.has_errors() {
        let second = once(&new, &all());
        assert!(second.edits.is_empty() && !second.has_errors(), "a second run changes something");
    }
}

/// The readers of JSON, of YAML and of plain YAML never panic, and see the same in what two of them accept.
pub(crate) fn readers(text: &str) {
    assert_ne!(testing::json_is_yaml(text), Some(false));
    assert_ne!(testing::fast_is_general(text), Some(false));
}

/// `apply` refuses unsound edits and never panics; what it accepts can be undone.
pub(crate) fn edits(text: &str, edits: &[Edit]) {
    if let Ok(new) = applied(text, edits) {
        assert_eq!(applied(&new, &undo(text, edits)).expect("undo overlaps"), text);
    }
}

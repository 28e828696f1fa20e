//! `apply` refuses unsound edits and never panics; what it accepts can be undone.
#![no_main]

use libfuzzer_sys::fuzz_target;
use restamp::edit::{Edit, apply, undo};
use restamp::source::Source;

fuzz_target!(|input: (&str, Vec<(u8, u8, &str)>)| {
    let (text, edits) = input;
    let edits: Vec<Edit> = edits
        .into_iter()
        .map(|(from, len, new)| Edit {
            source: 0,
            range: usize::from(from)..usize::from(from) + usize::from(len),
            text: new.to_owned(),
        })
        .collect();
    if let Ok(parts) = apply(&Source::new("-", text), 0, &edits) {
        let edited = Source::new("-", parts.concat());
        let back = undo(text, &edits);
        assert_eq!(
            apply(&edited, 0, &back).expect("undo overlaps").concat(),
            text
        );
    }
});

//! `checks::readers` on any text.
#![no_main]

#[allow(dead_code)]
#[path = "../checks.rs"]
mod checks;
#[allow(dead_code)]
#[path = "../../tests/common/library.rs"]
mod library;

libfuzzer_sys::fuzz_target!(|text: &str| checks::readers(text));

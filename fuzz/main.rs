//! The fuzz targets in one program, which is built once; `RESTAMP_FUZZ` says which of them runs. `.ci/fuzz` calls it.
#![no_main]

#[allow(dead_code)]
mod checks;
#[allow(dead_code)]
#[path = "../tests/common/mod.rs"]
mod common;

use libfuzzer_sys::arbitrary::{Arbitrary as _, Unstructured};
use std::sync::LazyLock;

/// What a target makes of the bytes of one input.
static TARGET: LazyLock<fn(&[u8])> = LazyLock::new(|| {
    let name = std::env::var("RESTAMP_FUZZ").unwrap_or_default();
    let target: fn(&[u8]) = match name.as_str() {
        "readers" => |bytes| text(bytes, checks::readers),
        "edits" => edits,
        "transform" => |bytes| text(bytes, checks::transform),
        "settings" => |bytes| text(bytes, checks::settings),
        "list" => |bytes| text(bytes, checks::list),
        "kustomization" => |bytes| text(bytes, checks::kustomization),
        "entry" => |bytes| text(bytes, checks::entry),
        "plan" => |bytes| text(bytes, checks::plan),
        _ => panic!("RESTAMP_FUZZ names no target: {name:?}"),
    };
    target
});

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| TARGET(bytes));

fn text(bytes: &[u8], check: fn(&str)) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        check(text);
    }
}

fn edits(bytes: &[u8]) {
    let input: Result<(&str, Vec<(u8, u8, &str)>), _> = <_>::arbitrary(&mut Unstructured::new(bytes));
    let Ok((text, edits)) = input else { return };
    let edit = |(from, length, new): (u8, u8, &str)| {
        let from = usize::from(from);
        common::library::replacing(from..from + usize::from(length), new)
    };
    checks::edits(text, &edits.into_iter().map(edit).collect::<Vec<_>>());
}

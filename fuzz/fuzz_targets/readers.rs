//! The readers of JSON, of YAML and of plain YAML never panic, and see the same in what two of them accept.
#![no_main]

use libfuzzer_sys::fuzz_target;
use restamp::testing;

fuzz_target!(|text: &str| {
    assert_ne!(testing::json_is_yaml(text), Some(false));
    assert_ne!(testing::fast_is_general(text), Some(false));
});

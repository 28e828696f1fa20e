//! What rustc made for the browser → the same with its bindings for JavaScript: `bind IN.wasm FOLDER`.
//!
//! A program of our own and not `wasm-bindgen` itself: so one lock file keeps the two halves at one version, and nothing
//! has to be installed.

use std::env::args_os;
use std::error::Error;
use wasm_bindgen_cli_support::Bindgen;

fn main() -> Result<(), Box<dyn Error>> {
    let mut words = args_os().skip(1);
    let (Some(wasm), Some(folder), None) = (words.next(), words.next(), words.next()) else {
        return Err("usage: bind IN.wasm FOLDER".into());
    };
    let mut bindgen = Bindgen::new();
    bindgen.input_path(wasm).out_name("restamp").typescript(true).web(true)?;
    Ok(bindgen.remove_name_section(true).remove_producers_section(true).generate(folder)?)
}

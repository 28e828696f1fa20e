//! The key of keyed digests, from a file or the environment. The only place that reads it; no message repeats any of it.

use crate::command::Run;
use crate::finding::{Finding, Problem};
use crate::settings::key::Key;
use crate::settings::{Settings, parse_variable};
use std::ffi::OsStr;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

/// A key file is no longer.
const LONGEST: u64 = 1 << 16;

impl Run<'_, '_> {
    /// Settings with the key that they ask for.
    pub(super) fn with_key(&self, settings: Settings) -> Result<Settings, Box<Finding>> {
        let flags = &self.cli.settings;
        with_key(settings, flags.key_file.as_deref(), flags.key_env.is_some())
    }
}

/// Settings with the key of a file, else of the environment; `asked` is whether a flag names a variable.
pub(super) fn with_key(mut settings: Settings, file: Option<&Path>, asked: bool) -> Result<Settings, Box<Finding>> {
    let (from, bytes) = match file {
        Some(path) => ("the key of --key-file", of_file(path)),
        None if settings.key_env.is_empty() && !asked => return Ok(settings),
        None => ("the key of --key-env or `keyEnv`", of_variable(&settings.key_env)),
    };
    let key = bytes.and_then(|bytes| Key::new(&bytes));
    settings.key = Some(key.map_err(|why| unusable(&format!("{from} {why}")))?);
    Ok(settings)
}

fn unusable(message: &str) -> Box<Finding> {
    let remedy = "make one with `openssl rand -hex 32`, and keep it where every run that stamps can read it";
    Box::new(Finding::new(Problem::Settings { message: message.to_owned(), remedy: Some(remedy.to_owned()) }))
}

/// One line break at its end is cut: editors and `echo` add it.
fn of_file(path: &Path) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(LONGEST + 1).read_to_end(&mut bytes));
    read.map_err(|error| format!("cannot be read: {error}"))?;
    if bytes.len() as u64 > LONGEST {
        return Err(format!("is longer than {LONGEST} bytes"));
    }
    if bytes.pop_if(|byte| *byte == b'\n').is_some() {
        bytes.pop_if(|byte| *byte == b'\r');
    }
    Ok(bytes)
}

fn of_variable(name: &str) -> Result<Vec<u8>, String> {
    let name = parse_variable(name).map_err(|why| format!("cannot be read: {why}"))?;
    let value = std::env::var_os(&name);
    // Names are in capitals. What is not may be the key itself, given in place of its name.
    let is_name = |c: char| c == '_' || c.is_ascii_uppercase() || c.is_ascii_digit();
    let shown = if name.len() <= 40 && name.chars().all(is_name) { name } else { "that it names".to_owned() };
    let bytes = value.as_deref().map(OsStr::as_encoded_bytes);
    bytes.map(<[u8]>::to_vec).ok_or_else(|| format!("is absent: the environment variable {shown} is not set"))
}

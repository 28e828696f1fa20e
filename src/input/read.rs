//! Reading one input: a path, or standard input, becomes a source.
//!
//! Takes a path and how messages name it; gives its text with the file that it came from, or the finding about why not.

use crate::finding::{Finding, Problem};
use crate::text::lines::position;
use crate::text::source::Source;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The path that means standard input.
pub(super) const STDIN: &str = "-";

/// The file of a source.
#[derive(Clone, Debug)]
pub(crate) struct File {
    /// Where it is written back to.
    pub(crate) path: PathBuf,
    /// The same whatever path or link led to it.
    pub(crate) real: PathBuf,
}

/// One text that was read; standard input has no file.
pub(super) type Input = (Source, Option<File>);

/// Is it standard input?
pub(crate) fn is_stdin(path: &Path) -> bool {
    path == Path::new(STDIN)
}

/// Reads a file, a pipe or standard input by its path; another device might never end.
pub(super) fn read_file(path: &Path, name: String) -> Result<Input, Box<Finding>> {
    if is_device(path) {
        return Err(Box::new(unreadable(&name, "it is a device".into())));
    }
    read_plain(path.to_owned(), name, || real(path))
}

/// Reads what is known to be a plain file.
pub(super) fn read_plain(path: PathBuf, name: String, real: impl FnOnce() -> PathBuf) -> Result<Input, Box<Finding>> {
    let source = decode(name, fs::read(&path))?;
    Ok((source, Some(File { real: real(), path })))
}

pub(super) fn decode(name: String, bytes: io::Result<Vec<u8>>) -> Result<Source, Box<Finding>> {
    let bytes = bytes.map_err(|error| unreadable(&name, error.to_string()))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let bad = error.utf8_error().valid_up_to();
        not_utf8(&name, error.as_bytes(), bad)
    })?;
    Ok(Source::new(name, text))
}

#[cfg(unix)]
fn is_device(path: &Path) -> bool {
    use std::os::unix::fs::FileTypeExt as _;
    let is_device = |m: fs::Metadata| m.file_type().is_char_device() || m.file_type().is_block_device();
    path != Path::new("/dev/stdin") && fs::metadata(path).is_ok_and(is_device)
}

#[cfg(not(unix))]
fn is_device(_: &Path) -> bool {
    false
}

/// The finding for what cannot be read.
pub(super) fn unreadable(name: &str, why: String) -> Finding {
    Finding::new(Problem::Unreadable { why }).in_input(name, None)
}

fn not_utf8(name: &str, bytes: &[u8], bad: usize) -> Finding {
    let problem = match bytes {
        [0xff, 0xfe, 0, 0, ..] => Problem::OtherEncoding { name: "UTF-32" },
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Problem::OtherEncoding { name: "UTF-16" },
        _ => Problem::NotUtf8 { byte: bytes.get(bad).copied().unwrap_or_default() },
    };
    Finding::new(problem).in_input(name, Some(position(bytes, bad)))
}

/// A path that is the same whatever path or link led to it.
pub(super) fn real(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

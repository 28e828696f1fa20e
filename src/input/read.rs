//! Reading one input: a path, or standard input, becomes a source.
//!
//! Takes a path and how messages name it; gives its text with the file that it came from, or the finding about why not.

use crate::finding::{Finding, Problem};
use crate::text::lines::position;
use crate::text::source::Source;
use std::borrow::Cow;
use std::fs;
use std::io::{self, Read};
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

/// Standard input, or what stands for it.
pub trait Stdin: Read {
    /// The file that it is: what is left of it begins where the file's offset is.
    fn file(&self) -> Option<fs::File> {
        None
    }
}

impl Stdin for &[u8] {}

impl Stdin for io::Empty {}

impl Stdin for io::StdinLock<'_> {
    #[cfg(unix)]
    fn file(&self) -> Option<fs::File> {
        use std::os::fd::AsFd as _;
        self.as_fd().try_clone_to_owned().map(fs::File::from).ok()
    }
}

/// Is it standard input?
pub(crate) fn is_stdin(path: &Path) -> bool {
    path == Path::new(STDIN)
}

/// Reads a file, a pipe or standard input by its path; another device might never end.
pub(super) fn read_file(path: &Path, name: String) -> Result<Input, Box<Finding>> {
    if is_device(path) {
        return Err(Box::new(unreadable(&name, "it is a device".into())));
    }
    let bytes = fs::File::open(path)
        .and_then(|file| if path.is_file() { read_whole(file) } else { read_text(file).map(Bytes::Owned) });
    Ok((decode(name, bytes)?, Some(File { path: path.to_owned(), real: real(path) })))
}

/// Reads what is known to be a plain file.
pub(super) fn read_plain(path: PathBuf, name: String, real: impl FnOnce() -> PathBuf) -> Result<Input, Box<Finding>> {
    let source = decode(name, fs::File::open(&path).and_then(read_whole))?;
    Ok((source, Some(File { real: real(), path })))
}

/// Reads standard input.
pub(super) fn read_stdin(stdin: &mut dyn Stdin) -> io::Result<Bytes> {
    match stdin.file().filter(|file| file.metadata().is_ok_and(|m| m.is_file())) {
        // Nothing of it is buffered yet, or all has been read.
        Some(file) => read_whole(file),
        None => {
            #[cfg(target_os = "linux")]
            if let Some(pipe) = stdin.file() {
                // Who writes into it waits less. It may be no pipe, or that may be forbidden.
                let _ = rustix::pipe::fcntl_setpipe_size(pipe, PIECE);
            }
            read_text(stdin).map(Bytes::Owned)
        }
    }
}

/// What is left of a plain file.
fn read_whole(mut file: fs::File) -> io::Result<Bytes> {
    let len = file.metadata().map_or(0, |m| m.len());
    let begun = read_in_pieces(&mut file, len).unwrap_or_default();
    let mut bytes = Vec::new();
    if begun.is_empty() {
        bytes.try_reserve_exact(usize::try_from(len).unwrap_or(usize::MAX))?;
    }
    // It may have grown. `take` asks no more how long it is.
    file.take(u64::MAX).read_to_end(&mut bytes)?;
    Ok(if bytes.is_empty() { begun.into() } else { [begun, &bytes].concat().into() })
}

/// What was read: a large file lies in memory of its own, which is there until the program ends.
pub(super) type Bytes = Cow<'static, [u8]>;

/// So many bytes are read by one thread.
#[cfg(unix)]
const PIECE: usize = 1 << 20;

/// A longer file is not read at once, since it may have holes and be longer than memory; and what has no length is read no
/// further, since it may have no end.
const MOST: u64 = 4 << 30;

/// Reads what is left of a large file by all cores, since most of the work is to touch new memory. `None` if that is not
/// possible, or does not pay: then nothing has been read.
#[cfg(unix)]
fn read_in_pieces(file: &mut fs::File, len: u64) -> Option<&'static [u8]> {
    use memmap2::MmapMut;
    use rayon::prelude::*;
    use std::io::{Seek as _, SeekFrom};
    use std::os::unix::fs::FileExt as _;
    if !(4 * PIECE as u64..MOST).contains(&len) {
        return None;
    }
    let at = file.stream_position().ok()?;
    let memory = MmapMut::map_anon(usize::try_from(len.checked_sub(at)?).ok()?).ok()?;
    // Large pages halve what new memory costs; a system without them goes on with small ones.
    #[cfg(target_os = "linux")]
    let _ = memory.advise(memmap2::Advice::HugePage);
    let bytes: &'static mut [u8] = &mut *Box::leak(Box::new(memory));
    let read = |(i, piece): (usize, &mut [u8])| file.read_exact_at(piece, at + (i * PIECE) as u64);
    bytes.par_chunks_mut(PIECE).enumerate().try_for_each(read).ok()?;
    file.seek(SeekFrom::Start(len)).ok()?;
    Some(bytes)
}

#[cfg(not(unix))]
fn read_in_pieces(_: &mut fs::File, _: u64) -> Option<&'static [u8]> {
    None
}

/// All that can be read, or as far as there is a NUL byte: that is no text, and some devices never end. Neither do some
/// programs: much more than anybody pipes is an error ([`io::ErrorKind::FileTooLarge`]).
pub(crate) fn read_text(from: impl Read) -> io::Result<Vec<u8>> {
    read_up_to(from, MOST)
}

fn read_up_to(mut from: impl Read, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    loop {
        let start = bytes.len();
        // Twice as much each time, as a whole file is read at once by most systems.
        let most = (start.max(FIRST) as u64).min(limit + 1 - start as u64);
        if from.by_ref().take(most).read_to_end(&mut bytes)? == 0 || memchr::memchr(0, &bytes[start..]).is_some() {
            return Ok(bytes);
        }
        if bytes.len() as u64 > limit {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
    }
}

/// So many bytes are looked at first.
const FIRST: usize = 1 << 20;

pub(super) fn decode(name: String, bytes: io::Result<Bytes>) -> Result<Source, Box<Finding>> {
    let bytes = bytes.map_err(|error| match error.kind() {
        io::ErrorKind::FileTooLarge => Finding::new(Problem::Endless {}).in_input(&name, None),
        _ => unreadable(&name, error.to_string()),
    })?;
    if let Some(encoding) = encoding(&bytes) {
        let problem = Problem::OtherEncoding { name: encoding };
        return Err(Box::new(Finding::new(problem).in_input(name, Some(position(&bytes, 0)))));
    }
    let text = match bytes {
        Cow::Borrowed(bytes) => str::from_utf8(bytes).map(Cow::Borrowed).map_err(|error| (error, bytes.to_owned())),
        Cow::Owned(bytes) => {
            let text = String::from_utf8(bytes).map(Cow::Owned);
            text.map_err(|error| (error.utf8_error(), error.into_bytes()))
        }
    };
    let text = text.map_err(|(error, bytes)| not_utf8(&name, &bytes, error.valid_up_to()))?;
    Ok(Source { name, text, supply: false })
}

#[cfg(unix)]
pub(crate) fn is_device(path: &Path) -> bool {
    use std::os::unix::fs::FileTypeExt as _;
    let is_device = |m: fs::Metadata| m.file_type().is_char_device() || m.file_type().is_block_device();
    path != Path::new("/dev/stdin") && fs::metadata(path).is_ok_and(is_device)
}

#[cfg(not(unix))]
pub(crate) fn is_device(_: &Path) -> bool {
    false
}

/// The finding for what cannot be read.
pub(super) fn unreadable(name: &str, why: String) -> Finding {
    Finding::new(Problem::Unreadable { why }).in_input(name, None)
}

/// The encoding of a text that is not in UTF-8, by its byte order mark or, as YAML has it, by where the zeros of its first
/// character stand.
fn encoding(bytes: &[u8]) -> Option<&'static str> {
    Some(match bytes {
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] | [1..=255, 0, 0, 0, ..] | [0, 0, 0, 1..=255, ..] => "UTF-32",
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [1..=255, 0, 1..=255, 0, ..] | [0, 1..=255, 0, 1..=255, ..] => "UTF-16",
        _ => return None,
    })
}

/// The finding for what is not UTF-8 from an offset on.
pub(crate) fn not_utf8(name: &str, bytes: &[u8], bad: usize) -> Finding {
    let problem = Problem::NotUtf8 { byte: bytes.get(bad).copied().unwrap_or_default() };
    Finding::new(problem).in_input(name, Some(position(bytes, bad)))
}

/// A path that is the same whatever path or link led to it.
pub(super) fn real(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Seek as _, SeekFrom};

    #[test]
    fn an_encoding_is_told_without_its_mark() {
        for (bytes, name) in [
            (&b"a\0b\0"[..], Some("UTF-16")),
            (b"\0a\0b", Some("UTF-16")),
            (b"\xfe\xff\0a", Some("UTF-16")),
            (b"a\0\0\0", Some("UTF-32")),
            (b"\0\0\0a", Some("UTF-32")),
            (b"\xff\xfe\0\0", Some("UTF-32")),
            (b"ab\0c", None),
            (b"\0\0\0\0", None),
            (b"a\0", None),
            (b"", None),
        ] {
            assert_eq!(encoding(bytes), name, "{bytes:?}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_large_file_is_read_from_where_it_stands() {
        let text: Vec<u8> = (0..5 * PIECE + 7).map(|i| (i % 251) as u8).collect();
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        fs::write(&path, &text).unwrap();
        let open = |at: usize| {
            let mut file = fs::File::open(&path).unwrap();
            file.seek(SeekFrom::Start(at as u64)).unwrap();
            file
        };
        for at in [0, 3, 5 * PIECE, text.len(), text.len() + 1] {
            let file = open(at);
            let mut other = file.try_clone().unwrap();
            assert!(*read_whole(file).unwrap() == text[at.min(text.len())..], "{at}");
            assert_eq!(other.stream_position().unwrap() as usize, at.max(text.len()), "{at}");
        }
        // It has grown since it was asked.
        let mut file = open(1);
        let mut bytes = read_in_pieces(&mut file, 4 * PIECE as u64 + 1).unwrap().to_owned();
        file.read_to_end(&mut bytes).unwrap();
        assert!(bytes == text[1..]);
        // It has shrunk.
        let mut file = open(2);
        assert!(read_in_pieces(&mut file, text.len() as u64 + 1).is_none());
        assert_eq!(file.stream_position().unwrap(), 2);
    }

    #[test]
    fn what_never_ends_and_is_no_text_is_read_no_further() {
        assert_eq!(read_text(io::repeat(0)).unwrap().len(), FIRST);
        let long = "x".repeat(3 * FIRST);
        assert_eq!(read_text(long.as_bytes()).unwrap(), long.as_bytes());
    }

    #[test]
    fn a_text_without_an_end_is_an_error() {
        let limit = 3 * FIRST as u64 + 5;
        let read = |text: &str| read_up_to(text.as_bytes(), limit).map(|bytes| bytes.len());
        let long = "x".repeat(limit as usize + 1);
        assert_eq!(read(&long[1..]).unwrap(), limit as usize);
        assert_eq!(read(&long).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
        let endless = read_up_to(io::repeat(b'x'), limit).map(Bytes::Owned);
        let finding = decode("-".into(), endless).unwrap_err();
        assert_eq!((finding.id, &*finding.message), (crate::finding::Id::Limit, "it does not end within 4 GiB"));
    }
}

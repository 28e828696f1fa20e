//! Writing: changed texts go into their files, all of them or none, whatever happens between.
//!
//! Takes for each file the text that was read and the one to be written; gives how many files were written. Never
//! overwrites a text that it has not read; never leaves a file that is neither old nor new; leaves nothing else behind but
//! after a kill, and what that leaves is removed by the next run.
//!
//! Beside each file, in a folder that only its owner may enter, the new one is made complete; then the two are exchanged in
//! one step. So the old one is still there, to be compared with what was read, and to be put back if a later file fails.

// The folder beside the files.
mod staging;

// What a file has beside its content.
mod attributes;

// A signal ends the run between two steps.
pub(crate) mod signals;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, BufWriter, ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use rayon::prelude::*;

use crate::command::write::signals::Signals;
use crate::command::write::staging::Staging;

/// One file to write.
pub(crate) struct Change<'c> {
    /// As it was named.
    pub(crate) path: &'c Path,
    /// The file that was read, if a link led to it: it is replaced, the link stays.
    pub(crate) real: &'c Path,
    /// What was read.
    pub(crate) old: &'c str,
    /// The pieces of the new text.
    pub(crate) new: Vec<Cow<'c, str>>,
}

/// Whether the system can do it at all. WASI neither exchanges files nor tells and keeps their modes.
pub(crate) fn possible() -> anyhow::Result<()> {
    if cfg!(target_os = "wasi") {
        bail!("{NOTHING}: files cannot be replaced safely under WASI; leave out -w, and take what is printed");
    }
    Ok(())
}

/// Writes all changes or none; gives how many. One that another run has made meanwhile is none.
pub(crate) fn write_all(changes: &[Change<'_>]) -> anyhow::Result<usize> {
    if changes.is_empty() {
        return Ok(0);
    }
    let signals = Signals::hold()?;
    // Dropped, and so removed, while signals wait.
    let mut stagings = BTreeMap::new();
    let staged = stage_all(changes, &mut stagings, &signals).context(NOTHING)?;
    let folders: Vec<_> = stagings.keys().map(PathBuf::as_path).collect();
    replace(&staged, &folders, &signals).map_err(|error| roll_back(&staged, &folders, error))?;
    Ok(staged.len())
}

const NOTHING: &str = "nothing is written";

fn stage_all<'c>(
    changes: &'c [Change<'c>],
    stagings: &mut BTreeMap<PathBuf, Staging>,
    signals: &Signals,
) -> anyhow::Result<Vec<Staged<'c>>> {
    let failed = |change: &Change<'_>| format!("cannot write {}", change.path.display());
    staging::allow_locks();
    // In one order for all runs, so that no two wait for each other.
    for folder in changes.iter().map(|change| folder(change.real)).collect::<BTreeSet<_>>() {
        stagings.insert(folder.to_owned(), Staging::open(folder, signals)?);
    }
    let mut staged = Vec::new();
    for change in changes {
        signals.check()?;
        if let Some(staging) = stagings.get_mut(folder(change.real)) {
            staged.extend(stage(change, staging).with_context(|| failed(change))?);
        }
    }
    Ok(staged)
}

/// Removes what killed runs have left beside these files, unless its run lives.
pub(crate) fn clean<'p>(files: impl Iterator<Item = &'p Path>) -> anyhow::Result<()> {
    files.map(folder).collect::<BTreeSet<_>>().into_iter().try_for_each(staging::clean)
}

fn folder(target: &Path) -> &Path {
    target.parent().unwrap_or(Path::new("."))
}

/// A complete new file, not yet in its place. After the exchange the old one is where it was.
struct Staged<'c> {
    change: &'c Change<'c>,
    temporary: PathBuf,
    permissions: Permissions,
}

/// Makes the new file; none if its text is there already.
fn stage<'c>(change: &'c Change<'c>, staging: &mut Staging) -> anyhow::Result<Option<Staged<'c>>> {
    let mut old = writable(change.real)?;
    let mut bytes = Vec::new();
    old.read_to_end(&mut bytes)?;
    if bytes != change.old.as_bytes() {
        if is(&bytes, &change.new) {
            return Ok(None);
        }
        bail!(CHANGED);
    }
    let temporary = staging.name();
    let file = attributes::create(change.real, &temporary)?;
    fill(&file, &change.new)?;
    let permissions = old.metadata()?.permissions();
    attributes::keep(&old, &file)?;
    // The descriptor is closed here: there may be more files than a process may hold open.
    Ok(Some(Staged { change, temporary, permissions }))
}

const CHANGED: &str = "it has changed since it was read";

/// Opens a regular file that we may write. A rename would need the folder's permission only, and would overrule a
/// `chmod a-w` that somebody meant.
fn writable(target: &Path) -> anyhow::Result<File> {
    let metadata = fs::metadata(target)?;
    if !metadata.is_file() {
        bail!("it is no regular file");
    }
    // Asked apart from opening it, which root may do always.
    if metadata.permissions().readonly() {
        bail!("it is read-only; make it writable (`chmod u+w`) or leave it out (`--exclude`)");
    }
    let names = attributes::names(&metadata);
    if names > 1 {
        bail!("it has {names} names (hard links), of which one alone would be changed; make it a file of its own");
    }
    Ok(OpenOptions::new().read(true).write(true).open(target)?)
}

fn fill(file: &File, slices: &[Cow<'_, str>]) -> io::Result<()> {
    let mut out = BufWriter::new(file);
    for slice in slices {
        out.write_all(slice.as_bytes())?;
    }
    out.flush()
}

/// Puts all new files into their places; all of that is on the disk then.
fn replace(staged: &[Staged<'_>], folders: &[&Path], signals: &Signals) -> anyhow::Result<()> {
    // Many at once: a disk's journal takes them together.
    staged.par_iter().try_for_each(|one| sync(&one.temporary).with_context(|| one.failed()))?;
    for one in staged {
        signals.check()?;
        let ready = fs::set_permissions(&one.temporary, one.permissions.clone()).map_err(anyhow::Error::from);
        let done = ready.and_then(|()| one.exchange(&[one.change.old.into()]));
        done.with_context(|| one.failed())?;
    }
    staged.par_iter().try_for_each(|one| sync(one.change.real).with_context(|| one.failed()))?;
    sync_folders(folders)
}

/// Puts the old files back; gives the error with what stands now.
fn roll_back(staged: &[Staged<'_>], folders: &[&Path], error: anyhow::Error) -> anyhow::Error {
    // What stands is looked at, and not concluded.
    let is_new = |one: &&Staged<'_>| {
        holds(one.change.real, &one.change.new).unwrap_or_else(|error| error.kind() != ErrorKind::NotFound)
    };
    let failed: Vec<_> = staged.iter().filter(is_new).filter_map(|one| one.exchange(&one.change.new).err()).collect();
    // A second error would say nothing more.
    let _ = sync_folders(folders);
    let stand: Vec<_> = staged.iter().filter(is_new).map(|one| one.change.path.display().to_string()).collect();
    match failed.first() {
        Some(why) if !stand.is_empty() => {
            let (files, total) = (stand.join(", "), staged.len());
            error.context(format!("of {total} files these are written, and cannot be put back ({why:#}): {files}"))
        }
        _ => error.context(NOTHING),
    }
}

impl Staged<'_> {
    fn failed(&self) -> String {
        format!("cannot replace {}", self.change.path.display())
    }

    /// Exchanges the file in its place with the other one, if it holds this text.
    fn exchange(&self, expected: &[Cow<'_, str>]) -> anyhow::Result<()> {
        exchange(&self.temporary, self.change.real)?;
        // Looked at when nobody finds it any more: before, it might change after the look.
        let result = match holds(&self.temporary, expected) {
            Ok(true) => return Ok(()),
            Ok(false) => Err(anyhow::anyhow!(CHANGED)),
            Err(error) => Err(error.into()),
        };
        exchange(&self.temporary, self.change.real)?;
        result
    }
}

/// Exchanges two files in one step where the system can; else no step leaves the second name without a file.
fn exchange(one: &Path, other: &Path) -> io::Result<()> {
    #[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
    {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        use rustix::io::Errno;
        match renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE) {
            Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {}
            result => return Ok(result?),
        }
    }
    let aside = one.with_extension("old");
    fs::hard_link(other, &aside).or_else(|_| fs::copy(other, &aside).map(drop))?;
    fs::rename(one, other)?;
    fs::rename(&aside, one).or_else(|error| fs::rename(&aside, other).and(Err(error)))
}

/// Whether it is a regular file with this text.
fn holds(path: &Path, slices: &[Cow<'_, str>]) -> io::Result<bool> {
    Ok(fs::symlink_metadata(path)?.is_file() && is(&fs::read(path)?, slices))
}

fn is(bytes: &[u8], slices: &[Cow<'_, str>]) -> bool {
    let rest = slices.iter().try_fold(bytes, |rest, slice| rest.strip_prefix(slice.as_bytes()));
    rest.is_some_and(<[u8]>::is_empty)
}

fn sync(path: &Path) -> io::Result<()> {
    File::options().read(true).write(cfg!(windows)).open(path)?.sync_all()
}

/// Puts the names on the disk, where the system can.
fn sync_folders(folders: &[&Path]) -> anyhow::Result<()> {
    let can = |error: &io::Error| {
        !matches!(error.kind(), ErrorKind::PermissionDenied | ErrorKind::InvalidInput | ErrorKind::Unsupported)
    };
    folders.par_iter().try_for_each(|folder| match File::open(folder).and_then(|file| file.sync_all()) {
        Err(error) if can(&error) => Err(error).with_context(|| format!("cannot write {}", folder.display())),
        _ => Ok(()),
    })
}

#[cfg(test)]
mod tests;

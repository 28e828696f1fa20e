//! The folder beside the files, where their new content is made: one for each folder, for one run at a time.
//!
//! Takes the folder of the files; gives one below it that is empty, locked, and closed to anybody else. It goes with the
//! run; after a kill the lock goes and the folder stays, until the next run takes or removes it.

use std::fs::{self, DirBuilder, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

use crate::command::write::signals::Signals;

/// Walks skip it because of its dot, `.gitignore` templates because of `~`; what is in it is called `*.tmp`.
const NAME: &str = ".restamp~";

/// How long another run may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// The locked folder.
pub(super) struct Staging {
    path: PathBuf,
    names: usize,
    /// Held as long as the folder is ours.
    lock: Option<File>,
}

impl Staging {
    /// Makes the folder, or takes over that of a dead run; waits for a living one.
    pub(super) fn open(folder: &Path, signals: &Signals) -> anyhow::Result<Self> {
        let path = folder.join(NAME);
        let begin = Instant::now();
        loop {
            signals.check()?;
            if let Some(staging) = Self::make(&path).with_context(|| format!("cannot use {}", path.display()))? {
                return Ok(staging);
            }
            if begin.elapsed() > PATIENCE {
                bail!("another run is writing in {}", folder.display());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Nothing if another run has it.
    fn make(path: &Path) -> anyhow::Result<Option<Self>> {
        let made = match new_folder(path) {
            Ok(()) => true,
            Err(error) if error.kind() == ErrorKind::AlreadyExists => false,
            Err(error) => return Err(error.into()),
        };
        let taken = Self::take(path);
        if taken.is_err() && made {
            let _ = fs::remove_dir(path);
        }
        let Some(staging) = taken? else { return Ok(None) };
        // Whatever the ignored files of the repository are.
        fs::write(path.join(".gitignore"), "*\n")?;
        Ok(Some(staging))
    }

    /// Takes the folder that is there, without what is in it; nothing if another run has it, or has removed it.
    fn take(path: &Path) -> anyhow::Result<Option<Self>> {
        let lock = match lock(path) {
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::WouldBlock) => return Ok(None),
            result => result?,
        };
        if !is_current(&lock, path) {
            return Ok(None);
        }
        let staging = Self { path: path.to_owned(), names: 0, lock: Some(lock) };
        staging.empty()?;
        Ok(Some(staging))
    }

    /// The path of a file that is not there yet.
    pub(super) fn name(&mut self) -> PathBuf {
        self.names += 1;
        self.path.join(format!("{}.tmp", self.names))
    }

    /// As if the run were killed.
    #[cfg(test)]
    pub(super) fn abandon(mut self) {
        self.lock = None;
        std::mem::forget(self);
    }

    fn empty(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.path)? {
            let path = entry?.path();
            if path.file_name().is_some_and(|name| name != LOCK) {
                fs::remove_file(path)?;
            }
        }
        Ok(())
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // What cannot be removed is the next run's, or an error there.
        if self.empty().is_ok() {
            let _ = remove(&self.path, self.lock.take());
        }
    }
}

/// Removes what a dead run has left in a folder.
pub(super) fn clean(folder: &Path) -> anyhow::Result<()> {
    let path = folder.join(NAME);
    if fs::symlink_metadata(&path).is_ok() {
        Staging::take(&path).with_context(|| format!("cannot remove {}, left by a killed run", path.display()))?;
    }
    Ok(())
}

#[cfg(unix)]
mod system {
    use super::*;
    use rustix::fs::{FlockOperation, Mode, OFlags, flock};
    use rustix::io::Errno;
    use rustix::process::{Resource, Rlimit, geteuid, getrlimit, setrlimit};
    use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _};

    /// The folder itself is locked.
    pub(super) const LOCK: &str = "";

    /// Many folders are many locks, and each needs a descriptor.
    pub(in crate::command::write) fn allow_locks() {
        let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
        // More than that is refused by macOS; what is not allowed is said where it is missed.
        let current = Some(maximum.unwrap_or(u64::MAX).min(10_240));
        let _ = setrlimit(Resource::Nofile, Rlimit { current, maximum });
    }

    pub(super) fn new_folder(path: &Path) -> io::Result<()> {
        DirBuilder::new().mode(0o700).create(path)
    }

    pub(super) fn lock(path: &Path) -> io::Result<File> {
        // A link is not followed.
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let folder = File::from(rustix::fs::open(path, flags, Mode::empty())?);
        let metadata = folder.metadata()?;
        if metadata.uid() != geteuid().as_raw() || metadata.mode() & 0o077 != 0 {
            return Err(io::Error::new(ErrorKind::PermissionDenied, "it is not this user's alone; remove it"));
        }
        // A default access control list of the folder above may have taken our own rights.
        if metadata.mode() & 0o700 != 0o700 {
            folder.set_permissions(fs::Permissions::from_mode(0o700))?;
        }
        match flock(&folder, FlockOperation::NonBlockingLockExclusive) {
            // Without locks in the file system the texts are compared all the same.
            Ok(()) | Err(Errno::NOTSUP | Errno::NOSYS | Errno::NOLCK | Errno::INVAL) => Ok(folder),
            Err(error) => Err(error.into()),
        }
    }

    /// Removes the folder before its lock goes.
    pub(super) fn remove(path: &Path, lock: Option<File>) -> io::Result<()> {
        fs::remove_dir(path)?;
        drop(lock);
        Ok(())
    }

    /// Is the folder that was locked still the one of this name?
    pub(super) fn is_current(lock: &File, path: &Path) -> bool {
        let id = |metadata: fs::Metadata| (metadata.dev(), metadata.ino());
        let now = fs::symlink_metadata(path).map(id);
        matches!((lock.metadata().map(id), now), (Ok(locked), Ok(now)) if locked == now)
    }
}

#[cfg(not(unix))]
mod system {
    use super::*;

    /// A file that nobody else may open or remove while it is open.
    pub(super) const LOCK: &str = "lock";

    pub(in crate::command::write) fn allow_locks() {}

    pub(super) fn new_folder(path: &Path) -> io::Result<()> {
        DirBuilder::new().create(path)
    }

    pub(super) fn lock(path: &Path) -> io::Result<File> {
        let mut options = File::options();
        options.create(true).write(true).truncate(true);
        #[cfg(windows)]
        std::os::windows::fs::OpenOptionsExt::share_mode(&mut options, 0);
        /// `ERROR_SHARING_VIOLATION`: another run has it open.
        const IN_USE: i32 = 32;
        options.open(path.join(LOCK)).map_err(|error| match error.raw_os_error() {
            Some(IN_USE) => ErrorKind::WouldBlock.into(),
            _ => error,
        })
    }

    pub(super) fn remove(path: &Path, lock: Option<File>) -> io::Result<()> {
        drop(lock);
        fs::remove_file(path.join(LOCK))?;
        fs::remove_dir(path)
    }

    pub(super) fn is_current(_lock: &File, _path: &Path) -> bool {
        true
    }
}

pub(super) use system::allow_locks;
use system::{LOCK, is_current, lock, new_folder, remove};

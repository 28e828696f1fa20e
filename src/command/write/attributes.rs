//! What a file has beside its content: owner, access control lists, extended attributes, other names.
//!
//! Takes the old file; gives the new one all of it, or an error that says what cannot be kept. The mode comes last, when the
//! file goes to its place: until then nobody else may read it.

use std::fs::{File, Metadata};
use std::io;
use std::path::Path;

/// A new file that only its owner may read.
#[cfg(not(target_vendor = "apple"))]
pub(super) fn create(_old: &Path, new: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, PRIVATE);
    options.open(new)
}

/// A copy without its content: only the system knows how to copy an access control list.
#[cfg(target_vendor = "apple")]
pub(super) fn create(old: &Path, new: &Path) -> io::Result<File> {
    std::fs::copy(old, new)?;
    std::fs::set_permissions(new, private())?;
    File::options().read(true).write(true).truncate(true).open(new)
}

#[cfg(unix)]
const PRIVATE: u32 = 0o600;

#[cfg(unix)]
fn private() -> std::fs::Permissions {
    std::os::unix::fs::PermissionsExt::from_mode(PRIVATE)
}

/// How many names the file has, where the system tells.
#[cfg_attr(not(unix), allow(unused_variables))]
pub(super) fn names(metadata: &Metadata) -> u64 {
    #[cfg(unix)]
    return std::os::unix::fs::MetadataExt::nlink(metadata);
    #[cfg(not(unix))]
    1
}

/// Gives the new file what the old one has, but for its mode.
#[cfg_attr(not(unix), allow(unused_variables))]
pub(super) fn keep(old: &File, new: &File) -> anyhow::Result<()> {
    #[cfg(unix)]
    keep_owner(new, &old.metadata()?)?;
    #[cfg(any(target_os = "linux", target_os = "android"))]
    extended::keep(old, new)?;
    Ok(())
}

/// Gives the new file to the owner of the old one: under `sudo` it would become root's.
#[cfg(unix)]
fn keep_owner(file: &File, old: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, fchown};
    let new = file.metadata()?;
    if (new.uid(), new.gid()) == (old.uid(), old.gid()) {
        return Ok(());
    }
    match fchown(file, Some(old.uid()), Some(old.gid())) {
        // Only root may give a file away; who may write a file of another keeps the copy, as with `sed -i`.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
        result => result,
    }
}

/// Extended attributes; an access control list is one of them.
#[cfg(any(target_os = "linux", target_os = "android"))]
mod extended {
    use super::*;
    use anyhow::Context as _;
    use rustix::fs::{XattrFlags, fgetxattr, flistxattr, fremovexattr, fsetxattr};
    use rustix::io::Errno;
    use std::collections::BTreeMap;

    pub(super) fn keep(old: &File, new: &File) -> anyhow::Result<()> {
        let (wanted, inherited) = (attributes(old)?, attributes(new)?);
        let cannot = |name: &str| format!("its attribute {name} cannot be kept");
        for (name, value) in &wanted {
            if inherited.get(name) != Some(value) {
                fsetxattr(new, name, value, XattrFlags::empty()).with_context(|| cannot(name))?;
            }
        }
        for name in inherited.keys().filter(|name| !wanted.contains_key(*name)) {
            fremovexattr(new, name).with_context(|| cannot(name))?;
        }
        // An access control list changes the mode.
        Ok(new.set_permissions(private())?)
    }

    fn attributes(file: &File) -> anyhow::Result<BTreeMap<String, Vec<u8>>> {
        let mut list = vec![0; LARGE];
        let length = match flistxattr(file, &mut *list) {
            Err(Errno::NOTSUP) => 0,
            result => result?,
        };
        list.truncate(length);
        let mut found = BTreeMap::new();
        for name in list.split(|byte| *byte == 0).filter(|name| !name.is_empty()) {
            let name = std::str::from_utf8(name)?.to_owned();
            let mut value = vec![0; LARGE];
            let length = fgetxattr(file, &name, &mut *value)?;
            value.truncate(length);
            found.insert(name, value);
        }
        Ok(found)
    }

    /// What Linux allows for a list and for a value.
    const LARGE: usize = 1 << 16;
}

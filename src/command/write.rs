//! Writing: changed texts go into their files, all of them or none.
//!
//! Takes paths and texts in slices; gives the files with their new content, their mode and owner as before. Never
//! follows a change with a second look: whether something may be written is decided before.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use tempfile::TempPath;

/// Replaces the content of each file by its slices, joined.
///
/// All temporary files are complete before the first one is renamed, so a failure until then changes nothing and
/// leaves nothing behind. Links are followed: the file that they lead to is replaced, the link stays.
pub(crate) fn write_all(files: &[(&Path, Vec<&str>)]) -> anyhow::Result<()> {
    let one = |(path, slices): &(&Path, Vec<&str>)| {
        stage(path, slices).with_context(|| format!("cannot write {}", path.display()))
    };
    let staged = files.iter().map(one).collect::<anyhow::Result<Vec<_>>>()?;
    let total = staged.len();
    for (written, (temporary, target)) in staged.into_iter().enumerate() {
        temporary.persist(&target).with_context(|| {
            let target = target.display();
            format!("cannot replace {target}; {written} of {total} files are written already")
        })?;
    }
    Ok(())
}

/// A complete temporary file beside the target, and the target itself.
fn stage(path: &Path, slices: &[&str]) -> anyhow::Result<(TempPath, PathBuf)> {
    let target = fs::canonicalize(path)?;
    let old = writable(&target)?;
    let folder = target.parent().unwrap_or(Path::new("."));
    // The name is a dot-file without a manifest's extension: should one be left by a kill, no walk reads it.
    let file = tempfile::Builder::new().prefix(".restamp-").suffix(".tmp").tempfile_in(folder);
    let file = file.context("no temporary file beside it")?;
    fill(file.as_file(), slices, &old)?;
    // The descriptor is closed here: there may be more files than a process may hold open.
    Ok((file.into_temp_path(), target))
}

/// The metadata of a regular file that we may write. A rename would need the folder's permission only, and would
/// overrule a `chmod a-w` that somebody meant.
fn writable(target: &Path) -> anyhow::Result<fs::Metadata> {
    let metadata = fs::metadata(target)?;
    if !metadata.is_file() {
        bail!("it is no regular file");
    }
    // Asked apart from opening it, which root may do always.
    if metadata.permissions().readonly() {
        bail!("it is read-only; make it writable (`chmod u+w`) or leave it out (`--exclude`)");
    }
    OpenOptions::new().write(true).open(target)?;
    Ok(metadata)
}

fn fill(file: &File, slices: &[&str], old: &fs::Metadata) -> io::Result<()> {
    let mut out = BufWriter::new(file);
    for slice in slices {
        out.write_all(slice.as_bytes())?;
    }
    out.flush()?;
    keep_owner(file, old)?;
    file.set_permissions(old.permissions())
}

/// Gives the new file to the owner of the old one: under `sudo` it would become root's.
#[cfg(unix)]
fn keep_owner(file: &File, old: &fs::Metadata) -> io::Result<()> {
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

#[cfg(not(unix))]
fn keep_owner(_file: &File, _old: &fs::Metadata) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder with these files, each with its own name as content.
    fn folder(names: &[&str]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for name in names {
            fs::write(dir.path().join(name), name).unwrap();
        }
        dir
    }

    fn content(path: impl AsRef<Path>) -> String {
        fs::read_to_string(path).unwrap()
    }

    fn entries(dir: &Path) -> usize {
        fs::read_dir(dir).unwrap().count()
    }

    #[test]
    fn slices_are_joined() {
        let dir = folder(&["a", "b"]);
        let (a, b) = (dir.path().join("a"), dir.path().join("b"));
        write_all(&[(&a, vec!["x: ", "1", "\r\n"]), (&b, vec![])]).unwrap();
        assert_eq!(content(&a), "x: 1\r\n");
        assert_eq!(content(&b), "");
        assert_eq!(entries(dir.path()), 2);
    }

    #[test]
    fn a_failure_changes_nothing_and_leaves_nothing() {
        let dir = folder(&["a", "b"]);
        let (a, b) = (dir.path().join("a"), dir.path().join("b"));
        let missing = dir.path().join("gone/c");
        let error = write_all(&[(&a, vec!["new"]), (&missing, vec!["new"]), (&b, vec!["new"])]).unwrap_err();
        assert!(format!("{error:#}").contains("gone/c"), "{error:#}");
        assert_eq!((content(&a), content(&b)), ("a".to_owned(), "b".to_owned()));
        assert_eq!(entries(dir.path()), 2);
    }

    #[test]
    fn a_folder_is_no_target() {
        let dir = folder(&["a"]);
        let error = write_all(&[(dir.path(), vec!["new"])]).unwrap_err();
        assert!(format!("{error:#}").contains("no regular file"), "{error:#}");
    }

    #[cfg(unix)]
    mod unix {
        use super::*;
        use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};

        fn chmod(path: &Path, mode: u32) {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        }

        #[test]
        fn mode_and_owner_stay() {
            let dir = folder(&["a"]);
            let a = dir.path().join("a");
            // Only root can; for anybody else the owner is the same anyway.
            let given = chown(&a, Some(12345), Some(12345)).is_ok();
            chmod(&a, 0o640);
            write_all(&[(&a, vec!["new"])]).unwrap();
            let metadata = fs::metadata(&a).unwrap();
            assert_eq!(metadata.mode() & 0o7777, 0o640);
            assert!(!given || (metadata.uid(), metadata.gid()) == (12345, 12345));
            assert_eq!(content(&a), "new");
        }

        #[test]
        fn links_are_followed_and_stay() {
            let dir = folder(&["a"]);
            fs::create_dir(dir.path().join("sub")).unwrap();
            let (link, second) = (dir.path().join("sub/link"), dir.path().join("second"));
            symlink("../a", &link).unwrap();
            symlink("sub/link", &second).unwrap();
            write_all(&[(&second, vec!["new"])]).unwrap();
            assert_eq!(content(dir.path().join("a")), "new");
            assert_eq!(fs::read_link(&link).unwrap(), Path::new("../a"));
            assert_eq!(fs::read_link(&second).unwrap(), Path::new("sub/link"));
            assert_eq!(entries(&dir.path().join("sub")), 1);
        }

        #[test]
        fn a_read_only_file_is_refused_before_anything_is_written() {
            let dir = folder(&["a", "b"]);
            let (a, b) = (dir.path().join("a"), dir.path().join("b"));
            chmod(&b, 0o444);
            let error = write_all(&[(&a, vec!["new"]), (&b, vec!["new"])]).unwrap_err();
            assert!(format!("{error:#}").contains("read-only"), "{error:#}");
            assert_eq!((content(&a), content(&b)), ("a".to_owned(), "b".to_owned()));
            assert_eq!(entries(dir.path()), 2);
        }

        #[test]
        fn a_broken_link_is_refused() {
            let dir = folder(&[]);
            let link = dir.path().join("link");
            symlink("nowhere", &link).unwrap();
            assert!(write_all(&[(&link, vec!["new"])]).is_err());
            assert!(!dir.path().join("nowhere").exists());
        }
    }
}

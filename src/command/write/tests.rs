//! What is written, kept, refused and left. `tests/writing.rs` has what needs faults of the system.

use super::*;

/// A folder whose files hold `old`.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new(names: &[&str]) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        for name in names {
            fs::create_dir_all(folder.path(name).parent().unwrap()).unwrap();
            fs::write(folder.path(name), "old").unwrap();
        }
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes `new` into these files.
    fn write(&self, names: &[&str]) -> Result<usize, String> {
        let real = |path: PathBuf| fs::canonicalize(&path).unwrap_or(path);
        let paths: Vec<_> = names.iter().map(|name| real(self.path(name))).collect();
        write_all(&changes(&paths)).map_err(|error| format!("{error:#}"))
    }

    /// All entries below, and what the files hold.
    fn content(&self) -> String {
        let entries = walkdir::WalkDir::new(self.0.path()).min_depth(1).sort_by_file_name().into_iter();
        let shown = entries.map(|entry| {
            let path = entry.unwrap().into_path();
            let name = path.strip_prefix(self.0.path()).unwrap().display();
            if path.is_dir() { format!("{name}/") } else { format!("{name}={}", fs::read_to_string(&path).unwrap()) }
        });
        shown.collect::<Vec<_>>().join(" ")
    }
}

fn changes(paths: &[PathBuf]) -> Vec<Change<'_>> {
    paths.iter().map(|path| Change { path, real: path, old: "old", new: vec!["n".into(), "ew".into()] }).collect()
}

fn has(result: Result<usize, String>, parts: &[&str]) {
    let error = result.unwrap_err();
    assert!(parts.iter().all(|part| error.contains(part)), "{error}");
}

#[test]
fn all_are_written() {
    let folder = Folder::new(&["a", "b", "c/d"]);
    assert_eq!(folder.write(&["a", "c/d"]), Ok(2));
    assert_eq!(folder.content(), "a=new b=old c/ c/d=new");
    assert_eq!(folder.write(&[]), Ok(0));
}

#[test]
fn a_failure_changes_nothing_and_leaves_nothing() {
    let folder = Folder::new(&["a", "b"]);
    has(folder.write(&["a", "gone/c", "b"]), &["nothing is written: ", "gone/.restamp~: No such file"]);
    has(folder.write(&["a", "."]), &["no regular file"]);
    assert_eq!(folder.content(), "a=old b=old");
}

#[test]
fn what_has_changed_is_not_overwritten() {
    let folder = Folder::new(&["a", "b"]);
    fs::write(folder.path("b"), "changed").unwrap();
    has(folder.write(&["a", "b"]), &["nothing is written: cannot write ", "b: it has changed since it was read"]);
    assert_eq!(folder.content(), "a=old b=changed");
    // Another run was as quick.
    fs::write(folder.path("b"), "new").unwrap();
    assert_eq!(folder.write(&["a", "b"]), Ok(1));
    assert_eq!(folder.content(), "a=new b=new");
}

/// At the last moment: all new files are complete, and two are in their places.
#[test]
fn what_changes_last_brings_all_back() {
    let folder = Folder::new(&["a", "b", "c"]);
    let paths = ["a", "b", "c"].map(|name| folder.path(name));
    let changes = changes(&paths);
    let (signals, mut stagings) = (Signals::hold().unwrap(), BTreeMap::new());
    let staged = stage_all(&changes, &mut stagings, &signals).unwrap();
    fs::write(folder.path("c"), "changed").unwrap();
    let error = replace(&staged, &[folder.0.path()], &signals).unwrap_err();
    assert_eq!(fs::read_to_string(folder.path("b")).unwrap(), "new");
    let error = format!("{:#}", roll_back(&staged, &[folder.0.path()], error));
    assert!(error.starts_with("nothing is written: cannot replace "), "{error}");
    assert!(error.ends_with("c: it has changed since it was read"), "{error}");
    drop(stagings);
    assert_eq!(folder.content(), "a=old b=old c=changed");
}

/// What a killed run leaves is as private as a Secret, and goes with the next run.
#[test]
fn what_a_killed_run_left_is_removed() {
    let folder = Folder::new(&["a", "b/c"]);
    let paths = ["a", "b/c"].map(|name| folder.path(name));
    let changes = changes(&paths);
    let mut stagings = BTreeMap::new();
    stage_all(&changes, &mut stagings, &Signals::hold().unwrap()).unwrap();
    let here = |name: &str| folder.path(name);
    #[cfg(unix)]
    for (name, mode) in [(".restamp~", 0o700), (".restamp~/1.tmp", 0o600)] {
        assert_eq!(std::os::unix::fs::MetadataExt::mode(&fs::metadata(here(name)).unwrap()) & 0o777, mode, "{name}");
    }
    assert_eq!(fs::read_to_string(here("b/.restamp~/.gitignore")).unwrap(), "*\n");
    // A living run's stay.
    clean(paths.iter().map(PathBuf::as_path)).unwrap();
    assert_eq!(fs::read_to_string(here("b/.restamp~/1.tmp")).unwrap(), "new");
    // A kill lets the locks go.
    stagings.into_values().for_each(Staging::abandon);
    let dead = folder.content();
    assert!(dead.contains("1.tmp=new"), "{dead}");
    clean(std::iter::once(&*paths[0])).unwrap();
    assert!(!here(".restamp~").exists() && here("b/.restamp~").exists());
    assert_eq!(folder.write(&["b/c"]), Ok(1));
    assert_eq!(folder.content(), "a=old b/ b/c=new");
}

#[test]
fn two_runs_at_once_take_turns() {
    let names: Vec<_> = (0..40).map(|i| format!("{}/{i}", i % 3)).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let folder = Folder::new(&names);
    let runs = |names: &[&str]| folder.write(names).unwrap();
    // Some write the same files, some others of the same folders.
    let parts = [&names[..], &names[..], &names[..25], &names[25..]];
    let written: usize = parts.par_iter().map(|names| runs(names)).sum();
    assert_eq!(written, names.len());
    assert_eq!(folder.content().matches("=new").count(), names.len());
    assert!(!folder.content().contains("restamp"), "{}", folder.content());
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
        let folder = Folder::new(&["a"]);
        let a = folder.path("a");
        // Only root can; for anybody else the owner is the same anyway.
        let given = chown(&a, Some(12345), Some(12345)).is_ok();
        chmod(&a, 0o640);
        assert_eq!(folder.write(&["a"]), Ok(1));
        let metadata = fs::metadata(&a).unwrap();
        assert_eq!(metadata.mode() & 0o7777, 0o640);
        assert!(!given || (metadata.uid(), metadata.gid()) == (12345, 12345));
        assert_eq!(folder.content(), "a=new");
    }

    #[test]
    fn links_are_followed_and_stay() {
        let folder = Folder::new(&["a", "sub/b"]);
        let (link, second) = (folder.path("sub/link"), folder.path("second"));
        symlink("../a", &link).unwrap();
        symlink("sub/link", &second).unwrap();
        assert_eq!(folder.write(&["second"]), Ok(1));
        assert_eq!(folder.content(), "a=new second=new sub/ sub/b=old sub/link=new");
        assert_eq!(fs::read_link(&link).unwrap(), Path::new("../a"));
        assert_eq!(fs::read_link(&second).unwrap(), Path::new("sub/link"));
    }

    #[test]
    fn what_may_not_be_written_is_refused_before_anything_is() {
        let folder = Folder::new(&["a", "b", "c"]);
        chmod(&folder.path("b"), 0o444);
        has(folder.write(&["a", "b"]), &["b: it is read-only"]);
        fs::hard_link(folder.path("c"), folder.path("d")).unwrap();
        has(folder.write(&["a", "c"]), &["c: it has 2 names (hard links)"]);
        symlink("nowhere", folder.path("broken")).unwrap();
        has(folder.write(&["a", "broken"]), &["broken: No such file"]);
        fs::remove_file(folder.path("broken")).unwrap();
        assert_eq!(folder.content(), "a=old b=old c=old d=old");
    }

    /// Whoever may write there might have made it.
    #[test]
    fn what_is_in_the_way_is_left() {
        let folder = Folder::new(&["a", "b/.restamp~", "elsewhere/keep", "c/a", "d/a", "d/.restamp~/e/f"]);
        symlink("elsewhere", folder.path(".restamp~")).unwrap();
        fs::write(folder.path("b/a"), "old").unwrap();
        fs::create_dir(folder.path("c/.restamp~")).unwrap();
        chmod(&folder.path("c/.restamp~"), 0o777);
        chmod(&folder.path("d/.restamp~"), 0o700);
        let before = folder.content();
        has(folder.write(&["a"]), &["nothing is written: cannot use", ".restamp~: "]);
        has(folder.write(&["b/a"]), &["cannot use", "Not a directory"]);
        has(folder.write(&["c/a"]), &["not this user's alone"]);
        has(folder.write(&["d/a"]), &["d/.restamp~: "]);
        assert_eq!(folder.content(), before);
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use super::*;
    use rustix::fs::{XattrFlags, getxattr, listxattr, setxattr};
    use std::os::unix::fs::MetadataExt as _;

    fn attribute(path: &Path, name: &str) -> Option<Vec<u8>> {
        let mut value = vec![0; 256];
        let length = getxattr(path, name, &mut *value).ok()?;
        value.truncate(length);
        Some(value)
    }

    /// An access control list in the form of the kernel: `user::rw-`, `user:ID:rw-`, `group::r--`, `mask::rw-`,
    /// `other::---`.
    fn acl(id: u32) -> Vec<u8> {
        let none = u32::MAX;
        let entries = [(0x01_u16, 6_u16, none), (0x02, 6, id), (0x04, 4, none), (0x10, 6, none), (0x20, 0, none)];
        let entry =
            |(tag, may, id): (u16, u16, u32)| [&tag.to_le_bytes()[..], &may.to_le_bytes(), &id.to_le_bytes()].concat();
        [&2_u32.to_le_bytes()[..], &entries.map(entry).concat()].concat()
    }

    const ACCESS: &str = "system.posix_acl_access";

    #[test]
    fn attributes_and_access_control_lists_stay() {
        let folder = Folder::new(&["sub/a", "sub/b"]);
        let (sub, a, b) = (folder.path("sub"), folder.path("sub/a"), folder.path("sub/b"));
        let set = |path: &Path, name: &str, value: &[u8]| setxattr(path, name, value, XattrFlags::empty());
        if set(&a, "user.origin", b"helm").is_err() || set(&a, ACCESS, &acl(4321)).is_err() {
            eprintln!("skipped: no extended attributes in {}", sub.display());
            return;
        }
        // New files in the folder get a list of their own, which neither of the old ones has.
        set(&sub, "system.posix_acl_default", &acl(77)).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().mode();
        let before = (mode(&a), mode(&b));
        assert_eq!(folder.write(&["sub/a", "sub/b"]), Ok(2));
        assert_eq!(folder.content(), "sub/ sub/a=new sub/b=new");
        assert_eq!(attribute(&a, "user.origin").as_deref(), Some(&b"helm"[..]));
        assert_eq!(attribute(&a, ACCESS), Some(acl(4321)));
        assert_eq!(attribute(&b, ACCESS), None);
        assert_eq!(
            listxattr(&b, &mut [0; 256]).map(|length| length > 0),
            Ok(attribute(&b, "security.selinux").is_some())
        );
        assert_eq!((mode(&a), mode(&b)), before);
    }
}

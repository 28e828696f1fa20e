//! Reading: standard input, files and folders become sets of sources, in a fixed order.
//!
//! Takes the paths of the command line; gives the sets, each with what could not be read as findings. Never writes,
//! and never stops at the first problem: one run shows every unreadable file.

// The envelope of a KRM function.
pub(crate) mod resource_list;

// Which files of a folder are looked at.
pub(crate) mod walk;

// What one kustomization file says.
pub(crate) mod kustomization;

// What of a folder is the source of manifests and not a rendering of them.
pub(crate) mod source_tree;

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::finding::{Finding, Id, Place, Severity};
use crate::input::source_tree::{SkippedTree, display};
use crate::input::walk::{Globs, unreadable};
use crate::text::source::{Source, position};

/// The path that means standard input.
const STDIN: &str = "-";

/// One text that was read.
#[derive(Clone, Debug)]
pub(crate) struct Input {
    pub(crate) source: Source,
    /// Where it is written back to; standard input has none.
    pub(crate) file: Option<PathBuf>,
    /// The same file whatever path or link led to it.
    real: Option<PathBuf>,
}

/// What is resolved together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Set {
    /// The folder as it was named; for files the first of them, and how many more.
    pub(crate) label: String,
    pub(crate) inputs: Vec<Input>,
    /// What could not be read, and what was skipped, by path. Their `place` says where.
    pub(crate) findings: Vec<Finding>,
    pub(crate) skipped: Vec<SkippedTree>,
}

/// The sets that paths mean: all files (and `-`) together are one, each folder is one, in the order in which they are
/// named first.
pub(crate) fn sets(paths: &[PathBuf], globs: &Globs, stdin: &mut dyn Read) -> Vec<Set> {
    let mut sets = separate(paths, globs, stdin);
    refuse_shared(&mut sets);
    sets.iter_mut().for_each(Set::sort_findings);
    sets
}

/// What only supplies configs (`--config-from`): all paths together, read as [`sets`] reads them.
pub(crate) fn config_from(paths: &[PathBuf], globs: &Globs, stdin: &mut dyn Read) -> Set {
    let mut all = Set { label: "--config-from".to_owned(), ..Set::default() };
    let mut inputs = Vec::new();
    for set in separate(paths, globs, stdin) {
        inputs.extend(set.inputs);
        all.findings.extend(set.findings);
        all.skipped.extend(set.skipped);
    }
    all.collect(inputs.into_iter().map(Ok));
    for input in &mut all.inputs {
        input.source.supply = true;
    }
    all.sort_findings();
    all
}

fn separate(paths: &[PathBuf], globs: &Globs, stdin: &mut dyn Read) -> Vec<Set> {
    let (folders, files): (Vec<_>, Vec<_>) = paths.iter().partition(|path| is_folder(path));
    let folders: HashSet<_> = folders.into_iter().collect();
    let mut seen = HashSet::new();
    let mut files = Some(files);
    let mut sets = Vec::new();
    for path in paths {
        if folders.contains(path) {
            if seen.insert(real(path)) {
                sets.push(folder_set(path, globs));
            }
        } else if let Some(files) = files.take() {
            sets.push(file_set(&files, stdin));
        }
    }
    sets
}

fn file_set(paths: &[&PathBuf], stdin: &mut dyn Read) -> Set {
    let mut set = Set::default();
    let is_stdin = |path: &PathBuf| path == Path::new(STDIN);
    let mut standard = paths.iter().any(|path| is_stdin(path)).then(|| {
        let mut bytes = Vec::new();
        let result = stdin.read_to_end(&mut bytes).map(|_| bytes);
        decode(STDIN.to_owned(), result, None)
    });
    let results: Vec<_> =
        paths.par_iter().map(|path| (!is_stdin(path)).then(|| read_file(path, path.display().to_string()))).collect();
    set.collect(results.into_iter().filter_map(|r| r.or_else(|| standard.take())));
    if let Some(first) = paths.first() {
        let more = (set.inputs.len() + set.findings.len()).saturating_sub(1);
        set.label = match more {
            0 => first.display().to_string(),
            more => format!("{} and {more} more", first.display()),
        };
    }
    set
}

impl Set {
    /// Lets the configs of another set count in this one. A file that is in both is this one's.
    pub(crate) fn supply(&mut self, from: &Self) {
        let own: HashSet<_> = self.inputs.iter().filter_map(|i| i.real.clone()).collect();
        let other = |input: &&Input| input.real.as_ref().is_none_or(|real| !own.contains(real));
        self.inputs.extend(from.inputs.iter().filter(other).cloned());
        self.skipped.extend(from.skipped.iter().cloned());
    }

    /// Adds what was read, each file once: it may be named twice, or a link may lead to it.
    fn collect(&mut self, results: impl IntoIterator<Item = Result<Input, Box<Finding>>>) {
        let mut seen = HashSet::new();
        for result in results {
            match result {
                Ok(input) if seen.insert(input.real.clone()) => self.inputs.push(input),
                Ok(_) => {}
                Err(finding) => self.findings.push(*finding),
            }
        }
    }

    fn sort_findings(&mut self) {
        let place = |f: &Finding| match &f.place {
            Place::Input(name, position) => Some((name.clone(), *position)),
            _ => None,
        };
        self.findings.sort_by_cached_key(place);
    }
}

fn folder_set(root: &Path, globs: &Globs) -> Set {
    let walk = walk::walk(root);
    let admit = |path: &Path| globs.admit(path);
    let found = walk.files.len();
    let files = walk.files.into_iter().filter(|file| admit(file)).collect();
    let split = source_tree::split(root, files, &walk.marks, &admit);
    let mut set =
        Set { label: root.display().to_string(), findings: walk.findings, skipped: split.skipped, ..Set::default() };
    set.findings.extend(split.findings);
    let unread = set.findings.len();
    let read = |file: &PathBuf| read_file(&root.join(file), display(root, file));
    let results: Vec<_> = split.rest.par_iter().map(read).collect();
    set.collect(results);
    if set.findings.len() == unread {
        set.findings.extend(nothing_left(root, &set, found));
    }
    set
}

/// The error if a folder gave no manifest.
fn nothing_left(root: &Path, set: &Set, found: usize) -> Option<Finding> {
    let error =
        |message: String| Finding::new(Id::NoInput, Severity::Error, message).in_file(root.display().to_string(), None);
    if let Some(tree) = set.skipped.first() {
        if set.inputs.iter().any(is_manifest) {
            return None;
        }
        let more = match set.skipped.len() - 1 {
            0 => String::new(),
            more => format!(" (and {more} more)"),
        };
        let message = format!("nothing to read but sources of manifests; use `{}`{more}", tree.command);
        return Some(error(message).remedy("stamp what they build, or name their files one by one"));
    }
    if !set.inputs.is_empty() {
        if !set.inputs.iter().all(is_kustomization) {
            return None;
        }
        let message =
            format!("nothing to read but a kustomization; use `kustomize build {} | restamp`", root.display());
        return Some(error(message).remedy("stamp what it builds"));
    }
    Some(match found {
        0 => error("no .yaml, .yml or .json file in it".to_owned()),
        _ => error(format!("--include and --exclude leave none of its {found} files")),
    })
}

/// Is it a kustomization file, and not an object of Flux that is called like one?
fn is_kustomization(input: &Input) -> bool {
    let named = input.file.as_deref().and_then(Path::file_name);
    named.is_some_and(|n| kustomization::FILE_NAMES.iter().any(|f| n == *f))
        && !input.source.text.contains("toolkit.fluxcd.io")
}

/// May it hold a Kubernetes object? Beside a chart's templates lie files that do not.
fn is_manifest(input: &Input) -> bool {
    let described = input.file.as_deref().is_some_and(source_tree::is_description);
    !described && memchr::memmem::find(input.source.text.as_bytes(), b"kind").is_some()
}

fn read_file(path: &Path, name: String) -> Result<Input, Box<Finding>> {
    let mut input = decode(name, fs::read(path), Some(path))?;
    input.real = Some(real(path));
    Ok(input)
}

fn decode(name: String, bytes: std::io::Result<Vec<u8>>, file: Option<&Path>) -> Result<Input, Box<Finding>> {
    let bytes = bytes.map_err(|error| unreadable(&name, &error.to_string()))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let bad = error.utf8_error().valid_up_to();
        not_utf8(&name, error.as_bytes(), bad)
    })?;
    Ok(Input { source: Source::new(name, text), file: file.map(Path::to_owned), real: None })
}

fn not_utf8(name: &str, bytes: &[u8], bad: usize) -> Finding {
    let (message, remedy) = match bytes {
        [0xff, 0xfe, 0, 0, ..] => ("UTF-32: convert it to UTF-8".to_owned(), "iconv -f UTF-32 -t UTF-8"),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => ("UTF-16: convert it to UTF-8".to_owned(), "iconv -f UTF-16 -t UTF-8"),
        _ => {
            let byte = bytes.get(bad).copied().unwrap_or_default();
            (format!("not UTF-8: byte 0x{byte:02x}"), "iconv -f WINDOWS-1252 -t UTF-8, or what it is encoded in")
        }
    };
    Finding::new(Id::Encoding, Severity::Error, message)
        .in_file(name, Some(position(bytes, bad)))
        .remedy(format!("Convert it to UTF-8 ({remedy})."))
}

/// A file in two sets would be stamped twice, from different configs.
fn refuse_shared(sets: &mut [Set]) {
    let mut owners: HashMap<PathBuf, usize> = HashMap::new();
    for index in 0..sets.len() {
        let mut shared = Vec::new();
        for input in &sets[index].inputs {
            let Some(real) = input.real.clone() else {
                continue;
            };
            let owner = *owners.entry(real).or_insert(index);
            if owner != index {
                shared.push((input.source.name.clone(), owner));
            }
        }
        if let Some((name, owner)) = shared.first() {
            let (one, two) = (&sets[*owner].label, &sets[index].label);
            let finding = in_two_sets(name, one, two, shared.len() - 1);
            sets[index].findings.push(finding);
        }
    }
}

fn in_two_sets(name: &str, one: &str, two: &str, more: usize) -> Finding {
    let more = match more {
        0 => String::new(),
        more => format!(" (and {more} more)"),
    };
    let message = format!("in two sets: `{one}` and `{two}`{more}");
    Finding::new(Id::NoInput, Severity::Error, message)
        .in_file(name, None)
        .remedy("Name it once: each folder is its own set, all files that are named are one.")
}

fn is_folder(path: &Path) -> bool {
    path != Path::new(STDIN) && path.is_dir()
}

fn real(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use std::fmt::Write as _;

    /// A folder with these files.
    pub(crate) fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = dir.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        dir
    }

    /// What is read from a folder's paths: names without the folder, then `! id place: message` for the findings.
    pub(crate) fn read(dir: &Path, paths: &[&str], globs: &Globs) -> String {
        let paths: Vec<_> = paths.iter().map(|path| dir.join(path)).collect();
        shown(dir, &sets(&paths, globs, &mut std::io::empty()))
    }

    fn shown(dir: &Path, sets: &[Set]) -> String {
        let mut out = String::new();
        for set in sets {
            for input in &set.inputs {
                out += &format!("{} ", input.source.name);
            }
            for finding in &set.findings {
                let Place::Input(name, at) = finding.place.clone() else { panic!("no place") };
                let at = at.map_or(String::new(), |p| format!(":{}:{}", p.line, p.column));
                let (id, message) = (finding.id.as_str(), &finding.message);
                write!(out, "\n! {id} {name}{at}: {message}").unwrap();
            }
            out += "| ";
        }
        out.replace(&format!("{}/", dir.display()), "")
            .replace(dir.to_str().unwrap(), "")
            .trim_end_matches("| ")
            .trim()
            .to_owned()
    }

    /// Reads one folder without globs.
    fn all(files: &[(&str, &str)]) -> String {
        read(folder(files).path(), &["."], &Globs::default()).replace("./", "")
    }

    fn globs(include: &[&str], exclude: &[&str]) -> Globs {
        let owned = |words: &[&str]| words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>();
        Globs::new(&owned(include), &owned(exclude)).unwrap()
    }

    #[test]
    fn a_folder_is_read_in_byte_order_of_the_whole_path() {
        let files = ["a/b.yaml", "a-b.yaml", "a.yml", "B.json", "é.yaml", "c/d/e.yaml"];
        let files = files.map(|name| (name, ""));
        assert_eq!(all(&files), "B.json a-b.yaml a.yml a/b.yaml c/d/e.yaml é.yaml");
    }

    #[test]
    fn other_files_and_folders_are_skipped() {
        let files = [
            (".gitignore", "*"),
            (".dot.yaml", ""),
            (".github/a.yaml", ""),
            ("a.YAML", ""),
            ("a.txt", ""),
            ("node_modules/a.yaml", ""),
            ("sub/vendor/a.yaml", ""),
            ("vendor.yaml", ""),
        ];
        assert_eq!(all(&files), ".dot.yaml vendor.yaml");
    }

    #[test]
    fn the_path_itself_is_never_skipped() {
        let dir = folder(&[
            ("node_modules/a.yaml", ""),
            (".hidden/b.yaml", ""),
            ("vendor/vendor/c.yaml", ""),
            ("vendor/d.yaml", ""),
        ]);
        let paths = ["node_modules", ".hidden", "vendor", "vendor/../.hidden/."];
        assert_eq!(read(dir.path(), &paths, &Globs::default()), "node_modules/a.yaml | .hidden/b.yaml | vendor/d.yaml");
    }

    #[test]
    fn names_are_what_the_user_would_type() {
        let dir = folder(&[("sub/a.yaml", "")]);
        let slash = read(dir.path(), &["sub/"], &Globs::default());
        let dots = read(dir.path(), &["sub/../sub"], &Globs::default());
        assert_eq!((&*slash, &*dots), ("sub/a.yaml", "sub/../sub/a.yaml"));
    }

    #[test]
    fn files_are_one_set_in_the_order_given_and_each_folder_its_own() {
        let dir = folder(&[("b.yaml", ""), ("a.txt", ""), ("x/1.yaml", ""), ("y/2.yaml", "")]);
        let paths = ["b.yaml", "x", "a.txt", "y", "x/", "./b.yaml"];
        assert_eq!(read(dir.path(), &paths, &Globs::default()), "b.yaml a.txt | x/1.yaml | y/2.yaml");
    }

    #[test]
    fn standard_input_is_one_of_the_files() {
        let dir = folder(&[("a.yaml", "a")]);
        let paths = [dir.path().join("a.yaml"), "-".into(), "-".into()];
        let sets = sets(&paths, &Globs::default(), &mut &b"b"[..]);
        assert_eq!(shown(dir.path(), &sets), "a.yaml -");
        assert_eq!(sets[0].inputs[1].source.text, "b");
        assert_eq!(sets[0].inputs[1].file, None);
        assert!(sets[0].label.ends_with("a.yaml and 1 more"));
    }

    #[test]
    fn globs_choose_files_of_folders() {
        let dir = folder(&[("a.yaml", ""), ("prod/a.yaml", ""), ("prod/x/b.yaml", ""), ("test/b.yaml", "")]);
        let read =
            |include: &[&str], exclude: &[&str]| read(dir.path(), &["."], &globs(include, exclude)).replace("./", "");
        assert_eq!(read(&["a.yaml"], &[]), "a.yaml prod/a.yaml");
        assert_eq!(read(&["./a.yaml"], &["prod/**"]), "a.yaml");
        assert_eq!(read(&["prod/*"], &[]), "prod/a.yaml");
        assert_eq!(read(&["prod/"], &[]), "prod/a.yaml prod/x/b.yaml");
        assert_eq!(read(&["**/b.*"], &["test/**"]), "prod/x/b.yaml");
        assert_eq!(read(&[], &["[ab].yaml"]), "! no-input .: --include and --exclude leave none of its 4 files");
        assert!(Globs::new(&["a***".to_owned()], &[]).is_err());
    }

    #[test]
    fn a_named_file_needs_no_extension_and_no_glob() {
        let dir = folder(&[("a.txt", ""), ("kustomization.yaml", "patches: [{}]")]);
        let paths = ["a.txt", "kustomization.yaml"];
        assert_eq!(read(dir.path(), &paths, &globs(&["*.yaml"], &["k*"])), "a.txt kustomization.yaml");
    }

    #[test]
    fn what_cannot_be_read_is_said_and_the_rest_is_read() {
        let dir = folder(&[("a.yaml", ""), ("empty/a.txt", "")]);
        let paths = ["gone.yaml", "a.yaml", "empty", "gone"];
        assert_eq!(
            read(dir.path(), &paths, &Globs::default()),
            "a.yaml \n\
             ! no-input gone: cannot be read: No such file or directory (os error 2)\n\
             ! no-input gone.yaml: cannot be read: No such file or directory (os error 2)| \n\
             ! no-input empty: no .yaml, .yml or .json file in it"
        );
    }

    #[test]
    fn what_is_not_utf_8_is_an_error_at_its_place() {
        let dir = folder(&[("b.yaml", "")]);
        let write = |name: &str, bytes: &[u8]| fs::write(dir.path().join(name), bytes).unwrap();
        write("a.yaml", b"a: 1\r\nb: \xc3\xa9\xe9\n");
        write("c.yaml", b"\xff\xfea\0");
        write("d.yaml", b"\xfe\xff\0a");
        write("e.yaml", b"\xff\xfe\0\0a\0\0\0");
        assert_eq!(
            read(dir.path(), &["."], &Globs::default()).replace("./", ""),
            "b.yaml \n\
             ! encoding a.yaml:2:5: not UTF-8: byte 0xe9\n\
             ! encoding c.yaml:1:1: UTF-16: convert it to UTF-8\n\
             ! encoding d.yaml:1:1: UTF-16: convert it to UTF-8\n\
             ! encoding e.yaml:1:1: UTF-32: convert it to UTF-8"
        );
    }

    #[test]
    fn one_file_in_two_sets_is_an_error() {
        let dir = folder(&[("x/a.yaml", ""), ("x/b/c.yaml", ""), ("x/b/d.yaml", "")]);
        assert_eq!(
            read(dir.path(), &["x/b", "x", "x/a.yaml"], &Globs::default()),
            "x/b/c.yaml x/b/d.yaml | x/a.yaml x/b/c.yaml x/b/d.yaml \n\
             ! no-input x/b/c.yaml: in two sets: `x/b` and `x` (and 1 more)| x/a.yaml \n\
             ! no-input x/a.yaml: in two sets: `x` and `x/a.yaml`"
        );
    }

    #[test]
    fn supplies_are_one_set_and_marked() {
        let dir = folder(&[("x/a.yaml", "a"), ("y/b.yaml", ""), ("y/c.yaml", ""), ("empty/.keep", "")]);
        let path = |name: &str| dir.path().join(name);
        let paths = [path("y"), path("x/a.yaml"), path("x"), path("empty")];
        let from = config_from(&paths, &Globs::default(), &mut std::io::empty());
        assert_eq!(
            shown(dir.path(), std::slice::from_ref(&from)),
            "y/b.yaml y/c.yaml x/a.yaml \n! no-input empty: no .yaml, .yml or .json file in it"
        );
        assert!(from.inputs.iter().all(|input| input.source.supply));
        let mut set = sets(&[path("x")], &Globs::default(), &mut std::io::empty()).remove(0);
        set.supply(&from);
        assert_eq!(shown(dir.path(), &[set]), "x/a.yaml y/b.yaml y/c.yaml");
    }

    #[cfg(unix)]
    #[test]
    fn links_to_files_are_read_and_links_to_folders_are_not() {
        use std::os::unix::fs::symlink;
        let dir = folder(&[("out/a.yaml", ""), ("out/sub/b.yaml", ""), ("in/z.yaml", "")]);
        let link = |to: &str, name: &str| symlink(to, dir.path().join(name)).unwrap();
        link("../out/a.yaml", "in/link.yaml");
        link("../out/sub", "in/sub");
        link("../out/sub", "in/sub.yaml");
        link("z.yaml", "in/again.yaml");
        link("nowhere", "in/broken.yaml");
        link("in", "root");
        assert_eq!(
            read(dir.path(), &["in"], &Globs::default()),
            "in/again.yaml in/link.yaml \n\
             ! no-input in/broken.yaml: cannot be read: No such file or directory (os error 2)"
        );
        let root = read(dir.path(), &["root", "root/sub"], &Globs::default());
        assert!(root.starts_with("root/again.yaml root/link.yaml"), "{root}");
        assert!(root.ends_with("| root/sub/b.yaml"), "{root}");
    }
}

//! Reading: standard input, files and folders become sets of sources, in a fixed order.
//!
//! Takes the paths of the command line; gives the sets, each with what could not be read as findings. Never writes,
//! and never stops at the first problem: one run shows every unreadable file.

// One input becomes a source.
pub(crate) mod read;

// The envelope of a KRM function.
pub(crate) mod resource_list;

// Which files of a folder are looked at.
pub(crate) mod walk;

// The folders of `kubectl diff`.
mod kubectl_diff;

// What one kustomization file says.
pub(crate) mod kustomization;

// What of a folder is the source of manifests and not a rendering of them.
pub(crate) mod source_tree;

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use crate::finding::{Finding, Place, Problem};
use crate::input::read::{File, Input, STDIN, Stdin, decode, is_stdin, read_file, read_plain, real};
use crate::input::source_tree::SkippedTree;
use crate::input::walk::{FILE_NAMES, Scope, display, file_name};
use crate::text::many;
use crate::text::source::Source;

/// What is resolved together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Set {
    /// The folder as it was named; for files the first of them, and how many more.
    label: String,
    /// What tells it from the others of a folder of sets: `prod`.
    pub(crate) name: Option<String>,
    pub(crate) sources: Vec<Source>,
    /// That of each source.
    pub(crate) files: Vec<Option<File>>,
    /// What could not be read, and what was skipped, by path. Their `place` says where.
    pub(crate) findings: Vec<Finding>,
    pub(crate) skipped: Vec<SkippedTree>,
    /// `kubectl diff` made it: nothing in it is yet to be stamped, and it may be empty.
    pub(crate) of_kubectl: bool,
}

/// The sets that paths mean: all files (and `-`) together are one, each folder is one, in the order in which they are
/// named first.
pub(crate) fn sets(paths: &[PathBuf], scope: Scope<'_>, stdin: &mut dyn Stdin) -> Vec<Set> {
    let mut sets = separate(paths, scope, stdin);
    refuse_shared(&mut sets);
    sets.iter_mut().for_each(Set::sort_findings);
    sets
}

/// What only supplies configs (`--config-from`): all paths together, read as [`sets`] reads them.
pub(crate) fn config_from(paths: &[PathBuf], scope: Scope<'_>, stdin: &mut dyn Stdin) -> Set {
    let mut all = Set::default();
    for set in separate(paths, scope, stdin) {
        all.supply(&set);
        all.findings.extend(set.findings);
    }
    all.sources.iter_mut().for_each(|s| s.supply = true);
    all.sort_findings();
    all
}

fn separate(paths: &[PathBuf], scope: Scope<'_>, stdin: &mut dyn Stdin) -> Vec<Set> {
    let paths: Vec<_> = paths.iter().flat_map(walk::expanded).collect();
    let is_folder = |path: &&PathBuf| !is_stdin(path) && path.is_dir();
    let mut files: Vec<_> = paths.iter().filter(|path| !is_folder(path)).collect();
    let mut seen = HashSet::new();
    let mut sets = Vec::new();
    for path in &paths {
        if is_folder(&path) {
            if seen.insert(real(path)) {
                sets.push(folder_set(path, scope));
            }
        } else if !files.is_empty() {
            sets.push(file_set(&std::mem::take(&mut files), stdin));
        }
    }
    sets
}

/// The set of some files, of which there is one at least.
fn file_set(paths: &[&PathBuf], stdin: &mut dyn Stdin) -> Set {
    let mut set = Set::default();
    let mut standard = paths
        .iter()
        .any(|path| is_stdin(path))
        .then(|| decode(STDIN.to_owned(), read::read_stdin(&mut *stdin)).map(|source| (source, None)));
    let read = |path: &&PathBuf| (!is_stdin(path)).then(|| read_file(path, path.display().to_string()));
    let results = many::each(paths, many::FILES, read);
    set.collect(results.into_iter().filter_map(|r| r.or_else(|| standard.take())));
    set.label = paths.first().map(|path| path.display().to_string()).unwrap_or_default();
    if let more @ 1.. = (set.sources.len() + set.findings.len()).saturating_sub(1) {
        set.label += &format!(" and {more} more");
    }
    set
}

impl Set {
    /// The set of one text that came from no file.
    pub(crate) fn of_text(source: Source) -> Self {
        Self { label: source.name.clone(), sources: vec![source], files: vec![None], ..Self::default() }
    }

    /// Lets the configs of another set count in this one. A file that is in both is this one's.
    pub(crate) fn supply(&mut self, from: &Self) {
        self.collect(from.sources.iter().cloned().zip(from.files.iter().cloned()).map(Ok));
        self.skipped.extend(from.skipped.iter().cloned());
    }

    /// Adds what was read, each file once: it may be named twice, or a link may lead to it.
    fn collect(&mut self, results: impl IntoIterator<Item = Result<Input, Box<Finding>>>) {
        let real = |file: &Option<File>| file.as_ref().map(|f| f.real.clone());
        let mut seen: HashSet<_> = self.files.iter().map(real).collect();
        for result in results {
            match result {
                Ok((source, file)) if seen.insert(real(&file)) => {
                    self.sources.push(source);
                    self.files.push(file);
                }
                Ok(_) => {}
                Err(finding) => self.findings.push(*finding),
            }
        }
    }

    fn sort_findings(&mut self) {
        self.findings.sort_by_cached_key(|f| match &f.place {
            Place::Input(name, position) => Some((name.clone(), *position)),
            _ => None,
        });
    }

    /// Whether it is a kustomization that was named, or several.
    pub(crate) fn is_kustomization(&self) -> bool {
        self.files.first().is_some_and(Option::is_some) && self.all(is_kustomization)
    }

    /// What to say of a set in which there is no object.
    pub(crate) fn without_objects(&self) -> Finding {
        match self.files.first() {
            Some(Some(first)) if self.is_kustomization() => {
                let folder = first.path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
                Finding::new(only_kustomization(&folder.display().to_string())).in_input(&self.sources[0].name, None)
            }
            _ => Finding::new(Problem::NoObjects {}),
        }
    }

    /// Does `test` hold for each text and its path?
    fn all(&self, test: impl Fn(&Path, &str) -> bool) -> bool {
        let mut inputs = self.files.iter().zip(&self.sources);
        inputs.all(|(file, source)| file.as_ref().is_none_or(|file| test(&file.path, &source.text)))
    }
}

/// The direct subfolders of a folder, each a set of its own, by name; the manifests beside them are one more, called `.`.
/// A subfolder without a manifest is none.
pub(crate) fn each(root: &Path, scope: Scope<'_>) -> Vec<Set> {
    let mut sets = Vec::new();
    for (name, folder) in walk::subfolders(root, scope) {
        let set = folder_set(&folder, scope);
        let bare = |finding: &Finding| matches!(finding.problem, Problem::NoFile {});
        if !set.findings.iter().any(bare) {
            sets.push(Set { name: Some(name), ..set });
        }
    }
    let (loose, outside) = walk::loose(root, scope);
    if !loose.is_empty() || !outside.is_empty() {
        let mut set = file_set(&loose.iter().collect::<Vec<_>>(), &mut std::io::empty());
        set.findings.extend(leading_out(root, outside, scope));
        sets.push(Set { name: Some(".".to_owned()), ..set });
    }
    sets.iter_mut().for_each(Set::sort_findings);
    sets
}

/// What `kubectl diff` made is read whole.
fn kubectl_set(root: &Path, files: &[PathBuf]) -> Set {
    let mut set = Set { label: root.display().to_string(), of_kubectl: true, ..Set::default() };
    let real_root = real(root);
    let read = |file: &PathBuf| read_plain(root.join(file), display(root, file), || real_root.join(file));
    set.collect(many::each(files, many::FILES, read));
    set
}

fn folder_set(root: &Path, scope: Scope<'_>) -> Set {
    if let Some(files) = kubectl_diff::files(root) {
        return kubectl_set(root, &files);
    }
    let walk = walk::walk(root, scope.follow_links);
    let found = walk.files.len();
    let files = walk.files.into_iter().filter(|file| scope.admit(file)).collect();
    let split = source_tree::split(root, files, &walk.marks, scope);
    let mut set =
        Set { label: root.display().to_string(), findings: walk.findings, skipped: split.skipped, ..Set::default() };
    set.findings.extend(split.findings);
    set.findings.extend(leading_out(root, walk.outside, scope));
    let unread = set.findings.len();
    set.findings.extend(split.broken);
    let real_root = real(root);
    let read = |file: &PathBuf| match walk.linked.contains(file) {
        true => read_file(&root.join(file), display(root, file)),
        false => read_plain(root.join(file), display(root, file), || real_root.join(file)),
    };
    set.collect(many::each(&split.rest, many::FILES, read));
    if set.findings.len() == unread {
        set.findings.extend(nothing_left(root, &set, found));
    }
    set
}

/// The finding about links that were not followed, at the first of them.
fn leading_out(root: &Path, links: Vec<PathBuf>, scope: Scope<'_>) -> Option<Finding> {
    let mut links = links.into_iter().filter(|link| scope.admit(link));
    let first = links.next()?;
    let problem = Problem::OutsideLink { folder: root.display().to_string(), more: links.count() };
    Some(Finding::new(problem).in_input(display(root, &first), None))
}

/// The error if a folder gave no manifest.
fn nothing_left(root: &Path, set: &Set, found: usize) -> Option<Finding> {
    let folder = root.display().to_string();
    let problem = if let Some(tree) = set.skipped.first() {
        if !set.all(|path, text| source_tree::is_description(path) || !text.contains("kind")) {
            return None;
        }
        Problem::OnlySources { command: tree.command.clone(), more: set.skipped.len() - 1 }
    } else if !set.sources.is_empty() {
        if !set.all(is_kustomization) {
            return None;
        }
        only_kustomization(&folder)
    } else if found == 0 {
        Problem::NoFile {}
    } else {
        Problem::NoFileLeft { found }
    };
    Some(Finding::new(problem).in_input(folder, None))
}

fn only_kustomization(folder: &str) -> Problem {
    Problem::OnlyKustomization { command: format!("kustomize build {folder} | restamp") }
}

/// Is it a kustomization file, and not an object of Flux that is called like one?
fn is_kustomization(path: &Path, text: &str) -> bool {
    file_name(path).is_some_and(|name| FILE_NAMES.contains(&name)) && !text.contains("toolkit.fluxcd.io")
}

/// A file in two sets would be stamped twice, from different configs.
fn refuse_shared(sets: &mut [Set]) {
    let mut owners: HashMap<PathBuf, String> = HashMap::new();
    for Set { label, sources, files, findings, .. } in sets {
        let inputs = sources.iter().zip(&*files);
        let shared: Vec<_> = inputs.filter_map(|(s, f)| Some((&s.name, owners.get(&f.as_ref()?.real)?))).collect();
        if let Some((name, owner)) = shared.first() {
            let (one, two) = ((*owner).clone(), label.clone());
            let problem = Problem::InTwoSets { one, two, more: shared.len() - 1 };
            findings.push(Finding::new(problem).in_input(*name, None));
        }
        for file in files.iter().flatten() {
            owners.entry(file.real.clone()).or_insert_with(|| label.clone());
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use glob::Pattern;
    use std::fmt::Write as _;
    use std::fs;

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
    pub(crate) fn read(dir: &Path, paths: &[&str], scope: Scope<'_>) -> String {
        let paths: Vec<_> = paths.iter().map(|path| dir.join(path)).collect();
        shown(dir, &sets(&paths, scope, &mut std::io::empty()))
    }

    fn shown(dir: &Path, sets: &[Set]) -> String {
        let mut out = String::new();
        for set in sets {
            for source in &set.sources {
                out += &format!("{} ", source.name);
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
        read(folder(files).path(), &["."], Scope::default()).replace("./", "")
    }

    /// Globs as the command line gives them.
    pub(crate) fn globs(words: &[&str]) -> Vec<Pattern> {
        words.iter().map(|word| walk::parse_glob(word).unwrap()).collect()
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
        assert_eq!(read(dir.path(), &paths, Scope::default()), "node_modules/a.yaml | .hidden/b.yaml | vendor/d.yaml");
    }

    #[test]
    fn names_are_what_the_user_would_type() {
        let dir = folder(&[("sub/a.yaml", "")]);
        let slash = read(dir.path(), &["sub/"], Scope::default());
        let dots = read(dir.path(), &["sub/../sub"], Scope::default());
        assert_eq!((&*slash, &*dots), ("sub/a.yaml", "sub/../sub/a.yaml"));
    }

    #[test]
    fn files_are_one_set_in_the_order_given_and_each_folder_its_own() {
        let dir = folder(&[("b.yaml", ""), ("a.txt", ""), ("x/1.yaml", ""), ("y/2.yaml", "")]);
        let paths = ["b.yaml", "x", "a.txt", "y", "x/", "./b.yaml"];
        assert_eq!(read(dir.path(), &paths, Scope::default()), "b.yaml a.txt | x/1.yaml | y/2.yaml");
    }

    #[test]
    fn standard_input_is_one_of_the_files() {
        let dir = folder(&[("a.yaml", "a")]);
        let paths = [dir.path().join("a.yaml"), "-".into(), "-".into()];
        let sets = sets(&paths, Scope::default(), &mut &b"b"[..]);
        assert_eq!(shown(dir.path(), &sets), "a.yaml -");
        assert_eq!(sets[0].sources[1].text, "b");
        assert!(sets[0].files[1].is_none());
        assert!(sets[0].label.ends_with("a.yaml and 1 more"));
    }

    #[test]
    fn globs_choose_files_of_folders() {
        let dir = folder(&[("a.yaml", ""), ("prod/a.yaml", ""), ("prod/x/b.yaml", ""), ("test/b.yaml", "")]);
        let read = |include: &[&str], exclude: &[&str]| {
            let (include, exclude) = (globs(include), globs(exclude));
            read(dir.path(), &["."], Scope { include: &include, exclude: &exclude, ..Scope::default() })
                .replace("./", "")
        };
        assert_eq!(read(&["a.yaml"], &[]), "a.yaml prod/a.yaml");
        assert_eq!(read(&["./a.yaml"], &["prod/**"]), "a.yaml");
        assert_eq!(read(&["prod/*"], &[]), "prod/a.yaml");
        assert_eq!(read(&["prod/"], &[]), "prod/a.yaml prod/x/b.yaml");
        assert_eq!(read(&["**/b.*"], &["test/**"]), "prod/x/b.yaml");
        assert_eq!(read(&[], &["[ab].yaml"]), "! no-input .: --include and --exclude leave none of its 4 files");
        assert!(walk::parse_glob("a***").is_err());
    }

    #[test]
    fn a_named_file_needs_no_extension_and_no_glob() {
        let dir = folder(&[("a.txt", ""), ("kustomization.yaml", "patches: [{}]")]);
        let paths = ["a.txt", "kustomization.yaml"];
        let (include, exclude) = (globs(&["*.yaml"]), globs(&["k*"]));
        let scope = Scope { include: &include, exclude: &exclude, ..Scope::default() };
        assert_eq!(read(dir.path(), &paths, scope), "a.txt kustomization.yaml");
    }

    #[test]
    fn what_cannot_be_read_is_said_and_the_rest_is_read() {
        let dir = folder(&[("a.yaml", ""), ("empty/a.txt", "")]);
        let paths = ["gone.yaml", "a.yaml", "empty", "gone"];
        assert_eq!(
            read(dir.path(), &paths, Scope::default()),
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
            read(dir.path(), &["."], Scope::default()).replace("./", ""),
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
            read(dir.path(), &["x/b", "x", "x/a.yaml"], Scope::default()),
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
        let from = config_from(&paths, Scope::default(), &mut std::io::empty());
        assert_eq!(
            shown(dir.path(), std::slice::from_ref(&from)),
            "y/b.yaml y/c.yaml x/a.yaml \n! no-input empty: no .yaml, .yml or .json file in it"
        );
        assert!(from.sources.iter().all(|source| source.supply));
        let mut set = sets(&[path("x")], Scope::default(), &mut std::io::empty()).remove(0);
        set.supply(&from);
        assert_eq!(shown(dir.path(), &[set]), "x/a.yaml y/b.yaml y/c.yaml");
    }

    /// A folder with links under, out of, and back into `in`.
    #[cfg(unix)]
    fn linked() -> tempfile::TempDir {
        let dir = folder(&[("out/a.yaml", ""), ("out/sub/b.yaml", ""), ("in/z.yaml", ""), ("in/.dot/c.yaml", "")]);
        let links = [
            ("../out/a.yaml", "in/link.yaml"),
            ("../out/a.yaml", "in/link.txt"),
            ("../out/sub", "in/sub"),
            ("../out/sub", "in/sub.yaml"),
            ("../../out", "in/.dot/out"),
            ("z.yaml", "in/again.yaml"),
            (".dot/c.yaml", "in/c.yaml"),
            (".", "in/loop"),
            ("../../in", "out/sub/back"),
            ("nowhere", "in/broken.yaml"),
            ("nowhere", "in/broken"),
            ("in", "root"),
        ];
        for (to, name) in links {
            std::os::unix::fs::symlink(to, dir.path().join(name)).unwrap();
        }
        dir
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_if_they_lead_to_files_under_the_root() {
        let dir = linked();
        let broken = "! no-input in/broken.yaml: cannot be read: No such file or directory (os error 2)";
        assert_eq!(
            read(dir.path(), &["in"], Scope::default()),
            format!(
                "in/again.yaml in/c.yaml \n{broken}\n! outside-link in/link.yaml: a link that leads out of `in`, not followed"
            )
        );
        let exclude = globs(&["link.yaml"]);
        let excluded = Scope { exclude: &exclude, ..Scope::default() };
        assert_eq!(read(dir.path(), &["in"], excluded), format!("in/again.yaml in/c.yaml \n{broken}"));
        // What is named is followed: a folder, a file.
        let root = read(dir.path(), &["root", "root/sub", "in/link.yaml"], Scope::default());
        assert!(root.starts_with("root/again.yaml root/c.yaml"), "{root}");
        assert!(root.ends_with("| root/sub/b.yaml | in/link.yaml"), "{root}");
        // All of it, each folder once.
        let follow = Scope { follow_links: true, ..Scope::default() };
        assert_eq!(
            read(dir.path(), &["in"], follow),
            format!("in/again.yaml in/c.yaml in/link.yaml in/sub/b.yaml \n{broken}")
        );
    }

    /// As volumes of ConfigMaps are.
    #[cfg(unix)]
    #[test]
    fn links_through_a_hidden_folder_are_followed() {
        let dir = folder(&[("v/..1/a.yaml", "")]);
        for (to, name) in [("..1", "v/..data"), ("..data/a.yaml", "v/a.yaml")] {
            std::os::unix::fs::symlink(to, dir.path().join(name)).unwrap();
        }
        assert_eq!(read(dir.path(), &["v"], Scope::default()), "v/a.yaml");
    }

    #[cfg(unix)]
    #[test]
    fn subfolders_and_loose_files_are_followed_alike() {
        let dir = linked();
        let named = |follow_links| {
            let sets = each(&dir.path().join("in"), Scope { follow_links, ..Scope::default() });
            let names: Vec<_> = sets.iter().map(|set| set.name.clone().unwrap_or_default()).collect();
            (names.join(" "), shown(dir.path(), &sets))
        };
        let (names, said) = named(false);
        assert_eq!(names, ".");
        assert!(said.contains("! outside-link in/link.yaml: "), "{said}");
        let (names, said) = named(true);
        // Each is a set of its own; a link to where it is in is none.
        assert_eq!(names, "sub sub.yaml .");
        assert!(said.contains("in/sub/b.yaml") && said.contains(" in/link.yaml"), "{said}");
    }

    /// What it makes of its folder cannot be known.
    #[cfg(unix)]
    #[test]
    fn a_kustomization_outside_is_not_read() {
        let kustomization = "resources: [a.yaml]\npatches: [{path: p.yaml}]\n";
        let dir = folder(&[("out/k.yaml", kustomization), ("in/a.yaml", "kind: ConfigMap\n")]);
        std::os::unix::fs::symlink("../out/k.yaml", dir.path().join("in/kustomization.yaml")).unwrap();
        let said = read(dir.path(), &["in"], Scope::default());
        assert!(
            said.contains("! no-input in/kustomization.yaml: cannot be read: it is a link that leads out"),
            "{said}"
        );
        let said = read(dir.path(), &["in"], Scope { follow_links: true, ..Scope::default() });
        assert!(said.contains("! source-tree in/kustomization.yaml:2:1: "), "{said}");
    }

    #[test]
    fn a_path_may_be_a_glob() {
        let dir = folder(&[
            ("a.yaml", ""),
            ("b.yaml", ""),
            (".c.yaml", ""),
            ("[a].yaml", ""),
            ("x/prod/1.yaml", ""),
            ("y/prod/2.yaml", ""),
            ("y/test/3.yaml", ""),
        ]);
        let read = |paths: &[&str]| read(dir.path(), paths, Scope::default());
        assert_eq!(read(&["[ab].yaml", "*.yaml"]), "a.yaml b.yaml [a].yaml");
        assert_eq!(read(&["*/prod"]), "x/prod/1.yaml | y/prod/2.yaml");
        assert_eq!(read(&["**/[1-2].yaml"]), "x/prod/1.yaml y/prod/2.yaml");
        assert_eq!(read(&["**/3.yaml", "y"]).matches("in two sets").count(), 1);
        // A name is a name first.
        assert_eq!(read(&["[a].yaml"]), "[a].yaml");
        assert!(read(&["*.json"]).starts_with("! no-input *.json: cannot be read: "));
        let from = config_from(&[dir.path().join("*/test")], Scope::default(), &mut std::io::empty());
        assert_eq!(from.sources.len(), 1);
    }
}

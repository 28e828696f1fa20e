//! Walking: which files of a folder are looked at, in which order.
//!
//! Takes a folder; gives paths relative to it, in byte order. Never reads a file; unless it is told to, never follows a
//! link to a folder or out of the root.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use glob::{MatchOptions, Pattern};
use walkdir::{DirEntry, WalkDir};

use crate::finding::Finding;
use crate::input::read::{real, unreadable};
use crate::settings::{self, selector};

/// A kustomization's file names, in the order in which kustomize looks for them.
pub(crate) const FILE_NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// The file that makes a folder a chart.
pub(super) const CHART_FILE: &str = "Chart.yaml";

/// What a walk finds, relative to its root.
#[derive(Default)]
pub(crate) struct Walk {
    /// Files with a manifest's extension, in byte order of the path.
    pub(crate) files: Vec<PathBuf>,
    /// Files that make their folder a kustomization or a chart.
    pub(crate) marks: Vec<PathBuf>,
    /// Those of the files that a link is, or may have led to: where they lie is not known yet.
    pub(crate) linked: HashSet<PathBuf>,
    /// Links that would be files, but lead out of the root.
    pub(crate) outside: Vec<PathBuf>,
    /// Folders that could not be listed.
    pub(crate) findings: Vec<Finding>,
}

/// Walks a folder, before the globs of the [`Scope`] are asked: a kustomization that they exclude makes sources of its files
/// all the same.
pub(crate) fn walk(root: &Path, follow_links: bool) -> Walk {
    let (mut walk, real) = (Walk::default(), real(root));
    // A folder that lies under the root is met there, and another one once is enough.
    let mut seen = HashSet::new();
    let mut is_new = |folder: &Path| leads_out(folder, &real) && fs::canonicalize(folder).is_ok_and(|f| seen.insert(f));
    let enter = |entry: &DirEntry| {
        let is_folder_link = entry.path_is_symlink() && entry.file_type().is_dir();
        entry.depth() == 0 || !is_skipped(entry) && (!is_folder_link || is_new(entry.path()))
    };
    for entry in WalkDir::new(root).follow_links(follow_links).into_iter().filter_entry(enter) {
        let (path, is_link) = match &entry {
            Ok(entry) if !entry.path_is_symlink() => match entry.file_type().is_file() {
                true => (entry.path(), false),
                false => continue,
            },
            Ok(entry) if is_file(entry.path()) => (entry.path(), true),
            Ok(_) => continue,
            // A broken link, or one to a folder that it is in.
            Err(error) if error.path().is_some_and(Path::is_symlink) => match error.path().filter(|path| is_file(path))
            {
                Some(path) => (path, true),
                None => continue,
            },
            Err(error) => {
                let path = error.path().unwrap_or(root).display().to_string();
                let why = error.io_error().map_or_else(|| error.to_string(), ToString::to_string);
                walk.findings.push(unreadable(&path, why));
                continue;
            }
        };
        let Ok(relative) = path.strip_prefix(root) else { continue };
        if is_mark(relative) {
            walk.marks.push(relative.to_owned());
        }
        if is_manifest(relative) {
            if is_link || follow_links {
                walk.linked.insert(relative.to_owned());
            }
            let outside = !follow_links && is_link && leads_out(path, &real);
            if outside { &mut walk.outside } else { &mut walk.files }.push(relative.to_owned());
        }
    }
    for list in [&mut walk.files, &mut walk.marks, &mut walk.outside] {
        list.sort_by_cached_key(|path| slashed(path));
    }
    walk
}

/// Does a link lead out of this real folder? One that leads nowhere does not.
pub(crate) fn leads_out(path: &Path, real: &Path) -> bool {
    fs::canonicalize(path).is_ok_and(|path| !path.starts_with(real))
}

/// The paths that a word means: those that match if it is a glob, and no path itself.
pub(super) fn expanded(word: &PathBuf) -> Vec<PathBuf> {
    let pattern = word.to_str().filter(|text| text.contains(['*', '?', '[']) && fs::symlink_metadata(word).is_err());
    // As in a shell.
    let options =
        MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: true };
    let paths = pattern.and_then(|pattern| glob::glob_with(pattern, options).ok());
    // That a folder cannot be listed, or that nothing matches, is said when it is read.
    let paths = paths.into_iter().flatten().map(|path| path.unwrap_or_else(|error| error.path().to_owned()));
    let mut paths: Vec<_> = paths.collect();
    if paths.is_empty() {
        paths.push(word.clone());
    }
    paths
}

/// What is right in a folder.
fn entries(root: &Path, follow_links: bool) -> impl Iterator<Item = DirEntry> {
    let walk = WalkDir::new(root).min_depth(1).max_depth(1).follow_links(follow_links).sort_by_file_name();
    walk.into_iter().filter_map(Result::ok)
}

/// The direct subfolders of a folder that a walk enters, by name.
pub(super) fn subfolders(root: &Path, scope: Scope<'_>) -> Vec<(String, PathBuf)> {
    let folders = entries(root, scope.follow_links).filter(|e| e.file_type().is_dir() && !is_skipped(e));
    folders.map(|e| (e.file_name().to_string_lossy().into_owned(), e.into_path())).collect()
}

/// The manifests right in a folder, and the links, relative to it, that lead out of it; none where they are the sources of
/// a kustomization or chart.
pub(super) fn loose(root: &Path, scope: Scope<'_>) -> (Vec<PathBuf>, Vec<PathBuf>) {
    let real = real(root);
    let files: Vec<PathBuf> = entries(root, false).map(DirEntry::into_path).filter(|path| is_file(path)).collect();
    if files.iter().any(|file| is_mark(file)) {
        return Default::default();
    }
    let named = |file: &PathBuf| file.strip_prefix(root).map(Path::to_owned);
    let admitted = |file: &PathBuf| named(file).is_ok_and(|file| scope.admit(&file));
    let files = files.into_iter().filter(|file| is_manifest(file) && admitted(file));
    let (outside, files): (Vec<_>, _) = files.partition(|file| !scope.follow_links && leads_out(file, &real));
    (files, outside.iter().flat_map(named).collect())
}

/// Has it a manifest's extension? The settings of restamp are none.
fn is_manifest(path: &Path) -> bool {
    file_name(path) != Some(settings::FILE)
        && path.extension().is_some_and(|e| e == "yaml" || e == "yml" || e == "json")
}

/// Is it a file? A broken link counts: that it cannot be read must be said.
pub(crate) fn is_file(path: &Path) -> bool {
    fs::metadata(path).map_or_else(|_| path.is_symlink(), |m| m.is_file())
}

/// Is this file called like a kustomization or a chart?
pub(crate) fn is_mark(path: &Path) -> bool {
    file_name(path).is_some_and(|name| FILE_NAMES.contains(&name) || name == CHART_FILE)
}

/// How a path under the root is named: as the user typed the root, then the rest.
pub(crate) fn display(root: &Path, relative: &Path) -> String {
    if let (Ok(rest), Some(_)) = (relative.strip_prefix(".."), root.file_name()) {
        let above = root.parent().filter(|p| !p.as_os_str().is_empty());
        return display(above.unwrap_or(Path::new(".")), rest);
    }
    if relative.as_os_str().is_empty() {
        return root.display().to_string();
    }
    root.join(relative).display().to_string()
}

/// The last part of a path.
pub(super) fn file_name(path: &Path) -> Option<&str> {
    path.file_name()?.to_str()
}

/// The folder of a file; empty for one right under the root.
pub(super) fn parent(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new(""))
}

/// Folders that hold no manifests of the user's own.
fn is_skipped(entry: &DirEntry) -> bool {
    let name = entry.file_name().as_encoded_bytes();
    entry.file_type().is_dir() && (name.starts_with(b".") || name == b"node_modules" || name == b"vendor")
}

/// What of a folder is read: the files of `--include`, without those of `--exclude`; what lies elsewhere only if links are
/// followed.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Scope<'g> {
    pub(crate) include: &'g [Pattern],
    pub(crate) exclude: &'g [Pattern],
    pub(crate) follow_links: bool,
}

impl Scope<'_> {
    /// Does a path relative to the walked folder count?
    pub(crate) fn admit(self, relative: &Path) -> bool {
        let relative = slashed(relative);
        let any = |patterns: &[Pattern]| patterns.iter().any(|pattern| matches(pattern, &relative));
        (self.include.is_empty() || any(self.include)) && !any(self.exclude)
    }
}

/// A glob of files of a folder.
pub(crate) fn parse_glob(word: &str) -> Result<Pattern, String> {
    selector::parse_glob(word)?;
    let path = word.strip_prefix("./").unwrap_or(word);
    // `prod/` can only mean what is in the folder.
    selector::parse_glob(&if path.ends_with('/') { format!("{path}**") } else { path.to_owned() })
}

fn matches(pattern: &Pattern, relative: &str) -> bool {
    let options =
        MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: false };
    let name = relative.rsplit('/').next().unwrap_or(relative);
    pattern.matches_with(relative, options) || !pattern.as_str().contains('/') && pattern.matches_with(name, options)
}

/// With `/` on every system, so that order and globs are the same everywhere.
fn slashed(path: &Path) -> String {
    let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
    parts.join("/")
}

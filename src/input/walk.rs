//! Walking: which files of a folder are looked at, in which order.
//!
//! Takes a folder; gives paths relative to it, in byte order. Never reads a file, never follows a link to a folder.

use std::fs;
use std::path::{Path, PathBuf};

use glob::{MatchOptions, Pattern};
use walkdir::{DirEntry, WalkDir};

use crate::finding::Finding;
use crate::input::read::unreadable;
use crate::settings::selector;

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
    /// Folders that could not be listed.
    pub(crate) findings: Vec<Finding>,
}

/// Walks a folder, before [`Globs`] are asked: a kustomization that they exclude makes sources of its files all the same.
pub(crate) fn walk(root: &Path) -> Walk {
    let mut walk = Walk::default();
    let enter = |entry: &DirEntry| entry.depth() == 0 || !is_skipped(entry);
    for entry in WalkDir::new(root).into_iter().filter_entry(enter) {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                let path = error.path().unwrap_or(root).display().to_string();
                let why = error.io_error().map_or_else(|| error.to_string(), ToString::to_string);
                walk.findings.push(unreadable(&path, why));
                continue;
            }
        };
        let file = entry.file_type().is_file() || entry.path_is_symlink() && is_file(entry.path());
        let (true, Ok(path)) = (file, entry.path().strip_prefix(root)) else { continue };
        if is_mark(path) {
            walk.marks.push(path.to_owned());
        }
        if is_manifest(path) {
            walk.files.push(path.to_owned());
        }
    }
    walk.files.sort_by_cached_key(|path| slashed(path));
    walk.marks.sort_by_cached_key(|path| slashed(path));
    walk
}

/// The direct subfolders of a folder that a walk enters, by name.
pub(super) fn subfolders(root: &Path) -> Vec<(String, PathBuf)> {
    let entries = WalkDir::new(root).min_depth(1).max_depth(1).sort_by_file_name().into_iter().filter_map(Result::ok);
    let folders = entries.filter(|e| e.file_type().is_dir() && !is_skipped(e));
    folders.map(|e| (e.file_name().to_string_lossy().into_owned(), e.into_path())).collect()
}

/// The manifests right in a folder; none where they are the sources of a kustomization or chart.
pub(super) fn loose(root: &Path, globs: Globs<'_>) -> Vec<PathBuf> {
    let entries = WalkDir::new(root).min_depth(1).max_depth(1).sort_by_file_name().into_iter().filter_map(Result::ok);
    let files: Vec<PathBuf> = entries.map(DirEntry::into_path).filter(|path| is_file(path)).collect();
    if files.iter().any(|file| is_mark(file)) {
        return Vec::new();
    }
    let relative = |file: &PathBuf| file.strip_prefix(root).is_ok_and(|file| globs.admit(file));
    files.into_iter().filter(|file| is_manifest(file) && relative(file)).collect()
}

/// Has it a manifest's extension?
fn is_manifest(path: &Path) -> bool {
    path.extension().is_some_and(|e| e == "yaml" || e == "yml" || e == "json")
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

/// Which files of a folder are read: those of `--include`, without those of `--exclude`.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Globs<'g> {
    pub(crate) include: &'g [Pattern],
    pub(crate) exclude: &'g [Pattern],
}

impl Globs<'_> {
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

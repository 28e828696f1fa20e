//! The folders that `kubectl diff` makes: a file for each object, called `<group>.<version>.<Kind>.<namespace>.<name>`.
//!
//! Takes a folder; gives its files if all of them are called so. An object that is not there is an empty file.

use std::fs;
use std::path::{Path, PathBuf};

/// The files of a folder of `kubectl diff`, in byte order of their names; `None` if it is none.
pub(super) fn files(root: &Path) -> Option<Vec<PathBuf>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(root).ok()? {
        let entry = entry.ok()?;
        let name = entry.file_name();
        if !entry.file_type().ok()?.is_file() || !is_object(name.to_str()?) {
            return None;
        }
        names.push(PathBuf::from(name));
    }
    names.sort();
    (!names.is_empty()).then_some(names)
}

/// Whether a file is called as `kubectl diff` calls that of an object. A cluster's own object has an empty namespace, and
/// those of the core an empty group.
fn is_object(name: &str) -> bool {
    let is_word = |part: &str, more: &[char]| {
        part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || more.contains(&c))
    };
    let is_version = |part: &str| part.starts_with('v') && part[1..].starts_with(|c: char| c.is_ascii_digit());
    let parts: Vec<&str> = name.split('.').collect();
    let is_kind = |part: &&str| part.starts_with(|c: char| c.is_ascii_uppercase());
    let Some(kind) = parts.iter().position(is_kind).filter(|&kind| kind > 0) else { return false };
    let [namespace, name @ ..] = &parts[kind + 1..] else { return false };
    is_version(parts[kind - 1])
        && parts[..kind].iter().all(|part| !part.is_empty() && is_word(part, &['-']))
        && is_word(namespace, &['-'])
        && name.first().is_some_and(|first| !first.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::tests::folder;

    #[test]
    fn files_are_called_by_their_objects() {
        for name in [
            "v1.ConfigMap.default.app",
            "v1.ConfigMap.default.app.yaml",
            "v1.Namespace..shop",
            "apps.v1.Deployment.shop.web",
            "rbac.authorization.k8s.io.v1.ClusterRole..system:node",
            "autoscaling.v2beta2.HorizontalPodAutoscaler.a.b",
        ] {
            assert!(is_object(name), "{name}");
        }
        for name in [
            "deployment.yaml",
            "web.v1.yaml",
            "v1.ConfigMap.default.",
            "v1.ConfigMap",
            "a.ConfigMap.b.c",
            "V1.Secret.a.b",
        ] {
            assert!(!is_object(name), "{name}");
        }
    }

    #[test]
    fn one_other_file_makes_it_an_ordinary_folder() {
        let names = |files: &[(&str, &str)]| files_of(folder(files).path());
        assert_eq!(
            names(&[("v1.Secret.a.b", ""), ("v1.ConfigMap.a.b", "")]),
            Some("v1.ConfigMap.a.b v1.Secret.a.b".into())
        );
        assert_eq!(names(&[("v1.Secret.a.b", ""), ("README", "")]), None);
        assert_eq!(names(&[("v1.Secret.a.b/x", "")]), None);
        assert_eq!(names(&[]), None);
    }

    fn files_of(root: &Path) -> Option<String> {
        let files = files(root)?;
        Some(files.iter().map(|f| f.to_str().unwrap()).collect::<Vec<_>>().join(" "))
    }
}

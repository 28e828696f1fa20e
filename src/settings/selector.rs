//! Selectors: which objects a rule of the settings is about.
//!
//! Takes the words of a rule (globs, a Kubernetes label selector) and an object's names and labels; gives yes or no.
//! Never looks at an object's content.

use crate::kube::config_kind::ConfigKind;
use crate::kube::template::check_kind;
use crate::settings::labels::{Requirement, parse_labels};
use crate::text::words::{readers, word};
use glob::Pattern;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

/// Words that pick objects; all given ones must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(remote = "Self", default, deny_unknown_fields, expecting = "a selector, which is a mapping")]
pub struct Selector {
    #[serde(deserialize_with = "glob")]
    pub group: Option<Pattern>,
    #[serde(deserialize_with = "kind")]
    pub kind: Option<Pattern>,
    #[serde(deserialize_with = "name")]
    pub name: Option<Pattern>,
    #[serde(deserialize_with = "name")]
    pub namespace: Option<Pattern>,
    #[serde(rename = "labelSelector", deserialize_with = "labels")]
    pub labels: Vec<Requirement>,
}

impl<'de> Deserialize<'de> for Selector {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let selector = Self::deserialize(deserializer)?;
        // Every word narrows it, so that one without words takes everything: more likely a slip.
        if selector == Self::default() {
            return Err(D::Error::custom(
                "a selector without a word means every object\nwrite `name: \"*\"` if that is meant",
            ));
        }
        Ok(selector)
    }
}

readers! {
    glob: Pattern = parse_glob;
    kind: Pattern = parse_kind;
    name: Pattern = parse_name;
}

fn labels<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Requirement>, D::Error> {
    Ok(word(deserializer, parse_labels)?.unwrap_or_default())
}

/// Includes and excludes; an empty `include` filters nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    pub include: Vec<Selector>,
    pub exclude: Vec<Selector>,
}

/// What a selector looks at of one object.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// Empty for the core group.
    pub group: &'a str,
    pub kind: &'a str,
    pub name: &'a str,
    pub namespace: &'a str,
    pub labels: &'a [(String, String)],
}

impl<'a> Subject<'a> {
    /// A config that is not in the set, of which nothing but its name is known.
    pub(crate) fn absent(kind: ConfigKind, namespace: &'a str, name: &'a str) -> Self {
        Self { group: kind.row().group, kind: kind.as_str(), name, namespace, labels: &[] }
    }
}

impl Selector {
    /// Whether all given words hold for the object.
    pub fn matches(&self, subject: &Subject) -> bool {
        self.matches_names(subject) && self.labels.iter().all(|r| r.matches(subject.labels))
    }

    /// The same without the labels.
    fn matches_names(&self, subject: &Subject) -> bool {
        let holds = |glob: &Option<Pattern>, text: &str| glob.as_ref().is_none_or(|g| g.matches(text));
        holds(&self.group, subject.group)
            && holds(&self.kind, subject.kind)
            && holds(&self.name, subject.name)
            && holds(&self.namespace, subject.namespace)
    }

    /// Whether it looks at labels.
    pub(crate) fn uses_labels(&self) -> bool {
        !self.labels.is_empty()
    }

    /// The selector of a flag's word, `KIND` or `KIND/NAME`, both globs.
    pub fn from_word(word: &str) -> Result<Self, String> {
        let (kind, name) = word.split_once('/').map_or((word, None), |(kind, name)| (kind, Some(name)));
        Ok(Self { kind: Some(parse_kind(kind)?), name: name.map(parse_name).transpose()?, ..Self::default() })
    }
}

impl Filter {
    /// Whether the object is included and not excluded.
    pub fn admits(&self, subject: &Subject) -> bool {
        self.admits_one_of(&[*subject])
    }

    /// The same of something that several subjects stand for.
    pub(crate) fn admits_one_of(&self, subjects: &[Subject]) -> bool {
        let names_it = |selector: &Selector| subjects.iter().any(|subject| selector.matches(subject));
        (self.include.is_empty() || self.include.iter().any(names_it)) && !self.exclude.iter().any(names_it)
    }

    /// Whether an object that is not in the set would be admitted. Its labels are unknown, so none of them keeps it out:
    /// a missing config is reported rather than passed over on a guess.
    pub fn admits_absent(&self, subject: &Subject) -> bool {
        (self.include.is_empty() || self.include.iter().any(|s| s.matches_names(subject)))
            && !self.exclude.iter().any(|s| s.labels.is_empty() && s.matches_names(subject))
    }

    /// Whether any selector looks at labels.
    pub fn uses_labels(&self) -> bool {
        self.include.iter().chain(&self.exclude).any(Selector::uses_labels)
    }
}

/// A glob, case-sensitive; `*` matches everything, names have no `/`.
pub(crate) fn parse_glob(text: &str) -> Result<Pattern, String> {
    Pattern::new(text).map_err(|e| format!("`{}` is no glob: {}", text.escape_debug(), e.msg))
}

/// A glob of names, which are never empty.
pub(crate) fn parse_name(text: &str) -> Result<Pattern, String> {
    if text.is_empty() {
        return Err("a name is never empty; `*` matches every one".to_owned());
    }
    parse_glob(text)
}

/// A glob of kinds.
pub(crate) fn parse_kind(text: &str) -> Result<Pattern, String> {
    check_kind(text)?;
    parse_glob(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject<'a>(kind: &'a str, name: &'a str, labels: &'a [(String, String)]) -> Subject<'a> {
        Subject { group: "apps", kind, name, namespace: "shop", labels }
    }

    #[test]
    fn all_given_words_must_hold() {
        let glob = |text: &str| Some(parse_glob(text).unwrap());
        let selector = Selector {
            group: glob("apps"),
            kind: glob("Deploy*"),
            name: glob("legacy-*"),
            namespace: glob("s?op"),
            labels: parse_labels("tier=x").unwrap(),
        };
        let labels = [("tier".to_owned(), "x".to_owned())];
        assert!(selector.matches(&subject("Deployment", "legacy-a.b", &labels)));
        assert!(!selector.matches(&subject("Deployment", "legacy-a.b", &[])));
        assert!(!selector.matches(&subject("deployment", "legacy-a", &labels)));
        assert!(!selector.matches(&subject("Deployment", "new", &labels)));
        assert!(!selector.matches(&Subject { group: "", ..subject("Deployment", "legacy-a", &labels) }));
        assert!(!selector.matches(&Subject { namespace: "stop2", ..subject("Deployment", "legacy-a", &labels) }));
        assert!(Selector::default().matches(&subject("X", "y", &[])));
    }

    #[test]
    fn a_filter_includes_then_excludes() {
        let word = |text: &str| Selector::from_word(text).unwrap();
        let labelled = Selector { labels: parse_labels("random=true").unwrap(), ..word("Secret") };
        let random = [("random".to_owned(), "true".to_owned())];
        let none = Filter::default();
        assert!(
            none.admits(&subject("Secret", "a", &[]))
                && none.admits_absent(&subject("Secret", "a", &[]))
                && !none.uses_labels()
        );

        let filter = Filter {
            include: vec![word("Secret"), word("ConfigMap/app*")],
            exclude: vec![word("Secret/tmp-*"), labelled.clone()],
        };
        assert!(filter.uses_labels());
        for (kind, name, labels, admitted, absent) in [
            ("Secret", "a", &[][..], true, true),
            ("Secret", "a", &random[..], false, true),
            ("Secret", "tmp-1", &[][..], false, false),
            ("ConfigMap", "app", &random[..], true, true),
            ("ConfigMap", "other", &[][..], false, false),
        ] {
            assert_eq!(filter.admits(&subject(kind, name, labels)), admitted, "{kind}/{name}");
            assert_eq!(filter.admits_absent(&subject(kind, name, labels)), absent, "{kind}/{name} absent");
        }

        let only_labelled = Filter { include: vec![labelled], exclude: Vec::new() };
        assert!(!only_labelled.admits(&subject("Secret", "a", &[])));
        assert!(only_labelled.admits_absent(&subject("Secret", "a", &[])));
        assert!(!only_labelled.admits_absent(&subject("ConfigMap", "a", &[])));
    }

    #[test]
    fn bad_words_of_flags_are_refused() {
        for (word, message) in [
            ("", "`` is no kind; kinds are written as in a manifest, like `CronJob`"),
            ("cronjob", "`cronjob` is no kind; kinds are written as in a manifest, like `CronJob`"),
            ("Job/", "a name is never empty; `*` matches every one"),
            ("Job/[a", "`[a` is no glob: invalid range pattern"),
        ] {
            assert_eq!(Selector::from_word(word), Err(message.to_owned()), "{word}");
        }
        assert!(Selector::from_word("*/a").is_ok());
    }
}

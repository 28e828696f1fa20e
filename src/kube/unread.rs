//! Keys of our domains that nobody reads where they stand: unknown ones, and known ones in a wrong place.
//!
//! Takes a key and where it stands, says whether that is in vain, and what is meant. Where each key is read is what the
//! sources say that `annotation` names; keys that Reloader and Wave use in the cluster are known and never in vain.

use crate::kube::annotation::{
    EFFECT, IN_CLUSTER, Key, Names, PAUSE_PERIOD, PLACES, PRECISION, ROLLOUT_STRATEGY, STAMP, WAVE_CONFIG_MAPS,
    WAVE_SECRETS, WAVE_UPDATE,
};
use crate::text::near;
use std::borrow::Cow;

/// Domains whose keys mean something to Reloader, Wave or restamp, with how many labels they have; those of types of config
/// end in the first.
const DOMAINS: [Domain; 3] =
    [domain("reloader.stakater.com", 3), domain("wave.pusher.com", 3), domain("restamp.dev", 2)];

struct Domain {
    name: &'static str,
    labels: usize,
    letters: u64,
}

const fn domain(name: &'static str, labels: usize) -> Domain {
    Domain { name, labels, letters: near::letters(name) }
}

/// The letters of all of them, and of the longest that another one has before it.
const LETTERS: u64 = DOMAINS[0].letters
    | DOMAINS[1].letters
    | DOMAINS[2].letters
    | near::letters("secretproviderclasses.configmaps.exclude");

/// How long the shortest of them is.
const SHORTEST: usize = DOMAINS[2].name.len();

const CAPITALS: u64 = near::letters("ABCDEFGHIJKLMNOPQRSTUVWXYZ");

/// How many edits make a near miss.
const MOST: usize = 2;

/// Where an annotation or a label stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spot {
    /// `metadata.annotations` of an object with a pod template.
    Workload,
    /// Those of its pod template.
    Template,
    /// Those of a config, or of what makes one.
    Config,
    /// Those of any other object.
    Other,
    /// Labels, wherever they are.
    Labels,
    /// A field that nobody reads annotations from.
    Nowhere,
}

/// Why a key is in vain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unread {
    /// Nobody knows it; this one may be meant.
    Unknown(Option<String>),
    /// It is read elsewhere: what to do.
    Misplaced(&'static str),
}

/// Where a known key is read.
struct Reader<'k> {
    key: &'k str,
    spots: &'static [Spot],
    /// On this kind alone.
    kind: Option<&'static str>,
    remedy: &'static str,
}

const ON_WORKLOAD: &str = "put it into `metadata.annotations` of the workload";
const ON_CONFIG: &str = "put it into `metadata.annotations` of the ConfigMap or Secret that is meant";

/// All keys that are read, those with names of the user's own too.
fn readers<'k>(names: &'k Names, stamp: &'k str) -> impl Iterator<Item = Reader<'k>> {
    let reloader = names.iter().map(|(key, name)| {
        let (spots, remedy): (&'static [Spot], _) = match key {
            Key::Exclude(_) => (&[Spot::Workload], ON_WORKLOAD),
            Key::Auto | Key::AutoOf(_) | Key::Reload(_) | Key::Search => {
                (&[Spot::Workload, Spot::Template], ON_WORKLOAD)
            }
            Key::Match => (&[Spot::Config], ON_CONFIG),
            // On a workload it has a finding of its own.
            Key::Ignore => (&[Spot::Config, Spot::Workload, Spot::Template], ON_CONFIG),
        };
        Reader { key: name, spots, kind: None, remedy }
    });
    let on_workload = |key, kind, remedy| Reader { key, spots: &[Spot::Workload], kind, remedy };
    reloader
        .chain(
            [PLACES, PRECISION, EFFECT, WAVE_UPDATE, WAVE_CONFIG_MAPS, WAVE_SECRETS]
                .map(|key| on_workload(key, None, ON_WORKLOAD)),
        )
        .chain([
            on_workload(
                ROLLOUT_STRATEGY,
                Some("Rollout"),
                "it is read on an Argo Rollout alone, in `metadata.annotations`",
            ),
            on_workload(
                PAUSE_PERIOD,
                Some("Deployment"),
                "it is read on a Deployment alone, in `metadata.annotations`",
            ),
            Reader {
                key: stamp,
                // On the workload it has a finding of its own.
                spots: &[Spot::Template, Spot::Workload],
                kind: None,
                remedy: "remove it: `stamp` writes the stamp into the pod template's annotations",
            },
        ])
}

/// What tells why a key is in vain on an object of some kind; `None` if somebody reads it, or it is none of ours.
pub(crate) fn unread<'k>(
    key: &'k str,
    spot: Spot,
    kind: &str,
    names: &'k Names,
    stamp: &'k str,
) -> Option<impl FnOnce() -> Unread> {
    let parts = memchr::memchr(b'/', key.as_bytes()).map(|at| (&key[..at], &key[at + 1..]));
    let letters = parts.map_or(0, |(domain, _)| near::letters(domain));
    let ours = parts.is_some_and(|(domain, _)| is_ours(domain, letters));
    // Nearly all keys are of no domain of ours, and no name of the user's own.
    let named = || names.find(key).is_some() || key == stamp;
    let known = if ours || named() { readers(names, stamp).find(|r| r.key == key) } else { None };
    let slip = match parts {
        _ if ours || known.is_some() => None,
        Some(_) if letters & !LETTERS != 0 => None,
        Some((domain, word)) => whole(domain, word, names, stamp).map(Cow::Borrowed),
        // Fields of an object have no dots.
        None if key.len() < SHORTEST || !key.contains('.') => None,
        None => with_slash(key).map(Cow::Owned),
    };
    let in_vain = match &known {
        Some(reader) => !reader.spots.contains(&spot) || reader.kind.is_some_and(|only| only != kind),
        None => slip.is_some() || ours && !IN_CLUSTER.contains(&key),
    };
    let remedy = known.map(|reader| reader.remedy);
    let why = move || {
        let unknown = || Unread::Unknown(meant(slip.as_deref().unwrap_or(key), names, stamp));
        remedy.map_or_else(unknown, Unread::Misplaced)
    };
    in_vain.then_some(why)
}

/// The known key of the same word whose domain begins or ends with a part that is nobody else's: `reloader/auto`.
fn whole<'k>(domain: &str, word: &str, names: &'k Names, stamp: &'k str) -> Option<&'k str> {
    if !["reloader", "stakater", "pusher", "restamp"].iter().any(|label| domain.split('.').any(|l| l == *label)) {
        return None;
    }
    let is_part = |all: &str| {
        all.strip_prefix(domain).is_some_and(|rest| rest.starts_with('.'))
            || all.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
    };
    let mut known = readers(names, stamp).map(|r| r.key);
    known.find(|key| key.split_once('/').is_some_and(|(all, name)| name == word && is_part(all)))
}

/// The key that is meant where no slash stands behind one of our domains; `auto` if nothing does.
fn with_slash(key: &str) -> Option<String> {
    let key = key.to_ascii_lowercase();
    let whole = |ours: &Domain| {
        let (domain, rest) = key.split_at(key.find(ours.name)? + ours.name.len());
        let is_whole =
            last_labels(domain, ours.labels) == ours.name && !rest.starts_with(|c: char| c.is_ascii_alphanumeric());
        is_whole.then_some((domain, rest))
    };
    let (domain, rest) = DOMAINS.iter().find_map(whole)?;
    let word = rest.trim_start_matches(|c: char| !c.is_ascii_alphanumeric());
    Some(format!("{domain}/{}", if word.is_empty() { "auto" } else { word }))
}

/// Whether a domain is one of ours, or nearly.
fn is_ours(domain: &str, letters: u64) -> bool {
    // Bytes of other alphabets count as letters too.
    if letters & CAPITALS != 0 && domain.bytes().any(|byte| byte.is_ascii_uppercase()) {
        let lower = domain.to_ascii_lowercase();
        return is_ours(&lower, near::letters(&lower));
    }
    let near = |ours: &Domain| {
        near::lacks(letters, ours.letters) <= MOST
            && near::within(last_labels(domain, ours.labels), ours.name, MOST).is_some()
    };
    DOMAINS.iter().any(near)
}

/// The last labels of a domain; all of it if it has no more.
fn last_labels(domain: &str, count: usize) -> &str {
    let mut dots = domain.bytes().enumerate().rev().filter(|(_, byte)| *byte == b'.');
    dots.nth(count - 1).map_or(domain, |(at, _)| &domain[at + 1..])
}

/// The known key that is nearest to an unknown one: a part that is right weighs more than how far the other is off.
fn meant(key: &str, names: &Names, stamp: &str) -> Option<String> {
    let renamed = names.renamed(key).or((key == STAMP).then_some(stamp));
    if let Some(name) = renamed {
        return Some(name.to_owned());
    }
    let lower = key.to_lowercase();
    let (domain, word) = lower.split_once('/')?;
    // Without the slash it may be a whole one.
    if let Some(known) = readers(names, stamp).find(|r| r.key == lower) {
        return Some(known.key.to_owned());
    }
    let apart = |known: &str| {
        let (there, name) = known.split_once('/')?;
        let name = near::within(word, name, MOST).filter(|edits| edits * 2 < name.len())?;
        Some(name + near::within(domain, there, MOST).unwrap_or(MOST + 1))
    };
    let known = readers(names, stamp).filter_map(|r| Some((apart(r.key)?, r.key)));
    known.min_by_key(|(apart, _)| *apart).map(|(_, key)| key.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(key: &str, spot: Spot) -> Option<Unread> {
        unread(key, spot, "Deployment", &Names::default(), STAMP).map(|why| why())
    }

    #[test]
    fn an_unknown_key_is_told_from_others_and_the_nearest_one_named() {
        for (key, meant) in [
            ("reloader.stakater.com/autoo", "reloader.stakater.com/auto"),
            ("reloader.stakater.com/Auto", "reloader.stakater.com/auto"),
            ("reloader.stakeater.com/auto", "reloader.stakater.com/auto"),
            ("reloaderstakater.com/auto", "reloader.stakater.com/auto"),
            ("configmaps.reloader.stakater.com/reload", "configmap.reloader.stakater.com/reload"),
            ("configmap.reloader.stakeater.com/reload", "configmap.reloader.stakater.com/reload"),
            ("configmap.exclude.reloader.stakater.com/reload", "configmaps.exclude.reloader.stakater.com/reload"),
            ("secret.reloader.stakater.com/reloads", "secret.reloader.stakater.com/reload"),
            ("secrets.reloader.stakater.com/auto", "secret.reloader.stakater.com/auto"),
            ("reloader.stakater.com/reload", "configmap.reloader.stakater.com/reload"),
            ("wave.pusher.com/extra-configmap", "wave.pusher.com/extra-configmaps"),
            ("wave.pusher.io/extra-secrets", "wave.pusher.com/extra-secrets"),
            ("restamp.dev/place", "restamp.dev/places"),
            ("restamp.de/places", "restamp.dev/places"),
            ("RELOADER.STAKATER.COM/auto", "reloader.stakater.com/auto"),
            ("Configmap.Reloader.Stakater.com/Reload", "configmap.reloader.stakater.com/reload"),
            ("reloader.stakater.com", "reloader.stakater.com/auto"),
            ("reloader.stakater.com.auto", "reloader.stakater.com/auto"),
            ("reloader.stakater.com-Auto", "reloader.stakater.com/auto"),
            ("configmap.reloader.stakater.com.reload", "configmap.reloader.stakater.com/reload"),
            ("restamp.dev", "reloader.stakater.com/auto"),
            ("restamp.dev.places", "restamp.dev/places"),
            ("reloader/auto", "reloader.stakater.com/auto"),
            ("reloader.stakater/auto", "reloader.stakater.com/auto"),
            ("stakater.com/search", "reloader.stakater.com/search"),
            ("configmap.reloader/reload", "configmap.reloader.stakater.com/reload"),
            ("restamp/places", "restamp.dev/places"),
        ] {
            assert_eq!(at(key, Spot::Workload), Some(Unread::Unknown(Some(meant.to_owned()))), "{key}");
        }
        for key in ["reloader.stakater.com/everything", "restamp.dev.x", "wave.pusher.com_x"] {
            assert_eq!(at(key, Spot::Config), Some(Unread::Unknown(None)), "{key}");
        }
        for key in [
            "auto",
            "forecastle.stakater.com/expose",
            "app.kubernetes.io/name",
            "stakater.com/x",
            "xposer.stakater.com/auto",
            "stakater.com",
            "not-reloader.stakater.com",
            "reloader.stakater.community",
            "configmap/reload",
            "reloader",
            "com/auto",
            "\u{1f041}A.\u{c1}/auto",
            "reloader.stakater.com/last-reloaded-from",
        ] {
            assert_eq!(at(key, Spot::Workload), None, "{key}");
        }
    }

    #[test]
    fn a_known_key_is_read_in_its_places() {
        use Spot::{Config, Labels, Nowhere, Other, Template, Workload};
        for (key, read) in [
            ("reloader.stakater.com/auto", &[Workload, Template][..]),
            ("reloader.stakater.com/match", &[Config]),
            ("reloader.stakater.com/ignore", &[Config, Workload, Template]),
            ("secrets.exclude.reloader.stakater.com/reload", &[Workload]),
            (PLACES, &[Workload]),
            (PAUSE_PERIOD, &[Workload]),
            (ROLLOUT_STRATEGY, &[]),
            (STAMP, &[Workload, Template]),
        ] {
            for spot in [Workload, Template, Config, Other, Labels, Nowhere] {
                let in_vain = matches!(at(key, spot), Some(Unread::Misplaced(_)));
                assert_eq!(in_vain, !read.contains(&spot), "{key} {spot:?}");
            }
        }
        assert!(unread(ROLLOUT_STRATEGY, Workload, "Rollout", &Names::default(), STAMP).is_none());
    }

    #[test]
    fn a_renamed_key_is_known_by_its_new_name_alone() {
        let mut names = Names::default();
        assert!(names.rename("auto", "example.com/auto"));
        let of = |key| unread(key, Spot::Workload, "Deployment", &names, "example.com/hash").map(|why| why());
        assert_eq!(of("reloader.stakater.com/auto"), Some(Unread::Unknown(Some("example.com/auto".to_owned()))));
        assert_eq!(of(STAMP), Some(Unread::Unknown(Some("example.com/hash".to_owned()))));
        assert_eq!(of("example.com/auto"), None);
    }
}

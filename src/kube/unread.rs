//! Keys of our domains that nobody reads where they stand: unknown ones, and known ones in a wrong place.
//!
//! Takes a key and where it stands, says whether that is in vain, and what is meant. Where each key is read is what the
//! sources say that `annotation` names; keys that Reloader and Wave use in the cluster are known and never in vain.

use crate::kube::annotation::{
    EFFECT, IN_CLUSTER, Key, Names, PAUSE_PERIOD, PLACES, PRECISION, ROLLOUT_STRATEGY, STAMP, WAVE_CONFIG_MAPS,
    WAVE_SECRETS, WAVE_UPDATE,
};
use crate::text::near;

/// Domains whose keys mean something to Reloader, Wave or restamp, with how many labels they have; those of types of config
/// end in the first.
const DOMAINS: [(&str, usize); 3] = [("reloader.stakater.com", 3), ("wave.pusher.com", 3), ("restamp.dev", 2)];

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
    let ours = key.split_once('/').is_some_and(|(domain, _)| is_ours(domain));
    // Nearly all keys are of no domain of ours, and no name of the user's own.
    let named = || names.find(key).is_some() || key == stamp;
    let known = if ours || named() { readers(names, stamp).find(|r| r.key == key) } else { None };
    let in_vain = match &known {
        Some(reader) => !reader.spots.contains(&spot) || reader.kind.is_some_and(|only| only != kind),
        None => ours && !IN_CLUSTER.contains(&key),
    };
    let remedy = known.map(|reader| reader.remedy);
    let why = move || remedy.map_or_else(|| Unread::Unknown(meant(key, names, stamp)), Unread::Misplaced);
    in_vain.then_some(why)
}

/// Whether a domain is one of ours, or nearly.
fn is_ours(domain: &str) -> bool {
    let letters = near::letters(domain);
    let near = |(ours, labels): &(&str, usize)| {
        near::lacks(letters, near::letters(ours)) <= MOST
            && near::within(last_labels(domain, *labels), ours, MOST).is_some()
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
    let (domain, word) = key.split_once('/')?;
    let apart = |known: &str| {
        let (there, name) = known.split_once('/')?;
        let name = near::within(&word.to_lowercase(), name, MOST).filter(|edits| edits * 2 < name.len())?;
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
        ] {
            assert_eq!(at(key, Spot::Workload), Some(Unread::Unknown(Some(meant.to_owned()))), "{key}");
        }
        assert_eq!(at("reloader.stakater.com/everything", Spot::Config), Some(Unread::Unknown(None)));
        for key in [
            "auto",
            "forecastle.stakater.com/expose",
            "app.kubernetes.io/name",
            "stakater.com/x",
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

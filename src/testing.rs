//! The stages one by one, for the project's own benches and fuzzers. No part of the public interface.

use crate::decide::go_regex::Regex;
use crate::edit::verify;
use crate::facts;
use crate::kube::annotation;
use crate::settings::Settings;
use crate::yaml::{self, Arena, Documents, Kind, Ref};

/// The pre-scan: how many chunks there are, and how many of them are worth parsing.
pub fn scan(text: &str, settings: &Settings) -> (usize, usize) {
    let relevance = facts::relevance(settings);
    let chunks = yaml::chunks(text).all;
    let relevant = chunks.iter().filter(|c| relevance.is_relevant(&text[c.range.clone()]));
    (chunks.len(), relevant.count())
}

/// Parses what is relevant, on one thread; how many nodes there are. Broken chunks count as none.
pub fn parse(text: &str, settings: &Settings) -> usize {
    let relevance = facts::relevance(settings);
    let mut arena = Arena::default();
    let mut nodes = 0;
    for chunk in yaml::chunks(text).all {
        let part = &text[chunk.range.clone()];
        if !relevance.is_relevant(part) {
            continue;
        }
        let mut documents = Documents::new(part, &chunk);
        while let Some(tree) = documents.next(&mut arena) {
            match tree {
                Ok(tree) => nodes += tree.len(),
                Err(_) => break,
            }
        }
    }
    nodes
}

/// In how many parts the lists of a text are read.
pub fn parts_of_lists(text: &str) -> usize {
    facts::parts_of_lists(text, &Settings::default())
}

/// Whether the readers of JSON and YAML see the same in a JSON text; `None` if one of them refuses it. The YAML reader
/// refuses some JSON (tabs, long keys), and reads some text that is no JSON.
pub fn json_is_yaml(text: &str) -> Option<bool> {
    let (mut one, mut other) = (Arena::default(), Arena::default());
    let (json, end) = one.parse_json(text, 0).ok()?;
    if !text[end..].trim_matches([' ', '\t', '\r', '\n']).is_empty() {
        return None;
    }
    let yaml = other.parse_yaml(text).ok()?;
    let (json, yaml) = (json.roots().next()?, yaml.roots().next()?);
    Some(verify::equal(json, yaml))
}

/// Whether the fast path and the general parser build the same nodes of a chunk; `None` if the fast path gives it up.
pub fn fast_is_general(text: &str) -> Option<bool> {
    let (mut one, mut other) = (Arena::default(), Arena::default());
    one.parse_plain(text)?;
    let fast = one.parse_yaml(text).ok()?;
    let Ok(general) = other.parse_general(text, 0) else {
        return Some(false);
    };
    let (a, b): (Vec<_>, Vec<_>) = (fast.roots().collect(), general.roots().collect());
    Some(a.len() == b.len() && a.into_iter().zip(b).all(|(a, b)| same(a, b)))
}

/// Which names an entry of a reload list matches, or why it is no regular expression.
pub fn entry(text: &str) -> Result<impl Fn(&str) -> bool, String> {
    Regex::new(text).map(|regex| move |name: &str| regex.is_match(name, &crate::text::budget::Budget::new(1 << 30)))
}

/// What Reloader makes of a value: whether it is true, and the entries of a list.
pub fn value(text: &str) -> (bool, Vec<&str>) {
    (annotation::is_true(text), annotation::entries(text).collect())
}

/// Two nodes are the same, and stand at the same place.
fn same(a: Ref<'_>, b: Ref<'_>) -> bool {
    if (a.kind(), a.style(), a.range()) != (b.kind(), b.style(), b.range()) {
        return false;
    }
    match a.kind() {
        Kind::Scalar => a.scalar() == b.scalar() && a.tag() == b.tag(),
        Kind::Alias => true,
        Kind::Seq => {
            let (a, b): (Vec<_>, Vec<_>) = (a.items().collect(), b.items().collect());
            a.len() == b.len() && a.into_iter().zip(b).all(|(a, b)| same(a, b))
        }
        Kind::Map => {
            let (a, b): (Vec<_>, Vec<_>) = (a.entries().collect(), b.entries().collect());
            a.len() == b.len() && a.into_iter().zip(b).all(|((k, v), (l, w))| same(k, l) && same(v, w))
        }
    }
}

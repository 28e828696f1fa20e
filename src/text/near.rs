//! Near misses: how far one word is from another, and which known word was meant.

use crate::text::hidden::Text;
use std::hash::{DefaultHasher, Hasher as _};

/// The most bytes of an object's name and of a key of `data`; what is longer names nothing.
const LONGEST: usize = 253;

/// Edits from one word to the other: a character put in, left out, replaced, or swapped with its neighbour.
pub(crate) fn edits(a: &str, b: &str) -> usize {
    strsim::osa_distance(a, b)
}

/// The edits from one word to the other, if they are at most so many. Words that are far apart cost next to nothing.
pub(crate) fn within(a: &str, b: &str, most: usize) -> Option<usize> {
    if a == b {
        return Some(0);
    }
    if a.len().max(b.len()) > LONGEST {
        return None;
    }
    if a.is_ascii() && b.is_ascii() {
        if a.len().abs_diff(b.len()) > most {
            return None;
        }
        let (in_a, in_b) = (letters(a), letters(b));
        if lacks(in_a, in_b) > most || lacks(in_b, in_a) > most {
            return None;
        }
        // Each edit changes how often one letter is there by one, and perhaps another.
        let mut counts = [0_i32; 128];
        a.bytes().for_each(|byte| counts[usize::from(byte)] += 1);
        b.bytes().for_each(|byte| counts[usize::from(byte)] -= 1);
        let differ: u32 = counts.iter().map(|n| n.unsigned_abs()).sum();
        if differ as usize > 2 * most {
            return None;
        }
    }
    Some(edits(a, b)).filter(|edits| *edits <= most)
}

/// Which letters a text has, a bit for each.
pub(crate) const fn letters(text: &str) -> u64 {
    let (bytes, mut all, mut at) = (text.as_bytes(), 0, 0);
    while at < bytes.len() {
        all |= 1 << (bytes[at] % 64);
        at += 1;
    }
    all
}

/// How many of some letters are none of others: each takes an edit of its own.
pub(crate) fn lacks(there: u64, wanted: u64) -> usize {
    (wanted & !there).count_ones() as usize
}

/// Texts, found again by words one edit apart from them without a look at all of them.
pub(crate) struct Similar {
    texts: Vec<Text>,
    /// Hashes of each text, and of it without one of its characters, sorted, with the text's index.
    variants: Vec<(u64, usize)>,
}

impl Similar {
    pub(crate) fn new(texts: impl IntoIterator<Item = Text>) -> Self {
        let texts: Vec<_> = texts.into_iter().collect();
        let of = |(i, text): (usize, &Text)| variants(text.raw()).into_iter().map(move |hash| (hash, i));
        let mut variants: Vec<_> = texts.iter().enumerate().flat_map(of).collect();
        variants.sort_unstable();
        Self { texts, variants }
    }

    /// The first text, in their own order, that is exactly one edit apart from a word.
    pub(crate) fn one_edit_from(&self, word: &str) -> Option<&Text> {
        // Words that are one edit apart have a variant in common.
        let same = variants(word).into_iter().flat_map(|hash| {
            let first = self.variants.partition_point(|(h, _)| *h < hash);
            self.variants[first..].iter().take_while(move |(h, _)| *h == hash).take(MOST)
        });
        same.map(|(_, i)| &self.texts[*i]).filter(|text| is_one_edit(text.raw(), word)).min()
    }
}

/// Whether words are exactly one edit apart: what is left between their equal ends tells.
fn is_one_edit(a: &str, b: &str) -> bool {
    let equal = |(a, b): &(char, char)| a == b;
    let before: usize = a.chars().zip(b.chars()).take_while(equal).map(|(c, _)| c.len_utf8()).sum();
    let (a, b) = (&a[before..], &b[before..]);
    let behind: usize = a.chars().rev().zip(b.chars().rev()).take_while(equal).map(|(c, _)| c.len_utf8()).sum();
    let mut rest = [&a[..a.len() - behind], &b[..b.len() - behind]].map(str::chars);
    match rest.each_mut().map(|rest| [rest.next(), rest.next(), rest.next()]) {
        [[Some(_), None, _], [None, ..] | [Some(_), None, _]] | [[None, ..], [Some(_), None, _]] => true,
        [[Some(a), Some(b), None], [Some(c), Some(d), None]] => (a, b) == (d, c),
        _ => false,
    }
}

/// So many texts with one variant are compared: they differ in one character, and no real ones are so many.
const MOST: usize = 100;

fn variants(word: &str) -> Vec<u64> {
    let hash = |start: &str, end: &str| {
        let mut hasher = DefaultHasher::new();
        hasher.write(start.as_bytes());
        hasher.write(end.as_bytes());
        hasher.finish()
    };
    if word.len() > LONGEST {
        return Vec::new();
    }
    let shorter = word.char_indices().map(|(at, c)| hash(&word[..at], &word[at + c.len_utf8()..]));
    std::iter::once(hash(word, "")).chain(shorter).collect()
}

/// The known word that was meant: the same but for case and `-` or `_`, or at most two edits away.
pub(crate) fn near<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    Known::new(known.iter().copied()).meant(word)
}

/// Known words that are asked for again and again.
#[derive(Clone)]
pub(crate) struct Known<'k> {
    /// Without what does not matter, and as they are.
    words: Vec<(String, &'k str)>,
}

impl<'k> Known<'k> {
    pub(crate) fn new(words: impl IntoIterator<Item = &'k str>) -> Self {
        Self { words: words.into_iter().map(|word| (plain(word), word)).collect() }
    }

    /// The one that was meant, as [`near`] has it.
    pub(crate) fn meant(&self, word: &str) -> Option<&'k str> {
        let word = plain(word);
        let near = self.words.iter().filter_map(|(plain, known)| Some((within(&word, plain, 2)?, *known)));
        near.filter(|(edits, known)| edits * 2 < known.len()).min().map(|(_, known)| known)
    }
}

/// A word without case, `-` and `_`.
fn plain(word: &str) -> String {
    word.chars().filter(|c| !matches!(c, '-' | '_')).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_near_miss_is_named() {
        let known = ["select", "annotation", "requireSelected", "podTemplates", "keys"];
        for (word, found) in [
            ("sellect", Some("select")),
            ("Select", Some("select")),
            ("require-selected", Some("requireSelected")),
            ("pod_templates", Some("podTemplates")),
            ("anotations", Some("annotation")),
            ("kind", None),
            ("", None),
            (&"select".repeat(1000), None),
        ] {
            assert_eq!(near(word, &known), found, "{word}");
        }
    }

    #[test]
    fn words_far_apart_are_told_without_the_work() {
        for (a, b, most) in [
            ("auto", "auto", Some(0)),
            ("autoo", "auto", Some(1)),
            ("auot", "auto", Some(1)),
            ("xyty", "auto", None),
            ("größe", "große", Some(1)),
            ("", "ab", Some(2)),
            ("", "abc", None),
            ("abc", "cba", Some(2)),
        ] {
            assert_eq!(within(a, b, 2), most, "{a} {b}");
        }
    }

    #[test]
    fn names_one_edit_apart() {
        for (a, b, near) in [
            ("config", "confg", true),
            ("config", "config", false),
            ("config", "konfig", true),
            ("config", "cofnig", true),
            ("config", "configs", true),
            ("config", "cnfgi", false),
            ("aa", "a", true),
            ("ab", "ba", true),
            ("abcd", "badc", false),
            ("", "a", true),
            ("größe", "grösse", false),
            ("größe", "große", true),
        ] {
            for (a, b) in [(a, b), (b, a)] {
                let texts = ["zzzzz".into(), Text::from(a)];
                let similar = Similar::new(texts);
                let found = similar.one_edit_from(b);
                assert_eq!(found.map(Text::raw), near.then_some(a), "{a} {b}");
            }
        }
        let long = Text::from(&*"a".repeat(LONGEST + 1));
        assert!(Similar::new([long.clone()]).one_edit_from(&long.raw()[1..]).is_none());
    }

    #[test]
    fn one_edit_is_told_without_counting_them() {
        let words =
            ["", "a", "b", "ab", "ba", "aa", "aab", "aba", "baa", "abc", "acb", "abcd", "é", "éa", "aé", "xab", "bab"];
        for (a, b) in words.iter().flat_map(|a| words.iter().map(move |b| (a, b))) {
            assert_eq!(is_one_edit(a, b), edits(a, b) == 1, "{a} {b}");
        }
    }
}

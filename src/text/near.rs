//! Near misses: how far one word is from another, and which known word was meant.

/// The most bytes that two characters have.
const TWO_CHARACTERS: usize = 8;

/// Edits from one word to the other: a character put in, left out, replaced, or swapped with its neighbour.
pub(crate) fn edits(a: &str, b: &str) -> usize {
    strsim::osa_distance(a, b)
}

/// Whether two words are exactly one edit apart. Cheap for the many that are not.
pub(crate) fn one_edit_apart(a: &str, b: &str) -> bool {
    let start: usize = a.chars().zip(b.chars()).take_while(|(x, y)| x == y).map(|(x, _)| x.len_utf8()).sum();
    let (a, b) = (&a[start..], &b[start..]);
    let end: usize = a.chars().rev().zip(b.chars().rev()).take_while(|(x, y)| x == y).map(|(x, _)| x.len_utf8()).sum();
    let (a, b) = (&a[..a.len() - end], &b[..b.len() - end]);
    // What one edit leaves different is at most two characters.
    a.len().max(b.len()) <= TWO_CHARACTERS && edits(a, b) == 1
}

/// The known word that was meant: the same but for case and `-` or `_`, or at most two edits away.
pub(crate) fn near<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let plain = |text: &str| text.replace(['-', '_'], "").to_lowercase();
    let word = plain(word);
    known
        .iter()
        .map(|k| (plain(k), *k))
        // A word much longer than any of ours is told apart without the work.
        .filter(|(plain, _)| plain.len().abs_diff(word.len()) <= TWO_CHARACTERS)
        .map(|(plain, k)| (edits(&word, &plain), k))
        .filter(|(edits, k)| *edits <= 2 && edits * 2 < k.len())
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, k)| k)
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
            assert_eq!(one_edit_apart(a, b), near, "{a} {b}");
            assert_eq!(one_edit_apart(b, a), near, "{b} {a}");
        }
    }
}

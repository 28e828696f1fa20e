//! Where in the text a word stands that a finding is about: an entry of a list, a key of a reference.
//!
//! Takes the text and the place of the whole; gives the bytes, or nothing where the word is not there as it was read (it is
//! escaped, or comes from elsewhere): then the whole is pointed at.

use memchr::memmem;
use std::ops::Range;

/// The entries of a comma list, which are asked for in their order: each is looked for behind the one before it.
#[derive(Default)]
pub(super) struct Entries {
    list: Range<usize>,
    at: usize,
    misses: usize,
}

/// How many entries of a list are looked for in all of it.
const MISSES: usize = 16;

impl Entries {
    pub(super) fn find(&mut self, text: &str, list: &Range<usize>, word: &str) -> Option<Range<usize>> {
        if self.list != *list {
            *self = Self { list: list.clone(), at: list.start, misses: 0 };
        }
        if self.misses == MISSES {
            // Hardly anything is as it was read: all that is left is the whole.
            return None;
        }
        let ends = |c: char| c == ',' || c == '"' || c == '\'' || c.is_whitespace();
        let found = find(text, self.at..list.end, word, ends).or_else(|| {
            self.misses += 1;
            find(text, list.clone(), word, ends)
        });
        self.at = found.as_ref().map_or(self.at, |found| found.end);
        found
    }
}

/// A key that a reference names, whose name stands at `name`: both are in one mapping, or the key is in a list beside it.
pub(super) fn key(text: &str, name: &Range<usize>, word: &str) -> Option<Range<usize>> {
    let near = |at: usize| (at..).find(|at| text.is_char_boundary(*at));
    let from = near(name.start.saturating_sub(FAR))?;
    let before = text.get(from..name.start)?.as_bytes();
    let before = PARENTS.iter().filter_map(|parent| memmem::rfind(before, parent.as_bytes())).max()? + from;
    let rest = text.get(name.end..near(text.len().min(name.end + FAR))?)?;
    let behind = NAMES.iter().filter_map(|name| memmem::find(rest.as_bytes(), name.as_bytes())).min();
    let behind = behind.unwrap_or(rest.len());
    let whole = before..name.end + behind;
    let fields = memmem::find_iter(&text.as_bytes()[whole.clone()], "key").map(|at| whole.start + at + "key".len());
    let ends = |c: char| matches!(c, '"' | '\'' | ',' | '}') || c.is_whitespace();
    fields.into_iter().find_map(|at| {
        let value = text[at..whole.end].trim_start_matches(['"', '\'']).trim_start().strip_prefix(':')?;
        let value = value.trim_start().trim_start_matches(['"', '\'']);
        let start = whole.end - value.len();
        let found = value.starts_with(word) && value[word.len()..].chars().next().is_none_or(ends);
        found.then_some(start..start + word.len())
    })
}

/// How far from the name a key is looked for.
const FAR: usize = 1024;

/// The fields that hold a reference.
const PARENTS: [&str; 4] = ["KeyRef", "configMap", "secret:", "secret\""];

/// The fields with which another thing begins.
const NAMES: [&str; 4] = ["name:", "name\"", "Name:", "Name\""];

/// The first place of a word between two characters that end it, or the ends of the whole.
fn find(text: &str, whole: Range<usize>, word: &str, ends: impl Fn(char) -> bool) -> Option<Range<usize>> {
    let slice = text.get(whole.clone())?;
    let free = |at: usize| {
        slice[..at].chars().next_back().is_none_or(&ends) && slice[at + word.len()..].chars().next().is_none_or(&ends)
    };
    let at = slice.match_indices(word).map(|(at, _)| at).find(|at| !word.is_empty() && free(*at))?;
    Some(whole.start + at..whole.start + at + word.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn under(text: &str, found: Option<Range<usize>>) -> String {
        found.map_or_else(|| "nothing".to_owned(), |range| format!("{}[{}]", &text[..range.start], &text[range]))
    }

    #[test]
    fn an_entry_is_found_between_commas() {
        let of = |list: &str, word: &str| under(list, Entries::default().find(list, &(0..list.len()), word));
        assert_eq!(of("\"app-one, app\"", "app"), "\"app-one, [app]");
        assert_eq!(of("app", "app"), "[app]");
        assert_eq!(of("apps,app.*", "app"), "nothing");
        assert_eq!(of("\"a\\u0070p\"", "app"), "nothing");
        let (list, mut entries) = ("a, b, a, c", Entries::default());
        let mut next = |word: &str| entries.find(list, &(0..list.len()), word).map(|found| found.start);
        assert_eq!(["a", "b", "a", "x", "b", "c"].map(&mut next), [Some(0), Some(3), Some(6), None, Some(3), Some(9)]);
        // What is not there is not looked for again and again.
        assert_eq!((0..MISSES).filter_map(|_| next("x")).count(), 0);
        assert_eq!(next("c"), None);
    }

    #[test]
    fn a_key_is_found_on_either_side_of_the_name() {
        let of = |text: &str, word: &str| {
            let at = text.find("app").unwrap();
            under(text, key(text, &(at..at + 3), word))
        };
        assert_eq!(of("configMapKeyRef: {name: app, key: k}", "k"), "configMapKeyRef: {name: app, key: [k]");
        assert_eq!(of("configMapKeyRef:\n  key: 'k'\n  name: app\n", "k"), "configMapKeyRef:\n  key: '[k]");
        let items = "configMap: {name: app, items: [{key: a, path: k}, {key: k, path: b}]}";
        assert_eq!(of(items, "k"), "configMap: {name: app, items: [{key: a, path: k}, {key: [k]");
        assert_eq!(
            of("{\"secret\":{\"secretName\":\"app\",\"items\":[{\"key\":\"k\"}]}}", "k"),
            "{\"secret\":{\"secretName\":\"app\",\"items\":[{\"key\":\"[k]"
        );
        // The key of the next reference is another one.
        assert_eq!(of("secretKeyRef: {name: app}\n- name: X\n  secretKeyRef: {name: b, key: k}", "k"), "nothing");
        assert_eq!(of("configMapKeyRef: {name: app, key: &a kk}", "k"), "nothing");
    }
}

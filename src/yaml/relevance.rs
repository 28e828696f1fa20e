//! Which chunks are worth parsing. Looks at bytes only.
//!
//! Chunks that name nothing relevant are dropped unread, so false positives cost time and false negatives would cost
//! a stamp. Where the kind of a chunk's object is plain to see, that decides, with the keys of annotations; else any word of
//! any kind does, and any backslash, since an escape may spell one.

use super::bytes::{ends, has_lone_return};
use crate::text::near;
use aho_corasick::{AhoCorasick, MatchKind};
use foldhash::{HashMap, HashSet};
use memchr::memmem;
use std::sync::{LazyLock, OnceLock};

/// What matters.
pub(crate) struct Words<'w> {
    /// Kinds, and whether an object of such a one can wait; `List` stands for all that end so.
    pub(crate) kinds: Vec<(&'w str, bool)>,
    /// API groups.
    pub(crate) groups: Vec<&'w str>,
    /// What matters in an object of any kind.
    pub(crate) keys: Vec<&'w str>,
    /// Kinds that are told of where they are nearly written, in a group without a dot.
    pub(crate) meant: &'w near::Known<'static>,
}

/// What makes a document worth parsing.
#[derive(Clone)]
pub(crate) struct Relevance {
    kinds: HashMap<String, bool>,
    groups: HashSet<String>,
    keys: Finder,
    /// All of them.
    words: Finder,
    /// Kinds that may be meant by one that is nearly so.
    meant: near::Known<'static>,
}

impl Relevance {
    /// Takes what matters.
    pub(crate) fn new(words: &Words<'_>) -> Self {
        let Words { kinds, groups, keys, meant } = words;
        let others = groups.iter().chain(keys).copied();
        Self {
            words: Finder::new(kinds.iter().map(|(kind, _)| *kind).chain(others)),
            keys: Finder::new(keys.iter().copied()),
            kinds: kinds.iter().map(|&(kind, waits)| (kind.to_owned(), waits)).collect(),
            groups: groups.iter().map(|&group| group.to_owned()).collect(),
            meant: (*meant).clone(),
        }
    }

    /// Whether a chunk may hold something that matters.
    pub(crate) fn is_relevant(&self, text: &str) -> bool {
        // Where a line seems to say that it does, the others need no look.
        self.kind(text).is_some() || self.may_hide(text)
    }

    /// Whether an object of the kind that a chunk seems to be of can wait, if that kind matters.
    pub(crate) fn kind(&self, text: &str) -> Option<bool> {
        self.waits(first_kind(text)?)
    }

    /// Whether one that does not seem to matter may do so: a word, a spelling that may hide one, or a directive.
    pub(crate) fn may_hide(&self, text: &str) -> bool {
        match Plain::read(text) {
            Some(Plain { kind, group }) => {
                let is_meant = || !group.contains('.') && self.meant.meant(kind).is_some();
                self.waits(kind).is_some()
                    || self.groups.contains(group)
                    || self.keys.is_in(text)
                    || is_meant()
                    || may_spell(text)
            }
            None => {
                let is_meant = |kind: &str| self.meant.meant(kind).is_some();
                self.words.is_in(text)
                    || memchr::memchr(b'\\', text.as_bytes()).is_some()
                    || may_have_directive(text)
                    || text.contains("apiVersion") && behind_kinds(text).any(is_meant)
            }
        }
    }

    /// Whether an item of a list can wait, by the kind that it seems to be of.
    pub(crate) fn item_can_wait(&self, text: &str) -> bool {
        item_kind(text).and_then(|kind| self.waits(kind)) == Some(true)
    }

    fn waits(&self, kind: &str) -> Option<bool> {
        self.kinds.get(kind).copied().or(kind.ends_with("List").then_some(false))
    }
}

static KIND: LazyLock<memmem::Finder<'static>> = LazyLock::new(|| memmem::Finder::new("\nkind:"));
static ITEM_KIND: LazyLock<memmem::Finder<'static>> = LazyLock::new(|| memmem::Finder::new("kind"));
static BRACES: LazyLock<memmem::Finder<'static>> = LazyLock::new(|| memmem::Finder::new("{{"));

/// Where the next line begins that is not indented.
fn past_indented(text: &[u8], mut at: usize) -> usize {
    let begins = |(end, first): (&u8, &u8)| (*end == b'\n') & (*first != b' ');
    // Most lines are, which many bytes tell at once.
    while let Some(block) = text[at..].first_chunk::<65>()
        && !block.iter().zip(&block[1..]).fold(false, |any, pair| any | begins(pair))
    {
        at += 64;
    }
    text[at..].iter().zip(&text[at + 1..]).position(begins).map_or(text.len(), |len| at + len + 1)
}

/// The word behind the first `kind:` at the start of a line.
fn first_kind(text: &str) -> Option<&str> {
    let line = text.strip_prefix("kind:").or_else(|| {
        let at = KIND.find(text.as_bytes())?;
        Some(&text[at + 6..])
    })?;
    word(&line[..memchr::memchr(b'\n', line.as_bytes()).unwrap_or(line.len())])
}

/// The kind that an item of a list seems to be of: what it says behind the first `kind`, if that is a field of its own.
fn item_kind(text: &str) -> Option<&str> {
    let (before, behind) = text.split_at(ITEM_KIND.find(text.as_bytes())?);
    let own = if before.ends_with('"') {
        before.bytes().filter(|b| matches!(b, b'{' | b'[')).count() == 1
    } else {
        let column = before.find(|c| !matches!(c, ' ' | '-')).unwrap_or(before.len());
        let indent = &before[before.rfind('\n').map_or(0, |at| at + 1)..];
        indent.len() == column && before.contains('-')
    };
    let value = behind["kind".len()..].trim_start_matches(['"', ' ']).strip_prefix(':')?.trim_start_matches(['"', ' ']);
    let len = value.bytes().take_while(u8::is_ascii_alphanumeric).count();
    own.then_some(&value[..len])
}

/// The words behind each `kind` of a text, whatever that is.
fn behind_kinds(text: &str) -> impl Iterator<Item = &str> {
    text.split("kind").skip(1).map(|rest| {
        let word = rest.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ':'));
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        &word[..word.find(|c| !is_part(c)).unwrap_or(word.len())]
    })
}

/// Finds words; made when it is needed first, since that costs more than to read a small input.
#[derive(Clone)]
struct Finder {
    words: Vec<String>,
    automaton: OnceLock<AhoCorasick>,
}

impl Finder {
    fn new<'w>(words: impl Iterator<Item = &'w str>) -> Self {
        Self { words: words.map(str::to_owned).collect(), automaton: OnceLock::new() }
    }

    fn is_in(&self, text: &str) -> bool {
        let automaton = self.automaton.get_or_init(|| {
            AhoCorasick::builder()
                .match_kind(MatchKind::LeftmostFirst)
                .build(&self.words)
                .expect("impossible: a few short words always make an automaton")
        });
        automaton.is_match(text)
    }
}

/// The kind and the group of an object where they are plain to see: each line is indented, a comment, an item, or begins with
/// a letter, as the keys of a block mapping do; and exactly one of them is `kind: Word`, and one `apiVersion: group/version`.
#[derive(Debug)]
struct Plain<'t> {
    kind: &'t str,
    group: &'t str,
}

impl<'t> Plain<'t> {
    fn read(text: &'t str) -> Option<Self> {
        // A template is no YAML, which is to be said.
        if BRACES.find(text.as_bytes()).is_some() {
            return None;
        }
        if !text.is_ascii() && text.contains(['\u{85}', '\u{2028}', '\u{2029}', '\u{feff}']) {
            return None;
        }
        let (mut kind, mut version, mut keys) = (None, None, false);
        let rest = match text.strip_prefix("---") {
            Some(rest) => {
                let (line, rest) = rest.split_once('\n')?;
                is_end(line).then_some(rest)?
            }
            None => text,
        };
        let bytes = rest.as_bytes();
        if has_lone_return(bytes) {
            return None;
        }
        let mut from = 0;
        while from < bytes.len() {
            if bytes[from] == b' ' && keys {
                from = past_indented(bytes, from);
                continue;
            }
            let end = memchr::memchr(b'\n', &bytes[from..]).map_or(bytes.len(), |len| from + len);
            let start = std::mem::replace(&mut from, end + 1);
            let line = &rest[start..end];
            match line.as_bytes() {
                [] | [b'\r' | b'#', ..] => {}
                [b'a'..=b'z' | b'A'..=b'Z', ..] => {
                    keys = true;
                    for (key, found) in [("kind", &mut kind), ("apiVersion", &mut version)] {
                        let rest = line.strip_prefix(key).map(|rest| rest.trim_start_matches([' ', '\t']));
                        if let Some(value) = rest.and_then(|rest| rest.strip_prefix(':'))
                            && found.replace(word(value)?).is_some()
                        {
                            return None;
                        }
                    }
                }
                [b'-', b' ', ..] if keys => {}
                [b' ', ..] if is_end(line) => {}
                _ => return None,
            }
        }
        let version: &str = version?;
        Some(Self { kind: kind?, group: version.rsplit_once('/').map_or("", |(group, _)| group) })
    }
}

/// The word that stands behind a key's colon, if nothing else does.
fn word(value: &str) -> Option<&str> {
    let word = value.trim_start_matches(' ');
    let len = word.bytes().take_while(|&b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'/' | b'-')).count();
    let is_word =
        word.starts_with(|c: char| c.is_ascii_alphanumeric()) && word.len() < value.len() && is_end(&word[len..]);
    is_word.then_some(&word[..len])
}

/// Whether a rest of a line is blank or a comment.
fn is_end(rest: &str) -> bool {
    ends(rest.strip_suffix('\r').unwrap_or(rest).as_bytes())
}

/// Whether an escape may spell a letter, or join what stands on two lines.
fn may_spell(text: &str) -> bool {
    let bytes = text.as_bytes();
    memchr::memchr_iter(b'\\', bytes).any(|at| matches!(bytes.get(at + 1), Some(b'x' | b'u' | b'U' | b'\n' | b'\r')))
}

/// Whether a line begins with `%`, whatever breaks lines; a byte order mark may stand before it.
fn may_have_directive(text: &str) -> bool {
    let begins = |at: usize| {
        matches!(
            text[..at].chars().next_back(),
            None | Some('\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}')
        )
    };
    memchr::memchr_iter(b'%', text.as_bytes()).any(begins)
}

#[cfg(test)]
mod tests {
    use super::super::Arena;
    use super::*;

    #[test]
    fn a_chunk_is_relevant_by_a_word_or_an_escape() {
        let (kinds, groups) = (vec![("Deployment", true), ("Job", false)], vec!["x.io"]);
        let relevance = Relevance::new(&Words {
            kinds,
            groups,
            keys: vec!["restamp.dev"],
            meant: &near::Known::new(["ConfigMap", "Job"]),
        });
        for (text, expected) in [
            ("\"kind\": CronJob", true),
            ("kind: \"Deploy\\u006dent\"", true),
            ("\"kind\": Ingress # 5 %", false),
            ("\u{feff}%YAML 1.1", true),
            ("# c\u{2028}%YAML 1.1", true),
            ("kind: Job\n", true),
        ] {
            assert_eq!(relevance.is_relevant(text), expected, "{text:?}");
        }
        for (text, expected) in [
            ("kind: Job\n", true),
            ("kind: JobList # c\n", true),
            ("kind: Crd\ndescription: of a Job \\d at x.io\n", false),
            ("kind: Crd\na: \"Job\\\n \"\n", true),
            ("kind: Crd\nmetadata:\n  annotations: {restamp.dev/x: y}\n", true),
            ("kind: Crd\nkind: Job\n", true),
            ("kind: Crd\n\"kind\": Job\n", true),
            ("kind: Crd\n<<: {kind: Job}\n", true),
            ("kind: Crd\rkind: Job\n", true),
        ] {
            let with = |version: &str| relevance.is_relevant(&format!("---\napiVersion: {version}\n{text}"));
            assert_eq!((with("v1"), with("y.io/v1 # Job"), with("x.io/v1")), (expected, expected, true), "{text:?}");
        }
        for (text, expected) in [
            ("apiVersion: v1\nkind: configMap\n", true),
            ("apiVersion: v1\nkind: Config\n", false),
            ("apiVersion: apps/v1\nkind: jobs\n", true),
            ("apiVersion: y.io/v1\nkind: configMap\n", false),
            ("{\"apiVersion\": \"v1\", \"kind\": \"Configmap\"}", true),
            ("{\"kind\": \"Configmap\"}", false),
            ("{apiVersion: v1, kind: Ingress, x: {kind :\n config-map}}", true),
            ("{apiVersion: v1, kind: Ingress}", false),
        ] {
            assert_eq!(relevance.is_relevant(text), expected, "{text:?}");
        }
        for text in [
            "{a: 1,\napiVersion: v1,\nkind: Crd\n, kind: Job}",
            " a: \"\napiVersion: v1\nkind: Crd\n\"\n kind: Job\n",
            "--- a: Job\nkind: Crd\napiVersion: v1\n",
        ] {
            assert!(relevance.is_relevant(text), "{text:?}");
        }
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig { cases: 8000, ..Default::default() })]
        #[test]
        fn a_kind_that_is_plain_to_see_is_the_one_that_is_read(text in "((---|#)? ?(\n|\r\n)?)?( ?(kind|\"kind\"|'kind'|\\? kind|k|- k|<<|a|\\{kind|!t kind|&x kind) ?:( | \"| '| \\||\t)?(Job|Crd|\\{a|x\"|y'|&x|\\*x|#|\\[)?( #c|\\}|\\]|\"|\t)?(\n|\r\n|\r|\u{2028})?){0,5}(\napiVersion: v1|apiVersion: v1)?") {
            if let Some(Plain { kind, .. }) = Plain::read(&text)
                && let Ok(tree) = Arena::default().parse_general(&text, 0)
                && let Some(read) = tree.roots().next().and_then(|root| root.get("kind")).and_then(|kind| kind.scalar())
            {
                assert!(read == kind || read.starts_with(&format!("{kind} ")), "{text:?}: {read}");
            }
        }
    }
}

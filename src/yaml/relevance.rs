//! Which chunks are worth parsing. Looks at bytes only.
//!
//! Chunks that name nothing relevant are dropped unread, so false positives cost time and false negatives would cost
//! a stamp: a chunk with any backslash counts as relevant, since an escape may spell a kind.

use aho_corasick::{AhoCorasick, MatchKind};

/// The words without which a document is not worth parsing.
#[derive(Clone)]
pub(crate) struct Relevance(AhoCorasick);

impl Relevance {
    /// Takes the kinds and annotation keys that matter.
    pub(crate) fn new<'w>(words: impl IntoIterator<Item = &'w str>) -> Self {
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostFirst)
            .build(words)
            .expect("impossible: a few short words always make an automaton");
        Self(automaton)
    }

    /// Whether a text holds one of the words.
    pub(crate) fn names(&self, text: &str) -> bool {
        self.0.is_match(text)
    }

    /// Whether a chunk may hold something that matters: a word, a spelling that may hide one, or a directive.
    pub(crate) fn is_relevant(&self, text: &str) -> bool {
        self.names(text) || memchr::memchr(b'\\', text.as_bytes()).is_some() || may_have_directive(text)
    }
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
    use super::*;

    #[test]
    fn a_chunk_is_relevant_by_a_word_or_an_escape() {
        let relevance = Relevance::new(["Deployment", "Job"]);
        assert!(relevance.is_relevant("kind: CronJob"));
        assert!(relevance.is_relevant("kind: \"Deploy\\u006dent\""));
        assert!(!relevance.is_relevant("kind: Ingress # 5 %"));
        assert!(relevance.is_relevant("\u{feff}%YAML 1.1"));
        assert!(relevance.is_relevant("# c\u{2028}%YAML 1.1"));
    }
}

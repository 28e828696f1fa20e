//! `docs/findings.md`, cut into its sections: the help that SARIF carries.
//!
//! Takes an id, gives the text of its section. A test compares the page with [`Id::ALL`].

use crate::finding::Id;

const PAGE: &str = include_str!("../../../docs/findings.md");

/// The text of the section of an id, without its heading; empty if the page has none.
pub(crate) fn section(id: Id) -> &'static str {
    let mut sections = PAGE.split("\n## `").skip(1);
    let text = sections.find_map(|s| s.strip_prefix(id.as_str())?.strip_prefix("`\n"));
    text.unwrap_or_default().trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_a_section_for_each_id_in_their_order() {
        let headings: Vec<_> = PAGE.lines().filter_map(|line| line.strip_prefix("## `")?.strip_suffix('`')).collect();
        let ids: Vec<_> = Id::ALL.iter().map(|id| id.as_str()).collect();
        assert_eq!(headings, ids);
    }

    #[test]
    fn each_section_gives_meaning_example_and_remedy() {
        for id in Id::ALL {
            let text = section(*id);
            let example = format!("[{}]", id.as_str());
            assert!(text.contains(&example), "{example}: no example");
            assert!(text.contains("**What to do:** "), "{example}: no remedy");
            assert!(text.starts_with(id.summary()), "{example}: not its summary");
        }
    }
}

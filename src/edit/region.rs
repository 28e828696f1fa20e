//! The part of a text that an edit can change: one entry of a mapping, read alone instead of the whole document.
//!
//! Takes the nodes on the way to a stamp, gives a [`Region`]; later takes the edits in it, and tells whether they come out as
//! they are meant. It proves only that they do: what it cannot tell is for `verify`, which compares whole documents.
//!
//! Why that is enough. A pair of JSON has no context: what reads as one pair can stand where one stood. In block style an
//! entry is the lines from its key on, up to the next one that is no deeper. `yaml::block` reads line by line. Nothing above
//! has changed, and neither has the line of the key; so behind that line it stands in both texts as in the entry alone: in a
//! mapping at the key's column, of which the key waits for a value. Left of that column no line of the entry stands, since it
//! would end the mapping and be refused alone. The line behind it is at that column or left of it in both texts: it ends all
//! that is open to the right, continues no scalar, and finds the mapping as it was if the entry is the same.

use super::path::Level;
use super::verify::{Meant, edited, same_tree};
use super::{Edit, moved};
use crate::text::geometry::Geometry;
use crate::text::many;
use crate::yaml::{Arena, Form, Kind, Style};
use std::ops::Range;

/// An entry of a mapping, from the first byte of its key to the last one of its value, which is a mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Region {
    range: Range<usize>,
    json: bool,
}

/// So many bytes are read before and after at the same time.
const LARGE: usize = 128 * 1024;

/// Keys further to the right are not read alone: what is around them could be too deep, together with them.
const FAR: usize = 100;

impl Region {
    /// The innermost entry on the way to a stamp that can be read alone.
    pub(super) fn around(text: Geometry<'_>, levels: &[Level<'_>]) -> Option<Self> {
        let form = levels.first()?.map.tree().form();
        let json = form == Form::Json;
        let fits = |level: &&Level<'_>| {
            let Level { key, value, .. } = level;
            let own_lines = || value.style() == Style::Block && text.begins_line(key.start());
            value.kind() == Kind::Map && (json || form == Form::Block && own_lines())
        };
        let level = levels.iter().rev().find(fits)?;
        Some(Self { range: level.key.start()..level.value.end(), json })
    }

    /// The same with offsets that count from the start of the source.
    pub(super) fn moved(self, base: usize) -> Self {
        Self { range: moved(self.range, base), ..self }
    }

    pub(super) fn start(&self) -> usize {
        self.range.start
    }

    pub(super) fn end(&self) -> usize {
        self.range.end
    }

    /// Whether an edit that begins behind its start lies in it.
    pub(super) fn holds(&self, source: &str, edit: &Edit) -> bool {
        self.bounds(source).is_some_and(|(whole, inside)| inside <= edit.range.start && edit.range.end <= whole.end)
    }

    /// Whether the edits in it come out as they are meant; false if that cannot be told.
    pub(super) fn comes_out<'e>(
        &self,
        source: &str,
        edits: impl IntoIterator<Item = &'e Edit>,
        mut meant: Meant<'_>,
        (old, new): &mut (Arena, Arena),
    ) -> bool {
        let Some((whole, _)) = self.bounds(source) else { return false };
        let before = &source[whole.clone()];
        let Some(after) = edited(source, &whole, edits) else { return false };
        if self.json {
            let (before, after) = (format!("{{{before}}}"), format!("{{{after}}}"));
            let read =
                |arena: &mut Arena, text: &str| arena.parse_json(text, 0).is_ok_and(|(_, end)| end == text.len());
            let read = read(old, &before) && read(new, &after);
            return read && same_tree(old.tree(&before), new.tree(&after), &mut meant);
        }
        // Else the next line would be glued to it.
        let ends = whole.end == source.len() || after.ends_with('\n');
        if !ends {
            return false;
        }
        let (was, is) = (|| old.parse_plain(before).is_some(), || new.parse_plain(&after).is_some());
        let read = many::both(before.len() >= LARGE, was, is) == (true, true);
        read && same_tree(old.tree(before), new.tree(&after), &mut meant)
    }

    /// What is read, and from where on something in it may change.
    fn bounds(&self, source: &str) -> Option<(Range<usize>, usize)> {
        let Range { start, end } = self.range;
        if self.json {
            return Some((start..end, start));
        }
        let text = Geometry { text: source };
        let from = text.line_start(start);
        let column = start - from;
        // A block scalar ends at the start of a line; anything else somewhere on its last one.
        let next = text.skip_comments(text.after_line(end));
        let to = if next == source.len() { next } else { text.line_start(next) };
        debug_assert!(next - to <= column, "what the block reader has read has no such line");
        (column <= FAR).then_some((from..to, text.next_line(start)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::verify::comes_out;
    use super::*;
    use crate::text::source::SourceId;
    use crate::yaml::{Documents, Part, chunks};

    const PLACES: &[&[&str]] = &[&["metadata", "annotations"]];

    /// Every entry of a text that can be read alone.
    fn regions(text: &str) -> Vec<Region> {
        let mut arena = Arena::default();
        let mut documents = Documents::new(text, &Part { range: 0..text.len(), cut: false, json: false });
        let mut out = Vec::new();
        while let Some(Ok(tree)) = documents.next(&mut arena) {
            for map in tree.nodes() {
                let levels = map.entries().map(|(key, value)| [Level { map, key, value }]);
                out.extend(levels.filter_map(|level| Region::around(Geometry { text }, &level)));
            }
        }
        out
    }

    /// Whether an edit in a region comes out: seen there, and as a whole by the general parser.
    fn both(text: &str, region: &Region, edit: &Edit) -> (bool, bool) {
        let meant = Meant::stamps("k", PLACES);
        let edits = std::slice::from_ref(edit);
        let alone = region.holds(text, edit) && region.comes_out(text, edits, meant, &mut Default::default());
        let part = Part { range: 0..text.len(), cut: false, json: false };
        (alone, comes_out(text, &part, edits, meant, &mut (Arena::new(false), Arena::new(false))))
    }

    fn edit(range: Range<usize>, text: &str) -> Edit {
        Edit { source: SourceId(0), range, text: text.into() }
    }

    /// The first region that begins with a text, and whether an insertion before another text comes out.
    fn inserted(text: &str, key: &str, before: &str, new: &str) -> (bool, bool) {
        let region = regions(text).into_iter().find(|r| text[r.start()..].starts_with(key)).unwrap();
        let at = region.start() + text[region.start()..].find(before).unwrap();
        both(text, &region, &edit(at..at, new))
    }

    #[test]
    fn an_edit_is_looked_at_alone() {
        let text = "t:\n  metadata:\n    name: x\n  spec: {}\nz: 1\n";
        let at = |indent: &str, step: &str| format!("{indent}annotations:\n{indent}{step}k: \"v\"\n");
        assert_eq!(inserted(text, "metadata:", "    name", &at("    ", "  ")), (true, true));
        // A wrong column, a wrong place, something else, a quote that does not end.
        for (before, new) in [
            ("    name", at("     ", "  ")),
            ("    name", at("   ", "  ")),
            ("    name", at("  ", "  ")),
            ("    name", at("    ", "")),
            ("name", at("    ", "  ")),
            ("  spec", at("  ", "  ")),
            ("  spec", "    k: \"v\"\n".into()),
            ("    name", at("    ", "  ").replace('k', "j")),
            ("    name", at("    ", "  ").replace("v\"", "v")),
            ("    name", "    b: 1\n".into()),
            ("    name", "    annotations:\n      k: \"v\"".into()),
            ("    name", "---\n".into()),
        ] {
            assert_eq!(inserted(text, "metadata:", before, &new), (false, false), "{before:?} {new:?}");
        }
        // What is there already does not come twice.
        let again = text.replace("name: x", "annotations:\n      k: \"v\"");
        assert_eq!(inserted(&again, "metadata:", "    annotations", &at("    ", "  ")), (false, false));
    }

    #[test]
    fn what_begins_above_goes_on_below_or_has_no_end_is_not_looked_at_alone() {
        let stamp = "    annotations:\n      k: \"v\"\n";
        let held = |text: &str, before: &str| {
            let at = text.find(before).unwrap();
            let inner = regions(text).into_iter().filter(|region| text[region.start()..].starts_with("metadata"));
            inner.map(|region| region.holds(text, &edit(at..at, stamp))).collect::<Vec<_>>()
        };
        let text = "t:\n  metadata:\n    name: x\n";
        assert_eq!(held(text, "    name"), [true]);
        // The line of the key.
        assert_eq!(held(text, "\n    name"), [false]);
        for elsewhere in ["z: &a 1", "z: {<<: {}}", "z: !!str 1", "? z", "..."] {
            assert_eq!(held(&format!("{text}{elsewhere}\n"), "    name").len(), 0, "{elsewhere:?}");
        }
        assert_eq!(held("metadata: {\n  name: x}\n", "  name").len(), 0);
        assert_eq!(held("x:\n- metadata:\n    name: x\n", "    name").len(), 0);
        assert_eq!(held("x:\n- a: 1\n  metadata:\n    name: x\n", "    name"), [true]);
        // What is around it could be too deep, together with it.
        let far = " ".repeat(FAR + 1);
        assert_eq!(held(&format!("t:\n{far}metadata:\n{far} name: x\n"), " name"), [false]);
        let deep = |depth: usize| {
            format!("{{\"x\": {}{{\"metadata\": {{\"a\": 1}}}}{}}}", "[".repeat(depth), "]".repeat(depth))
        };
        assert_eq!([200, 250].map(|depth| regions(&deep(depth)).len()), [1, 0]);
        // The last line has no break, and gets none.
        let text = "t:\n  metadata:\n    name: x\nz: 1\n";
        let region = &regions(text)[1];
        let end = text.find("z").unwrap();
        assert_eq!(both(text, region, &edit(end..end, "    # c\n")), (true, true));
        assert_eq!(both(text, region, &edit(end..end, "    # c")), (false, false));
        assert_eq!(both(text, region, &edit(end - 1..end, "")), (false, false));
        assert_eq!(both(text, region, &edit(end..end + 1, "")), (false, false));
    }

    const TEXTS: &[&str] = &[
        "a: 1\nmetadata:\n  name: x\nz: 1\n",
        "metadata:\n  name: x",
        "t:\n  metadata:\n    annotations:\n      a: b\n    name: x\n  spec:\n  - c\nz:\n",
        "t:\n  metadata:\n    annotations:\n      k: \"v\"\n      a: |\n        b\n\n        c\n\n\n# d\n  spec: {}\n",
        "metadata:\n  annotations:\n    a: |+\n      b\n\n\n    # c\n  # d\nz: |\n  y\n",
        "metadata:\n  annotations:\n    a: |-\n      b\n   \n",
        "metadata:\n  annotations:\n    a: |\n      b",
        "metadata:\n  annotations:\n    a: >\n      b\n\n  # c\n\nz: 1",
        "metadata:\n  annotations:\n    a: >-\n     b\n\n      # c\n    # d\n  z: 1\ny:\n",
        "metadata:\n  annotations:\n    a: b\n      c\n\n      d # e\n  name: f\n",
        "metadata:\n  annotations:\n    a:\n      b\n      c\n  name: f\n",
        "metadata:\n  annotations:\n    a: \"b\n  c\"\n    d: 'e\n\nf'\n",
        "metadata:\n  annotations:\n    a: [b,\n c]\n    d:\nx:\n",
        "metadata:\n  annotations:\n    d:\n    - e\n    - f: g\n",
        "- metadata:\n    annotations:\n      a: b\n  spec: 1\n- metadata:\n    name: x\n",
        "x:\n- a: 1\n  metadata:\n    annotations:\n      a: b\n- metadata:\n    name: x\n",
        "metadata: # why\n\n  # c\n  name: x\n\n# e\n\nspec: 1\n",
        "metadata:\r\n  name: x\r\n  annotations:\r\n    a: |\r\n      b\r\nspec: 1\r\n",
        "\u{feff}metadata:\n  name: x\nspec: 1\n",
        "---\nmetadata:\n  annotations: {}\n  name: x\n",
        "metadata:\n  annotations:\n  name: x\n",
        "metadata:\n  annotations: ~\nx: a\tb\n",
        "\"metadata\":\n  'annotations':\n    \"a\": b\nx y: z\n",
        "{\"a\": [{\"metadata\": {\"annotations\": {\"b\": 1}}, \"c\": {}}]}",
        "{\"metadata\": {}, \"spec\":{\"metadata\":null}} {\"metadata\": {\"annotations\": {\"k\": \"w\"}}}",
    ];

    const PIECES: &[&str] = &[
        "k: \"v\"",
        "annotations:\n",
        "metadata:\n",
        "\"annotations\": {\"k\": \"v\"}, ",
        "\"k\": \"v\", ",
        ",\"k\":\"v\"",
        "{k: v}",
        "a: b",
        "\n",
        "\r\n",
        "# c\n",
        "# c",
        " ",
        "  ",
        "- ",
        "-",
        ": ",
        ":",
        "|",
        "|+",
        ">",
        "'",
        "\"",
        "\\",
        "---\n",
        "...\n",
        "{",
        "}",
        "[",
        "]",
        ",",
        "\t",
        "&a ",
        "*a",
        "<<: ",
        "? ",
        "!x ",
        "é",
        "\u{85}",
        "\u{2028}",
        "\u{feff}",
        "\0",
        "x",
        "~",
        "{}",
        "",
    ];

    /// Soundness: no edit that is another one as a whole is taken for a good one. `RESTAMP_CASES` are tried in each region.
    #[test]
    fn what_comes_out_alone_comes_out_as_a_whole() {
        let cases: usize = std::env::var("RESTAMP_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(10);
        let mut seed = 7_u64;
        let mut random = move |n: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) as usize % n.max(1)
        };
        let fixtures = walkdir::WalkDir::new(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/edit"));
        let files = fixtures.into_iter().filter_map(Result::ok).filter_map(|e| std::fs::read_to_string(e.path()).ok());
        let texts: Vec<String> = TEXTS.iter().map(|text| (*text).to_owned()).chain(files).collect();
        let (mut alone, mut whole, mut seen) = (0, 0, 0);
        for text in &texts {
            for text in chunks(text).all.into_iter().map(|part| &text[part.range]) {
                let lines = Geometry { text };
                for region in regions(text) {
                    let Some((bounds, _)) = region.bounds(text) else { continue };
                    seen += 1;
                    for _ in 0..cases {
                        // Most at the start of a line, as stamps are; some take a little away.
                        let at = text.floor_char_boundary(bounds.start + random(bounds.len() + 1));
                        let at = if random(3) > 0 { lines.line_start(at) } else { at };
                        let len = if random(3) > 0 { 0 } else { random(12) };
                        let indent = " ".repeat(random(9));
                        let pieces: String = (0..1 + random(3)).map(|_| PIECES[random(PIECES.len())]).collect();
                        let end = if random(2) > 0 { "\n" } else { "" };
                        let range = at..text.floor_char_boundary((at + len).min(text.len()));
                        let edit = edit(range, &format!("{indent}{pieces}{end}"));
                        let (one, all) = both(text, &region, &edit);
                        assert!(!one || all, "{text:?} {region:?} {edit:?}");
                        alone += usize::from(one);
                        whole += usize::from(all);
                    }
                }
            }
        }
        eprintln!("{seen} regions: {alone} of {whole} edits were seen to come out alone");
        assert!(alone * 3 > whole, "{alone} of {whole}");
    }
}

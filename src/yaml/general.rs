//! YAML text → nodes, by the general parser. The only file that names it.

use super::tree::{Arena, Kind, MAX_DEPTH, Node, Style, SyntaxError, Tag, Tree};
use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, StructureStyle, Tag as ParserTag};
use std::ops::Range;

impl Arena {
    /// Reads a chunk of YAML by the general parser alone.
    pub(crate) fn parse_general<'t>(&'t mut self, text: &'t str) -> Result<Tree<'t>, SyntaxError> {
        self.clear();
        let options = granit_parser::options! {
            // As libyaml reads them, and so kubectl.
            block_scalar_eof_without_line_feed: true,
            bom_inside_document_as_content: true,
            flow_nesting_limit: MAX_DEPTH,
            block_nesting_limit: MAX_DEPTH,
        };
        let mut parser = Parser::new_from_str_with_options(text, options);
        while let Some(event) = parser.next_event() {
            match event {
                Ok((event, span)) => self.event(text, event, span.byte_range().unwrap_or_default())?,
                Err(error) => return Err(refusal(error.marker().byte_offset().unwrap_or_default(), error.kind())),
            }
        }
        Ok(self.tree(text))
    }

    fn event(&mut self, text: &str, event: Event<'_>, range: Range<usize>) -> Result<(), SyntaxError> {
        match event {
            Event::Scalar(value, style, anchor, tag) => {
                let null = matches!(style, ScalarStyle::Plain) && range.is_empty();
                let style = match style {
                    ScalarStyle::Plain => Style::Plain,
                    ScalarStyle::SingleQuoted => Style::SingleQuoted,
                    ScalarStyle::DoubleQuoted => Style::DoubleQuoted,
                    ScalarStyle::Literal | ScalarStyle::Folded => Style::BlockScalar,
                };
                let mut node = Node { tag: known(tag.as_deref()), ..Node::new(Kind::Scalar, style, range) };
                if style == Style::BlockScalar {
                    cut_back(&mut node, text.as_bytes(), &value);
                }
                // An absent value comes as `~` with an empty span.
                self.merges |= value == "<<";
                self.set_text(text, &mut node, if null { "" } else { &value });
                self.push(node, anchor)
            }
            Event::Alias(anchor) => self.push_alias(range, anchor),
            Event::SequenceStart(style, anchor, tag) => {
                self.push(collection(Kind::Seq, style, tag.as_deref(), range), anchor)
            }
            Event::MappingStart(style, anchor, tag) => {
                self.push(collection(Kind::Map, style, tag.as_deref(), range), anchor)
            }
            Event::SequenceEnd | Event::MappingEnd => {
                self.close(range.end);
                Ok(())
            }
            // Aliases do not reach across documents: the parser forgets anchors itself.
            _ => Ok(()),
        }
    }
}

/// The parser's end of a block scalar lies inside the next line's indentation; the start of an empty one lies there too, or
/// is its header at the end of the text.
fn cut_back(node: &mut Node, text: &[u8], value: &str) {
    let first = text.get(node.start as usize).copied();
    if matches!(first, Some(b'|' | b'>')) && value.bytes().next() != first {
        node.start = node.end;
    }
    let empty = node.start == node.end;
    while (empty || node.end > node.start) && matches!(text[..node.end as usize], [.., b' ' | b'\t']) {
        node.end -= 1;
    }
    node.start = node.start.min(node.end);
}

fn collection(kind: Kind, style: StructureStyle, tag: Option<&ParserTag>, range: Range<usize>) -> Node {
    let style = match style {
        StructureStyle::Flow => Style::Flow,
        _ => Style::Block,
    };
    Node { tag: known(tag), ..Node::new(kind, style, range) }
}

fn known(tag: Option<&ParserTag>) -> Tag {
    tag.map_or(Tag::None, |t| match t.core_suffix() {
        Some("str") => Tag::Str,
        Some("null") => Tag::Null,
        Some("bool") => Tag::Bool,
        Some("int") => Tag::Int,
        Some("float") => Tag::Float,
        Some("binary") => Tag::Binary,
        _ if t.suffix_in_namespace("tag:yaml.org,2002:").as_deref() == Some("binary") => Tag::Binary,
        _ => Tag::Other,
    })
}

fn refusal(offset: usize, kind: &ErrorKind) -> SyntaxError {
    use ErrorKind as E;
    match kind {
        E::RecursionLimitExceeded => SyntaxError::depth(offset),
        // Its own message quotes a character of the text.
        E::UnexpectedCharacter { .. } | E::Custom(_) => SyntaxError::new(offset, "unexpected character"),
        E::UnknownAnchor => SyntaxError::new(offset, "an alias without its anchor"),
        E::TabNotAllowed | E::TabInBlockIndentation | E::TabInIndentation => {
            SyntaxError { remedy: Some("indent with spaces"), ..SyntaxError::new(offset, kind.to_string()) }
        }
        _ => SyntaxError::new(offset, kind.to_string()),
    }
}
#[cfg(test)]
mod probe {
    use super::*;
    #[test]
    fn probe() {
        for text in [
            "a:\n  k: |+\n  b: c\n",
            "a:\n  k: |+\n\n\n  b: c\n",
            "a:\n  k: >-\nb: c\n",
            "a:\n  k: |\n",
            "a:\n  k: |",
            "a:\n  k: |+\n\n",
            "a:\n  k: |\n    # c\n  # d\n\n  b: c\n",
            "a:\n  k: |\n\n    x\n\n  # d\n  b: c\n",
            "r:\n- -1\n- b\n",
            "r:\n- - a\n- b\n",
            "r:\n-\n- b\n",
            "r:\n- &x\n- b\n",
            "r:\n- &x y\n- b\n",
            "r: !!seq\n- &x y: 1\n",
            "r:\n  -\n  - b\n",
            "r:\n- a\n-\n# c\nb: d\n",
            "r:\n- a: \n# c\nb: d\n",
            "r:\n-\n\n  # c\n  a: b\n",
            "r: [a: b , c: , ? d : e , f]\n",
            "r: [!!str , b]\n",
            "r: {a: b, c , d: , &x e}\n",
            "r: &x\n# c\nb: &z\n",
            "? r\n: - a\n  - b\n",
            "x: &k\n  a: b\n",
            "x:\n  &k a: b\n",
            "x:\n  ? a\n  : b\n",
            "x: !!map\n  a: b\n",
            "x: !!map\n  # c\n  a: b\n",
            "- a: b\n  ? &x c\n",
            "a: ! \nb: 1\n",
        ] {
            let mut arena = Arena::default();
            match arena.parse_general(text) {
                Ok(t) => {
                    println!("{text:?}");
                    for i in 0..t.arena.nodes.len() {
                        let n = &t.arena.nodes[i];
                        println!(
                            "    {:?} {:?} {:?} {}..{} {:?}",
                            n.kind,
                            n.style,
                            n.tag,
                            n.start,
                            n.end,
                            &text[n.start as usize..n.end as usize]
                        );
                    }
                }
                Err(e) => println!("{text:?} {e:?}"),
            }
        }
    }
}

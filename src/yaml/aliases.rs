//! What a document costs once its aliases are followed.
//!
//! Refused is one that its aliases make many times as long as it is, so that whatever reads it takes time in proportion to
//! the text. So is what kubectl refuses: too much that comes from aliases ("excessive aliasing"), counted as go-yaml v2
//! counts while it decodes, and a merge key that brings something else than mappings.

use super::scalar::Type;
use super::tree::MAX_DEPTH;
use super::tree::{Arena, Kind, Ref, SyntaxError};
use crate::text::budget::Budget;

/// Decoding below this many nodes may come from aliases nearly alone, above the other one hardly.
const FEW: f64 = 400_000.0;
const MANY: f64 = 4_000_000.0;

/// What is still to be decoded.
enum Step<'t> {
    Node(Ref<'t>),
    /// All that an alias has brought is done.
    Back,
}

impl Arena {
    /// Refuses what is too long or too deep once its aliases are followed, and what kubectl refuses of aliases and merge
    /// keys.
    pub(super) fn allow_aliases(&mut self, text: &str) -> Result<(), SyntaxError> {
        if self.aliases {
            self.spent = self.written_out(text.len())?;
        }
        if !self.aliases && !self.merges {
            return Ok(());
        }
        let tree = self.tree(text);
        let (mut decoded, mut by_alias, mut depth) = (0u32, 0u32, 0u32);
        let mut todo: Vec<Step<'_>> = tree.roots().map(Step::Node).collect();
        while let Some(step) = todo.pop() {
            let Step::Node(node) = step else {
                depth -= 1;
                continue;
            };
            decoded += 1;
            by_alias += u32::from(depth > 0);
            let (all, share) = (f64::from(decoded), f64::from(by_alias) / f64::from(decoded));
            let allowed = 0.99 - 0.89 * ((all - FEW) / (MANY - FEW)).clamp(0.0, 1.0);
            if by_alias > 100 && decoded > 1000 && share > allowed {
                return Err(SyntaxError::aliasing(node.start()));
            }
            let from = todo.len();
            match node.kind() {
                Kind::Scalar => {}
                Kind::Alias => {
                    depth += 1;
                    todo.extend([Step::Node(node.resolved()), Step::Back]);
                }
                Kind::Seq => todo.extend(node.items().map(Step::Node)),
                Kind::Map => {
                    for (key, value) in node.entries() {
                        if key.scalar_type() == Some(Type::Merge) {
                            todo.extend(merged(value)?.into_iter().map(Step::Node));
                        } else {
                            todo.extend([Step::Node(key), Step::Node(value)]);
                        }
                    }
                }
            }
            todo[from..].reverse();
        }
        Ok(())
    }

    /// Spends what the document would have more if each alias were written out.
    fn written_out(&self, bytes: usize) -> Result<u64, SyntaxError> {
        let budget = Budget::new(bytes);
        // Of each node with all below it: what it costs, and how deep it is. An alias has its target before it.
        let mut whole: Vec<(u64, usize)> = Vec::with_capacity(self.nodes.len());
        let mut open: Vec<usize> = Vec::new();
        let add = |whole: &mut Vec<(u64, usize)>, to: Option<&usize>, (cost, depth): (u64, usize)| {
            let Some(outer) = to.and_then(|&outer| whole.get_mut(outer)) else { return };
            *outer = (outer.0.saturating_add(cost), outer.1.max(depth + 1));
        };
        for (index, node) in self.nodes.iter().enumerate() {
            while let Some(done) = open.pop_if(|done| self.nodes[*done].skip as usize <= index) {
                let own = whole[done];
                add(&mut whole, open.last(), own);
            }
            let mut own = (NODE + u64::from(node.len), 0);
            match node.kind {
                Kind::Alias => {
                    own = whole[node.at as usize];
                    if open.len() + own.1 > MAX_DEPTH {
                        return Err(SyntaxError::depth(node.start as usize));
                    }
                    if !budget.spend(own.0) {
                        return Err(SyntaxError::written_out(node.start as usize));
                    }
                }
                Kind::Map | Kind::Seq => {
                    whole.push((NODE, 1));
                    open.push(index);
                    continue;
                }
                Kind::Scalar => {}
            }
            whole.push(own);
            add(&mut whole, open.last(), own);
        }
        Ok(budget.spent())
    }
}

/// What a node costs beside its text, in bytes of a text.
const NODE: u64 = 16;

/// What a merge key brings: a mapping, or those of a list, the weakest first.
fn merged(value: Ref<'_>) -> Result<Vec<Ref<'_>>, SyntaxError> {
    let mut maps: Vec<Ref<'_>> = match value.kind() {
        Kind::Seq => value.items().collect(),
        _ => vec![value],
    };
    maps.reverse();
    match maps.iter().find(|map| map.resolved().kind() != Kind::Map) {
        Some(other) => Err(SyntaxError::new(other.start(), "a merge key (`<<`) takes a mapping or a list of mappings")),
        None => Ok(maps),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> Option<(usize, String)> {
        Arena::default().parse_yaml(text).err().map(|e| (e.offset, e.message.into_owned()))
    }

    /// A list of `times` aliases of a text of `long` bytes.
    fn list(long: usize, times: usize) -> String {
        format!("- &a {}\n{}", "x".repeat(long), "- *a\n".repeat(times))
    }

    #[test]
    fn what_aliases_bring_has_a_limit_in_proportion_to_the_text() {
        for (long, most) in [(100, 105), (1000, 20), (100_000, 10)] {
            assert_eq!(refused(&list(long, most)), None, "{long}");
            let (at, message) = refused(&list(long, 3 * most)).unwrap();
            assert!(message.starts_with("aliases up to here") && at > long, "{at} {message}");
        }
        // Aliases of aliases, in merge keys too, count with all that they bring.
        let merges = (1..60).map(|i| format!("- &m{i} {{<<: [*m{0}, *m{0}]}}\n", i - 1)).collect::<String>();
        assert!(refused(&format!("- &m0 {{x: 1}}\n{merges}")).is_some());
    }

    #[test]
    fn a_document_is_no_deeper_for_its_aliases() {
        let padded = |levels: usize| {
            let plain = "- plain\n".repeat(100_000);
            let lists: String = (1..levels).map(|i| format!("- &a{i} [*a{}]\n", i - 1)).collect();
            format!("{plain}- &a0 [x]\n{lists}")
        };
        assert_eq!(refused(&padded(MAX_DEPTH - 1)), None);
        let (_, message) = refused(&padded(MAX_DEPTH)).unwrap();
        assert!(message.starts_with("nested deeper"), "{message}");
    }
}

//! What a document costs once its aliases are followed, counted as go-yaml v2 counts while it decodes.
//!
//! kubectl refuses a document in which too much comes from aliases ("excessive aliasing"), and a merge key that brings
//! something else than mappings.

use super::scalar::Type;
use super::tree::{Arena, Kind, Ref, SyntaxError};

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
    /// Refuses what kubectl refuses of aliases and merge keys.
    pub(super) fn allow_aliases(&self, text: &str) -> Result<(), SyntaxError> {
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
}

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

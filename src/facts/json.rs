//! A node as the JSON that Kubernetes makes of it, and JSON in the one form that is hashed.
//!
//! Takes nodes, gives owned values; aliases and merge keys are followed. Nothing of it is for showing.

use crate::yaml::{Kind, Ref};
use serde_json::{Map, Number, Value};
use std::collections::HashSet;

/// Texts that aliases brought from a Secret.
pub(super) type Hidden = HashSet<String>;

/// A node as JSON.
pub(super) fn read(node: Ref<'_>, hidden: &mut Hidden) -> Value {
    let node = node.resolved();
    if node.is_hidden() {
        hidden.extend(node.scalar().map(str::to_owned));
    }
    match node.kind() {
        Kind::Map => {
            let mut map = Map::new();
            for (key, key_node, value) in node.pairs() {
                if key_node.resolved().is_hidden() {
                    hidden.insert(key.clone().into_owned());
                }
                map.insert(key.into_owned(), read(value, hidden));
            }
            Value::Object(map)
        }
        Kind::Seq => Value::Array(node.items().map(|i| read(i, hidden)).collect()),
        Kind::Scalar | Kind::Alias => node.json(),
    }
}

/// JSON without blanks, the keys of each object in the order of their code points: `jq -cSj`.
pub(super) fn canonical(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Array(items) => {
            let mut before = b"[".as_slice();
            for item in items {
                out.extend(std::mem::replace(&mut before, b","));
                canonical(item, out);
            }
            out.extend(if items.is_empty() { b"[]".as_slice() } else { b"]" });
        }
        Value::Object(map) => {
            let mut entries: Vec<(&String, &Value)> = map.iter().collect();
            entries.sort_unstable_by_key(|(key, _)| *key);
            out.push(b'{');
            for (i, (key, value)) in entries.into_iter().enumerate() {
                out.extend((i > 0).then_some(b','));
                out.extend(string(key));
                out.push(b':');
                canonical(value, out);
            }
            out.push(b'}');
        }
        Value::Number(number) => out.extend(written(number).into_bytes()),
        Value::String(text) => out.extend(string(text)),
        Value::Bool(_) | Value::Null => out.extend(value.to_string().into_bytes()),
    }
}

/// A JSON string, as short as JSON allows.
pub(super) fn string(text: &str) -> Vec<u8> {
    serde_json::to_vec(text).expect("impossible: strings always serialise")
}

/// A number as Go's `encoding/json` writes it.
fn written(number: &Number) -> String {
    let Some(float) = number.as_f64().filter(|_| number.is_f64()) else { return number.to_string() };
    let size = float.abs();
    if size == 0.0 || (1e-6..1e21).contains(&size) {
        return float.to_string();
    }
    let text = format!("{float:e}");
    if size < 1.0 { text } else { text.replacen('e', "e+", 1) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::Arena;

    fn of(text: &str) -> String {
        let mut arena = Arena::default();
        let tree = arena.parse_yaml(text).unwrap();
        let value = read(tree.roots().next().unwrap(), &mut Hidden::default());
        let mut out = Vec::new();
        canonical(&value, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn keys_are_sorted_and_nothing_is_left_out() {
        assert_eq!(
            of("{b: [], a: {}, c: ~, B: [1, {z: 2, x: }]}"),
            r#"{"B":[1,{"x":null,"z":2}],"a":{},"b":[],"c":null}"#
        );
        assert_eq!(of("{é: \"<&>\\u2028\\n\", Z: 'a'}"), "{\"Z\":\"a\",\"é\":\"<&>\u{2028}\\n\"}");
    }

    #[test]
    fn scalars_are_what_kubernetes_reads() {
        assert_eq!(
            of("[yes, 0o10, 010, 0x1F, 1_000, 1.0, 1.50, 1e3, 1e21, 1e-7, -0.0]"),
            "[true,8,8,31,1000,1,1.5,1000,1e+21,1e-7,-0]"
        );
        assert_eq!(
            of("['1', 2020-01-01, ~, !!str 1, .5, 18446744073709551615]"),
            r#"["1","2020-01-01",null,"1",0.5,18446744073709551615]"#
        );
        assert_eq!(of("a: &a {x: 1}\nb: {<<: *a, z: *a}"), r#"{"a":{"x":1},"b":{"x":1,"z":{"x":1}}}"#);
    }
}

//! The content of a ConfigMap or Secret → its digest, and digests → the stamp. Public and versioned: `docs/digest.md`.
//!
//! Takes decoded values, gives SHA-256 of compact JSON. Labels, annotations, `type`, `immutable`, order and YAML style
//! are never looked at; names and namespaces never enter (kustomize changes them after a transformer has run).

use crate::finding::Problem;
use crate::kube::config_kind::{ConfigKind, Encoding};
use crate::text::base64::{BASE64, decode};
use crate::yaml::{Ref, Type};
use base64::Engine as _;
use sha2::{Digest as _, Sha256};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

/// SHA-256 of one config's content. A Secret's is never printed: a plain hash of a weak password can be guessed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// 64 lower-case hexadecimal digits.
    pub fn hex(&self) -> String {
        self.0.iter().fold(String::with_capacity(64), |mut out, byte| {
            out.push(char::from_digit(u32::from(byte >> 4), 16).unwrap_or('0'));
            out.push(char::from_digit(u32::from(byte & 15), 16).unwrap_or('0'));
            out
        })
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digest(***)")
    }
}

/// The bytes of one value; its debug form hides them.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Value<'t>(pub(crate) Cow<'t, [u8]>);

impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// What stands under one key.
pub(crate) struct Entry<'t> {
    pub(crate) value: Value<'t>,
    /// The key itself was brought from a Secret's value.
    pub(crate) hidden_key: bool,
}

/// The decoded content, in code point order of the keys.
pub(crate) type Content<'t> = BTreeMap<Cow<'t, str>, Entry<'t>>;

/// The content of a config object, and what the API server would refuse of it or read otherwise than it looks, each with
/// its place. `about` is how messages name the object.
pub(crate) fn content<'t>(kind: ConfigKind, object: Ref<'t>, about: &str) -> (Content<'t>, Vec<(Ref<'t>, Problem)>) {
    let mut content = Content::new();
    let mut problems = Vec::new();
    let about = || about.to_owned();
    // A later section overlays the ones before: `stringData` wins over `data` (Secret); a key in both `data` and
    // `binaryData` is refused by the API server.
    for (name, encoding) in kind.row().sections {
        let Some(section) = object.get(name) else { continue };
        if section.scalar().is_some() && !section.is_null() || section.items().next().is_some() {
            problems.push((section, Problem::RefusedSection { about: about() }));
        }
        for (key, key_node, value) in section.pairs() {
            if key_node.scalar_type() == Some(Type::Bool) {
                problems.push((key_node, Problem::BooleanKey { about: about(), read: key == "true" }));
            }
            let (bytes, wrong) = match encoding {
                Encoding::Base64 => decoded(value),
                Encoding::Plain => plain(value),
            };
            problems.extend(wrong.map(|why| (value, Problem::RefusedValue { about: about(), why })));
            content.insert(key, Entry { value: Value(bytes), hidden_key: key_node.resolved().is_hidden() });
        }
    }
    (content, problems)
}

/// The source text of a value that is no string.
fn source(value: Ref<'_>) -> Cow<'_, [u8]> {
    let text = value.scalar().unwrap_or_else(|| &value.tree().text()[value.range()]);
    Cow::Borrowed(text.as_bytes())
}

/// A value that is text.
fn plain(value: Ref<'_>) -> (Cow<'_, [u8]>, Option<&'static str>) {
    match value.scalar_type() {
        Some(Type::Str | Type::Merge | Type::Null) => (text(value), None),
        Some(_) => (source(value), Some("is no string; quote it")),
        None => (source(value), Some("is no string")),
    }
}

/// A value in base64.
fn decoded(value: Ref<'_>) -> (Cow<'_, [u8]>, Option<&'static str>) {
    match value.scalar_type() {
        Some(Type::Str | Type::Merge | Type::Null) => match decode(&String::from_utf8_lossy(&text(value))) {
            Some(bytes) => (bytes.into(), None),
            None => (source(value), Some("is no valid base64")),
        },
        Some(_) => (source(value), Some("is no string in base64; quote it")),
        None => (source(value), Some("is no string in base64")),
    }
}

/// The text of a scalar; null is the empty string.
fn text(value: Ref<'_>) -> Cow<'_, [u8]> {
    Cow::Borrowed(value.text().unwrap_or_default().as_bytes())
}

/// The digest of some content: of one compact JSON object, key → base64 of the bytes.
pub(crate) fn digest<'v>(content: impl IntoIterator<Item = (&'v str, &'v [u8])>) -> Digest {
    let mut out = Hashed { hash: Sha256::new(), buffer: [0; 4096], len: 0 };
    let mut before = b'{';
    for (key, value) in content {
        out.add(&[before]);
        out.string(key);
        out.add(b":\"");
        out.base64(value);
        out.add(b"\"");
        before = b',';
    }
    if before == b'{' {
        out.add(b"{");
    }
    out.add(b"}");
    out.hash.update(&out.buffer[..out.len]);
    Digest(out.hash.finalize().into())
}

/// A text that is hashed as it is written.
struct Hashed {
    hash: Sha256,
    buffer: [u8; 4096],
    len: usize,
}

impl Hashed {
    /// Makes room for some bytes.
    fn room(&mut self, len: usize) -> &mut [u8] {
        if self.buffer.len() - self.len < len {
            self.hash.update(&self.buffer[..self.len]);
            self.len = 0;
        }
        &mut self.buffer[self.len..]
    }

    fn add(&mut self, bytes: &[u8]) {
        if bytes.len() > self.room(bytes.len()).len() {
            return self.hash.update(bytes);
        }
        self.buffer[self.len..][..bytes.len()].copy_from_slice(bytes);
        self.len += bytes.len();
    }

    /// A JSON string, as short as JSON allows.
    fn string(&mut self, text: &str) {
        if text.bytes().all(|b| b >= b' ' && b != b'"' && b != b'\\') {
            self.add(b"\"");
            self.add(text.as_bytes());
            self.add(b"\"");
        } else {
            self.add(&serde_json::to_vec(text).expect("impossible: strings always serialise"));
        }
    }

    fn base64(&mut self, value: &[u8]) {
        // A multiple of three bytes encodes without padding, so that the parts join.
        for part in value.chunks(768) {
            let room = self.room(part.len().div_ceil(3) * 4);
            self.len += BASE64.encode_slice(part, room).expect("impossible: three bytes make four letters");
        }
    }
}

/// The stamp of some selected configs, in order: `sha256:` and 64 lower-case hexadecimal digits.
pub(crate) fn stamp(configs: impl IntoIterator<Item = (ConfigKind, Digest)>) -> String {
    let parts: Vec<String> = configs.into_iter().map(|(kind, digest)| format!("{kind}:{}", digest.hex())).collect();
    let json = serde_json::to_vec(&parts).expect("impossible: strings always serialise");
    format!("sha256:{}", Digest(Sha256::digest(json).into()).hex())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::Arena;

    fn of(kind: ConfigKind, text: &str) -> (String, usize) {
        let mut arena = Arena::default();
        let tree = arena.parse_yaml(text).unwrap();
        let (content, problems) = content(kind, tree.roots().next().unwrap(), "x");
        (digest(content.iter().map(|(k, v)| (&**k, &*v.value.0))).hex(), problems.len())
    }

    fn sha(text: &str) -> String {
        Digest(Sha256::digest(text).into()).hex()
    }

    #[test]
    fn known_digests() {
        let empty = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
        assert_eq!(of(ConfigKind::ConfigMap, "kind: ConfigMap"), (empty.into(), 0));
        assert_eq!(of(ConfigKind::ConfigMap, "data: {}\nbinaryData:"), (empty.into(), 0));
        assert_eq!(of(ConfigKind::ConfigMap, "data: {value: A}"), (sha(r#"{"value":"QQ=="}"#), 0));
        assert_eq!(
            of(ConfigKind::ConfigMap, "data: {b: x, B: z, a.b: \"\"}\nbinaryData: {é: AAE=}"),
            (sha(r#"{"B":"eg==","a.b":"","b":"eA==","é":"AAE="}"#), 0)
        );
    }

    #[test]
    fn both_spellings_of_a_secret_are_one() {
        let coded = of(ConfigKind::Secret, "data: {a: QQ==, b: b2xk}\nstringData: {b: new}");
        assert_eq!(coded, of(ConfigKind::Secret, "stringData: {a: A, b: new}"));
        assert_eq!(coded, of(ConfigKind::Secret, "data: {a: \"Q\\nQ==\\n\", b: bmV3}"));
    }

    #[test]
    fn what_the_api_server_refuses_is_hashed_as_it_stands() {
        assert_eq!(of(ConfigKind::ConfigMap, "data: {a: 0644}"), (sha(r#"{"a":"MDY0NA=="}"#), 1));
        assert_eq!(of(ConfigKind::ConfigMap, "data: {a: ~}"), (sha(r#"{"a":""}"#), 0));
        assert_eq!(of(ConfigKind::Secret, "data: {a: '*'}"), (sha(r#"{"a":"Kg=="}"#), 1));
        assert_eq!(of(ConfigKind::ConfigMap, "data: {N: a}"), (sha(r#"{"false":"YQ=="}"#), 1));
        assert_eq!(of(ConfigKind::ConfigMap, "data: text").1, 1);
    }

    #[test]
    fn long_values_are_encoded_in_parts_that_join() {
        let value = "x".repeat(10_000);
        let expected = format!("{{\"k\":\"{}\"}}", BASE64.encode(&value));
        assert_eq!(digest([("k", value.as_bytes())]).hex(), sha(&expected));
    }

    #[test]
    fn a_stamp_is_the_hash_of_kinds_and_digests() {
        let d = digest([]);
        let parts = format!("[\"Secret:{0}\",\"ConfigMap:{0}\"]", d.hex());
        assert_eq!(stamp([(ConfigKind::Secret, d), (ConfigKind::ConfigMap, d)]), format!("sha256:{}", sha(&parts)));
    }

    #[test]
    fn debug_forms_hide() {
        assert_eq!(format!("{:?}", Value(b"hunter2".into())), "***");
        assert_eq!(format!("{:?}", digest([])), "Digest(***)");
    }
}

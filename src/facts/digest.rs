//! The content of a ConfigMap or Secret → its digest, and digests → the stamp. Public and versioned: `docs/digest.md`.
//!
//! Takes decoded values, gives SHA-256 of compact JSON. Labels, annotations, `type`, `immutable`, order and YAML style
//! are never looked at; names and namespaces never enter (kustomize changes them after a transformer has run).

use crate::facts::json;
use crate::finding::{Id, Problem};
use crate::kube::config_kind::{ConfigKind, Encoding};
use crate::settings::key::Key;
use crate::text::base64::decode;
use crate::text::hex::{self, SHA256};
use crate::yaml::{Ref, Type};
use base64_simd::AsOut as _;
use hmac::{Hmac, Mac as _};
use sha2::{Digest as _, Sha256};
use std::borrow::Cow;
use std::fmt;

/// SHA-256 of one config's content, or its keyed form. A Secret's is never printed: a plain hash of a weak password can be guessed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// 64 lower-case hexadecimal digits.
    pub fn hex(&self) -> String {
        hex::text(&self.0)
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
pub(crate) type Content<'t> = Vec<(Cow<'t, str>, Entry<'t>)>;

/// What the API server would refuse of a config object, or read otherwise than it looks.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Refusal {
    Section,
    BooleanKey(bool),
    Value(&'static str),
}

impl Refusal {
    pub(crate) fn id(self) -> Id {
        if matches!(self, Self::BooleanKey(_)) { Id::BooleanKey } else { Id::RefusedValue }
    }

    /// The problem; `about` is how messages name the object.
    pub(crate) fn problem(self, about: String) -> Problem {
        match self {
            Self::Section => Problem::RefusedSection { about },
            Self::BooleanKey(read) => Problem::BooleanKey { about, read },
            Self::Value(why) => Problem::RefusedValue { about, why },
        }
    }
}

/// The content of a config object, and what is wrong with it, each with its place.
pub(crate) fn content<'t>(kind: ConfigKind, object: Ref<'t>) -> (Content<'t>, Vec<(Ref<'t>, Refusal)>) {
    let mut content = Content::new();
    let mut problems = Vec::new();
    // A later section overlays the ones before: `stringData` wins over `data` (Secret); a key in both `data` and
    // `binaryData` is refused by the API server.
    for (name, encoding) in kind.row().sections {
        let Some(section) = object.get(name) else { continue };
        if section.scalar().is_some() && !section.is_null() || section.items().next().is_some() {
            problems.push((section, Refusal::Section));
        }
        for (key, key_node, value) in section.pairs() {
            if key_node.scalar_type() == Some(Type::Bool) {
                problems.push((key_node, Refusal::BooleanKey(key == "true")));
            }
            let (bytes, wrong) = match encoding {
                Encoding::Base64 => decoded(value),
                Encoding::Plain => plain(value),
            };
            problems.extend(wrong.map(|why| (value, Refusal::Value(why))));
            content.push((key, Entry { value: Value(bytes), hidden_key: key_node.resolved().is_hidden() }));
        }
    }
    content.sort_by(|(a, _), (b, _)| a.cmp(b));
    content.dedup_by(|later, earlier| {
        let is_same = later.0 == earlier.0;
        if is_same {
            std::mem::swap(later, earlier);
        }
        is_same
    });
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
        Some(Type::Str | Type::Merge | Type::Null) => (text(value).as_bytes().into(), None),
        Some(_) => (source(value), Some("is no string; quote it")),
        None => (source(value), Some("is no string")),
    }
}

/// A value in base64.
fn decoded(value: Ref<'_>) -> (Cow<'_, [u8]>, Option<&'static str>) {
    match value.scalar_type() {
        Some(Type::Str | Type::Merge | Type::Null) => match decode(text(value)) {
            Some(bytes) => (bytes.into(), None),
            None => (source(value), Some("is no valid base64")),
        },
        Some(_) => (source(value), Some("is no string in base64; quote it")),
        None => (source(value), Some("is no string in base64")),
    }
}

/// The text of a scalar; null is the empty string.
fn text(value: Ref<'_>) -> &str {
    value.text().unwrap_or_default()
}

/// SHA-256, or its keyed form.
enum Hash {
    Plain(Sha256),
    Keyed(Hmac<Sha256>),
}

impl Hash {
    fn new(key: Option<&Key>) -> Self {
        key.map_or_else(|| Self::Plain(Sha256::new()), |key| Self::Keyed(key.code()))
    }

    fn update(&mut self, bytes: impl AsRef<[u8]>) {
        match self {
            Self::Plain(hash) => hash.update(bytes),
            Self::Keyed(hash) => hash.update(bytes.as_ref()),
        }
    }

    fn finish(self) -> Digest {
        match self {
            Self::Plain(hash) => Digest(hash.finalize().into()),
            Self::Keyed(hash) => Digest(hash.finalize().into_bytes().into()),
        }
    }
}

/// The digest of some content: of one compact JSON object, key → base64 of the bytes.
pub(crate) fn digest<'v>(content: impl IntoIterator<Item = (&'v str, &'v [u8])>, key: Option<&Key>) -> Digest {
    let mut out = Hashed { hash: Hash::new(key), buffer: [0; BUFFER], len: 0 };
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
    out.hash.finish()
}

/// As many bytes wait to be hashed: those of one part of a value in base64, and something beside.
const BUFFER: usize = 1 << 11;

/// A text that is hashed as it is written.
struct Hashed {
    hash: Hash,
    buffer: [u8; BUFFER],
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
            self.add(json::string(text).as_ref());
        }
    }

    fn base64(&mut self, value: &[u8]) {
        // A multiple of three bytes encodes without padding, so that the parts join.
        for part in value.chunks(768) {
            let room = self.room(part.len().div_ceil(3) * 4);
            self.len += base64_simd::STANDARD.encode(part, room.as_out()).len();
        }
    }
}

/// The digest of content that is JSON already, in its one form.
pub(super) fn plain_digest(canonical: &[u8]) -> Digest {
    Digest(Sha256::digest(canonical).into())
}

/// The stamp of some selected configs while it is made, part by part: `sha256:` and 64 lower-case hexadecimal digits; with
/// the key of the digests in it, if there is one, `hmac-sha256:` and its id before them.
#[derive(Default)]
pub(crate) struct Stamp {
    hash: Sha256,
    begun: bool,
}

impl Stamp {
    /// Writes a part as a stamp has it: the kind of what holds some content, and its digest.
    pub(crate) fn write(holder: &str, digest: Digest, out: &mut Vec<u8>) {
        [b",\"", holder.as_bytes(), b":", &hex::digits(&digest.0), b"\""]
            .iter()
            .for_each(|part| out.extend_from_slice(part));
    }

    /// Adds parts that were written.
    pub(crate) fn add(&mut self, parts: &[u8]) {
        match parts.strip_prefix(b",").filter(|_| !self.begun) {
            Some(first) => {
                self.hash.update("[");
                self.hash.update(first);
                self.begun = true;
            }
            None => self.hash.update(parts),
        }
    }

    pub(crate) fn finish(mut self, key: Option<&Key>) -> String {
        self.hash.update(if self.begun { "]" } else { "[]" });
        let hex = Digest(self.hash.finalize().into()).hex();
        match key {
            None => [SHA256, &hex].concat(),
            Some(key) => format!("{KEYED}{}:{hex}", key.id()),
        }
    }
}

/// How a stamp begins into which a keyed digest went.
const KEYED: &str = "hmac-sha256:";

/// The id of the key of a stamp; `None` if it is a plain one, or none of ours.
pub(crate) fn key_id(stamp: &str) -> Option<&str> {
    let is_hex = |text: &str| text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let (id, hex) = stamp.strip_prefix(KEYED)?.split_once(':')?;
    (id.len() == 8 && hex.len() == 64 && is_hex(id) && is_hex(hex)).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::base64::BASE64;
    use crate::yaml::Arena;
    use base64::Engine as _;

    fn of(kind: ConfigKind, text: &str) -> (String, usize) {
        let mut arena = Arena::default();
        let tree = arena.parse_yaml(text).unwrap();
        let (content, problems) = content(kind, tree.roots().next().unwrap());
        (digest(content.iter().map(|(k, v)| (&**k, &*v.value.0)), None).hex(), problems.len())
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
        assert_eq!(digest([("k", value.as_bytes())], None).hex(), sha(&expected));
    }

    #[test]
    fn a_stamp_is_the_hash_of_kinds_and_digests() {
        let d = digest([], None);
        let parts = format!("[\"Secret:{0}\",\"ConfigMap:{0}\"]", d.hex());
        let (mut one, mut other) = (Vec::new(), Vec::new());
        Stamp::write("Secret", d, &mut one);
        Stamp::write("ConfigMap", d, &mut other);
        let mut stamp = Stamp::default();
        [&b""[..], &one, &other].iter().for_each(|part| stamp.add(part));
        assert_eq!(stamp.finish(None), format!("sha256:{}", sha(&parts)));
        assert_eq!(Stamp::default().finish(None), format!("sha256:{}", sha("[]")));
    }

    #[test]
    fn debug_forms_hide() {
        assert_eq!(format!("{:?}", Value(b"hunter2".into())), "***");
        assert_eq!(format!("{:?}", digest([], None)), "Digest(***)");
    }
}

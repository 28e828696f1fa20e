//! The key of keyed digests.
//!
//! Takes bytes from the shell, gives message authentication codes and an id that tells keys apart. Never shows the bytes;
//! reads no file and no environment.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use std::fmt;

/// A key and its public id.
#[derive(Clone, PartialEq, Eq)]
pub struct Key {
    bytes: Box<[u8]>,
    id: String,
}

/// The debug form hides the key.
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Shorter keys can be guessed.
const SHORTEST: usize = 16;
/// What the id of a key is the code of.
const ID: &[u8] = b"restamp key id";
/// Bytes of the id.
const ID_BYTES: usize = 4;

impl Key {
    /// A key of these bytes; the error says what is wrong with them, and nothing of what they are.
    pub fn new(bytes: &[u8]) -> Result<Self, String> {
        match bytes.len() {
            0 => return Err("is empty".to_owned()),
            n if n < SHORTEST => return Err(format!("is shorter than {SHORTEST} bytes")),
            _ => {}
        }
        let mut key = Self { bytes: bytes.into(), id: String::new() };
        let mut code = key.code();
        code.update(ID);
        key.id = code.finalize().into_bytes()[..ID_BYTES].iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(key)
    }

    /// Eight hexadecimal digits that tell keys apart.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// HMAC-SHA256 under this key, before the first byte.
    pub(crate) fn code(&self) -> Hmac<Sha256> {
        Hmac::new_from_slice(&self.bytes).expect("impossible: HMAC takes keys of any length")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_rfc_4231() {
        // Its sixth test case: a key longer than a block.
        let mut code = Key::new(&[0xaa; 131]).unwrap().code();
        code.update(b"Test Using Larger Than Block-Size Key - Hash Key First");
        let hex: String = code.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    }

    #[test]
    fn short_keys_are_refused_and_none_is_shown() {
        assert_eq!(Key::new(b"").unwrap_err(), "is empty");
        let error = Key::new(b"fifteen-letters").unwrap_err();
        assert_eq!(error, "is shorter than 16 bytes");
        let key = Key::new(b"sixteen-letters!").unwrap();
        assert_eq!(format!("{key:?}"), format!("Key {{ id: {:?}, .. }}", key.id()));
        assert_eq!((key.id().len(), key.id()), (8, Key::new(b"sixteen-letters!").unwrap().id()));
        assert_ne!(key.id(), Key::new(b"sixteen letters!").unwrap().id());
    }
}

//! What the `sops` block of a document says of its MAC: `sops` itself calls it metadata (`sops.go` of getsops/sops).

use crate::yaml::Ref;
use std::ops::Range;

/// The `sops` block of a document.
#[derive(Clone, Debug)]
pub(crate) struct Sops {
    pub(crate) range: Range<usize>,
    /// Which values are encrypted, where the MAC is over those alone (`mac_only_encrypted`).
    pub(crate) encrypted: Option<Rules>,
}

/// Which values are encrypted: by the keys on the way to them. Empty is none.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    pub(crate) unencrypted_suffix: String,
    pub(crate) encrypted_suffix: String,
    pub(crate) unencrypted_regex: String,
    pub(crate) encrypted_regex: String,
}

impl Sops {
    /// Reads the block of a document; `whole` is whether the object is the whole document, so that its paths begin there.
    pub(super) fn of(block: Ref<'_>, whole: bool, base: usize) -> Self {
        let text = |field: &str| block.get(field).and_then(Ref::text).unwrap_or_default().to_owned();
        let only = whole && block.get("mac_only_encrypted").and_then(Ref::boolean) == Some(true);
        // Comments may ask for encryption too; which ones is not looked at.
        let comments = ["encrypted_comment_regex", "unencrypted_comment_regex"].iter().any(|f| !text(f).is_empty());
        let encrypted = (only && !comments).then(|| Rules {
            unencrypted_suffix: text("unencrypted_suffix"),
            encrypted_suffix: text("encrypted_suffix"),
            unencrypted_regex: text("unencrypted_regex"),
            encrypted_regex: text("encrypted_regex"),
        });
        Self { range: block.moved(base), encrypted }
    }
}

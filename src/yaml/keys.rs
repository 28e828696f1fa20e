//! Whether a mapping may have a key twice, told while it is read.
//!
//! Takes the keys of the mappings that are open, gives a guess that is wrong only by saying yes: hashes are compared.

use foldhash::fast::FixedState;
use std::hash::{BuildHasher, Hasher};

/// Mappings with more keys than that are looked through when they end.
const FEW: usize = 48;

/// Hashes of the keys of the open mappings, one after the other.
#[derive(Default)]
pub(super) struct Keys(Vec<u64>);

impl Keys {
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// Where the keys of a mapping begin that opens now.
    pub(super) fn open(&self) -> usize {
        self.0.len()
    }

    /// Takes a key of the innermost mapping; whether it may have had that before.
    #[inline(always)]
    pub(super) fn add(&mut self, from: usize, key: &[u8]) -> bool {
        let mut hasher = FixedState::default().build_hasher();
        hasher.write(key);
        let hash = hasher.finish();
        let before = &self.0[from..];
        let twice = before.len() <= FEW && before.iter().fold(false, |twice, other| twice | (*other == hash));
        self.0.push(hash);
        twice
    }

    /// Ends the innermost mapping; whether it may have had a key twice that [`Keys::add`] did not tell.
    pub(super) fn close(&mut self, from: usize) -> bool {
        let keys = &mut self.0[from..];
        let many = keys.len() > FEW;
        if many {
            keys.sort_unstable();
        }
        let twice = many && keys.windows(2).any(|pair| pair[0] == pair[1]);
        self.0.truncate(from);
        twice
    }
}

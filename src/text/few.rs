//! A map for what is mostly a handful: looked through while it is small, hashed beyond that.
//!
//! Takes keys with values, gives them back by key. Keeps no order.

use foldhash::{HashMap, HashMapExt as _};
use std::hash::Hash;

/// So many are looked through one by one.
const FEW: usize = 16;

/// A map for what is mostly a handful.
pub(crate) struct Few<K, V> {
    few: Vec<(K, V)>,
    /// All of them, once they are more.
    many: HashMap<K, V>,
}

impl<K, V> Default for Few<K, V> {
    fn default() -> Self {
        Self { few: Vec::new(), many: HashMap::new() }
    }
}

impl<K: Copy + Eq + Hash, V> Few<K, V> {
    pub(crate) fn get(&self, key: K) -> Option<&V> {
        if self.many.is_empty() {
            return self.few.iter().find(|(known, _)| *known == key).map(|(_, value)| value);
        }
        self.many.get(&key)
    }

    /// Takes the value of a key that has none.
    pub(crate) fn put(&mut self, key: K, value: V) {
        if self.many.is_empty() && self.few.len() < FEW {
            return self.few.push((key, value));
        }
        self.many.extend(self.few.drain(..));
        self.many.insert(key, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_and_many_are_found() {
        let mut map = Few::default();
        for i in 0..100 {
            assert_eq!(map.get(i), None);
            map.put(i, i * 2);
            assert!((0..=i).all(|i| map.get(i) == Some(&(i * 2))));
        }
    }
}

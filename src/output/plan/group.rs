//! What reads the same but for its name is said once.

use std::collections::HashMap;

/// So many are a group; fewer are said one by one.
const MANY: usize = 4;

/// Items in groups of those that `says` the same of, in the order of their first ones.
pub(super) fn groups<T>(items: &[T], says: impl Fn(&T) -> String) -> Vec<Vec<&T>> {
    let mut known: HashMap<String, usize> = HashMap::new();
    let mut groups: Vec<Vec<(usize, &T)>> = Vec::new();
    for item in items.iter().enumerate() {
        let at = *known.entry(says(item.1)).or_insert(groups.len());
        if at == groups.len() {
            groups.push(Vec::new());
        }
        groups[at].push(item);
    }
    let (mut out, few): (Vec<_>, Vec<_>) = groups.into_iter().partition(|group| group.len() >= MANY);
    out.extend(few.into_iter().flatten().map(|item| vec![item]));
    out.sort_by_key(|group| group[0].0);
    out.into_iter().map(|group| group.into_iter().map(|(_, item)| item).collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_that_read_the_same_are_one() {
        let items = [1, 20, 2, 3, 21, 4, 30];
        let found = groups(&items, |item| format!("{} digits", item.to_string().len()));
        assert_eq!(found, [vec![&1, &2, &3, &4], vec![&20], vec![&21], vec![&30]]);
    }
}

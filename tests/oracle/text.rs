//! Values of annotations, against what Reloader calls of Go: `strconv.ParseBool`, `strings.Split` and `strings.TrimSpace`.

use super::{agreed, ask};
use crate::common::library::testing;
use serde::Deserialize;

#[derive(Deserialize)]
struct Answer {
    r#true: bool,
    entries: Vec<String>,
}

#[test]
fn booleans_and_lists() {
    let words = "1 t T true True TRUE 0 f F false False FALSE tRUE yes on y 01 1.0 +1 ok truE";
    let mut texts: Vec<String> = words.split(' ').map(str::to_owned).collect();
    texts.extend(["", " true", "true\n", ",", " , ,", "a, b ,c", "a;b", "a b", "a,\u{a0}b"].map(str::to_owned));
    // Each character that is a blank to one of them, and many that are none.
    let all = (0..0x3100).chain((0x3100..0x11_0000).step_by(97)).chain([0xfeff]).filter_map(char::from_u32);
    texts.extend(all.filter(|&c| c != ',').map(|c| format!("{c}a{c}b{c},{c}")));
    let Some(answers) = ask::<_, Answer>("text", &texts) else { return };
    let mut differences = Vec::new();
    for (text, go) in texts.iter().zip(&answers) {
        // No config has an empty name, so that restamp leaves empty entries out.
        let wanted: Vec<&str> = go.entries.iter().map(String::as_str).filter(|e| !e.is_empty()).collect();
        if testing::value(text) != (go.r#true, wanted) {
            differences.push(format!("{text:?}: Go says {} and {:?}", go.r#true, go.entries));
        }
    }
    agreed(texts.len(), &differences);
}

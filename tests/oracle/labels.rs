//! Label selectors of the settings, against `labels.Parse` of k8s.io/apimachinery.

use super::{Random, agreed, ask, cases};
use restamp::settings::labels::parse_labels;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Serialize)]
struct Question {
    selector: String,
    labels: Vec<BTreeMap<&'static str, &'static str>>,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    error: String,
    #[serde(default)]
    matches: Vec<bool>,
}

const KEYS: &[&str] = &["a", "b", "in", "notin", "app.kubernetes.io/name", "x-y_z.0", "A"];
const VALUES: &[&str] = &["", "a", "b", "in", "x.y-z_0", "0", "07", "8", "-1", "9223372036854775808", "A"];
const OPERATORS: &[&str] =
    &["=", "==", "!=", " in ", " notin ", " in (", " notin (", ">", "<", " gt ", "===", "=!", "!", "<=", " "];
const ODD: &[&str] = &[
    "",
    " ",
    "\t",
    "\r\n",
    "\u{b}",
    "\u{a0}",
    "\u{85}",
    "é",
    "!",
    "!!",
    "(",
    ")",
    "()",
    "(,)",
    "(,,)",
    ",",
    ",,",
    "-a",
    "a-",
    "a/b/c",
    "/a",
    "a/",
    "A.b/c",
    "a..b/c",
    "a_b/c",
    "-/a",
    "é/a",
    "kubernetes.io/",
    "a:b",
    "*",
    "a*",
    "\"a\"",
    "'a'",
    "+1",
    "1.5",
    "\\",
    "a b",
    "a\nb",
    "a23456789012345678901234567890123456789012345678901234567890123",
    "a234567890123456789012345678901234567890123456789012345678901234",
    "l23456789012345678901234567890123456789012345678901234567890123456789.x/a",
];
const ALPHABET: &str = "!=<>(),, \t\nabin/.-_0é\"*";

fn item(random: &mut Random, from: &[&'static str]) -> &'static str {
    if random.below(8) == 0 { random.pick(ODD) } else { random.pick(from) }
}

fn requirement(random: &mut Random) -> String {
    let key = item(random, KEYS);
    let list = |random: &mut Random| {
        let items: Vec<&str> = (0..random.below(4)).map(|_| item(random, VALUES)).collect();
        items.join(random.pick(&[",", ", ", " , "]))
    };
    match random.below(7) {
        0 => key.to_owned(),
        1 => format!("!{key}"),
        2 => format!("{key} in ({})", list(random)),
        3 => format!("{key} notin ({})", list(random)),
        4 => format!("{key}{}{}", random.pick(&[">", "<"]), item(random, VALUES)),
        5 => format!("{key}{}{}", random.pick(&["=", "==", "!=", " = ", " != "]), item(random, VALUES)),
        _ => format!("{key}{}{}", random.pick(OPERATORS), list(random)),
    }
}

fn question(random: &mut Random) -> Question {
    let requirements: Vec<String> = (0..random.below(4)).map(|_| requirement(random)).collect();
    let mut selector = requirements.join(random.pick(&[",", ",", ", ", ",,", " "]));
    if random.below(4) == 0 {
        selector = random.mutant(&selector, ALPHABET);
    }
    let labels = |random: &mut Random| (0..random.below(5)).map(|_| (random.pick(KEYS), random.pick(VALUES))).collect();
    Question { selector, labels: (0..4).map(|_| labels(random)).collect() }
}

#[test]
fn random_selectors() {
    let mut random = Random::new();
    let questions: Vec<Question> = (0..cases(20_000)).map(|_| question(&mut random)).collect();
    let Some(answers) = ask::<_, Answer>("labels", &questions) else { return };
    let (mut differences, mut taken, mut matched) = (Vec::new(), 0, 0);
    for (Question { selector, labels }, go) in questions.iter().zip(&answers) {
        match parse_labels(selector) {
            Err(_) if !go.error.is_empty() => {}
            Err(error) => differences.push(format!("{selector:?}: {error}, but Go takes it")),
            Ok(_) if !go.error.is_empty() => differences.push(format!("{selector:?}: taken, Go: {}", go.error)),
            Ok(requirements) => {
                taken += 1;
                for (labels, &wanted) in labels.iter().zip(&go.matches) {
                    matched += usize::from(wanted);
                    let owned: Vec<_> = labels.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
                    if requirements.iter().all(|r| r.matches(&owned)) != wanted {
                        differences.push(format!("{selector:?} on {labels:?}: Go says {wanted}"));
                    }
                }
            }
        }
    }
    let count = questions.len();
    agreed(count, &differences);
    eprintln!("{count} selectors: {taken} taken, {matched} matches");
    assert!(
        taken > count / 4 && taken < count * 9 / 10 && matched > count / 4,
        "{taken} of {count}, {matched} matches"
    );
}

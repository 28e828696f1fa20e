//! Properties of `apply` and `transform` on random texts and on mutants of the fixtures.
//!
//! `RESTAMP_CASES` sets how many cases each property tries (`.ci/long` tries many), `PROPTEST_RNG_SEED` makes a run one that
//! can be repeated.

#[path = "../fuzz/checks.rs"]
mod checks;

use crate::common::library::{Edit, Settings, all, applied, replacing, testing, undo};
use crate::common::styles::Choices;
use crate::common::{grown, invariants, outcome, repository, run};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

fn cases(default: u32) -> ProptestConfig {
    let cases = std::env::var("RESTAMP_CASES").ok().and_then(|c| c.parse().ok());
    ProptestConfig { cases: cases.unwrap_or(default), failure_persistence: None, ..ProptestConfig::default() }
}

/// The inputs of the fixtures that are text.
static INPUTS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let mut inputs: Vec<String> = walkdir::WalkDir::new(repository("fixtures"))
        .sort_by_file_name()
        .into_iter()
        .filter_map(Result::ok)
        .filter(|e| {
            let name = e.file_name().to_string_lossy();
            name.starts_with("input.") || name.starts_with("expected.")
        })
        .filter_map(|e| std::fs::read_to_string(e.path()).ok())
        // The alias bombs are slow by nature; `hostile` is about them.
        .filter(|text| text.len() < 6000 && !text.contains("&a0 [lol"))
        .collect();
    inputs.dedup();
    inputs
});

/// One change of a text.
#[derive(Clone, Debug)]
enum Mutation {
    Delete(Index, usize),
    Insert(Index, &'static str),
    Replace(Index, &'static str),
    SwapLines(Index, Index),
    RepeatLine(Index),
    DropLine(Index),
    Indent(Index, &'static str),
    Cut(Index),
}

/// What means something in YAML or JSON, or to us.
const PIECES: [&str; 54] = [
    ":",
    ": ",
    "-",
    "- ",
    "\n- ",
    "\n",
    "\r",
    "\r\n",
    "\t",
    " ",
    "  ",
    "#",
    " # c",
    "\"",
    "'",
    "{",
    "}",
    "[",
    "]",
    ",",
    "{}",
    "[]",
    "&a ",
    "*a",
    "!!str ",
    "!!map ",
    "! ",
    "|",
    ">-",
    "|+\n",
    "? ",
    "\n? ",
    "<<: ",
    "\n---\n",
    "\n--- ",
    "\n...\n",
    "%YAML 1.1\n",
    "~",
    "null",
    "\\",
    "\\u0041",
    "\u{feff}",
    "\u{85}",
    "\u{2028}",
    "é",
    "🙂",
    "\0",
    "metadata:",
    "\n    metadata:\n",
    "annotations: ",
    "restamp.dev/config-hash: x",
    "template: ",
    "kind: Deployment\n",
    "&a",
];

fn mutation() -> impl Strategy<Value = Mutation> {
    let piece = || select(&PIECES[..]);
    prop_oneof![
        3 => (any::<Index>(), 1..6usize).prop_map(|(i, n)| Mutation::Delete(i, n)),
        4 => (any::<Index>(), piece()).prop_map(|(i, p)| Mutation::Insert(i, p)),
        3 => (any::<Index>(), piece()).prop_map(|(i, p)| Mutation::Replace(i, p)),
        1 => (any::<Index>(), any::<Index>()).prop_map(|(i, j)| Mutation::SwapLines(i, j)),
        1 => any::<Index>().prop_map(Mutation::RepeatLine),
        1 => any::<Index>().prop_map(Mutation::DropLine),
        2 => (any::<Index>(), select(&[" ", "  ", "- ", "    ", "\t"][..]))
            .prop_map(|(i, p)| Mutation::Indent(i, p)),
        1 => any::<Index>().prop_map(Mutation::Cut),
    ]
}

fn mutate(text: &str, mutation: &Mutation) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
    if chars.is_empty() {
        return String::new();
    }
    let splice = |at: usize, gone: usize, new: &str| -> String {
        let end = (at + gone).min(chars.len());
        let (head, tail) = (&chars[..at], &chars[end..]);
        head.iter().copied().chain(new.chars()).chain(tail.iter().copied()).collect()
    };
    match mutation {
        Mutation::Delete(i, n) => splice(i.index(chars.len()), *n, ""),
        Mutation::Insert(i, p) => splice(i.index(chars.len()), 0, p),
        Mutation::Replace(i, p) => splice(i.index(chars.len()), 1, p),
        Mutation::Cut(i) => splice(i.index(chars.len()), usize::MAX / 2, ""),
        Mutation::SwapLines(i, j) => {
            let (i, j) = (i.index(lines.len()), j.index(lines.len()));
            lines.swap(i, j);
            lines.concat()
        }
        Mutation::RepeatLine(i) => {
            let i = i.index(lines.len());
            lines.insert(i, lines[i]);
            lines.concat()
        }
        Mutation::DropLine(i) => {
            lines.remove(i.index(lines.len()));
            lines.concat()
        }
        Mutation::Indent(i, p) => {
            lines.insert(i.index(lines.len()), p);
            lines.concat()
        }
    }
}

fn mutant() -> impl Strategy<Value = String> {
    let steps = prop::collection::vec(mutation(), 1..5);
    (any::<Index>(), steps).prop_map(|(i, steps)| {
        let start = i.get(&INPUTS).clone();
        steps.iter().fold(start, |text, step| mutate(&text, step))
    })
}

/// A text and sound edits of it.
fn edited() -> impl Strategy<Value = (String, Vec<Edit>)> {
    let cuts = prop::collection::vec((any::<Index>(), "[a-zé\n]{0,4}"), 0..6);
    ("[ -~é🙂\n]{0,60}", cuts).prop_map(|(text, cuts)| {
        let mut places: Vec<(usize, String)> = cuts
            .into_iter()
            .map(|(i, new)| {
                let bounds: Vec<usize> = (0..=text.len()).filter(|&i| text.is_char_boundary(i)).collect();
                (*i.get(&bounds), new)
            })
            .collect();
        places.sort();
        let edits = places.chunks_exact(2).map(|pair| replacing(pair[0].0..pair[1].0, pair[0].1.clone())).collect();
        (text, edits)
    })
}

/// The fuzzers begin with these.
#[test]
fn fixtures_pass_what_the_fuzzers_ask() {
    for text in INPUTS.iter() {
        checks::transform(text);
        checks::readers(text);
        checks::list(text);
        checks::edits(text, &outcome(text, &all()).edits);
    }
    // These write files.
    for pair in INPUTS.windows(2).step_by(8) {
        checks::plan(&pair.join(&checks::BETWEEN.to_string()));
        checks::plan(&format!("{}{}{}", pair[0], checks::BETWEEN, pair[0]));
    }
    for text in ["resources: [app.yaml, ../x]", "{configMapGenerator: [{name: a, files: [/etc/hostname]}]}", "- a"] {
        checks::kustomization(text);
    }
    for text in
        [r#"{"apiVersion": "restamp.dev/v1alpha1", "kind": "Restamp", "spec": {"select": "all"}}"#, "spec: [", "- a"]
    {
        checks::settings(text);
    }
    for pattern in ["app-.*", "a|b", "(a+)+$", "[a-", "(?i)APP"] {
        checks::entry(pattern);
        checks::entry(&format!("{pattern}{}app-config", checks::BETWEEN));
    }
}

/// What stands before and behind the items of a list.
const LISTS: [(&str, &str); 11] = [
    ("apiVersion: v1\nkind: List\n", ""),
    ("apiVersion: v1\n", "kind: List\nmetadata:\n  resourceVersion: \"\"\n"),
    ("# c\n---\n# c\napiVersion: v1\nkind: ConfigMapList\n", "# c\n"),
    ("apiVersion: apps/v1\nkind: DeploymentList\nmetadata: {}\n", ""),
    (RESOURCE_LIST, ""),
    (RESOURCE_LIST, "functionConfig:\n  apiVersion: restamp.dev/v1alpha1\n  kind: Restamp\n  spec:\n    select: all\n"),
    (RESOURCE_LIST, "functionConfig: {kind: Restamp}\nresults: []\n"),
    (RESOURCE_LIST, "results:\n- message: x\n  severity: info\n"),
    ("results:\n- message: x\napiVersion: config.kubernetes.io/v1\nkind: ResourceList\n", ""),
    ("apiVersion: v1\nkind: List\nsops: {mac: x}\n", ""),
    ("apiVersion: v1\nkind: List\n", "items: []\n"),
];

const RESOURCE_LIST: &str = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n";

/// The documents of the fixtures.
static DOCUMENTS: LazyLock<Vec<&str>> = LazyLock::new(|| {
    let documents = INPUTS.iter().flat_map(|text| text.split("\n---\n"));
    documents.map(|text| text.trim_start_matches("---\n")).filter(|text| text.contains("kind: ")).collect()
});

/// A list of documents of the fixtures.
fn list() -> impl Strategy<Value = String> {
    let chosen = prop::collection::vec((select(&**DOCUMENTS), 0..8u8), 1..7);
    (chosen, select(&LISTS[..]), select(&[0, 0, 2, 2, 1, 4][..]), 0..6u8).prop_map(
        |(items, (head, tail), indent, style)| {
            let json = |text: &str| serde_yaml::from_str::<serde_json::Value>(text).ok();
            if style < 2
                && let Some(serde_json::Value::Object(mut list)) = json(&format!("{head}items: []\n"))
            {
                list["items"] = items.iter().filter_map(|(text, _)| json(text)).collect();
                list.extend(json(tail).and_then(|tail| tail.as_object().cloned()).into_iter().flatten());
                let text = if style == 0 { serde_json::to_string(&list) } else { serde_json::to_string_pretty(&list) };
                return text.unwrap_or_default() + "\n";
            }
            let mut text = format!("{head}items:\n");
            for (item, between) in items {
                text += ["", "", "", "", "\n", "# c\n", "  \n", "      # c\n"][usize::from(between)];
                for (i, line) in item.trim_end().lines().enumerate() {
                    let lead = " ".repeat(indent) + if i == 0 { "- " } else { "  " };
                    text += &if line.is_empty() { "\n".to_owned() } else { format!("{lead}{line}\n") };
                }
            }
            text += tail;
            match style {
                2 => text.replace('\n', "\r\n"),
                3 => text.trim_end().to_owned(),
                _ => text,
            }
        },
    )
}

/// A list is the same in parts and as a whole: what is found and said, and what a function answers.
fn same_in_parts(text: &str) {
    if let Err(why) = invariants(text, &all()) {
        panic!("{why}\n{text}");
    }
    let [one, other] = [&[][..], &["--no-fast-path"]].map(|args| run(args.iter().copied(), text.as_bytes()));
    assert_eq!((one.text(), one.stderr, one.status), (other.text(), other.stderr, other.status), "{text}");
}

/// How many lists were tried, and how many of them were read in parts.
static LISTS_SEEN: [AtomicUsize; 2] = [const { AtomicUsize::new(0) }; 2];

proptest! {
    #![proptest_config(cases(600))]
    #[test]
    fn lists_are_read_in_parts_as_a_whole(text in list()) {
        let in_parts = testing::parts_of_lists(&text) > 1;
        let seen = LISTS_SEEN[0].fetch_add(1, Relaxed) + 1;
        let parted = LISTS_SEEN[1].fetch_add(usize::from(in_parts), Relaxed) + usize::from(in_parts);
        assert!(seen < 100 || parted * 3 > seen, "only {parted} of {seen} lists are read in parts");
        same_in_parts(&text);
    }

    #[test]
    fn mutants_of_lists_are_read_in_parts_as_a_whole(
        text in list(),
        mutations in prop::collection::vec(mutation(), 1..3),
    ) {
        same_in_parts(&mutations.iter().fold(text, |text, mutation| mutate(&text, mutation)));
    }
}

proptest! {
    #![proptest_config(cases(2000))]

    #[test]
    fn apply_touches_nothing_outside_its_ranges((text, edits) in edited()) {
        let new = applied(&text, &edits).map_err(TestCaseError::fail)?;
        // The text that is kept stands in the new one, between the new texts and in order.
        let (mut wanted, mut at) = (String::new(), 0);
        for edit in &edits {
            wanted += &text[at..edit.range.start];
            wanted += &edit.text.get();
            at = edit.range.end;
        }
        wanted += &text[at..];
        prop_assert_eq!(&new, &wanted);
        let back = applied(&new, &undo(&text, &edits)).map_err(TestCaseError::fail)?;
        prop_assert_eq!(back, text);
    }

    #[test]
    fn apply_refuses_overlap((text, mut edits) in edited(), extra in any::<Index>()) {
        let Some(edit) = edits.iter().find(|e| e.range.len() > 1).cloned() else { return Ok(()) };
        let inside = edit.range.start + 1 + extra.index(edit.range.len() - 1);
        let end = text.len();
        edits.push(replacing(inside..end, ""));
        edits.sort_by_key(|e| (e.range.start, e.range.end));
        prop_assert!(applied(&text, &edits).is_err());
    }
}

proptest! {
    #![proptest_config(cases(400))]

    #[test]
    fn transform_never_panics_on_random_text(text in "\\PC{0,200}") {
        outcome(&text, &all());
    }

    #[test]
    fn transform_never_panics_on_pieces(pieces in prop::collection::vec(select(&PIECES[..]), 0..60)) {
        let text = pieces.concat() + "\nkind: Deployment";
        if let Err(why) = invariants(&text, &all()) {
            prop_assert!(false, "{}\n{:?}", why, text);
        }
    }

    #[test]
    fn readers_agree(text in mutant()) {
        checks::readers(&text);
    }

    #[test]
    fn mutants_of_fixtures_keep_the_invariants(text in mutant()) {
        for settings in [all(), Settings::default()] {
            if let Err(why) = invariants(&text, &settings) {
                prop_assert!(false, "{}\n{}\n{:?}", why, text, text);
            }
        }
    }
}

/// Texts made of up to some number of choices.
fn styled(most: usize, text: fn(&mut Choices) -> String) -> impl Strategy<Value = String> {
    prop::collection::vec(any::<u8>(), 0..most).prop_map(move |bytes| text(&mut Choices::new(bytes)))
}

proptest! {
    #![proptest_config(cases(400))]

    #[test]
    fn a_stamp_comes_changes_and_goes_in_any_style(text in styled(160, Choices::workload)) {
        let mut texts = vec![text.clone()];
        // What comes goes again.
        texts.extend(invariants(&text, &all()).ok().flatten());
        for (text, settings) in texts.iter().flat_map(|t| [(t, all()), (t, Settings::default())]) {
            if let Err(why) = invariants(text, &settings) {
                prop_assert!(false, "{}\n{}\n{:?}", why, text, text);
            }
        }
    }

    #[test]
    fn results_of_a_list_grow_in_any_style(text in styled(60, Choices::list)) {
        let ran = run([""; 0], text.as_bytes());
        let new = ran.text();
        if let Err(why) = grown(&text, &new, &ran.stderr) {
            prop_assert!(false, "{}\n{}\n{}\n{}\n{:?}", why, text, new, ran.stderr, text);
        }
        let again = run([""; 0], new.as_bytes());
        prop_assert_eq!(again.text(), new, "{}\n{}", text, ran.stderr);
    }
}

#[test]
fn an_item_is_as_deep_in_a_part_as_in_its_list() {
    for depth in 245..260 {
        let (open, close) = ("[".repeat(depth), "]".repeat(depth));
        let map = (0..depth).map(|i| format!("{}a:\n", " ".repeat(i + 4))).collect::<String>();
        let items = format!("- &KIND\n  k: {open}{close}\n- &KIND\n  k:\n{map}");
        let kind = "apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: a}";
        let object = "\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\", \"metadata\": {\"name\": \"a\"}";
        same_in_parts(&format!("apiVersion: v1\nkind: List\nitems:\n{}", items.replace("&KIND", kind)));
        same_in_parts(&format!(
            "{{\"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": [{{{object}}}, {{{object}, \"k\": {open}{close}}}]}}"
        ));
    }
}

//! Which configs are selected, and by which rule: each combination of annotation values that section 7 of the design tells
//! apart, against a reference that is written from its text.

use crate::common::library::{Seen, Settings, settings};
use crate::common::outcome;
use std::collections::BTreeMap;
use std::fmt::Write as _;

const AUTO: &str = "reloader.stakater.com/auto";
const SEARCH: &str = "reloader.stakater.com/search";
const MATCH: &str = "reloader.stakater.com/match";
const IGNORE: &str = "reloader.stakater.com/ignore";
const WAVE: &str = "wave.pusher.com/update-on-config-change";

/// The keys of one config type.
struct Typed {
    kind: &'static str,
    auto: &'static str,
    reload: &'static str,
    exclude: &'static str,
    extra: &'static str,
}

const CONFIG_MAP: Typed = Typed {
    kind: "ConfigMap",
    auto: "configmap.reloader.stakater.com/auto",
    reload: "configmap.reloader.stakater.com/reload",
    exclude: "configmaps.exclude.reloader.stakater.com/reload",
    extra: "wave.pusher.com/extra-configmaps",
};
const SECRET: Typed = Typed {
    kind: "Secret",
    auto: "secret.reloader.stakater.com/auto",
    reload: "secret.reloader.stakater.com/reload",
    exclude: "secrets.exclude.reloader.stakater.com/reload",
    extra: "wave.pusher.com/extra-secrets",
};

type Annotations = BTreeMap<&'static str, &'static str>;

#[derive(Clone, Debug, Default)]
struct Workload {
    own: Annotations,
    template: Annotations,
}

/// A config of the set. The referenced ones are those that every workload of the set refers to.
struct Config {
    name: &'static str,
    annotations: &'static [(&'static str, &'static str)],
    referenced: bool,
}

const CONFIGS: [Config; 10] = [
    config("plain-used", &[], true),
    config("match-used", &[(MATCH, "true")], true),
    config("almost-used", &[(MATCH, "True"), (IGNORE, "1")], true),
    config("ignore-used", &[(IGNORE, "true")], true),
    config("both-used", &[(MATCH, "true"), (IGNORE, "true")], true),
    config("plain-free", &[], false),
    config("match-free", &[(MATCH, "true")], false),
    config("almost-free", &[(MATCH, "True"), (IGNORE, "1")], false),
    config("ignore-free", &[(IGNORE, "true")], false),
    config("both-free", &[(MATCH, "true"), (IGNORE, "true")], false),
];

const fn config(name: &'static str, annotations: &'static [(&'static str, &'static str)], referenced: bool) -> Config {
    Config { name, annotations, referenced }
}

/// The reference: the numbered order of section 7, with Wave's rules, as one reads it there. Gives the word of the rule that
/// selects and the key that it read.
fn expected(workload: &Workload, config: &Config, typed: &Typed, all: bool) -> Option<(&'static str, &'static str)> {
    let marked = |key| config.annotations.contains(&(key, "true"));
    let list = |value: Option<&&'static str>| -> Vec<&'static str> {
        value.map_or(Vec::new(), |v| v.split(',').map(str::trim).collect())
    };
    // 1. config has `ignore: "true"` → no. It beats everything.
    if marked(IGNORE) {
        return None;
    }
    // 2. PT is used only if WL has none of {this type's reload, auto, this type's auto, search}; presence counts.
    let four = [typed.reload, AUTO, typed.auto, SEARCH];
    let source = if four.iter().any(|key| workload.own.contains_key(key)) { &workload.own } else { &workload.template };
    // 3. exclude list names it → no; read on WL only.
    if list(workload.own.get(typed.exclude)).contains(&config.name) {
        return None;
    }
    // 4. reload list matches its name → yes, even if it is not referenced.
    for item in list(source.get(typed.reload)) {
        // An empty item would be `^$`, which no name is.
        let hit = match item {
            "plain-(used|free)" => config.name.starts_with("plain-"),
            // Without a group this is `^plain-used` or `match-free$`.
            "plain-used|match-free" => config.name.starts_with("plain-used") || config.name.ends_with("match-free"),
            // Case counts.
            "(?i)PLAIN-FREE" => config.name.eq_ignore_ascii_case("plain-free"),
            "PLAIN-FREE" => false,
            _ => config.name == item,
        };
        if hit {
            return Some(("listed", typed.reload));
        }
    }
    let is = |key| source.get(key).copied().unwrap_or("");
    let truth = |key| matches!(is(key), "1" | "t" | "T" | "TRUE" | "true" | "True");
    let wave = workload.own.get(WAVE) == Some(&"true");
    if config.referenced {
        // 5. search: "true" and config match: "true" and referenced → yes.
        if is(SEARCH) == "true" && marked(MATCH) {
            return Some(("searched", SEARCH));
        }
        // 6. auto or this type's auto true, and referenced → yes.
        for key in [AUTO, typed.auto] {
            if truth(key) {
                return Some(("auto", key));
            }
        }
        // Wave's opt-in (exact, WL) selects all references.
        if wave {
            return Some(("wave", WAVE));
        }
    }
    // Its extras add configs; without the opt-in they mean nothing.
    if wave {
        for item in list(workload.own.get(typed.extra)) {
            let (namespace, name) = item.split_once('/').unwrap_or(("default", item));
            if namespace == "default" && name == config.name {
                return Some(("wave-extra", typed.extra));
            }
        }
    }
    // 7. select: all, both values empty or absent, and referenced → yes (any other value opts out).
    if all && config.referenced && is(AUTO).is_empty() && is(typed.auto).is_empty() {
        return Some(("all", ""));
    }
    // 8. no.
    None
}

/// The manifests of a set: all configs, and the workloads by their index.
fn manifests(workloads: &[Workload]) -> String {
    let mut text = String::new();
    let annotations = |text: &mut String, indent: &str, pairs: &mut dyn Iterator<Item = (&str, &str)>| {
        let mut pairs = pairs.peekable();
        if pairs.peek().is_some() {
            let _ = writeln!(text, "{indent}annotations:");
        }
        for (key, value) in pairs {
            let _ = writeln!(text, "{indent}  {key}: \"{value}\"");
        }
    };
    for kind in [CONFIG_MAP.kind, SECRET.kind] {
        for config in &CONFIGS {
            let _ = write!(text, "---\napiVersion: v1\nkind: {kind}\nmetadata:\n  name: {}\n", config.name);
            annotations(&mut text, "  ", &mut config.annotations.iter().copied());
        }
    }
    for (i, workload) in workloads.iter().enumerate() {
        let _ = write!(text, "---\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: w{i}\n");
        annotations(&mut text, "  ", &mut workload.own.iter().map(|(k, v)| (*k, *v)));
        text.push_str("spec:\n  template:\n    metadata:\n      labels: {app: a}\n");
        annotations(&mut text, "      ", &mut workload.template.iter().map(|(k, v)| (*k, *v)));
        text.push_str("    spec:\n      containers:\n      - image: i\n        envFrom:\n");
        for config in CONFIGS.iter().filter(|c| c.referenced) {
            for field in ["configMapRef", "secretRef"] {
                let _ = writeln!(text, "        - {field}: {{name: {}}}", config.name);
            }
        }
    }
    text
}

/// Kind and name → the rule that selected it and the key that it read.
type Selected = BTreeMap<(String, String), (String, String)>;

fn selected(outcome: &Seen, workload: usize) -> Selected {
    let workload = &outcome.workloads[workload];
    let by_reference = workload.uses.iter().filter(|u| u.counted).map(|u| (u.config.unwrap(), &u.selection));
    let by_annotation = workload.by_annotation.iter().map(|(i, d)| (*i, d));
    by_reference
        .chain(by_annotation)
        .filter(|(_, selection)| selection.selected)
        .map(|(i, selection)| {
            let config = &outcome.configs[i];
            let key = selection.key.clone().unwrap_or_default();
            ((config.kind.to_owned(), config.name.clone()), (selection.rule.to_owned(), key))
        })
        .collect()
}

/// Compares all decisions about some workloads with the reference; gives how many those are.
fn compare(workloads: &[Workload]) -> usize {
    let mut decisions = 0;
    for (all, settings) in [(false, settings("select: annotated")), (true, settings("select: all"))] {
        for part in workloads.chunks(2000) {
            decisions += compare_part(part, all, &settings);
        }
    }
    decisions
}

fn compare_part(workloads: &[Workload], all: bool, settings: &Settings) -> usize {
    let text = manifests(workloads);
    let outcome = outcome(&text, settings);
    assert_eq!(outcome.workloads.len(), workloads.len());
    for (i, workload) in workloads.iter().enumerate() {
        let mut wanted = Selected::new();
        for typed in [&CONFIG_MAP, &SECRET] {
            for config in &CONFIGS {
                if let Some((rule, key)) = expected(workload, config, typed, all) {
                    let config = (typed.kind.to_owned(), config.name.to_owned());
                    wanted.insert(config, (rule.to_owned(), key.to_owned()));
                }
            }
        }
        assert_eq!(selected(&outcome, i), wanted, "all: {all}, {workload:#?}");
        assert_eq!(outcome.workloads[i].stamp.is_some(), !wanted.is_empty());
    }
    workloads.len() * CONFIGS.len() * 2
}

/// The product of some axes: a key with the values that it takes, `None` is absent.
fn product(axes: &[(&'static str, &[Option<&'static str>])]) -> Vec<Annotations> {
    let mut out = vec![Annotations::new()];
    for (key, values) in axes {
        out = out
            .iter()
            .flat_map(|base| {
                values.iter().map(|value| {
                    let mut annotations = base.clone();
                    annotations.extend(value.map(|v| (*key, v)));
                    annotations
                })
            })
            .collect();
    }
    out
}

fn pairs(own: &[Annotations], template: &[Annotations]) -> Vec<Workload> {
    own.iter()
        .flat_map(|own| template.iter().map(|template| Workload { own: own.clone(), template: template.clone() }))
        .collect()
}

const FLAG: &[Option<&str>] = &[None, Some(""), Some("true"), Some("false"), Some("1"), Some("yes")];
const SEARCHES: &[Option<&str>] = &[None, Some(""), Some("true"), Some("True")];
const LISTS: &[Option<&str>] =
    &[None, Some(""), Some("plain-free"), Some("nothing, plain-(used|free) ,,"), Some("nothing")];

/// All values of the workload's own keys, for a few pod templates that would select something.
#[test]
fn values_on_the_workload() {
    let own = product(&[
        (AUTO, FLAG),
        (CONFIG_MAP.auto, &[None, Some(""), Some("TRUE"), Some("no")]),
        (CONFIG_MAP.reload, LISTS),
        (SEARCH, SEARCHES),
    ]);
    let template = [
        Annotations::new(),
        Annotations::from([(AUTO, "true")]),
        Annotations::from([(CONFIG_MAP.reload, "match-free"), (SEARCH, "true")]),
    ];
    assert_eq!(compare(&pairs(&own, &template)), 57_600);
}

/// All values on the pod template, for each way in which the workload's own keys can be present and say nothing.
#[test]
fn values_on_the_pod_template() {
    let own = product(&[
        (AUTO, &[None, Some("")]),
        (SECRET.auto, &[None, Some("false")]),
        (SECRET.reload, &[None, Some("nothing")]),
        (SEARCH, &[None, Some("false")]),
    ]);
    let template = product(&[
        (AUTO, &[None, Some(""), Some("true"), Some("no")]),
        (SECRET.auto, &[None, Some("t"), Some("f")]),
        (SECRET.reload, &[None, Some("plain-free")]),
        (SEARCH, &[None, Some("true"), Some("false")]),
    ]);
    assert_eq!(compare(&pairs(&own, &template)), 46_080);
}

/// Exclude lists and Wave, against all that they can beat or be beaten by.
#[test]
fn excludes_and_wave() {
    let own = product(&[
        (AUTO, &[None, Some("true"), Some("false")]),
        (SEARCH, &[None, Some("true")]),
        (SECRET.reload, &[None, Some("plain-used, plain-free, match-free")]),
        (SECRET.exclude, &[None, Some(""), Some("other, plain-used ,plain-free"), Some("plain-.*")]),
        (WAVE, &[None, Some("true"), Some("True"), Some("1")]),
        (
            SECRET.extra,
            &[
                None,
                Some("plain-free, ignore-free"),
                Some("default/match-free,plain-used"),
                Some("elsewhere/plain-free"),
            ],
        ),
    ]);
    // Neither means anything on the pod template.
    let template = [
        Annotations::new(),
        Annotations::from([(WAVE, "true"), (SECRET.extra, "almost-free"), (SECRET.exclude, "plain-used")]),
    ];
    assert_eq!(compare(&pairs(&own, &template)), 61_440);
}

/// The words of a boolean: Go's ParseBool for `auto`, exactly `true` for the others.
#[test]
fn words_of_booleans() {
    let words: Vec<Option<&str>> = [
        "1", "t", "T", "TRUE", "true", "True", "0", "f", "F", "FALSE", "false", "False", "tRUE", "yes", "on", "y",
        " true", "true ", "11", "enabled", "null", "~",
    ]
    .into_iter()
    .map(Some)
    .collect();
    for key in [AUTO, SECRET.auto, SEARCH, WAVE] {
        compare(&pairs(&product(&[(key, &words)]), &[Annotations::new()]));
        compare(&pairs(&[Annotations::new()], &product(&[(key, &words)])));
    }
}

/// An item is compiled as `^item$`, without a group and with case.
#[test]
fn items_are_regular_expressions_without_a_group() {
    let items = [
        "plain-used|match-free",
        "plain-(used|free)",
        "PLAIN-FREE",
        "(?i)PLAIN-FREE",
        "plain-free",
        " plain-free ",
        ",",
    ]
    .map(Some);
    let own = product(&[(SECRET.reload, &items), (CONFIG_MAP.reload, &items)]);
    compare(&pairs(&own, &[Annotations::new()]));
}

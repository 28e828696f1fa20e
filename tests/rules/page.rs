//! `docs/annotations.md` and `docs/configuration.md` against the code, both ways, and their examples.

use clap::CommandFactory as _;
use restamp::command::cli::Cli;
use restamp::kube::annotation::{self, Names};
use restamp::settings::{Layer, Settings};
use std::collections::BTreeSet;
use std::ffi::OsString;

const ANNOTATIONS: &str = include_str!("../../docs/annotations.md");
const CONFIGURATION: &str = include_str!("../../docs/configuration.md");

/// The cells of the table rows of a page.
fn rows(page: &str) -> impl Iterator<Item = Vec<&str>> {
    page.lines().filter_map(|line| {
        let inner = line.strip_prefix("| ")?.strip_suffix('|')?;
        Some(inner.split('|').map(str::trim).collect())
    })
}

/// The words in backquotes of a text.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

#[test]
fn the_page_has_every_annotation_and_no_other() {
    let page: BTreeSet<&str> =
        rows(ANNOTATIONS).filter_map(|cells| quoted(cells[0]).next()).filter(|key| key.contains('/')).collect();
    let names = Names::default();
    let code: BTreeSet<&str> = annotation::FIXED
        .iter()
        .copied()
        .chain(annotation::IN_CLUSTER.iter().copied())
        .chain(annotation::LEGACY.map(|(old, _)| old))
        .chain([annotation::STAMP])
        .chain(names.iter().map(|(_, key)| key))
        .collect();
    assert_eq!(page, code);
}

#[test]
fn the_page_has_the_word_that_renames_each_key() {
    let page: Vec<(&str, &str)> = rows(ANNOTATIONS)
        .filter(|cells| cells.len() >= 4 && cells[3].starts_with('`'))
        .map(|cells| (cells[3].trim_matches('`'), cells[0].trim_matches('`')))
        .filter(|(word, _)| *word != "annotationNames")
        .collect();
    let names = Names::default();
    let keys = names.iter().map(|(_, key)| key.to_owned());
    let code: Vec<(&str, String)> = Names::WORDS.into_iter().zip(keys).collect();
    let page: BTreeSet<(&str, String)> = page.into_iter().map(|(w, k)| (w, k.to_owned())).collect();
    assert_eq!(page, code.into_iter().collect());
}

/// The known fields, as the error about an unknown one lists them.
fn known(text: &str) -> Vec<String> {
    let error = Layer::parse(text).unwrap_err().message;
    let (_, list) = error.split_once("known: ").unwrap();
    list.split(", ").map(str::to_owned).collect()
}

fn in_spec(spec: &str) -> String {
    let spec: String = spec.lines().map(|line| format!("  {line}\n")).collect();
    format!("apiVersion: restamp.dev/v1alpha1\nkind: Restamp\nspec:\n{spec}")
}

#[test]
fn the_page_has_every_field_in_order() {
    let fields = known(&in_spec("unheard-of: x"));
    let table = CONFIGURATION.split("## Fields").nth(1).unwrap();
    let table = table.split("### ").next().unwrap();
    let page: Vec<&str> = rows(table).filter_map(|cells| cells[0].strip_prefix('`')?.strip_suffix('`')).collect();
    assert_eq!(page, fields);
    let sections: Vec<&str> =
        CONFIGURATION.lines().filter_map(|line| line.strip_prefix("### `")?.strip_suffix('`')).collect();
    assert_eq!(sections, fields);
    let selectors = CONFIGURATION.split("## Selectors").nth(1).unwrap();
    let selectors = selectors.split("\n## ").next().unwrap();
    let page: Vec<&str> = rows(selectors).filter_map(|cells| quoted(cells[0]).next()).collect();
    assert_eq!(page, known(&in_spec("configs: {exclude: [{unheard-of: x}]}")));
}

#[test]
fn the_page_has_every_flag_and_no_other() {
    let command = Cli::command();
    let commands = std::iter::once(&command).chain(command.get_subcommands());
    let code: BTreeSet<String> = commands
        .flat_map(|c| c.get_arguments())
        .filter(|a| !a.is_hide_set())
        .filter_map(|a| a.get_long())
        .filter(|long| !matches!(*long, "help" | "version"))
        .map(|long| format!("--{long}"))
        .collect();
    let page: BTreeSet<String> = rows(CONFIGURATION)
        .flat_map(|cells| cells.into_iter().take(2).flat_map(quoted).map(str::to_owned).collect::<Vec<_>>())
        .filter(|word| word.starts_with("--"))
        .collect();
    assert_eq!(page, code);
}

/// The fenced blocks of a page in some language.
fn blocks<'p>(page: &'p str, language: &str) -> Vec<&'p str> {
    let fence = format!("```{language}\n");
    page.split(&fence).skip(1).map(|rest| rest.split("```").next().unwrap()).collect()
}

#[test]
fn its_examples_can_be_used() {
    let examples = blocks(CONFIGURATION, "yaml");
    assert_eq!(examples.len(), 21);
    for example in examples {
        let text = if example.starts_with("apiVersion") { example.to_owned() } else { in_spec(example) };
        let layer = Layer::parse(&text).unwrap_or_else(|e| panic!("{text}{e}"));
        assert_ne!(layer, Layer::default(), "{text}");
    }
    let commands: Vec<&str> = blocks(CONFIGURATION, "sh").into_iter().flat_map(str::lines).collect();
    assert!(commands.len() > 5);
    for line in commands {
        let words = line.split_whitespace().map(|w| OsString::from(w.trim_matches('\'')));
        Cli::parse(words).unwrap_or_else(|e| panic!("{line}\n{e}"));
    }
}

/// What the page shows as the default is the default; flags come first, then the file, then the list.
#[test]
fn precedence_and_defaults_are_as_said() {
    let shown = blocks(CONFIGURATION, "yaml")[0]
        .replace("external: [\"*-issued\"]", "external: []")
        .replace("{kind: CronJob}, {name: \"legacy-*\"}", "")
        .replace("{kind: Secret, labelSelector: \"random=true\"}", "")
        .replace("{group: sets.example.com, kind: ShardSet, path: spec.template}", "")
        .replace("auto: example.com/auto, configmap: example.com/reload", "")
        .replace("  keyEnv: RESTAMP_KEY\n", "")
        .replace("maxRolls: 20, protected: [{namespace: payments}]", "");
    let shown = Layer::parse(&shown).unwrap();
    assert_eq!(Settings::from_layers(&[shown]), Settings::default());

    let flags = Cli::parse(["restamp", "--annotation", "a/flag"].map(OsString::from)).unwrap().layer();
    let file = Layer::parse(&in_spec("annotation: a/file\nnamespace: file\nexternal: []")).unwrap();
    let list = Layer::parse(&in_spec("annotation: a/list\nnamespace: list\nexternal: [x]\nmissing: error")).unwrap();
    let settings = Settings::from_layers(&[flags, file, list]);
    assert_eq!((&*settings.annotation, &*settings.namespace), ("a/flag", "file"));
    assert!(settings.external.is_empty());
    assert_eq!(settings.missing.as_str(), "error");
}

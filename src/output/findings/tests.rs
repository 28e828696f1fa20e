//! All formats over the same findings of real sets.

use super::github::github;
use super::json::json;
use super::junit::junit;
use super::sarif::sarif;
use super::text::text;
use super::*;
use crate::finding::Problem;
use crate::outcome::Counts;
use crate::output::tests::schemas::validate;
use crate::settings::{Select, Settings};
use crate::{Outcome, transform};

/// A Deployment that is annotated, with these lines in its container's environment.
fn deployment(name: &str, annotation: &str, references: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {name}\n  annotations:\n    {annotation}\n\
         spec:\n  template:\n    spec:\n      containers:\n      - name: app\n        image: app\n        envFrom:\n{references}"
    )
}

const AUTO: &str = "reloader.stakater.com/auto: \"true\"";

fn config_map(name: &str, value: &str) -> String {
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata:\n  KEY: {value}\n")
}

/// Everything that findings are about: missing things, wrong things, and Secrets that nothing may show.
fn sources() -> Vec<Source> {
    let refs = "        - configMapRef: {name: confg}\n        - secretRef: {name: db}\n        - configMapRef: {name: gone}\n";
    let web = deployment("web", AUTO, refs);
    let job = deployment("worker", AUTO, "        - configMapRef: {name: gone}\n");
    let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: db}\ndata:\n  a: PLANTED1\n  a: \"PLANTED2!\"\nstringData: {b: 170009}\n";
    let odd = deployment(
        "odd",
        "reloader.stakater.com/auto: \"y\\u001b[31m\\u202e%0A::error::x]]>\"",
        "        - secretRef: {name: db}\n",
    );
    vec![
        Source::new("a/web.yaml", format!("{web}---\n{job}---\n{}", config_map("config", "\"a\""))),
        Source::new("a/secret, 1.yaml", secret),
        Source::new("b/broken.yaml", "kind: Secret\nstringData:\n  password: [PLANTED3\n"),
        Source::new("b/odd.yaml", odd),
    ]
}

fn report<'r>(sources: &'r [Source], outcome: &'r Outcome, more: &'r [Finding]) -> Report<'r> {
    let set = ReportSet { sources, findings: outcome.findings.iter().chain(more).collect(), outcome };
    Report {
        sets: vec![set],
        summary: Summary {
            counts: Counts { inserted: 1, ..Counts::default() },
            skipped_trees: 1,
            check: true,
            ..Summary::default()
        },
        strict: false,
        quiet: false,
        verbose: false,
    }
}

/// What reading and `check` add.
fn more(sources: &[Source]) -> Vec<Finding> {
    let at = sources[0].text.find("spec:").unwrap();
    vec![
        Finding::new(Problem::Unreadable { why: "no such file".to_owned() }).in_input("b/gone.yaml", None),
        Finding::new(Problem::NotUtf8 { byte: 0xe9 }).in_input("b/latin.yaml", Some(Position { line: 2, column: 5 })),
        Finding::new(Problem::StampMissing { about: "Deployment/web".to_owned() })
            .at(crate::text::source::SourceId(0), at..at),
        Finding::new(Problem::NothingSelected {
            could_be: 0,
            all: false,
            auto: "reloader.stakater.com/auto".to_owned(),
        }),
    ]
}

const PLAIN: Look = Look { color: false, verbose: false, width: 80, terminal: false };

/// All formats, by name.
fn formats(report: &Report<'_>) -> Vec<(&'static str, String)> {
    let verbose = Look { verbose: true, color: true, ..PLAIN };
    vec![
        ("text", text(report, PLAIN)),
        ("verbose", text(report, verbose)),
        ("json", json(report)),
        ("sarif", sarif(report)),
        ("github", github(report)),
        ("junit", junit(report)),
    ]
}

fn over(sources: &[Source], look: Look) -> String {
    let outcome = transform(sources, &Settings::default());
    text(&report(sources, &outcome, &[]), look)
}

#[test]
fn text_in_the_manner_of_rustc() {
    let sources = sources();
    let (outcome, more) = (transform(&sources, &Settings::default()), more(&sources));
    let report = report(&sources, &outcome, &more);
    insta::assert_snapshot!("text", text(&report, PLAIN));
    let verbose = Look { verbose: true, ..PLAIN };
    insta::assert_snapshot!("text_verbose", text(&report, verbose));
    let quiet = Report { quiet: true, ..report };
    insta::assert_snapshot!("text_quiet", text(&quiet, PLAIN));
}

#[test]
fn the_other_formats() {
    let sources = sources();
    let (outcome, more) = (transform(&sources, &Settings::default()), more(&sources));
    let report = report(&sources, &outcome, &more);
    insta::assert_snapshot!("github", github(&report));
    insta::assert_snapshot!("junit", junit(&report));
    let version = format!("\"{}\"", env!("CARGO_PKG_VERSION"));
    insta::assert_snapshot!("json", json(&report).replace(&version, "\"…\""));
}

#[test]
fn both_places_of_a_duplicate_are_named() {
    let refs = "        - configMapRef: {name: config}\n";
    let sources = [
        Source::new("a.yaml", config_map("config", "\"a\"")),
        Source::new("b.yaml", config_map("config", "\"b\"")),
        Source::new("web.yaml", deployment("web", AUTO, refs)),
    ];
    insta::assert_snapshot!("duplicate", over(&sources, PLAIN));
}

#[test]
fn neither_place_of_a_duplicate_secret_is_quoted() {
    let secret =
        |value| format!("{{apiVersion: v1, kind: Secret, metadata: {{name: s}}, stringData: {{a: {value}}}}}\n");
    let sources = [
        Source::new("-", format!("{}---\n{}", secret("PLANTED1"), secret("PLANTED2"))),
        Source::new("web.yaml", deployment("web", AUTO, "        - secretRef: {name: s}\n")),
    ];
    insta::assert_snapshot!("duplicate_secret", over(&sources, PLAIN));
}

#[test]
fn an_item_of_a_resource_list_is_named_by_its_file() {
    let refs = "        - configMapRef: {name: gone}\n";
    let file = format!(
        "{AUTO}\n    internal.config.kubernetes.io/path: 'apps/web.yaml'\n    internal.config.kubernetes.io/index: '2'"
    );
    let items = deployment("web", &file, refs) + "\n" + &deployment("other", AUTO, refs);
    let items = items.replace('\n', "\n  ").replace("  apiVersion", "- apiVersion");
    let list = format!("apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n- {}\n", items.trim_end());
    let sources = [Source::new("-", list)];
    let outcome = transform(&sources, &Settings::default());
    let files: Vec<_> = outcome.findings.iter().map(|f| f.file.clone()).collect();
    assert_eq!(files, [Some(("apps/web.yaml".to_owned(), Some(2)))], "{:?}", outcome.findings);
    let shown = text(&report(&sources, &outcome, &[]), PLAIN);
    assert!(shown.starts_with("apps/web.yaml (index 2): "), "{shown}");
    for (name, shown) in formats(&report(&sources, &outcome, &[])) {
        // The stream has lines of its own.
        assert!(!shown.contains("apps/web.yaml:") && !shown.contains("apps/web.yaml,line="), "{name}: {shown}");
    }
    let shown: serde_json::Value = serde_json::from_str(&json(&report(&sources, &outcome, &[]))).unwrap();
    assert_eq!(shown["findings"][0]["path"], "-");
    assert_eq!(shown["findings"][0]["file"], serde_json::json!({"path": "apps/web.yaml", "index": 2}));
}

#[test]
fn no_format_shows_a_secret_or_a_control_character() {
    let sources = sources();
    let (outcome, more) = (transform(&sources, &Settings::default()), more(&sources));
    for (name, shown) in formats(&report(&sources, &outcome, &more)) {
        assert!(shown.contains("Secret"), "{name}: {shown}");
        for value in ["PLANTED", "170009", "UExBTlRFRD"] {
            assert!(!shown.contains(value), "{name}: {shown}");
        }
        let escape = name == "verbose";
        let bad = |c: char| c != '\n' && c.is_control() && !(escape && c == '\u{1b}');
        assert!(!shown.contains(bad), "{name}: {shown:?}");
        assert!(!shown.contains("\u{1b}[31m\u{202e}"), "{name}: {shown:?}");
    }
}

/// The official schema; one pattern, of a field that restamp does not write, has a stray bracket that ECMAScript lets pass.
fn sarif_schema() -> String {
    include_str!("../../../tests/schema/sarif-2.1.0.json").replace("{2}]?$", "{2}\\\\]?$")
}

#[test]
fn json_and_sarif_hold_their_schemas() {
    let sources = sources();
    let (outcome, more) = (transform(&sources, &Settings::default()), more(&sources));
    for written in [None, Some(2)] {
        let mut report = report(&sources, &outcome, &more);
        report.summary.written = written;
        validate(include_str!("../../../docs/schema/findings-v1.json"), &json(&report));
        validate(&sarif_schema(), &sarif(&report));
    }
}

#[test]
fn sarif_points_at_the_place() {
    let sources = sources();
    let (outcome, more) = (transform(&sources, &Settings::default()), more(&sources));
    let log: serde_json::Value = serde_json::from_str(&sarif(&report(&sources, &outcome, &more))).unwrap();
    let results = log["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), outcome.findings.len() + more.len());
    let of = |id: &str| results.iter().find(|r| r["ruleId"] == id).unwrap();
    let stamp = of("stamp-missing");
    assert_eq!(stamp["level"], "error");
    insta::assert_snapshot!("sarif", format!("{:#}\n{:#}", of("bad-boolean"), of("missing-config")));
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(log["runs"][0]["tool"]["driver"]["rules"][index]["id"], result["ruleId"]);
    }
}

#[test]
fn a_workflow_command_is_one_line_each() {
    let sources = sources();
    let (outcome, more) = (transform(&sources, &Settings::default()), more(&sources));
    let shown = github(&report(&sources, &outcome, &more));
    let lines: Vec<_> = shown.lines().collect();
    let (summary, commands) = lines.split_last().unwrap();
    assert_eq!(commands.len(), outcome.findings.len() + more.len());
    assert!(commands.iter().all(|c| c.starts_with("::")), "{shown}");
    assert!(!summary.starts_with("::"), "{shown}");
}

#[test]
fn a_long_line_is_cut_however_often_it_is_pointed_at() {
    let objects = (0..2000).map(|i| {
        format!("{{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\",\"metadata\":{{\"name\":\"é{i}\",\"annotations\":{{\"x\":\"{}\"}}}},\"spec\":{{\"template\":{{\"spec\":{{\"containers\":[{{\"name\":\"a\",\"image\":\"a\",\"envFrom\":[{{\"configMapRef\":{{\"name\":\"gone{i}\"}}}}]}}]}}}}}}}}", "y".repeat(2500))
    });
    let text_of = format!("{{\"kind\":\"List\",\"items\":[{}]}}", objects.collect::<Vec<_>>().join(","));
    assert!(text_of.len() > 5_000_000);
    let sources = [Source::new("-", text_of)];
    let settings = Settings { select: Select::All, ..Settings::default() };
    let outcome = transform(&sources, &settings);
    assert_eq!(outcome.findings.len(), 2000);
    let report = report(&sources, &outcome, &[]);
    let shown = text(&report, PLAIN);
    assert!(shown.len() < 2000 * 500, "{}", shown.len());
    assert!(shown.lines().all(|l| l.chars().count() < 120));
}

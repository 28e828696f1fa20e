//! A Secret's value appears in no output: recognisable values stand in every field of a Secret that takes one, well-formed
//! or not, and everything that every command says in every format is searched for them: raw, in base64, in part; and for a
//! Secret's own digest. The manifests that the filter and `stamp` print are the one thing that holds them.

use crate::common::library::{Key, Settings};
use crate::common::{Ran, outcome, run};
use aho_corasick::AhoCorasick;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use rayon::prelude::*;
use std::fs;
use std::path::Path;

/// So many characters of a value in a row are a leak.
const FRAGMENT: usize = 6;

/// Replaced by a value that occurs nowhere else: letters and digits in an order that no word has.
const HERE: &str = "@V";
/// The same in base64.
const HERE_ENCODED: &str = "@B";
/// The same as a number.
const HERE_NUMBER: &str = "@N";

/// Workloads that use the Secrets below, and configs to stand beside them.
const WORKLOADS: &str = r#"---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop, annotations: {reloader.stakater.com/auto: "true", secret.reloader.stakater.com/reload: "db,nosuch,b[d"}}
spec:
  template:
    metadata:
      annotations: {restamp.dev/config-hash: "sha256:0000000000000000000000000000000000000000000000000000000000000000"}
    spec:
      containers:
      - name: web
        image: web:1
        envFrom: [{secretRef: {name: db}}, {configMapRef: {name: app}}]
        env: [{name: PW, valueFrom: {secretKeyRef: {name: db, key: lost}}}]
      volumes: [{name: s, secret: {secretName: db2}}]
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: plain, namespace: shop}
spec:
  template:
    spec:
      containers: [{name: c, image: c, env: [{name: PW, valueFrom: {secretKeyRef: {name: db, key: password}}}]}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: app, namespace: shop}
data: {a: b}
"#;

/// Secrets that parse: each is a set with the workloads.
const SOUND: &[(&str, &str)] = &[
    (
        "every field",
        r#"apiVersion: v1
kind: Secret
metadata:
  name: db
  namespace: shop
  annotations:
    kubectl.kubernetes.io/last-applied-configuration: |
      {"apiVersion":"v1","kind":"Secret","stringData":{"password":"@V"},"data":{"x":"@B"}}
    reloader.stakater.com/match: "yes"
type: Opaque
data:
  password: @B
  number: @N
  octal: 0o@N
  float: @N.5
  yes: true
  N: @V
  broken: "@V!"
  padding: @V=
  lines: |
    @B
  list: [@V, @N]
  map: {inner: @V}
stringData:
  password: @V
  number: @N
  lines: |
    first @V
    second @V
  folded: >-
    @V
    @V
  plain over lines: @V
    @V
  quoted: "@V\n\x41@V"
  dup: @V
  dup: @V
  "null": ~
"#,
    ),
    (
        "flow on one line",
        r#"{apiVersion: v1, kind: Secret, metadata: {name: db, namespace: shop}, data: {a: @V!, n: @N, d: @B, d: @B}, stringData: {s: @V, n: @N}}
"#,
    ),
    (
        "JSON on one line",
        r#"{"apiVersion":"v1","kind":"Secret","metadata":{"name":"db","namespace":"shop"},"data":{"a":"@V!","n":@N,"d":"@B","d":"@B"},"stringData":{"s":"@V","n":[@N]}}
"#,
    ),
    (
        "a List with its workload on one line",
        r#"{"apiVersion":"v1","kind":"List","items":[{"apiVersion":"v1","kind":"Secret","metadata":{"name":"db","namespace":"shop"},"data":{"a":"@V","n":@N,"n":@N}},{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"one","namespace":"shop","annotations":{"reloader.stakater.com/auto":"true"}},"spec":{"template":{"metadata":{"annotations":{"restamp.dev/config-hash":"sha256:00"}},"spec":{"containers":[{"name":"c","image":"c","envFrom":[{"secretRef":{"name":"db"}}]}]}}}}]}
"#,
    ),
    (
        "a List in blocks",
        r#"apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: Secret
  metadata: {name: db, namespace: shop}
  data: {a: @V!, n: @N, n: @N}
  stringData:
    a: @V
    a: @V
"#,
    ),
    (
        "a SecretList, whose items name no kind",
        r#"apiVersion: v1
kind: SecretList
items:
- metadata: {name: db, namespace: shop}
  data: {a: @V!, n: @N, n: @N}
  stringData:
    a: @V
    a: @V
    N: @V
"#,
    ),
    (
        "a Template",
        r#"apiVersion: template.openshift.io/v1
kind: Template
metadata: {name: t}
objects:
- apiVersion: v1
  kind: Secret
  metadata: {name: db, namespace: shop}
  stringData: {a: @V, a: @V, n: @N}
"#,
    ),
    (
        "anchors and aliases",
        r#"apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: Secret
  metadata: {name: db, namespace: shop, annotations: {note: &note @V}}
  stringData: &content
    a: &pw @V
    b: *pw
    c: &number @N
    d: *number
- apiVersion: v1
  kind: Secret
  metadata: {name: db2, namespace: shop}
  stringData: *content
- apiVersion: v1
  kind: Secret
  metadata: {name: db3, namespace: shop}
  stringData:
    <<: *content
    e: *note
- apiVersion: v1
  kind: ConfigMap
  metadata: {name: copy, namespace: shop}
  data: {a: *pw, c: *number}
- apiVersion: apps/v1
  kind: Deployment
  metadata: {name: copy, namespace: shop, annotations: {reloader.stakater.com/auto: *pw, secret.reloader.stakater.com/reload: *note}}
  spec:
    template:
      spec:
        containers: [{name: c, image: *pw, env: [{name: A, value: *pw}], envFrom: [{secretRef: {name: db}}, {configMapRef: {name: copy}}]}]
"#,
    ),
    (
        "twins with other contents",
        r#"apiVersion: v1
kind: Secret
metadata: {name: db, namespace: shop}
stringData: {password: @V}
---
apiVersion: v1
kind: Secret
metadata: {name: db, namespace: shop}
stringData: {password: @V}
"#,
    ),
    (
        "spelled kinds",
        r#""kind": "\x53ecret"
apiVersion: v1
metadata: {name: db, namespace: shop}
stringData: {password: @V, password: @V, n: @N}
---
kind: !!str Secret
apiVersion: v1
metadata: {name: db2, namespace: shop}
stringData: {password: @V, password: @V, n: @N}
---
kind: ConfigMap
kind: Secret
apiVersion: v1
metadata: {name: db4, namespace: shop}
stringData: {password: @V, password: @V, n: @N}
"#,
    ),
    (
        "anchors that are called like values",
        r#"apiVersion: v1
kind: Secret
metadata: {name: db, namespace: shop}
stringData: {a: &@V x, password: &@V y, "q": !!str &@V z, dup: 1, dup: 2}
"#,
    ),
    (
        "what becomes a Secret, with values in the clear",
        r#"apiVersion: v1
kind: Secret
metadata: {name: db, namespace: shop}
stringData: {password: @V}
---
apiVersion: bitnami.com/v1alpha1
kind: SealedSecret
metadata: {name: db, namespace: shop}
spec:
  encryptedData: {password: @V, <<: {x: @V}}
  template:
    data: {password: @V, n: @N, dup: @V, dup: @V, lines: "a @V"}
    metadata: {annotations: {note: @V}}
---
apiVersion: bitnami.com/v1alpha1
kind: SealedSecret
metadata: {name: db2, namespace: shop}
spec: {encryptedData: [@V], template: {data: @V}}
---
apiVersion: v1
kind: Secret
metadata: {name: db5, namespace: shop}
stringData: {password: @V, n: @N}
sops: {mac: @V, version: 3.9.0}
"#,
    ),
    (
        "values where none belong",
        r#"apiVersion: v1
kind: Secret
metadata: {name: db, namespace: shop}
data: @V
stringData: [@V, @N]
immutable: @V
type: @N
---
apiVersion: v1
kind: Secret
metadata: {name: db2, namespace: shop}
data:
- @V
- @N
stringData: |
  @V
"#,
    ),
];

/// Documents that do not parse, or not as Kubernetes reads them.
const BROKEN: &[(&str, &str)] = &[
    ("colon", "  password: @V: @V\n"),
    ("quote", "  password: \"@V\n"),
    ("single quote", "  password: '@V\n"),
    ("escape", "  password: \"\\q@V\"\n"),
    ("escape of a value", "  password: \"\\x@V\"\n"),
    ("unicode escape", "  password: \"\\ud800@V\"\n"),
    ("alias", "  password: *@V\n"),
    ("alias in a flow", "  more: {password: *@V}\n"),
    ("anchor", "  password: &@V\n &@V x\n"),
    ("tag", "  password: !@V x\n"),
    ("tag handle", "  password: !@V!x y\n"),
    ("verbatim tag", "  password: !<@V x\n"),
    ("reserved", "  password: @@V\n"),
    ("backquote", "  password: `@V`\n"),
    ("percent", "  password: %@V\n"),
    ("tab", "  password:\n\t@V\n"),
    ("dedent", "  password: |\n    @V\n   @V\n @V\n"),
    ("block header", "  password: |@V\n"),
    ("flow", "  more: {password: @V\n"),
    ("flow ends twice", "  more: {password: @V}}\n"),
    ("list", "  - @V\n  password: @V\n"),
    ("template", "  password: {{ @V }}\n"),
    ("template alone", "  {{- @V }}\n  password: @V\n"),
    ("complex key", "  ? [@V]\n  : @V\n"),
    ("mapping as a key", "  {@V: 1}: @V\n"),
    ("control character", "  password: @V\u{1}@V\n"),
    ("merge", "  <<: @V\n  password: @V\n"),
    ("directive", "...\n%@V\n---\n@V: *x\n"),
    ("binary", "  password: !!binary @V!\n"),
    ("integer", "  password: !!int @V\n"),
    ("glued separator", "---password: @V\n"),
    ("text behind a separator", "  password: |\n--- @V\n"),
    ("dashes", "  password: |\n-----@V\n"),
    ("NUL", "  password: \"@V\0\"\n"),
    ("line separator", "  password: a # b\u{2028}  more: @V\n"),
];

/// Documents that are broken in another way than in a field.
const BROKEN_WHOLE: &[(&str, &str)] = &[
    ("JSON word", r#"{"apiVersion":"v1","kind":"Secret","metadata":{"name":"db"},"data":{"a":@V}}"#),
    ("JSON cut", r#"{"apiVersion":"v1","kind":"Secret","metadata":{"name":"db"},"data":{"a":"@V"#),
    ("JSON comma", r#"{"apiVersion":"v1","kind":"Secret","metadata":{"name":"db"},"data":{"a":"@V",,"b":"@V"}}"#),
    ("JSON escape", r#"{"apiVersion":"v1","kind":"Secret","metadata":{"name":"db"},"data":{"a":"\u@V"}}"#),
    ("JSON number", r#"{"apiVersion":"v1","kind":"Secret","metadata":{"name":"db"},"data":{"a":0@N.@N.}}"#),
    (
        "a SOPS file",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: shop}\nstringData: {password: @V}\nsops: {mac: x, version: 3.9}\n",
    ),
    ("no kind", "stringData:\n  password: @V: x\nkind: Secret\n"),
    (
        "a Secret in a scalar",
        "kind: ConfigMap\napiVersion: v1\nmetadata: {name: app}\ndata:\n  secret.yaml: \"kind: Secret\\ndata: @V\n",
    ),
    (
        "a list name",
        "apiVersion: v1\nkind: List\nitems:\n- kind: Secret\n  metadata: {name: db}\n  stringData: {a: *@V}\n",
    ),
];

/// Text with its values planted, and what was planted.
struct Planted {
    text: String,
    values: Vec<String>,
}

impl Planted {
    /// Different seeds give different values.
    fn new(text: &str, seed: u64) -> Self {
        let mut random = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut next = move |below: u64| {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            random % below
        };
        let mut out = Self { text: String::new(), values: Vec::new() };
        let mut rest = text;
        while let Some(at) = [HERE, HERE_ENCODED, HERE_NUMBER].iter().filter_map(|mark| rest.find(mark)).min() {
            out.text.push_str(&rest[..at]);
            let mark = &rest[at..at + 2];
            let alphabet: &[u8] = match mark {
                HERE_NUMBER => b"123456789",
                _ => b"BCDFGHJKLMNPQRSTVWXZbcdfghjklmnpqrstvwxz",
            };
            let value: String = (0..14).map(|_| char::from(alphabet[next(alphabet.len() as u64) as usize])).collect();
            match mark {
                HERE_ENCODED => out.text.push_str(&STANDARD.encode(&value)),
                _ => out.text.push_str(&value),
            }
            out.values.push(value);
            rest = &rest[at + 2..];
        }
        out.text.push_str(rest);
        out
    }

    /// What is looked for: each value, and its base64 wherever it begins in a longer text, cut into fragments.
    fn fragments(&self) -> Vec<String> {
        let mut out = Vec::new();
        for value in &self.values {
            let mut forms = vec![value.clone()];
            for skip in 0..3 {
                // The first and the last characters depend on the neighbours.
                let encoded = STANDARD_NO_PAD.encode(format!("{}{value}", &"\0\0"[..skip]));
                let from = [0, 2, 3][skip];
                forms.push(encoded[from..encoded.len() - 2].to_owned());
            }
            for form in forms {
                out.extend((0..=form.len() - FRAGMENT).map(|i| form[i..i + FRAGMENT].to_owned()));
            }
        }
        out
    }

    /// The digests of the Secrets, as far as they can be read.
    fn digests(&self, settings: &Settings) -> Vec<String> {
        let outcome = outcome(&self.text, settings);
        let secrets = outcome.configs.iter().filter(|c| c.kind == "Secret");
        secrets.map(|c| c.digest.clone()).collect()
    }
}

/// What must not be said.
struct Forbidden {
    words: Vec<String>,
    search: AhoCorasick,
    searched: usize,
}

impl Forbidden {
    fn of(planted: &[&Planted]) -> Self {
        let digests = |p: &&Planted| p.digests(&Settings::default());
        let prefixes = planted.iter().flat_map(digests).map(|d| d[..12].to_owned());
        let fragments = planted.iter().flat_map(|p| p.fragments());
        let words: Vec<String> = fragments.chain(prefixes).collect();
        Self { search: AhoCorasick::new(&words).unwrap(), words, searched: 0 }
    }

    fn search(&mut self, what: &str, said: &str) {
        self.searched += 1;
        if let Some(found) = self.search.find(said) {
            let word = &self.words[found.pattern()];
            panic!("{what}: {word} is part of a Secret or of its digest, in\n{said}");
        }
    }

    /// All that a command says but the manifests that it prints.
    fn run(&mut self, name: &str, args: &[&str], stdin: &str, prints_manifests: bool) -> Ran {
        let ran = run(args, stdin.as_bytes());
        let what = format!("{name}: restamp {}", args.join(" "));
        self.search(&what, &ran.stderr);
        if !prints_manifests {
            self.search(&what, &ran.text());
        }
        ran
    }
}

/// Commands that report on stdout, with what comes before and after the paths.
const REPORTS: &[(&str, &[&str])] = &[
    ("check", &["text", "json", "sarif", "github", "junit"]),
    ("check --diff", &["text", "json"]),
    ("check --strict", &["text"]),
    ("explain", &["text", "json", "mermaid"]),
    ("explain --why db", &["text", "json", "mermaid"]),
    ("explain --why Secret/*", &["text"]),
    ("explain --workload Deployment/web", &["text"]),
    // Not there: the error names what is near.
    ("explain --why dbb", &["text"]),
];

/// Everything that reports about one set.
fn reports(name: &str, new: &str, old: &str, forbidden: &mut Forbidden) {
    let folder = tempfile::tempdir().unwrap();
    let path = |file: &str| folder.path().join(file).to_str().unwrap().to_owned();
    let (new_path, old_path) = (path("new.yaml"), path("old.yaml"));
    fs::write(&new_path, new).unwrap();
    fs::write(&old_path, old).unwrap();
    for look in LOOKS {
        for (command, formats) in REPORTS {
            for format in *formats {
                let mut args: Vec<&str> = command.split(' ').collect();
                args.extend([&new_path, "--format", format]);
                args.extend(look);
                forbidden.run(name, &args, "", false);
            }
        }
        for format in ["text", "json", "markdown"] {
            let mut args = vec!["plan", &old_path, &new_path, "--format", format];
            args.extend(look);
            forbidden.run(name, &args, "", false);
        }
    }
    // A finding of a file that only supplies configs.
    let args = ["check", &old_path, "--config-from", &new_path, "-v"];
    forbidden.run(name, &args, "", false);
}

const LOOKS: [&[&str]; 3] =
    [&[], &["-v", "--color=always", "--select=all"], &["-v", "--precision=keys", "--missing=error"]];

/// Everything that can be asked about one set.
fn everything(name: &str, new: &str, old: &str, forbidden: &mut Forbidden) {
    reports(name, new, old, forbidden);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new.yaml");
    fs::write(&path, new).unwrap();
    for look in LOOKS {
        for format in ["text", "json"] {
            let mut args = vec!["--format", format];
            args.extend(look);
            let ran = forbidden.run(name, &args, new, true);
            assert!(ran.status != 2 || ran.stdout.is_empty(), "{name}");
            let mut args = vec!["stamp", path.to_str().unwrap(), "--format", format];
            args.extend(look);
            forbidden.run(name, &args, "", true);
            in_place(name, new, format, look, folder.path(), forbidden);
        }
        as_function(name, new, look, forbidden);
    }
}

/// `stamp -w` says something, and prints nothing.
fn in_place(name: &str, text: &str, format: &str, look: &[&str], folder: &Path, forbidden: &mut Forbidden) {
    let file = folder.join("in-place.yaml");
    fs::write(&file, text).unwrap();
    let mut args = vec!["stamp", "-w", file.to_str().unwrap(), "--format", format];
    args.extend(look);
    forbidden.run(name, &args, "", false);
}

/// As a KRM function: `results` are part of the list that is printed.
fn as_function(name: &str, text: &str, look: &[&str], forbidden: &mut Forbidden) {
    let mut list = String::from("apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n");
    for document in text.split("---\n").filter(|d| !d.trim().is_empty()) {
        for (i, line) in document.lines().enumerate() {
            list.push_str(if i == 0 { "- " } else { "  " });
            list.push_str(line);
            list.push('\n');
        }
    }
    let ran = forbidden.run(name, look, &list, true);
    if let Some((_, results)) = ran.text().split_once("\nresults:") {
        forbidden.search(&format!("{name}: results"), results);
    }
}

#[test]
fn values_of_secrets_are_never_said() {
    SOUND.par_iter().enumerate().for_each(|(i, (name, secret))| {
        let text = format!("{secret}{WORKLOADS}");
        let new = Planted::new(&text, 2 * i as u64 + 1);
        let old = Planted::new(&text, 2 * i as u64 + 2);
        assert!(!new.digests(&Settings::default()).is_empty(), "{name}");
        let mut forbidden = Forbidden::of(&[&new, &old]);
        everything(name, &new.text, &old.text, &mut forbidden);
        assert!(forbidden.searched > 100);
    });
}

#[test]
fn values_in_broken_secrets_are_never_said() {
    let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: shop}\nstringData:\n";
    let fields = BROKEN.iter().map(|(name, field)| (*name, format!("{secret}{field}")));
    let wholes = BROKEN_WHOLE.iter().map(|(name, text)| (*name, format!("{text}\n")));
    for (i, (name, secret)) in fields.chain(wholes).enumerate() {
        let old = Planted::new(WORKLOADS, 0);
        let new = Planted::new(&format!("{secret}{WORKLOADS}"), 1000 + i as u64);
        let mut forbidden = Forbidden::of(&[&new]);
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("new.yaml");
        fs::write(&file, &new.text).unwrap();
        let (path, before) = (file.to_str().unwrap(), folder.path().join("old.yaml"));
        fs::write(&before, &old.text).unwrap();
        for args in [
            &["check", path, "-v"][..],
            &["check", path, "--diff", "--format", "json"],
            &["check", path, "--format", "sarif"],
            &["check", path, "--format", "github"],
            &["check", path, "--format", "junit"],
            &["explain", path, "-v"],
            &["explain", path, "--format", "json"],
            &["explain", path, "--why", "db"],
            &["plan", path, before.to_str().unwrap()],
            &["plan", before.to_str().unwrap(), path, "--format", "markdown"],
            &["stamp", "-w", path, "-v"],
        ] {
            // The last one writes.
            fs::write(&file, &new.text).unwrap();
            forbidden.run(name, args, "", false);
        }
        forbidden.run(name, &["-v", "--format", "json"], &new.text, true);
        let ran = forbidden.run(name, &["-v", "--select", "all"], &new.text, true);
        assert!(ran.status != 2 || ran.stdout.is_empty(), "{name}");
        as_function(name, &new.text, &["-v"], &mut forbidden);
    }
}

#[test]
fn values_beside_the_settings_are_never_said() {
    let config = "apiVersion: v1
kind: Secret
metadata: {name: restamp}
data: {select: @B, password: @B, number: @N}
stringData:
  select: @V
  missing: @N
  missing: @V
  external: [@V
";
    for (i, text) in [
        config,
        // One that parses.
        &config.replace("  external: [@V\n", ""),
    ]
    .into_iter()
    .enumerate()
    {
        let planted = Planted::new(text, 5000 + i as u64);
        let mut forbidden = Forbidden::of(&[&planted]);
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.yaml");
        fs::write(&file, &planted.text).unwrap();
        let path = file.to_str().unwrap();
        for args in [
            &["--config", path, "-v"][..],
            &["--config", path, "--format", "json"],
            &["check", "-", "--config", path],
            &["explain", "-", "--config", path],
        ] {
            forbidden.run("--config", args, WORKLOADS, args[0] == "--config");
        }
        let list = format!(
            "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n- apiVersion: v1\n  kind: Secret\n  metadata: {{name: db}}\n  stringData: {{a: b}}\nfunctionConfig:\n  {}",
            planted.text.replace('\n', "\n  ")
        );
        // `check` answers a list with one, too.
        for args in [&["-v"][..], &["--format", "json"], &["check", "-"]] {
            let ran = forbidden.run("functionConfig", args, list.trim_end(), true);
            if let Some((_, results)) = ran.text().split_once("\nresults:") {
                forbidden.search("functionConfig: results", results);
            }
        }
        forbidden.run("functionConfig", &["check", "-", "--format", "json"], &list, false);
    }
}

/// Places outside of a Secret that an alias can bring a Secret's value to, in one List with it.
const ALIASED: &[(&str, &str)] = &[
    ("name of a config", "envFrom: [{configMapRef: {name: *p }}, {secretRef: {name: *p , optional: true}}]"),
    ("key", "env: [{name: A, valueFrom: {secretKeyRef: {name: db, key: *p }}}]"),
    ("key of a config that is not there", "env: [{name: A, valueFrom: {configMapKeyRef: {name: gone, key: *p }}}]"),
    ("environment", "env: [{name: *p , value: *p }, {name: B, valueFrom: {configMapKeyRef: {name: app, key: gone}}}]"),
    ("image", "imagePullPolicy: *p , envFrom: [{configMapRef: {name: gone}}]"),
];

/// What is hidden is a property of what was read: an alias of a Secret's value is hidden wherever it stands.
#[test]
fn what_an_alias_brings_from_a_secret_is_never_said() {
    let secret = "- apiVersion: v1\n  kind: Secret\n  metadata: {name: db}\n  stringData: {p: &p @V, password: x}\n";
    let app = "- apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: app}\n  data: {a: b}\n";
    let web = |meta: &str, container: &str, more: &str| {
        format!(
            "- apiVersion: apps/v1\n  kind: Deployment\n  metadata: {{{meta}, annotations: {{reloader.stakater.com/auto: \"true\"}}}}\n  \
             spec: {{template: {{metadata: {{labels: {{a: b}}}}, spec: {{containers: [{{{container}}}]{more}}}}}}}\n"
        )
    };
    let mut workloads: Vec<(String, String)> = ALIASED
        .iter()
        .map(|(name, fields)| ((*name).to_owned(), web("name: w", &format!("name: c, image: x, {fields}"), "")))
        .collect();
    let gone = "image: x, envFrom: [{configMapRef: {name: gone}}]";
    let volume = ", volumes: [{name: *p , configMap: {name: gone, items: [{key: *p , path: *p }]}}]";
    workloads.extend([
        ("container".to_owned(), web("name: w", &format!("name: *p , {gone}"), "")),
        ("volume".to_owned(), web("name: w", "name: c, image: x", volume)),
        ("name of the workload".to_owned(), web("name: *p ", &format!("name: c, {gone}"), "")),
        ("namespace".to_owned(), web("name: w, namespace: *p ", &format!("name: c, {gone}"), "")),
        ("label".to_owned(), web("name: w, labels: {a: *p , *p : b}", &format!("name: c, {gone}"), "")),
    ]);
    for key in ["configmap.reloader.stakater.com/reload", "restamp.dev/places", "restamp.dev/config-hash"] {
        let meta = format!("name: w, annotations: {{reloader.stakater.com/auto: *p , {key}: *p }}");
        let own = web("name: w", &format!("name: c, {gone}"), "");
        let own = own.replace("name: w, annotations: {reloader.stakater.com/auto: \"true\"}", &meta);
        workloads.push((format!("annotation {key}"), own));
    }
    workloads.push((
        "name of a workloadRef".to_owned(),
        "- apiVersion: argoproj.io/v1alpha1\n  kind: Rollout\n  metadata: {name: r, annotations: {reloader.stakater.com/auto: \"true\"}}\n  \
         spec: {workloadRef: {apiVersion: apps/v1, kind: Deployment, name: *p }}\n"
            .to_owned(),
    ));
    workloads.push((
        "name of a config of its own".to_owned(),
        format!(
            "- {{apiVersion: v1, kind: ConfigMap, metadata: {{name: *p }}, data: {{*p : *p }}}}\n{}",
            web("name: w", "name: c, image: x, envFrom: [{configMapRef: {name: *p }}]", "")
        ),
    ));
    let user = web("name: w", "name: c, image: x, envFrom: [{secretRef: {name: made}}]", "");
    let maker = |head: &str, spec: &str| format!("- {{{head}, metadata: {{name: made}}, spec: {spec}}}\n{user}");
    let external = "apiVersion: external-secrets.io/v1, kind: ExternalSecret";
    let sealed = "apiVersion: bitnami.com/v1alpha1, kind: SealedSecret";
    let class = "apiVersion: secrets-store.csi.x-k8s.io/v1, kind: SecretProviderClass";
    let data = "{data: [{secretKey: *p , remoteRef: {key: *p , version: *p }}], refreshInterval: *p }";
    workloads.extend([
        ("key of an ExternalSecret".to_owned(), maker(external, data)),
        ("name that an ExternalSecret gives".to_owned(), maker(external, "{target: {name: *p }}")),
        ("key of a SealedSecret".to_owned(), maker(sealed, "{encryptedData: {*p : *p }, template: {data: {*p : x}}}")),
        ("name that a class gives".to_owned(), maker(class, "{provider: *p , secretObjects: [{secretName: *p }]}")),
        (
            "name of a class".to_owned(),
            web(
                "name: w",
                "name: c, image: x",
                ", volumes: [{name: v, csi: {driver: secrets-store.csi.k8s.io, volumeAttributes: {secretProviderClass: *p }}}]",
            ),
        ),
        ("name of a maker".to_owned(), maker(sealed, "{encryptedData: {a: x}}").replace("name: made}, spec", "name: *p }, spec")),
    ]);
    let leaks = |(i, (name, workload)): (usize, &(String, String))| {
        let list = format!("apiVersion: v1\nkind: List\nitems:\n{secret}{app}{workload}");
        let new = Planted::new(&list, 7000 + 2 * i as u64);
        let old = Planted::new(&list.replace("image: x", "image: y"), 7001 + 2 * i as u64);
        let mut forbidden = Forbidden::of(&[&new, &old]);
        std::panic::catch_unwind(move || reports(name, &new.text, &old.text, &mut forbidden)).is_err()
    };
    let leaking: Vec<&str> =
        workloads.iter().enumerate().filter(|w| leaks(*w)).map(|(_, (name, _))| name.as_str()).collect();
    assert!(leaking.is_empty(), "a Secret's value is said where it stands as: {}", leaking.join(", "));
}

/// The key of keyed digests is in nothing that is said or written, nor is a keyed digest of one Secret.
#[test]
fn the_key_is_never_said() {
    let (name, secret) = SOUND[0];
    let text = format!("{secret}{WORKLOADS}");
    let (new, old) = (Planted::new(&text, 9001), Planted::new(&text, 9002));
    let key = Planted::new("@V@V", 9003);
    let settings = Settings { key: Some(Key::new(key.text.as_bytes()).unwrap()), ..Settings::default() };
    assert!(!format!("{settings:?}").contains(&key.text[..FRAGMENT]));
    let mut forbidden = Forbidden::of(&[&new, &old, &key]);
    let keyed = [&new, &old].into_iter().flat_map(|planted| planted.digests(&settings)).map(|d| d[..12].to_owned());
    let hex = key.text.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
    forbidden.words.extend(keyed.chain([hex[..12].to_owned(), key.text[..FRAGMENT].to_owned()]));
    forbidden.search = AhoCorasick::new(&forbidden.words).unwrap();

    let folder = tempfile::tempdir().unwrap();
    let path = |file: &str| folder.path().join(file).to_str().unwrap().to_owned();
    let [new_path, old_path, key_path] = ["new.yaml", "old.yaml", "secret.key"].map(path);
    fs::write(&new_path, &new.text).unwrap();
    fs::write(&old_path, &old.text).unwrap();
    fs::write(&key_path, &key.text).unwrap();
    for (command, formats) in REPORTS {
        for format in *formats {
            let mut args: Vec<&str> = command.split(' ').collect();
            args.extend([&new_path, "--format", format, "--key-file", &key_path, "-v"]);
            forbidden.run(name, &args, "", false);
        }
    }
    for format in ["text", "json", "markdown"] {
        let args = ["plan", &old_path, &new_path, "--format", format, "--key-file", &key_path];
        forbidden.run(name, &args, "", false);
    }
    let ran = run(["--key-file", &key_path], new.text.as_bytes());
    let (id, out) = (settings.key.as_ref().unwrap().id(), ran.text());
    assert!(out.contains(&format!("hmac-sha256:{id}:")) && !out.contains(&key.text), "{}", ran.stderr);
    // Given in place of its name, or of its file.
    for flag in ["--key-env", "--key-file"] {
        let ran = forbidden.run(name, &["check", &new_path, flag, &key.text], "", false);
        assert_eq!(ran.status, 2);
    }
    forbidden.run(name, &["stamp", "-w", &new_path, "--key-file", &key_path], "", false);
    let left: Vec<_> = fs::read_dir(&folder).unwrap().map(|e| e.unwrap().path()).collect();
    assert_eq!(left.len(), 3, "{left:?}");
    let holds = |path: &&std::path::PathBuf| fs::read_to_string(path).unwrap().contains(&key.text);
    assert_eq!(left.iter().filter(holds).count(), 1);
}

#[test]
fn the_search_finds_what_it_is_for() {
    let planted = Planted::new("kind: Secret\nmetadata: {name: a}\nstringData: {a: @V}\n", 7);
    let value = &planted.values[0];
    let fragments = planted.fragments();
    let found = |said: &str| fragments.iter().any(|f| said.contains(f.as_str()));
    assert!(found(value) && found(&value[3..9]) && !found(&value[3..8]));
    for before in ["", "x", "xy", "xyz"] {
        assert!(found(&STANDARD.encode(format!("{before}{value}zz"))), "{before}");
    }
    assert_eq!(planted.digests(&Settings::default()).len(), 1);
}

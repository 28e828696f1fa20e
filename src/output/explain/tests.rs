use crate::explain::Query;
use crate::output::Look;
use crate::output::tests::samples::{PLAIN, config_map, deployment, explained};
use crate::settings::{Select, Settings};

/// Two workloads, every kind of answer.
const SHOP: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
  annotations:
    reloader.stakater.com/auto: \"true\"
    configmap.reloader.stakater.com/reload: \"feature-.*\"
spec:
  template:
    metadata:
      annotations: {restamp.dev/config-hash: \"sha256:0\"}
    spec:
      containers:
      - name: web
        image: web:1
        env:
        - name: LOG_LEVEL
          valueFrom: {configMapKeyRef: {name: app-config, key: LOG_LEVEL}}
        - name: TOKEN
          valueFrom: {secretKeyRef: {name: db, key: token, optional: true}}
        volumeMounts:
        - {name: files, mountPath: /etc/app}
        - {name: cert, mountPath: /etc/cert, subPath: tls.crt}
      imagePullSecrets: [{name: pull}]
      volumes:
      - name: files
        configMap: {name: app-config}
      - name: cert
        secret: {secretName: cert}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: app-config, namespace: shop}
data: {LOG_LEVEL: info}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: feature-x, namespace: shop}
data: {on: \"1\"}
---
apiVersion: v1
kind: Secret
metadata: {name: cert, namespace: shop, annotations: {reloader.stakater.com/ignore: \"true\"}}
stringData: {tls.crt: planted}
---
apiVersion: v1
kind: Secret
metadata: {name: pull, namespace: shop}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: report, namespace: shop}
spec:
  schedule: \"0 3 * * *\"
  jobTemplate:
    spec:
      template:
        spec:
          containers:
          - name: report
            image: report:1
            envFrom: [{configMapRef: {name: app-config}}]
---
apiVersion: batch/v1
kind: Job
metadata: {name: migrate, namespace: shop, annotations: {reloader.stakater.com/auto: \"true\"}}
spec:
  template:
    spec:
      containers:
      - name: migrate
        image: web:1
        envFrom: [{configMapRef: {name: app-config}}]
";

const DETAILS: Look = Look { verbose: true, ..PLAIN };

fn text(query: Query<'_>) -> String {
    match explained(SHOP, &Settings::default(), &query) {
        Ok(explanation) => explanation.text(DETAILS),
        Err(error) => error,
    }
}

fn why(word: &str) -> String {
    text(Query { why: Some(word), ..Query::default() })
}

fn workload(word: &str) -> String {
    text(Query { workload: Some(word), ..Query::default() })
}

#[test]
fn all_of_it() {
    insta::assert_snapshot!(text(Query::default()));
}

#[test]
fn a_line_for_each_workload() {
    let all = explained(SHOP, &Settings::default(), &Query::default()).unwrap();
    insta::assert_snapshot!(all.text(PLAIN));
    let terminal = all.text(Look { terminal: true, ..PLAIN });
    assert!(terminal.lines().all(|l| l.chars().count() <= 80), "{terminal}");
    assert_eq!(all.text(PLAIN).lines().count(), all.workloads.len() + 2);
}

#[test]
fn the_other_direction() {
    insta::assert_snapshot!(why("ConfigMap/app-config"));
}

#[test]
fn what_is_asked_for_may_be_missing_or_unused() {
    insta::assert_snapshot!(why("shop/Secret/*"));
}

#[test]
fn words_filter() {
    assert!(workload("Deployment/*").starts_with("Deployment/web (namespace shop) app.yaml:1\n"));
    assert!(!workload("Deployment/*").contains("CronJob"));
    assert_eq!(workload("Deployment/wbe"), "no workload matches `Deployment/wbe`; did you mean `Deployment/web`?");
    assert_eq!(
        workload("*/x-y-z"),
        "no workload matches `*/x-y-z`; there is `CronJob/report`, `Deployment/web`, `Job/migrate`"
    );
    assert_eq!(
        why("ConfigMap/config"),
        "no ConfigMap or Secret matches `ConfigMap/config`, in the set or referred to; did you mean `ConfigMap/app-config`?"
    );
    assert_eq!(
        why("a/b/c"),
        "`a/b/c` names no config; write NAME, ConfigMap/NAME or Secret/NAME, with NAMESPACE/ before it if needed"
    );
    assert!(why("other/app-config").starts_with("no ConfigMap or Secret matches `other/app-config`"));
    for word in ["shop/app-config", "app-*", "shop/ConfigMap/app-config"] {
        assert!(why(word).starts_with("ConfigMap/app-config (namespace shop) app.yaml:32\n"), "{word}");
    }
}

#[test]
fn a_picture() {
    let all = explained(SHOP, &Settings::default(), &Query::default()).unwrap();
    insta::assert_snapshot!(all.mermaid());
    let query = Query { why: Some("cert"), ..Query::default() };
    let one = explained(SHOP, &Settings::default(), &query).unwrap().mermaid();
    assert!(one.contains("cert") && !one.contains("app-config") && one.contains("-.->"), "{one}");
}

#[test]
fn colours_only_where_asked() {
    let all = explained(SHOP, &Settings::default(), &Query::default()).unwrap();
    let colored = all.text(Look { color: true, ..DETAILS });
    assert!(colored.contains("\u{1b}[1mDeployment/web\u{1b}[0m"));
    let mut plain = String::new();
    for part in colored.split('\u{1b}') {
        plain.push_str(part.strip_prefix('[').and_then(|p| p.split_once('m')).map_or(part, |(_, rest)| rest));
    }
    assert_eq!(plain, all.text(DETAILS));
}

#[test]
fn lines_fit_eighty_columns() {
    let long = text(Query::default());
    let wide: Vec<&str> = long.lines().filter(|l| l.chars().count() > 80).collect();
    // A stamp is 71 characters and stays whole.
    assert!(wide.iter().all(|l| l.contains("sha256:")), "{wide:#?}");
}

#[test]
fn everything_selected() {
    let settings = Settings { select: Select::All, ..Settings::default() };
    let text = deployment("a", false, "c", "") + &config_map("c", "k: v");
    let explanation = explained(&text, &settings, &Query::default()).unwrap();
    insta::assert_snapshot!(explanation.text(DETAILS));
}

#[test]
fn nothing_there() {
    let explanation = explained("a: b\n", &Settings::default(), &Query::default()).unwrap();
    assert_eq!(explanation.text(PLAIN), "no workloads\n");
    assert!(explanation.mermaid().ends_with("flowchart LR\n"));
    let query = Query { why: Some("x"), ..Query::default() };
    let error = explained("a: b\n", &Settings::default(), &query).unwrap_err();
    assert_eq!(error, "no ConfigMap or Secret matches `x`, in the set or referred to; there is none at all");
}

#[test]
fn json_follows_its_schema() {
    for query in [Query::default(), Query { why: Some("*"), workload: Some("*/*") }] {
        let explanation = explained(SHOP, &Settings::default(), &query).unwrap();
        crate::output::tests::schemas::check("explain-v1.json", &explanation.json());
    }
    let explanation = explained(SHOP, &Settings::default(), &Query::default()).unwrap();
    insta::assert_snapshot!(explanation.json());
}

#[test]
fn a_generated_name_is_found_without_its_hash() {
    let text = config_map("app-9ff74c8tk2", "k: v") + &deployment("web", false, "app-9ff74c8tk2", "");
    let query = Query { why: Some("ConfigMap/app"), ..Query::default() };
    let explanation = explained(&text, &Settings::default(), &query).unwrap();
    insta::assert_snapshot!(explanation.text(DETAILS));
}

/// Each entry of a list with what it names, and every lint: also of annotations that are there twice.
#[test]
fn lists_and_lints() {
    let annotations = "
  annotations:
    reloader.stakater.com/search: \"true\"
  annotations:
    configmap.reloader.stakater.com/reload: \"app, c[, gone, ap.*\"
    secret.reloader.stakater.com/reload: sealed
    reloader.stakater.com/autoo: \"true\"";
    let web = deployment("web", false, "other", "")
        .replace("\n  namespace: shop", &format!("\n  namespace: shop{annotations}"));
    let search = deployment("search", true, "other", "").replace("/auto:", "/search:");
    let sealed =
        "---\napiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: sealed, namespace: shop}\n";
    let text = config_map("app", "k: v") + &config_map("other", "k: v") + sealed + &web + &search;
    let explanation = explained(&text, &Settings::default(), &Query::default()).unwrap();
    insta::assert_snapshot!(explanation.text(DETAILS));
    crate::output::tests::schemas::check("explain-v1.json", &explanation.json());
}

/// What a list names is there if a reference leads to it, though it is of another namespace.
#[test]
fn a_list_names_what_is_referred_to() {
    let web = deployment("web", true, "c", "")
        .replace("\n  namespace: shop", "")
        .replace("reloader.stakater.com/auto: \"true\"", "configmap.reloader.stakater.com/reload: \"c, c.*, d\"");
    let text = config_map("c", "k: v") + &config_map("d", "k: v") + &web;
    let text = explained(&text, &Settings::default(), &Query::default()).unwrap().text(DETAILS);
    let entries: Vec<_> =
        text.lines().filter(|line| ["    c ", "    c.", "    d "].iter().any(|s| line.starts_with(s))).collect();
    assert_eq!(
        entries,
        ["    c    ConfigMap/c", "    c.*  ConfigMap/c", "    d    names no ConfigMap of this namespace"],
        "{text}"
    );
}

/// A stamp that old names explain.
#[test]
fn old_names() {
    let listed = |stamp: &str| {
        let web = deployment("web", true, "x", "")
            .replace("reloader.stakater.com/auto: \"true\"", "configmap.reloader.stakater.com/reload: app");
        web.replace(
            "  template:\n",
            &format!("  template:\n    metadata: {{annotations: {{restamp.dev/config-hash: \"{stamp}\"}}}}\n"),
        )
    };
    let config = config_map("p-app-9ff74c8tk2", "k: v");
    let of = |text: &str| explained(&(config.clone() + text), &Settings::default(), &Query::default()).unwrap();
    let direct = of(&listed("").replace("reload: app", "reload: p-app-9ff74c8tk2"));
    let due = direct.workloads[0].stamp.due.clone().unwrap();
    let explanation = of(&listed(&due));
    insta::assert_snapshot!(explanation.text(DETAILS));
    crate::output::tests::schemas::check("explain-v1.json", &explanation.json());
}

/// A list that selects many configs: a report of the whole set is cut, and one of a workload is not.
#[test]
fn a_long_list_is_cut() {
    let configs: String = (0..150).map(|i| config_map(&format!("c{i:03}"), "k: v")).collect();
    let web = deployment("web", true, "c007", "")
        .replace("reloader.stakater.com/auto: \"true\"", "configmap.reloader.stakater.com/reload: \"c.*\"");
    let of = |query: Query<'_>| explained(&(configs.clone() + &web), &Settings::default(), &query).unwrap();
    let (all, one) = (of(Query::default()), of(Query { workload: Some("*/web"), ..Query::default() }));
    let counts = |json: &str| {
        let json: serde_json::Value = serde_json::from_str(json).unwrap();
        let web = &json["workloads"][0];
        let list = &web["lists"][0];
        (
            web["byAnnotation"].as_array().unwrap().len(),
            web["moreByAnnotation"].as_u64(),
            list["configs"].as_array().unwrap().len(),
            list["moreConfigs"].as_u64(),
        )
    };
    for explanation in [&all, &one] {
        crate::output::tests::schemas::check("explain-v1.json", &explanation.json());
    }
    assert_eq!(counts(&all.json()), (100, Some(49), 100, Some(50)));
    assert_eq!(counts(&one.json()), (149, None, 150, None));
    assert!(
        all.text(PLAIN).contains("ConfigMap/c000, ConfigMap/c001, ConfigMap/c002, and 147 more"),
        "{}",
        all.text(PLAIN)
    );
    let words = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let details = words(all.text(DETAILS));
    assert!(details.contains("and 50 more") && details.contains("+ 49 more selected by annotation alone"), "{details}");
    assert!(!details.contains("ConfigMap/c149") && one.text(DETAILS).contains("ConfigMap/c149"));
    assert!(all.mermaid().contains("([\"49 more\"])") && !one.mermaid().contains("more"), "{}", all.mermaid());
    // Who asks for one of them is told of it all the same.
    assert_eq!(of(Query { why: Some("c149"), ..Query::default() }).why.unwrap()[0].rolls.len(), 1);
}

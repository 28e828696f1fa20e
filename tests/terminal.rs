//! What a manifest says reaches no terminal as something that a terminal acts upon: control characters, and characters that
//! change the direction of the text around them.

use crate::common::run;
use std::fs;

/// Names, keys and entries with a direction override (U+202E), an isolate (U+2066) and an escape sequence.
const MANIFEST: &str = r#"apiVersion: v1
kind: ConfigMap
metadata: {name: "c\u202eabc", namespace: "n\u2066s"}
data: {"k\u202ey": "1", "e\u001b[31m": "1"}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: near, namespace: "n\u2066s"}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: "w\u202eabc"
  namespace: "n\u2066s"
  annotations:
    reloader.stakater.com/auto: "true"
    configmap.reloader.stakater.com/reload: "x\u202ey"
spec:
  template:
    spec:
      containers:
      - name: "m\u202en"
        image: i
        env: [{name: E, valueFrom: {configMapKeyRef: {name: "c\u202eabc", key: "l\u202et"}}}]
        envFrom: [{configMapRef: {name: "c\u202eabc"}}, {configMapRef: {name: "nea\u202e"}}, {secretRef: {name: "s\u001b]0;t"}}]
"#;

fn is_dangerous(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}')
        || (c.is_control() && c != '\n')
}

#[test]
fn no_name_and_no_key_acts_upon_the_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (old, new) = (path("old.yaml"), path("new.yaml"));
    fs::write(&old, MANIFEST).unwrap();
    let changed = MANIFEST.replace(r#"y": "1""#, r#"y": "2""#).replace(r#""e\u001b[31m": "1""#, r#""o\u202en": "1""#);
    fs::write(&new, changed.replace("image: i", "image: j")).unwrap();
    let other = path("other.yaml");
    for args in [
        vec!["check", &new, "-v"],
        vec!["check", &new, "--diff"],
        vec!["explain", &new],
        vec!["explain", &new, "-v"],
        vec!["explain", &new, "--why", "ConfigMap/*"],
        vec!["explain", &new, "--workload", "Deployment/w*"],
        // Not there: the error names what is near.
        vec!["explain", &new, "--workload", "Deployment/wabc"],
        vec!["explain", &new, "--select", "all"],
        vec!["plan", &old, &new],
        vec!["plan", &old, &new, "-v"],
        vec!["plan", &new, &old, "--select", "all"],
        vec!["stamp", "-w", &other, "-v"],
    ] {
        fs::copy(&old, &other).unwrap();
        let ran = run(args.clone(), b"");
        for (stream, text) in [("stdout", ran.text()), ("stderr", ran.stderr)] {
            let line = text.lines().find(|l| l.contains(is_dangerous));
            assert!(line.is_none(), "{stream} of {args:?}: {line:?}");
        }
    }
    // What stands there instead is seen.
    let shown = run(["explain", &new], b"").text();
    assert!(shown.contains("Deployment/w") && shown.contains("ConfigMap/c"), "{shown}");
}

//! What the tests of explanations and plans share: inline manifests through `transform`, and forms to look at.

use crate::explain::explanation::Explanation;
use crate::explain::{self, Query};
use crate::facts::Keep;
use crate::outcome::Outcome;
use crate::output::{self, Formats, Look};
use crate::plan::{self, Plan, Side, Sides};
use crate::settings::Settings;
use crate::text::source::Source;
use crate::transform;

pub(crate) const PLAIN: Look = Look { color: false, verbose: false, width: 80, terminal: false };

/// A report in one of its formats.
fn written<T>(formats: Formats<fn(&T, Look) -> String>, word: &str, report: &T, look: Look) -> String {
    output::writer(formats, word).unwrap()(report, look)
}

impl Explanation {
    pub(crate) fn text(&self, look: Look) -> String {
        written(output::explain::FORMATS, "text", self, look)
    }

    pub(crate) fn json(&self) -> String {
        written(output::explain::FORMATS, "json", self, PLAIN)
    }

    pub(crate) fn mermaid(&self) -> String {
        written(output::explain::FORMATS, "mermaid", self, PLAIN)
    }
}

impl Plan {
    pub(crate) fn text(&self, look: Look) -> String {
        written(output::plan::FORMATS, "text", self, look)
    }

    pub(crate) fn json(&self) -> String {
        written(output::plan::FORMATS, "json", self, PLAIN)
    }

    pub(crate) fn markdown(&self) -> String {
        written(output::plan::FORMATS, "markdown", self, PLAIN)
    }
}

pub(crate) fn outcome(sources: &[Source], settings: &Settings) -> Outcome {
    transform::decide(sources, settings, Keep::Rollouts)
}

pub(crate) fn explained(text: &str, settings: &Settings, query: &Query<'_>) -> Result<Explanation, String> {
    let sources = [Source::new("app.yaml", text)];
    let outcome = outcome(&sources, settings);
    explain::explain(&[(&sources, &outcome)], settings, query)
}

pub(crate) fn planned(old: &str, new: &str, settings: &Settings) -> Plan {
    compared(old, new, false, settings)
}

/// A plan that takes the stamps as they are written, or not.
pub(crate) fn compared(old: &str, new: &str, as_written: bool, settings: &Settings) -> Plan {
    let (old, new) = ([Source::new("old.yaml", old)], [Source::new("new.yaml", new)]);
    let (before, after) = (outcome(&old, settings), outcome(&new, settings));
    let side = |sources, outcome| Some(Side { sources, outcome });
    let sides = Sides { label: None, old: side(&old, &before), new: side(&new, &after) };
    plan::plan(vec![sides], as_written, settings)
}

/// A Deployment in namespace `shop` that mounts a ConfigMap; `auto` annotates it, `more` are lines of its `spec`.
pub(crate) fn deployment(name: &str, auto: bool, config: &str, more: &str) -> String {
    let annotations = if auto { "\n  annotations: {reloader.stakater.com/auto: \"true\"}" } else { "" };
    format!(
        "---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
  namespace: shop{annotations}
spec:{more}
  template:
    spec:
      containers:
      - name: web
        image: web:1
        volumeMounts: [{{name: c, mountPath: /c}}]
      volumes:
      - {{name: c, configMap: {{name: {config}}}}}
"
    )
}

pub(crate) fn config_map(name: &str, data: &str) -> String {
    format!("---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: shop}}\ndata: {{{data}}}\n")
}

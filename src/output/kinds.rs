//! How the table of kinds looks: text, JSON, and the table of `docs/kinds.md`.

use crate::explain::kinds::{Entry, Kinds};
use crate::output::terminal::{Ink, count};
use crate::output::{Formats, Look, escape};

/// The formats of the table of kinds.
pub(crate) const FORMATS: Formats<fn(&Kinds, Look) -> String> =
    &[("text", text), ("json", |it, _| escape::json(it)), ("markdown", |it, _| markdown(it))];

fn text(table: &Kinds, look: Look) -> String {
    let mut out = String::new();
    for class in table.kinds.chunk_by(|a, b| a.class == b.class) {
        let (name, kinds) = (class[0].class, count(class.len(), "kind"));
        out += &format!("{} ({kinds})\n", look.paint(Ink::Bold, name));
        for entry in class {
            out += &format!("  {} ({})\n", entry.kind, entry.api_versions.join(", "));
            entry.stamps.iter().for_each(|path| out += &format!("    stamp: {path}\n"));
            out += &format!("    {}\n", change(entry));
            out += &format!("    source: {}\n", entry.source);
        }
        out.push('\n');
    }
    out + &count(table.kinds.len(), "kind") + "\n"
}

/// What a change does, and what to do where it does not.
fn change(entry: &Entry) -> String {
    let Entry { change, why, instead, .. } = entry;
    let reason = match (entry.stamps.is_empty(), why.is_empty()) {
        (_, true) => (*change).to_owned(),
        (true, false) => (*why).to_owned(),
        (false, false) => format!("{change}; not stamped where {why}"),
    };
    let partial = if entry.partial { "; partial" } else { "" };
    let instead = if instead.is_empty() { String::new() } else { format!(": {instead}") };
    format!("{reason}{partial}{instead}")
}

fn markdown(table: &Kinds) -> String {
    let quoted = |word: &str| format!("`{word}`");
    let list = |words: &mut dyn Iterator<Item = &str>| words.map(quoted).collect::<Vec<_>>().join("<br>");
    let mut out = String::new();
    for class in table.kinds.chunk_by(|a, b| a.class == b.class) {
        let stamped = !class[0].stamps.is_empty();
        let (head, rule) = if stamped { ("| stamp ", "|---") } else { ("", "") };
        out += &format!("\n### {}\n\n", class[0].class);
        out += &format!("| kind {head}| what happens | source |\n|---{rule}|---|---|\n");
        for entry in class {
            let stamps = list(&mut entry.stamps.iter().map(String::as_str));
            let stamps = if stamped { format!("| {stamps} ") } else { String::new() };
            let apis = list(&mut entry.api_versions.iter().copied());
            let (kind, change, source) = (entry.kind, change(entry), entry.source);
            out += &format!("| **{kind}**<br>{apis} {stamps}| {change} | {source} |\n");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain::kinds::kinds;

    #[test]
    fn json_follows_its_schema() {
        crate::output::tests::schemas::check("kinds-v1.json", &escape::json(&kinds()));
    }

    #[test]
    fn a_row_says_what_happens_and_what_to_do() {
        let text = text(&kinds(), Look { color: false, verbose: false, width: 100, terminal: false });
        for part in [
            "rolls (72 kinds)\n  Agent (agent.k8s.elastic.co/v1alpha1)\n    stamp: spec.daemonSet.podTemplate.metadata.annotations\n",
            "    the next run uses it; not stamped where KEDA ends running Jobs when the template changes: set `spec.rollout",
            "  HelmRelease (helm.toolkit.fluxcd.io/v2)\n    it has no pod template: Flux renders a chart of it: label the ",
            "    no rollout follows: use a Deployment, StatefulSet or DaemonSet\n",
            "\n\n134 kinds\n",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
    }
}

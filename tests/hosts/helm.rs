//! Helm: post-renderer of 3, post-renderer plugin of 4.

use super::support::{Done, Host, added, changed, command, copy, hosts, objects, read, repository, run, stamps, write};
use std::path::Path;

const CHART: &str = "tests/hosts/fixtures/helm/chart";

fn template(host: &Host, plugins: &Path, args: &[&str]) -> Done {
    let chart = copy(CHART);
    let mut command = command(&host.path, chart.path());
    command.env("HELM_PLUGINS", plugins).args(["template", "rel", ".", "--include-crds"]);
    run(command.args(args), "")
}

/// The two that are annotated get a stamp, and nothing else has changed; the hook has none.
fn stamped(name: &str, before: &str, after: &str) {
    let (old, new) = (flat(before), flat(after));
    let block: Vec<&str> = added(&old, &new).into_iter().map(str::trim).collect();
    assert_eq!(block.len(), 2, "{name}: {block:?}");
    assert_eq!(block[0], "annotations:", "{name}");
    assert!(block[1].starts_with("restamp.dev/config-hash: "), "{name}");
    let stamps = stamps(&objects(after));
    let with: Vec<&str> = stamps.iter().filter(|(_, s)| s.is_some()).map(|(id, _)| id.as_str()).collect();
    assert_eq!(with, ["Deployment/rel-web", "Deployment/rel-worker"], "{name}");
    assert!(after.contains("name: carts.shop.example.com"), "{name}: crds/");
}

/// Without the line in flow style, that of the worker, which is compared as a value.
fn flat(text: &str) -> String {
    let lines = text.split_inclusive('\n');
    lines.filter(|l| !l.trim_start().starts_with("template: {")).collect()
}

fn rolls(name: &str, render: impl Fn(&[&str]) -> Done) {
    let old = stamps(&objects(&render(&[]).ok(name).out));
    for (set, rolled) in
        [("level=debug", &["Deployment/rel-web"][..]), ("workerLevel=debug", &["Deployment/rel-worker"])]
    {
        let new = stamps(&objects(&render(&["--set", set]).ok(name).out));
        assert_eq!(changed(&old, &new), rolled, "{name}: {set}");
    }
}

#[test]
fn helm_3_post_renderer() {
    let none = repository("tests/hosts/fixtures/helm/none");
    for host in hosts("helm3") {
        let name = host.name();
        let render = |more: &[&str]| template(&host, &none, &[&["--post-renderer", "restamp"], more].concat());
        let plain = template(&host, &none, &[]).ok(&name);
        let done = render(&[]).ok(&name);
        stamped(&name, &plain.out, &done.out);
        assert!(done.out.contains("-config # trailing"), "{name}");
        rolls(&name, render);

        // stderr is shown on failure.
        let failed = render(&["--post-renderer-args", "--missing=error", "--set", "token=elsewhere"]);
        assert_ne!(failed.status, 0, "{name}");
        assert!(failed.err.contains("Secret/elsewhere: not in this set"), "{name}: {}", failed.err);
    }
}

#[test]
fn helm_4_post_renderer_plugin() {
    for host in hosts("helm4") {
        let name = host.name();
        let plugins = copy("tests/hosts/fixtures/helm/plugins");
        // Helm itself writes every manifest anew around a plugin: compare with one that changes nothing.
        let plugin = read(plugins.path().join("restamp/plugin.yaml"));
        let same = plugin.replace("name: restamp", "name: same").replace("command: restamp", "command: cat");
        write(plugins.path().join("same/plugin.yaml"), &same);
        let render = |plugin: &str, more: &[&str]| {
            template(&host, plugins.path(), &[&["--post-renderer", plugin], more].concat())
        };
        let plain = render("same", &[]).ok(&name);
        let done = render("restamp", &[]).ok(&name);
        stamped(&name, &plain.out, &done.out);
        // The annotation that says where a manifest belongs came back, or Helm would not know this.
        assert!(done.out.contains("# Source: shop/templates/web.yaml"), "{name}");
        assert!(!done.out.contains("generated-by-postrender"), "{name}");
        rolls(&name, |more| render("restamp", more));

        // Nothing is shown, but it fails.
        let failed = render("restamp", &["--post-renderer-args", "--missing=error", "--set", "token=elsewhere"]);
        assert_ne!(failed.status, 0, "{name}");
        assert!(!failed.err.contains("Secret/elsewhere"), "{name}: {}", failed.err);
    }
}

//! kustomize and kubectl: exec KRM function, legacy exec plugin, `fn run`.

use super::support::{
    Done, Host, changed, command, copy, files, hosts, mounted, objects, read, repository, restamp, run, stamps, write,
};
use base64::Engine as _;
use std::path::Path;

/// A way to have restamp run inside a build.
struct Way {
    host: Host,
    args: &'static [&'static str],
    /// As the plugin of `kustomize-plugin/`, and not as the function that the transformer's annotation names.
    plugin: bool,
}

fn ways() -> Vec<Way> {
    let mut out = Vec::new();
    let function = &["build", "--enable-alpha-plugins", "--enable-exec"];
    out.extend(hosts("kustomize").into_iter().map(|host| Way { host, args: function, plugin: false }));
    let plugin = &["build", "--enable-alpha-plugins"];
    out.extend(hosts("kustomize").into_iter().map(|host| Way { host, args: plugin, plugin: true }));
    let kubectl = &["kustomize", "--enable-alpha-plugins"];
    out.extend(hosts("kubectl").into_iter().map(|host| Way { host, args: kubectl, plugin: true }));
    out
}

impl Way {
    /// The version of kustomize inside, the last word of what each host says about itself.
    fn engine(&self) -> &str {
        let words = self.host.version.split_whitespace();
        words.last().unwrap_or_default()
    }

    fn name(&self) -> String {
        format!("{} {}", self.host.name(), self.args.join(" "))
    }

    /// A copy of a source tree with its transformers in the form that this way wants.
    fn tree(&self, folder: &str) -> tempfile::TempDir {
        let tree = copy(folder);
        for file in files(tree.path()).iter().filter(|f| f.ends_with("restamp.yaml")) {
            let text = read(file);
            let function = "  annotations:\n    config.kubernetes.io/function: \"exec: {path: restamp}\"\n";
            assert!(text.contains(function), "{}", file.display());
            if self.plugin {
                write(file, &text.replace(function, ""));
            }
        }
        tree
    }

    fn build(&self, folder: &Path) -> Done {
        let mut command = command(&self.host.path, folder);
        if self.plugin {
            command.env("KUSTOMIZE_PLUGIN_HOME", repository("kustomize-plugin"));
        }
        run(command.args(self.args).arg("."), "")
    }
}

fn replace_in(folder: &Path, from: &str, to: &str) {
    let mut found = false;
    for file in files(folder) {
        let text = read(&file);
        if text.contains(from) {
            write(&file, &text.replace(from, to));
            found = true;
        }
    }
    assert!(found, "no file holds {from}");
}

/// Builds a tree by each way; then changes each of the values (`TOKEN-1` becomes `TOKEN-2`), one at a time, and wants the
/// named workloads to get another stamp: those whose pods see another content in the finished build. A further way with
/// the same engine changes only the first value.
fn follows(tree: &str, cases: &[(&str, &[&str])]) {
    let mut engines = Vec::new();
    for way in ways() {
        let name = way.name();
        let folder = way.tree(&format!("tests/hosts/fixtures/kustomize/{tree}"));
        let (folder, top) = (folder.path(), folder.path().join("top"));
        let transformer = files(folder).into_iter().find(|f| f.ends_with("restamp.yaml")).unwrap();
        let transformer = transformer.to_str().unwrap();
        let check = |text: &str| restamp(&["check", "--strict", "--config", transformer, "-"], text);
        let first = way.build(&top).ok(&name);
        let old = objects(&first.out);
        check(&first.out).ok(&name);
        // The build has left none of kustomize's trail, so nothing was lost of it on the way.
        assert!(!first.out.contains("internal.config.kubernetes.io"), "{name}");
        let known = engines.iter().any(|e| e == way.engine());
        engines.push(way.engine().to_owned());
        for (value, rolled) in cases.iter().take(if known { 1 } else { cases.len() }) {
            let other = value.replace("-1", "-2");
            replace_in(folder, value, &other);
            let second = way.build(&top).ok(&name);
            replace_in(folder, &other, value);
            let new = objects(&second.out);
            let seen = changed(&mounted(&old), &mounted(&new));
            assert_eq!(seen, *rolled, "{name}: the pods that see another {value}");
            assert_eq!(changed(&stamps(&old), &stamps(&new)), seen, "{name}: {value}");
            check(&second.out).ok(&name);

            // The same change in the finished build, without a new stamp.
            let base64 = |text: &str| base64::engine::general_purpose::STANDARD.encode(text);
            let edited = first.out.replace(value, &other).replace(&base64(value), &base64(&other));
            if rolled.is_empty() {
                continue;
            }
            assert_ne!(edited, first.out, "{name}: {value}");
            let stale = check(&edited);
            assert_eq!(stale.status, 1, "{name}: {value}\n{}", stale.out);
            for workload in *rolled {
                let about = workload.rsplit('/').next().unwrap();
                assert!(stale.out.contains(&format!("/{about} ")), "{name}: {value}\n{}", stale.out);
            }
        }
    }
}

#[test]
fn prefix_suffix_namespace_and_hashes() {
    let (web, db, nightly) = ("Deployment/shop/p-web-s", "StatefulSet/shop/p-db-s", "CronJob/shop/p-nightly-s");
    follows(
        "names",
        &[
            ("generated-1", &[web]),
            ("files-1", &[web]),
            ("kept-1", &[db]),
            ("plain-1", &[nightly]),
            ("token-1", &[nightly, db]),
        ],
    );
}

#[test]
fn overlay_merge_and_component() {
    let (web, api, nightly) =
        ("Deployment/prod/ov-base-web", "Deployment/prod/ov-base-api", "CronJob/prod/ov-base-nightly");
    follows(
        "overlay",
        &[("base-1", &[nightly, web]), ("merged-1", &[nightly, web]), ("static-1", &[api, web]), ("feature-1", &[api])],
    );
}

#[test]
fn one_base_twice() {
    let (a, b) = ("Deployment/a-base-web", "Deployment/b-base-web");
    follows("twice", &[("shared-1", &[a, b]), ("who-a-1", &[a]), ("who-b-1", &[b]), ("static-1", &[a, b])]);
}

#[test]
fn equal_names_in_two_namespaces() {
    let (a, b) = ("Deployment/team-a/web", "Deployment/team-b/web");
    follows("namespaces", &[("who-a-1", &[a]), ("who-b-1", &[b]), ("static-a-1", &[a]), ("static-b-1", &[b])]);
}

#[test]
fn a_generated_config_with_the_name_of_a_prefixed_one() {
    follows("same-name", &[("base-1", &["Deployment/base-web"]), ("top-1", &["Deployment/top"])]);
}

/// kustomize gives the workload on top the base's config: only that one had another name before.
#[test]
fn a_plain_config_with_the_name_of_a_prefixed_one() {
    follows("same-name-plain", &[("base-1", &["Deployment/base-web", "Deployment/top"]), ("top-1", &[])]);
}

#[test]
fn a_config_without_affixes_goes_with_any() {
    follows("empty-affix", &[("a-1", &["Deployment/shop/a-web-a"]), ("top-1", &["Deployment/shop/b-web-b"])]);
}

/// kustomize renames no reference into another namespace; one that is absent is `default`.
#[test]
fn namespaces_on_one_side_only() {
    follows("mixed", &[("one-1", &[]), ("two-1", &["Deployment/p-web"])]);
}

/// Where kustomize cannot tell which one is meant, it fails, and restamp has not guessed.
#[test]
fn an_ambiguous_name_is_no_guess() {
    for way in ways() {
        let name = way.name();
        let tree = way.tree("tests/hosts/fixtures/kustomize/same-name");
        let top = tree.path().join("top");
        let kustomization = read(top.join("kustomization.yaml")) + "namePrefix: top-\n";
        write(top.join("kustomization.yaml"), &kustomization);
        let refused = way.build(&top);
        assert_ne!(refused.status, 0, "{name}");
        assert!(refused.err.contains("ConfigMap/config: not in this set"), "{name}: {}", refused.err);
        replace_in(&top, "missing: error", "missing: ignore");
        let refused = way.build(&top);
        assert_ne!(refused.status, 0, "{name}");
        assert!(refused.err.contains("found multiple possible referrals"), "{name}: {}", refused.err);
    }
}

#[test]
fn a_wrapper_sees_the_whole() {
    let (web, api) = ("Deployment/prod/prod-web", "Deployment/prod/prod-api");
    follows("wrapper", &[("base-1", &[web]), ("merged-1", &[web]), ("patched-1", &[api]), ("static-1", &[])]);
}

/// A transformer in a base does not see what an overlay merges: `check` on the build does.
#[test]
fn a_transformer_in_a_base_is_caught_and_repaired() {
    for way in ways() {
        let name = way.name();
        let folder = way.tree("tests/hosts/fixtures/kustomize/in-base");
        let (base, top) = (folder.path().join("base"), folder.path().join("top"));
        let transformer = base.join("restamp.yaml");
        let check = |text: &str| restamp(&["check", "--config", transformer.to_str().unwrap(), "-"], text);
        check(&way.build(&base).ok(&name).out).ok(&name);
        let built = way.build(&top).ok(&name);
        let stale = check(&built.out);
        assert_eq!(stale.status, 1, "{name}: {stale:?}");
        assert!(stale.out.contains("Deployment/web is stale"), "{stale:?}");
        assert!(!stale.out.contains("Deployment/api"), "{stale:?}");

        // Stamped again on top.
        std::fs::copy(&transformer, top.join("restamp.yaml")).unwrap();
        let kustomization = read(top.join("kustomization.yaml")) + "transformers: [restamp.yaml]\n";
        write(top.join("kustomization.yaml"), &kustomization);
        check(&way.build(&top).ok(&name).out).ok(&name);
    }
}

/// A list may use the names from before the build, which the build no longer shows.
#[test]
fn a_list_of_old_names() {
    for way in ways() {
        let name = way.name();
        let folder = way.tree("tests/hosts/fixtures/kustomize/list");
        let (folder, top) = (folder.path(), folder.path().join("top"));
        let transformer = top.join("restamp.yaml");
        let check =
            |more: &str, text: &str| restamp(&["check", more, "--config", transformer.to_str().unwrap(), "-"], text);
        let first = way.build(&top).ok(&name);
        let old = stamps(&objects(&first.out));
        for (value, rolled) in [
            ("config-1", &["Deployment/p-both", "Deployment/p-listed"][..]),
            ("other-1", &["Deployment/p-auto", "Deployment/p-both"]),
        ] {
            let other = value.replace("-1", "-2");
            replace_in(folder, value, &other);
            let second = way.build(&top).ok(&name);
            replace_in(folder, &other, value);
            assert_eq!(changed(&old, &stamps(&objects(&second.out))), *rolled, "{name}: {value}");
        }
        // The stamp that is there tells what the entries meant.
        let current = check("--verbose", &first.out).ok(&name);
        assert!(current.out.contains("[old-name]"), "{name}: {current:?}");
        check("--strict", &first.out).ok(&name);
        // With another content the entries stand for nothing. What only lists select has no config left then.
        let edited = first.out.replace("config-1", "config-2");
        let unsure = check("--verbose", &edited).ok(&name);
        assert!(unsure.out.contains("[cannot-verify]") && !unsure.out.contains("[old-name]"), "{name}: {unsure:?}");
        assert_eq!(check("--strict", &edited).status, 1, "{name}");
        // What is selected by a reference as well is stale.
        assert_eq!(check("--verbose", &first.out.replace("other-1", "other-2")).status, 1, "{name}");
    }
}

/// kustomize skips an exec function without a word if only --enable-alpha-plugins is there, and kubectl has no more to
/// give.
#[test]
fn a_function_that_was_skipped_is_noticed() {
    let kustomize = hosts("kustomize").into_iter().map(|h| (h, "build"));
    let kubectl = hosts("kubectl").into_iter().map(|h| (h, "kustomize"));
    for (host, verb) in kustomize.chain(kubectl) {
        let name = host.name();
        let tree = copy("tests/hosts/fixtures/kustomize/names");
        let top = tree.path().join("top");
        let skipped = run(command(&host.path, &top).args([verb, "--enable-alpha-plugins", "."]), "").ok(&name);
        assert_eq!(skipped.err, "", "{name}");
        assert!(!skipped.out.contains("restamp.dev/config-hash"), "{name}");
        let transformer = top.join("restamp.yaml");
        let noticed = restamp(&["check", "--config", transformer.to_str().unwrap(), "-"], &skipped.out);
        assert_eq!(noticed.status, 1, "{name}: {noticed:?}");
        assert!(noticed.out.contains("the stamp step did not run"), "{noticed:?}");
        assert!(noticed.out.contains("--enable-alpha-plugins --enable-exec"), "{noticed:?}");

        // Neither flag is an error.
        let refused = run(command(&host.path, &top).args([verb, "."]), "");
        assert_ne!(refused.status, 0, "{name}");
        assert!(refused.err.contains("external plugins disabled"), "{name}: {}", refused.err);
    }
}

/// With an error finding the build fails, and says why.
#[test]
fn an_error_fails_the_build() {
    for way in ways() {
        let name = way.name();
        let tree = way.tree("tests/hosts/fixtures/kustomize/names");
        let top = tree.path().join("top");
        replace_in(&top, "name: plain}", "name: nowhere}");
        let failed = way.build(&top);
        assert_ne!(failed.status, 0, "{name}");
        assert_eq!(failed.out, "", "{name}");
        assert!(failed.err.contains("ConfigMap/nowhere"), "{name}: {}", failed.err);
    }
}

/// kustomize's own top-level fields of a legacy plugin's configuration.
#[test]
fn more_arguments_of_a_plugin_are_ignored() {
    for way in ways().into_iter().filter(|w| w.plugin) {
        let tree = way.tree("tests/hosts/fixtures/kustomize/names");
        let top = tree.path().join("top");
        let transformer = top.join("restamp.yaml");
        write(&transformer, &(read(&transformer) + "argsOneLiner: --one 'two three'\n"));
        let built = way.build(&top).ok(&way.name());
        assert!(built.out.contains("restamp.dev/config-hash"), "{}", built.out);
    }
}

/// A KRM host after names are final.
#[test]
fn fn_run_over_a_finished_build() {
    for host in hosts("kustomize") {
        let name = host.name();
        let tree = copy("tests/hosts/fixtures/kustomize/names");
        let top = tree.path().join("top");
        let kustomization = top.join("kustomization.yaml");
        write(&kustomization, &read(&kustomization).replace("transformers:\n- restamp.yaml\n", ""));
        let plain = run(command(&host.path, &top).args(["build", "."]), "").ok(&name);
        let args = ["fn", "run", "--enable-exec", "--exec-path", env!("CARGO_BIN_EXE_restamp"), "--", "select=all"];
        let done = run(command(&host.path, &top).args(args), &plain.out).ok(&name);
        let stamped = restamp(&["--select", "all"], &plain.out).ok("filter");
        assert_eq!(stamps(&objects(&done.out)), stamps(&objects(&stamped.out)), "{name}");
        restamp(&["check", "--select", "all", "-"], &done.out).ok(&name);
        // What the docs warn of.
        assert!(done.out.contains("config.kubernetes.io/path"), "{name}");
    }
}

const CHECK: &str = "apiVersion: restamp.dev/v1alpha1
kind: Restamp
metadata: {name: check, annotations: {config.kubernetes.io/function: \"exec: {path: restamp}\"}}
spec: {select: all, mode: check}
";

/// As the last transformer a validator fails the build of what is not stamped, and lets pass what is.
#[test]
fn a_validator_checks_the_build() {
    for host in hosts("kustomize") {
        let name = host.name();
        let tree = copy("tests/hosts/fixtures/kustomize/names");
        let top = tree.path().join("top");
        let (kustomization, transformer) = (top.join("kustomization.yaml"), top.join("restamp.yaml"));
        write(top.join("check.yaml"), CHECK);
        write(&transformer, &CHECK.replace("name: check", "name: stamp").replace(", mode: check", ""));
        let plain = read(&kustomization);
        let args = ["build", "--enable-alpha-plugins", "--enable-exec", "."];
        let build = || run(command(&host.path, &top).args(args), "");
        let stamped = build().ok(&name);
        write(&kustomization, &(plain.clone() + "- check.yaml\n"));
        let built = build().ok(&name);
        assert!(built.out.contains("restamp.dev/config-hash"), "{name}: {}", built.out);
        assert_eq!(stamps(&objects(&built.out)), stamps(&objects(&stamped.out)), "{name}");

        write(&kustomization, &plain.replace("- restamp.yaml", "- check.yaml"));
        let failed = build();
        assert_ne!(failed.status, 0, "{name}");
        assert!(failed.out.is_empty() && failed.err.contains("no stamp [stamp-missing]"), "{name}: {}", failed.err);
    }
}

/// Under `validators:` it fails in the same way; but there kustomize refuses whatever passes, even what changes no byte: it
/// compares where nodes stood in the text.
#[test]
fn validators_of_kustomize_let_nothing_pass() {
    for host in hosts("kustomize") {
        let name = host.name();
        let tree = copy("tests/hosts/fixtures/kustomize/names");
        let top = tree.path().join("top");
        let kustomization = top.join("kustomization.yaml");
        let without = read(&kustomization).replace("transformers:\n- restamp.yaml\n", "");
        write(&kustomization, &(without + "validators:\n- check.yaml\n"));
        let args = ["build", "--enable-alpha-plugins", "--enable-exec", "."];
        let build = || run(command(&host.path, &top).args(args), "");
        write(top.join("check.yaml"), CHECK);
        assert!(build().err.contains("no stamp [stamp-missing]"), "{name}");
        // Another function than restamp.
        write(top.join("same"), "#!/bin/sh\nexec cat\n");
        let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(top.join("same"), executable).unwrap();
        write(top.join("check.yaml"), &CHECK.replace("path: restamp", "path: ./same"));
        let built = build();
        assert!(built.status != 0 && built.err.contains("validator shouldn't modify"), "{name}: {built:?}");
    }
}

/// Under `generators:` a function gets nothing but its own configuration.
#[test]
fn a_transformer_among_the_generators_is_said() {
    for host in hosts("kustomize") {
        let name = host.name();
        let tree = copy("tests/hosts/fixtures/kustomize/names");
        let top = tree.path().join("top");
        let (kustomization, transformer) = (top.join("kustomization.yaml"), top.join("restamp.yaml"));
        let function = "annotations: {config.kubernetes.io/function: \"exec: {path: restamp}\"}";
        write(
            &transformer,
            &format!("apiVersion: restamp.dev/v1alpha1\nkind: Restamp\nmetadata: {{name: s, {function}}}\n"),
        );
        write(&kustomization, &read(&kustomization).replace("transformers:", "generators:"));
        let args = ["build", "--enable-alpha-plugins", "--enable-exec", "."];
        let built = run(command(&host.path, &top).args(args), "");
        assert!(built.err.contains("list it under `transformers:`"), "{name}: {built:?}");
    }
}

//! kpt: `fn eval` and `fn render`.

use super::support::{Done, Host, added, command, copy, hosts, objects, read, restamp, run, stamps, write};
use std::path::Path;

fn kpt(host: &Host, folder: &Path, args: &[&str], stdin: &str) -> Done {
    run(command(&host.path, folder).args(args), stdin)
}

/// The stamp of the Deployment, after a look at what else has changed in its file: nothing.
fn stamp(name: &str, before: &str, after: &str) -> String {
    let new: Vec<&str> = added(before, after).into_iter().map(str::trim).collect();
    assert_eq!(new.len(), 2, "{name}: {new:?}");
    assert_eq!(new[0], "annotations:", "{name}");
    assert!(new[1].starts_with("restamp.dev/config-hash: \"sha256:"), "{name}: {new:?}");
    new[1].to_owned()
}

#[test]
fn eval_and_render_stamp_a_package() {
    for host in hosts("kpt") {
        let name = host.name();
        let run = |args: &[&str]| {
            let folder = copy("tests/hosts/fixtures/kpt");
            let file = folder.path().join("shop/app.yaml");
            let before = read(&file);
            let done = kpt(&host, folder.path(), args, "").ok(&name);
            // What is missing is shown once, although kpt shows `results` and stderr.
            assert_eq!(done.err.matches("Secret/token: not in this set").count(), 1, "{name}: {}", done.err);
            assert!(done.err.contains("[warning]"), "{name}: {}", done.err);
            let first = stamp(&name, &before, &read(&file));
            assert_eq!(before.matches("# kpt-set:").count(), read(&file).matches("# kpt-set:").count());

            // A second run changes nothing; another value, the stamp.
            let after = read(&file);
            kpt(&host, folder.path(), args, "").ok(&name);
            assert_eq!(read(&file), after, "{name}");
            write(&file, &after.replace("level: info", "level: debug"));
            kpt(&host, folder.path(), args, "").ok(&name);
            let text = read(&file);
            let check = ["check", "--select", "all", file.to_str().unwrap()];
            restamp(&check, "").ok(&name);
            assert!(text.contains("restamp.dev/config-hash: \"sha256:") && !text.contains(&first), "{name}");
            first
        };
        let eval = run(&["fn", "eval", "shop", "--exec", "restamp", "--", "select=all"]);
        let render = run(&["fn", "render", "shop", "--allow-exec"]);
        assert_eq!(eval, render, "{name}");
    }
}

#[test]
fn eval_of_a_stream() {
    for host in hosts("kpt") {
        let name = host.name();
        let folder = copy("tests/hosts/fixtures/kpt");
        let list = kpt(&host, folder.path(), &["fn", "source", "shop"], "").ok(&name).out;
        for input in [list, read(folder.path().join("shop/app.yaml"))] {
            let done = kpt(&host, folder.path(), &["fn", "eval", "-", "--exec", "restamp", "--", "select=all"], &input)
                .ok(&name);
            assert!(stamps(&objects(&done.out))["Deployment/shop/web"].is_some(), "{name}: {}", done.out);
            assert!(done.out.contains("# kpt-set: nginx:${tag}"), "{name}");
        }
    }
}

/// A function that sees no config must not restart what uses it.
#[test]
fn eval_of_the_deployments_alone_keeps_stamps() {
    for host in hosts("kpt") {
        let name = host.name();
        let folder = copy("tests/hosts/fixtures/kpt");
        let file = folder.path().join("shop/app.yaml");
        kpt(&host, folder.path(), &["fn", "render", "shop", "--allow-exec"], "").ok(&name);
        let stamped = read(&file);
        write(&file, &stamped.replace("level: info", "level: debug"));
        let args = ["fn", "eval", "shop", "--match-kind", "Deployment", "--exec", "restamp", "--", "select=all"];
        let done = kpt(&host, folder.path(), &args, "").ok(&name);
        assert_eq!(read(&file), stamped.replace("level: info", "level: debug"), "{name}");
        assert!(done.err.contains("it stays as it is"), "{name}: {}", done.err);
    }
}

#[test]
fn an_error_fails_the_pipeline() {
    for host in hosts("kpt") {
        let name = host.name();
        let folder = copy("tests/hosts/fixtures/kpt");
        let file = folder.path().join("shop/app.yaml");
        let kptfile = folder.path().join("shop/Kptfile");
        let before = read(&file);
        for (from, to, why) in [
            ("select: all", "select: some", "some"),
            ("select: all", "select: all\n      missing: error", "Secret/token: not in this set"),
        ] {
            let text = read(&kptfile);
            write(&kptfile, &text.replace(from, to));
            let done = kpt(&host, folder.path(), &["fn", "render", "shop", "--allow-exec"], "");
            assert_ne!(done.status, 0, "{name}: {to}");
            assert!(done.err.contains(why) && done.err.contains("[error]"), "{name}: {}", done.err);
            assert_eq!(read(&file), before, "{name}: {to}");
            write(&kptfile, &text);
        }
    }
}

/// A validator fails on what is not stamped, shows why once, and passes once it is.
#[test]
fn a_validator_checks() {
    const BOTH: &str = "  - exec: restamp\n    configMap:\n      select: all\n";
    for host in hosts("kpt") {
        let name = host.name();
        let ways = [
            "  - exec: restamp\n    configMap:\n      select: all\n      mode: check\n",
            "  - exec: restamp check --select all -\n",
        ];
        for way in ways {
            let folder = copy("tests/hosts/fixtures/kpt");
            let (file, kptfile) = (folder.path().join("shop/app.yaml"), folder.path().join("shop/Kptfile"));
            let head = "apiVersion: kpt.dev/v1\nkind: Kptfile\nmetadata:\n  name: shop\npipeline:\n";
            let before = read(&file);
            write(&kptfile, &format!("{head}  validators:\n{way}"));
            let render = || kpt(&host, folder.path(), &["fn", "render", "shop", "--allow-exec"], "");
            let failed = render();
            assert_ne!(failed.status, 0, "{name}: {way}");
            let shown = failed.err.matches("Deployment/web has no stamp").count();
            assert_eq!((shown, failed.err.contains("[error]")), (1, true), "{name}: {way}{}", failed.err);
            assert_eq!(read(&file), before, "{name}: {way}");

            write(&kptfile, &format!("{head}  mutators:\n{BOTH}  validators:\n{way}"));
            let passed = render().ok(&name);
            assert!(!passed.err.contains("[error]"), "{name}: {way}{}", passed.err);
            stamp(&name, &before, &read(&file));
        }
    }
}

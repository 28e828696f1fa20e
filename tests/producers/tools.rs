//! Files that the real sops and kubeseal wrote.

use crate::common::{run, skipped};
use crate::hosts::support::{Done, Host, command, hosts, read, write};
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

const SECRET: &str = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\n  namespace: shop\nstringData:\n  user: admin\n  password: hunter2-hunter2\n";

/// A Deployment that reads one key of the Secret.
fn user(name: &str, key: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {name}\n  namespace: shop\n  annotations:\n    \
         reloader.stakater.com/auto: \"true\"\nspec:\n  selector: {{matchLabels: {{app: {name}}}}}\n  template:\n    \
         metadata:\n      labels: {{app: {name}}}\n    spec:\n      containers:\n        - name: app\n          \
         image: app:1\n          env: [{{name: V, valueFrom: {{secretKeyRef: {{name: db, key: {key}}}}}}}]\n"
    )
}

/// The stamps of a user of `user` and one of `password`, beside a file; with the settings of some flags.
fn stamps(folder: &Path, file: &str, flags: &[&str]) -> [String; 2] {
    let text = format!("{}---\n{}---\n{}", read(folder.join(file)), user("a", "user"), user("b", "password"));
    let ran = run(flags.iter().copied(), text.as_bytes());
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    assert!(!ran.stderr.contains("hunter2"), "{}", ran.stderr);
    let out = ran.text();
    let mut found = out.lines().filter_map(|line| line.trim().strip_prefix("restamp.dev/config-hash: "));
    [found.next(), found.next()].map(|stamp| stamp.expect("a stamp").to_owned())
}

/// sops, in a folder with two keys.
struct Sops {
    sops: Host,
    folder: TempDir,
    recipients: [String; 2],
}

/// Which values the MAC of a file is over.
#[derive(PartialEq)]
enum Mac {
    All,
    Encrypted,
}

impl Sops {
    fn new() -> Option<Self> {
        let (sops, keygen) = (hosts("sops").into_iter().next()?, hosts("age-keygen").into_iter().next()?);
        let folder = tempfile::tempdir().unwrap();
        let recipients = ["one.key", "two.key"].map(|name| {
            let path = folder.path().join(name);
            let made = Command::new(&keygen.path).arg("-o").arg(&path).output().unwrap();
            assert!(made.status.success(), "{made:?}");
            let public = Command::new(&keygen.path).arg("-y").arg(&path).output().unwrap();
            String::from_utf8(public.stdout).unwrap().trim().to_owned()
        });
        Some(Self { sops, folder, recipients })
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn run(&self, args: &[&str], editor: &str) -> Done {
        let mut sops = command(&self.sops.path, self.path());
        sops.args(args).env("SOPS_AGE_KEY_FILE", self.path().join("one.key")).env("EDITOR", editor);
        crate::hosts::support::run(&mut sops, "")
    }

    fn ok(&self, args: &[&str]) -> String {
        self.run(args, "false").ok(&args.join(" ")).out
    }

    /// Edits a file as a person would: the editor runs a command of sed.
    fn edit(&self, file: &str, sed: &str) {
        // sops opens the editor again for as long as it cannot read what comes back; this one opens once.
        let used = self.path().join("used");
        let script = format!("mkdir '{}' || exit 1\nsed -i -e '{sed}' \"$1\"\n", used.display());
        write(self.path().join("editor.sh"), &script);
        self.run(&["edit", file], &format!("sh {}", self.path().join("editor.sh").display())).ok(sed);
        std::fs::remove_dir(used).unwrap();
    }

    /// `mac` is whether the MAC is over all values, or over those alone that are encrypted.
    fn encrypt(&self, text: &str, file: &str, mac: Mac) {
        write(self.path().join(file), text);
        if mac == Mac::Encrypted {
            // There is no flag for it.
            let rule = "{encrypted_regex: ^(data|stringData)$, mac_only_encrypted: true";
            write(
                self.path().join(".sops.yaml"),
                &format!("creation_rules: [{rule}, age: {}}}]\n", self.recipients[0]),
            );
            self.ok(&["encrypt", "--in-place", file]);
            return std::fs::remove_file(self.path().join(".sops.yaml")).unwrap();
        }
        let fields =
            ["encrypt", "--in-place", "--age", &self.recipients[0], "--encrypted-regex", "^(data|stringData)$"];
        self.ok(&[&fields[..], &[file]].concat());
    }
}

#[test]
fn what_sops_encrypts_rolls_its_users_when_a_value_changes() {
    let Some(sops) = Sops::new() else { return };
    sops.encrypt(SECRET, "db.yaml", Mac::All);
    let at = |flags: &[&str]| stamps(sops.path(), "db.yaml", flags);
    let keys = ["--precision", "keys"];
    let (whole, precise) = (at(&[]), at(&keys));
    assert_eq!(whole[0], whole[1]);
    assert_ne!(precise[0], precise[1]);
    assert!(whole[0].starts_with("\"sha256:"), "ciphertext needs no key: {whole:?}");

    // A re-save with another label: the block of sops is another one, the values are as they were.
    let before = read(sops.path().join("db.yaml"));
    std::thread::sleep(std::time::Duration::from_millis(1100));
    sops.edit("db.yaml", r"s/^\( *\)namespace: shop/&\n\1labels: {a: b}/");
    let after = read(sops.path().join("db.yaml"));
    let modified = |text: &str| text.lines().find(|line| line.contains("lastmodified")).unwrap().to_owned();
    assert_ne!(modified(&before), modified(&after));
    assert_eq!((at(&[]), at(&keys)), (whole.clone(), precise.clone()));

    // Another recipient.
    let rules = format!("creation_rules:\n  - age: {},{}\n", sops.recipients[0], sops.recipients[1]);
    write(sops.path().join(".sops.yaml"), &rules);
    sops.ok(&["updatekeys", "--yes", "db.yaml"]);
    assert!(read(sops.path().join("db.yaml")).contains(&sops.recipients[1]));
    assert_eq!((at(&[]), at(&keys)), (whole.clone(), precise.clone()));

    // One value.
    sops.edit("db.yaml", "s/hunter2-hunter2/hunter3-hunter3/");
    let (changed, one) = (at(&[]), at(&keys));
    assert!(changed[0] != whole[0] && changed[1] != whole[1]);
    assert_eq!(one[0], precise[0], "the other key's user stays");
    assert_ne!(one[1], precise[1]);

    // A new data key encrypts all values anew.
    sops.ok(&["rotate", "--in-place", "db.yaml"]);
    assert_ne!(at(&keys)[0], one[0]);
    assert!(sops.ok(&["decrypt", "db.yaml"]).contains("hunter3-hunter3"));
}

#[test]
fn a_workload_in_a_file_of_sops_is_stamped_where_its_mac_allows_that() {
    let Some(sops) = Sops::new() else { return };
    let text = format!("{SECRET}---\n{}", user("web", "password"));
    sops.encrypt(&text, "free.yaml", Mac::Encrypted);
    let stamped = run(["stamp", "-w", sops.path().join("free.yaml").to_str().unwrap()], b"");
    assert_eq!(stamped.status, 0, "{}", stamped.stderr);
    assert!(sops.ok(&["decrypt", "free.yaml"]).contains("restamp.dev/config-hash"));

    sops.encrypt(&text, "sealed.yaml", Mac::All);
    let path = sops.path().join("sealed.yaml");
    let refused = run(["stamp", "-w", path.to_str().unwrap()], b"");
    assert!(refused.status == 2 && refused.stderr.contains("[sops]"), "{}", refused.stderr);
    // It is right: with a stamp sops finds another MAC.
    let text = read(&path);
    let label = text.lines().rfind(|line| line.trim() == "labels:").unwrap();
    let indent = &label[..label.len() - "labels:".len()];
    let stamp = format!("{indent}annotations:\n{indent}    restamp.dev/config-hash: x\n{label}");
    write(&path, &text.replace(label, &stamp));
    let broken = sops.run(&["decrypt", "sealed.yaml"], "false");
    assert!(broken.status != 0 && broken.err.contains("MAC"), "{broken:?}");
}

#[test]
fn what_kubeseal_seals_rolls_its_users_when_it_is_sealed_anew() {
    let Some(kubeseal) = hosts("kubeseal").into_iter().next() else { return };
    let folder = tempfile::tempdir().unwrap();
    let make = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=test", "-keyout", "key", "-out", "cert"];
    let Ok(made) = Command::new("openssl").args(make).current_dir(&folder).output() else {
        return skipped("no openssl");
    };
    assert!(made.status.success(), "{made:?}");
    let seal = |secret: &str, more: &[&str]| {
        let mut kubeseal = command(&kubeseal.path, folder.path());
        kubeseal.args(["--cert", "cert", "--format", "yaml"]).args(more);
        crate::hosts::support::run(&mut kubeseal, secret).ok("kubeseal").out
    };
    write(folder.path().join("db.yaml"), &seal(SECRET, &[]));
    let at = |flags: &[&str]| stamps(folder.path(), "db.yaml", flags);
    let keys = ["--precision", "keys"];
    let (whole, precise) = (at(&[]), at(&keys));
    assert_eq!(whole[0], whole[1]);
    assert_ne!(precise[0], precise[1]);

    // One key is sealed anew into the file: its users roll, with precision no others.
    let one = SECRET.replace("  user: admin\n", "").replace("hunter2", "hunter3");
    seal(&one, &["--merge-into", "db.yaml"]);
    let (changed, merged) = (at(&[]), at(&keys));
    assert_ne!(changed[0], whole[0]);
    assert_eq!(merged[0], precise[0]);
    assert_ne!(merged[1], precise[1]);

    // Sealing the same values again encrypts all of them anew.
    write(folder.path().join("db.yaml"), &seal(SECRET, &[]));
    assert!(at(&keys)[0] != precise[0] && at(&keys)[1] != precise[1]);
}

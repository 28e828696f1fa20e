//! What a plan says is what the controllers do: random worlds, random changes, each foretold twice and then applied.
//!
//! `plan OLD NEW` over the files, and `plan --as-written` as the program of `kubectl diff`, name the workloads that roll;
//! after `kubectl apply` those and no others have a new revision. Of the rest, a plan names each whose pods go on with an
//! old value. Many worlds share a namespace, so that one `apply` tries many changes.

use super::support::{Cluster, Objects, Ran, Rollout, is_there, names, restamp, run};
use super::world::{Delivery, Dice, Kind, World};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// How many changes; `RESTAMP_REPLAY=1000` tries more, `RESTAMP_REPLAY_SEED` others.
const CHANGES: usize = 160;
/// Worlds side by side.
const WORLDS: usize = 20;
/// Changes of a world, one after the other.
const LIFE: usize = 8;

type Stamps = BTreeMap<String, String>;

#[test]
fn what_a_plan_says_is_what_happens() {
    if !is_there() {
        return;
    }
    let number = |name, default| std::env::var(name).map_or(default, |text| text.parse().unwrap());
    let (changes, seed) = (number("RESTAMP_REPLAY", CHANGES), number("RESTAMP_REPLAY_SEED", 1));
    let mut dice = Dice::new(seed as u64);
    let mut tally = Tally::default();
    while tally.changes < changes {
        let mut replay = Replay::begin(&mut dice);
        for _ in 0..LIFE {
            if tally.changes < changes {
                replay.step(&mut dice, &mut tally);
            }
        }
    }
    println!("{tally:?}");
    assert!(tally.rolled > tally.changes / 4 && tally.keeping > tally.changes / 50, "too little is shown: {tally:?}");
}

/// What was seen.
#[derive(Debug, Default)]
struct Tally {
    changes: usize,
    /// Workloads that rolled.
    rolled: usize,
    /// Paused Deployments whose template changed.
    held: usize,
    /// Workloads that go on with an old value, all of which a plan named.
    keeping: usize,
    by_kind: BTreeMap<Kind, usize>,
}

struct Replay {
    cluster: Cluster,
    lives: Vec<Life>,
}

/// A world as it stands in the files and in the cluster.
struct Life {
    world: World,
    /// The text of the files.
    files: String,
    /// What was applied.
    applied: String,
    /// The stamps in what was applied.
    stamps: Stamps,
}

/// What is about to happen to a world.
struct Step {
    next: Life,
    kind: Kind,
    /// What `plan` says of the files.
    plan: Value,
}

impl Replay {
    fn begin(dice: &mut Dice) -> Self {
        let cluster = Cluster::new();
        let lives: Vec<Life> = (0..WORLDS).map(|i| Life::begin(World::new(format!("x{i}-"), dice))).collect();
        let replay = Self { cluster, lives };
        replay.cluster.kubectl(&["apply", "-f-"], &joined(replay.lives.iter())).ok();
        replay.cluster.settled();
        replay
    }

    /// Changes each world once.
    fn step(&mut self, dice: &mut Dice, tally: &mut Tally) {
        let steps: Vec<Step> = self.lives.iter().map(|life| life.step(dice)).collect();
        let merged = self.kubectl_diff(&joined(steps.iter().map(|step| &step.next)));
        let before = self.cluster.objects();
        let changed: String = self.lives.iter().zip(&steps).flat_map(|(life, step)| step.changed(life)).collect();
        if !changed.is_empty() {
            self.cluster.kubectl(&["apply", "-f-"], &changed).ok();
        }
        self.delete(&steps);
        self.cluster.settled();
        let after = self.cluster.objects();
        let rolled = Rolled::between(&before, &after);
        for (life, step) in self.lives.iter().zip(&steps) {
            step.compare(life, &merged, &rolled, tally);
        }
        self.lives = steps.into_iter().map(|step| step.next).collect();
    }

    /// The plan that `kubectl diff` prints.
    fn kubectl_diff(&self, manifests: &str) -> Value {
        let program = format!("{} plan --as-written --exit-code --format=json", env!("CARGO_BIN_EXE_restamp"));
        let mut diff = Command::new("kubectl");
        diff.args(["-n", self.cluster.namespace(), "diff", "--concurrency=8", "-f-"]);
        let Ran { status, stdout, stderr } = run(diff.env("KUBECTL_EXTERNAL_DIFF", program), manifests);
        let plan: Value = serde_json::from_str(&stdout).unwrap_or_else(|e| panic!("{e}: {stdout}{stderr}"));
        let rolls = !names(&plan["rolls"]).is_empty();
        assert_eq!(status, i32::from(rolls), "{stderr}");
        plan
    }

    /// Deletes what is gone from the files.
    fn delete(&self, steps: &[Step]) {
        let mut gone = Vec::new();
        for (life, step) in self.lives.iter().zip(steps) {
            let objects = |text: &str| documents(text).map(|d| (field(d, "kind: "), field(d, "name: "))).collect();
            let [old, new]: [BTreeSet<_>; 2] = [objects(&life.applied), objects(&step.next.applied)];
            gone.extend(old.difference(&new).map(|(kind, name)| format!("{kind}/{name}")));
        }
        if !gone.is_empty() {
            let gone: Vec<&str> = gone.iter().map(String::as_str).collect();
            self.cluster.kubectl(&[&["delete", "--ignore-not-found"], &gone[..]].concat(), "").ok();
        }
    }
}

/// What the controllers did.
struct Rolled {
    before: BTreeMap<String, Rollout>,
    revised: BTreeSet<String>,
    /// Those whose pod template is another one, whatever came of it.
    changed: BTreeSet<String>,
}

impl Rolled {
    fn between(before: &Objects, after: &Objects) -> Self {
        let (old, new) = (before.rollouts(), after.rollouts());
        let both = || old.iter().filter_map(|(name, was)| Some((name, was, new.get(name)?)));
        let revised = both().filter(|(_, was, is)| was.revision != is.revision).map(|(name, ..)| name.clone());
        let template = |objects: &Objects, name: &str| {
            let (kind, name) = name.split_once('/').unwrap();
            objects.get(kind, name)["spec"]["template"].clone()
        };
        let changed = both().map(|(name, ..)| name).filter(|name| template(before, name) != template(after, name));
        let (revised, changed) = (revised.collect(), changed.cloned().collect());
        Self { before: old, revised, changed }
    }
}

impl Life {
    fn begin(world: World) -> Self {
        let plain = world.render(&Stamps::new());
        let stamps = due(&plain, world.select_all);
        Self::with(world, stamps)
    }

    /// With these stamps, as far as the world has any.
    fn with(world: World, stamps: Stamps) -> Self {
        let (plain, stamped) = (world.render(&Stamps::new()), world.render(&stamps));
        let (files, applied, stamps) = match world.delivery {
            Delivery::InText => (stamped.clone(), stamped, stamps),
            Delivery::Later => (plain, stamped, stamps),
            Delivery::Never => (plain.clone(), plain, Stamps::new()),
        };
        Self { world, files, applied, stamps }
    }

    fn step(&self, dice: &mut Dice) -> Step {
        let mut world = self.world.clone();
        let kind = world.change(dice);
        let plain = world.render(&Stamps::new());
        let mut stamps = match kind {
            Kind::Forgotten => self.stamps.clone(),
            Kind::WithoutFlags => due(&plain, false),
            _ => due(&plain, world.select_all),
        };
        if kind == Kind::StampRemoved {
            stamps.pop_last();
        }
        let next = Self::with(world, stamps);
        let mut flags = vec!["--format=json"];
        if next.world.select_all && kind != Kind::WithoutFlags {
            flags.push("--select=all");
        }
        // What is not as `stamp` would leave it, and is applied all the same.
        if next.world.delivery == Delivery::Never || matches!(kind, Kind::Forgotten | Kind::StampRemoved) {
            flags.push("--as-written");
        }
        let plan = plan(&self.files, &next.files, &flags);
        Step { next, kind, plan }
    }
}

impl Step {
    /// The manifests that are new or differ: of the others `apply` would only say so, one after the other.
    fn changed<'s>(&'s self, old: &Life) -> impl Iterator<Item = String> + 's {
        let before: BTreeSet<String> = documents(&old.applied).map(str::to_owned).collect();
        documents(&self.next.applied).filter(move |d| !before.contains(*d)).map(|d| format!("---\n{d}"))
    }

    /// Compares what was foretold of a world with what happened to it.
    fn compare(&self, old: &Life, merged: &Value, rolled: &Rolled, tally: &mut Tally) {
        let prefix = &old.world.prefix;
        let mine = |all: &BTreeSet<String>| -> BTreeSet<String> {
            let mine = |name: &&String| name.split_once('/').is_some_and(|(_, name)| name.starts_with(prefix.as_str()));
            all.iter().filter(mine).cloned().collect()
        };
        let story = || {
            let (kind, world) = (self.kind, &old.world);
            format!(
                "{kind:?} {:?}, all: {}\n--- OLD\n{}\n--- NEW\n{}",
                world.delivery, world.select_all, old.files, self.next.files
            )
        };
        let paused: BTreeSet<String> = old.world.paused().collect();
        let mut happened = mine(&rolled.revised);
        assert!(happened.is_disjoint(&paused), "a paused Deployment rolled\n{}", story());
        let held: BTreeSet<String> = mine(&rolled.changed).intersection(&paused).cloned().collect();
        tally.changes += 1;
        *tally.by_kind.entry(self.kind).or_default() += 1;
        tally.rolled += happened.len();
        tally.held += held.len();
        happened.extend(held);
        assert_eq!(names(&self.plan["rolls"]), happened, "`plan OLD NEW`, and the controllers\n{}", story());
        assert_eq!(mine(&names(&merged["rolls"])), happened, "`kubectl diff`, and the controllers\n{}", story());
        let known = |name: &String| rolled.before.contains_key(name);
        let keeping = old.world.keep_an_old_value(&self.next.world);
        for name in keeping.iter().filter(|name| known(name) && !happened.contains(*name)) {
            assert!(
                keeps(&self.plan).contains(name),
                "`plan` does not say who keeps an old value: {name}\n{}\n{:#}",
                story(),
                self.plan
            );
            tally.keeping += 1;
        }
    }
}

/// The workloads of which a plan says that they keep an old value.
fn keeps(plan: &Value) -> BTreeSet<String> {
    let users = plan["configs"].as_array().unwrap().iter().flat_map(|c| c["doesNotRoll"].as_array().unwrap());
    let keeping: Vec<Value> = users.filter(|u| u["sees"] == "restart").map(|u| u["workload"].clone()).collect();
    names(&keeping.into())
}

/// The stamps that restamp gives some manifests.
fn due(plain: &str, select_all: bool) -> Stamps {
    let flags: &[&str] = if select_all { &["--select=all"] } else { &[] };
    let stamped = run(&mut restamp(flags), plain).ok();
    let stamp = |d: &str| {
        Some((field(d, "name: "), d.split_once("restamp.dev/config-hash: \"")?.1.split('"').next()?.to_owned()))
    };
    documents(&stamped).filter_map(stamp).collect()
}

fn plan(old: &str, new: &str, flags: &[&str]) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let [old, new] = [("old.yaml", old), ("new.yaml", new)].map(|(name, text)| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    });
    let json = run(restamp(["plan"]).arg(old).arg(new).args(flags), "").ok();
    serde_json::from_str(&json).unwrap()
}

fn joined<'l>(lives: impl Iterator<Item = &'l Life>) -> String {
    lives.map(|life| life.applied.as_str()).collect()
}

fn documents(text: &str) -> impl Iterator<Item = &str> {
    text.split("---\n").filter(|d| !d.trim().is_empty())
}

/// What stands behind the first field of a name.
fn field(document: &str, name: &str) -> String {
    let line = document.lines().find_map(|line| line.trim_start().strip_prefix(name));
    line.unwrap_or_default().to_owned()
}

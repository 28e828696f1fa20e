//! Small worlds of configs and workloads, and changes of them, out of a seed.
//!
//! A world knows what it holds: which places read which keys. So it says of any change, without restamp, whose pods would
//! go on with an old value.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// Numbers out of a seed (splitmix64): the same on every machine.
#[derive(Clone)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below another one.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % end as u64) as usize
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    fn pick<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())].clone()
    }
}

/// How the stamps get into what is applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Delivery {
    /// They stand in the files.
    InText,
    /// The files have none; a later step stamps them.
    Later,
    /// Nothing stamps.
    Never,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Config {
    secret: bool,
    pub(crate) data: BTreeMap<&'static str, u32>,
    label: u32,
    annotations: &'static str,
    /// A Secret whose values stand in `stringData`.
    plain: bool,
}

/// How a container gets at a config.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Env(&'static str),
    EnvFrom,
    Volume,
    /// One file of it.
    SubPath(&'static str),
    /// The whole, and one file once more.
    Both(&'static str),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Workload {
    pub(crate) kind: &'static str,
    annotations: &'static str,
    /// Name of a config and the way to it.
    pub(crate) uses: Vec<(String, Way)>,
    image: u32,
    template_label: u32,
    label: u32,
    /// Paused, or OnDelete, where the kind has that.
    held: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct World {
    /// What the names of its objects begin with.
    pub(crate) prefix: String,
    pub(crate) delivery: Delivery,
    pub(crate) select_all: bool,
    pub(crate) configs: BTreeMap<String, Config>,
    pub(crate) workloads: BTreeMap<String, Workload>,
    made: usize,
}

const KEYS: [&str; 4] = ["alpha", "beta.conf", "gamma", "delta"];
const KINDS: [&str; 5] = ["Deployment", "Deployment", "StatefulSet", "DaemonSet", "CronJob"];
/// `@` is the prefix of the world.
const ASKS: [&str; 11] = [
    "",
    "",
    "reloader.stakater.com/auto: \"true\"",
    "reloader.stakater.com/auto: \"true\"",
    "reloader.stakater.com/auto: \"false\"",
    "configmap.reloader.stakater.com/auto: \"true\"",
    "secret.reloader.stakater.com/auto: \"true\"",
    "configmap.reloader.stakater.com/reload: \"@c0,@c[12]\"",
    "secret.reloader.stakater.com/reload: \"@c.*\"",
    "reloader.stakater.com/auto: \"true\", configmaps.exclude.reloader.stakater.com/reload: \"@c0\"",
    "reloader.stakater.com/search: \"true\"",
];
const MARKS: [&str; 5] =
    ["", "", "", "reloader.stakater.com/match: \"true\"", "reloader.stakater.com/ignore: \"true\""];

/// What a change is, and what it asks of the steps that follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Nothing,
    Value,
    Key,
    ConfigLabel,
    ConfigMark,
    Spelling,
    ConfigGone,
    ConfigNew,
    Ask,
    Image,
    TemplateLabel,
    Label,
    Reference,
    WorkloadGone,
    WorkloadNew,
    /// Stamped again without the flag that selects all.
    WithoutFlags,
    /// One stamp is taken out by hand.
    StampRemoved,
    /// A value changed, and nobody stamped again.
    Forgotten,
}

impl Kind {
    /// Those that stamps, or old values, are about.
    const OFTEN: [Self; 6] = [Self::Value, Self::Value, Self::Key, Self::Ask, Self::Reference, Self::WithoutFlags];

    const ALL: [Self; 18] = [
        Self::Nothing,
        Self::Value,
        Self::Key,
        Self::ConfigLabel,
        Self::ConfigMark,
        Self::Spelling,
        Self::ConfigGone,
        Self::ConfigNew,
        Self::Ask,
        Self::Image,
        Self::TemplateLabel,
        Self::Label,
        Self::Reference,
        Self::WorkloadGone,
        Self::WorkloadNew,
        Self::WithoutFlags,
        Self::StampRemoved,
        Self::Forgotten,
    ];
}

impl World {
    pub(crate) fn new(prefix: String, dice: &mut Dice) -> Self {
        use Delivery::{InText, Later, Never};
        let delivery = dice.pick(&[InText, InText, InText, Later, Later, Never]);
        let mut world = Self {
            prefix,
            delivery,
            select_all: dice.one_in(3),
            configs: BTreeMap::new(),
            workloads: BTreeMap::new(),
            made: 0,
        };
        (0..2 + dice.below(3)).for_each(|i| world.add_config(i, dice));
        (0..2 + dice.below(3)).for_each(|_| world.add_workload(dice));
        world
    }

    fn add_config(&mut self, i: usize, dice: &mut Dice) {
        let keys = KEYS.iter().filter(|_| !dice.one_in(3)).copied().collect::<Vec<_>>();
        let data = keys.into_iter().map(|key| (key, dice.below(4) as u32)).collect();
        let secret = dice.one_in(3);
        let config = Config { secret, data, label: 0, annotations: dice.pick(&MARKS), plain: secret && dice.one_in(2) };
        self.configs.insert(format!("{}c{i}", self.prefix), config);
    }

    fn add_workload(&mut self, dice: &mut Dice) {
        let mut workload = Workload {
            kind: dice.pick(&KINDS),
            annotations: dice.pick(&ASKS),
            uses: Vec::new(),
            image: 0,
            template_label: 0,
            label: 0,
            held: dice.one_in(4),
        };
        (0..dice.below(4)).for_each(|_| workload.uses.extend(self.some_use(dice)));
        self.workloads.insert(format!("{}w{}", self.prefix, self.made), workload);
        self.made += 1;
    }

    /// A way to a config, which now and then is not there.
    fn some_use(&self, dice: &mut Dice) -> Option<(String, Way)> {
        let key = dice.pick(&KEYS);
        let way =
            dice.pick(&[Way::Env(key), Way::Env(key), Way::EnvFrom, Way::Volume, Way::SubPath(key), Way::Both(key)]);
        let mut names: Vec<String> = self.configs.keys().cloned().collect();
        names.push(format!("{}c{}", self.prefix, dice.below(5)));
        Some((dice.pick(&names), way))
    }

    /// Changes something; gives what.
    pub(crate) fn change(&mut self, dice: &mut Dice) -> Kind {
        let kind = if dice.one_in(2) { dice.pick(&Kind::OFTEN) } else { dice.pick(&Kind::ALL) };
        match kind {
            Kind::WithoutFlags if self.delivery != Delivery::InText || !self.select_all => self.change(dice),
            Kind::StampRemoved | Kind::Forgotten if self.delivery != Delivery::InText => self.change(dice),
            kind if self.apply(kind, dice).is_some() => kind,
            _ => self.change(dice),
        }
    }

    fn apply(&mut self, kind: Kind, dice: &mut Dice) -> Option<()> {
        let configs: Vec<String> = self.configs.keys().cloned().collect();
        let workloads: Vec<String> = self.workloads.keys().cloned().collect();
        let some = |names: &[String], dice: &mut Dice| (!names.is_empty()).then(|| dice.pick(names));
        match kind {
            Kind::Nothing | Kind::WithoutFlags | Kind::StampRemoved => {}
            Kind::Value | Kind::Forgotten => {
                let config = self.configs.get_mut(&some(&configs, dice)?)?;
                let keys: Vec<_> = config.data.keys().copied().collect();
                let key = (!keys.is_empty()).then(|| dice.pick(&keys))?;
                *config.data.get_mut(key)? += 1;
            }
            Kind::Key => {
                let config = self.configs.get_mut(&some(&configs, dice)?)?;
                let key = dice.pick(&KEYS);
                if config.data.remove(key).is_none() {
                    config.data.insert(key, 9);
                } else if config.plain {
                    // What `stringData` once brought, `apply` does not take away again.
                    config.data.insert(key, 8);
                }
            }
            Kind::ConfigLabel => self.configs.get_mut(&some(&configs, dice)?)?.label += 1,
            Kind::ConfigMark => self.configs.get_mut(&some(&configs, dice)?)?.annotations = dice.pick(&MARKS),
            Kind::Spelling => {
                let config = self.configs.get_mut(&some(&configs, dice)?)?;
                // The other way round `apply` leaves the keys in place too, so that nothing changes either.
                (config.secret && !config.plain).then_some(())?;
                config.plain = true;
            }
            Kind::ConfigGone => drop(self.configs.remove(&some(&configs, dice)?)),
            Kind::ConfigNew => {
                let free = (0..5).find(|i| !self.configs.contains_key(&format!("{}c{i}", self.prefix)))?;
                self.add_config(free, dice);
            }
            Kind::Ask => self.workloads.get_mut(&some(&workloads, dice)?)?.annotations = dice.pick(&ASKS),
            Kind::Image => self.workloads.get_mut(&some(&workloads, dice)?)?.image += 1,
            Kind::TemplateLabel => self.workloads.get_mut(&some(&workloads, dice)?)?.template_label += 1,
            Kind::Label => self.workloads.get_mut(&some(&workloads, dice)?)?.label += 1,
            Kind::Reference => {
                let new = self.some_use(dice)?;
                let uses = &mut self.workloads.get_mut(&some(&workloads, dice)?)?.uses;
                match uses.len() {
                    n if n > 0 && dice.one_in(2) => uses[dice.below(n)] = new,
                    n if n > 2 => drop(uses.pop()),
                    _ => uses.push(new),
                }
            }
            Kind::WorkloadGone => {
                (self.workloads.len() > 1).then_some(())?;
                self.workloads.remove(&some(&workloads, dice)?);
            }
            Kind::WorkloadNew => {
                (self.workloads.len() < 6).then_some(())?;
                self.add_workload(dice);
            }
        }
        Some(())
    }

    /// The manifests, with these stamps by the name of the workload.
    pub(crate) fn render(&self, stamps: &BTreeMap<String, String>) -> String {
        let mut out = String::new();
        self.configs.iter().for_each(|(name, config)| config.render(name, &mut out));
        let configs = &self.configs;
        for (name, workload) in &self.workloads {
            workload.render(name, &self.prefix, configs, stamps.get(name), &mut out);
        }
        out
    }

    /// The workloads that both worlds have and that, unless they roll, go on with an old value: the value of an
    /// environment variable or of a file by `subPath` is another one, and the reference is the same.
    pub(crate) fn keep_an_old_value(&self, new: &Self) -> BTreeSet<String> {
        let mut out = BTreeSet::new();
        for (name, was) in &self.workloads {
            let Some(is) = new.workloads.get(name).filter(|is| is.kind == was.kind && was.kind != "CronJob") else {
                continue;
            };
            let keeps = was.uses.iter().any(|one| {
                let (config, way) = one;
                let value = |world: &Self| {
                    let data = world.configs.get(config).map(|c| &c.data);
                    match way {
                        Way::EnvFrom => data.cloned().unwrap_or_default(),
                        Way::Env(key) | Way::SubPath(key) | Way::Both(key) => {
                            let value = data.and_then(|d| d.get(key));
                            value.map(|v| (*key, *v)).into_iter().collect()
                        }
                        Way::Volume => BTreeMap::new(),
                    }
                };
                let same_kind = || {
                    let secret = |world: &Self| world.configs.get(config).map(|c| c.secret);
                    secret(self).is_none() || secret(new).is_none() || secret(self) == secret(new)
                };
                is.uses.contains(one) && same_kind() && value(self) != value(new)
            });
            if keeps {
                out.insert(format!("{}/{name}", was.kind));
            }
        }
        out
    }

    /// The Deployments that are paused.
    pub(crate) fn paused(&self) -> impl Iterator<Item = String> {
        let paused = self.workloads.iter().filter(|(_, w)| w.held && w.kind == "Deployment");
        paused.map(|(name, _)| format!("Deployment/{name}"))
    }
}

impl Config {
    fn kind(&self) -> &'static str {
        if self.secret { "Secret" } else { "ConfigMap" }
    }

    fn render(&self, name: &str, out: &mut String) {
        let kind = self.kind();
        let _ = writeln!(out, "---\napiVersion: v1\nkind: {kind}\nmetadata:\n  name: {name}");
        let _ = writeln!(out, "  labels: {{release: \"{}\"}}\n  annotations: {{{}}}", self.label, self.annotations);
        let field = if self.plain { "stringData" } else { "data" };
        let _ = writeln!(out, "{field}:");
        for (key, value) in &self.data {
            let text = format!("v{value}");
            let value = if self.secret && !self.plain { base64(&text) } else { text };
            let _ = writeln!(out, "  {key}: \"{value}\"");
        }
        if self.data.is_empty() {
            // An empty mapping in place of null.
            out.truncate(out.len() - 1);
            out.push_str(" {}\n");
        }
    }
}

/// Of the two letters that values are: `v4`.
fn base64(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}

impl Workload {
    fn render(
        &self,
        name: &str,
        prefix: &str,
        configs: &BTreeMap<String, Config>,
        stamp: Option<&String>,
        out: &mut String,
    ) {
        let api = if self.kind == "CronJob" { "batch/v1" } else { "apps/v1" };
        let asks = self.annotations.replace('@', prefix);
        let _ = write!(
            out,
            "---\napiVersion: {api}\nkind: {}\nmetadata:\n  name: {name}\n  labels: {{team: \"{}\"}}\n  annotations: {{{asks}}}\nspec:\n",
            self.kind, self.label
        );
        out.push_str(match (self.kind, self.held) {
            ("Deployment", true) => "  paused: true\n  replicas: 1\n",
            ("StatefulSet", true) => "  serviceName: none\n  updateStrategy: {type: OnDelete}\n",
            ("StatefulSet", false) => "  serviceName: none\n",
            ("DaemonSet", true) => "  updateStrategy: {type: OnDelete}\n",
            ("CronJob", _) => "  schedule: \"0 0 1 1 *\"\n  jobTemplate:\n    spec:\n",
            _ => "",
        });
        let indent = if self.kind == "CronJob" { "    " } else { "" };
        let mut template = String::new();
        if self.kind == "CronJob" {
            template.push_str("  template:\n");
        } else {
            let _ = writeln!(template, "  selector: {{matchLabels: {{app: {name}}}}}\n  template:");
        }
        let _ = writeln!(template, "    metadata:\n      labels: {{app: {name}, tier: \"{}\"}}", self.template_label);
        if let Some(stamp) = stamp {
            let _ = writeln!(template, "      annotations:\n        restamp.dev/config-hash: \"{stamp}\"");
        }
        let _ = writeln!(template, "    spec:");
        if self.kind == "CronJob" {
            template.push_str("      restartPolicy: Never\n");
        }
        let _ = writeln!(
            template,
            "      containers:\n      - name: app\n        image: registry.k8s.io/pause:3.{}",
            self.image
        );
        self.containers(configs, &mut template);
        template.lines().for_each(|line| {
            let _ = writeln!(out, "{indent}{line}");
        });
    }

    /// What refers to the configs.
    fn containers(&self, configs: &BTreeMap<String, Config>, out: &mut String) {
        // One that is not there is called a ConfigMap.
        let secret = |name: &str| configs.get(name).is_some_and(|c| c.secret);
        let (mut env, mut from, mut mounts, mut volumes) = (String::new(), String::new(), String::new(), String::new());
        for (i, (name, way)) in self.uses.iter().enumerate() {
            let (reference, source) = match secret(name) {
                true => ("secret", format!("secret: {{secretName: {name}, optional: true}}")),
                false => ("configMap", format!("configMap: {{name: {name}, optional: true}}")),
            };
            let mut mount = |path: &str| {
                let _ = writeln!(mounts, "        - {{name: v{i}, mountPath: {path}}}");
            };
            match way {
                Way::Env(key) => {
                    let _ = writeln!(
                        env,
                        "        - {{name: E{i}, valueFrom: {{{reference}KeyRef: {{name: {name}, key: {key}, optional: true}}}}}}"
                    );
                }
                Way::EnvFrom => {
                    let _ = writeln!(from, "        - {{{reference}Ref: {{name: {name}, optional: true}}}}");
                }
                Way::Volume => mount(&format!("/v{i}")),
                Way::SubPath(key) => mount(&format!("/s{i}/{key}, subPath: {key}")),
                Way::Both(key) => {
                    mount(&format!("/v{i}"));
                    mount(&format!("/s{i}/{key}, subPath: {key}"));
                }
            }
            if matches!(way, Way::Volume | Way::SubPath(_) | Way::Both(_)) {
                let _ = writeln!(volumes, "      - {{name: v{i}, {source}}}");
            }
        }
        for (field, lines) in [("env", env), ("envFrom", from), ("volumeMounts", mounts)] {
            if !lines.is_empty() {
                let _ = write!(out, "        {field}:\n{lines}");
            }
        }
        if !volumes.is_empty() {
            let _ = write!(out, "      volumes:\n{volumes}");
        }
    }
}

//! How a workload rolls, which only `explain` and `plan` ask: when its pods restart, and its pod template as plain data. And
//! how each reference reaches its pods, which `effect: restart` asks too.
//!
//! Takes the nodes of one workload, gives owned facts. Never says anything about a Secret's or ConfigMap's content.

use crate::kube::kind::Shape;
use crate::kube::reference::{Place, Reference};
use crate::text::hidden::{HIDDEN, Text};
use crate::text::words::words;
use crate::yaml::{Kind, Ref, Type};
use foldhash::{HashMap, HashMapExt as _};
use serde::{Deserialize as _, Serialize};
use serde_json::{Value, json};
use std::fmt;

words! {
    /// How a change of a config reaches a pod that runs already, by one place.
    #[derive(PartialOrd, Ord, Hash)]
    pub(crate) enum Update {
        /// The kubelet updates all files that are mounted.
        Live = "live",
        /// An environment variable is set when its container starts.
        Env = "env",
        /// An init container mounts it, and has run.
        Init = "init",
        /// Mounted with `subPath`, perhaps beside a mount of the whole: such a file is never updated.
        SubPath = "sub-path",
        /// Read when the volume is mounted.
        Mount = "mount",
        /// Read when an image is pulled.
        Pull = "pull",
        /// A declared volume that no container mounts.
        Unmounted = "unmounted",
    }
}

impl Update {
    /// Whether a pod that runs has the old content until something restarts it.
    pub(crate) fn keeps(self) -> bool {
        matches!(self, Self::Env | Self::Init | Self::SubPath | Self::Mount)
    }
}

/// The facts of one workload.
#[derive(Clone, Default)]
pub(crate) struct Rolling {
    pub(crate) paused: bool,
    /// `strategy.type` or `updateStrategy.type`.
    pub(crate) strategy: Option<String>,
    /// Of a StatefulSet: pods with a lower ordinal keep the old template.
    pub(crate) partition: Option<i64>,
    pub(crate) replicas: Option<i64>,
    /// A CronJob or Job that does not run.
    pub(crate) suspended: bool,
    pub(crate) schedule: Option<Text>,
    /// A DeploymentConfig whose triggers leave out `ConfigChange`.
    pub(crate) manual: bool,
    /// `metadata` and `spec` of the pod template without the stamp: the same whatever the style and the order of keys.
    pub(crate) template: Option<PlainTemplate>,
}

/// A pod template as plain data, in JSON. Of two that say the same most are equal texts.
#[derive(Clone, PartialEq)]
pub(crate) struct PlainTemplate(Box<[u8]>);

impl PlainTemplate {
    pub(crate) fn value(&self) -> Value {
        // It is as deep as the document that it was read from, which has a limit of its own.
        let mut json = serde_json::Deserializer::from_slice(&self.0);
        json.disable_recursion_limit();
        Value::deserialize(&mut json).expect("impossible: it was written as JSON")
    }
}

impl fmt::Debug for PlainTemplate {
    /// Without content: people write passwords into `env` too.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PlainTemplate(***)")
    }
}

impl fmt::Debug for Rolling {
    /// Without the template: people write passwords into `env` too.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rolling").field("paused", &self.paused).finish_non_exhaustive()
    }
}

/// A pod template while it is read.
#[derive(Clone, Copy)]
pub(crate) struct Template<'t> {
    /// `None` for an object that names another one's.
    pub(crate) node: Option<Ref<'t>>,
    pub(crate) shape: &'t Shape,
    /// The operator fills in containers.
    pub(crate) partial: bool,
}

impl<'t> Template<'t> {
    fn pod_spec(&self) -> Option<Ref<'t>> {
        self.node?.path(self.shape.spec.as_ref()?.iter().copied())
    }

    /// Whether all its containers are there to be seen.
    fn is_whole(&self) -> bool {
        !self.partial && self.shape.is_plain()
    }
}

/// Reads how a workload rolls, and perhaps its template. `stamp` is the key of our annotation.
pub(crate) fn read(object: Ref<'_>, template: Template<'_>, stamp: &str, with_template: bool) -> Rolling {
    let fields = ["paused", "strategy", "updateStrategy", "replicas", "suspend", "schedule", "triggers"];
    let spec = object.get("spec").map(|spec| spec.fields(fields)).unwrap_or_default();
    let [paused, strategy, update, replicas, suspend, schedule, triggers] = spec;
    let named = |strategy: Option<Ref<'_>>| Some(strategy?.get("type")?.text()?.to_owned());
    let flag = |field: Option<Ref<'_>>| field.and_then(Ref::boolean) == Some(true);
    let number = |field: Option<Ref<'_>>| field?.key_text()?.parse().ok();
    Rolling {
        paused: flag(paused),
        strategy: named(strategy).or_else(|| named(update)),
        partition: number(update.and_then(|update| update.path(["rollingUpdate", "partition"]))),
        replicas: number(replicas),
        suspended: flag(suspend),
        schedule: schedule.and_then(Ref::word),
        manual: triggers.is_some_and(|triggers| !has_config_change(triggers)),
        template: template.node.filter(|_| with_template).map(|node| plain_template(node, template.shape, stamp)),
    }
}

/// Whether a DeploymentConfig rolls by itself; an absent list would be filled in with `ConfigChange`.
fn has_config_change(triggers: Ref<'_>) -> bool {
    triggers.kind() != Kind::Seq || triggers.items().any(|t| t.get("type").and_then(Ref::text) == Some("ConfigChange"))
}

/// How each reference reaches a running pod.
pub(super) fn updates(template: Template<'_>, references: &[Reference]) -> Vec<Update> {
    let pod_spec = template.pod_spec();
    // What an operator mounts is in no container here.
    let unseen = if template.is_whole() { Update::Unmounted } else { Update::Live };
    let items = |field: &str| pod_spec.and_then(|s| s.get(field)).into_iter().flat_map(Ref::items);
    let volumes: Vec<_> = items("volumes").map(|v| v.get("name").and_then(Ref::text)).collect();
    // The worst way in which some container mounts each volume: what one of them keeps, the pod keeps.
    let mut mounted: HashMap<&str, Update> = HashMap::new();
    for list in ["containers", "initContainers", "ephemeralContainers"] {
        for container in items(list) {
            // A sidecar is an init container that goes on running.
            let [policy, mounts] = container.fields(["restartPolicy", "volumeMounts"]);
            let runs = list != "initContainers" || policy.and_then(Ref::text) == Some("Always");
            for mount in mounts.into_iter().flat_map(Ref::items) {
                let [name, path, expression] = mount.fields(["name", "subPath", "subPathExpr"]);
                let Some(name) = name.and_then(Ref::text) else { continue };
                let given = |field: Option<Ref<'_>>| field.and_then(Ref::text).is_some_and(|t| !t.is_empty());
                let update = match (runs, given(path) || given(expression)) {
                    (false, _) => Update::Init,
                    (true, true) => Update::SubPath,
                    (true, false) => Update::Live,
                };
                mounted.entry(name).and_modify(|worst| *worst = update.max(*worst)).or_insert(update);
            }
        }
    }
    let one = |reference: &Reference| match reference.place {
        Place::Env | Place::EnvFrom => Update::Env,
        Place::VolumeSecret => Update::Mount,
        Place::ImagePullSecrets => Update::Pull,
        // What a list of an operator's own names is mounted as a whole; how a single field is used is not known.
        Place::Volume | Place::Projected if reference.outside && reference.is_listed() => Update::Live,
        Place::Volume | Place::Projected if reference.outside => Update::Mount,
        Place::Volume | Place::Projected => {
            let volume = reference.volume().and_then(|i| *volumes.get(i)?);
            volume.and_then(|name| mounted.get(name).copied()).unwrap_or(unseen)
        }
    };
    references.iter().map(one).collect()
}

fn plain_template(template: Ref<'_>, shape: &Shape, stamp: &str) -> PlainTemplate {
    let mut out = b"{\"metadata\":{".to_vec();
    let labels = template.path(["metadata", "labels"]).filter(|_| shape.is_plain());
    let annotations = template.path(shape.annotations.iter().copied());
    for (field, node) in [("labels", labels), ("annotations", annotations)] {
        let Some(node) = node else {
            continue;
        };
        let before = out.len();
        if out.ends_with(b"}") {
            out.push(b',');
        }
        write(field, &mut out);
        out.push(b':');
        let value = out.len();
        plain(node, As::Itself, &|key| key == stamp, &mut out);
        if !out[value..].starts_with(b"{") || out[value..] == *b"{}" {
            out.truncate(before);
        }
    }
    out.push(b'}');
    // Fields of an operator's own lie around those of the pod spec.
    let spec =
        if shape.is_plain() || template.get("apiVersion").is_some() { template.get("spec") } else { Some(template) };
    if let Some(spec) = spec {
        let is_own = |field: &str| SCALE.contains(&field) || shape.annotations.first() == Some(&field);
        out.extend_from_slice(b",\"spec\":");
        plain(spec, As::Itself, &|field| !shape.is_plain() && is_own(field), &mut out);
    }
    out.push(b'}');
    PlainTemplate(out.into())
}

/// What operators call the number of pods, a change of which replaces none.
const SCALE: [&str; 6] = ["instances", "maxReplicas", "minReplicas", "replicaCount", "replicas", "size"];

/// As what a node is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum As {
    Itself,
    /// A map of quantities: `cpu: 1` and `cpu: "1"` are one.
    Quantities,
    Quantity,
}

/// Writes a node as plain data, in JSON, as Kubernetes keeps it: aliases and merge keys followed, a field that is null or an
/// empty list is none. What was brought from a Secret is wrapped, so that it is compared and never taken for a name. `skip`
/// leaves out fields of the node itself.
fn plain(node: Ref<'_>, how: As, skip: &dyn Fn(&str) -> bool, out: &mut Vec<u8>) {
    let node = node.resolved();
    match node.kind() {
        Kind::Map => {
            out.push(b'{');
            let mut fields = 0;
            for (key, key_node, value) in node.pairs() {
                let (before, hides) = (out.len(), key_node.resolved().is_hidden());
                if fields > 0 {
                    out.push(b',');
                }
                if hides {
                    write(&*HIDDEN.repeat(fields + 1), out);
                    out.extend_from_slice(b":{");
                    write(HIDDEN, out);
                    out.extend_from_slice(b":[");
                }
                write(&*key, out);
                out.push(if hides { b',' } else { b':' });
                let start = out.len();
                let how = match (how, &*key) {
                    (_, "limits" | "requests") => As::Quantities,
                    (As::Quantities, _) => As::Quantity,
                    _ => As::Itself,
                };
                plain(value, how, &|_| false, out);
                if matches!(&out[start..], b"null" | b"[]") || !hides && skip(&key) {
                    out.truncate(before);
                    continue;
                }
                if hides {
                    out.extend_from_slice(b"]}");
                }
                fields += 1;
            }
            out.push(b'}');
        }
        Kind::Seq => {
            out.push(b'[');
            for (i, item) in node.items().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                plain(item, As::Itself, &|_| false, out);
            }
            out.push(b']');
        }
        Kind::Scalar | Kind::Alias if node.is_hidden() => write(&json!({ HIDDEN: node.json() }), out),
        Kind::Scalar | Kind::Alias => match (node.scalar().filter(|_| node.scalar_type() == Some(Type::Str)), how) {
            (Some(text), _) => write(text, out),
            (None, As::Quantity) => match node.json() {
                Value::Number(number) => write(&*number.to_string(), out),
                other => write(&other, out),
            },
            (None, _) => write(&node.json(), out),
        },
    }
}

fn write(value: &(impl Serialize + ?Sized), out: &mut Vec<u8>) {
    serde_json::to_writer(out, value).expect("impossible: memory takes all, and plain data always serialises");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kube::{kind, reference};
    use crate::yaml::Arena;

    fn of(text: &str) -> Rolling {
        let mut arena = Arena::default();
        let tree = arena.parse_yaml(text).unwrap();
        let object = tree.roots().next().unwrap();
        let node = object.path(["spec", "template"]);
        read(object, Template { node, shape: kind::plain(), partial: false }, "restamp.dev/config-hash", true)
    }

    #[test]
    fn a_template_is_the_same_in_every_style() {
        let block = of("
spec:
  template:
    metadata:
      annotations:
        restamp.dev/config-hash: x
    spec:
      containers:
      - name: web
        image: 'i'
        env: []
        tty: yes
        resources: {limits: {cpu: 1}}
        ports: [{containerPort: 0x50}]
        command: ~
");
        let flow = of(r#"{"spec": {"template": {"spec": {"containers": [
            {"ports": [{"containerPort": 80}], "resources": {"limits": {"cpu": "1"}}, "tty": true, "image": "i", "name": "web"}]}}}}"#);
        let said = |rolling: &Rolling| rolling.template.as_ref().map(PlainTemplate::value);
        assert_eq!(said(&block), said(&flow));
        let alias = of("x: &x {image: i, name: web}\nspec: {template: {spec: {containers: [*x, {<<: *x}]}}}");
        let plain = of("spec: {template: {spec: {containers: [{name: web, image: i}, {name: web, image: i}]}}}");
        assert_eq!(said(&alias), said(&plain));
    }

    #[test]
    fn a_deep_template_is_compared_too() {
        let deep = |text: &str| {
            let of = of(&format!("spec: {{template: {{spec: {}{text}{}}}}}", "{a: ".repeat(200), "}".repeat(200)));
            of.template.unwrap().value()
        };
        assert_ne!(deep("{b: 1, c: 2}"), deep("{b: 1, c: 3}"));
        assert_eq!(deep("{b: 1, c: 2}"), deep("{c: 2, b: 1}"));
    }

    #[test]
    fn a_reference_is_live_if_all_who_mount_it_run_and_mount_it_whole() {
        let text = "
spec:
  template:
    spec:
      volumes:
      - {name: a, configMap: {name: live}}
      - {name: b, secret: {secretName: part}}
      - {name: c, configMap: {name: nowhere}}
      - {name: d, configMap: {name: init}}
      - {name: e, configMap: {name: sidecar}}
      - {name: f, azureFile: {secretName: files}}
      - {name: g, projected: {sources: [{configMap: {name: p}}]}}
      - {name: h, configMap: {name: both}}
      - {name: i, configMap: {name: early}}
      containers:
      - envFrom: [{configMapRef: {name: e}}]
        volumeMounts: [{name: a}, {name: h, subPath: x}, {name: h}, {name: b, subPathExpr: $(X)}, {name: g, subPath: ''}, {name: i}]
      initContainers:
      - volumeMounts: [{name: d}, {name: i}]
      - {restartPolicy: Always, volumeMounts: [{name: e}]}
      imagePullSecrets: [{name: pull}]
";
        let mut arena = Arena::default();
        let tree = arena.parse_yaml(text).unwrap();
        let node = tree.roots().next().unwrap().path(["spec", "template"]);
        let (references, _) = reference::references(node.unwrap().get("spec").unwrap(), 0);
        use Update::{Env, Init, Live, Mount, Pull, SubPath, Unmounted};
        assert_eq!(
            updates(Template { node, shape: kind::plain(), partial: false }, &references),
            [Env, Pull, Live, SubPath, Unmounted, Init, Live, Mount, Live, SubPath, Init]
        );
    }

    #[test]
    fn what_holds_a_rollout_is_read() {
        let set =
            of("spec: {replicas: 0, updateStrategy: {type: OnDelete, rollingUpdate: {partition: 3}}, template: {}}");
        assert_eq!((set.replicas, set.partition, set.strategy.as_deref()), (Some(0), Some(3), Some("OnDelete")));
        let cron = of("spec: {suspend: true, schedule: '0 3 * * *'}");
        assert!(cron.suspended && cron.schedule.is_some() && cron.template.is_none());
        assert!(of("spec: {paused: true}").paused);
        assert!(of("spec: {triggers: []}").manual && !of("spec: {triggers: [{type: ConfigChange}]}").manual);
    }
}

//! References: the places of a pod spec that name a ConfigMap or Secret, as one table.
//!
//! Takes a pod spec, gives its references in the order of their field paths. Composed with the table of workload kinds
//! (`workload`) it covers every field of the Kubernetes API that can name a config.

use crate::kube::config_kind::ConfigKind::{self, ConfigMap, Secret, SecretProviderClass};
use crate::kube::shape::{Misfit, Shape};
use crate::text::hidden::Text;
use crate::text::words::words;
use crate::yaml::Ref;
use std::ops::Range;
use std::sync::LazyLock;

words! {
    /// A kind of place that can name a config; the words of `places:`.
    #[derive(PartialOrd, Ord, Hash)]
    pub enum Place: "place" {
        Env = "env",
        EnvFrom = "envFrom",
        Volume = "volume",
        Projected = "projected",
        VolumeSecret = "volumeSecret",
        ImagePullSecrets = "imagePullSecrets",
    }
}

/// A set of places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Places(u8);

impl Places {
    /// The set of some places.
    pub fn new(places: impl IntoIterator<Item = Place>) -> Self {
        Self(places.into_iter().fold(0, |set, p| set | 1 << p as u8))
    }

    /// Whether a reference of this place counts.
    pub fn contains(self, place: Place) -> bool {
        self.0 & 1 << place as u8 != 0
    }
}

impl Default for Places {
    /// All but `imagePullSecrets`: a pull secret is read when an image is pulled, a restart changes nothing.
    fn default() -> Self {
        Self::new(Place::ALL.into_iter().filter(|&p| p != Place::ImagePullSecrets))
    }
}

/// Which keys of a config a reference of some place can see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Keys {
    All,
    /// The value of the field `key`.
    One,
    /// `items[].key`; all if there are none.
    Items,
}

/// One row of the table: a path of the Kubernetes API that can name a config.
#[derive(Debug, PartialEq, Eq)]
struct Row {
    place: Place,
    /// From a container or a pod spec to the map that names the config; `[]` is each item of a list.
    path: &'static str,
    kind: ConfigKind,
    /// Field of that map that holds the name; empty if it is the name itself.
    name: &'static str,
    keys: Keys,
    /// A field of that map, or with `../` of the map around it, and the text that it must hold for the row to apply.
    only: Option<(&'static str, &'static str)>,
}

const fn row(place: Place, path: &'static str, kind: ConfigKind, name: &'static str, keys: Keys) -> Row {
    Row { place, path, kind, name, keys, only: None }
}

/// The lists of a pod spec whose items are containers.
const CONTAINER_LISTS: [&str; 3] = ["containers[]", "initContainers[]", "ephemeralContainers[]"];

/// In a container (core/v1 `Container`, `EphemeralContainerCommon`).
const IN_CONTAINER: [Row; 4] = [
    row(Place::Env, "env[].valueFrom.configMapKeyRef", ConfigMap, "name", Keys::One),
    row(Place::Env, "env[].valueFrom.secretKeyRef", Secret, "name", Keys::One),
    row(Place::EnvFrom, "envFrom[].configMapRef", ConfigMap, "name", Keys::All),
    row(Place::EnvFrom, "envFrom[].secretRef", Secret, "name", Keys::All),
];

/// In a pod spec (core/v1 `PodSpec`, `Volume`). With the container rows these are the fields that
/// `VisitPodSecretNames` and `VisitPodConfigmapNames` of kubernetes `pkg/api/v1/pod/util.go` visit, and what the Secrets
/// Store CSI driver is asked for (`secretProviderClass` of its `pkg/secrets-store/nodeserver.go`).
const IN_POD_SPEC: [Row; 15] = [
    row(Place::ImagePullSecrets, "imagePullSecrets[]", Secret, "name", Keys::All),
    row(Place::VolumeSecret, "volumes[].azureFile", Secret, "secretName", Keys::All),
    row(Place::VolumeSecret, "volumes[].cephfs.secretRef", Secret, "name", Keys::All),
    row(Place::VolumeSecret, "volumes[].cinder.secretRef", Secret, "name", Keys::All),
    row(Place::Volume, "volumes[].configMap", ConfigMap, "name", Keys::Items),
    row(Place::VolumeSecret, "volumes[].csi.nodePublishSecretRef", Secret, "name", Keys::All),
    Row {
        only: Some(("../driver", "secrets-store.csi.k8s.io")),
        ..row(Place::Volume, "volumes[].csi.volumeAttributes", SecretProviderClass, "secretProviderClass", Keys::All)
    },
    row(Place::VolumeSecret, "volumes[].flexVolume.secretRef", Secret, "name", Keys::All),
    row(Place::VolumeSecret, "volumes[].iscsi.secretRef", Secret, "name", Keys::All),
    row(Place::Projected, "volumes[].projected.sources[].configMap", ConfigMap, "name", Keys::Items),
    row(Place::Projected, "volumes[].projected.sources[].secret", Secret, "name", Keys::Items),
    row(Place::VolumeSecret, "volumes[].rbd.secretRef", Secret, "name", Keys::All),
    row(Place::VolumeSecret, "volumes[].scaleIO.secretRef", Secret, "name", Keys::All),
    row(Place::Volume, "volumes[].secret", Secret, "secretName", Keys::Items),
    row(Place::VolumeSecret, "volumes[].storageos.secretRef", Secret, "name", Keys::All),
];

/// What a field of an operator's own names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Names {
    /// It holds a pod spec, or some fields of one.
    PodSpec,
    /// A container.
    Container,
    /// One of `env`.
    Env,
    /// One of `envFrom`.
    EnvFrom,
    /// One of `volumes`.
    Volume,
    /// It is the name of a ConfigMap.
    ConfigMap,
    /// It is the name of a Secret.
    Secret,
    /// `name` in it names a ConfigMap.
    ConfigMapRef,
    /// `name` in it names a Secret.
    SecretRef,
    /// `secretName` in it names a Secret.
    SecretSource,
    /// `kind` in it says what `name` names.
    ByKind,
}

const CONFIG_MAP: [Row; 1] = [row(Place::Volume, "", ConfigMap, "", Keys::All)];
const SECRET: [Row; 1] = [row(Place::Volume, "", Secret, "", Keys::All)];
const CONFIG_MAP_REF: [Row; 1] = [row(Place::Volume, "", ConfigMap, "name", Keys::All)];
const SECRET_REF: [Row; 1] = [row(Place::Volume, "", Secret, "name", Keys::All)];
const SECRET_SOURCE: [Row; 1] = [row(Place::Volume, "", Secret, "secretName", Keys::Items)];
const BY_KIND: [Row; 2] = [
    Row { only: Some(("kind", "ConfigMap")), ..row(Place::Volume, "", ConfigMap, "name", Keys::All) },
    Row { only: Some(("kind", "Secret")), ..row(Place::Volume, "", Secret, "name", Keys::All) },
];

impl Names {
    /// The rows of a field, each with the path from it on.
    fn rows(self) -> Vec<(Vec<&'static str>, &'static Row)> {
        let below = |rows: &'static [Row], list: &str| -> Vec<_> {
            let cut = rows.iter().filter_map(|row| Some((row.path.strip_prefix(list)?.split('.').collect(), row)));
            cut.collect()
        };
        let here = |rows: &'static [Row]| rows.iter().map(|row| (Vec::new(), row)).collect();
        match self {
            Self::PodSpec => {
                let lists = CONTAINER_LISTS.iter().flat_map(|list| {
                    let rows = Self::Container.rows().into_iter();
                    rows.map(|(path, row)| (std::iter::once(*list).chain(path).collect(), row))
                });
                lists.chain(below(&IN_POD_SPEC, "")).collect()
            }
            Self::Container => below(&IN_CONTAINER, ""),
            Self::Env => below(&IN_CONTAINER, "env[]."),
            Self::EnvFrom => below(&IN_CONTAINER, "envFrom[]."),
            Self::Volume => below(&IN_POD_SPEC, "volumes[]."),
            Self::ConfigMap => here(&CONFIG_MAP),
            Self::Secret => here(&SECRET),
            Self::ConfigMapRef => here(&CONFIG_MAP_REF),
            Self::SecretRef => here(&SECRET_REF),
            Self::SecretSource => here(&SECRET_SOURCE),
            Self::ByKind => here(&BY_KIND),
        }
    }
}

/// Fields that name configs, composed for one walk.
#[derive(Debug, Default)]
pub(crate) struct Table(Step);

impl Table {
    pub(crate) fn new(fields: &[(&'static str, Names)]) -> Self {
        let mut table = Step::default();
        for (field, names) in fields {
            for (path, row) in names.rows() {
                let path: Vec<_> = field.split('.').filter(|f| !f.is_empty()).chain(path).collect();
                table.add(&path, row, path.join("."));
            }
        }
        Self(table)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.fields.is_empty() && self.0.rows.is_empty()
    }
}

/// A node of the composed table: the fields that lead on, in byte order, so that one walk meets references in the order
/// of their field paths.
#[derive(Debug, Default)]
struct Step {
    fields: Vec<(&'static str, Self)>,
    /// The lengths of their names, one bit each.
    lengths: u64,
    each: Option<Box<Self>>,
    /// The rows that end here, and their whole path from the pod spec on.
    rows: Vec<Ends>,
    /// A row without the name of a field ends here: what stands here is the name itself.
    is_name: bool,
}

impl Step {
    fn add(&mut self, path: &[&'static str], row: &'static Row, pattern: String) {
        let Some((&first, rest)) = path.split_first() else {
            self.rows.push((row, pattern));
            self.is_name |= row.name.is_empty();
            return;
        };
        let (field, each) = match first.strip_suffix("[]") {
            Some(field) => (field, true),
            None => (first, false),
        };
        let place = self.fields.binary_search_by_key(&field, |(name, _)| name).unwrap_or_else(|place| {
            self.fields.insert(place, (field, Self::default()));
            self.lengths |= length(field.len());
            place
        });
        let mut next = &mut self.fields[place].1;
        if each {
            next = next.each.get_or_insert_default();
        }
        next.add(rest, row, pattern);
    }

    /// Which of the fields a key is.
    fn place(&self, key: &[u8]) -> Option<usize> {
        let maybe = self.lengths & length(key.len()) != 0;
        maybe.then(|| self.fields.iter().position(|(name, _)| name.as_bytes() == key)).flatten()
    }
}

/// A row that ends somewhere, and its whole path.
type Ends = (&'static Row, String);

/// The bit of a length.
fn length(len: usize) -> u64 {
    1 << (len % 64)
}

/// The rows of containers and of the pod spec, composed once.
static POD_SPEC: LazyLock<Table> = LazyLock::new(|| Table::new(&[("", Names::PodSpec)]));

/// One place of a pod spec that names a config.
#[derive(Clone, Debug)]
pub struct Reference {
    pub place: Place,
    pub kind: ConfigKind,
    pub name: Text,
    /// The keys that the pod can see through it; `None` is all.
    pub keys: Option<Box<[Text]>>,
    /// The pod starts without the config.
    pub optional: bool,
    /// The bytes of the name in the source.
    pub range: Range<usize>,
    /// Its row, and its path in the table.
    ends: &'static Ends,
    /// What stands in the brackets of the path.
    indices: [u32; MAX_LISTS],
    /// It lies in a field of the operator's own, and its path begins at the pod template.
    pub(crate) outside: bool,
}

/// Most lists that lie inside each other on the way to a reference.
const MAX_LISTS: usize = 3;

impl Reference {
    /// Whether a list is on the way to it.
    pub(crate) fn is_listed(&self) -> bool {
        self.ends.1.contains("[]")
    }

    /// Which of the volumes of its pod spec it lies in.
    pub(crate) fn volume(&self) -> Option<usize> {
        self.ends.1.starts_with("volumes[]").then_some(self.indices[0] as usize)
    }

    /// Field path in the pod spec, down to the map that names the config: `containers[0].envFrom[1].configMapRef`.
    pub fn path(&self) -> String {
        let mut out = String::with_capacity(self.ends.1.len() + 4);
        for (i, part) in self.ends.1.split("[]").enumerate() {
            if i > 0 {
                out.push_str(&format!("[{}]", self.indices[i - 1]));
            }
            out.push_str(part);
        }
        out
    }
}

/// Reads the references of a pod spec, in the order of their field paths (names as bytes, indices as numbers), and what
/// on the way to them is of another type than the API has.
///
/// `base` is added to each range.
pub(crate) fn references(pod_spec: Ref<'_>, base: usize) -> (Vec<Reference>, Vec<Misfit<'_>>) {
    walk(pod_spec, &POD_SPEC, false, base)
}

/// The same for fields of an operator's own.
pub(crate) fn outside<'t>(node: Ref<'t>, fields: &'static Table, base: usize) -> (Vec<Reference>, Vec<Misfit<'t>>) {
    walk(node, fields, true, base)
}

fn walk<'t>(node: Ref<'t>, table: &'static Table, outside: bool, base: usize) -> (Vec<Reference>, Vec<Misfit<'t>>) {
    let mut walk = Walk {
        base,
        outside,
        indices: [0; MAX_LISTS],
        found: Vec::new(),
        misfits: Vec::new(),
        values: Vec::with_capacity(32),
    };
    walk.step(node, node, &table.0, 0);
    (walk.found, walk.misfits)
}

struct Walk<'t> {
    base: usize,
    outside: bool,
    indices: [u32; MAX_LISTS],
    found: Vec<Reference>,
    misfits: Vec<Misfit<'t>>,
    /// The values of the fields that lead on, of the steps on the way.
    values: Vec<Option<Ref<'t>>>,
}

impl<'t> Walk<'t> {
    /// `around` is the map that the node lies in, `depth` how many lists do so.
    fn step(&mut self, around: Ref<'t>, node: Ref<'t>, step: &'static Step, depth: usize) {
        let node = node.resolved();
        let shape = match &step.each {
            Some(_) => Shape::List,
            None if step.is_name => Shape::Text,
            None => Shape::Map(None),
        };
        if !shape.fits(node) {
            self.misfits.push(shape.misfit(node));
            return;
        }
        for ends in &step.rows {
            let found = self.reference(around, node, ends);
            self.found.extend(found);
        }
        // One list for all steps: those below add to its end, and take away what they added.
        let (begin, end) = (self.values.len(), self.values.len() + step.fields.len());
        self.values.resize(end, None);
        node.pick(|key| step.place(key), &mut self.values[begin..]);
        for (place, (_, next)) in step.fields.iter().enumerate() {
            if let Some(value) = self.values[begin + place] {
                self.step(node, value, next, depth);
            }
        }
        self.values.truncate(begin);
        if let Some(each) = &step.each {
            for (i, item) in node.items().enumerate() {
                self.indices[depth] = i as u32;
                self.step(node, item, each, depth + 1);
            }
        }
    }

    /// A map of some row as a reference; an empty name is none, as in Kubernetes' own visitors.
    fn reference(&mut self, around: Ref<'t>, node: Ref<'t>, ends: &'static Ends) -> Option<Reference> {
        let (row, _) = ends;
        let says = |field: &'static str| match field.strip_prefix("../") {
            Some(field) => around.get(field),
            None => node.get(field),
        };
        if row.only.is_some_and(|(field, text)| says(field).and_then(Ref::text) != Some(text)) {
            return None;
        }
        let [optional, key, items] = node.fields(["optional", "key", "items"]);
        for (field, shape) in [(optional, Shape::Bool), (key, Shape::Text), (items, Shape::List)] {
            shape.of_any([field], &mut self.misfits);
        }
        let at = if row.name.is_empty() { node } else { node.get(row.name)? };
        Shape::Text.misfits(at, &mut self.misfits);
        Some(Reference {
            place: row.place,
            kind: row.kind,
            name: at.word().filter(|t| !t.is_empty())?,
            keys: keys(row.keys, key, items),
            optional: optional.and_then(Ref::boolean) == Some(true),
            range: at.moved(self.base),
            ends,
            indices: self.indices,
            outside: self.outside,
        })
    }
}

/// The keys that a reference names by its fields `key` and `items`.
fn keys(keys: Keys, key: Option<Ref<'_>>, items: Option<Ref<'_>>) -> Option<Box<[Text]>> {
    match keys {
        Keys::All => None,
        Keys::One => Some(key.and_then(Ref::word).into_iter().collect()),
        Keys::Items => {
            let items = items.into_iter().flat_map(Ref::items);
            let keys: Vec<Text> = items.filter_map(|item| item.get("key")?.word()).collect();
            // Empty `items` means all keys.
            (!keys.is_empty()).then(|| keys.into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::Arena;

    #[test]
    fn references_come_in_field_path_order() {
        let text = "
volumes: [{secret: {secretName: v}}]
initContainers: [{envFrom: [{configMapRef: {name: i}}]}]
containers:
- envFrom: [{secretRef: {name: c0, optional: yes}}]
  env: [{}, {valueFrom: {configMapKeyRef: {name: e1, key: k}}}]
- {}
imagePullSecrets: [{name: p}]
";
        let mut arena = Arena::default();
        let tree = arena.parse_yaml(text).unwrap();
        let (found, misfits) = references(tree.roots().next().unwrap(), 0);
        assert!(misfits.is_empty());
        let paths: Vec<_> = found.iter().map(|r| format!("{} {}", r.path(), r.name)).collect();
        assert_eq!(
            paths,
            [
                "containers[0].env[1].valueFrom.configMapKeyRef e1",
                "containers[0].envFrom[0].secretRef c0",
                "imagePullSecrets[0] p",
                "initContainers[0].envFrom[0].configMapRef i",
                "volumes[0].secret v",
            ]
        );
        assert!(found[1].optional);
        assert_eq!(found[0].keys.as_deref(), Some(&["k".into()][..]));
    }
}

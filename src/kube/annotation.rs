//! Every annotation that restamp reads or writes, and the syntax of its value.
//!
//! Reloader's keys: `internal/pkg/options/flags.go` of stakater/Reloader v1.4.21; Wave's: `pkg/core/types.go` of
//! wave-k8s/wave. `docs/annotations.md` explains each; a test compares that page with [`Names`] and the constants.

use crate::kube::config_kind::ConfigKind;
use crate::text::hidden::Text;
use crate::text::source::{Location, SourceId};
use crate::yaml::Ref;
use smol_str::SmolStr;
use std::sync::Arc;

/// The stamp itself, on a pod template; the name can be changed (`annotation`).
pub const STAMP: &str = "restamp.dev/config-hash";

macro_rules! fixed {
    ($($(#[$about:meta])* $name:ident = $key:literal;)*) => {
        $($(#[$about])* pub const $name: &str = $key;)*

        /// Keys that cannot be renamed, but for that of the stamp.
        pub const FIXED: &[&str] = &[$($name,)*];
    };
}

fixed! {
    /// On a workload: a comma list of the places whose references count.
    PLACES = "restamp.dev/places";
    /// On a workload: what of a config counts for it.
    PRECISION = "restamp.dev/precision";
    /// On a workload: whether what a running container sees counts for it.
    EFFECT = "restamp.dev/effect";
    /// On a config: `"true"` keeps it out of the cluster, so that it is no config (kpt, kustomize).
    LOCAL_CONFIG = "config.kubernetes.io/local-config";
    /// On a workload: it is a hook of Helm.
    HELM_HOOK = "helm.sh/hook";
    /// On a workload: it is a hook of Argo CD.
    ARGO_HOOK = "argocd.argoproj.io/hook";
    /// On a Job: `Force=true` with `Replace=true` recreates it.
    ARGO_SYNC_OPTIONS = "argocd.argoproj.io/sync-options";
    /// On any object: the wave of a sync in which Argo CD applies it; 0 without one.
    ARGO_SYNC_WAVE = "argocd.argoproj.io/sync-wave";
    /// On a Job: `enabled` recreates it (Flux).
    FLUX_FORCE = "kustomize.toolkit.fluxcd.io/force";
    /// On a Rollout: how Reloader would restart it; an info for us.
    ROLLOUT_STRATEGY = "reloader.stakater.com/rollout-strategy";
    /// On a Deployment: how long Reloader pauses it; no meaning before apply.
    PAUSE_PERIOD = "deployment.reloader.stakater.com/pause-period";
    /// Wave: `"true"` selects all references.
    WAVE_UPDATE = "wave.pusher.com/update-on-config-change";
    /// Wave: more ConfigMaps, `name` or `namespace/name`.
    WAVE_CONFIG_MAPS = "wave.pusher.com/extra-configmaps";
    /// Wave: more Secrets.
    WAVE_SECRETS = "wave.pusher.com/extra-secrets";
    /// kustomize's trail: the names that an object had, oldest first.
    PREVIOUS_NAMES = "internal.config.kubernetes.io/previousNames";
    /// kustomize's trail: the namespaces that go with them.
    PREVIOUS_NAMESPACES = "internal.config.kubernetes.io/previousNamespaces";
    /// kustomize's trail: the kinds that go with them.
    PREVIOUS_KINDS = "internal.config.kubernetes.io/previousKinds";
    /// kustomize's trail: the prefixes that were put on, innermost first.
    PREFIXES = "internal.config.kubernetes.io/prefixes";
    /// kustomize's trail: the suffixes.
    SUFFIXES = "internal.config.kubernetes.io/suffixes";
    /// kustomize's trail: `enabled` on a generated config that gets the hash of its content as a suffix at the end.
    NEEDS_HASH_SUFFIX = "internal.config.kubernetes.io/needsHashSuffix";
    /// kustomize and kpt: the file that an item of a ResourceList came from.
    PATH = "internal.config.kubernetes.io/path";
    /// kustomize and kpt: the place of an item in its file.
    INDEX = "internal.config.kubernetes.io/index";
}

/// Keys that Reloader and Wave write, or read, in the cluster alone: nothing here, and no slip. Reloader:
/// `internal/pkg/options/flags.go`, `internal/pkg/constants/constants.go`, `pkg/common/metainfo.go`; Wave:
/// `pkg/core/types.go`.
pub const IN_CLUSTER: &[&str] = &[
    "deployment.reloader.stakater.com/paused-at",
    "reloader.stakater.com/last-reloaded-from",
    "reloader.stakater.com/meta-info",
    "wave.pusher.com/config-hash",
    "wave.pusher.com/scheduling-disabled",
];

/// The names that those two had before kyaml 0.13.
pub const LEGACY: [(&str, &str); 2] = [("config.kubernetes.io/path", PATH), ("config.kubernetes.io/index", INDEX)];

/// What one of Reloader's annotations says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// All references, of all types.
    Auto,
    /// All references of one type.
    AutoOf(ConfigKind),
    /// The reload list of one type.
    Reload(ConfigKind),
    /// The exclude list of one type.
    Exclude(ConfigKind),
    /// References to marked configs.
    Search,
    /// On a config: the mark for a search.
    Match,
    /// On a config: it never counts.
    Ignore,
}

impl Key {
    /// Whether it is read on a workload or its pod template.
    pub fn is_on_workload(self) -> bool {
        !matches!(self, Self::Match | Self::Ignore)
    }

    /// Its row in the table.
    const fn row(self) -> usize {
        match self {
            Self::Auto => 0,
            Self::AutoOf(kind) => 1 + kind as usize,
            Self::Reload(kind) => 4 + kind as usize,
            Self::Search => 7,
            Self::Match => 8,
            Self::Ignore => 9,
            Self::Exclude(kind) => 10 + kind as usize,
        }
    }
}

/// Reloader's annotations: what each says, its word in `annotationNames` (Reloader's flag without `-annotation`), and its
/// key. In the order of Reloader's flags.
const RELOADER: [(Key, &str, &str); 13] = [
    (Key::Auto, "auto", "reloader.stakater.com/auto"),
    (Key::AutoOf(ConfigKind::ConfigMap), "configmap-auto", "configmap.reloader.stakater.com/auto"),
    (Key::AutoOf(ConfigKind::Secret), "secret-auto", "secret.reloader.stakater.com/auto"),
    (
        Key::AutoOf(ConfigKind::SecretProviderClass),
        "secretproviderclass-auto",
        "secretproviderclass.reloader.stakater.com/auto",
    ),
    (Key::Reload(ConfigKind::ConfigMap), "configmap", "configmap.reloader.stakater.com/reload"),
    (Key::Reload(ConfigKind::Secret), "secret", "secret.reloader.stakater.com/reload"),
    (
        Key::Reload(ConfigKind::SecretProviderClass),
        "secretproviderclass",
        "secretproviderclass.reloader.stakater.com/reload",
    ),
    (Key::Search, "auto-search", "reloader.stakater.com/search"),
    (Key::Match, "search-match", "reloader.stakater.com/match"),
    (Key::Ignore, "ignore", "reloader.stakater.com/ignore"),
    (Key::Exclude(ConfigKind::ConfigMap), "configmap-exclude", "configmaps.exclude.reloader.stakater.com/reload"),
    (Key::Exclude(ConfigKind::Secret), "secret-exclude", "secrets.exclude.reloader.stakater.com/reload"),
    (
        Key::Exclude(ConfigKind::SecretProviderClass),
        "secretproviderclass-exclude",
        "secretproviderclasses.exclude.reloader.stakater.com/reload",
    ),
];

const _: () = {
    let mut i = 0;
    while i < RELOADER.len() {
        assert!(RELOADER[i].0.row() == i, "each key knows its row");
        i += 1;
    }
};

/// Reloader's keys as they are in force: each may be renamed (`annotationNames`), and the old name then means nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names([String; RELOADER.len()]);

impl Default for Names {
    fn default() -> Self {
        Self(RELOADER.map(|(.., key)| key.to_owned()))
    }
}

impl Names {
    /// The words that `annotationNames` knows.
    pub const WORDS: [&str; RELOADER.len()] = {
        let mut words = [""; RELOADER.len()];
        let mut i = 0;
        while i < words.len() {
            words[i] = RELOADER[i].1;
            i += 1;
        }
        words
    };

    /// The annotation key in force for what it says.
    pub fn get(&self, key: Key) -> &str {
        &self.0[key.row()]
    }

    /// Renames the key of a word of [`Names::WORDS`]; false if it is none.
    pub fn rename(&mut self, word: &str, to: &str) -> bool {
        let found = RELOADER.iter().position(|(_, w, _)| *w == word);
        found.inspect(|&i| to.clone_into(&mut self.0[i])).is_some()
    }

    /// The keys in force, with what each says.
    pub fn iter(&self) -> impl Iterator<Item = (Key, &str)> {
        RELOADER.iter().zip(&self.0).map(|((key, ..), name)| (*key, name.as_str()))
    }

    /// The key that is in force in place of one of Reloader's own.
    pub(crate) fn renamed(&self, original: &str) -> Option<&str> {
        let at = RELOADER.iter().position(|(.., key)| *key == original)?;
        Some(self.0[at].as_str()).filter(|name| *name != original)
    }

    /// What an annotation key says, if it is one in force.
    pub(crate) fn find(&self, name: &str) -> Option<Key> {
        self.iter().find(|(_, n)| *n == name).map(|(key, _)| key)
    }

    /// Whether an annotation asks for something on a workload: one of Reloader's keys there, or one of Wave's.
    pub(crate) fn is_request(&self, name: &str) -> bool {
        let wave = name == WAVE_UPDATE || WAVE_LISTS.iter().any(|(_, key)| *key == name);
        wave || self.find(name).is_some_and(Key::is_on_workload)
    }
}

/// An annotation that means something to us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Annotation {
    pub key: SmolStr,
    pub value: Text,
    /// The bytes of its value; those of its key if it has none.
    pub location: Location,
}

/// The annotations of one object or pod template that mean something to us.
#[derive(Clone, Debug, Default)]
pub(crate) struct Annotations(Box<[Arc<Annotation>]>);

impl Annotations {
    pub(crate) fn find(&self, key: &str) -> Option<&Arc<Annotation>> {
        self.0.iter().find(|a| a.key == key)
    }

    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        self.find(key).map(|a| a.value.raw())
    }

    /// Adds what others say of configs; of one key its own counts.
    pub(crate) fn extend(&mut self, others: Self, names: &Names) {
        let of_configs = |a: &Arc<Annotation>| names.find(&a.key).is_some_and(|key| !key.is_on_workload());
        let own = std::mem::take(&mut self.0).into_iter();
        self.0 = own.chain(others.0.into_iter().filter(of_configs)).collect();
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<Annotation>> {
        self.0.iter()
    }

    /// The first that asks for something on a workload.
    pub(crate) fn request(&self, names: &Names) -> Option<&Arc<Annotation>> {
        self.0.iter().find(|a| names.is_request(&a.key))
    }
}

/// Wave's lists of further configs, by their type.
const WAVE_LISTS: [(ConfigKind, &str); 2] =
    [(ConfigKind::ConfigMap, WAVE_CONFIG_MAPS), (ConfigKind::Secret, WAVE_SECRETS)];

/// The key of Wave's list of further configs of a type, if it has one.
pub(crate) fn wave_list(kind: ConfigKind) -> Option<&'static str> {
    WAVE_LISTS.iter().find(|(k, _)| *k == kind).map(|(_, key)| *key)
}

/// Whether it is the key of a list of Wave's.
pub(crate) fn is_wave_list(key: &str) -> bool {
    WAVE_LISTS.iter().any(|(_, known)| *known == key)
}

/// Reads those of some annotations that mean something; `stamp` is the name of our own.
///
/// `source` and `base` are the source of the chunk, and where the chunk begins in it.
pub(crate) fn read(
    annotations: Option<Ref<'_>>,
    names: &Names,
    stamp: &str,
    source: SourceId,
    base: usize,
) -> Annotations {
    let Some(annotations) = annotations else {
        return Annotations::default();
    };
    let known = |key: &str| -> Option<SmolStr> {
        let today = LEGACY.iter().find(|(old, _)| *old == key).map_or(key, |(_, new)| new);
        let fixed = FIXED.iter().copied().find(|known| *known == today);
        // Most have a key that is known beforehand, which costs no memory.
        let usual = || fixed.or_else(|| RELOADER.iter().map(|(.., usual)| *usual).find(|usual| *usual == key));
        let known = fixed.is_some() || key == stamp || names.find(key).is_some();
        known.then(|| usual().map_or_else(|| SmolStr::new(today), SmolStr::new_static))
    };
    let mut found = Vec::new();
    annotations.each_pair(|key, node, value| {
        let Some(key) = known(&key) else { return };
        let at = if value.range().is_empty() { node } else { value };
        let location = Location::new(source, at.moved(base));
        found.push(Arc::new(Annotation { key, value: value.word().unwrap_or_default(), location }));
    });
    Annotations(found.into())
}

/// The words that Reloader takes for true (Go's `strconv.ParseBool`); all else is false.
pub(crate) fn is_true(value: &str) -> bool {
    matches!(value, "1" | "t" | "T" | "TRUE" | "true" | "True")
}

/// The entries of a comma list, trimmed, without empty ones.
pub(crate) fn entries(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(str::trim).filter(|e| !e.is_empty())
}

//! Every annotation that restamp reads or writes, and the syntax of its value.
//!
//! Reloader's keys: `internal/pkg/options/flags.go` of stakater/Reloader v1.4.21; Wave's: `pkg/core/types.go` of
//! wave-k8s/wave. `docs/annotations.md` explains each; a test compares that page with [`Names`] and the constants.

use crate::yaml::Ref;
use std::ops::Range;

/// The stamp itself, on a pod template; the name can be changed (`annotation`).
pub const STAMP: &str = "restamp.dev/config-hash";
/// On a workload: a comma list of the places whose references count.
pub const PLACES: &str = "restamp.dev/places";
/// On a config: `"true"` keeps it out of the cluster, so that it is no config (kpt, kustomize).
pub const LOCAL_CONFIG: &str = "config.kubernetes.io/local-config";
/// On a workload: it is a hook of Helm.
pub const HELM_HOOK: &str = "helm.sh/hook";
/// On a workload: it is a hook of Argo CD.
pub const ARGO_HOOK: &str = "argocd.argoproj.io/hook";
/// On a Job: `Force=true` with `Replace=true` recreates it.
pub const ARGO_SYNC_OPTIONS: &str = "argocd.argoproj.io/sync-options";
/// On a Job: `enabled` recreates it (Flux).
pub const FLUX_FORCE: &str = "kustomize.toolkit.fluxcd.io/force";
/// On a Rollout: how Reloader would restart it; an info for us.
pub const ROLLOUT_STRATEGY: &str = "reloader.stakater.com/rollout-strategy";
/// On a Deployment: how long Reloader pauses it; no meaning before apply.
pub const PAUSE_PERIOD: &str = "deployment.reloader.stakater.com/pause-period";
/// Wave: `"true"` selects all references.
pub const WAVE_UPDATE: &str = "wave.pusher.com/update-on-config-change";
/// Wave: more ConfigMaps, `name` or `namespace/name`.
pub const WAVE_CONFIG_MAPS: &str = "wave.pusher.com/extra-configmaps";
/// Wave: more Secrets.
pub const WAVE_SECRETS: &str = "wave.pusher.com/extra-secrets";
/// kustomize's trail: the names that an object had, oldest first.
pub const PREVIOUS_NAMES: &str = "internal.config.kubernetes.io/previousNames";
/// kustomize's trail: the namespaces that go with them.
pub const PREVIOUS_NAMESPACES: &str = "internal.config.kubernetes.io/previousNamespaces";
/// kustomize's trail: the kinds that go with them.
pub const PREVIOUS_KINDS: &str = "internal.config.kubernetes.io/previousKinds";
/// kustomize's trail: the prefixes that were put on, innermost first.
pub const PREFIXES: &str = "internal.config.kubernetes.io/prefixes";
/// kustomize's trail: the suffixes.
pub const SUFFIXES: &str = "internal.config.kubernetes.io/suffixes";
/// kustomize's trail: `enabled` on a generated config that gets the hash of its content as a suffix at the end.
pub const NEEDS_HASH_SUFFIX: &str = "internal.config.kubernetes.io/needsHashSuffix";

/// kustomize and kpt: the file that an item of a ResourceList came from.
pub const PATH: &str = "internal.config.kubernetes.io/path";
/// kustomize and kpt: the place of an item in its file.
pub const INDEX: &str = "internal.config.kubernetes.io/index";
/// The names that those two had before kyaml 0.13.
pub const LEGACY: [(&str, &str); 2] = [("config.kubernetes.io/path", PATH), ("config.kubernetes.io/index", INDEX)];

/// Reloader's keys as they are in force: each may be renamed (`annotationNames`), and the old name then means nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    /// `auto`: all references, of both types.
    pub auto: String,
    /// `configmap-auto`.
    pub config_map_auto: String,
    /// `secret-auto`.
    pub secret_auto: String,
    /// `configmap`: the reload list of ConfigMaps.
    pub config_map: String,
    /// `secret`: the reload list of Secrets.
    pub secret: String,
    /// `auto-search`.
    pub search: String,
    /// `search-match`, on a config.
    pub r#match: String,
    /// `ignore`, on a config.
    pub ignore: String,
    /// `configmap-exclude`.
    pub config_map_exclude: String,
    /// `secret-exclude`.
    pub secret_exclude: String,
}

impl Default for Names {
    fn default() -> Self {
        let key = |prefix: &str, word: &str| format!("{prefix}reloader.stakater.com/{word}");
        Self {
            auto: key("", "auto"),
            config_map_auto: key("configmap.", "auto"),
            secret_auto: key("secret.", "auto"),
            config_map: key("configmap.", "reload"),
            secret: key("secret.", "reload"),
            search: key("", "search"),
            r#match: key("", "match"),
            ignore: key("", "ignore"),
            config_map_exclude: key("configmaps.exclude.", "reload"),
            secret_exclude: key("secrets.exclude.", "reload"),
        }
    }
}

impl Names {
    /// The field of a key of `annotationNames`; `None` for a word that is no such key.
    pub fn field_mut(&mut self, word: &str) -> Option<&mut String> {
        Some(match word {
            "auto" => &mut self.auto,
            "configmap-auto" => &mut self.config_map_auto,
            "secret-auto" => &mut self.secret_auto,
            "configmap" => &mut self.config_map,
            "secret" => &mut self.secret,
            "auto-search" => &mut self.search,
            "search-match" => &mut self.r#match,
            "ignore" => &mut self.ignore,
            "configmap-exclude" => &mut self.config_map_exclude,
            "secret-exclude" => &mut self.secret_exclude,
            _ => return None,
        })
    }

    /// The keys in force.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.on_workload().chain([self.r#match.as_str(), self.ignore.as_str()])
    }

    /// Those that are read on a workload or its pod template.
    pub fn on_workload(&self) -> impl Iterator<Item = &str> {
        [
            &self.auto,
            &self.config_map_auto,
            &self.secret_auto,
            &self.config_map,
            &self.secret,
            &self.search,
            &self.config_map_exclude,
            &self.secret_exclude,
        ]
        .into_iter()
        .map(String::as_str)
    }

    /// The keys that `annotationNames` knows, in the order of Reloader's flags.
    pub const WORDS: [&str; 10] = [
        "auto",
        "configmap-auto",
        "secret-auto",
        "configmap",
        "secret",
        "auto-search",
        "search-match",
        "ignore",
        "configmap-exclude",
        "secret-exclude",
    ];
}

/// An annotation that means something to us.
#[derive(Clone, Debug)]
pub(crate) struct Annotation {
    pub(crate) key: String,
    pub(crate) value: String,
    /// The bytes of its value in the source; those of its key if it has none.
    pub(crate) range: Range<usize>,
}

/// The annotations of one object or pod template that mean something to us.
#[derive(Clone, Debug, Default)]
pub(crate) struct Annotations(Vec<Annotation>);

impl Annotations {
    pub(crate) fn find(&self, key: &str) -> Option<&Annotation> {
        self.0.iter().find(|a| a.key == key)
    }

    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        self.find(key).map(|a| a.value.as_str())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Annotation> {
        self.0.iter()
    }

    /// Whether one of them asks for something on a workload.
    pub(crate) fn selects(&self, names: &Names) -> bool {
        self.0.iter().any(|a| names.on_workload().any(|key| key == a.key) || WAVE.contains(&a.key.as_str()))
    }
}

/// Wave's keys, all on a workload.
pub(crate) const WAVE: [&str; 3] = [WAVE_UPDATE, WAVE_CONFIG_MAPS, WAVE_SECRETS];

/// Keys that cannot be renamed, but for that of the stamp.
pub const FIXED: [&str; 19] = [
    PLACES,
    LOCAL_CONFIG,
    HELM_HOOK,
    ARGO_HOOK,
    ARGO_SYNC_OPTIONS,
    FLUX_FORCE,
    ROLLOUT_STRATEGY,
    PAUSE_PERIOD,
    WAVE_UPDATE,
    WAVE_CONFIG_MAPS,
    WAVE_SECRETS,
    PREVIOUS_NAMES,
    PREVIOUS_NAMESPACES,
    PREVIOUS_KINDS,
    PREFIXES,
    SUFFIXES,
    NEEDS_HASH_SUFFIX,
    PATH,
    INDEX,
];

/// Reads the annotations of a `metadata` that mean something; `stamp` is the name of our own.
pub(crate) fn read(metadata: Option<Ref<'_>>, names: &Names, stamp: &str, base: usize) -> Annotations {
    let Some(annotations) = metadata.and_then(|m| m.get("annotations")) else {
        return Annotations::default();
    };
    let known = |key: &str| {
        FIXED.contains(&key)
            || key == stamp
            || names.keys().any(|k| k == key)
            || LEGACY.iter().any(|(old, _)| *old == key)
    };
    let found = annotations.pairs().into_iter().filter(|(key, _, _)| known(key)).map(|(key, node, value)| {
        let key = LEGACY.iter().find(|(old, _)| *old == key).map_or(&*key, |(_, new)| new).to_owned();
        let at = if value.range().is_empty() { node } else { value };
        Annotation {
            key,
            value: value.text().unwrap_or_default().to_owned(),
            range: base + at.start()..base + at.end(),
        }
    });
    let mut found: Vec<Annotation> = found.collect();
    found.shrink_to_fit();
    Annotations(found)
}

/// What kustomize did to an object before the transformer runs (`api/resource/resource.go`, `api/internal/utils`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Trail {
    /// Earlier names, oldest first.
    pub(crate) names: Vec<String>,
    pub(crate) prefixes: Vec<String>,
    pub(crate) suffixes: Vec<String>,
    /// It gets a hash suffix at the end, so that its current name will be an earlier one.
    pub(crate) needs_hash: bool,
}

impl Trail {
    pub(crate) fn read(annotations: &Annotations) -> Option<Self> {
        let list = |key: &str| -> Option<Vec<String>> {
            let value = annotations.get(key)?;
            Some(value.split(',').map(str::to_owned).collect())
        };
        let (names, prefixes, suffixes) = (list(PREVIOUS_NAMES), list(PREFIXES), list(SUFFIXES));
        let needs_hash = annotations.get(NEEDS_HASH_SUFFIX) == Some("enabled");
        let any = names.is_some() || prefixes.is_some() || suffixes.is_some() || needs_hash;
        any.then(|| Self {
            names: names.unwrap_or_default(),
            prefixes: prefixes.unwrap_or_default(),
            suffixes: suffixes.unwrap_or_default(),
            needs_hash,
        })
    }
}

/// The words that Reloader takes for true (Go's `strconv.ParseBool`); all else is false.
pub(crate) fn is_true(value: &str) -> bool {
    matches!(value, "1" | "t" | "T" | "TRUE" | "true" | "True")
}

/// The entries of a comma list, trimmed, without empty ones.
pub(crate) fn entries(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(str::trim).filter(|e| !e.is_empty())
}

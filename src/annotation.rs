//! Every annotation that restamp reads or writes, and the syntax of its value.
//!
//! Reloader's keys: `internal/pkg/options/flags.go` of stakater/Reloader v1.4.21; Wave's: `pkg/core/types.go` of
//! wave-k8s/wave. `docs/annotations.md` explains each; a test compares that page with [`Names`] and the constants.

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

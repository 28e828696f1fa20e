//! Delivery, networks and platforms: kinds that hold no pod template of their own, with what to do instead.

use super::row::{Row, not_ours, pod, rolls};
use crate::kube::reference::Names;

const LABEL_IT: &str =
    "label the ConfigMap or Secret `reconcile.fluxcd.io/watch: Enabled`: Flux then reconciles when it changes";
const STAMP_FIRST: &str = "stamp the manifests in it before they are put there";
const STAMP_BUILD: &str = "stamp what it renders: in CI, or in a config management plugin";

pub(super) const ROWS: &[Row] = &[
    not_ours(
        "HelmRelease",
        &["helm.toolkit.fluxcd.io/v2"],
        "it has no pod template: Flux renders a chart of it",
        LABEL_IT,
        "fluxcd/helm-controller@0f61a86 docs/spec/v2/helmreleases.md",
    )
    .follows(&[("spec.valuesFrom[]", Names::ByKind)]),
    not_ours(
        "Kustomization",
        &["kustomize.toolkit.fluxcd.io/v1"],
        "it has no pod template: Flux builds a kustomization for it",
        LABEL_IT,
        "fluxcd/kustomize-controller@186fb3b docs/spec/v1/kustomizations.md",
    )
    .follows(&[("spec.postBuild.substituteFrom[]", Names::ByKind)]),
    not_ours(
        "Application",
        &["argoproj.io/v1alpha1"],
        "it has no pod template: Argo CD renders its source",
        STAMP_BUILD,
        "argoproj/argo-cd@37ee0097 pkg/apis/application/v1alpha1/types.go",
    ),
    not_ours(
        "ApplicationSet",
        &["argoproj.io/v1alpha1"],
        "it has no pod template: Argo CD makes Applications of it",
        STAMP_BUILD,
        "argoproj/argo-cd@37ee0097 pkg/apis/application/v1alpha1/applicationset_types.go",
    ),
    not_ours(
        "GitRepo",
        &["fleet.cattle.io/v1alpha1"],
        "it has no pod template: Fleet deploys what is in the repository",
        "stamp the manifests in the repository",
        "rancher/fleet@3b2c622c pkg/apis/fleet.cattle.io/v1alpha1/gitrepo_types.go",
    ),
    not_ours(
        "Bundle",
        &["fleet.cattle.io/v1alpha1"],
        "its manifests are texts",
        STAMP_FIRST,
        "rancher/fleet@3b2c622c pkg/apis/fleet.cattle.io/v1alpha1/bundle_types.go",
    ),
    not_ours(
        "PropagationPolicy",
        &["policy.karmada.io/v1alpha1"],
        "it has no pod template: Karmada propagates other objects",
        "annotate the workloads that it selects",
        "karmada-io/karmada@f8fdd02d pkg/apis/policy/v1alpha1/propagation_types.go",
    ),
    not_ours(
        "ClusterPropagationPolicy",
        &["policy.karmada.io/v1alpha1"],
        "it has no pod template: Karmada propagates other objects",
        "annotate the workloads that it selects",
        "karmada-io/karmada@f8fdd02d pkg/apis/policy/v1alpha1/propagation_types.go",
    ),
    not_ours(
        "Work",
        &["work.karmada.io/v1alpha1"],
        "it carries other manifests",
        STAMP_FIRST,
        "karmada-io/karmada@f8fdd02d pkg/apis/work/v1alpha1/work_types.go",
    ),
    not_ours(
        "ManifestWork",
        &["work.open-cluster-management.io/v1"],
        "it carries other manifests",
        STAMP_FIRST,
        "open-cluster-management-io/api@1845fd80 work/v1/types.go",
    ),
    not_ours(
        "ManifestWorkReplicaSet",
        &["work.open-cluster-management.io/v1alpha1"],
        "it carries other manifests",
        STAMP_FIRST,
        "open-cluster-management-io/api@1845fd80 work/v1alpha1/types_manifestworkreplicaset.go",
    ),
    not_ours(
        "Gateway",
        &["gateway.networking.k8s.io/v1"],
        "its controller makes the pods, and gives them certificates without a restart",
        "nothing has to be done for certificates; other configs: annotate a Deployment of your own",
        "istio/istio@86c9f01f manifests/charts/istio-control/istio-discovery/files/kube-gateway.yaml",
    ),
    not_ours(
        "Gateway",
        &["networking.istio.io/v1"],
        "Istio gives certificates to its proxies without a restart",
        "nothing has to be done for `credentialName`; other configs: annotate the Deployment of the gateway",
        "istio/istio@86c9f01f pilot/pkg/xds/sds.go",
    ),
    not_ours(
        "Task",
        &["tekton.dev/v1"],
        "each run starts pods anew, which read the configs as they are then",
        "nothing has to be done: remove the annotation",
        "tektoncd/pipeline@3ee1745a docs/tasks.md",
    ),
    not_ours(
        "Pipeline",
        &["tekton.dev/v1"],
        "each run starts pods anew, which read the configs as they are then",
        "nothing has to be done: remove the annotation",
        "tektoncd/pipeline@3ee1745a docs/pipelines.md",
    ),
    not_ours(
        "TaskRun",
        &["tekton.dev/v1"],
        "it runs once",
        "nothing has to be done: remove the annotation",
        "tektoncd/pipeline@3ee1745a docs/taskruns.md",
    ),
    not_ours(
        "PipelineRun",
        &["tekton.dev/v1"],
        "it runs once",
        "nothing has to be done: remove the annotation",
        "tektoncd/pipeline@3ee1745a docs/pipelineruns.md",
    ),
    not_ours(
        "Component",
        &["dapr.io/v1alpha1"],
        "it has no pod template: the sidecars of workloads read it",
        "annotate the workloads, and list the Secrets of the component there (`secret.reloader.stakater.com/reload`)",
        "dapr/dapr@d8450742 pkg/apis/components/v1alpha1/types.go",
    ),
    not_ours(
        "Configuration",
        &["dapr.io/v1alpha1"],
        "it has no pod template: the sidecars of workloads read it when they start",
        "annotate the workloads",
        "dapr/dapr@d8450742 pkg/apis/configuration/v1alpha1/types.go",
    ),
    rolls(
        "DeploymentRuntimeConfig",
        &["pkg.crossplane.io/v1beta1"],
        &[pod("spec.deploymentTemplate.spec.template")],
        "crossplane/crossplane@2d040d2d internal/controller/pkg/runtime/runtime.go (deploymentFromRuntimeConfig)",
    )
    .partial(),
    not_ours(
        "Provider",
        &["pkg.crossplane.io/v1"],
        "it has no pod template",
        "annotate the DeploymentRuntimeConfig that `spec.runtimeConfigRef` names",
        "crossplane/crossplane@2d040d2d apis/pkg/v1/provider_types.go",
    ),
];

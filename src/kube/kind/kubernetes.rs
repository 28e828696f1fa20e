//! Kubernetes' own kinds, and those that stand in their place: Argo Rollouts, OpenShift, Knative.

use super::row::{Rollout, Row, Template, next_run, not_ours, pod, rolls, row};

const TEMPLATE: &[Template] = &[pod("spec.template")];
const NO_ROLLOUT: &str = "use a Deployment, StatefulSet or DaemonSet";

pub(super) const ROWS: &[Row] = &[
    rolls(
        "Deployment",
        &["apps/v1", "extensions/v1beta1"],
        TEMPLATE,
        "kubernetes/kubernetes@v1.36.3 pkg/controller/deployment/util/deployment_util.go (EqualIgnoreHash)",
    ),
    rolls(
        "StatefulSet",
        &["apps/v1", "extensions/v1beta1"],
        TEMPLATE,
        "kubernetes/kubernetes@v1.36.3 pkg/controller/statefulset/stateful_set_utils.go (getPatch)",
    ),
    rolls(
        "DaemonSet",
        &["apps/v1", "extensions/v1beta1"],
        TEMPLATE,
        "kubernetes/kubernetes@v1.36.3 pkg/controller/daemon/update.go (getPatch)",
    ),
    Row {
        workload_ref: Some("workloadRef"),
        ..rolls(
            "Rollout",
            &["argoproj.io/v1alpha1"],
            TEMPLATE,
            "argoproj/argo-rollouts@9f8d111d utils/replicaset/replicaset.go (PodTemplateEqualIgnoreHash)",
        )
    },
    rolls(
        "DeploymentConfig",
        &["apps.openshift.io/v1", "v1"],
        TEMPLATE,
        "openshift/openshift-controller-manager@26d20fea pkg/apps/deploymentconfig/deploymentconfig_controller.go",
    ),
    row(
        "Service",
        &["serving.knative.dev/v1"],
        Rollout::Revision,
        TEMPLATE,
        "knative/serving@98e5ef90 pkg/apis/serving/v1/revision_validation.go (VerifyNameChange)",
    ),
    row(
        "Configuration",
        &["serving.knative.dev/v1"],
        Rollout::Revision,
        TEMPLATE,
        "knative/serving@98e5ef90 pkg/apis/serving/v1/configuration_validation.go",
    ),
    next_run(
        "CronJob",
        &["batch/v1"],
        &[pod("spec.jobTemplate.spec.template")],
        "kubernetes/kubernetes@v1.36.3 pkg/controller/cronjob/utils.go (getJobFromTemplate2)",
    ),
    row(
        "Job",
        &["batch/v1", "extensions/v1beta1"],
        Rollout::Immutable,
        TEMPLATE,
        "kubernetes/kubernetes@v1.36.3 pkg/apis/batch/validation/validation.go (validatePodTemplateUpdate)",
    ),
    Row {
        instead: NO_ROLLOUT,
        ..row(
            "ReplicaSet",
            &["apps/v1", "extensions/v1beta1"],
            Rollout::Never,
            TEMPLATE,
            "kubernetes/kubernetes@v1.36.3 pkg/controller/replicaset/replica_set.go",
        )
    },
    Row {
        instead: NO_ROLLOUT,
        ..row(
            "ReplicationController",
            &["v1"],
            Rollout::Never,
            TEMPLATE,
            "kubernetes/kubernetes@v1.36.3 pkg/controller/replication/replication_controller.go",
        )
    },
    Row {
        instead: NO_ROLLOUT,
        ..row(
            "Pod",
            &["v1"],
            Rollout::Never,
            &[pod("")],
            "kubernetes/kubernetes@v1.36.3 pkg/apis/core/validation/validation.go (ValidatePodUpdate)",
        )
    },
    not_ours(
        "PodTemplate",
        &["v1"],
        "no controller makes pods of a PodTemplate",
        NO_ROLLOUT,
        "kubernetes/kubernetes@v1.36.3 pkg/apis/core/types.go (PodTemplate)",
    ),
    row(
        "JobSet",
        &["jobset.x-k8s.io/v1alpha2"],
        Rollout::Immutable,
        &[pod("spec.replicatedJobs[].template.spec.template")],
        "kubernetes-sigs/jobset@08dfbdfd pkg/webhooks/jobset_webhook.go (ValidateUpdate)",
    ),
    rolls(
        "LeaderWorkerSet",
        &["leaderworkerset.x-k8s.io/v1"],
        &[pod("spec.leaderWorkerTemplate.leaderTemplate"), pod("spec.leaderWorkerTemplate.workerTemplate")],
        "kubernetes-sigs/lws@060ab4da pkg/utils/revision/revision_utils.go (getPatch)",
    ),
    rolls(
        "DisaggregatedSet",
        &["disaggregatedset.x-k8s.io/v1"],
        &[
            pod("spec.roles[].spec.leaderWorkerTemplate.leaderTemplate"),
            pod("spec.roles[].spec.leaderWorkerTemplate.workerTemplate"),
        ],
        "kubernetes-sigs/lws@060ab4da pkg/utils/disaggregatedset/utils.go (ComputeRevision)",
    ),
    not_ours(
        "Workload",
        &["kueue.x-k8s.io/v1beta2"],
        "Kueue makes a Workload of the job that it queues",
        "annotate the job",
        "kubernetes-sigs/kueue@ff69552e apis/kueue/v1beta2/workload_types.go",
    ),
    not_ours(
        "ClusterQueue",
        &["kueue.x-k8s.io/v1beta2"],
        "it has no pod template",
        "annotate the jobs that are queued",
        "kubernetes-sigs/kueue@ff69552e apis/kueue/v1beta2/clusterqueue_types.go",
    ),
    not_ours(
        "LocalQueue",
        &["kueue.x-k8s.io/v1beta2"],
        "it has no pod template",
        "annotate the jobs that are queued",
        "kubernetes-sigs/kueue@ff69552e apis/kueue/v1beta2/localqueue_types.go",
    ),
];

//! Applications and batch work: OpenKruise, KEDA, Argo Workflows, Volcano, Ray, Kubeflow, Spark, Flink and others.

use super::row::{Only, Row, Says, Template, extra, next_run, not_ours, once, pod, rolls};
use crate::kube::reference::Names;

/// OpenKruise changes annotations in place where it may, and no container restarts.
const fn in_place(fields: &'static [&'static str]) -> Only {
    Only {
        fields,
        says: Says::NoneOf(&["InPlaceIfPossible", "InPlaceOnly"]),
        why: "it is updated in place, so that a changed annotation restarts no container",
        instead: "use the update policy `ReCreate` (of a DaemonSet: `Standard`)",
    }
}

const REPLICAS: &str =
    "kubeflow/training-operator@v1.9.0 pkg/controller.v1/common/pod.go (createNewPod: missing pods alone)";

/// Where a workflow's containers and volumes are, from its spec on.
const WORKFLOW: &[(&str, Names)] = &[
    ("templateDefaults.container", Names::Container),
    ("templateDefaults.script", Names::Container),
    ("templates[].container", Names::Container),
    ("templates[].containerSet.containers[]", Names::Container),
    ("templates[].initContainers[]", Names::Container),
    ("templates[].script", Names::Container),
    ("templates[].sidecars[]", Names::Container),
    ("templates[].volumes[]", Names::Volume),
    ("volumes[]", Names::Volume),
];

const POD_METADATA: &[&str] = &["podMetadata", "annotations"];

const fn ray(head: &'static str, workers: &'static str) -> [Template; 2] {
    [pod(head), pod(workers)]
}

/// Where a component of KServe names configs beside the fields of its pod spec.
const MODEL: &[(&str, Names)] = &[
    ("huggingface", Names::Container),
    ("lightgbm", Names::Container),
    ("model", Names::Container),
    ("onnx", Names::Container),
    ("paddle", Names::Container),
    ("pmml", Names::Container),
    ("pytorch", Names::Container),
    ("sklearn", Names::Container),
    ("tensorflow", Names::Container),
    ("triton", Names::Container),
    ("xgboost", Names::Container),
];

const SPARK: &[(&str, Names)] = &[
    ("driver.configMaps[]", Names::ConfigMapRef),
    ("driver.envFrom[]", Names::EnvFrom),
    ("driver.env[]", Names::Env),
    ("driver.initContainers[]", Names::Container),
    ("driver.secrets[]", Names::SecretRef),
    ("driver.sidecars[]", Names::Container),
    ("driver.template.spec", Names::PodSpec),
    ("executor.configMaps[]", Names::ConfigMapRef),
    ("executor.envFrom[]", Names::EnvFrom),
    ("executor.env[]", Names::Env),
    ("executor.initContainers[]", Names::Container),
    ("executor.secrets[]", Names::SecretRef),
    ("executor.sidecars[]", Names::Container),
    ("executor.template.spec", Names::PodSpec),
    ("hadoopConfigMap", Names::ConfigMap),
    ("sparkConfigMap", Names::ConfigMap),
    ("volumes[]", Names::Volume),
];

pub(super) const ROWS: &[Row] = &[
    rolls(
        "CloneSet",
        &["apps.kruise.io/v1alpha1"],
        &[pod("spec.template")],
        "openkruise/kruise@07169cfa pkg/controller/cloneset/revision/cloneset_revision.go (getPatch)",
    )
    .only(&in_place(&["spec.updateStrategy.type", "spec.updateStrategy.rollingUpdate.podUpdatePolicy"])),
    rolls(
        "StatefulSet",
        &["apps.kruise.io/v1beta1"],
        &[pod("spec.template")],
        "openkruise/kruise@07169cfa pkg/controller/statefulset/stateful_set_utils.go (getPatch)",
    )
    .only(&in_place(&["spec.updateStrategy.rollingUpdate.podUpdatePolicy"])),
    rolls(
        "DaemonSet",
        &["apps.kruise.io/v1alpha1"],
        &[pod("spec.template")],
        "openkruise/kruise@07169cfa pkg/controller/daemonset/daemonset_history.go",
    )
    .only(&in_place(&["spec.updateStrategy.rollingUpdate.rollingUpdateType"])),
    rolls(
        "UnitedDeployment",
        &["apps.kruise.io/v1alpha1"],
        &[
            pod("spec.template.advancedStatefulSetTemplate.spec.template"),
            pod("spec.template.cloneSetTemplate.spec.template"),
            pod("spec.template.deploymentTemplate.spec.template"),
            pod("spec.template.statefulSetTemplate.spec.template"),
        ],
        "openkruise/kruise@07169cfa pkg/controller/uniteddeployment/revision.go (getUnitedDeploymentPatch)",
    )
    .only(&in_place(&[
        "spec.template.advancedStatefulSetTemplate.spec.updateStrategy.rollingUpdate.podUpdatePolicy",
        "spec.template.cloneSetTemplate.spec.updateStrategy.type",
        "spec.template.cloneSetTemplate.spec.updateStrategy.rollingUpdate.podUpdatePolicy",
    ])),
    once(
        "BroadcastJob",
        &["apps.kruise.io/v1alpha1"],
        &[pod("spec.template")],
        "openkruise/kruise@07169cfa pkg/controller/broadcastjob/broadcastjob_controller.go (createPodOnNode)",
    ),
    once(
        "AdvancedCronJob",
        &["apps.kruise.io/v1alpha1"],
        &[pod("spec.template.broadcastJobTemplate.spec.template"), pod("spec.template.jobTemplate.spec.template")],
        "openkruise/kruise@07169cfa pkg/webhook/advancedcronjob/validating/advancedcronjob_create_update_handler.go",
    ),
    not_ours(
        "SidecarSet",
        &["apps.kruise.io/v1alpha1"],
        "its containers are put into pods when those are made, and are updated in place",
        "annotate the workloads that it is injected into, and list its configs there",
        "openkruise/kruise@07169cfa apis/apps/v1beta1/sidecarset_types.go",
    ),
    next_run(
        "ScaledJob",
        &["keda.sh/v1alpha1"],
        &[pod("spec.jobTargetRef.template")],
        "kedacore/keda@8b4f083c controllers/keda/scaledjob_controller.go (deletePreviousVersionScaleJobs)",
    )
    .only(&Only {
        fields: &["spec.rolloutStrategy", "spec.rollout.strategy"],
        says: Says::OneOf(&["gradual"]),
        why: "KEDA ends running Jobs when the template changes",
        instead: "set `spec.rollout.strategy: gradual`: running Jobs go on, and new ones use the new template",
    }),
    not_ours(
        "ScaledObject",
        &["keda.sh/v1alpha1"],
        "it has no pod template: it scales another workload",
        "annotate the workload that `spec.scaleTargetRef` names",
        "kedacore/keda@8b4f083c apis/keda/v1alpha1/scaledobject_types.go",
    ),
    once(
        "Workflow",
        &["argoproj.io/v1alpha1"],
        &[extra("spec", POD_METADATA, None, WORKFLOW)],
        "argoproj/argo-workflows@f016ad89 workflow/controller/workflowpod.go (Spec.PodMetadata)",
    ),
    next_run(
        "CronWorkflow",
        &["argoproj.io/v1alpha1"],
        &[extra("spec.workflowSpec", POD_METADATA, None, WORKFLOW)],
        "argoproj/argo-workflows@f016ad89 workflow/common/convert.go (ConvertCronWorkflowToWorkflow)",
    ),
    next_run(
        "WorkflowTemplate",
        &["argoproj.io/v1alpha1"],
        &[extra("spec", POD_METADATA, None, WORKFLOW)],
        "argoproj/argo-workflows@f016ad89 workflow/controller/workflowpod.go (execWf.Spec.PodMetadata)",
    ),
    next_run(
        "ClusterWorkflowTemplate",
        &["argoproj.io/v1alpha1"],
        &[extra("spec", POD_METADATA, None, WORKFLOW)],
        "argoproj/argo-workflows@f016ad89 workflow/controller/workflowpod.go (execWf.Spec.PodMetadata)",
    ),
    once(
        "Job",
        &["batch.volcano.sh/v1alpha1"],
        &[pod("spec.tasks[].template")],
        "volcano-sh/volcano@ed72c7c8 pkg/webhooks/admission/jobs/validate/admit_job.go (validateJobUpdate)",
    ),
    next_run(
        "CronJob",
        &["batch.volcano.sh/v1alpha1"],
        &[pod("spec.jobTemplate.spec.tasks[].template")],
        "volcano-sh/volcano@ed72c7c8 pkg/controllers/cronjob/cronjob_controller_util.go (getJobFromTemplate)",
    ),
    rolls(
        "RayCluster",
        &["ray.io/v1"],
        &ray("spec.headGroupSpec.template", "spec.workerGroupSpecs[].template"),
        "ray-project/kuberay@feeaf72f ray-operator/controllers/ray/raycluster_controller.go (shouldRecreatePodsForUpgrade)",
    )
    .only(&Only {
        fields: &["spec.upgradeStrategy.type"],
        says: Says::OneOf(&["Recreate"]),
        why: "KubeRay leaves the pods of a RayCluster as they are when its templates change",
        instead: "set `spec.upgradeStrategy.type: Recreate` if all its pods may be replaced, or use a RayService",
    }),
    rolls(
        "RayService",
        &["ray.io/v1"],
        &ray("spec.rayClusterConfig.headGroupSpec.template", "spec.rayClusterConfig.workerGroupSpecs[].template"),
        "ray-project/kuberay@feeaf72f ray-operator/controllers/ray/rayservice_controller.go (shouldPrepareNewCluster)",
    )
    .only(&Only {
        fields: &["spec.upgradeStrategy.type"],
        says: Says::NoneOf(&["None"]),
        why: "with the upgrade strategy `None` no new cluster is made when its templates change",
        instead: "set `spec.upgradeStrategy.type: NewCluster`",
    }),
    once(
        "RayJob",
        &["ray.io/v1"],
        &ray("spec.rayClusterSpec.headGroupSpec.template", "spec.rayClusterSpec.workerGroupSpecs[].template"),
        "ray-project/kuberay@feeaf72f ray-operator/controllers/ray/rayjob_controller.go",
    ),
    next_run(
        "RayCronJob",
        &["ray.io/v1"],
        &ray(
            "spec.jobTemplate.rayClusterSpec.headGroupSpec.template",
            "spec.jobTemplate.rayClusterSpec.workerGroupSpecs[].template",
        ),
        "ray-project/kuberay@feeaf72f ray-operator/apis/ray/v1/raycronjob_types.go (JobTemplate)",
    ),
    once("PyTorchJob", &["kubeflow.org/v1"], &[pod("spec.pytorchReplicaSpecs.*.template")], REPLICAS),
    once("TFJob", &["kubeflow.org/v1"], &[pod("spec.tfReplicaSpecs.*.template")], REPLICAS),
    once("XGBoostJob", &["kubeflow.org/v1"], &[pod("spec.xgbReplicaSpecs.*.template")], REPLICAS),
    once("PaddleJob", &["kubeflow.org/v1"], &[pod("spec.paddleReplicaSpecs.*.template")], REPLICAS),
    once("JAXJob", &["kubeflow.org/v1"], &[pod("spec.jaxReplicaSpecs.*.template")], REPLICAS),
    once(
        "MPIJob",
        &["kubeflow.org/v2beta1"],
        &[pod("spec.mpiReplicaSpecs.*.template")],
        "kubeflow/mpi-operator@caa3c47 pkg/controller/mpi_job_controller.go (newWorker)",
    ),
    next_run(
        "TrainingRuntime",
        &["trainer.kubeflow.org/v1alpha1"],
        &[pod("spec.template.spec.replicatedJobs[].template.spec.template")],
        "kubeflow/trainer@8c0f5059 pkg/runtime/framework/plugins/jobset/jobset.go (Build)",
    )
    .partial(),
    next_run(
        "ClusterTrainingRuntime",
        &["trainer.kubeflow.org/v1alpha1"],
        &[pod("spec.template.spec.replicatedJobs[].template.spec.template")],
        "kubeflow/trainer@8c0f5059 pkg/runtime/framework/plugins/jobset/jobset.go (Build)",
    )
    .partial(),
    not_ours(
        "TrainJob",
        &["trainer.kubeflow.org/v1alpha1"],
        "its JobSet is made once, and a change while it runs is refused",
        "annotate the TrainingRuntime: the next TrainJob uses it",
        "kubeflow/trainer@8c0f5059 pkg/apis/trainer/v1alpha1/trainjob_types.go (field is immutable)",
    ),
    rolls(
        "InferenceService",
        &["serving.kserve.io/v1beta1"],
        &[
            extra("spec.explainer", &["annotations"], Some(""), MODEL),
            extra("spec.predictor", &["annotations"], Some(""), MODEL),
            extra("spec.transformer", &["annotations"], Some(""), MODEL),
        ],
        "kserve/kserve@aaac4e29 pkg/controller/v1beta1/inferenceservice/reconcilers/knative/ksvc_reconciler.go (semanticEquals)",
    )
    .partial(),
    not_ours(
        "SparkApplication",
        &["sparkoperator.k8s.io/v1beta2"],
        "a changed spec ends the application and runs it again, even if it is done",
        "use a ScheduledSparkApplication, or give the config a new name with its content if it shall run again",
        "kubeflow/spark-operator@38082f33 internal/controller/sparkapplication/event_filter.go (Invalidating)",
    ),
    next_run(
        "ScheduledSparkApplication",
        &["sparkoperator.k8s.io/v1beta2"],
        &[extra("spec.template", &["driver", "annotations"], None, SPARK)],
        "kubeflow/spark-operator@38082f33 internal/controller/scheduledsparkapplication/controller.go (Spec.Template)",
    ),
    rolls(
        "FlinkDeployment",
        &["flink.apache.org/v1beta1"],
        &[pod("spec.jobManager.podTemplate"), pod("spec.podTemplate"), pod("spec.taskManager.podTemplate")],
        "apache/flink-kubernetes-operator@6e9caeb4 flink-kubernetes-operator/src/main/java/org/apache/flink/kubernetes/operator/reconciler/diff/ReflectiveDiffBuilder.java",
    )
    .partial(),
    rolls(
        "FlinkBlueGreenDeployment",
        &["flink.apache.org/v1beta1"],
        &[
            pod("spec.template.spec.jobManager.podTemplate"),
            pod("spec.template.spec.podTemplate"),
            pod("spec.template.spec.taskManager.podTemplate"),
        ],
        "apache/flink-kubernetes-operator@6e9caeb4 flink-kubernetes-operator/src/main/java/org/apache/flink/kubernetes/operator/reconciler/diff/ReflectiveDiffBuilder.java",
    )
    .partial(),
    not_ours(
        "FlinkSessionJob",
        &["flink.apache.org/v1beta1"],
        "it has no pod template: it runs in the pods of a FlinkDeployment",
        "annotate the FlinkDeployment that `spec.deploymentName` names",
        "apache/flink-kubernetes-operator@6e9caeb4 docs/content/docs/custom-resource/reference.md",
    ),
    rolls(
        "Fleet",
        &["agones.dev/v1"],
        &[pod("spec.template.spec.template")],
        "googleforgames/agones@b19d5fe7 pkg/fleets/controller.go (filterGameServerSetByActive)",
    ),
    not_ours(
        "GameServer",
        &["agones.dev/v1"],
        "its pod is made once",
        "use a Fleet, and annotate that",
        "googleforgames/agones@b19d5fe7 pkg/gameservers/controller.go",
    ),
    not_ours(
        "GameServerSet",
        &["agones.dev/v1"],
        "it replaces no GameServers: a Fleet makes a new GameServerSet",
        "use a Fleet, and annotate that",
        "googleforgames/agones@b19d5fe7 pkg/gameserversets/controller.go",
    ),
    rolls(
        "WorkerDeployment",
        &["temporal.io/v1alpha1"],
        &[pod("spec.template")],
        "temporalio/temporal-worker-controller@9cd89c0 internal/k8s/deployments.go (ComputeBuildID)",
    ),
    rolls(
        "TemporalWorkerDeployment",
        &["temporal.io/v1alpha1"],
        &[pod("spec.template")],
        "temporalio/temporal-worker-controller@9cd89c0 internal/k8s/deployments.go (ComputeBuildID)",
    ),
    rolls(
        "TemporalCluster",
        &["temporal.io/v1beta1"],
        &[
            pod("spec.admintools.overrides.deployment.spec.template"),
            // The overrides of all services go before those of one: one stamp here is that of all of them.
            extra(
                "spec.services",
                &["overrides", "deployment", "spec", "template", "metadata", "annotations"],
                Some("overrides.deployment.spec.template.spec"),
                &[
                    ("frontend.overrides.deployment.spec.template.spec", Names::PodSpec),
                    ("history.overrides.deployment.spec.template.spec", Names::PodSpec),
                    ("internalFrontend.overrides.deployment.spec.template.spec", Names::PodSpec),
                    ("matching.overrides.deployment.spec.template.spec", Names::PodSpec),
                    ("worker.overrides.deployment.spec.template.spec", Names::PodSpec),
                ],
            ),
            pod("spec.ui.overrides.deployment.spec.template"),
        ],
        "alexandrevilain/temporal-operator@v0.22.0 pkg/kubernetes/overrides.go (ApplyPodTemplateSpecOverrides)",
    )
    .partial(),
    not_ours(
        "Function",
        &["openfaas.com/v1"],
        "what its operator does with a changed annotation is not known",
        "deploy the function anew, or give the Secret a new name with its content",
        "openfaas/faas-netes@662ce9ce pkg/apis/openfaas/v1/types.go",
    ),
    not_ours(
        "VirtualMachine",
        &["kubevirt.io/v1"],
        "a changed template waits for the machine's next start",
        "restart it (`virtctl restart NAME`)",
        "kubevirt/kubevirt@d923fdb8 pkg/virt-controller/watch/vm/vm.go (setRestartRequired)",
    ),
];

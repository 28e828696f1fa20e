//! Monitoring, logs and search.

use super::row::{Only, Row, Says, Template, extra, pod, rolls};
use crate::kube::reference::Names;

const POD_METADATA: &[&str] = &["podMetadata", "annotations"];
const POD_ANNOTATIONS: &[&str] = &["podAnnotations"];

/// Lists of names that prometheus-operator mounts, beside the fields of a pod spec.
const MOUNTED: &[(&str, Names)] = &[("configMaps[]", Names::ConfigMap), ("secrets[]", Names::Secret)];
const PROMETHEUS: &[Template] = &[extra("spec", POD_METADATA, Some(""), MOUNTED)];

const VM: &[(&str, Names)] = &[
    ("configMaps[]", Names::ConfigMap),
    ("extraEnvsFrom[]", Names::EnvFrom),
    ("extraEnvs[]", Names::Env),
    ("secrets[]", Names::Secret),
];
const VM_SPEC: &[Template] = &[extra("spec", POD_METADATA, Some(""), VM)];

const fn vm(path: &'static str) -> Template {
    extra(path, POD_METADATA, Some(""), VM)
}

const VM_SOURCE: &str = "VictoriaMetrics/operator@d0d258c8 internal/controller/operator/factory/reconcile/statefulset.go, deploy.go (diffDeepDerivative)";

const OTEL: &[(&str, Names)] = &[
    ("additionalContainers[]", Names::Container),
    ("configmaps[]", Names::ConfigMapRef),
    ("envFrom[]", Names::EnvFrom),
    ("env[]", Names::Env),
];

const POD_TEMPLATE: &[Template] = &[pod("spec.podTemplate")];
const ECK: &str = "elastic/cloud-on-k8s@7b93383d pkg/controller/common/deployment/reconcile.go (WithTemplateHash)";

pub(super) const ROWS: &[Row] = &[
    rolls(
        "Prometheus",
        &["monitoring.coreos.com/v1"],
        PROMETHEUS,
        "prometheus-operator/prometheus-operator@6adcebc5 pkg/prometheus/server/operator.go (createSSetInputHash)",
    ),
    rolls(
        "PrometheusAgent",
        &["monitoring.coreos.com/v1alpha1"],
        PROMETHEUS,
        "prometheus-operator/prometheus-operator@6adcebc5 pkg/prometheus/agent/statefulset.go (BuildPodMetadata)",
    ),
    rolls(
        "Alertmanager",
        &["monitoring.coreos.com/v1"],
        PROMETHEUS,
        "prometheus-operator/prometheus-operator@6adcebc5 pkg/alertmanager/statefulset.go (PodMetadata)",
    ),
    rolls(
        "ThanosRuler",
        &["monitoring.coreos.com/v1"],
        PROMETHEUS,
        "prometheus-operator/prometheus-operator@6adcebc5 pkg/thanos/statefulset.go (PodMetadata)",
    ),
    rolls("VMAgent", &["operator.victoriametrics.com/v1beta1"], VM_SPEC, VM_SOURCE),
    rolls("VMAlert", &["operator.victoriametrics.com/v1beta1"], VM_SPEC, VM_SOURCE),
    rolls("VMAlertmanager", &["operator.victoriametrics.com/v1beta1"], VM_SPEC, VM_SOURCE),
    rolls("VMAuth", &["operator.victoriametrics.com/v1beta1"], VM_SPEC, VM_SOURCE),
    rolls("VMSingle", &["operator.victoriametrics.com/v1beta1"], VM_SPEC, VM_SOURCE),
    rolls("VMAnomaly", &["operator.victoriametrics.com/v1"], VM_SPEC, VM_SOURCE),
    rolls(
        "VMCluster",
        &["operator.victoriametrics.com/v1beta1"],
        &[vm("spec.requestsLoadBalancer.spec"), vm("spec.vminsert"), vm("spec.vmselect"), vm("spec.vmstorage")],
        VM_SOURCE,
    ),
    rolls("VLAgent", &["operator.victoriametrics.com/v1"], VM_SPEC, VM_SOURCE),
    rolls("VLSingle", &["operator.victoriametrics.com/v1"], VM_SPEC, VM_SOURCE),
    rolls(
        "VLCluster",
        &["operator.victoriametrics.com/v1"],
        &[vm("spec.requestsLoadBalancer.spec"), vm("spec.vlinsert"), vm("spec.vlselect"), vm("spec.vlstorage")],
        VM_SOURCE,
    ),
    rolls("VTSingle", &["operator.victoriametrics.com/v1"], VM_SPEC, VM_SOURCE),
    rolls(
        "VTCluster",
        &["operator.victoriametrics.com/v1"],
        &[vm("spec.insert"), vm("spec.requestsLoadBalancer.spec"), vm("spec.select"), vm("spec.storage")],
        VM_SOURCE,
    ),
    rolls(
        "OpenTelemetryCollector",
        &["opentelemetry.io/v1beta1"],
        &[extra("spec", POD_ANNOTATIONS, Some(""), OTEL)],
        "open-telemetry/opentelemetry-operator@be894441 internal/manifests/manifestutils/annotations.go (PodAnnotations)",
    )
    .only(&Only {
        fields: &["spec.mode"],
        says: Says::NoneOf(&["sidecar"]),
        why: "in the mode `sidecar` it has no pods of its own",
        instead: "annotate the workloads that it is injected into, and list its configs there",
    }),
    rolls(
        "OpAMPBridge",
        &["opentelemetry.io/v1alpha1"],
        &[extra("spec", POD_ANNOTATIONS, Some(""), OTEL)],
        "open-telemetry/opentelemetry-operator@be894441 internal/manifests/opampbridge/annotations.go (PodAnnotations)",
    ),
    rolls(
        "TargetAllocator",
        &["opentelemetry.io/v1alpha1"],
        &[extra("spec", POD_ANNOTATIONS, Some(""), OTEL)],
        "open-telemetry/opentelemetry-operator@be894441 internal/manifests/targetallocator/annotations.go",
    ),
    rolls(
        "Grafana",
        &["grafana.integreatly.org/v1beta1"],
        &[pod("spec.deployment.spec.template")],
        "grafana/grafana-operator@60d3ebd2 controllers/reconcilers/grafana/deployment_reconciler.go (Merge)",
    )
    .partial(),
    rolls(
        "Jaeger",
        &["jaegertracing.io/v1"],
        &[extra(
            "spec",
            &["annotations"],
            None,
            &[
                ("agent.volumes[]", Names::Volume),
                ("allInOne.volumes[]", Names::Volume),
                ("collector.volumes[]", Names::Volume),
                ("ingester.volumes[]", Names::Volume),
                ("query.volumes[]", Names::Volume),
                ("storage.secretName", Names::Secret),
                ("volumes[]", Names::Volume),
            ],
        )],
        "jaegertracing/jaeger-operator@87d8ae04 pkg/util/util.go (Merge); pkg/inventory/deployment.go",
    ),
    rolls(
        "Elasticsearch",
        &["elasticsearch.k8s.elastic.co/v1"],
        &[pod("spec.nodeSets[].podTemplate")],
        "elastic/cloud-on-k8s@7b93383d pkg/controller/elasticsearch/nodespec/statefulset.go",
    )
    .partial(),
    rolls("Kibana", &["kibana.k8s.elastic.co/v1"], POD_TEMPLATE, ECK).partial(),
    rolls("ApmServer", &["apm.k8s.elastic.co/v1"], POD_TEMPLATE, ECK).partial(),
    rolls("EnterpriseSearch", &["enterprisesearch.k8s.elastic.co/v1"], POD_TEMPLATE, ECK).partial(),
    rolls("ElasticMapsServer", &["maps.k8s.elastic.co/v1alpha1"], POD_TEMPLATE, ECK).partial(),
    rolls("PackageRegistry", &["packageregistry.k8s.elastic.co/v1alpha1"], POD_TEMPLATE, ECK).partial(),
    rolls(
        "Beat",
        &["beat.k8s.elastic.co/v1beta1"],
        &[pod("spec.daemonSet.podTemplate"), pod("spec.deployment.podTemplate")],
        ECK,
    )
    .partial(),
    rolls(
        "Agent",
        &["agent.k8s.elastic.co/v1alpha1"],
        &[pod("spec.daemonSet.podTemplate"), pod("spec.deployment.podTemplate"), pod("spec.statefulSet.podTemplate")],
        ECK,
    )
    .partial(),
    rolls(
        "Logstash",
        &["logstash.k8s.elastic.co/v1alpha1"],
        POD_TEMPLATE,
        "elastic/cloud-on-k8s@7b93383d pkg/controller/common/statefulset/reconcile.go (WithTemplateHash)",
    )
    .partial(),
];

//! Databases, caches and message brokers.

use super::row::{Row, extra, not_ours, pod, rolls};
use crate::kube::reference::Names;

const SIDECARS: &[(&str, Names)] = &[("sidecarVolumes[]", Names::Volume), ("sidecars[]", Names::Container)];

const MONGO: &[(&str, Names)] = &[
    ("envFrom[]", Names::EnvFrom),
    ("env[]", Names::Env),
    ("sidecarVolumes[]", Names::Volume),
    ("sidecars[]", Names::Container),
];

const PERCONA_PG: &[(&str, Names)] =
    &[("initContainers[]", Names::Container), ("sidecarVolumes[]", Names::Volume), ("sidecars[]", Names::Container)];

const CONTAINERS: &[(&str, Names)] = &[("containers[]", Names::Container)];
const METADATA: &[&str] = &["metadata", "annotations"];

const REDIS: &str =
    "OT-CONTAINER-KIT/redis-operator@5dd04e17 internal/k8sutils/statefulset.go (generateStatefulSetsDef)";

/// Where a Redis of that operator names configs; all its own annotations are those of its pods too.
const REDIS_FIELDS: &[(&str, Names)] = &[
    ("spec.TLS.secret", Names::SecretSource),
    ("spec.acl.secret", Names::SecretSource),
    ("spec.env[]", Names::Env),
    ("spec.initContainer.env[]", Names::Env),
    ("spec.kubernetesConfig.redisSecret", Names::SecretRef),
    ("spec.redisConfig.additionalRedisConfig", Names::ConfigMap),
    ("spec.redisExporter.env[]", Names::Env),
    ("spec.redisFollower.redisConfig.additionalRedisConfig", Names::ConfigMap),
    ("spec.redisLeader.redisConfig.additionalRedisConfig", Names::ConfigMap),
    ("spec.redisSentinelConfig.additionalSentinelConfig", Names::ConfigMap),
    ("spec.sidecars[].env[]", Names::Env),
    ("spec.storage.volumeMount.volume[]", Names::Volume),
];

const FAILOVER: &[(&str, Names)] = &[
    ("exporter.env[]", Names::Env),
    ("extraContainers[]", Names::Container),
    ("extraVolumes[]", Names::Volume),
    ("initContainers[]", Names::Container),
    ("shutdownConfigMap", Names::ConfigMap),
    ("startupConfigMap", Names::ConfigMap),
];

const STRIMZI: &str = "strimzi/strimzi-kafka-operator@8541da1e cluster-operator/src/main/java/io/strimzi/operator/cluster/model/PodRevision.java";
const IN_POD: &[&str] = &["template", "pod", "metadata", "annotations"];
const CONNECT: &[(&str, Names)] =
    &[("template.connectContainer", Names::Container), ("template.initContainer", Names::Container)];

pub(super) const ROWS: &[Row] = &[
    not_ours(
        "Cluster",
        &["postgresql.cnpg.io/v1"],
        "CloudNativePG changes annotations of running pods and restarts none",
        "label the ConfigMap or Secret `cnpg.io/reload: \"true\"`: the operator then follows it itself",
        "cloudnative-pg/cloudnative-pg@a95a534d internal/controller/cluster_upgrade.go (isPodNeedingRollout); docs/src/certificates.md",
    ),
    rolls(
        "Pooler",
        &["postgresql.cnpg.io/v1"],
        &[pod("spec.template")],
        "cloudnative-pg/cloudnative-pg@a95a534d internal/controller/pooler_update.go (PoolerSpecHashAnnotationName)",
    )
    .partial(),
    not_ours(
        "postgresql",
        &["acid.zalan.do/v1"],
        "a changed pod annotation restarts no pod: the operator replaces the StatefulSet alone",
        "give the config a new name with its content: a changed `env` or `envFrom` rolls the pods",
        "zalando/postgres-operator@a7aaad0a pkg/cluster/cluster.go (compareStatefulSetWith)",
    ),
    rolls(
        "PerconaXtraDBCluster",
        &["pxc.percona.com/v1"],
        &[
            extra("spec.haproxy", &["annotations"], None, SIDECARS),
            extra("spec.proxysql", &["annotations"], None, SIDECARS),
            extra("spec.pxc", &["annotations"], None, SIDECARS),
        ],
        "percona/percona-xtradb-cluster-operator@b3b0b10a pkg/pxc/statefulset.go (it hashes `envVarsSecret` and the like itself)",
    ),
    rolls(
        "PerconaServerMongoDB",
        &["psmdb.percona.com/v1"],
        &[
            extra("spec.replsets[]", &["annotations"], None, MONGO),
            extra("spec.sharding.configsvrReplSet", &["annotations"], None, MONGO),
            extra("spec.sharding.mongos", &["annotations"], None, MONGO),
        ],
        "percona/percona-server-mongodb-operator@b15af500 pkg/psmdb/statefulset.go",
    ),
    rolls(
        "PerconaPGCluster",
        &["pgv2.percona.com/v2"],
        &[
            extra("spec.instances[]", METADATA, None, PERCONA_PG),
            extra("spec.proxy.pgBouncer", METADATA, None, SIDECARS),
        ],
        "percona/percona-postgresql-operator@adafb34f internal/controller/postgrescluster/instance.go (PodMatchesPodTemplate)",
    ),
    rolls(
        "PostgresCluster",
        &["postgres-operator.crunchydata.com/v1"],
        &[
            extra("spec.instances[]", METADATA, None, CONTAINERS),
            extra("spec.proxy.pgBouncer", METADATA, None, CONTAINERS),
        ],
        "CrunchyData/postgres-operator@v6.0.3 internal/controller/postgrescluster/instance.go (PodMatchesPodTemplate)",
    ),
    rolls(
        "InnoDBCluster",
        &["mysql.oracle.com/v2"],
        &[
            extra("spec", &["podAnnotations"], Some("podSpec"), &[]),
            extra("spec.router", &["podAnnotations"], Some("podSpec"), &[]),
        ],
        "mysql/mysql-operator@9.1.0-2.2.2 mysqloperator/controller/innodbcluster/operator_cluster.py (on_pod_metadata_field)",
    ),
    rolls(
        "MongoDBCommunity",
        &["mongodbcommunity.mongodb.com/v1"],
        &[pod("spec.statefulSet.spec.template")],
        "mongodb/mongodb-kubernetes-operator@v0.13.0 api/v1/mongodbcommunity_types.go (StatefulSetConfiguration)",
    )
    .partial(),
    rolls(
        "RabbitmqCluster",
        &["rabbitmq.com/v1beta1"],
        &[pod("spec.override.statefulSet.spec.template")],
        "rabbitmq/cluster-operator@06cda8e8 internal/resource/statefulset.go (applyStsOverride)",
    )
    .partial(),
    rolls("Redis", &["redis.redis.opstreelabs.in/v1beta2"], &[extra("", METADATA, None, REDIS_FIELDS)], REDIS),
    rolls("RedisCluster", &["redis.redis.opstreelabs.in/v1beta2"], &[extra("", METADATA, None, REDIS_FIELDS)], REDIS),
    rolls(
        "RedisReplication",
        &["redis.redis.opstreelabs.in/v1beta2"],
        &[extra("", METADATA, None, REDIS_FIELDS)],
        REDIS,
    ),
    rolls("RedisSentinel", &["redis.redis.opstreelabs.in/v1beta2"], &[extra("", METADATA, None, REDIS_FIELDS)], REDIS),
    rolls(
        "RedisFailover",
        &["databases.spotahome.com/v1"],
        &[
            extra("spec.redis", &["podAnnotations"], None, FAILOVER),
            extra("spec.sentinel", &["podAnnotations"], None, FAILOVER),
        ],
        "spotahome/redis-operator@632aa3da operator/redisfailover/checker.go (UpdateRedisesPods)",
    ),
    rolls(
        "Dragonfly",
        &["dragonflydb.io/v1alpha1"],
        &[extra(
            "spec",
            &["annotations"],
            Some(""),
            &[
                ("aclFromSecret", Names::SecretRef),
                ("additionalContainers[]", Names::Container),
                ("additionalVolumes[]", Names::Volume),
                ("authentication.clientCaCertSecret", Names::SecretRef),
                ("authentication.passwordFromSecret", Names::SecretRef),
                ("customLivenessProbeConfigMap", Names::ConfigMapRef),
                ("customReadinessProbeConfigMap", Names::ConfigMapRef),
                ("customStartupProbeConfigMap", Names::ConfigMapRef),
                ("env[]", Names::Env),
                ("tlsSecretRef", Names::SecretRef),
            ],
        )],
        "dragonflydb/dragonfly-operator@v1.6.1 internal/resources/resources.go; internal/controller/dragonfly_controller.go (detectRollingUpdate)",
    ),
    rolls(
        "Kafka",
        &["kafka.strimzi.io/v1"],
        &[
            extra(
                "spec.cruiseControl",
                IN_POD,
                Some("template.pod"),
                &[("template.cruiseControlContainer", Names::Container)],
            ),
            extra(
                "spec.entityOperator",
                IN_POD,
                Some("template.pod"),
                &[
                    ("template.topicOperatorContainer", Names::Container),
                    ("template.userOperatorContainer", Names::Container),
                ],
            ),
            extra(
                "spec.kafka",
                IN_POD,
                Some("template.pod"),
                &[("template.initContainer", Names::Container), ("template.kafkaContainer", Names::Container)],
            ),
            extra("spec.kafkaExporter", IN_POD, Some("template.pod"), &[("template.container", Names::Container)]),
        ],
        STRIMZI,
    ),
    rolls(
        "KafkaNodePool",
        &["kafka.strimzi.io/v1"],
        // A `template.pod` of its own would hide that of the Kafka, so that none is made.
        &[extra(
            "spec",
            IN_POD,
            Some("template.pod"),
            &[("template.initContainer", Names::Container), ("template.kafkaContainer", Names::Container)],
        )
        .needs("template.pod")],
        "strimzi/strimzi-kafka-operator@8541da1e cluster-operator/src/main/java/io/strimzi/operator/cluster/model/KafkaPool.java (processTemplate)",
    ),
    rolls("KafkaConnect", &["kafka.strimzi.io/v1"], &[extra("spec", IN_POD, Some("template.pod"), CONNECT)], STRIMZI),
    rolls(
        "KafkaMirrorMaker2",
        &["kafka.strimzi.io/v1"],
        &[extra("spec", IN_POD, Some("template.pod"), CONNECT)],
        STRIMZI,
    ),
    rolls(
        "KafkaBridge",
        &["kafka.strimzi.io/v1"],
        &[extra(
            "spec",
            IN_POD,
            Some("template.pod"),
            &[("template.bridgeContainer", Names::Container), ("template.initContainer", Names::Container)],
        )],
        "strimzi/strimzi-kafka-operator@8541da1e cluster-operator/src/main/java/io/strimzi/operator/cluster/model/KafkaBridgeCluster.java",
    ),
    not_ours(
        "StrimziPodSet",
        &["core.strimzi.io/v1"],
        "Strimzi makes it of a Kafka or KafkaConnect",
        "annotate that",
        "strimzi/strimzi-kafka-operator@8541da1e cluster-operator/src/main/java/io/strimzi/operator/cluster/operator/assembly/StrimziPodSetController.java",
    ),
];

//! A rendering of many apps, always the same: per app a ConfigMap with a block scalar, a Secret, a Service and a Deployment
//! that uses both configs, for every fifth app a CronJob too.

use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

/// The stream of so many apps; 13,000 make about 50 MB.
pub(crate) fn rendering(apps: usize) -> String {
    let mut out = String::new();
    for i in 0..apps {
        app(&mut out, i);
    }
    out
}

fn hex(text: &str, digits: usize) -> String {
    let digest = Sha256::digest(text.as_bytes());
    let hex: String = digest.iter().map(|b| format!("{b:02x}")).collect();
    hex[..digits].to_owned()
}

fn app(out: &mut String, i: usize) {
    let (team, chart) = (i % 20, i % 9);
    let token = hex(&format!("app-{i}"), 64);
    let mut lines = String::new();
    for j in 0..30 {
        let value = hex(&format!("{i}.{j}"), 32);
        let _ = writeln!(lines, "    key{j}.setting = value-{value}");
    }
    let _ = write!(
        out,
        r#"---
# Source: charts/app-{i}/templates/configmap.yaml
apiVersion: v1
kind: ConfigMap
metadata:
  name: app-{i}-config
  namespace: team-{team}
  labels:
    app.kubernetes.io/name: app-{i}
    helm.sh/chart: app-1.2.{chart}
data:
  LOG_LEVEL: "info"
  PORT: "8080"
  app.properties: |
{lines}---
apiVersion: v1
kind: Secret
metadata:
  name: app-{i}-secret
  namespace: team-{team}
type: Opaque
data:
  password: aHVudGVyMg==
  token: {token}
---
apiVersion: v1
kind: Service
metadata:
  name: app-{i}
  namespace: team-{team}
spec:
  selector:
    app.kubernetes.io/name: app-{i}
  ports:
    - name: http
      port: 80
      targetPort: 8080
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: app-{i}
  namespace: team-{team}
  annotations:
    reloader.stakater.com/auto: "true"
spec:
  replicas: 3 # scaled by HPA
  selector:
    matchLabels:
      app.kubernetes.io/name: app-{i}
  template:
    metadata:
      labels:
        app.kubernetes.io/name: app-{i}
    spec:
      initContainers:
        - name: migrate
          image: registry.example.com/app-{i}:1.0.{i}
          envFrom:
            - secretRef:
                name: app-{i}-secret
      containers:
        - name: main
          image: registry.example.com/app-{i}:1.0.{i}
          env:
            - name: PASSWORD
              valueFrom:
                secretKeyRef:
                  name: app-{i}-secret
                  key: password
          envFrom:
            - configMapRef:
                name: app-{i}-config
          resources:
            requests:
              cpu: 100m
              memory: 128Mi
          volumeMounts:
            - name: conf
              mountPath: /etc/app
        - name: sidecar
          image: envoyproxy/envoy:v1.30.1
          ports:
            - containerPort: 9901
      volumes:
        - name: conf
          configMap:
            name: app-{i}-config
"#
    );
    if i.is_multiple_of(5) {
        let _ = write!(
            out,
            r#"---
apiVersion: batch/v1
kind: CronJob
metadata:
  name: app-{i}-nightly
  namespace: team-{team}
spec:
  schedule: "0 3 * * *"
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: OnFailure
          containers:
            - name: job
              image: registry.example.com/app-{i}:1.0.{i}
              envFrom:
                - secretRef:
                    name: app-{i}-secret
"#
        );
    }
}

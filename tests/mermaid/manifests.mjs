// Manifests to draw: `node manifests.mjs FOLDER` writes few-old.yaml, few-new.yaml, many-old.yaml and many-new.yaml, and what
// their pictures have to hold: few-explain.json and so on.

import { writeFileSync } from "node:fs";
import { join } from "node:path";

const quoted = JSON.stringify;

function config(kind, name, namespace, value) {
  const field = kind === "Secret" ? "stringData" : "data";
  return `apiVersion: v1
kind: ${kind}
metadata: {name: ${quoted(name)}, namespace: ${quoted(namespace)}}
${field}: {LEVEL: ${quoted(value)}}
`;
}

function workload(kind, name, namespace, auto, configs) {
  const annotations = auto ? `, annotations: {reloader.stakater.com/auto: "true"}` : "";
  const from = configs.map(([kind, name]) => `{${kind === "Secret" ? "secretRef" : "configMapRef"}: {name: ${quoted(name)}}}`);
  return `apiVersion: apps/v1
kind: ${kind}
metadata: {name: ${quoted(name)}, namespace: ${quoted(namespace)}${annotations}}
spec:
  template:
    spec:
      containers:
      - {name: main, image: "example.com/main:1", envFrom: [${from.join(", ")}]}
`;
}

// A shop: two workloads share a config, one refers without being selected, one Secret is not in the set.
function few(value) {
  return [
    config("ConfigMap", "app-config", "shop", value),
    config("Secret", "tls", "shop", value),
    workload("Deployment", "web", "shop", true, [["ConfigMap", "app-config"], ["Secret", "tls"]]),
    workload("Deployment", "worker", "shop", false, [["ConfigMap", "app-config"]]),
    workload("StatefulSet", "db", "shop", true, [["ConfigMap", "app-config"], ["Secret", "db-password"]]),
  ];
}

// No API server takes these names; a rendering may hold them, and a picture must not break or run them.
const ODD = [
  `a"]; click n0 call alert(1)`,
  "end",
  "graph TD",
  "<b>bold</b><img src=x onerror=alert(1)>",
  "`code` **strong** $$x^2$$",
  "#quot; &amp; %% comment",
  "été-日本-🚀",
  "line\nbreak",
  "a|b{c}(d)[e]/f\\\\g",
  "o".repeat(253),
];

// Sixty workloads in six namespaces: each has a config of its own, all of a namespace share one, every third uses a
// Secret too; ten have odd names.
function many(value) {
  const out = [];
  for (const [n, namespace] of ["billing", "catalog", "identity", "logistics-and-fulfilment", "monitoring", "odd"].entries()) {
    out.push(config("ConfigMap", "shared-settings", namespace, value), config("Secret", "registry-credentials", namespace, value));
    for (let i = 0; i < 10; i++) {
      const name = namespace === "odd" ? ODD[i] : `${namespace}-service-${String(i).padStart(2, "0")}`;
      const own = namespace === "odd" ? name : `${name}-config`;
      const kind = ["Deployment", "StatefulSet", "DaemonSet"][(n + i) % 3];
      const configs = [["ConfigMap", own], ["ConfigMap", "shared-settings"]];
      if (i % 3 === 0) configs.push(["Secret", "registry-credentials"]);
      if (i === 9) configs.push(["Secret", "made-by-an-operator"]);
      out.push(config("ConfigMap", own, namespace, value), workload(kind, name, namespace, i % 5 !== 4, configs));
    }
  }
  return out;
}

// As a node shows them: a line break as a blank, long names cut in the middle.
const shown = ODD.map((name) => name.replace("\n", " ")).map((name) => (name.length > 40 ? `${name.slice(0, 24)}…${name.slice(-15)}` : name));

const PICTURES = {
  "few-explain": { nodes: 6, edges: 5, groups: 1, names: ["app-config", "web", "worker", "db", "db-password", "tls"] },
  "few-plan": { nodes: 4, edges: 3, groups: 1, names: ["app-config", "web", "db", "tls"] },
  // Per namespace: 10 workloads, 12 configs that are there, 1 that is not.
  "many-explain": { nodes: 6 * 23, edges: 6 * 25, groups: 6, names: shown },
  // 8 workloads are selected, with 8 configs of their own and 2 that are shared.
  "many-plan": { nodes: 6 * 18, edges: 6 * 19, groups: 6, names: shown.filter((_, i) => i % 5 !== 4) },
};

const [folder] = process.argv.slice(2);
for (const [name, make] of Object.entries({ few, many })) {
  for (const side of ["old", "new"]) {
    writeFileSync(join(folder, `${name}-${side}.yaml`), make(side).join("---\n"));
  }
}
for (const [name, picture] of Object.entries(PICTURES)) {
  writeFileSync(join(folder, `${name}.json`), JSON.stringify(picture));
}

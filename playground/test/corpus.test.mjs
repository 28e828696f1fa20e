// The page says what the program says, byte for byte, of 200 real files, good and broken; and how long it takes.
//
// RESTAMP names the program, RESTAMP_CORPUS the files. Without them that is said; with CI=true it is a failure.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { close, folder, link, open, says, seed, settled } from "./page.mjs";

after(close);

const { RESTAMP, RESTAMP_CORPUS, CI } = process.env;
const FILES = 200;
/** Of some there are as many as that, if there are. */
const AT_MOST = { used: 120, broken: 30, others: FILES };

/** The same files on every machine, in no order of their own. */
function sample(root) {
  const hash = (path) => createHash("sha256").update(path).digest("hex");
  const all = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile() && /\.(ya?ml|json)$/.test(entry.name));
  const named = all.map((entry) => join(entry.parentPath, entry.name)).map((path) => [hash(path.slice(root.length)), path]);
  const texts = named.sort().map(([, path]) => ({ path, bytes: readFileSync(path) }));
  // An editor holds text: what is not UTF-8 is none. A byte order mark is one of a file.
  const read = texts.map(({ path, bytes }) => ({ path, text: bytes.toString("utf8"), bytes })).filter(({ text, bytes }) => text && Buffer.from(text).equals(bytes));
  const sort = ({ path, text }) => {
    if (path.includes("_invalid")) return "broken";
    return /(configMap|secret)(Key|)(Ref|Name|:)/.test(text) && /kind: *(Deployment|StatefulSet|DaemonSet|CronJob)/.test(text) && /kind: *(ConfigMap|Secret)/.test(text) ? "used" : "others";
  };
  return Object.entries(AT_MOST).flatMap(([what, n]) => read.filter((file) => sort(file) === what).slice(0, n)).slice(0, FILES);
}

/** What the program prints in a folder that holds the texts. */
function program(at, command, files) {
  const { stdout, stderr, status } = spawnSync(RESTAMP, ["--no-config", "--format", "json", "--select", "all", command, ...files], { cwd: at, encoding: "utf8", maxBuffer: 1 << 28 });
  return { stdout, stderr, status };
}

test("the page says what the program says, of 200 files", async (t) => {
  const dev = RESTAMP_CORPUS && join(RESTAMP_CORPUS, "dev");
  if (!RESTAMP || !dev || !existsSync(dev)) {
    assert.notEqual(CI, "true", "RESTAMP and RESTAMP_CORPUS name nothing");
    t.skip("RESTAMP and RESTAMP_CORPUS name nothing");
    return;
  }
  const files = sample(dev);
  assert.equal(files.length, FILES);
  const page = await open();
  const at = folder();
  const seen = { stamped: 0, refused: 0, plans: 0, lines: 0 };
  let before = seed;
  for (const { path, text } of files) {
    writeFileSync(join(at, "old.yaml"), before);
    writeFileSync(join(at, "new.yaml"), text);
    await page.evaluate((hash) => {
      window.said = [];
      location.hash = hash;
    }, new URL(link({ old: before, new: text, settings: { select: "all" }, tab: "explain" })).hash);
    // Two answers: what was decided, and the explanation; the one for settings that cannot be used is empty.
    await page.waitForFunction(() => window.said.some((said) => said.stamped) && window.said.some((said) => typeof said === "string"), null, { timeout: 20_000, polling: 5 });
    const said = await page.evaluate(() => ({ ...window.said.find((said) => said.stamped), explanation: window.said.find((said) => typeof said === "string") }));
    const stamp = program(at, "stamp", ["new.yaml"]);
    assert.equal(said.stamped.text ?? "", stamp.stdout, path);
    assert.equal(said.stamped.findings, stamp.stderr, path);
    assert.equal(said.stamped.text === undefined, stamp.status === 2, path);
    assert.equal(said.explanation, program(at, "explain", ["new.yaml"]).stdout, path);
    const plan = program(at, "plan", ["old.yaml", "new.yaml"]);
    assert.equal(said.plan ?? "", plan.stdout, path);
    // It is what the editor shows too.
    assert.equal(await page.evaluate(() => document.querySelector("#status").textContent.includes("error")), stamp.status === 2 || program(at, "stamp", ["old.yaml"]).status === 2, path);
    seen[stamp.status === 2 ? "refused" : "stamped"]++;
    seen.plans += plan.stdout ? 1 : 0;
    seen.lines += said.stamped.lines.length;
    before = text;
  }
  t.diagnostic(`${JSON.stringify(seen)}`);
  assert.ok(seen.refused > 20 && seen.lines > 100 && seen.plans > 100, JSON.stringify(seen));
  assert.deepEqual(page.wrong, []);
  await page.close();
});

/** Manifests of about this size: pairs of a ConfigMap and a Deployment. */
function large(size) {
  const lines = Array.from({ length: 25 }, (_, i) => `    key${i}: value of the key ${i}\n`).join("");
  let out = "";
  for (let i = 0; out.length < size; i++) {
    out += `---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: config-${i}\ndata:\n  LEVEL: info\n  app.yaml: |\n${lines}---\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web-${i}\n  annotations:\n    reloader.stakater.com/auto: "true"\nspec:\n  template:\n    spec:\n      containers:\n      - name: app\n        image: nginx:1.27\n        envFrom:\n        - configMapRef: {name: config-${i}}\n`;
  }
  return out;
}

const middle = (times) => times.sort((a, b) => a - b)[times.length >> 1];

// Nothing asserts a time: the machine may be busy.
test("how long it takes", async (t) => {
  const first = [];
  for (let i = 0; i < 5; i++) {
    const page = await open();
    first.push(Number(await page.evaluate(() => document.documentElement.dataset.first)));
    await page.close();
  }
  t.diagnostic(`first result after loading begins: ${middle(first)} ms (${first})`);
  const text = large(1_000_000);
  for (const [what, old] of [["NEW alone", ""], ["OLD and NEW", text]]) {
    const page = await open(link({ old, new: text, tab: "plan" }));
    await settled(page);
    const times = [];
    for (let i = 0; i < 9; i++) {
      await page.click("#new-body .cm-line:has-text('LEVEL: info') >> nth=0");
      await page.keyboard.press("End");
      const before = await page.evaluate(() => document.documentElement.dataset.runs);
      await page.keyboard.press(i % 2 ? "Backspace" : "x");
      await page.waitForFunction((before) => document.documentElement.dataset.runs !== before, before);
      times.push(Number(await page.evaluate(() => document.documentElement.dataset.took)));
    }
    if (old) await says(page, "1 workload rolls");
    t.diagnostic(`a keystroke in ${text.length} bytes, ${what}: ${middle(times)} ms (${times})`);
    await page.close();
  }
});

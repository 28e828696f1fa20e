// The program itself as WebAssembly, under the WASI of Node. RESTAMP_WASI names it; without it that is said.

import assert from "node:assert/strict";
import { copyFileSync, closeSync, openSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { WASI } from "node:wasi";
import { folder, root, seed } from "./page.mjs";

const { RESTAMP_WASI, CI } = process.env;

/** What it prints in a folder, and its exit status. */
async function run(module, at, ...words) {
  const files = ["out", "err"].map((name) => join(folder(), name));
  const [stdout, stderr] = files.map((file) => openSync(file, "w"));
  const wasi = new WASI({ version: "preview1", args: ["restamp", ...words], preopens: { ".": at }, stdout, stderr, returnOnExit: true });
  const status = wasi.start(await WebAssembly.instantiate(module, wasi.getImportObject()));
  [stdout, stderr].forEach(closeSync);
  const [out, err] = files.map((file) => readFileSync(file, "utf8"));
  return { out, err, status };
}

test("under WASI it stamps, and says of -w what is true", async (t) => {
  if (!RESTAMP_WASI) {
    assert.notEqual(CI, "true", "RESTAMP_WASI names nothing");
    t.skip("RESTAMP_WASI names nothing");
    return;
  }
  const module = await WebAssembly.compile(readFileSync(RESTAMP_WASI));
  const at = folder();
  copyFileSync(join(root, "fixtures/seed/value-a/input.yaml"), join(at, "app.yaml"));
  const stamped = await run(module, at, "stamp", "app.yaml");
  assert.deepEqual(stamped, { out: readFileSync(join(root, "fixtures/seed/value-a/expected.yaml"), "utf8"), err: "1 stamped, 0 unchanged\n", status: 0 });
  for (const words of [["stamp", "-w", "app.yaml"], ["unstamp", "-w", "app.yaml"], ["baseline", "-w", "app.yaml"]]) {
    const refused = await run(module, at, ...words);
    assert.deepEqual(refused, { out: "", err: "restamp: error: nothing is written: files cannot be replaced safely under WASI; leave out -w, and take what is printed\n", status: 2 }, words.join(" "));
  }
  assert.deepEqual(readdirSync(at), ["app.yaml"]);
  assert.equal(readFileSync(join(at, "app.yaml"), "utf8"), seed);
});

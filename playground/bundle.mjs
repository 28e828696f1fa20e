// Makes of web/ and of what wasm-bindgen gave one page that needs nothing else: dist/index.html, and the licences of what
// is in it. `--quick` compresses less.

import { build } from "esbuild";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { gzipSync, deflateRawSync } from "node:zlib";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const inside = (...path) => join(here, ...path);
const quick = process.argv.includes("--quick");
const packages = new Set();

async function bundle(entry, define = {}) {
  const made = await build({
    entryPoints: [inside("web", entry)],
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: "iife",
    target: ["es2022", "chrome111", "firefox115", "safari16.4"],
    charset: "utf8",
    legalComments: "none",
    // The bindings would look for their file beside themselves: they are given it.
    define: { "import.meta.url": '""', ...define },
  });
  for (const path of Object.keys(made.metafile.inputs)) {
    const name = /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1];
    if (name) packages.add(name);
  }
  return made.outputFiles[0].text;
}

/** What any browser of today unpacks (DecompressionStream): no better form is known to all. */
async function packed(bytes) {
  if (quick) return deflateRawSync(bytes, { level: 9 });
  const { default: zopfli } = await import("@gfx/zopfli");
  return Buffer.from(await zopfli.deflateAsync(bytes, { numiterations: 5 }));
}

const style = (await build({ entryPoints: [inside("web/style.css")], minify: true, write: false })).outputFiles[0].text;
const seed = readFileSync(inside("../fixtures/seed/value-a/input.yaml"), "utf8");
const script = await bundle("main.ts", { SEED: JSON.stringify(seed) });
packages.add("elkjs");
const boot = await bundle("booted.ts");
const engine = await bundle("worker.ts");
const large = {
  WASM: readFileSync(inside("generated/restamp_bg.wasm")),
  ELK: readFileSync(inside("node_modules/elkjs/lib/elk-worker.min.js")),
};

const own = Buffer.from(script + style + boot + engine);
const rows = [["page", own, gzipSync(own, { level: 9 })]];
const filled = { STYLE: style, SCRIPT: script, BOOT: boot, ENGINE: engine };
for (const [name, bytes] of Object.entries(large)) {
  const small = await packed(bytes);
  rows.push([name.toLowerCase(), bytes, small]);
  filled[name] = small.toString("base64");
}

// Scripts: these alone, and WebAssembly. Workers: those that the page makes. Pictures: those in its style. No address.
const hashes = [boot, script].map((text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`);
filled.CSP = [
  "default-src 'none'",
  `script-src ${hashes.join(" ")} 'wasm-unsafe-eval'`,
  "worker-src blob:",
  "style-src 'unsafe-inline'",
  "img-src data:",
  "connect-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");
const page = readFileSync(inside("web/index.html"), "utf8").replace(/%([A-Z]+)%/g, (whole, name) => filled[name] ?? whole);

rmSync(inside("dist"), { recursive: true, force: true });
mkdirSync(inside("dist"));
writeFileSync(inside("dist/index.html"), page);
const licences = [...packages].sort().map((name) => {
  const folder = inside("node_modules", name);
  const { version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).find((name) => /^licen[cs]e/i.test(name));
  const text = file && existsSync(join(folder, file)) ? readFileSync(join(folder, file), "utf8") : "";
  return `== ${name} ${version}: ${license}\n\n${text}`;
});
writeFileSync(inside("dist/LICENSES.txt"), `What index.html holds beside restamp itself.\n\n${licences.join("\n")}`);

const kb = (bytes) => `${(bytes / 1000).toFixed(0)} kB`;
for (const [name, bytes, small] of rows) console.log(`${name}: ${kb(bytes.length)}, compressed ${kb(small.length)}`);
console.log(`dist/index.html: ${kb(page.length)}, gzip ${kb(gzipSync(page, { level: 9 }).length)}`);

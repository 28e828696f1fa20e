// Draws pictures with the real Mermaid in headless Chromium: `node draw.mjs FOLDER` turns each FOLDER/NAME.mmd into
// FOLDER/NAME.mermaid-11.png and FOLDER/NAME.mermaid-12.png. FOLDER/NAME.json says how many nodes, edges and groups there
// have to be, and which names.
//
// Exit status 1 if one does not parse, is drawn with other nodes, edges or names than it has, shows a cut label, runs a
// script, or has a size that nobody could read.

import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const here = fileURLToPath(new URL(".", import.meta.url));
const BUNDLES = {
  "mermaid-11": join(here, "node_modules/mermaid-11/dist/mermaid.min.js"),
  "mermaid-12": join(here, "node_modules/mermaid/dist/mermaid.min.js"),
};

// As GitHub draws it: in a column of a page, not as wide as the picture likes to be.
const COLUMN = 860;
// Letters smaller than this many pixels in that column cannot be read.
const LEAST_LETTER = 7;
const MOST_HEIGHT = 12000;

// Runs in the page.
async function draw(text) {
  window.ran = false;
  window.alert = () => (window.ran = true);
  mermaid.initialize({ startOnLoad: false, securityLevel: "strict", maxEdges: 500 });
  const { svg } = await mermaid.render("picture", text);
  document.body.innerHTML = svg;
  await document.fonts.ready;
  const picture = document.querySelector("svg");
  picture.style.maxWidth = "none";
  const box = picture.viewBox.baseVal;
  picture.setAttribute("width", box.width);
  picture.setAttribute("height", box.height);
  const labels = [...picture.querySelectorAll("foreignObject")].map((o) => ({
    text: o.textContent,
    cut: o.firstElementChild ? o.firstElementChild.scrollWidth > o.clientWidth + 2 || o.firstElementChild.scrollHeight > o.clientHeight + 2 : false,
  }));
  return {
    width: box.width,
    height: box.height,
    nodes: picture.querySelectorAll("g.node").length,
    edges: picture.querySelectorAll(".edgePaths path").length,
    groups: picture.querySelectorAll("g.cluster").length,
    cut: labels.filter((l) => l.cut).map((l) => l.text),
    // Without the characters of no width that keep Mermaid from reading a name as a formula.
    texts: [...picture.querySelectorAll("g.node")].map((n) => n.textContent.trim().replaceAll("\u200b", "")),
    letter: parseFloat(getComputedStyle(picture).fontSize),
    foreign: picture.querySelectorAll("img, script, b").length,
    ran: window.ran,
  };
}

function faults(got, wanted, bytes) {
  const letter = got.letter * Math.min(1, COLUMN / got.width);
  const out = [];
  for (const what of ["nodes", "edges", "groups"]) {
    if (got[what] !== wanted[what]) out.push(`${got[what]} ${what} are drawn, not ${wanted[what]}`);
  }
  const hidden = wanted.names.filter((name) => !got.texts.some((text) => text.endsWith(name)));
  if (hidden.length) out.push(`names are not shown as they are: ${JSON.stringify(hidden)}`);
  if (got.cut.length) out.push(`cut labels: ${JSON.stringify(got.cut)}`);
  if (got.ran || got.foreign) out.push("a name became markup");
  if (got.width < 100 || got.height < 50) out.push(`too small: ${got.width} x ${got.height}`);
  if (got.height > MOST_HEIGHT) out.push(`too high: ${got.height}`);
  if (letter < LEAST_LETTER) out.push(`letters of ${letter.toFixed(1)} pixels in a column of ${COLUMN}: ${Math.round(got.width)} is too wide`);
  if (bytes < 2000) out.push(`the file has ${bytes} bytes only`);
  return out;
}

const [folder] = process.argv.slice(2);
const profile = mkdtempSync(join(tmpdir(), "restamp-chromium-"));
const context = await chromium.launchPersistentContext(profile, {
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  headless: true,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
let failed = false;
try {
  const texts = readdirSync(folder).filter((f) => f.endsWith(".mmd")).sort();
  if (!texts.length) throw new Error(`no pictures in ${folder}`);
  for (const [file, version] of texts.flatMap((f) => Object.keys(BUNDLES).map((v) => [f, v]))) {
    const picture = basename(file, ".mmd");
    const name = `${picture}.${version}`;
    const page = await context.newPage();
    await page.setContent("<!doctype html><meta charset=utf-8><body style='margin:0;background:white'></body>");
    await page.addScriptTag({ path: BUNDLES[version] });
    const path = join(folder, `${name}.png`);
    try {
      const got = await page.evaluate(draw, readFileSync(join(folder, file), "utf8"));
      await page.setViewportSize({ width: Math.ceil(got.width), height: Math.ceil(Math.min(got.height, MOST_HEIGHT)) });
      await page.screenshot({ path });
      const wrong = faults(got, JSON.parse(readFileSync(join(folder, `${picture}.json`), "utf8")), statSync(path).size);
      for (const fault of wrong) console.error(`${name}: ${fault}`);
      failed ||= wrong.length > 0;
      console.log(`${name}: ${Math.round(got.width)} x ${Math.round(got.height)}, ${got.nodes} nodes, ${got.edges} edges, ${got.groups} groups`);
    } catch (error) {
      console.error(`${name}: ${error.message}`);
      failed = true;
    }
    await page.close();
  }
} finally {
  await context.close();
  rmSync(profile, { recursive: true, force: true });
}
process.exitCode = failed ? 1 : 0;

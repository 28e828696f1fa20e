// What a person does with the page: `node --test test/`, after `build`. CHROMIUM names the browser.

import axe from "axe-core";
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { address, close, link, open, saved, says, seed, served, tab } from "./page.mjs";

after(close);

const TABS = ["stamped", "findings", "explain", "plan", "picture"];

/** Closes a page that must have asked for nothing and complained of nothing. */
async function done(page, asked = [address]) {
  assert.deepEqual(page.requests, asked);
  assert.deepEqual(page.wrong, []);
  await page.close();
}

/** Asks for a link. */
async function share(page) {
  await page.click("#share");
  await page.waitForSelector("#dialog[open]");
}

test("the seed story: A becomes B, use-reloder rolls, no-reloder stays", async () => {
  const page = await open();
  await says(page, "no workload rolls · 1 workload stamped");
  assert.equal(await page.textContent(".added >> nth=0"), "      annotations:");
  assert.match(await page.textContent(".added >> nth=1"), /^ {8}restamp\.dev\/config-hash: "sha256:29b9c243/);
  // By hand: to the line, behind its last letter.
  await page.click("#new-body .cm-line:has-text('value: A')");
  await page.keyboard.press("End");
  await page.keyboard.press("Backspace");
  await page.keyboard.type("B");
  await says(page, "1 workload rolls");
  const plan = await tab(page, "plan", "use-reloder");
  assert.match(plan, /1 workload rolls\./);
  assert.match(plan, /ConfigMap\/config: changed value/);
  assert.match(plan, /stays Deployment\/no-reloder: no annotation asks for it/);
  await tab(page, "picture");
  const nodes = await page.$$eval("#panel-picture .node", (nodes) => nodes.map((node) => [node.getAttribute("class"), node.getAttribute("aria-label")]));
  assert.deepEqual(nodes, [
    ["node config changed", "ConfigMap · changed config, go to line 3"],
    ["node workload", "Deployment · not selected no-reloder, go to line 10"],
    ["node workload rolls", "Deployment · rolls use-reloder, go to line 35"],
  ]);
  assert.deepEqual(await page.$$eval("#panel-picture .edge", (edges) => edges.map((edge) => edge.getAttribute("class"))), ["edge ignored", "edge rolls"]);
  await page.click("#tab-stamped");
  assert.match(await saved(page), /config-hash: "sha256:10e6a72c/);
  await done(page);
});

test("why: the picture says it on hover and on focus, and Escape takes it away", async () => {
  const page = await open(link({ old: seed, new: seed.replace("value: A", "value: B"), tab: "picture" }));
  await page.waitForSelector("#panel-picture svg .node");
  const tip = page.locator("#tip");
  assert.equal(await tip.isVisible(), false);
  await page.hover(".node.rolls");
  assert.match(await tip.textContent(), /ConfigMap\/config: changed value/);
  await page.keyboard.press("Escape");
  assert.equal(await tip.isVisible(), false);
  await page.mouse.move(2, 2);
  await page.focus(".node >> nth=1");
  assert.match(await tip.textContent(), /annotate it with.*no annotation asks for it/);
  assert.equal(await page.getAttribute(".node >> nth=1", "aria-describedby"), "tip");
  await page.keyboard.press("Enter");
  assert.equal(await tip.isVisible(), false);
  assert.equal(await page.textContent("#new-body .cm-activeLineGutter >> nth=0"), "10");
  await done(page);
});

test("a broken file: the error is at its line, and nothing is stamped", async () => {
  const broken = seed.replace("  name: use-reloder\n", "  name: [use-reloder\n");
  const page = await open(link({ old: seed, new: broken }));
  await says(page, "1 error: nothing is stamped");
  const list = await tab(page, "findings", "error");
  const line = Number(/line (\d+)/.exec(list)[1]);
  assert.ok(line >= 38 && line <= 40, list);
  await page.click("#panel-findings .place");
  const active = await page.textContent("#new-body .cm-lineNumbers .cm-activeLineGutter");
  assert.equal(Number(active), line);
  // The mark in the margin is beside that line.
  const [mark, number] = await Promise.all([page.locator("#new-body .cm-lint-marker-error").boundingBox(), page.locator("#new-body .cm-lineNumbers .cm-activeLineGutter").boundingBox()]);
  assert.ok(Math.abs(mark.y + mark.height / 2 - number.y - number.height / 2) < 8, `${JSON.stringify([mark, number])}`);
  assert.match(await tab(page, "plan"), /would be a wrong one/);
  await page.click("#tab-stamped");
  assert.equal(await page.isDisabled("#save"), true);
  // It is put right, and all is there again.
  await page.evaluate((hash) => (location.hash = hash), new URL(link({ old: seed, new: seed })).hash);
  await says(page, "1 workload stamped");
  // A broken OLD is said too.
  await page.evaluate((hash) => (location.hash = hash), new URL(link({ old: broken, new: seed })).hash);
  await says(page, "1 error");
  assert.match(await tab(page, "findings", "OLD"), /OLD line/);
  await done(page);
});

test("settings: the choices, a functionConfig, and what is wrong with one", async () => {
  const page = await open();
  await page.selectOption("#select", "all");
  await says(page, "2 workloads stamped");
  await page.selectOption("#select", "");
  await says(page, "1 workload stamped");
  await page.click("#config-toggle");
  await page.click("#config-body .cm-content");
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.insertText("apiVersion: restamp.dev/v1alpha1\nkind: Restamp\nspec: {select: all, annotation: example.com/hash}\n");
  await says(page, "2 workloads stamped");
  assert.match(await saved(page), /example\.com\/hash: "sha256:/);
  // A choice above wins.
  await page.selectOption("#select", "annotated");
  await says(page, "1 workload stamped");
  await page.click("#config-body .cm-content");
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.insertText("apiVersion: restamp.dev/v1alpha1\nkind: Restamp\nspec: {selct: all}\n");
  await says(page, "1 error");
  assert.match(await tab(page, "findings", "selct"), /functionConfig line 3/);
  assert.equal(await page.locator("#config-body .cm-lint-marker-error").count(), 1);
  await done(page);
});

/** Planted: as text, as base64, and one that is long enough to be cut anywhere. */
const VALUES = ["planted-pass-word-1", Buffer.from("planted-pass-word-2").toString("base64"), "planted-pass-word-2", "plantedbrokenvalue3"];
const SECRET = `apiVersion: v1
kind: Secret
metadata: {name: db}
stringData: {password: ${VALUES[0]}}
data: {token: ${VALUES[1]}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, annotations: {reloader.stakater.com/auto: "true"}}
spec:
  template:
    spec:
      containers: [{name: web, image: web, env: [{name: P, valueFrom: {secretKeyRef: {name: db, key: pasword}}}], envFrom: [{secretRef: {name: db}}]}]
`;

/** All that the page shows or holds outside of the editors and of the stamped text. */
const outside = (page) =>
  page.evaluate(() => {
    const copy = document.documentElement.cloneNode(true);
    copy.querySelectorAll(".cm-content, script").forEach((element) => element.remove());
    const fields = [...document.querySelectorAll("input")].map((input) => input.value);
    const stored = [JSON.stringify(localStorage), JSON.stringify(sessionStorage), document.cookie, document.title, location.href, JSON.stringify(history.state)];
    return [copy.outerHTML, ...fields, ...stored].join("\n");
  });

test("a Secret's value is nowhere but in its editor and in the stamped text", async () => {
  const old = SECRET.replace(VALUES[0], `${VALUES[0]}-before`);
  const page = await open();
  // Typed, so that it is in no address.
  for (const [id, text] of [["old", old], ["new", SECRET]]) {
    await page.click(`#${id}-body .cm-content`);
    await page.keyboard.press("ControlOrMeta+a");
    await page.keyboard.insertText(text);
  }
  await says(page, "1 workload rolls");
  const look = async (where) => {
    const all = await outside(page);
    for (const value of VALUES) assert.equal(all.includes(value), false, `${value}: ${where}`);
  };
  for (const name of TABS) {
    await tab(page, name);
    await look(name);
  }
  for (const node of await page.$$("#panel-picture .node")) {
    await node.focus();
    await look("reasons");
  }
  // Nor in what restamp said, but for the stamped text.
  const said = await page.evaluate(() => JSON.stringify(window.said.map((said) => (said.stamped ? [said.stamped.findings, said.old?.findings, said.plan] : said))));
  for (const value of VALUES) assert.equal(said.includes(value), false, value);
  // A link is only made once it was warned of.
  await share(page);
  assert.match(await page.textContent("#warning"), /OLD and NEW hold one/);
  assert.equal(await page.isVisible("#link"), false);
  await look("warning");
  await page.keyboard.press("Enter");
  assert.equal(await page.isVisible("#dialog"), false);
  await look("no link");
  await share(page);
  await page.click("#anyway");
  await page.waitForFunction(() => document.querySelector("#link").value);
  const made = await page.inputValue("#link");
  assert.match(made, /#1\.[\w-]{100,}$/);
  await page.keyboard.press("Escape");
  await look("closed");
  await done(page);
});

test("what might be a Secret is warned of too", async () => {
  for (const text of ["kind: Secret\nstringData: {a: [plantedbrokenvalue3\n", `${seed}---\n# kind: Secret\n# data: {a: b}\n`, `{"kind": "List", "items": [{"apiVersion": "v1", "kind": "Secret", "data": {}}]}`]) {
    const page = await open(link({ new: text }));
    await share(page);
    assert.equal(await page.isVisible("#warning"), true, text);
    await page.close();
  }
  const page = await open();
  await share(page);
  assert.equal(await page.isVisible("#warning"), false);
  await done(page);
});

test("a plan: first stamps, what comes and goes, what is not seen", async () => {
  const more = (name) => `---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: ${name}, annotations: {reloader.stakater.com/auto: "true"}}\nspec: {template: {spec: {containers: [{name: a, image: a, envFrom: [{configMapRef: {name: elsewhere}}]}]}}}\n`;
  const stamped = await open(link({ new: seed }));
  const before = await saved(stamped);
  await done(stamped);
  const page = await open(link({ old: before + more("gone") + more("both"), new: seed.replace("value: A", "value: B").replace("nginx:1.27", "nginx:1.28") + more("both") + more("comes"), tab: "plan" }));
  const plan = await tab(page, "plan", "rolls");
  assert.match(plan, /2 workloads roll\.Compared: the stamps in OLD with those that NEW gets\./);
  assert.match(plan, /no-reloder.*fields of its pod template: [^C]*image/);
  assert.match(plan, /New workloads.*comes.*Workloads that are gone.*gone.*not seen.*elsewhere/);
  await page.click("#panel-plan .place >> nth=0");
  assert.equal(await page.evaluate(() => document.activeElement.id), "new-body-text");
  await done(page);
});

test("a link opened anew has all of it", async () => {
  const carried = { old: seed, new: `${seed}# \u00e9\u{1f600}\r\n`, config: "apiVersion: restamp.dev/v1alpha1\nkind: Restamp\nspec: {annotation: example.com/hash}\n", settings: { select: "all", precision: "keys", effect: "restart", producers: "ignore" }, tab: "explain" };
  const page = await open(link(carried));
  await share(page);
  const made = await page.inputValue("#link");
  const again = await open(made);
  for (const one of [page, again]) {
    if (one === page) await one.keyboard.press("Escape");
    assert.equal(await one.getAttribute("#tab-explain", "aria-selected"), "true");
    for (const [name, word] of Object.entries(carried.settings)) assert.equal(await one.inputValue(`#${name}`), word);
    await one.click("#tab-stamped");
  }
  assert.equal(await saved(again), await saved(page));
  assert.ok((await saved(again)).endsWith("# \u00e9\u{1f600}\r\n"));
  await share(again);
  assert.equal((await again.inputValue("#link")).length > 0, true);
  await done(page, page.requests.slice(0, 1));
  await done(again, again.requests.slice(0, 1));
  // One that is cut short is said to be, and the story is there.
  const damaged = await open(made.slice(0, -40));
  assert.match(await damaged.textContent("#notice"), /cannot be read/);
  await says(damaged, "1 workload stamped");
  await done(damaged);
});

test("the keyboard: tabs by arrows, no trap in an editor", async () => {
  const page = await open();
  await page.focus("#tab-stamped");
  for (const [key, selected] of [["ArrowRight", "findings"], ["End", "picture"], ["ArrowRight", "stamped"], ["ArrowLeft", "picture"], ["Home", "stamped"]]) {
    await page.keyboard.press(key);
    assert.equal(await page.evaluate(() => document.activeElement.id), `tab-${selected}`);
    assert.equal(await page.getAttribute(`#tab-${selected}`, "aria-selected"), "true");
    assert.deepEqual(await page.$$eval("[role=tabpanel]:not([hidden])", (panels) => panels.map((panel) => panel.id)), [`panel-${selected}`]);
    assert.equal(await page.locator("[role=tab][tabindex='0']").count(), 1);
  }
  // From the first thing to the last, by Tab alone, through every editor.
  await page.evaluate(() => document.activeElement.blur());
  const seen = [];
  for (let i = 0; i < 60; i++) {
    await page.keyboard.press("Tab");
    const id = await page.evaluate(() => document.activeElement.id || document.activeElement.className || document.activeElement.tagName);
    if (i > 5 && id === seen[0]) break;
    seen.push(id);
  }
  for (const id of ["example", "share", "select", "old-body-text", "new-body-text", "tab-stamped", "stamped-body-text"]) assert.ok(seen.includes(id), `${id} in ${seen}`);
  assert.equal(await page.textContent("#new-body .cm-line >> nth=0"), seed.split("\n")[0]);
  await done(page);
});

test("names from a file become no markup", async () => {
  const name = `<img src=x onerror=alert(1)>"'\`&`;
  const odd = `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${JSON.stringify(name)}}\ndata: {a: b}\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: ${JSON.stringify(name)}, annotations: {reloader.stakater.com/auto: "true"}}\nspec: {template: {spec: {containers: [{name: a, image: a, envFrom: [{configMapRef: {name: ${JSON.stringify(name)}}}]}]}}}\n`;
  const page = await open(link({ old: odd, new: odd.replace("{a: b}", "{a: c}") }));
  for (const one of TABS) await tab(page, one);
  await page.focus(".node >> nth=0");
  assert.equal(await page.locator("img").count(), 0);
  assert.match(await page.textContent("#tip"), /<img src=x/);
  await done(page);
});

test("no barrier that axe finds, light and dark, wide and narrow", async () => {
  for (const [colorScheme, width] of [["light", 1280], ["dark", 1280], ["dark", 390]]) {
    const page = await open(link({ old: seed, new: `${seed.replace("value: A", "value: B")}---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, annotations: {reloader.stakater.com/auto: "ture"}}\nspec: {template: {spec: {containers: [{name: a, image: a, envFrom: [{secretRef: {name: gone}}]}]}}}\n` }), { colorScheme, viewport: { width, height: 860 } });
    await page.evaluate(axe.source);
    const look = async (where) => {
      const { violations } = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
      assert.deepEqual(violations.map((v) => [where, v.id, v.nodes.map((n) => n.target.join(" ")).slice(0, 4)]), []);
    };
    for (const name of TABS) {
      await tab(page, name);
      await look(`${colorScheme} ${width} ${name}`);
    }
    await share(page);
    await look(`${colorScheme} ${width} dialog`);
    assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= width, "it is wider than the window");
    await page.close();
  }
});

test("from a host: one request, and none after it", async () => {
  const host = await served();
  const page = await open(host.url);
  await page.click("#change");
  await says(page, "1 workload rolls");
  for (const name of TABS) await tab(page, name);
  // Nor can anything make one.
  const blocked = await page.evaluate(async () => {
    const tries = [() => fetch("/x"), () => new Promise((ok, no) => Object.assign(new Image(), { onload: ok, onerror: no, src: "/y.png" })), () => import("/z.js")];
    return Promise.all(tries.map((one) => one().then(() => "loaded", () => "blocked")));
  });
  assert.deepEqual(blocked, ["blocked", "blocked", "blocked"]);
  assert.deepEqual(host.asked, ["/"]);
  host.close();
  await page.close();
});

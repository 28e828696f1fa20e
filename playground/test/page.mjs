// The page in a real Chromium, and what the tests ask of it.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { deflateRawSync } from "node:zlib";
import { chromium } from "playwright-core";

const here = fileURLToPath(new URL(".", import.meta.url));
export const root = join(here, "../..");
export const built = join(here, "../dist/index.html");
export const address = pathToFileURL(built).href;
export const seed = readFileSync(join(root, "fixtures/seed/value-a/input.yaml"), "utf8");

/** A folder that is gone at the end. */
export function folder() {
  const path = mkdtempSync(join(tmpdir(), "restamp-playground-"));
  process.on("exit", () => rmSync(path, { recursive: true, force: true }));
  return path;
}

let context;

/** The browser, started once. */
async function browser() {
  context ??= await chromium.launchPersistentContext(folder(), {
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    headless: true,
    viewport: { width: 1280, height: 860 },
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
  return context;
}

export async function close() {
  await context?.close();
}

/** A link as the page makes it, made without the page. */
export function link(carried, base = address) {
  return `${base}#1.${deflateRawSync(JSON.stringify(carried)).toString("base64url")}`;
}

/** A page with what it did wrong: requests, errors, and all that its worker said. */
export async function open(url = address, options = {}) {
  const page = await (await browser()).newPage();
  page.requests = [];
  page.wrong = [];
  page.on("request", (request) => {
    if (!/^(blob|data):/.test(request.url())) page.requests.push(request.url().split("#")[0]);
  });
  page.on("pageerror", (error) => page.wrong.push(error.message));
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && page.wrong.push(message.text()));
  if (options.colorScheme) await page.emulateMedia({ colorScheme: options.colorScheme });
  if (options.viewport) await page.setViewportSize(options.viewport);
  // What restamp says, as the page gets it.
  await page.addInitScript(() => {
    window.said = [];
    const Real = Worker;
    window.Worker = class extends Real {
      constructor(...words) {
        super(...words);
        this.addEventListener("message", ({ data }) => data?.said && window.said.push(data.said));
      }
    };
  });
  await page.goto(url);
  await settled(page);
  return page;
}

/** Waits until there is a result. */
export const settled = (page) => page.waitForFunction(() => document.documentElement.dataset.first !== undefined);

/** Waits until the line at the bottom says this. */
export async function says(page, words) {
  await page.waitForFunction((words) => document.querySelector("#status").textContent.includes(words), words, { timeout: 10_000 }).catch(async () => {
    throw new Error(`it does not say ${JSON.stringify(words)}, but ${JSON.stringify(await page.textContent("#status"))}`);
  });
}

/** Opens a tab and gives its words once they hold some. */
export async function tab(page, name, words = "") {
  await page.click(`#tab-${name}`);
  await page.waitForFunction(([name, words]) => document.querySelector(`#panel-${name}`).textContent.includes(words), [name, words], { timeout: 10_000 });
  if (name === "picture") await page.waitForSelector("#panel-picture svg .node");
  return page.textContent(`#panel-${name}`);
}

/** The stamped text, as it is saved. */
export async function saved(page) {
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("#save")]);
  return readFileSync(await download.path(), "utf8");
}

/** The page behind a host that counts what it is asked for. */
export async function served() {
  const asked = [];
  const body = readFileSync(built);
  const server = createServer((request, response) => {
    asked.push(request.url);
    response.writeHead(request.url === "/" ? 200 : 404, { "content-type": "text/html" }).end(request.url === "/" ? body : "");
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return { url: `http://127.0.0.1:${server.address().port}/`, asked, close: () => server.close() };
}

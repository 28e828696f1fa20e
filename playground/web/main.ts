// The page: editors and settings → restamp → tabs. Holds what is shown; sends nothing, stores nothing.

import { byId, count, h } from "./dom";
import { Editor, Output } from "./editor";
import { engine } from "./engine";
import { carried, fragment, type Carried } from "./link";
import type { Asked, Said } from "./messages";
import { picture } from "./picture";
import type { Explanation, Finding, Findings, Plan } from "./report";
import * as views from "./views";

declare const SEED: string;

const TABS = ["stamped", "findings", "explain", "plan", "picture"] as const;
type Tab = (typeof TABS)[number];
const SETTINGS = ["select", "precision", "effect", "producers"] as const;

/** The pause after a keystroke. */
const PAUSE = 80;

const select = (id: string) => byId<HTMLSelectElement>(id);
const tabButton = (tab: Tab) => byId<HTMLButtonElement>(`tab-${tab}`);

const editors = {
  old: new Editor(byId("old-body"), "OLD: manifests that run now", changed),
  new: new Editor(byId("new-body"), "NEW: manifests that come next", changed),
  config: new Editor(byId("config-body"), "functionConfig: settings as YAML", changed),
};
const output = new Output(byId("stamped-body"), "NEW with its stamps, read only");

let tab: Tab = "stamped";
let said: Said | undefined;
let findings: Findings | undefined;
let plan: Plan | undefined;
let explained: Explanation | undefined;

// --- what is asked

function asked(): Asked {
  const text = (editor: Editor) => (editor.text.trim() ? editor.text : undefined);
  const words = Object.fromEntries(SETTINGS.map((name) => [name, select(name).value])) as Record<(typeof SETTINGS)[number], string>;
  return { old: text(editors.old), new: editors.new.text, config: text(editors.config), ...words };
}

let timer: number | undefined;
let runs = 0;
let running = false;
let again = false;

function changed() {
  clearTimeout(timer);
  timer = window.setTimeout(run, PAUSE);
}

/** Decides for what the editors hold; what was typed meanwhile is decided for next. */
async function run() {
  clearTimeout(timer);
  again = true;
  if (running) return;
  running = true;
  try {
    while (again) {
      again = false;
      const start = performance.now();
      said = await engine.decide(asked());
      explained = undefined;
      await show();
      took(performance.now() - start);
    }
  } catch (error) {
    failed(error);
  } finally {
    running = false;
  }
}

function failed(error: unknown) {
  byId("status").textContent = "restamp could not finish; change the text to try again.";
  console.error(error);
}

function took(ms: number) {
  byId("took").textContent = `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
  document.documentElement.dataset.took = ms.toFixed(1);
  document.documentElement.dataset.runs = String(++runs);
  document.documentElement.dataset.first ??= performance.now().toFixed(0);
}

// --- what is shown

const parsed = <T>(json: string | undefined) => (json === undefined ? undefined : (JSON.parse(json) as T));

/** Findings of NEW and of the settings, and the errors of OLD. */
function allFindings(): Finding[] {
  const old = parsed<Findings>(said?.old?.findings)?.findings ?? [];
  return [...old.filter((finding) => finding.severity === "error"), ...(findings?.findings ?? [])];
}

async function show() {
  if (!said) return;
  findings = parsed<Findings>(said.stamped.findings);
  plan = parsed<Plan>(said.plan);
  const all = allFindings();
  for (const [name, editor] of Object.entries(editors)) {
    editor.show(all.filter((finding) => finding.path === `${name}.yaml`));
  }
  const broken = all.some((finding) => finding.path === "config.yaml");
  if (broken) openConfig(true);
  const number = (n: number | undefined, sign = "") => (n ? sign + n : "");
  badge("stamped", number(said.stamped.lines.length, "+"), "lines");
  badge("findings", number(all.length), "in number", all.some((finding) => finding.severity === "error") ? "bad" : "");
  badge("plan", number(plan?.rolls.length), "to roll", "roll");
  announce(summary(all));
  story();
  await showTab();
}

/** A number beside the name of a tab, with the word for it that is only spoken. */
function badge(of: Tab, shown: string, spoken: string, look = "") {
  const mark = tabButton(of).querySelector("b");
  if (!mark) return;
  mark.className = look;
  mark.replaceChildren(...(shown ? [` ${shown}`, h("span", { class: "hidden" }, ` ${spoken}`)] : []));
}

function summary(all: Finding[]): string {
  const s = findings?.summary;
  const parts = [];
  const errors = all.filter((finding) => finding.severity === "error").length;
  if (errors) parts.push(`${count(errors, "error")}: nothing is stamped`);
  else if (s) {
    if (plan) parts.push(plan.rolls.length ? `${count(plan.rolls.length, "workload rolls", "workloads roll")}` : "no workload rolls");
    parts.push(s.stamped ? count(s.stamped, "workload stamped", "workloads stamped") : "no stamp to add");
    if (s.removed) parts.push(count(s.removed, "stamp removed", "stamps removed"));
  }
  const others = all.length - errors;
  parts.push(others ? count(others, errors ? "other finding" : "finding") : errors ? "" : "no finding");
  return parts.filter(Boolean).join(" · ");
}

/** Says it aloud once: an equal text is no news. */
function announce(text: string) {
  const status = byId("status");
  if (status.textContent !== text) status.textContent = text;
}

async function explanation(): Promise<Explanation | undefined> {
  explained ??= parsed<Explanation>(await engine.explain());
  return explained;
}

/** Which show of a tab is the last one: what takes long may come after another. */
let turn = 0;

async function showTab() {
  if (!said) return;
  const mine = ++turn;
  const panel = byId(`panel-${tab}`);
  const put = (nodes: Iterable<Node>) => {
    if (mine === turn) panel.replaceChildren(...nodes);
  };
  const errors = allFindings().some((finding) => finding.severity === "error");
  const refused = () => views.findings(allFindings().filter((finding) => finding.severity === "error"), 0, go);
  switch (tab) {
    case "stamped": {
      const { text, lines } = said.stamped;
      output.show(text ?? "", lines);
      byId("stamped-says").textContent = text === undefined ? "With an error nothing is stamped: see Findings." : lines.length ? `${count(lines.length, "line")} added or changed; no other byte.` : "As it was: no stamp to add.";
      byId<HTMLButtonElement>("copy").disabled = byId<HTMLButtonElement>("save").disabled = text === undefined;
      byId("next").hidden = !lines.length;
      break;
    }
    case "findings": {
      const omitted = Object.values(findings?.omitted ?? {}).reduce((a, b) => a + b, 0);
      put(views.findings(allFindings(), omitted, go));
      break;
    }
    case "explain": {
      const it = await explanation();
      put(it ? views.explanation(it, go) : refused());
      break;
    }
    case "plan":
      if (plan) put(views.plan(plan, go));
      else if (errors) put([paragraph("A plan of texts with errors would be a wrong one."), ...refused()]);
      else put([paragraph(editors.old.text.trim() ? "NEW holds no Kubernetes object." : "Put into OLD what runs now: the plan says what rolls when NEW is applied over it.")]);
      break;
    case "picture": {
      const it = await explanation();
      put(it ? await picture(it, plan, go) : refused());
    }
  }
}

const paragraph = (text: string) => h("p", { class: "nothing" }, text);

/** Goes to a line of one of the editors. */
function go(path: string, line: number, column = 1) {
  const name = path.replace(/\.yaml$/, "");
  if (name === "config") openConfig(true);
  if (name === "old") openOld(true);
  if (name in editors) editors[name as keyof typeof editors].goTo(line, column);
}

/** Opens a tab, without what is in it. */
function choose(next: Tab) {
  tab = next;
  for (const one of TABS) {
    const on = one === next;
    tabButton(one).setAttribute("aria-selected", String(on));
    tabButton(one).tabIndex = on ? 0 : -1;
    byId(`panel-${one}`).hidden = !on;
  }
  byId("tip").hidden = true;
}

function openTab(next: Tab, focus = false) {
  choose(next);
  if (focus) tabButton(next).focus();
  showTab().catch(failed);
}

// --- the parts around

function openOld(open: boolean) {
  byId("old-toggle").setAttribute("aria-expanded", String(open));
  byId("old-pane").classList.toggle("closed", !open);
}

function openConfig(open: boolean) {
  byId("config-toggle").setAttribute("aria-expanded", String(open));
  byId("config-pane").hidden = !open;
}

/** What the seed story asks for next. */
function story() {
  const [old, now] = [editors.old.text, editors.new.text];
  const after = SEED.replace("value: A", "value: B");
  byId("story").hidden = old !== SEED || (now !== SEED && now !== after);
  byId("story-next").textContent = now === after ? "It rolls, and no-reloder stays." : "Change A to B in NEW and see what rolls.";
  byId("change").textContent = now === after ? "Change B back to A" : "Change A to B";
}

function load(it: Carried) {
  editors.old.set(it.old ?? "");
  editors.new.set(it.new ?? "");
  editors.config.set(it.config ?? "");
  for (const name of SETTINGS) {
    select(name).value = it.settings?.[name] ?? "";
    // A word that it does not have.
    if (select(name).selectedIndex < 0) select(name).value = "";
  }
  openConfig(Boolean(it.config));
  openOld(Boolean(it.old));
  choose(TABS.find((known) => known === it.tab) ?? tab);
  const first = run();
  for (const one of [...Object.values(editors), output]) one.attach();
  return first;
}

async function loadLink(): Promise<boolean> {
  const notice = byId("notice");
  notice.hidden = true;
  try {
    const it = await carried(location.hash);
    if (it) await load(it);
    return it !== undefined;
  } catch {
    notice.textContent = "The link cannot be read: it is damaged or cut short.";
    notice.hidden = false;
    return false;
  }
}

const clipboard = async (text: string, button: HTMLButtonElement) => {
  const before = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    button.textContent = "Cannot copy";
  }
  setTimeout(() => (button.textContent = before), 1500);
};

async function share() {
  const texts = { OLD: editors.old.text, NEW: editors.new.text, functionConfig: editors.config.text };
  // What is commented out is none to restamp, and is one to a reader.
  const looks = /kind["']?\s*:\s*["']?Secret\b/;
  const hidden = await engine.hides(Object.values(texts));
  const where = Object.entries(texts).filter(([, text], i) => hidden[i] || looks.test(text)).map(([name]) => name);
  byId("warning").hidden = !where.length;
  byId("link-part").hidden = where.length > 0;
  byId("warning-where").textContent = `${where.join(" and ")} ${where.length > 1 ? "hold" : "holds"} one, or text that cannot be read and may be one.`;
  byId<HTMLInputElement>("link").value = "";
  if (!where.length) await makeLink();
  byId<HTMLDialogElement>("dialog").showModal();
  if (!where.length) byId("copy-link").focus();
}

async function makeLink() {
  const { old, new: text, config, ...settings } = asked();
  const link = location.href.split("#")[0] + (await fragment({ old, new: text, config, settings, tab }));
  byId<HTMLInputElement>("link").value = link;
  byId("link-size").textContent = `${count(link.length, "character")}${link.length > 8000 ? ". Some programs cut links as long as this." : ""}`;
  byId("warning").hidden = true;
  byId("link-part").hidden = false;
}

function on(id: string, event: string, act: (event: Event) => unknown) {
  byId(id).addEventListener(event, (event) => Promise.resolve(act(event)).catch(failed));
}

for (const name of SETTINGS) on(name, "change", run);
for (const one of TABS) on(`tab-${one}`, "click", () => openTab(one));
document.querySelector("[role=tablist]")?.addEventListener("keydown", (event) => {
  const to = { ArrowRight: 1, ArrowLeft: -1, Home: -TABS.indexOf(tab), End: TABS.length - 1 - TABS.indexOf(tab) }[(event as KeyboardEvent).key];
  if (to === undefined) return;
  event.preventDefault();
  openTab(TABS[(TABS.indexOf(tab) + to + TABS.length) % TABS.length] ?? tab, true);
});
on("old-toggle", "click", () => openOld(byId("old-toggle").getAttribute("aria-expanded") !== "true"));
on("config-toggle", "click", () => {
  const open = byId("config-toggle").getAttribute("aria-expanded") !== "true";
  openConfig(open);
  if (open && !editors.config.text) editors.config.set("apiVersion: restamp.dev/v1alpha1\nkind: Restamp\nspec: {}\n");
});
on("take", "click", () => (editors.old.set(editors.new.text), openOld(true)));
on("example", "click", () => load({ old: SEED, new: SEED }));
on("change", "click", () => {
  const [from, to] = editors.new.text.includes("value: A") ? ["value: A", "value: B"] : ["value: B", "value: A"];
  editors.new.set(editors.new.text.replace(from, to));
  if (tab === "stamped" || tab === "findings") openTab("plan");
});
on("next", "click", () => output.next());
on("copy", "click", () => clipboard(said?.stamped.text ?? "", byId<HTMLButtonElement>("copy")));
on("save", "click", () => {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([said?.stamped.text ?? ""], { type: "application/yaml" }));
  link.download = "stamped.yaml";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
});
on("share", "click", share);
on("anyway", "click", async () => {
  await makeLink();
  byId("copy-link").focus();
});
on("copy-link", "click", () => clipboard(byId<HTMLInputElement>("link").value, byId<HTMLButtonElement>("copy-link")));
on("dialog", "close", () => (byId<HTMLInputElement>("link").value = ""));
on("tip", "pointerleave", () => (byId("tip").hidden = true));
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") byId("tip").hidden = true;
});

let opened: keyof typeof editors = "new";
for (const button of document.querySelectorAll<HTMLButtonElement>("[data-open]")) {
  button.addEventListener("click", () => {
    opened = button.dataset.open as keyof typeof editors;
    byId<HTMLInputElement>("file").click();
  });
}
on("file", "change", async () => {
  const input = byId<HTMLInputElement>("file");
  const file = input.files?.[0];
  input.value = "";
  if (file) editors[opened].set(await file.text());
  if (file && opened === "old") openOld(true);
});

window.addEventListener("hashchange", loadLink);
choose(tab);
loadLink()
  .then((found) => (found ? undefined : load({ old: SEED, new: SEED })))
  .catch(failed);

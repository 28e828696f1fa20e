// Findings, explanation and plan as elements. Every place is a button that goes there.

import { count, h, words } from "./dom";
import type { At, Cause, Change, ConfigChange, Entry, Explanation, Finding, Keys, Name, Plan, Remark } from "./report";

/** Goes to a place in an editor. */
export type Go = (path: string, line: number, column?: number) => void;

/** What a list shows at once. */
const MOST = 100;

const FILES: Record<string, string> = { "old.yaml": "OLD", "new.yaml": "NEW", "config.yaml": "functionConfig" };

export const called = (name: Name): string => `${name.kind}/${name.name || "(a generated name)"}${name.template ? ` ${name.template}` : ""}`;
export const same = (a: Name, b: Name): boolean => key(a) === key(b);
export const key = (name: Name): string => [name.kind, name.namespace, name.name, name.template ?? ""].join("\n");

function place(at: { path?: string; line?: number; column?: number } | null | undefined, go: Go) {
  if (!at?.path || !at.line) return null;
  const { path, line, column } = at;
  const file = FILES[path] ?? path;
  return h("button", { type: "button", class: "place", "aria-label": `Go to line ${line} of ${file}`, click: () => go(path, line, column) }, `${file === "NEW" ? "" : `${file} `}line ${line}`);
}

function named(name: Name) {
  return h("span", { class: "name" }, h("span", { class: "kind" }, `${name.kind}/`), h("strong", {}, name.name || "(a generated name)"), name.template ? h("span", { class: "aside" }, ` ${name.template}`) : null, h("span", { class: "aside" }, ` ${name.namespace}`));
}

/** The first of many, and a button for the rest. */
function list<T>(items: T[], attributes: { class?: string }, row: (item: T) => Node): Node[] {
  const out = h("ul", { role: "list", ...attributes }, ...items.slice(0, MOST).map(row));
  if (items.length <= MOST) return [out];
  const more = h("button", { type: "button", class: "more", click: () => (out.append(...items.slice(MOST).map(row)), more.remove()) }, `Show ${items.length - MOST} more`);
  return [out, more];
}

const nothing = (...text: (Node | string)[]) => h("p", { class: "nothing" }, ...text);
const remarks = (of: Remark[]) => of.map((remark) => h("p", { class: "aside" }, ...words(remark.text)));

/** A tag with a word. */
export const tag = (kind: string, word: string) => h("span", { class: `tag ${kind}` }, word);

const SEVERITY: Record<Finding["severity"], [string, string]> = { error: ["bad", "error"], warning: ["warn", "warning"], info: ["plain", "info"] };

export function findings(all: Finding[], omitted: number, go: Go): Node[] {
  if (!all.length) return [nothing("Nothing to say: no finding.")];
  const rows = list(all, { class: "cards" }, (finding) =>
    h(
      "li",
      { class: `card ${SEVERITY[finding.severity][0]}` },
      h("p", { class: "head" }, tag(...SEVERITY[finding.severity]), h("code", { class: "id" }, finding.id), h("span", { class: "space" }), place(finding, go)),
      h("p", {}, ...words(finding.message)),
      finding.remedy ? h("p", { class: "aside" }, ...words(finding.remedy)) : null,
      ...(finding.related ?? []).map((related) => h("p", { class: "aside" }, `${related.label} `, place(related, go))),
    ),
  );
  return omitted ? [...rows, nothing(`${omitted} more of the same kinds are left out.`)] : rows;
}

const STATUS: Record<string, [string, string]> = {
  current: ["good", "current"],
  unstamped: ["good", "gets a stamp"],
  stale: ["good", "gets a new stamp"],
  "left-over": ["warn", "loses its stamp"],
  "cannot-verify": ["warn", "cannot be verified"],
  "other-key": ["warn", "stamped with another key"],
  "not-selected": ["plain", "not selected"],
  "nothing-to-hash": ["warn", "nothing to hash"],
  "left-alone": ["plain", "left alone"],
};

/** What becomes of a workload. */
export const status = (entry: Entry): [string, string] => STATUS[entry.status] ?? ["plain", entry.status];

export function explanation(it: Explanation, go: Go): Node[] {
  if (!it.workloads.length) return [nothing("NEW holds no workload.")];
  const open = it.workloads.length <= 12;
  return list(it.workloads, { class: "cards" }, (entry) =>
    h(
      "li",
      {},
      h(
        "details",
        { class: `card ${status(entry)[0]}`, open },
        h("summary", {}, tag(...status(entry)), named(entry)),
        h("p", {}, ...words(entry.reason), " ", place(entry.at, go)),
        ...remarks(entry.remarks),
        ...entry.findings.map((said) => h("p", { class: "said" }, tag(...SEVERITY[said.severity]), " ", ...words(said.message), " ", place(said.at, go))),
        entry.references.length || entry.byAnnotation.length ? references(entry, go) : nothing("It refers to no config."),
        entry.stamp.due ? h("p", { class: "stamp" }, h("span", { class: "aside" }, "stamp that is due "), h("code", {}, entry.stamp.due)) : null,
      ),
    ),
  );
}

function references(entry: Entry, go: Go) {
  const rows = entry.references.map((reference) => {
    const about = [reference.place, reference.update, reference.optional && "optional", reference.keys && `keys ${reference.keys.join(", ")}`, reference.missingKeys.length && `lacks ${reference.missingKeys.join(", ")}`];
    return h(
      "li",
      { class: reference.selected ? "counts" : "" },
      h("p", {}, h("span", { class: "sign", role: "img", "aria-label": reference.selected ? "counts:" : "does not count:" }, reference.selected ? "+" : "–"), named(reference.config), " ", reference.configAt ? place(reference.configAt, go) : tag("warn", "not in the set")),
      h("p", { class: "aside" }, ...words(reference.why)),
      h("p", { class: "aside" }, `${about.filter(Boolean).join(" · ")} `, place(reference.at, go)),
    );
  });
  const listed = entry.byAnnotation.map((by) =>
    h("li", { class: "counts" }, h("p", {}, h("span", { class: "sign" }, "+"), named(by.config), " ", place(by.configAt, go)), h("p", { class: "aside" }, ...words(by.why))),
  );
  return h("ul", { class: "references", role: "list" }, ...rows, ...listed);
}

const EFFECT: Record<string, [string, string]> = {
  rolls: ["roll", "rolls"],
  recreated: ["roll", "is recreated"],
  refused: ["bad", "cannot be applied"],
  "at-sync": ["plain", "does not roll"],
  none: ["plain", "does not roll"],
};
const STAMP: Record<string, string> = { first: "first stamp", removed: "its stamp is removed" };
const COMPARED: Record<string, string> = {
  applied: "Compared: the stamps in OLD with those that NEW gets.",
  due: "Compared: the stamps due on both sides, since neither is stamped.",
  "as-written": "Compared: both sides as they are written.",
};

function keys(of: Keys): string {
  const parts = [["changed", of.changed], ["added", of.added], ["removed", of.removed]] as const;
  return parts.filter(([, names]) => names.length).map(([word, names]) => `${word} ${names.join(", ")}`).join("; ");
}

/** Why a config makes a workload roll, in words. */
export function because(cause: Cause): string {
  const what = cause.change === "changed" ? "" : `${cause.change} `;
  return [called(cause.config), ": ", what, keys(cause.keys) || (what ? "" : "changed"), cause.why ? ` (${cause.why})` : ""].join("");
}

function change(it: Change, go: Go) {
  const fields = it.fields.slice(0, 8).join(", ") + (it.fields.length > 8 ? `, ${it.fields.length - 8} more` : "");
  return h(
    "li",
    { class: `card ${EFFECT[it.effect]?.[0] ?? "plain"}` },
    h("p", { class: "head" }, tag(...(EFFECT[it.effect] ?? ["plain", it.effect])), named(it), h("span", { class: "space" }), place(it.at, go)),
    it.why ? h("p", {}, ...words(it.why)) : null,
    it.stamp && STAMP[it.stamp] ? h("p", {}, STAMP[it.stamp] ?? "") : null,
    it.causes.length ? h("ul", { class: "causes", role: "list" }, ...it.causes.map((cause) => h("li", {}, ...words(because(cause))))) : null,
    fields ? h("p", { class: "aside" }, `fields of its pod template: ${fields}`) : null,
    ...remarks(it.remarks),
  );
}

const SEES: Record<string, string> = { live: "; mounted files change without a restart", restart: "; it keeps the old value until a restart", "next-run": "; the next run reads the new value" };

function config(it: ConfigChange, go: Go) {
  const unused = !it.rolls.length && !it.doesNotRoll.length;
  return h(
    "li",
    { class: "card plain" },
    h("p", { class: "head" }, named(it), h("span", { class: "space" }), place(it.at, go)),
    h("p", {}, [it.change === "changed" ? "" : it.change, it.renamedFrom ? `before ${it.renamedFrom}` : "", keys(it.keys)].filter(Boolean).join("; ") || "changed"),
    it.refused ? h("p", {}, tag("bad", "refused"), " it is immutable, so that apply fails") : null,
    it.needed ? h("p", {}, tag("bad", "needed"), " NEW still refers to it") : null,
    h(
      "ul",
      { class: "causes", role: "list" },
      ...it.rolls.map((name) => h("li", {}, tag("roll", "rolls"), " ", called(name))),
      ...it.doesNotRoll.map((user) => h("li", {}, tag("plain", "stays"), ` ${called(user.workload)}: `, ...words(user.why), h("span", { class: "aside" }, SEES[user.sees] ?? ""))),
      unused && h("li", {}, "no workload refers to it"),
    ),
  );
}

export function plan(it: Plan, go: Go): Node[] {
  const part = <T>(title: string, items: T[], row: (item: T) => Node) => (items.length ? [h("h3", {}, title), ...list(items, { class: "cards" }, row)] : []);
  const line = (name: Name & { at?: At }) => h("li", { class: "card plain" }, h("p", { class: "head" }, named(name), h("span", { class: "space" }), place(name.at, go)));
  return [
    h("p", { class: "lead" }, it.rolls.length ? `${count(it.rolls.length, "workload rolls", "workloads roll")}.` : "No workload rolls."),
    h("p", { class: "aside" }, COMPARED[it.sets[0]?.compared ?? ""] ?? ""),
    ...it.findings.map((finding) => h("p", { class: "card bad" }, finding.message ?? "")),
    ...list(it.rolls, { class: "cards" }, (one) => change(one, go)),
    ...part("Pod templates that differ, without a rollout", it.noRollout, (one) => change(one, go)),
    ...part("Configs that differ", it.configs, (one) => config(one, go)),
    ...part("New workloads", it.newWorkloads, line),
    ...part("Workloads that are gone", it.goneWorkloads, line),
    ...part("On neither side, so that a change of them is not seen", it.unseen, line),
    ...it.notes.map((note) => h("p", { class: "aside" }, ...words(note.text))),
  ];
}

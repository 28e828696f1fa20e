// Which config rolls what, drawn: configs to the left, workloads to the right, laid out by ELK in a worker of its own.

import ELK, { type ELK as Layout, type ElkExtendedEdge, type ElkNode } from "elkjs/lib/elk-api.js";
import { byId, count, h, s, words } from "./dom";
import { unpacked } from "./parts";
import type { Entry, Explanation, Name, Plan } from "./report";
import { because, called, key, same, status, type Go } from "./views";

/** More workloads cannot be read. */
const MOST = 60;
const HEIGHT = 44;
const LETTER = 7.3;
/** A picture is not made smaller than that: letters have to be read. */
const LEAST = 0.75;

interface Item {
  id: string;
  name: Name;
  /** What it looks like. */
  look: string;
  /** The word below its name. */
  word: string;
  /** Why that is so. */
  reasons: string[];
  path?: string;
  line?: number;
}
interface Edge {
  from: string;
  to: string;
  look: "rolls" | "counts" | "ignored";
}
interface Graph {
  nodes: Item[];
  edges: Edge[];
  left: number;
}

function graph(explanation: Explanation, plan: Plan | undefined): Graph {
  const rolls = new Map(plan?.rolls.map((change) => [key(change), change]));
  const changed = new Map(plan?.configs.map((config) => [key(config), config]));
  // Who rolls is shown first, then who gets a stamp.
  const rank = (entry: Entry) => (rolls.has(key(entry)) ? 0 : entry.stamp.due ? 1 : 2);
  const shown = [...explanation.workloads].sort((a, b) => rank(a) - rank(b)).slice(0, MOST);
  const nodes = new Map<string, Item>();
  const edges = new Map<string, Edge>();
  for (const entry of explanation.workloads.filter((entry) => shown.includes(entry))) {
    const change = rolls.get(key(entry));
    const id = `w\n${key(entry)}`;
    const uses = [...entry.references.map((reference) => ({ ...reference })), ...entry.byAnnotation.map((by) => ({ ...by, selected: true }))];
    const reasons = change ? change.causes.map(because) : [];
    if (change && !reasons.length) reasons.push(change.fields.length ? `fields of its pod template: ${change.fields.slice(0, 4).join(", ")}` : "its stamp differs");
    reasons.push(entry.reason);
    for (const use of uses) reasons.push(`${called(use.config)} ${use.selected ? "counts" : "does not count"}: ${use.why}`);
    nodes.set(id, {
      id,
      name: entry,
      look: change ? "workload rolls" : entry.stamp.due ? "workload stamped" : "workload",
      word: change ? "rolls" : plan && entry.stamp.due ? "stays" : status(entry)[1],
      reasons: [...new Set(reasons)],
      path: entry.at.path,
      line: entry.at.line,
    });
    for (const use of uses) {
      const from = `c\n${key(use.config)}`;
      const differs = changed.get(key(use.config));
      if (!nodes.has(from)) {
        const word = differs ? (differs.change === "changed" ? "changed" : differs.change) : use.configAt ? "" : "not in the set";
        const users = differs ? [...differs.rolls.map((name) => `rolls ${called(name)}`), ...differs.doesNotRoll.map((user) => `does not roll ${called(user.workload)}: ${user.why}`)] : [];
        const reasons = users.length ? users : [use.configAt ? "it does not differ from OLD's, or there is no OLD" : "no text holds it: it may be in the cluster"];
        nodes.set(from, { id: from, name: use.config, look: differs ? "config changed" : use.configAt ? "config" : "config missing", word, reasons, path: use.configAt?.path, line: use.configAt?.line });
      }
      const causes = change?.causes.some((cause) => same(cause.config, use.config));
      const look = use.selected && entry.status !== "left-alone" ? (causes ? "rolls" : "counts") : "ignored";
      const old = edges.get(`${from}\n${id}`)?.look;
      if (!old || old === "ignored") edges.set(`${from}\n${id}`, { from, to: id, look });
    }
  }
  // In the order of reading, which is that of the Tab key too.
  const sorted = [...nodes.values()].sort((a, b) => Number(a.id.startsWith("w")) - Number(b.id.startsWith("w")));
  return { nodes: sorted, edges: [...edges.values()], left: explanation.workloads.length - shown.length };
}

/** A name that fits: names differ at their ends. */
const cut = (name: string) => (name.length > 34 ? `${name.slice(0, 20)}…${name.slice(-13)}` : name);
const width = (node: Item) => Math.ceil(Math.max(110, 24 + LETTER * Math.max(cut(node.name.name).length, `${node.name.kind}${node.word && ` · ${node.word}`}`.length)));

/** Room between columns, so that lines can be told apart. */
const SPACING = { "elk.spacing.nodeNode": "14", "elk.layered.spacing.nodeNodeBetweenLayers": "96", "elk.layered.spacing.edgeNodeBetweenLayers": "24" };

function toElk({ nodes, edges }: Graph): ElkNode {
  const groups = new Map<string, Item[]>();
  for (const node of nodes) groups.set(node.name.namespace, [...(groups.get(node.name.namespace) ?? []), node]);
  const config = (node: Item) => node.look.startsWith("config");
  // Of one width, each column reads as a list.
  const wide = (members: Item[], of: Item) => Math.max(...members.filter((one) => config(one) === config(of)).map(width));
  const children = [...groups].map(([namespace, members]) => ({
    id: `n\n${namespace}`,
    layoutOptions: { ...SPACING, "elk.padding": "[top=38,left=18,bottom=18,right=18]" },
    children: members.map((node) => ({
      id: node.id,
      width: wide(members, node),
      height: HEIGHT,
      layoutOptions: { "elk.layered.layering.layerConstraint": config(node) ? "FIRST" : "LAST" },
    })),
  }));
  return {
    id: "all",
    layoutOptions: {
      "elk.algorithm": "layered",
      "elk.direction": "RIGHT",
      "elk.hierarchyHandling": "INCLUDE_CHILDREN",
      "elk.edgeRouting": "SPLINES",
      ...SPACING,
      "elk.layered.considerModelOrder.strategy": "NODES_AND_EDGES",
      "elk.spacing.componentComponent": "24",
    },
    children,
    edges: edges.map((edge, i) => ({ id: String(i), sources: [edge.from], targets: [edge.to] })),
  };
}

let elk: Promise<Layout> | undefined;

async function start(): Promise<Layout> {
  const script = await unpacked(byId("part-elk").textContent ?? "");
  const address = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  return new ELK({ workerFactory: () => new Worker(address) });
}

function path(edge: ElkExtendedEdge, dx: number, dy: number): string {
  const at = ({ x, y }: { x: number; y: number }) => `${(x + dx).toFixed(1)},${(y + dy).toFixed(1)}`;
  return (edge.sections ?? [])
    .map(({ startPoint, bendPoints = [], endPoint }) => {
      const points = [...bendPoints, endPoint];
      let out = `M${at(startPoint)}`;
      // Splines come as Bézier curves: two control points and an end each.
      while (points.length >= 3) out += `C${points.splice(0, 3).map(at).join(" ")}`;
      if (points.length === 2) out += `Q${points.map(at).join(" ")}`;
      else if (points.length === 1) out += `L${points.map(at).join(" ")}`;
      return out;
    })
    .join("");
}

/** Shows why, beside a node, on hover and on focus; Escape takes it away. */
function explains(node: Item, drawn: SVGGElement) {
  const tip = byId("tip");
  const show = () => {
    tip.replaceChildren(h("strong", {}, called(node.name)), h("span", {}, ` ${node.word}`), h("ul", {}, ...node.reasons.slice(0, 8).map((reason) => h("li", {}, ...words(reason)))));
    if (node.reasons.length > 8) tip.append(h("p", {}, `and ${count(node.reasons.length - 8, "more reason")}`));
    tip.hidden = false;
    const box = drawn.getBoundingClientRect();
    const below = box.bottom + 8 + tip.offsetHeight < innerHeight;
    tip.style.left = `${Math.max(8, Math.min(box.left, innerWidth - tip.offsetWidth - 8))}px`;
    tip.style.top = `${below ? box.bottom + 8 : Math.max(8, box.top - tip.offsetHeight - 8)}px`;
    drawn.setAttribute("aria-describedby", "tip");
  };
  const hide = () => {
    tip.hidden = true;
    drawn.removeAttribute("aria-describedby");
  };
  drawn.addEventListener("pointerenter", show);
  drawn.addEventListener("pointerleave", (event) => {
    // The tip itself may be pointed at.
    if (event.relatedTarget !== tip && document.activeElement !== drawn) hide();
  });
  drawn.addEventListener("focus", show);
  drawn.addEventListener("blur", hide);
}

function draw(it: Graph, laid: ElkNode, go: Go): SVGSVGElement {
  const byName = new Map(it.nodes.map((node) => [node.id, node]));
  const offset = new Map<string, [number, number]>([["all", [0, 0]]]);
  const groups: SVGElement[] = [];
  const nodes: SVGElement[] = [];
  for (const group of laid.children ?? []) {
    const [x, y] = [group.x ?? 0, group.y ?? 0];
    offset.set(group.id, [x, y]);
    groups.push(s("g", { class: "group" }, s("rect", { x, y, width: group.width ?? 0, height: group.height ?? 0, rx: 10 }), s("text", { x: x + 16, y: y + 22 }, `namespace ${cut(group.id.slice(2))}`)));
    for (const child of group.children ?? []) {
      const node = byName.get(child.id);
      if (!node) continue;
      const { path, line, name, word } = node;
      const jump = () => path && line && go(path, line);
      const drawn = s(
        "g",
        {
          class: `node ${node.look}`,
          transform: `translate(${x + (child.x ?? 0)} ${y + (child.y ?? 0)})`,
          tabindex: 0,
          role: "button",
          "aria-label": `${name.kind}${word && ` · ${word}`} ${name.name}${line ? `, go to line ${line}` : ""}`,
          click: jump,
          keydown: (event) => {
            const { key } = event as KeyboardEvent;
            if (key === "Escape") byId("tip").hidden = true;
            if (key !== "Enter" && key !== " ") return;
            event.preventDefault();
            jump();
          },
        },
        s("rect", { width: child.width ?? 0, height: HEIGHT, rx: node.look.startsWith("config") ? HEIGHT / 2 : 8 }),
        s("text", { class: "kind", x: (child.width ?? 0) / 2, y: 17 }, word ? `${name.kind} · ` : name.kind, ...(word ? [s("tspan", { class: "word" }, word)] : [])),
        " ",
        s("text", { class: "called", x: (child.width ?? 0) / 2, y: 34 }, cut(name.name)),
      );
      explains(node, drawn);
      nodes.push(drawn);
    }
  }
  // Edges are relative to the node that contains both ends.
  const lines = (laid.edges ?? []).map((edge) => {
    const [dx, dy] = offset.get((edge as { container?: string }).container ?? "all") ?? [0, 0];
    const look = it.edges[Number(edge.id)]?.look ?? "counts";
    return s("path", { class: `edge ${look}`, d: path(edge, dx, dy), "marker-end": `url(#arrow-${look})` });
  });
  const arrows = ["rolls", "counts", "ignored"].map((look) => s("marker", { id: `arrow-${look}`, class: `arrow ${look}`, viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 10, markerHeight: 10, markerUnits: "userSpaceOnUse", orient: "auto" }, s("path", { d: "M0 0L8 4L0 8z" })));
  const [w, y] = [laid.width ?? 0, laid.height ?? 0];
  return s("svg", { viewBox: `-1 -1 ${w + 2} ${y + 2}`, width: w + 2, height: y + 2, style: `min-width: ${Math.round(w * LEAST)}px`, role: "group", "aria-label": "Which config rolls what" }, s("defs", {}, ...arrows), ...groups, ...lines, ...nodes);
}

/** The picture of an explanation, and of a plan if there is one. */
export async function picture(explanation: Explanation, plan: Plan | undefined, go: Go): Promise<Element[]> {
  const it = graph(explanation, plan);
  byId("tip").hidden = true;
  if (!it.nodes.length) return [h("p", { class: "nothing" }, "NEW holds no workload.")];
  elk ??= start();
  const laid = await (await elk).layout(toElk(it));
  const legend = h(
    "p",
    { class: "legend aside" },
    ...(plan ? [h("span", { class: "line rolls" }, "rolls now")] : []),
    h("span", { class: "line counts" }, "would roll"),
    h("span", { class: "line ignored" }, "does not count"),
    it.left ? ` ${count(it.left, "more workload")} not drawn.` : "",
  );
  return [legend, h("div", { class: "drawing" }, draw(it, laid, go))];
}

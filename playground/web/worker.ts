// The worker that holds restamp: texts in, reports out, so that typing never waits.

import init, { hides, Page, type Stamped as Made } from "../generated/restamp.js";
import { unpacked } from "./parts";
import type { Asked, Reply, Request, Said, Stamped } from "./messages";

let ready: Promise<unknown> | undefined;
let page: Page | undefined;

function taken(stamped: Made): Stamped {
  const { text, lines, findings } = stamped;
  stamped.free();
  return { text, lines: [...lines], findings };
}

function decide(asked: Asked): Said {
  page?.free();
  page = undefined;
  page = new Page(asked.old, asked.new, asked.config, asked.select, asked.precision, asked.effect, asked.producers);
  const old = page.stampOld();
  return { stamped: taken(page.stamp()), old: old && taken(old), plan: page.plan() };
}

async function start(text: string) {
  await init({ module_or_path: await unpacked(text) });
  // What is made once is made before it is asked for.
  new Page(undefined, "kind: Pod\n", undefined, "", "", "", "").free();
}

async function answer(request: Exclude<Request, { do: "start" }>): Promise<Reply["said"]> {
  await ready;
  switch (request.do) {
    case "decide":
      return decide(request.asked);
    case "explain":
      return page?.explain();
    case "hides":
      return request.texts.map((text) => hides(text));
  }
}

self.addEventListener("message", async ({ data }: MessageEvent<Request>) => {
  if (data.do === "start") {
    ready = start(data.wasm);
    // Who asks is told.
    ready.catch(() => {});
    return;
  }
  let reply: Reply;
  try {
    reply = { id: data.id, said: await answer(data) };
  } catch (error) {
    // What failed may be in any state: the page starts another worker. Its words name no text.
    reply = { id: data.id, failed: error instanceof Error ? error.name : "unknown" };
  }
  self.postMessage(reply);
});

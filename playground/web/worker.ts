// The worker that holds restamp: texts in, reports out, so that typing never waits.

import init, { hides, Page, type Stamped as Made } from "../generated/restamp.js";
import type { Asked, Reply, Request, Said, Stamped } from "./messages";

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

async function answer(request: Request): Promise<Reply["said"]> {
  switch (request.do) {
    case "start":
      await init({ module_or_path: request.wasm });
      return;
    case "decide":
      return decide(request.asked);
    case "explain":
      return page?.explain();
    case "hides":
      return request.texts.map((text) => hides(text));
  }
}

self.addEventListener("message", async ({ data }: MessageEvent<Request>) => {
  let reply: Reply;
  try {
    reply = { id: data.id, said: await answer(data) };
  } catch (error) {
    // What failed may be in any state: the page starts another worker. Its words name no text.
    reply = { id: data.id, failed: error instanceof Error ? error.name : "unknown" };
  }
  self.postMessage(reply);
});

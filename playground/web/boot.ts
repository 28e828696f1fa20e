// The worker that holds restamp begins before the rest of the page is read: it unpacks and compiles meanwhile.

import type { Request } from "./messages";

/** Starts the worker. Its address is one of this page's own, so that this works for a file too. */
export function boot(): Worker {
  const text = (id: string) => document.getElementById(id)?.textContent ?? "";
  const worker = new Worker(URL.createObjectURL(new Blob([text("part-engine")], { type: "text/javascript" })));
  worker.postMessage({ id: -1, do: "start", wasm: text("part-wasm") } satisfies Request);
  return worker;
}

declare global {
  interface Window {
    /** The first one. */
    booted?: Worker;
  }
}

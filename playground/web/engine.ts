// restamp in its worker, as functions that answer later. A worker that failed is replaced by a new one.

import { boot } from "./boot";
import type { Asked, Reply, Request, Said } from "./messages";

type Body = Request extends infer R ? (R extends Request ? Omit<R, "id"> : never) : never;

class Engine {
  #waiting = new Map<number, { done: (said: Reply["said"]) => void; failed: (error: Error) => void }>();
  #next = 0;
  #worker: Worker | undefined = window.booted && this.#heard(window.booted);

  decide(asked: Asked): Promise<Said> {
    return this.#ask({ do: "decide", asked }) as Promise<Said>;
  }

  /** Of what was decided last; nothing if its settings cannot be used. */
  explain(): Promise<string | undefined> {
    return this.#ask({ do: "explain" }) as Promise<string | undefined>;
  }

  /** Whether each of some texts holds a Secret, or might. */
  hides(texts: string[]): Promise<boolean[]> {
    return this.#ask({ do: "hides", texts }) as Promise<boolean[]>;
  }

  #heard(worker: Worker): Worker {
    worker.addEventListener("message", ({ data }: MessageEvent<Reply>) => {
      const waiting = this.#waiting.get(data.id);
      this.#waiting.delete(data.id);
      if (data.failed === undefined) waiting?.done(data.said);
      else this.#end(worker, data.failed, waiting?.failed);
    });
    worker.addEventListener("error", (event) => this.#end(worker, event.message || "the worker cannot start"));
    return worker;
  }

  #end(worker: Worker, why: string, first?: (error: Error) => void) {
    worker.terminate();
    this.#worker = undefined;
    const failed = [first, ...[...this.#waiting.values()].map((waiting) => waiting.failed)];
    this.#waiting.clear();
    for (const one of failed) one?.(new Error(why));
  }

  #ask(body: Body): Promise<Reply["said"]> {
    const worker = (this.#worker ??= this.#heard(boot()));
    const id = this.#next++;
    return new Promise((done, failed) => {
      this.#waiting.set(id, { done, failed });
      worker.postMessage({ ...body, id });
    });
  }
}

export const engine = new Engine();

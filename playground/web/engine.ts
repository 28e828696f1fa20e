// restamp in its worker, as functions that answer later. A worker that failed is replaced by a new one.

import type { Asked, Reply, Request, Said } from "./messages";
import { part, worker } from "./parts";

type Body = Request extends infer R ? (R extends Request ? Omit<R, "id"> : never) : never;

export class Engine {
  #worker: Promise<Worker> | undefined;
  #waiting = new Map<number, { done: (said: Reply["said"]) => void; failed: (error: Error) => void }>();
  #next = 0;

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

  async #start(): Promise<Worker> {
    const [made, wasm] = await Promise.all([worker("part-engine"), part("part-wasm")]);
    made.addEventListener("message", ({ data }: MessageEvent<Reply>) => {
      const waiting = this.#waiting.get(data.id);
      this.#waiting.delete(data.id);
      if (data.failed === undefined) waiting?.done(data.said);
      else this.#end(made, data.failed, waiting?.failed);
    });
    made.addEventListener("error", (event) => this.#end(made, event.message || "the worker cannot start"));
    await this.#send(made, { do: "start", wasm }, [wasm]);
    return made;
  }

  #end(made: Worker, why: string, first?: (error: Error) => void) {
    made.terminate();
    this.#worker = undefined;
    const failed = [first, ...[...this.#waiting.values()].map((waiting) => waiting.failed)];
    this.#waiting.clear();
    for (const one of failed) one?.(new Error(why));
  }

  #send(to: Worker, body: Body, moved: Transferable[] = []): Promise<Reply["said"]> {
    const id = this.#next++;
    return new Promise((done, failed) => {
      this.#waiting.set(id, { done, failed });
      to.postMessage({ ...body, id }, moved);
    });
  }

  async #ask(body: Body): Promise<Reply["said"]> {
    this.#worker ??= this.#start();
    return this.#send(await this.#worker, body);
  }
}

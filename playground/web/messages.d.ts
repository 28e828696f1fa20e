// What the page and the worker that holds restamp say to each other.

/** The texts and settings; an absent text is none. */
export interface Asked {
  old?: string;
  new: string;
  config?: string;
  select: string;
  precision: string;
  effect: string;
  producers: string;
}

export interface Stamped {
  /** Absent if there is an error. */
  text?: string;
  lines: number[];
  /** JSON, as the other reports. */
  findings: string;
}

export interface Said {
  stamped: Stamped;
  old?: Stamped;
  plan?: string;
}

export type Request =
  /** With the program, compressed, as base64. Nothing is answered. */
  | { id: number; do: "start"; wasm: string }
  | { id: number; do: "decide"; asked: Asked }
  /** Of what was decided last. */
  | { id: number; do: "explain" }
  | { id: number; do: "hides"; texts: string[] };

export type Reply = { id: number; said?: Said | string | boolean[]; failed?: string };

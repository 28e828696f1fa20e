// Links that carry texts and settings in their fragment, compressed. No browser sends a fragment to a server.

/** What a link carries: an absent text is empty. */
export interface Carried {
  old?: string;
  new?: string;
  config?: string;
  settings?: Record<string, string>;
  tab?: string;
}

/** Says how the rest is written. */
const FORM = "1.";
/** No link of ours unpacks to more. */
const MOST = 32 << 20;

async function piped(bytes: Uint8Array<ArrayBuffer>, through: ReadableWritablePair<Uint8Array, BufferSource>): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  let length = 0;
  const reader = new Blob([bytes]).stream().pipeThrough(through as ReadableWritablePair<Uint8Array, Uint8Array>).getReader();
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    length += read.value.length;
    if (length > MOST) throw new Error("it is too large");
    parts.push(read.value);
  }
  return new Uint8Array(await new Blob(parts as BlobPart[]).arrayBuffer());
}

/** The fragment, with its `#`. */
export async function fragment(carried: Carried): Promise<string> {
  const bytes = await piped(new TextEncoder().encode(JSON.stringify(carried)), new CompressionStream("deflate-raw"));
  let binary = "";
  for (let i = 0; i < bytes.length; i += 0x8000) binary += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  return `#${FORM}${btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "")}`;
}

/** What a fragment carries; nothing if it is none of ours. */
export async function carried(fragment: string): Promise<Carried | undefined> {
  if (!fragment.startsWith(`#${FORM}`)) return undefined;
  const binary = atob(fragment.slice(1 + FORM.length).replaceAll("-", "+").replaceAll("_", "/"));
  const bytes = await piped(Uint8Array.from(binary, (c) => c.charCodeAt(0)), new DecompressionStream("deflate-raw"));
  const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  const text = (value: unknown) => (typeof value === "string" ? value : undefined);
  const field = (of: unknown, name: string) => (of && typeof of === "object" ? (of as Record<string, unknown>)[name] : undefined);
  const settings = Object.entries((field(value, "settings") as object | undefined) ?? {});
  return {
    old: text(field(value, "old")),
    new: text(field(value, "new")),
    config: text(field(value, "config")),
    settings: Object.fromEntries(settings.filter(([, word]) => typeof word === "string")),
    tab: text(field(value, "tab")),
  };
}

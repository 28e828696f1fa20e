// What is too large to be read before the page is shown: compressed, as base64.

const bytes = (text: string): Uint8Array<ArrayBuffer> => {
  const quick = Uint8Array as typeof Uint8Array & { fromBase64?: (text: string) => Uint8Array<ArrayBuffer> };
  return quick.fromBase64?.(text) ?? Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
};

/** The bytes that were compressed. */
export function unpacked(text: string): Promise<ArrayBuffer> {
  return new Response(new Blob([bytes(text)]).stream().pipeThrough(new DecompressionStream("deflate-raw"))).arrayBuffer();
}

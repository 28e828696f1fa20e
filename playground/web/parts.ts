// What is too large to be read before the page is shown: compressed, in elements of the page.

const bytes = (id: string): Uint8Array<ArrayBuffer> => {
  const text = document.getElementById(id)?.textContent ?? "";
  return Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
};

/** The bytes of a part. */
export async function part(id: string): Promise<ArrayBuffer> {
  const stream = new Blob([bytes(id)]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Response(stream).arrayBuffer();
}

/** Starts a part that is a worker. Its address is one of this page's own, so that this works for a file too. */
export async function worker(id: string): Promise<Worker> {
  const address = URL.createObjectURL(new Blob([await part(id)], { type: "text/javascript" }));
  return new Worker(address);
}

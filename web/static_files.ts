// The dashboard's own files: nothing else of the folder, and nothing from another host.

const TYPES: Readonly<Record<string, string>> = {
  "client.js": "text/javascript; charset=utf-8",
  "style.css": "text/css; charset=utf-8",
  "icon.svg": "image/svg+xml",
  "openapi.yaml": "application/yaml",
};

export class StaticFiles {
  readonly #files = new Map<
    string,
    { readonly bytes: Uint8Array<ArrayBuffer>; readonly gzipped: Promise<Uint8Array<ArrayBuffer>> }
  >();
  /** Changes when a file does: what names them in URLs, so that a browser may keep them. */
  readonly digest: string;

  /** @throws {Deno.errors.NotFound} where one is not there */
  constructor(dir: string) {
    let hash = 0n;
    for (const name of Object.keys(TYPES)) {
      const bytes = Deno.readFileSync(`${dir}/${name}`);
      // FNV-1a, 64 bit: it tells versions apart, and keeps nobody out.
      for (const byte of bytes) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
      this.#files.set(name, { bytes, gzipped: gzip(bytes) });
    }
    this.digest = hash.toString(36);
  }

  async answer(name: string, known: string | undefined): Promise<Response> {
    const file = this.#files.get(name);
    if (file === undefined) return Response.json({ error: `There is no file ${name}.` }, { status: 404 });
    const headers = {
      "content-type": TYPES[name]!,
      "content-encoding": "gzip",
      "cache-control": "public, max-age=31536000, immutable",
      etag: `"${this.digest}"`,
    };
    if (known === headers.etag) return new Response(null, { status: 304, headers });
    return new Response(await file.gzipped, { headers });
  }
}

async function gzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

// The v8 engine: what jco made of a component at build time, on Deno's own WebAssembly. It needs no library.

import { whyUntrusted } from "../../../host-funcs/sys/trust.ts";
import { type ComponentFile, type Engine, EngineError, type LoadedComponent } from "../engine.ts";
import { V8LoadedComponent } from "./component.ts";
import type { V8Component } from "./transpile.ts";

export class V8Engine implements Engine {
  readonly name = "v8";
  readonly version = Deno.version.v8;
  readonly #worker: URL;

  /**
   * A worker that cannot read its code ends without a word, and leaves its host waiting: where the code is in one file it
   * is read here.
   *
   * @param libDir absolute folder with `v8_worker.js`; a checkout takes the worker from its source
   * @throws {Error} if the worker's code is not there, or cannot be read
   */
  constructor(libDir: string) {
    try {
      this.#worker = import.meta.url.endsWith("/runtime/engine/v8/engine.ts")
        ? new URL("./v8_worker.ts", import.meta.url)
        : new URL(URL.createObjectURL(scriptOf(`${libDir}/v8_worker.js`)));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new Error(`Cannot open the v8 engine as its worker's code cannot be read: ${why}`);
    }
  }

  load(file: ComponentFile): LoadedComponent {
    const meta = this.#meta(file);
    if (meta.digest !== file.digest) {
      throw bad(file, `${file.v8Dir} was made of another component, ${meta.digest}: build it anew`);
    }
    try {
      const glue = new TextDecoder().decode(read(file, "glue.js"));
      const modules = new Map(meta.modules.map((name) => [name, read(file, name)]));
      return new V8LoadedComponent(file.name, this.#worker, meta.imports, glue, modules);
    } catch (error) {
      throw bad(file, error instanceof Error ? error.message : String(error));
    }
  }

  close(): void {
    if (this.#worker.protocol === "blob:") URL.revokeObjectURL(this.#worker.href);
  }

  #meta(file: ComponentFile): V8Component {
    try {
      if (file.v8Files === undefined) refuseUntrusted(file.v8Dir);
      return JSON.parse(new TextDecoder().decode(read(file, "component.json")));
    } catch (error) {
      throw bad(file, `${file.v8Dir} has nothing that v8 can run: ${error instanceof Error ? error.message : error}`);
    }
  }
}

/** One file of `v8Dir`: its JavaScript runs outside of the WebAssembly sandbox, so nobody else may have written it. */
function read(file: ComponentFile, name: string): Uint8Array<ArrayBuffer> {
  if (file.v8Files !== undefined) {
    const bytes = file.v8Files.get(name);
    if (bytes === undefined) throw new Error(`${name} is missing`);
    return bytes;
  }
  refuseUntrusted(`${file.v8Dir}/${name}`);
  return Deno.readFileSync(`${file.v8Dir}/${name}`);
}

function refuseUntrusted(path: string): void {
  const why = whyUntrusted(Deno.statSync(path));
  if (why !== undefined) throw new Error(`${path} cannot be trusted, ${why}`);
}

function bad(file: ComponentFile, why: string): EngineError {
  return new EngineError("bad-component", file.name, `Cannot load plugin ${file.name} as ${why}`);
}

function scriptOf(path: string): Blob {
  return new Blob([Deno.readFileSync(path)], { type: "text/javascript" });
}

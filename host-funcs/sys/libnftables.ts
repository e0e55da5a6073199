// libnftables.so.1 (nftables/libnftables.h): commands in the nft language, each batch all or nothing.

import { openForeignLibrary } from "./foreign_library.ts";
import { HostCallError } from "../error.ts";

const symbols = {
  nft_ctx_new: { parameters: ["u32"], result: "pointer" },
  nft_ctx_free: { parameters: ["pointer"], result: "void" },
  nft_ctx_buffer_output: { parameters: ["pointer"], result: "i32" },
  nft_ctx_get_output_buffer: { parameters: ["pointer"], result: "pointer" },
  nft_ctx_buffer_error: { parameters: ["pointer"], result: "i32" },
  nft_ctx_get_error_buffer: { parameters: ["pointer"], result: "pointer" },
  nft_ctx_set_dry_run: { parameters: ["pointer", "bool"], result: "void" },
  nft_run_cmd_from_buffer: { parameters: ["pointer", "buffer"], result: "i32" },
} as const;

/** What became of a batch. */
export type NftAnswer =
  | { readonly ok: true; readonly output: string }
  /** `error`: libnftables' words for the first command that failed, and its place. */
  | { readonly ok: false; readonly error: string };

/** A connection to nf_tables in the namespace that the thread was in when it was opened. */
export class Nft {
  readonly #library: Deno.DynamicLibrary<typeof symbols>;
  readonly #context: Deno.PointerObject;

  private constructor(library: Deno.DynamicLibrary<typeof symbols>, context: Deno.PointerObject) {
    this.#library = library;
    this.#context = context;
  }

  /** @throws {HostCallError} `unsupported`, if the library is missing; `io`, if it gives no context */
  static open(libraryName = "libnftables.so.1"): Nft {
    const library = openLibrary(libraryName);
    const context = library.symbols.nft_ctx_new(0);
    if (context === null) throw new HostCallError("io", "Cannot use nftables as nft_ctx_new failed: out of memory?");
    library.symbols.nft_ctx_buffer_output(context);
    library.symbols.nft_ctx_buffer_error(context);
    return new Nft(library, context);
  }

  /** Runs commands, a line each, as one transaction. */
  run(commands: string): NftAnswer {
    const { nft_run_cmd_from_buffer, nft_ctx_get_output_buffer, nft_ctx_get_error_buffer } = this.#library.symbols;
    const failed = nft_run_cmd_from_buffer(this.#context, new TextEncoder().encode(`${commands}\0`));
    // Reading a buffer empties it: both, so that nothing is left for the next batch.
    const output = textAt(nft_ctx_get_output_buffer(this.#context));
    const error = textAt(nft_ctx_get_error_buffer(this.#context));
    return failed === 0 ? { ok: true, output } : { ok: false, error };
  }

  /** What `run` would answer; the kernel checks the commands and then drops them. */
  check(commands: string): NftAnswer {
    const { nft_ctx_set_dry_run } = this.#library.symbols;
    nft_ctx_set_dry_run(this.#context, true);
    try {
      return this.run(commands);
    } finally {
      nft_ctx_set_dry_run(this.#context, false);
    }
  }

  close(): void {
    this.#library.symbols.nft_ctx_free(this.#context);
    this.#library.close();
  }
}

function openLibrary(name: string): Deno.DynamicLibrary<typeof symbols> {
  try {
    return openForeignLibrary(name, symbols);
  } catch (cause) {
    throw new HostCallError(
      "unsupported",
      `Cannot use nftables as ${name} cannot be opened: ${(cause as Error).message}. Install it: libnftables1 on ` +
        `Debian and Ubuntu, nftables on Fedora and Alpine; ipMasq and macspoofchk need it`,
    );
  }
}

function textAt(pointer: Deno.PointerValue): string {
  return pointer === null ? "" : Deno.UnsafePointerView.getCString(pointer);
}

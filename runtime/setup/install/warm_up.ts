// The first call of an installed program, which leaves what Deno compiled of it for all others: a cold start of a CNI
// call takes 12 ms less with that.

import { run } from "../command.ts";

/**
 * Calls VERSION, after which Deno keeps the compiled code in `<prefix>/deno-cache`; see `main.ts`.
 *
 * @param program path of the launcher
 * @returns whether it answered; without the cache everything works, only slower
 */
export async function warmUp(program: string): Promise<boolean> {
  const result = await run(program, [], { CNI_COMMAND: "VERSION" });
  return result?.code === 0;
}

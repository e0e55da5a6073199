// Which engine a command uses.

import type { EngineChoice } from "../engine/open_engine.ts";
import { CommandFailure } from "./output.ts";

/** CNIDARIA_ENGINE of the environment. @throws {CommandFailure} for one that there is not */
export function engineChoice(text: string = Deno.env.get("CNIDARIA_ENGINE") ?? "auto"): EngineChoice {
  if (text === "auto" || text === "wasmtime" || text === "v8") return text;
  throw new CommandFailure(`Cannot choose an engine as CNIDARIA_ENGINE is neither auto, wasmtime nor v8: ${text}`);
}

// `cnidaria plugin replay`: a recording's verbs again, with the answers that it has.

import { openEngine } from "../../engine/open_engine.ts";
import { EngineError } from "../../engine/engine.ts";
import { cacheDir, libDir } from "../../paths.ts";
import { componentNames } from "../../plugin/component_names.ts";
import { asPresent } from "../../plugin/older_component.ts";
import { parseRecording } from "../../testkit/recording.ts";
import { replay } from "../../testkit/replay.ts";
import { engineChoice } from "../engine_choice.ts";
import { CommandFailure, type Output } from "../output.ts";
import { fromHere, subjectOf } from "./subject.ts";

/** Runs what the recording has of the plugin in `dir`. @returns the exit code: 1 where something differs */
export async function pluginReplay(file: string, dir: string, output: Output): Promise<0 | 1> {
  const path = fromHere(file);
  const subject = await subjectOf(dir);
  const text = await Deno.readTextFile(path).catch((error) => {
    throw new CommandFailure(`Cannot read the recording: ${error.message}`);
  });
  const runs = parseRecording(text, path).filter((run) => run.plugin === subject.name);
  if (runs.length === 0) throw new CommandFailure(`Cannot replay as ${path} has nothing of plugin ${subject.name}`);
  const engine = await openEngine(engineChoice(), { libDir: libDir(), cacheDir: cacheDir() });
  const { dir: built, manifest, name } = subject;
  const file_ = { name, wasmPath: `${built}/plugin.wasm`, digest: manifest.build!.digest, v8Dir: `${built}/v8` };
  const component = asPresent(engine.load(file_), () => componentNames(Deno.readFileSync(file_.wasmPath)).exports);
  let code: 0 | 1 = 0;
  try {
    for (const run of runs) {
      const what = `${run.plugin} ${run.verb}`;
      const { calls, difference, fuel } = replay(component, run, manifest.limits);
      const units = fuel === undefined ? "" : `, fuel ${fuel}`;
      if (difference === undefined) output.line(`${what}: as recorded, ${calls} host calls${units}`);
      else output.complain(`${what}: ${difference}`);
      if (difference !== undefined) code = 1;
    }
  } catch (error) {
    if (error instanceof EngineError) throw new CommandFailure(error.message);
    throw error;
  } finally {
    component.close();
    engine.close();
  }
  return code;
}

// A recording of real verbs as a test, see `runtime/testkit/replay.ts`.

import { assert, assertEquals } from "@std/assert";
import { parseManifest } from "../../../runtime/plugin/manifest.ts";
import { parseRecording } from "../../../runtime/testkit/recording.ts";
import { replay } from "../../../runtime/testkit/replay.ts";
import { builtPlugin } from "./built.ts";
import { loadComponent } from "./load_plugin.ts";

/** Of one verb of a recording. */
export interface Replayed {
  readonly verb: string;
  /** Host calls, all as recorded. */
  readonly calls: number;
}

/**
 * Makes a test's function of a recording (`cnidaria plugin record`): the plugin's verbs are run again with the answers
 * that it has, and must make the same host calls and end alike. To be called at the top of a test file, once.
 *
 * @param dir the plugin's folder
 */
export async function replayer(dir: string | URL): Promise<(recording: URL) => Promise<Replayed[]>> {
  const { dir: built, name } = await builtPlugin(dir);
  const component = await loadComponent(dir);
  const path = `${built}/plugin.json`;
  const { limits } = parseManifest(await Deno.readTextFile(path), path);
  return async (recording) => {
    const runs = parseRecording(await Deno.readTextFile(recording), recording.pathname);
    const own = runs.filter((run) => run.plugin === name);
    assert(own.length > 0, `${recording.pathname} has nothing of plugin ${name}`);
    return own.map((run) => {
      const { calls, difference } = replay(component, run, limits);
      assertEquals(difference, undefined, `${run.verb}: ${difference}`);
      return { verb: run.verb, calls };
    });
  };
}

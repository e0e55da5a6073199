// What is to be tested, read from disk.

import { parseNetworkList } from "../cli/libcni/network_list.ts";
import { CommandFailure } from "../cli/output.ts";

/**
 * @param binDir the plugin directory
 * @param path of the configuration
 * @throws {CommandFailure} where the configuration is none, or a plugin of it is not in the directory
 */
export async function readSubject(
  binDir: string,
  path: string,
): Promise<{ binDir: string; path: string; conf: string }> {
  const conf = await Deno.readTextFile(path).catch((error) => {
    throw new CommandFailure(`Cannot read configuration: ${error.message}`);
  });
  const folder = await Deno.realPath(binDir).catch((error) => {
    throw new CommandFailure(`Cannot read plugin directory: ${error.message}`);
  });
  for (const { type } of parseNetworkList(conf, path).plugins) {
    const info = await Deno.stat(`${folder}/${type}`).catch(() => undefined);
    if (info?.isFile !== true || ((info.mode ?? 0) & 0o111) === 0) {
      throw new CommandFailure(`Cannot test plugin ${type} as there is no such executable in ${folder}`);
    }
  }
  return { binDir: folder, path: await Deno.realPath(path), conf };
}

// The configurations that the container runtime will read.

import { libDir } from "../../paths.ts";
import { findPlugin } from "../../plugin/registry.ts";
import { parseNetworkList } from "../libcni/network_list.ts";
import type { Finding } from "./finding.ts";

/** Checks each configuration of a folder; the first by name is the one that containerd and CRI-O take. */
export async function checkConfigurations(dir: string, binDir: string): Promise<Finding[]> {
  let names: string[];
  try {
    names = [...Deno.readDirSync(dir)].map((entry) => entry.name).filter((name) =>
      /\.(conf|conflist|json)$/.test(name)
    );
  } catch {
    names = [];
  }
  if (names.length === 0) {
    return [{
      subject: "configuration",
      state: "warn",
      why: `${dir} holds none`,
      advice: "put a .conflist there; examples/configurations has some",
    }];
  }
  return await Promise.all(names.sort().map((name) => checkConfiguration(dir, name, binDir)));
}

async function checkConfiguration(dir: string, name: string, binDir: string): Promise<Finding> {
  const path = `${dir}/${name}`;
  try {
    const list = parseNetworkList(await Deno.readTextFile(path), path);
    const missing: string[] = [];
    for (const plugin of list.plugins) if (!await canBeCalled(plugin.type, binDir)) missing.push(plugin.type);
    const types = list.plugins.map((plugin) => plugin.type).join(", ");
    if (missing.length === 0) return { subject: name, state: "ok", why: `network ${list.name}: ${types}` };
    return {
      subject: name,
      state: "fail",
      why: `network ${list.name}: ${binDir} lacks ${missing.join(", ")}`,
      advice: installable(missing) ?? "install the packages that these plugins come with",
    };
  } catch (error) {
    return { subject: name, state: "fail", why: (error as Error).message, advice: "correct or remove the file" };
  }
}

async function canBeCalled(type: string, binDir: string): Promise<boolean> {
  const info = await Deno.stat(`${binDir}/${type}`).catch(() => undefined);
  return info !== undefined && info.isFile && ((info.mode ?? 0) & 0o111) !== 0;
}

function installable(types: readonly string[]): string | undefined {
  const ours = types.filter((type) => type === "cnidaria" || findPlugin(libDir(), type) !== undefined);
  if (ours.length < types.length) return undefined;
  const dropIns = ours.filter((type) => !type.startsWith("cnidaria"));
  return `cnidaria install${dropIns.length === 0 ? "" : ` --drop-in ${dropIns.join(",")}`}`;
}

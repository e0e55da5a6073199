// The program's own parts: engine, plugins, state, entries in the CNI bin folder.

import { checkStateDir } from "../../../host-funcs/state/ownership.ts";
import { openEngine } from "../../engine/open_engine.ts";
import { cacheDir, libDir, stateDir } from "../../paths.ts";
import { ownerOfProgram } from "../../setup/install/entries.ts";
import { pluginRows } from "../../query/plugin_rows.ts";
import type { Finding } from "./finding.ts";

export async function checkInstallation(binDir: string): Promise<Finding[]> {
  return [
    checkUser(),
    await checkEngine(),
    checkPlugins(),
    await checkState(),
    await checkEntry(binDir),
    checkDenort(),
  ];
}

function checkUser(): Finding {
  const uid = Deno.uid();
  if (uid === 0) return { subject: "user", state: "ok", why: "root" };
  return {
    subject: "user",
    state: "fail",
    why: `uid ${uid}`,
    advice: "container runtimes call plugins as root: so must you",
  };
}

async function checkEngine(): Promise<Finding> {
  const subject = "engine";
  const complaints: string[] = [];
  try {
    const log = (message: string) => complaints.push(message);
    const engine = await openEngine("auto", { libDir: libDir(), cacheDir: cacheDir(), log });
    engine.close();
    const why = `${engine.name} ${engine.version}`;
    if (engine.name === "wasmtime") return { subject, state: "ok", why };
    return {
      subject,
      state: "warn",
      why: `${why}: ${complaints.join(" ")}`,
      advice: "deno task setup, then install again",
    };
  } catch (error) {
    return { subject, state: "fail", why: (error as Error).message, advice: "install again" };
  }
}

function checkPlugins(): Finding {
  const subject = "plugins";
  try {
    const rows = pluginRows(libDir(), stateDir()).filter((row) => row.state !== "not-installed");
    const refused = rows.filter((row) => row.state !== "first-party" && row.state !== "allowed");
    if (rows.length === 0) {
      return { subject, state: "fail", why: `${libDir()}/plugins holds none`, advice: "deno task build" };
    }
    if (refused.length === 0) return { subject, state: "ok", why: rows.map((row) => row.name).join(", ") };
    return {
      subject,
      state: "warn",
      why: `will not run: ${refused.map((row) => `${row.name} (${row.state})`).join(", ")}`,
      advice: refused.every((row) => row.state === "incompatible")
        ? "cnidaria plugin list says what each was built for; upgrade cnidaria, or build the plugin anew"
        : "cnidaria plugin list says why; cnidaria plugin allow NAME, if it is meant to run",
    };
  } catch (error) {
    return { subject, state: "fail", why: (error as Error).message, advice: "deno task build, or install again" };
  }
}

async function checkState(): Promise<Finding> {
  const [subject, dir] = ["state", stateDir()];
  if (await Deno.stat(dir).then(() => false, () => true)) {
    return { subject, state: "ok", why: `${dir} is made by the first call` };
  }
  try {
    checkStateDir(dir);
    return { subject, state: "ok", why: `${dir} belongs to root alone` };
  } catch (error) {
    return { subject, state: "fail", why: (error as Error).message, advice: `chown root: ${dir}; chmod 0700 ${dir}` };
  }
}

async function checkEntry(binDir: string): Promise<Finding> {
  const subject = "CNI bin";
  const advice = `cnidaria install ${binDir}`;
  const owner = await ownerOfProgram(binDir);
  if (owner === "none") return { subject, state: "warn", why: `not installed in ${binDir}`, advice };
  if (owner === "foreign") {
    return { subject, state: "fail", why: `another's file: ${binDir}/cnidaria`, advice: "move it away" };
  }
  return { subject, state: "ok", why: `${binDir}/cnidaria` };
}

/** What `deno compile` embeds. Without it the launcher serves, a shell's start slower. */
function checkDenort(): Finding {
  const subject = "program";
  if (Deno.build.standalone) return { subject, state: "ok", why: "compiled" };
  const named = Deno.env.get("DENORT_BIN");
  if (named !== undefined) return { subject, state: "ok", why: `denort for \`deno task compile\`: ${named}` };
  return { subject, state: "ok", why: `on Deno ${Deno.version.deno}; \`deno task compile\` downloads denort` };
}

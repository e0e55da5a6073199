// The program. With CNI_COMMAND in the environment it is a CNI plugin, and nothing else is loaded; else it is the
// command line.

import { cniCall } from "./cni/call.ts";
import { ProcessCaller } from "./cni/caller.ts";

if (Deno.env.get("CNI_COMMAND") !== undefined) {
  const { stdout, exitCode, takeBack } = await cniCall({
    env: (name) => Deno.env.get(name),
    stdin: Deno.stdin,
    ends: true,
    calledAs,
    caller: new ProcessCaller(),
  });
  const answered = written(stdout);
  if (!answered) await takeBack?.();
  // Deno keeps compiled code for the next start only if a program ends by itself: VERSION does, which has the time.
  if (!answered || exitCode !== 0 || Deno.env.get("CNI_COMMAND") !== "VERSION") Deno.exit(answered ? exitCode : 1);
} else {
  const { main } = await import("./cli/main.ts");
  Deno.exit(await main(Deno.args));
}

/** @returns false if nobody reads standard output any more */
function written(text: string): boolean {
  const bytes = new TextEncoder().encode(text);
  try {
    for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
    return true;
  } catch {
    return false;
  }
}

/** CNIDARIA_NAME, which the launcher sets; for a compiled program, the name in its command line. */
async function calledAs(): Promise<string> {
  const named = Deno.env.get("CNIDARIA_NAME");
  if (named !== undefined && named !== "") return named.slice(named.lastIndexOf("/") + 1);
  if (!Deno.build.standalone) return "";
  const { readSpecialFile } = await import("../host-funcs/sys/special_file.ts");
  const [path = ""] = readSpecialFile("/proc/self/cmdline").split("\0");
  return path.slice(path.lastIndexOf("/") + 1);
}

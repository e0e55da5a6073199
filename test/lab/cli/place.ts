// Where a lab that outlives its command is, and the process that holds it.

import { OUTSIDE, outside } from "../isolation.ts";
import type { Refusal } from "./protocol.ts";

/** Below /run, so that the installed program may read and write there. CNIDARIA_LAB names another one. */
export const PLACE = Deno.env.get("CNIDARIA_LAB") ?? "/run/cnidaria-lab";
export const SOCKET = `${PLACE}/control.sock`;
export const LOG = `${PLACE}/log`;
/** Pid of unshare(1), whose child holds the lab and ends with it. */
export const PID_FILE = `${PLACE}/pid`;

const HOLDER = new URL("./holder.ts", import.meta.url).pathname;

/** Pid of unshare(1); undefined where no lab is up. */
export function keeperPid(): number | undefined {
  try {
    const pid = Number(Deno.readTextFileSync(PID_FILE));
    // The pid may be another program's by now.
    return Deno.readTextFileSync(`/proc/${pid}/cmdline`).includes("test/lab/cli/holder.ts") ? pid : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Pid of the process that holds the lab, as this process sees it. */
export function holderPid(keeper: number): number {
  const [pid] = Deno.readTextFileSync(`/proc/${keeper}/task/${keeper}/children`).trim().split(" ");
  if (!pid) throw new Error(`Cannot enter the lab as its process is gone: see ${LOG}`);
  return Number(pid);
}

/** Starts a process in namespaces of its own that holds the lab and outlives this one. */
export async function startHolder(words: readonly string[]): Promise<void> {
  await Deno.mkdir(PLACE, { mode: 0o700 });
  const flags = ["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--propagation", "private"];
  const script = `echo $$ >"${PID_FILE}"; exec unshare ${flags.join(" ")} -- "$@" >"${LOG}" 2>&1`;
  new Deno.Command("setsid", {
    args: ["sh", "-c", script, "sh", Deno.execPath(), "run", "--allow-all", HOLDER, ...words],
    env: {
      CNIDARIA_LAB: PLACE,
      [OUTSIDE]: outside(),
      CNIDARIA_TEST_INSTALL: `${PLACE}/install`,
      TMPDIR: PLACE,
      NO_COLOR: "1",
    },
    cwd: "/",
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn().unref();
}

/** Asks the process that holds the lab. @throws {Error} with its answer, where it refuses */
export async function ask<T>(method: "GET" | "POST", path: string): Promise<T> {
  using client = Deno.createHttpClient({ proxy: { transport: "unix", path: SOCKET } });
  let response: Response;
  try {
    response = await fetch(`http://lab${path}`, { method, client });
  } catch (cause) {
    throw new Error("Cannot reach a lab as none is up: `deno task lab up` makes one", { cause });
  }
  const answer = await response.json();
  if (!response.ok) throw new Error((answer as Refusal).why);
  return answer as T;
}

// The program with faults built in: as `runtime/main.ts` serves a call, but for a point at which it fails, traps or
// dies. Beside the points that the program has itself there is one before and after each change that the kernel or
// SQLite is asked for. For tests alone.
//
// | variable | what |
// | --- | --- |
// | FAULTS | `trap@70 kill@85`: what goes wrong at which point, counted from 0 on |
// | FAULT_POINTS | a file that gets the names of all points, one a line, up to the last that was reached |
//
// `fail`: the host function, the kernel or the disk refuses; `trap`: the plugin ends; `kill`: the process dies.

import { HostCallError } from "../../host-funcs/error.ts";
import { Database } from "../../host-funcs/state/database.ts";
import { KernelError } from "../../host-funcs/sys/errno.ts";
import { Nft } from "../../host-funcs/sys/libnftables.ts";
import { NetlinkSocket } from "../../host-funcs/sys/netlink_socket.ts";
import { cniCall } from "../../runtime/cni/call.ts";
import { patientCaller } from "../../runtime/cni/caller.ts";
import { EngineError } from "../../runtime/engine/engine.ts";

const ENOMEM = 12;
const faults = new Map(
  (Deno.env.get("FAULTS") ?? "").split(" ").filter((it) => it !== "").map((it) => {
    const [kind = "", at = ""] = it.split("@");
    return [Number(at), kind];
  }),
);
const points = Deno.openSync(Deno.env.get("FAULT_POINTS") ?? "/dev/null", { append: true, create: true });
const encoder = new TextEncoder();
let count = 0;

/** Comes to a point. @returns the fault that is there, unless it is one that the process does not survive */
function arrive(point: string): string | undefined {
  points.writeSync(encoder.encode(`${point}\n`));
  const fault = faults.get(count++);
  if (fault !== "kill") return fault;
  Deno.kill(Deno.pid, "SIGKILL");
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

function checkpoint(point: string): void {
  const fault = arrive(point);
  if (fault === "fail") throw new HostCallError("io", `a fault was put in at ${point}`);
  if (fault === "trap") throw new EngineError("trap", "faulty", `a fault was put in at ${point}`);
}

/** Puts a point before and after something; a fault before it is `refuse`. */
function around<T>(name: string, run: () => T, refuse: () => T): T {
  if (arrive(`request ${name}`) !== undefined) return refuse();
  const result = run();
  arrive(`answered ${name}`);
  return result;
}

const { batch, transaction } = NetlinkSocket.prototype;
NetlinkSocket.prototype.batch = function (messages) {
  const refuse = () => messages.map(() => new KernelError(ENOMEM));
  return around(`rtnetlink ${messages[0]?.type}`, () => batch.call(this, messages), refuse);
};
NetlinkSocket.prototype.transaction = function (...args) {
  around("nfnetlink", () => transaction.apply(this, args), () => {
    throw new KernelError(ENOMEM);
  });
};
const runNft = Nft.prototype.run;
Nft.prototype.run = function (commands) {
  const refuse = () => ({ ok: false, output: "", error: "Error: Could not process rule: Cannot allocate memory" });
  return around("nft", () => runNft.call(this, commands), refuse);
};
let inTransaction = false;
const runSql = Database.prototype.run;
// SQLite takes back what was not committed: within a transaction its end alone is a point.
Database.prototype.run = function (sql, ...parameters) {
  const run = () => runSql.call(this, sql, ...parameters);
  const verb = sql.trim().split(/\s/)[0];
  if (verb === "BEGIN") inTransaction = true;
  else if (verb === "COMMIT") inTransaction = false;
  if (inTransaction) return run();
  return around(`sqlite ${verb}`, run, () => {
    throw new HostCallError("exhausted", "a fault was put in: database or disk is full");
  });
};

const state = Deno.env.get("CNIDARIA_STATE") ?? "";
/** The log of calls and compiled components are nobody's attachment. */
const isOwned = (path: unknown) =>
  String(path).startsWith(`${state}/`) && !/^\/(calls|cache)\//.test(String(path).slice(state.length));

for (const name of ["writeFileSync", "renameSync", "removeSync"] as const) {
  const original = Deno[name] as (path: string | URL, ...rest: unknown[]) => void;
  Deno[name] = (path: string | URL, ...rest: unknown[]) => {
    if (!isOwned(path)) return original(path, ...rest);
    around(`file ${name}`, () => original(path, ...rest), () => {
      throw new Error("a fault was put in: no space left on device (os error 28)");
    });
  };
}

const { stdout, exitCode } = await cniCall({
  caller: patientCaller,
  env: (name) => Deno.env.get(name),
  stdin: Deno.stdin,
  ends: true,
  calledAs: () => Promise.resolve(Deno.env.get("CNIDARIA_NAME") ?? ""),
  checkpoint,
});
Deno.stdout.writeSync(encoder.encode(stdout));
Deno.exit(exitCode);

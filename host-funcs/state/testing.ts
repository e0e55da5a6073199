// A host context for tests of what needs the node's state alone.

import type { Change } from "../change.ts";
import type { AttachmentKey, HostContext } from "../context.ts";
import type { Database } from "./database.ts";
import { openDatabase } from "./open_database.ts";

export interface FakeContext extends HostContext {
  /** What was recorded. */
  readonly changes: Change[];
  readonly lines: string[];
}

/** A context without namespaces for one attachment, that remembers what was recorded. */
export function fakeContext(
  database: Database,
  attachment: Partial<AttachmentKey> = {},
  rest: Partial<Pick<HostContext, "args" | "config">> = {},
): FakeContext {
  const changes: Change[] = [];
  const lines: string[] = [];
  const unavailable = () => {
    throw new Error("the fake context has no namespaces");
  };
  return {
    attachment: { network: "net", containerId: "c1", ifname: "eth0", ...attachment },
    args: rest.args ?? [],
    config: rest.config ?? {},
    namespace: unavailable,
    netlink: unavailable,
    database: () => database,
    record: (change) => void changes.push(change),
    log: (level, message) => void lines.push(`${level}: ${message}`),
    changes,
    lines,
  };
}

/** Runs a test with a database in a directory of its own. */
export function withDatabase(body: (database: Database, stateDir: string) => void): void {
  const parent = Deno.makeTempDirSync({ prefix: "cnidaria-state-" });
  const stateDir = `${parent}/state`;
  const database = openDatabase(stateDir);
  try {
    body(database, stateDir);
  } finally {
    database.close();
    Deno.removeSync(parent, { recursive: true });
  }
}

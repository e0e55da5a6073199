import { assert, assertEquals } from "@std/assert";
import type { Database } from "../../host-funcs/state/database.ts";
import { openDatabase } from "../../host-funcs/state/open_database.ts";
import { attachmentWakeups } from "./attachment_wakeups.ts";

/** No test waits so long for a look that is not due to a notification. */
const NEVER_MS = 600_000;
/** In which a notification comes: it takes about a millisecond. */
const SOON_MS = 5_000;

/** Counts what wakes. */
class Woken {
  count = 0;
  readonly #ends = new AbortController();
  readonly #ended: Promise<void>;

  constructor(stateDir: string, pollMs: number) {
    this.#ended = this.#run(stateDir, pollMs);
  }

  /** Something wakes after this was called, and by what `act` does. */
  async by(act: () => void): Promise<void> {
    const before = this.count;
    act();
    await until(() => this.count > before);
  }

  async end(): Promise<void> {
    this.#ends.abort();
    await this.#ended;
  }

  async #run(stateDir: string, pollMs: number): Promise<void> {
    for await (const _ of attachmentWakeups(stateDir, this.#ends.signal, pollMs)) this.count++;
  }
}

async function withWoken(
  pollMs: number,
  test: (woken: Woken, stateDir: string) => Promise<void>,
  prepare: (stateDir: string) => void = (stateDir) => openDatabase(stateDir).close(),
): Promise<void> {
  const parent = await Deno.makeTempDir({ prefix: "cnidaria-wakeups-" });
  prepare(`${parent}/state`);
  const woken = new Woken(`${parent}/state`, pollMs);
  try {
    await until(() => woken.count > 0);
    await test(woken, `${parent}/state`);
  } finally {
    await woken.end();
    await Deno.remove(parent, { recursive: true });
  }
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + SOON_MS;
  while (!condition()) {
    assert(performance.now() < deadline, `it has not come about within ${SOON_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** Until nothing wakes any more: each write is several notifications. */
async function quiet(woken: Woken): Promise<void> {
  for (let before = -1; before !== woken.count;) {
    before = woken.count;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function write(database: Database, address: string): void {
  database.run(
    `INSERT INTO firewall_elements (kind, key, network, container_id, ifname, value)
      VALUES ('isolation', ?, 'net', 'c1', 'eth0', '')`,
    address,
  );
}

Deno.test("each write to the database wakes, also after its log was removed and made anew", async () => {
  await withWoken(NEVER_MS, async (woken, stateDir) => {
    for (const round of [1, 2]) {
      const database = openDatabase(stateDir);
      await quiet(woken);
      await woken.by(() => write(database, `10.1.0.${round}`));
      await quiet(woken);
      await woken.by(() => write(database, `10.1.1.${round}`));
      database.close();
      assertEquals([...Deno.readDirSync(stateDir)].filter(({ name }) => name.endsWith("-wal")), []);
    }
  });
});

Deno.test("other files of the state, and reading it, wake nobody", async () => {
  await withWoken(NEVER_MS, async (woken, stateDir) => {
    const database = openDatabase(stateDir);
    try {
      write(database, "10.1.0.1");
      await quiet(woken);
      const before = woken.count;
      Deno.mkdirSync(`${stateDir}/journal`);
      Deno.writeTextFileSync(`${stateDir}/journal/a.jsonl`, "{}");
      Deno.writeTextFileSync(`${stateDir}/other`, "");
      Deno.removeSync(`${stateDir}/other`);
      database.all("SELECT * FROM firewall_elements");
      await quiet(woken);
      assertEquals(woken.count, before);
    } finally {
      database.close();
    }
  });
});

Deno.test("without a folder it looks by time, and by notifications once there is one, also a second one", async () => {
  const woken = async (woken: Woken, stateDir: string) => {
    await woken.by(() => {});
    for (const _ of [1, 2]) {
      openDatabase(stateDir).close();
      // Looks by time come to an end as soon as it is watched.
      await quiet(woken);
      const database = openDatabase(stateDir);
      await quiet(woken);
      await woken.by(() => write(database, "10.1.0.1"));
      database.close();
      await woken.by(() => Deno.removeSync(stateDir, { recursive: true }));
      await woken.by(() => {});
    }
  };
  await withWoken(30, woken, () => {});
});

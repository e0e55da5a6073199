import { assertEquals } from "@std/assert";
import { BackOff } from "../cluster/store/back_off.ts";
import type { Enforcer } from "./enforcer.ts";
import { runEnforcer } from "./run_enforcer.ts";
import type { Observed, Source } from "./source/source.ts";

/** Told by hand. */
class Bell implements AsyncIterable<unknown> {
  #ring: (() => void) | undefined;

  constructor(private readonly signal: AbortSignal) {}

  ring(): void {
    this.#ring?.();
  }

  async *[Symbol.asyncIterator]() {
    while (!this.signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#ring = resolve;
        this.signal.addEventListener("abort", () => resolve(), { once: true });
      });
      if (!this.signal.aborted) yield undefined;
    }
  }
}

async function run(compareMs: number, test: (it: Running) => Promise<void>): Promise<Running> {
  const it = new Running();
  const ended = runEnforcer(
    it as unknown as Enforcer,
    it.source,
    { attachments: () => it.attachments, kernel: () => it.kernel },
    () => void it.did.push("ensure"),
    { compareMs, backOff: new BackOff(20, 20) },
    it.ends.signal,
  );
  try {
    await test(it);
  } finally {
    it.ends.abort();
    await ended;
  }
  return it;
}

/** Stands for the enforcer, and all that wakes it. */
class Running {
  readonly ends = new AbortController();
  readonly did: string[] = [];
  readonly attachments = new Bell(this.ends.signal);
  readonly kernel = new Bell(this.ends.signal);
  fails = 0;
  tell: (event: Observed) => void = () => {};
  readonly source: Source = {
    type: "folder",
    where: "/nowhere",
    run: (observed, signal) => {
      this.tell = observed;
      return new Promise((resolve) => signal.addEventListener("abort", () => resolve()));
    },
  };

  take({ tell }: Observed): void {
    this.did.push(tell);
  }

  apply(): boolean {
    this.did.push("apply");
    return this.fails-- <= 0;
  }

  repair(cause: string): boolean {
    this.did.push(`repair: ${cause}`);
    return true;
  }

  close(): void {
    this.did.push("close");
  }
}

const rest = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const event: Observed = { tell: "set", kind: "Pod", object: {} };

Deno.test("events of a moment are one batch, a new attachment is another, and the end closes", async () => {
  const { did } = await run(60_000, async (it) => {
    await rest(5);
    for (let i = 0; i < 3; i++) it.tell(event);
    await rest(50);
    it.attachments.ring();
    await rest(50);
  });
  assertEquals(did, ["ensure", "set", "set", "set", "apply", "apply", "close"]);
});

Deno.test("what failed is tried again until it is well", async () => {
  const { did } = await run(60_000, async (it) => {
    await rest(5);
    it.fails = 2;
    it.tell(event);
    await rest(200);
  });
  assertEquals(did, ["ensure", "set", "apply", "apply", "apply", "close"]);
});

Deno.test("a notification is acted on once it is quiet, and everything is compared now and then", async () => {
  const { did } = await run(150, async (it) => {
    await rest(5);
    it.kernel.ring();
    await rest(270);
  });
  const causes = did.filter((it) => it.startsWith("repair"));
  assertEquals(causes, ["repair: a comparison of everything", "repair: a notification of the kernel"]);
  assertEquals(did.filter((it) => it === "ensure").length, 2);
});

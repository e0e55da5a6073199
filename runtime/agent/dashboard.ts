// The dashboard in the agent: what it keeps of calls and pools at all times, and the rest, loaded once somebody looks.

import type { CallTrace } from "../plugin/trace.ts";
import { CallHistory } from "../query/call_history.ts";
import { Changes } from "../query/changes.ts";
import { EventLog } from "../query/event_log.ts";
import { NodeView } from "../query/node_view.ts";
import { PoolHistory, SAMPLE_MS } from "../query/pool_history.ts";
import { attachmentWakeups } from "../policy/attachment_wakeups.ts";
import { libDir } from "../paths.ts";
import type { createWeb } from "../../web/app.tsx";
import type { Topic } from "../../web/page.ts";
import type { WebParts } from "../../web/parts.ts";
import type { Told } from "./keeper/report.ts";
import type { Served } from "./served.ts";

/** What the agent has for it. */
export interface DashboardNeeds
  extends Pick<WebParts, "node" | "version" | "cluster" | "policy" | "plugins" | "actions"> {
  readonly stateDir: string;
  /** Of what goes wrong, in one sentence. */
  warn(message: string): void;
}

/** Milliseconds between two looks at what tells of no change by itself: the overlay and network policies. */
const LOOK_MS = 2_000;

export class Dashboard implements Disposable {
  readonly events = new EventLog();
  readonly #calls = new CallHistory();
  readonly #pools = new PoolHistory();
  readonly #changes = new Changes<Topic>();
  readonly #view: NodeView;
  readonly #ends = new AbortController();
  readonly #sampling: ReturnType<typeof setInterval>;
  #looking: ReturnType<typeof setInterval> | undefined;
  #app: Promise<ReturnType<typeof createWeb>> | undefined;
  #watches = false;

  constructor(private readonly needs: DashboardNeeds) {
    this.#view = new NodeView(needs.stateDir, (message) => needs.warn(message));
    this.#sampling = setInterval(() => this.#sample(), SAMPLE_MS);
    Deno.unrefTimer(this.#sampling as unknown as number);
  }

  connection(served: Served): void {
    if (served.kind === "served") this.#call(served.trace);
    else {this.#tell(
        "warn",
        "agent",
        served.kind === "withdrawn"
          ? "A call was withdrawn before it began"
          : `A call was left to the host: ${served.why}`,
      );}
  }

  kept(told: Told): void {
    if (told.kind !== "line" || told.level === "debug") return;
    const { network, containerId, ifname } = told.fields;
    const subject = containerId === undefined ? undefined : `${network}/${containerId}/${ifname}`;
    const rest = Object.entries(told.fields).filter(([name, value]) =>
      value !== undefined && !["network", "containerId", "ifname"].includes(name)
    );
    const text = [told.message, ...rest.map(([name, value]) => `${name} ${value}`)].join("; ");
    this.#tell(told.level, "keeper", text, subject);
  }

  /** What answers: made at the first call. */
  readonly app = (): Promise<ReturnType<typeof createWeb>> => this.#app ??= this.#open();

  [Symbol.dispose](): void {
    clearInterval(this.#sampling);
    clearInterval(this.#looking);
    this.#ends.abort();
    this.#view[Symbol.dispose]();
  }

  #call(trace: CallTrace): void {
    this.#calls.add(trace);
    const { attachment, command, error, totalMs, undone } = trace;
    const { network, containerId, ifname } = attachment;
    const subject = containerId === "" ? undefined : `${network}/${containerId}/${ifname}`;
    const took = `${totalMs.toFixed(1)} ms`;
    if (error !== undefined) {
      const taken = undone.length === 0 ? "" : `; ${undone.length} changes were taken back`;
      this.#tell("error", command, `failed with code ${error.code} after ${took}: ${error.message}${taken}`, subject);
    } else if (command !== "VERSION" && command !== "STATUS") this.#tell("info", command, `done in ${took}`, subject);
  }

  #tell(level: "info" | "warn" | "error", kind: string, text: string, subject?: string): void {
    this.events.add({ level, kind, text, ...subject !== undefined && { subject } });
    this.#changes.tell("events");
  }

  async #open() {
    this.#sample();
    this.#watch();
    const module = import.meta.url.endsWith("/runtime/agent/dashboard.ts")
      ? new URL("../../web/app.tsx", import.meta.url).href
      : `file://${encodeURI(libDir())}/web_app.js`;
    try {
      const web: { createWeb: typeof createWeb } = await import(module);
      const { needs } = this;
      const parts: WebParts = {
        ...needs,
        view: this.#view,
        calls: this.#calls,
        pools: this.#pools,
        events: this.events,
        changes: this.#changes,
        staticDir: `${libDir()}/web`,
      };
      return web.createWeb(parts, needs.actions === undefined ? undefined : crypto.randomUUID());
    } catch (error) {
      this.#app = undefined;
      throw new Error(`Cannot show the dashboard: ${(error as Error).message}`);
    }
  }

  #sample(): void {
    try {
      this.#pools.add(this.#view.snapshot().pools);
    } catch {
      // The metrics tell of a state that cannot be read.
    }
  }

  /** From now on somebody looks. */
  #watch(): void {
    if (this.#watches) return;
    this.#watches = true;
    this.#followState();
    let [cluster, policy] = ["", ""];
    this.#looking = setInterval(async () => {
      if (!this.#changes.isHeard) return;
      const now = JSON.stringify([await this.needs.cluster()]);
      if (now !== cluster) this.#changes.tell("cluster");
      cluster = now;
      const measures = await this.needs.policy("measures");
      const rules = JSON.stringify(typeof measures === "string" ? measures : [measures.status, measures.dropsSeen]);
      if (rules !== policy) this.#changes.tell("policy");
      policy = rules;
    }, LOOK_MS);
    Deno.unrefTimer(this.#looking as unknown as number);
  }

  async #followState(): Promise<void> {
    for await (const _ of attachmentWakeups(this.needs.stateDir, this.#ends.signal)) {
      try {
        if (this.#view.changed()) this.#changes.tell("attachments");
      } catch (error) {
        this.needs.warn((error as Error).message);
      }
    }
  }
}

// The agent: the same program, started once. It listens for native entries, serves their calls on threads of its own,
// keeps the node tidy, and tells how it is.

import { closeFile } from "../../host-funcs/sys/libc.ts";
import { readSpecialFile } from "../../host-funcs/sys/special_file.ts";
import { adoptListener, listenUnix, openWaker, wake } from "../../host-funcs/sys/unix_socket.ts";
import type { ClusterOptions } from "../cluster/cluster_options.ts";
import type { PolicyOptions } from "../policy/policy_options.ts";
import type { ClusterAnswers } from "./cluster/messages.ts";
import type { PolicyAnswers } from "./policy/messages.ts";
import { openDatabase } from "../../host-funcs/state/open_database.ts";
import { makePrivateFolder } from "./private_folder.ts";
import { PROGRAM_VERSION } from "../program_version.ts";
import { libDir, stateDir } from "../paths.ts";
import { pluginRows } from "../query/plugin_rows.ts";
import type { AgentLog } from "./agent_log.ts";
import { Dashboard } from "./dashboard.ts";
import { dashboardActions } from "./dashboard_actions.ts";
import { createHttp, type NoAnswer } from "./http.ts";
import { HttpGuard } from "./http_guard.ts";
import { listenHttp } from "./http_listener.ts";
import { Report } from "./keeper/report.ts";
import { Metrics } from "./metrics.ts";
import { PolicyMetrics } from "./policy/policy_metrics.ts";
import { inheritedListener, notify, Watchdog } from "./service_manager.ts";
import { SharedState } from "./shared_state.ts";
import { SideThread } from "./side_thread.ts";
import { removerOf } from "./socket_file.ts";
import { exportCall, isWanted } from "./telemetry.ts";
import { Threads } from "./threads.ts";
import { readAccess, type WebOptions } from "./web_access.ts";

export interface AgentOptions {
  /** Path of the socket that entries connect to. */
  readonly socket: string;
  /** Where HTTP is answered: `HOST:PORT`, or the path of a socket. */
  readonly http: string;
  /** Who may use the dashboard and its API, and whether it may change anything. */
  readonly web: WebOptions;
  /** Threads that wait for calls at all times. */
  readonly threads: number;
  /** Seconds between two collections of garbage; 0: none. */
  readonly collectSeconds: number;
  /** Seconds between two rounds of repair; 0: none. */
  readonly repairSeconds: number;
  /** Seconds that calls have to finish when the agent ends; what then still runs is undone. */
  readonly graceSeconds: number;
  /** How this node takes part in the overlay; undefined: not at all. */
  readonly cluster: ClusterOptions | undefined;
  /** How network policies are enforced; undefined: not at all. */
  readonly policy: PolicyOptions | undefined;
}

/** Calls that may wait; an entry that finds more waiting waits itself, and after a second runs the host. */
const BACKLOG = 512;
/** Milliseconds for undoing what the grace period was too short for. */
const UNDO_MS = 15_000;
/** Milliseconds for a thread beside the calls to end. */
const SIDE_END_MS = 2_000;
/** Milliseconds for the answer of one. That of policies compiles for seconds where there are thousands. */
const CLUSTER_ANSWER_MS = 2_000;
const POLICY_ANSWER_MS = 15_000;
const SIGNALS = ["SIGTERM", "SIGINT"] as const;

/**
 * Runs until a signal, or `stop`, ends it.
 *
 * @returns the exit code: 0, or 1 where a call was cut off
 * @throws {HostCallError} where it cannot listen
 */
export async function runAgent(options: AgentOptions, log: AgentLog, stop?: AbortSignal): Promise<number> {
  const env = (name: string) => Deno.env.get(name);
  const { access, tls } = readAccess(options.http, options.web);
  const inherited = inheritedListener(env, Deno.pid);
  if (inherited !== undefined) adoptListener(inherited);
  else makePrivateFolder(options.socket);
  const listener = inherited ?? listenUnix(options.socket, BACKLOG);
  // One that systemd listens for stays, for the next agent.
  const removeSocket = inherited === undefined ? removerOf(options.socket) : () => {};
  const waker = openWaker();
  const shared = new SharedState();
  const metrics = new Metrics();
  const policyMetrics = new PolicyMetrics(metrics.registry);
  const telemetry = isWanted(env);
  const base = {
    listener,
    waker,
    release: releaseName(),
    mainModule: Deno.mainModule,
    collectMs: options.collectSeconds * 1000,
    repairMs: options.repairSeconds * 1000,
  };
  using dashboard: Dashboard = new Dashboard({
    node: options.cluster?.node ?? options.policy?.node ?? (env("NODE_NAME") || hostName()),
    version: PROGRAM_VERSION,
    stateDir: stateDir(),
    cluster: () => answerOf(cluster, "status"),
    policy: (question, argument) => answerOf(policy, question, argument),
    plugins: () => pluginRows(libDir(), stateDir()),
    actions: options.web.actions ? dashboardActions(new Report((told) => dashboard.kept(told))) : undefined,
    warn: (message) => log.line("warn", message),
  });
  const threads = new Threads(threadModule(), base, shared, options.threads, {
    connection(served) {
      dashboard.connection(served);
      metrics.connection(served);
      log.connection(served);
      if (telemetry && served.kind === "served") exportCall(served.trace);
    },
    kept(told) {
      dashboard.kept(told);
      metrics.kept(told);
      if (told.kind === "line") log.line(told.level, told.message, told.fields);
    },
    died: (message) => log.line("error", "a thread died and is replaced", { why: message }),
  });
  await threads.start();
  const cluster = options.cluster &&
    sideThread<ClusterAnswers>("cluster", "the overlay", options.cluster, CLUSTER_ANSWER_MS, log);
  const policy = options.policy &&
    sideThread<PolicyAnswers>("policy", "network policies", options.policy, POLICY_ANSWER_MS, log);
  const notAlive = () => {
    const { stuck } = threads.counts();
    return stuck > 0 ? [`${stuck} threads have been busy with one call for minutes`] : [];
  };
  let ready = true;
  await using http = listenHttp(
    options.http,
    createHttp(
      {
        notReady: async () => [
          ...ready ? [] : ["the agent is ending"],
          ...await notJoined(cluster),
          ...await notInForce(policy),
        ],
        notAlive,
        metrics: async () => {
          metrics.cluster(await cluster?.ask("status"));
          policyMetrics.told(await policy?.ask("measures"));
          return render(metrics, threads, log);
        },
        cluster: () => answerOf(cluster, "status"),
        policy: (question, argument) => answerOf(policy, question, argument),
      },
      new HttpGuard(access),
      dashboard.app,
    ),
    (message) => log.line("warn", message),
    tls,
  );
  using _ = new Watchdog(env, Deno.pid, () => notAlive().length === 0);
  const endsWhen = endAsked(stop);
  notify(env, "READY=1");
  log.line("info", "ready", { socket: inherited === undefined ? options.socket : "inherited", http: http.address });
  const why = await endsWhen;
  ready = false;
  notify(env, "STOPPING=1");
  log.line("info", "ending", { why });
  // Entries that come from now on find nobody, and run the host; where systemd listens they wait for the next agent.
  removeSocket();
  shared.ending = "finish";
  wake(waker);
  let finished = await threads.ended(options.graceSeconds * 1000);
  if (!finished) {
    shared.ending = "now";
    log.line("warn", "calls that still run are undone");
    finished = await threads.ended(UNDO_MS);
  }
  if (await cluster?.end(SIDE_END_MS) === false) log.line("warn", "the overlay's thread did not end by itself");
  if (await policy?.end(SIDE_END_MS) === false) log.line("warn", "the network policies' thread did not end by itself");
  closeFile(listener);
  closeFile(waker);
  log.line(finished ? "info" : "error", finished ? "ended" : "ended in the middle of a call, which is undone later");
  return finished ? 0 : 1;
}

/** As gethostname(2) has it. */
function hostName(): string {
  return readSpecialFile("/proc/sys/kernel/hostname").trim();
}

/** @param title what it is the thread of, in the log */
function sideThread<A extends Record<string, unknown>>(
  role: string,
  title: string,
  options: unknown,
  answerMs: number,
  log: AgentLog,
): SideThread<A> {
  return new SideThread<A>(threadModule(), role, { role, options, mainModule: Deno.mainModule }, answerMs, {
    line: ({ level, message, fields }) => log.line(level, message, fields),
    died: (message) => log.line("error", `the thread of ${title} died and is replaced`, { why: message }),
  });
}

async function answerOf<A extends Record<string, unknown>, Q extends keyof A & string>(
  thread: SideThread<A> | undefined,
  question: Q,
  argument?: number,
): Promise<A[Q] | NoAnswer> {
  if (thread === undefined) return "none";
  const answer = await thread.ask(question, argument);
  return answer === undefined ? "silent" : answer;
}

/** Pods of a node without a subnet cannot be attached. */
async function notJoined(cluster: SideThread<ClusterAnswers> | undefined): Promise<string[]> {
  if (cluster === undefined) return [];
  const status = await cluster.ask("status");
  if (status === undefined) return ["the overlay's thread does not answer"];
  return status.waitsFor === undefined ? [] : [`not in the network yet: ${status.waitsFor}`];
}

/** New pods stay isolated until there is a plan. */
async function notInForce(policy: SideThread<PolicyAnswers> | undefined): Promise<string[]> {
  if (policy === undefined) return [];
  const status = await policy.ask("status");
  if (status === undefined) return ["the network policies' thread does not answer"];
  if (status.inForce) return [];
  const why = status.failed ?? status.troubles[0] ?? `waits for ${status.waitsFor.join(", ") || "the first plan"}`;
  return [`network policies are not in force yet: ${why}`];
}

async function render(metrics: Metrics, threads: Threads, log: AgentLog): Promise<string> {
  const { total, busy } = threads.counts();
  metrics.threads.set({ state: "busy" }, busy);
  metrics.threads.set({ state: "waiting" }, total - busy);
  try {
    const database = openDatabase(stateDir(), (message) => log.line("warn", message));
    try {
      metrics.pools(database, performance.now());
    } finally {
      database.close();
    }
  } catch (error) {
    // Everything else can be told without it.
    metrics.noPools();
    log.line("warn", "the pools cannot be read", { why: (error as Error).message });
  }
  return await metrics.registry.metrics();
}

/** `<prefix>/releases/<name>/lib/cnidaria` names a release; a checkout has none. */
function releaseName(): string {
  return /\/releases\/([^/]+)\/lib\/cnidaria$/.exec(libDir())?.[1] ?? "";
}

/** In a bundle it is a file beside the program. */
function threadModule(): URL {
  return import.meta.url.endsWith("/runtime/agent/agent.ts")
    ? new URL("./thread.ts", import.meta.url)
    : new URL(`file://${encodeURI(libDir())}/agent_thread.js`);
}

/** @returns what asked the agent to end */
function endAsked(stop: AbortSignal | undefined): Promise<string> {
  return new Promise((resolve) => {
    const handlers = SIGNALS.map((signal) => {
      const handler = () => end(signal);
      Deno.addSignalListener(signal, handler);
      return () => Deno.removeSignalListener(signal, handler);
    });
    const end = (why: string) => {
      for (const remove of handlers) remove();
      resolve(why);
    };
    if (stop?.aborted === true) end("it was told to");
    stop?.addEventListener("abort", () => end("it was told to"), { once: true });
  });
}

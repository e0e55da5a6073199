// One CNI call from beginning to end: parameters, configuration, verb, answer.

import type { AttachmentId } from "cnidaria:cni/types@0.3.0";
import { HostCallError } from "../../host-funcs/error.ts";
import { type Engine, EngineError } from "../engine/engine.ts";
import { openEngine } from "../engine/open_engine.ts";
import { cacheDir, libDir, stateDir } from "../paths.ts";
import { logCall } from "../plugin/call_log.ts";
import { PluginLoader } from "../plugin/component.ts";
import type { Kept } from "../plugin/host_context.ts";
import type { ReadyPlugins } from "../plugin/ready_plugins.ts";
import { hasPlugin } from "../plugin/registry.ts";
import { type CallTrace, Trace } from "../plugin/trace.ts";
import { type Checkpoint, noCheckpoint } from "../plugin/checkpoint.ts";
import { add } from "../transaction/add.ts";
import type { Call } from "../transaction/call.ts";
import { del, takeBack } from "../transaction/del.ts";
import type { Caller } from "./caller.ts";
import { type NetworkConfig, parseConfig } from "./config.ts";
import { type CniParameters, parseEnvironment } from "./environment.ts";
import { CniFailure, formatFailure } from "./failure.ts";
import { createLog, type Log } from "./log.ts";
import { resultFromJson } from "./result.ts";
import { readAll, type SyncReader } from "./stdin.ts";
import { stepsOf } from "./steps_of.ts";
import { formatVersions, isCniVersion, LATEST_VERSION, selectVersion } from "./version.ts";

/** What the call needs of the process. */
export interface CniProcess {
  env(name: string): string | undefined;
  readonly stdin: SyncReader & { isTerminal(): boolean };
  /** The process ends with the call: nothing needs to be closed. */
  readonly ends: boolean;
  /** The name that the program was called by. */
  calledAs(): Promise<string>;
  /** Who waits for the answer of an ADD. */
  readonly caller: Caller;
  /** See `Checkpoint`; tests alone have one. */
  readonly checkpoint?: Checkpoint;
  /** What a process that serves many calls keeps between them. */
  readonly warm?: Warm;
  /** When the call began, as `performance.now()` has it; else with the process. */
  readonly began?: number;
  /** Variables of the caller, where it is another process: an executable that is run on its behalf gets them. */
  readonly environment?: ReadonlyMap<string, string>;
  /** Writes to the caller's standard error; else that of the process. */
  writeStderr?(bytes: Uint8Array<ArrayBuffer>): void;
}

/** What is ready from earlier calls. */
export interface Warm {
  readonly kept: Kept;
  readonly plugins: ReadyPlugins;
  engine(log: (message: string) => void): Promise<Engine>;
}

/** What the process writes, and how it ends. */
export interface CniAnswer {
  /** For standard output. */
  readonly stdout: string;
  readonly exitCode: number;
  /** What the call did. */
  readonly trace: CallTrace;
  /** After an ADD: takes the attachment back, where nobody could be told of it. Never throws. */
  readonly takeBack?: () => Promise<void>;
}

/** Verbs whose calls the call log keeps: runtimes ask for the others every few seconds. */
const LOGGED: ReadonlySet<string> = new Set(["ADD", "DEL", "CHECK", "GC"]);

/** Serves the call that the environment describes. Never throws: every failure is an error result. */
export async function cniCall(process: CniProcess): Promise<CniAnswer> {
  const subject = () => {
    const { attachment: { network, containerId, ifname }, command } = trace.data;
    return command === "" ? "" : `${command} ${network}/${containerId}/${ifname}: `;
  };
  const log = createLog(process.env, subject, process.writeStderr);
  const trace = new Trace(process.began);
  trace.step("start");
  let answerVersion: string = LATEST_VERSION;
  try {
    const parameters = parseEnvironment(process.env);
    trace.data.command = parameters.command;
    if (parameters.command === "VERSION") return { stdout: versions(process), exitCode: 0, trace: trace.data };
    const config = parseConfig(readAll(process.stdin));
    if (isCniVersion(config.cniVersion ?? "0.1.0")) answerVersion = config.cniVersion ?? "0.1.0";
    const { result, takeBack } = await serve(process, parameters, config, trace, log);
    const stdout = result === undefined ? "" : JSON.stringify(result, null, 2) + "\n";
    return { stdout, exitCode: 0, trace: trace.data, ...takeBack !== undefined && { takeBack } };
  } catch (error) {
    const failure = asFailure(error, log);
    trace.data.error = { code: failure.code, message: failure.message };
    log.write("error", `code ${failure.code}: ${failure.message}${failure.details && `; ${failure.details}`}`);
    return { stdout: formatFailure(failure, answerVersion) + "\n", exitCode: 1, trace: trace.data };
  } finally {
    trace.end();
    if (LOGGED.has(trace.data.command)) logCall(stateDir(), trace.data);
    for (const call of trace.data.hostCalls) {
      log.write("debug", `${call.plugin} ${call.function}(${call.args}) ${call.ms} ms ${call.error ?? ""}`);
    }
    trace.writeTo(process.env("CNIDARIA_TRACE"));
  }
}

async function serve(
  process: CniProcess,
  parameters: CniParameters,
  config: NetworkConfig,
  trace: Trace,
  log: Log,
): Promise<{ result?: Record<string, unknown>; takeBack?: () => Promise<void> }> {
  const { command, containerId, ifname, netns } = parameters;
  if (command === "VERSION") return {};
  trace.data.attachment = { network: config.name, containerId, ifname };
  const version = selectVersion(config.cniVersion, command);
  const lib = libDir();
  const { plugin, steps } = stepsOf(await process.calledAs(), config, (name) => hasPlugin(lib, name));
  trace.data.plugins = steps.map((step) => step.type);
  trace.step("config");
  const opened = new OpenedEngine(process, lib, trace, log);
  const loader = new PluginLoader(lib, stateDir(), () => opened.get(), trace, process.warm?.plugins);
  const call: Call = {
    parameters,
    config,
    version,
    steps,
    plugin,
    prevResult: prevResultOf(config, command, netns, log),
    valid: command === "GC" ? validAttachments(config) : [],
    stateDir: stateDir(),
    runtime: process.env("CNIDARIA_RUNTIME"),
    loader,
    trace,
    log,
    processEnds: process.ends,
    kept: process.warm?.kept,
    environment: process.environment,
    key: process.env("CNIDARIA_CALL") ?? "",
    checkpoint: process.checkpoint ?? noCheckpoint,
    caller: process.caller,
  };
  try {
    const result = await run(call);
    if (command !== "ADD" || !result) return {};
    return { result, takeBack: () => takeBackOf(call) };
  } finally {
    if (!process.ends) {
      loader.close();
      opened.close();
    }
  }
}

/** Takes the attachment of an ADD back by a DEL, since the answer has no reader. */
async function takeBackOf(call: Call): Promise<void> {
  call.log.write("warn", "taking the ADD back, as nobody reads its answer any more");
  try {
    await takeBack(call);
  } catch (error) {
    call.log.write("error", `taking the ADD back: ${(error as Error).message}`);
  }
}

/** Runs the verb. ADD and DEL are in the program's own file, see `setup/bundle.ts`; what is rarer is loaded. */
async function run(call: Call): Promise<Record<string, unknown> | void> {
  const loaded = <T>(module: T): T => {
    call.trace.step("modules");
    return module;
  };
  switch (call.parameters.command) {
    case "ADD":
      return add(call);
    case "DEL":
      return del(call);
    case "CHECK":
      return loaded(await import("../transaction/check.ts")).check(call);
    case "GC":
      return loaded(await import("../transaction/gc.ts")).gc(call);
    case "STATUS":
      return loaded(await import("../transaction/status.ts")).status(call);
  }
}

/** The engine of CNIDARIA_ENGINE, opened at the first component. */
class OpenedEngine {
  #engine: Engine | undefined;

  constructor(readonly process: CniProcess, readonly lib: string, readonly trace: Trace, readonly log: Log) {}

  async get(): Promise<Engine> {
    if (this.#engine !== undefined) return this.#engine;
    const { warm } = this.process;
    if (warm !== undefined) {
      const ready = await warm.engine((message) => this.log.write("warn", message));
      this.trace.data.engine = ready.name;
      return ready;
    }
    const choice = this.process.env("CNIDARIA_ENGINE") ?? "auto";
    if (choice !== "auto" && choice !== "wasmtime" && choice !== "v8") {
      throw new CniFailure(
        "invalidEnvironment",
        `Cannot choose an engine as CNIDARIA_ENGINE is unknown: ${JSON.stringify(choice)}`,
        "expected auto, wasmtime or v8",
      );
    }
    let engine: Engine;
    try {
      engine = await openEngine(choice, {
        libDir: this.lib,
        cacheDir: cacheDir(),
        log: (message) => this.log.write("warn", message),
      });
    } catch (error) {
      throw new CniFailure("engineUnavailable", (error as Error).message);
    }
    this.#engine = engine;
    this.trace.data.engine = engine.name;
    this.trace.step("engine");
    return engine;
  }

  close(): void {
    this.#engine?.close();
  }
}

/** DEL has to work with what it gets: a prevResult that cannot be read is as none. */
export function prevResultOf(config: NetworkConfig, command: string, netns: string, log: Log) {
  if (config.prevResult === undefined || config.prevResult === null) return undefined;
  try {
    return resultFromJson(config.prevResult, netns, "prevResult");
  } catch (error) {
    if (command !== "DEL") throw error;
    log.write("warn", `ignoring prevResult: ${(error as Error).message}`);
  }
}

/**
 * The attachments that GC must leave alone. Go writes an empty list as `null`; libcni 1.2 named the key differently.
 *
 * @throws {CniFailure} `invalidConfig` without the key: everything would be removed
 */
function validAttachments(config: NetworkConfig): AttachmentId[] {
  const key = "cni.dev/valid-attachments";
  const valid = config[Object.hasOwn(config, key) ? key : "cni.dev/attachments"];
  if (valid === undefined) {
    throw new CniFailure(
      "invalidConfig",
      `Cannot GC as the network configuration's key "${key}" is missing`,
      "expected the list of attachments that still exist; an empty list if there are none",
    );
  }
  return (valid ?? []).map((it) => ({ containerId: it.containerID, ifname: it.ifname }));
}

/** The runtime may say its version on standard input; VERSION answers whatever comes. */
function versions(process: CniProcess): string {
  let asked: unknown;
  try {
    if (!process.stdin.isTerminal()) asked = JSON.parse(readAll(process.stdin)).cniVersion;
  } catch {
    asked = undefined;
  }
  return formatVersions(typeof asked === "string" && isCniVersion(asked) ? asked : LATEST_VERSION) + "\n";
}

/** Anything that is no `CniFailure` is a defect of this program: its stack is for the debug log alone. */
export function asFailure(error: unknown, log: Log): CniFailure {
  if (error instanceof CniFailure) return error;
  if (error instanceof EngineError) return new CniFailure("badComponent", error.message);
  if (error instanceof HostCallError) {
    return new CniFailure(error.code === "busy" ? "tryAgainLater" : "io", error.message);
  }
  log.write("debug", error instanceof Error ? error.stack ?? error.message : String(error));
  return new CniFailure(
    "internal",
    `Cannot serve the CNI call as of a defect in cnidaria: ${error instanceof Error ? error.message : String(error)}`,
    "run it again with CNIDARIA_LOG_LEVEL=debug, and report the log",
  );
}

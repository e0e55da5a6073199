// What a member works with, on a real node.

import { currentNamespace } from "../../host-funcs/sys/namespace.ts";
import { type EngineChoice, openEngine } from "../engine/open_engine.ts";
import type { Engine } from "../engine/engine.ts";
import { cacheDir, libDir, stateDir } from "../paths.ts";
import type { ClusterOptions } from "./cluster_options.ts";
import { Controller, type ControllerNeeds } from "./controller.ts";
import type { MemberLog, MemberParts } from "./member.ts";
import { NodeKernel } from "./node_kernel.ts";
import { openStore } from "./store/open_store.ts";

/** Parts that hold sockets and memory: closed at the end of their scope. */
export interface OpenParts extends MemberParts, AsyncDisposable {
  readonly kernel: NodeKernel;
}

/**
 * Opens them. The engine is opened with the backend.
 *
 * @throws {Error} a sentence, where the store's configuration is of no use
 */
export async function openParts(options: ClusterOptions, log: MemberLog): Promise<OpenParts> {
  let engine: Promise<Engine> | undefined;
  const choice = (Deno.env.get("CNIDARIA_ENGINE") ?? "auto") as EngineChoice;
  const tell = (message: string) => log.line("warn", message);
  const needs: ControllerNeeds = {
    libDir: libDir(),
    stateDir: stateDir(),
    openEngine: () =>
      engine ??= openEngine(choice, { libDir: libDir(), cacheDir: cacheDir(), prepares: true, log: tell }).catch(
        (error) => {
          engine = undefined;
          throw error;
        },
      ),
    log: (level, message) => level === "debug" || log.line(level, message),
  };
  const opened: Controller[] = [];
  const store = await openStore(options.store);
  const kernel = new NodeKernel(currentNamespace(), options, log);
  return {
    store,
    kernel,
    async openBackend(type) {
      const controller = await Controller.open(type, needs);
      opened.push(controller);
      return controller;
    },
    async [Symbol.asyncDispose]() {
      kernel.close();
      await store[Symbol.asyncDispose]();
      for (const controller of opened) controller[Symbol.dispose]();
      (await engine?.catch(() => undefined))?.close();
    },
  };
}

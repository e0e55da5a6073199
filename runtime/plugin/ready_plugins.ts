// Plugins that stay ready from one call to the next, where a process serves many. Only code is kept: each call has an
// instance of its own.

import type { ReadyPlugin } from "./component.ts";
import { permissionPath, pluginFolder } from "./registry.ts";

interface KeptPlugin {
  readonly plugin: ReadyPlugin;
  /** What the files were like when it was made ready. */
  readonly stamp: string;
}

/** The plugins of one installation. */
export class ReadyPlugins {
  readonly #plugins = new Map<string, KeptPlugin>();

  /** @param libDir @param stateDir see `paths.ts` */
  constructor(readonly libDir: string, readonly stateDir: string) {}

  /** A plugin that is ready, and whose files and permission have not changed since. */
  find(name: string): ReadyPlugin | undefined {
    const known = this.#plugins.get(name);
    if (known === undefined || known.stamp === this.#stampOf(name)) return known?.plugin;
    this.#plugins.delete(name);
    known.plugin.component.close();
  }

  keep(name: string, plugin: ReadyPlugin): void {
    this.#plugins.set(name, { plugin, stamp: this.#stampOf(name) });
  }

  /** Does ahead, between two calls, what the next one will need. */
  prepare(): void {
    for (const { plugin } of this.#plugins.values()) plugin.component.prepare?.();
  }

  close(): void {
    for (const { plugin } of this.#plugins.values()) plugin.component.close();
    this.#plugins.clear();
  }

  /** Files are replaced by renaming, so that one of another content has another inode, or time. */
  #stampOf(name: string): string {
    const folder = pluginFolder(this.libDir, name);
    const paths = [`${folder}/plugin.json`, `${folder}/plugin.wasm`, permissionPath(this.stateDir, name)];
    return paths.map(fileStamp).join(" ");
  }
}

function fileStamp(path: string): string {
  try {
    const { dev, ino, size, mtime, mode, uid } = Deno.statSync(path);
    return [dev, ino, size, mtime?.getTime(), mode, uid].join(":");
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "none";
    // Whoever loads it tells what is wrong.
    return `unknown ${crypto.randomUUID()}`;
  }
}

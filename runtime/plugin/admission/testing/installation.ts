// A library folder with one plugin, and a state directory, for tests of what may run.

import { firstPartyPath } from "../first_party.ts";
import type { Permission } from "../permission.ts";
import { permissionDir, permissionPath } from "../../registry.ts";

/** Magic number, version and layer: the smallest component. */
export const EMPTY_COMPONENT = new Uint8Array([0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00]);
export const EMPTY_DIGEST = await sha256(EMPTY_COMPONENT);

/** A component that imports an empty instance of that name, and does nothing. */
export function importing(name: string): Uint8Array<ArrayBuffer> {
  const bytes = new TextEncoder().encode(name);
  const section = [1, 0, bytes.length, ...bytes, 0x01, 0];
  return new Uint8Array([...EMPTY_COMPONENT, 10, section.length, ...section]);
}

export const DEFAULT_LIMITS = {
  memoryBytes: 67108864,
  timeMs: 60000,
  fuel: 1000000000,
  hostCalls: 1000,
  valueBytes: 1048576,
};

export class Installation implements AsyncDisposable {
  readonly folder: string;

  private constructor(readonly directory: string, readonly name: string) {
    this.folder = `${this.libDir}/plugins/${name}`;
  }

  get libDir(): string {
    return `${this.directory}/lib`;
  }

  get stateDir(): string {
    return `${this.directory}/state`;
  }

  /** @param manifest keys of plugin.json that are not as usual */
  static async create(manifest: Record<string, unknown> = {}, firstParty: Record<string, string> = {}) {
    const made = new Installation(await Deno.makeTempDir({ prefix: "cnidaria-admission-" }), "guest");
    await Deno.mkdir(made.folder, { recursive: true });
    await Deno.mkdir(permissionDir(made.stateDir), { recursive: true, mode: 0o700 });
    await Deno.writeFile(`${made.folder}/plugin.wasm`, EMPTY_COMPONENT);
    await Deno.writeTextFile(firstPartyPath(made.libDir), JSON.stringify(firstParty));
    await made.writeManifest(manifest);
    return made;
  }

  async writeManifest(manifest: Record<string, unknown>): Promise<void> {
    const usual = { name: this.name, version: "1", description: "", imports: [], build: { digest: EMPTY_DIGEST } };
    await Deno.writeTextFile(`${this.folder}/plugin.json`, JSON.stringify({ ...usual, ...manifest }));
  }

  /** Writes a permission as `cnidaria plugin allow` does. */
  async allow(permission: Partial<Permission> = {}): Promise<void> {
    const path = permissionPath(this.stateDir, this.name);
    const usual: Permission = {
      digest: EMPTY_DIGEST,
      imports: [],
      grants: {},
      declaredLimits: DEFAULT_LIMITS,
      limits: DEFAULT_LIMITS,
      allowedAt: "2025-01-01T00:00:00.000Z",
      allowedBy: { uid: 0 },
    };
    await Deno.writeTextFile(path, JSON.stringify({ ...usual, ...permission }));
    await Deno.chmod(path, 0o600);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Deno.remove(this.directory, { recursive: true });
  }
}

export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

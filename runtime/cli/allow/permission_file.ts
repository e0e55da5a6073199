// Writes and removes what an administrator allows.

import { checkStateDir } from "../../../host-funcs/state/ownership.ts";
import type { Permission } from "../../plugin/admission/permission.ts";
import { permissionDir, permissionPath } from "../../plugin/registry.ts";
import { writeAtomically } from "../../atomic_file.ts";
import { withLock } from "../../setup/lock.ts";
import { CommandFailure } from "../output.ts";

/**
 * Writes the permission of a plugin: mode 0600, by rename. What an earlier one had for v8 is removed.
 *
 * @param make makes it, and gets the folder that it will lie in
 */
export async function writePermission(
  stateDir: string,
  name: string,
  make: (folder: string) => Promise<Permission>,
): Promise<Permission> {
  const folder = permissionDir(stateDir);
  try {
    checkStateDir(stateDir);
    await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
    await Deno.chmod(folder, 0o700);
    return await locked(folder, async () => {
      const permission = await make(folder);
      const text = JSON.stringify(permission, null, 2) + "\n";
      await writeAtomically(permissionPath(stateDir, name), text, 0o600);
      await removeV8Folders(folder, name, permission.v8?.folder);
      return permission;
    });
  } catch (error) {
    throw new CommandFailure(`Cannot allow ${name}: ${(error as Error).message}`);
  }
}

/** @returns whether there was one */
export async function removePermission(stateDir: string, name: string): Promise<boolean> {
  const folder = permissionDir(stateDir);
  try {
    if (!await exists(permissionPath(stateDir, name))) return false;
    return await locked(folder, async () => {
      await Deno.remove(permissionPath(stateDir, name));
      await removeV8Folders(folder, name, undefined);
      return true;
    });
  } catch (error) {
    throw new CommandFailure(`Cannot revoke ${name}: ${(error as Error).message}`);
  }
}

function locked<T>(folder: string, body: () => Promise<T>): Promise<T> {
  return withLock(`${folder}/.lock`, () => {}, body);
}

async function removeV8Folders(folder: string, name: string, kept: string | undefined): Promise<void> {
  for (const entry of [...Deno.readDirSync(folder)]) {
    const isOurs = entry.name.startsWith(`${name}.`) && entry.name.endsWith(".v8");
    if (isOurs && entry.name !== kept) await Deno.remove(`${folder}/${entry.name}`, { recursive: true });
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

// Whether only root, or the caller, can have written something. Whoever else can could make the host do anything.

/**
 * Why a file or directory must not be trusted: it belongs neither to root nor to the caller, or its group or everyone
 * can write to it.
 *
 * @returns a clause such as `it belongs to user 1000`, or nothing if it can be trusted
 */
export function whyUntrusted(info: Deno.FileInfo, uid: number | null = Deno.uid()): string | undefined {
  if (info.uid !== null && info.uid !== 0 && info.uid !== uid) {
    return `it belongs to user ${info.uid}: make it belong to root (chown 0:0)`;
  }
  const mode = info.mode ?? 0;
  if ((mode & 0o022) === 0) return undefined;
  return `its group or others can write to it, its mode is ${(mode & 0o7777).toString(8)}: take that away (chmod go-w)`;
}

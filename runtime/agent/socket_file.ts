// The file of a socket, which the agent removes as it ends; but never that of an agent which has taken its place.

/** @returns what removes the file at `path`, if it is still the one that is there now. It never throws. */
export function removerOf(path: string): () => void {
  const own = identityOf(path);
  return () => {
    try {
      if (own !== undefined && identityOf(path) === own) Deno.removeSync(path);
    } catch {
      // Somebody else has, or the file system is read-only: whoever listens next replaces it.
    }
  };
}

function identityOf(path: string): string | undefined {
  try {
    const { dev, ino } = Deno.lstatSync(path);
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}

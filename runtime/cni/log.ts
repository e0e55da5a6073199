// The host's log: lines on the caller's standard error, or in the file that CNIDARIA_LOG_FILE names; never on standard
// output.

/** From CNIDARIA_LOG_LEVEL; `warn` where it says nothing. */
export type LogLevel = "debug" | "info" | "warn" | "error";
const LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error"];

export interface Log {
  /** One line, with what the call is for in front. Never throws: a log that cannot be written is given up. */
  write(level: LogLevel, message: string): void;
  /** Whether lines of that level are written. */
  enabled(level: LogLevel): boolean;
}

/**
 * @param get the environment
 * @param subject what each line begins with: the attachment
 * @param writeStderr writes to the caller's standard error
 */
export function createLog(
  get: (name: string) => string | undefined,
  subject: () => string,
  writeStderr: (bytes: Uint8Array<ArrayBuffer>) => void = (bytes) => void Deno.stderr.writeSync(bytes),
): Log {
  const wanted = get("CNIDARIA_LOG_LEVEL") as LogLevel | undefined;
  const threshold = wanted !== undefined && LEVELS.includes(wanted) ? wanted : "warn";
  const file = get("CNIDARIA_LOG_FILE");
  const enabled = (level: LogLevel) => LEVELS.indexOf(level) >= LEVELS.indexOf(threshold);
  return {
    enabled,
    write(level, message) {
      if (!enabled(level)) return;
      const line = `${new Date().toISOString()} ${level} ${subject()}${message.replaceAll("\n", "\\n")}\n`;
      const bytes = new TextEncoder().encode(line);
      try {
        if (file === undefined || file === "") writeStderr(bytes);
        else Deno.writeFileSync(file, bytes, { append: true, mode: 0o600 });
      } catch {
        // A full disk or a closed pipe must not fail the pod.
      }
    },
  };
}

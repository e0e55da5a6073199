// An early end: by a signal, or because whoever started the process has gone. Either way what was made is removed.

/** Thrown where the work is given up. */
export class Stopped extends Error {
  override readonly name = "Stopped";
  constructor() {
    super("stopped");
  }
}

/** Aborted by SIGINT and SIGTERM, and when standard input ends: it is held open by the process that started this one. */
export function stopSignal(): AbortSignal {
  const controller = new AbortController();
  const stop = () => controller.abort();
  for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, stop);
  Deno.stdin.readable.pipeTo(new WritableStream()).then(stop, stop);
  return controller.signal;
}

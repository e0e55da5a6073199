// A body that goes on, line by line, with an eye on whether its sender is still there.

/** Characters of a line that is accepted: a Node has some ten thousand. */
const LINE_LIMIT = 8 * 1024 * 1024;

/**
 * Lines of a body.
 *
 * @param silentMs milliseconds without a byte, after which `probe` is asked
 * @param probe throws where the sender is gone
 */
export async function* lines(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  silentMs: number,
  probe: () => Promise<void>,
): AsyncGenerator<string> {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    let read = reader.read();
    for (;;) {
      const result = await inTime(read, silentMs);
      if (result === undefined) {
        await probe();
        continue;
      }
      if (result.done) return;
      const parts = (rest + result.value).split("\n");
      rest = parts.pop()!;
      if (rest.length > LINE_LIMIT) throw new Error(`a line has more than ${LINE_LIMIT} characters`);
      for (const part of parts) if (part !== "") yield part;
      read = reader.read();
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

async function inTime<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((resolve) => timer = setTimeout(() => resolve(undefined), ms));
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

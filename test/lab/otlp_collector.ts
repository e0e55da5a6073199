// A collector of OpenTelemetry inside a node: what is sent to it is written on standard output, a JSON text a line.
// OTLP over HTTP, as JSON: https://opentelemetry.io/docs/specs/otlp/

import type { Node } from "./node.ts";

/** A span as OTLP's JSON has it. */
export interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes?: readonly { key: string; value: Record<string, unknown> }[];
  readonly status?: { code?: number; message?: string };
}

interface Export {
  readonly resourceSpans?: readonly {
    scopeSpans: readonly { scope?: { name?: string }; spans: readonly OtlpSpan[] }[];
  }[];
}

const PORT = 4318;

/** Runs until the end of its `await using` scope. */
export class OtlpCollector implements AsyncDisposable {
  readonly endpoint = `http://127.0.0.1:${PORT}`;
  readonly #spans: OtlpSpan[] = [];
  readonly #reading: Promise<void>;
  #listens = Promise.withResolvers<void>();

  private constructor(private readonly child: Deno.ChildProcess) {
    this.#reading = this.#read();
    child.stderr.pipeTo(new WritableStream()).catch(() => {});
  }

  static async start(node: Node): Promise<OtlpCollector> {
    const argv = [Deno.execPath(), "run", "--no-config", "--allow-net", import.meta.filename!];
    const collector = new OtlpCollector(node.namespace.start(argv));
    await collector.#listens.promise;
    return collector;
  }

  /** Spans of the program's own tracer that have come so far. */
  get spans(): readonly OtlpSpan[] {
    return this.#spans;
  }

  async #read(): Promise<void> {
    let rest = "";
    for await (const text of this.child.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      for (const line of lines) {
        if (line === "listening") this.#listens.resolve();
        else this.#take(JSON.parse(line));
      }
    }
    this.#listens.reject(new Error("Cannot collect as the collector has ended"));
  }

  #take({ resourceSpans = [] }: Export): void {
    for (const { scope, spans } of resourceSpans.flatMap((it) => it.scopeSpans)) {
      if (scope?.name === "cnidaria") this.#spans.push(...spans);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill();
    await Promise.all([this.child.status, this.#reading]);
  }
}

if (import.meta.main) {
  const write = (text: string) => void Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
  Deno.serve({ hostname: "127.0.0.1", port: PORT, onListen: () => write("listening") }, async (request) => {
    write(JSON.stringify(await request.json()));
    return Response.json({});
  });
}

// A process of its own for loops that only the clock ends on v8: Deno's `terminate` leaves the thread running for as long
// as the process is there, and the tests after it would have a core less.
//
//   endless_process.ts SUBJECT(JSON)
//
// Runs the subject, and writes kind and message of its end, and how long that took, as JSON.

import { type ComponentFile, EngineError, type Imports, type Limits } from "../engine.ts";
import { V8Engine } from "../v8/engine.ts";

/** What is run. */
export interface EndlessSubject {
  readonly file: ComponentFile;
  readonly libDir: string;
  /** Names of the functions that it imports, by interface; they do nothing. */
  readonly imports: Readonly<Record<string, readonly string[]>>;
  readonly call: readonly [interfaceName: string, functionName: string];
  readonly limits: Limits;
}

export interface End {
  readonly kind: string;
  readonly message: string;
  /** Milliseconds. */
  readonly took: number;
}

/** Runs a subject in a process of its own. */
export async function endOf(subject: EndlessSubject): Promise<End> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", import.meta.filename!, JSON.stringify(subject)],
  }).output();
  if (code !== 0) throw new Error(`the process ended with ${code}: ${new TextDecoder().decode(stderr)}`);
  return JSON.parse(new TextDecoder().decode(stdout));
}

function main({ file, libDir, imports: names, call: [interfaceName, functionName], limits }: EndlessSubject): void {
  const imports: Imports = {};
  for (const [name, functions] of Object.entries(names)) {
    imports[name] = Object.fromEntries(functions.map((it) => [it, () => {}]));
  }
  const component = new V8Engine(libDir).load(file);
  const began = performance.now();
  try {
    component.instantiate(imports, limits).call(interfaceName, functionName, []);
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    const end: End = { kind: error.kind, message: error.message, took: performance.now() - began };
    Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(end)));
  }
}

if (import.meta.main) {
  main(JSON.parse(Deno.args[0]!));
  Deno.exit(0);
}

// `deno task bench:policy`: starts policy_compile.ts in namespaces of its own.

import { runIsolated } from "./isolated_script.ts";

Deno.exitCode = await runIsolated(
  new URL("./policy_compile.ts", import.meta.url),
  "the compiling of policies",
  () => undefined,
);

// `deno task bench:ports`: starts ports_kernel.ts in namespaces of its own.

import { goMissing } from "../e2e/targets.ts";
import { runIsolated } from "./isolated_script.ts";

Deno.exitCode = await runIsolated(new URL("./ports_kernel.ts", import.meta.url), "what mapped ports cost", goMissing);

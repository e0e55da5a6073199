// All scripts, by name.

import { linkScripts } from "./link_scripts.ts";
import { networkScripts } from "./network_scripts.ts";
import type { Script } from "./script.ts";

export const scripts: Record<string, Script> = { ...linkScripts, ...networkScripts };

// The file that `cnidaria agent --policy FILE` reads: where network policies come from, and what is told of them.

import * as v from "valibot";
import { readSpecialFile } from "../../host-funcs/sys/special_file.ts";

/** As gethostname(2) has it. */
const HOST_NAME = "/proc/sys/kernel/hostname";

const text = v.pipe(v.string(), v.minLength(1));
const whole = (least: number, most: number) => v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most));

/** What the file may say. */
export const policySchema = v.strictObject({
  node: v.optional(text),
  plugin: v.optional(v.pipe(text, v.regex(/^[a-z][a-z0-9-]*$/, "expected the name of a plugin")), "policy"),
  source: v.variant("type", [
    v.strictObject({ type: v.literal("kubernetes"), kubeconfig: v.optional(text) }),
    v.strictObject({ type: v.literal("folder"), path: v.pipe(text, v.startsWith("/", "expected an absolute path")) }),
  ]),
  log: v.optional(v.strictObject({ group: whole(0, 65535), perSecond: v.optional(whole(1, 10_000), 10) })),
  compareSeconds: v.optional(whole(1, 86_400), 60),
});

/**
 * - `node`: name of this node in the cluster; NODE_NAME of the environment, else the machine's name, where there is none.
 * - `plugin`: the component that compiles policies.
 * - `source`: `kubernetes`, with the path of a `kubeconfig`, else what a pod is given (its service account); or `folder`,
 *   the absolute `path` of one with YAML files.
 * - `log`: packets that are dropped are handed to this nfnetlink_log `group`, `perSecond` of each chain at the most.
 * - `compareSeconds`: between two comparisons of all that is in force with all that the kernel has.
 */
export type PolicyOptions = v.InferOutput<typeof policySchema> & { readonly node: string };

/**
 * Reads the file.
 *
 * @param env the environment
 * @throws {Error} a sentence that names the file and the key
 */
export function readPolicyOptions(path: string, env: (name: string) => string | undefined): PolicyOptions {
  let json: unknown;
  try {
    json = JSON.parse(Deno.readTextFileSync(path));
  } catch (error) {
    const why = error instanceof SyntaxError ? `it is no JSON: ${error.message}` : (error as Error).message;
    throw new Error(`Cannot use the network policies' configuration ${path} as ${why}`);
  }
  const checked = v.safeParse(policySchema, json, { abortEarly: true });
  if (checked.success) {
    return { ...checked.output, node: checked.output.node ?? (env("NODE_NAME") || readSpecialFile(HOST_NAME).trim()) };
  }
  const [issue] = checked.issues;
  const key = JSON.stringify(v.getDotPath(issue) ?? "");
  throw new Error(
    `Cannot use the network policies' configuration ${path} as its key ${key} is invalid: ${issue.message}`,
  );
}

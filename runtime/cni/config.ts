// The network configuration: the keys that the protocol itself knows. All others belong to the plugins.

import * as v from "valibot";
import { NAME_PATTERN } from "./environment.ts";
import { CniFailure } from "./failure.ts";

/** A network configuration whose generic keys have been checked. */
export interface NetworkConfig {
  readonly cniVersion?: string;
  readonly name: string;
  readonly type?: string;
  /** With `type: cnidaria`: the plugin to run. */
  readonly plugin?: string;
  /** With `type: cnidaria`: a chain to run in one process. */
  readonly plugins?: readonly Record<string, unknown>[];
  readonly ipam?: { readonly type?: string } & Readonly<Record<string, unknown>>;
  readonly prevResult?: Record<string, unknown>;
  /** GC does nothing: the network is shared with another runtime. libcni takes "true" and "false" as well. */
  readonly disableGC?: boolean | string;
  readonly "cni.dev/valid-attachments"?: ValidAttachments;
  /** The same, as libcni 1.2 named it. */
  readonly "cni.dev/attachments"?: ValidAttachments;
  readonly [key: string]: unknown;
}

type ValidAttachments = ReadonlyArray<{ readonly containerID: string; readonly ifname: string }> | null;

/** A plugin's name: the name of a file, so no slash. */
const typeName = v.pipe(
  v.string(),
  v.check((name) => name !== "." && name !== ".." && !/[/\\\0]/.test(name), "a plugin's name, without slash"),
);
const strings = v.nullish(v.array(v.string()));
/** A list is an object as well, in JavaScript. */
const dictionary = v.custom<Record<string, unknown>>(isObject, "an object");

const attachments = v.nullish(v.array(v.object({ containerID: v.string(), ifname: v.string() })));

const schema = v.object({
  cniVersion: v.optional(v.string()),
  name: v.pipe(
    v.string(),
    v.regex(NAME_PATTERN, "letters, digits, '_', '.', '-', the first a letter or a digit"),
  ),
  type: v.optional(typeName),
  plugin: v.optional(typeName),
  plugins: v.optional(
    v.pipe(v.array(v.looseObject({ type: typeName })), v.minLength(1, "at least one plugin")),
  ),
  ipam: v.nullish(v.object({ type: v.nullish(typeName) })),
  dns: v.nullish(
    v.object({ nameservers: strings, domain: v.nullish(v.string()), search: strings, options: strings }),
  ),
  capabilities: v.nullish(dictionary),
  runtimeConfig: v.nullish(dictionary),
  args: v.nullish(dictionary),
  prevResult: v.nullish(dictionary),
  disableGC: v.nullish(v.custom<boolean | string>((value) => /^(true|false)$/i.test(String(value)), "true or false")),
  "cni.dev/valid-attachments": attachments,
  "cni.dev/attachments": attachments,
});

/**
 * Parses and checks a network configuration. Unknown keys are left alone; a key of `null` counts as missing, as in Go.
 *
 * @param text JSON
 * @throws {CniFailure} `decoding` if it is no JSON; `invalidConfig`, naming the key and what was expected
 */
export function parseConfig(text: string): NetworkConfig {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    const reason = text.trim() === "" ? "standard input is empty" : `it is no JSON: ${(error as Error).message}`;
    throw new CniFailure("decoding", `Cannot decode the network configuration as ${reason}`);
  }
  if (!isObject(json)) {
    throw new CniFailure(
      "invalidConfig",
      `Cannot use the network configuration as it is no JSON object: ${brief(json)}`,
    );
  }
  const checked = v.safeParse(schema, json, { abortEarly: true });
  if (!checked.success) throw invalidKey(checked.issues[0]);
  return json as NetworkConfig;
}

/**
 * @param below the key that the value was found at, if it was not the whole configuration
 * @returns the failure of one key of the configuration, for a value that is not what was expected
 */
export function invalidKey(issue: v.BaseIssue<unknown>, below = ""): CniFailure {
  const own = v.getDotPath(issue) ?? "";
  const key = below === "" || own === "" ? below + own : `${below}.${own}`;
  const expected = ["regex", "check", "min_length", "custom"].includes(issue.type)
    ? issue.message
    : issue.expected ?? "another value";
  return new CniFailure(
    "invalidConfig",
    issue.received === "undefined"
      ? `Cannot use the network configuration as its key ${JSON.stringify(key)} is missing`
      : `Cannot use the network configuration as its key ${JSON.stringify(key)} is invalid: ${brief(issue.input)}`,
    `expected ${expected}`,
  );
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function brief(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

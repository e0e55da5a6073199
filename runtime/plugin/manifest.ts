// plugin.json: what a plugin is, what it may do, and what it may use up.

import * as v from "valibot";
import { contractInterface, qualifiedName } from "../../host-funcs/wit/contract.ts";
import { CniFailure } from "../cni/failure.ts";
import { refuseMismatch } from "./contract_fit.ts";
import { grantsSchema } from "./grants/schema.ts";

/** The interfaces of the contract that can be granted. */
export const INTERFACES = [
  "links",
  "addresses",
  "routes",
  "rules",
  "neighbors",
  "sysctl",
  "firewall",
  "leases",
  "ipam",
  "delegate",
  "traffic-control",
  "notes",
  "config-files",
  "log",
  "host-info",
  "port-maps",
  "forwarding",
] as const;
export type InterfaceName = typeof INTERFACES[number];

/** Interfaces that have no functions: whatever uses their types imports them. */
const TYPES = ["types", "nftables"] as const;

/**
 * The interfaces of the contract among a component's imports, whatever version of it the component was built for.
 *
 * @throws {CniFailure} `badComponent` if it imports anything else, or what this host's version of the contract lacks
 */
export function interfacesOf(plugin: string, imports: readonly string[]): InterfaceName[] {
  const foreign = imports.find((it) => contractInterface(it) === undefined);
  if (foreign !== undefined) {
    throw new CniFailure(
      "badComponent",
      `Cannot run plugin ${plugin} as its component imports what no host function offers: ${foreign}`,
      `a component can import ${INTERFACES.map((name) => qualifiedName(name)).join(", ")}`,
    );
  }
  refuseMismatch(plugin, imports, CONTRACT_NAMES);
  const names = new Set(imports.map((it) => contractInterface(it)!.name));
  return INTERFACES.filter((name) => names.has(name));
}

const positive = v.pipe(v.number(), v.integer(), v.minValue(1));

/**
 * What a component can be, by the interface that it exports: a CNI plugin, a backend of the overlay, or what compiles
 * network policies. The agent runs the latter two.
 */
export const EXPORTS = ["cni", "controller", "policy"] as const;
export type ExportName = typeof EXPORTS[number];

/** Every interface of the contract. */
export const CONTRACT_NAMES: readonly string[] = [...INTERFACES, ...TYPES, ...EXPORTS];

/** What may be imported by what the agent runs: it answers, and does nothing. */
const AGENT_IMPORTS: readonly InterfaceName[] = ["log"];

/** `limits` of plugin.json. */
export const limitsSchema = v.object({
  memoryBytes: v.optional(positive, 64 * 1024 * 1024),
  timeMs: v.optional(positive, 60_000),
  fuel: v.optional(positive, 1_000_000_000),
  hostCalls: v.optional(positive, 1_000),
  valueBytes: v.optional(positive, 1024 * 1024),
});

const schema = v.object({
  name: v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9-]*$/)),
  version: v.string(),
  description: v.string(),
  exports: v.optional(v.picklist(EXPORTS), "cni"),
  imports: v.array(v.picklist(INTERFACES)),
  grants: v.optional(grantsSchema, {}),
  limits: v.optional(limitsSchema, {}),
  build: v.optional(v.object({ digest: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)) })),
});

/**
 * A plugin's manifest, with its defaults.
 *
 * - `exports`: what it is: `cni`, a plugin that a runtime calls; `controller`, a backend that the agent runs; `policy`,
 *   which compiles network policies for the agent.
 * - `imports`: interfaces that it may call; `log` alone for what the agent runs.
 * - `grants`: how far each of them reaches, see `grants/schema.ts`; reading is not limited.
 * - `limits`: memory in bytes, wall-clock time in milliseconds (time in host functions included), fuel (wasmtime only),
 *   and the number of host calls, each for one verb; and the bytes of the values of one call. See `Limits` of the engine.
 *   The stack has no key: wasmtime's is 128 KiB, v8's about 1 MiB, and neither can be chosen for one component.
 * - `build.digest`: SHA-256 of plugin.wasm, hexadecimal; written by the build.
 */
export type Manifest = v.InferOutput<typeof schema>;

/**
 * Parses a manifest.
 *
 * @param path for messages
 * @throws {CniFailure} `pluginInvalid`, naming the key
 */
export function parseManifest(text: string, path: string): Manifest {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new CniFailure("pluginInvalid", `Cannot use ${path} as it is no JSON: ${(error as Error).message}`);
  }
  const checked = v.safeParse(schema, json, { abortEarly: true });
  if (checked.success) return checkImports(checked.output, path);
  const issue = checked.issues[0];
  throw new CniFailure(
    "pluginInvalid",
    `Cannot use ${path} as its key ${JSON.stringify(v.getDotPath(issue) ?? "")} is invalid: ${issue.received}`,
    `expected ${issue.expected ?? issue.message}`,
  );
}

function checkImports(manifest: Manifest, path: string): Manifest {
  if (manifest.exports === "cni") return manifest;
  const index = manifest.imports.findIndex((it) => !AGENT_IMPORTS.includes(it));
  if (index === -1) return manifest;
  throw new CniFailure(
    "pluginInvalid",
    `Cannot use ${path} as its key "imports.${index}" is invalid: "${
      manifest.imports[index]
    }", and its key "exports" ` +
      `is "${manifest.exports}"`,
    `a ${manifest.exports} can import ${AGENT_IMPORTS.join(", ")} alone`,
  );
}

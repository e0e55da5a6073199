// The configuration that the delegate gets. Pure.

import * as v from "valibot";
import { CniError, ErrorCodes, fields, invalidConfig, parseObject, validate } from "../sdk/mod.ts";
import type { SubnetEnv } from "./subnet_env.ts";

type Json = Record<string, unknown>;

const anyObject = v.record(v.string(), v.unknown(), "an object");

const schema = fields.object({
  name: fields.text,
  cniVersion: v.optional(fields.text),
  delegate: v.optional(anyObject, {}),
  ipam: v.optional(anyObject, {}),
  subnetWaitMs: v.optional(fields.integer(0, 30_000), 5_000),
});

export interface FlannelConfig {
  readonly name: string;
  readonly cniVersion: string | undefined;
  readonly delegate: Json;
  /** Type of the delegate. */
  readonly type: string;
  /** What `ipam` beside `delegate` adds to the IPAM section that comes from the subnet file. */
  readonly ipam: Json;
  /** Whether the delegate names its IPAM plugin itself: then the subnet file isn't needed. */
  readonly complete: boolean;
  /** How long ADD waits for the subnet file. */
  readonly subnetWaitMs: number;
  /** Keys that a runtime adds, which the delegate gets too. */
  readonly passed: Json;
}

const PASSED = ["runtimeConfig", "args", "networkPolicy", "cni.dev/valid-attachments", "cni.dev/attachments"];

/** @throws {CniError} code 6 or 7, naming the key */
export function readConfig(text: string): FlannelConfig {
  const raw = parseObject(text);
  const { name, cniVersion, delegate, ipam, subnetWaitMs } = validate(schema, raw, "network configuration");
  if ("name" in delegate) {
    throw invalidConfig(
      `delegate.name is ${JSON.stringify(delegate.name)}, but the name is the network's: leave it out`,
    );
  }
  const type = delegate.type ?? "bridge";
  if (typeof type !== "string" || type === "" || type.includes("/")) {
    throw invalidConfig(`delegate.type must be a plugin's name, but is ${JSON.stringify(type)}`);
  }
  if (type === "flannel") {
    throw new CniError(ErrorCodes.invalidConfig, "Cannot delegate to flannel as it is this plugin");
  }
  const complete = "ipam" in delegate;
  const passed = Object.fromEntries(PASSED.filter((key) => key in raw).map((key) => [key, raw[key]]));
  return { name, cniVersion, delegate, type, ipam, complete, subnetWaitMs, passed };
}

/** The delegate's configuration. `env` is needed unless the delegate is complete. */
export function delegateConfig(config: FlannelConfig, env: SubnetEnv | undefined): Json {
  const { name, cniVersion, delegate, type, passed } = config;
  const common = { ...delegate, type, name, ...cniVersion === undefined ? {} : { cniVersion }, ...passed };
  if (env === undefined) return common;
  const defaults = {
    // Where flanneld doesn't masquerade, the delegate has to.
    ipMasq: !env.ipMasq,
    mtu: env.mtu,
    ...type === "bridge" ? { isGateway: true } : {},
  };
  return { ...defaults, ...common, ipam: ipamSection(config.ipam, env) };
}

function ipamSection(given: Json, env: SubnetEnv): Json {
  const routes = Array.isArray(given.routes) ? given.routes : [];
  return {
    type: "host-local",
    ...given,
    ranges: env.subnets.map((subnet) => [{ subnet }]),
    routes: [...routes, ...env.networks.map((dst) => ({ dst }))],
  };
}

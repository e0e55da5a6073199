// The configuration of tuning: its keys are those of the upstream plugin.

import * as v from "valibot";
import type { Attachment } from "cnidaria:cni/types@0.3.0";
import {
  argument,
  fields,
  invalidConfig,
  optional,
  options,
  type OptionsOf,
  parseConfig,
  validate,
} from "../sdk/mod.ts";
import { type Parameter, parameterOf } from "./parameter.ts";

const sysctl = v.record(v.string(), v.string("a string"), "an object of strings");
const queueLength = fields.integer(0, 4294967295);

const ofArgs = fields.object({
  sysctl: v.exactOptional(sysctl),
  mac: v.exactOptional(fields.macOrNone),
  promisc: v.exactOptional(fields.flag),
  mtu: v.exactOptional(fields.mtu),
  allmulti: v.exactOptional(fields.flag),
  txQLen: v.exactOptional(queueLength),
}, "an object");

export const schema = options({
  sysctl: optional(sysctl, "Kernel parameters below `net` by name, in the container's namespace: see below."),
  mac: optional(fields.macOrNone, "MAC address of the interface."),
  mtu: optional(fields.mtu, "Bytes."),
  promisc: optional(fields.flag, "The interface takes every frame in."),
  allmulti: optional(fields.flag, "The interface takes every multicast frame in."),
  txQLen: optional(queueLength, "Packets that wait to be sent, at most."),
  runtimeConfig: optional(
    fields.object({ mac: v.exactOptional(fields.macOrNone) }, "an object"),
    "`mac`, as the capability of that name gives it: goes before `mac` and before `MAC` of CNI_ARGS.",
  ),
  args: optional(
    fields.object({ cni: v.exactOptional(ofArgs) }, "an object"),
    "`cni`: an object with any of `sysctl`, `mac`, `mtu`, `promisc`, `allmulti` and `txQLen`, which go before all others.",
  ),
});

/** What is to be set. */
export interface Tuning {
  readonly parameters: readonly Parameter[];
  readonly mac?: string;
  readonly mtu?: number;
  readonly promisc?: boolean;
  readonly allmulti?: boolean;
  readonly queueLength?: number;
}

type TuningConfig = OptionsOf<typeof schema>;

/** @throws {CniError} code 6 or 7, naming the key */
export function readConfig(text: string): TuningConfig {
  return parseConfig(schema, text);
}

/** The parameters as the configuration names them, which is what the allow-list is about. */
export function parameterNames({ sysctl = {}, args }: TuningConfig): string[] {
  return [...new Set([...Object.keys(sysctl), ...Object.keys(args?.cni?.sysctl ?? {})])];
}

/** @throws {CniError} code 7, naming the key */
export function tuningOf(at: Attachment, { sysctl = {}, args, runtimeConfig, ...own }: TuningConfig): Tuning {
  const { sysctl: more = {}, ...first } = args?.cni ?? {};
  const { mac, mtu, txQLen, promisc, allmulti } = { ...own, ...ofRuntime(at, runtimeConfig?.mac), ...first };
  return {
    parameters: parametersOf({ ...sysctl, ...more }, at.ifname),
    ...mac && { mac },
    ...mtu && { mtu },
    ...promisc !== undefined && { promisc },
    ...allmulti !== undefined && { allmulti },
    ...txQLen !== undefined && { queueLength: txQLen },
  };
}

/** The MAC address that the runtime asks for. */
function ofRuntime(at: Attachment, fromCapability: string | undefined): { mac?: string } {
  const fromArgs = argument(at, "MAC");
  if (fromCapability) return { mac: fromCapability };
  return fromArgs === undefined ? {} : { mac: validate(fields.mac, fromArgs, "MAC of CNI_ARGS") };
}

/** Two names of one parameter must not differ in the value: which of them counts would be chance. */
function parametersOf(sysctl: Readonly<Record<string, string>>, ifname: string): Parameter[] {
  const found = new Map<string, Parameter>();
  for (const [name, value] of Object.entries(sysctl)) {
    const parameter = parameterOf(name, value, ifname);
    const same = found.get(parameter.key);
    if (same !== undefined && same.value !== value) {
      throw invalidConfig(
        `sysctl has two values for ${parameter.key}: "${same.name}" and "${name}" are names of the same parameter`,
      );
    }
    found.set(parameter.key, parameter);
  }
  return [...found.values()];
}

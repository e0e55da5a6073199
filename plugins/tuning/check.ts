// CHECK: what the configuration asks for against what is there.

import * as links from "cnidaria:cni/links@0.3.0";
import * as sysctl from "cnidaria:cni/sysctl@0.3.0";
import { attempt, unlessHostError } from "../sdk/mod.ts";
import type { Tuning } from "./config.ts";
import { type Parameter, sameValue } from "./parameter.ts";

/** A sentence for each difference. What the configuration leaves open is not looked at. */
export function differences(ifname: string, tuning: Tuning): string[] {
  return [...tuning.parameters.flatMap(ofParameter), ...ofLink(ifname, tuning)];
}

function ofParameter({ key, value }: Parameter): string[] {
  const present = attempt(`read the kernel parameter ${key}`, () => {
    return unlessHostError(["not-found"], () => sysctl.get("container", key));
  });
  if (present === undefined) return [`there is no kernel parameter ${key}`];
  return sameValue(present, value) ? [] : [`kernel parameter ${key} is ${present}, not ${value}`];
}

function ofLink(ifname: string, { parameters: _, ...wanted }: Tuning): string[] {
  const { allmulti, queueLength } = wanted;
  if (Object.keys(wanted).length === 0) return [];
  const link = attempt(`read ${ifname}`, () => unlessHostError(["not-found"], () => links.get("container", ifname)));
  if (link === undefined) return [`interface ${ifname} does not exist`];
  const more = allmulti === undefined && queueLength === undefined
    ? {}
    : attempt(`read how ${ifname} is tuned`, () => links.tuning("container", ifname));
  const present: Omit<Tuning, "parameters"> = { ...link, ...more };
  const keys = Object.keys(wanted) as (keyof typeof wanted)[];
  return keys.filter((key) => wanted[key] !== present[key])
    .map((key) => `${NOUNS[key]} of ${ifname} is ${word(present[key])}, not ${word(wanted[key])}`);
}

const NOUNS = {
  mac: "MAC address",
  mtu: "MTU",
  promisc: "promiscuous mode",
  allmulti: "all-multicast mode",
  queueLength: "transmit queue length",
};

function word(value: unknown): string {
  return value === true ? "on" : value === false ? "off" : String(value);
}

// Section 5: results and errors, in each spec version's own form.

import { containsCidr } from "cidr-tools";
import { isObject } from "../../cli/libcni/network_list.ts";
import { isAtLeast } from "../../cni/version.ts";
import type { Bench } from "../bench.ts";
import { type Case, expect, NotApplicable } from "../case.ts";
import { errorOf } from "../error_result.ts";
import { ipsOf, type Sample, sampleOf } from "../sample.ts";

interface ResultInterface extends Record<string, unknown> {
  readonly name: string;
  readonly mac?: string;
  readonly sandbox?: string;
}

/** A case on the result of an ADD, in every version that the plugins claim. */
function success(
  id: string,
  title: string,
  expected: string,
  judge: (sample: Sample, bench: Bench) => void,
  since: Case["since"] = "0.1.0",
): Case {
  return {
    id: `5.success.${id}`,
    title,
    expected,
    since,
    each: true,
    run: async (bench) => judge(await sampleOf(bench), bench),
  };
}

function interfacesOf({ result }: Sample): ResultInterface[] {
  return Array.isArray(result.interfaces) ? result.interfaces.filter(isObject) as ResultInterface[] : [];
}

function ofPod(sample: Sample): ResultInterface {
  const found = interfacesOf(sample).find(({ name, sandbox }) => name === sample.ifname && sandbox === sample.netns);
  const told = JSON.stringify(sample.result.interfaces);
  expect(found !== undefined, `no interface ${sample.ifname} with the sandbox ${sample.netns}: ${told}`);
  return found;
}

function someIps({ result }: Sample) {
  const ips = ipsOf(result);
  if (ips.length === 0) throw new NotApplicable("the result has no address");
  return ips;
}

/** 0.0.0.0/0 and ::/0, as the kernel calls them; a host's own address without its length. */
function kernelName(dst: unknown): string {
  const text = String(dst);
  return /\/0$/.test(text) ? "default" : text.replace(/^(\d+\.\d+\.\d+\.\d+)\/32$|\/128$/, "$1");
}

export const RESULTS: readonly Case[] = [
  success("version", "cniVersion of the result", "the configuration's", ({ result }, { version }) => {
    // The key came with 0.2.0's last text; who knows 0.1.0 alone has none.
    const right = result.cniVersion === version || (version === "0.1.0" && result.cniVersion === undefined);
    expect(right, `${JSON.stringify(result.cniVersion)}`);
  }),
  success("form", "form of the addresses", "that of the version", (sample, { version }) => {
    const { result } = sample;
    const old = !isAtLeast(version, "0.3.0");
    someIps(sample);
    expect(
      old ? result.ips === undefined : result.ip4 === undefined && result.ip6 === undefined,
      JSON.stringify(result),
    );
    if (old) return;
    for (const ip of ipsOf(result)) {
      const wanted = isAtLeast(version, "1.0.0") ? undefined : ip.address.includes(":") ? "6" : "4";
      expect(ip.version === wanted, `"version" is ${JSON.stringify(ip.version)}, not ${JSON.stringify(wanted)}`);
    }
  }),
  success(
    "interface",
    "the pod's interface is in the result",
    "its name, CNI_NETNS as sandbox, and the MAC that it has",
    (sample) => {
      const { name, mac } = ofPod(sample);
      const link = sample.podLinks.find(({ ifname }) => ifname === name);
      expect(link !== undefined, `the pod has no ${name}`);
      expect(mac?.toLowerCase() === link.address, `its MAC is ${link.address}, not ${mac}`);
    },
    "0.3.0",
  ),
  success(
    "host-interfaces",
    "interfaces without sandbox",
    "each is on the node",
    (sample) => {
      const host = interfacesOf(sample).filter(({ sandbox }) => sandbox === undefined || sandbox === "");
      if (host.length === 0) throw new NotApplicable("the result has no interface of the node");
      const missing = host.filter(({ name }) => !sample.nodeLinks.some(({ ifname }) => ifname === name));
      expect(missing.length === 0, `not on the node: ${missing.map(({ name }) => name)}`);
    },
    "0.3.0",
  ),
  success(
    "interface-index",
    "the interface that each address names",
    "an index into interfaces",
    (sample) => {
      const count = interfacesOf(sample).length;
      for (const { address, interface: index } of someIps(sample)) {
        if (index === undefined) continue;
        const valid = typeof index === "number" && Number.isInteger(index) && index >= 0 && index < count;
        expect(valid, `${address} has the interface ${index} of ${count}`);
      }
    },
    "0.3.0",
  ),
  success("addresses", "addresses of the result", "the pod's interface has them", (sample) => {
    const link = sample.podLinks.find(({ ifname }) => ifname === sample.ifname);
    const has = (link?.addr_info ?? []).map(({ local, prefixlen }) => `${local}/${prefixlen}`);
    for (const { address } of someIps(sample)) {
      expect(has.includes(address), `${address} is not among ${has.join(", ") || "none"}`);
    }
  }),
  success("gateways", "gateways of the result", "each is in the network of its address", (sample) => {
    const all = someIps(sample).filter(({ gateway }) => gateway !== undefined);
    if (all.length === 0) throw new NotApplicable("the result has no gateway");
    for (const { address, gateway } of all) {
      expect(containsCidr(address, gateway!), `${gateway} is not in the network of ${address}`);
    }
  }),
  success("routes", "routes of the result", "the pod has them", (sample) => {
    const { result } = sample;
    const old = [result.ip4, result.ip6].filter(isObject).flatMap(({ routes }) => routes ?? []);
    const routes = (Array.isArray(result.routes) ? result.routes : old).filter(isObject);
    if (routes.length === 0) throw new NotApplicable("the result has no route");
    const has = sample.podRoutes.map(({ dst }) => dst);
    for (const { dst } of routes) {
      expect(has.includes(kernelName(dst)), `${dst} is not among ${has.join(", ") || "none"}`);
    }
  }),
  {
    id: "5.error.form",
    title: "an error result",
    expected: "one JSON object on stdout with code and msg, and an exit code that is not 0",
    each: true,
    run: async (bench) => {
      errorOf(await bench.first("ADD", { CNI_NETNS: `${bench.node.directory}/none` }));
    },
  },
  {
    id: "5.error.version",
    title: "cniVersion of an error result",
    expected: "the configuration's",
    each: true,
    run: async (bench) => {
      const error = errorOf(await bench.first("ADD", { CNI_NETNS: `${bench.node.directory}/none` }));
      expect(error.cniVersion === bench.version, `${JSON.stringify(error.cniVersion)}`);
    },
  },
];

// A node in memory: every interface of the contract, without root. It keeps a log of the calls, can be told to fail any
// of them, and shows what a plugin has left behind.

import type * as ConfigFiles from "cnidaria:cni/config-files@0.3.0";
import type * as Delegate from "cnidaria:cni/delegate@0.3.0";
import type * as Firewall from "cnidaria:cni/firewall@0.3.0";
import type * as HostInfo from "cnidaria:cni/host-info@0.3.0";
import type * as Ipam from "cnidaria:cni/ipam@0.3.0";
import type * as Leases from "cnidaria:cni/leases@0.3.0";
import type * as Log from "cnidaria:cni/log@0.3.0";
import type * as Notes from "cnidaria:cni/notes@0.3.0";
import type { Attachment, CniResult, Dns, ErrorCode } from "cnidaria:cni/types@0.3.0";
import { CONTRACT_VERSION, qualifiedName } from "../../../host-funcs/wit/contract.ts";
import type { HostFunction, Imports } from "../../../runtime/engine/engine.ts";
import { CniError, ErrorCodes } from "../cni_error.ts";
import { emptyResult } from "../result.ts";
import { fakeAddresses, fakeNeighbors, fakeRoutes, fakeSysctl } from "./fake_layer3.ts";
import { type FakeLease, fakeLeases } from "./fake_leases.ts";
import { fakeLinks } from "./fake_links.ts";
import { FakeNetwork } from "./fake_network.ts";
import { HostFailure } from "./host_failure.ts";

/** A call that a plugin made: `links.createVeth`. */
export interface Call {
  readonly name: string;
  readonly args: readonly unknown[];
}

export class FakeHost {
  readonly network: FakeNetwork = new FakeNetwork();
  readonly calls: Call[] = [];
  /** `LINK ADDRESS`. */
  readonly announced: string[] = [];
  /** By `NAMESPACE:KEY`. */
  readonly sysctls: Map<string, string> = new Map();
  readonly leases: FakeLease[] = [];
  /** Pools that `leases.acquire` was called with. */
  readonly pools: Leases.Pool[] = [];
  readonly masquerades: Firewall.Masquerade[] = [];
  /** `LINK MAC`. */
  readonly macChecks: string[] = [];
  readonly notes: Map<string, string> = new Map();
  /** `LEVEL: MESSAGE`. */
  readonly logged: string[] = [];
  /** What `host-info.versions` answers: a host of the present contract. */
  versions: HostInfo.HostVersions = { host: "0.1.0", contract: CONTRACT_VERSION, cni: ["1.0.0", "1.1.0"] };
  /** What `ipam.add` and `delegate.add` answer. */
  ipamResult: CniResult = emptyResult();
  delegateResult: CniResult = emptyResult();
  /** Undefined: there is no such file. */
  resolvConf: Dns | undefined;
  subnetEnv: [string, string][] | undefined;
  refusedParameters: string[] = [];
  attachment: Attachment = { containerId: "pod1", ifname: "eth0", network: "net", hasNetns: true, args: [] };
  #failures: { name: string; after: number; error: Error }[] = [];

  /** Makes call number `n` (from 1) of a function fail; `*` counts every call. */
  failOn(name: string, n = 1, code: ErrorCode = "io", message = `failure made in ${name}`): void {
    this.#failures.push({ name, after: n, error: new HostFailure(code, message) });
  }

  /** As `failOn`, for `ipam` and `delegate`, whose errors are CNI errors. */
  failWithCni(name: string, code: number, msg: string): void {
    this.#failures.push({ name, after: 1, error: new CniError(code, msg) });
  }

  /** Names of the calls made so far; of one interface if that is given. */
  callNames(interfaceName?: string): string[] {
    return this.calls.map((call) => call.name).filter((name) =>
      interfaceName === undefined || name.startsWith(`${interfaceName}.`)
    );
  }

  /** What the node looks like, as lines for a comparison: links with what hangs on them, routes, rules, leases. */
  dump(): string[] {
    const { network } = this;
    const namespaces = network.hasContainer ? ["host", "container"] as const : ["host"] as const;
    return [
      ...namespaces.flatMap((ns) => network.links(ns).filter((link) => link.name !== "lo")).map((link) =>
        [
          `${link.ns}: ${link.name} ${link.kind} ${link.up ? "up" : "down"}`,
          link.master ? `master ${link.master}` : "",
          ...link.addresses,
        ].filter((part) => part !== "").join(" ")
      ),
      ...namespaces.flatMap((ns) =>
        network.routes(ns).filter((route) => route.link !== "lo").map((route) =>
          `${ns}: route ${route.dst}${route.gateway ? ` via ${route.gateway}` : ""} dev ${route.link}`
        )
      ),
      ...this.masquerades.map((rule) => `masquerade ${rule.source} except ${rule.local.join(",")}`),
      ...this.macChecks.map((check) => `mac check ${check}`),
      ...this.leases.map((lease) => `lease ${lease.address} ${lease.owner}`),
    ];
  }

  /** The host functions, for the engine. */
  imports(): Imports {
    const interfaces = {
      "links": fakeLinks(this.network),
      "addresses": fakeAddresses(this.network),
      "routes": fakeRoutes(this.network),
      "neighbors": fakeNeighbors(this.network, this.announced),
      "sysctl": fakeSysctl(this.network, this.sysctls),
      "leases": fakeLeases(this.leases, this.pools, () => this.attachment),
      "firewall": this.#firewall(),
      "ipam": this.#ipam(),
      "delegate": this.#delegate(),
      "notes": this.#notes(),
      "config-files": this.#configFiles(),
      "log": { write: (level, message) => void this.logged.push(`${level}: ${message}`) } satisfies typeof Log,
      "host-info": { versions: () => structuredClone(this.versions) } satisfies typeof HostInfo,
    };
    const entries = Object.entries(interfaces).map(([name, functions]) => [
      qualifiedName(name),
      this.#recorded(name, functions as unknown as Record<string, HostFunction>),
    ]);
    return Object.fromEntries(entries);
  }

  /** Functions that are logged, and that fail where they were told to. */
  #recorded(interfaceName: string, functions: Record<string, HostFunction>): Record<string, HostFunction> {
    const recorded = Object.entries(functions).map(([name, run]): [string, HostFunction] => [name, (...args) => {
      const full = `${interfaceName}.${name}`;
      this.calls.push({ name: full, args: structuredClone(args) });
      if (interfaceName !== "log") this.#fail(full);
      return run(...args);
    }]);
    return Object.fromEntries(recorded);
  }

  #fail(name: string): void {
    for (const failure of this.#failures) {
      if (failure.name !== "*" && failure.name !== name) continue;
      if (--failure.after > 0 || failure.after < 0) continue;
      const delegated = name.startsWith("ipam.") || name.startsWith("delegate.");
      throw delegated && failure.error instanceof HostFailure
        ? new CniError(ErrorCodes.io, `Cannot run the other plugin: ${failure.error.message}`)
        : failure.error;
    }
  }

  #firewall(): typeof Firewall {
    return {
      addMasquerade: (rule) => void this.masquerades.push(rule),
      listMasquerades: () => this.masquerades,
      addMacCheck: (link, mac) => void this.macChecks.push(`${this.network.link("host", link).name} ${mac}`),
      probe: () => {},
      hasMacCheck: (link, mac) => this.macChecks.includes(`${link} ${mac}`),
      release: () => {
        this.masquerades.length = 0;
        this.macChecks.length = 0;
      },
    };
  }

  #ipam(): typeof Ipam {
    const nothing = () => {};
    return { add: () => structuredClone(this.ipamResult), check: nothing, del: nothing, gc: nothing, status: nothing };
  }

  #delegate(): typeof Delegate {
    const nothing = () => {};
    const add = () => structuredClone(this.delegateResult);
    return { add, check: nothing, del: nothing, gc: nothing, status: nothing };
  }

  #notes(): typeof Notes {
    return { get: (key) => this.notes.get(key), put: (key, value) => void this.notes.set(key, value) };
  }

  #configFiles(): typeof ConfigFiles {
    const missing = (path: string) => new HostFailure("not-found", `there is no file ${path}`);
    const late = (ms: number) => new HostFailure("timeout", `there is no file subnet.env after ${ms} ms`);
    return {
      resolvConf: () => {
        if (this.resolvConf === undefined) throw missing("resolv.conf");
        return this.resolvConf;
      },
      subnetEnv: () => {
        if (this.subnetEnv === undefined) throw missing("subnet.env");
        return this.subnetEnv;
      },
      waitSubnetEnv: (timeoutMs) => {
        if (this.subnetEnv === undefined) throw late(timeoutMs);
        return this.subnetEnv;
      },
      refusedParameters: (keys) => keys.filter((key) => this.refusedParameters.includes(key)),
    };
  }
}

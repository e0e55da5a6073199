// Calls that a runtime gets wrong, or right, and what CNI spec 1.1.0 (section 5, "Error") wants for an answer.

import type { Command } from "../lab/cni_call.ts";

/** Well-known error codes of the spec. */
export const CODE = {
  incompatibleVersion: 1,
  unsupportedField: 2,
  unknownContainer: 3,
  environment: 4,
  io: 5,
  decode: 6,
  config: 7,
} as const;

/** A command that the configuration's version does not have: the one or the other is to blame. */
const NEW_COMMAND = [CODE.incompatibleVersion, CODE.environment];

export interface ProtocolCase {
  readonly name: string;
  readonly command: Command | "FROBNICATE";
  /** Changes to a right environment; undefined leaves the variable out. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Changes to a right configuration. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Changes to its `ipam`. */
  readonly ipam?: Readonly<Record<string, unknown>>;
  /** Text for stdin, in the configuration's place. */
  readonly stdin?: string;
  /** Legal codes; an empty list: it has to succeed. */
  readonly codes: readonly number[];
  /** What the error's text has to name. */
  readonly names?: string;
  /** Spec versions the case is for: all, where not given. */
  readonly versions?: (version: string) => boolean;
}

const environment = (variable: string, value: string | undefined, note: string): ProtocolCase[] =>
  (["ADD", "DEL"] as const).map((command) => ({
    name: `${command} with ${variable} ${note}`,
    command,
    env: { [variable]: value },
    codes: [CODE.environment],
    names: variable,
  }));

const input = (note: string, stdin: string, codes: number[] = [CODE.decode]): ProtocolCase[] =>
  (["ADD", "DEL"] as const).map((command) => ({
    name: `${command} with ${note} on stdin`,
    command,
    stdin,
    codes,
  }));

const config = (note: string, names: string, changes: Record<string, unknown>, codes?: number[]): ProtocolCase => ({
  name: `ADD with ${note}`,
  command: "ADD",
  config: changes,
  codes: codes ?? [CODE.config, CODE.decode],
  names,
});

const ipam = (note: string, names: string, changes: Record<string, unknown>): ProtocolCase => ({
  name: `ADD with ${note}`,
  command: "ADD",
  ipam: changes,
  codes: [CODE.config, CODE.decode],
  names,
});

const before = (first: string) => (version: string) => version.localeCompare(first, "en", { numeric: true }) < 0;

export const PROTOCOL_CASES: readonly ProtocolCase[] = [
  ...environment("CNI_CONTAINERID", undefined, "missing"),
  ...environment("CNI_CONTAINERID", "a/b", "with a slash"),
  ...environment("CNI_CONTAINERID", "-a", "starting with a hyphen"),
  ...environment("CNI_CONTAINERID", "a b", "with a space"),
  ...environment("CNI_IFNAME", undefined, "missing"),
  ...environment("CNI_IFNAME", "..", "of two dots"),
  ...environment("CNI_IFNAME", "sixteen-letters!", "of 16 bytes"),
  ...environment("CNI_IFNAME", "a/b", "with a slash"),
  ...environment("CNI_IFNAME", "a:b", "with a colon"),
  ...environment("CNI_IFNAME", "a b", "with a space"),
  ...environment("CNI_NETNS", undefined, "missing").filter(({ command }) => command === "ADD"),
  {
    name: "ADD with a CNI_NETNS that does not exist",
    command: "ADD",
    env: { CNI_NETNS: "/run/no-such-namespace" },
    codes: [CODE.unknownContainer, CODE.environment, CODE.io],
    names: "/run/no-such-namespace",
  },
  {
    name: "ADD with a CNI_NETNS that is a file of another kind",
    command: "ADD",
    env: { CNI_NETNS: "/etc/passwd" },
    codes: [CODE.unknownContainer, CODE.environment, CODE.io],
    names: "/etc/passwd",
  },
  { name: "an unknown command", command: "FROBNICATE", codes: [CODE.environment], names: "FROBNICATE" },

  ...input("nothing", ""),
  ...input("half an object", '{"cniVersion": "1.0.0", "na'),
  ...input("a list", "[]", [CODE.decode, CODE.config]),
  ...input("a number", "5", [CODE.decode, CODE.config]),
  ...input("bytes that are no text", "\u0000\u0001"),

  config("an unknown cniVersion", "9.9.9", { cniVersion: "9.9.9" }, [CODE.incompatibleVersion]),
  config("a cniVersion that is none", "cniVersion", { cniVersion: 7 }, [1, CODE.decode, CODE.config]),
  config("no name", "name", { name: undefined }, [CODE.config]),
  config("a name with a slash", "name", { name: "a/b" }, [CODE.config]),
  config("a name that is no text", "name", { name: 5 }),
  config("an mtu that is no number", "mtu", { mtu: "big" }),
  config("an mtu below the least", "mtu", { mtu: -5 }),
  config("an mtu above the most", "mtu", { mtu: 100_000 }),
  config("hairpinMode and promiscMode at once", "hairpin", { hairpinMode: true, promiscMode: true }),
  config("a vlan above 4094", "vlan", { vlan: 5000 }),
  config("a MAC that is none", "mac", { runtimeConfig: { mac: "no-mac" }, capabilities: { mac: true } }),
  config("isGateway that is no boolean", "isGateway", { isGateway: "yes" }),
  config("a bridge name of 16 bytes", "bridge", { bridge: "sixteen-letters!" }),
  config("unknown keys", "", { unknownKey: { a: [1, 2, 3] }, another: null }, []),

  ipam("a subnet that is none", "10.22.0.0/33", { ranges: [[{ subnet: "10.22.0.0/33" }]] }),
  ipam("a rangeStart outside its subnet", "10.9.0.1", {
    ranges: [[{ subnet: "10.22.0.0/24", rangeStart: "10.9.0.1" }]],
  }),
  ipam("a rangeEnd outside its subnet", "10.9.0.9", { ranges: [[{ subnet: "10.22.0.0/24", rangeEnd: "10.9.0.9" }]] }),
  ipam("a gateway outside its subnet", "10.9.0.1", { ranges: [[{ subnet: "10.22.0.0/24", gateway: "10.9.0.1" }]] }),
  ipam("ranges that overlap", "10.22.0", { ranges: [[{ subnet: "10.22.0.0/24" }], [{ subnet: "10.22.0.0/16" }]] }),
  ipam("both families in one range set", "", {
    ranges: [[{ subnet: "10.22.0.0/24" }, { subnet: "fd00:22::/64" }]],
  }),
  ipam("a subnet without room for a pod", "10.22.0.0/32", { ranges: [[{ subnet: "10.22.0.0/32" }]] }),
  ipam("no ranges", "range", { ranges: [] }),
  ipam("a route whose destination is none", "dst", { routes: [{ dst: "nowhere" }] }),

  {
    name: "CHECK before spec 0.4.0",
    command: "CHECK",
    codes: [CODE.incompatibleVersion],
    versions: before("0.4.0"),
  },
  {
    name: "CHECK without prevResult",
    command: "CHECK",
    codes: [CODE.config],
    names: "prevResult",
    versions: (version) => !before("0.4.0")(version),
  },
  { name: "GC before spec 1.1.0", command: "GC", codes: NEW_COMMAND, versions: before("1.1.0") },
  { name: "STATUS before spec 1.1.0", command: "STATUS", codes: NEW_COMMAND, versions: before("1.1.0") },
  { name: "VERSION", command: "VERSION", codes: [] },
  { name: "VERSION with nothing else in its environment", command: "VERSION", codes: [], env: nothing() },
  { name: "ADD as it should be", command: "ADD", codes: [] },
  { name: "DEL of an attachment that there is not", command: "DEL", codes: [] },
  { name: "ADD without CNI_PATH, which is optional", command: "ADD", env: { CNI_PATH: undefined }, codes: [] },
];

function nothing(): Record<string, undefined> {
  return { CNI_CONTAINERID: undefined, CNI_IFNAME: undefined, CNI_NETNS: undefined, CNI_ARGS: undefined };
}

// Section 2: parameters of a call, and VERSION.

import { isObject } from "../../cli/libcni/network_list.ts";
import { type Case, expect } from "../case.ts";
import { errorOf } from "../error_result.ts";
import { said } from "../process.ts";

/** A parameter that has to be refused with code 4, by ADD and DEL. */
function refused(id: string, what: string, variable: string, value: string | undefined, commands = ["ADD", "DEL"]) {
  return commands.map((command): Case => ({
    id: `2.parameters.${id}.${command.toLowerCase()}`,
    title: `${command} with ${variable} ${what}`,
    expected: "an error with code 4",
    run: async (bench) => void errorOf(await bench.first(command, { [variable]: value }), [4]),
  }));
}

function version(id: string, title: string, env: Record<string, undefined>): Case {
  return {
    id: `2.version.${id}`,
    title,
    expected: "cniVersion, and supportedVersions with the configuration's own",
    each: id === "answer",
    run: async (bench) => {
      for (const { type } of bench.list().plugins) {
        const outcome = await bench.raw(
          type,
          { CNI_COMMAND: "VERSION", ...without(env) },
          `{"cniVersion":"${bench.version}"}`,
        );
        expect(outcome.code === 0, `${type}: ${said(outcome)}`);
        const answer = parsed(outcome.stdout);
        expect(isObject(answer) && typeof answer.cniVersion === "string", `${type}: no cniVersion: ${said(outcome)}`);
        const supported = answer.supportedVersions;
        expect(
          Array.isArray(supported) && supported.includes(bench.version),
          `${type}: supportedVersions lacks ${bench.version}: ${said(outcome)}`,
        );
      }
    },
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function without(env: Record<string, undefined>): Record<string, string> {
  const all = { CNI_CONTAINERID: "c", CNI_NETNS: "/proc/self/ns/net", CNI_IFNAME: "eth0", CNI_PATH: "/nowhere" };
  return Object.fromEntries(Object.entries(all).filter(([name]) => !(name in env)));
}

const NOTHING = { CNI_CONTAINERID: undefined, CNI_NETNS: undefined, CNI_IFNAME: undefined, CNI_PATH: undefined };

export const PARAMETERS: readonly Case[] = [
  ...refused("container-id.missing", "missing", "CNI_CONTAINERID", undefined),
  ...refused("container-id.slash", "with a slash", "CNI_CONTAINERID", "a/b"),
  ...refused("container-id.hyphen", "starting with a hyphen", "CNI_CONTAINERID", "-a"),
  ...refused("ifname.missing", "missing", "CNI_IFNAME", undefined),
  ...refused("ifname.long", "of 16 bytes", "CNI_IFNAME", "sixteen-letters!"),
  ...refused("ifname.slash", "with a slash", "CNI_IFNAME", "a/b"),
  ...refused("ifname.dots", "of two dots", "CNI_IFNAME", ".."),
  ...refused("ifname.colon", "with a colon", "CNI_IFNAME", "a:b"),
  ...refused("ifname.space", "with a space", "CNI_IFNAME", "a b"),
  ...refused("netns.missing", "missing", "CNI_NETNS", undefined, ["ADD"]),
  {
    id: "2.parameters.command.unknown",
    title: "an unknown CNI_COMMAND",
    expected: "an error with code 4",
    run: async (bench) => void errorOf(await bench.first("FROBNICATE"), [4]),
  },
  {
    id: "2.parameters.netns.gone",
    title: "ADD with a CNI_NETNS that does not exist",
    expected: "an error with code 3, 4, 5 or a plugin's own",
    run: async (bench) =>
      void errorOf(await bench.first("ADD", { CNI_NETNS: `${bench.node.directory}/none` }), [3, 4, 5], true),
  },
  {
    id: "2.parameters.netns.file",
    title: "ADD with a CNI_NETNS that is no namespace",
    expected: "an error with code 3, 4, 5 or a plugin's own",
    run: async (bench) => void errorOf(await bench.first("ADD", { CNI_NETNS: "/etc/passwd" }), [3, 4, 5], true),
  },
  {
    id: "2.parameters.container-id.long",
    title: "ADD and DEL with a CNI_CONTAINERID of 128 characters",
    expected: "both succeed",
    run: async (bench) => {
      const at = bench.attachment({ containerId: "0123456789abcdef".repeat(8) });
      await bench.add(at);
      await bench.del(at);
    },
  },
  {
    id: "2.parameters.args.ignored",
    title: "ADD with CNI_ARGS that no plugin knows, and IgnoreUnknown",
    expected: "it succeeds",
    run: async (bench) => {
      const outcome = await bench.first("ADD", { CNI_ARGS: "IgnoreUnknown=1;K8S_POD_NAME=a;OTHER=b" });
      expect(outcome.code === 0, said(outcome));
    },
  },
  version("answer", "VERSION of every plugin of the list", {}),
  version("bare", "VERSION with nothing else in its environment", NOTHING),
];

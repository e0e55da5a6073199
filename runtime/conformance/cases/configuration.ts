// Section 1: the network configuration.

import { type Case, expect } from "../case.ts";
import { errorOf } from "../error_result.ts";
import { said } from "../process.ts";

/** A configuration that has to be refused, by ADD. */
function refused(id: string, what: string, changes: Record<string, unknown>, codes: number[], each = false): Case {
  return {
    id: `1.${id}`,
    title: `ADD with ${what}`,
    expected: `an error with code ${codes.join(" or ")}`,
    each,
    run: async (bench) => void errorOf(await bench.first("ADD", {}, changes), codes),
  };
}

/** Text on stdin that is no configuration. */
function unreadable(id: string, what: string, text: string, codes: number[]): Case[] {
  return ["ADD", "DEL"].map((command) => ({
    id: `1.${id}.${command.toLowerCase()}`,
    title: `${command} with ${what} on stdin`,
    expected: `an error with code ${codes.join(" or ")}`,
    run: async (bench) => void errorOf(await bench.first(command, {}, text), codes),
  }));
}

/** A configuration that has to be taken. */
function tolerated(id: string, what: string, changes: Record<string, unknown>): Case {
  return {
    id: `1.${id}`,
    title: `ADD with ${what}`,
    expected: "it succeeds",
    run: async (bench) => {
      const outcome = await bench.first("ADD", {}, changes);
      expect(outcome.code === 0, said(outcome));
    },
  };
}

export const CONFIGURATION: readonly Case[] = [
  refused("version.unknown", "a cniVersion that there is not", { cniVersion: "9.9.9" }, [1]),
  refused("name.missing", "no name", { name: undefined }, [7]),
  refused("name.slash", "a name with a slash", { name: "a/b" }, [7]),
  ...unreadable("stdin.empty", "nothing", "", [6]),
  ...unreadable("stdin.cut", "half an object", '{"cniVersion": "1.0.0", "na', [6]),
  ...unreadable("stdin.list", "a list", "[]", [6, 7]),
  ...unreadable("stdin.binary", "bytes that are no text", "\u0000\u0001", [6]),
  tolerated("keys.unknown", "keys that no plugin knows", { "example.com/key": { a: [1, 2] }, another: null }),
  tolerated("runtime-config.unknown", "a runtimeConfig that the plugin did not ask for", {
    runtimeConfig: { "example.com/thing": [1] },
  }),
];

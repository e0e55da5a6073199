import { assertEquals, assertThrows } from "@std/assert";
import { readPolicyOptions } from "./policy_options.ts";

function read(json: unknown, env: Record<string, string> = {}) {
  const path = Deno.makeTempFileSync();
  try {
    Deno.writeTextFileSync(path, typeof json === "string" ? json : JSON.stringify(json));
    return readPolicyOptions(path, (name) => env[name]);
  } finally {
    Deno.removeSync(path);
  }
}

const source = { type: "folder", path: "/etc/cnidaria/policies" };

Deno.test("what is not said has its default; the node is NODE_NAME's", () => {
  assertEquals(read({ source }, { NODE_NAME: "n1" }), { node: "n1", plugin: "policy", source, compareSeconds: 60 });
  const all = { node: "n2", plugin: "other", source: { type: "kubernetes", kubeconfig: "/k" }, compareSeconds: 5 };
  assertEquals(read({ ...all, log: { group: 100 } }, { NODE_NAME: "n1" }), {
    ...all,
    log: { group: 100, perSecond: 10 },
  });
});

Deno.test("what is wrong is told with its key", () => {
  for (
    const [json, words] of [
      ["{", "it is no JSON"],
      [{}, '"source"'],
      [{ source: { type: "etcd" } }, '"source.type"'],
      [{ source: { type: "folder", path: "policies" } }, '"source.path" is invalid: expected an absolute path'],
      [{ source: { ...source, more: 1 } }, '"source.more"'],
      [{ source, log: { group: 65536 } }, '"log.group"'],
      [{ source, log: { group: 1, perSecond: 0 } }, '"log.perSecond"'],
      [{ source, compareSeconds: 0 }, '"compareSeconds"'],
      [{ source, plugin: "../x" }, '"plugin" is invalid: expected the name of a plugin'],
      [{ source, unknown: true }, '"unknown"'],
    ] as const
  ) assertThrows(() => read(json), Error, words);
});

import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { ifnameFault, parseEnvironment } from "./environment.ts";
import { CniFailure } from "./failure.ts";

const ADD = {
  CNI_COMMAND: "ADD",
  CNI_CONTAINERID: "pod-1",
  CNI_NETNS: "/run/netns/pod-1",
  CNI_IFNAME: "eth0",
  CNI_ARGS: "IgnoreUnknown=1;K8S_POD_NAME=web",
  CNI_PATH: "/opt/cni/bin:/usr/lib/cni",
};

function parse(environment: Record<string, string>) {
  return parseEnvironment((name) => environment[name]);
}

function failureOf(environment: Record<string, string>): CniFailure {
  return assertThrows(() => parse(environment), CniFailure) as CniFailure;
}

Deno.test("parseEnvironment() reads the parameters of ADD", () => {
  assertEquals(parse(ADD), {
    command: "ADD",
    containerId: "pod-1",
    netns: "/run/netns/pod-1",
    ifname: "eth0",
    rawArgs: "IgnoreUnknown=1;K8S_POD_NAME=web",
    args: [["IgnoreUnknown", "1"], ["K8S_POD_NAME", "web"]],
    rawPath: "/opt/cni/bin:/usr/lib/cni",
    path: ["/opt/cni/bin", "/usr/lib/cni"],
  });
});

for (
  const [command, missing] of [
    ["ADD", "CNI_CONTAINERID, CNI_NETNS, CNI_IFNAME"],
    ["CHECK", "CNI_CONTAINERID, CNI_NETNS, CNI_IFNAME"],
    ["DEL", "CNI_CONTAINERID, CNI_IFNAME"],
    ["GC", "CNI_PATH"],
  ] as const
) {
  Deno.test(`parseEnvironment() names all missing variables of ${command} in one error`, () => {
    const failure = failureOf({ CNI_COMMAND: command });
    assertEquals(failure.code, 4);
    assertEquals(failure.message.endsWith(`missing or empty: ${missing}`), true, failure.message);
  });
}

for (const command of ["STATUS", "VERSION"]) {
  Deno.test(`parseEnvironment() needs nothing else for ${command}`, () => {
    assertEquals(parse({ CNI_COMMAND: command }).command, command);
  });
}

Deno.test("parseEnvironment() takes DEL without CNI_NETNS", () => {
  const { CNI_NETNS: _, ...rest } = ADD;
  assertEquals(parse({ ...rest, CNI_COMMAND: "DEL" }).netns, "");
});

for (const command of ["", "add", "UPDATE", "toString", "__proto__"]) {
  Deno.test(`parseEnvironment() refuses CNI_COMMAND ${JSON.stringify(command)}`, () => {
    const failure = failureOf({ ...ADD, CNI_COMMAND: command });
    assertEquals([failure.code, failure.message.includes("CNI_COMMAND")], [4, true]);
  });
}

for (const id of ["-a", ".a", "_a", "a/b", "a b", "ä", "a\n", "../x"]) {
  Deno.test(`parseEnvironment() refuses CNI_CONTAINERID ${JSON.stringify(id)}`, () => {
    const failure = failureOf({ ...ADD, CNI_CONTAINERID: id });
    assertEquals([failure.code, failure.message.includes("CNI_CONTAINERID")], [4, true]);
  });
}

for (const name of [".", "..", "a/b", "a:b", "a b", "a\tb", "sixteen-bytes-xx", "äääääääää", "a\u2003b", "\x07"]) {
  Deno.test(`parseEnvironment() refuses CNI_IFNAME ${JSON.stringify(name)}`, () => {
    const failure = failureOf({ ...ADD, CNI_IFNAME: name });
    assertEquals([failure.code, failure.message.includes("CNI_IFNAME")], [4, true]);
  });
}

for (const name of ["eth0", "a", "fifteen-bytes-x", "...", "net1@x"]) {
  Deno.test(`ifnameFault() finds none in ${name}`, () => assertEquals(ifnameFault(name), undefined));
}

Deno.test("parseEnvironment() splits CNI_ARGS at the first =, and skips empty pairs", () => {
  assertEquals(parse({ ...ADD, CNI_ARGS: ";A=b=c;;D=" }).args, [["A", "b=c"], ["D", ""]]);
  assertEquals(failureOf({ ...ADD, CNI_ARGS: "A" }).code, 4);
  assertEquals(failureOf({ ...ADD, CNI_ARGS: "=x" }).code, 4);
});

Deno.test("parseEnvironment() answers or refuses with code 4, whatever the environment", () => {
  const text = fc.oneof(fc.string(), fc.string({ unit: "binary" }), fc.constantFrom("ADD", "DEL", "GC", "eth0", "/x"));
  const names = Object.keys(ADD);
  const environments = fc.record(Object.fromEntries(names.map((name) => [name, text])), { requiredKeys: [] });
  fc.assert(fc.property(environments, (environment) => {
    try {
      const { containerId, ifname, command } = parse(environment as Record<string, string>);
      if (["ADD", "DEL", "CHECK"].includes(command)) {
        assertEquals([/^[\w.-]+$/.test(containerId), /[/:\s]/.test(ifname)], [true, false]);
      }
    } catch (error) {
      if (!(error instanceof CniFailure)) throw error;
      assertEquals(error.code, 4);
    }
  }));
});

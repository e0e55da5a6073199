import { assertEquals, assertThrows } from "@std/assert";
import { HostCallError } from "../error.ts";
import { fakeContext, withDatabase } from "../state/testing.ts";
import { createConfigFiles } from "./mod.ts";
import { parseResolvConf } from "./resolv_conf.ts";
import { parseSubnetEnv } from "./subnet_env.ts";

Deno.test("parseResolvConf() reads every keyword", () => {
  const text = [
    "# comment",
    "; another",
    "nameserver 10.0.0.10",
    "nameserver\tfd00::10  ",
    "domain cluster.local",
    "search first.example",
    "search a.example b.example",
    "options ndots:5 timeout:1",
    "options edns0",
    "sortlist 10.0.0.0",
    "nameserver",
    "",
  ].join("\n");
  assertEquals(parseResolvConf(text), {
    nameservers: ["10.0.0.10", "fd00::10"],
    domain: "cluster.local",
    search: ["a.example", "b.example"],
    options: ["ndots:5", "timeout:1", "edns0"],
  });
});

Deno.test("parseResolvConf() reads a file with CRLF, and an empty one", () => {
  assertEquals(parseResolvConf("nameserver 1.1.1.1\r\n").nameservers, ["1.1.1.1"]);
  assertEquals(parseResolvConf(""), { nameservers: [], search: [], options: [] });
});

Deno.test("parseSubnetEnv() keeps the order and takes quotes off", () => {
  assertEquals(
    parseSubnetEnv('FLANNEL_NETWORK=10.244.0.0/16\n# x\nFLANNEL_SUBNET="10.244.1.1/24"\nFLANNEL_MTU=1450\n\nnoise\n'),
    [
      ["FLANNEL_NETWORK", "10.244.0.0/16"],
      ["FLANNEL_SUBNET", "10.244.1.1/24"],
      ["FLANNEL_MTU", "1450"],
    ],
  );
});

function withFile(text: string, body: (path: string) => void): void {
  const path = Deno.makeTempFileSync();
  try {
    Deno.writeTextFileSync(path, text);
    body(path);
  } finally {
    Deno.removeSync(path);
  }
}

function files(config: Record<string, unknown>, body: (files: ReturnType<typeof createConfigFiles>) => void): void {
  withDatabase((database) => body(createConfigFiles(fakeContext(database, {}, { config }))));
}

Deno.test("resolvConf() reads the file that ipam.resolvConf names", () =>
  withFile(
    "nameserver 10.0.0.1\n",
    (path) =>
      files({ ipam: { resolvConf: path } }, ({ resolvConf }) => assertEquals(resolvConf().nameservers, ["10.0.0.1"])),
  ));

Deno.test("subnetEnv() reads the file that subnetFile names", () =>
  withFile(
    "FLANNEL_MTU=1450\n",
    (path) => files({ subnetFile: path }, ({ subnetEnv }) => assertEquals(subnetEnv(), [["FLANNEL_MTU", "1450"]])),
  ));

for (
  const [what, config, message] of [
    ["no path", {}, "names none: ipam.resolvConf"],
    ["a relative path", { ipam: { resolvConf: "etc/resolv.conf" } }, 'no absolute path: "etc/resolv.conf"'],
    ["a number", { ipam: { resolvConf: 7 } }, "no absolute path: 7"],
    ["a device", { ipam: { resolvConf: "/dev/zero" } }, "no regular file: /dev/zero"],
    ["a missing file", { ipam: { resolvConf: "/nonexistent/resolv.conf" } }, "no such file: /nonexistent/resolv.conf"],
  ] as const
) {
  Deno.test(`resolvConf() refuses ${what}`, () =>
    files(config, ({ resolvConf }) => {
      assertThrows(() => resolvConf(), HostCallError, message);
    }));
}

Deno.test("resolvConf() refuses a file above 64 KiB", () =>
  withFile("#".repeat(70_000), (path) =>
    files({ ipam: { resolvConf: path } }, ({ resolvConf }) => {
      assertThrows(() => resolvConf(), HostCallError, "above 65536 bytes");
    })));

Deno.test("subnetEnv() says who has not written its file yet", () =>
  files({ subnetFile: "/nonexistent/subnet.env" }, ({ subnetEnv }) => {
    const error = assertThrows(() => subnetEnv(), HostCallError) as HostCallError;
    assertEquals(error.code, "not-found");
    assertEquals(error.message.includes("the log of flanneld or of cnidaria's agent"), true);
  }));

Deno.test("waitSubnetEnv() reads a file that is there without waiting", () =>
  withFile(
    "FLANNEL_MTU=1450\n",
    (path) =>
      files({ subnetFile: path }, ({ waitSubnetEnv }) => assertEquals(waitSubnetEnv(0), [["FLANNEL_MTU", "1450"]])),
  ));

Deno.test("waitSubnetEnv() waits for a file that comes, its folder too", () => {
  const folder = Deno.makeTempDirSync();
  const subnetFile = `${folder}/flannel/subnet.env`;
  // Another process: this thread waits.
  const script = 'sleep 0.3; mkdir "$0"; echo FLANNEL_MTU=1450 > "$0/new"; mv "$0/new" "$1"';
  const child = new Deno.Command("sh", { args: ["-c", script, `${folder}/flannel`, subnetFile] }).spawn();
  try {
    files({ subnetFile }, ({ waitSubnetEnv }) => assertEquals(waitSubnetEnv(10_000), [["FLANNEL_MTU", "1450"]]));
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
  return child.status.then(({ success }) => assertEquals(success, true));
});

Deno.test("waitSubnetEnv() gives up after its time, at once for what no time helps, and waits no longer than 30 s", () => {
  const codeOf = (config: Record<string, unknown>, ms: number) => {
    let code = "";
    const began = performance.now();
    files(config, ({ waitSubnetEnv }) => {
      code = (assertThrows(() => waitSubnetEnv(ms), HostCallError) as HostCallError).code;
    });
    return [code, performance.now() - began] as const;
  };
  const [code, took] = codeOf({ subnetFile: "/nonexistent/subnet.env" }, 100);
  assertEquals([code, took >= 100], ["timeout", true]);
  assertEquals(codeOf({ subnetFile: "/nonexistent/subnet.env" }, 0)[0], "timeout");
  assertEquals(codeOf({ subnetFile: "/dev/zero" }, 30_000)[0], "invalid");
  assertEquals(codeOf({ subnetFile: "/nonexistent/subnet.env" }, 30_001)[0], "invalid");
});

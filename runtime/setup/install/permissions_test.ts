// The installed program's permissions are enough for every verb, and each is needed: with one of them taken away, the
// call that needs it fails, and its error names it.

import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { labTest } from "../../../test/lab/isolation.ts";
import { Namespace } from "../../../test/lab/namespace.ts";
import { type Permission, permissionFlags, permissionsFor } from "./permissions.ts";

const dist = new URL("../../../dist", import.meta.url).pathname;

Deno.test("permissionFlags() writes a list, or a whole kind", () => {
  const flags = permissionFlags([
    { kind: "ffi", values: [], why: "" },
    { kind: "read", values: ["/a", "/b"], why: "" },
  ]);
  assertEquals(flags, ["--allow-ffi", "--allow-read=/a,/b"]);
});

Deno.test("permissionFlags() refuses a path that would be two", () => {
  assertThrows(() => permissionFlags([{ kind: "read", values: ["/a,b"], why: "" }]), Error, "/a,b");
});

/** One call of the bundled host with some permissions. */
function call(permissions: readonly Permission[], env: Record<string, string>, config: object) {
  const flags = ["--no-prompt", "--no-config", "--no-lock", "--no-npm", "--no-remote", "--no-code-cache"];
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", ...flags, ...permissionFlags(permissions), `${dist}/cnidaria.js`],
    env: { CNIDARIA_NAME: "bridge", CNI_PATH: "/nonexistent", ...env },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  return writer.write(new TextEncoder().encode(JSON.stringify(config))).then(() => writer.close()).catch(() => {})
    .then(() => child.output()).then(({ code, stdout, stderr }) => ({
      code,
      stdout: new TextDecoder().decode(stdout),
      said: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr),
    }));
}

const config = (dir: string) => ({
  cniVersion: "1.1.0",
  name: "permissions",
  type: "bridge",
  bridge: "perm0",
  isGateway: true,
  ipMasq: true,
  ipam: { type: "host-local", subnet: "10.77.0.0/24", resolvConf: `${dir}/resolv.conf` },
});

async function withPod(body: (env: Record<string, string>, dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir({ dir: "/var/tmp", prefix: "cnidaria-permissions-" });
  await using pod = await Namespace.create("perm");
  try {
    await Deno.writeTextFile(`${dir}/resolv.conf`, "nameserver 10.0.0.1\n");
    await body({
      CNI_CONTAINERID: "perm1",
      CNI_NETNS: pod.path,
      CNI_IFNAME: "eth0",
      CNIDARIA_STATE: `${dir}/state`,
      CNIDARIA_ENGINE: "auto",
    }, dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

Deno.test({
  ...labTest("with the installed program's permissions, every verb works"),
  fn: () =>
    withPod(async (env, dir) => {
      const permissions = permissionsFor({ prefix: dist, stateDir: `${dir}/state`, binDir: "/opt/cni/bin" });
      const verb = async (command: string, extra: object = {}) => {
        const answer = await call(permissions, { ...env, CNI_COMMAND: command }, { ...config(dir), ...extra });
        assertEquals(answer.code, 0, `${command}: ${answer.said}`);
        return answer.stdout;
      };
      await verb("VERSION");
      const prevResult = JSON.parse(await verb("ADD"));
      assertEquals(prevResult.dns.nameservers, ["10.0.0.1"]);
      await verb("CHECK", { prevResult });
      await verb("STATUS");
      await verb("GC", { "cni.dev/valid-attachments": [] });
      await verb("DEL", { prevResult });
    }),
});

Deno.test({
  ...labTest("each of the installed program's permissions is needed, and its lack is told"),
  fn: () =>
    withPod(async (env, dir) => {
      const all = permissionsFor({ prefix: dist, stateDir: `${dir}/state`, binDir: "/opt/cni/bin" });
      for (const without of all) {
        const answer = await call(all.filter((each) => each !== without), { ...env, CNI_COMMAND: "ADD" }, config(dir));
        assert(answer.code !== 0, `ADD succeeds without --allow-${without.kind}`);
        assertMatch(answer.said, new RegExp(`${without.kind}|uid`, "i"));
      }
    }),
});

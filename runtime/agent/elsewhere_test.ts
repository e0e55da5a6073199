import { assertEquals, assertMatch } from "@std/assert";
import { labTest } from "../../test/lab/isolation.ts";
import { type AgentFiles, whyOtherFiles } from "./elsewhere.ts";
import type { Request } from "./protocol.ts";

function request(config: unknown, environment: Record<string, string> = {}): Request {
  const stdin = new TextEncoder().encode(JSON.stringify(config));
  const variables = new Map(Object.entries(environment));
  return { sentNs: 0n, release: "0", key: "k", name: "bridge", environment: variables, stdin };
}

/** A process in a mount namespace of its own, to which `<dir>/hidden` is another folder, and `<dir>/shared` the same. */
async function elsewhere(body: (pid: number, dir: string, agent: AgentFiles) => void): Promise<void> {
  const dir = await Deno.makeTempDir();
  for (const name of ["hidden", "shared"]) {
    await Deno.mkdir(`${dir}/${name}`);
    await Deno.writeTextFile(`${dir}/${name}/file`, "");
  }
  const child = new Deno.Command("unshare", {
    args: [
      ...["--mount", "--propagation", "private", "sh", "-c"],
      `mount -t tmpfs tmpfs "$0/hidden" && : > "$0/hidden/file"; echo; read -r _`,
      dir,
    ],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  try {
    await reader.read();
    const plugins = ["bridge", "host-local", "flannel"];
    body(child.pid, dir, { stateDir: `${dir}/shared`, hasPlugin: (type) => plugins.includes(type) });
  } finally {
    await child.stdin.close();
    await reader.cancel();
    await child.status;
    await Deno.remove(dir, { recursive: true });
  }
}

Deno.test({
  ...labTest("a call from another mount namespace is served where its paths lead to the same files"),
  fn: () =>
    elsewhere((pid, dir, agent) => {
      const config = { type: "cnidaria", ipam: { type: "host-local", resolvConf: `${dir}/shared/file` } };
      const environment = { CNI_NETNS: `${dir}/shared/file`, CNI_PATH: `${dir}/shared:` };
      const more = { CNIDARIA_LOG_FILE: `${dir}/shared/log` };
      assertEquals(whyOtherFiles(request(config, { ...environment, ...more }), pid, agent), undefined);
      // Neither has it: DEL comes after the namespace is gone.
      assertEquals(whyOtherFiles(request(config, { CNI_NETNS: `${dir}/gone` }), pid, agent), undefined);
      assertEquals(whyOtherFiles(request(config, { CNI_NETNS: `/proc/${pid}/ns/net` }), pid, agent), undefined);
    }),
});

Deno.test({
  ...labTest("a call whose state or paths are another mount namespace's is declined, and says which"),
  fn: () =>
    elsewhere((pid, dir, agent) => {
      const why = (config: unknown, environment = {}) => whyOtherFiles(request(config, environment), pid, agent) ?? "";
      const other = `${dir}/hidden/file is another file to the caller`;
      assertMatch(why({ ipam: { type: "host-local", resolvConf: `${dir}/hidden/file` } }), new RegExp(`^${other}`));
      assertMatch(why({}, { CNI_NETNS: `${dir}/hidden/file` }), new RegExp(`^${other}`));
      for (const name of ["CNI_PATH", "CNIDARIA_LOG_FILE"]) {
        const path = name === "CNI_PATH" ? `${dir}/hidden` : `${dir}/hidden/log`;
        assertMatch(why({}, { [name]: path }), new RegExp(`^${dir}/hidden is another file`), name);
      }
      const state = { ...agent, stateDir: `${dir}/hidden` };
      assertMatch(whyOtherFiles(request({}), pid, state) ?? "", /hidden is another file to the caller/);
    }),
});

Deno.test({
  ...labTest("an executable that a configuration names sees the caller's files: its call is declined"),
  fn: () =>
    elsewhere((pid, _dir, agent) => {
      const ipam = { type: "host-local" };
      const why = (config: unknown) => whyOtherFiles(request(config), pid, agent) ?? "";
      assertEquals(why({ type: "any", plugins: [{ type: "bridge", ipam }] }), "");
      assertMatch(why({ type: "bridge", ipam: { type: "dhcp" } }), /^dhcp is an executable/);
      assertMatch(why({ type: "cnidaria", plugins: [{ type: "bridge", ipam }, { type: "portmap" }] }), /^portmap is/);
    }),
});

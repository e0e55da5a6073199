// The installed program's permissions are enough for every verb, and each is needed: with one of them taken away, the
// call that needs it fails, and its error names it.

import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { labTest } from "../../../test/lab/isolation.ts";
import { Namespace } from "../../../test/lab/namespace.ts";
import { agentPermissions, ENVIRONMENT, type Permission, permissionFlags, permissionsFor } from "./permissions.ts";

const ID = `cnidaria-permissions-${crypto.randomUUID().slice(0, 8)}`;
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
    }, dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
    // The bridge stays after the last pod: with its address the tests of other files would meet another way to theirs.
    await new Deno.Command("ip", { args: ["link", "delete", "perm0"], stderr: "null" }).output();
  }
}

for (const engine of ["wasmtime", "v8"]) {
  Deno.test({
    ...labTest(`with the installed program's permissions, every verb works on ${engine}`),
    fn: () => withPod((env, dir) => everyVerb({ ...env, CNIDARIA_ENGINE: engine }, dir)),
  });
}

async function everyVerb(env: Record<string, string>, dir: string): Promise<void> {
  const permissions = permissionsFor({ prefix: dist, stateDir: `${dir}/state` });
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
}

Deno.test({
  ...labTest("each of the installed program's permissions is needed, and its lack is told"),
  fn: () =>
    withPod(async (env, dir) => {
      const all = permissionsFor({ prefix: dist, stateDir: `${dir}/state` });
      for (const without of all) {
        const answer = await call(all.filter((each) => each !== without), { ...env, CNI_COMMAND: "ADD" }, config(dir));
        assert(answer.code !== 0, `ADD succeeds without --allow-${without.kind}`);
        assertMatch(answer.said, new RegExp(`Requires ${without.kind} access`));
      }
    }),
});

/** The agent with some permissions: whether it became ready and told its metrics, and what it said when it ended. */
async function runAgent(permissions: readonly Permission[], dir: string) {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--no-prompt", "--no-config", "--no-lock", "--no-npm", "--no-remote", ...permissionFlags(permissions)],
      ...[`${dist}/cnidaria.js`, "agent", "--socket", `/run/${ID}/agent.sock`, "--http", `/run/${ID}/http.sock`],
    ],
    env: { CNIDARIA_STATE: `${dir}/state`, CNIDARIA_LIB: dist, NOTIFY_SOCKET: `/run/${ID}/notify.sock` },
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const said = new Response(child.stderr).text();
  let ended = false;
  child.status.then(() => ended = true);
  using client = Deno.createHttpClient({ proxy: { transport: "unix", path: `/run/${ID}/http.sock` } });
  const get = (path: string) => fetch(`http://agent${path}`, { client }).then((it) => it.text(), () => "");
  let ready = false;
  while (!ended && !ready) {
    ready = await get("/readyz") === "ok\n";
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const metrics = ready ? await get("/metrics") : "";
  if (!ended) child.kill("SIGTERM");
  const { code } = await child.status;
  return { code, ready, metrics, said: await said };
}

Deno.test({
  ...labTest("with the agent's permissions the agent serves; each is needed"),
  fn: () =>
    withPod(async (_env, dir) => {
      try {
        const all = agentPermissions({ prefix: dist, stateDir: `${dir}/state` });
        const { code, ready, metrics, said } = await runAgent(all, dir);
        assertEquals([code, ready], [0, true], said);
        assertMatch(metrics, /^cnidaria_threads\{state="waiting"\} 2$/m);
        for (const without of all) {
          const answer = await runAgent(all.filter((each) => each !== without), dir);
          assert(!answer.ready || answer.said.includes("denied"), `the agent serves without --allow-${without.kind}`);
        }
      } finally {
        await Deno.remove(`/run/${ID}`, { recursive: true });
      }
    }),
});

/** For each path that may be read or written: a call that does so, and fails if it may not. */
const USES: {
  kind: "read" | "write";
  path: (dir: string) => string;
  /** A resolv.conf, written before. */
  resolvConf?: string;
  /** A plugin that reads it, and its configuration beside the usual. */
  plugin?: [name: string, config: object];
  /** A variable that names a file which the call writes; that it could not does not fail the call. */
  writes?: [variable: string, file: string];
}[] = [
  { kind: "read", path: () => dist },
  { kind: "read", path: (dir) => `${dir}/state` },
  { kind: "read", path: () => "/etc", resolvConf: `/etc/${ID}` },
  { kind: "read", path: () => "/run", resolvConf: `/run/${ID}` },
  { kind: "read", path: () => "/var", resolvConf: `/var/tmp/${ID}` },
  {
    kind: "read",
    path: () => "/sys/class/net",
    plugin: ["host-device", { type: "host-device", pciBusID: "ffff:00:1f.7" }],
  },
  { kind: "write", path: (dir) => `${dir}/state` },
  { kind: "write", path: () => "/run", writes: ["CNIDARIA_TRACE", `/run/${ID}-trace`] },
  { kind: "write", path: () => "/var/log", writes: ["CNIDARIA_LOG_FILE", `/var/log/${ID}.log`] },
];

Deno.test({
  ...labTest("each path that the installed program may read or write is needed by a call"),
  fn: () =>
    withPod(async (env, dir) => {
      // Outside /var, so that nothing but its own entry covers it.
      const state = `/tmp/cnidaria-permissions-${crypto.randomUUID()}`;
      const all = permissionsFor({ prefix: dist, stateDir: `${state}/state` });
      const paths = all.filter((each) => each.kind === "read" || each.kind === "write");
      assertEquals(
        USES.map(({ kind, path }) => `${kind} ${path(state)}`).sort(),
        paths.flatMap(({ kind, values }) => values.map((value) => `${kind} ${value}`)).sort(),
      );
      const written = USES.flatMap(({ resolvConf, writes }) => [resolvConf ?? [], writes?.[1] ?? []].flat());
      try {
        for (const { kind, path, plugin, resolvConf, writes } of USES) {
          if (resolvConf !== undefined) await Deno.writeTextFile(resolvConf, "nameserver 10.0.0.1\n");
          const value = path(state);
          const left = all.map((each) =>
            each.kind === kind ? { ...each, values: each.values.filter((other) => other !== value) } : each
          );
          const ipam = { type: "host-local", subnet: "10.77.0.0/24", ...(resolvConf !== undefined && { resolvConf }) };
          const wanted = { ...config(dir), ipam, ...plugin?.[1] };
          const variables = {
            ...env,
            CNIDARIA_STATE: `${state}/state`,
            CNI_COMMAND: writes === undefined ? "ADD" : "DEL",
            CNIDARIA_LOG_LEVEL: "debug",
            ...(plugin && { CNIDARIA_NAME: plugin[0] }),
            ...(writes && { [writes[0]]: writes[1] }),
          };
          const { said } = await call(left, variables, wanted);
          if (writes === undefined) {
            assertMatch(said, new RegExp(`Requires ${kind} access`), `without ${kind} of ${value}`);
          } else {
            assert(!existsSync(writes[1]), `${writes[1]} was written without ${value}`);
            await call(all, variables, wanted);
            assert(existsSync(writes[1]), `${writes[1]} was not written with ${value}`);
          }
        }
      } finally {
        for (const file of written) {
          await Deno.remove(file).catch(() => {});
        }
        await Deno.remove(state, { recursive: true }).catch(() => {});
      }
    }),
});

Deno.test("the environment's names are those that the program asks for", async () => {
  const names = new Set<string>();
  for (const folder of ["cni", "plugin", "transaction", "engine"]) {
    await namesBelow(`${dist}/../runtime/${folder}`, names);
  }
  for (const file of ["main.ts", "paths.ts"]) namesIn(await Deno.readTextFile(`${dist}/../runtime/${file}`), names);
  assertEquals([...names].sort(), [...ENVIRONMENT].sort());
});

function existsSync(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

async function namesBelow(folder: string, names: Set<string>): Promise<void> {
  for await (const entry of Deno.readDir(folder)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) await namesBelow(path, names);
    else if (/^(?!.*_test).*\.ts$/.test(entry.name)) namesIn(await Deno.readTextFile(path), names);
  }
}

function namesIn(text: string, names: Set<string>): void {
  for (const [, name] of text.matchAll(/\b(?:env|get|var|getEnv)\(\s*"(CNI(?:DARIA)?_[A-Z_]+)"/g)) names.add(name!);
}

import { assertEquals, assertMatch } from "@std/assert";
import { installNftables, type Machine } from "./nftables.ts";

function fakeMachine(programs: string[], options: { uid?: number; broken?: boolean; present?: boolean } = {}) {
  const ran: string[] = [];
  let present = options.present ?? false;
  const machine: Machine = {
    isLoadable: () => present,
    has: (program) => Promise.resolve(programs.includes(program)),
    uid: () => options.uid ?? 0,
    run: (program, args) => {
      ran.push(`${program} ${args[0]}`);
      if (options.broken) return Promise.resolve({ code: 100, output: "Reading…\nE: no such package\n" });
      present = args.some((arg) => arg.includes("nftables"));
      return Promise.resolve({ code: 0, output: "" });
    },
  };
  return { machine, ran };
}

Deno.test("installNftables() runs nothing where the library is there", async () => {
  const { machine, ran } = fakeMachine(["apt-get"], { present: true });
  assertEquals((await installNftables(machine)).state, "skipped");
  assertEquals(ran, []);
});

Deno.test("installNftables() refreshes apt's index before it installs", async () => {
  const { machine, ran } = fakeMachine(["apt-get"]);
  assertEquals((await installNftables(machine)).state, "ok");
  assertEquals(ran, ["apt-get update", "apt-get install"]);
});

Deno.test.each(["dnf", "zypper", "apk"])("installNftables() knows %s", async (program) => {
  const { machine } = fakeMachine([program]);
  assertEquals(await installNftables(machine), { state: "ok", why: `libnftables.so.1 from ${program}` });
});

Deno.test("installNftables() says the command to run where it isn't root", async () => {
  const { machine, ran } = fakeMachine(["apt-get"], { uid: 1000 });
  const outcome = await installNftables(machine);
  assertEquals(outcome.state, "missing");
  assertMatch(outcome.why, /as root, run: apt-get update .* && apt-get install .*libnftables1/);
  assertEquals(ran, []);
});

Deno.test("installNftables() tells the package manager's own reason", async () => {
  const { machine } = fakeMachine(["apt-get"], { broken: true });
  assertMatch((await installNftables(machine)).why, /apt-get says: E: no such package/);
});

Deno.test("installNftables() without a package manager says that it is by hand", async () => {
  const { machine } = fakeMachine([]);
  assertMatch((await installNftables(machine)).why, /by hand/);
});

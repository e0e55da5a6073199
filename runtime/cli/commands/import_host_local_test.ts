import { assertEquals, assertMatch } from "@std/assert";
// The C library, which stays open, is not the test's.
import "../../../host-funcs/sys/identity.ts";
import { main } from "../main.ts";
import { recordedOutput } from "../output.ts";
// Opens the C library, which stays open, before the test.
import "./import_host_local.ts";

Deno.test("import host-local takes leases over once, and leaves the files as they were", async () => {
  const dir = await Deno.makeTempDir();
  Deno.env.set("CNIDARIA_STATE", `${dir}/state`);
  try {
    await Deno.mkdir(`${dir}/networks/cbr0`, { recursive: true });
    await Deno.writeTextFile(`${dir}/networks/cbr0/10.244.1.7`, "container1\r\neth0");
    await Deno.writeTextFile(`${dir}/networks/cbr0/last_reserved_ip.0`, "10.244.1.7");
    await Deno.writeTextFile(`${dir}/networks/cbr0/lock`, "");
    const run = async (...args: string[]) => {
      const output = recordedOutput();
      assertEquals(await main(args, output), 0, output.err.join());
      return output.out;
    };
    assertEquals(await run("import", "host-local", `${dir}/networks`), ["network cbr0: 1 leases taken over"]);
    assertEquals(await run("import", "host-local", `${dir}/networks`), ["1 leases were there already"]);
    const [lease] = JSON.parse((await run("leases", "--json")).join(""));
    assertEquals([lease.network, lease.address, lease.containerId, lease.ifname], [
      "cbr0",
      "10.244.1.7",
      "container1",
      "eth0",
    ]);
    assertMatch((await run("leases"))[1]!, /^cbr0 +10\.244\.1\.7 +- +container1\/eth0 +\d+s$/);
    assertEquals(await Deno.readTextFile(`${dir}/networks/cbr0/10.244.1.7`), "container1\r\neth0");
  } finally {
    Deno.env.delete("CNIDARIA_STATE");
    await Deno.remove(dir, { recursive: true });
  }
});

import { assert, assertEquals, assertThrows } from "@std/assert";
import type { HostCallError } from "../error.ts";
import { networkTest } from "../test_context.ts";
import { createLinks } from "./mod.ts";

const plain = { vlanFiltering: false, defaultVlan: true };

networkTest("ensureBridge() makes a bridge that is up, and finds it the second time", (context) => {
  const links = createLinks(context);
  const name = `br${context.unique}`;
  const made = links.ensureBridge(name, { ...plain, mtu: 1400 });
  const [seen] = context.ip("host", "link", "show", name);
  assertEquals([seen.linkinfo.info_kind, seen.mtu, seen.address], ["bridge", 1400, made.mac]);
  assert(seen.flags.includes("UP"));
  const recorded = context.changes.length;
  assertEquals(recorded, 1);
  assertEquals(links.ensureBridge(name, { ...plain, mtu: 1400 }), made);
  assertEquals(context.changes.length, recorded);
  links.delete("host", name);
});

for (const mtu of [undefined, 68, 1400, 9000]) {
  networkTest(`a bridge keeps MAC and MTU ${mtu ?? "(default)"} when ports come and go`, (context) => {
    const links = createLinks(context);
    const name = `br${context.unique}`;
    const { mac } = links.ensureBridge(name, mtu === undefined ? plain : { ...plain, mtu });
    const check = () => {
      const [seen] = context.ip("host", "link", "show", name);
      assertEquals([seen.address, seen.mtu], [mac, mtu ?? 1500]);
    };
    check();
    for (const [end, portMac, portMtu] of [["a", "02:00:00:00:00:01", "1280"], ["b", "fe:00:00:00:00:01", "2000"]]) {
      const port = `${end}${context.unique}`;
      context.command("host", "ip", ["link", "add", port, "mtu", portMtu!, "address", portMac!, "type", "veth"]);
      context.command("host", "ip", ["link", "set", port, "master", name, "up"]);
      check();
      context.command("host", "ip", ["link", "del", port]);
      check();
    }
    links.delete("host", name);
  });
}

networkTest("ensureBridge() sets a bridge up that was down, and records it", (context) => {
  const links = createLinks(context);
  const name = `br${context.unique}`;
  context.command("host", "ip", ["link", "add", name, "type", "bridge"]);
  assertEquals(links.ensureBridge(name, plain).up, true);
  assertEquals(context.changes, [
    { kind: "link-changed", ns: "host", name, before: { up: false }, after: { up: true } },
  ]);
  links.delete("host", name);
});

networkTest("ensureBridge() refuses a link that is no bridge", (context) => {
  const name = `v${context.unique}`;
  context.command("host", "ip", ["link", "add", name, "type", "veth"]);
  const error: unknown = assertThrows(() => createLinks(context).ensureBridge(name, plain), Error, `kind "veth"`);
  assertEquals((error as HostCallError).code, "invalid");
  assertEquals(context.changes, []);
  createLinks(context).delete("host", name);
});

networkTest("ensureBridge() that fails leaves no bridge", (context) => {
  const links = createLinks(context);
  const name = `br${context.unique}`;
  // Taken when it is made, refused when it is set.
  for (const mtu of [67, 65_536]) {
    assertThrows(() => links.ensureBridge(name, { ...plain, mtu }), Error, name);
    assertThrows(() => links.get("host", name), Error, "no such link");
  }
});

networkTest("ensureBridge() by several processes at once gives all the same bridge", async (context) => {
  const name = `br${context.unique}`;
  const script = Deno.makeTempFileSync({ suffix: ".ts" });
  Deno.writeTextFileSync(
    script,
    `import { createLinks } from "${new URL("./mod.ts", import.meta.url)}";
     import { currentNamespace } from "${new URL("../sys/namespace.ts", import.meta.url)}";
     import { openNetlink } from "${new URL("../sys/netlink_socket.ts", import.meta.url)}";
     const netlink = openNetlink(currentNamespace());
     const context = { namespace: () => currentNamespace(), netlink: () => netlink, record: () => {} };
     while (Date.now() < Number(Deno.args[1]));
     const bridge = createLinks(context).ensureBridge(Deno.args[0], { vlanFiltering: false, defaultVlan: true });
     Deno.stdout.writeSync(new TextEncoder().encode(bridge.mac + " " + bridge.up));`,
  );
  const start = String(Date.now() + 1500);
  const outputs = await Promise.all(Array.from({ length: 4 }, () =>
    new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-A",
        "--no-check",
        "--config",
        new URL("../../deno.json", import.meta.url).pathname,
        script,
        name,
        start,
      ],
    }).output()));
  Deno.removeSync(script);
  const [{ address }] = context.ip("host", "link", "show", name);
  createLinks(context).delete("host", name);
  assertEquals(
    outputs.map(({ stdout, stderr }) => new TextDecoder().decode(stdout) || new TextDecoder().decode(stderr)),
    Array(4).fill(`${address} true`),
  );
});

networkTest("VLAN filtering works, or says that this kernel lacks it", (context) => {
  const links = createLinks(context);
  const name = `br${context.unique}`;
  let error: HostCallError | undefined;
  try {
    links.ensureBridge(name, { vlanFiltering: true, defaultVlan: false });
  } catch (thrown) {
    error = thrown as HostCallError;
  }
  if (error) {
    assertEquals(error.code, "unsupported");
    assert(error.message.includes("CONFIG_BRIDGE_VLAN_FILTERING"), error.message);
    assertEquals(context.ip("host", "link").filter((link: { ifname: string }) => link.ifname === name), []);
  } else {
    const [seen] = context.ip("host", "link", "show", name);
    const { vlan_filtering, vlan_default_pvid } = seen.linkinfo.info_data;
    assertEquals([vlan_filtering, vlan_default_pvid], [1, 0]);
    links.delete("host", name);
  }
});

networkTest("addVlans() works, or says that this kernel lacks it", (context) => {
  const links = createLinks(context);
  const name = `br${context.unique}`;
  links.ensureBridge(name, plain);
  const { host } = links.createVeth({ peerNs: "container", peerName: "eth0", master: name });
  assertThrows(
    () => links.addVlans(host.name, [{ first: 5, last: 4095, pvid: false, untagged: false }]),
    Error,
    "1 to 4094",
  );
  const vlans = [{ first: 10, last: 10, pvid: true, untagged: true }, {
    first: 20,
    last: 29,
    pvid: false,
    untagged: false,
  }];
  let error: HostCallError | undefined;
  try {
    links.addVlans(host.name, vlans);
  } catch (thrown) {
    error = thrown as HostCallError;
  }
  if (error) {
    assertEquals(error.code, "unsupported");
  } else {
    const [seen] = context.command("host", "bridge", ["-j", "vlan", "show", "dev", host.name]);
    assert(
      seen.vlans.some(({ vlan, flags }: { vlan: number; flags?: string[] }) => vlan === 10 && flags?.includes("PVID")),
    );
    links.removeVlans(host.name, vlans);
  }
  links.delete("host", name);
  links.delete("host", host.name);
});

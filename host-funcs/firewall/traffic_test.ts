// What the rules do to packets: the test's own namespace is the node, with a pod and a host outside it.

import { assertEquals } from "@std/assert";
import { createAddresses } from "../addresses/mod.ts";
import { createLinks } from "../links/mod.ts";
import { createRoutes } from "../routes/mod.ts";
import { openDatabase } from "../state/open_database.ts";
import { fakeContext, withDatabase } from "../state/testing.ts";
import { networkTest, TestContext } from "../test_context.ts";
import { createFirewall } from "./mod.ts";

const decoder = new TextDecoder();
const port = 7999;

/** Prints who connects. One line each; the first says that it listens. */
const server = `
  const print = (text) => Deno.stdout.writeSync(new TextEncoder().encode(text + "\\n"));
  const accept = async (hostname) => {
    for await (const connection of Deno.listen({ hostname, port: ${port} })) {
      print(connection.remoteAddr.hostname);
      connection.close();
    }
  };
  accept("10.204.0.2");
  accept("fd04::2");
  print("listening");
`;

/** Joins a namespace to the node by a veth: .1 is the node, .2 the other end, which has its default route there. */
function join(context: TestContext, subnets: readonly (readonly [prefix: string, length: number])[]): void {
  const addresses = createAddresses(context);
  const { host } = createLinks(context).createVeth({ peerNs: "container", peerName: "eth0" });
  createLinks(context).set("host", host.name, { up: true });
  createLinks(context).set("container", "eth0", { up: true });
  for (const [prefix, length] of subnets) {
    addresses.add("host", host.name, { cidr: `${prefix}1/${length}`, dad: false });
    addresses.add("container", "eth0", { cidr: `${prefix}2/${length}`, dad: false });
    const dst = prefix.includes(":") ? "::/0" : "0.0.0.0/0";
    createRoutes(context).add("container", { dst, gateway: `${prefix}1`, link: "eth0", onlink: false });
  }
}

function connect(from: TestContext, hostname: string): void {
  from.command("container", Deno.execPath(), [
    "eval",
    `const c = await Deno.connect({ hostname: "${hostname}", port: ${port} }); await c.read(new Uint8Array(1));`,
  ]);
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = "";
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk)).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}

networkTest(
  "a pod's traffic leaves with the node's address, but not to local networks, and not after release",
  async (pod) => {
    for (const key of ["net/ipv4/ip_forward", "net/ipv6/conf/all/forwarding"]) {
      Deno.writeTextFileSync(
        `/proc/sys/${key}`,
        "1",
      );
    }
    const outside = new TestContext();
    join(pod, [["10.203.0.", 24], ["fd03::", 64]]);
    join(outside, [["10.204.0.", 24], ["fd04::", 64]]);
    const listener = new Deno.Command("nsenter", {
      args: [`--net=${outside.path}`, Deno.execPath(), "eval", server],
      stdout: "piped",
    }).spawn();
    const lines = linesOf(listener.stdout);
    try {
      assertEquals((await lines.next()).value, "listening");
      const seen = async () => {
        connect(pod, "10.204.0.2");
        const four = (await lines.next()).value;
        connect(pod, "fd04::2");
        return [four, (await lines.next()).value];
      };
      const itself = ["10.203.0.2", "fd03::2"];
      assertEquals(await seen(), itself);
      await withFirewall(async (firewall) => {
        firewall.addMasquerade({ source: "10.203.0.2", local: ["10.203.0.0/24"] });
        firewall.addMasquerade({ source: "fd03::2", local: ["fd03::/64"] });
        assertEquals(await seen(), ["10.204.0.1", "fd04::1"]);
        firewall.addMasquerade({ source: "10.203.0.2", local: ["10.203.0.0/24", "10.204.0.0/24"] });
        firewall.addMasquerade({ source: "fd03::2", local: ["fd00::/8"] });
        assertEquals(await seen(), itself);
        firewall.addMasquerade({ source: "10.203.0.2", local: [] });
        assertEquals((await seen())[0], "10.204.0.1");
      });
      assertEquals(await seen(), itself);
    } finally {
      listener.kill();
      await lines.return(undefined);
      await listener.status;
      outside.close();
    }
  },
);

networkTest("frames with another source MAC are dropped while the check is there", (pod) => {
  const bridge = `br${pod.unique}`;
  const links = createLinks(pod);
  links.ensureBridge(bridge, { vlanFiltering: false, defaultVlan: true });
  try {
    const { host, peer } = links.createVeth({ peerNs: "container", peerName: "eth0", master: bridge });
    links.set("host", bridge, { up: true });
    links.set("host", host.name, { up: true });
    links.set("container", "eth0", { up: true });
    createAddresses(pod).add("host", bridge, { cidr: "10.205.0.1/24", dad: false });
    createAddresses(pod).add("container", "eth0", { cidr: "10.205.0.2/24", dad: false });
    links.waitRunning("host", host.name, 5000);
    // A neighbour that was not found is asked for again within a second: one request alone may be lost.
    const answers = () => {
      const ping = new Deno.Command("nsenter", {
        args: [`--net=${pod.path}`, "ping", "-c3", "-W1", "10.205.0.1"],
        stdout: "null",
        stderr: "null",
      });
      return ping.outputSync().success;
    };
    withDatabase((database) => {
      const firewall = createFirewall(fakeContext(database));
      firewall.addMacCheck(host.name, peer.mac);
      assertEquals(answers(), true);
      links.set("container", "eth0", { mac: "02:00:00:00:00:99" });
      assertEquals(answers(), false);
      firewall.release();
      assertEquals(answers(), true);
    });
  } finally {
    links.delete("host", bridge);
  }
});

/** Runs with a firewall of its own, and releases it. */
async function withFirewall(body: (firewall: ReturnType<typeof createFirewall>) => Promise<void>): Promise<void> {
  const parent = Deno.makeTempDirSync({ prefix: "cnidaria-traffic-" });
  const database = openDatabase(`${parent}/state`);
  const firewall = createFirewall(fakeContext(database));
  try {
    await body(firewall);
  } finally {
    firewall.release();
    database.close();
    Deno.removeSync(parent, { recursive: true });
  }
}

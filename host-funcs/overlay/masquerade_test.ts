import { assert, assertEquals, assertThrows } from "@std/assert";
import { HostCallError } from "../error.ts";
import { createAddresses } from "../addresses/mod.ts";
import { createLinks } from "../links/mod.ts";
import { createRoutes } from "../routes/mod.ts";
import { Nft } from "../sys/libnftables.ts";
import { networkTest, TestContext } from "../test_context.ts";
import { setOverlayMasquerade } from "./masquerade.ts";

const WANTED = { network: "10.192.0.0/12", subnet: "10.193.0.0/24" };
const WANTED6 = { network: "fd00:192::/32", subnet: "fd00:192:0:1::/64" };
const TABLE = "inet cnidaria-overlay";

/** Runs without the overlay's table, before and after. */
async function withNft(body: (nft: Nft) => void | Promise<void>): Promise<void> {
  const nft = Nft.open();
  try {
    await body(nft);
  } finally {
    nft.run(`delete table ${TABLE}`);
    nft.close();
  }
}

networkTest("the masquerade is written once, and again where someone has changed it", () =>
  withNft((nft) => {
    for (
      const [family, wanted, chain] of [["ipv4", WANTED, "postrouting4"], ["ipv6", WANTED6, "postrouting6"]] as const
    ) {
      assertEquals(setOverlayMasquerade(nft, family, wanted), true);
      const list = () => {
        const answer = nft.run(`list chain ${TABLE} ${chain}`);
        return answer.ok ? answer.output : answer.error;
      };
      const written = list();
      assertEquals(setOverlayMasquerade(nft, family, wanted), false);
      const damage = [
        `flush chain ${TABLE} ${chain}`,
        `insert rule ${TABLE} ${chain} accept`,
        `add rule ${TABLE} ${chain} return comment "4/4 of something else"`,
        `delete chain ${TABLE} ${chain}`,
        `delete table ${TABLE}`,
      ];
      for (const command of damage) {
        assert(nft.run(command).ok, command);
        assertEquals(setOverlayMasquerade(nft, family, wanted), true, command);
        assertEquals(list(), written, command);
      }
      assertEquals(setOverlayMasquerade(nft, family, { ...wanted, subnet: wanted.network }), true);
      assertEquals(setOverlayMasquerade(nft, family, wanted), true);
      assertEquals(setOverlayMasquerade(nft, family, undefined), true);
      assertEquals(setOverlayMasquerade(nft, family, undefined), false);
      assert(list().includes("No such file"));
    }
  }));

networkTest("a network that is none is refused, and changes nothing", () =>
  withNft((nft) => {
    for (const network of ["10.0.0.0", "fd00::/8", "10.0.0.0/8 accept; flush ruleset"]) {
      const wanted = { ...WANTED, network };
      assertThrows(() => setOverlayMasquerade(nft, "ipv4", wanted), HostCallError, "as it is no network of ipv4");
    }
    assertEquals(nft.run(`list table ${TABLE}`).ok, false);
  }));

const PORT = 7997;

/** Tells whoever connects which address it is seen with. */
const SERVER = `
  const listener = Deno.listen({ hostname: "0.0.0.0", port: ${PORT} });
  Deno.stdout.writeSync(new TextEncoder().encode("listening"));
  for await (const connection of listener) {
    await connection.write(new TextEncoder().encode(connection.remoteAddr.hostname));
    connection.close();
  }`;
const CLIENT = `
  const connection = await Deno.connect({ hostname: Deno.args[0], port: ${PORT} });
  const bytes = new Uint8Array(64);
  const length = await connection.read(bytes);
  Deno.stdout.writeSync(bytes.subarray(0, length));
  connection.close();`;

/** A namespace that the node leads to, with an address next to the node's own. */
class Place {
  readonly #context = new TestContext();
  readonly #server: Deno.ChildProcess;

  constructor(readonly address: string, readonly node: string) {
    const context = this.#context;
    const links = createLinks(context);
    const { host } = links.createVeth({ peerNs: "container", peerName: "eth0" });
    links.set("host", host.name, { up: true });
    links.set("container", "eth0", { up: true });
    createAddresses(context).add("host", host.name, { cidr: `${node}/24`, dad: false });
    createAddresses(context).add("container", "eth0", { cidr: `${address}/24`, dad: false });
    createRoutes(context).add("container", { dst: "0.0.0.0/0", gateway: node, link: "eth0", onlink: false });
    this.#server = new Deno.Command("nsenter", { args: this.#argsOf(SERVER), stdout: "piped" }).spawn();
  }

  async listening(): Promise<void> {
    const reader = this.#server.stdout.getReader();
    await reader.read();
    reader.releaseLock();
  }

  /** With which address another place sees this one. */
  async seenBy(other: Place): Promise<string> {
    const { stdout } = await new Deno.Command("nsenter", { args: [...this.#argsOf(CLIENT), other.address] }).output();
    return new TextDecoder().decode(stdout);
  }

  async close(): Promise<void> {
    this.#server.kill();
    await this.#server.stdout.cancel();
    await this.#server.status;
    this.#context.close();
  }

  #argsOf(program: string): string[] {
    return [`--net=${this.#context.path}`, Deno.execPath(), "eval", program];
  }
}

networkTest("who sees whom: pods are themselves to pods, and the node to everybody else", async () => {
  Deno.writeTextFileSync("/proc/sys/net/ipv4/ip_forward", "1");
  const pod = new Place("10.193.0.2", "10.193.0.1");
  const remote = new Place("10.194.0.2", "10.194.0.1");
  const outside = new Place("198.51.100.2", "198.51.100.1");
  try {
    await Promise.all([pod, remote, outside].map((place) => place.listening()));
    await withNft(async (nft) => {
      setOverlayMasquerade(nft, "ipv4", WANTED);
      const seen = {
        "pod by pod": await pod.seenBy(remote),
        "pod by outside": await pod.seenBy(outside),
        "outside by this node's pod": await outside.seenBy(pod),
        "outside by another node's pod": await outside.seenBy(remote),
      };
      assertEquals(seen, {
        "pod by pod": pod.address,
        "pod by outside": outside.node,
        "outside by this node's pod": outside.address,
        "outside by another node's pod": remote.node,
      });
    });
    assertEquals(await pod.seenBy(outside), pod.address);
  } finally {
    for (const place of [pod, remote, outside]) await place.close();
  }
});

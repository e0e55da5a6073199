// A round of looks at many attachments: how often it reads, and that nothing which is old in it is believed.

import { assert, assertEquals } from "@std/assert";
import type { Change } from "../../host-funcs/change.ts";
import { createAddresses } from "../../host-funcs/addresses/mod.ts";
import type { HostContext } from "../../host-funcs/context.ts";
import { createFirewall } from "../../host-funcs/firewall/mod.ts";
import { packetFilter } from "../../host-funcs/firewall/packet_filter.ts";
import { createLinks } from "../../host-funcs/links/mod.ts";
import { createNeighbors } from "../../host-funcs/neighbors/mod.ts";
import { createRoutes } from "../../host-funcs/routes/mod.ts";
import { putAttachment } from "../../host-funcs/state/attachments.ts";
import type { Database } from "../../host-funcs/state/database.ts";
import { withDatabase } from "../../host-funcs/state/testing.ts";
import type { RouteNetlink } from "../../host-funcs/sys/netlink_socket.ts";
import { createSysctl } from "../../host-funcs/sysctl/mod.ts";
import { networkTest, type TestContext } from "../../host-funcs/test_context.ts";
import { compare, compareInRound, expectedOf, Round } from "./compare.ts";
import { attachmentIn, type LedgerAttachment } from "./ledger_attachments.ts";

const SHARED_KEY = "net/ipv4/conf/default/rp_filter";

/** Attachments that have something of every sort on the host; all share one container. */
class Pods {
  readonly all: { context: HostContext; attachment: LedgerAttachment; link: string }[] = [];
  /** Lists of the host that were read, and lists of the ledger. */
  readonly reads = { kernel: 0, ledger: 0 };
  readonly bridge: string;

  constructor(readonly network: TestContext, readonly database: Database) {
    this.bridge = `b${network.unique}`;
    createLinks(network).ensureBridge(this.bridge, { vlanFiltering: false, defaultVlan: true });
    const all = database.all.bind(database);
    database.all = (sql, ...values) => {
      if (/FROM attachments ORDER/.test(sql)) this.reads.ledger++;
      return all(sql, ...values);
    };
  }

  /** Makes another. */
  add(): void {
    const number = this.all.length + 1;
    const changes: Change[] = [];
    const context = this.#contextOf(`c${number}`, changes);
    const { host: { name: link } } = createLinks(context).createVeth({
      peerNs: "container",
      peerName: `eth${number}`,
      master: this.bridge,
    });
    createLinks(context).set("host", link, { up: true });
    createAddresses(context).add("host", link, { cidr: `10.8.${number}.1/24`, dad: false });
    createRoutes(context).add("host", { dst: `10.9.${number}.0/24`, link, onlink: false });
    const mac = `02:00:00:00:00:${String(number).padStart(2, "0")}`;
    const neighbors = createNeighbors(context);
    neighbors.set("host", { address: `10.8.${number}.9`, mac, link, permanent: true });
    neighbors.fdbSet({ link, mac });
    createFirewall(context).addMasquerade({ source: `10.8.${number}.9`, local: ["10.8.0.0/16"] });
    createSysctl(context).set("host", SHARED_KEY, "1");
    const row = {
      ...context.attachment,
      plugin: "bridge",
      netnsPath: "",
      netnsId: "",
      bootId: "",
      config: "{}",
      args: "",
      result: "{}",
      changes: JSON.stringify(changes),
      createdAt: number,
      runtime: "",
      callKey: "",
    };
    putAttachment(this.database, row);
    this.all.push({ context, attachment: attachmentIn(this.database, context.attachment)!, link });
  }

  /** What the looks of a round find, and how often they read. */
  look(round: Round): { found: string[]; kernel: number; ledger: number } {
    Object.assign(this.reads, { kernel: 0, ledger: 0 });
    const found = this.all.flatMap(({ context, attachment }) =>
      compareInRound(context, attachment, expectedOf(attachment), round).map(({ text }) => text)
    );
    return { found, ...this.reads };
  }

  remove(): void {
    for (const { context, link } of this.all) {
      createFirewall(context).release();
      createLinks(context).delete("host", link);
    }
    createLinks(this.network).delete("host", this.bridge);
  }

  #contextOf(containerId: string, changes: Change[]): HostContext {
    const { network, database } = this;
    return {
      attachment: { network: "net", containerId, ifname: "eth0" },
      args: [],
      config: {},
      namespace: (ns) => network.namespace(ns),
      netlink: (ns) => ns === "host" ? this.#counted(network.netlink(ns)) : network.netlink(ns),
      database: () => database,
      record: (change) => void changes.push(change),
      log: () => {},
    };
  }

  #counted(netlink: RouteNetlink): RouteNetlink {
    return {
      request: (message) => netlink.request(message),
      batch: (messages) => netlink.batch(messages),
      query: (message) => netlink.query(message),
      dump: (message) => {
        this.reads.kernel++;
        return netlink.dump(message);
      },
    };
  }
}

/** A test with some pods. */
function podsTest(name: string, count: number, body: (pods: Pods) => void): void {
  networkTest(name, (network) =>
    withDatabase((database) => {
      const pods = new Pods(network, database);
      const filter = packetFilter();
      const { countRules } = filter;
      filter.countRules = (family, chain) => {
        pods.reads.kernel++;
        return countRules(family, chain);
      };
      try {
        for (let made = 0; made < count; made++) pods.add();
        body(pods);
      } finally {
        filter.countRules = countRules;
        pods.remove();
      }
    }));
}

podsTest("a round reads as often for nine attachments as for three", 3, (pods) => {
  const three = pods.look(new Round());
  assertEquals([three.found, three.ledger], [[], 0]);
  assert(three.kernel > 0);
  for (let more = 0; more < 6; more++) pods.add();
  assertEquals(pods.look(new Round()), three);
});

podsTest("where something shared is as a later attachment wants it, the ledger is read once", 9, (pods) => {
  const last = pods.all.at(-1)!;
  createSysctl({ ...last.context, record: () => {} }).set("host", SHARED_KEY, "0");
  const row = last.attachment.rows[0];
  const changes = row.changes.replace('"value":"1"', '"value":"0"');
  putAttachment(pods.database, { ...row, changes });
  last.attachment = attachmentIn(pods.database, last.attachment.key)!;
  const { found, ledger } = pods.look(new Round());
  assertEquals([found, ledger], [[], 1]);
});

podsTest("what has come since the round has read the host is no difference", 2, (pods) => {
  const round = new Round();
  pods.look(round);
  pods.add();
  assertEquals(pods.look(round).found, []);
});

podsTest("what has gone since is found by the next round, and by a look without a round", 2, (pods) => {
  const round = new Round();
  pods.look(round);
  const { context, attachment } = pods.all[0]!;
  pods.network.command("host", "ip", ["route", "del", "10.9.1.0/24"]);
  assertEquals(pods.look(round).found, []);
  const { found } = pods.look(new Round());
  assertEquals(found.map((text) => text.replace(/ on \S+/, "")), ["route to 10.9.1.0/24 (host) is gone"]);
  assertEquals(compare(context, attachment, expectedOf(attachment)).map(({ text }) => text), found);
});

podsTest("every sort of thing on the host that is gone is found", 2, (pods) => {
  const { link } = pods.all[0]!;
  const run = (program: string, words: string) => pods.network.command("host", program, words.split(" "));
  run("ip", `neigh del 10.8.1.9 dev ${link}`);
  run("bridge", `fdb del 02:00:00:00:00:01 dev ${link} master`);
  run("ip", "route del 10.9.1.0/24");
  run("ip", `address del 10.8.1.1/24 dev ${link}`);
  run("ip", `link set ${link} nomaster`);
  run("nft", "flush chain inet cnidaria postrouting");
  const words = ["is a port of no bridge", "address 10.8.1.1/24", "route to", "neighbour", "forwarding entry"];
  const { found } = pods.look(new Round());
  for (const word of words) assertEquals(found.filter((text) => text.includes(word)).length, 1, `${word}: ${found}`);
  assertEquals(found.filter((text) => text.startsWith("masquerade of")).length, 2);
});

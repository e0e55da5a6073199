import { assertEquals } from "@std/assert";
import type { CniResult } from "cnidaria:cni/types@0.3.0";
import type { Change } from "../../host-funcs/change.ts";
import type { AttachmentKey, HostContext } from "../../host-funcs/context.ts";
import { putAttachment } from "../../host-funcs/state/attachments.ts";
import type { Database } from "../../host-funcs/state/database.ts";
import { withDatabase } from "../../host-funcs/state/testing.ts";
import { networkTest, type TestContext } from "../../host-funcs/test_context.ts";
import { compare, expectedOf } from "./compare.ts";
import { attachmentIn, attachmentsIn } from "./ledger_attachments.ts";

/** A row of the ledger. */
function put(
  database: Database,
  containerId: string,
  plugin: string,
  createdAt: number,
  changes: Change[],
  { network = "net", netnsId = "" } = {},
): void {
  const ifname = "eth0";
  const rest = { netnsPath: "", netnsId, bootId: "", config: "{}", args: "", result: "{}" };
  const row = {
    network,
    containerId,
    ifname,
    plugin,
    ...rest,
    createdAt,
    changes: JSON.stringify(changes),
    runtime: "",
    callKey: "",
  };
  putAttachment(database, row as Parameters<typeof putAttachment>[1]);
}

const key = (containerId: string, network = "net") => ({ network, containerId, ifname: "eth0" });
const mtu = (value: number): Change => ({
  kind: "link-changed",
  ns: "container",
  name: "eth0",
  before: {},
  after: { mtu: value },
});
const forward = (ns: "host" | "container", value: string): Change => ({
  kind: "sysctl-set",
  ns,
  key: "net/ipv4/conf/default/rp_filter",
  before: "",
  value,
});

Deno.test("what a later plugin of the attachment set counts, in whatever order the rows come", () =>
  withDatabase((database) => {
    put(database, "c1", "z", 1, [mtu(1500)]);
    put(database, "c1", "a", 2, [mtu(1400)]);
    const attachment = attachmentIn(database, key("c1"))!;
    assertEquals(expectedOf(attachment), [mtu(1400)]);
    const result = { interfaces: [{ name: "eth0", mac: "", mtu: 1300, sandbox: { tag: "container" } }] };
    assertEquals(expectedOf(attachment, result as unknown as CniResult), [mtu(1300)]);
  }));

Deno.test("attachmentsIn() selects by network, the beginning of the id, and interface", () =>
  withDatabase((database) => {
    for (const [at, id] of ["abc", "abd", "x"].entries()) put(database, id, "bridge", 9 - at, []);
    const ids = (selection: Parameters<typeof attachmentsIn>[1]) =>
      attachmentsIn(database, selection).map((it) => it.key.containerId);
    assertEquals(ids({}), ["x", "abd", "abc"]);
    assertEquals([ids({ containerId: "ab" }), ids({ containerId: "abc" })], [["abd", "abc"], ["abc"]]);
    assertEquals([ids({ ifname: "eth1" }), ids({ network: "other" })], [[], []]);
  }));

/** The texts of what differs, of one attachment. */
function foundIn(network: TestContext, database: Database, attachmentKey: AttachmentKey): string[] {
  const context: HostContext = {
    attachment: attachmentKey,
    args: [],
    config: {},
    namespace: (ns) => network.namespace(ns),
    netlink: (ns) => network.netlink(ns),
    database: () => database,
    record: () => {},
    log: () => {},
  };
  const attachment = attachmentIn(database, attachmentKey)!;
  return compare(context, attachment, expectedOf(attachment)).map(({ text }) => text);
}

networkTest("what a later attachment set on the host is no difference, in another container it is one", (network) => {
  withDatabase((database) => {
    put(database, "c1", "bridge", 1, [forward("host", "7"), forward("container", "1")]);
    put(database, "c2", "bridge", 2, [forward("host", "0"), forward("container", "0")]);
    for (const ns of ["host", "container"] as const) {
      network.command(ns, "sysctl", ["-qw", "net.ipv4.conf.default.rp_filter=0"]);
    }
    const found = (containerId: string) => foundIn(network, database, key(containerId));
    assertEquals(found("c1"), ["net/ipv4/conf/default/rp_filter (container) is 0, not 1"]);
    assertEquals(found("c2"), []);
    put(database, "c2", "bridge", 2, [forward("host", "2")]);
    assertEquals(found("c1").length, 2, "neither wants it so");
    put(database, "c2", "bridge", 0, [forward("host", "0")]);
    assertEquals(found("c1").length, 2, "an earlier one is no reason");
  });
});

networkTest("of two attachments of one container the later says what a parameter is to be", (network) => {
  withDatabase((database) => {
    const at = (name: string, createdAt: number, value: string, netnsId = "0:4:7") =>
      put(database, "c1", "tuning", createdAt, [forward("container", value)], { network: name, netnsId });
    const found = () => ["a", "b"].map((name) => foundIn(network, database, key("c1", name)).length);
    const set = (value: string) =>
      network.command("container", "sysctl", ["-qw", `net.ipv4.conf.default.rp_filter=${value}`]);
    at("a", 1, "1");
    at("b", 2, "2");
    set("2");
    assertEquals(found(), [0, 0]);
    set("1");
    assertEquals(found(), [0, 1], "it is put back to what the later one set");
    set("0");
    assertEquals(found(), [1, 1], "neither wants it so");
    set("2");
    at("b", 2, "2", "0:4:8");
    assertEquals(found(), [1, 0], "another container's is no reason");
  });
});

import { assertEquals } from "@std/assert";
import type { Change } from "../../host-funcs/change.ts";
import { putAttachment } from "../../host-funcs/state/attachments.ts";
import type { Database } from "../../host-funcs/state/database.ts";
import { withDatabase } from "../../host-funcs/state/testing.ts";
import { bootId } from "../../host-funcs/sys/identity.ts";
import { handDown } from "./hand_down.ts";
import { Journal } from "./journal.ts";
import { readEntry, removeEntry } from "./ledger.ts";

const bridge: Change = { kind: "link-created", ns: "host", name: "cni0", linkKind: "bridge", mac: "02:00:00:00:00:01" };
const up: Change = { kind: "link-changed", ns: "host", name: "cni0", before: {}, after: { up: true } };
const gateway: Change = { kind: "address-added", ns: "host", link: "cni0", cidr: "10.0.0.1/24" };
const forward: Change = { kind: "sysctl-set", ns: "host", key: "net/ipv4/ip_forward", before: "0", value: "1" };
const port = (name: string, master: string): Change => ({
  kind: "link-created",
  ns: "host",
  name,
  linkKind: "veth",
  master,
  peer: { ns: "container", name: "eth0" },
});

const key = (containerId: string) => ({ network: "net", containerId, ifname: "eth0" });

/** `netns` empty: nothing tells that it is gone. */
function put(database: Database, containerId: string, createdAt: number, changes: Change[], boot = bootId()): void {
  const rest = { plugin: "bridge", netnsPath: "", netnsId: "", bootId: boot, config: "{}", args: "", result: "{}" };
  const row = { ...key(containerId), ...rest, createdAt, changes: JSON.stringify(changes), runtime: "", callKey: "" };
  putAttachment(database, row as Parameters<typeof putAttachment>[1]);
}

function goes(database: Database, containerId: string): void {
  handDown(database, readEntry(database, key(containerId), "bridge")!);
}

function changes(database: Database, containerId: string): readonly Change[] {
  return readEntry(database, key(containerId), "bridge")!.changes;
}

const first = [bridge, gateway, forward, port("veth1", "cni0")];

Deno.test("the bridge and its address go to a living pod on that bridge, before its own changes", () =>
  withDatabase((database) => {
    put(database, "first", 1, first);
    put(database, "elsewhere", 2, [port("veth2", "cni1")]);
    put(database, "dead", 3, [port("veth3", "cni0")], "an earlier boot");
    put(database, "heir", 4, [forward, port("veth4", "cni0")]);
    put(database, "later", 5, [port("veth5", "cni0")]);
    goes(database, "first");
    const given = [bridge, up, gateway, forward, port("veth4", "cni0")];
    assertEquals(changes(database, "heir"), given);
    for (const other of ["elsewhere", "dead", "later"]) assertEquals(changes(database, other).length, 1, other);
    goes(database, "first");
    assertEquals(changes(database, "heir"), given, "a second time there is nothing to give");
    removeEntry(database, key("first"), "bridge");
    goes(database, "heir");
    assertEquals(changes(database, "later").slice(0, 3), [bridge, up, gateway]);
  }));

Deno.test("a pod on which a call runs, or has died, is passed over", () =>
  withDatabase((database, stateDir) => {
    put(database, "first", 1, first);
    put(database, "busy", 2, [port("veth2", "cni0")]);
    put(database, "broken", 3, [port("veth3", "cni0")]);
    put(database, "heir", 4, [port("veth4", "cni0")]);
    const busy = Journal.open(stateDir, key("busy"), "bridge", 0);
    const broken = Journal.open(stateDir, key("broken"), "bridge", 0);
    broken.begin({ attachment: key("broken"), plugin: "bridge", netns: "", netnsId: "", bootId: "" });
    broken.append(gateway);
    broken.close();
    goes(database, "first");
    busy.finish();
    assertEquals(["busy", "broken", "heir"].map((id) => changes(database, id).length), [1, 1, 4]);
  }));

Deno.test("without another pod on the bridge nothing is given", () =>
  withDatabase((database) => {
    put(database, "first", 1, first);
    put(database, "second", 2, [port("veth2", "cni0")]);
    goes(database, "second");
    assertEquals(changes(database, "first"), first);
  }));

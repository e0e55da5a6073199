import { assertEquals } from "@std/assert";
import { elementsOf, putElement, removeElement } from "../firewall/elements.ts";
import { createLinks } from "../links/mod.ts";
import { Conntrack } from "../sys/conntrack.ts";
import { currentNamespace } from "../sys/namespace.ts";
import { Reading } from "../reading.ts";
import { portMapsDifferences, redoPortMapsChange } from "./drift.ts";
import { createPortMaps } from "./mod.ts";
import { type PortsContext, portsTest } from "./testing/with_ports.ts";
import { type PortMapsChange, undoPortMapsChange } from "./undo.ts";

const maps = (hostPort: number) => [{ protocol: "tcp" as const, hostPort, address: "10.77.0.5", containerPort: 80 }];
const hairpin = { networks: ["127.0.0.0/8", "10.77.0.0/24"], markBit: 13 };
const parameter = ({ bridge }: PortsContext) =>
  Deno.readTextFileSync(`/proc/sys/net/ipv4/conf/${bridge}/route_localnet`).trim();

portsTest("the link to the pod takes 127.0.0.0/8 for as long as a map needs it, and is guarded", (at, ruleset) => {
  const [a, b] = [at("a"), at("b")];
  a.connect();
  createPortMaps(a).add(maps(8080), hairpin);
  createPortMaps(b).add(maps(8081), hairpin);
  assertEquals([parameter(a), ruleset().includes(`elements = { "${a.bridge}" }`)], ["1", true]);
  createPortMaps(a).release();
  assertEquals([parameter(a), ruleset().includes(`elements = { "${a.bridge}" }`)], ["1", true]);
  createPortMaps(b).release();
  assertEquals([parameter(a), ruleset()], ["0", ""]);
});

portsTest("what comes from the link for 127.0.0.0/8 is dropped", (at, _, nft) => {
  const a = at();
  a.connect();
  createPortMaps(a).add(maps(8080), hairpin);
  // The pod has no 127.0.0.0/8 of its own, but a way to the node's.
  a.command("container", "ip", ["address", "delete", "127.0.0.1/8", "dev", "lo"]);
  a.command("container", "ip", ["route", "add", "127.0.0.9/32", "via", "10.77.0.1"]);
  const send = () => a.command("container", "bash", ["-c", "echo > /dev/udp/127.0.0.9/7777"]);
  const conntrack = new Conntrack(currentNamespace());
  const arrived = () => conntrack.list(2, 17).some(({ original }) => original.destination === "127.0.0.9");
  send();
  assertEquals(arrived(), false);
  // That it would arrive: the test sends what it means to.
  nft.run(`delete element inet cnidaria-ports localnet { ${a.bridge} }`);
  send();
  assertEquals(arrived(), true);
  conntrack.close();
});

portsTest("of two pods at once on one link, the second knows that the parameter is the first's", (at, _, nft) => {
  const [a, b] = [at("a"), at("b")];
  a.connect();
  createPortMaps(a).add(maps(8080), hairpin);
  // As long as the first is not done, others see the parameter, and no row; until they are the only writer themselves.
  const database = a.database();
  const row = elementsOf(database, a.attachment).find(({ kind }) => kind === "localnet")!;
  removeElement(database, a.attachment, row.kind, row.key);
  nft.run(`delete element inet cnidaria-ports localnet { ${a.bridge} }`);
  const transaction = database.transaction.bind(database);
  Object.assign(database, {
    transaction: (body: () => unknown) => {
      Object.assign(database, { transaction });
      putElement(database, a.attachment, row);
      return transaction(body);
    },
  });
  createPortMaps(b).add(maps(8081), hairpin);
  createPortMaps(a).release();
  assertEquals(parameter(a), "1");
  createPortMaps(b).release();
  assertEquals(parameter(a), "0");
});

portsTest("the parameter that a process has set which died over it is ours, by its guard", (at, ruleset) => {
  const [a, b] = [at("a"), at("b")];
  a.connect();
  createPortMaps(a).add(maps(8080), hairpin);
  // The kernel has what the state has not.
  a.database().run("DELETE FROM firewall_elements");
  createPortMaps(b).add(maps(8081), hairpin);
  // As the next call finds the journal of the first.
  undoPortMapsChange(a, a.changes[0] as PortMapsChange);
  assertEquals([parameter(a), ruleset().includes(`elements = { "${a.bridge}" }`)], ["1", true]);
  createPortMaps(b).release();
  assertEquals([parameter(a), ruleset()], ["0", ""]);
});

portsTest("a link that someone else has opened is neither guarded nor closed", (at, ruleset) => {
  const a = at();
  a.connect();
  Deno.writeTextFileSync(`/proc/sys/net/ipv4/conf/${a.bridge}/route_localnet`, "1");
  createPortMaps(a).add(maps(8080), hairpin);
  assertEquals(ruleset().includes(a.bridge), false);
  createPortMaps(a).release();
  assertEquals(parameter(a), "1");
});

portsTest("what an earlier boot had goes from the state, and links of the same names stay as they are", (at) => {
  for (const end of ["release", "undo"]) {
    const a = at(end);
    a.connect();
    createPortMaps(a).add(maps(8080), hairpin);
    const database = a.database();
    database.run("UPDATE firewall_elements SET value = '0 earlier' WHERE kind = 'localnet'");
    if (end === "undo") undoPortMapsChange(a, a.changes[0] as PortMapsChange, true);
    else createPortMaps(a).release();
    assertEquals([parameter(a), elementsOf(database, a.attachment)], ["1", []]);
    if (end === "undo") assertEquals(createLinks(a).get("host", `v${a.unique}`).port?.hairpin, true);
    a.command("host", "ip", ["link", "delete", a.bridge]);
  }
});

portsTest("of what an earlier boot says of a link nothing is taken for this one's", (at) => {
  const a = at();
  a.connect();
  const old = { network: "net", containerId: "old", ifname: "eth0" };
  putElement(a.database(), old, { kind: "localnet", key: a.bridge, value: "0 earlier" });
  Deno.writeTextFileSync(`/proc/sys/net/ipv4/conf/${a.bridge}/route_localnet`, "1");
  createPortMaps(a).add(maps(8080), hairpin);
  assertEquals(a.changes.some((change) => "localnet" in change), false);
});

portsTest("without 127.0.0.1 among the sources, nothing is opened", (at) => {
  const a = at();
  a.connect();
  createPortMaps(a).add(maps(8080), { ...hairpin, networks: ["10.77.0.0/24"] });
  createPortMaps(a).add(maps(8081), undefined);
  assertEquals(parameter(a), "0");
});

portsTest("the pod's port of a bridge sends to it what came from it", (at) => {
  const a = at();
  a.connect();
  const links = createLinks(a);
  createPortMaps(a).add(maps(8080), { ...hairpin, networks: ["10.78.0.0/24"] });
  assertEquals(links.get("host", `v${a.unique}`).port?.hairpin, false);
  createPortMaps(a).add(maps(8081), hairpin);
  assertEquals(links.get("host", `v${a.unique}`).port?.hairpin, true);
  const change = a.changes.at(-1) as PortMapsChange;
  links.set("host", `v${a.unique}`, { hairpin: false });
  assertEquals(portMapsDifferences(new Reading(a), change), [`hairpin mode of v${a.unique} is off, not on`]);
  redoPortMapsChange(a, change);
  assertEquals(portMapsDifferences(new Reading(a), change), []);
  undoPortMapsChange(a, change);
  assertEquals(links.get("host", `v${a.unique}`).port?.hairpin, false);
});

portsTest("a promiscuous bridge stays as it is, and the log says what follows", (at) => {
  const a = at();
  a.connect();
  createLinks(a).set("host", a.bridge, { promisc: true });
  createPortMaps(a).add(maps(8080), hairpin);
  assertEquals(createLinks(a).get("host", `v${a.unique}`).port?.hairpin, false);
  assertEquals(a.lines, [`warn: The pod cannot reach its own ports by the node: bridge ${a.bridge} is promiscuous`]);
});

import { assertEquals, assertThrows } from "@std/assert";
import { networkTest } from "../test_context.ts";
import { makeNode, run, UNDERLAY, vxlanNode } from "./testing.ts";
import { findUnderlay, presentDevices } from "./underlay.ts";

networkTest("findUnderlay() by link, by address, and by the default route", (context) => {
  const { close } = makeNode(context);
  const netlink = context.netlink("container");
  const expected = { link: UNDERLAY, mtu: 1500, publicIp: "192.168.7.1", onLink: ["192.168.7.0/24"] };
  assertEquals(findUnderlay(netlink, "ipv4", { link: UNDERLAY }), expected);
  assertEquals(findUnderlay(netlink, "ipv4", { address: "192.168.7.1" }), expected);
  assertThrows(
    () => findUnderlay(netlink, "ipv4"),
    Error,
    "Cannot find this node's IPv4 link to the other nodes as there is no IPv4 default route: name the link",
  );
  run(context, "ip route add default via 192.168.7.254", "ip -6 route add default via fd00:7::fe");
  assertEquals(findUnderlay(netlink, "ipv4"), expected);
  assertEquals(findUnderlay(netlink, "ipv6"), { ...expected, publicIp: "fd00:7::1", onLink: ["fd00:7::/64"] });
  close();
});

networkTest("findUnderlay() takes the preferred default route, its source, and all networks of the link", (context) => {
  const { close } = makeNode(context);
  const netlink = context.netlink("container");
  run(
    context,
    "ip link add up1 type bridge",
    "ip link set up1 mtu 1400 up",
    "ip address add 10.9.0.1/16 dev up1",
    "ip address add 10.8.0.1/16 dev up1",
    `ip route add default via 192.168.7.254 dev ${UNDERLAY} metric 200`,
    "ip route add default via 10.9.0.254 dev up1 src 10.8.0.1 metric 100",
  );
  const expected = { link: "up1", mtu: 1400, publicIp: "10.8.0.1", onLink: ["10.9.0.0/16", "10.8.0.0/16"] };
  assertEquals(findUnderlay(netlink, "ipv4"), expected);
  run(context, "ip route del default metric 100");
  run(context, "ip route add default metric 50 nexthop via 10.9.0.254 dev up1 nexthop via 10.9.0.253 dev up1");
  assertEquals(findUnderlay(netlink, "ipv4").publicIp, "10.9.0.1");
  close();
});

networkTest("findUnderlay() says what is missing", (context) => {
  const { close } = makeNode(context);
  const netlink = context.netlink("container");
  run(context, "ip link add bare type bridge");
  const cases = [
    [{ link: "eth9" }, "as there is no link eth9: the node has lo, up0, bare"],
    [{ link: "bare" }, "as bare is down: set it up"],
    [{ address: "192.168.7.2" }, "as no link has the address 192.168.7.2: the node has 192.168.7.1"],
    [{ address: "fd00:7::1" }, 'as "fd00:7::1" is no IPv4 address'],
    [{ link: UNDERLAY, address: "10.0.0.1" }, "as up0 has no address 10.0.0.1"],
  ] as const;
  for (const [choice, words] of cases) assertThrows(() => findUnderlay(netlink, "ipv4", choice), Error, words);
  run(context, "ip link set bare up");
  assertThrows(() => findUnderlay(netlink, "ipv4", { link: "bare" }), Error, "as bare has no IPv4 address: add one");
  close();
});

networkTest("presentDevices() lists VXLAN devices alone", (context) => {
  const { overlay, close } = makeNode(context);
  assertEquals(presentDevices(context.netlink("container")), []);
  overlay.setNode("ipv4", vxlanNode());
  assertEquals(presentDevices(context.netlink("container")), [{ name: "flannel.1", mac: "02:aa:00:00:00:01" }]);
  close();
});

// Scripts about what lies on links: addresses, routes and rules, neighbours, parameters.

import type * as Routes from "cnidaria:cni/routes@0.3.0";
import type * as Rules from "cnidaria:cni/rules@0.3.0";
import { bridge, listRoutes, pair, type Script, type Step, up } from "./script.ts";

const add = (cidr: string): Step => ({ addresses }) => addresses.add("container", "eth0", { cidr, dad: false });
const route = (value: Partial<Routes.Route>): Routes.Route => ({ dst: "10.9.0.0/16", onlink: false, ...value });
const addRoute = (value: Partial<Routes.Route>): Step => ({ routes }) => routes.add("container", route(value));
const rule = (value: Partial<Rules.Rule>): Rules.Rule => ({ family: "ipv4", table: 100, more: false, ...value });
const addRule = (value: Partial<Rules.Rule>): Step => ({ rules }) => rules.add("container", rule(value));
const removeRule = (value: Partial<Rules.Rule>): Step => ({ rules }) => rules.remove("container", rule(value));
/** In order: `run` sorts lists. */
const listRules: Step = ({ rules }) => JSON.stringify(rules.list("container"));

export const networkScripts: Record<string, Script> = {
  "addresses, and the routes that come and go with them": {
    steps: [
      pair,
      add("10.1.0.5/16"),
      listRoutes,
      up,
      listRoutes,
      add("10.1.0.5/16"),
      add("10.2.0.7/32"),
      add("fd00::5/64"),
      add("fd00:1::9/128"),
      listRoutes,
      ({ addresses }) => addresses.list("container", "eth0"),
      ({ addresses }) => addresses.remove("container", "eth0", "10.1.0.5/16"),
      ({ addresses }) => addresses.remove("container", "eth0", "10.1.0.5/16"),
      ({ addresses }) => addresses.settle("container", "eth0", 5_000),
      listRoutes,
      ({ links }) => links.set("container", "eth0", { up: false }),
      listRoutes,
    ],
  },
  "routes that the kernel takes": {
    given: [pair, up, add("10.1.0.5/16"), add("fd00::5/64")],
    steps: [
      addRoute({ dst: "0.0.0.0/0", gateway: "10.1.0.1" }),
      addRoute({ dst: "::/0", gateway: "fd00::1", link: "eth0" }),
      addRoute({ link: "eth0", scope: 253, source: "10.1.0.5" }),
      addRoute({ link: "eth0", scope: 253, dst: "fd09::/64" }),
      addRoute({ link: "eth0", priority: 7, mtu: 1300, advmss: 1200 }),
      addRoute({ gateway: "172.31.0.1", link: "eth0", onlink: true, table: 1000 }),
      addRoute({ gateway: "10.1.0.5", dst: "10.77.0.0/16" }),
      addRoute({ link: "eth0" }),
      listRoutes,
      ({ routes }) => routes.list("container", 1000),
      ({ routes }) => routes.remove("container", route({ dst: "10.1.0.0/16", link: "eth0" })),
      ({ routes }) => routes.remove("container", route({ link: "eth0", priority: 7 })),
      ({ routes }) => routes.remove("container", route({ dst: "10.98.0.0/16", link: "eth0" })),
      listRoutes,
    ],
  },
  "routes that the kernel refuses": {
    given: [pair, add("10.1.0.5/16"), add("fd00::5/64")],
    steps: [
      addRoute({ link: "eth0" }),
      addRoute({ link: "eth0", dst: "fd09::/64" }),
      addRoute({ link: "eth0", gateway: "10.1.0.1" }),
      addRoute({ link: "eth0", gateway: "10.1.0.1", onlink: true }),
      up,
      addRoute({ gateway: "10.8.0.1" }),
      addRoute({ gateway: "10.8.0.1", link: "eth0" }),
      addRoute({ dst: "fd09::/64", gateway: "fd08::1", link: "eth0" }),
      addRoute({ dst: "fd09::/64", gateway: "fd00::5", link: "eth0" }),
      addRoute({ link: "eth0", source: "10.7.0.1" }),
      addRoute({ link: "eth0", dst: "fd09::/64", source: "fd08::1" }),
      addRoute({ link: "nothere" }),
      addRoute({}),
    ],
  },
  "rules, and routes of their tables": {
    given: [pair, up, add("10.1.0.5/16"), add("fd00::5/64"), addRule({ source: "10.7.0.0/16", priority: 40 })],
    steps: [
      listRules,
      addRule({ source: "10.1.0.5/32" }),
      addRule({ source: "10.1.0.5/32" }),
      addRule({ source: "10.1.0.5/32", priority: 7 }),
      addRule({ source: "10.1.0.5/32", priority: 7 }),
      addRule({ source: "10.1.0.6/32", table: 1000 }),
      addRule({ family: "ipv6", source: "FD00::5/128" }),
      addRule({ destination: "10.9.7.7/16", incoming: "eth0", mark: { value: 1, mask: 255 }, priority: 0 }),
      addRule({ incoming: "eth9", mark: { value: 0, mask: 1 }, table: 4294967295 }),
      addRule({ family: "ipv6" }),
      listRules,
      addRoute({ dst: "0.0.0.0/0", gateway: "10.1.0.1", table: 100 }),
      addRoute({ dst: "::/0", gateway: "fd00::1", link: "eth0", table: 1000 }),
      ({ routes }) => routes.listAll("container"),
      removeRule({ source: "10.1.0.5/32" }),
      removeRule({ source: "10.1.0.5/32", priority: 7 }),
      removeRule({ source: "10.1.0.5/32", priority: 7 }),
      removeRule({ source: "10.7.0.0/16", table: 1000 }),
      removeRule({ source: "10.7.0.0/16" }),
      addRule({ source: "10.1.0.5/32", priority: 50 }),
      addRule({ priority: 50 }),
      removeRule({ priority: 50 }),
      listRules,
    ],
  },
  "rules that make no sense": {
    steps: [
      addRule({ source: "10.1.0.5" }),
      addRule({ family: "ipv6", source: "10.1.0.5/32" }),
      addRule({ incoming: "a/b" }),
      addRule({ table: 0 }),
      addRule({ more: true }),
      addRule({ mark: { value: 2, mask: 1 } }),
      addRule({ mark: { value: 0, mask: 0 } }),
    ],
  },
  "neighbours and forwarding entries": {
    given: [bridge, pair, up],
    steps: [
      ({ links }, u) => links.set("host", `v${u}`, { master: `b${u}` }),
      ({ neighbors }) =>
        neighbors.set("container", { address: "10.1.0.1", mac: "0a:00:00:00:00:03", link: "eth0", permanent: true }),
      ({ neighbors }) =>
        neighbors.set("container", { address: "10.1.0.1", mac: "0a:00:00:00:00:04", link: "eth0", permanent: true }),
      // The kernel adds those of its own multicast groups when it gets to it.
      ({ neighbors }) => neighbors.list("container", "eth0").filter(({ permanent }) => permanent),
      ({ neighbors }) => neighbors.remove("container", "eth0", "10.1.0.1"),
      ({ neighbors }) => neighbors.remove("container", "eth0", "10.1.0.1"),
      ({ neighbors }, u) => neighbors.fdbSet({ mac: "0a:00:00:00:00:05", link: `v${u}` }),
      ({ neighbors }, u) => neighbors.fdbSet({ mac: "0a:00:00:00:00:05", link: `v${u}` }),
      ({ neighbors }, u) => neighbors.fdbList(`v${u}`).filter(({ mac }) => mac.startsWith("0a:00:")),
      ({ neighbors }, u) => neighbors.fdbRemove({ mac: "0a:00:00:00:00:05", link: `v${u}` }),
      ({ neighbors }, u) => neighbors.fdbRemove({ mac: "0a:00:00:00:00:05", link: `v${u}` }),
    ],
  },
  "kernel parameters": {
    steps: [
      pair,
      ({ sysctl }) => sysctl.get("container", "net/ipv6/conf/eth0/accept_dad"),
      ({ sysctl }) => sysctl.set("container", "net/ipv6/conf/eth0/accept_dad", "0"),
      ({ sysctl }) => sysctl.get("container", "net/ipv6/conf/eth0/accept_dad"),
      ({ sysctl }) => sysctl.get("container", "net/ipv6/conf/default/accept_dad"),
      ({ sysctl }) => sysctl.set("container", "net/ipv4/conf/eth1/proxy_arp", "1"),
      ({ sysctl }) => sysctl.set("container", "net/ipv4/ip_forward", "1"),
      ({ sysctl }) => sysctl.get("container", "net/ipv4/ip_forward"),
      ({ sysctl }) => sysctl.get("host", "net/core/somaxconn"),
      ({ sysctl }) =>
        sysctl.setAll("container", [
          { key: "net/ipv4/ip_forward", value: "1" },
          { key: "net/ipv4/ping_group_range", value: "0 1000" },
          { key: "net/ipv6/conf/eth0/hop_limit", value: "33" },
        ]),
      ({ sysctl }) => sysctl.get("container", "net/ipv6/conf/eth0/hop_limit"),
      ({ sysctl }) =>
        sysctl.setAll("container", [
          { key: "net/ipv6/conf/eth0/hop_limit", value: "34" },
          { key: "net/ipv6/conf/eth9/hop_limit", value: "34" },
        ]),
      ({ sysctl }) => sysctl.get("container", "net/ipv6/conf/eth0/hop_limit"),
    ],
  },
  "an announcement": {
    given: [pair, up, add("10.1.0.5/16")],
    steps: [
      ({ neighbors }) => neighbors.announce("container", "eth0", "10.1.0.5"),
      ({ sysctl }) => sysctl.get("container", "net/ipv4/conf/eth0/arp_notify"),
      ({ links }) => links.set("container", "eth0", { up: false }),
      ({ neighbors }) => neighbors.announce("container", "eth0", "10.1.0.5"),
    ],
  },
};

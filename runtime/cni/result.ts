// Success results in the JSON of any version of the specification, from and to the one typed form (1.1.0) that the
// contract has. Older versions lack keys: what they cannot say is left out.

import type { CniResult, Dns, ResultInterface, ResultIp, ResultRoute } from "cnidaria:cni/types@0.3.0";
import { CniFailure } from "./failure.ts";
import { Fields } from "./json_fields.ts";
import { type CniVersion, isAtLeast } from "./version.ts";

type Json = Record<string, unknown>;

/**
 * The JSON object of a result.
 *
 * @param version of the configuration
 * @param netns CNI_NETNS: the `sandbox` of what lies in the container
 * @throws {CniFailure} `invalidConfig` if the version cannot express the result: 0.1.0 and 0.2.0 need an address
 */
export function resultToJson(result: CniResult, version: CniVersion, netns: string): Json {
  if (!isAtLeast(version, "0.3.0")) return legacyToJson(result, version);
  const full = isAtLeast(version, "1.1.0");
  const json: Json = { cniVersion: version };
  if (result.interfaces.length > 0) {
    json["interfaces"] = result.interfaces.map((it) => interfaceToJson(it, full, netns));
  }
  if (result.ips.length > 0) json["ips"] = result.ips.map((ip) => ipToJson(ip, version));
  if (result.routes.length > 0) json["routes"] = result.routes.map((route) => routeToJson(route, full));
  const dns = dnsToJson(result.dns);
  if (Object.keys(dns).length > 0) json["dns"] = dns;
  return json;
}

/** An object with those of the entries that have a value. */
function present(entries: Json): Json {
  return Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined));
}

function interfaceToJson(it: ResultInterface, full: boolean, netns: string): Json {
  const { name, mac, mtu, sandbox, socketPath, pciId } = it;
  const place = sandbox.tag === "host" ? undefined : sandbox.tag === "container" ? netns : sandbox.val;
  return present({ name, mac, ...(full && { mtu }), sandbox: place, ...(full && { socketPath, pciID: pciId }) });
}

function ipToJson(ip: ResultIp, version: CniVersion): Json {
  const family = isAtLeast(version, "1.0.0") ? undefined : isIpv6(ip.address) ? "6" : "4";
  return present({ version: family, interface: ip.interface, address: ip.address, gateway: ip.gateway });
}

function routeToJson(route: ResultRoute, full: boolean): Json {
  const { dst, gw, mtu, advmss, priority, table, scope } = route;
  return present({ dst, gw, ...(full && { mtu, advmss, priority, table, scope }) });
}

function dnsToJson(dns: Dns): Json {
  return present({
    nameservers: dns.nameservers.length > 0 ? dns.nameservers : undefined,
    domain: dns.domain === "" ? undefined : dns.domain,
    search: dns.search.length > 0 ? dns.search : undefined,
    options: dns.options.length > 0 ? dns.options : undefined,
  });
}

/** 0.1.0 and 0.2.0: the first address of each family, with the routes of that family. */
function legacyToJson(result: CniResult, version: CniVersion): Json {
  const family = (six: boolean): Json | undefined => {
    const ip = result.ips.find((ip) => isIpv6(ip.address) === six);
    if (ip === undefined) return undefined;
    const routes = result.routes.filter((route) => isIpv6(route.dst) === six).map((route) => routeToJson(route, false));
    return present({ ip: ip.address, gateway: ip.gateway, routes: routes.length > 0 ? routes : undefined });
  };
  const ip4 = family(false);
  const ip6 = family(true);
  if (ip4 === undefined && ip6 === undefined) {
    throw new CniFailure(
      "invalidConfig",
      `Cannot answer in cniVersion ${version} as the attachment has no address, which that version cannot express`,
      "set cniVersion to 0.3.1 or newer",
    );
  }
  const dns = dnsToJson(result.dns);
  return present({ cniVersion: version, ip4, ip6, dns: Object.keys(dns).length > 0 ? dns : undefined });
}

/**
 * Parses a result of any version.
 *
 * @param json a prevResult, or what an executable plugin wrote
 * @param netns CNI_NETNS: that `sandbox` becomes `container`
 * @param name what messages call it
 * @throws {CniFailure} `invalidConfig`, naming the key and what was expected
 */
export function resultFromJson(json: unknown, netns: string, name = "result"): CniResult {
  const from = new Fields(json, name);
  if (from.has("ip4") || from.has("ip6")) return legacyFromJson(from);
  return {
    interfaces: from.objects("interfaces").map((it) => interfaceFromJson(it, netns)),
    ips: from.objects("ips").map(ipFromJson),
    routes: from.objects("routes").map(routeFromJson),
    dns: dnsFromJson(from.object("dns")),
  };
}

function legacyFromJson(from: Fields): CniResult {
  const families = [from.object("ip4"), from.object("ip6")].filter((family) => family !== undefined);
  return {
    interfaces: [],
    ips: families.map((family) => ({
      address: family.cidr("ip"),
      ...given("gateway", family.text("gateway")),
    })),
    routes: families.flatMap((family) => family.objects("routes").map(routeFromJson)),
    dns: dnsFromJson(from.object("dns")),
  };
}

function interfaceFromJson(from: Fields, netns: string): ResultInterface {
  const sandbox = from.text("sandbox");
  return {
    name: from.required("name"),
    ...given("mac", from.text("mac")),
    ...given("mtu", from.number("mtu")),
    sandbox: sandbox === undefined
      ? { tag: "host" }
      : sandbox === netns
      ? { tag: "container" }
      : { tag: "other", val: sandbox },
    ...given("socketPath", from.text("socketPath")),
    ...given("pciId", from.text("pciID")),
  };
}

function ipFromJson(from: Fields): ResultIp {
  return {
    address: from.cidr("address"),
    ...given("gateway", from.text("gateway")),
    ...given("interface", from.number("interface")),
  };
}

function routeFromJson(from: Fields): ResultRoute {
  return {
    dst: from.cidr("dst"),
    ...given("gw", from.text("gw")),
    ...given("mtu", from.number("mtu")),
    ...given("advmss", from.number("advmss")),
    ...given("priority", from.number("priority")),
    ...given("table", from.number("table")),
    ...given("scope", from.number("scope")),
  };
}

function dnsFromJson(from: Fields | undefined): Dns {
  return {
    nameservers: from?.texts("nameservers") ?? [],
    ...given("domain", from?.text("domain")),
    search: from?.texts("search") ?? [],
    options: from?.texts("options") ?? [],
  };
}

/** An object with the key if there is a value, else an empty one. */
function given<K extends string, V>(key: K, value: V | undefined): { [k in K]?: V } {
  return (value === undefined ? {} : { [key]: value }) as { [k in K]?: V };
}

function isIpv6(address: string): boolean {
  return address.includes(":");
}

import { assertEquals } from "@std/assert";
import type { Datatype } from "cnidaria:cni/nftables@0.3.0";
import { parseSpan, parseValue } from "./values.ts";

Deno.test("a value has one text, however it is written", () => {
  const cases: [Datatype, string, string][] = [
    ["ipv4-addr", "10.0.0.5", "10.0.0.5"],
    ["ipv4-addr", "10.0.0.5/32", "10.0.0.5"],
    ["ipv4-addr", "10.1.2.3/8", "10.0.0.0/8"],
    ["ipv4-addr", "10.0.0.0-10.255.255.255", "10.0.0.0/8"],
    ["ipv4-addr", "10.0.0.1-10.0.0.2", "10.0.0.1-10.0.0.2"],
    ["ipv4-addr", "0.0.0.0-255.255.255.255", "0.0.0.0/0"],
    ["ipv6-addr", "FD00:0:0::1", "fd00::1"],
    ["ipv6-addr", "fd00::1/60", "fd00::/60"],
    ["ipv6-addr", "::/0", "::/0"],
    ["ether-addr", "02:AB:00:00:00:01", "02:ab:00:00:00:01"],
    ["inet-proto", "6", "tcp"],
    ["inet-proto", "0-255", "0-255"],
    ["inet-service", "80-90", "80-90"],
    ["inet-service", "80-80", "80"],
    ["ifname", "eth0-1", "eth0-1"],
  ];
  assertEquals(cases.map(([type, text]) => parseSpan(type, text)?.text), cases.map(([, , canonical]) => canonical));
});

Deno.test("what is no value is refused, with all that nft would see in it", () => {
  const texts: [Datatype, string][] = [
    ["ipv4-addr", ""],
    ["ipv4-addr", "10.0.0.05"],
    ["ipv4-addr", "10.0.0"],
    ["ipv4-addr", "fd00::1"],
    ["ipv4-addr", "10.0.0.0/33"],
    ["ipv4-addr", "10.0.0.0/08"],
    ["ipv4-addr", "10.0.0.2-10.0.0.1"],
    ["ipv4-addr", "10.0.0.1 "],
    ["ipv4-addr", "10.0.0.1 }; flush ruleset"],
    ["ipv6-addr", "10.0.0.1"],
    ["ipv6-addr", "fe80::1%eth0"],
    ["ether-addr", "02:00:00:00:01"],
    ["ether-addr", "02:00:00:00:00:01-02:00:00:00:00:02"],
    ["inet-proto", "256"],
    ["inet-proto", "TCP"],
    ["inet-proto", "-1"],
    ["inet-service", "65536"],
    ["inet-service", "http"],
    ["inet-service", "0x50"],
    ["inet-service", "90-80"],
    ["ifname", ""],
    ["ifname", "abcdefghijklmnop"],
    ["ifname", "a/b"],
    ["ifname", 'a"b'],
    ["ifname", "a b"],
    ["ifname", "eth*"],
    ["ifname", ".."],
    ["ifname", "eth0\0"],
  ];
  assertEquals(texts.filter(([type, text]) => parseSpan(type, text) !== undefined), []);
});

Deno.test("a value is what the kernel has", () => {
  assertEquals(parseValue("ipv4-addr", "10.0.0.255")?.first, "\x0a\0\0\xff");
  assertEquals(parseValue("inet-service", "443")?.first, "\x01\xbb");
  assertEquals(parseValue("ifname", "eth0")?.first, `eth0${"\0".repeat(12)}`);
  assertEquals(parseSpan("ipv4-addr", "10.0.0.0/25")?.last, "\x0a\0\0\x7f");
});

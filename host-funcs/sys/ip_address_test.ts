import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { HostCallError } from "../error.ts";
import { formatAddress, networkOf, parseAddress, parseCidr } from "./ip_address.ts";

const { symbols: { inet_pton, inet_ntop } } = Deno.dlopen("libc.so.6", {
  inet_pton: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  inet_ntop: { parameters: ["i32", "buffer", "buffer", "u32"], result: "pointer" },
});

/** The C library's opinion. */
function viaLibc(text: string): number[] | undefined {
  const source = new Uint8Array(256);
  new TextEncoder().encodeInto(text, source);
  const target = new Uint8Array(128);
  const family = text.includes(":") ? 10 : 2;
  return inet_pton(family, source, target) === 1 ? [...target.subarray(0, family === 10 ? 16 : 4)] : undefined;
}

function ours(text: string): number[] | undefined {
  try {
    return [...parseAddress(text).bytes];
  } catch (error) {
    if (error instanceof HostCallError && error.code === "invalid") return undefined;
    throw error;
  }
}

Deno.test("parseAddress() agrees with the C library on addresses", () => {
  fc.assert(fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => assertEquals(ours(text), viaLibc(text))));
});

Deno.test("parseAddress() agrees with the C library on what is almost an address", () => {
  const piece = fc.constantFrom(
    ":",
    "::",
    ".",
    "0",
    "1",
    "ff",
    "12345",
    "255",
    "256",
    "10.1.2.3",
    "01",
    "g",
    "%eth0",
    "",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const text = pieces.join("");
      assertEquals(ours(text), viaLibc(text), JSON.stringify(text));
    }),
    { numRuns: 5000 },
  );
});

Deno.test("formatAddress() is what the C library reads back, and the short form", () => {
  fc.assert(fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
    assertEquals(viaLibc(formatAddress(bytes)), [...bytes]);
    assertEquals(formatAddress(bytes.subarray(0, 4)), [...bytes.subarray(0, 4)].join("."));
  }));
  const bytes = new Uint8Array(128);
  bytes.set(parseAddress("2001:0db8:0:0:1:0:0:1").bytes);
  const text = new Uint8Array(128);
  inet_ntop(10, bytes, text, 128);
  assertEquals(formatAddress(bytes.subarray(0, 16)), new TextDecoder().decode(text.subarray(0, text.indexOf(0))));
});

Deno.test("parseCidr() has bounds for each family", () => {
  assertEquals(parseCidr("10.1.0.5/16").prefixLength, 16);
  assertEquals(parseCidr("::/0").bytes.length, 16);
  for (
    const text of [
      "10.1.0.5",
      "10.1.0.5/33",
      "fd00::1/129",
      "10.1.0.5/016",
      "10.1.0.5/-1",
      "/8",
      "10.1.0.5/8/8",
      "10.1.0.5/",
    ]
  ) {
    assertThrows(() => parseCidr(text), HostCallError, text);
  }
});

Deno.test("networkOf() clears the bits after the prefix", () => {
  const network = (text: string) => formatAddress(networkOf(parseCidr(text)).bytes);
  assertEquals(network("10.1.255.5/17"), "10.1.128.0");
  assertEquals(network("10.1.255.5/0"), "0.0.0.0");
  assertEquals(network("10.1.255.5/32"), "10.1.255.5");
  assertEquals(network("2001:db8:ffff::1/33"), "2001:db8:8000::");
});

import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { Attributes, NetlinkMessage, readAttributes, readMessages } from "./netlink_message.ts";

/** A view of a larger buffer that does not begin at its start, as the receive buffer's parts are. */
function inner(bytes: Uint8Array): Uint8Array {
  const outer = new Uint8Array(bytes.length + 11).fill(0xee);
  outer.set(bytes, 7);
  return outer.subarray(7, 7 + bytes.length);
}

Deno.test("NetlinkMessage has the header, the attributes and the padding of the kernel's format", () => {
  const message = new NetlinkMessage(16, 0x400).u8(1, 2).u16(0x0304).attrU16(5, 0x0607).string(3, "lo");
  assertEquals([...message.finish(9, 4)], [
    ...[36, 0, 0, 0, 16, 0, 0x05, 0x04, 9, 0, 0, 0, 0, 0, 0, 0],
    ...[1, 2, 4, 3],
    ...[6, 0, 5, 0, 7, 6, 0, 0],
    ...[7, 0, 3, 0, 108, 111, 0, 0],
  ]);
});

Deno.test("NetlinkMessage reads back as it was written, nested attributes too", () => {
  fc.assert(fc.property(
    fc.array(fc.tuple(fc.integer({ min: 1, max: 0x3fff }), fc.uint8Array({ maxLength: 300 })), { maxLength: 12 }),
    fc.string(),
    fc.nat(0xffff),
    (values, text, type) => {
      const message = new NetlinkMessage(type).u32(7);
      message.nest(1, (inside) => inside.nest(2, (deeper) => values.forEach((value) => deeper.bytes(...value))));
      message.string(3, text.replaceAll("\0", "")).attrU32(4, 0xfffffffe).attrU16be(5, 0x1234).attrU8(6, 200);
      const [received, ...rest] = readMessages(inner(message.finish(1)));
      assertEquals(rest, []);
      assertEquals([received!.type, received!.sequence], [type, 1]);
      const attributes = new Attributes(received!.payload, 4);
      const nested = readAttributes(attributes.nested(1)!.bytes(2)!);
      assertEquals(
        nested.map(([type, bytes]) => [type, [...bytes]]),
        values.map(([type, bytes]) => [type, [...bytes]]),
      );
      assertEquals(attributes.string(3), text.replaceAll("\0", "").toWellFormed());
      assertEquals(attributes.u32(4), 0xfffffffe);
      assertEquals([attributes.u16be(5), attributes.u16(5), attributes.u8(6)], [0x1234, 0x3412, 200]);
    },
  ));
});

Deno.test("readMessages() and readAttributes() take any bytes, and never read beyond them", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
    const view = inner(bytes);
    for (const { payload } of readMessages(view)) assert(payload.length + 16 <= bytes.length);
    let sum = 0;
    for (const [type, value] of readAttributes(view)) {
      assert(type <= 0x3fff);
      sum += value.length + 4;
    }
    assert(sum <= bytes.length);
  }));
});

Deno.test("readMessages() ends at a message that claims to be longer than the bytes, or shorter than a header", () => {
  const whole = new NetlinkMessage(1).u32(1).finish(1);
  for (const length of [0, 15, 21, 0xffffffff]) {
    const second = new NetlinkMessage(2).u32(1).finish(2).slice();
    new DataView(second.buffer).setUint32(0, length, true);
    assertEquals(readMessages(Uint8Array.of(...whole, ...second)).map(({ type }) => type), [1]);
  }
});

Deno.test("NetlinkMessage grows as needed, and refuses an attribute above 64 KiB", () => {
  const message = new NetlinkMessage(1);
  for (let count = 0; count < 100; count++) message.bytes(1, new Uint8Array(1000).fill(count));
  const [received] = readMessages(message.finish(1));
  assertEquals(readAttributes(received!.payload).map(([, value]) => value[999]), [...Array(100).keys()]);
  assertThrows(() => message.bytes(1, new Uint8Array(0xfffc)), RangeError, "too long: 65536 bytes");
  assertThrows(
    () =>
      new NetlinkMessage(1).nest(1, (inside) => {
        for (let count = 0; count < 70; count++) inside.bytes(1, new Uint8Array(1000));
      }),
    RangeError,
    "too long",
  );
});

Deno.test("Attributes gives undefined for what is absent or too short", () => {
  const attributes = new Attributes(Uint8Array.of(5, 0, 1, 0, 9, 0, 0, 0));
  assertEquals(attributes.u8(1), 9);
  assertEquals(
    [attributes.u16(1), attributes.u32(1), attributes.u8(2), attributes.string(2)],
    Array(4).fill(undefined),
  );
});

import { assertEquals, assertThrows } from "@std/assert";
import {
  HEADER_BYTES,
  MAX_BODY_BYTES,
  ProtocolError,
  readHeader,
  readRequest,
  type Request,
  writeFrame,
  writeRequest,
} from "./protocol.ts";

const REQUEST: Request = {
  sentNs: 12_345_678_901_234_567n,
  release: "0123456789abcdef",
  key: "k".repeat(32),
  name: "cnidaria-bridge",
  environment: new Map([["CNI_COMMAND", "ADD"], ["CNI_ARGS", "K8S_POD_NAME=größe"], ["CNI_IFNAME", ""]]),
  stdin: new TextEncoder().encode('{"name":"net"}'),
};

function split(bytes: Uint8Array<ArrayBuffer>) {
  return { header: bytes.slice(0, HEADER_BYTES), body: bytes.slice(HEADER_BYTES) };
}

Deno.test("a request is read as it was written", () => {
  const { header, body } = split(writeRequest(REQUEST));
  const { sentNs, length } = readHeader(header);
  assertEquals(length, body.length);
  assertEquals(readRequest(sentNs, body), REQUEST);
});

Deno.test("a request that is cut anywhere, or goes on, is refused", () => {
  const { body } = split(writeRequest(REQUEST));
  for (let length = 0; length < body.length; length++) {
    assertThrows(() => readRequest(0n, body.slice(0, length)), ProtocolError, "it is cut short");
  }
  assertThrows(() => readRequest(0n, new Uint8Array([...body, 0])), ProtocolError, "1 bytes follow it");
});

Deno.test("a header of something else, of another version or of too much is refused", () => {
  const { header } = split(writeRequest(REQUEST));
  const changed = (offset: number, value: number) => {
    const bytes = header.slice();
    new DataView(bytes.buffer).setUint32(offset, value, true);
    return bytes;
  };
  assertThrows(() => readHeader(changed(0, 1)), ProtocolError, "it is no request");
  assertThrows(() => readHeader(changed(4, 2)), ProtocolError, "it speaks version 2 of the protocol");
  assertThrows(() => readHeader(changed(16, MAX_BODY_BYTES + 1)), ProtocolError, "it has more than");
});

Deno.test("a frame has its kind, the length of what follows, and that", () => {
  assertEquals([...writeFrame("X", new Uint8Array([7]))], [88, 1, 0, 0, 0, 7]);
  assertEquals([...writeFrame("T")], [84, 0, 0, 0, 0]);
});

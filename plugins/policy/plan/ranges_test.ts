import { assertEquals } from "@std/assert";
import { rangesOf } from "./ranges.ts";

const network = (cidr: string, ...except: string[]) => ({ kind: "network" as const, cidr, except });

Deno.test("networks of both families, joined where they overlap or touch", () => {
  assertEquals(
    rangesOf([network("10.0.1.0/24"), network("10.0.0.0/24"), network("10.0.0.64/26"), network("::1/128")]),
    {
      ipv4: ["10.0.0.0-10.0.1.255"],
      ipv6: ["::1"],
    },
  );
});

Deno.test("exceptions at both ends, in each other, and all there is", () => {
  assertEquals(rangesOf([network("10.0.0.0/30", "10.0.0.0/32", "10.0.0.3/32")]).ipv4, ["10.0.0.1-10.0.0.2"]);
  assertEquals(rangesOf([network("0.0.0.0/0", "10.0.0.0/8", "10.1.0.0/16")]).ipv4, [
    "0.0.0.0-9.255.255.255",
    "11.0.0.0-255.255.255.255",
  ]);
  assertEquals(rangesOf([network("fd00::/127", "fd00::/128", "fd00::1/128")]).ipv6, []);
});

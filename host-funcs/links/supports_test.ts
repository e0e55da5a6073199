import { assertEquals } from "@std/assert";
import { networkTest } from "../test_context.ts";
import { createLinks } from "./mod.ts";

networkTest("supports() knows the kinds of the kernel, and makes nothing", (context) => {
  const links = createLinks(context);
  const before = links.list("host").length;
  assertEquals(["veth", "bridge", "vxlan"].map((kind) => links.supports(kind)), [true, true, true]);
  assertEquals(["nosuchkind", "", "a/b", "x".repeat(100)].map((kind) => links.supports(kind)), [
    false,
    false,
    false,
    false,
  ]);
  assertEquals(links.list("host").length, before);
});

import { assertEquals } from "@std/assert";
import { placeholders, withPlaceholders } from "./placeholders.ts";
import type { PlannedCallEntry } from "./recorder.ts";

const seen = {
  chosenMacs: ["02:00:00:00:00:01"],
  freeNames: ["cni0", "veth00000001", "eth0", "veth00000002", "vethabcdef01"],
};
const entries: PlannedCallEntry[] = [
  {
    plugin: "bridge",
    function: "links.ensureBridge",
    args: ["cni0", {}],
    changes: [{ kind: "link-created", ns: "host", name: "cni0", linkKind: "bridge", mac: "02:00:00:00:00:02" }],
  },
  { plugin: "bridge", function: "links.createVeth", args: [{ name: "vethabcdef01" }], changes: [] },
];

Deno.test("random names and MACs get placeholders; a name that a plugin gave is kept", () => {
  assertEquals([...placeholders(entries, seen)], [
    ["veth00000001", "veth<random>"],
    ["veth00000002", "veth<random 2>"],
    ["02:00:00:00:00:02", "<random>"],
    ["02:00:00:00:00:01", "<random>"],
  ]);
});

Deno.test("placeholders take the place of values anywhere in a plain value", () => {
  const texts = placeholders(entries, seen);
  const value = { key: ["net/ipv6/conf/veth00000001/accept_ra", 7, null], mac: "02:00:00:00:00:01", up: true };
  assertEquals(withPlaceholders(value, texts), {
    key: ["net/ipv6/conf/veth<random>/accept_ra", 7, null],
    mac: "<random>",
    up: true,
  });
});

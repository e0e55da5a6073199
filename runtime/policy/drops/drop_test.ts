import { assertEquals } from "@std/assert";
import { Ruleset } from "../../../host-funcs/firewall/ruleset/ruleset.ts";
import { dropLine, readDrop } from "./drop.ts";
import { DropRing } from "./drop_ring.ts";

// deno-fmt-ignore
const TCP = new Uint8Array([
  0x45, 0, 0, 40, 0, 1, 0, 0, 64, 6, 0, 0, 10, 1, 0, 5, 10, 1, 0, 6,
  0x9c, 0x40, 0x00, 0x50, 0, 0, 0, 0,
]);
const packet = { prefix: "ingress-x 0", bytes: TCP, from: 0, to: 0 };

function content(): Ruleset {
  const ruleset = new Ruleset();
  const rule = { matches: [], statements: [], comment: "isolated by NetworkPolicy shop/deny" };
  ruleset.change([{ tag: "put-chain", val: { name: "ingress-x", rules: [rule] } }]);
  return ruleset;
}

Deno.test("a dropped packet has the names of pods and of the policy", () => {
  const podOf = (address: string) => address === "10.1.0.5" ? "shop/web" : undefined;
  const drop = readDrop(packet, content(), podOf, 7)!;
  assertEquals(drop, {
    at: 7,
    source: "10.1.0.5",
    destination: "10.1.0.6",
    protocol: "tcp",
    sourcePort: 40000,
    destinationPort: 80,
    sourcePod: "shop/web",
    rule: "isolated by NetworkPolicy shop/deny",
  });
  assertEquals(dropLine(drop), "shop/web (10.1.0.5) to 10.1.0.6 tcp 80: isolated by NetworkPolicy shop/deny");
});

Deno.test("a rule that is gone is told by its place; what is no packet is nothing", () => {
  const none = () => undefined;
  assertEquals(readDrop({ ...packet, prefix: "ingress-x 9" }, content(), none, 0)?.rule, "ingress-x 9");
  assertEquals(readDrop(packet, undefined, none, 0)?.rule, "ingress-x 0");
  assertEquals(readDrop({ ...packet, bytes: new Uint8Array(3) }, content(), none, 0), undefined);
});

Deno.test("the ring keeps the last ones by number, and one line is written in ten seconds", () => {
  const ring = new DropRing(2);
  const base = readDrop(packet, undefined, () => undefined, 0)!;
  const answers = [0, 1_000, 2_000, 10_000].map((at) => ring.add({ ...base, at }));
  assertEquals(answers.map(({ write }) => write), [true, false, false, true]);
  assertEquals(answers.at(-1)!.others, 2);
  assertEquals([ring.after(0).map(({ number }) => number), ring.after(3).length, ring.total], [[3, 4], 1, 4]);
});

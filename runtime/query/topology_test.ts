import { assertEquals } from "@std/assert";
import type { AttachmentRow } from "./attachment_rows.ts";
import type { PeerStatus } from "../cluster/peers.ts";
import { bridgeGroups, peerCounts } from "./topology.ts";

const row = (bridge: string, network: string) => ({ bridge, network }) as AttachmentRow;

Deno.test("attachments are grouped by bridge, those without one last", () => {
  const rows = [row("", "routed"), row("cni1", "b"), row("cni0", "z"), row("cni0", "a"), row("cni0", "a")];
  const groups = bridgeGroups(rows).map(({ bridge, networks, attachments }) => [bridge, networks, attachments.length]);
  assertEquals(groups, [["cni0", ["a", "z"], 3], ["cni1", ["b"], 1], ["", ["routed"], 1]]);
});

Deno.test("peers are counted by their states", () => {
  const peers = (["connected", "failed", "connected"] as const).map((state) => ({ state }) as PeerStatus);
  assertEquals(peerCounts({ peers }), { connected: 2, ignored: 0, failed: 1 });
});

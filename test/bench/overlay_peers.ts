// How long the overlay takes for many nodes: deno run -A test/bench/overlay_peers.ts [PEERS]. As root; the machine's own
// network is left alone.

import { cpuUsage } from "node:process";
import { makeNode, tunnelPeer, vxlanNode } from "../../host-funcs/overlay/testing.ts";
import { TestContext } from "../../host-funcs/test_context.ts";

const count = Number(Deno.args[0] ?? 5000);
const context = new TestContext();
const encoder = new TextEncoder();

function timed<T extends { messages: number; errors: unknown[] } | readonly unknown[]>(
  what: string,
  fn: () => T,
): void {
  const [start, before] = [performance.now(), cpuUsage()];
  const result = fn();
  const [ms, { user, system }] = [performance.now() - start, cpuUsage(before)];
  const [messages, wrong] = "messages" in result ? [result.messages, result.errors.length] : ["", result.length];
  const processor = ((user + system) / 1000).toFixed(1);
  const line = `${what.padEnd(44)} ${ms.toFixed(1).padStart(9)} ms  ${processor.padStart(9)} ms of processor  ${
    String(messages).padStart(6)
  } messages`;
  Deno.stdout.writeSync(encoder.encode(`${line}${wrong ? `  ${wrong} differences or errors` : ""}\n`));
}

const { overlay, close } = makeNode(context);
try {
  for (const family of ["ipv4", "ipv6"] as const) {
    const peers = Array.from({ length: count }, (_, at) => [`n${at + 1}`, tunnelPeer(at + 1, family)] as const);
    timed(`${family}: device and address`, () => overlay.setNode(family, vxlanNode(family)));
    timed(`${family}: ${count} peers from nothing`, () => overlay.setAllPeers(family, peers));
    const middle = count >> 1;
    for (let round = 0; round < 3; round++) {
      const plan = tunnelPeer(middle, family, 60_000 + round);
      timed(`${family}: one changed peer`, () => overlay.setPeer(family, `n${middle}`, plan));
    }
    timed(`${family}: one peer goes`, () => overlay.setPeer(family, `n${middle}`, undefined));
    timed(`${family}: one peer comes`, () => overlay.setPeer(family, ...peers[middle - 1]!));
    timed(`${family}: the same peer again`, () => overlay.setPeer(family, ...peers[middle - 1]!));
    timed(`${family}: comparison of everything`, () => overlay.compare());
    timed(`${family}: repair of nothing`, () => overlay.repair());
    timed(`${family}: all peers told again`, () => overlay.setAllPeers(family, peers));
    timed(`${family}: all go`, () => overlay.setNode(family, undefined));
  }
} finally {
  close();
  context.close();
}

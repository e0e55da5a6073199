// A controller that misbehaves in the way that the network says: `{"do": "loop"}`.

import type { NodePlan, Peer, PeerPlan } from "cnidaria:cni/controller@0.3.0";
import * as log from "cnidaria:cni/log@0.3.0";

let calls = 0;

const plan = (peer: Peer): PeerPlan => ({ refused: peer.name, routes: [], neighbors: [], fdb: [] });

function misbehave(network: string): void {
  calls++;
  const { do: what, code } = JSON.parse(network) as { do?: string; code?: number };
  if (what === "loop") { for (;;); }
  if (what === "trap") throw new Error("no error of the contract");
  if (what === "refuse") throw Object.assign(new Error(), { payload: { code, msg: "Backend.X is 5", details: "d" } });
  if (what === "hoard") { for (const kept: Uint8Array[] = [];;) kept.push(new Uint8Array(1 << 20).fill(1)); }
  if (what === "talk") log.write("info", "x".repeat(5000));
  if (what === "call") { for (let i = 0; i < 20; i++) log.write("info", "again"); }
}

export const controller = {
  /** `podMtu` tells how many calls the instance has served. */
  prepare(network: string): NodePlan {
    misbehave(network);
    return { addresses: [], podMtu: calls, backendData: network.includes("flood") ? "x".repeat(100_000) : "" };
  },

  /** `refused` is the name of the peer. */
  reconcile(network: string, _node: unknown, peers: Peer[]): PeerPlan[] {
    misbehave(network);
    const plans = peers.map(plan);
    if (network.includes("short")) plans.pop();
    if (network.includes("long")) plans.push(...plans);
    return plans;
  },
};

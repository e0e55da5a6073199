// Who waits for the answer of a call at the other end of a connection.

import { isHungUp } from "../../host-funcs/sys/unix_socket.ts";
import type { Caller } from "../cni/caller.ts";

export class SocketCaller implements Caller {
  /** @param agentEnds whether the agent has to end at once: what runs is undone, and the entry runs it anew */
  constructor(private readonly connection: number, private readonly agentEnds: () => boolean) {}

  listen(): void {}

  whyGone(): string | undefined {
    if (isHungUp(this.connection)) return "the program that asked for it has ended, or asks elsewhere";
    return this.agentEnds() ? "the agent ends" : undefined;
  }

  ignore(): void {}

  isGone(): boolean {
    return this.whyGone() !== undefined;
  }
}

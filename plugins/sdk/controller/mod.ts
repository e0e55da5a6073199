// What the backends of the overlay share. Apart from the SDK's mod.ts: no other plugin carries it.

export * from "./node.ts";
export * from "./peer.ts";
export * from "../prefix.ts";

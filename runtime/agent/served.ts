// What a thread tells the agent of each connection.

import type { CallTrace } from "../plugin/trace.ts";
import type { Told } from "./keeper/report.ts";

export type Served =
  /** A call came to its end. */
  | {
    readonly kind: "served";
    readonly trace: CallTrace;
    /** Whether the answer was taken; if not, an ADD has been taken back. */
    readonly sent: boolean;
    /** Milliseconds from the entry's connect to the moment when a thread took the call. */
    readonly waitedMs: number;
  }
  /** The entry runs the call by the host. */
  | { readonly kind: "declined"; readonly why: string }
  /** The entry had gone before a thread came to it. */
  | { readonly kind: "withdrawn" }
  /** The agent could not serve it for a reason of its own. */
  | { readonly kind: "failed"; readonly why: string };

/** From a thread to the agent. */
export type ThreadMessage =
  /** It waits for calls. */
  | { readonly kind: "ready" }
  | { readonly kind: "connection"; readonly served: Served }
  /** It has ended, as it was told to. */
  | { readonly kind: "ended" }
  /** From the keeper. */
  | { readonly kind: "kept"; readonly told: Told };

/** To a thread, once. */
export interface ThreadStart {
  readonly role: "serve" | "keep";
  readonly listener: number;
  readonly waker: number;
  readonly shared: SharedArrayBuffer;
  readonly index: number;
  readonly release: string;
  /** `Deno.mainModule`, which a thread does not know. */
  readonly mainModule: string;
  /** Milliseconds between two of the keeper's collections of garbage; 0: none. */
  readonly collectMs: number;
  /** Milliseconds between two of its rounds of repair; 0: none. */
  readonly repairMs: number;
}

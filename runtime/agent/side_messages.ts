// Between the agent and a thread that does something beside the calls.

import type { LogLevel } from "../cni/log.ts";
import type { Fields } from "./agent_log.ts";

/** To the thread, after what it is told first of all. */
export type ToSide =
  | { readonly kind: "ask"; readonly id: number; readonly question: string; readonly argument: number | undefined }
  | { readonly kind: "end" };

/** For the agent's log. */
export interface Line {
  readonly kind: "line";
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: Fields;
}

/** From the thread. */
export type FromSide =
  | Line
  | { readonly kind: "answer"; readonly id: number; readonly answer: unknown }
  /** The answer to `end`. */
  | { readonly kind: "ended" };

/** The agent, seen from the thread. */
export interface Side {
  post(message: FromSide): void;
  /** Has `heard` told what the agent says. */
  listen(heard: (message: ToSide) => void): void;
}

// What the dashboard can have the agent do, where that is enabled. Each answers in sentences.

import type { AttachmentKey } from "../host-funcs/context.ts";

export interface Actions {
  /** Compares an attachment with what its ADD has left. Empty: nothing differs. @throws {Error} a sentence */
  check(attachment: AttachmentKey): Promise<readonly string[]>;
  /** Removes what is left of an attachment whose container is gone. @throws {Error} where it lives, or cannot be removed */
  release(attachment: AttachmentKey): Promise<string>;
  /** Collects what two looks agree is dead. */
  collectGarbage(): Promise<readonly string[]>;
}

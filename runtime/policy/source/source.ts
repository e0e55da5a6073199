// Where policies, and what they are about, come from.

import type { Kind } from "../objects.ts";

export type Observed =
  /** Everything there is of a kind. */
  | { readonly tell: "all"; readonly kind: Kind; readonly objects: readonly unknown[] }
  | { readonly tell: "set" | "gone"; readonly kind: Kind; readonly object: unknown }
  /** What is known stays so for the time being. @see Source */
  | { readonly tell: "trouble"; readonly about: string; readonly why: string }
  /** After trouble. */
  | { readonly tell: "well"; readonly about: string };

export interface Source {
  /** `kubernetes` or `folder` */
  readonly type: string;
  /** Address, or path. */
  readonly where: string;
  /** Tells `observed` what there is, and then each change, until `signal` ends it. It resumes by itself. */
  run(observed: (event: Observed) => void, signal: AbortSignal): Promise<void>;
}

// A product that is made again only if what it is made from has changed.

import { writeAtomically } from "../atomic_file.ts";
import { digestOfTrees } from "./digest.ts";
import type { Outcome } from "./step.ts";

/** What a product depends on. */
export interface Product {
  /** File that keeps the digest of the sources it was made from. */
  readonly stamp: string;
  /** Files and folders. */
  readonly sources: readonly string[];
  readonly counts: (path: string) => boolean;
  /** File that must exist. */
  readonly product: string;
}

/** Makes a product if its sources changed, or it is gone. `make` answers what it made, for the output. */
export async function ifChanged(product: Product, make: () => Promise<string>): Promise<Outcome> {
  const digest = await digestOfTrees(product.sources, product.counts);
  const before = await Deno.readTextFile(product.stamp).catch(() => undefined);
  if (before === digest && await exists(product.product)) return { state: "skipped", why: "unchanged" };
  const why = await make();
  await writeAtomically(product.stamp, digest, 0o644);
  return { state: "ok", why };
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

// The queueing disciplines and filters of a plan, as far as limits are made of them: one at a link's root, one for what
// comes in, and filters on the latter.

import { EAGAIN, EEXIST, EINVAL, ENOENT, KernelError } from "../sys/errno.ts";
import { NLM_F_EXCL, NLM_F_REPLACE, type ReceivedMessage } from "../sys/netlink_message.ts";
import {
  ingressFiltersQuery,
  rootQdiscQuery,
  TC_H_INGRESS,
  TCA_ACT_KIND,
  TCA_ACT_OPTIONS,
  TCA_ACT_TAB,
  TCA_KIND,
  TCA_OPTIONS,
  TCA_U32_ACT,
} from "../traffic-control/tc_message.ts";
import type { PlannedLink } from "./link.ts";
import type { PlannedLinks, Sources } from "./links.ts";
import type { Place } from "./place.ts";
import { headerU32, rawAttributes } from "./received.ts";

const HEADER_LENGTH = 20;
const ACTION_HEADER_LENGTH = 4;

interface Disciplines {
  root: ReceivedMessage | undefined;
  ingress: boolean;
  filters: ReceivedMessage[];
}

export class PlannedTraffic {
  /** Of qdiscs, classifiers and actions: what the kernel has. */
  readonly kinds: Set<string> = new Set(["tbf", "ingress", "u32", "mirred", "police"]);
  readonly #links = new Map<PlannedLink, Disciplines>();

  constructor(private readonly sources: Sources, private readonly links: PlannedLinks) {}

  /** RTM_GETQDISC of the root. */
  root(ns: Place, { payload }: ReceivedMessage): ReceivedMessage {
    const { root } = this.#of(ns, payload);
    if (root === undefined) throw new KernelError(EAGAIN, "the kernel sent no object");
    return root;
  }

  /** RTM_GETTFILTER, of what comes in. */
  filters(ns: Place, { payload }: ReceivedMessage): ReceivedMessage[] {
    return this.#of(ns, payload).filters;
  }

  /** RTM_NEWQDISC. */
  addQdisc(ns: Place, request: ReceivedMessage): void {
    const { flags, payload } = request;
    const of = this.#of(ns, payload);
    const attributes = rawAttributes(payload, HEADER_LENGTH);
    const ingress = isIngress(payload);
    if ((ingress ? of.ingress : of.root !== undefined) && flags & NLM_F_EXCL) {
      throw new KernelError(EEXIST, "Exclusivity flag on, cannot modify");
    }
    if (!this.kinds.has(text(attributes.get(TCA_KIND)))) {
      throw new KernelError(ENOENT, "Specified qdisc kind is unknown");
    }
    if (ingress) return void (of.ingress = true);
    if (!attributes.has(TCA_OPTIONS)) throw new KernelError(EINVAL);
    if (of.root !== undefined && !(flags & NLM_F_REPLACE)) throw new KernelError(EINVAL);
    of.root = request;
  }

  /** RTM_DELQDISC, by handle. */
  removeQdisc(ns: Place, { payload }: ReceivedMessage): void {
    const of = this.#of(ns, payload);
    const ingress = isIngress(payload);
    const there = ingress
      ? of.ingress
      : of.root !== undefined && headerU32(of.root.payload, 8) === headerU32(payload, 8);
    if (!there) throw new KernelError(EINVAL, "Invalid handle");
    if (!ingress) return void (of.root = undefined);
    of.ingress = false;
    of.filters = [];
  }

  /** RTM_NEWTFILTER: u32 with one action. */
  addFilter(ns: Place, request: ReceivedMessage): void {
    const of = this.#of(ns, request.payload);
    if (!of.ingress) throw new KernelError(EINVAL, "Parent Qdisc doesn't exists");
    const attributes = rawAttributes(request.payload, HEADER_LENGTH);
    if (!this.kinds.has(text(attributes.get(TCA_KIND)))) throw new KernelError(ENOENT, "TC classifier not found");
    const options = rawAttributes(attributes.get(TCA_OPTIONS) ?? new Uint8Array(), 0);
    this.#checkAction(options.get(TCA_U32_ACT) ?? new Uint8Array());
    of.filters.push(request);
  }

  /** RTM_DELTFILTER, of a priority: all are of one. */
  removeFilters(ns: Place, { payload }: ReceivedMessage): void {
    const of = this.#of(ns, payload);
    if (of.filters.length === 0) throw new KernelError(ENOENT);
    of.filters = [];
  }

  /** RTM_NEWACTION. */
  addAction({ payload }: ReceivedMessage): void {
    this.#checkAction(rawAttributes(payload, ACTION_HEADER_LENGTH).get(TCA_ACT_TAB) ?? new Uint8Array());
  }

  #checkAction(table: Uint8Array): void {
    const action = rawAttributes(rawAttributes(table, 0).get(1) ?? new Uint8Array(), 0);
    if (!this.kinds.has(text(action.get(TCA_ACT_KIND)))) {
      throw new KernelError(ENOENT, "Failed to load TC action module");
    }
    if (!action.has(TCA_ACT_OPTIONS)) throw new KernelError(EINVAL);
  }

  /** @throws {KernelError} ENODEV */
  #of(ns: Place, payload: Uint8Array): Disciplines {
    const link = this.links.byIndex(ns, headerU32(payload, 4));
    const known = this.#links.get(link);
    if (known !== undefined) return known;
    const read = link.made ? { root: undefined, ingress: false, filters: [] } : this.#read(ns, link.index);
    this.#links.set(link, read);
    return read;
  }

  #read(ns: Place, index: number): Disciplines {
    const source = this.sources.read(ns);
    if (source === undefined) return { root: undefined, ingress: false, filters: [] };
    let root: ReceivedMessage | undefined;
    try {
      root = source.query(rootQdiscQuery(index));
    } catch (error) {
      // One that the kernel has by itself: which of these says so depends on its age.
      if (!(error instanceof KernelError) || ![EAGAIN, EINVAL, ENOENT].includes(error.errno)) throw error;
    }
    const filters = source.dump(ingressFiltersQuery(index));
    return { root, ingress: filters.length > 0, filters };
  }
}

function isIngress(payload: Uint8Array): boolean {
  return headerU32(payload, 12) === TC_H_INGRESS;
}

function text(bytes: Uint8Array | undefined): string {
  return new TextDecoder().decode(bytes).replace(/\0.*$/s, "");
}

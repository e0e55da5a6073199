// The kernel of a real node, as the overlay needs it.

import type { Family, PeerPlan, PresentDevice } from "cnidaria:cni/controller@0.3.0";
import { hasChecksumBug } from "../../host-funcs/overlay/checksum_bug.ts";
import { ChecksumOffload } from "../../host-funcs/overlay/checksum_offload.ts";
import { setOverlayMasquerade } from "../../host-funcs/overlay/masquerade.ts";
import { Overlay } from "../../host-funcs/overlay/overlay.ts";
import type { Report } from "../../host-funcs/overlay/report.ts";
import { findUnderlay, presentDevices } from "../../host-funcs/overlay/underlay.ts";
import { OverlayWatch } from "../../host-funcs/overlay/watch.ts";
import { HostCallError } from "../../host-funcs/error.ts";
import { Nft } from "../../host-funcs/sys/libnftables.ts";
import type { NetworkNamespace } from "../../host-funcs/sys/namespace.ts";
import { type NetlinkSocket, openNetlink } from "../../host-funcs/sys/netlink_socket.ts";
import type { ClusterOptions } from "./cluster_options.ts";
import type { Applied, Kernel, KernelEvent, MasqueradedNetwork, NodeNeeds, Underlay } from "./kernel.ts";
import type { MemberLog } from "./member.ts";

/** Milliseconds of one wait for notifications. */
const WAIT_MS = 60_000;

export class NodeKernel implements Kernel {
  readonly #netlink: NetlinkSocket;
  readonly #offload: ChecksumOffload;
  readonly #overlay: Overlay;
  readonly #watch: OverlayWatch;
  /** What this kernel cannot do is told once. */
  readonly #noted = new Set<string>();

  /** @throws {HostCallError} if the namespace cannot be entered */
  constructor(
    private readonly namespace: NetworkNamespace,
    private readonly options: Pick<ClusterOptions, "interface" | "publicIp" | "publicIpv6" | "checksumOffload">,
    private readonly log: MemberLog,
  ) {
    this.#netlink = openNetlink(namespace);
    this.#offload = new ChecksumOffload(namespace);
    const { checksumOffload } = options;
    const isOff = checksumOffload === "off" || (checksumOffload === "auto" && hasChecksumBug());
    this.#overlay = new Overlay(this.#netlink, isOff ? this.#offload : undefined);
    this.#watch = new OverlayWatch(namespace, this.#overlay);
  }

  underlay(family: Family): Underlay {
    const { interface: link, publicIp, publicIpv6 } = this.options;
    const address = family === "ipv4" ? publicIp : publicIpv6;
    return findUnderlay(this.#netlink, family, {
      ...link !== undefined && { link },
      ...address !== undefined && { address },
    });
  }

  devices(): PresentDevice[] {
    return presentDevices(this.#netlink);
  }

  /** What is wrong with the node itself is an error: without its device no peer can be reached. */
  setNode(family: Family, needs: NodeNeeds | undefined): Applied {
    const report = this.#overlay.setNode(family, needs);
    const own = report.errors.find(({ peer }) => peer === undefined);
    if (own !== undefined) throw new Error(own.message);
    return this.#applied(report);
  }

  setPeers(family: Family, plans: ReadonlyMap<string, PeerPlan | undefined>): Applied {
    return this.#applied(this.#overlay.setPeers(family, plans));
  }

  setAllPeers(family: Family, plans: ReadonlyMap<string, PeerPlan>): Applied {
    return this.#applied(this.#overlay.setAllPeers(family, plans));
  }

  masquerade(family: Family, wanted: MasqueradedNetwork | undefined): void {
    this.namespace.run(() => {
      let nft: Nft;
      try {
        nft = Nft.open();
      } catch (error) {
        // Without the library there are no rules that would have to go.
        if (wanted === undefined && isUnsupported(error)) return;
        throw error;
      }
      try {
        setOverlayMasquerade(nft, family, wanted);
      } finally {
        nft.close();
      }
    });
  }

  repair(): Applied {
    return this.#applied(this.#overlay.repair());
  }

  async *watch(signal: AbortSignal): AsyncGenerator<KernelEvent> {
    const close = () => this.#watch.close();
    signal.addEventListener("abort", close);
    try {
      while (!signal.aborted) {
        const notice = await this.#watch.wait(WAIT_MS);
        if (notice?.underlay === true) yield "underlay";
        else if (notice !== undefined) yield "damaged";
      }
    } finally {
      signal.removeEventListener("abort", close);
    }
  }

  close(): void {
    this.#watch.close();
    this.#offload.close();
    this.#netlink.close();
  }

  #applied({ made, removed, notes, errors }: Report): Applied {
    for (const note of notes.filter((note) => !this.#noted.has(note))) {
      this.#noted.add(note);
      this.log.line("warn", note);
    }
    const failed = new Map<string, string>();
    for (const { peer, family, message } of errors) {
      if (peer === undefined) this.log.line("error", message);
      else failed.set(`${family} ${peer}`, message);
    }
    return { made, removed, failed };
  }
}

function isUnsupported(error: unknown): boolean {
  return error instanceof HostCallError && error.code === "unsupported";
}

// /attachments/NETWORK/CONTAINER/IFNAME: all of one attachment, and the calls on it.

import { Hono } from "hono";
import type { AttachmentKey } from "../../host-funcs/context.ts";
import { callsOf } from "../../runtime/plugin/call_log.ts";
import type { CallTrace } from "../../runtime/plugin/trace.ts";
import { describeAttachments, type DescribedAttachment } from "../../runtime/transaction/attachments.ts";
import { attachmentIn } from "../../runtime/transaction/ledger_attachments.ts";
import type { WebParts } from "../parts.ts";

/** Of a CNI result, as the ledger keeps it (version 1.1.0). */
export interface ShownResult {
  readonly interfaces?: readonly {
    readonly name: string;
    readonly mac?: string;
    readonly mtu?: number;
    readonly sandbox?: string;
  }[];
  readonly ips?: readonly { readonly address: string; readonly gateway?: string; readonly interface?: number }[];
  readonly routes?: readonly { readonly dst: string; readonly gw?: string; readonly mtu?: number }[];
  readonly dns?: {
    readonly nameservers?: readonly string[];
    readonly search?: readonly string[];
    readonly domain?: string;
  };
}

export interface AttachmentAnswer {
  readonly key: AttachmentKey;
  /** As `cnidaria attachments` has it; null where the ledger has none: its ADD failed, or it is gone. */
  readonly attachment: DescribedAttachment & { readonly runtime: string } | null;
  readonly result: ShownResult | null;
  /** As `cnidaria trace` has them, the oldest first. */
  readonly calls: readonly CallTrace[];
  readonly now: number;
}

/** Calls on an attachment that are told: the newest. */
const MOST_CALLS = 50;

export function attachmentApi({ view }: WebParts): Hono {
  return new Hono().get("/attachments/:network/:container/:ifname", ({ req }) => {
    const { network, container: containerId, ifname } = req.param();
    const key = { network, containerId, ifname };
    const found = view.read((database) => {
      const entry = attachmentIn(database, key);
      const described = describeAttachments(database, key).find((it) => it.containerId === containerId);
      return entry === undefined || described === undefined ? null : { entry, described };
    }, null);
    const calls = callsOf(view.stateDir, containerId).filter(({ attachment }) =>
      attachment.containerId === containerId && attachment.ifname === ifname && attachment.network === network
    );
    if (found === null && calls.length === 0) {
      const error = `There is no attachment ${network}/${containerId}/${ifname}, and the call log has no call on it.`;
      return Response.json({ error }, { status: 404 });
    }
    const rows = found?.entry.rows;
    const answer: AttachmentAnswer = {
      key,
      attachment: found === null ? null : { ...found.described, runtime: rows![0].runtime },
      // A chain's last plugin answers all of it.
      result: rows === undefined ? null : JSON.parse(rows.at(-1)!.result),
      calls: calls.slice(-MOST_CALLS),
      now: Date.now(),
    };
    return Response.json(answer);
  });
}

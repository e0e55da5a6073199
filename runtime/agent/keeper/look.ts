// One look of the keeper at one attachment: what it finds, what it repairs of that, and what it tells.

import type { Change } from "../../../host-funcs/change.ts";
import type { AttachmentKey } from "../../../host-funcs/context.ts";
import type { Database } from "../../../host-funcs/state/database.ts";
import { stateDir } from "../../paths.ts";
import type { Difference, Round } from "../../transaction/compare.ts";
import { ownedBy } from "../../transaction/effect.ts";
import type { LedgerAttachment } from "../../transaction/ledger_attachments.ts";
import { type Choose, repairAttachment } from "../../transaction/repair.ts";
import type { RepairedAttachment } from "../../transaction/repaired.ts";
import { attachmentsUnderWay, nameOf } from "../../transaction/under_way.ts";
import type { WarmThread } from "../warm.ts";
import type { Report } from "./report.ts";
import type { Found, TwoLooks, Verdict } from "./two_looks.ts";

/** How often a repair that fails is told of. It is tried again each time. */
const TOLD_FAILURES = 3;

/** One look at one attachment. */
export class Look {
  #seen: { made: string; verdict: Verdict; tried: readonly string[] } | undefined;
  #isUnderWay = false;

  constructor(
    private readonly report: Report,
    private readonly looks: TwoLooks,
    private readonly warm: WarmThread,
    private readonly round: Round,
    private readonly key: AttachmentKey,
  ) {}

  /** @returns how many differences it leaves, without those that are meant */
  take(database: Database): number {
    const { report, key, round, warm: { kept } } = this;
    const log = report.log({ ...key });
    const request = { stateDir: stateDir(), log, lockWaitMs: 0, kept, round, choose: this.#choose };
    const result = repairAttachment(request, key, database);
    if (result === undefined || result.outcome === "dead" || this.#isUnderWay) return 0;
    return result.outcome === "skipped" ? this.#skipped(result.reason) : this.#ended(result);
  }

  readonly #choose: Choose = (attachment, found) => {
    // Another plugin of the chain may be at it, which has no row in the ledger yet, and so another lock.
    this.#isUnderWay = found.length > 0 &&
      attachmentsUnderWay(stateDir()).some((it) => nameOf(it) === nameOf(this.key));
    if (this.#isUnderWay) return [];
    const made = stampOf(attachment);
    const verdict = this.looks.judge(nameOf(this.key), made, found.map(toFound));
    const chosen = whatComesFirst(found).filter(({ text }) => verdict.agreed.includes(text));
    this.#seen = { made, verdict, tried: chosen.map(({ text }) => text) };
    return chosen;
  };

  #ended({ differences }: RepairedAttachment): number {
    const { report, key } = this;
    const { made, verdict, tried } = this.#seen!;
    const left = differences.filter(({ repaired }) => !repaired);
    const failures = this.looks.ended(nameOf(key), made, {
      meant: verdict.meant,
      left: left.map(({ text }) => text),
      tried,
    });
    for (const what of verdict.isFirst ? verdict.meant : []) {
      report.line("info", "left as it is, since it was so at the first look", { ...key, what });
    }
    const repaired = differences.filter((it) => it.repaired);
    for (const { text: what } of repaired) report.line("warn", "repaired", { ...key, what });
    for (const { text: what, reason: why } of left) {
      const times = failures.get(what) ?? 0;
      if (times === 0 || times > TOLD_FAILURES) continue;
      const rest = times === TOLD_FAILURES ? "; it is tried on, and told of no more" : "";
      report.line("error", `could not be repaired${rest}`, { ...key, what, why, times });
    }
    report.done("repair", repaired.length, failures.size);
    return left.length - left.filter(({ text }) => verdict.meant.includes(text)).length;
  }

  /** A call on it may run: it comes again. One that is always skipped is told of once. */
  #skipped(why: string | undefined): number {
    const times = this.looks.missed(nameOf(this.key));
    // What was being read may have been left in the middle.
    this.warm.renew();
    const message = "could not be compared; no more is told of it until it can be";
    if (times === TOLD_FAILURES) this.report.line("warn", message, { ...this.key, why, times });
    return 0;
  }
}

/** Tells an attachment from a later one of the same name, and before and after another plugin came to it. */
function stampOf({ rows }: LedgerAttachment): string {
  return rows.map(({ plugin, createdAt }) => `${plugin} ${createdAt}`).join(" ");
}

function toFound({ change, text }: Difference): Found {
  return { text, inside: "ns" in change && change.ns === "container" && !isBasis(change) };
}

/** Without its address or its link nothing else is repaired: a DEL that was cut off has left it so, or its repair fails. */
function whatComesFirst(found: readonly Difference[]): readonly Difference[] {
  const basis = found.filter(({ change }) => isBasis(change));
  return basis.length > 0 ? basis : found;
}

function isBasis(change: Change): boolean {
  return change.kind === "lease-acquired" || change.kind === "link-moved" ||
    (change.kind === "link-created" && ownedBy([change]).includes(change));
}

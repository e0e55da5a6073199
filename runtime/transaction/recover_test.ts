import { assertEquals } from "@std/assert";
import type { Change } from "../../host-funcs/change.ts";
import { networkTest } from "../../host-funcs/test_context.ts";
import { bootId, netnsId } from "../../host-funcs/sys/identity.ts";
import { Trace } from "../plugin/trace.ts";
import { Journal } from "./journal.ts";
import { recover } from "./recover.ts";
import { withLedger } from "./testing.ts";

const attachment = { network: "net", containerId: "pod", ifname: "eth0" };

networkTest(
  "recover() logs what of the container cannot be put back, and keeps what else is left",
  (context) =>
    withLedger([], ({ stateDir, log, lines, checkpoint }) => {
      const recovered = (...changes: Change[]): boolean => {
        const open = () => Journal.open(stateDir, attachment, "tuning", 0);
        const journal = open();
        const netns = context.path;
        journal.begin({ attachment, plugin: "tuning", netns, netnsId: netnsId(netns)!, bootId: bootId() });
        for (const change of changes) journal.append(change);
        journal.close();
        const stale = open();
        const finished = recover(stale, { stateDir, log, checkpoint, trace: new Trace() });
        stale.finish();
        return finished;
      };
      const setting: Change = {
        kind: "sysctl-set",
        ns: "container",
        key: "net/ipv4/ip_default_ttl",
        before: "many",
        value: "7",
      };
      assertEquals(recovered(setting), true);
      const reasons = lines.filter((line) => line.startsWith("Cannot undo sysctl-set of net/pod/eth0: "));
      assertEquals([reasons.length, reasons[0]?.includes('ip_default_ttl in the container to "many"')], [1, true]);
      assertEquals(recovered({ kind: "masquerade-added", source: "no address", local: [] }, setting), false);
    }),
);

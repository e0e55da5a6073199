import { assertEquals, assertThrows } from "@std/assert";
import type { Change } from "../change.ts";
import { redo } from "../drift.ts";
import { Reading } from "../reading.ts";
import { networkTest } from "../test_context.ts";
import { sysctlDifferences } from "./drift.ts";

const set = (key: string, value: string) =>
  ({ kind: "sysctl-set", ns: "container", key, before: "", value }) as Change & { kind: "sysctl-set" };

networkTest("a parameter with another value is a difference, and is set again", (context) => {
  const change = set("net/ipv4/ip_forward", "1");
  redo(context, change);
  assertEquals(sysctlDifferences(new Reading(context), change), []);
  context.command("container", "sysctl", ["-qw", "net.ipv4.ip_forward=0"]);
  assertEquals(sysctlDifferences(new Reading(context), change), ["net/ipv4/ip_forward (container) is 0, not 1"]);
  redo(context, change);
  assertEquals(sysctlDifferences(new Reading(context), change), []);
  assertEquals(context.changes, []);
});

networkTest("the kernel's own spaces between numbers are no difference", (context) => {
  const change = set("net/ipv4/ping_group_range", "0 2147483647");
  redo(context, change);
  assertEquals(sysctlDifferences(new Reading(context), change), []);
});

networkTest("a parameter of a link that is gone is a difference", (context) => {
  const change = set("net/ipv4/conf/eth9/rp_filter", "1");
  assertEquals(sysctlDifferences(new Reading(context), change), [
    "net/ipv4/conf/eth9/rp_filter (container) is gone: is its link missing, or IPv6 off?",
  ]);
  assertThrows(() => redo(context, change), Error, "as there is none");
});

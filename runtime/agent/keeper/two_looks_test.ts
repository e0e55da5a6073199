import { assertEquals } from "@std/assert";
import { type Found, TwoLooks } from "./two_looks.ts";

const rule: Found = { text: "masquerade of 10.1.0.5 is gone", inside: false };
const route: Found = { text: "route to 0.0.0.0/0 is gone", inside: true };
const mtu = (value: number): Found => ({ text: `MTU of eth0 is ${value}, not 1500`, inside: true });

/** Takes one look, and repairs what is agreed. @param failing what cannot be @returns what it tried, and its failures */
function look(looks: TwoLooks, found: readonly Found[], failing: readonly Found[] = [], made = "1") {
  const { agreed, meant } = looks.judge("pod", made, found);
  const left = found.map(({ text }) => text)
    .filter((text) => !agreed.includes(text) || failing.some((it) => it.text === text));
  const failures = looks.ended("pod", made, { meant, left, tried: agreed });
  return { tried: agreed, failures: Object.fromEntries(failures) };
}

/** What a look tried. */
const tried = (...parameters: Parameters<typeof look>) => look(...parameters).tried;

Deno.test("a difference is repaired at the second look that finds it", () => {
  const looks = new TwoLooks();
  assertEquals(tried(looks, []), []);
  assertEquals(tried(looks, [rule, route]), []);
  assertEquals(tried(looks, [rule, route]), [rule.text, route.text]);
  assertEquals(tried(looks, []), []);
});

Deno.test("one that comes beside it waits for its own second look", () => {
  const looks = new TwoLooks();
  look(looks, []);
  look(looks, [rule]);
  assertEquals(tried(looks, [rule, route]), [rule.text]);
  assertEquals(tried(looks, [route]), [route.text]);
});

Deno.test("looks have to follow each other: what comes and goes is not repaired", () => {
  const looks = new TwoLooks();
  look(looks, []);
  for (let times = 0; times < 3; times++) {
    assertEquals(tried(looks, [rule]), []);
    assertEquals(tried(looks, []), []);
  }
});

Deno.test("what still changes is another difference each time", () => {
  const looks = new TwoLooks();
  look(looks, []);
  assertEquals(tried(looks, [mtu(1300)]), []);
  assertEquals(tried(looks, [mtu(1280)]), []);
  assertEquals(tried(looks, [mtu(1280)]), [mtu(1280).text]);
});

Deno.test("after a repair it takes two looks again", () => {
  const looks = new TwoLooks();
  look(looks, []);
  look(looks, [rule]);
  look(looks, [rule]);
  assertEquals(tried(looks, [rule]), []);
  assertEquals(tried(looks, [rule]), [rule.text]);
});

Deno.test("inside the container, what the first look finds is meant until a look finds it in order", () => {
  const looks = new TwoLooks();
  for (let times = 0; times < 3; times++) assertEquals(tried(looks, [mtu(1400), route]), []);
  assertEquals(looks.judge("pod", "1", [mtu(1400), route]).meant, [mtu(1400).text, route.text]);
  assertEquals(tried(looks, [mtu(1400)]), [], "the route is in order now");
  assertEquals(tried(looks, [mtu(1400), route]), []);
  assertEquals(tried(looks, [mtu(1400), route]), [route.text]);
  assertEquals(tried(looks, [mtu(1280)]), []);
  assertEquals(tried(looks, [mtu(1280)]), [mtu(1280).text], "another value than the one that was meant");
});

Deno.test("outside the container nothing is meant: two looks agree, be they the first", () => {
  const looks = new TwoLooks();
  assertEquals(tried(looks, [rule]), []);
  assertEquals(tried(looks, [rule]), [rule.text]);
});

Deno.test("failures are counted, for each difference, until it is gone", () => {
  const looks = new TwoLooks();
  look(looks, []);
  look(looks, [rule, route]);
  assertEquals(look(looks, [rule, route], [route]).failures, { [route.text]: 1 });
  for (const times of [2, 3, 4]) assertEquals(look(looks, [route], [route]).failures, { [route.text]: times });
  look(looks, []);
  look(looks, [route]);
  assertEquals(look(looks, [route], [route]).failures, { [route.text]: 1 });
});

Deno.test("an attachment that was made anew is another", () => {
  const looks = new TwoLooks();
  look(looks, [], [], "1");
  look(looks, [rule, route], [], "1");
  assertEquals(looks.judge("pod", "2", [rule, route]), { agreed: [], meant: [route.text], isFirst: true });
  assertEquals(looks.judge("other", "1", [rule]), { agreed: [], meant: [], isFirst: true });
});

Deno.test("a look that could not be taken changes nothing but how often that was so", () => {
  const looks = new TwoLooks();
  look(looks, []);
  look(looks, [rule]);
  assertEquals([looks.missed("pod"), looks.missed("pod")], [1, 2]);
  assertEquals(tried(looks, [rule]), [rule.text]);
  assertEquals(looks.missed("pod"), 1);
});

Deno.test("keepOnly() forgets attachments that are gone", () => {
  const looks = new TwoLooks();
  look(looks, []);
  look(looks, [rule]);
  looks.missed("pod");
  looks.keepOnly(new Set(["pod"]));
  assertEquals([looks.judge("pod", "1", [rule]).agreed, looks.missed("pod")], [[rule.text], 2]);
  looks.keepOnly(new Set());
  assertEquals([looks.judge("pod", "1", [rule]).isFirst, looks.missed("pod")], [true, 1]);
});

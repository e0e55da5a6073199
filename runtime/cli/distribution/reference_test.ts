import { assertEquals, assertThrows } from "@std/assert";
import { CommandFailure } from "../output.ts";
import { parseMirror, parseReference, placesOf, referenceText } from "./reference.ts";

const DIGEST = `sha256:${"a".repeat(64)}`;

for (
  const [text, host, repository, tag, digest] of [
    ["registry.example/team/guest:1.0", "registry.example", "team/guest", "1.0", undefined],
    ["localhost/guest", "localhost", "guest", "latest", undefined],
    ["127.0.0.1:5000/a/b/c_d--e:X", "127.0.0.1:5000", "a/b/c_d--e", "X", undefined],
    ["[::1]:5000/guest:1", "[::1]:5000", "guest", "1", undefined],
    [`registry.example/guest@${DIGEST}`, "registry.example", "guest", undefined, DIGEST],
    [`registry.example/guest:1@${DIGEST}`, "registry.example", "guest", "1", DIGEST],
  ] as const
) {
  Deno.test(`parseReference() reads ${text}`, () => {
    assertEquals(parseReference(text), { host, repository, tag, digest });
  });
}

for (
  const [text, why] of [
    ["guest", "names no repository"],
    ["/guest", "names no repository"],
    ["team/guest:1", "no registry's host"],
    ["-x.example/guest", "no registry's host"],
    ["user@registry.example/guest", "names no repository"],
    ["registry.example/Guest:1", "its repository"],
    ["registry.example/../guest:1", "its repository"],
    ["registry.example/a//b", "its repository"],
    ["registry.example/guest:", "its tag"],
    ["registry.example/guest:1/../../x", "its tag"],
    ["registry.example/guest:a:b", "its tag"],
    ["registry.example/guest@sha256:12", "64 hexadecimal digits"],
    [`registry.example/guest@sha512:${"a".repeat(64)}`, "64 hexadecimal digits"],
  ] as const
) {
  Deno.test(`parseReference() refuses ${text}`, () => {
    const failure = assertThrows(() => parseReference(text), CommandFailure, why) as CommandFailure;
    assertEquals(failure.code, 2);
  });
}

Deno.test("parseReference() takes a digest that is given apart, unless there is another", () => {
  assertEquals(
    referenceText(parseReference("registry.example/guest:1", DIGEST)),
    `registry.example/guest:1@${DIGEST}`,
  );
  const other = `sha256:${"b".repeat(64)}`;
  assertThrows(() => parseReference(`registry.example/guest@${DIGEST}`, other), CommandFailure, other);
  assertThrows(() => parseReference("registry.example/guest", "sha256:1"), CommandFailure, "64 hexadecimal");
});

Deno.test("placesOf() has the mirrors of the registry first, in their order", () => {
  const mirrors = ["registry.example=near:5000/cache/", "other.example=far:1", "registry.example=http://localhost"].map(
    parseMirror,
  );
  assertEquals(placesOf(parseReference("registry.example/team/guest:1"), mirrors, false), [
    { host: "near:5000", plainHttp: false, repository: "cache/team/guest" },
    { host: "localhost", plainHttp: true, repository: "team/guest" },
    { host: "registry.example", plainHttp: false, repository: "team/guest" },
  ]);
});

for (
  const text of ["", "registry.example", "registry.example=", "a=b.c", "a.b=c.d=e.f", "a.b=ftp://c.d", "a.b=c.d/../e"]
) {
  Deno.test(`parseMirror() refuses ${JSON.stringify(text)}`, () => {
    assertThrows(() => parseMirror(text), CommandFailure, "as a mirror");
  });
}

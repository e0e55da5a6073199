import { assertEquals } from "@std/assert";
import { parseChallenge } from "./challenge.ts";

for (
  const [header, expected] of [
    ['Basic realm="Registry Realm"', { scheme: "basic", parameters: { realm: "Registry Realm" } }],
    [
      'Bearer realm="https://auth.example/token",service="registry.example",scope="repository:a/b:pull,push"',
      {
        scheme: "bearer",
        parameters: {
          realm: "https://auth.example/token",
          service: "registry.example",
          scope: "repository:a/b:pull,push",
        },
      },
    ],
    ['bearer Realm=https://a.example/t , error="a \\"b\\""', {
      scheme: "bearer",
      parameters: { realm: "https://a.example/t", error: 'a "b"' },
    }],
    ['Negotiate abc, Basic realm="x"', { scheme: "basic", parameters: { realm: "x" } }],
    ["Negotiate abc", undefined],
    ["", undefined],
  ] as const
) {
  Deno.test(`parseChallenge() reads ${JSON.stringify(header)}`, () => assertEquals(parseChallenge(header), expected));
}

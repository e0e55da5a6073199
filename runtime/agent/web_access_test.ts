import { assertEquals, assertThrows } from "@std/assert";
import { HostCallError } from "../../host-funcs/error.ts";
import { readAccess, type WebOptions } from "./web_access.ts";

const nothing: WebOptions = { token: undefined, hosts: [], cert: undefined, key: undefined, actions: false };

function refusal(http: string, web: Partial<WebOptions>): string {
  return (assertThrows(() => readAccess(http, { ...nothing, ...web }), HostCallError) as HostCallError).message;
}

Deno.test("the loopback address and a socket are this machine's own", () => {
  for (const http of ["/run/cnidaria/http.sock", ":80", "127.0.0.1:80", "[::1]:80", "localhost:80"]) {
    assertEquals(readAccess(http, nothing).access.local, true, http);
  }
  for (const http of ["0.0.0.0:80", "10.0.0.1:80", "[::]:80", "node-1:80"]) {
    assertEquals(readAccess(http, nothing).access.local, false, http);
  }
});

Deno.test("a token is read without the line's end, and has to be long enough", () => {
  const path = Deno.makeTempFileSync();
  try {
    Deno.writeTextFileSync(path, "0123456789abcdef\n");
    assertEquals(readAccess(":80", { ...nothing, token: path }).access.token, "0123456789abcdef");
    Deno.writeTextFileSync(path, "short\n");
    assertEquals(
      refusal(":80", { token: path }),
      `Cannot use the token of ${path} as it has fewer than 16 characters`,
    );
  } finally {
    Deno.removeSync(path);
  }
  assertEquals(refusal(":80", { token: "/nowhere" }).startsWith("Cannot read --http-token /nowhere: "), true);
});

Deno.test("a certificate needs its key", () => {
  const why = "Cannot encrypt as --http-cert and --http-key belong together: give both";
  assertEquals(refusal(":443", { cert: "/etc/cert.pem" }), why);
  assertEquals(refusal(":443", { key: "/etc/key.pem" }), why);
});

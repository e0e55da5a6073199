import { assertRejects, assertThrows } from "@std/assert";
import { CommandFailure } from "../../output.ts";
import { Transport } from "./transport.ts";

Deno.test("a registry that takes a connection and says nothing is given up", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const held = listener.accept();
  using transport = new Transport({ idleMs: 100 });
  const url = new URL(`http://127.0.0.1:${(listener.addr as Deno.NetAddr).port}/v2/`);
  await assertRejects(() => transport.send({ method: "GET", url, limit: 1 }), Error, "nothing came for 0.1 s");
  (await held).close();
});

Deno.test("encryption is not left, whatever a registry names", () => {
  using transport = new Transport({});
  const [encrypted, plain] = [new URL("https://registry.example/"), new URL("http://registry.example/")];
  for (const url of ["http://registry.example/", "file:///etc/passwd", "data:,x"]) {
    assertThrows(() => transport.refuseOther(new URL(url), encrypted), Error, "which is not encrypted");
  }
  for (const by of [encrypted, plain]) transport.refuseOther(new URL("https://other.example/"), by);
  transport.refuseOther(new URL("http://other.example/"), plain);
  assertThrows(() => transport.refuseOther(new URL("file:///etc/passwd"), plain), Error, "not encrypted");
});

Deno.test("a certificate authority's file has to have a certificate", async () => {
  const path = await Deno.makeTempFile();
  try {
    assertThrows(() => new Transport({ ca: path }), CommandFailure, "it has no certificate as PEM");
    await Deno.writeTextFile(path, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    assertThrows(() => new Transport({ ca: path }), CommandFailure, `Cannot use ${path}`);
  } finally {
    await Deno.remove(path);
  }
});

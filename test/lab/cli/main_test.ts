// `deno task lab` as a person uses it.

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { type Outcome, run } from "../command.ts";
import { captureMissing } from "../capture.ts";
import { etcdMissing } from "../etcd.ts";
import { flanneldMissing } from "../flanneld/build.ts";
import { labTestNeeding } from "../isolation.ts";

const main = new URL("./main.ts", import.meta.url).pathname;

Deno.test({
  ...labTestNeeding("lab: up, ping, break, mend, exec, down", etcdMissing() ?? flanneldMissing() ?? captureMissing()),
  fn: async () => {
    const place = `/run/cnidaria-lab-test-${Deno.pid}`;
    const lab = (...words: string[]): Promise<Outcome> =>
      run([Deno.execPath(), "run", "-A", main, ...words], { env: { CNIDARIA_LAB: place }, limit: 200_000 });
    try {
      const none = await lab("status");
      assertEquals([none.code, none.stderr.split("\n").length], [1, 2], none.stderr);
      const up = await lab("up", "--nodes", "2", "--backend", "host-gw", "--daemon", "flanneld");
      assertEquals(up.code, 0, up.stderr);
      assertMatch(up.stdout, /^2 nodes, host-gw, with flanneld\n\nNODE .*\nnode-1 .* pod-1 .*\nnode-2 .* pod-2 .*\n$/s);
      assertStringIncludes((await lab("up")).stderr, "as one is up");
      assertEquals((await lab("ping")).code, 0);
      assertStringIncludes((await lab("break", "node-2")).stdout, "node-2\n");
      assertStringIncludes((await lab("break", "node-2")).stderr, "broken already");
      assertStringIncludes((await lab("break", "node-9")).stderr, "node-1, node-1:store");
      const broken = await lab("ping");
      assertEquals([broken.code, broken.stdout.match(/no reply/g)?.length], [1, 4], broken.stdout);
      await lab("mend", "node-2");
      const address = await lab("exec", "pod-2", "--", "ip", "-4", "-o", "address", "show", "dev", "eth0");
      assertMatch(address.stdout, /inet 10\.244\.\d+\.\d+\/24/);
      const mended = await lab("ping");
      assertEquals(mended.code, 0, mended.stdout);
    } finally {
      await lab("down");
    }
    assert(await Deno.stat(place).then(() => false, () => true), `${place} is still there`);
  },
});

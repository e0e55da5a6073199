import { assertEquals, assertStringIncludes } from "@std/assert";
import { checkNetworkPolicy, networksWithPolicies } from "./network_policy.ts";

async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function write(folder: string, file: string, name: string, ...plugins: Record<string, unknown>[]): void {
  Deno.writeTextFileSync(`${folder}/${file}`, JSON.stringify({ cniVersion: "1.0.0", name, plugins }));
}

/** An agent that answers so. */
async function withAgent(folder: string, status: unknown, body: (http: string) => Promise<void>): Promise<void> {
  const answer = () => status === undefined ? new Response("no", { status: 404 }) : Response.json(status);
  const server = Deno.serve({ path: `${folder}/http.sock`, onListen: () => {} }, answer);
  try {
    await body(`${folder}/http.sock`);
  } finally {
    await server.shutdown();
  }
}

const WELL = { inForce: true, waitsFor: [], troubles: [], waiting: [] };
const CLOSED = [{ name: "blue", closed: true }];
const OPEN = [{ name: "blue", closed: false }];

Deno.test("networks with the key are found, in a delegate and in a chain too, and a key that is wrong is told", () =>
  inFolder((folder) => {
    const deny = { untilSynced: "deny" };
    write(folder, "10.conflist", "blue", { type: "bridge", networkPolicy: deny }, { type: "portmap" });
    write(folder, "20.conflist", "cbr0", { type: "flannel", delegate: { networkPolicy: { untilSynced: "allow" } } });
    write(folder, "30.conflist", "plain", { type: "bridge" });
    write(folder, "40.conflist", "wrong", { type: "bridge", networkPolicy: { untilSynced: "never" } });
    Deno.writeTextFileSync(`${folder}/50.conflist`, "{");
    write(folder, "60.bak", "old", { type: "bridge", networkPolicy: deny });
    const [blue, cbr0, wrong, ...others] = networksWithPolicies(folder);
    assertEquals([blue, cbr0], [{ name: "blue", closed: true }, { name: "cbr0", closed: false }]);
    assertEquals([wrong!.name, others], ["wrong", []]);
    assertStringIncludes(wrong!.invalid!, '"networkPolicy.untilSynced" is invalid');
    assertEquals(networksWithPolicies(`${folder}/none`), []);
    return Promise.resolve();
  }));

Deno.test("where no network has the key, nothing is said", async () => {
  assertEquals(await checkNetworkPolicy([], "/nowhere"), []);
});

Deno.test("without br_netfilter ADDs of closed networks fail; where bridges can ask, all is well", () =>
  inFolder((folder) =>
    withAgent(folder, WELL, async (http) => {
      const states = async (networks: typeof CLOSED) =>
        (await checkNetworkPolicy(networks, http, folder)).map(({ subject, state }) => `${subject} ${state}`);
      assertEquals(await states(CLOSED), ["br_netfilter fail", "policies ok"]);
      assertEquals(await states(OPEN), ["br_netfilter warn", "policies ok"]);
      for (const key of ["bridge-nf-call-iptables", "bridge-nf-call-ip6tables"]) {
        Deno.writeTextFileSync(`${folder}/${key}`, "0\n");
      }
      assertEquals(await states(CLOSED), ["br_netfilter ok", "policies ok"]);
    })
  ));

Deno.test("without an agent that enforces policies new pods stay closed, and the advice says what to start", () =>
  inFolder(async (folder) => {
    const [, none] = await checkNetworkPolicy(CLOSED, `${folder}/http.sock`, folder);
    assertEquals(none!.state, "warn");
    assertStringIncludes(none!.why, "new pods of blue stay closed");
    assertStringIncludes(none!.advice!, "start cnidaria agent with --policy FILE");
    await withAgent(folder, undefined, async (http) => {
      const [, without] = await checkNetworkPolicy(OPEN, http, folder);
      assertEquals(without!.state, "warn");
      assertStringIncludes(without!.why, "enforces no network policies; blue: no policy is enforced for new pods");
    });
  }));

Deno.test("an agent that is not ready, or does not know a pod, says why", () =>
  inFolder(async (folder) => {
    const why = async (status: unknown) => {
      let finding: string | undefined;
      await withAgent(folder, status, async (http) => {
        const [, { state, why }] = await checkNetworkPolicy(CLOSED, http, folder) as [
          unknown,
          { state: string; why: string },
        ];
        assertEquals(state, "warn");
        finding = why;
      });
      return finding!;
    };
    assertStringIncludes(
      await why({ ...WELL, inForce: false, waitsFor: ["Pod"] }),
      "not in force yet (not listed yet: Pod)",
    );
    const waiting = [{ address: "10.1.0.5", pod: "shop/web" }, { address: "10.1.0.6", pod: "" }];
    assertStringIncludes(await why({ ...WELL, waiting }), "10.1.0.5 of shop/web, 10.1.0.6: closed");
    assertStringIncludes(
      await why({ ...WELL, troubles: ["Cannot list the pods"] }),
      "stays in force: Cannot list the pods",
    );
  }));

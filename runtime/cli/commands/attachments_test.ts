import { assertEquals, assertMatch } from "@std/assert";
import type { Change } from "../../../host-funcs/change.ts";
import { putAttachment } from "../../../host-funcs/state/attachments.ts";
import { openDatabase } from "../../../host-funcs/state/open_database.ts";
import { bootId, netnsId } from "../../../host-funcs/sys/identity.ts";
import { main } from "../main.ts";
import { recordedOutput } from "../output.ts";

const changes: Change[] = [
  { kind: "lease-acquired", store: "", address: "10.1.0.5", sequence: 1 },
  { kind: "link-created", ns: "host", name: "cni0", linkKind: "bridge", mac: "02:00:00:00:00:01" },
  { kind: "link-created", ns: "host", name: "veth1", linkKind: "veth", peer: { ns: "container", name: "eth0" } },
  { kind: "address-added", ns: "container", link: "eth0", cidr: "10.1.0.5/24" },
  { kind: "address-added", ns: "host", link: "cni0", cidr: "10.1.0.1/24" },
];

/** A state directory with these attachments. */
async function withState(
  netns: readonly string[],
  body: (dir: string) => Promise<void>,
  podName = "web",
): Promise<void> {
  const dir = await Deno.makeTempDir();
  Deno.env.set("CNIDARIA_STATE", `${dir}/state`);
  try {
    if (netns.length > 0) {
      const database = openDatabase(`${dir}/state`);
      netns.forEach((path, at) => {
        const key = { network: "pods", containerId: `container${at}`, ifname: "eth0", plugin: "bridge" };
        const args = `K8S_POD_NAMESPACE=default;K8S_POD_NAME=${podName}`;
        const made = { netnsPath: path, netnsId: netnsId(path) ?? "gone", bootId: bootId(), config: "{}" };
        const row = {
          ...key,
          ...made,
          args,
          result: "{}",
          changes: JSON.stringify(changes),
          runtime: "",
          callKey: "",
          createdAt: at + 1,
        };
        putAttachment(database, row as Parameters<typeof putAttachment>[1]);
      });
      database.close();
    }
    await body(dir);
  } finally {
    Deno.env.delete("CNIDARIA_STATE");
    await Deno.remove(dir, { recursive: true });
  }
}

async function run(...args: string[]): Promise<{ code: number; out: string[]; err: string[] }> {
  const output = recordedOutput();
  const code = await main(args, output);
  return { code, out: output.out, err: output.err };
}

Deno.test("attachments and repair of a node without state find none, and make no state", () =>
  withState([], async (dir) => {
    assertEquals(await run("attachments", "--json"), { code: 0, out: ["[]"], err: [] });
    assertEquals((await run("repair")).out, ["0 attachments compared, 0 differences, 0 repaired"]);
    assertEquals((await run("repair", "--json")).out, ["[]"]);
    assertEquals([...Deno.readDirSync(dir)], []);
  }));

Deno.test("attachments writes a pod's name so that it cannot deceive a terminal", () =>
  withState(
    ["/nowhere"],
    async () => {
      for (const args of [["attachments"], ["attachments", "container0"]]) {
        const text = (await run(...args)).out.join("\n");
        assertMatch(text, /default\/web\\u\{1b\}\[2J/);
        assertEquals(text.includes("\u001b"), false);
      }
    },
    "web\u001b[2J",
  ));

Deno.test("attachments lists each in a line, and of one everything", () =>
  withState(["/proc/thread-self/ns/net", "/nowhere"], async () => {
    const { out } = await run("attachments");
    assertEquals(out.length, 3);
    assertMatch(out[1]!, /^pods +default\/web +container0\/eth0 +bridge +10\.1\.0\.5 +6 +alive +\d+d\d+h$/);
    assertMatch(out[2]!, /container1\/eth0 .* dead /);
    const one = await run("attachments", "container1");
    assertEquals(one.out, [
      "pods/container1/eth0",
      "  pod        default/web",
      "  plugins    bridge",
      "  namespace  /nowhere",
      "  since      1970-01-01T00:00:00.002Z",
      "  state      dead: cnidaria gc removes what is left of it",
      "  links",
      "    cni0 (host): bridge; stays for other pods",
      "    cni0 (host): up on; stays for other pods",
      "    veth1 (host): veth with eth0 (container)",
      "  addresses",
      "    10.1.0.5/24 of eth0 (container)",
      "    10.1.0.1/24 of cni0 (host); stays for other pods",
      "  leases",
      "    10.1.0.5",
    ]);
    assertEquals((await run("attachments", "--network", "other", "--json")).out, ["[]"]);
    const [json] = JSON.parse((await run("attachments", "container0", "--json")).out.join(""));
    assertEquals([json.podName, json.liveness, json.owns.length], ["web", "alive", 6]);
    const unknown = await run("attachments", "nobody");
    assertEquals([unknown.code, unknown.out], [1, []]);
    assertMatch(unknown.err.join(), /no attachment of a container nobody/);
  }));

Deno.test("repair names a dead attachment, and one that there is not", () =>
  withState(["/nowhere"], async () => {
    assertEquals(await run("repair"), {
      code: 0,
      out: [
        "pods/container0/eth0: its container is gone; cnidaria gc removes what is left of it",
        "0 attachments compared, 0 differences, 0 repaired, 1 of dead containers left to cnidaria gc",
      ],
      err: [],
    });
    const { code, err } = await run("repair", "container0/eth1");
    assertEquals([code, err], [1, [
      "Cannot repair as there is no such attachment: container0/eth1. See: cnidaria attachments",
    ]]);
  }));

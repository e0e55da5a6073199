import { assertEquals } from "@std/assert";
import { ChecksumOffload } from "../../../host-funcs/overlay/checksum_offload.ts";
import { openNamespace } from "../../../host-funcs/sys/namespace.ts";
import { labTest } from "../../../test/lab/isolation.ts";
import { Namespace } from "../../../test/lab/namespace.ts";
import { checkOverlay } from "./overlay.ts";

Deno.test({
  ...labTest(
    "checkOverlay() warns of a VXLAN device whose checksums are left to hardware where that is wrong, or not else",
  ),
  async fn() {
    await using lab = await Namespace.create("doctor");
    using namespace = openNamespaceFor(lab);
    assertEquals(checkOverlay(namespace.namespace), []);
    await lab.ip("link add flannel.1 type vxlan id 1 dstport 8472 local 192.0.2.1");
    const offload = new ChecksumOffload(namespace.namespace);
    try {
      offload.set("flannel.1", true);
      const states = (bug: boolean) =>
        checkOverlay(namespace.namespace, bug).map(({ subject, state }) => [subject, state]);
      assertEquals(states(true), [["checksums of flannel.1", "warn"]]);
      assertEquals(states(false), [["checksums of flannel.1", "ok"]]);
      offload.set("flannel.1", false);
      assertEquals(states(true), [["checksums of flannel.1", "ok"]]);
      assertEquals(states(false), [["checksums of flannel.1", "warn"]]);
    } finally {
      offload.close();
    }
  },
});

function openNamespaceFor({ path }: Namespace) {
  const namespace = openNamespace(path);
  return { namespace, [Symbol.dispose]: () => namespace.close() };
}

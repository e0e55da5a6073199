import { assertEquals, assertThrows } from "@std/assert";
import { HostCallError } from "../../../error.ts";
import { currentNamespace } from "../../../sys/namespace.ts";
import { openNftables } from "../../../sys/nftables_message.ts";
import { kernelTest } from "../testing/with_kernel.ts";
import { Batch } from "./batch.ts";
import { deleteSet, newChain, newTable, type Table } from "./messages.ts";

kernelTest("a batch with one message that the kernel refuses changes nothing, and says which", ({ nft }) => {
  const table: Table = { family: "inet", name: "cnidaria-test" };
  const socket = openNftables(currentNamespace());
  // Also where so much is refused that the answers do not fit into the socket's buffer.
  for (const refused of [1, 5000]) {
    const batch = new Batch();
    batch.push("add the table", newTable(table));
    batch.push("add chain a", newChain(table, { name: "a", rules: [] }));
    for (let at = 0; at < refused; at++) batch.push(`delete set none${at}`, deleteSet(table, `none${at}`));
    batch.push("add chain b", newChain(table, { name: "b", rules: [] }));
    const error = assertThrows(() => batch.commit(socket, "change the rules"), HostCallError) as HostCallError;
    assertEquals(error.message, "Cannot change the rules: delete set none0 as it does not exist (ENOENT)");
    assertEquals(nft.run("list table inet cnidaria-test").ok, false);
  }
  // The socket is of use for what comes next.
  const next = new Batch();
  next.push("add the table", newTable(table));
  next.commit(socket, "change the rules");
  assertEquals(nft.run("list table inet cnidaria-test").ok, true);
  new Batch().commit(socket, "do nothing");
  socket.close();
});

// Whether masquerading, and the isolation of new pods, can work: the library, and the kernel's part.

import { baseCommands } from "../../../host-funcs/firewall/isolation.ts";
import { Nft } from "../../../host-funcs/sys/libnftables.ts";
import { cString } from "../../../host-funcs/sys/libc.ts";
import type { Finding } from "./finding.ts";

const RULES = "add table inet cnidaria-doctor; " +
  "add chain inet cnidaria-doctor post { type nat hook postrouting priority 100; }; " +
  "add rule inet cnidaria-doctor post ip saddr 192.0.2.0/24 masquerade";

/** Adds a masquerade rule to the namespace that this thread is in. Synchronous. */
export function tryMasquerade(): Finding {
  const subject = "nftables";
  let library;
  try {
    library = Deno.dlopen("libnftables.so.1", {
      nft_ctx_new: { parameters: ["u32"], result: "pointer" },
      nft_ctx_buffer_error: { parameters: ["pointer"], result: "i32" },
      nft_run_cmd_from_buffer: { parameters: ["pointer", "buffer"], result: "i32" },
      nft_ctx_get_error_buffer: { parameters: ["pointer"], result: "pointer" },
      nft_ctx_free: { parameters: ["pointer"], result: "void" },
    });
  } catch {
    return {
      subject,
      state: "warn",
      why: "libnftables.so.1 is not there: ipMasq, macspoofchk, portmap and firewall are refused",
      advice: "apt-get install libnftables1 (dnf install nftables)",
    };
  }
  const nft = library.symbols;
  const context = nft.nft_ctx_new(0);
  try {
    nft.nft_ctx_buffer_error(context);
    if (nft.nft_run_cmd_from_buffer(context, cString(RULES)) === 0) {
      return { subject, state: "ok", why: "libnftables.so.1 is there, and the kernel masquerades" };
    }
    const said = nft.nft_ctx_get_error_buffer(context);
    const [first = ""] = said === null ? [] : Deno.UnsafePointerView.getCString(said).split("\n");
    return {
      subject,
      state: "warn",
      why: `the kernel can't masquerade: ${first}`,
      advice: "modprobe nft_masq; modprobe nft_chain_nat",
    };
  } finally {
    nft.nft_ctx_free(context);
    library.close();
  }
}

/** Makes the table of isolated addresses in the namespace that this thread is in. Synchronous. */
export function tryIsolation(): Finding {
  const subject = "isolation";
  const without = "every ADD of a network with networkPolicy fails";
  let nft: Nft;
  try {
    nft = Nft.open();
  } catch (error) {
    const advice = "apt-get install libnftables1 (dnf install nftables)";
    return { subject, state: "fail", why: `${(error as Error).message}: ${without}`, advice };
  }
  try {
    const answer = nft.run(baseCommands().join("\n"));
    if (answer.ok) return { subject, state: "ok", why: "the kernel drops what is forwarded to an address of a set" };
    const [first = ""] = answer.error.split("\n");
    return { subject, state: "fail", why: `the kernel refuses: ${first}: ${without}`, advice: "modprobe nf_tables" };
  } finally {
    nft.close();
  }
}

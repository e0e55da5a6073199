// A chained plugin, without the SDK: it sets the MTU of the container's interface, and takes it back.

import { get, set } from "cnidaria:cni/links@0.2.0";
import { write } from "cnidaria:cni/log@0.2.0";
import * as notes from "cnidaria:cni/notes@0.2.0";

const changes = { up: null, mtu: null, mac: null, master: null, promisc: null, hairpin: null, isolated: null };

class CniError extends Error {
  constructor(code, msg) {
    super(msg);
    this.payload = { code, msg, details: "" };
  }
}

export const cni = {
  add(at, config) {
    const { mtu } = JSON.parse(config);
    notes.put("frozen", String(get("container", at.ifname).mtu));
    set("container", at.ifname, { ...changes, mtu });
    write("info", `MTU of ${at.ifname} is ${mtu}`);
    return { ...at.prevResult, interfaces: at.prevResult.interfaces.map((each) => ({ ...each, mtu })) };
  },
  check(at, config) {
    const { mtu } = get("container", at.ifname);
    if (mtu !== JSON.parse(config).mtu) throw new CniError(100, `MTU of ${at.ifname} is ${mtu}`);
  },
  del(at) {
    const before = notes.get("frozen");
    if (at.hasNetns && before != null) set("container", at.ifname, { ...changes, mtu: Number(before) });
  },
  gc() {},
  status() {},
};

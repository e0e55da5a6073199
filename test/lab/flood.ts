// Sends UDP datagrams as fast as it can, also while there is no interface to send them from yet: so the first that can
// leave is sent at the moment at which one can.
//
//   deno run -A flood.ts PORT ADDRESS...

import { KernelError } from "../../host-funcs/sys/errno.ts";
import { open, sendTo, SOCK_DGRAM, socketAddress } from "../policy/sockets.ts";

const [port = "", ...addresses] = Deno.args;
const ways = addresses.map((address) => ({
  socket: open(address.includes(":") ? 6 : 4, SOCK_DGRAM),
  to: socketAddress(address, Number(port)),
}));
const datagram = new Uint8Array(128);
Deno.stdout.writeSync(new TextEncoder().encode("sending\n"));
for (;;) {
  for (const { socket, to } of ways) {
    try {
      sendTo(socket, datagram, 8, to);
    } catch (error) {
      // ENETUNREACH until there is an interface, EAGAIN while the neighbour is looked for.
      if (!(error instanceof KernelError)) throw error;
    }
  }
}

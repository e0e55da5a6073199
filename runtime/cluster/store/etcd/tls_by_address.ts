// gRPC gives TLS the host of an endpoint as the server's name, also where that is an IP address, which is no name
// (RFC 6066 section 3). Node warns, Deno refuses; so it is given as the host, for which the certificate is checked.

import { isIP } from "node:net";
import tls from "node:tls";

/** Lets `tls.connect` take an address as `servername`. A second call does nothing. */
export function allowTlsByAddress(): void {
  const it = tls as { connect: (...args: unknown[]) => tls.TLSSocket };
  const { connect } = it;
  if (connect.name === "connectByAddress") return;
  it.connect = function connectByAddress(...args) {
    const [options, ...rest] = args;
    if (typeof options !== "object" || options === null || !("servername" in options)) return connect(...args);
    const { servername, ...others } = options;
    if (typeof servername !== "string" || isIP(servername) === 0) return connect(...args);
    return connect({ ...others, host: servername }, ...rest);
  };
}

// What Debian's Go plugins (1.1.1, of 2022) fail of `cnidaria conformance`, by the case's id.

/** The configuration that this was measured with. */
export const GO_CONF = {
  cniVersion: "1.0.0",
  name: "conformance",
  plugins: [
    {
      type: "bridge",
      bridge: "cni0",
      isGateway: true,
      ipMasq: true,
      ipam: {
        type: "host-local",
        ranges: [[{ subnet: "10.22.0.0/24" }], [{ subnet: "fd00:22::/64" }]],
        routes: [{ dst: "0.0.0.0/0" }, { dst: "::/0" }],
      },
    },
    { type: "portmap", capabilities: { portMappings: true } },
  ],
};

/** Case id to reason. */
export const GO_FAILURES: Readonly<Record<string, string>> = {
  "2.add.second-interface":
    "the masquerade's chain is named by network and container alone: both interfaces share it, and DEL fails",
  "2.del.netns-gone": "bridge learns the addresses to unmasquerade from the pod's interface, so its rules stay",
  "5.error.version": "errors have no cniVersion",
};

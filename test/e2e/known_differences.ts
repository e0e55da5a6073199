// What Debian's Go plugins (1.1.1, of 2022) do not do, by the name of the test. Ours must pass every test.

/** Test name to reason. */
export const GO_DIFFERENCES: Readonly<Record<string, string>> = {
  "the DNS settings of ipam.resolvConf are in the result":
    "bridge replaces the DNS settings of its IPAM plugin by its own, which are empty (fixed in 1.2)",
  "CHECK fails with the masquerade flushed": "bridge's CHECK does not look at the masquerade",
  "DEL after the namespace has gone leaves nothing":
    "bridge learns the addresses to unmasquerade from the pod's interface, so its rules stay",
  "a pod reaches its own port by the node, with bridge's default configuration":
    "bridge drops what leads back to the port that it came from, where hairpinMode is not set",
  "an ADD that finds the pool empty fails and leaves nothing":
    "bridge leaves the pod's interface behind where its IPAM plugin fails",
  "with the burst that runtimes write for none, short transfers are limited":
    "bandwidth takes the 256 MiB that runtimes write for a burst (kubernetes/kubernetes#90838)",
};

// Checks that every plugin's tests make.

import { assert, assertEquals } from "@std/assert";
import { FakeHost } from "./fake_host.ts";
import { failureOf, type LoadedPlugin } from "./load_plugin.ts";

/** An attachment's verb with a host that is set up for it. */
export interface Scenario {
  readonly plugin: LoadedPlugin;
  readonly host: () => FakeHost;
  readonly run: (plugin: LoadedPlugin, host: FakeHost) => unknown;
  /** Calls whose failure is no error: what they do is optional, or done already. */
  readonly tolerated?: readonly string[];
}

/**
 * Runs the scenario once to see its host calls, then once for each of them with that one failing: each must end with an
 * error that says what failed.
 */
export function assertEveryFailureIsAnError(scenario: Scenario): void {
  const { plugin, host, run, tolerated = [] } = scenario;
  const first = host();
  run(plugin, first);
  const names = first.callNames().filter((name) => !name.startsWith("log."));
  assert(names.length > 0, "the scenario makes no host call");
  for (const [index, name] of names.entries()) {
    if (tolerated.includes(name)) continue;
    const broken = host();
    broken.failOn("*", index + 1, "io", `broken ${name}`);
    const failure = failureOf(() => run(plugin, broken));
    assert(failure.message.includes(`broken ${name}`), `${name}: ${failure.message}`);
    assert(failure.message.startsWith("Cannot "), `${name}: ${failure.message}`);
    assertEquals(failure.code, 5, `${name}: ${failure.message}`);
  }
}

/** A value with one IPv4 and one IPv6 address, as host-local gives them. */
export function dualStack() {
  return {
    interfaces: [],
    ips: [{ address: "10.1.0.5/16", gateway: "10.1.0.1" }, { address: "fd00:1::5/64", gateway: "fd00:1::1" }],
    routes: [{ dst: "0.0.0.0/0" }, { dst: "::/0" }],
    dns: { nameservers: [], search: [], options: [] },
  };
}

/** A host whose IPAM plugin gives `dualStack()`. */
export function dualStackHost(): FakeHost {
  const host = new FakeHost();
  host.ipamResult = dualStack();
  return host;
}

// What the tests of a plugin import.

export { CniFailure } from "../../../runtime/cni/failure.ts";
export type { HostCall } from "../../../runtime/testkit/call_recorder.ts";
export type { TestNode } from "../../../runtime/testkit/test_node.ts";
export type { Attached, Config, PodOptions, Result, TestPod } from "../../../runtime/testkit/test_pod.ts";
export { type Replayed, replayer } from "./replays.ts";
export { assertEveryFaultIsUndone, assertReadmeIsCurrent, errorOf, type Scene, testNodes } from "./test_node.ts";

export { type Call, FakeHost } from "./fake_host.ts";
export type { FakeLink, FakeNetwork } from "./fake_network.ts";
export { HostFailure } from "./host_failure.ts";
export { loadController, type LoadedController, NODES } from "./load_controller.ts";
export { failureOf, type LoadedPlugin, loadPlugin, PluginError } from "./load_plugin.ts";
export { assertEveryFailureIsAnError, dualStack, dualStackHost, type Scenario } from "./cases.ts";

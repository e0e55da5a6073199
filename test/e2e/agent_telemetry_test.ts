// What arrives at a collector of OpenTelemetry.

import { assert, assertEquals } from "@std/assert";
import { Agent } from "../lab/agent.ts";
import { fail, succeed } from "../lab/cni_call.ts";
import { OtlpCollector, type OtlpSpan } from "../lab/otlp_collector.ts";
import { agentTest } from "./agents.ts";
import { attachment, bridgeNetwork } from "./networks.ts";

/** SpanStatus of OTLP. */
const ERROR = 2;

function attributesOf({ attributes = [] }: OtlpSpan): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}

agentTest("a collector of OpenTelemetry gets a span for each call, and for each of its steps", async (target, node) => {
  await using collector = await OtlpCollector.start(node);
  const env = {
    OTEL_DENO: "true",
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
    OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
  };
  await using agent = await Agent.start(target, node, [], { env });
  const at = attachment(await node.pod(), { containerId: "one" });
  const network = bridgeNetwork(node);
  const before = Date.now();
  await succeed(target, node, "ADD", network, at);
  const { code, msg } = await fail(target, node, "ADD", network, at);
  await succeed(target, node, "DEL", network, at);
  assertEquals((await agent.end()).code, 0);

  const { spans } = collector;
  const calls = spans.filter((it) => !it.parentSpanId);
  assertEquals(calls.map((it) => [it.name, it.status?.code === ERROR]), [
    ["CNI ADD", false],
    ["CNI ADD", true],
    ["CNI DEL", false],
  ]);
  const [added, failed] = [calls[0]!, calls[1]!];
  const attributes = attributesOf(added);
  assertEquals([attributes["cni.network"], attributes["cni.container_id"], attributes["cni.plugins"]], [
    "blue",
    "one",
    "bridge",
  ]);
  assert(Number(attributes["cnidaria.host_calls"]) > 5, JSON.stringify(attributes));
  assertEquals([failed.status!.message, Number(attributesOf(failed)["cni.error_code"])], [msg, code]);

  const steps = spans.filter((it) => it.parentSpanId === added.spanId);
  const names = steps.map((it) => it.name);
  for (const name of ["config", "add bridge", "commit", "end"]) assert(names.includes(name), names.join(", "));
  const ms = (nanoseconds: string) => Number(BigInt(nanoseconds) / 1000n) / 1000;
  for (const step of steps) {
    assertEquals(step.traceId, added.traceId);
    assert(ms(step.startTimeUnixNano) >= ms(added.startTimeUnixNano) - 1, step.name);
    assert(ms(step.endTimeUnixNano) <= ms(added.endTimeUnixNano) + 1, step.name);
  }
  assert(ms(added.startTimeUnixNano) >= before - 1 && ms(added.endTimeUnixNano) <= Date.now() + 1);
  assert(new Set(calls.map((it) => it.traceId)).size === 3, "each call is a trace");
});

agentTest("a collector that is not there fails no call", async (target, node) => {
  const env = { OTEL_DENO: "true", OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9" };
  await using agent = await Agent.start(target, node, [], { env });
  const at = attachment(await node.pod());
  await succeed(target, node, "ADD", bridgeNetwork(node), at);
  await succeed(target, node, "DEL", bridgeNetwork(node), at);
  const began = performance.now();
  assertEquals((await agent.end()).code, 0);
  assert(performance.now() - began < 10_000);
});

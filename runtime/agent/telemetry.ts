// Traces for OpenTelemetry: a span for each call, and one for each step in it. Deno itself exports them, where
// OTEL_DENO=true and OTEL_EXPORTER_OTLP_ENDPOINT say so; else there is nobody to take them, and none are made.

import { type Context, context, SpanStatusCode, trace as api } from "@opentelemetry/api";
import type { CallTrace } from "../plugin/trace.ts";

/** A span as the API wants it; times are milliseconds since 1970. */
export interface SpanPlan {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  readonly attributes: Readonly<Record<string, string | number>>;
  readonly error?: string;
  readonly children: readonly SpanPlan[];
}

export function isWanted(env: (name: string) => string | undefined): boolean {
  return /^(1|true)$/i.test(env("OTEL_DENO") ?? "");
}

/** The spans of a call: its steps, which follow each other, are the children. */
export function spansOf(call: CallTrace): SpanPlan {
  const start = Date.parse(call.at);
  let at = start;
  const children = call.steps.map(({ name, ms }): SpanPlan => {
    const span = { name, start: at, end: at + ms, attributes: {}, children: [] };
    at += ms;
    return span;
  });
  const { network, containerId, ifname } = call.attachment;
  return {
    name: `CNI ${call.command}`,
    start,
    end: start + call.totalMs,
    attributes: {
      "cni.command": call.command,
      "cni.network": network,
      "cni.container_id": containerId,
      "cni.ifname": ifname,
      "cni.plugins": call.plugins.join(","),
      "cnidaria.engine": call.engine,
      "cnidaria.host_calls": call.hostCalls.length,
      "cnidaria.undone": call.undone.length,
      ...call.error !== undefined && { "cni.error_code": call.error.code },
    },
    ...call.error !== undefined && { error: call.error.message },
    children,
  };
}

/** Hands a call over to the exporter. */
export function exportCall(call: CallTrace): void {
  emit(spansOf(call), context.active());
}

function emit(plan: SpanPlan, parent: Context): void {
  const options = { startTime: plan.start, attributes: plan.attributes };
  const span = api.getTracer("cnidaria").startSpan(plan.name, options, parent);
  if (plan.error !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: plan.error });
  for (const child of plan.children) emit(child, api.setSpan(parent, span));
  span.end(plan.end);
}

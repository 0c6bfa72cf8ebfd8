import { context, metrics, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { type CollectionResult, MeterProvider, MetricReader } from "@opentelemetry/sdk-metrics";
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { openTelemetryReporter } from "../../../src/integrations/opentelemetry/index.ts";
import { createResultStore } from "../../../workers/edge.ts";
import { treesOf } from "../../node/opentelemetry/span-trees.ts";

export { ResultInvalidations, ResultLock } from "../../../workers/entry.ts";

/** Workers refuse timers in the global scope, which the SDK's own reader starts. */
class ReaderOnDemand extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

const [exporter, reader] = [new InMemorySpanExporter(), new ReaderOnDemand()];
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }));
metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));

const tracer = trace.getTracer("worker");
const report = openTelemetryReporter();
const store = createResultStore({ onEvent: report });
const stale = { expiresIn: 1, staleWhileRevalidate: "1d" } as const;

async function draw(): Promise<string> {
  await scheduler.wait(300);
  await report.inSpan(() => tracer.startActiveSpan("draw", async (span) => (await scheduler.wait(1), span.end())));
  return "a map";
}

const countsOf = ({ resourceMetrics }: CollectionResult) =>
  Object.fromEntries(
    resourceMetrics.scopeMetrics.flatMap((scope) =>
      scope.metrics.map(({ descriptor: { name }, dataPoints }) => [
        name,
        dataPoints.map(({ attributes, value }) => ({ attributes, value })),
      ]),
    ),
  );

export default {
  async fetch(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === "/telemetry") {
      const spans = treesOf(exporter.getFinishedSpans()).filter(({ name }) => name.startsWith("/"));
      return Response.json({ spans, metrics: countsOf(await reader.collect()) });
    }
    return tracer.startActiveSpan(pathname, async (span) => {
      await scheduler.wait(1);
      const map = await store.getOrCompute(pathname, draw, pathname.startsWith("/stale/") ? stale : {});
      span.end();
      return new Response(map);
    });
  },
};

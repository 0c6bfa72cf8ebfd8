import { context } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { onTestFinished } from "vitest";
import {
  openTelemetryReporter,
  type OpenTelemetryReporterOptions,
} from "../../../src/integrations/opentelemetry/index.ts";

// once: in workerd it can't be disabled
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());

/** A listener with the SDK's exporters behind it. */
export function createTelemetryWorld(options: OpenTelemetryReporterOptions = {}) {
  const exporter = new InMemorySpanExporter();
  const tracers = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  onTestFinished(() => tracers.shutdown());
  const tracer = tracers.getTracer("test");
  const { provider, points } = createMetricReader();
  const report = openTelemetryReporter({ tracer, meter: provider.getMeter("test"), ...options });
  return { report, tracer, spans: () => exporter.getFinishedSpans(), reset: () => exporter.reset(), points };
}

/** A provider of meters, and a function that reads a metric by its name. */
export function createMetricReader() {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  const provider = new MeterProvider({ readers: [reader] });
  onTestFinished(() => provider.shutdown());
  const points = async (name: string) => {
    exporter.reset();
    await reader.forceFlush();
    const scopes = exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics);
    const metric = scopes.flatMap(({ metrics }) => metrics).find(({ descriptor }) => descriptor.name === name);
    return {
      unit: metric?.descriptor.unit,
      points: (metric?.dataPoints ?? []).map(({ attributes, value }) => ({ attributes, value })),
    };
  };
  return { provider, points };
}

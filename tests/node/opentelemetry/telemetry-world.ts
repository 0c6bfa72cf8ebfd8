import { context } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import { onTestFinished } from "vitest";
import {
  openTelemetryReporter,
  type OpenTelemetryReporterOptions,
} from "../../../src/integrations/opentelemetry/index.ts";

/** A span in words, with its spans below it in the order of their starts. */
export interface SpanTree {
  readonly name: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly children: readonly SpanTree[];
}

/** A listener with the SDK's exporters behind it. */
export function createTelemetryWorld(options: OpenTelemetryReporterOptions = {}) {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  onTestFinished(() => context.disable());
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

/** The finished spans that have no finished parent. */
export function treesOf(spans: readonly ReadableSpan[]): SpanTree[] {
  const below = (parent: string | undefined): SpanTree[] =>
    spans
      .filter(({ parentSpanContext }) => parentSpanContext?.spanId === parent)
      .toSorted((one, other) => secondsOf(one.startTime) - secondsOf(other.startTime))
      .map((span) => ({ name: span.name, attributes: span.attributes, children: below(span.spanContext().spanId) }));
  return below(undefined);
}

export function namesOf(trees: readonly SpanTree[]): unknown[] {
  return trees.flatMap(({ name, children }) => (children.length > 0 ? [name, namesOf(children)] : [name]));
}

export function secondsOf([seconds, nanoseconds]: readonly [number, number]): number {
  return seconds + nanoseconds / 1e9;
}

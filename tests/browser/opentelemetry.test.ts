import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { expect, test, vi } from "vitest";
import { createResultStore } from "../../src/browser/store/create-result-store.ts";
import { openTelemetryReporter } from "../../src/integrations/opentelemetry/index.ts";
import { gate } from "../../src/testing/stores/store-world.ts";

test("in a page, a call is a span with its parts below it, also one that waits for a Web Lock", async () => {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  const report = openTelemetryReporter({ tracer: provider.getTracer("page") });
  const stores = [{}, { onEvent: report }].map((more) => createResultStore({ name: "opentelemetry", ...more }));
  const [other, store] = stores as [(typeof stores)[0], (typeof stores)[0]];
  const [started, go] = [gate(), gate()];
  const first = other.getOrCompute("k", async () => (started.open(), await go.opened, "theirs"));
  await started.opened;
  const second = store.getOrCompute("k", () => "mine");
  const names = () => exporter.getFinishedSpans().map(({ name }) => name);
  await vi.waitFor(() => expect(names()).toEqual(["look"]));
  go.open();
  expect([await first, await second]).toEqual(["theirs", "theirs"]);
  const [root, ...others] = exporter.getFinishedSpans().toReversed();
  expect([root!.name, root!.attributes["reprise.source"]]).toEqual(["getOrCompute", "waited"]);
  expect(others.map(({ name }) => name).toSorted()).toEqual(["lock wait", "look", "look"]);
  for (const { parentSpanContext } of others) expect(parentSpanContext?.spanId).toBe(root!.spanContext().spanId);
  await store.clear();
  await Promise.all([other.close(), store.close(), provider.shutdown()]);
});

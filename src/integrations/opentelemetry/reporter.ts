import { context, type Meter, type MeterProvider, metrics, trace, type Tracer } from "@opentelemetry/api";
import type { StoreListener } from "../../core/events/store-event.ts";
import { libraryVersion } from "../../core/record/version.ts";
import { assertOptions } from "../../core/support/assert-options.ts";
import { CallRecorder } from "./call-recorder.ts";
import { createInstruments, type Instruments } from "./metrics.ts";

/** The options of `openTelemetryReporter`. */
export interface OpenTelemetryReporterOptions {
  /** Creates the spans. Default: `trace.getTracer("reprise")`. */
  tracer?: Tracer | undefined;
  /** Creates the metrics. Default: `metrics.getMeter("reprise")`. */
  meter?: Meter | undefined;
  /** Whether spans show keys and the errors that contain them. Default: false, since keys may name users. */
  showKeys?: boolean | undefined;
}

/** A listener for `onEvent`, whose spans can be ended. */
export interface OpenTelemetryReporter extends StoreListener {
  /**
   * Runs `work` with the span `compute` as the active one, if it is called inside of a computation. Spans that `work` or a library in it
   * starts are then below `compute`. In browsers, call it before the first `await`.
   *
   * @example
   * ```ts
   * import { openTelemetryReporter } from "reprise/opentelemetry";
   *
   * const report = openTelemetryReporter();
   * const maps = createResultStore({ name: "maps", onEvent: report });
   * const roads = await maps.getOrCompute("roads/oslo", () =>
   *   report.inSpan(async () => {
   *     const response = await fetch("/roads/oslo.json");
   *     return response.json() as Promise<object>;
   *   }),
   * );
   * ```
   */
  inSpan<T>(work: () => T): T;
  /** Ends the spans that are open, for example before a page is closed. */
  end(): void;
}

export const openTelemetryReporterOptionNames = [
  "tracer",
  "meter",
  "showKeys",
] as const satisfies readonly (keyof OpenTelemetryReporterOptions)[];

/**
 * A listener that makes spans and metrics of a store's events. One listener may serve several stores. Without options it uses the
 * global providers of OpenTelemetry, also those that are registered later. Throws `ConfigurationError` for an unknown option.
 *
 * @example
 * ```ts
 * import { openTelemetryReporter } from "reprise/opentelemetry";
 *
 * const store = createResultStore({ onEvent: openTelemetryReporter() });
 * ```
 */
export function openTelemetryReporter(options: OpenTelemetryReporterOptions = {}): OpenTelemetryReporter {
  assertOptions("openTelemetryReporter", options, openTelemetryReporterOptionNames);
  const { tracer = trace.getTracer("reprise", libraryVersion), meter, showKeys = false } = options;
  const instruments = meter ? createInstruments(meter) : undefined;
  const current = currentInstruments();
  const recorder = new CallRecorder({
    tracer,
    showKeys,
    get instruments() {
      return instruments ?? current();
    },
  });
  return Object.assign((event: Parameters<StoreListener>[0]) => recorder.record(event), {
    inSpan: <T>(work: () => T) => context.with(recorder.activeContext(), work),
    end: () => recorder.end(),
  });
}

/** A global meter does nothing for ever if its provider is registered later, so another provider gets new instruments. */
function currentInstruments(): () => Instruments {
  let last: { readonly provider: MeterProvider; readonly instruments: Instruments } | undefined;
  return () => {
    const provider = metrics.getMeterProvider();
    if (last?.provider !== provider) {
      last = { provider, instruments: createInstruments(provider.getMeter("reprise", libraryVersion)) };
    }
    return last.instruments;
  };
}

/** Spans and metrics of a store, for OpenTelemetry. */
export { openTelemetryReporter, type OpenTelemetryReporter, type OpenTelemetryReporterOptions } from "./reporter.ts";

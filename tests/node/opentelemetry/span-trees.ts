import type { ReadableSpan } from "@opentelemetry/sdk-trace-base";

/** A span in words, with its spans below it in the order of their starts. */
export interface SpanTree {
  readonly name: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly children: readonly SpanTree[];
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
